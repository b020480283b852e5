"""The press's queue as a list: two lines a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import var

from edition.text_format import clean, duration
from edition.tui import format_status
from edition.tui.messages import Moved
from edition.tui.terminal_text import when
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from textual import events

    from edition.domain import Job, PressState
    from edition.tui.terminal.ansi_style import Span

SIGNS = {
    "running": ("accent", "●"),
    "queued": ("dim", "○"),
    "paused": ("accent", "‖"),
    "done": ("good", "✓"),
    "failed": ("error", "✕"),
    "cancelled": ("dim", "–"),
}
"""Tone and sign of a job's state."""


class JobList(AnsiCanvas, can_focus=True):
    """Jobs in the order of work, then those that ended."""

    cursor: var[int] = var(0)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.jobs: tuple[Job, ...] = ()
        self.loading_job = 0
        """Id of the job whose model is being loaded; 0 for none."""
        self.top = 0

    @property
    def fits(self) -> int:
        """Jobs on screen."""
        return max(1, self.size.height // 2)

    @property
    def current(self) -> Job | None:
        """The selected job."""
        return self.jobs[self.cursor] if 0 <= self.cursor < len(self.jobs) else None

    def show(self, jobs: tuple[Job, ...], press: PressState) -> None:
        """Replaces the list; the selection stays on its job.

        Args:
            jobs: in the order of the list.
            press: what the press does at the moment.
        """
        self.loading_job = press.job_id if press.state == "loading" else 0
        kept = self.current.id if self.current else 0
        self.jobs = jobs
        at = next((i for i, job in enumerate(jobs) if job.id == kept), self.cursor)
        self.set_reactive(JobList.cursor, max(0, min(at, len(jobs) - 1)))
        self._reveal()
        self.repaint()

    def go(self, index: int) -> None:
        """Selects a job by its place."""
        self.cursor = max(0, min(index, len(self.jobs) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paints the list again: it is short."""
        if self.is_mounted and old != new:
            self._reveal()
            self.repaint()
            self.post_message(Moved(new))

    def _reveal(self) -> None:
        self.top = max(min(self.top, self.cursor), self.cursor - self.fits + 1, 0)

    def on_resize(self, event: events.Resize) -> None:
        """Keeps the selection on screen."""
        super().on_resize(event)
        self._reveal()

    def paint(self, y: int, width: int) -> str:
        """A line of a job."""
        row, line = divmod(y, 2)
        index = self.top + row
        if index >= len(self.jobs) or row >= self.fits:
            return self.ink.line(width, ())
        job, picked = self.jobs[index], index == self.cursor
        edge: Span = ("accent", "▌ ") if picked else ("text", "  ")
        if line == 0:
            return self.ink.line(width, [edge, *_first(job, picked=picked)], _state(job))
        loading = job.state == "running" and job.id == self.loading_job
        return self.ink.line(width, [edge, *_second(job, width, loading=loading)])

    def on_click(self, event: events.Click) -> None:
        """A click selects."""
        self.go(self.top + event.y // 2)


def _first(job: Job, *, picked: bool) -> list[Span]:
    tone, sign = SIGNS[job.state]
    name = f"{job.kind} {clean(job.slug)}"
    return [(tone, f"{sign} "), ("bright" if picked else "text", name), ("dim", f"   job {job.id}")]


def _state(job: Job) -> list[Span]:
    if job.state in ("done", "failed", "cancelled"):
        return [("dim", f"{job.state} {when(job.finished)} ")]
    return [("dim", f"{job.state} ")]


def _second(job: Job, width: int, *, loading: bool) -> list[Span]:
    if job.state == "failed":
        return [("error", f"  {clean(job.error)} "), ("dim", clean(job.hint))]
    size = max(8, min(32, width // 4))
    done: Span = ("text", f"  {job.done}/{job.total}")
    spans: list[Span] = [("text", "  "), *format_status.bar(job.done, job.total, size), done]
    if job.state == "done":
        took = duration(job.finished - job.started) if job.started else ""
        spans.append(("dim", f"  in {took}" if took else ""))
    elif job.state != "cancelled":  # nothing more comes of it
        spans.append(("dim", format_status.left_words(job)))
        if words := "loading the model" if loading else clean(job.message):
            spans.append(("dim", f"  {words}"))
    return spans

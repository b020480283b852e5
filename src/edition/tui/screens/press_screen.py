"""The press: its queue, what it makes at this moment, and why the last job failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from edition.actions import job_queries, press_control
from edition.domain import PressState
from edition.text_format import clean_lines, count
from edition.tui import format_status
from edition.tui.keymap import PRESS, bindings
from edition.tui.screens.list_screen import ListScreen
from edition.tui.terminal.half_blocks import SIDE
from edition.tui.widgets.ansi_canvas import AnsiCanvas, AnsiLines
from edition.tui.widgets.job_list import JobList

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.session import Session
    from edition.domain import Job
    from edition.tui.messages import LibraryChanged, PressChanged
    from edition.tui.terminal.image_backend import ImageBackend

RECENT = 30
"""Jobs that ended and are still shown."""


class PressPreview(AnsiCanvas):
    """The batch in progress, as it looks now."""

    def __init__(self, graphics: ImageBackend, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.graphics = graphics
        self.state = PressState()
        self._pictures: dict[tuple[bytes, int], tuple[str, ...]] = {}

    @property
    def across(self) -> int:
        """Width of a picture, cells."""
        return 16 if self.size.height >= 9 else 8

    def show(self, state: PressState) -> None:
        """Takes the press's state."""
        if (state.preview, state.seeds) != (self.state.preview, self.state.seeds):
            self.state = state
            self._pictures.clear()
            self.repaint()

    def notify_style_update(self) -> None:
        """Pictures are drawn again, too."""
        super().notify_style_update()
        self._pictures.clear()

    def _picture(self, rgb: bytes, across: int) -> tuple[str, ...]:
        if (rgb, across) not in self._pictures:
            self._pictures[rgb, across] = self.graphics.live(rgb, across)
        return self._pictures[rgb, across]

    def paint(self, y: int, width: int) -> str:
        """A line of the pictures, or of their seeds."""
        across, down = self.across, self.graphics.down(self.across)
        whole = [rgb for rgb in self.state.preview if len(rgb) == 3 * SIDE * SIDE]
        fits = min(len(whole), max(1, (width - 2) // (across + 1)))
        if not fits:
            return self.ink.line(width, ())
        if y == down:
            names = [str(seed)[-across:].ljust(across + 1) for seed in self.state.seeds[:fits]]
            return self.ink.line(width, [("text", "  "), ("dim", "".join(names))])
        if y > down:
            return self.ink.line(width, ())
        ground = self.ink.tones["text"]
        body = f"{ground} ".join([self._picture(rgb, across)[y] for rgb in whole[:fits]])
        rest = max(0, width - 2 - fits * (across + 1) + 1)
        return f"{ground}  {body}{ground}{' ' * rest}\x1b[0m"


class PressScreen(ListScreen):
    """Queue, preview, log."""

    room = PRESS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PRESS)]

    def compose(self) -> ComposeResult:
        """Title, queue, preview, log, keys."""
        yield AnsiLines(id="title")
        yield JobList(id="jobs")
        yield AnsiLines(id="empty")
        yield PressPreview(self.edition_app.graphics, id="preview")
        yield AnsiLines(id="workers")
        yield AnsiLines(id="log")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the queue."""
        self.jobs = self.query_one("#jobs", JobList)
        self._show()
        self.jobs.focus()

    def on_resize(self) -> None:
        """Pictures and log share what the queue leaves."""
        self.call_after_refresh(self._show)

    def on_library_changed(self, _: LibraryChanged) -> None:
        """A job row differs."""
        self._show()

    def on_press_changed(self, _: PressChanged) -> None:
        """The press has a new state."""
        self._show()

    def _show(self) -> None:
        view = self.edition_app.press_view
        recent = job_queries.recent(self.session, RECENT)
        self.jobs.show((*view.jobs, *recent), view.state)
        self.jobs.display = bool(self.jobs.jobs)
        empty = self.query_one("#empty", AnsiLines)
        empty.display = not self.jobs.jobs
        key = self.edition_app.get_key_of("more").split()[0]
        empty.show(
            ((), ()),
            ((("bright", "   The queue is empty."),), ()),
            ((("dim", f"   {key} on the shelf or on a light table renders prints"),), ()),
        )
        state = view.state
        preview = self.query_one("#preview", PressPreview)
        preview.display = bool(state.preview)
        if state.preview:
            preview.show(state)
        workers = self.query_one("#workers", AnsiLines)
        lines = format_status.worker_lines(state.workers, max(3, self.size.height // 4))
        workers.display = bool(lines)
        workers.styles.height = len(lines)
        workers.show(*[((("dim", f" {line}"),), ()) for line in lines])
        device = f"   {state.device}" if state.device else ""
        step = f"   step {state.step} of {state.steps}" if state.steps else ""
        left = (("bright", " The press"), ("dim", f"   {state.state}{device}{step}"))
        chip = format_status.press_chip(view) if view.jobs else ()
        self.query_one("#title", AnsiLines).show((left, (*chip, ("text", " "))))
        self.query_one("#keys", AnsiLines).show(
            self.key_row(
                right=(("dim", count(len(view.jobs), "live job")), ("text", " ")),
                words={"hold-press": self._press_word()},
            )
        )

    def _press_word(self) -> str:
        state = self.edition_app.press_view.state.state
        return {"off": "start press", "paused": "go on"}.get(state, "pause press")

    def list_length(self) -> int:
        """Jobs there are."""
        return len(self.jobs.jobs)

    def list_page(self) -> int:
        """Jobs on screen."""
        return self.jobs.fits

    def list_place(self) -> int:
        """The selected one."""
        return self.jobs.cursor

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.jobs.go(index)

    def action_hold(self) -> None:
        """Holds the selected job, or lets it go on."""
        if self.jobs.current and self.jobs.current.state == "paused":
            self._do(lambda session, job: press_control.resume_job(session, job.id))
        else:
            self._do(lambda session, job: press_control.pause_job(session, job.id))

    def action_cancel(self) -> None:
        """Ends the selected job; what it has made stays."""
        self._do(lambda session, job: press_control.cancel_job(session, job.id))

    def action_retry(self) -> None:
        """Queues a failed or cancelled job once more."""
        self._do(lambda session, job: press_control.retry_job(session, job.id))

    def action_place(self, by: int) -> None:
        """Sooner or later."""
        self._do(lambda session, job: press_control.move_job(session, job.id, by))

    def action_hold_press(self) -> None:
        """Pauses the press, lets it go on, or starts it."""
        state = self.edition_app.press_view.state.state
        if state == "off":
            self.edition_app.write(lambda session: session.start_press())
        elif state == "paused":
            self.edition_app.write(press_control.resume)
        else:
            self.edition_app.write(press_control.pause)

    def action_log(self) -> None:
        """The end of the press's log, or none."""
        log = self.query_one("#log", AnsiLines)
        log.display = not log.display
        if log.display:
            lines = clean_lines(press_control.log_tail(self.session)) or (
                "The press log is empty.",
            )
            height = max(3, self.size.height // 3)
            log.styles.height = height
            log.show(*[((("dim", f" {line}"),), ()) for line in lines[-height:]])

    def _do(self, act: Callable[[Session, Job], None]) -> None:
        job = self.jobs.current
        if job is not None:
            self.edition_app.write(lambda session: act(session, job))

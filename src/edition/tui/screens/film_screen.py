"""A print's film: how it came out of noise, played or walked through step by step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.worker import get_current_worker

from edition.actions import films, job_queries
from edition.errors import EditionError
from edition.text_format import clean
from edition.tui import film_frames
from edition.tui.film_frames import FilmFrame, FilmFrames
from edition.tui.keymap import FILM, bindings
from edition.tui.screens.base_screen import BaseScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.picture_view import PictureView
from edition.tui.widgets.position_bar import PositionBar

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from edition.actions.session import Session
    from edition.domain import Job, Print
    from edition.tui.messages import LibraryChanged, PressChanged
    from edition.tui.terminal.ansi_style import Span

BRIEFEST_MS = 40
"""No frame is shown for less: 25 a second is what a terminal over ssh keeps up with."""


class FilmScreen(BaseScreen):
    """One print's film."""

    room = FILM
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FILM)]

    def __init__(self, item: Print) -> None:
        super().__init__()
        self.item = item
        self.index = self.total = 0
        self.playing = False
        self._frames: FilmFrames | None = None
        self._steps: tuple[tuple[float, float], ...] = ()
        self._job = 0
        self._tried = 0
        self._trouble: EditionError | None = None
        self._timer: Timer | None = None
        self._asked = 0.0

    def compose(self) -> ComposeResult:
        """The picture, or what to do about it; the step; the keys."""
        yield PictureView(id="picture", sharp=True)
        yield AnsiLines(id="empty")
        yield PositionBar(id="index")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """A film that is there plays at once."""
        self.playing = self._file() is not None
        self._show_words()

    def on_unmount(self) -> None:
        """Lets go of the file."""
        if self._frames is not None:
            self._frames.close()

    def on_resize(self, _: events.Resize) -> None:
        """Another size needs another picture; the first one comes by this too."""
        self.call_after_refresh(self._show)

    def _file(self) -> Path | None:
        return films.film_file(self.edition_app.root, self.item)

    # frames

    def _show(self) -> None:
        if not self.is_mounted:
            return
        self._show_words()
        file = self._file() if self._frames is None else self._frames.path
        if file is None or self._trouble is not None:
            return
        self._asked = time.monotonic()
        self._read(file, self.index, *self.query_one("#picture", PictureView).room)

    @work(thread=True, exclusive=True, group="film", exit_on_error=False)
    def _read(self, file: Path, index: int, width: int, height: int) -> None:
        """Decodes a frame beside the UI's thread; a request that was overtaken is dropped."""
        worker = get_current_worker()
        try:
            frames = self._frames or FilmFrames(file)
            if worker.is_cancelled:
                return
            frame = frames.read(min(index, frames.total - 1), width, height)
        except EditionError as error:
            self.app.call_from_thread(self._fail, file, error)
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, frames, frame)

    def _take(self, frames: FilmFrames, frame: FilmFrame) -> None:
        if not self.is_mounted:
            frames.close()
            return
        if self._frames is not frames:
            self._frames, self.total = frames, frames.total
            self._steps = film_frames.steps(frames.path.parent)
        if frame.index != self.index:
            return
        self.query_one("#picture", PictureView).show(frame.planes, frame.width, frame.height)
        self._show_words()
        if self.playing:
            spent = time.monotonic() - self._asked
            wait = max(BRIEFEST_MS, frame.milliseconds) / 1000 - spent
            self._timer = self.set_timer(max(0.001, wait), self._next)

    def _fail(self, file: Path, error: EditionError) -> None:
        if self.is_mounted:
            self._tried = _stamp(file)
            # without its hint: the screen names the key that makes the film again
            self._trouble, self.playing = EditionError(error.message), False
            self._show_words()

    def _next(self) -> None:
        """The next frame; the last one stays."""
        if not self.playing:
            return
        if self.index + 1 < self.total:
            self.index += 1
            self._show()
        else:
            self.playing = False
            self._show_words()

    # what is shown

    def _show_words(self) -> None:
        there = self._trouble is None and (self._frames is not None or self._file() is not None)
        self.query_one("#picture").display = there
        hint = self.query_one("#empty", AnsiLines)
        hint.display = not there
        if not there:
            top = max(0, (hint.size.height or self.size.height - 2) // 3)
            rows = [(("text", "   "), line) for line in self._empty_words()]
            hint.show(*[((), ())] * min(8, top), *[(row, ()) for row in rows])
        self.query_one("#index", PositionBar).show(self.index, 1, self.total, self._place())
        without = ("shoot",) if there else ("play", "step-left", "step-right")
        self.query_one("#keys", AnsiLines).show(
            self.key_row(
                without=without,
                words={"play": "pause"} if self.playing else None,
                right=(("dim", f"film of seed {self.item.seed} "),),
            )
        )

    def _place(self) -> str:
        """Which step, and how much noise goes into it; the last frame is the print itself."""
        if not self.total:
            return ""
        last = self.total - 1
        if self.index >= last:
            return "the print"
        words = f"step {self.index + 1} of {last}"
        if len(self._steps) == last:
            t, sigma = self._steps[self.index]
            noise = f"{sigma:.2f}" if sigma < 10_000 else "∞"
            words = f"t {t:.0f}   sigma {noise}   {words}"
        return words

    def _empty_words(self) -> list[Span]:
        key = self.edition_app.get_key_of("shoot").split()
        again = f"{key[0]} makes it" if key else "Make it with: edition film"
        job = self._live_job()
        if job is not None:
            words = f"step {job.done} of {job.total}" if job.done else "is queued"
            return [("bright", "The film is queued."), ("dim", words),
                    ("dim", "It plays here when it is ready.")]  # fmt: skip
        if self._trouble is not None:
            lines: list[Span] = [("bright", clean(self._trouble.message))]
            if self._trouble.hint:
                lines.append(("dim", clean(self._trouble.hint)))
            return [*lines, ("dim", f"{again} again" if key else again)]
        return [
            ("bright", f"There is no film of seed {self.item.seed} yet."),
            ("dim", f"{again}: the print is drawn again, and every step kept."),
        ]

    # the press

    def _live_job(self) -> Job | None:
        name = films.film_name(self.item)
        for job in self.edition_app.press_view.jobs:
            wish = job.payload.get("film")
            if job.slug == self.item.slug and isinstance(wish, dict) and wish.get("name") == name:
                return job
        return None

    def on_press_changed(self, _: PressChanged) -> None:
        """The film may be on its way."""
        self._look()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """The film may be there, or have failed."""
        self._look()

    def _look(self) -> None:
        if self._frames is not None:
            return
        file = self._file()
        if file is not None and _stamp(file) != self._tried and self._live_job() is None:
            self._trouble, self.playing, self._job = None, True, 0
            self._show()
            return
        if self._job:
            job = job_queries.get(self.session, self._job)
            if job.state in ("failed", "cancelled"):
                self._job = 0
                told = job.error if job.state == "failed" else "The film job was cancelled."
                self._trouble = EditionError(told, hint=job.hint)
        self._show_words()

    def action_shoot(self) -> None:
        """Asks the press for the film, where there is none."""
        if (self._frames is not None and self._trouble is None) or self._live_job() is not None:
            return
        item = self.item

        def shoot(session: Session) -> int:
            return films.film_of(session, item)

        self.edition_app.write(shoot, self._queued)

    def _queued(self, job: int) -> None:
        self._job = job
        self.edition_app.say(f"Queued: job {job}, the film of seed {self.item.seed}.")
        if self._frames is not None:
            self._frames.close()
        self._frames, self._trouble, self.index, self.total = None, None, 0, 0
        file = self._file()
        self._tried = _stamp(file) if file is not None else 0
        self._look()

    # actions

    def action_play(self) -> None:
        """Plays on, or holds still; from the last frame it begins again."""
        if not self.total or self._trouble is not None:
            return
        self.playing = not self.playing
        if self._timer is not None:
            self._timer.stop()
        if self.playing:
            self.index = 0 if self.index + 1 >= self.total else self.index + 1
        self._show()

    def action_step(self, where: str) -> None:
        """One frame on or back; the film holds still."""
        self._go(self.index + (1 if where == "right" else -1))

    def action_first(self) -> None:
        """The first step."""
        self._go(0)

    def action_last(self) -> None:
        """The finished print."""
        self._go(self.total - 1)

    def _go(self, index: int) -> None:
        self.playing = False
        if self._timer is not None:
            self._timer.stop()
        self.index = max(0, min(self.total - 1, index))
        self._show()


def _stamp(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0

"""What all screens have in common: the session, a status line, a line of keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar, cast

from rich.cells import cell_len
from textual.await_complete import AwaitComplete
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from edition.tui.key_hints import hint_line
from edition.tui.messages import LibraryChanged
from edition.tui.terminal_text import wrap
from edition.tui.widgets.ansi_canvas import AnsiLines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from textual.widget import Widget

    from edition.actions.session import Session
    from edition.tui.app import EditionApp
    from edition.tui.terminal.ansi_style import Row, Span


Result = TypeVar("Result")
P = ParamSpec("P")


def done_by(
    owner: str, method: Callable[Concatenate[Any, P], None]
) -> Callable[Concatenate[Any, P], None]:
    """A screen's action that one of its controllers does.

    Args:
        owner: the screen's attribute that holds the controller.
        method: of the controller's class.
    """

    @wraps(method)
    def action(self: object, /, *args: P.args, **options: P.kwargs) -> None:
        method(getattr(self, owner), *args, **options)

    return action


@dataclass(frozen=True, slots=True)
class StatusMessage:
    """The status line's text."""

    tone: Literal["text", "error"] = "text"
    text: str = ""
    hint: str = ""
    """The next step."""


_SAID_LINES = 3
"""Of an error with its next step, where one line is not enough."""


def said_rows(said: StatusMessage, width: int) -> list[Row]:
    """The status line, or as many as an error needs."""
    if not said.text:
        return [((), ())]
    one = f" {said.text} {said.hint}"
    if cell_len(one) <= width:
        return [(((said.tone, f" {said.text} "), ("dim", said.hint)), ())]
    lines = wrap(said.text, width - 2, _SAID_LINES)
    hints = wrap(said.hint, width - 2, max(1, _SAID_LINES - len(lines))) if said.hint else []
    rows: list[Row] = [(((said.tone, f" {line}"),), ()) for line in lines]
    rows += [((("dim", f" {line}"),), ()) for line in hints]
    return rows[:_SAID_LINES]


class DismissOnceScreen(Screen[Result]):
    """A screen that is left once, however often one asks."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leaves for the screen below; a second Escape must not take that one away too."""
        return super().dismiss(result) if self.is_current else AwaitComplete()


class BaseScreen(DismissOnceScreen[int]):
    """One screen of the app."""

    room = ""
    """Its name in the table of keys."""
    AUTO_FOCUS = ""
    _seen = 0
    _composed: Mapping[str, Widget] = {}

    @cached_property
    def _status(self) -> AnsiLines:
        return AnsiLines(id="said")

    def show_said(self) -> None:
        """The status line of the application."""
        said = self.edition_app.said
        quiet = [self.quiet_row()] if not said.text else []
        rows = quiet or said_rows(said, max(20, self.app.size.width))
        if len(rows) != len(self._status.rows or ((),)):
            self._status.styles.height = len(rows)
        self._status.show(*rows)

    def quiet_row(self) -> Row:
        """What is in the status line while there is nothing to say; subclasses may use it."""
        return (), ()

    def on_mount(self) -> None:
        """Subclasses read the library as it is now."""
        self._seen = self.edition_app.changes
        self.mount(self._status, before="#keys")
        self.show_said()
        self._composed = {f"#{widget.id}": widget for widget in self.query("*") if widget.id}

    if not TYPE_CHECKING:  # the types are those of the base class

        def query_one(self, selector: object, *args: object, **kwargs: object) -> Widget:
            """As in any screen, but what was composed is found until the end.

            A screen that is left loses its widgets first; a message, or the answer of a database
            thread, may still come after that.
            """
            try:
                return super().query_one(selector, *args, **kwargs)
            except NoMatches:
                if selector not in self._composed:
                    raise
                return self._composed[selector]

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Subclasses show it."""
        self._seen = self.edition_app.changes

    def on_screen_resume(self) -> None:
        """What was done on the screens above, as an undo in the history, is seen on coming back."""
        if self._seen != self.edition_app.changes:
            self.post_message(LibraryChanged())

    @property
    def edition_app(self) -> EditionApp:
        """The application."""
        return cast("EditionApp", self.app)

    @property
    def session(self) -> Session:
        """The UI thread's own session: for what takes a few milliseconds."""
        return self.edition_app.session

    def key_row(
        self,
        *,
        right: Sequence[Span] = (),
        without: Collection[str] = (),
        words: Mapping[str, str] | None = None,
    ) -> Row:
        """The line of keys at the foot: see edition.tui.key_hints.hint_line."""
        key_of = partial(self.edition_app.get_key_of, room=self.room)
        width = self.app.size.width
        return hint_line(self.room, key_of, width, right=right, without=without, words=words)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A fault in work beside the UI's thread is reported, and the person goes on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.edition_app.fault(event.worker.error)

    def action_back(self) -> None:
        """To the screen below."""
        self.dismiss()

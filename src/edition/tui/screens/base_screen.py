"""What all screens have in common: the session, a line of keys, errors as toasts."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from edition.tui.messages import LibraryChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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

    def on_mount(self) -> None:
        """Subclasses read the library as it is now."""
        self._seen = self.edition_app.changes
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

    def key_row(self, *hints: tuple[str, str], right: Sequence[Span] = ()) -> Row:
        """The line of keys at the foot.

        Args:
            hints: action ids and short words.
            right: what is at the other end.
        """
        spans: list[Span] = [("text", " ")]
        for act_id, words in hints:
            keys = self.edition_app.get_key_of(act_id).split()
            spans += [("accent", keys[0] if keys else "-"), ("dim", f" {words}   ")]
        return tuple(spans), tuple(right)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A fault in work beside the UI's thread is told, and the person goes on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.edition_app.fault(event.worker.error)

    def action_back(self) -> None:
        """To the screen below."""
        self.dismiss()

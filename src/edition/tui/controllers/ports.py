"""What a controller needs of the application and of the screen that owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.errors import EditionError
    from edition.tui.controllers.table_search import TableSearch
    from edition.tui.controllers.table_selection import TableSelection
    from edition.tui.db_threads import DbThread
    from edition.tui.print_list import PrintList

T = TypeVar("T")
P = ParamSpec("P")


class AppPort(Protocol):
    """The application, as far as a controller asks it; ``EditionApp`` is one."""

    auto_advance: bool
    advance_once: bool
    session: Session
    pen: DbThread

    def write(
        self,
        act: Callable[[Session], T],
        then: Callable[[T], None] | None = None,
        what: str = "a change",
    ) -> None:
        """Does something to the library, in order, and calls ``then`` with the result."""

    def read(self, act: Callable[[Session], T], then: Callable[[T], None]) -> None:
        """Reads what takes long, and calls ``then`` with the result."""

    def aside(self, act: Callable[[Session], T], then: Callable[[T], None]) -> None:
        """Does what may take minutes and writes nothing, and calls ``then`` with the result."""

    def say(self, text: str) -> None:
        """Shows a short word of what was done."""

    def tell(self, error: EditionError) -> None:
        """Shows what is wrong and the next step."""

    def get_key_of(self, act_id: str) -> str:
        """The keys of an action as they are now."""

    def open_screen(
        self,
        name: str,
        *args: object,
        then: Callable[[Any], None] | None = None,
        **options: object,
    ) -> object:
        """Opens a screen by its name."""

    def copy_to_clipboard(self, text: str) -> None:
        """Puts text on the clipboard."""


class PrintView(Protocol):
    """A screen with prints: which are meant, and how it shows that they have changed."""

    roll: PrintList

    def current(self) -> Print | None:
        """The selected print."""

    def targets(self) -> tuple[int, ...]:
        """Ids of the prints that an act is meant for."""

    def show_marked(self, prints: tuple[Print, ...], *, pictures: bool) -> None:
        """Paints prints whose marks have changed; ``pictures``: their brightness too."""

    def recount(self, before: tuple[Print, ...], after: tuple[Print, ...]) -> None:
        """Counts what a mark changes."""

    def vanish(self, ids: tuple[int, ...]) -> None:
        """Takes prints off the screen ahead of the library."""

    def reselect(self) -> None:
        """Reads the list again, after an act that may change what is in it."""


def meant(view: PrintView) -> tuple[Print, ...]:
    """The prints that an act is meant for, with their marks as they are shown."""
    return tuple(view.roll.prints(view.targets()).values())


class GridView(Protocol):
    """The light table's thumbnails."""

    cursor: int
    marked: frozenset[int]
    across: int

    @property
    def current(self) -> int:
        """Id of the selected print; 0 in an empty list."""

    @property
    def shown(self) -> range:
        """Indices on screen."""

    def go(self, index: int) -> None:
        """Selects a print by its place."""


class TableView(PrintView, Protocol):
    """The light table."""

    slug: str

    @property
    def grid(self) -> GridView:
        """Its thumbnails."""

    @property
    def finder(self) -> TableSearch:
        """Which prints are shown."""

    @property
    def choice(self) -> TableSelection:
        """Which of them are chosen."""

    def select_again(self) -> None:
        """Reads the list again; the selection stays on its print."""

    def show_list(self, kept: int, at: int) -> None:
        """Shows another list: the selection on a print, or else at a place."""

    def show_title(self) -> None:
        """Shows title and keys again."""

    def show_place(self) -> None:
        """Shows the place in the list again."""

    def write_filter(self, text: str) -> None:
        """Puts text into the filter's line, as if it were typed."""

    def show_all(self) -> None:
        """Shows all words again."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        """Calls something after so many seconds."""

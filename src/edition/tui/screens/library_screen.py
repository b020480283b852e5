"""The shelf: all editions of the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from edition import paths
from edition.actions import editions, open_with, print_queries
from edition.errors import EditionError
from edition.text_format import clean, count
from edition.tui import format_status
from edition.tui.controllers.folder_reader import read_again
from edition.tui.controllers.print_files import open_one_of
from edition.tui.keymap import (
    DIFFERENCES,
    EXHIBITIONS,
    FORM,
    LEAVE_SHELF,
    NEW,
    PRESS,
    PROOF,
    SHELF,
    TABLE,
    TRAIN,
    bindings,
)
from edition.tui.navigation import QUESTION, RENDER, open_studies
from edition.tui.screens.list_screen import ListScreen
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.edition_list import EditionList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.editions import EditionCard
    from edition.actions.session import Session
    from edition.tui.messages import LibraryChanged, Opened, PressChanged
    from edition.tui.screens.new_edition import NewEdition

Found = tuple[tuple["EditionCard", ...], dict[int, bytes]]


class LibraryScreen(ListScreen):
    """Editions with their counts, newest prints and progress."""

    room = SHELF
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(SHELF),
        (LEAVE_SHELF.keys, LEAVE_SHELF.action, LEAVE_SHELF.title),
    ]

    def __init__(self, *, covered: bool = False, first: str = "") -> None:
        """Makes the shelf.

        Args:
            covered: another screen comes first, so that nothing is read yet.
            first: the edition that is selected at the start; empty for the one on top.
        """
        super().__init__()
        self._covered, self._first = covered, first
        self._wanted = ""
        """The edition to select as soon as it is listed."""
        self._asking = self._again = False

    def compose(self) -> ComposeResult:
        """Title, cards, keys."""
        yield AnsiLines(id="title")
        yield EditionList(self.edition_app.graphics, self.edition_app.root, id="list")
        yield AnsiLines(id="empty")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the library and puts the selection where it shall begin."""
        self.list = self.query_one("#list", EditionList)
        self.list.first = self._first
        self.list.focus()
        if self._covered:
            return
        try:
            self._take(_look(self.session))
        except EditionError as error:
            self.edition_app.tell(error)

    def on_resize(self) -> None:
        """The folder's name shows where there is room."""
        self._show_words()

    def on_screen_resume(self) -> None:
        """Back from another screen."""
        if not self._covered:
            self._look_again()
        self._covered = False

    def _look_again(self) -> None:
        if self._asking:
            self._again = True
            return
        self._asking, self._again = True, False

        def take(found: Found) -> None:
            self._asking = False
            self._take(found)
            if self._again:
                self._look_again()

        self.edition_app.read(_look, take)

    def _take(self, found: Found) -> None:
        cards, rgb = found
        self.list.show(cards, rgb)
        slugs = [card.slug for card in cards]
        if self._wanted in slugs:
            self.list.go(slugs.index(self._wanted))
            self._wanted = ""
        self.list.display = bool(cards)
        empty = self.query_one("#empty", AnsiLines)
        empty.display = not cards
        key, adopt = (
            self.edition_app.get_key_of(act, SHELF).split()[0] for act in ("new", "adopt")
        )
        empty.show(
            ((), ()),
            ((("bright", "   No editions yet."),), ()),
            ((("dim", f"   {key} makes an edition: title, prompt, model, size, seeds"),), ()),
            ((("dim", f"   {adopt} adopts a folder of pictures"),), ()),
        )
        self._show_words()

    def _show_words(self) -> None:
        cards = self.list.cards
        prints = sum(card.counts.prints for card in cards)
        left = (
            ("bright", " edition"),
            ("dim", f"   {count(len(cards), 'edition')}, {count(prints, 'print')}"),
        )
        view = self.edition_app.press_view
        chip = format_status.press_chip(view)
        self.query_one("#title", AnsiLines).show((left, (*chip, ("text", " "))))
        self.list.show_jobs({job.slug: job for job in reversed(view.jobs)})
        wide = self.app.size.width >= 100
        folder = (("dim", clean(str(self.edition_app.root))), ("text", " ")) if wide else ()
        self.query_one("#keys", AnsiLines).show(self.key_row(right=folder))

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Somebody wrote."""
        self._look_again()

    def on_press_changed(self, _: PressChanged) -> None:
        """Progress."""
        self._show_words()

    def on_opened(self, _: Opened) -> None:
        """A second click."""
        self.action_open()

    def list_length(self) -> int:
        """Editions there are."""
        return len(self.list.cards)

    def list_page(self) -> int:
        """Editions on screen."""
        return self.list.fits

    def list_place(self) -> int:
        """The selected one."""
        return self.list.cursor

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.list.go(index)

    def action_open(self) -> None:
        """The light table of the selected edition."""
        if self.list.current:
            self.edition_app.open_screen(TABLE, self.list.current.slug)

    def action_more(self) -> None:
        """Asks how many more prints."""
        if self.list.current is not None:
            self.edition_app.open_screen(RENDER, self.list.current.slug)

    def action_new(self) -> None:
        """Asks for title, prompt, model, size and seeds; the new edition is selected."""

        def back(made: int | None) -> None:
            if made:
                self._wanted = cast("NewEdition", form).made
                self._look_again()
                key = self.edition_app.get_key_of("more", SHELF).split()[0]
                self.edition_app.say(f"{self._wanted} is there: {key} renders its prints.")

        form = self.edition_app.open_screen(NEW, then=back)

    def action_press(self) -> None:
        """The queue."""
        self.edition_app.open_screen(PRESS)

    def action_proof(self) -> None:
        """Contact sheet and wall proof."""
        if self.list.current:
            self.edition_app.open_screen(PROOF, self.list.current.slug)

    def action_recipe(self) -> None:
        """The edition's file."""
        if self.list.current:
            self.edition_app.open_screen(FORM, self.list.current.slug)

    def action_clone(self) -> None:
        """Asks for a name, and makes an edition with the selected one's recipe."""
        from edition.actions import recipe_tools  # pydantic

        if self.list.current is None:
            return
        source = self.list.current.slug

        def clone(slug: str | None) -> None:
            if slug:
                self.edition_app.write(
                    lambda session: recipe_tools.clone(session, source, slug), told
                )

        def told(path: Path) -> None:
            self._look_again()
            self.edition_app.say(
                f"{path.parent.name} has the recipe of {source}; select it to edit it."
            )

        question, start = f"Clone {source} as", f"{source}-2"
        self.edition_app.open_screen(QUESTION, question, start, self._slug_fault, then=clone)

    def _slug_fault(self, slug: str) -> str:
        try:
            taken = paths.edition_file(self.edition_app.root, slug).exists()
        except EditionError as error:
            return f"{error.message} {error.hint}"
        return f"There is an edition {slug} already." if taken else ""

    def action_adopt(self) -> None:
        """Asks for a folder of pictures, and makes it an edition where it lies."""
        from edition.actions import adoption  # Pillow and numpy

        def adopt(folder: str | None) -> None:
            if folder:
                self.edition_app.write(
                    lambda session: adoption.adopt(session, [Path(folder)]), opened
                )

        def opened(slug: str) -> None:
            self.edition_app.open_screen(TABLE, slug)

        self.edition_app.open_screen(
            QUESTION, "Folder of pictures to adopt where it lies", "~/", _folder_fault,
            then=adopt, goes_on=True,
        )  # fmt: skip

    def action_reread(self) -> None:
        """Reads the selected edition's adopted folders."""
        if self.list.current:
            read_again(self.edition_app, self.list.current.slug)

    def action_open_with(self) -> None:
        """The selected edition's newest PDF or its folder, in a program of the desktop."""
        if self.list.current:
            found = open_with.targets(self.session, self.list.current.slug)
            open_one_of(self.edition_app, found)

    def action_differences(self) -> None:
        """What differs between the selected edition's recipe and another."""
        if self.list.current:
            self.edition_app.open_screen(DIFFERENCES, self.list.current.slug)

    def action_train(self) -> None:
        """Trainings and the map."""
        if self.list.current:
            self.edition_app.open_screen(TRAIN, self.list.current.slug)

    def action_exhibitions(self) -> None:
        """Selections of prints across editions."""
        self.edition_app.open_screen(EXHIBITIONS)

    def action_studies(self) -> None:
        """The grids of its sweeps, twins and chains."""
        if self.list.current:
            open_studies(self.edition_app, self.list.current.slug)


def _folder_fault(text: str) -> str:
    return "" if paths.is_folder(paths.expanded(text)) else "There is no such folder."


def _look(session: Session) -> Found:
    cards = editions.cards(session)
    ids = [i for card in cards for i in card.newest]
    return cards, print_queries.rgb(session, ids)

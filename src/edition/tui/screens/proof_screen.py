"""The proof room: what goes on paper, how it is chosen, and the pages that were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual import work

from edition.actions import register
from edition.actions.open_with import OpenTarget
from edition.actions.print_sources import EditionSource
from edition.actions.session import Session
from edition.errors import EditionError
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import clean, count
from edition.tui.controllers.print_files import open_one_of
from edition.tui.keymap import ARRANGE, MEASURES, NUMBERS, PAGES, PROOF, bindings
from edition.tui.screens import proof_choice
from edition.tui.screens.list_screen import ListScreen
from edition.tui.screens.register_screen import CERTIFY
from edition.tui.terminal_text import when
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.print_sources import PrintSource, WallPrint
    from edition.proof.document_model import ProofPrint, ProofReport
    from edition.tui.messages import LibraryChanged
    from edition.tui.screens.hang_editor import HangEditor
    from edition.tui.screens.layout_form import LayoutForm
    from edition.tui.terminal.ansi_style import Row

Kind = Literal["sheet", "wall", "plates", "certificates"]
KINDS: dict[Kind, str] = {
    "sheet": "contact sheet",
    "wall": "wall proof",
    "plates": "plates",
    "certificates": "certificates",
}
_LIST_LEAST = 4
"""Lines of the list of proofs, at least; longer lists scroll."""
_SHARP_LEAST = 4
"""Lines of the list of pixels an inch that the list of proofs leaves."""


class ProofScreen(ListScreen):
    """Makes proofs beside the UI's thread and lists those that are there."""

    room = PROOF
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PROOF)]

    def __init__(self, source: PrintSource | str) -> None:
        """Opens the room.

        Args:
            source: what is shown: an exhibition, or an edition, which may be named by its slug.
        """
        super().__init__()
        self.source: PrintSource = EditionSource(source) if isinstance(source, str) else source
        self.top = 0
        self.files: tuple[Path, ...] = ()
        self.busy = ""
        self.listed = self.hung = self.numbers = 0
        self.progress = (0, 0)
        self.own = ProofSettings()
        """The recipe's, or the exhibition's."""
        self.chosen: ProofSettings | None = None
        """What keys have made of them; the recipe stays as it is."""
        self.works: tuple[WallPrint, ...] = ()
        self.pictures: tuple[ProofPrint, ...] = ()

    @property
    def settings(self) -> ProofSettings:
        """Of the next proof."""
        return self.chosen or self.own

    def compose(self) -> ComposeResult:
        """Title, what can be made, what was made, keys."""
        yield TitleLine(id="title")
        yield AnsiLines(id="body")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads which proofs there are."""
        self._show()

    def action_open_with(self) -> None:
        """The chosen PDF or its folder, in a program of the desktop."""
        found: tuple[OpenTarget, ...] = ()
        if self.files:
            file = self.files[self.at].absolute()
            found = (OpenTarget("the PDF", file), OpenTarget("its folder", file.parent))
        open_one_of(self.edition_app, found)

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Stars may have changed."""
        self._show()

    def on_resize(self, _: events.Resize) -> None:
        """More lines list more prints."""
        self.call_after_refresh(self._show_body)

    def _read(self) -> str:
        """Reads what is shown and which proofs there are; returns the title."""
        title, source = self.source.name, self.source
        try:
            head = source.head(self.session)
            title, self.own = clean(head.title), head.settings
            self.listed, self.hung = head.listed, head.hung
            self.works = source.works(self.session)
        except EditionError as error:
            self.edition_app.tell(error)
        self.pictures = proof_choice.pictures(self.works)
        self.numbers = _numbers(self.session, self.works)
        folder = source.folder(self.edition_app.root)
        found = [(file.stat().st_mtime, file) for file in folder.glob("*.pdf")]
        self.files = tuple(file for _, file in sorted(found, reverse=True))
        return title

    def _show(self) -> None:
        title = self._read()
        sign = "★ " if self._edition else ""
        self.query_one("#title", AnsiLines).show(
            ((("bright", f" {title}"), ("dim", "   proofs")), (("accent", f"{sign}{self.hung} "),))
        )
        self._show_body()
        self.query_one("#keys", AnsiLines).show(
            self.key_row(without=() if self._edition else ("arrange",))
        )

    @property
    def _edition(self) -> bool:
        return isinstance(self.source, EditionSource)

    def _show_body(self) -> None:
        if not self.is_mounted:
            return
        self.at = self.clamp(self.at)
        body = self.query_one("#body", AnsiLines)
        rows = self._rows(body.size.height, body.size.width)
        room = body.size.height - len(rows) - 1
        listed = proof_choice.sharpness(self.pictures, self.settings, body.size.width, room)
        body.show(*rows, *([((), ()), *listed] if listed else []))

    def _rows(self, height: int, width: int) -> list[Row]:
        rows: list[Row] = [((), ())]
        if self.busy:
            done, total = self.progress
            far = f"  {done}/{total}" if total else ""
            rows += [((("accent", f"   Making the {self.busy} …"), ("dim", far)), ()), ((), ())]
        else:
            lines = proof_choice.lines(self.settings, self.edition_app.get_key_of, width)
            rows += [*self._offers(), ((), ()), *lines, ((), ())]
        faults = [work.fault for work in self.works if work.fault]
        if faults:
            more = f", and {len(faults) - 2} more" if len(faults) > 2 else ""
            told = f"   Can't be printed: {clean(', '.join(faults[:2]))}{more}"
            rows += [((("error", told),), ()), ((), ())]
        return [*rows, *self._listed(height - len(rows) - 3)]

    def _listed(self, room: int) -> list[Row]:
        """The proofs there are, as many as fit; the chosen one among them."""
        if not self.files:
            return []
        fit = min(len(self.files), max(_LIST_LEAST, room - _SHARP_LEAST))
        self.top = max(self.at - fit + 1, min(self.top, self.at))
        self.top = max(0, min(self.top, len(self.files) - fit))
        rows: list[Row] = []
        for index, file in enumerate(self.files[self.top : self.top + fit], self.top):
            picked = index == self.at
            stat = file.stat()
            left = (
                ("accent", " ▌ ") if picked else ("text", "   "),
                ("bright" if picked else "text", clean(file.name)),
                ("dim", f"   {stat.st_size / 1e6:.1f} MB"),
            )
            rows.append((left, (("dim", f"{when(stat.st_mtime)} "),)))
        where = clean(str(self.files[0].parent))
        place = f"{self.at + 1} of {len(self.files)} " if fit < len(self.files) else ""
        return [
            *rows,
            ((), ()),
            ((("dim", f"   in {where}"),), (("dim", place),)),
            ((("dim", "   Enter shows its pages; fetch it with scp or sftp."),), ()),
        ]

    def _offers(self) -> list[Row]:
        """What can be made, and what is missing for it."""
        key = self.edition_app.get_key_of
        star = key("mark-toggle-star").split()[0]
        noun = "starred print" if self._edition else "print"
        sheet = count(self.listed, "print") if self.listed else "prints, once there are some"
        plates = count(self.hung, noun) if self.hung else f"{noun}s"
        wall = f"{plates} at one scale"
        if not self.hung:
            wall = f"{noun}s: {star} on the light table stars one"
            if not self._edition:
                wall = f"prints: {key('exhibit').split()[0]} on the light table hangs one"
        papers = count(self.numbers, "number") if self.numbers else "numbers, once some are given"
        return [
            (
                (("accent" if on else "dim", f"   {key(act)}"), ("text" if on else "dim", words)),
                (),
            )
            for act, words, on in (
                ("make-sheet", f"  contact sheet of {sheet}", self.listed),
                ("make-wall", f"  wall proof of {wall}", self.hung),
                ("make-plates", f"  plates of {plates}", self.hung),
                ("make-certificates", f"  certificates of {papers}", self.numbers),
            )
        ]

    def _progress(self, done: int, total: int) -> None:
        """Called from the worker's thread."""
        self.app.call_from_thread(self._show_progress, done, total)

    def _show_progress(self, done: int, total: int) -> None:
        self.progress = (done, total)
        self._show_body()

    def action_choose(self, name: str) -> None:
        """The next value of a setting, for the proofs made from now on."""
        self.chosen = proof_choice.following(self.own, self.settings, name)
        self._show_body()

    def action_make(self, kind: Kind) -> None:
        """Makes a sheet of all but the rejects, or a wall or plates of the starred prints."""
        if self.busy:
            self.edition_app.say(f"The {self.busy} is being made.")
            return
        self.busy, self.progress = KINDS[kind], (0, 0)
        self._show()
        self._make(kind, self.chosen)

    @work(thread=True, exclusive=True, group="proof", exit_on_error=False)
    def _make(self, kind: Kind, settings: ProofSettings | None) -> None:
        """Seconds of work, with a session of its own."""
        try:
            session = Session(self.edition_app.root)
            try:
                report = self.source.make(session, kind, settings, self._progress)
            finally:
                session.close()
        except EditionError as error:
            self.app.call_from_thread(self._made, None, error)
        else:
            self.app.call_from_thread(self._made, report, None)

    def _made(self, made: ProofReport | None, error: EditionError | None) -> None:
        self.busy = ""
        if error is not None:
            self.edition_app.tell(error)
        if made is not None:
            self.edition_app.say(". ".join((f"Made {made.file.name}", *made.warnings)))
        if self.is_mounted:
            self.at = 0
            self._show()

    def list_length(self) -> int:
        """Proofs there are."""
        return len(self.files)

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show_body()

    def action_measures(self) -> None:
        """Wall, frames and sizes in millimetres."""
        pictures = [work.picture for work in self.works]

        def back(used: int | None) -> None:
            self._measured(cast("LayoutForm", form).settings if used else None)

        form = self.edition_app.open_screen(
            MEASURES, self.source, self.settings, pictures, then=back
        )

    def _measured(self, settings: ProofSettings | None) -> None:
        if settings is not None:
            self.chosen = settings
            self._show()

    def action_arrange(self) -> None:
        """The hang, put in order by hand."""
        if not isinstance(self.source, EditionSource):
            self.edition_app.say("An exhibition is put in order on its own screen.")
            return

        def back(saved: int | None) -> None:
            self._arranged(cast("HangEditor", editor), saved=bool(saved))

        editor = self.edition_app.open_screen(ARRANGE, self.source, self.settings, then=back)

    def _arranged(self, room: HangEditor, *, saved: bool) -> None:
        """The next proof hangs as it was left: saved, or with other measures."""
        settings = room.settings
        self._show()
        if saved:
            order = {key: getattr(self.own, key) for key in ("sequence", "order", "sizes")}
            settings = settings.model_copy(update=order)
        self.chosen = settings if settings != self.own else None
        self._show_body()

    def action_numbers(self) -> None:
        """Numbers of the prints, and their certificates."""

        def back(wish: int | None) -> None:
            self._show()
            if wish == CERTIFY:
                self.action_make("certificates")

        self.edition_app.open_screen(NUMBERS, self.source, then=back)

    def action_open(self) -> None:
        """The pages of the proof."""
        if self.files:
            self.edition_app.open_screen(PAGES, self.files[self.at])

    def action_copy(self) -> None:
        """The proof's path to the clipboard, through the terminal (OSC 52)."""
        if self.files:
            path = str(self.files[self.at])
            self.app.copy_to_clipboard(path)
            self.edition_app.say(f"Copied {path}")


def _numbers(session: Session, works: Sequence[WallPrint]) -> int:
    """How many numbers of these prints are valid; 0 where the register can't be trusted."""
    try:
        items = [work.item for work in works if work.item is not None]
        return len(register.standing(session, items)[1])
    except EditionError:  # the screen of numbers reports it
        return 0

"""Numbers of a show's prints: editions opened, numbers issued, withdrawn, certified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from edition.actions import register
from edition.errors import EditionError
from edition.proof import edition_ledger
from edition.text_format import clean, count
from edition.tui.keymap import NUMBERS, bindings
from edition.tui.screens.list_screen import ListScreen
from edition.tui.screens.prompt_dialog import PromptDialog
from edition.tui.terminal_text import fit
from edition.tui.widgets.ansi_canvas import AnsiLines
from edition.tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.actions.print_sources import PrintSource
    from edition.actions.session import Session
    from edition.domain import Print
    from edition.proof.edition_ledger import Kind, LedgerRow
    from edition.tui.messages import LibraryChanged
    from edition.tui.terminal.ansi_style import Row as Line

CERTIFY = 2
"""What the screen gives back when certificates are wanted."""
"""The library remembers under it which paper was printed on last."""
_KINDS: dict[Kind, str] = {"number": "number", "AP": "artist's proof", "PP": "printer's proof"}


@dataclass(frozen=True, slots=True)
class RegisteredPrint:
    """A print and what the register says of it."""

    item: Print
    opened: LedgerRow | None
    given: tuple[LedgerRow, ...] = ()
    """Every number issued, the withdrawn ones too."""
    withdrawn: tuple[LedgerRow, ...] = ()


def numbered(session: Session, source: PrintSource) -> tuple[RegisteredPrint, ...]:
    """The prints of a show with their numbers.

    Raises:
        ProofError: the register was changed by somebody.
    """
    rows = register.rows(session)
    found = []
    for work in source.works(session):
        if work.item is None:
            continue
        name = work.item.digest, work.item.seed
        given, gone = edition_ledger.issued(rows, *name), edition_ledger.voided(rows, *name)
        opened = edition_ledger.edition_of(rows, *name)
        found.append(RegisteredPrint(work.item, opened, tuple(given), tuple(gone)))
    return tuple(found)


class RegisterScreen(ListScreen):
    """The register, print by print."""

    room = NUMBERS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(NUMBERS)]

    def __init__(self, source: PrintSource) -> None:
        super().__init__()
        self.source = source
        self.found: tuple[RegisteredPrint, ...] = ()
        self.at = 0
        self.fault: EditionError | None = None

    def compose(self) -> ComposeResult:
        """Title, prints with their numbers, keys."""
        yield TitleLine(id="title")
        yield AnsiLines(id="list")
        yield AnsiLines(id="keys")

    def on_mount(self) -> None:
        """Reads the register."""
        self._look()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """A number may have been issued elsewhere."""
        self._look()

    def on_resize(self, _: events.Resize) -> None:
        """The list scrolls so that the chosen print is seen."""
        self.call_after_refresh(self._show)

    def _look(self) -> None:
        self.fault = None
        try:
            self.found = numbered(self.session, self.source)
        except EditionError as error:
            self.found, self.fault = (), error
        self.at = self.clamp(self.at)
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        given = sum(len(one.given) - len(one.withdrawn) for one in self.found)
        title = (("bright", f" {clean(self.source.name)}"), ("dim", "   numbers"))
        self.query_one("#title", AnsiLines).show(
            (title, (("dim", f"{count(given, 'number')} issued "),))
        )
        rows, here = self._rows()
        listed = self.query_one("#list", AnsiLines)
        listed.show(*rows)
        listed.reveal(here)
        self.query_one("#keys", AnsiLines).show(self.key_row())

    def _rows(self) -> tuple[list[Line], int]:
        """The lines, and on which one the chosen print's block ends."""
        if self.fault is not None:
            return [
                ((), ()),
                ((("error", f"   {clean(self.fault.message)}"),), ()),
                ((("dim", f"   {clean(self.fault.hint)}"),), ()),
            ], 0
        if not self.found:
            return [
                ((), ()),
                ((("bright", "   No print to number."),), ()),
                ((("dim", "   Starred prints, and those of an exhibition, can be numbered."),), ()),
            ], 0
        rows: list[Line] = [((), ())]
        here = 0
        for index, one in enumerate(self.found):
            chosen = index == self.at
            rows.append(_line(one, chosen=chosen))
            if chosen:
                rows += [_given(row, gone=row in one.withdrawn) for row in one.given]
                here = len(rows) - 1
        return rows, here

    # keys

    @property
    def chosen(self) -> RegisteredPrint | None:
        """The chosen print."""
        return self.found[self.at] if self.found else None

    def list_length(self) -> int:
        """Prints there are."""
        return len(self.found)

    def list_go(self, index: int) -> None:
        """Selects one."""
        self.at = index
        self._show()

    def action_open(self) -> None:
        """Fixes size and count of the chosen print's edition: asked once more what they are."""
        one = self.chosen
        if one is None:
            return
        if one.opened is not None:
            self.edition_app.say(f"Open already: {one.opened.count} in one size; this is fixed.")
            return
        item = one.item
        size = self.source.head(self.session).settings.edition_size

        def opened(answer: str | None) -> None:
            if answer:
                self.edition_app.write(
                    lambda session: _open(session, item, int(answer)), self._told
                )

        width, height = register.size_of(self.session, item)
        question = f"Seed {item.seed}, {width:g} × {height:g} mm, for good: edition size?"
        self.app.push_screen(PromptDialog(question, str(size), _check_count), opened)

    def action_issue(self, kind: Kind) -> None:
        """Issues the next number: asked what it is printed on."""
        one = self.chosen
        if one is None:
            return
        if one.opened is None:
            key = self.edition_app.get_key_of("open").split()[0]
            self.edition_app.say(
                f"Its edition is not open: {key} opens it with its size and count."
            )
            return
        item = one.item

        def issued(answer: str | None) -> None:
            if answer is not None:
                self.edition_app.write(
                    lambda session: _issue(session, item, kind, answer), self._told
                )

        question = f"Seed {item.seed}, the next {_KINDS[kind]}: printed on which paper?"
        self.app.push_screen(PromptDialog(question, register.last_paper(self.session)), issued)

    def action_withdraw(self) -> None:
        """Withdraws a number that was spoiled, lost or destroyed."""
        one = self.chosen
        if one is None:
            return
        standing = [row for row in one.given if row not in one.withdrawn]
        if not standing:
            self.edition_app.say("This print has no valid number.")
            return
        item = one.item

        def check(answer: str) -> str:
            return (
                "" if _withdrawal(answer) else "like: 3/25 torn in the press, or: AP 1 given away"
            )

        def withdrawn(answer: str | None) -> None:
            if found := _withdrawal(answer or ""):
                self.edition_app.write(lambda session: _void(session, item, *found), self._told)

        latest = standing[-1]
        start = f"{'' if latest.kind == 'number' else latest.kind + ' '}{latest.number} "
        question = f"Seed {item.seed}: which number, and what became of it?"
        self.app.push_screen(PromptDialog(question, start, check), withdrawn)

    def action_certify(self) -> None:
        """Back to the proofs, where the certificates are made."""
        self.dismiss(CERTIFY)

    def _told(self, what: str) -> None:
        self.edition_app.say(what)
        self._look()


def _line(one: RegisteredPrint, *, chosen: bool) -> Line:
    mark = ("accent", " ▌ ") if chosen else ("text", "   ")
    name = f"{clean(one.item.slug)} seed {one.item.seed}"
    tone = "bright" if chosen else "text"
    if one.opened is None:
        return (mark, (tone, name)), (("dim", "not open "),)
    row = one.opened
    numbers = sum(r.kind == "number" for r in one.given)
    proofs = sum(r.kind == "AP" for r in one.given)
    right = (
        ("text", f"{numbers}/{row.count}"),
        ("dim", f"   AP {proofs}/{row.artist_proofs}   {row.width_mm:g} × {row.height_mm:g} mm "),
    )
    return (mark, (tone, name)), right


def _given(row: LedgerRow, *, gone: bool) -> Line:
    tone = "faint" if gone else "dim"
    words = f"       {fit(row.label, 10)}  {row.date}  {clean(row.paper)}"
    return ((tone, words), ("error", "  withdrawn" if gone else "")), ()


def _check_count(answer: str) -> str:
    return "" if answer.isdigit() and 1 <= int(answer) <= 1000 else "1 to 1000"


def _withdrawal(answer: str) -> tuple[Kind, str, str] | None:
    """Kind, number and reason out of ``AP 1 given away`` or ``3/25 torn``."""
    words = answer.split()
    kind: Kind = "number"
    for named in edition_ledger.KINDS:
        if words and words[0].upper() == named:
            kind = named
            words.pop(0)
            break
    if len(words) < 2 or not (words[0].isdigit() or "/" in words[0]):
        return None
    return kind, words[0], " ".join(words[1:])


def _open(session: Session, item: Print, number: int) -> str:
    row = register.open_edition(session, item, number)
    return f"Seed {item.seed}: {row.count} of {row.width_mm:g} × {row.height_mm:g} mm."


def _issue(session: Session, item: Print, kind: Kind, paper: str) -> str:
    row = register.issue(session, item, kind, paper)
    register.remember_paper(session, paper)
    return f"Seed {item.seed}: {row.label}."


def _void(session: Session, item: Print, kind: Kind, number: str, reason: str) -> str:
    meant = register.issued_number(session, item, number, kind)
    row = register.void(session, item, meant.kind, meant.number, reason)
    papers = register.void_papers(session, item, row)
    return " ".join((f"Seed {item.seed}: {row.label} is withdrawn.", *papers.splitlines()))

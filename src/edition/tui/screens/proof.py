"""The proof room: what goes on paper, how it is chosen, and the pages that were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import work

from edition import paths
from edition.desk.desk import Desk
from edition.errors import EditionError
from edition.recipe.proofing import Proofing
from edition.tui.keys import PROOF, bindings
from edition.tui.screens import proof_choice
from edition.tui.screens.room import Room
from edition.tui.text import clean, count, when
from edition.tui.widgets.canvas import Lines

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.ink import Row
    from edition.tui.messages import LibraryChanged

Kind = Literal["sheet", "wall", "plates"]
KINDS: dict[Kind, str] = {"sheet": "contact sheet", "wall": "wall proof", "plates": "plates"}


class ProofRoom(Room):
    """Makes proofs beside the UI's thread and lists those that are there."""

    room = PROOF
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PROOF)]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.cursor = 0
        self.files: tuple[Path, ...] = ()
        self.busy = ""
        self.prints = self.rejected = self.starred = 0
        self.progress = (0, 0)
        self.own = Proofing()
        """The recipe's."""
        self.chosen: Proofing | None = None
        """What keys have made of them; the recipe stays as it is."""
        self.pixels: tuple[proof_choice.Pixels, ...] = ()

    @property
    def settings(self) -> Proofing:
        """Of the next proof."""
        return self.chosen or self.own

    def compose(self) -> ComposeResult:
        """Title, what can be made, what was made, keys."""
        yield Lines(id="title")
        yield Lines(id="body")
        yield Lines(id="keys")

    def on_mount(self) -> None:
        """Reads which proofs there are."""
        self._show()

    def on_library_changed(self, _: LibraryChanged) -> None:
        """Stars may have changed."""
        self._show()

    def on_resize(self, _: events.Resize) -> None:
        """More lines list more prints."""
        self.call_after_refresh(self._show_body)

    def _show(self) -> None:
        try:
            recipe = self.desk.recipe(self.slug)
            title, self.own = clean(recipe.title), recipe.proof
        except EditionError:
            title = self.slug
        counts = self.desk.store.prints.counts(self.slug)
        self.prints, self.rejected, self.starred = counts.prints, counts.rejected, counts.starred
        self.pixels = proof_choice.starred(self.desk, self.slug)
        folder = paths.proofs_folder(self.house.root, self.slug)
        found = [(file.stat().st_mtime, file) for file in folder.glob("*.pdf")]
        self.files = tuple(file for _, file in sorted(found, reverse=True))
        self.cursor = max(0, min(self.cursor, len(self.files) - 1))
        self.query_one("#title", Lines).show(
            ((("bright", f" {title}"), ("dim", "   proofs")), (("accent", f"★ {self.starred} "),))
        )
        self._show_body()
        self.query_one("#keys", Lines).show(
            self.key_row(
                ("make-sheet", "sheet"), ("make-wall", "wall"), ("make-plates", "plates"),
                ("open", "pages"), ("copy", "copy path"), ("back", "back"), ("help", "keys"),
            )
        )  # fmt: skip

    def _show_body(self) -> None:
        if self.is_mounted:
            body = self.query_one("#body", Lines)
            rows = self._rows()
            room = body.size.height - len(rows) - 1
            listed = proof_choice.sharpness(self.pixels, self.settings, body.size.width, room)
            body.show(*rows, *([((), ()), *listed] if listed else []))

    def _rows(self) -> list[Row]:
        rows: list[Row] = [((), ())]
        if self.busy:
            done, total = self.progress
            far = f"  {done}/{total}" if total else ""
            rows += [((("accent", f"   Making the {self.busy} …"), ("dim", far)), ()), ((), ())]
        else:
            line = proof_choice.line(self.settings, self.house.get_key_of)
            rows += [*self._offers(), ((), ()), line, ((), ())]
        for index, file in enumerate(self.files):
            picked = index == self.cursor
            stat = file.stat()
            left = (
                ("accent", " ▌ ") if picked else ("text", "   "),
                ("bright" if picked else "text", clean(file.name)),
                ("dim", f"   {stat.st_size / 1e6:.1f} MB"),
            )
            rows.append((left, (("dim", f"{when(stat.st_mtime)} "),)))
        if self.files:
            where = clean(str(self.files[0].parent))
            rows += [
                ((), ()),
                ((("dim", f"   in {where}"),), ()),
                ((("dim", "   Enter shows its pages; fetch it with scp or sftp."),), ()),
            ]
        return rows

    def _offers(self) -> list[Row]:
        """What can be made, and what is missing for it."""
        key = self.house.get_key_of
        shown, starred = self.prints - self.rejected, self.starred
        star = key("mark-toggle-star").split()[0]
        sheet = count(shown, "print") if shown else "prints, once there are some"
        plates = count(starred, "starred print") if starred else "starred prints"
        wall = f"{plates} at one scale"
        if not starred:
            wall = f"starred prints: {star} on the light table stars one"
        return [
            (
                (("accent" if on else "dim", f"   {key(act)}"), ("text" if on else "dim", words)),
                (),
            )
            for act, words, on in (
                ("make-sheet", f"  contact sheet of {sheet}", shown),
                ("make-wall", f"  wall proof of {wall}", starred),
                ("make-plates", f"  plates of {plates}", starred),
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
            self.house.say(f"The {self.busy} is being made.")
            return
        self.busy, self.progress = KINDS[kind], (0, 0)
        self._show()
        self._make(kind, self.chosen)

    @work(thread=True, exclusive=True, group="proof", exit_on_error=False)
    def _make(self, kind: Kind, settings: Proofing | None) -> None:
        """Seconds of work, with a desk of its own."""
        from edition.desk import proofs

        try:
            desk = Desk(self.house.root)
            try:
                report = proofs.make(
                    desk, self.slug, kind, settings=settings, progress=self._progress
                )
            finally:
                desk.close()
        except EditionError as error:
            self.app.call_from_thread(self._made, None, error)
        else:
            self.app.call_from_thread(self._made, report.file, None)

    def _made(self, path: Path | None, error: EditionError | None) -> None:
        self.busy = ""
        if error is not None:
            self.house.tell(error)
        if path is not None:
            self.house.say(f"Made {path.name}")
        if self.is_mounted:
            self.cursor = 0
            self._show()

    def action_step(self, where: str) -> None:
        """One proof up or down."""
        self.cursor += 1 if where == "down" else -1
        self._show()

    def action_turn(self, pages: int) -> None:
        """Ten proofs up or down."""
        self.cursor += 10 * pages
        self._show()

    def action_first(self) -> None:
        """The newest proof."""
        self.cursor = 0
        self._show()

    def action_last(self) -> None:
        """The oldest proof."""
        self.cursor = len(self.files)
        self._show()

    def action_open(self) -> None:
        """The pages of the proof."""
        if self.files:
            from edition.tui.screens.pages import Pages

            self.app.push_screen(Pages(self.files[self.cursor]))

    def action_copy(self) -> None:
        """The proof's path to the clipboard, through the terminal (OSC 52)."""
        if self.files:
            path = str(self.files[self.cursor])
            self.app.copy_to_clipboard(path)
            self.house.say(f"Copied {path}")

"""The proof room: contact sheet and wall proof, and where they were put."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import work

from edition import paths
from edition.desk.desk import Desk
from edition.errors import EditionError
from edition.tui.keys import PROOF, bindings
from edition.tui.screens.room import Room
from edition.tui.text import clean, count, when
from edition.tui.widgets.canvas import Lines

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from edition.tui.ink import Row
    from edition.tui.messages import LibraryChanged

KINDS = {"sheet": "contact sheet", "wall": "wall proof"}


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

    def _show(self) -> None:
        try:
            title = clean(self.desk.recipe(self.slug).title)
        except EditionError:
            title = self.slug
        counts = self.desk.store.prints.counts(self.slug)
        self.prints, self.rejected, self.starred = counts.prints, counts.rejected, counts.starred
        folder = paths.proofs_folder(self.house.root, self.slug)
        found = [(file.stat().st_mtime, file) for file in folder.glob("*.pdf")]
        self.files = tuple(file for _, file in sorted(found, reverse=True))
        self.cursor = max(0, min(self.cursor, len(self.files) - 1))
        self.query_one("#title", Lines).show(
            ((("bright", f" {title}"), ("dim", "   proofs")), (("accent", f"★ {self.starred} "),))
        )
        self.query_one("#body", Lines).show(*self._rows())
        self.query_one("#keys", Lines).show(
            self.key_row(
                ("make-sheet", "contact sheet"), ("make-wall", "wall proof"),
                ("copy", "copy the path"), ("back", "back"), ("help", "keys"),
            )
        )  # fmt: skip

    def _rows(self) -> list[Row]:
        rows: list[Row] = [((), ())]
        if self.busy:
            done, total = self.progress
            far = f"  {done}/{total}" if total else ""
            rows += [((("accent", f"   Making the {self.busy} …"), ("dim", far)), ()), ((), ())]
        else:
            rows += [*self._offers(), ((), ())]
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
                ((("dim", "   Open it with your PDF viewer, or fetch it with scp or sftp."),), ()),
            ]
        return rows

    def _offers(self) -> list[Row]:
        """What can be made, and what is missing for it."""
        key = self.house.get_key_of
        shown, starred = self.prints - self.rejected, self.starred
        star = key("mark-toggle-star").split()[0]
        sheet = count(shown, "print") if shown else "prints, once there are some"
        wall = count(starred, "starred print") + " at one scale"
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
            )
        ]

    def _progress(self, done: int, total: int) -> None:
        """Called from the worker's thread."""
        self.app.call_from_thread(self._show_progress, done, total)

    def _show_progress(self, done: int, total: int) -> None:
        self.progress = (done, total)
        if self.is_mounted:
            self.query_one("#body", Lines).show(*self._rows())

    def action_make(self, kind: Literal["sheet", "wall"]) -> None:
        """Makes a sheet of all but the rejects, or a wall of the starred prints."""
        if self.busy:
            self.house.say(f"The {self.busy} is being made.")
            return
        self.busy, self.progress = KINDS[kind], (0, 0)
        self._show()
        self._make(kind)

    @work(thread=True, exclusive=True, group="proof", exit_on_error=False)
    def _make(self, kind: Literal["sheet", "wall"]) -> None:
        """Seconds of work, with a desk of its own."""
        try:
            desk = Desk(self.house.root)
            try:
                report = desk.proof(self.slug, kind, self._progress)
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
        """Says where the proof is."""
        self.action_copy()

    def action_copy(self) -> None:
        """The proof's path to the clipboard, through the terminal (OSC 52)."""
        if self.files:
            path = str(self.files[self.cursor])
            self.app.copy_to_clipboard(path)
            self.house.say(f"Copied {path}")

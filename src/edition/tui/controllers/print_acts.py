"""The trash, stacks by hand, exhibitions, and prints made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.actions import print_queries, stack_edits, trash
from edition.errors import EditionError, StorageError
from edition.text_format import act_words, named
from edition.tui.controllers.ports import AppPort, PrintView, meant
from edition.tui.hang_prints import hang_prints
from edition.tui.keymap import AGAIN, EXHIBITIONS

if TYPE_CHECKING:
    from edition.actions.importing import ImportResult
    from edition.actions.session import Session
    from edition.actions.trash import TrashResult
    from edition.domain import ActResult


class PrintActs:
    """Acts by which prints go out of sight, or to another place."""

    def __init__(self, app: AppPort, view: PrintView) -> None:
        self.app, self.view = app, view

    @property
    def alike(self) -> bool:
        """Whether stacks are those of look-alikes."""
        return self.view.roll.where.alike

    def stack_of(self, members: list[int]) -> int:
        """The stack that most of some prints are in now; 0 when there is none."""
        found = print_queries.get(self.app.session, members, alike=self.alike).values()
        stacks = [item.stack for item in found if item.stack]
        return max(set(stacks), key=stacks.count, default=0)

    # the trash

    def trash(self) -> None:
        """Puts prints into the trash; what is there already comes back."""
        ids, prints = self.view.targets(), meant(self.view)
        if not prints:
            return
        if all(item.trash for item in prints):
            self.view.vanish(ids)
            what = f"restore from the trash {named(prints)}"
            self.app.write(lambda session: trash.restore(session, ids), self._came_back, what)
            return
        going = tuple(item.id for item in prints if not (item.marks.star or item.trash))

        def put(session: Session) -> TrashResult | EditionError:
            try:
                return trash.put(session, ids)
            except StorageError:
                raise
            except EditionError as error:
                return error

        def told(done: TrashResult | EditionError) -> None:
            if isinstance(done, EditionError):
                self.app.tell(done)
            else:
                self.app.say(f"{done.told} {self._undo_key()} undoes it.")
            went = () if isinstance(done, EditionError) else done.ids
            if set(went) != set(going):
                self.view.reselect()

        if going:
            self.view.vanish(going)
        self.app.write(put, told, f"trash {named(prints)}")

    def _came_back(self, done: ActResult) -> None:
        what = act_words(done)
        self.app.say(f"{what[:1].upper()}{what[1:]}." if what else "Nothing changed.")
        self.view.reselect()

    def _undo_key(self) -> str:
        return self.app.get_key_of("undo").split()[0]

    # stacks by hand

    def best(self) -> None:
        """The print becomes the best of its stack, whatever comes; once more takes that back."""
        item = self.view.current()
        if item is None:
            return
        chosen, alike = item.id, self.alike
        on = not stack_edits.is_best(self.app.session, item.id)
        self.app.write(
            lambda session: stack_edits.choose_best(session, chosen, on=on, alike=alike),
            self._by_hand,
        )

    def split(self) -> None:
        """Takes the chosen prints out of their stack for good."""
        ids, alike = self.view.targets(), self.alike
        if ids:
            self.app.write(
                lambda session: stack_edits.split(session, ids, alike=alike), self._by_hand
            )

    def _by_hand(self, what: str) -> None:
        self.app.say(f"{what[:1].upper()}{what[1:]}. {self._undo_key()} undoes it.")
        self.view.reselect()

    # elsewhere

    def again(self) -> None:
        """Asks where, and at which size, the prints are made again."""
        prints = meant(self.view)
        if any(paths.adopted_name(item.file) for item in prints):
            self._import([item.id for item in prints])
        elif prints:
            self.app.open_screen(AGAIN, prints)
        else:
            self.app.say("There is no print to render again.")

    def _import(self, ids: list[int]) -> None:
        """Makes editions from what adopted pictures say of their making."""
        from edition.actions import importing  # pydantic and all readers of metadata

        def told(made: ImportResult) -> None:
            for line in importing.told(made):
                self.app.say(line)

        self.app.write(lambda session: importing.of_adopted(session, ids), told)

    def exhibit(self) -> None:
        """Hangs the chosen prints, or the selected one, in the current exhibition."""
        hang_prints(self.app, self.view.targets())

    def exhibitions(self) -> None:
        """All exhibitions."""
        self.app.open_screen(EXHIBITIONS)

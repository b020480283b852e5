"""Trash, stacks by hand and prints made again: the same on the light table and in the loupe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.actions import print_queries, stack_edits, trash
from edition.errors import EditionError, StorageError
from edition.text_format import act_words, count, named
from edition.tui.keymap import AGAIN
from edition.tui.screens.annotation import Writing

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.actions.trash import TrashResult
    from edition.domain import ActResult


class Handwork(Writing):
    """A screen from which prints go out of sight, or to another place."""

    alike = False
    """Whether stacks are those of look-alikes."""

    def vanish(self, ids: tuple[int, ...]) -> None:
        """Takes prints off the screen; subclasses say how."""

    def reselect(self) -> None:
        """Reads the list again; subclasses say how."""

    def stack_of(self, members: list[int]) -> int:
        """The stack that most of some prints stand in now; 0 when there is none."""
        found = print_queries.get(self.session, members, alike=self.alike).values()
        stacks = [item.stack for item in found if item.stack]
        return max(set(stacks), key=stacks.count, default=0)

    # the trash

    def action_trash(self) -> None:
        """Puts prints into the trash; what lies there already comes back."""
        ids = self.targets()
        prints = tuple(self.roll.prints(ids).values())
        if not prints:
            return
        if all(item.trash for item in prints):
            self.vanish(ids)
            what = f"take out of the trash {named(prints)}"
            self.edition_app.write(
                lambda session: trash.restore(session, ids), self._came_back, what
            )
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
                self.edition_app.tell(done)
            else:
                self.edition_app.say(f"{done.told} {self._undo_key()} takes it back.")
            went = () if isinstance(done, EditionError) else done.ids
            if set(went) != set(going):
                self.reselect()

        if going:
            self.vanish(going)
        self.edition_app.write(put, told, f"trash {named(prints)}")

    def _came_back(self, done: ActResult) -> None:
        what = act_words(done)
        self.edition_app.say(f"{what[:1].upper()}{what[1:]}." if what else "Nothing changed.")
        self.reselect()

    def _undo_key(self) -> str:
        return self.edition_app.get_key_of("undo").split()[0]

    def _undone(self, done: ActResult) -> None:
        super()._undone(done)
        self._regrouped(done)

    def _redone(self, done: ActResult) -> None:
        super()._redone(done)
        self._regrouped(done)

    def _regrouped(self, done: ActResult) -> None:
        if done.kinds & stack_edits.REGROUPING:
            self.reselect()

    # stacks by hand

    def action_best(self) -> None:
        """The print becomes the best of its stack, whatever comes; once more takes that back."""
        item = self.current()
        if item is None:
            return
        chosen, alike, on = item.id, self.alike, not stack_edits.is_best(self.session, item.id)
        self.edition_app.write(
            lambda session: stack_edits.choose_best(session, chosen, on=on, alike=alike),
            self._by_hand,
        )

    def action_split(self) -> None:
        """Takes the chosen prints out of their stack for good."""
        ids, alike = self.targets(), self.alike
        if ids:
            self.edition_app.write(
                lambda session: stack_edits.split(session, ids, alike=alike), self._by_hand
            )

    def _by_hand(self, what: str) -> None:
        self.edition_app.say(f"{what[:1].upper()}{what[1:]}. {self._undo_key()} takes it back.")
        self.reselect()

    # elsewhere

    def action_again(self) -> None:
        """Asks where, and at which size, the prints are made again."""
        prints = tuple(self.roll.prints(self.targets()).values())
        if prints:
            self.edition_app.open_screen(AGAIN, prints)
        else:
            self.edition_app.say("There is no print to make again.")


def groups_told(number: int, likeness: int) -> str:
    """What a person hears of look-alikes."""
    found = count(number, "group")
    return f"{found} of look-alikes at {likeness} hundredths. + looser, - tighter."

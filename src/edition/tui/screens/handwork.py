"""Trash, stacks by hand and prints made again: the same on the light table and in the loupe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.desk import stacking, trash
from edition.desk.words import named
from edition.errors import EditionError, StorageError
from edition.tui.screens.writing import Writing
from edition.tui.text import count

if TYPE_CHECKING:
    from edition.desk.desk import Desk
    from edition.desk.trash import Put


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
        found = self.desk.store.prints.get(members, alike=self.alike).values()
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
            self.house.write(lambda desk: trash.restore(desk, ids), self._came_back, what)
            return
        going = tuple(item.id for item in prints if not (item.marks.star or item.trash))

        def put(desk: Desk) -> Put | EditionError:
            try:
                return trash.put(desk, ids)
            except StorageError:
                raise
            except EditionError as error:
                return error

        def told(done: Put | EditionError) -> None:
            if isinstance(done, EditionError):
                self.house.tell(done)
            else:
                self.house.say(f"{done.told} {self._undo_key()} takes it back.")
            went = () if isinstance(done, EditionError) else done.ids
            if set(went) != set(going):
                self.reselect()

        if going:
            self.vanish(going)
        self.house.write(put, told, f"trash {named(prints)}")

    def _came_back(self, what: str) -> None:
        self.house.say(f"{what[:1].upper()}{what[1:]}." if what else "Nothing changed.")
        self.reselect()

    def _undo_key(self) -> str:
        return self.house.get_key_of("undo").split()[0]

    def _undone(self, what: str) -> None:
        super()._undone(what)
        self._regrouped(what)

    def _redone(self, what: str) -> None:
        super()._redone(what)
        self._regrouped(what)

    def _regrouped(self, what: str) -> None:
        if any(word in what.split(":")[0] for word in ("trash", "stack", "split", "top", "join")):
            self.reselect()

    # stacks by hand

    def action_best(self) -> None:
        """The print becomes the best of its stack, whatever comes; once more takes that back."""
        item = self.current()
        if item is None:
            return
        chosen, alike, on = item.id, self.alike, not stacking.is_best(self.desk, item.id)
        self.house.write(
            lambda desk: stacking.choose_best(desk, chosen, on=on, alike=alike), self._by_hand
        )

    def action_split(self) -> None:
        """Takes the chosen prints out of their stack for good."""
        ids, alike = self.targets(), self.alike
        if ids:
            self.house.write(lambda desk: stacking.split(desk, ids, alike=alike), self._by_hand)

    def _by_hand(self, what: str) -> None:
        self.house.say(f"{what[:1].upper()}{what[1:]}. {self._undo_key()} takes it back.")
        self.reselect()

    # elsewhere

    def action_again(self) -> None:
        """Asks where, and at which size, the prints are made again."""
        from edition.tui.screens.again import AgainRoom

        prints = tuple(self.roll.prints(self.targets()).values())
        if prints:
            self.app.push_screen(AgainRoom(prints))
        else:
            self.house.say("There is no print to make again.")


def groups_told(number: int, likeness: int) -> str:
    """What a person hears of look-alikes."""
    found = count(number, "group")
    return f"{found} of look-alikes at {likeness} hundredths. + looser, - tighter."

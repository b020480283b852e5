"""The command palette: what the screen does, then where one can go from it, all by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from edition.actions import search
from edition.text_format import clean, count
from edition.tui import keymap
from edition.tui.hang_prints import hang_in
from edition.tui.key_hints import HINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edition.tui.app import EditionApp
    from edition.tui.screens.light_table import LightTable
    from edition.tui.screens.print_screen import PrintScreen

_GROUPS = ("Work", "Mark", "Choose", "See", "Move", "General")
"""In the order of the list; moving comes last, for which nobody opens a list."""


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One line of the palette."""

    title: str
    help: str
    run: Callable[[], object]


class ActionProvider(Provider):
    """The screen's actions with their keys; the trash, exhibitions, saved filters."""

    async def startup(self) -> None:
        """Reads the library once, not at each letter."""
        self._found = tuple(self._entries())

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for entry in self._found:
            yield DiscoveryHit(Content(entry.title), entry.run, help=entry.help)

    async def search(self, query: str) -> Hits:
        """Those whose words match."""
        matcher = self.matcher(query)
        for entry in self._found:
            score = matcher.match(entry.title)
            if score > 0:
                shown = matcher.highlight(entry.title)
                yield Hit(score, shown, entry.run, help=entry.help)

    def _entries(self) -> Iterable[PaletteEntry]:
        room = getattr(self.screen, "room", "")
        acts = list(in_order(room))
        own = [act for act in acts if keymap.EVERYWHERE not in act.rooms]
        yield from map(self._of_act, own)
        if room == keymap.TABLE:
            yield from self._filters()
        if room in (keymap.TABLE, keymap.LOUPE, keymap.SHELF, keymap.EXHIBITIONS):
            yield from self._exhibitions(hang=room in (keymap.TABLE, keymap.LOUPE))
        yield from (self._of_act(act) for act in acts if keymap.EVERYWHERE in act.rooms)

    @property
    def _edition_app(self) -> EditionApp:
        return cast("EditionApp", self.app)

    def _of_act(self, act: keymap.KeyAction) -> PaletteEntry:
        target = self.app if keymap.EVERYWHERE in act.rooms else self.screen
        pressed = self._edition_app.get_key_of_act(act)
        return PaletteEntry(
            act.title.capitalize(),
            f"{pressed}   {act.group.lower()}",
            partial(target.run_action, act.action),
        )

    def _filters(self) -> Iterable[PaletteEntry]:
        """The trash and the saved filters, as filters of this table."""
        table = cast("LightTable", self.screen)
        trash = table.reader.counts.trash
        offered = {f"Show the trash: {count(trash, 'print')}": "trash:yes"} if trash else {}
        if table.finder.where.trash:
            offered = {"Back from the trash": ""}
        offered |= {
            f"Filter: {name}": text
            for name, text in search.saved(self._edition_app.session).items()
        }
        for title, text in offered.items():
            yield PaletteEntry(
                clean(title), f"/{clean(text)}" if text else "all prints",
                partial(table.write_filter, text),
            )  # fmt: skip

    def _exhibitions(self, *, hang: bool) -> Iterable[PaletteEntry]:
        """Every exhibition: its wall, and the prints that are meant onto it."""
        from edition.actions import exhibitions  # pydantic, which the first screen does without

        found = exhibitions.listed(self._edition_app.session)
        for one in found:
            words = f"exhibition, {count(len(one.places), 'print')}"
            go = partial(self._edition_app.open_screen, keymap.EXHIBITION, one.name)
            yield PaletteEntry(f"Exhibition: {clean(one.title)}", words, go)
        for one in found if hang else ():
            ids = partial(
                hang_in, self._edition_app, one.name, cast("PrintScreen", self.screen).targets()
            )
            yield PaletteEntry(f"Hang in: {clean(one.title)}", clean(one.name), ids)


def in_order(room: str) -> Iterable[keymap.KeyAction]:
    """The actions of a screen: those of its foot first, then by what they are for."""
    acts = keymap.of_room(room)
    foot = [act_id for act_id, _ in HINTS.get(room, ()) if act_id not in ("back", "help")]

    def place(act: keymap.KeyAction) -> tuple[int, int]:
        if act.id in foot:
            return 0, foot.index(act.id)
        return 1 + _GROUPS.index(act.group), 0

    return sorted(acts, key=place)

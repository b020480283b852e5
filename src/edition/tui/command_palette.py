"""The command palette: every action of the screen one is at, by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from edition.tui import keymap

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.tui.app import EditionApp


class ActionProvider(Provider):
    """Actions out of the table of keys; each shows its keys."""

    @property
    def _acts(self) -> list[tuple[keymap.KeyAction, str]]:
        app = cast("EditionApp", self.app)
        room = getattr(self.screen, "room", "")
        return [(act, app.get_key_of_act(act)) for act in keymap.of_room(room)]

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for act, pressed in self._acts:
            yield DiscoveryHit(
                Content(f"{act.title.capitalize()}"), self._command(act), help=_help(act, pressed)
            )

    async def search(self, query: str) -> Hits:
        """Those whose words match."""
        matcher = self.matcher(query)
        for act, pressed in self._acts:
            title = act.title.capitalize()
            score = matcher.match(title)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(title), self._command(act), help=_help(act, pressed)
                )

    def _command(self, act: keymap.KeyAction) -> Callable[[], object]:
        target = self.app if keymap.EVERYWHERE in act.rooms else self.screen
        return partial(target.run_action, act.action)


def _help(act: keymap.KeyAction, pressed: str) -> str:
    return f"{pressed}   {act.group.lower()}"

"""Paints lines as ANSI text: tones of the theme, at the terminal's depth of colour."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rich.cells import cell_len
from textual.color import Color

from edition.tui.terminal_text import fit
from edition.tui.theme import LABEL_COLOURS

Depth = Literal["true", "256", "none"]
"""24-bit colour, the 256-colour cube, or no colour at all."""
Tone = str
"""text, dim, faint, bright, accent, error, good, select, range, or a colour label."""
Span = tuple[Tone, str]
Row = tuple[tuple[Span, ...], tuple[Span, ...]]
"""Spans at the left and at the right of a line."""
RESET = "\x1b[0m"
EMPTY: Row = ((), ())
_PLAIN = {
    "bright": "1", "accent": "1", "dim": "2", "faint": "2", "select": "7", "range": "4",
    "error": "1", "good": "", "text": "",
}  # fmt: skip
_VARIABLES = {
    "text": "foreground",
    "dim": "tone-dim",
    "faint": "tone-faint",
    "bright": "tone-bright",
    "accent": "accent",
    "error": "error",
    "good": "success",
}


_LEVELS = (0, 95, 135, 175, 215, 255)


@lru_cache(maxsize=1 << 14)
def cube(red: int, green: int, blue: int) -> int:
    """The nearest of the 6x6x6 colours and 24 greys of a 256-colour terminal."""
    wanted = (red, green, blue)
    steps = [0 if v < 48 else 1 if v < 115 else (v - 35) // 40 for v in wanted]
    grey = min(23, max(0, round((sum(wanted) / 3 - 8) / 10)))
    apart = sum((_LEVELS[step] - v) ** 2 for step, v in zip(steps, wanted, strict=True))
    if sum((8 + 10 * grey - v) ** 2 for v in wanted) < apart:
        return 232 + grey
    return 16 + 36 * steps[0] + 6 * steps[1] + steps[2]


@dataclass(frozen=True, slots=True)
class AnsiStyle:
    """What a tone looks like; rebuilt when the theme changes."""

    depth: Depth
    ground: tuple[int, int, int]
    """The screen's background, RGB8."""
    tones: Mapping[Tone, str]
    """The start of a span: an escape sequence that sets foreground and background."""

    @property
    def coloured(self) -> bool:
        """Whether tones differ in colour."""
        return self.depth != "none"

    @classmethod
    def of(cls, variables: Mapping[str, str], depth: Depth) -> "AnsiStyle":
        """Mixes the inks of a theme.

        Args:
            variables: the theme's CSS variables.
            depth: what the terminal can show.
        """
        ground = Color.parse(variables["background"]).rgb
        if depth == "none":
            tones = {tone: f"\x1b[0;{code}m" if code else RESET for tone, code in _PLAIN.items()}
            tones |= dict.fromkeys(LABEL_COLOURS, RESET)
            return cls(depth, ground, tones)

        def sgr(front: tuple[int, int, int], back: tuple[int, int, int], bold: bool) -> str:
            weight = "1;" if bold else ""
            if depth == "true":
                return "\x1b[0;{}38;2;{};{};{};48;2;{};{};{}m".format(weight, *front, *back)
            return f"\x1b[0;{weight}38;5;{cube(*front)};48;5;{cube(*back)}m"

        def rgb(name: str, fallback: str = "foreground") -> tuple[int, int, int]:
            return Color.parse(variables.get(name) or variables[fallback]).rgb

        tones = {
            tone: sgr(rgb(name), ground, tone in ("bright", "accent"))
            for tone, name in _VARIABLES.items()
        }
        tones |= {
            label: sgr(Color.parse(colour).rgb, ground, False)
            for label, colour in LABEL_COLOURS.items()
        }
        tones["select"] = sgr(rgb("tone-on-accent", "background"), rgb("accent"), True)
        tones["range"] = sgr(rgb("foreground"), rgb("tone-range", "panel"), False)
        return cls(depth, ground, tones)

    def paint(self, spans: Iterable[Span]) -> str:
        """Spans one after the other; the caller minds the width."""
        return "".join([self.tones[tone] + text for tone, text in spans]) + self.tones["text"]

    def line(self, width: int, left: Sequence[Span], right: Sequence[Span] = ()) -> str:
        """One line of exactly ``width`` cells; the left side gives way to the right one."""
        ends = clip(right, width)
        room = width - cells(ends)
        if ends and room > 1:
            room -= 1
            ends = (("text", " "), *ends)
        starts = clip(left, room)
        gap = width - cells(starts) - cells(ends)
        return self.paint((*starts, ("text", " " * gap), *ends)) + RESET


def cells(spans: Iterable[Span]) -> int:
    """How many cells spans take."""
    return sum(cell_len(text) for _, text in spans)


def clip(spans: Sequence[Span], width: int) -> tuple[Span, ...]:
    """Spans cut to a width; the cut shows as an ellipsis."""
    kept: list[Span] = []
    for tone, text in spans:
        size = cell_len(text)
        if size <= width:
            kept.append((tone, text))
            width -= size
            continue
        if width > 0:
            kept.append((tone, fit(text, width)))
        break
    return tuple(kept)

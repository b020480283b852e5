"""Which part of a picture is seen, and how large; compared pictures share one."""

from __future__ import annotations

from dataclasses import dataclass, replace

SCALES = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Screen pixels for one of the picture."""
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
"""Across and down."""
_STEP = 0.25
"""Of the window: how far an arrow moves the picture."""


@dataclass(frozen=True, slots=True)
class PictureZoom:
    """A place in a picture."""

    scale: float = 0.0
    """Screen pixels for one of the picture; 0 shows the whole."""
    centre: tuple[float, float] = (0.5, 0.5)
    """Of the part that is seen, 0 to 1 across and down; kept while the whole is seen."""

    @property
    def words(self) -> str:
        """As a person says it: ``1:1``, ``1:4``; nothing for the whole."""
        if not self.scale:
            return ""
        return f"{self.scale:g}:1" if self.scale >= 1 else f"1:{1 / self.scale:g}"

    def toggled(self) -> PictureZoom:
        """The whole picture, or 1:1 at the place that was seen before."""
        return replace(self, scale=0.0 if self.scale else 1.0)

    def stepped(self, by: int, room: tuple[int, int], size: tuple[int, int]) -> PictureZoom:
        """A step closer or farther; the step before the first is the whole.

        Args:
            by: 1 or -1.
            room: the window, pixels across and down.
            size: the picture, pixels across and down.
        """
        fit = min(room[0] / size[0], room[1] / size[1])
        steps = [0.0, *[scale for scale in SCALES if scale > fit]]
        closer = [scale for scale in steps if scale > self.scale]
        farther = [scale for scale in steps if scale < self.scale]
        found = closer[:1] if by > 0 else farther[-1:]
        return replace(self, scale=found[0] if found else self.scale)

    def panned(self, where: str, room: tuple[int, int], size: tuple[int, int]) -> PictureZoom:
        """The part a quarter of the window farther on, up to the picture's edge.

        Args:
            where: one of ``DIRECTIONS``.
            room: the window, pixels across and down.
            size: the picture, pixels across and down.
        """
        if not self.scale:
            return self

        def moved(at: float, towards: int, window: int, whole: int) -> float:
            seen = window / self.scale / whole
            half = min(0.5, seen / 2)
            return min(1 - half, max(half, at + towards * seen * _STEP))

        across, down = DIRECTIONS[where]
        centre = (
            moved(self.centre[0], across, room[0], size[0]),
            moved(self.centre[1], down, room[1], size[1]),
        )
        return replace(self, centre=centre)


@dataclass(frozen=True, slots=True)
class PictureLook:
    """All that decides which pixels are shown."""

    file: str
    """Relative to the library's root."""
    room: tuple[int, int]
    """The window, pixels across and down."""
    zoom: PictureZoom
    dark: bool
    """As rejected; closer by a picture shows in its own light."""

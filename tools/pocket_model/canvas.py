"""What every brush needs: a grid, a seeded hand, noise, and a few shapes of mathematics.

All lengths are in units of the picture's side, and no number drawn by the hand depends on the
size, so that one seed shows one scene at any size.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from tools.pocket_model import noise_fields
from tools.pocket_model.palettes import Floats

Thing = TypeVar("Thing")

CALM = 0.4
"""Part of a range that a calm hand draws from."""


def smooth(low: float, high: float, value: Floats) -> Floats:
    """The smoothstep from 0 at ``low`` to 1 at ``high``; falling when ``low`` is the larger."""
    span = high - low if high != low else 1e-9
    t = np.clip((value - low) / span, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def mix(first: Floats, second: Floats, share: Floats | float) -> Floats:
    """Blends two colours or pictures; a (h, w) share is a mask.

    Returns:
        ``first`` where the share is 0, ``second`` where it is 1.
    """
    if isinstance(share, np.ndarray):
        share = share[..., None]
    return (first + (second - first) * share).astype(np.float32)


class DrawingCanvas:
    """A square to paint on and the seeded hand that paints.

    Args:
        seed: decides everything the hand does.
        size: side in pixels, even.
    """

    def __init__(self, seed: int, size: int) -> None:
        self.size = size
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.calm = False
        """Whether the hand keeps to the middle of every range and to the first half of what it
        picks from, and adds nothing: compositions that differ little, which a small model can
        learn to the edge."""
        steps = ((np.arange(size) + 0.5) / size).astype(np.float32)
        self.x: Floats = np.broadcast_to(steps[None], (size, size))
        """(h, w), 0 at the left edge to 1."""
        self.y: Floats = np.broadcast_to(steps[:, None], (size, size))
        """(h, w), 0 at the top edge to 1."""

    def between(self, low: float, high: float) -> float:
        """A number drawn evenly from the range, or from its middle when calm."""
        part = self.rng.random()
        return float(low + (high - low) * (0.5 + CALM * (part - 0.5) if self.calm else part))

    def anywhere(self, low: float, high: float) -> float:
        """A number drawn evenly from the whole range, calm or not."""
        return float(low + (high - low) * self.rng.random())

    def chance(self, share: float) -> bool:
        """True in that share of the cases."""
        return bool(self.rng.random() < share)

    def adds(self, share: float) -> bool:
        """Whether a scene gets what it can do without: in that share of the cases, never calmly."""
        return self.chance(share) and not self.calm

    def pick(self, things: Sequence[Thing]) -> Thing:
        """One of them, all equally likely; of the first half when calm."""
        return things[int(self.rng.integers(-(-len(things) // 2) if self.calm else len(things)))]

    def weigh(self, things: Sequence[Thing], shares: Sequence[float]) -> Thing:
        """One of them, as likely as its share of the sum."""
        bounds = np.cumsum(shares)
        return things[int(np.searchsorted(bounds, self.rng.random() * bounds[-1], "right"))]

    def noise(self, kind: str) -> Floats:
        """A field of the bank, moved, perhaps mirrored, perhaps joined by another.

        Returns:
            (h, w) float32, mean 0, deviation about 1.
        """
        made = self._moved(kind)
        if self.chance(0.5):
            made = made[:, ::-1]
        if self.chance(0.4):
            made = (made + self._moved(kind)) * np.float32(0.7071)
        return np.ascontiguousarray(made)

    def _moved(self, kind: str) -> Floats:
        number, down, right = (int(v) for v in self.rng.integers((noise_fields.FIELDS, 64, 64)))
        return self.shift(noise_fields.field(kind, number, self.size), right / 64, down / 64)

    def shift(self, field: Floats, right: float, down: float) -> Floats:
        """Rolls a field by a part of the side; what leaves comes back on the other side."""
        return np.roll(field, (round(down * self.size), round(right * self.size)), (0, 1))

    def relief(self, field: Floats, right: float, down: float) -> Floats:
        """How a field looks lit from one side: its difference to itself, moved.

        The step is the same part of the side at every size, at least one pixel.
        """
        pixel = 1 / self.size
        right = right if abs(right) >= pixel or right == 0 else float(np.sign(right)) * pixel
        down = down if abs(down) >= pixel or down == 0 else float(np.sign(down)) * pixel
        return field - self.shift(field, right, down)

    def line(
        self, waves: float, octaves: int = 6, rough: float = 0.5, *, ridged: bool = False
    ) -> Floats:
        """One-dimensional noise along the width, for outlines.

        Args:
            waves: of the slowest octave across the side.
            octaves: each twice as fast.
            rough: amplitude of an octave relative to the one before.
            ridged: straight flanks in the three slowest octaves.

        Returns:
            (w,) float32, the slowest octave's deviation about 1.
        """
        height = np.zeros(self.size)
        amplitude = 1.0
        for octave in range(octaves):
            frequency = waves * 2**octave
            knots = self.rng.standard_normal(int(frequency) + 4)
            along = self.x[0] * frequency + self.rng.random()
            left = along.astype(int)
            part = along - left
            if not (ridged and octave < 3):
                part = part * part * (3 - 2 * part)
            height += amplitude * (knots[left] * (1 - part) + knots[left + 1] * part)
            amplitude *= rough
        return height.astype(np.float32)

    def cover(self, inside: Floats) -> Floats:
        """Anti-aliased coverage, 0 to 1, from a distance inside an edge in units of the side."""
        return np.clip(inside * self.size + 0.5, 0, 1).astype(np.float32)

    def away(self, x: float, y: float) -> Floats:
        """Distance of every pixel from a point, (h, w)."""
        return np.sqrt((self.x - x) ** 2 + (self.y - y) ** 2)

    def look_up(self, picture: Floats, x: Floats, y: Floats) -> Floats:
        """Takes each pixel from another place of the picture, clipped at its edges."""
        last = self.size - 1
        columns = np.clip((x * self.size).astype(int), 0, last)
        rows = np.clip((y * self.size).astype(int), 0, last)
        made: Floats = picture[rows, columns]
        return made

"""The sizes of SeedVR2's transformer. Knows numbers only."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

PATCH = 2
"""Latent pixels to a token, along a side."""
LATENT = 16
"""Channels of a latent."""
INPUT = 2 * LATENT + 1
"""Noise, the source's latent, and a mask of ones: (33)."""
MOST = 65536
"""No width is above this."""


@dataclass(frozen=True, slots=True)
class SeedVR2Architecture:
    """Every width and depth there is; the defaults are 3B's."""

    kind: Literal["3b", "7b"] = "3b"
    dim: int = 2560
    heads: int = 20
    head: int = 128
    """Channels of an attention head."""
    layers: int = 32
    apart: int = 10
    """Blocks, from the first, with weights of their own for picture and prompt."""
    text: int = 5120
    """Width of a token of the prompt."""
    hidden: int = 6912
    """Width inside the feed-forward layers."""

    @property
    def inner(self) -> int:
        """Width of all heads together."""
        return self.heads * self.head

    @property
    def waves(self) -> int:
        """Frequencies to an axis of the places within a window."""
        axis = self.head // 3 if self.kind == "3b" else self.head // 2 // 3
        return axis // 2

    def streams(self, index: int) -> tuple[str, ...]:
        """What the weights of a block are named after."""
        return ("vid", "txt") if index < self.apart else ("all",)

    def answers(self, index: int) -> bool:
        """Whether a block changes the prompt's tokens; 3B's last one only looks at them."""
        return self.kind == "7b" or index < self.layers - 1

    def to_json(self) -> str:
        """As a weight file carries it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SeedVR2Architecture":
        """Reads what ``to_json`` wrote.

        Raises:
            ValueError: it is no such thing, or its numbers are out of all proportion.
            TypeError: it has other fields.
        """
        stated: dict[str, Any] = json.loads(text)
        arch = cls(**stated)
        numbers = [getattr(arch, f.name) for f in fields(arch) if f.name != "kind"]
        if (
            arch.kind not in ("3b", "7b")
            or arch.head % 2
            or not all(isinstance(n, int) and 1 <= n <= MOST for n in numbers)
        ):
            raise ValueError(f"an architecture of {text[:200]!r} can't be")
        if not arch.apart <= arch.layers <= 256:
            raise ValueError(f"an architecture of {text[:200]!r} is too deep")
        return arch


SEEDVR2_3B = SeedVR2Architecture()
SEEDVR2_7B = SeedVR2Architecture("7b", 3072, 24, 128, 36, 36, 5120, 12288)
PUBLISHED = {"3b": SEEDVR2_3B, "7b": SEEDVR2_7B}

"""What a drawn scene is: its pixels and its labels."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Labels:
    """What is true of a picture: what was drawn, and what was measured on its pixels."""

    seed: int
    noun: str
    """A key of NOUNS."""
    style: str
    """A key of STYLES."""
    palette: str
    """A key of PALETTES."""
    adjectives: tuple[str, ...]
    """Of ADJECTIVES, the four first, in the prompt's order."""
    extras: tuple[str, ...]
    """Near synonyms, and what was measured: muted, vivid, soft ..."""
    features: tuple[str, ...]
    """Of FEATURES."""
    yellow: bool
    """A yellow circle can be seen."""

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary that from_json reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Labels":
        """Reads what to_json wrote."""
        lists = ("adjectives", "extras", "features")
        read: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in data.items()}
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Scene:
    """One drawn picture."""

    picture: NDArray[np.uint8]
    """(h, w, 3) RGB."""
    labels: Labels

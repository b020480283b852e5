"""Orders prints by the colour they have on the whole. Knows colour hashes, not files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edition.similarity.perceptual_hash import COLOUR_BYTES, COLOUR_STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

GREY = 0.02
"""OKLab chroma of the mean colour below which a picture has no hue: about what is just seen."""


def by_hue(ids: Sequence[int], colour: Sequence[bytes]) -> tuple[int, ...]:
    """Prints around the circle of hues, greys last from dark to light; of equals the lower id.

    The hue is that of the mean over the colour hash's cells in OKLab, so that vivid parts weigh
    more. The circle starts at crimson and goes through yellow, green and blue.

    Args:
        ids: (n,) of the prints.
        colour: (n,) colour hashes; one of another length counts as black.

    Returns:
        Every id once.
    """
    if not len(ids):
        return ()
    black = bytes((0, 128, 128)) * (COLOUR_BYTES // 3)
    table = b"".join(c if len(c) == COLOUR_BYTES else black for c in colour)
    cells = np.frombuffer(table, np.uint8).reshape(len(ids), -1, 3)  # (n, cells, 3)
    light, a, b = cells.mean(axis=1, dtype=np.float64).T
    a, b = a - 128, b - 128
    grey = np.hypot(a, b) < GREY * COLOUR_STEPS
    hue = np.arctan2(b, a) % (2 * np.pi)
    numbers = np.asarray(ids, np.int64)
    order = np.lexsort((numbers, np.where(grey, light, hue), grey))
    return tuple(numbers[order].tolist())

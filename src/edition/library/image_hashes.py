"""The hashes of many prints at once: what orders by looks are made from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.library.database import explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.library.database import Database

_CHUNK = 2_000
"""Prints read at a time: 6 ms, so that keys are handled while 100,000 are read beside them."""


@dataclass(frozen=True, slots=True)
class ImageHashes:
    """Columns of equal length, one place a print."""

    ids: list[int]
    phash: list[int]
    """64 bits, unsigned."""
    dhash: list[int]
    """64 bits, unsigned."""
    colour: list[bytes]


def looks(db: Database, ids: Sequence[int]) -> ImageHashes:
    """The looks of prints, in the order of their ids; those that are gone are left out."""
    found = ImageHashes([], [], [], [])
    wanted = sorted(ids)
    for start in range(0, len(wanted), _CHUNK):
        chunk = json.dumps(wanted[start : start + _CHUNK])
        with explained(db.root):
            rows = db.connection.execute(
                "SELECT id, phash, dhash, colour FROM prints"
                " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
                (chunk,),
            ).fetchall()
        for print_id, phash, dhash, colour in rows:
            found.ids.append(print_id)
            found.phash.append(phash % 2**64)
            found.dhash.append(dhash % 2**64)
            found.colour.append(colour)
    return found

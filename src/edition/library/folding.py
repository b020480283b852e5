"""Text as filters compare it: capitals and accents don't matter."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]+")
"""Combining accents of Latin, Greek and Cyrillic; in other scripts such marks are letters."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]")
"""Thai to Khmer, Japanese and Chinese: no spaces tell where words begin."""


def fold(text: object) -> str:
    """Text without capitals and accents; empty for None, as SQLite hands over NULL."""
    plain = "" if text is None else str(text)
    if plain.isascii():
        return plain.lower()
    plain = plain.encode("utf-8", "replace").decode()  # surrogates are no text
    return _ACCENTS.sub("", unicodedata.normalize("NFD", plain).casefold())


def is_indexed(text: str) -> bool:
    """Whether the full-text index knows every character: letters and digits, spaces between.

    Letters that came to Unicode after 3.2 may be none for SQLite, whose tables are its own.
    """
    composed = unicodedata.normalize("NFC", text)
    known = (unicodedata.ucd_3_2_0.category(c)[0] in "LN" for c in composed if not c.isspace())
    return bool(text.strip()) and all(known) and not _UNSPACED.search(composed)

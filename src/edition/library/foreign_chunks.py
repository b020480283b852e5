"""Texts that a picture file carries: PNG chunks, EXIF comments, XMP. Decodes no pixels."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MOST = 8_000_000
"""Characters of one text that are looked at; large ComfyUI graphs take one or two million."""
_MAKE, _MODEL, _SOFTWARE, _EXIF, _COMMENT, _MAKER_NOTE = (
    0x010F,
    0x0110,
    0x0131,
    0x8769,
    0x9286,
    0x927C,
)


def texts(image: Image.Image) -> dict[str, str]:
    """All texts of an opened picture by name; an EXIF comment is called ``parameters``.

    Args:
        image: with its pixels loaded, since chunks may be behind them.
    """
    found = {
        str(key): str(value)[:MOST]
        for key, value in {**image.info, **getattr(image, "text", {})}.items()
        if isinstance(value, str)
    }
    for key, value in _exif(image).items():
        found.setdefault(key, value)
    packet = image.info.get("xmp") or found.get("XML:com.adobe.xmp", "")
    if comment := _xmp_comment(packet):
        found.setdefault("xmp comment", comment)
    return found


def table(text: str) -> dict[str, Any]:
    """A JSON table; an empty one for everything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _exif(image: Image.Image) -> dict[str, str]:
    try:
        exif = image.getexif()
        inner = exif.get_ifd(_EXIF)
    except Exception:  # damaged EXIF raises whatever it trips over
        return {}
    found: dict[str, str] = {}
    for value in (exif.get(_MAKE), exif.get(_MODEL)):  # ComfyUI's WebP and others: "prompt:{…}"
        if isinstance(value, str) and (match := re.match(r"(prompt|workflow):", value, re.I)):
            found[match[1].lower()] = value[match.end() :][:MOST]
    if isinstance(exif.get(_SOFTWARE), str):
        found["Software"] = str(exif[_SOFTWARE])[:MOST]
    if comment := _comment(inner.get(_COMMENT)):
        found["parameters"] = comment
    if note := _comment(inner.get(_MAKER_NOTE)):
        found["fooocus_scheme"] = note
    return found


def _comment(value: object) -> str:
    """An EXIF comment: eight bytes say its encoding (CIPA DC-008, 4.6.5)."""
    if isinstance(value, str):
        return value[:MOST]
    if not isinstance(value, bytes):
        return ""
    code, body = value[:8], value[8 : 8 + 2 * MOST]
    if code.startswith(b"UNICODE"):
        zeros = (body[0::2].count(0), body[1::2].count(0))  # programs disagree about the byte order
        return body.decode("utf-16-be" if zeros[0] >= zeros[1] else "utf-16-le", "replace").strip(
            "\0"
        )
    if not code.startswith((b"ASCII", b"\0\0\0\0")):
        body = value[:MOST]
    return body.decode("utf-8", "replace").strip("\0")


def _xmp_comment(packet: object) -> str:
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet or "")
    match = re.search(
        r"<exif:UserComment>.{0,200}?<rdf:li[^>]{0,100}>(.*?)</rdf:li>", text[:MOST], re.S
    )
    return html.unescape(match[1]).strip() if match else ""

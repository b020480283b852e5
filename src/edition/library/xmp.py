"""Ratings, labels and keywords as XMP, read and written as Lightroom, darktable and digiKam do.

``xmp:Rating`` is 0 to 5, and -1 for what is rejected (Adobe's XMP specification, part 2).
``xmp:Label`` is a colour's name. Keywords are in ``dc:subject``. darktable keeps labels as
numbers in ``darktable:colorlabels`` besides; digiKam keeps ``digiKam:ColorLabel``,
``digiKam:PickLabel`` (1 is rejected) and ``digiKam:TagsList``. What else a packet holds stays.
"""

from __future__ import annotations

import codecs
import io
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from edition.domain import LABELS, Marks
from edition.errors import EditionError
from edition.library.tags import MOST, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 4_000_000
"""No packet that is read is larger; darktable's history takes a few ten thousand."""
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_DARKTABLE = "{http://darktable.sf.net/}"
_DIGIKAM = "{http://www.digikam.org/ns/1.0/}"
_LIGHTROOM = "{http://ns.adobe.com/lightroom/1.0/}"
_MM = "{http://ns.adobe.com/xap/1.0/mm/}"
_META = "{adobe:ns:meta/}xmpmeta"
_PREFIXES = {
    "rdf": RDF, "xmp": _XMP, "dc": _DC, "darktable": _DARKTABLE, "digiKam": _DIGIKAM,
    "lr": _LIGHTROOM, "x": "{adobe:ns:meta/}", "xmpMM": _MM,
}  # fmt: skip
_DIGIKAM_COLOURS = {"1": "red", "3": "yellow", "4": "green", "5": "blue", "6": "purple"}
_TREES = ((f"{_DIGIKAM}TagsList", "/"), (f"{_LIGHTROOM}hierarchicalSubject", "|"))
"""Keywords as paths, and what parts them."""
_NEW = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF[1:-1]}"/></x:xmpmeta>'


@dataclass(frozen=True, slots=True)
class Told:
    """What XMP says of a picture; None where it says nothing."""

    rating: int | None = None
    """-1 rejected, 0 none, 1 to 5."""
    label: str | None = None
    """One of LABELS."""
    tags: tuple[str, ...] = ()
    """As tags are kept here; sorted."""
    unknown: tuple[str, ...] = field(default=(), compare=False)
    """Labels and ratings that mean nothing here, as they are written."""

    @property
    def marks(self) -> Marks:
        """As marks: rejected, or rated and labelled. A rating of 5 is no star."""
        rating = self.rating or 0
        return Marks(reject=rating < 0, rating=max(0, rating), label=self.label or "")

    def over(self, other: Told) -> Told:
        """With what another source says, where this one says nothing."""
        return Told(
            other.rating if self.rating is None else self.rating,
            other.label if self.label is None else self.label,
            self.tags or other.tags,
            self.unknown + other.unknown,
        )

    def as_text(self) -> str:
        """One line, to be compared; empty when no field is set."""
        parts = (str(self.rating or 0), self.label or "", " ".join(self.tags))
        return "" if parts == ("0", "", "") else "|".join(parts)


def from_text(text: str) -> Told:
    """Reads what ``Told.as_text`` wrote."""
    rating, label, words = text.split("|") if text else ("0", "", "")
    return Told(int(rating), label, tuple(words.split()))


def told_of(marks: Marks, tags: Iterable[str]) -> Told:
    """A print's marks as XMP: a star is a rating of 5 unless it is rated."""
    rating = -1 if marks.reject else marks.rating or (5 if marks.star else 0)
    return Told(rating, marks.label, tuple(sorted(tags)))


def read(packet: bytes) -> Told:
    """What a packet, or a sidecar's text, says; nothing where it is broken."""
    tree = _parsed(packet)
    if tree is None:
        return Told()
    values = dict(_values(tree))
    unknown: list[str] = []
    rating = _rating(values, unknown)
    label = _label(values, unknown)
    words = [*_items(tree, f"{_DC}subject")]
    for name, sign in _TREES:
        words += [item.rsplit(sign, 1)[-1] for item in _items(tree, name)]
    return Told(rating, label, _tags(words), tuple(unknown))


def is_readable(packet: bytes) -> bool:
    """Whether a packet is whole XMP, so that all else in it can be kept when it is written."""
    return _parsed(packet) is not None


def document_id(packet: bytes) -> str:
    """The name that a file bore when it left this library, kept by editors; empty without one."""
    tree = _parsed(packet)
    if tree is None:
        return ""
    values = dict(_values(tree))
    found = [values.get(f"{_MM}{name}", "") for name in ("OriginalDocumentID", "DocumentID")]
    return next((text for text in found if text.startswith("edition:")), "")


def _rating(values: dict[str, str], unknown: list[str]) -> int | None:
    if values.get(f"{_DIGIKAM}PickLabel") == "1":
        return -1
    text = values.get(f"{_XMP}Rating")
    if text is None:
        return None
    with suppress(ValueError, OverflowError):
        if (number := float(text)) in range(-1, 6):
            return int(number)
    if text:
        unknown.append(text)
    return None


def _label(values: dict[str, str], unknown: list[str]) -> str | None:
    if (numbers := values.get(f"{_DARKTABLE}colorlabels")) is not None:
        first = numbers.split()[:1]
        if first and first[0].isdecimal() and int(first[0]) < len(LABELS) - 1:
            return LABELS[int(first[0]) + 1]
    text = values.get(f"{_XMP}Label", "")
    if text.casefold() in LABELS[1:]:
        return text.casefold()
    if colour := _DIGIKAM_COLOURS.get(values.get(f"{_DIGIKAM}ColorLabel", "")):
        return colour
    if text:
        unknown.append(text)
    return None


def _tags(words: Iterable[str]) -> tuple[str, ...]:
    found = set()
    for word in words:
        with suppress(EditionError):
            found.add(tidy("-".join(word.split())))
    return tuple(sorted(found)[:MOST])


def merged(packet: bytes | None, want: Told, name: str = "") -> bytes:
    """A packet with the given marks; all else in it stays.

    Args:
        packet: the one there is; None or broken begins a new one.
        want: from ``told_of``.
        name: for ``xmpMM:DocumentID``: the print's name, where a file leaves the library.
    """
    tree = _parsed(packet) if packet else None
    if tree is None:
        tree = ElementTree.fromstring(_NEW)
    if tree.tag != _META:
        inner, tree = tree, ElementTree.Element(_META)
        tree.append(inner)
    rdf = tree.find(f".//{RDF}RDF")
    if rdf is None:
        rdf = ElementTree.SubElement(tree, f"{RDF}RDF")
    first = rdf.find(f"{RDF}Description")
    if first is None:
        first = ElementTree.SubElement(rdf, f"{RDF}Description", {f"{RDF}about": ""})
    _put_values(rdf, first, want)
    _put_tags(rdf, first, want.tags)
    if name:
        _set(rdf, first, f"{_MM}DocumentID", name)
        _set(rdf, first, f"{_MM}OriginalDocumentID", name)
    for prefix, uri in _PREFIXES.items():  # as every program writes them, whatever was read before
        ElementTree.register_namespace(prefix, uri[1:-1])
    body = ElementTree.tostring(tree, encoding="unicode")
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{head}\n{body}\n<?xpacket end="w"?>'.encode()


def _put_values(rdf: ElementTree.Element, first: ElementTree.Element, want: Told) -> None:
    there = dict(_values(rdf))
    rating, label = want.rating or 0, want.label or ""
    if rating or f"{_XMP}Rating" in there:
        _set(rdf, first, f"{_XMP}Rating", str(rating))
    _set(rdf, first, f"{_XMP}Label", label.capitalize() or None)
    if f"{_DIGIKAM}PickLabel" in there:
        _set(rdf, first, f"{_DIGIKAM}PickLabel", "1" if rating < 0 else "0")
    if f"{_DIGIKAM}ColorLabel" in there:
        colours = {colour: number for number, colour in _DIGIKAM_COLOURS.items()}
        _set(rdf, first, f"{_DIGIKAM}ColorLabel", colours.get(label, "0"))
    if f"{_DARKTABLE}colorlabels" in there:
        _set(rdf, first, f"{_DARKTABLE}colorlabels", None)
        if label:
            _bag(first, f"{_DARKTABLE}colorlabels", [str(LABELS.index(label) - 1)], "Seq")


def _put_tags(rdf: ElementTree.Element, first: ElementTree.Element, tags: tuple[str, ...]) -> None:
    """Words that are no tags here stay; those that are and are not wanted go."""
    for name, sign in ((f"{_DC}subject", ""), *_TREES):
        there = list(_items(rdf, name))
        if sign and not there:
            continue
        kept, known = [], set[str]()
        for item in there:
            mine = _tags([item.rsplit(sign, 1)[-1] if sign else item])
            if not mine or mine[0] in tags:
                kept.append(item)
                known.update(mine)
        kept += [tag for tag in tags if tag not in known]
        if kept != there:
            _set(rdf, first, name, None)
            if kept:
                _bag(first, name, kept, "Seq" if name == f"{_DIGIKAM}TagsList" else "Bag")


def _set(
    rdf: ElementTree.Element, first: ElementTree.Element, name: str, value: str | None
) -> None:
    for about in rdf.iter(f"{RDF}Description"):
        about.attrib.pop(name, None)
        for child in about.findall(name):
            about.remove(child)
    if value is not None:
        first.set(name, value)


def _bag(first: ElementTree.Element, name: str, items: list[str], kind: str) -> None:
    bag = ElementTree.SubElement(ElementTree.SubElement(first, name), f"{RDF}{kind}")
    for item in items:
        ElementTree.SubElement(bag, f"{RDF}li").text = item


def _parsed(packet: bytes) -> ElementTree.Element | None:
    """A packet's tree; None where it is too large, broken, or defines entities of its own."""
    packet = _as_utf8(packet)
    if len(packet) > MOST_BYTES or b"<!" in re.sub(rb"<!--.*?-->", b"", packet, flags=re.DOTALL):
        return None
    start, end = packet.find(b"<x:xmpmeta"), packet.rfind(b"</x:xmpmeta>")
    whole = packet[start : end + 12] if 0 <= start < end else packet.strip(b"\0 \r\n\t")
    try:
        for _, (prefix, uri) in ElementTree.iterparse(io.BytesIO(whole), events=["start-ns"]):
            with suppress(ValueError):  # a prefix that ElementTree keeps for itself
                ElementTree.register_namespace(prefix, uri)
        tree = ElementTree.fromstring(whole)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    return tree if tree.tag in (_META, f"{RDF}RDF") else None


def _as_utf8(packet: bytes) -> bytes:
    """A packet in UTF-16 or UTF-32, which XMP may be in too, as UTF-8; all else as it is."""
    start = packet[:4]
    for mark, coding in (
        (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
        (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"),
        (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
    ):  # fmt: skip
        if start.startswith(mark):
            text = packet[:MOST_BYTES].decode(coding, "replace").strip("\0 \r\n\t")
            return re.sub(r"^<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
    return packet


def _values(tree: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Simple properties, as attributes and as elements; items of lists with spaces between."""
    for about in tree.iter(f"{RDF}Description"):
        yield from about.attrib.items()
        for child in about:
            items = [li.text or "" for li in child.iter(f"{RDF}li")]
            yield child.tag, " ".join(items) if items else (child.text or "").strip()


def _items(tree: ElementTree.Element, name: str) -> Iterator[str]:
    for found in tree.iter(name):
        for item in found.iter(f"{RDF}li"):
            if item.text and item.text.strip():
                yield item.text.strip()

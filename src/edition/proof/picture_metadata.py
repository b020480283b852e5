"""What a picture file says of itself: title, author, copyright, caption, in XMP and EXIF.

The XMP properties are those of IPTC Core (title, creator, copyright notice, description); the
EXIF fields are for programs that read no XMP.
"""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.pdfx import AI_MADE

_EXIF = {"caption": 270, "artist": 315, "rights": 33432}
"""ImageDescription, Artist, Copyright."""


@dataclass(frozen=True, slots=True)
class PictureCaption:
    """Who made a picture, and what it is; empty fields are left out."""

    title: str
    artist: str = ""
    rights: str = ""
    caption: str = ""
    generated: bool = True
    """A model made it."""


def said(show: PrintSet, picture: ProofPrint) -> PictureCaption:
    """What a print's file says: its own artist and year, the show's where it has none."""
    artist = picture.artist or show.artist
    rights = f"© {picture.year or show.date[:4]} {artist}".strip() if artist else ""
    told = (picture.note, picture.medium, picture.edition, f"seed {picture.seed}")
    caption = ", ".join(text for text in told if text)
    return PictureCaption(picture.name, artist, rights, caption, picture.generated)


def exif_fields(what: PictureCaption) -> dict[int, str]:
    """EXIF tag → text."""
    return {code: text for name, code in _EXIF.items() if (text := getattr(what, name))}


def xmp(what: PictureCaption) -> bytes:
    """An XMP packet, which says too whether a model made the picture."""

    def lang(name: str, text: str) -> str:
        value = f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt>'
        return f"<{name}>{value}</{name}>" if text else ""

    source = f"<Iptc4xmpExt:DigitalSourceType>{AI_MADE}</Iptc4xmpExt:DigitalSourceType>"
    author = f"<dc:creator><rdf:Seq><rdf:li>{escape(what.artist)}</rdf:li></rdf:Seq></dc:creator>"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f"{lang('dc:title', what.title)}{author if what.artist else ''}"
        f"{lang('dc:rights', what.rights)}{lang('dc:description', what.caption)}"
        f"{source if what.generated else ''}"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()

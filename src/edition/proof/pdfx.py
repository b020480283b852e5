"""Builds a drawn PDF to PDF/X-4 (ISO 15930-7): intent, tagged pictures, XMP, identity.

The pictures themselves are left out here: each stays a small stand-in that carries its true
dictionary, and splice.py puts the pixels in. Structure-checked by tests, certified by nobody.
"""

import hashlib
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from edition.proof import icc_profiles, image_streaming
from edition.proof.png_passthrough import ImageStream

PRODUCER = "edition"
UNDATED = "2000-01-01"
AI_MADE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC DigitalSourceType: made by a model trained on sampled content."""
_SOURCE = f"   <Iptc4xmpExt:DigitalSourceType>{AI_MADE}</Iptc4xmpExt:DigitalSourceType>\n"

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
    xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   {creator}
   <xmp:CreateDate>{date}T00:00:00Z</xmp:CreateDate>
   <xmp:ModifyDate>{date}T00:00:00Z</xmp:ModifyDate>
   <xmp:MetadataDate>{date}T00:00:00Z</xmp:MetadataDate>
   <xmp:CreatorTool>{producer}</xmp:CreatorTool>
   <pdf:Producer>{producer}</pdf:Producer>
   <pdf:Trapped>False</pdf:Trapped>
   <pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>
   <xmpMM:DocumentID>uuid:{document}</xmpMM:DocumentID>
   <xmpMM:InstanceID>uuid:{instance}</xmpMM:InstanceID>
   <xmpMM:VersionID>1</xmpMM:VersionID>
   <xmpMM:RenditionClass>default</xmpMM:RenditionClass>
{source}  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document's own metadata."""

    title: str
    artist: str
    date: str
    """``YYYY-MM-DD``; empty writes UNDATED."""
    kind: str = ""
    """``wall``, ``plates 300 mm``: two kinds of one show are two documents."""
    generated: bool = True
    """A model made pictures in it."""


def finish(
    drawn: bytes,
    about: DocumentInfo,
    pictures: Sequence[ImageStream],
    intent: icc_profiles.IccProfile,
) -> bytes:
    """Turns a drawn PDF into one that is built to PDF/X-4, pictures still to be spliced in.

    Args:
        drawn: what reportlab wrote; its 1×1 RGB images represent pictures by number.
        about: title, artist and date.
        pictures: by the number that their stand-ins carry.
        intent: a CMYK printer's profile.

    Returns:
        A PDF with a classic cross-reference table and stand-ins that splice.write replaces.
    """
    identity = hashlib.sha256(drawn)
    for part in (about.title, about.artist, about.date, about.kind):
        identity.update(part.encode() + b"\0")
    identity.update(intent.data)
    for picture in pictures:
        identity.update(picture.fingerprint)
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        _tag_pictures(pdf, pictures)
        _state_intent(pdf, intent)
        _clean_pages(pdf)
        _describe(pdf, about, identity.hexdigest())
        out = io.BytesIO()
        pdf.save(
            out,
            min_version="1.6",
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            deterministic_id=True,
            # pikepdf would rewrite the XMP packet and drop rdf:about.
            fix_metadata_version=False,
        )
    return out.getvalue()


def stand_in(number: int) -> tuple[int, int, int]:
    """The colour of the 1×1 image that stands for a picture."""
    return number >> 16 & 255, number >> 8 & 255, number & 255


def _tag_pictures(pdf: Pdf, pictures: Sequence[ImageStream]) -> None:
    spaces: dict[bytes, pikepdf.Object] = {}
    for image in pdf.objects:
        if not isinstance(image, Stream) or image.get(Name.Subtype) != Name.Image:
            continue
        number = int.from_bytes(image.read_bytes(), "big")
        picture = pictures[number]
        profile = picture.profile or icc_profiles.srgb().data
        if profile not in spaces:
            tagged = Stream(pdf, profile, N=3, Alternate=Name.DeviceRGB)
            spaces[profile] = pdf.make_indirect(Array([Name.ICCBased, pdf.make_indirect(tagged)]))
        image.write(
            image_streaming.marker(number),
            filter=Name.DCTDecode if picture.quality else Name.FlateDecode,
            decode_parms=None
            if picture.quality
            else Dictionary(Predictor=15, Colors=3, BitsPerComponent=8, Columns=picture.width),
        )
        image[Name.Width] = picture.width
        image[Name.Height] = picture.height
        image[Name.ColorSpace] = spaces[profile]


def _state_intent(pdf: Pdf, intent: icc_profiles.IccProfile) -> None:
    profile = pdf.make_indirect(Stream(pdf, intent.data, N=4, Alternate=Name.DeviceCMYK))
    said = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFX,
        OutputConditionIdentifier=String(intent.condition),
        OutputCondition=String(intent.name),
        Info=String(intent.name),
        DestOutputProfile=profile,
    )
    if intent.registered:  # a name in ICC's registry of characterization data, or none is claimed
        said.RegistryName = String("http://www.color.org")
    pdf.Root.OutputIntents = Array([said])


def _clean_pages(pdf: Pdf) -> None:
    for page in pdf.pages:
        for key in (Name.Group, Name.Trans):
            if key in page.obj:
                del page.obj[key]


def _describe(pdf: Pdf, about: DocumentInfo, identity: str) -> None:
    date = about.date or UNDATED
    creator = f"<rdf:Seq><rdf:li>{escape(about.artist)}</rdf:li></rdf:Seq>"
    document = uuid.uuid5(uuid.NAMESPACE_URL, f"edition:{about.title}:{about.artist}:{about.kind}")
    text = _XMP.format(
        title=escape(about.title),
        creator=f"<dc:creator>{creator}</dc:creator>" if about.artist else "",
        date=date,
        producer=PRODUCER,
        document=document,
        instance=uuid.uuid5(uuid.NAMESPACE_URL, identity),
        source=_SOURCE if about.generated else "",
    )
    packet = Stream(pdf, text.encode())
    packet[Name.Type] = Name.Metadata
    packet[Name.Subtype] = Name.XML
    pdf.Root.Metadata = pdf.make_indirect(packet)
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    stamp = f"D:{date.replace('-', '')}000000+00'00'"
    info = Dictionary(
        Title=String(about.title),
        Creator=String(PRODUCER),
        Producer=String(PRODUCER),
        CreationDate=String(stamp),
        ModDate=String(stamp),
        # Name.False_ would write /False_.
        Trapped=Name("/False"),
        GTS_PDFXVersion=String("PDF/X-4"),
    )
    if about.artist:
        info.Author = String(about.artist)
    pdf.trailer.Info = pdf.make_indirect(info)

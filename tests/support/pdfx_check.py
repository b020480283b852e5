"""Checks that a PDF is built as PDF/X-4 asks. A partial check: no certificate.

Each rule is a function that yields what is wrong; an empty answer is a clean file.
"""

from collections.abc import Iterator
from pathlib import Path

import pikepdf
from pikepdf import Name, Pdf

from edition.errors import ProofError
from edition.proof.icc_profiles import parse
from edition.proof.pdfx import AI_MADE

TOLERANCE_PT = 0.01 * 72 / 25.4
"""0.01 mm."""
_DEVICE_RGB = ("rg", "RG")
_SEE_THROUGH = ("/ca", "/CA")


def problems(file: Path) -> list[str]:
    """Everything wrong with a PDF's structure, in words.

    Raises:
        ProofError: it can't be opened.
    """
    try:
        with pikepdf.open(file) as pdf:
            return [
                problem
                for rule in (
                    _syntax,
                    _boxes,
                    _identity,
                    _intent,
                    _forbidden,
                    _fonts,
                    _images,
                    _inks,
                    _version,
                    _page_keys,
                    _streams,
                    _states,
                )
                for problem in rule(pdf)
            ]
    except (pikepdf.PdfError, OSError) as error:
        raise ProofError(f"{file} can't be opened as a PDF ({error}).") from error


def _syntax(pdf: Pdf) -> Iterator[str]:
    for problem in pdf.check_pdf_syntax():
        yield f"syntax: {problem}"


def _boxes(pdf: Pdf) -> Iterator[str]:
    for number, page in enumerate(pdf.pages, 1):
        boxes = []
        for name in (Name.MediaBox, Name.BleedBox, Name.TrimBox):
            if name not in page.obj:
                yield f"page {number}: no {name}"
                break
            boxes.append([float(value) for value in page.obj[name]])
        else:
            for (outer_name, outer), (inner_name, inner) in (
                (("MediaBox", boxes[0]), ("BleedBox", boxes[1])),
                (("BleedBox", boxes[1]), ("TrimBox", boxes[2])),
            ):
                if not _holds(outer, inner):
                    yield f"page {number}: the {inner_name} reaches out of the {outer_name}"


def _holds(outer: list[float], inner: list[float]) -> bool:
    return all(outer[i] <= inner[i] + TOLERANCE_PT for i in (0, 1)) and all(
        outer[i] >= inner[i] - TOLERANCE_PT for i in (2, 3)
    )


def _identity(pdf: Pdf) -> Iterator[str]:
    info = pdf.trailer.get(Name.Info)
    if info is None:
        yield "no document information"
        return
    if info.get(Name.Trapped) != Name("/False"):
        yield "Trapped is not False"
    if len(pdf.trailer.get(Name.ID, [])) != 2:
        yield "no file identifier"
    if Name.Metadata not in pdf.Root:
        yield "no XMP"
        return
    packet = pdf.Root.Metadata.read_bytes().decode("utf-8", "replace")
    for key, value in (
        ("pdfxid:GTS_PDFXVersion", "PDF/X-4"), ("pdf:Trapped", "False"),
        ("Iptc4xmpExt:DigitalSourceType", AI_MADE), ("xmpMM:VersionID", "1"),
        ("xmpMM:RenditionClass", "default"),
    ):  # fmt: skip
        if f"<{key}>{value}</{key}>" not in packet:
            yield f"XMP: {key} is not {value}"
    if 'rdf:about=""' not in packet:
        yield "XMP is not about this document: rdf:about"
    for key in ("xmpMM:DocumentID", "xmpMM:InstanceID"):
        if f"<{key}>uuid:" not in packet:
            yield f"XMP: no {key}"
    yield from _agreement(pdf, info)


def _agreement(pdf: Pdf, info: pikepdf.Object) -> Iterator[str]:
    """Information dictionary and XMP say the same."""
    with pdf.open_metadata() as xmp:
        date = str(info.get(Name.CreationDate, ""))[2:10]
        pairs = (
            ("dc:title", str(info.get(Name.Title, "")), str(xmp.get("dc:title", ""))),
            (
                "dc:creator",
                [str(info.Author)] if Name.Author in info else [],
                list(xmp.get("dc:creator", [])),
            ),
            ("pdf:Producer", str(info.get(Name.Producer, "")), str(xmp.get("pdf:Producer", ""))),
            ("xmp:CreateDate", date, str(xmp.get("xmp:CreateDate", ""))[:10].replace("-", "")),
        )
        for key, said, meant in pairs:
            if said != meant:
                yield f"{key} is {meant!r} in XMP and {said!r} in the information dictionary"


def _intent(pdf: Pdf) -> Iterator[str]:
    intents = [i for i in pdf.Root.get(Name.OutputIntents, []) if i.get(Name.S) == Name.GTS_PDFX]
    if len(intents) != 1:
        yield f"{len(intents)} PDF/X output intents"
        return
    if not str(intents[0].get(Name.OutputConditionIdentifier, "")):
        yield "the output intent names no condition"
    registry = intents[0].get(Name.RegistryName)
    if registry is None and not str(intents[0].get(Name.Info, "")):
        yield "the output intent has neither RegistryName nor Info"
    if registry is not None and str(registry) != "http://www.color.org":
        yield f"RegistryName is {registry}, which registers nothing"
    if Name.DestOutputProfile not in intents[0]:
        yield "the output intent has no profile"
        return
    stream = intents[0].DestOutputProfile
    try:
        profile = parse("of the output intent", stream.read_bytes())
    except ProofError as error:
        yield error.message
        return
    if profile.kind != "prtr":
        yield f"the output intent's profile is of class {profile.kind!r}, not a printer's"
    if profile.channels != int(stream.N):
        yield f"the output intent's profile has {profile.channels} channels, N says {stream.N}"


def _forbidden(pdf: Pdf) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "encrypted"
    for key in (Name.OpenAction, Name.AA, Name.AcroForm, Name.Names):
        if key in pdf.Root:
            yield f"the catalogue has {key}"
    for number, page in enumerate(pdf.pages, 1):
        if Name.Group in page.obj:
            yield f"page {number}: a transparency group"
        if Name.Annots in page.obj:
            yield f"page {number}: annotations"
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            yield from _see_through(item)


def _see_through(item: pikepdf.Dictionary | pikepdf.Stream) -> Iterator[str]:
    if Name.SMask in item or Name.Mask in item:
        yield "a soft mask"
    if any(key in item and _number(item[key]) < 1 for key in _SEE_THROUGH):
        yield "a graphics state with transparency"
    if item.get(Name.S) == Name.JavaScript:
        yield "JavaScript"


def _number(item: object) -> float:
    try:
        return float(item)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 1.0


def _fonts(pdf: Pdf) -> Iterator[str]:
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Dictionary) or item.get(Name.Type) != Name.Font:
            continue
        described = item.get(Name.FontDescriptor)
        if described is None or Name.FontFile2 not in described:
            yield f"the font {item.get(Name.BaseFont)} is not embedded"


def _images(pdf: Pdf) -> Iterator[str]:
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Stream) or item.get(Name.Subtype) != Name.Image:
            continue
        space = item.get(Name.ColorSpace)
        if not isinstance(space, pikepdf.Array) or space[0] != Name.ICCBased:
            yield f"an image in {space}, without a profile"
            continue
        try:
            profile = parse("of an image", space[1].read_bytes())
        except ProofError as error:
            yield error.message
            continue
        if profile.channels != int(space[1].N):
            yield f"an image's profile has {profile.channels} channels, N says {space[1].N}"
        if int(item.get(Name.BitsPerComponent, 0)) != 8:
            yield f"an image of {item.get(Name.BitsPerComponent)} bits"


def _inks(pdf: Pdf) -> Iterator[str]:
    for number, page in enumerate(pdf.pages, 1):
        for instruction in pikepdf.parse_content_stream(page):
            name = str(instruction.operator)
            device = name in ("cs", "CS") and instruction.operands[0] == Name.DeviceRGB
            if name in _DEVICE_RGB or device:
                yield f"page {number}: DeviceRGB ({name})"
                break


def _version(pdf: Pdf) -> Iterator[str]:
    """6.1: PDF 1.6 at most; 6.22: optional content without automatic states."""
    if pdf.pdf_version > "1.6":
        yield f"version {pdf.pdf_version}"
    layers = pdf.Root.get(Name.OCProperties)
    if layers is not None and Name.AS in layers.get(Name.D, {}):
        yield "optional content that changes by itself"


def _page_keys(pdf: Pdf) -> Iterator[str]:
    """6.11 and 6.19: one of TrimBox and ArtBox, no actions; presentations are none of paper."""
    for number, page in enumerate(pdf.pages, 1):
        if Name.TrimBox in page.obj and Name.ArtBox in page.obj:
            yield f"page {number}: a TrimBox and an ArtBox"
        if Name.AA in page.obj:
            yield f"page {number}: an action"
        if Name.PresSteps in page.obj or Name.Trans in page.obj:
            yield f"page {number}: a presentation"


def _streams(pdf: Pdf) -> Iterator[str]:
    """6.5, 6.12, 6.20: nothing in other files, no LZW, no alternates, no OPI, no PostScript."""
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Stream):
            continue
        if Name.F in item or Name.FFilter in item:
            yield "a stream in another file"
        if "LZWDecode" in str(item.get(Name.Filter, "")):
            yield "LZW compression"
        for key in (Name.Alternates, Name.OPI):
            if key in item:
                yield f"an image with {key}"
        if Name.PS in (item.get(Name.Subtype), item.get(Name.Subtype2)):
            yield "PostScript in an object"


def _states(pdf: Pdf) -> Iterator[str]:
    """6.14, 6.15: no transfer curves, no halftone phases; blend modes would be transparency."""
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Dictionary) or item.get(Name.Type) != Name.ExtGState:
            continue
        if Name.TR in item or item.get(Name.TR2, Name.Default) != Name.Default:
            yield "a transfer curve"
        if Name.HTP in item:
            yield "a graphics state with HTP"
        if item.get(Name.BM, Name.Normal) not in (Name.Normal, Name.Compatible):
            yield "a blend mode"

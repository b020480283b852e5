"""Every kind of page is built to PDF/X-4; every rule fails on a file that breaks it."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image
from tests.support.pdfx_check import problems
from tests_proof_kit import make_show

from edition.errors import ProofError
from edition.proof import condition_report, edition_ledger, gallery_lists, icc_profiles
from edition.proof.certificates import certificates
from edition.proof.contact_sheet import contact_sheet
from edition.proof.fonts import FOLDER
from edition.proof.loan_list import loan_list
from edition.proof.order_sheet import order_sheet
from edition.proof.paper_sizes import MM
from edition.proof.print_pages import plates
from edition.proof.proof_strip import proof_strip
from edition.proof.rasterize import page_count, render_page
from edition.proof.wall_labels import wall_labels
from edition.proof.wall_pdf import wall_proof
from edition.recipe.proof_settings import Opening, ProofSettings, WallPlan

KINDS = (
    "sheet", "wall", "plates", "roll", "certificate", "walls", "wrap", "checklist", "prices",
    "labels", "loan", "condition", "order", "strip", "screen",
)  # fmt: skip
"""Every kind of page there is."""
LISTS = {
    "checklist": gallery_lists.checklist, "prices": gallery_lists.price_list,
    "labels": wall_labels, "loan": loan_list,
    "condition": condition_report.condition_reports, "order": order_sheet, "strip": proof_strip,
}  # fmt: skip
WALLS = (
    WallPlan(name="North", width_mm=4000.0, works=4, openings=(Opening(x_mm=90.0, width_mm=90.0),)),
    WallPlan(name="East", width_mm=2600.0),
)


def build(kind, show, settings, out):
    if kind == "sheet":
        return contact_sheet(show, settings, out)
    if kind == "wall":
        return wall_proof(show, settings, out)
    if kind == "plates":
        return plates(show, settings, out)
    if kind == "roll":
        bordered = settings.model_copy(update={"plate_paper": "roll24", "border_mm": 5.0})
        return plates(show, bordered, out, sizes=(30, 50))
    if kind == "walls":
        return wall_proof(show, settings.model_copy(update={"walls": WALLS}), out)
    if kind == "wrap":
        return plates(show, settings.model_copy(update={"wrap": "mirror"}), out)
    if kind == "screen":
        return wall_proof(show, settings.model_copy(update={"screen": True}), out)
    if kind in LISTS:
        return LISTS[kind](show, settings, out)
    rows = register(show)
    return certificates(show, rows[1:], settings, out)


def register(show):
    key = {"digest": show.pictures[0].digest, "seed": 1, "width_mm": 40.0, "height_mm": 40.0}
    rows = [edition_ledger.open_edition([], **key, count=3, date="2026-11-22")]
    for _ in range(2):
        rows.append(edition_ledger.issue(rows, **key, date="2026-11-22", paper="Photo Rag"))
    return rows


@pytest.fixture(scope="module")
def plate_file(show, tmp_path_factory):
    out = tmp_path_factory.mktemp("plate") / "plates.pdf"
    plates(show, ProofSettings(print_mm=40, ppi_least=36), out)
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_clean_and_opens(kind, show, coarse, tmp_path):
    report = build(kind, show, coarse, tmp_path / f"{kind}.pdf")
    assert problems(report.file) == []
    assert page_count(report.file) == report.pages
    for index in range(report.pages):
        page = np.asarray(render_page(report.file, index, side=300))
        assert page.std() > 1, "an empty page"
    assert [f.name for f in tmp_path.iterdir()] == [f"{kind}.pdf"]


@pytest.mark.parametrize("kind", ["sheet", "plates", "roll", "certificate"])
def test_pixels_come_out_as_they_went_in(kind, show, coarse, tmp_path):
    file = build(kind, show, coarse, tmp_path / "out.pdf").file
    sources = {p.file.read_bytes(): np.asarray(Image.open(p.file)) for p in show.pictures}
    wanted = {pixels.tobytes() for pixels in sources.values()}
    with pikepdf.open(file) as pdf:
        images = [o for o in pdf.objects if isinstance(o, Stream) and o.get("/Subtype") == "/Image"]
        found = {np.asarray(pikepdf.PdfImage(image).as_pil_image()).tobytes() for image in images}
    assert len(images) == (1 if kind == "certificate" else len(show.pictures)), "stored once each"
    assert found <= wanted
    assert len(found) == len(images)


def test_boxes_are_true_to_a_hundredth(plate_file):
    with pikepdf.open(plate_file) as pdf:
        for page in pdf.pages:
            media, bleed, trim = (
                [float(v) / MM for v in page.obj[name]]
                for name in ("/MediaBox", "/BleedBox", "/TrimBox")
            )
            assert trim[2] - trim[0] == pytest.approx(40, abs=0.01)
            assert trim[3] - trim[1] == pytest.approx(40, abs=0.01)
            for side in (0, 1):
                assert trim[side] - bleed[side] == pytest.approx(3, abs=0.01)
                assert bleed[side + 2] - trim[side + 2] == pytest.approx(3, abs=0.01)
                assert trim[side] - media[side] >= 8


def _replace_profile(pdf: Pdf, data: bytes, channels: int) -> None:
    pdf.Root.OutputIntents[0].DestOutputProfile = pdf.make_indirect(Stream(pdf, data, N=channels))


def _images(pdf: Pdf):
    return [o for o in pdf.objects if isinstance(o, Stream) and o.get("/Subtype") == "/Image"]


def _fonts(pdf: Pdf):
    return [o for o in pdf.objects if isinstance(o, Dictionary) and o.get("/Type") == "/Font"]


def _xmp(old: bytes, new: bytes):
    def change(pdf: Pdf) -> None:
        packet = pdf.Root.Metadata.read_bytes()
        assert old in packet
        pdf.Root.Metadata.write(packet.replace(old, new))

    return change


def _content(extra: bytes):
    return lambda pdf: pdf.pages[0].contents_add(extra)


def _set(path, value):
    def change(pdf: Pdf) -> None:
        place = path(pdf)
        place[value[0]] = value[1]

    return change


def _del(path, key):
    def change(pdf: Pdf) -> None:
        del path(pdf)[key]

    return change


def page(pdf):
    return pdf.pages[0].obj


def _unnamed_intent(pdf: Pdf) -> None:
    for key in (Name.RegistryName, Name.Info):
        del pdf.Root.OutputIntents[0][key]


def _state(**entries):
    def change(pdf: Pdf) -> None:
        state = pdf.make_indirect(Dictionary(Type=Name.ExtGState, **entries))
        page(pdf).Resources[Name.ExtGState] = Dictionary(G=state)

    return change


CONDITION = Name.OutputConditionIdentifier
MUTATIONS = {
    "trim out of bleed": (_set(page, (Name.TrimBox, Array([0, 0, 900, 900]))), "TrimBox"),
    "bleed out of media": (_set(page, (Name.BleedBox, Array([-9, 0, 900, 900]))), "BleedBox"),
    "no trim": (_del(page, Name.TrimBox), "no /TrimBox"),
    "trapped": (_set(lambda p: p.trailer.Info, (Name.Trapped, Name.True_)), "Trapped"),
    "trapped misspelt": (_set(lambda p: p.trailer.Info, (Name.Trapped, Name.False_)), "Trapped"),
    "no xmp": (_del(lambda p: p.Root, Name.Metadata), "no XMP"),
    "other version": (_xmp(b"PDF/X-4<", b"PDF/X-3<"), "GTS_PDFXVersion"),
    "not said to be AI-made": (_xmp(b"trainedAlgorithmicMedia", b"digitalArt"), "DigitalSource"),
    "no instance": (_xmp(b"InstanceID", b"Instance_"), "InstanceID"),
    "other title": (
        _set(lambda p: p.trailer.Info, (Name.Title, pikepdf.String("Other"))), "dc:title",
    ),
    "other date": (
        _set(lambda p: p.trailer.Info, (Name.CreationDate, pikepdf.String("D:19990101"))),
        "CreateDate",
    ),
    "no intent": (_del(lambda p: p.Root, Name.OutputIntents), "0 PDF/X output intents"),
    "display profile": (lambda p: _replace_profile(p, icc_profiles.srgb().data, 3), "'mntr'"),
    "wrong channels": (
        lambda p: _replace_profile(p, icc_profiles.intent("fogra39").data, 3),
        "4 channels, N says 3",
    ),
    "broken profile": (lambda p: _replace_profile(p, b"no profile", 4), "broken"),
    "transparency group": (
        _set(page, (Name.Group, Dictionary(S=Name.Transparency))), "transparency group",
    ),
    "annotation": (_set(page, (Name.Annots, Array([]))), "annotations"),
    "script": (
        _set(lambda p: p.Root, (Name.OpenAction, Dictionary(S=Name.JavaScript))), "OpenAction",
    ),
    "soft mask": (lambda p: _images(p)[0].__setitem__(Name.SMask, _images(p)[1]), "soft mask"),
    "see-through": (
        _set(
            lambda p: p.Root,
            (Name.Extra, Dictionary(ca=0.5)),
        ),
        None,
    ),
    "font not embedded": (
        lambda p: _fonts(p)[0].FontDescriptor.__delitem__(Name.FontFile2), "not embedded",
    ),
    "device rgb image": (
        lambda p: _images(p)[0].__setitem__(Name.ColorSpace, Name.DeviceRGB), "DeviceRGB",
    ),
    "image profile channels": (
        lambda p: _images(p)[0].ColorSpace[1].__setitem__(Name.N, 4), "N says 4",
    ),
    "four bits": (lambda p: _images(p)[0].__setitem__(Name.BitsPerComponent, 4), "4 bits"),
    "trim and art box": (_set(page, (Name.ArtBox, Array([0, 0, 9, 9]))), "ArtBox"),
    "no condition": (
        _set(lambda p: p.Root.OutputIntents[0], (CONDITION, pikepdf.String(""))),
        "names no condition",
    ),
    "neither registry nor info": (_unnamed_intent, "neither RegistryName nor Info"),
    "a registry that is none": (
        _set(lambda p: p.Root.OutputIntents[0], (Name.RegistryName, pikepdf.String("me"))),
        "RegistryName",
    ),
    "page action": (_set(page, (Name.AA, Dictionary())), "an action"),
    "presentation": (_set(page, (Name.PresSteps, Dictionary())), "presentation"),
    "optional content": (
        _set(lambda p: p.Root, (Name.OCProperties, Dictionary(D=Dictionary(AS=Array([]))))),
        "optional content",
    ),
    "alternate images": (
        lambda p: _images(p)[0].__setitem__(Name.Alternates, Array([])), "Alternates",
    ),
    "opi": (lambda p: _images(p)[0].__setitem__(Name.OPI, Dictionary()), "OPI"),
    "postscript": (
        lambda p: _images(p)[0].__setitem__(Name.Subtype2, Name.PS), "PostScript",
    ),
    "lzw": (lambda p: _images(p)[0].__setitem__(Name.Filter, Name.LZWDecode), "LZW"),
    "transfer curve": (_state(TR=Name.Identity), "transfer curve"),
    "own halftone": (_state(HTP=Array([0, 0])), "HTP"),
    "blend mode": (_state(BM=Name.Multiply), "blend mode"),
    "other file": (
        lambda p: p.Root.Metadata.__setitem__(Name.F, pikepdf.String("x")), "another file",
    ),
    "xmp about another": (_xmp(b'rdf:about=""', b'rdf:about="x"'), "about"),
    "rgb fill": (_content(b"1 0 0 rg"), "DeviceRGB (rg)"),
    "rgb stroke": (_content(b"1 0 0 RG"), "DeviceRGB (RG)"),
    "rgb space": (_content(b"/DeviceRGB cs"), "DeviceRGB (cs)"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_file_is_found(name, plate_file, tmp_path):
    change, words = MUTATIONS[name]
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(plate_file) as pdf:
        if name == "see-through":
            state = pdf.make_indirect(Dictionary(Type=Name.ExtGState, ca=0.5))
            page(pdf).Resources[Name.ExtGState] = Dictionary(G=state)
            words = "transparency"
        else:
            change(pdf)
        pdf.save(broken, fix_metadata_version=False)
    found = problems(broken)
    assert any(words in problem for problem in found), found


def test_a_later_version_is_found(plate_file, tmp_path):
    with pikepdf.open(plate_file) as pdf:
        pdf.save(tmp_path / "later.pdf", force_version="1.7", fix_metadata_version=False)
    assert any("version 1.7" in problem for problem in problems(tmp_path / "later.pdf"))


def test_encryption_and_missing_id_are_found(plate_file, tmp_path):
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(plate_file) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user=""))
    assert "encrypted" in problems(locked)
    data = plate_file.read_bytes()
    nameless = tmp_path / "nameless.pdf"
    at = data.rindex(b"/ID [")
    nameless.write_bytes(data[:at] + b"/IX [" + data[at + 5 :])
    assert "no file identifier" in problems(nameless)


def test_a_cut_file_is_found(plate_file, tmp_path):
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(plate_file.read_bytes()[:-200])
    assert problems(cut)


BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests_proof_kit import make_show
from test_proof_structure import KINDS, build
from edition.recipe.proof_settings import ProofSettings
show = make_show(Path({prints!r}), 7)
settings = ProofSettings(print_mm=40, ppi_least=36, ppi_good=36, sequence="look")
for kind in KINDS:
    build(kind, show, settings, Path(sys.argv[1]) / (kind + ".pdf"))
"""


@pytest.mark.slow
def test_two_processes_two_time_zones_same_bytes(tmp_path):
    script = BUILD.format(tests=str(Path(__file__).parent), prints=str(tmp_path / "prints"))
    for zone, seed, name in (("Asia/Tokyo", "1", "a"), ("America/Lima", "2", "b")):
        env = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"}
        (tmp_path / name).mkdir()
        subprocess.run([sys.executable, "-c", script, str(tmp_path / name)], check=True, env=env)
    for kind in KINDS:
        first, second = (
            hashlib.sha256((tmp_path / name / f"{kind}.pdf").read_bytes()).hexdigest()
            for name in ("a", "b")
        )
        assert first == second, kind


def test_another_pixel_is_another_identity(show, coarse, tmp_path):
    before = contact_sheet(show, coarse, tmp_path / "a.pdf").file
    picture = show.pictures[0]
    pixels = np.asarray(Image.open(picture.file)).copy()
    original = picture.file.read_bytes()
    pixels[0, 0] ^= 1
    try:
        Image.fromarray(pixels).save(picture.file)
        after = contact_sheet(show, coarse, tmp_path / "b.pdf").file
    finally:
        picture.file.write_bytes(original)
    with pikepdf.open(before) as one, pikepdf.open(after) as two:
        assert bytes(one.trailer.ID[1]) != bytes(two.trailer.ID[1])


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16", "interlaced", "jpeg"])
def test_other_pictures_are_laid_on_white_and_kept_exact(mode, tmp_path, show, coarse):
    source = Image.open(show.pictures[0].file)
    file = tmp_path / "odd.png"
    if mode == "I;16":
        grey = np.asarray(source.convert("L")).astype(np.uint16) * 257
        Image.fromarray(grey).save(file)
        wanted = np.asarray(source.convert("L").convert("RGB"))
    elif mode == "jpeg":
        source.save(file, "JPEG")
        wanted = np.asarray(Image.open(file).convert("RGB"))
    elif mode == "interlaced":
        file.write_bytes(_interlaced(source))
        wanted = np.asarray(source)
    else:
        source.convert(mode).save(file)
        wanted = np.asarray(source.convert(mode).convert("RGB"))
    odd = replace(show, pictures=(replace(show.pictures[0], file=file),))
    out = contact_sheet(odd, coarse, tmp_path / "out.pdf").file
    assert problems(out) == []
    with pikepdf.open(out) as pdf:
        assert np.array_equal(np.asarray(pikepdf.PdfImage(_images(pdf)[0]).as_pil_image()), wanted)


def _interlaced(image: Image.Image) -> bytes:
    """An Adam7 PNG, written by hand: Pillow writes none."""
    import struct
    import zlib

    pixels = np.asarray(image)
    rows = b""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
              (1, 0, 2, 1))  # fmt: skip
    for y, x, down, across in passes:
        rows += b"".join(b"\0" + row.tobytes() for row in pixels[y::down, x::across])
    out = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    out.seek(0, 2)
    head = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 1)
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        out.write(struct.pack(">I", len(data)) + kind + data)
        out.write(struct.pack(">I", zlib.crc32(kind + data)))
    return out.getvalue()


@pytest.mark.parametrize("border", [0.0, 10.0])
def test_the_slug_says_the_ppi_that_is_laid_out(border, tmp_path):
    show = make_show(tmp_path / "prints", 1, 192, 128)
    settings = ProofSettings(print_mm=100, ppi_least=36, border_mm=border)
    file = plates(show, settings, tmp_path / "plates.pdf").file
    document = pypdfium2.PdfDocument(str(file))
    try:
        page = document[0]
        (image,) = [o for o in page.get_objects() if isinstance(o, pypdfium2.PdfImage)]
        left, bottom, right, top = image.get_bounds()
        text = page.get_textpage().get_text_range()
    finally:
        document.close()
    ppi = 192 / ((right - left) / 72)
    assert 128 / ((top - bottom) / 72) == pytest.approx(ppi, rel=0.001)
    assert f"100 × 66.7 mm · {ppi:.0f} ppi" in text
    if border:
        assert (right - left) / MM == pytest.approx(100, abs=0.01)
    else:
        assert (top - bottom) / MM == pytest.approx(100 * 64 / 96 + 6, abs=0.01)


TOOLS = {
    "qpdf": ["qpdf", "--check", "{file}"],
    "poppler": ["pdftoppm", "-r", "20", "{file}", "{out}"],
    "mutool": ["mutool", "draw", "-q", "-r", "20", "-o", "{out}%d.png", "{file}"],
    "ghostscript": ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=nullpage", "{file}"],
}


@pytest.fixture(scope="module")
def all_files(show, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    settings = ProofSettings(print_mm=40, ppi_least=36, ppi_good=36)
    return [build(kind, show, settings, folder / f"{kind}.pdf").file for kind in KINDS]


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_other_readers_open_every_page(tool, all_files, tmp_path):
    command = TOOLS[tool]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is a system package and not here; pdfium opened every page")
    for file in all_files:
        filled = [part.format(file=file, out=tmp_path / f"{file.stem}-") for part in command]
        done = subprocess.run(filled, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (file, done.stderr)
        assert "error" not in done.stderr.lower(), file


JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "commons-io",
                 "jaxb-api", "javax.activation")
]  # fmt: skip
VALIDATOR = "org.apache.pdfbox.preflight.Validator_A1b"
"""Debian's libpdfbox2-java, libjaxb-api-java and libactivation-java."""


@pytest.mark.slow
def test_pdfbox_preflight_finds_only_what_pdfx_asks_for_beside_pdfa(all_files, tmp_path):
    """It checks PDF/A-1b: fonts, colours and syntax are the same rules; ``Trapped`` is PDF/X's."""
    if shutil.which("java") is None or not all(jar.exists() for jar in JARS):
        pytest.skip("PDFBox preflight is a system package and not here; our own rules were kept")
    for file in all_files:
        with pikepdf.open(file) as pdf:
            pdf.Root.OutputIntents[0].S = Name.GTS_PDFA1
            pdf.save(tmp_path / file.name, fix_metadata_version=False,
                     object_stream_mode=pikepdf.ObjectStreamMode.disable)  # fmt: skip
        command = ["java", "-cp", ":".join(map(str, JARS)),
                   VALIDATOR, str(tmp_path / file.name)]  # fmt: skip
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        assert "error(s)" in told, told
        found = {line for line in told.splitlines()[1:] if line.strip()}
        assert len(found) == 1, (file, found)
        assert found.pop().endswith("{http://ns.adobe.com/pdf/1.3/}Trapped"), file


def test_effective_ppi_is_what_poppler_lists(show, tmp_path):
    if shutil.which("pdfimages") is None:
        pytest.skip("pdfimages is a system package and not here; pdfium measured the same above")
    settings = ProofSettings(print_mm=40, ppi_least=36, bleed_mm=0)
    file = plates(show, settings, tmp_path / "plates.pdf").file
    listed = subprocess.run(["pdfimages", "-list", str(file)], capture_output=True, text=True,
                            check=True).stdout.splitlines()[2:]  # fmt: skip
    assert [line.split()[12:14] for line in listed] == [["61", "61"]] * len(show.pictures)


def test_a_font_of_ones_own_is_embedded_and_a_bad_one_named(show, coarse, tmp_path):
    own = coarse.model_copy(update={"font": str(FOLDER / "DejaVuSans-Bold.ttf")})
    out = contact_sheet(show, own, tmp_path / "own.pdf").file
    assert problems(out) == []
    with pikepdf.open(out) as pdf:
        assert {str(f.BaseFont).split("+")[1] for f in _fonts(pdf)} == {"DejaVuSans-Bold"}
    (tmp_path / "bad.ttf").write_bytes(b"OTTO" + bytes(60))
    with pytest.raises(ProofError, match=r"bad\.ttf can't be used"):
        contact_sheet(show, coarse.model_copy(update={"font": str(tmp_path / "bad.ttf")}),
                      tmp_path / "no.pdf")  # fmt: skip


def test_a_long_prompt_does_not_push_the_date_off_the_title_page(show, coarse, tmp_path):
    lines = (("Prompt", "monumental dramatic " * 60), *((f"Row {i}", "value") for i in range(9)))
    wordy = replace(show, recipe_lines=lines, statement="All of it. " * 400)
    report = wall_proof(wordy, coarse, tmp_path / "wall.pdf")
    document = pypdfium2.PdfDocument(str(report.file))
    try:
        text = document[0].get_textpage().get_text_range()
    finally:
        document.close()
    assert "2026-11-22" in text
    assert "Row 8" in text
    assert problems(report.file) == []


def test_a_pictures_own_profile_stays_with_it(show, coarse, tmp_path):
    file = tmp_path / "wide.png"
    source = Image.open(show.pictures[0].file)
    source.save(file, icc_profile=icc_profiles.adobe_rgb().data)
    mixed = replace(show, pictures=(replace(show.pictures[0], file=file), *show.pictures[1:3]))
    out = contact_sheet(mixed, coarse, tmp_path / "out.pdf").file
    assert problems(out) == []
    with pikepdf.open(out) as pdf:
        profiles = [image.ColorSpace[1].read_bytes() for image in _images(pdf)]
    assert sorted(map(len, profiles)) == sorted(
        [len(icc_profiles.adobe_rgb().data), *[len(icc_profiles.srgb().data)] * 2]
    )


def test_a_picture_beyond_all_measure_is_named(show, coarse, tmp_path):
    file = tmp_path / "huge.gif"
    source = Image.open(show.pictures[0].file)
    source.save(file, "GIF")
    data = bytearray(file.read_bytes())
    data[6:10] = b"\xff" * 4  # the size of the whole: 65,535 x 65,535
    file.write_bytes(data)
    huge = replace(show, pictures=(replace(show.pictures[0], file=file),))
    with pytest.raises(ProofError, match=r"huge\.gif can't be read as a picture"):
        contact_sheet(huge, coarse, tmp_path / "out.pdf")

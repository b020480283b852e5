"""The printer's set: wraps, nesting that a guillotine cuts, orders, strips, exports."""

import hashlib
import re
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image
from tests.support.pdfx_check import problems
from tests_proof_kit import make_show

from edition.errors import ProofError
from edition.proof import sent_files
from edition.proof.document_model import Registered
from edition.proof.order_sheet import INTENT, order_sheet
from edition.proof.paper_sizes import paper
from edition.proof.plate import plan
from edition.proof.plate_nesting import nest, waste
from edition.proof.print_pages import plates
from edition.proof.proof_strip import most_detail, proof_strip
from edition.proof.rasterize import render_page
from edition.proof.sent_files import SentFile, SentFiles, named
from edition.proof.wall_layout import hang
from edition.recipe.proof_settings import ProofSettings

SETTINGS = ProofSettings(print_mm=60).model_copy(update={"ppi_least": 1.0, "ppi_good": 1.0})

PLATES = SentFiles(SentFile("plates.pdf", 1, "00"))


def words(file):
    document = pypdfium2.PdfDocument(str(file))
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


@pytest.fixture
def halves(tmp_path):
    """One print: red left, blue right, a white line at the left edge."""
    pixels = np.zeros((120, 120, 3), np.uint8)
    pixels[:, :60, 0] = 200
    pixels[:, 60:, 2] = 200
    pixels[:, 6:12] = 255
    file = tmp_path / "halves.png"
    Image.fromarray(pixels).save(file)
    show = make_show(tmp_path / "prints", 1)
    picture = replace(show.pictures[0], file=file, width=120, height=120)
    return replace(show, pictures=(picture,))


@pytest.mark.parametrize("wrap", ["mirror", "stretch"])
def test_a_wrap_shows_the_pictures_own_edge_and_keeps_its_size(wrap, halves, tmp_path):
    settings = SETTINGS.model_copy(update={"wrap": wrap, "bleed_mm": 20.0})
    file = plates(halves, settings, tmp_path / "plates.pdf").file
    assert problems(file) == []
    page = render_page(file, 0, dpi=127)  # 5 pixels a millimetre
    side = page.width
    left = (side - 60 * 5) // 2
    middle = page.height // 2
    inside = page.getpixel((left + 4 * 5 + 2, middle))
    assert inside == (255, 255, 255), "the line, 3 to 6 mm from the edge"
    away = {"mirror": 4.5, "stretch": 4.5 * 20 / 5}[wrap]
    outside = page.getpixel((round(left - away * 5), middle))
    assert outside == inside, "and as far outside of it"
    assert page.getpixel((left - 5, middle))[0] > 150
    with pikepdf.open(file) as pdf:
        images = [o for o in pdf.objects if isinstance(o, pikepdf.Stream)
                  and o.get("/Subtype") == "/Image"]  # fmt: skip
        assert len(images) == 1, "nine times the same picture, stored once"


def test_slug_and_order_agree_on_colours_and_say_copies_and_day(show, tmp_path):
    file = plates(show, SETTINGS.model_copy(update={"print_mm": 160.0}), tmp_path / "p.pdf",
                  copies=3).file  # fmt: skip
    slug = "picture in sRGB · PDF's output intent FOGRA39 · 3 copies"
    assert slug in words(file)[0]
    assert "seed 1 · newest print 2026-11-22" in words(file)[0]
    order = " ".join(words(order_sheet(show, SETTINGS, tmp_path / "o.pdf", sent=PLATES).file))
    assert "In the PDF pictures in sRGB, 8 bits a channel, embedded; text and marks black" in order
    assert "registration, in the PDF's output intent FOGRA39" in order


@pytest.mark.parametrize("sheet", ["fit", "roll24"])
def test_no_letter_of_a_plate_is_near_the_papers_edge(sheet, show, tmp_path):
    known = replace(show, pictures=tuple(replace(p, sha256=_digest(p)) for p in show.pictures[:2]))
    settings = SETTINGS.model_copy(update={"print_mm": 160.0, "plate_paper": sheet})
    file = plates(known, settings, tmp_path / "p.pdf", copies=3).file
    assert f"picture file sha256 {known.pictures[0].sha256[:8]}" in words(file)[0]
    document = pypdfium2.PdfDocument(str(file))
    try:
        page = document[0]
        text = page.get_textpage()
        boxes = [text.get_charbox(at) for at in range(text.count_chars())]
        lows = [low for left, low, right, _ in boxes if right > left]
    finally:
        document.close()
    assert min(lows) / 72 * 25.4 >= 2.5


def _digest(picture):
    return hashlib.sha256(picture.file.read_bytes()).hexdigest()


def test_an_order_keeps_what_certificates_promise(show, tmp_path):
    def order(pictures):
        file = order_sheet(replace(show, pictures=pictures), SETTINGS, tmp_path / "o.pdf").file
        return " ".join(words(file))

    rag = "Photo Rag 308, Pigment ink"
    one, two = (
        replace(p, medium="Pigment print", registered=(Registered(60, 60, 25, 0, 1, 0, (rag,)),))
        for p in show.pictures[:2]
    )
    certified = order((one, two))
    assert f"Paper and ink {rag}, as certified" in certified
    assert f"Paper and ink as certified: {rag}" in certified
    sizes = Registered(60, 60, 25, 0, 0), Registered(90, 90, 25, 0, 1, 0, ("Baryta",))
    other = replace(two, registered=sizes)
    mixed = order((one, other))
    assert "Paper and ink Pigment print; where a work below names what is certified" in mixed
    assert mixed.count("Paper and ink as certified") == 1
    assert mixed.count("Paper and ink") == certified.count("Paper and ink"), "and a line to fill"
    assert "Baryta" not in mixed, "promised of another size"


def guillotine(boxes):
    """Whether straight cuts from edge to edge part all boxes."""
    if len(boxes) < 2:
        return True
    for low, high in ((0, 2), (1, 3)):
        for at in {box[high] for box in boxes}:
            if any(box[low] < at - 1e-6 and box[high] > at + 1e-6 for box in boxes):
                continue
            one = [box for box in boxes if box[high] <= at + 1e-6]
            other = [box for box in boxes if box[low] >= at - 1e-6]
            if one and other and len(one) + len(other) == len(boxes):
                return guillotine(one) and guillotine(other)
    return False


@pytest.mark.parametrize("name", ["roll24", "24x36in"])
def test_nesting_turns_prints_and_a_guillotine_cuts_it(name, tmp_path):
    show = make_show(tmp_path / "prints", 5, 240, 96)
    settings = SETTINGS.model_copy(update={"plate_paper": name, "nest": True})
    wanted = plan(show, settings, (200, 310, 120))
    cuts = nest(wanted, paper(name), 3)
    assert sum(len(on) for _, on in cuts) == len(wanted)
    assert any(not plate.lies_as(box) for _, on in cuts for plate, box in on)
    for _, on in cuts:
        room = 12.9
        assert guillotine([(b.x - room, b.y - room, b.right + room, b.top + room) for _, b in on])
    assert 0 < waste(cuts, settings) < 0.75
    report = plates(show, settings, tmp_path / "plates.pdf", sizes=(200, 310, 120))
    assert report.pages == len(cuts)
    assert any("waste" in told for told in report.warnings)
    assert problems(report.file) == []


def test_the_order_says_files_sizes_copies_profile_and_digests(show, tmp_path):
    report = order_sheet(show, SETTINGS, tmp_path / "order.pdf", sizes=(50.0, 60.0), copies=4)
    text = " ".join(words(report.file))
    assert problems(report.file) == []
    for told in (INTENT, "7 works in 2 sizes, 4 copies of each: 56 prints in all",
                 "50 × 50 mm", "60 × 60 mm", "1.png",
                 hashlib.sha256(show.pictures[0].file.read_bytes()).hexdigest()):  # fmt: skip
        assert told in text, told
    with pytest.raises(ProofError, match="needs an upscale"):
        order_sheet(show, ProofSettings(), tmp_path / "no.pdf")


def test_a_strip_shows_the_middle_at_its_true_size(show, tmp_path):
    report = proof_strip(show, SETTINGS, tmp_path / "strip.pdf", sizes=(300.0,))
    document = pypdfium2.PdfDocument(str(report.file))
    try:
        images = [o for o in document[0].get_objects() if isinstance(o, pypdfium2.PdfImage)]
        left, _, right, _ = images[0].get_bounds()
    finally:
        document.close()
    assert len(images) == len(show.pictures)
    assert right - left == pytest.approx((300 + 2 * 3) / 25.4 * 72, abs=0.1)  # with its bleed
    assert problems(report.file) == []


def test_a_strip_shows_where_most_is_to_be_seen_and_tells_its_facts(tmp_path):
    """Grey all over, but for a patch of noise in one corner."""
    pixels = np.full((400, 400, 3), 128, np.uint8)
    pixels[20:80, 300:380] = np.random.default_rng(1).integers(0, 255, (60, 80, 3))
    file = tmp_path / "flat.png"
    Image.fromarray(pixels).save(file)
    show = make_show(tmp_path / "prints", 1)
    title = "The Harbour at Four in the Morning, Seen from a Boat that Nobody Steers " * 2
    picture = replace(show.pictures[0], file=file, width=400, height=400, title=title)
    show = replace(show, pictures=(picture,))
    settings = SETTINGS.model_copy(update={"print_mm": 400.0})
    across, down = most_detail(plan(show, settings)[0])
    assert across > 0.8
    assert down < 0.2
    report = proof_strip(show, settings, tmp_path / "strip.pdf")
    (page,) = words(report.file)
    assert "No. 1 · The Harbour at Four" in page
    assert "400 × 400 mm · 25 ppi · sRGB" in page
    assert f"{show.artist} · {show.title} · Proof strip · newest print 2026-11-22" in page
    shot = render_page(report.file, 0, dpi=127)  # 5 pixels a millimetre
    crop = np.asarray(shot.crop((50, 24 * 5, 450, 64 * 5)).convert("L"), float)
    assert crop.std() > 20, "the noise, in the crop itself"
    flat = replace(picture, file=tmp_path / "even.png")
    Image.new("RGB", (400, 400), "grey").save(flat.file)
    even = plan(replace(show, pictures=(flat,)), settings)[0]
    assert most_detail(even) == pytest.approx((0.5, 0.5), abs=0.05), (
        "where all is alike, the middle"
    )


def test_an_order_states_only_what_is_sent(tmp_path):
    show = make_show(tmp_path / "prints", 3, 240, 240)
    settings = ProofSettings(print_mm=60, ppi_least=36, ppi_good=90)
    keys = [named(plate.picture, plate.cut) for plate in plan(show, settings)]
    tiff = SentFile("1.tif", 12, "ab" * 32, "TIFF, 16 bits a channel, Adobe RGB compatible")

    def order(sent, copies=0):
        report = order_sheet(show, settings, tmp_path / "o.pdf", sent=sent, copies=copies)
        return " ".join(words(report.file)), " | ".join(report.warnings)

    sheet, notes = order(SentFiles(exported={keys[0]: (tiff,)}, other=("p.pdf",), other_copies=5))
    facts = "TIFF, 16 bits a channel, Adobe RGB compatible; 60 × 60 mm, no bleed; 101.6 ppi"
    assert f"{tiff.told}: {facts}" in sheet
    for of_plates in ("of the plates", "PDF", "cut to", "cut out of", "a bleed of", "92.3 ppi"):
        assert of_plates not in sheet, of_plates
    assert "do not cut into the picture" in sheet
    assert sheet.count("No file of this work was made yet") == 2
    assert "no file of Untitled (seed 2) at 60 × 60 mm yet" in notes
    assert "no file of Untitled (seed 1)" not in notes
    assert "p.pdf is of other prints" in notes
    assert "said 5 copies of each; it orders 1 copy." in notes
    assert "--copies 5" in notes
    assert "said 5 copies" not in order(SentFiles(other=("p.pdf",), other_copies=5), copies=2)[1]
    assert "alternatives" not in sheet
    both, notes = order(replace(PLATES, exported={keys[0]: (tiff,)}))
    assert "Of one work these are alternatives, print one" in both
    assert "8 bits a channel, sRGB; 66 × 66 mm with bleed, cut to 60 × 60 mm; 92.3 ppi" in both
    assert facts in both
    assert "in the PDF a bleed of 3 mm" in both
    assert notes == ""


def test_files_of_an_earlier_version_are_told_and_their_copies_with_them(show, tmp_path):
    """A print that was enlarged anew is another file: what was made of the earlier one stays."""
    tiff, pdf = tmp_path / "1.tif", tmp_path / "plates.pdf"
    tiff.write_bytes(b"tiff")
    pdf.write_bytes(b"pdf")
    before = replace(show, pictures=(replace(show.pictures[0], sha256="aa" * 32),))
    after = replace(show, pictures=(replace(show.pictures[0], sha256="bb" * 32),))
    sent_files.note_exports(tmp_path, (tiff,), before, SETTINGS, "TIFF, 16 bits")
    sent_files.note_plates(tmp_path, pdf, before, SETTINGS, copies=5)
    was = sent_files.there(tmp_path, before, SETTINGS)
    assert [file.kind for files in was.exported.values() for file in files] == ["TIFF, 16 bits"]
    assert (was.copies, was.other, was.other_copies) == (5, (), 0)
    now = sent_files.there(tmp_path, after, SETTINGS)
    assert (now.plates, now.exported, now.copies) == (None, {}, 0)
    assert set(now.other) == {"1.tif", "plates.pdf"}
    assert now.other_copies == 5
    larger = sent_files.there(tmp_path, before, SETTINGS, (80.0,))
    assert larger.other == ("plates.pdf",), "a file of another size is of another order"


def test_paper_and_ink_is_not_asked_for_again_where_each_work_says_it(tmp_path):
    show = make_show(tmp_path / "prints", 2)

    def asked(*media):
        pictures = (replace(p, medium=m) for p, m in zip(show.pictures, media, strict=True))
        made = replace(show, pictures=tuple(pictures))
        return " ".join(words(order_sheet(made, SETTINGS, tmp_path / "o.pdf").file))

    told = asked("Pigment print on rag", "C-print")
    assert "Paper and ink as each work says" in told
    assert told.count("Paper and ink") == 1
    assert "as each work says" not in asked("Pigment print on rag", "")
    assert asked("Pigment print on rag", "").count("Paper and ink") == 2
    assert asked("", "").count("Paper and ink") == 1


def test_a_mounting_border_is_paper_outside_of_what_is_seen(halves, tmp_path):
    settings = SETTINGS.model_copy(update={"border_mm": 10.0, "mount_mm": 15.0})
    file = plates(halves, settings, tmp_path / "plates.pdf").file
    assert problems(file) == []
    with pikepdf.open(file) as document:
        trim = [float(v) for v in document.pages[0].TrimBox]
    assert (trim[2] - trim[0]) / 72 * 25.4 == pytest.approx(60 + 2 * 25, abs=0.01)
    page = render_page(file, 0, dpi=254)  # 10 pixels a millimetre
    left, top = (page.width - 1100) // 2, (page.height - 1100) // 2
    across = page.crop((left + 50, top + 140, left + 150, top + 160)).convert("L")
    assert across.getextrema()[0] < 200, "a tick at the height of the border's edge"
    border = page.crop((left + 152, top + 152, left + 248, top + 248)).convert("L")
    assert border.getextrema()[0] > 250
    (sheet,) = words(order_sheet(halves, settings, tmp_path / "order.pdf", sent=PLATES).file)
    assert "60 × 60 mm, cut to 110 × 110 mm" in sheet
    assert "no bleed; white border of 10 mm, mounting border of 15 mm" in sheet


def test_a_deckle_sheet_bears_the_picture_and_nothing_else(halves, tmp_path):
    settings = SETTINGS.model_copy(update={"deckle": True, "plate_paper": "100x140"})
    file = plates(halves, settings, tmp_path / "plates.pdf").file
    assert problems(file) == []
    assert words(file) == [""]
    page = render_page(file, 0, dpi=127).convert("L")
    assert page.size == pytest.approx((500, 700), abs=1)
    dark = page.point(lambda v: 255 * (v < 250)).getbbox()
    assert dark == pytest.approx((100, 200, 400, 500), abs=2)
    (sheet,) = words(order_sheet(halves, settings, tmp_path / "order.pdf", sent=PLATES).file)
    assert "do not cut" in sheet
    assert "60 × 60 mm, not cut" in sheet


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"deckle": True}, "whole sheets"),
        ({"deckle": True, "plate_paper": "roll24"}, "plate_paper is roll24"),
        ({"deckle": True, "plate_paper": "50x50"}, "does not fit on 50x50"),
        ({"wrap": "mirror", "border_mm": 5.0}, "white border"),
    ],
)
def test_borders_that_contradict_the_paper_are_refused(changes, told, halves, tmp_path):
    settings = SETTINGS.model_copy(update=changes)
    with pytest.raises(ProofError, match=told):
        plates(halves, settings, tmp_path / "plates.pdf")
    assert not list(tmp_path.glob("*.pdf"))


def test_orders_plates_and_walls_give_a_work_one_number(tmp_path):
    show = make_show(tmp_path / "prints", 4, 96, 96)
    settings = SETTINGS.model_copy(update={"hang": "salon", "print_mm": 160.0})
    shown = [(hung.number, hung.framed.picture) for hung in hang(show.pictures, settings).numbered]
    assert [picture for _, picture in shown] != list(show.pictures), "read in another order"
    (order,) = words(order_sheet(show, settings, tmp_path / "order.pdf", sent=PLATES).file)
    listed = re.findall(r"(\d) Untitled \(seed (\d)\)", order)
    assert [(int(n), int(seed)) for n, seed in listed] == [(n, p.seed) for n, p in shown]
    pages = words(plates(show, settings, tmp_path / "plates.pdf").file)
    for number, picture in shown:
        (page,) = [at for at, text in enumerate(pages, 1) if f"seed {picture.seed}" in text]
        assert f"No. {number} " in pages[page - 1]
        assert re.search(rf"seed {picture.seed}\) \S+ .{{0,60}}Page {page} of the plates", order)


def test_an_order_says_what_the_bleed_cuts_off_and_what_is_coarse(tmp_path):
    show = make_show(tmp_path / "prints", 2, 240, 80)
    enlarged = tuple(replace(picture, native_width=60) for picture in show.pictures)
    show = replace(show, pictures=enlarged)
    settings = ProofSettings(print_mm=60, ppi_least=36, ppi_good=200)
    (order,) = words(order_sheet(show, settings, tmp_path / "order.pdf", sent=PLATES).file)
    assert "60 × 20 mm, W × H; 1 copy" in order
    assert "78 × 26 mm with bleed, cut to 60 × 20 mm; 78.1 ppi, coarse" in order
    assert order.count("Coarse: less than 200 ppi at this size.") == 1
    assert order.count("Enlarged by lanczos ×4 from 60 px across: 25 ppi before that") == 2
    assert "Approved, date" in order
    roll = settings.model_copy(update={"plate_paper": "roll24"})
    (told,) = words(plates(show, roll, tmp_path / "roll.pdf").file)
    assert re.search(r"roll24, 609.6 × [\d.]+ mm, 1 of 1 · \d+% waste", told)

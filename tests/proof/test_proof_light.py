"""Pages that are read hold no more pixels than they show; pages that are printed hold all."""

import pikepdf
import pytest
from pikepdf import Stream
from tests.support.pdfx_check import problems
from tests_proof_kit import make_show

from edition.proof.condition_report import condition_reports
from edition.proof.contact_sheet import contact_sheet
from edition.proof.gallery_lists import checklist, price_list
from edition.proof.loan_list import loan_list
from edition.proof.pdf_document import SCREEN_PPI
from edition.proof.print_pages import plates
from edition.proof.wall_pdf import wall_proof
from edition.recipe.proof_settings import ProofSettings

SETTINGS = ProofSettings(print_mm=300, ppi_least=36, ppi_good=36)
LISTS = (wall_proof, checklist, price_list, loan_list)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return make_show(tmp_path_factory.mktemp("large"), 3, 1500, 1000)


def images(file):
    with pikepdf.open(file) as pdf:
        found = [o for o in pdf.objects if isinstance(o, Stream) and o.get("/Subtype") == "/Image"]
        return [(int(i.Width), str(i.Filter), len(i.read_raw_bytes())) for i in found]


@pytest.mark.parametrize("make", LISTS)
def test_pictures_on_walls_and_lists_have_the_resolution_of_their_size(make, large, tmp_path):
    file = make(large, SETTINGS, tmp_path / "out.pdf").file
    small = [width for width, _, _ in images(file) if width < 1500]
    assert small
    assert max(small) <= 600
    assert len(images(file)) <= 2 * len(large.pictures) + 1, "stored once, not once a page"
    assert problems(file) == []


@pytest.mark.parametrize("make", [*LISTS, condition_reports, plates, contact_sheet])
def test_a_file_for_the_screen_is_small_and_the_printed_one_lossless(make, large, tmp_path):
    whole = make(large, SETTINGS, tmp_path / "out.pdf").file
    light = make(large, SETTINGS.model_copy(update={"screen": True}), tmp_path / "s.pdf").file
    assert {kind for _, kind, _ in images(whole)} == {"/FlateDecode"}
    assert {kind for _, kind, _ in images(light)} == {"/DCTDecode"}
    assert light.stat().st_size < whole.stat().st_size / 2
    assert max(width for width, _, _ in images(light)) <= 300 / 25.4 * SCREEN_PPI * 1.1
    assert problems(light) == []


@pytest.mark.parametrize("style", ["gallery", "minimal", "newspaper"])
def test_letters_and_hairlines_are_black_alone(style, large, tmp_path):
    settings = SETTINGS.model_copy(update={"style": style})
    for make in (wall_proof, checklist):
        with pikepdf.open(make(large, settings, tmp_path / "out.pdf").file) as pdf:
            for page in pdf.pages:
                _check_page(page)


def _check_page(page):
    ink = line = None
    for instruction in pikepdf.parse_content_stream(page):
        name, operands = str(instruction.operator), instruction.operands
        if name == "k":
            ink = [float(v) for v in operands]
        elif name == "K":
            line = [float(v) for v in operands]
        elif name in ("Tj", "TJ"):
            assert ink == [0, 0, 0, 1]
        elif name == "S":
            assert line == [0, 0, 0, 1]
        elif name == "f" and ink is not None:
            assert all(v == 0 or v >= 0.03 for v in ink), "a screen does not hold it"

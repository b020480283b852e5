"""Nothing is false on paper, and nothing drops out of it without a word."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageCms
from tests.support.pdfx_check import problems
from tests_proof_kit import make_show

from edition.errors import ProofError
from edition.proof import edition_ledger, icc_profiles, proof_styles
from edition.proof.certificates import certificates
from edition.proof.contact_sheet import contact_sheet
from edition.proof.document_model import Registered
from edition.proof.export import export
from edition.proof.fonts import FontFamily
from edition.proof.page_checks import everything
from edition.proof.paper_sizes import length, millimetres
from edition.proof.print_pages import plates
from edition.proof.wall_pdf import wall_proof
from edition.recipe.proof_settings import ProofSettings


def pages(file: Path) -> list[str]:
    document = pypdfium2.PdfDocument(str(file))
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def certificate(show, settings, out):
    first = show.pictures[0]
    key = {"digest": first.digest, "seed": first.seed, "width_mm": 40.0, "height_mm": 40.0}
    rows = [edition_ledger.open_edition([], **key, count=25, date="2026-11-22")]
    rows.append(edition_ledger.issue(rows, **key, date="2026-11-22", paper="Photo Rag"))
    return certificates(show, rows[1:], settings, out), rows[1]


@pytest.mark.parametrize("paper", ["A4", "A5", "A6"])
def test_a_small_certificate_says_all(paper, show, coarse, tmp_path):
    settings = coarse.model_copy(update={"paper": paper})
    report, row = certificate(show, settings, tmp_path / "c.pdf")
    text = " ".join(pages(report.file)[0].split())
    for told in ("1/25", "Photo Rag", "monumental", row.seal[:16], "Signature", "edition of 25"):
        assert told in text, told


def test_a_certificate_that_can_not_say_all_is_refused(show, coarse, tmp_path):
    settings = coarse.model_copy(update={"paper": "A7"})
    with pytest.raises(ProofError, match="do not fit") as caught:
        certificate(show, settings, tmp_path / "c.pdf")
    assert "larger" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("paper", ["A6", "A7"])
def test_a_small_contact_sheet_loses_no_row_of_the_recipe(paper, show, coarse, tmp_path):
    rows = tuple((f"Row {n}", f"value {n}") for n in range(8))
    settings = coarse.model_copy(update={"paper": paper})
    file = contact_sheet(replace(show, recipe_lines=rows), settings, tmp_path / "s.pdf").file
    text = "".join(pages(file))
    assert all(f"value {n}" in text for n in range(8))


def test_a_statement_of_five_hundred_words_flows_on(show, coarse, tmp_path):
    words = " ".join(f"word{n}" for n in range(500))
    file = wall_proof(replace(show, statement=words), coarse, tmp_path / "w.pdf").file
    found = pages(file)
    assert all(f"word{n}" in " ".join(found) for n in range(500))
    assert "Statement" in found[1]
    assert problems(file) == []


def test_a_title_that_is_cut_shows_it(show, coarse, tmp_path):
    long = replace(show, title="A title without an end " * 12)
    assert "…" in pages(wall_proof(long, coarse, tmp_path / "w.pdf").file)[0]


def test_every_page_says_which_of_how_many_it_is(show, coarse, tmp_path):
    found = pages(wall_proof(show, coarse, tmp_path / "w.pdf").file)
    for number, text in enumerate(found[1:], 2):
        assert f"{number} of {len(found)}" in text
        assert "2026-11-22" in text


def test_chinese_and_japanese_lines_break_and_begin_with_no_full_stop():
    kind = FontFamily("dejavu")
    text = "夜の海は静かで、月の光だけが波の上に落ちている。" * 3
    lines = kind.lines(text, 9, 40)
    assert len(lines) > 2
    assert "".join(lines) == text
    assert all(kind.width(line, 9) <= 42.1 for line in lines)  # a full stop may hang over
    assert not any(line[0] in "、。" for line in lines)
    assert kind.lines("one two three", 9, 14) == ["one two", "three"]


def test_a_word_wider_than_its_line_loses_no_letter():
    kind = FontFamily("lato")
    assert "".join(kind.lines("x" * 300, 9, 30)) == "x" * 300


def test_a_font_can_be_named(tmp_path, monkeypatch):
    from edition.proof import fonts

    folder = tmp_path / "fonts" / "deep"
    folder.mkdir(parents=True)
    source = fonts.FOLDER / "DejaVuSans.ttf"
    (folder / "My Own-Regular.ttf").write_bytes(source.read_bytes())
    monkeypatch.setattr(fonts, "INSTALLED", (tmp_path / "nowhere", tmp_path / "fonts"))
    assert FontFamily("my own").files["bold"] == str(folder / "My Own-Regular.ttf")
    with pytest.raises(ProofError, match="no font 'Other'"):
        FontFamily("Other")


def test_an_emoji_in_a_prompt_is_a_box_and_in_a_title_an_error(show, coarse, tmp_path):
    lines = (("Prompt", "a fox 🦊 and שלום"),)
    told = replace(show, recipe_lines=lines)
    assert "a fox □" in pages(contact_sheet(told, coarse, tmp_path / "s.pdf").file)[0]
    levels = {f.level for f in everything(told, coarse) if "🦊" in f.what}
    assert levels == {"warning"}
    with pytest.raises(ProofError, match="🦊"):
        contact_sheet(replace(show, title="Fox 🦊"), coarse, tmp_path / "no.pdf")
    first = replace(show.pictures[0], title="Fox 🦊")
    with pytest.raises(ProofError, match="🦊"):
        wall_proof(replace(show, pictures=(first,)), coarse, tmp_path / "no.pdf")


def test_preflight_goes_on_past_a_missing_file_and_tells_what_the_sheet_refuses(coarse, tmp_path):
    show = make_show(tmp_path / "prints", 3)
    show.pictures[0].file.unlink()
    settings = coarse.model_copy(
        update={"plate_paper": "A7", "print_mm": 90.0, "profile": "no.icc", "wall_width_mm": 300.0}
    )
    found = everything(replace(show, title="Fox 🦊"), settings)
    told = " ".join(f.what for f in found if f.level == "error")
    for words in ("is not there", "does not fit on A7", "no.icc", "🦊", "wall is too small", "ppi"):
        assert words in told, words


def registered(show, **size):
    known = Registered(**{"width_mm": 40.0, "height_mm": 40.0, "count": 2, "proofs": 1, "given": 0,
                          **size})  # fmt: skip
    return replace(show, pictures=(replace(show.pictures[0], registered=(known,)),))


def test_the_register_binds_every_page_and_file(show, coarse, tmp_path):
    good, other = registered(show), registered(show, width_mm=30.0, height_mm=30.0)
    for make in (plates, wall_proof):
        make(good, coarse, tmp_path / "good.pdf")
        with pytest.raises(ProofError, match="its edition is 30 × 30 mm, not 40 × 40 mm"):
            make(other, coarse, tmp_path / "no.pdf")
    with pytest.raises(ProofError, match="its edition is 30"):
        export(other, coarse, "png", tmp_path)
    with pytest.raises(ProofError, match="4 copies, and its edition has 2 and 1 proofs"):
        plates(good, coarse, tmp_path / "no.pdf", copies=4)
    assert [f.level for f in everything(other, coarse)] == ["error"]
    two = (*good.pictures[0].registered, *other.pictures[0].registered)
    both = replace(good, pictures=(replace(good.pictures[0], registered=two),))
    assert everything(both, coarse) == ()


def test_a_profile_without_tables_is_not_believed(tmp_path):
    whole = bytearray(icc_profiles.intent("fogra39").data)
    tags = int.from_bytes(whole[128:132], "big")
    for at in range(132, 132 + 12 * tags, 12):
        if bytes(whole[at : at + 4]) in (b"B2A0", b"B2A1", b"B2A2"):
            whole[at : at + 4] = b"zzzz"
    (tmp_path / "empty.icc").write_bytes(whole)
    with pytest.raises(ProofError, match="no transform can be built"):
        icc_profiles.intent(str(tmp_path / "empty.icc"))


def test_only_a_registered_condition_claims_the_registry(show, coarse, tmp_path):
    import pikepdf

    own = tmp_path / "my-paper.icc"
    own.write_bytes(icc_profiles.intent("fogra39").data)
    for profile, claims in (("fogra39", True), (str(own), False)):
        settings = coarse.model_copy(update={"profile": profile})
        file = contact_sheet(show, settings, tmp_path / "s.pdf").file
        with pikepdf.open(file) as pdf:
            said = pdf.Root.OutputIntents[0]
            assert ("/RegistryName" in said) == claims
            assert "/Info" in said
        assert problems(file) == []


def test_files_carry_an_srgb_of_version_two_that_moves_no_colour():
    data = icc_profiles.srgb().data
    assert data[8] == 2
    colours = Image.new("RGB", (256, 3))
    for step in range(256):
        colours.putpixel((step, 0), (step, step, step))
        colours.putpixel((step, 1), (step, 255 - step, 90))
        colours.putpixel((step, 2), (255 - step, 30, step))
    import io

    ours = ImageCms.ImageCmsProfile(io.BytesIO(data))
    made = ImageCms.profileToProfile(colours, ours, ImageCms.createProfile("sRGB"))
    pairs = np.asarray(colours, int), np.asarray(made, int)
    assert np.abs(pairs[0] - pairs[1]).max() <= 1


@pytest.mark.parametrize("text", ["0", "nan", "-5", "9", "6000", "12ft", "", "1e3"])
def test_no_size_gets_around_the_recipes_range(text):
    with pytest.raises(Exception, match=r"length|allowed"):
        millimetres(text)


def test_lengths_are_whole_millimetres_or_sixteenths():
    read = [millimetres(t) for t in ("300", "30cm", "12in", "0,3 m")]
    assert read == pytest.approx([300, 300, 304.8, 300])
    assert [length(v) for v in (1672.5, 77.49, 0)] == ["1673", "77", "0"]
    told = [length(v, "in", named=True) for v in (304.8, 1238.25, 6.35, 0)]
    assert told == ["12 in", "48 3/4 in", "1/4 in", "0 in"]
    assert ProofSettings(units="in").units == "in"


def test_documents_of_one_show_have_ids_of_their_own(show, coarse, tmp_path):
    import pikepdf

    ids = []
    for number, make in enumerate((contact_sheet, wall_proof)):
        file = make(show, coarse, tmp_path / f"{number}.pdf").file
        with pikepdf.open(file) as pdf, pdf.open_metadata() as xmp:
            ids.append(xmp["xmpMM:DocumentID"])
    assert len(set(ids)) == 2


def test_no_shipped_contact_sheet_shows_a_seed_as_a_works_number(show):
    for name in proof_styles.names():
        told = proof_styles.style(name).sheet.text(show.pictures[2])
        assert told == "seed 3", name

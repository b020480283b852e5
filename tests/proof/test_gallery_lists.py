"""What a person who hangs a show takes along: lists, labels, forms, each with room to write."""

from dataclasses import replace

import pypdfium2
import pytest
from tests_proof_kit import make_show

from edition.actions import proofs
from edition.errors import ProofError
from edition.proof.document_model import Registered
from edition.proof.page_checks import everything
from edition.recipe.proof_settings import ProofSettings, WallPlan

SETTINGS = ProofSettings(ppi_least=36, ppi_good=36)
NARROW = SETTINGS.model_copy(update={"walls": (WallPlan(name="North", width_mm=2400.0),)})
LISTS = ("checklist", "prices", "labels", "loan", "condition")
LONG = "The Harbour at Four in the Morning, Seen from a Boat that Nobody Steers, " * 3


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    show = make_show(tmp_path_factory.mktemp("five"), 5, 480, 360)
    return replace(show, title="Summer Show", statement="")


def changed(show, index, **facts):
    pictures = list(show.pictures)
    pictures[index] = replace(pictures[index], **facts)
    return replace(show, pictures=tuple(pictures))


def pages(show, kind, settings, folder):
    """The words of each page, and the warnings."""
    report = proofs.write(show, kind, settings, folder)
    document = pypdfium2.PdfDocument(str(report.file))
    try:
        told = [" ".join(p.get_textpage().get_text_bounded().split()) for p in document]
    finally:
        document.close()
    return told, report.warnings


def letters(file):
    """Every text of a file's first page with the size of its letters, points."""
    document = pypdfium2.PdfDocument(str(file))
    try:
        page = document[0]
        words = page.get_textpage()
        texts = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], textpage=words)
        return [(text.extract().strip(), round(text.get_font_size(), 1)) for text in texts]
    finally:
        document.close()


@pytest.mark.parametrize("kind", LISTS)
def test_a_wall_that_is_too_small_stops_no_list(kind, five, tmp_path):
    told, warnings = pages(five, kind, NARROW, tmp_path)
    for seed in range(1, 6):
        assert any(f"(seed {seed})" in page for page in told)
    assert any("has 2400 mm" in w and "in their order" in w for w in warnings)
    with pytest.raises(ProofError, match="has 2400 mm"):
        pages(five, "wall", NARROW, tmp_path)


def test_numbers_of_a_show_without_a_wall_follow_its_order(five, tmp_path):
    by_hand = NARROW.model_copy(update={"sequence": "hand", "order": (5, 4)})
    told, _ = pages(five, "checklist", by_hand, tmp_path)
    assert "1 Ada Őrsi Untitled (seed 5)" in told[0]


def test_one_long_title_shrinks_its_own_label_alone(five, tmp_path):
    show = changed(five, 1, title=LONG.strip(), medium="Pigment print on cotton paper")
    pages(show, "labels", SETTINGS, tmp_path)
    set_in = letters(tmp_path / "wall-labels.pdf")
    assert ("Untitled (seed 1)", 18.0) in set_in
    own = [size for text, size in set_in if "Harbour" in text]
    assert own
    assert 8 <= min(own) == max(own) < 18
    assert min(size for _, size in set_in) >= 8


def test_labels_that_fit_in_no_letters_are_named_together_and_foreseen(five, tmp_path):
    show = changed(changed(five, 1, title="Sea " * 400), 3, title="Mole " * 400)
    with pytest.raises(ProofError, match=r"2 labels: no\. 2, Sea .*; no\. 4, Mole ") as caught:
        pages(show, "labels", SETTINGS, tmp_path)
    assert "edition work" in caught.value.hint
    found = [f for f in everything(show, SETTINGS) if f.what.startswith("2 labels: no. 2, Sea")]
    assert [f.level for f in found] == ["warning"], "a print can be ordered all the same"
    assert not any("label" in f.what for f in everything(five, SETTINGS))


def test_five_loans_their_sum_and_the_signatures_are_one_page(five, tmp_path):
    edition = Registered(300.0, 225.0, 25, 3, 4)
    show = changed(five, 0, registered=(edition,), medium="Pigment print", title="Night Sea")
    (page,), _ = pages(show, "loan", SETTINGS, tmp_path)
    for head in ("Number lent", "Insured for", "Crate", "Out, date", "Back, date", "Total", "/ 25"):
        assert head in page, head
    assert page.count("420 × 345 mm") == 5
    assert "Received by" in page


@pytest.mark.parametrize("count", [1, 6, 7, 8, 13])
def test_signatures_of_a_loan_never_stand_alone(count, tmp_path):
    show = make_show(tmp_path / "prints", count, 24, 18)
    told, _ = pages(show, "loan", SETTINGS, tmp_path)
    assert "Received by" in told[-1]
    assert f"(seed {count})" in told[-1]
    assert sum("Received by" in page for page in told) == 1


def test_lines_to_write_on_are_wide_enough_to_write_on(five, tmp_path):
    pages(five, "loan", SETTINGS, tmp_path)
    document = pypdfium2.PdfDocument(str(tmp_path / "loan-list.pdf"))
    try:
        bounds = [
            o.get_bounds()
            for o in document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH])
        ]
    finally:
        document.close()
    lines = [(right - left) / 72 * 25.4 for left, _, right, _ in bounds]
    assert min(lines) > 19
    assert sum(29 < line < 32 for line in lines) == 6, "five values and their sum"


def test_a_condition_report_says_the_framed_size_loan_and_crate(five, tmp_path):
    told, _ = pages(five, "condition", SETTINGS, tmp_path)
    for page in told:
        for words in ("Framed W 420 × H 345 mm", "Loan no.", "Crate no.", "Number, as 3/25"):
            assert words in page


def test_an_unnamed_work_has_one_name_on_every_page(five, tmp_path):
    pictures = tuple(replace(p, edition="Sea") for p in five.pictures)
    for title in ("Sea", "Show"):
        show = replace(five, pictures=pictures, title=title, artist="Ada")
        for kind in (*LISTS, "wall", "order", "plates", "strip"):
            told, _ = pages(show, kind, SETTINGS, tmp_path)
            assert any("Untitled (Sea, seed 2)" in page for page in told), (title, kind)
            assert not any("Untitled (seed" in page for page in told), (title, kind)


def test_a_fact_that_only_some_works_say_is_warned_of(five, tmp_path):
    show = replace(
        five, pictures=tuple(replace(p, medium="Linen", price="€ 9") for p in five.pictures)
    )
    said = "where other works have one"
    assert not any(said in f.what for f in everything(show, SETTINGS))
    assert not any(said in f.what for f in everything(five, SETTINGS)), "nobody says it"
    show = changed(changed(show, 1, medium="", price=""), 2, medium="")
    found = [f for f in everything(show, SETTINGS) if said in f.what]
    assert [(f.level, f.what, f.hint.split()[-1]) for f in found] == [
        ("warning", f"Untitled (seed 2) and 1 more: no medium, {said}", "--medium"),
        ("warning", f"Untitled (seed 2): no price, {said}", "--price"),
    ]
    assert any("no medium" in w for w in pages(show, "labels", SETTINGS, tmp_path)[1])
    assert any("no price" in w for w in pages(show, "prices", SETTINGS, tmp_path)[1])


def test_the_two_checklists_say_what_each_is_for(five, tmp_path):
    (alone,), _ = pages(five, "checklist", SETTINGS, tmp_path)
    wall, _ = pages(five, "wall", SETTINGS, tmp_path)
    assert "Checklist of works" in alone
    assert "Installation checklist: tick each work that hangs" in wall[-1]
    assert not any("Checklist of works" in page for page in wall)


@pytest.mark.parametrize("kind", [*LISTS, "wall", "plates", "order", "sheet"])
def test_no_page_bears_a_day_without_saying_whose_it_is(kind, five, tmp_path):
    told, _ = pages(replace(five, date="2026-11-29"), kind, SETTINGS, tmp_path)
    text = " ".join(told)
    assert ("newest print 2026-11-29" in text) == (kind != "labels"), "labels are cut out"
    assert text.count("2026-11-29") == text.lower().count("newest print 2026-11-29")

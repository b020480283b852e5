"""From the library to paper: what is gathered for a proof."""

import re
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument
from tests.fakes import add_prints

from edition.actions import editions, proofs
from edition.actions.search import parse
from edition.actions.session import Session
from edition.domain import Filter
from edition.errors import ProofError, RecipeError


def text_of(path) -> str:
    """All words of a PDF."""
    document = PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_wall_may_show_several_editions(session: Session) -> None:
    editions.new(session, "other", like="small", title="Other Dreams")
    for slug, seeds in (("small", [1, 2]), ("other", [77])):
        session.mark(add_prints(session, slug, seeds), "star")
    alone = text_of(proofs.make(session, "small", "wall").file)
    both = text_of(proofs.make(session, "small", "wall", also=["other"]).file)
    assert "seed 77)" not in alone
    assert "seed 77)" in both
    assert "Other Dreams" in both
    with pytest.raises(RecipeError, match="edition new nowhere"):
        proofs.make(session, "small", "wall", also=["nowhere"])


def test_another_choice_of_prints_is_another_file(session: Session, tmp_path: Path) -> None:
    ids = add_prints(session, "small", [1, 2, 3])
    session.mark(ids[:2], "star")
    for rating, print_id in enumerate(ids, 2):
        session.rate([print_id], rating)
    whole = proofs.make(session, "small", "sheet").file
    assert whole.name == "contact-sheet.pdf"
    usual = whole.read_bytes()

    def name(words: str = "", **options) -> str:
        which = parse(words).where if words else Filter(**options)
        return proofs.make(session, "small", "sheet", which=which, words=words).file.name

    names = [name(star=True), name(), name("rating:>=3"), name("rating:<=3"), name("seed:1")]
    assert names[:2] == ["contact-sheet-starred.pdf", "contact-sheet-all.pdf"]
    assert all(re.fullmatch(r"contact-sheet-rating-3-[0-9a-f]{6}\.pdf", n) for n in names[2:4])
    signs = proofs.make(session, "small", "sheet", which=Filter(rating_from=3), words="🌅").file
    assert signs.name.startswith("contact-sheet-chosen-")
    assert len(set(names)) == 5
    assert names[2] == name("rating:>=3"), "made again it is the same file"
    assert whole.read_bytes() == usual
    assert name(reject=False) == "contact-sheet.pdf", "what a sheet shows unasked"
    out = proofs.make(session, "small", "sheet", which=Filter(star=True), out=tmp_path).file
    assert out.name == "small-dreams-sheet-a4-starred.pdf"


def test_a_sheet_leaves_rejects_out_unless_asked(session: Session) -> None:
    ids = add_prints(session, "small", [11, 12, 13])
    session.mark(ids[:1], "reject")
    assert "11" not in text_of(proofs.make(session, "small", "sheet").file).split()
    assert "11" in text_of(proofs.make(session, "small", "sheet", which=Filter()).file).split()


def test_the_same_library_gives_the_same_bytes(session: Session) -> None:
    session.mark(add_prints(session, "small", [1, 2]), "star")
    for kind in ("sheet", "wall", "plates"):
        options = {"sizes": [15.0]} if kind == "plates" else {}
        first = proofs.make(session, "small", kind, **options).file.read_bytes()
        assert proofs.make(session, "small", kind, **options).file.read_bytes() == first


def test_nothing_to_show_is_said(session: Session) -> None:
    with pytest.raises(ProofError, match="no print to show"):
        proofs.make(session, "small", "wall")
    with pytest.raises(ProofError, match="There is no proof"):
        proofs.make(session, "small", "poster")

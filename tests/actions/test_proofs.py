"""From the library to paper: what is gathered for a proof."""

import pytest
from pypdfium2 import PdfDocument
from tests.fakes import add_prints

from edition.actions import editions, proofs
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
    assert "(seed 77)" not in alone
    assert "(seed 77)" in both
    assert "Other Dreams" in both
    with pytest.raises(RecipeError, match="edition new nowhere"):
        proofs.make(session, "small", "wall", also=["nowhere"])


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

"""From the library to paper: what is gathered for a proof."""

import pytest
from pypdfium2 import PdfDocument
from tests.fakes import add_prints

from edition.desk import proofs
from edition.desk.desk import Desk
from edition.errors import ProofError, RecipeError
from edition.facts import Filter


def text_of(path) -> str:
    """All words of a PDF."""
    document = PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_wall_may_show_several_editions(desk: Desk) -> None:
    desk.new("other", like="small", title="Other Dreams")
    for slug, seeds in (("small", [1, 2]), ("other", [77])):
        desk.mark(add_prints(desk, slug, seeds), "star")
    alone = text_of(proofs.make(desk, "small", "wall").file)
    both = text_of(proofs.make(desk, "small", "wall", also=["other"]).file)
    assert "Seed 77" not in alone
    assert "Seed 77" in both
    assert "Other Dreams" in both
    with pytest.raises(RecipeError, match="edition new nowhere"):
        proofs.make(desk, "small", "wall", also=["nowhere"])


def test_a_sheet_leaves_rejects_out_unless_asked(desk: Desk) -> None:
    ids = add_prints(desk, "small", [11, 12, 13])
    desk.mark(ids[:1], "reject")
    assert "11" not in text_of(proofs.make(desk, "small", "sheet").file).split()
    assert "11" in text_of(proofs.make(desk, "small", "sheet", which=Filter()).file).split()


def test_the_same_library_gives_the_same_bytes(desk: Desk) -> None:
    desk.mark(add_prints(desk, "small", [1, 2]), "star")
    for kind in ("sheet", "wall", "plates"):
        options = {"sizes": [15.0]} if kind == "plates" else {}
        first = proofs.make(desk, "small", kind, **options).file.read_bytes()
        assert proofs.make(desk, "small", kind, **options).file.read_bytes() == first


def test_nothing_to_show_is_said(desk: Desk) -> None:
    with pytest.raises(ProofError, match="no print to show"):
        proofs.make(desk, "small", "wall")
    with pytest.raises(ProofError, match="There is no proof"):
        proofs.make(desk, "small", "poster")

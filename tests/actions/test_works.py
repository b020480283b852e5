"""Title, year, medium and price of prints: by hand, as CSV and TOML, on every page."""

import pytest
from pypdfium2 import PdfDocument
from tests.fakes import add_prints

from edition.actions import exhibitions, proofs, register, works
from edition.actions.print_sources import EditionSource, ExhibitionSource
from edition.actions.session import Session
from edition.domain import Filter
from edition.errors import RecipeError
from edition.proof.findings import Finding


@pytest.fixture
def starred(session: Session):
    ids = add_prints(session, "small", [1, 2, 3])
    session.mark(ids, "star")
    prints = session.store.prints.get(ids)
    return [prints[i] for i in ids]


def text_of(path) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in PdfDocument(path))


def test_a_print_says_its_own_words_else_those_of_all(session: Session, starred) -> None:
    session.edit("small", {"works.all.medium": "Pigment print", "works.all.price": "€ 100"})
    works.say(session, starred[:1], {"title": "Night Sea", "price": "€ 900"})
    own, other = (works.said(session, item) for item in starred[:2])
    assert (own.title, own.medium, own.price) == ("Night Sea", "Pigment print", "€ 900")
    assert (other.title, other.medium, other.price) == ("", "Pigment print", "€ 100")
    works.say(session, starred[:1], {"title": ""})
    assert works.said(session, starred[0]).title == ""
    with pytest.raises(RecipeError, match="has no 'colour'"):
        works.say(session, starred[:1], {"colour": "blue"})


def test_two_recipes_of_one_seed_have_words_of_their_own(session: Session, starred) -> None:
    session.edit("small", {"sampling.guidance": 9.0})
    (again,) = session.store.prints.get(add_prints(session, "small", [1])).values()
    works.say(session, [again], {"title": "Second"})
    assert works.said(session, again).title == "Second"
    assert works.said(session, starred[0]).title == ""


@pytest.mark.parametrize("form", ["csv", "toml"])
def test_a_table_comes_back_as_it_went_out(session: Session, starred, form) -> None:
    told = {"title": 'Sea, "night"', "year": "2026", "medium": "Pigment;print", "price": "€ 9,50"}
    works.say(session, starred[:2], told)
    rows = works.table(session, "small", Filter(star=True))
    text = works.to_csv(rows) if form == "csv" else works.to_toml(rows)
    works.say(session, starred, dict.fromkeys(works.FIELDS, ""))
    read = works.from_csv(text) if form == "csv" else works.from_toml(text)
    assert works.take_in(session, "small", read) == 3
    assert works.table(session, "small", Filter(star=True)) == rows


def test_a_table_of_a_spreadsheet_is_read_and_a_wrong_one_changes_nothing(
    session: Session, starred
) -> None:
    works.take_in(session, "small", works.from_csv("\ufeffSeed;Title\n2;Mole\n"))
    assert works.said(session, starred[1]).title == "Mole"
    before = works.table(session, "small", Filter())
    for text in ("seed,colour\n1,x\n", "title\nx\n", "seed,title\n1\n", "seed,title\n77,x\n",
                 f"seed,title\n1,{'x' * 400}\n"):  # fmt: skip
        with pytest.raises(RecipeError):
            works.take_in(session, "small", works.from_csv(text))
    with pytest.raises(RecipeError, match="no TOML"):
        works.from_toml("works = [")
    assert works.table(session, "small", Filter()) == before


def test_every_page_names_the_work(session: Session, starred) -> None:
    works.say(session, starred[:1], {"title": "Night Sea", "medium": "Linen", "price": "€ 900"})
    for kind in ("wall", "checklist", "prices", "labels", "loan", "condition"):
        text = text_of(proofs.make(session, "small", kind).file)
        assert "Night Sea" in text, kind
        assert "Untitled (Small Dreams, seed 2)" in " ".join(text.split()), kind
        assert ("Linen" in text) == (kind != "hanging")
    assert "€ 900" in text_of(proofs.make(session, "small", "prices").file)
    prices = text_of(proofs.make(session, "small", "prices").file)
    assert "on request" not in prices, "nobody said so"
    assert "No numbered edition" in prices
    register.open_edition(session, starred[0], 3)
    register.issue(session, starred[0])
    register.sold(session, starred[0], "number", 1, buyer="Museum of Seas")
    prices = text_of(proofs.make(session, "small", "prices").file)
    assert "1 of 3 sold" in prices
    assert "Museum" not in prices
    register.void(session, starred[0], "number", 1, "came back torn")
    assert "0 of 3 sold" in text_of(proofs.make(session, "small", "prices").file)
    assert "€ 900" not in text_of(proofs.make(session, "small", "loan").file), "no insured value"


def test_an_exhibition_keeps_each_works_artist_and_title(session: Session, starred) -> None:
    works.say(session, starred[:1], {"title": "Night Sea"})
    register.open_edition(session, starred[0], 3)
    row = register.issue(session, starred[0])
    exhibitions.new(session, "show", title="Elsewhere", artist="Somebody Else")
    exhibitions.add(session, "show", [starred[0].id])
    text = text_of(ExhibitionSource("show").make(session, "certificates").file)
    assert "Night Sea" in text
    assert "A. Tester" in text
    assert "Somebody Else" not in text
    assert text == text_of(register.certify_one(session, starred[0], row).file)


def test_a_relative_profile_is_looked_for_beside_the_edition(session: Session, starred) -> None:
    from edition import paths
    from edition.proof import icc_profiles

    folder = paths.edition_folder(session.root, "small")
    (folder / "paper.icc").write_bytes(icc_profiles.intent("fogra39").data)
    session.edit("small", {"proof.profile": "paper.icc"})
    assert proofs.make(session, "small", "sheet").pages == 1
    assert EditionSource("small").head(session).settings.profile == str(folder / "paper.icc")


def test_preflight_of_an_exhibition_goes_on_past_what_is_missing(session: Session, starred) -> None:
    exhibitions.new(session, "show")
    exhibitions.add(session, "show", [item.id for item in starred])
    session.file(starred[0].file).unlink()
    found = ExhibitionSource("show").findings(session)
    told = [finding.what for finding in found if finding.level == "error"]
    assert any("has no file" in what for what in told)
    assert any("ppi" in what for what in told)


def test_preflight_names_the_words_of_a_prompt_that_no_model_read(session: Session) -> None:
    assert not [f for f in _found(session, "the sea", 1) if "Cut off" in f.what]
    beyond = [f for f in _found(session, f"{'sea ' * 90} lighthouse", 2) if "Cut off" in f.what]
    assert [finding.level for finding in beyond] == ["warning"], "once for all prints of a prompt"
    assert beyond[0].what.endswith('lighthouse"')
    assert beyond[0].what.startswith("small: This model reads 77 tokens")
    exhibitions.new(session, "long")
    ids = session.store.prints.select("small", Filter(star=True), "seed")
    exhibitions.add(session, "long", ids)
    assert beyond[0] in ExhibitionSource("long").findings(session)


def _found(session: Session, prompt: str, first: int) -> tuple[Finding, ...]:
    session.edit("small", {"prompt.positive": prompt})
    session.mark(add_prints(session, "small", [first, first + 10]), "star")
    return EditionSource("small").findings(session)


def test_a_second_size_is_an_edition_of_its_own(session: Session, starred) -> None:
    item = starred[0]
    register.open_edition(session, item, 5, hors_commerce=1)
    register.open_edition(session, item, 2, side_mm=500)
    assert [register.issue(session, item).label for _ in range(2)] == ["1/5", "2/5"]
    large = register.issue(session, item, side_mm=500, told=register.Given(ink="Pigment"))
    assert (large.label, large.suite, large.width_mm) == ("1/2", "B", 500)
    labels = [register.issue(session, item, kind).label for kind in ("AP", "HC", "BAT")]
    assert labels == ["AP I/I", "HC 1/1", "BAT"]
    where = register.sold(session, item, "number", 1, buyer="Museum of Seas", place="Bergen")
    assert (where.act, where.buyer) == ("sold", "Museum of Seas")
    name = item.digest, item.seed
    papers = [one.papers for one in proofs.registered_prints(session)[name]]
    assert papers == [(), ("Pigment",)]
    register.void(session, item, "number", 1, "torn", "B")
    papers = [one.papers for one in proofs.registered_prints(session)[name]]
    assert papers == [(), ()], "a withdrawn number promises nothing"
    named = register.works_of(session, register.rows(session))
    assert set(named) == {("small", "Untitled (Small Dreams, seed 1)")}, "as certified"
    text = text_of(register.certify(session, "small").file)
    assert "Museum" not in text
    assert text.count("Certificate of authenticity") == 5

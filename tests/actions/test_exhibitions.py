"""Exhibitions at the session: hanging, moving, saying, undoing, and what goes on paper."""

import json
from dataclasses import replace

import pytest
from pypdfium2 import PdfDocument
from tests.fakes import add_prints

from edition import paths
from edition.actions import editions, exhibitions, hang_order, history, register
from edition.actions.print_sources import EditionSource, ExhibitionSource
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.errors import LibraryError, ProofError, RecipeError
from edition.library.exhibition_table import ExhibitionPrint, splice


def text_of(path) -> str:
    """All words of a PDF."""
    document = PdfDocument(path)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return " ".join(text.split())


@pytest.fixture
def two(session: Session) -> tuple[Session, tuple[int, ...], tuple[int, ...]]:
    """Two editions, their prints, and an empty exhibition ``summer``."""
    editions.new(session, "other", like="small", title="Other Dreams")
    small, other = add_prints(session, "small", [1, 2, 3]), add_prints(session, "other", [2, 77])
    exhibitions.new(session, "summer", title="Summer Show")
    return session, small, other


def seeds(session: Session, name: str = "summer") -> list[tuple[str, int]]:
    return [(place.slug, place.seed) for place in exhibitions.named(session, name).places]


def test_prints_of_several_editions_hang_once_each_in_the_order_given(two) -> None:
    session, small, other = two
    assert exhibitions.add(session, "summer", [small[2], other[0]]) == "hang 2 prints in summer"
    assert exhibitions.add(session, "summer", [other[0], small[0]]) == "hang small seed 1 in summer"
    assert exhibitions.add(session, "summer", [small[0]]) == ""
    assert seeds(session) == [("small", 3), ("other", 2), ("small", 1)]
    assert exhibitions.add(session, "summer", [other[1]], at=0)
    assert seeds(session)[0] == ("other", 77)


def test_a_title_makes_a_name_and_finds_its_exhibition_again(two) -> None:
    session, small, _ = two
    assert exhibitions.read_name(session, "any_name.2") == ("any_name.2", "")
    assert exhibitions.read_name(session, "Été à Gênes") == ("ete-a-genes", "Été à Gênes")
    assert exhibitions.read_name(session, "Summer Show") == ("summer-show", "Summer Show")
    assert exhibitions.read_name(session, "Summer") == ("summer-2", "Summer"), "summer is another"
    for title, name in (("海", "exhibition"), ("山", "exhibition-2")):
        assert exhibitions.read_name(session, title) == (name, title)
        exhibitions.hang(session, name, small[:2], new_one=True, title=title)
        assert exhibitions.read_name(session, title) == (name, ""), "the same one again"
    assert exhibitions.hang(session, "exhibition", small) == (1, 3)


def test_every_act_is_in_the_journal_and_comes_back(two) -> None:
    session, small, other = two
    exhibitions.add(session, "summer", [*small, *other])
    states = [exhibitions.named(session, "summer")]

    def done(act: str) -> None:
        assert act
        states.append(session.store.exhibitions.get("summer"))

    done(exhibitions.move(session, "summer", 4, 0))
    done(exhibitions.note(session, "summer", 0, "the last\n one"))
    done(exhibitions.size(session, "summer", 1, 450))
    done(hang_order.sort_by_look(session, "summer"))
    done(exhibitions.remove(session, "summer", [0, 2]))
    done(exhibitions.edit(session, "summer", {"title": "Late Summer", "proof.gap_mm": 120.0}))
    done(exhibitions.drop(session, "summer"))
    assert states[-1] is None
    assert not paths.exhibition_file(session.root, "summer").exists()
    acts = [entry.action for entry in session.store.journal.history(7)]
    assert acts == [
        "delete exhibition summer", "change title, gap_mm of summer",
        "take 2 prints out of summer", "order summer by look",
        acts[4], acts[5], "move other seed 77 to place 1 in summer",
    ]  # fmt: skip
    for state in reversed(states[:-1]):
        history.undo(session)
        assert session.store.exhibitions.get("summer") == state
    for state in states[1:]:
        history.redo(session)
        assert session.store.exhibitions.get("summer") == state


@pytest.mark.parametrize(
    ("mine", "theirs", "hung"),
    [
        (lambda d, ids: exhibitions.add(d, "summer", ids),
         lambda d, ids: exhibitions.add(d, "summer", ids[3:]), [1, 2, 3, 4]),
        (lambda d, _: exhibitions.move(d, "summer", 0, 1),
         lambda d, _: exhibitions.remove(d, "summer", [1]), [3, 1]),
        (lambda d, _: exhibitions.note(d, "summer", 0, "mine"),
         lambda d, _: exhibitions.move(d, "summer", 2, 0), [3, 1, 2]),
        (lambda d, _: exhibitions.edit(d, "summer", {"title": "Mine"}),
         lambda d, _: exhibitions.edit(d, "summer", {"artist": "Theirs"}), [1, 2, 3]),
        (lambda d, _: hang_order.sort_by_look(d, "summer"),
         lambda d, _: exhibitions.remove(d, "summer", [1]), [1, 3]),
    ],
    ids=["add", "move", "note", "edit", "sort"],
)  # fmt: skip
def test_an_act_is_decided_from_what_hangs_when_it_is_written(two, mine, theirs, hung) -> None:
    """Another program changes the exhibition just before the write lock is had."""
    session, small, _ = two
    ids = (*small, *add_prints(session, "small", [4]))
    exhibitions.add(session, "summer", small)
    with Session(session.root) as other:
        waiting = [theirs]

        def listen(statement: str) -> None:
            if statement == "BEGIN IMMEDIATE" and waiting:
                waiting.pop()(other, ids)

        session.store.journal._db.connection.set_trace_callback(listen)
        mine(session, ids)
        session.store.journal._db.connection.set_trace_callback(None)
        assert not waiting
    found = exhibitions.named(session, "summer")
    seeds_now = [place.seed for place in found.places]
    assert (sorted(seeds_now) if hung == [1, 3] else seeds_now) == hung
    assert (found.title == "Mine") == (found.artist == "Theirs")
    while history.undo(session):
        pass
    assert session.store.exhibitions.get("summer") is None


def test_a_long_hang_costs_the_journal_only_what_differs() -> None:
    before = [ExhibitionPrint("small", "ab" * 32, seed) for seed in range(200)]
    after = [*before[:99], before[100], before[99], *before[101:]]
    back, forth = splice(before, after)
    assert (forth["at"], forth["out"], len(forth["put"])) == (99, 2, 2)
    again = list(after)
    again[back["at"] : back["at"] + back["out"]] = [
        ExhibitionPrint(*fields) for fields in back["put"]
    ]
    assert again == before
    assert splice(before, before)[0] == splice(before, before)[1]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda d: exhibitions.new(d, "Summer!"), "can't name an exhibition"),
        (lambda d: exhibitions.new(d, "summer"), "already"),
        (lambda d: exhibitions.add(d, "winter", []), "no exhibition 'winter'"),
        (lambda d: exhibitions.move(d, "summer", 9, 0), "No print at position 10"),
        (lambda d: exhibitions.remove(d, "summer", [-1]), "No print at position 0"),
        (lambda d: exhibitions.note(d, "summer", 0, "x" * 501), "too long"),
        (lambda d: exhibitions.size(d, "summer", 0, 3.0), "3 mm can't be hung"),
        (lambda d: exhibitions.edit(d, "summer", {"proof.gap_mm": -4.0}), "gap_mm is -4"),
        (lambda d: exhibitions.edit(d, "summer", {"proof.gip_mm": 4.0}), "did you mean gap_mm"),
        (lambda d: exhibitions.edit(d, "summer", {"title": ""}), "title"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(two, act, told) -> None:
    session, small, _ = two
    exhibitions.add(session, "summer", small)
    before = session.store.exhibitions.all()
    with pytest.raises((LibraryError, RecipeError), match=told):
        act(session)
    assert session.store.exhibitions.all() == before


def test_a_lost_database_gets_exhibitions_back(two) -> None:
    session, small, other = two
    exhibitions.add(session, "summer", [other[1], small[0]])
    exhibitions.note(session, "summer", 1, "the first")
    exhibitions.edit(session, "summer", {"proof.hang": "salon"})
    before = exhibitions.named(session, "summer")
    broken = paths.exhibitions_folder(session.root) / "broken" / "exhibition.json"
    broken.parent.mkdir()
    broken.write_text(json.dumps({"title": "?", "places": [{"slug": "../.."}]}))
    for file in session.root.glob("library.sqlite*"):
        file.unlink()
    with Session(session.root) as fresh:
        rescan(fresh)
        assert fresh.store.exhibitions.all() == (before,)
        assert [w.fault for w in ExhibitionSource("summer").works(fresh)] == ["", ""]
        assert fresh.store.exhibitions.restore() == 0


def test_the_wall_hangs_as_the_exhibition_says(two) -> None:
    session, small, other = two
    exhibitions.add(session, "summer", [other[1], small[2], small[0]])
    exhibitions.note(session, "summer", 1, "Painted by a machine that dreams")
    exhibitions.size(session, "summer", 0, 500)
    source = ExhibitionSource("summer")
    made = source.make(session, "wall")
    assert made.file == paths.exhibition_folder(session.root, "summer") / "wall.pdf"
    words = text_of(made.file)
    for told in ("Summer Show", "A. Tester", "Other Dreams", "Small Dreams"):
        assert told in words, told
    assert "Painted by a machine that dreams" in words
    assert words.index("seed 77)") < words.index("seed 3)") < words.index("seed 1)")
    assert "500 × 500" in words
    assert source.make(session, "wall").file.read_bytes() == made.file.read_bytes()
    sheet = text_of(source.make(session, "sheet").file).split()
    assert [word for word in sheet if word in ("77", "3", "1")][-5:-2] == ["77", "3", "1"], sheet
    hand = source.head(session).settings.model_copy(update={"sequence": "hand"})
    assert source.make(session, "wall", hand).pages == made.pages
    assert source.make(session, "plates", sizes=[15.0]).pages == 3


def test_prints_that_are_gone_are_named_before_anything_is_laid_out(two) -> None:
    session, small, other = two
    source = ExhibitionSource("summer")
    with pytest.raises(ProofError, match="Nothing hangs in summer"):
        source.make(session, "wall")
    exhibitions.add(session, "summer", [*small, *other])
    first = session.store.prints.get(small)[small[0]]
    (session.root / first.file).unlink()
    session.store.prints.forget([other[1]])
    faults = [work.fault for work in source.works(session)]
    assert faults == ["small seed 1 has no file", "", "", "",
                      "other seed 77 is not in the library"]  # fmt: skip
    with pytest.raises(ProofError, match="seed 1 has no file, other seed 77 is not in"):
        source.make(session, "wall")
    assert not source.folder(session.root).joinpath("wall.pdf").exists()
    exhibitions.remove(session, "summer", [0, 4])
    assert source.make(session, "sheet").pages == 1


def test_certificates_of_the_numbers_of_its_prints(two) -> None:
    session, small, other = two
    exhibitions.add(session, "summer", [other[1], small[0]])
    source = ExhibitionSource("summer")
    with pytest.raises(ProofError, match="No number of a print in summer"):
        source.make(session, "certificates")
    prints = session.store.prints.get([*small, *other])
    for print_id in (other[1], small[1]):  # the second hangs elsewhere
        register.open_edition(session, prints[print_id], 5)
        register.issue(session, prints[print_id])
    made = source.make(session, "certificates")
    assert (made.file.name, made.pages) == ("certificates.pdf", 1)
    assert "1/5" in text_of(made.file)


def test_an_edition_is_seen_the_same_way(two) -> None:
    session, small, _ = two
    session.mark(small[:2], "star")
    source = EditionSource("small")
    assert [work.picture.seed for work in source.works(session)] == [1, 2]
    head = source.head(session)
    assert (head.title, head.listed, head.hung) == ("Small Dreams", 3, 2)
    source.save(session, {"sequence": "hand", "order": [2, 1], "gap_mm": 55.0})
    proof = session.recipe("small").proof
    assert (proof.sequence, proof.order, proof.gap_mm) == ("hand", (2, 1), 55.0)
    with pytest.raises(RecipeError, match="gap_mm"):
        source.save(session, {"gap_mm": -1.0})
    assert session.recipe("small").proof == proof
    assert replace(head, settings=proof) == source.head(session)


@pytest.mark.parametrize(
    "copy",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"title": "\\ud800", "artist": "", "statement": "", "proof": {}, "created": 1,'
        b' "places": []}',
        b'{"title": "", "artist": "", "statement": "", "proof": {}, "created": NaN, "places": []}',
        b'{"title": "", "artist": "", "statement": "", "proof": {}, "created": 1, "places":'
        b' [{"slug": "a", "digest": "d", "seed": 9223372036854775808, "note": "", "print_mm": 0}]}',
    ],
    ids=["no text", "too deep", "half a letter", "no number", "no seed"],
)
def test_a_spoilt_copy_does_not_keep_the_others_from_coming_back(
    session: Session, copy: bytes
) -> None:
    exhibitions.new(session, "whole")
    spoilt = paths.exhibition_file(session.root, "a-spoilt")
    spoilt.parent.mkdir()
    spoilt.write_bytes(copy)
    whole = paths.exhibition_file(session.root, "whole").read_bytes()
    exhibitions.drop(session, "whole")
    paths.exhibition_file(session.root, "whole").write_bytes(whole)
    assert session.store.exhibitions.restore() == 1
    assert session.store.exhibitions.get("whole") is not None

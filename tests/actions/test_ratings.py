"""Answers to a mailed show come back, are checked, told together and kept."""

import json

import pytest
from tests.fakes import add_prints

from edition.actions import exhibitions, ratings
from edition.actions.print_sources import ExhibitionSource
from edition.actions.session import Session
from edition.errors import LibraryError
from edition.proof.screen_show import FORMAT, named_prints


def answers(file, who, works):
    file.write_text(json.dumps({"format": FORMAT, "show": "Show", "who": who, "works": works}))
    return file


def test_ratings_come_back_and_are_kept_once(session: Session, tmp_path) -> None:
    ids = add_prints(session, "small", [1, 2, 3])
    exhibitions.new(session, "show")
    exhibitions.add(session, "show", ids)
    made = ExhibitionSource("show").make(session, "show", rate=True)
    assert made.file.name == "show.html"
    works = [work.picture for work in ExhibitionSource("show").works(session)]
    names = list(named_prints(works))
    assert all(name in made.file.read_text() for name in names)
    anna = answers(tmp_path / "anna.json", "Anna", [
        {"print": names[0], "rating": 5, "note": "Quiet\nand   wide"},
        {"print": names[1], "rating": 2, "note": ""},
    ])  # fmt: skip
    ben = answers(tmp_path / "ben.json", "", [{"print": names[0], "rating": 4, "note": "Yes"}])
    found = ratings.read(session, "show", [anna, ben])
    assert [one.mean for one in found] == [4.5, 2, 0]
    assert found[0].notes == ("Anna: Quiet and wide", "ben: Yes")
    assert ratings.keep(session, found) == 2
    marks = [item.marks.rating for item in session.store.prints.get(ids).values()]
    assert marks == [5, 2, 0]
    other = answers(tmp_path / "o.json", "", [{"print": "ab:9", "rating": 4, "note": ""}])
    with pytest.raises(LibraryError, match="does not hang in show"):
        ratings.read(session, "show", [other])


BAD = (
    "", "{}", "[]", '{"format": "other"}', '{"format": "F", "who": 1, "works": []}',
    '{"format": "F", "who": "", "works": [{"print": "a:1", "rating": 9, "note": ""}]}',
)  # fmt: skip


@pytest.mark.parametrize("text", [text.replace('"F"', json.dumps(FORMAT)) for text in BAD])
def test_what_is_no_answer_is_named(session: Session, tmp_path, text) -> None:
    exhibitions.new(session, "show")
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(LibraryError, match="no answers"):
        ratings.read(session, "show", [tmp_path / "bad.json"])
    with pytest.raises(LibraryError, match="can't be read"):
        ratings.read(session, "show", [tmp_path / "gone.json"])

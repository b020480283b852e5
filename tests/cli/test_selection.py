"""Which prints a verb means: seeds of one recipe, filters, and a question before many."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition.actions.session import Session
from edition.cli.main import main


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a verb in this process: (exit code, standard output, standard error)."""

    def verb(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(root), *words])
        try:
            code = main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out = capsys.readouterr()
        return code, out.out, out.err

    return verb


@pytest.fixture
def three_recipes(root: Path) -> list[str]:
    """Seeds 1 to 3 under three recipes, 9 under the first alone; the last is current."""
    with Session(root) as session:
        add_prints(session, "small", [1, 2, 3, 9])
        for guidance in (4, 5):
            session.edit("small", {"sampling.guidance": guidance})
            add_prints(session, "small", [1, 2, 3])
        return [digest for digest, _ in session.store.prints.digests("small")]


def starred(root: Path) -> list[tuple[str, int]]:
    with Session(root) as session:
        prints = session.store.prints.get(session.store.prints.select("small"))
        return sorted((p.digest, p.seed) for p in prints.values() if p.marks.star)


def test_seeds_are_those_of_the_current_recipe(run, root: Path, three_recipes: list[str]) -> None:
    assert run("star", "small", "1..3")[:2] == (0, "star 3 prints\n")
    assert starred(root) == [(three_recipes[2], seed) for seed in (1, 2, 3)]
    assert run("star", "small", "1..3", "--all-recipes")[:2] == (0, "star 9 prints\n")
    run("undo")
    run("undo")
    first = three_recipes[0]
    assert run("star", "small", "1", "--recipe", first[:9])[0] == 0
    assert starred(root) == [(first, 1)]
    for verb in (("tag",), ("rate",), ("trash", "put")):
        middle = {"tag": ["fog"], "rate": ["4"]}.get(verb[0], [])
        code, out, err = run(*verb, "small", *middle, "2")
        said = "small seed 2" in out or "1 print in" in out
        assert (code, said) == (0, True), (verb, out, err)


def test_a_seed_of_other_recipes_alone_is_told(run, root: Path, three_recipes: list[str]) -> None:
    code, _, err = run("star", "small", "1", "9")
    assert code == 2
    assert "no print of seed 9 under its current recipe" in err
    assert three_recipes[0][:8] in err
    assert "--all-recipes" in err
    assert starred(root) == []


@pytest.mark.parametrize("verb", [("star",), ("rate", "4"), ("tag", "fog"), ("trash", "put")])
def test_a_recipe_that_none_begins_with_is_told(
    run, root: Path, three_recipes: list[str], verb: tuple[str, ...]
) -> None:
    words = [*verb[:1], "small", *verb[1:]] if verb[0] != "trash" else [*verb, "small"]
    code, _, err = run(*words, "1..3", "--recipe", "zzz")
    assert code == 2
    assert "no recipe that begins with 'zzz'" in err
    assert three_recipes[0][:8] in err
    code, _, err = run("star", "small", "1", "--recipe", three_recipes[0][:5], "--all-recipes")
    assert (code, "exclude" in err) == (2, True)


def test_prints_of_one_recipe_are_meant_after_an_edit_too(run, root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", [1])
        session.edit("small", {"sampling.guidance": 9})
    assert run("star", "small", "1")[0] == 0
    assert len(starred(root)) == 1


def test_without_the_model_a_recipe_must_be_named(
    run, root: Path, three_recipes: list[str]
) -> None:
    with Session(root) as session:
        session.edit("small", {"model.base": "nobody/gone"})
    code, _, err = run("star", "small", "1")
    assert (code, "--all-recipes" in err) == (2, True), err
    assert run("star", "small", "1", "--recipe", three_recipes[1][:9])[0] == 0


@pytest.mark.parametrize("where", ["  ", "", "\t", '""', "--", "-", "sort:seed", "trash:any"])
@pytest.mark.parametrize("verb", ["star", "reject", "unmark"])
def test_a_filter_that_says_nothing_marks_nothing(run, root: Path, verb: str, where: str) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 4))
        session.rate(ids, 3)
    code, _, err = run(verb, "small", "--where", where)
    assert code != 0
    assert len(err.splitlines()) == 2
    with Session(root) as session:
        assert len(session.store.journal.history()) == 1


def many(root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", range(1, 53))


def test_many_by_filter_are_marked_only_when_said_so(run, root: Path) -> None:
    many(root)
    before = ("label", "small", "red", "--where", "seed:<52")
    for words in (
        ("star", "small"), ("rate", "small", "5"), ("tag", "small", "fog"),
        ("note", "small", "fog"),
    ):  # fmt: skip
        code, out, err = run(*words, "--where", "seed:<52")
        assert (code, out) == (2, "")
        assert "51 prints" in err
        assert "--yes" in err
    assert starred(root) == []
    assert run("star", "small", "--where", "seed:<51")[:2] == (0, "star 50 prints\n")
    assert run("unstar", "small", "1..52")[:2] == (0, "unstar 52 prints\n")
    assert run(*before, "--yes")[:2] == (0, "label red: 51 prints\n")


@pytest.mark.parametrize(("answer", "stars"), [("y", 52), ("n", 0)])
def test_a_person_is_asked_with_the_number(root: Path, answer: str, stars: int) -> None:
    many(root)
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "edition.cli", "--library", str(root), "star", "small", "--where",
         "seed:>=1"],
        stdin=theirs, capture_output=True, text=True, check=False,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert "Star 52 prints?" in done.stderr
    assert len(starred(root)) == stars
    assert done.stdout.strip() == ("star 52 prints" if stars else "")

"""Exhibitions on the command line: as a person and as a program use them."""

import json
import sys
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition.actions import editions
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
def show(root: Path, run):
    """``summer`` with seeds 3, 1 of one edition and 77 of another; what hangs, as JSON."""
    with Session(root) as session:
        editions.new(session, "other", like="small", title="Other Dreams")
        add_prints(session, "small", [1, 2, 3])
        session.mark(add_prints(session, "other", [77]), "star")
    assert run("exhibition", "new", "summer", "--title", "Summer Show")[0] == 0
    assert run("exhibition", "add", "summer", "small", "3", "1")[1] == (
        "hang 2 prints in summer. summer has 2.\n"
    )
    assert run("exhibition", "add", "summer", "other", "--starred")[0] == 0

    def facts():
        return json.loads(run("exhibition", "show", "summer", "--json")[1])

    return facts


def test_prints_are_hung_moved_said_and_taken_out(run, show) -> None:
    def seeds():
        return [place["seed"] for place in show()["places"]]

    assert seeds() == [3, 1, 77]
    assert run("exhibition", "move", "summer", "3", "1")[0] == 0
    assert seeds() == [77, 3, 1]
    assert run("exhibition", "add", "summer", "small", "2", "--at", "2")[0] == 0
    assert seeds() == [77, 2, 3, 1]
    assert run("exhibition", "note", "summer", "1", "at sea")[0] == 0
    assert run("exhibition", "size", "summer", "1", "600")[0] == 0
    first = show()["places"][0]
    assert (first["note"], first["print_mm"], first["fault"]) == ("at sea", 600.0, "")
    assert Path(first["file"]).is_file()
    assert "at sea" in run("exhibition", "show", "summer")[1]
    assert run("exhibition", "remove", "summer", "2", "4")[0] == 0
    assert seeds() == [77, 3]
    assert run("undo")[1] == "Undone: take 2 prints out of summer\n"
    assert seeds() == [77, 2, 3, 1]
    assert run("exhibition", "sort", "summer")[0] == 0
    assert sorted(seeds()) == [1, 2, 3, 77]
    assert run("exhibition", "edit", "summer", "title=Late", "proof.hang=salon")[0] == 0
    assert (show()["title"], show()["proof"]) == ("Late", {"hang": "salon"})
    listed = json.loads(run("exhibition", "list", "--json")[1])
    assert (listed[0]["name"], listed[0]["prints"]) == ("summer", 4)
    assert listed[0]["editions"] == ["other", "small"]
    assert run("exhibition", "drop", "summer")[0] == 0
    assert run("exhibition", "list")[1].startswith("No exhibition yet")
    assert run("undo")[0] == 0
    assert sorted(seeds()) == [1, 2, 3, 77]


def test_it_goes_on_paper(run, show, root: Path) -> None:
    code, out, _ = run("proof", "wall", "--exhibition", "summer", "--hang", "salon", "--json")
    assert code == 0
    facts = json.loads(out)
    assert Path(facts["file"]) == root / "_exhibitions" / "summer" / "wall.pdf"
    assert facts["pages"] >= 4
    sheet = json.loads(run("proof", "sheet", "-x", "summer", "--json")[1])
    assert sheet["pages"] == 1
    plates = json.loads(run("proof", "plates", "-x", "summer", "--sizes", "15", "--json")[1])
    assert plates["pages"] == 3
    run("exhibition", "edit", "summer", "proof.print_mm=15")
    assert run("preflight", "-x", "summer")[0] == 0
    code, out, _ = run("export", "png", "-x", "summer")
    assert code == 0
    assert [Path(line).name for line in out.split("\n") if line.endswith(".png")] == [
        "summer-show-15mm-3.png", "summer-show-15mm-1.png", "summer-show-15mm-77.png",
    ]  # fmt: skip
    assert run("register", "open", "other", "77", "--count", "3")[0] == 0
    assert run("register", "issue", "other", "77")[0] == 0
    papers = json.loads(run("proof", "certificates", "-x", "summer", "--json")[1])
    assert papers["pages"] == 1


def test_what_is_missing_is_said(run, show, root: Path) -> None:
    Path(show()["places"][0]["file"]).unlink()
    assert run("trash", "put", "small", "1")[0] == 0
    with Session(root) as session:
        session.store.prints.forget(session.store.exhibitions.print_ids("summer")[2:])
    listed = run("exhibition", "show", "summer")[1]
    assert "MISSING: small seed 3 has no file" in listed
    assert "MISSING: small seed 1 is in the trash" in listed
    assert "MISSING: other seed 77 is not in the library" in listed
    code, _, err = run("proof", "wall", "-x", "summer")
    assert code == 7
    assert "small seed 3 has no file" in err
    assert "edition exhibition remove summer --missing" in err
    assert run("exhibition", "remove", "summer", "--missing")[0] == 0
    assert show()["places"] == []
    assert run("undo")[1] == "Undone: take 3 prints out of summer\n"
    assert run("undo")[0] == 0  # out of the trash
    assert show()["places"][1]["fault"] == ""


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("exhibition", "new", "Big Show"), 4, "can't name an exhibition"),
        (("exhibition", "new", "summer"), 4, "already"),
        (("exhibition", "show", "winter"), 4, "Known: summer"),
        (("exhibition", "add", "summer", "small"), 2, "--starred"),
        (("exhibition", "add", "summer", "small", "99"), 2, "edition render small --seeds 99"),
        (("exhibition", "move", "summer", "9", "1"), 4, "No print at position 9"),
        (("exhibition", "remove", "summer"), 4, "edition exhibition show summer"),
        (("exhibition", "edit", "summer", "proof.gap_mm=-1"), 2, "gap_mm"),
        (("proof", "wall"), 7, "Name either an edition or an exhibition"),
        (("proof", "wall", "small", "-x", "summer"), 7, "Name either"),
        (("proof", "sheet", "-x", "summer", "--starred"), 7, "Leave --starred"),
        (("proof", "wall", "-x", "summer", "--also", "small"), 7, "--also"),
        (("proof", "certificates", "-x", "summer"), 7, "register open"),
    ],
)
def test_faults_name_the_next_step(run, show, words, code, says) -> None:
    found, _, err = run(*words)
    assert found == code, err
    assert says in err

"""Verbs that go to paper and to the press, each run for real."""

import json
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.fakes import add_prints

from edition.actions.session import Session
from edition.cli.main import main


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a verb in this process: (exit code, standard output, standard error)."""

    def verb(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(root), *words])
        code = main()
        out = capsys.readouterr()
        return code, out.out, out.err

    return verb


@pytest.fixture
def prints(root: Path) -> tuple[int, ...]:
    with Session(root) as session:
        return add_prints(session, "small", range(1, 4))


def test_a_soft_proof_writes_both_pictures(run, prints, tmp_path: Path) -> None:
    code, out, err = run("soft", "small", "2", "--out", str(tmp_path / "soft"))
    assert code == 0, err
    for name in ("2-soft.png", "2-gamut.png"):
        with Image.open(tmp_path / "soft" / name) as image:
            assert image.size == (128, 128)
        assert name in out
    assert "out of gamut: " in out
    assert run("soft", "small", "9")[0] == 7


def test_numbers_are_given_out_voided_and_listed(run, prints) -> None:
    assert run("register", "open", "small", "1", "--count", "3")[0] == 0
    assert "1/3" in run("register", "issue", "small", "1")[1]
    code, out, err = run("register", "void", "small", "1", "1", "--reason", "torn")
    assert (code, out.splitlines()[0]) == (0, "Seed 1: 1/3 is withdrawn."), err
    assert "Its certificate is void now" in out
    rows = json.loads(run("register", "list", "--json")[1])
    assert [row["act"] for row in rows] == ["open", "issue", "void"]
    assert rows[-1]["note"] == "torn"
    assert "torn" in run("register", "list")[1]
    assert run("register", "void", "small", "1", "1", "--reason", "torn")[0] == 7


@pytest.mark.slow
def test_jobs_are_held_moved_cancelled_and_queued_again(run, root: Path) -> None:
    def jobs() -> list[tuple[int, str]]:
        facts = json.loads(run("press", "status", "--json")[1])
        return [(job["id"], job["state"]) for job in facts["jobs"]]

    try:
        assert run("press", "start")[0] == 0
        assert json.loads(run("press", "status", "--json")[1])["pid"]
        assert run("press", "pause")[0] == 0
        with Session(root) as session:  # the verb would let the paused press go on
            for seed in (1, 2):
                assert session.render("small", [seed], start=False)
        first, second = (number for number, _ in jobs())
        assert run("press", "move", str(second), "--", "-1")[0] == 0
        assert [number for number, _ in jobs()] == [second, first]
        assert run("press", "pause", str(first))[0] == 0
        assert (first, "paused") in jobs()
        assert run("press", "resume", str(first))[0] == 0
        assert run("press", "cancel", str(second))[0] == 0
        assert [number for number, _ in jobs()] == [first]
        assert run("press", "retry", str(second))[0] == 0
        assert run("press", "resume")[0] == 0
        code, out, err = run("render", "small", "--seeds", "1..2", "--json")
        assert code == 0, err
        assert json.loads(out)["done"] == 2
        assert run("press", "log")[0] == 0
    finally:
        assert run("press", "stop")[0] == 0

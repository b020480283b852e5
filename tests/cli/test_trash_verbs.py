"""Trash, stacks by hand, look-alikes and recipes at hand on the command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.actions.session import Session
from edition.cli.main import main
from edition.domain import Filter, PressState
from edition.library.store import Store
from edition.recipe import edition_file


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
def prints(root: Path) -> tuple[int, ...]:
    with Session(root) as session:
        return add_prints(session, "small", range(1, 9))


@pytest.fixture
def press(root: Path):
    """A press at rest, for which this process stands: jobs are queued and stay."""
    with Store(root) as store:
        store.press.write(PressState(pid=os.getpid(), state="paused", device="cpu"))
        yield store


def facts(ran: tuple[int, str, str]) -> object:
    code, out, err = ran
    assert code == 0, err
    return json.loads(out)


def listed(run) -> list[int]:
    return [p["seed"] for p in facts(run("show", "small", "--prints", "--json"))]


def test_prints_go_and_come_back(run, prints) -> None:
    code, out, _ = run("trash", "put", "small", "1..3")
    assert (code, out) == (0, "3 prints in the trash. Undo with: edition undo\n")
    assert listed(run) == [4, 5, 6, 7, 8]
    assert facts(run("list", "--json"))[0]["prints"] == 5
    assert facts(run("list", "--json"))[0]["trash"] == 3
    assert [p["seed"] for p in facts(run("trash", "list", "--json"))] == [1, 2, 3]
    text = run("trash", "list", "small")[1]
    assert "3 prints, 0." in text
    assert run("trash", "restore", "small", "2")[1] == "Restore from the trash small seed 2.\n"
    assert listed(run) == [2, 4, 5, 6, 7, 8]
    assert run("undo")[1] == "Undone: restore from the trash small seed 2\n"
    assert [p["seed"] for p in facts(run("trash", "restore", "small", "--json"))] == [1, 2, 3]
    assert listed(run) == list(range(1, 9))
    assert run("trash", "list")[1] == "The trash is empty.\n"
    assert "trash 3 prints" in run("history")[1]


def test_what_is_refused_says_the_next_step(run, prints) -> None:
    assert run("star", "small", "1")[0] == 0
    code, out, err = run("trash", "put", "small", "1")
    assert (code, out) == (4, "")
    assert "1 starred print can't be moved to the trash." in err
    assert "edition unstar" in err
    put = facts(run("trash", "put", "small", "1", "2", "--json"))
    assert [p["seed"] for p in put["put"]] == [2]
    assert [p["seed"] for p in put["kept"]] == [1]
    code, _, err = run("star", "small", "2")
    assert (code, "is in the trash" in err) == (2, True)
    assert "edition trash restore small 2" in err
    code, _, err = run("trash", "restore", "small", "5")
    assert (code, "is not in the trash" in err) == (2, True)
    code, _, err = run("trash", "put", "small", "77")
    assert (code, "no print of seed 77" in err) == (2, True)
    assert run("trash", "list", "nowhere")[0] == 2


def test_emptying_asks_and_tells_the_way_back(run, prints, root: Path) -> None:
    run("trash", "put", "small", "1..3")
    done = subprocess.run(
        [sys.executable, "-m", "edition.cli", "--library", str(root), "trash", "empty"],
        input="", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert "Remove the files of 3 prints, " in done.stderr
    assert "edition trash empty --yes" in done.stderr
    assert len(list(root.glob("small/prints/*/*.png"))) == 8
    emptied = facts(run("trash", "empty", "small", "--yes", "--json"))
    assert (emptied["emptied"], emptied["kept"]) == (3, 0)
    assert emptied["bytes"] > 0
    assert len(list(root.glob("small/prints/*/*.png"))) == 5
    gone = facts(run("trash", "list", "--emptied", "--json"))
    assert sorted(item["seed"] for item in gone) == [1, 2, 3]
    text = run("trash", "list", "--emptied")[1]
    assert f"edition render small --seeds 1 --recipe {gone[0]['digest'][:8]}" in text
    assert run("trash", "empty", "--yes")[1] == "The trash is empty.\n"
    assert run("undo")[1] == "Undone: trash 3 prints (3 emptied since: render by seed)\n"


def test_what_can_not_be_made_again_is_named(run, prints, root: Path) -> None:
    model = root / "small" / "model"
    shutil.copytree(paths.pocket_folder(), model)
    with (model / "unet" / "config.json").open("a") as file:
        file.write("\n")  # or pocket itself would make them again: the digests were the same
    run("edit", "small", "model.base=model")
    with Session(root) as session:
        add_prints(session, "small", [20, 21])
    (model / "unet" / "config.json").write_text("{}")
    run("trash", "put", "small", "1", "20", "21", "--all-recipes")
    code, out, _ = run("trash", "empty", "--yes")
    assert (code, out) == (
        0,
        "2 prints kept that can't be made again. Its model has changed since.\n"
        "Remove them too with: edition trash empty --for-good\n"
        "Emptied 1. They can be rendered again: edition trash list --emptied\n",
    )
    kept = facts(run("trash", "empty", "--yes", "--json"))
    assert (kept["emptied"], [item["seed"] for item in kept["last"]]) == (0, [20, 21])
    code, _, err = run("trash", "empty", "--for-good")
    assert (code, "2 of them can't be rendered again." in err) == (4, True)
    assert run("trash", "empty", "--for-good", "--yes")[1] == "Emptied 2.\n"


def test_a_starred_print_in_the_trash_is_not_said_to_be_a_last_one(run, prints, root: Path) -> None:
    run("trash", "put", "small", "1")
    with Session(root) as session:
        item = session.store.prints.select("small", Filter(trash=True))
        session.mark(item, "star")
    assert run("trash", "empty", "--yes")[1] == "Emptied 0. 1 kept: starred or numbered.\n"


def test_the_question_is_answered_at_a_terminal(run, prints, monkeypatch) -> None:
    run("trash", "put", "small", "1")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, left in ((False, 8), (True, 7)):
        monkeypatch.setattr("typer.confirm", lambda _, answer=answer: answer)
        code, out, _ = run("trash", "empty")
        assert code == 0
        assert ("Nothing was removed" in out) is not answer
        assert len(facts(run("trash", "list", "--emptied", "--json"))) == 8 - left


def test_an_earlier_recipe_is_rendered_by_its_digest(run, prints, press) -> None:
    digest = next(iter(facts(run("show", "small", "--json"))["recipes"]))
    run("trash", "put", "small", "5")
    run("trash", "empty", "--yes")
    run("edit", "small", "sampling.guidance=9")
    ran = run("render", "small", "--seeds", "5", "--recipe", digest[:8], "--detach", "--json")
    done = facts(ran)
    assert (done["digest"], done["missing"]) == (digest, [5])
    assert press.jobs.get(done["job"]).payload["recipe"]["sampling"]["guidance"] == 3.0
    code, _, err = run("render", "small", "--recipe", digest[:8])
    assert (code, "Which seeds" in err) == (2, True)
    code, _, err = run("render", "small", "--seeds", "5", "--recipe", "zzz")
    assert (code, digest[:8] in err) == (2, True)


def test_a_render_says_what_lies_in_the_trash(run, prints, press) -> None:
    run("trash", "put", "small", "2", "4")
    code, out, _ = run("render", "small", "--seeds", "1..4")
    assert code == 0
    assert "4 of 4 prints are there." in out
    assert "In the trash: seed 2,4; edition trash restore small" in out
    assert facts(run("render", "small", "--seeds", "1..4", "--json"))["in_trash"] == [2, 4]


def test_stacks_by_hand(run, prints, root: Path) -> None:
    with Store(root) as store:
        ids = store.prints.select("small")
        store.prints.set_stacks("small", dict.fromkeys(ids[:4], ids[0]))
    assert run("best", "small", "3")[1] == "pin to the top of its stack: small seed 3\n"
    assert facts(run("split", "small", "1", "2", "--json")) == {"action": "split 2 prints"}
    shown = {p["seed"]: p["stack"] for p in facts(run("show", "small", "--prints", "--json"))}
    assert [shown[seed] for seed in (1, 2, 3, 4, 5)] == [2, 2, 2, 2, 0]
    code, _, err = run("best", "small", "7")
    assert (code, "is in no stack" in err) == (4, True)
    assert run("join", "small", "1..2")[1] == "join 2 prints\n"
    assert run("join", "small", "1..2")[1] == "Nothing to change.\n"
    found = facts(run("lookalikes", "small", "--likeness", "80", "--json"))
    assert found["likeness"] == 80
    assert found["count"] == len(found["groups"])
    assert "at similarity 0.80" in run("lookalikes", "small")[1]


def test_recipes_are_cloned_and_compared(run, prints, root: Path) -> None:
    made = facts(run("clone", "small", "other", "--title", "Another", "--json"))
    assert edition_file.read(Path(made["file"])).title == "Another"
    assert run("clone", "small", "other")[0] == 2
    run("edit", "other", "sampling.guidance=5", "proof.print_mm=300.0")
    found = facts(run("diff", "small", "other", "--json"))
    by_key = {row["key"]: row for row in found["differences"]}
    assert set(by_key) == {"title", "sampling.guidance", "proof.print_mm"}
    assert (by_key["sampling.guidance"]["left"], by_key["sampling.guidance"]["right"]) == (3, 5)
    assert by_key["sampling.guidance"]["changes_pixels"]
    assert not by_key["proof.print_mm"]["changes_pixels"]
    assert run("diff", "small:5")[1] == "small:5 and small are the same.\n"
    digest = next(iter(facts(run("show", "small", "--json"))["recipes"]))
    run("edit", "small", "prompt.negative=fog")
    assert "prompt.negative" in run("diff", "small:5")[1]
    out = run("diff", f"small@{digest[:6]}", "small")[1]
    assert "other picture" in out
    assert f"small@{digest[:8]}" in out
    for wrong in ("small:77", "small:x", "small@00", "nowhere"):
        assert run("diff", wrong)[0] == 2, wrong


def test_a_clone_finds_the_files_beside_its_source(run, prints, root: Path) -> None:
    folder = root / "small" / "models" / "run-1"
    folder.mkdir(parents=True)
    sketch = root / "small" / "sketch.png"
    sketch.write_bytes(b"")
    text = (root / "small" / "edition.toml").read_text()
    text = text.replace('base = "pocket"', 'base = "models/run-1"')
    text += '\n[init]\nfile = "sketch.png"\n'
    (root / "small" / "edition.toml").write_text(text)
    assert run("clone", "small", "other")[0] == 0
    made = edition_file.read(root / "other" / "edition.toml")
    assert (made.model.base, made.init.file) == ("../small/models/run-1", "../small/sketch.png")
    assert (root / "other" / made.model.base).resolve() == folder.resolve()


def test_prints_are_made_again_elsewhere(run, prints, press) -> None:
    run("clone", "small", "other")
    run("edit", "other", "prompt.positive=the sea")
    (queued,) = facts(run("again", "small", "3", "5", "--in", "other", "--json"))
    assert (queued["edition"], queued["seeds"]) == ("other", [3, 5])
    job = press.jobs.get(queued["job"])
    assert (job.slug, job.payload["recipe"]["prompt"]["positive"]) == ("other", "the sea")
    code, out, _ = run("again", "small", "3", "--size", "192x128")
    assert code == 0
    assert "small seed 3, recipe " in out
    latest = press.jobs.live()[-1]
    assert latest.payload["recipe"]["sampling"]["width"] == 192
    assert "there already" in run("again", "small", "3", "--size", "192x128")[1]
    for wrong, words in (
        (("again", "small", "3"), "same recipe at the same size"),
        (("again", "small", "3", "--size", "100x100"), "multiples of 8"),
        (("again", "small", "3", "--size", "big"), "is not a size"),
        (("again", "small", "3", "--in", "nowhere"), "There is no"),
    ):
        code, _, err = run(*wrong)
        assert (code, words in err) == (2, True), (wrong, err)

"""The command line as a person and as a program use it."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.fakes import add_prints, heeding_ctrl_c

from edition import extras
from edition.actions import doctor
from edition.actions.session import Session
from edition.cli.main import main

Run = "object"


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


def test_marks_by_seed(run, prints) -> None:
    assert run("star", "small", "1", "3..4", "7,8")[:2] == (0, "star 5 prints\n")
    assert run("reject", "small", "2")[0] == 0
    assert run("rate", "small", "4", "1")[0] == 0
    assert run("label", "small", "red", "1")[0] == 0
    assert run("undo")[1] == "Undone: label red: small seed 1\n"
    code, out, _ = run("show", "small", "--json")
    facts = json.loads(out)
    assert code == 0
    assert (facts["prints"], facts["starred"], facts["rejected"]) == (8, 5, 1)
    assert (facts["stacks"], facts["upscaled"], facts["proofs"]) == (0, 0, [])
    assert Path(facts["folder"]).is_dir()
    listed = json.loads(run("show", "small", "--prints", "--json")[1])
    assert [p["seed"] for p in listed] == list(range(1, 9))
    assert all(Path(p["file"]).is_file() and len(p["digest"]) == 64 for p in listed)
    assert listed[0]["marks"] == {"star": True, "reject": False, "rating": 4, "label": ""}
    assert run("redo")[1] == "Redone: label red: small seed 1\n"
    assert json.loads(run("history", "--json")[1])[0]["action"] == "label red: small seed 1"
    assert run("unmark", "small", "1")[0] == 0
    assert run("unstar", "small", "3")[0] == 0
    assert json.loads(run("list", "--json")[1])[0]["starred"] == 3


def test_stacks_are_listed(run, prints) -> None:
    facts = json.loads(run("stacks", "small", "--distance", "8", "--json")[1])
    assert facts["distance"] == 8
    assert facts["count"] == len(facts["stacks"])
    assert json.loads(run("stacks", "small", "--json")[1])["distance"] == 8  # kept


def test_an_edition_begins_with_a_shipped_recipe_that_the_library_lacks(run, root: Path) -> None:
    assert run("new", "night-sea", "--like", "pocket-dreams", "--prompt", "the sea")[0] == 0
    assert 'method = "lanczos"' in (root / "night-sea" / "edition.toml").read_text()
    assert not (root / "pocket-dreams").exists()
    assert run("new", "pocket-dreams", "--like", "pocket-dreams")[0] == 0
    assert run("edit", "pocket-dreams", "artist=Ada")[0] == 0
    assert run("new", "mine", "--like", "pocket-dreams")[0] == 0
    signed = [
        (recipe["artist"], recipe["statement"])
        for slug in ("night-sea", "pocket-dreams", "mine")
        for recipe in [json.loads(run("show", slug, "--json")[1])["recipe"]]
    ]
    assert signed == [("", ""), ("Ada", ""), ("Ada", "")], "an example's words are not one's own"
    assert run("new", "biased-dreams", "--like", "biased-dreams")[0] == 0, "its own name too"
    code, _, err = run("new", "other", "--like", "nowhere")
    assert (code, "nowhere" in err, (root / "other").exists()) == (2, True, False)


def test_editions_are_made_and_edited(run, root: Path) -> None:
    assert run("new", "night-sea", "--like", "small", "--prompt", "the sea, night")[0] == 0
    text = (root / "night-sea" / "edition.toml").read_text()
    assert 'title = "Night Sea"' in text
    assert 'positive = "the sea, night"' in text
    assert run("edit", "night-sea", "sampling.guidance=4", "prompt.negative=yellow circle")[0] == 0
    recipe = json.loads(run("show", "night-sea", "--json")[1])["recipe"]
    assert recipe["sampling"]["guidance"] == 4
    assert recipe["prompt"]["negative"] == "yellow circle"
    code, _, err = run("edit", "night-sea", "sampling.steps=0")
    assert code == 2
    assert "sampling.steps is 0" in err
    assert run("new", "night-sea")[0] == 2
    assert run("new", "../x")[0] == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", "nothing"), 2, "edition new nothing"),
        (("star", "small", "99"), 2, "edition render small --seeds 99"),
        (("star", "small", "x"), 2, "is not a seed"),
        (("star", "a/b", "1"), 2, "can't name an edition"),
        (("render", "small", "--seeds", "5..1"), 2, "run upwards"),
        (("upscale", "small"), 6, "no starred print"),
        (("upscale", "small", "--seeds", "1", "--method", "magic"), 6, "lanczos"),
        *(
            (("upscale", "small", "--seeds", "1", f"--scale={scale}"), 2, "upscale.scale is")
            for scale in ("0", "0.5", "17", "nan", "inf", "-1")
        ),
        *(
            (("proof", "plates", "small", f"--sizes={sizes}"), code, says)
            for sizes, code, says in (
                ("0", 2, "proof.print_mm"),
                ("-5", 2, "proof.print_mm"),
                ("200,5001", 2, "proof.print_mm"),
                ("nan", 7, "Like: 300"),
                ("inf", 7, "Like: 300"),
            )
        ),
        (("proof", "plates", "small", "--sizes", ","), 7, "Like: 300"),
        (("film", "small", "1", "--fps", "nan"), 2, ""),
        (("proof", "wall", "small"), 7, "edition star small"),
        (("models", "path", "nobody/nothing"), 3, "edition models pull"),
        (("press", "cancel", "7"), 5, "no job 7"),
        (("open",), 1, "need a terminal"),
        (("rate", "small", "6", "1"), 2, ""),
        (("nonsense",), 2, ""),
    ],
)
def test_faults_name_the_next_step(run, prints, words, code, says) -> None:
    got, out, err = run(*words)
    assert got == code
    assert says in err
    assert "Traceback" not in out + err


def test_control_characters_are_not_obeyed(run, root: Path) -> None:
    (root / "evil").mkdir()
    (root / "evil" / "edition.toml").write_text('title = "a\\u001b[31mb\\u202e [bold]c"\n')
    _, out, _ = run("list")
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[bold]c" in out


def test_a_broken_recipe_is_shown_in_the_list(run, root: Path) -> None:
    (root / "broken").mkdir()
    (root / "broken" / "edition.toml").write_text("title = 3")
    facts = {card["slug"]: card for card in json.loads(run("list", "--json")[1])}
    assert "title is 3" in facts["broken"]["error"]
    assert facts["small"]["error"] == ""


def test_the_embedded_model_is_found_and_checked(run) -> None:
    from edition import paths

    assert run("models", "path", "pocket")[1].strip() == str(paths.pocket_folder())
    facts = json.loads(run("models", "check", "--json")[1])
    assert len(facts["fingerprint"]) == 64
    names = [model["name"] for model in json.loads(run("models", "list", "--json")[1])]
    assert "pocket" in names


def test_upscalers_are_listed(run) -> None:
    rows = json.loads(run("upscale", "small", "--list", "--json")[1])
    assert {"lanczos", "spandrel", "pocket-supir", "supir"} <= {row["name"] for row in rows}


@pytest.mark.slow
def test_doctor_knows_the_machine(run) -> None:
    facts = json.loads(run("doctor", "--json")[1])
    assert facts["device"]["name"] in ("cpu", "cuda", "mps")
    assert facts["pocket"]["ok"]
    assert re.match(r"CUDA |ROCm |MPS$|CPU$", facts["device"]["build"])
    assert facts["device"]["torch"].startswith(facts["versions"]["torch"].partition("+")[0])
    assert facts["memory_gib"] > 0
    assert {"versions", "terminal", "missing"} <= facts.keys()
    assert isinstance(facts["device"]["cards"], list)
    assert facts["press"]["devices"] == ""


def test_doctor_names_every_card_and_the_devices_of_the_settings(
    run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    card = {"title": "NVIDIA L4", "memory_gib": 24.0, "free_gib": 23.5}
    cards = [{"name": f"cuda:{n}", **card} for n in range(2)]
    found = {"name": "cuda", **card, "build": "CUDA 13.0", "torch": "2.13.0", "cards": cards}
    monkeypatch.setattr(doctor, "_device", lambda: found)
    settings = tmp_path / "settings.toml"
    settings.write_text('[press]\ndevices = "auto"\n')
    monkeypatch.setattr("edition.press.pool.device_list.settings_file", lambda: settings)
    monkeypatch.setitem(sys.modules, "sdnq", None)
    told = run("doctor")[1]
    assert "  device    NVIDIA L4, 23.5 of 24.0 GiB free\n" in told
    assert "            NVIDIA L4 (cuda:1), 23.5 of 24.0 GiB free\n" in told
    assert f"  press     devices auto, by {settings}\n" in told
    settings.write_text('[press]\ndevice = "auto"\n')
    assert "press.device is not known" in run("doctor")[1]


@pytest.mark.parametrize(
    ("device", "build", "told"),
    [
        ("cpu", "CPU", "2.13.0, built for CPU: a card needs another build"),
        ("cpu", "CUDA 13.0", "2.13.0, built for CUDA 13.0, which finds no card"),
        ("cuda", "CUDA 13.0", "2.13.0, built for CUDA 13.0"),
        ("none", "", "can't be asked: No module named torch"),
    ],
)
def test_doctor_says_what_torch_was_built_for(run, monkeypatch, device, build, told) -> None:
    found = {"name": device, "title": "CPU, 2 cores", "build": build, "torch": "2.13.0"}
    if not build:
        found = {"name": device, "title": "No module named torch"}
    monkeypatch.setattr(doctor, "_device", lambda: found)
    assert f"  torch     {told}" in run("doctor")[1]


@pytest.mark.slow
def test_render_waits_and_says_what_is_missing(run, root: Path) -> None:
    code, out, err = run("render", "small", "--seeds", "1..3,7", "--json")
    assert code == 0, err
    facts = json.loads(out)
    assert (facts["done"], facts["missing"]) == (4, [])
    assert run("render", "small", "--seeds", "1..3,7")[0] == 0  # nothing to do
    assert run("render", "small", "--more", "2")[0] == 0
    with Session(root) as session:
        assert session.store.prints.seeds("small", session.digest("small")) == {1, 2, 3, 7, 8, 9}
    status = json.loads(run("press", "status", "--json")[1])
    assert isinstance(status["pid"], int)
    assert status["jobs"] == []
    assert run("press", "stop")[0] == 0
    assert json.loads(run("press", "status", "--json")[1])["pid"] is None


@pytest.mark.slow
def test_a_press_that_dies_is_started_anew(run, root: Path) -> None:
    command = [sys.executable, "-m", "edition.cli", "--library", str(root)]
    waiting = subprocess.Popen(
        [*command, "render", "small", "--seeds", "1..30"], stderr=subprocess.PIPE, text=True
    )
    with Session(root) as session:
        while session.store.prints.counts("small").prints < 4:
            assert waiting.poll() is None, waiting.communicate()
            time.sleep(0.02)  # the press needs the processor
        pid = session.press_state().pid
        assert pid
        os.kill(pid, 9)
        assert waiting.wait(180) == 0
        assert session.store.prints.counts("small").prints == 30
        session.stop_press()


@pytest.mark.slow
def test_ctrl_c_leaves_a_clean_library(root: Path) -> None:
    command = [sys.executable, "-m", "edition.cli", "--library", str(root)]
    with heeding_ctrl_c():
        waiting = subprocess.Popen(
            [*command, "render", "small", "--seeds", "1..900"], stderr=subprocess.PIPE, text=True
        )
    with Session(root) as session:
        while session.store.prints.counts("small").prints < 4:
            assert waiting.poll() is None, waiting.communicate()
            time.sleep(0.02)  # the press needs the processor
        waiting.send_signal(2)
        _, err = waiting.communicate(timeout=180)
        assert waiting.returncode == 130
        assert "Continue with: edition render small" in err
        assert session.store.jobs.live() == ()
        session.stop_press()
        made = {p.file for p in session.store.prints.find("small", range(1, 901))}
        there = {str(p.relative_to(root)) for p in root.glob("small/prints/*/*.png")}
        assert made == there


def test_an_upscaler_without_its_package_says_what_to_install(
    run, prints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)  # as Python marks what can't be imported
    code, _, err = run("upscale", "small", "--seeds", "1", "--method", "spandrel")
    assert code == 6
    assert extras.install_extra("spandrel") in err
    assert json.loads(run("press", "status", "--json")[1])["jobs"] == [], "nothing was queued"


def test_new_and_edit_name_what_a_long_prompt_loses(run) -> None:
    long = ", ".join(f"word{n}" for n in range(120)) + ", a crimson forest"
    code, _, err = run("new", "long", "--prompt", long)
    assert code == 0
    assert 'a crimson forest"' in err
    assert "77 tokens" in err
    assert "77 tokens" in run("edit", "small", f"prompt.negative={long}")[2]
    assert run("edit", "small", "prompt.negative=fog")[2] == ""

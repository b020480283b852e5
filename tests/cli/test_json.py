"""Every verb reports as JSON, faults too; completion and the manual page know every verb."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from tests.conftest import SMALL
from tests.fakes import add_prints

from edition import paths
from edition.actions.session import Session
from edition.cli import completion, error_output, output, verb_table
from edition.cli.main import main


def commands():
    """Every verb, with those below it, as they are typed."""

    def below(path, command):
        inner = getattr(command, "commands", {})
        if not inner:
            yield path, command
        for name, one in inner.items():
            yield from below((*path, name), one)

    for verb in verb_table.MODULES:
        if verb not in verb_table.INTERACTIVE:
            yield from below((verb,), verb_table.load(verb))


FREE = ("find", "filters save")
"""Verbs whose words may begin with a dash."""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a verb in a library with one edition."""
    root = tmp_path / "library"
    (root / "small").mkdir(parents=True)
    (root / "small/edition.toml").write_text(SMALL)

    def verb(*words):
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(root), *words])
        code = main()
        return code, capsys.readouterr().out

    return verb


def test_every_verb_takes_json():
    without = [
        " ".join(path)
        for path, command in commands()
        if not any("--json" in parameter.opts for parameter in command.params)
    ]
    assert without == []


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in commands()])
def test_a_fault_of_any_verb_is_json(run, path):
    code, out = run(*path.split(), "--no-such-option", "--json")
    found = json.loads(out)
    if path in FREE:  # a word that is looked for
        return
    assert set(found["error"]) == {"kind", "message", "hint", "code"}
    assert found["error"]["code"] == code == 2


def test_what_a_verb_says_comes_as_json(run):
    code, out = run("new", "night", "--json")
    assert code == 0
    assert json.loads(out)["file"].endswith("night/edition.toml")
    assert json.loads(run("undo", "--json")[1])["told"] == ["Nothing to undo."]
    assert "under their own recipe" in run("edit", "night", "sampling.steps=3")[1]
    assert run("edit", "night", "artist=You", "proof.bleed_mm=2")[1] == (
        "night: artist, proof.bleed_mm set.\n"
    )
    code, out = run("star", "small", "3", "--json")
    assert code
    assert json.loads(out)["error"]["message"]
    code, out = run("history", "--json")
    assert json.loads(out) == []


def test_a_missing_edition_is_told_as_json(run):
    code, out = run("show", "nowhere", "--json")
    assert code
    error = json.loads(out)["error"]
    assert error["kind"] == "RecipeError"
    assert "edition new nowhere" in error["hint"]


def test_a_fault_after_a_report_is_in_the_same_value(capsys):
    output.begin(as_json=True)
    output.report({"done": 1, "missing": [2]})
    assert error_output.fail("Seeds 2 are missing.", "See: edition press status", 5) == 5
    output.finish()
    found = json.loads(capsys.readouterr().out)
    assert (found["done"], found["missing"], found["error"]["code"]) == (1, [2], 5)
    output.begin(as_json=True)
    output.write_value({"url": "here"})  # of a verb that stays: what fails later is for a person
    error_output.fail("The port is gone.", "", 1)
    output.finish()
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ({"url": "here"}, "The port is gone.\n")
    output.begin(as_json=False)


OPEN = {"recipe", "recipes", "versions", "missing", "inventory", "scheduler"}
"""Values whose keys are named elsewhere, or follow from what is there."""
REPORTS = (
    "list", "show small", "show small --prints", "find star:yes", "history", "stacks small",
    "exhibition list", "exhibition show one", "works small",
    "register list", "versions small 1", "notebook small", "trash list", "press status",
    "models list", "proof sheet small", "backup copy.zip", "rescan",
)  # fmt: skip


def shape(value, name=""):
    """The keys of an answer, those inside a list behind ``[]``."""
    if isinstance(value, list):
        inside = [key for item in value[:1] for key in shape(item, f"{name}[]")]
        return inside or [f"{name}[]"]
    if not isinstance(value, dict) or name.rpartition(".")[2] in OPEN:
        return [name]
    dot = f"{name}." if name else ""
    return [key for k, inside in value.items() for key in shape(inside, f"{dot}{k}")]


def test_the_page_of_json_names_the_keys_of_answers(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Session(tmp_path / "library") as session:
        add_prints(session, "small", [1, 2, 2])
    for words in (
        ("edit", "small", "proof.ppi_least=36", "proof.print_mm=60"),
        ("star", "small", "1"), ("tag", "small", "fog", "1"), ("stacks", "small"),
        ("filters", "save", "best", "star:yes"), ("exhibition", "new", "one"),
        ("exhibition", "add", "one", "small", "1"),
        ("register", "open", "small", "1", "--count", "5"),
        ("register", "issue", "small", "1"), ("trash", "put", "small", "2"),
    ):  # fmt: skip
        code, out = run(*words, "--json")
        assert code == 0, out
    rows = []
    for report in REPORTS:
        code, out = run(*report.split(), "--json")
        assert code == 0, out
        rows.append(
            f"| `edition {report}` | {', '.join(f'`{k}`' for k in shape(json.loads(out)))} |"
        )
    page = (paths.PACKAGE.parents[1] / "docs" / "json.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `edition .*$", page, re.M) == rows, "\n" + "\n".join(rows)


def test_press_stop_tells_whether_one_ran(run):
    assert run("press", "stop") == (0, "The press is not running. No job waits.\n")
    code, out = run("press", "stop", "--json")
    assert code == 0
    assert json.loads(out)["told"][0].startswith("The press is not running.")


def complete(tmp_path, *words):
    """What bash offers for the last of some words."""
    file = tmp_path / "completion.bash"
    file.write_text(completion.bash())
    line = f"COMP_WORDS=({' '.join(words)} ''); COMP_CWORD={len(words)}"
    asked = f"source {file}; {line}; _edition; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        ["bash", "-c", asked], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_verbs_options_and_editions(tmp_path):
    (tmp_path / "editions/night").mkdir(parents=True)
    (tmp_path / "editions/night/edition.toml").write_text(SMALL)
    assert set(verb_table.MODULES) <= set(complete(tmp_path, "edition"))
    assert "stop" in complete(tmp_path, "edition", "press")
    offered = complete(tmp_path, "edition", "--library", "other", "star")
    assert {"night", "--where", "--json"} <= set(offered)


def test_completion_is_written_where_the_shell_looks(tmp_path, run, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    code, out = run("--install-completion", "auto")
    assert code == 0
    file = tmp_path / "config/fish/completions/edition.fish"
    assert str(file) in out
    assert "__fish_seen_subcommand_from press; and __fish_seen_subcommand_from stop" in (
        file.read_text()
    )
    assert run("--install-completion", "tcsh")[0] != 0
    assert run("--show-completion", "zsh")[1].startswith("autoload")


def test_paths_in_answers_are_whole(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Session(tmp_path / "library") as session:
        session.edit("small", {"proof.ppi_least": 36, "proof.print_mm": 30})
        session.mark(add_prints(session, "small", [1]), "star")
    for words in (
        ("proof", "sheet", "small", "--out", "papers"),
        ("export", "small", "./picks"),
        ("export", "small", "png", "--out", "house"),
    ):
        code, out = run(*words, "--json")
        found = json.loads(out)
        assert code == 0, out
        for file in found.get("files", [found.get("file")]):
            assert file.startswith(str(tmp_path)), words
        assert "warnings" in found


def test_export_ignores_no_option(run):
    assert run("export", "small")[0] == 7
    assert run("export", "small", "./picks", "--out", "elsewhere")[0] == 7

"""The table of verbs: what --help says without loading a verb is what the verbs say."""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from edition.cli import verb_table
from edition.cli.main import main

COMMANDS = [
    (verb, *sub)
    for verb in verb_table.MODULES
    for sub in ((), *((name,) for name in getattr(verb_table.load(verb), "commands", {})))
]


@pytest.mark.parametrize("verb", verb_table.MODULES)
def test_the_line_of_help_is_the_verbs_own(verb: str) -> None:
    line = verb_table.TABLE[verb_table.MODULES[verb]][verb]
    own = verb_table.load(verb).help
    assert line == " ".join(inspect.cleandoc(own).split("\n\n")[0].split())


def test_every_verb_of_a_module_is_in_the_table() -> None:
    folder = Path(verb_table.__file__).parent
    named = {module.stem for module in folder.glob("*_command*.py")}
    assert named == set(verb_table.TABLE)
    for module, verbs in verb_table.TABLE.items():
        app = typer.Typer()
        import_module(f"edition.cli.{module}").add_to(app)
        assert set(typer.main.get_group(app).commands) == set(verbs), module


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_every_verb_explains_itself(
    words: tuple[str, ...], asked: str, monkeypatch, capsys, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["edition", *words, asked])
    try:
        code = main()
    except SystemExit as leaving:  # argparse
        code = int(leaving.code or 0)
    told = capsys.readouterr().out
    assert code == 0
    assert told.lower().startswith(f"usage: edition {' '.join(words)}")
    assert len(told.splitlines()) > 4
    assert list(tmp_path.iterdir()) == [], "asking for help leaves no library"


def test_help_and_a_misspelt_verb_load_no_verb(monkeypatch) -> None:
    script = (
        "import sys; from edition.cli import main; sys.argv = ['edition', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith('edition.cli') and '_command' in m])"
    )
    for words in (["--help"], ["-V"], ["lst"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.splitlines()[-1] == "[]"
        if words == ["lst"]:
            assert "Did you mean 'list'?" in done.stderr


@pytest.mark.parametrize("asked", ["-V", "--version"])
def test_the_version(asked, monkeypatch, capsys) -> None:
    from edition import __version__

    monkeypatch.setattr(sys, "argv", ["edition", asked])
    assert main() == 0
    assert capsys.readouterr().out == f"edition {__version__}\n"


def test_every_verb_is_run_by_a_test() -> None:
    tests = Path(__file__).parents[1].rglob("test_*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    missing = [
        " ".join(words)
        for words in COMMANDS
        if not re.search(r",\s*".join(f'"{re.escape(word)}"' for word in words), text)
    ]
    assert missing == []

"""The short way to the screens means what the verbs mean, or leaves it to them."""

import itertools
import subprocess
import sys

import pytest

from edition import paths
from edition.cli import quick
from edition.cli.context import CHOSEN, root
from edition.cli.main import app

WORDS = (
    "open", "--library", "-l", "some/dir", "pocket-dreams", "--render", "--graphics", "half",
    "--plain", "--debug", "shelf", "--library=x", "--", "-h", "",
)  # fmt: skip


def as_typer_reads(words, monkeypatch):
    """What the verb is given; None when typer refuses, or it is another verb."""
    seen = []

    def show(library, **asked):
        seen.append((library, asked))
        return 0

    monkeypatch.setattr("edition.cli.screens.show", show)
    monkeypatch.setattr("sys.argv", ["edition", *words])
    CHOSEN.library, CHOSEN.debug = None, False
    try:
        app(list(words), standalone_mode=False)
    except BaseException as error:
        if type(error).__name__ == "AssertionError":
            raise
    found = (root(), *seen[0][1:]) if seen else None
    CHOSEN.library, CHOSEN.debug = None, False
    return found


@pytest.mark.parametrize("length", [0, 1, 2])
def test_both_ways_mean_the_same(length, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("edition.cli.main.rooms.doctor", lambda: None)
    taken = 0
    tails = itertools.product(WORDS, repeat=length)
    for tail in [*tails, *(("open", *t) for t in itertools.product(WORDS, repeat=length))]:
        asked = quick.understand(tail)
        if asked is None:
            continue
        taken += 1
        told = as_typer_reads(tail, monkeypatch)
        assert told is not None, tail
        library, rest = told
        assert library == paths.library_root(asked.library), tail
        assert rest == {
            "slug": asked.slug, "graphics": asked.graphics, "render": asked.render,
            "plain": asked.plain,
        }, tail  # fmt: skip
    assert taken


@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["open", "--help"], ["open", "a", "b"], ["open", "--graphics"],
        ["open", "--graphics", "--plain"], ["--library"], ["--library", "--plain"], ["render"],
        ["--debug", "open"], ["open", "--nothing"], ["--version"], ["open", "--graphics=half"],
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_verbs(words):
    assert quick.understand(words) is None


def test_without_a_terminal_it_says_so_and_loads_no_command_line(tmp_path):
    script = (
        "import sys; sys.argv = ['edition', '--library', sys.argv[1], 'open', 'x']\n"
        "from edition.cli import main\ncode = main()\n"
        "print(code, sorted({m.partition('.')[0] for m in sys.modules}"
        " & {'typer', 'click', 'pydantic', 'textual', 'numpy', 'PIL'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert done.stdout == "1 []\n"
    assert "need a terminal" in done.stderr
    assert "edition --help" in done.stderr

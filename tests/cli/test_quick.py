"""The short way to the screens means what the verbs mean, or leaves it to them."""

import itertools
import subprocess
import sys

import pytest

from edition import paths
from edition.cli import fast_start
from edition.cli.main import app
from edition.cli.shared_options import CHOSEN, root

WORDS = (
    "open", "list", "show", "--json", "--prints", "--library", "-l", "some/dir",
    "pocket-dreams", "--render", "--graphics", "half",
    "--plain", "--debug", "shelf", "--library=x", "--", "-h", "",
)  # fmt: skip


def as_typer_reads(words, monkeypatch):
    """What the verb is given; None when typer refuses, or it is another verb."""
    seen = []

    def show(library, **asked):
        seen.append(("open", asked))
        return 0

    monkeypatch.setattr("edition.cli.launch_tui.show", show)
    monkeypatch.setattr(
        "edition.cli.list_output.list_editions", lambda **asked: seen.append(("list", asked))
    )
    monkeypatch.setattr(
        "edition.cli.list_output.show",
        lambda slug, **asked: seen.append(("show", asked | {"slug": slug})),
    )
    monkeypatch.setattr("sys.argv", ["edition", *words])
    CHOSEN.library, CHOSEN.debug = None, False
    try:
        app(list(words), standalone_mode=False)
    except BaseException as error:
        if type(error).__name__ == "AssertionError":
            raise
    found = (root(), *seen[0]) if seen else None
    CHOSEN.library, CHOSEN.debug = None, False
    return found


@pytest.mark.parametrize("length", [0, 1, 2])
def test_both_ways_mean_the_same(length, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    taken = 0
    tails = itertools.product(WORDS, repeat=length)
    verbs = ("open", "list", "show")
    behind = ((verb, *t) for verb in verbs for t in itertools.product(WORDS, repeat=length))
    for tail in [*tails, *behind]:
        asked = fast_start.understand(tail)
        if asked is None:
            continue
        taken += 1
        told = as_typer_reads(tail, monkeypatch)
        assert told is not None, tail
        library, verb, rest = told
        assert library == paths.library_root(asked.library), tail
        wanted = {
            "open": {"slug": asked.slug, "graphics": asked.graphics, "render": asked.render,
                     "plain": asked.plain},
            "list": {"as_json": asked.as_json},
            "show": {"slug": asked.slug, "as_json": asked.as_json},
        }  # fmt: skip
        assert (verb, rest) == (asked.verb, wanted[asked.verb]), tail
    assert taken


@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["open", "--help"], ["open", "a", "b"], ["open", "--graphics"],
        ["open", "--graphics", "--plain"], ["--library"], ["--library", "--plain"], ["render"],
        ["show"], ["show", "a", "b"], ["show", "--prints", "a"], ["list", "a"], ["list", "--help"],
        ["--debug", "open"], ["open", "--nothing"], ["--version"], ["open", "--graphics=half"],
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_verbs(words):
    assert fast_start.understand(words) is None


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


def test_list_and_show_load_no_command_line_and_say_the_same(root):
    script = (
        "import sys; sys.argv = ['edition', '--library', *sys.argv[1:]]\n"
        "from edition.cli import main\ncode = main()\n"
        "print(code, sorted({m.partition('.')[0] for m in sys.modules}"
        " & {'typer', 'click', 'textual', 'numpy', 'PIL', 'torch'}), file=sys.stderr)"
    )
    for words in (["list"], ["list", "--json"], ["show", "small"], ["show", "small", "--json"]):
        short = subprocess.run(
            [sys.executable, "-c", script, str(root), *words], capture_output=True, text=True,
        )  # fmt: skip
        assert short.stderr == "0 []\n"
        long = subprocess.run(
            [sys.executable, "-m", "edition.cli", "--debug", "--library", str(root), *words],
            capture_output=True, text=True,
        )  # fmt: skip
        assert long.stdout == short.stdout != ""
    wrong = subprocess.run(
        [sys.executable, "-m", "edition.cli", "--library", str(root), "show", "nothing"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert wrong.returncode != 0
    assert "edition new nothing" in wrong.stderr

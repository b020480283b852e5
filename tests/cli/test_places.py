"""Files and folders as people have them: odd encodings, special files, what lies in the way."""

import codecs
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import SMALL
from tests.fakes import add_prints

from edition.cli.main import main
from edition.desk.desk import Desk

Run = Callable[..., tuple[int, str, str]]
CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
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


# what an edition file may be written as


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_an_edition_file_is_read_by_its_byte_order_mark(
    run: Run, root: Path, mark: bytes, encoding: str
) -> None:
    text = SMALL.replace("Small Dreams", "Träume")
    (root / "small" / "edition.toml").write_bytes(mark + text.encode(encoding))
    assert "Träume" in run("list")[1]
    assert json.loads(run("show", "small", "--json")[1])["recipe"]["title"] == "Träume"
    assert run("edit", "small", "sampling.steps=5")[0] == 0
    assert run("new", "other", "--like", "small")[0] == 0
    for slug in ("small", "other"):
        assert json.loads(run("show", slug, "--json")[1])["recipe"]["sampling"]["steps"] == 5


def test_the_file_of_an_editor_that_writes_a_mark(run: Run, root: Path) -> None:
    (root / "e").mkdir()
    (root / "e" / "edition.toml").write_bytes((CASES / "12-bom-edition.toml").read_bytes())
    code, out, err = run("show", "e", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["recipe"]["title"] == "Gone"


def test_line_ends_of_windows_are_read_and_kept(run: Run, root: Path) -> None:
    file = root / "small" / "edition.toml"
    file.write_bytes(SMALL.replace("\n", "\r\n").encode())
    assert run("edit", "small", "sampling.guidance=4")[0] == 0
    lines = file.read_bytes().split(b"\n")
    assert b"guidance = 4\r" in lines
    assert all(line.endswith(b"\r") for line in lines[:-1])
    file.write_bytes(SMALL.replace("\n", "\r\n").replace("steps = 3", "steps = 0").encode())
    assert "edition.toml:12: sampling.steps is 0" in run("show", "small")[2]


def test_text_in_no_known_encoding_is_told(run: Run, root: Path) -> None:
    (root / "small" / "edition.toml").write_bytes(b'title = "Tr\xe4ume"\n')
    code, _, err = run("show", "small")
    assert code == 2
    assert "it is no text in utf-8: byte 12 is wrong" in err
    assert "Save it as UTF-8" in err
    assert "Errno" not in err


# special files: each would wait for ever, or read without end


def test_a_pipe_as_edition_file_is_told(run: Run, root: Path) -> None:
    (root / "small" / "edition.toml").unlink()
    os.mkfifo(root / "small" / "edition.toml")
    for words in (("show", "small"), ("edit", "small", "title=x"), ("new", "b", "--like", "small")):
        code, _, err = run(*words)
        assert code == 2
        assert "a named pipe, not a regular file" in err
    code, out, _ = run("list")
    assert code == 0
    assert "small" in out


def test_an_endless_device_as_edition_file_is_told(run: Run, root: Path) -> None:
    (root / "small" / "edition.toml").unlink()
    (root / "small" / "edition.toml").symlink_to("/dev/zero")
    code, _, err = run("show", "small")
    assert code == 2
    assert "a device, not a regular file" in err
    assert run("list")[0] == 0


@pytest.mark.parametrize("name", ["marks.jsonl", "trash.jsonl"])
def test_a_pipe_as_mirror_is_told(run: Run, root: Path, name: str) -> None:
    with Desk(root) as desk:
        add_prints(desk, "small", range(1, 3))
    (root / "small" / name).unlink(missing_ok=True)
    os.mkfifo(root / "small" / name)
    words = ("star", "small", "1") if name == "marks.jsonl" else ("trash", "put", "small", "1")
    for verb in (words, ("rescan",)):
        code, _, err = run(*verb)
        assert code == 4
        assert f"{name}: it is a named pipe" in err
        assert "Put a regular file in its place" in err
    assert not json.loads(run("show", "small", "--json")[1])["starred"]


@pytest.mark.parametrize("special", ["pipe", "/dev/zero"])
def test_special_files_given_to_verbs_are_told(
    run: Run, root: Path, tmp_path: Path, special: str
) -> None:
    with Desk(root) as desk:
        add_prints(desk, "small", [1])
    given = tmp_path / "given.icc"
    if special == "pipe":
        os.mkfifo(given)
    else:
        given.symlink_to(special)
    for words in (
        ("import", str(given)),
        ("soft", "small", "1", "--profile", str(given)),
        ("sweep", "small", "--axis", f"prompt=@{given}"),
    ):
        code, _, err = run(*words)
        assert code not in (0, 70), words
        assert "not a regular file" in err, words
        assert "Errno" not in err


def test_a_pipe_among_exhibitions_ends_no_rescan(run: Run, root: Path) -> None:
    (root / "_exhibitions" / "show").mkdir(parents=True)
    os.mkfifo(root / "_exhibitions" / "show" / "exhibition.json")
    assert run("rescan")[0] == 0

"""Files and folders as people have them: odd encodings, special files, what lies in the way."""

import codecs
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import SMALL
from tests.fakes import add_prints

from edition import paths
from edition.actions import films, trash
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.cli.main import main
from edition.errors import LibraryError, TrainError
from edition.finetune import image_dataset

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
    with Session(root) as session:
        add_prints(session, "small", range(1, 3))
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
    with Session(root) as session:
        add_prints(session, "small", [1])
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


# what a terminal can show


def edition(*words: str, cwd: Path | None = None, **env: str) -> tuple[int, bytes, bytes]:
    """Runs the program itself: exit code, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "edition.cli", *words],
        capture_output=True, cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "utf-8"])
def test_what_an_encoding_lacks_is_escaped(root: Path, encoding: str) -> None:
    text = SMALL.replace("monumental, dramatic", "træ 🌅 雪")
    (root / "small" / "edition.toml").write_text(text)
    code, out, err = edition("-l", str(root), "show", "small", PYTHONIOENCODING=encoding)
    assert (code, err) == (0, b"")
    shown = "træ 🌅 雪".encode(encoding, "backslashreplace")
    assert shown in out
    assert out.decode(encoding).endswith(f"{root / 'small'}\n")
    code, out, _ = edition("-l", str(root), "show", "small", "--json", PYTHONIOENCODING=encoding)
    assert code == 0
    assert json.loads(out.decode(encoding))["recipe"]["prompt"]["positive"].startswith("træ 🌅 雪")


def test_a_name_that_is_no_text_is_shown(root: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/lib-\xff")
    Path(odd).mkdir()
    code, out, _ = edition("-l", odd, "list", PYTHONIOENCODING="ascii")
    assert code == 0
    assert b"There is no edition in" in out
    code, out, _ = edition("-l", odd, "new", "a")
    assert code == 0
    code, out, _ = edition("-l", odd, "show", "a", "--json")
    assert code == 0
    assert os.fsencode(json.loads(out)["folder"]) == os.fsencode(odd) + b"/a"


# folders that are not what they should be


def test_a_working_folder_that_was_removed(root: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"'

    def there(*words: str) -> tuple[int, str]:
        command = ["sh", "-c", script, str(gone), sys.executable, "-m", "edition.cli", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert there("-l", str(root), "show", "small")[0] == 0
    code, told = there("-l", "relative", "list")
    assert code == 4
    assert "starts in the working folder, and that was removed" in told
    (root / "small" / "edition.toml").write_text(SMALL.replace('"pocket"', '"models/mine"'))
    code, told = there("-l", str(root), "render", "small")
    assert code == 3
    assert "There is no model 'models/mine'" in told


@pytest.mark.slow
def test_a_press_begins_though_the_working_folder_was_removed(root: Path, tmp_path: Path) -> None:
    script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"'
    command = ["sh", "-c", script, str(tmp_path / "gone"), sys.executable, "-m", "edition.cli"]
    words = ["-l", str(root), "render", "small", "--seeds", "1"]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    with Session(root) as session:
        session.stop_press()
    assert done.returncode == 0, done.stderr + (root / ".press.log").read_text()


def in_the_way(kind: str, place: Path) -> None:
    """Puts a file, a folder or a link to itself where something else should be."""
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    if kind == "file":
        place.write_text("x")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(place)


VERBS = (
    ("list",),
    ("show", "small"),
    ("star", "small", "2"),
    ("trash", "list"),
    ("trash", "empty", "--yes"),
    ("proof", "sheet", "small"),
    ("exhibition", "new", "ex"),
    ("edit", "small", "sampling.steps=4"),
    ("rescan",),
)


@pytest.mark.parametrize(
    ("kind", "place", "refused"),
    [
        ("file", ".", {"list", "show", "star", "trash", "proof", "exhibition", "edit", "rescan"}),
        ("link", ".", {"list", "show", "star", "trash", "proof", "exhibition", "edit", "rescan"}),
        ("file", "small", {"show", "star", "proof", "edit", "trash"}),
        ("link", "small", {"show", "star", "proof", "edit"}),
        ("link", "small/prints", {"proof"}),
        ("file", "small/proofs", {"proof"}),
        ("link", "small/proofs", {"proof"}),
        ("file", "_exhibitions", {"exhibition"}),
        ("folder", "small/edition.toml", {"show", "star", "proof", "edit"}),
        ("folder", "library.sqlite", {"list", "show", "star", "trash", "proof", "rescan"}),
        ("folder", "register.jsonl", {"trash", "rescan"}),
    ],
)
def test_what_lies_in_the_way_is_told_in_a_line(
    run: Run, root: Path, kind: str, place: str, refused: set[str]
) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 4))
        session.mark(ids[:1], "star")
        trash.put(session, ids[2:])
    in_the_way(kind, root / place if place != "." else root)
    failed = set()
    for words in VERBS:
        if words[0] == "proof" and "proof" not in refused:
            continue  # a second each
        code, _, err = run(*words)
        if code:
            failed.add(words[0])
            assert code in (2, 4, 7), (words, err)
            assert len(err.splitlines()) == 2, err
            assert "Errno" not in err
    assert failed >= refused


# editions that moved, and editions elsewhere


def test_a_renamed_edition_is_not_counted_twice(run: Run, root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 4))
        trash.put(session, ids[2:])
        trash.empty(session)
        session.mark(ids[:1], "star")
    (root / "small").rename(root / "renamed")
    code, _, err = run("undo")  # it must not make a folder that holds nothing but marks
    assert code == 4
    assert "moved, renamed or removed" in err
    assert "edition rescan" in err
    assert not (root / "small").exists()
    assert "2 prints added, 2 forgotten, marks of 1 restored" in run("rescan")[1]
    with Session(root) as session:
        assert session.store.prints.slugs() == ("renamed",)
        assert [gone.slug for gone in session.store.trash.emptied()] == ["renamed"]
        assert session.store.prints.counts("renamed").starred == 1
    assert "0 prints added, 0 forgotten" in run("rescan")[1]
    assert run("undo")[0] == 0
    assert not (root / "small").exists()


def test_an_edition_whose_folder_is_gone_is_forgotten(run: Run, root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", range(1, 4))
    shutil.rmtree(root / "small")
    assert "3 forgotten" in run("rescan")[1]
    with Session(root) as session:
        assert session.store.prints.slugs() == ()


def test_an_edition_on_a_disk_that_is_away_is_not_forgotten(
    run: Run, root: Path, tmp_path: Path
) -> None:
    with Session(root) as session:
        add_prints(session, "small", range(1, 4))
    (root / "small").rename(tmp_path / "disk")
    (root / "small").symlink_to(tmp_path / "disk")
    (tmp_path / "disk").rename(tmp_path / "away")
    out = run("rescan")[1]
    assert "0 prints added, 0 forgotten" in out
    assert "Is a disk missing?" in out
    (tmp_path / "away").rename(tmp_path / "disk")
    assert "0 prints added, 0 forgotten" in run("rescan")[1]


@pytest.fixture
def elsewhere(root: Path) -> Iterator[Path]:
    """The edition ``small`` on another disk where there is one, and a link in its place."""
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if os.access(shm, os.W_OK) else None) as disk:
        folder = Path(disk) / "my-disk"
        shutil.move(root / "small", folder)
        (root / "small").symlink_to(folder)
        yield folder


def test_an_edition_that_is_a_link_to_another_disk_works(
    run: Run, root: Path, elsewhere: Path
) -> None:
    with Session(root) as session:
        add_prints(session, "small", range(1, 5))
    assert run("star", "small", "1..2")[0] == 0
    assert run("trash", "put", "small", "4")[0] == 0
    for words in (
        ("proof", "sheet", "small"),
        ("export", "small", str(root.parent / "picks")),
        ("trash", "list"),
        ("trash", "empty", "--yes"),
        ("rescan",),
    ):
        code, _, err = run(*words)
        assert code == 0, (words, err)
    assert len(prints_of(elsewhere)) == 3
    assert (elsewhere / "proofs" / "contact-sheet.pdf").is_file()
    assert not (elsewhere / ".emptying").exists()
    assert json.loads(run("show", "small", "--json")[1])["prints"] == 3
    with Session(root) as session:
        (relative,) = (p for p in prints_of(elsewhere) if p.endswith("/1.png"))
        for folder in (root / "small", elsewhere):  # a print is known by either road
            found = films.source(session, str(folder / relative))
            assert found.recipe.init.file == f"small:{session.digest('small')}:1"


def prints_of(folder: Path) -> list[str]:
    """Every print's file, relative to the edition's folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.glob("prints/*/*.png"))


def test_a_library_that_is_a_link_works(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    for library in (tmp_path / "link", root):
        with Session(library) as session:
            (print_id,) = add_prints(session, "small", [1])
            assert session.file(session.store.prints.get([print_id])[print_id].file).is_file()
            assert rescan(session).broken == ()
            trash.put(session, [print_id])
            assert trash.empty(session) == 1


def test_no_path_leads_out_of_a_library(root: Path, elsewhere: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1.png").write_bytes(b"x")
    (elsewhere.parent / "beside.png").write_bytes(b"x")
    (root / "plain" / "prints").mkdir(parents=True)
    (root / "plain" / "prints" / "link").symlink_to(outside)
    (elsewhere / "prints").mkdir()
    (elsewhere / "prints" / "link").symlink_to(outside)
    (root / "_link").symlink_to(outside)
    for relative in (
        "../outside/1.png",
        "small/../../outside/1.png",
        "small/../beside.png",
        str(outside / "1.png"),
        "plain/prints/link/1.png",
        "small/prints/link/1.png",
        "_link/1.png",
    ):
        with pytest.raises(LibraryError, match="leads out of the library"):
            paths.inside(root, relative)
    assert paths.inside(root, "small/prints/a/1.png") == elsewhere / "prints" / "a" / "1.png"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a link away"
)
def test_a_link_that_another_user_made_is_refused(run: Run, root: Path, elsewhere: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", [1])
    os.lchown(root / "small", 12345, 12345)
    with pytest.raises(LibraryError, match="a link that another user made"):
        paths.inside(root, "small/prints/a/1.png")
    code, _, err = run("show", "small")
    assert code == 4
    assert "another user made" in err
    assert run("list")[0] == 0
    assert "another user made" in run("rescan")[1]


# disks that can't be written


LOOK = """
import contextlib, io, json, sys
from edition.cli.main import main
answers = []
for words in json.loads(sys.argv[2]):
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["edition", "--library", sys.argv[1], *words]
    library = sys.argv[2]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main()
    answers.append((code, out.getvalue(), err.getvalue()))
    sys.argv = ["edition", library]
print(json.dumps(answers))
"""
"""Runs verbs one after another in one process: (exit code, standard output, standard error)."""


def on_a_disk(root: Path, then: str, *verbs: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Copies a library to a disk of its own, does something to that disk, and runs verbs."""
    disk = root.parent / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o size=16m none "$0" && cp -a "$1" "$0/library" && {then}'
    space = ["unshare", "-rm", "sh", "-c"]
    tried = subprocess.run(
        [*space, 'mount -t tmpfs none "$0"', disk], capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"no disk of its own can be mounted here: {tried.stderr.strip()}")
    done = subprocess.run(
        [*space, f'{script} && exec "$2" -c "$3" "$0/library" "$4"',
         disk, root, sys.executable, LOOK, json.dumps(verbs)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(answer) for answer in json.loads(done.stdout)]


READ_ONLY = 'mount -o remount,ro "$0"'
FULL = '! dd if=/dev/zero of="$0/fill" bs=1k 2>/dev/null'


@pytest.mark.parametrize(
    ("then", "reason", "hint"),
    [
        (READ_ONLY, "Read-only file system", "It is read-only: mount it writable"),
        (FULL, "No space left on device", "Free some space"),
    ],
)
def test_a_library_on_a_disk_that_takes_nothing_is_looked_at_and_exported(
    root: Path, tmp_path: Path, then: str, reason: str, hint: str
) -> None:
    with Session(root) as session:
        session.mark(add_prints(session, "small", range(1, 4))[:1], "star")
    small = SMALL.replace("print_mm = 200.0", "print_mm = 12.0")  # else too large to export
    (root / "small" / "edition.toml").write_text(small)
    out = tmp_path / "out"
    looks = (
        ("list",), ("show", "small"), ("find", "monumental"), ("history",), ("trash", "list"),
        ("press", "status"), ("export", "small", "png", "--out", str(out)),
    )  # fmt: skip
    writes = (
        ("star", "small", "2"),
        ("undo",),
        ("new", "b"),
        ("rescan",),
        ("proof", "sheet", "small"),
    )
    answers = on_a_disk(root, then, *looks, *writes)
    assert [(code, err) for code, _, err in answers[: len(looks)]] == [(0, "")] * len(looks)
    assert len(list(out.rglob("*.png"))) == 1
    assert f"sent.json: {reason}" in answers[len(looks) - 1][1], "an order won't name that file"
    for code, _, err in answers[len(looks) :]:
        assert code in (4, 7)
        assert reason in err
        assert hint in err


def test_a_library_left_open_on_a_read_only_disk_says_what_to_do(root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", [1])
        ((code, _, err),) = on_a_disk(root, f'rm -f "$0"/library/*-shm && {READ_ONLY}', ("list",))
    assert code == 4
    assert "mount it writable, open a copy" in err


# values that say nothing


@pytest.mark.parametrize("verb", ["render", "upscale"])
@pytest.mark.parametrize("seeds", ["", " ", ","])
def test_no_seeds_are_a_fault(run: Run, root: Path, verb: str, seeds: str) -> None:
    with Session(root) as session:
        session.mark(add_prints(session, "small", [1]), "star")
    code, _, err = run(verb, "small", "--seeds", seeds, "--detach")
    assert code == 2
    assert "is not a seed: write 7, 1,5,9 or 1..16" in err
    with Session(root) as session:
        assert session.store.jobs.live() == ()


def test_pipes_among_prints_and_pictures_to_learn_from_are_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    os.mkfifo(tmp_path / "pictures" / "a.png")
    with pytest.raises(TrainError, match="a named pipe"):
        image_dataset.survey(tmp_path / "pictures", 64, "centre")
    with Session(root) as session:
        add_prints(session, "small", [1])
        (first,) = root.glob("small/prints/*/1.png")
        os.mkfifo(first.with_name("2.png"))
        (broken,) = rescan(session).broken
    assert "2.png" in broken
    assert "a named pipe" in broken

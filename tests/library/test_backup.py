"""A library goes into one file and comes back, and a broken file makes no library."""

import json
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition.actions import backups
from edition.actions.history import undo
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import Filter
from edition.errors import LibraryError
from edition.library import backup_archive


def everything(root: Path) -> dict[str, bytes]:
    """The files that a person would miss."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith((".", "library.sqlite"))
    }


@pytest.fixture
def ids(root: Path) -> tuple[int, ...]:
    with Session(root) as session:
        made = add_prints(session, "small", range(1, 6))
        session.mark(made[:2], "star")
        session.rate(made[3:], 4)
    return made


def test_all_comes_back_with_its_history(root: Path, ids: tuple[int, ...], tmp_path: Path) -> None:
    with Session(root) as session:
        made = backups.save(session, tmp_path / "b.zip")
    backups.restore(made.file, tmp_path / "again")
    assert everything(tmp_path / "again") == everything(root)
    with Session(tmp_path / "again") as session:
        assert tuple(session.store.prints.select("small", Filter(star=True))) == ids[:2]
        undo(session)  # the rating: the history is in the archive
        marks = session.store.prints.get(ids)
        assert [marks[i].marks.rating for i in ids] == [0] * 5
        found = rescan(session)
    assert (found.prints, found.forgotten, found.broken) == (0, 0, ())


def test_without_pictures_what_was_decided_comes_back(
    root: Path, ids: tuple[int, ...], tmp_path: Path
) -> None:
    with Session(root) as session:
        small = backups.save(session, tmp_path / "b.zip", pictures=False)
    with zipfile.ZipFile(small.file) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".png")]
    facts = backups.restore(small.file, tmp_path / "again")
    assert facts["pictures"] is False
    marks = (tmp_path / "again/small/marks.jsonl").read_bytes()
    assert marks == (root / "small/marks.jsonl").read_bytes()


def test_marks_made_meanwhile_leave_database_and_mirror_agreed(
    root: Path, ids: tuple[int, ...], tmp_path: Path
) -> None:
    """Somebody marks all the time; the copy holds some moment of it, the same in both."""
    end, begun = threading.Event(), threading.Event()

    def mark() -> None:
        with Session(root) as other:
            while not end.is_set():
                for rating in (1, 2, 3):
                    other.rate(ids, rating)
                    begun.set()
                    end.wait(0.01)  # as a hand does: else the copy may wait in vain

    marking = threading.Thread(target=mark)
    marking.start()
    begun.wait()
    try:
        with Session(root) as session:
            for turn in range(3):
                backups.save(session, tmp_path / f"{turn}.zip")
    finally:
        end.set()
        marking.join()
    for turn in range(3):
        again = tmp_path / str(turn)
        backups.restore(tmp_path / f"{turn}.zip", again)
        with Session(again) as session:
            rows = {p.seed: p.marks.rating for p in session.store.prints.get(ids).values()}
        mirrored = {}
        for line in (again / "small/marks.jsonl").read_text().splitlines():
            fields = json.loads(line)
            mirrored[fields["seed"]] = fields["rating"]
        assert mirrored == rows


@pytest.mark.parametrize("keep", [10, 0.5, 0.99])
def test_a_cut_archive_makes_no_library(
    root: Path, ids: tuple[int, ...], tmp_path: Path, keep: float
) -> None:
    with Session(root) as session:
        made = backups.save(session, tmp_path / "b.zip")
    data = made.file.read_bytes()
    made.file.write_bytes(data[: int(keep if keep > 1 else keep * len(data))])
    with pytest.raises(LibraryError, match="no whole backup"):
        backups.restore(made.file, tmp_path / "again")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["b.zip", root.name])


def test_a_changed_byte_is_found(root: Path, ids: tuple[int, ...], tmp_path: Path) -> None:
    with Session(root) as session:
        made = backups.save(session, tmp_path / "b.zip")
    data = bytearray(made.file.read_bytes())
    data[data.find(b"IDAT") + 9] ^= 1
    made.file.write_bytes(data)
    with pytest.raises(LibraryError, match="no whole backup"):
        backups.restore(made.file, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "C:\\out", "a\\..\\..\\out"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "b.zip"
    manifest = {"format": 1, "library_format": 1, "files": 1, "pictures": True, "made": 0}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(backup_archive.MANIFEST, json.dumps(manifest))
        archive.writestr(name, b"x")
    with pytest.raises(LibraryError, match=r"leads out|no whole"):
        backups.restore(file, tmp_path / "deep/again")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.zip"]


def test_a_newer_archive_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    manifest = {"format": 1, "library_format": 999, "files": 0, "edition": "9.9"}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(backup_archive.MANIFEST, json.dumps(manifest))
    with pytest.raises(LibraryError, match=r"newer edition \(9.9\)"):
        backups.restore(file, tmp_path / "again")


def test_nothing_is_written_over(root: Path, ids: tuple[int, ...], tmp_path: Path) -> None:
    with Session(root) as session:
        made = backups.save(session, tmp_path / "b.zip")
        with pytest.raises(LibraryError, match="lies inside"):
            backups.save(session, root / "small/b.zip")
    before = everything(root)
    with pytest.raises(LibraryError, match="not empty"):
        backups.restore(made.file, root)
    assert everything(root) == before


def test_what_a_killed_backup_and_restore_left_goes_with_the_next(
    root: Path, ids: tuple[int, ...], tmp_path: Path
) -> None:
    killed = (
        "import os, sys\nfrom pathlib import Path\n"
        "from edition.actions import backups\nfrom edition.actions.session import Session\n"
        "from edition.library import backup_archive\n"
        "die = lambda *_: os.kill(os.getpid(), 9)\n"
        "if sys.argv[1] == 'restore':\n"
        "    backups.restore(Path(sys.argv[2]), Path(sys.argv[3]), die)\n"
        "backup_archive._copy_database = die if sys.argv[1] == 'early' else (lambda *_: None)\n"
        "backups.save(Session(Path(sys.argv[2])), Path(sys.argv[3]), progress=die)\n"
    )

    def left(when: str, source: Path, made: Path) -> set[str]:
        subprocess.run([sys.executable, "-c", killed, when, source, made], check=False)
        return {path.name for path in tmp_path.iterdir() if path.name.startswith(".")}

    file, again = tmp_path / "b.zip", tmp_path / "again"
    assert len(left("early", root, file)) == 2, "the archive, and the copy of the database"
    assert len(left("late", root, file)) == 1, "its own; the other's are gone"
    with Session(root) as session:
        backups.save(session, file)
    assert len(left("restore", file, again)) == 1
    backups.restore(file, again)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert everything(again) == everything(root)


def test_from_the_command_line(root: Path, ids: tuple[int, ...], tmp_path: Path) -> None:
    def edition(library: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "edition.cli", "--library", str(library), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    file = tmp_path / "b.zip"
    made = edition(root, "backup", str(file), "--json")
    assert json.loads(made.stdout)["bytes"] == file.stat().st_size
    assert "exists" in edition(root, "backup", str(file)).stderr
    told = edition(tmp_path / "again", "restore", str(file))
    assert told.returncode == 0, told.stderr
    assert everything(tmp_path / "again") == everything(root)

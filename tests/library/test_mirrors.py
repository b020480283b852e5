"""Text mirrors and the database say the same, whenever a writer is ended."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import atomic, paths
from edition.actions import exhibitions, register, trash
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import Filter
from edition.errors import LibraryError
from edition.library import mirror_files
from edition.library.mirror_files import read_marks
from edition.library.mirrors import LAST_ACT
from edition.library.store import Store


def lose_the_database(root: Path) -> None:
    for file in root.glob("library.sqlite*"):
        file.unlink()


def starred(session: Session) -> list[int]:
    ids = session.store.prints.select("small", Filter(star=True, trash=None), "seed")
    return [p.seed for p in session.store.prints.get(ids).values()]


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="the injector is C, for Linux"
)
def test_acts_killed_at_their_write_points_are_done_or_were_never_begun() -> None:
    command = [sys.executable, "-m", "tools.campaigns.kill_points", "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("write points") == 8


def test_a_refused_act_leaves_no_line(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        session.mark(ids[:1], "star")
        before = paths.marks_file(root, "small").read_bytes()
        db = session.store._db

        def refused() -> None:
            with db.write() as connection:
                db.mirrors.append(paths.marks_file(root, "small"), [{"star": True}])
                connection.execute("INSERT INTO register (place, json) VALUES (1, NULL)")

        with pytest.raises(LibraryError, match="NULL"):
            refused()
        assert paths.marks_file(root, "small").read_bytes() == before
        session.mark(ids[1:], "star")
        assert paths.marks_file(root, "small").read_bytes().startswith(before)
    assert paths.mirrors_log_file(root).stat().st_size == 0


def test_an_act_whose_mirror_cannot_be_written_is_refused_and_the_next_is_not(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        exhibitions.new(session, "spring", title="Spring")
        copy = paths.exhibition_file(root, "spring")
        copy.unlink()
        copy.mkdir()  # a folder in its place
        with pytest.raises(LibraryError):
            exhibitions.add(session, "spring", ids)
        assert exhibitions.named(session, "spring").places == ()
        session.mark(ids, "star")
        assert starred(session) == [1, 2]


def test_a_log_of_an_act_that_was_committed_is_completed_when_opened(root: Path) -> None:
    with Session(root) as session:
        (one,) = add_prints(session, "small", [1])
        session.mark([one], "star")
        said = paths.marks_file(root, "small").read_bytes()
        log = _log(root, before="another act", text=said.decode())
    paths.marks_file(root, "small").write_bytes(said[:20])  # the append was cut
    paths.mirrors_log_file(root).write_text(log)
    Store(root).close()
    assert paths.marks_file(root, "small").read_bytes() == said
    paths.mirrors_log_file(root).write_text(log)
    Store(root).close()
    assert paths.marks_file(root, "small").read_bytes() == said, "twice changes nothing"


@pytest.mark.parametrize(
    "spoilt",
    [
        "{", "[]", "\x00" * 40, '{"before": "", "changes": [{"file": "small/edition.toml"}]}',
        '{"before": "", "changes": [{"file": "small/marks.jsonl", "text": 5}]}',
        '{"before": "", "changes": [{"file": "small/marks.jsonl", "text": "x", "at": "0"}]}',
        '{"before": "", "changes": [{"file": "small/marks.jsonl", "text": "\\ud800"}]}',
    ],
)  # fmt: skip
def test_a_log_that_was_cut_or_names_other_files_is_dropped(root: Path, spoilt: str) -> None:
    with Session(root) as session:
        (one,) = add_prints(session, "small", [1])
        recipe = paths.edition_file(root, "small").read_bytes()
        paths.mirrors_log_file(root).write_text(spoilt)
        session.mark([one], "star")
    assert paths.edition_file(root, "small").read_bytes() == recipe
    assert len(read_marks(root, "small")) == 1


def _log(root: Path, before: str, text: str) -> str:
    change = {"file": "small/marks.jsonl", "text": text, "at": 0}
    return json.dumps({"before": before, "changes": [change]})


def test_a_rescan_says_again_what_the_database_says(root: Path) -> None:
    """Mirrors that somebody changed, lost or brought back from an old copy."""
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 7))
        session.mark(ids[:2], "star")
        trash.put(session, ids[3:5])
        session.store.trash.empty(ids[4:5])
        exhibitions.new(session, "spring", title="Spring")
        exhibitions.add(session, "spring", ids[:2])
        register.open_edition(session, session.store.prints.get(ids[:1])[ids[0]], 5)
        kept = {f.name: f.read_bytes() for f in (root / "small").glob("*.jsonl")}
        rescan(session)
        assert kept == {f.name: f.read_bytes() for f in (root / "small").glob("*.jsonl")}
        marks = paths.marks_file(root, "small")
        marks.write_text(marks.read_text().replace('"star": true', '"star": false'))
        paths.trash_file(root, "small").unlink()
        paths.exhibition_file(root, "spring").write_text("{}")
        paths.register_file(root).unlink()
        assert rescan(session).broken == ()
    lose_the_database(root)
    with Session(root) as session:
        rescan(session)
        assert starred(session) == [1, 2]
        assert [p.seed for p in trash.listed(session)] == [4]
        assert [gone.seed for gone in session.store.trash.emptied()] == [5]
        assert len(exhibitions.named(session, "spring").places) == 2
        assert len(register.rows(session)) == 1


def test_a_library_of_an_older_edition_opens_with_mirrors_that_agree(root: Path) -> None:
    """Older editions left lines of acts that never happened, after a kill."""
    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        session.mark(ids, "star")
    with sqlite3.connect(paths.database_file(root)) as connection:
        connection.execute("UPDATE prints SET star = 0 WHERE seed = 2")
        connection.execute("DELETE FROM settings WHERE key = ?", (LAST_ACT,))
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    Store(root).close()
    lose_the_database(root)
    with Session(root) as session:
        rescan(session)
        assert starred(session) == [1]


def test_what_was_emptied_stays_so_when_the_database_is_lost_with_files_half_removed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        trash.put(session, ids[:1])
        with monkeypatch.context() as patch:
            patch.setattr(type(session.store.trash), "_settle", killed)
            with pytest.raises(KeyboardInterrupt):
                session.store.trash.empty(ids[:1])
    lose_the_database(root)
    with Session(root) as session:
        assert trash.listed(session) == ()  # settles before anybody thinks of a rescan
        rescan(session)
        assert [gone.seed for gone in session.store.trash.emptied()] == [1]
        assert list(root.glob("small/*/*/1.png")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="/proc names what is flushed")
def test_new_files_and_the_folders_above_them_are_flushed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Path] = []

    def watched(handle: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{handle}").readlink())
        fsync(handle)

    fsync = os.fsync
    with Session(root) as session:
        (one,) = add_prints(session, "small", [1])
        item = session.store.prints.get([one])[one]
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", watched)
            session.mark([one], "star")
            assert {root, root / "small", paths.marks_file(root, "small")} <= set(flushed)
            flushed.clear()
            session.mark([one], "unstar")
            assert root / "small" not in flushed, "once is enough"
            exhibitions.new(session, "spring", title="Spring")
            copy = paths.exhibition_file(root, "spring")
            assert {root, copy.parent.parent, copy.parent} <= set(flushed)
            flushed.clear()
            register.open_edition(session, item, 5)
            assert root in flushed, "the register's rename"
            flushed.clear()
            atomic.write(root / "a" / "b" / "c", b"")
            assert {root, root / "a", root / "a" / "b"} <= set(flushed)


_MARK = """
import sys
from pathlib import Path
from edition.actions.session import Session
with Session(Path(sys.argv[1])) as session:
    for _ in range(8):
        for print_id in map(int, sys.argv[2:]):
            session.mark([print_id], "star")
            session.rate([print_id], 3)
            session.mark([print_id], "unstar")
    session.mark([int(sys.argv[2])], "star")
"""


def test_two_writers_at_once_keep_mirrors_that_agree(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 5))
    command = [sys.executable, "-c", _MARK, str(root)]
    both = [subprocess.Popen([*command, *map(str, mine)]) for mine in (ids[:2], ids[2:])]
    assert [writer.wait() for writer in both] == [0, 0]
    with Session(root) as session:
        before = {p.seed: p.marks for p in session.store.prints.get(ids).values()}
        assert starred(session) == [1, 3]
    lines = paths.marks_file(root, "small").read_text().splitlines()
    assert len(lines) == len({*lines}) == 4 * (8 + 1 + 8) + 2, "none lost, none twice"
    lose_the_database(root)
    with Session(root) as session:
        rescan(session)
        ids = session.store.prints.select("small")
        assert {p.seed: p.marks for p in session.store.prints.get(ids).values()} == before


def test_a_library_of_the_last_format_can_be_looked_at_where_nothing_is_written(root: Path) -> None:
    with Session(root) as session:
        (one,) = add_prints(session, "small", [1])
        session.mark([one], "star")
    for version, readable in ((7, True), (6, False)):
        with sqlite3.connect(paths.database_file(root)) as connection:
            connection.execute("DELETE FROM settings WHERE key = ?", (LAST_ACT,))
            connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        if readable:
            with Session(root, writable=False) as session:
                assert starred(session) == [1]
        else:
            with pytest.raises(LibraryError, match="older edition"):
                Store(root, writable=False)


def test_half_written_files_of_living_writers_stay(root: Path) -> None:
    folder = paths.upscaled_file(root, "small", "a" * 64, 1, "b" * 64).parent
    folder.mkdir(parents=True)
    with atomic.replacing(folder / "retouched.png") as living:
        old = folder / ".1.png.abc.part"  # as releases before named them
        with subprocess.Popen([sys.executable, "-c", ""]) as gone:
            gone.wait()
        dead = living.with_name(living.name.replace(f"-{os.getpid()}.", f"-{gone.pid}."))
        for part in (old, dead):
            part.touch()
        assert mirror_files.sweep_parts(root, "small") == 2
        assert [part.exists() for part in (living, old, dead)] == [True, False, False]
    assert (folder / "retouched.png").is_file()

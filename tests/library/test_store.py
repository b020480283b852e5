"""The database: what goes in comes out, what is done can be undone, what is broken is told."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.actions import history
from edition.actions.session import Session
from edition.domain import Filter, MarkChange, Marks, PressState
from edition.errors import LibraryError, PressError
from edition.library import mirror_files
from edition.library.database import Database
from edition.library.migrations import MIGRATIONS
from edition.library.store import Store


def test_prints_are_found_again(session: Session) -> None:
    ids = add_prints(session, "small", [3, 1, 2**62])
    assert add_prints(session, "small", [3]) == ids[:1]  # known: not added twice
    prints = session.store.prints.get(ids)
    assert [prints[i].seed for i in ids] == [3, 1, 2**62]
    assert all((session.root / p.file).is_file() for p in prints.values())
    assert list(session.store.prints.select("small", order="seed")) == [ids[1], ids[0], ids[2]]
    assert all(len(rgb) == 3072 for rgb in session.store.prints.rgb(ids).values())
    assert all(jpeg[:2] == b"\xff\xd8" for jpeg in session.store.prints.jpeg(ids).values())
    assert len(session.store.prints.hashes("small")) == 3


def test_filters_hold_all_at_once(session: Session) -> None:
    ids = add_prints(session, "small", range(1, 9))
    session.mark(ids[:3], "star")
    session.mark(ids[3:5], "reject")
    session.rate(ids[2:4], 4)
    select = session.store.prints.select

    def found(**wish: object) -> list[int]:
        return list(select("small", Filter(**wish)))

    assert found(star=True) == list(ids[:3])
    assert found(star=False, reject=False) == list(ids[5:])
    assert found(star=True, rating_from=4) == [ids[2]]
    assert found(undecided=True) == list(ids[5:])
    assert found(seeds=(2, 5)) == [ids[1], ids[4]]
    assert found(text="monumental 7") == [ids[6]]
    assert found(text="100%") == []
    assert list(select("elsewhere")) == []
    assert list(select(None)) == list(ids)


def test_marks_exclude_each_other(session: Session) -> None:
    (only,) = add_prints(session, "small", [1])
    session.mark([only], "star")
    session.mark([only], "reject")
    assert session.store.prints.get([only])[only].marks == Marks(reject=True)
    session.mark([only], "star")
    assert session.store.prints.get([only])[only].marks == Marks(star=True)


def test_everything_can_be_undone_also_after_a_restart(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 5))
        session.mark(ids, "star")
        session.mark(ids[:2], "reject")
        session.rate(ids[:1], 5)
        session.label(ids[1:2], "red")
        before = _marks(session, ids)
    with Session(root) as session:  # another day
        states = [_marks(session, ids)]
        while history.undo(session):
            states.append(_marks(session, ids))
        assert len(states) == 5
        assert set(states[-1]) == {Marks()}
        for expected in reversed(states[:-1]):
            assert history.redo(session)
            assert _marks(session, ids) == expected
        assert not history.redo(session)
        assert _marks(session, ids) == before


def _marks(session: Session, ids: tuple[int, ...]) -> list[Marks]:
    prints = session.store.prints.get(ids)
    return [prints[i].marks for i in ids]


def test_a_new_act_drops_what_could_be_redone(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    session.mark(ids[:1], "star")
    history.undo(session)
    session.mark(ids[1:], "star")
    assert not history.redo(session)
    assert [e.action for e in session.store.journal.history()] == ["star small seed 2"]


def test_nothing_changed_is_nothing_to_undo(session: Session) -> None:
    ids = add_prints(session, "small", [1])
    assert session.mark(ids, "star")
    assert session.mark(ids, "star") == ""
    assert len(session.store.journal.history()) == 1


def test_the_mirror_says_what_the_database_says(session: Session) -> None:
    ids = add_prints(session, "small", range(1, 6))
    session.mark(ids[:3], "star")
    history.undo(session)
    session.mark(ids[1:2], "star")
    session.rate(ids, 3)
    mirror = mirror_files.read_marks(session.root, "small")
    for item in session.store.prints.get(ids).values():
        assert mirror[item.digest, item.seed].marks == item.marks


def test_a_torn_mirror_is_read_as_far_as_it_goes(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    session.mark(ids, "star")
    path = paths.marks_file(session.root, "small")
    path.write_bytes(path.read_bytes()[:-20])  # a power cut in the middle of the last line
    session.rate(ids[:1], 5)
    marks = [kept.marks for kept in mirror_files.read_marks(session.root, "small").values()]
    assert marks == [Marks(star=True, rating=5)]
    with path.open("a") as mirror:
        mirror.write('{"digest": 1}\n[]\nnull\n{"seed": "x"}\n\x00\xff\n')
    assert len(mirror_files.read_marks(session.root, "small")) == 1


def test_two_writers_wait_for_each_other(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 41))
        script = (
            "import sys; from pathlib import Path; from edition.actions.session import Session\n"
            "session = Session(Path(sys.argv[1]))\n"
            "for i in map(int, sys.argv[2:]): session.mark([i], 'star')"
        )
        children = [
            subprocess.Popen([sys.executable, "-c", script, str(root), *map(str, part)])
            for part in (ids[:20], ids[20:])
        ]
        assert [child.wait(240) for child in children] == [0, 0]
        assert session.store.prints.counts("small").starred == 40
        assert len(session.store.journal.history(100)) == 40


def test_data_version_tells_of_others(root: Path) -> None:
    with Session(root) as ours, Session(root) as theirs:
        before = ours.store.data_version()
        assert ours.store.data_version() == before
        add_prints(theirs, "small", [1])
        assert ours.store.data_version() != before


def test_a_newer_database_is_left_alone(root: Path) -> None:
    Store(root).close()
    file = paths.database_file(root)
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(LibraryError, match="newer edition"):
        Store(root)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_told(root: Path) -> None:
    paths.database_file(root).write_bytes(b"not a database at all, but long enough to be read")
    with pytest.raises(LibraryError) as caught:
        Store(root)
    assert "edition rescan" in caught.value.hint


def test_a_library_can_be_looked_at_without_writing(root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", [1])
    with Session(root, writable=False) as session:
        assert session.store.prints.counts("small").prints == 1
        with pytest.raises(LibraryError, match="readonly"):
            session.mark([1], "star")
    with pytest.raises(LibraryError, match="There is no library"):
        Store(root / "elsewhere", writable=False)


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_every_old_format_is_brought_up(root: Path, version: int) -> None:
    """An empty database of each old version becomes the newest; its rows stay."""
    connection = sqlite3.connect(paths.database_file(root))
    for step in MIGRATIONS[:version]:
        connection.executescript(step)
    connection.execute(f"PRAGMA user_version = {version}")
    if version:
        connection.execute("INSERT INTO settings VALUES ('kept', 'yes')")
    connection.commit()
    connection.close()
    with Store(root) as store:
        assert store.setting("kept") == ("yes" if version else "")
        assert store.jobs.live() == ()
    fresh = Database(root / "fresh")
    old = Database(root)
    assert _schema(fresh) == _schema(old)
    fresh.close()
    old.close()


def _schema(db: Database) -> list[tuple[str, str]]:
    rows = db.connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name")
    return [(name, " ".join((sql or "").split())) for name, sql in rows]


def test_a_full_disk_leaves_no_half_file(root: Path) -> None:
    """The system's own limit on file sizes stands in for a full disk."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from edition.errors import LibraryError\n"
        "from edition import atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: atomic.write(Path(sys.argv[1]), b'x' * 5000)\n"
        "except LibraryError as error: print(error); sys.exit(4)"
    )
    target = root / "small" / "prints" / "abc" / "1.png"
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "Can't write" in done.stdout
    assert list(target.parent.iterdir()) == []


def test_a_full_database_is_a_full_disk_also_where_the_disk_has_room(session: Session) -> None:
    """As with a quota: the file system has room, and not for this person."""
    pages = session.store._db.connection.execute("PRAGMA page_count").fetchone()[0]
    session.store._db.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryError, match=r"full.*Free some space"):
        session.store.remember("much", "x" * 100_000)


def test_a_press_that_lives_is_found_also_where_locks_do_nothing(session: Session) -> None:
    press, mine = session.store.press, PressState(pid=os.getpid(), state="starting")
    assert press.enter(mine) == 0
    assert press.enter(mine) == 0, "its own number, of a press before"
    press.write(PressState(pid=os.getppid(), state="working"))
    assert press.enter(mine) == os.getppid()
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    press.write(PressState(pid=gone.pid, state="working"))
    assert press.enter(mine) == 0
    press.write(PressState())  # none works on: nobody is waited for


def test_the_queue_can_be_ordered(session: Session) -> None:
    jobs = session.store.jobs
    a, b, c = (jobs.add("render", "small", {"n": n}, 1) for n in range(3))

    def order() -> list[int]:
        return [job.id for job in jobs.live()]

    assert order() == [a, b, c]
    jobs.move(c, -2)
    assert order() == [c, a, b]
    jobs.move(c, 1)
    assert order() == [a, c, b]
    jobs.move(a, 99)
    assert order() == [c, b, a]
    claimed = jobs.claim()
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempts) == (c, "running", 1)
    with pytest.raises(PressError, match="not waiting"):
        jobs.move(c, 1)


def test_states_of_jobs_follow_each_other(session: Session) -> None:
    jobs = session.store.jobs
    job = jobs.add("render", "small", {}, 1)
    jobs.pause(job)
    assert jobs.claim() is None
    jobs.resume(job)
    assert jobs.claim() is not None
    jobs.cancel(job)
    jobs.finish(job, "done")  # the press comes too late: cancelled stays cancelled
    assert jobs.state(job) == "cancelled"
    with pytest.raises(PressError, match="is cancelled"):
        jobs.pause(job)
    jobs.retry(job)
    assert jobs.state(job) == "queued"
    with pytest.raises(PressError, match="no job 99"):
        jobs.cancel(99)


def test_orphans_come_back_but_not_for_ever(session: Session) -> None:
    jobs = session.store.jobs
    job = jobs.add("render", "small", {}, 3)
    for _ in range(2):
        jobs.claim()
        assert jobs.requeue_orphans(3) == (job,)
    jobs.claim()
    jobs.progress(job, 1)  # it got on: it is no hopeless case
    assert jobs.requeue_orphans(3) == (job,)
    for _ in range(2):
        jobs.claim()
        jobs.requeue_orphans(3)
    assert jobs.get(job).state == "failed"
    assert "died at this job 3 times" in jobs.get(job).error


def test_a_dead_press_is_off(session: Session) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    session.store.press.write(PressState(pid=child.pid, state="working"))
    assert session.press_state().pid is None


HOLDS_THE_LOCK = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_press_runs_though_the_clock_was_set(session: Session) -> None:
    lock = str(paths.press_lock_file(session.root))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == b"held\n"
        session.store.press.write(PressState(pid=child.pid, state="working"))
        with sqlite3.connect(paths.database_file(session.root)) as rows:
            rows.execute("UPDATE press SET heartbeat = heartbeat - 7200")  # set on by two hours
        assert session.press_state().pid == child.pid
        child.kill()
        child.wait()
        assert session.press_state().pid is None
    session.store.press.write(PressState(pid=os.getpid(), state="working"))
    with sqlite3.connect(paths.database_file(session.root)) as rows:
        rows.execute("UPDATE press SET heartbeat = 0")  # another process has got the number
    assert session.press_state().pid is None


STOPS_WHILE_WRITING = """
import os, signal, sqlite3, sys
rows = sqlite3.connect(sys.argv[1], isolation_level=None)
rows.execute("UPDATE press SET pid = ?, heartbeat = 1e12", (os.getpid(),))
rows.execute("BEGIN IMMEDIATE")
print("writing", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
rows.execute("COMMIT")
sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system can't stop a process")
def test_a_press_that_was_stopped_while_writing_is_named(session: Session) -> None:
    (print_id,) = add_prints(session, "small", [1])
    with subprocess.Popen(
        [sys.executable, "-c", STOPS_WHILE_WRITING, str(paths.database_file(session.root))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdout
        assert child.stdout.readline() == b"writing\n"
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(LibraryError, match=f"process {child.pid}, was stopped") as told:
            session.mark([print_id], "star")
        assert told.value.hint == f"Let it go on with: kill -CONT {child.pid}"
        child.send_signal(signal.SIGCONT)
        assert session.mark([print_id], "star") == "star small seed 1"
        child.kill()


def test_time_left_is_measured(session: Session) -> None:
    jobs = session.store.jobs
    job = jobs.add("render", "small", {}, 10)
    jobs.progress(job, 1, seconds_each=2.0)
    assert jobs.get(job).seconds_each == 2.0
    jobs.progress(job, 2, seconds_each=4.0)
    assert 2.0 < jobs.get(job).seconds_each < 4.0
    jobs.progress(job, 3)
    assert jobs.get(job).done == 3


def test_changes_are_whole_or_not_at_all(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = add_prints(session, "small", [1, 2])
    folder = session.root / "small"
    paths.marks_file(session.root, "small").mkdir()  # the mirror can't be written
    change = MarkChange(ids[0], Marks(), Marks(star=True))
    with pytest.raises(LibraryError):
        session.store.journal.apply("star", [change])
    assert session.store.prints.counts("small").starred == 0
    assert session.store.journal.history() == ()
    assert folder.is_dir()


def test_history_is_json_of_plain_facts(session: Session) -> None:
    ids = add_prints(session, "small", [1])
    session.mark(ids, "star")
    line = json.loads(paths.marks_file(session.root, "small").read_text())
    assert line["seed"] == 1
    assert line["star"] is True

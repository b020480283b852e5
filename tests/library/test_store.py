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
from edition.desk.desk import Desk
from edition.errors import LibraryError, PressError
from edition.facts import Filter, MarkChange, Marks, PressState
from edition.library import files
from edition.library.db import Database
from edition.library.migrations import MIGRATIONS
from edition.library.store import Store


def test_prints_are_found_again(desk: Desk) -> None:
    ids = add_prints(desk, "small", [3, 1, 2**62])
    assert add_prints(desk, "small", [3]) == ids[:1]  # known: not added twice
    prints = desk.store.prints.get(ids)
    assert [prints[i].seed for i in ids] == [3, 1, 2**62]
    assert all((desk.root / p.file).is_file() for p in prints.values())
    assert list(desk.store.prints.select("small", order="seed")) == [ids[1], ids[0], ids[2]]
    assert all(len(rgb) == 3072 for rgb in desk.store.prints.rgb(ids).values())
    assert all(jpeg[:2] == b"\xff\xd8" for jpeg in desk.store.prints.jpeg(ids).values())
    assert len(desk.store.prints.hashes("small")) == 3


def test_filters_hold_all_at_once(desk: Desk) -> None:
    ids = add_prints(desk, "small", range(1, 9))
    desk.mark(ids[:3], "star")
    desk.mark(ids[3:5], "reject")
    desk.rate(ids[2:4], 4)
    select = desk.store.prints.select

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


def test_marks_exclude_each_other(desk: Desk) -> None:
    (only,) = add_prints(desk, "small", [1])
    desk.mark([only], "star")
    desk.mark([only], "reject")
    assert desk.store.prints.get([only])[only].marks == Marks(reject=True)
    desk.mark([only], "star")
    assert desk.store.prints.get([only])[only].marks == Marks(star=True)


def test_everything_can_be_undone_also_after_a_restart(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 5))
        desk.mark(ids, "star")
        desk.mark(ids[:2], "reject")
        desk.rate(ids[:1], 5)
        desk.label(ids[1:2], "red")
        before = _marks(desk, ids)
    with Desk(root) as desk:  # another day
        states = [_marks(desk, ids)]
        while desk.undo():
            states.append(_marks(desk, ids))
        assert len(states) == 5
        assert set(states[-1]) == {Marks()}
        for expected in reversed(states[:-1]):
            assert desk.redo()
            assert _marks(desk, ids) == expected
        assert not desk.redo()
        assert _marks(desk, ids) == before


def _marks(desk: Desk, ids: tuple[int, ...]) -> list[Marks]:
    prints = desk.store.prints.get(ids)
    return [prints[i].marks for i in ids]


def test_a_new_act_drops_what_could_be_redone(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1, 2])
    desk.mark(ids[:1], "star")
    desk.undo()
    desk.mark(ids[1:], "star")
    assert not desk.redo()
    assert [e.action for e in desk.store.journal.history()] == ["star small seed 2"]


def test_nothing_changed_is_nothing_to_undo(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1])
    assert desk.mark(ids, "star")
    assert desk.mark(ids, "star") == ""
    assert len(desk.store.journal.history()) == 1


def test_the_mirror_says_what_the_database_says(desk: Desk) -> None:
    ids = add_prints(desk, "small", range(1, 6))
    desk.mark(ids[:3], "star")
    desk.undo()
    desk.mark(ids[1:2], "star")
    desk.rate(ids, 3)
    mirror = files.read_marks(desk.root, "small")
    for item in desk.store.prints.get(ids).values():
        assert mirror[item.digest, item.seed].marks == item.marks


def test_a_torn_mirror_is_read_as_far_as_it_goes(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1, 2])
    desk.mark(ids, "star")
    path = paths.marks_file(desk.root, "small")
    path.write_bytes(path.read_bytes()[:-20])  # a power cut in the middle of the last line
    desk.rate(ids[:1], 5)
    marks = [kept.marks for kept in files.read_marks(desk.root, "small").values()]
    assert marks == [Marks(star=True, rating=5)]
    with path.open("a") as mirror:
        mirror.write('{"digest": 1}\n[]\nnull\n{"seed": "x"}\n\x00\xff\n')
    assert len(files.read_marks(desk.root, "small")) == 1


def test_two_writers_wait_for_each_other(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 41))
        script = (
            "import sys; from pathlib import Path; from edition.desk.desk import Desk\n"
            "desk = Desk(Path(sys.argv[1]))\n"
            "for i in map(int, sys.argv[2:]): desk.mark([i], 'star')"
        )
        children = [
            subprocess.Popen([sys.executable, "-c", script, str(root), *map(str, part)])
            for part in (ids[:20], ids[20:])
        ]
        assert [child.wait(60) for child in children] == [0, 0]
        assert desk.store.prints.counts("small").starred == 40
        assert len(desk.store.journal.history(100)) == 40


def test_data_version_tells_of_others(root: Path) -> None:
    with Desk(root) as ours, Desk(root) as theirs:
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
    with Desk(root) as desk:
        add_prints(desk, "small", [1])
    with Desk(root, writable=False) as desk:
        assert desk.store.prints.counts("small").prints == 1
        with pytest.raises(LibraryError, match="readonly"):
            desk.mark([1], "star")
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
        "from edition.errors import LibraryError; from edition.library.files import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_whole(Path(sys.argv[1]), b'x' * 5000)\n"
        "except LibraryError as error: print(error); sys.exit(4)"
    )
    target = root / "small" / "prints" / "abc" / "1.png"
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "Can't write" in done.stdout
    assert list(target.parent.iterdir()) == []


def test_the_queue_can_be_ordered(desk: Desk) -> None:
    jobs = desk.store.jobs
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


def test_states_of_jobs_follow_each_other(desk: Desk) -> None:
    jobs = desk.store.jobs
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


def test_orphans_come_back_but_not_for_ever(desk: Desk) -> None:
    jobs = desk.store.jobs
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


def test_a_dead_press_is_off(desk: Desk) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    desk.store.press.write(PressState(pid=child.pid, state="working"))
    assert desk.press_state().pid is None


HOLDS_THE_LOCK = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_press_runs_though_the_clock_was_set(desk: Desk) -> None:
    lock = str(paths.press_lock_file(desk.root))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == b"held\n"
        desk.store.press.write(PressState(pid=child.pid, state="working"))
        with sqlite3.connect(paths.database_file(desk.root)) as rows:
            rows.execute("UPDATE press SET heartbeat = heartbeat - 7200")  # set on by two hours
        assert desk.press_state().pid == child.pid
        child.kill()
        child.wait()
        assert desk.press_state().pid is None
    desk.store.press.write(PressState(pid=os.getpid(), state="working"))
    with sqlite3.connect(paths.database_file(desk.root)) as rows:
        rows.execute("UPDATE press SET heartbeat = 0")  # another process has got the number
    assert desk.press_state().pid is None


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
def test_a_press_that_was_stopped_while_writing_is_named(desk: Desk) -> None:
    (print_id,) = add_prints(desk, "small", [1])
    with subprocess.Popen(
        [sys.executable, "-c", STOPS_WHILE_WRITING, str(paths.database_file(desk.root))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdout
        assert child.stdout.readline() == b"writing\n"
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(LibraryError, match=f"process {child.pid}, was stopped") as told:
            desk.mark([print_id], "star")
        assert told.value.hint == f"Let it go on with: kill -CONT {child.pid}"
        child.send_signal(signal.SIGCONT)
        assert desk.mark([print_id], "star") == "star small seed 1"
        child.kill()


def test_time_left_is_measured(desk: Desk) -> None:
    jobs = desk.store.jobs
    job = jobs.add("render", "small", {}, 10)
    jobs.progress(job, 1, seconds_each=2.0)
    assert jobs.get(job).seconds_each == 2.0
    jobs.progress(job, 2, seconds_each=4.0)
    assert 2.0 < jobs.get(job).seconds_each < 4.0
    jobs.progress(job, 3)
    assert jobs.get(job).done == 3


def test_changes_are_whole_or_not_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = add_prints(desk, "small", [1, 2])
    folder = desk.root / "small"
    paths.marks_file(desk.root, "small").mkdir()  # the mirror can't be written
    change = MarkChange(ids[0], Marks(), Marks(star=True))
    with pytest.raises(LibraryError):
        desk.store.journal.apply("star", [change])
    assert desk.store.prints.counts("small").starred == 0
    assert desk.store.journal.history() == ()
    assert folder.is_dir()


def test_history_is_json_of_plain_facts(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1])
    desk.mark(ids, "star")
    line = json.loads(paths.marks_file(desk.root, "small").read_text())
    assert line["seed"] == 1
    assert line["star"] is True

"""Stacks by hand: they outlive every regrouping, new prints, undo and a lost database."""

from pathlib import Path

import pytest
from tests.fakes import add_prints, scene

from edition import atomic, paths
from edition.actions import exhibitions, grouping_subprocess, history, stack_edits, trash
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import ActPlace, ActResult, FieldChange
from edition.errors import LibraryError
from edition.library import metadata
from edition.library.metadata import Origin
from edition.press.ingest import describe
from edition.text_format import act_words


def copies(session: Session, seeds: range | list[int], of: int = 1) -> list[int]:
    """Prints that are one picture under many seeds; their ids."""
    recipe = session.recipe("small")
    digest = session.digest("small")
    rows = []
    for seed in seeds:
        image = scene(of)
        origin = Origin(recipe, digest, seed, {"edition": "test"}, {})
        path = paths.print_file(session.root, "small", digest, seed)
        atomic.write(path, metadata.encode(image, origin))
        file = path.relative_to(session.root).as_posix()
        rows.append(describe(image, origin, slug="small", file=file, made=1.0))
    return list(session.store.prints.add(rows))


def stacks(session: Session, *, alike: bool = False) -> dict[int, list[int]]:
    """Top's seed → members' seeds."""
    ids = session.store.prints.select("small")
    prints = session.store.prints.get(ids, alike=alike)
    found: dict[int, list[int]] = {}
    for item in prints.values():
        if item.stack:
            found.setdefault(prints[item.stack].seed, []).append(item.seed)
    return found


def test_split_prints_stay_apart_when_prints_arrive_and_stacks_are_grouped_anew(
    session: Session,
) -> None:
    ids = copies(session, range(1, 6))
    session.restack("small")
    assert stacks(session) == {1: [1, 2, 3, 4, 5]}
    assert stack_edits.split(session, ids[3:]) == "split 2 prints"
    assert stacks(session) == {1: [1, 2, 3], 4: [4, 5]}, "split off together, they stay together"
    copies(session, [6, 7])
    for distance in (6, 16, 0):
        session.restack("small", distance)
        assert stacks(session) == {1: [1, 2, 3, 6, 7], 4: [4, 5]}
    stack_edits.split(session, [ids[4]])
    session.restack("small")
    assert stacks(session) == {1: [1, 2, 3, 6, 7]}


def test_the_quick_repair_equals_grouping_anew(session: Session) -> None:
    ids = copies(session, range(1, 9))
    session.rate(ids[5:6], 3)
    session.mark(ids[6:7], "reject")
    session.restack("small")
    for act in (
        lambda: stack_edits.split(session, [ids[5], ids[1], ids[2]]),
        lambda: stack_edits.choose_best(session, ids[6]),
        lambda: trash.put(session, [ids[6], ids[5]]),
        lambda: stack_edits.choose_best(session, ids[7]),
        lambda: trash.put(session, [ids[1]]),
    ):
        act()
        quick = stacks(session)
        session.restack("small")
        assert stacks(session) == quick


def test_undo_puts_prints_back_into_their_stack(session: Session) -> None:
    ids = copies(session, range(1, 5))
    session.restack("small")
    stack_edits.split(session, ids[:1])
    stack_edits.choose_best(session, ids[3])
    trash.put(session, ids[1:2])
    assert stacks(session) == {4: [3, 4]}
    history.undo(session)
    assert stacks(session) == {4: [2, 3, 4]}
    history.undo(session)
    assert stacks(session) == {2: [2, 3, 4]}
    history.undo(session)
    assert stacks(session) == {1: [1, 2, 3, 4]}
    for _ in range(3):
        history.redo(session)
    assert stacks(session) == {4: [3, 4]}


def test_joining_takes_a_split_back_long_after(session: Session) -> None:
    ids = copies(session, range(1, 5))
    session.restack("small")
    stack_edits.split(session, ids)
    assert stacks(session) == {}, "all of a stack: each alone"
    session.mark(ids[:1], "star")
    assert stack_edits.join(session, ids[:3]).action == "join 3 prints"
    assert stacks(session) == {1: [1, 2, 3]}
    assert stack_edits.join(session, ids[:3]).action == ""
    history.undo(session)
    assert stacks(session) == {}


def test_the_best_by_hand_outranks_a_star_and_only_one_is_best(session: Session) -> None:
    ids = copies(session, range(1, 5))
    session.mark(ids[:1], "star")
    session.restack("small")
    assert stack_edits.choose_best(session, ids[2]) == "pin to the top of its stack: small seed 3"
    session.restack("small")
    assert list(stacks(session)) == [3]
    stack_edits.choose_best(session, ids[1])
    assert list(stacks(session)) == [2]
    said = session.store.splits.said(ids)
    assert [best for _, best in said.values()] == [0, 1, 0, 0]
    assert stack_edits.is_best(session, ids[1])
    assert stack_edits.choose_best(session, ids[1], on=False).startswith("unpin from the top")
    assert list(stacks(session)) == [1]


def test_what_stands_in_no_stack_is_told(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2])
    with pytest.raises(LibraryError, match="no stack"):
        stack_edits.choose_best(session, ids[0])
    with pytest.raises(LibraryError, match="No stack to split"):
        stack_edits.split(session, ids)
    with pytest.raises(LibraryError, match="80 to 99"):
        stack_edits.lookalikes(session, "small", 20)
    assert session.store.journal.history() == ()


def test_decisions_come_back_with_a_rescan(root: Path) -> None:
    with Session(root) as session:
        ids = copies(session, range(1, 7))
        session.restack("small")
        stack_edits.split(session, ids[4:])
        stack_edits.choose_best(session, ids[2])
        stack_edits.choose_best(session, ids[3])
        history.undo(session)
        stack_edits.choose_best(session, ids[5])
        before = stacks(session)
        assert before == {3: [1, 2, 3, 4], 6: [5, 6]}
    mirror = paths.stacks_file(root, "small")
    mirror.write_bytes(mirror.read_bytes() + b'{"digest": 1}\nhalf a li')
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:
        rescan(session)
        assert stacks(session) == before


def test_look_alikes_are_a_stack_of_their_own(session: Session) -> None:
    ids = copies(session, [1, 2])
    ids += copies(session, [3, 4], of=9)
    assert stack_edits.lookalikes(session, "small") == (2, 95)
    assert stacks(session, alike=True) == {1: [1, 2], 3: [3, 4]}
    assert stacks(session) == {}, "near-duplicates were never grouped"
    stack_edits.split(session, ids[:1], alike=True)
    assert stacks(session, alike=True) == {3: [3, 4]}
    stack_edits.choose_best(session, ids[3], alike=True)
    assert list(stacks(session, alike=True)) == [4]
    assert stack_edits.lookalikes(session, "small", by=-3) == (1, 92)
    assert stack_edits.lookalikes(session, "small") == (1, 92), "the likeness is kept"
    assert stack_edits.lookalikes(session, "small", by=50)[1] == 99
    history.undo(session)
    history.undo(session)
    assert stacks(session, alike=True) == {1: [1, 2], 3: [3, 4]}


def test_a_print_that_is_gone_does_not_stand_in_the_way(session: Session) -> None:
    ids = copies(session, range(1, 4))
    session.restack("small")
    stack_edits.split(session, ids[:1])
    session.store.prints.forget(ids[:1])
    assert history.undo(session).action == "split small seed 1"
    assert stacks(session) == {2: [2, 3]}
    session.store.journal.apply("by hand", [FieldChange("best", "99", 0, 1)])
    assert history.undo(session).action == "by hand"


def test_many_look_alikes_are_found_in_a_process_of_their_own(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies(session, [1, 2])
    copies(session, [3, 4], of=9)
    monkeypatch.setattr(stack_edits, "FEW", 3)
    assert grouping_subprocess.find(session, "small", -2) == (2, 93)
    assert stacks(session, alike=True) == {1: [1, 2], 3: [3, 4]}
    assert stack_edits.likeness(session, "small") == 93
    session.store.remember("kin:small", "50")  # by a hand from outside
    assert grouping_subprocess.find(session, "small") == (2, 80)
    broken = session.root / "library.sqlite"
    monkeypatch.setattr(session, "root", broken)
    with pytest.raises(LibraryError, match="could not be grouped"):
        grouping_subprocess.find(session, "small")


def test_an_act_that_was_taken_back_is_told_so_where_its_stacks_can_not_be_grouped(
    session: Session,
) -> None:
    """A full disk refuses the second transaction only: the act has been written by then."""
    ids = copies(session, range(1, 5))
    session.restack("small")
    stack_edits.split(session, ids[3:])
    refuse = (
        "CREATE TEMP TRIGGER full BEFORE UPDATE OF stack ON main.prints"
        " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    )
    connection = session.store.prints._db.connection
    connection.execute(refuse)
    done = history.undo(session)
    assert (done.action, done.ungrouped) == ("split small seed 4", ("small",))
    assert act_words(done).endswith("(stacks not regrouped yet: edition stacks small)")
    assert session.store.splits.said(ids[3:]) == {ids[3]: (0, 0)}
    connection.execute("DROP TRIGGER full")
    history.redo(session)
    connection.execute(refuse)
    assert stack_edits.join(session, ids[3:]).ungrouped == ("small",)
    connection.execute("DROP TRIGGER full")
    session.restack("small")
    assert stacks(session) == {1: [1, 2, 3, 4]}


def test_what_was_taken_back_comes_as_data(session: Session) -> None:
    ids = copies(session, range(1, 4))
    session.restack("small")
    assert history.undo(session) == ActResult()
    session.mark(ids[:2], "star")
    done = history.undo(session)
    here = (ActPlace("edition", "small"),)
    assert done == ActResult("star 2 prints", frozenset({"marks"}), tuple(ids[:2]), places=here)
    assert not done.kinds & stack_edits.REGROUPING
    stack_edits.split(session, ids[:1])
    done = history.undo(session)
    assert (done.kinds, done.ids) == ({"apart"}, (ids[0],))
    assert history.redo(session).kinds & stack_edits.REGROUPING
    exhibitions.new(session, "desktop")
    shown = (ActPlace("exhibition", "desktop"),)
    opened = ActResult("open exhibition desktop", frozenset({"exhibition"}), places=shown)
    assert history.undo(session) == opened

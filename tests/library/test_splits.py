"""Stacks by hand: they outlive every regrouping, new prints, undo and a lost database."""

from pathlib import Path

import pytest
from tests.fakes import add_prints, scene

from edition import paths
from edition.desk import alike, stacking, trash
from edition.desk.desk import Desk
from edition.desk.rescan import rescan
from edition.errors import LibraryError
from edition.facts import FieldChange
from edition.library import metadata
from edition.library.files import write_whole
from edition.library.metadata import Origin
from edition.press.adopt import describe


def copies(desk: Desk, seeds: range | list[int], of: int = 1) -> list[int]:
    """Prints that are one picture under many seeds; their ids."""
    recipe = desk.recipe("small")
    digest = desk.digest("small")
    rows = []
    for seed in seeds:
        image = scene(of)
        origin = Origin(recipe, digest, seed, {"edition": "test"}, {})
        path = paths.print_file(desk.root, "small", digest, seed)
        write_whole(path, metadata.encode(image, origin))
        file = path.relative_to(desk.root).as_posix()
        rows.append(describe(image, origin, slug="small", file=file, made=1.0))
    return list(desk.store.prints.add(rows))


def stacks(desk: Desk, *, alike: bool = False) -> dict[int, list[int]]:
    """Top's seed → members' seeds."""
    ids = desk.store.prints.select("small")
    prints = desk.store.prints.get(ids, alike=alike)
    found: dict[int, list[int]] = {}
    for item in prints.values():
        if item.stack:
            found.setdefault(prints[item.stack].seed, []).append(item.seed)
    return found


def test_split_prints_stay_apart_when_prints_arrive_and_stacks_are_grouped_anew(
    desk: Desk,
) -> None:
    ids = copies(desk, range(1, 6))
    desk.restack("small")
    assert stacks(desk) == {1: [1, 2, 3, 4, 5]}
    assert stacking.split(desk, ids[3:]) == "split 2 prints"
    assert stacks(desk) == {1: [1, 2, 3], 4: [4, 5]}, "split off together, they stay together"
    copies(desk, [6, 7])
    for distance in (6, 16, 0):
        desk.restack("small", distance)
        assert stacks(desk) == {1: [1, 2, 3, 6, 7], 4: [4, 5]}
    stacking.split(desk, [ids[4]])
    desk.restack("small")
    assert stacks(desk) == {1: [1, 2, 3, 6, 7]}


def test_the_quick_repair_equals_grouping_anew(desk: Desk) -> None:
    ids = copies(desk, range(1, 9))
    desk.rate(ids[5:6], 3)
    desk.mark(ids[6:7], "reject")
    desk.restack("small")
    for act in (
        lambda: stacking.split(desk, [ids[5], ids[1], ids[2]]),
        lambda: stacking.choose_best(desk, ids[6]),
        lambda: trash.put(desk, [ids[6], ids[5]]),
        lambda: stacking.choose_best(desk, ids[7]),
        lambda: trash.put(desk, [ids[1]]),
    ):
        act()
        quick = stacks(desk)
        desk.restack("small")
        assert stacks(desk) == quick


def test_undo_puts_prints_back_into_their_stack(desk: Desk) -> None:
    ids = copies(desk, range(1, 5))
    desk.restack("small")
    stacking.split(desk, ids[:1])
    stacking.choose_best(desk, ids[3])
    trash.put(desk, ids[1:2])
    assert stacks(desk) == {4: [3, 4]}
    desk.undo()
    assert stacks(desk) == {4: [2, 3, 4]}
    desk.undo()
    assert stacks(desk) == {2: [2, 3, 4]}
    desk.undo()
    assert stacks(desk) == {1: [1, 2, 3, 4]}
    for _ in range(3):
        desk.redo()
    assert stacks(desk) == {4: [3, 4]}


def test_joining_takes_a_split_back_long_after(desk: Desk) -> None:
    ids = copies(desk, range(1, 5))
    desk.restack("small")
    stacking.split(desk, ids)
    assert stacks(desk) == {}, "all of a stack: each alone"
    desk.mark(ids[:1], "star")
    assert stacking.join(desk, ids[:3]) == "join 3 prints"
    assert stacks(desk) == {1: [1, 2, 3]}
    assert stacking.join(desk, ids[:3]) == ""
    desk.undo()
    assert stacks(desk) == {}


def test_the_best_by_hand_outranks_a_star_and_only_one_is_best(desk: Desk) -> None:
    ids = copies(desk, range(1, 5))
    desk.mark(ids[:1], "star")
    desk.restack("small")
    assert stacking.choose_best(desk, ids[2]) == "put on top of its stack: small seed 3"
    desk.restack("small")
    assert list(stacks(desk)) == [3]
    stacking.choose_best(desk, ids[1])
    assert list(stacks(desk)) == [2]
    said = desk.store.splits.said(ids)
    assert [best for _, best in said.values()] == [0, 1, 0, 0]
    assert stacking.is_best(desk, ids[1])
    assert stacking.choose_best(desk, ids[1], on=False).startswith("no longer by hand on top")
    assert list(stacks(desk)) == [1]


def test_what_stands_in_no_stack_is_told(desk: Desk) -> None:
    ids = add_prints(desk, "small", [1, 2])
    with pytest.raises(LibraryError, match="no stack"):
        stacking.choose_best(desk, ids[0])
    with pytest.raises(LibraryError, match="No stack to split"):
        stacking.split(desk, ids)
    with pytest.raises(LibraryError, match="80 to 99"):
        stacking.lookalikes(desk, "small", 20)
    assert desk.store.journal.history() == ()


def test_decisions_come_back_with_a_rescan(root: Path) -> None:
    with Desk(root) as desk:
        ids = copies(desk, range(1, 7))
        desk.restack("small")
        stacking.split(desk, ids[4:])
        stacking.choose_best(desk, ids[2])
        stacking.choose_best(desk, ids[3])
        desk.undo()
        stacking.choose_best(desk, ids[5])
        before = stacks(desk)
        assert before == {3: [1, 2, 3, 4], 6: [5, 6]}
    mirror = paths.stacks_file(root, "small")
    mirror.write_bytes(mirror.read_bytes() + b'{"digest": 1}\nhalf a li')
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Desk(root) as desk:
        rescan(desk.store)
        assert stacks(desk) == before


def test_look_alikes_are_a_stack_of_their_own(desk: Desk) -> None:
    ids = copies(desk, [1, 2])
    ids += copies(desk, [3, 4], of=9)
    assert stacking.lookalikes(desk, "small") == (2, 95)
    assert stacks(desk, alike=True) == {1: [1, 2], 3: [3, 4]}
    assert stacks(desk) == {}, "near-duplicates were never grouped"
    stacking.split(desk, ids[:1], alike=True)
    assert stacks(desk, alike=True) == {3: [3, 4]}
    stacking.choose_best(desk, ids[3], alike=True)
    assert list(stacks(desk, alike=True)) == [4]
    assert stacking.lookalikes(desk, "small", by=-3) == (1, 92)
    assert stacking.lookalikes(desk, "small") == (1, 92), "the likeness is kept"
    assert stacking.lookalikes(desk, "small", by=50)[1] == 99
    desk.undo()
    desk.undo()
    assert stacks(desk, alike=True) == {1: [1, 2], 3: [3, 4]}


def test_a_print_that_is_gone_does_not_stand_in_the_way(desk: Desk) -> None:
    ids = copies(desk, range(1, 4))
    desk.restack("small")
    stacking.split(desk, ids[:1])
    desk.store.prints.forget(ids[:1])
    assert desk.undo() == "split small seed 1"
    assert stacks(desk) == {2: [2, 3]}
    desk.store.journal.apply("by hand", [FieldChange("best", "99", 0, 1)])
    assert desk.undo() == "by hand"


def test_many_look_alikes_are_found_in_a_process_of_their_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies(desk, [1, 2])
    copies(desk, [3, 4], of=9)
    monkeypatch.setattr(stacking, "FEW", 3)
    assert alike.find(desk, "small", -2) == (2, 93)
    assert stacks(desk, alike=True) == {1: [1, 2], 3: [3, 4]}
    assert stacking.likeness(desk, "small") == 93
    desk.store.remember("kin:small", "50")  # by a hand from outside
    assert alike.find(desk, "small") == (2, 80)
    broken = desk.root / "library.sqlite"
    monkeypatch.setattr(desk, "root", broken)
    with pytest.raises(LibraryError, match="could not be found"):
        alike.find(desk, "small")

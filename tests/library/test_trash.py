"""The trash: out of sight everywhere, never what is starred, nothing lost by a kill."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.desk import again, proofs, trash
from edition.desk.desk import Desk
from edition.desk.rescan import rescan
from edition.errors import LibraryError, ProofError, RecipeError
from edition.facts import FieldChange, Filter, Print
from edition.library import metadata
from edition.library.files import read_marks, write_whole
from edition.library.metadata import Origin
from edition.library.prints import Enlarged
from edition.library.splits import read_splits
from edition.library.store import Store
from edition.library.trash import read_trash
from edition.proof.ledger import Row


def seeds(desk: Desk, **wish: object) -> list[int]:
    ids = desk.store.prints.select("small", Filter(**wish), "seed")
    prints = desk.store.prints.get(ids)
    return [prints[i].seed for i in ids]


def pngs(root: Path) -> list[int]:
    return sorted(int(path.stem) for path in root.glob("small/prints/*/*.png"))


def lose_the_database(root: Path) -> None:
    for file in root.glob("library.sqlite*"):
        file.unlink()


def test_out_of_sight_in_lists_counts_stacks_and_proofs(desk: Desk) -> None:
    ids = add_prints(desk, "small", range(1, 9))
    desk.store.prints.set_stacks("small", dict.fromkeys(ids[:3], ids[0]))
    done = trash.put(desk, ids[:2])
    assert done.ids == ids[:2]
    assert done.told == "2 prints in the trash."
    assert seeds(desk) == [3, 4, 5, 6, 7, 8]
    assert seeds(desk, trash=True) == [1, 2]
    assert len(seeds(desk, trash=None)) == 8
    counts = desk.store.prints.counts("small")
    assert (counts.prints, counts.trash, counts.stacks) == (6, 2, 0)
    assert desk.store.prints.find("small", [1]) == ()
    assert [row.id for row in desk.store.prints.hashes("small")] == list(ids[2:])
    assert desk.store.prints.digests("small")[0][1] == 6
    assert 1 in desk.store.prints.seeds("small", desk.digest("small")), "not rendered again"
    assert pngs(desk.root) == list(range(1, 9)), "files stay"
    assert ids[0] not in desk.card("small").newest
    trash.restore(desk, ids[:1])
    desk.mark(ids[:3], "star")  # the second is starred in the trash
    show = proofs.starred_show(desk, "small")
    assert len(show.pictures) == 2


def test_the_best_in_the_trash_leaves_its_stack_to_the_next(desk: Desk) -> None:
    ids = add_prints(desk, "small", range(1, 6))
    desk.rate(ids[3:4], 4)
    desk.store.prints.set_stacks("small", dict.fromkeys(ids[:4], ids[0]))
    trash.put(desk, ids[:1])
    assert {i: p.stack for i, p in desk.store.prints.get(ids[:4]).items()} == {
        ids[0]: 0, ids[1]: ids[3], ids[2]: ids[3], ids[3]: ids[3],
    }  # fmt: skip


def test_undo_and_redo_also_after_a_restart(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 5))
        trash.put(desk, ids[1:3])
    with Desk(root) as desk:
        assert desk.undo() == "trash 2 prints"
        assert seeds(desk) == [1, 2, 3, 4]
        assert desk.redo() == "trash 2 prints"
        assert seeds(desk) == [1, 4]
        assert trash.restore(desk, [ids[1]]) == "take out of the trash small seed 2"
        assert desk.undo()
        assert seeds(desk) == [1, 4]


def test_what_is_starred_or_numbered_never_goes(desk: Desk) -> None:
    from edition.desk import register

    ids = add_prints(desk, "small", range(1, 5))
    desk.mark(ids[:1], "star")
    with pytest.raises(LibraryError, match="1 starred print can't go") as caught:
        trash.put(desk, ids[:1])
    assert "Take the star off" in caught.value.hint
    register.open_edition(desk, desk.store.prints.get(ids)[ids[1]], 5)
    with pytest.raises(LibraryError, match="numbered"):
        trash.put(desk, ids[1:2])
    done = trash.put(desk, ids)
    assert done.ids == ids[2:]
    assert done.told == "2 prints in the trash. 1 starred print and 1 numbered print stay."
    desk.mark(ids[2:3], "star")  # in the trash, and starred there
    assert trash.empty(desk) == 1
    assert pngs(desk.root) == [1, 2, 3]
    assert seeds(desk, trash=True) == [3]


def test_prints_of_a_model_that_has_changed_stay(desk: Desk) -> None:
    shutil.copytree(paths.pocket_folder(), desk.root / "small" / "model")
    desk.edit("small", {"model.base": "model"})
    ids = add_prints(desk, "small", range(1, 4))
    trash.put(desk, ids)
    prints = trash.listed(desk)
    assert trash.last_ones(desk, prints) == {}
    with (desk.root / "small" / "model" / "unet" / "config.json").open("a") as file:
        file.write("\n")
    assert trash.last_ones(desk, prints) == dict.fromkeys(ids, "Its model has changed since.")
    shutil.rmtree(desk.root / "small" / "model")
    assert set(trash.last_ones(desk, prints)) == set(ids)
    assert trash.empty(desk) == 0
    assert pngs(desk.root) == [1, 2, 3]
    assert trash.empty(desk, for_good=True) == 3
    assert pngs(desk.root) == []


def test_what_other_prints_start_from_stays(desk: Desk) -> None:
    first = add_prints(desk, "small", range(1, 4))
    digest = desk.store.prints.get(first)[first[0]].digest
    again.clone(desk, "small", "second")
    desk.edit("second", {"init.file": f"small:{digest}:2"})
    second = add_prints(desk, "second", [5, 6])
    digest = desk.store.prints.get(second)[second[0]].digest
    again.clone(desk, "small", "third")
    desk.edit("third", {"init.file": f"second:{digest}:5"})
    third = add_prints(desk, "third", [9])
    trash.put(desk, [*first, *second])
    why = trash.last_ones(desk, trash.listed(desk))
    assert why == {
        first[1]: "Other prints start from it.",
        second[0]: "Other prints start from it.",
    }
    assert trash.empty(desk) == 3
    assert pngs(desk.root) == [2]
    trash.put(desk, third)
    assert trash.empty(desk) == 3  # the whole chain at once
    with pytest.raises(RecipeError, match="second, seed 5") as caught:
        desk.digest("third")
    assert f"edition render second --seeds 5 --recipe {digest[:8]}" in caught.value.hint


def test_a_starred_child_in_the_trash_keeps_what_it_starts_from(desk: Desk) -> None:
    first = add_prints(desk, "small", [2])
    digest = desk.store.prints.get(first)[first[0]].digest
    again.clone(desk, "small", "second")
    desk.edit("second", {"init.file": f"small:{digest}:2"})
    second = add_prints(desk, "second", [5])
    trash.put(desk, [*first, *second])
    desk.mark(second, "star")
    assert trash.empty(desk) == 0
    assert pngs(desk.root) == [2]
    desk.digest("second")


@pytest.mark.parametrize("back", [True, False])
def test_a_child_that_comes_while_the_trash_is_emptied_keeps_its_parent(
    root: Path, back: bool
) -> None:
    with Desk(root) as desk, Desk(root) as other:
        first = add_prints(desk, "small", range(1, 71), side=64)
        digest = desk.store.prints.get(first)[first[0]].digest
        again.clone(desk, "small", "second")
        desk.edit("second", {"init.file": f"small:{digest}:1"})
        second = add_prints(desk, "second", [5]) if back else ()
        trash.put(desk, [*first, *second])
        lying = trash.removable(desk, trash.listed(desk))
        came = False

        def child(*_: object) -> bool:  # after all was decided, before a file is moved
            nonlocal came
            if not came:
                came = True
                trash.restore(other, second) if back else add_prints(other, "second", [5])
            return came

        with pytest.MonkeyPatch.context() as patch:
            order = trash._children_first
            patch.setattr(trash, "_children_first", lambda *a: child() and order(*a))
            assert trash.empty(desk) == len(lying) - 1 - len(second)
        assert pngs(root) == [1]
        desk.digest("second")


def test_a_child_is_emptied_before_what_it_starts_from(desk: Desk) -> None:
    first = add_prints(desk, "small", [1, 2])
    digest = desk.store.prints.get(first)[first[0]].digest
    again.clone(desk, "small", "second")
    desk.edit("second", {"init.file": f"small:{digest}:1"})
    second = add_prints(desk, "second", [5])
    prints = tuple(desk.store.prints.get([*first, *second]).values())
    order = trash._children_first(desk, prints)
    assert sorted(order) == sorted([*first, *second])
    assert order.index(second[0]) < order.index(first[0])


def test_numbered_prints_stay_after_the_database_was_lost(root: Path) -> None:
    from edition.desk import register

    with Desk(root) as desk:
        ids = add_prints(desk, "small", [1, 2])
        register.open_edition(desk, desk.store.prints.get(ids)[ids[0]], 5)
    lose_the_database(root)
    with Desk(root) as desk:  # nobody has asked for a rescan yet
        ids = add_prints(desk, "small", [1, 2])
        with pytest.raises(LibraryError, match="numbered"):
            trash.put(desk, ids[:1])


def test_a_number_given_while_the_trash_is_emptied_keeps_the_file(root: Path) -> None:
    from edition.desk import register

    with Desk(root) as desk, Desk(root) as other:
        ids = add_prints(desk, "small", range(1, 71), side=64)
        item = desk.store.prints.get(ids)[ids[-1]]
        gone = desk.store.prints.get(ids)[ids[0]]
        width, height = register._size(other, gone)
        trash.put(desk, ids)

        def number(done: int, _: int) -> None:
            if done == 50:  # the second batch is still to come
                register.open_edition(other, item, 25)

        assert trash.empty(desk, progress=number) == 69
        assert pngs(root) == [70]
        assert seeds(desk, trash=True) == [70]
        assert register.issue(desk, item).label == "1/25"
        with pytest.MonkeyPatch.context() as patch:  # its file was seen a moment before it went
            patch.setattr(register, "_size", lambda *_: (width, height))
            with pytest.raises(ProofError, match="small seed 1 is no longer") as caught:
                register.open_edition(desk, gone, 25)
        assert "edition render small --seeds 1" in caught.value.hint
        assert {row.seed for row in register.rows(desk)} == {70}


def test_emptying_removes_every_file_and_keeps_the_way_back(desk: Desk) -> None:
    ids = add_prints(desk, "small", range(1, 5))
    digest = desk.digest("small")
    large = paths.upscaled_file(desk.root, "small", digest, 1, "f" * 64)
    large.parent.mkdir(parents=True)
    large.write_bytes(b"large")
    name = large.relative_to(desk.root).as_posix()
    desk.store.prints.add_upscale(ids[0], name, Enlarged("lanczos", "", 256, 256), 1.0)
    trash.put(desk, [ids[0], ids[3]])
    assert trash.size(desk, trash.listed(desk, "small")) > 5
    assert trash.empty(desk, "small") == 2
    assert pngs(desk.root) == [2, 3]
    assert not large.exists()
    assert not paths.emptying_folder(desk.root, "small").exists()
    assert {gone.seed for gone in desk.store.trash.emptied("small")} == {1, 4}
    assert desk.undo() == "trash 2 prints (2 emptied since: render by seed)"
    assert seeds(desk) == [2, 3]
    assert again.known_recipe(desk, digest) == desk.recipe("small")
    (back,) = add_prints(desk, "small", [4])
    assert back not in ids, "an id is never given twice: the journal still speaks of it"
    assert {gone.seed for gone in desk.store.trash.emptied("small")} == {1}


def test_a_render_leaves_out_what_was_emptied_unless_it_is_named(desk: Desk) -> None:
    ids = add_prints(desk, "small", range(1, 7))
    trash.put(desk, ids[4:])
    trash.empty(desk)
    assert desk.render("small", start=False) == 0, "1..6 is what the recipe asks for"
    job = desk.store.jobs.get(desk.render("small", more=2, start=False))
    assert job.payload["seeds"] == "7..8", "new seeds are new"
    job = desk.store.jobs.get(desk.render("small", [6], start=False))
    assert job.payload["seeds"] == "6"


@pytest.mark.slow
def test_an_emptied_print_is_made_again_from_recipe_and_seed_the_same(desk: Desk) -> None:
    """The press makes it again, under a recipe that the edition's file no longer holds."""
    digest = desk.digest("small")
    _wait(desk, desk.render("small", [3, 4]))
    file = paths.print_file(desk.root, "small", digest, 3)
    before = file.read_bytes()
    trash.put(desk, [p.id for p in desk.store.prints.find("small", [3])])
    trash.empty(desk)
    assert not file.exists()
    desk.edit("small", {"sampling.guidance": 5.0})
    assert again.recipe_digest(desk, "small", digest[:8]) == digest
    _wait(desk, again.render_earlier(desk, "small", digest, [3]).job)
    assert file.read_bytes() == before
    assert seeds(desk, digest=digest) == [3, 4]
    assert desk.store.trash.emptied("small") == ()
    with pytest.raises(RecipeError, match="no recipe"):
        again.recipe_digest(desk, "small", "00000000")


def _wait(desk: Desk, job: int) -> None:
    while desk.store.jobs.state(job) in ("queued", "running"):
        time.sleep(0.05)
    assert desk.store.jobs.state(job) == "done", desk.store.jobs.get(job)


def test_rescan_respects_the_trash_and_what_was_emptied(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 9))
        trash.put(desk, ids[:5])
        trash.restore(desk, ids[4:5])
        trash.put(desk, ids[6:7])
        desk.undo()
        desk.undo()
        desk.redo()
        digest = desk.digest("small")
        trash.empty(desk)
        trash.put(desk, ids[7:])
        assert (seeds(desk), seeds(desk, trash=True)) == ([5, 6, 7], [8])
        found = rescan(desk.store)
        assert (found.prints, found.forgotten) == (0, 0)
        assert (seeds(desk), seeds(desk, trash=True)) == ([5, 6, 7], [8])
    lose_the_database(root)
    with Desk(root) as desk:
        assert rescan(desk.store).prints == 4
        assert (seeds(desk), seeds(desk, trash=True)) == ([5, 6, 7], [8])
        gone = desk.store.trash.emptied("small", digest)
        assert {item.seed for item in gone} == {1, 2, 3, 4}
        assert desk.render("small", start=False) == 0
        assert rescan(desk.store).prints == 0


def test_a_print_made_again_is_in_sight_after_a_rescan_too(root: Path) -> None:
    with Desk(root) as desk:
        trash.put(desk, add_prints(desk, "small", [1, 2]))
        trash.empty(desk)
        add_prints(desk, "small", [2])
    lose_the_database(root)
    with Desk(root) as desk:
        rescan(desk.store)
        assert (seeds(desk), seeds(desk, trash=True)) == ([2], [])
        assert [gone.seed for gone in desk.store.trash.emptied("small")] == [1]


def test_an_enlarged_file_of_a_print_in_the_trash_is_emptied_with_it(root: Path) -> None:
    """Also when only the files told of both."""
    from PIL import Image

    with Desk(root) as desk:
        ids = add_prints(desk, "small", [1, 2])
        digest = desk.digest("small")
        large = paths.upscaled_file(root, "small", digest, 1, "f" * 64)
        made = Origin(desk.recipe("small"), digest, 1, {}, {"method": "lanczos"})
        write_whole(large, metadata.encode(Image.new("RGB", (256, 256)), made))
        trash.put(desk, ids[:1])
    lose_the_database(root)
    with Desk(root) as desk:
        assert rescan(desk.store).upscaled == 1
        assert seeds(desk, trash=True) == [1]
        assert trash.empty(desk) == 1
        assert not large.exists()


def test_a_recipe_without_any_print_left_is_known_after_a_rescan(root: Path) -> None:
    with Desk(root) as desk:
        trash.put(desk, add_prints(desk, "small", [1]))
        trash.empty(desk)
        digest, recipe = desk.digest("small"), desk.recipe("small")
    lose_the_database(root)
    with Desk(root) as desk:
        (root / "small" / "prints").mkdir(exist_ok=True)
        rescan(desk.store)
        assert again.known_recipe(desk, again.recipe_digest(desk, "small", digest[:6])) == recipe


def test_a_mirror_cut_by_a_kill_is_read_as_far_as_it_goes(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 4))
        trash.put(desk, ids[:1])
        trash.put(desk, ids[1:2])
    mirror = paths.trash_file(root, "small")
    mirror.write_bytes(mirror.read_bytes()[:-20] + b"\n[1]\nnull\n")
    lose_the_database(root)
    with Desk(root) as desk:
        rescan(desk.store)
        assert seeds(desk, trash=True) == [1]


@pytest.mark.parametrize("recorded", [False, True])
def test_a_kill_between_the_steps_of_emptying_is_settled(
    root: Path, recorded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files moved and not recorded come back; recorded and not removed go."""
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 5))
        trash.put(desk, ids[:2])
        from edition.library import trash as emptying

        with monkeypatch.context() as patch:

            def killed(*_: object) -> None:
                raise KeyboardInterrupt

            if recorded:
                patch.setattr(type(desk.store.trash), "_settle", killed)
                with pytest.raises(KeyboardInterrupt):
                    desk.store.trash.empty(ids[:2])
            else:
                patch.setattr(emptying, "mirror_gone", killed)
                with pytest.raises(KeyboardInterrupt):
                    desk.store.trash.empty(ids[:2])
        assert pngs(root) == [3, 4], "moved away"
        assert len(list(paths.emptying_folder(root, "small").rglob("*.png"))) == 2
    with Desk(root) as desk:
        lying = trash.listed(desk, "small")
        assert not paths.emptying_folder(root, "small").exists()
        if recorded:
            assert (pngs(root), [p.seed for p in lying]) == ([3, 4], [])
        else:
            assert (pngs(root), sorted(p.seed for p in lying)) == ([1, 2, 3, 4], [1, 2])
            desk.undo()
            assert seeds(desk) == [1, 2, 3, 4]


_EMPTY = """
import sys
from pathlib import Path
from edition.desk import trash
from edition.desk.desk import Desk
from edition.library import trash as library
library.BATCH = 3
with Desk(Path(sys.argv[1])) as desk:
    print("ready", flush=True)
    trash.empty(desk)
"""


@pytest.mark.slow
def test_kill_9_while_the_trash_is_emptied_loses_nothing_and_ends_whole(root: Path) -> None:
    """A real process, killed at random moments: every print is whole in the trash, or emptied."""
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 241), side=64)
        trash.put(desk, ids[:200])
    chance = random.Random(7)
    kills = 0
    for _ in range(40):
        child = subprocess.Popen(
            [sys.executable, "-c", _EMPTY, str(root)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.12))
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            kills += 1
        child.wait()
        child.stdout.close()
        _every_print_is_whole_or_emptied(root)
        with Store(root) as store:
            if len(store.trash.emptied("small")) == 200:
                break
    assert kills >= 3
    with Desk(root) as desk:
        trash.empty(desk)
        assert len(desk.store.trash.emptied("small")) == 200
        assert pngs(root) == list(range(201, 241))
        assert not paths.emptying_folder(root, "small").exists()
    lose_the_database(root)
    with Desk(root) as desk:
        assert rescan(desk.store).prints == 40
        assert len(desk.store.trash.emptied("small")) == 200


def _every_print_is_whole_or_emptied(root: Path) -> None:
    """As a person sees it who next looks into the trash."""
    with Desk(root) as desk:
        lying = {p.seed for p in trash.listed(desk, "small")}
        emptied = {gone.seed for gone in desk.store.trash.emptied("small")}
        assert not lying & emptied
        assert lying | emptied == set(range(1, 201))
        assert pngs(root) == sorted(lying | set(range(201, 241)))
        check = sqlite3.connect(paths.database_file(root))
        assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        check.close()


def test_two_do_not_empty_at_once_and_nobody_settles_meanwhile(root: Path) -> None:
    with Desk(root) as desk, Desk(root) as other:
        ids = add_prints(desk, "small", range(1, 121), side=64)
        trash.put(desk, ids)
        seen = []

        def meanwhile(done: int, total: int) -> None:
            with pytest.raises(LibraryError, match="being emptied already"):
                other.store.trash.empty(ids)
            away = paths.emptying_folder(root, "small") / "prints" / "x" / "1.png"
            away.parent.mkdir(parents=True)
            away.write_bytes(b"on its way")
            assert other.store.trash.settle("small") == 0
            assert away.exists(), "left to who is at it"
            away.unlink()
            away.parent.rmdir()
            seen.append(done)

        assert desk.store.trash.empty(ids, meanwhile) == 120
        assert seen == [50, 100, 120]
        assert other.store.trash.empty(ids) == 0


def test_a_rescan_beside_an_emptying_forgets_nothing_that_comes_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A star given while the files are on their way out brings one back, with its row."""
    from edition.library import trash as emptying

    with Desk(root) as desk, Desk(root) as other:
        ids = add_prints(desk, "small", range(1, 4), side=64)
        desk.store.journal.apply(
            "note", [FieldChange("note", str(ids[0]), "", "keep this one, perhaps")]
        )
        trash.put(desk, ids)
        found = []

        def meanwhile(_: Path) -> None:
            if not found:
                assert pngs(root) == []
                other.mark(ids[:1], "star")
                found.append(rescan(other.store))

        monkeypatch.setattr(emptying, "sync_folder", meanwhile)
        assert trash.empty(desk) == 2
        assert found[0].forgotten == 0
        (kept,) = desk.store.prints.get(ids).values()
        assert (kept.seed, kept.marks.star, kept.note) == (1, True, "keep this one, perhaps")
        assert pngs(root) == [1]
        again = rescan(desk.store)
        assert (again.prints, again.forgotten) == (0, 0)


def test_a_file_that_cannot_be_moved_keeps_its_print(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", [1, 2])
        trash.put(desk, ids)
        paths.emptying_folder(root, "small").write_bytes(b"in the way")
        with pytest.raises(LibraryError, match="Can't move"):
            trash.empty(desk)
        paths.emptying_folder(root, "small").unlink()
        assert pngs(root) == [1, 2]
        assert seeds(desk, trash=True) == [1, 2]
        assert trash.empty(desk) == 2


def test_what_stays_is_told_by_id_not_by_comparing_all_with_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_prints(desk, "small", range(1, 9))
    desk.mark(ids[:4], "star")
    compared = []
    monkeypatch.setattr(Print, "__eq__", lambda *both: compared.append(both) or both[0] is both[1])
    done = trash.put(desk, ids)
    assert done.ids == ids[4:]
    assert len(done.kept) == 4
    assert not compared, "20,000 prints, half of them starred, would take a minute"


@pytest.mark.parametrize("spoilt", ["[" * 100_000, '{"digest":' * 100_000])
def test_a_line_of_brackets_in_brackets_is_read_past(root: Path, spoilt: str) -> None:
    good = '{"digest":"a","seed":7,"trash":1,"apart":1,"best":0,"rating":0,"star":true,"reject":0}'
    for read, file in (
        (read_trash, paths.trash_file(root, "small")),
        (read_splits, paths.stacks_file(root, "small")),
        (read_marks, paths.marks_file(root, "small")),
    ):
        file.write_text(f"{spoilt}\n{good}\n")
        assert list(read(root, "small")) == [("a", 7)]
    with pytest.raises(ProofError, match="can't be read"):
        Row.from_json(spoilt)


def test_a_mirror_of_odd_numbers_is_read_past(root: Path) -> None:
    (root / "small").mkdir(exist_ok=True)
    odd = '{"digest":"a","seed":Infinity,"trash":1,"apart":1,"best":0,'
    odd += '"rating":0,"star":true,"reject":false}'
    for read, file in (
        (read_trash, paths.trash_file(root, "small")),
        (read_splits, paths.stacks_file(root, "small")),
        (read_marks, paths.marks_file(root, "small")),
    ):
        good = odd.replace("Infinity", "7")
        file.write_text(f"{odd}\n{good}\n")
        assert list(read(root, "small")) == [("a", 7)]


def test_one_bad_row_keeps_no_other_print_in_the_trash(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", [1, 2, 3, 4])
        trash.put(desk, ids)
    with sqlite3.connect(
        root / "library.sqlite"
    ) as rows:  # as a hand, or another program, leaves it
        rows.execute("UPDATE prints SET file = '../outside.png' WHERE seed = 2")
    (root.parent / "outside.png").write_bytes(b"somebody's")
    with Desk(root) as desk:
        assert trash.size(desk, trash.listed(desk)) > 0
        with pytest.raises(LibraryError, match="Emptied 3; 1 can't be removed"):
            trash.empty(desk)
        assert seeds(desk, trash=True) == [2]
    assert pngs(root) == [2]
    assert (root.parent / "outside.png").read_bytes() == b"somebody's"


def test_a_recipe_that_cannot_be_read_keeps_its_prints_only(root: Path) -> None:
    with Desk(root) as desk:
        trash.put(desk, add_prints(desk, "small", [1, 2]))
        desk.edit("small", {"sampling.steps": 4})
        trash.put(desk, add_prints(desk, "small", [3]))
        digest = desk.digest("small")
    with sqlite3.connect(root / "library.sqlite") as rows:
        rows.execute("UPDATE recipes SET json = '{' WHERE digest = ?", (digest,))
    with Desk(root) as desk:
        lying = trash.listed(desk)
        assert set(trash.last_ones(desk, lying).values()) == {"Its recipe can't be read."}
        assert trash.empty(desk) == 2
        assert seeds(desk, trash=True) == [3]

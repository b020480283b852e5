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

from edition import atomic, paths
from edition.actions import editions, history, proofs, recipe_tools, trash
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import FieldChange, Filter, Print
from edition.errors import LibraryError, ProofError, RecipeError
from edition.library import metadata
from edition.library.metadata import Origin
from edition.library.mirror_files import read_marks
from edition.library.print_table import UpscaledFile
from edition.library.stack_overrides import read_splits
from edition.library.store import Store
from edition.library.trash_table import read_trash
from edition.proof.edition_ledger import LedgerRow
from edition.text_format import act_words


def seeds(session: Session, **wish: object) -> list[int]:
    ids = session.store.prints.select("small", Filter(**wish), "seed")
    prints = session.store.prints.get(ids)
    return [prints[i].seed for i in ids]


def pngs(root: Path) -> list[int]:
    return sorted(int(path.stem) for path in root.glob("small/prints/*/*.png"))


def lose_the_database(root: Path) -> None:
    for file in root.glob("library.sqlite*"):
        file.unlink()


def test_out_of_sight_in_lists_counts_stacks_and_proofs(session: Session) -> None:
    ids = add_prints(session, "small", range(1, 9))
    session.store.prints.set_stacks("small", dict.fromkeys(ids[:3], ids[0]))
    done = trash.put(session, ids[:2])
    assert done.ids == ids[:2]
    assert done.told == "2 prints in the trash."
    assert seeds(session) == [3, 4, 5, 6, 7, 8]
    assert seeds(session, trash=True) == [1, 2]
    assert len(seeds(session, trash=None)) == 8
    counts = session.store.prints.counts("small")
    assert (counts.prints, counts.trash, counts.stacks) == (6, 2, 0)
    assert session.store.prints.find("small", [1]) == ()
    assert [row.id for row in session.store.prints.hashes("small")] == list(ids[2:])
    assert session.store.prints.digests("small")[0][1] == 6
    assert 1 in session.store.prints.seeds("small", session.digest("small")), "not rendered again"
    assert pngs(session.root) == list(range(1, 9)), "files stay"
    assert ids[0] not in editions.card(session, "small").newest
    trash.restore(session, ids[:1])
    session.mark(ids[:3], "star")  # the second is starred in the trash
    show = proofs.starred_show(session, "small")
    assert len(show.pictures) == 2


def test_the_best_in_the_trash_leaves_its_stack_to_the_next(session: Session) -> None:
    ids = add_prints(session, "small", range(1, 6))
    session.rate(ids[3:4], 4)
    session.store.prints.set_stacks("small", dict.fromkeys(ids[:4], ids[0]))
    trash.put(session, ids[:1])
    assert {i: p.stack for i, p in session.store.prints.get(ids[:4]).items()} == {
        ids[0]: 0, ids[1]: ids[3], ids[2]: ids[3], ids[3]: ids[3],
    }  # fmt: skip


def test_undo_and_redo_also_after_a_restart(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 5))
        trash.put(session, ids[1:3])
    with Session(root) as session:
        assert history.undo(session).action == "trash 2 prints"
        assert seeds(session) == [1, 2, 3, 4]
        assert history.redo(session).action == "trash 2 prints"
        assert seeds(session) == [1, 4]
        assert trash.restore(session, [ids[1]]).action == "restore from the trash small seed 2"
        assert history.undo(session)
        assert seeds(session) == [1, 4]


def test_what_is_starred_or_numbered_never_goes(session: Session) -> None:
    from edition.actions import register

    ids = add_prints(session, "small", range(1, 5))
    session.mark(ids[:1], "star")
    with pytest.raises(LibraryError, match="1 starred print can't be moved") as caught:
        trash.put(session, ids[:1])
    assert "Remove the star" in caught.value.hint
    register.open_edition(session, session.store.prints.get(ids)[ids[1]], 5)
    with pytest.raises(LibraryError, match="numbered"):
        trash.put(session, ids[1:2])
    done = trash.put(session, ids)
    assert done.ids == ids[2:]
    assert done.told == "2 prints in the trash. 1 starred print and 1 numbered print stay."
    session.mark(ids[2:3], "star")  # in the trash, and starred there
    assert trash.empty(session) == 1
    assert pngs(session.root) == [1, 2, 3]
    assert seeds(session, trash=True) == [3]


def test_prints_of_a_model_that_has_changed_stay(session: Session) -> None:
    shutil.copytree(paths.pocket_folder(), session.root / "small" / "model")
    session.edit("small", {"model.base": "model"})
    ids = add_prints(session, "small", range(1, 4))
    trash.put(session, ids)
    prints = trash.listed(session)
    assert trash.last_ones(session, prints) == {}
    with (session.root / "small" / "model" / "unet" / "config.json").open("a") as file:
        file.write("\n")
    assert trash.last_ones(session, prints) == dict.fromkeys(ids, "Its model has changed since.")
    shutil.rmtree(session.root / "small" / "model")
    assert set(trash.last_ones(session, prints)) == set(ids)
    assert trash.empty(session) == 0
    assert pngs(session.root) == [1, 2, 3]
    assert trash.empty(session, for_good=True) == 3
    assert pngs(session.root) == []


def test_what_other_prints_start_from_stays(session: Session) -> None:
    first = add_prints(session, "small", range(1, 4))
    digest = session.store.prints.get(first)[first[0]].digest
    recipe_tools.clone(session, "small", "second")
    session.edit("second", {"init.file": f"small:{digest}:2"})
    second = add_prints(session, "second", [5, 6])
    digest = session.store.prints.get(second)[second[0]].digest
    recipe_tools.clone(session, "small", "third")
    session.edit("third", {"init.file": f"second:{digest}:5"})
    third = add_prints(session, "third", [9])
    trash.put(session, [*first, *second])
    why = trash.last_ones(session, trash.listed(session))
    assert why == {
        first[1]: "Other prints start from it.",
        second[0]: "Other prints start from it.",
    }
    assert trash.empty(session) == 3
    assert pngs(session.root) == [2]
    trash.put(session, third)
    assert trash.empty(session) == 3  # the whole chain at once
    with pytest.raises(RecipeError, match="second, seed 5") as caught:
        session.digest("third")
    assert f"edition render second --seeds 5 --recipe {digest[:8]}" in caught.value.hint


def test_a_starred_child_in_the_trash_keeps_what_it_starts_from(session: Session) -> None:
    first = add_prints(session, "small", [2])
    digest = session.store.prints.get(first)[first[0]].digest
    recipe_tools.clone(session, "small", "second")
    session.edit("second", {"init.file": f"small:{digest}:2"})
    second = add_prints(session, "second", [5])
    trash.put(session, [*first, *second])
    session.mark(second, "star")
    assert trash.empty(session) == 0
    assert pngs(session.root) == [2]
    session.digest("second")


@pytest.mark.parametrize("back", [True, False])
def test_a_child_that_comes_while_the_trash_is_emptied_keeps_its_parent(
    root: Path, back: bool
) -> None:
    with Session(root) as session, Session(root) as other:
        first = add_prints(session, "small", range(1, 71), side=64)
        digest = session.store.prints.get(first)[first[0]].digest
        recipe_tools.clone(session, "small", "second")
        session.edit("second", {"init.file": f"small:{digest}:1"})
        second = add_prints(session, "second", [5]) if back else ()
        trash.put(session, [*first, *second])
        lying = trash.removable(session, trash.listed(session))
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
            assert trash.empty(session) == len(lying) - 1 - len(second)
        assert pngs(root) == [1]
        session.digest("second")


def test_a_child_is_emptied_before_what_it_starts_from(session: Session) -> None:
    first = add_prints(session, "small", [1, 2])
    digest = session.store.prints.get(first)[first[0]].digest
    recipe_tools.clone(session, "small", "second")
    session.edit("second", {"init.file": f"small:{digest}:1"})
    second = add_prints(session, "second", [5])
    prints = tuple(session.store.prints.get([*first, *second]).values())
    order = trash._children_first(session, prints)
    assert sorted(order) == sorted([*first, *second])
    assert order.index(second[0]) < order.index(first[0])


def test_numbered_prints_stay_after_the_database_was_lost(root: Path) -> None:
    from edition.actions import register

    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        register.open_edition(session, session.store.prints.get(ids)[ids[0]], 5)
    lose_the_database(root)
    with Session(root) as session:  # nobody has asked for a rescan yet
        ids = add_prints(session, "small", [1, 2])
        with pytest.raises(LibraryError, match="numbered"):
            trash.put(session, ids[:1])


def test_a_number_given_while_the_trash_is_emptied_keeps_the_file(root: Path) -> None:
    from edition.actions import register

    with Session(root) as session, Session(root) as other:
        ids = add_prints(session, "small", range(1, 71), side=64)
        item = session.store.prints.get(ids)[ids[-1]]
        gone = session.store.prints.get(ids)[ids[0]]
        width, height = register.size_of(other, gone)
        trash.put(session, ids)

        def number(done: int, _: int) -> None:
            if done == 50:  # the second batch is still to come
                register.open_edition(other, item, 25)

        assert trash.empty(session, progress=number) == 69
        assert pngs(root) == [70]
        assert seeds(session, trash=True) == [70]
        assert register.issue(session, item).label == "1/25"
        with pytest.MonkeyPatch.context() as patch:  # its file was seen a moment before it went
            patch.setattr(register, "size_of", lambda *_: (width, height))
            with pytest.raises(ProofError, match="small seed 1 is no longer") as caught:
                register.open_edition(session, gone, 25)
        assert "edition render small --seeds 1" in caught.value.hint
        assert {row.seed for row in register.rows(session)} == {70}


def test_emptying_removes_every_file_and_keeps_the_way_back(session: Session) -> None:
    ids = add_prints(session, "small", range(1, 5))
    digest = session.digest("small")
    large = paths.upscaled_file(session.root, "small", digest, 1, "f" * 64)
    large.parent.mkdir(parents=True)
    large.write_bytes(b"large")
    name = large.relative_to(session.root).as_posix()
    session.store.prints.add_upscale(ids[0], name, UpscaledFile("lanczos", "", 256, 256), 1.0)
    trash.put(session, [ids[0], ids[3]])
    assert trash.size(session, trash.listed(session, "small")) > 5
    assert trash.empty(session, "small") == 2
    assert pngs(session.root) == [2, 3]
    assert not large.exists()
    assert not paths.emptying_folder(session.root, "small").exists()
    assert {gone.seed for gone in session.store.trash.emptied("small")} == {1, 4}
    done = history.undo(session)
    assert (done.kinds, done.ids, done.emptied) == ({"trash"}, (ids[0], ids[3]), 2)
    assert act_words(done) == "trash 2 prints (2 emptied since: render by seed)"
    assert seeds(session) == [2, 3]
    assert recipe_tools.known_recipe(session, digest) == session.recipe("small")
    (back,) = add_prints(session, "small", [4])
    assert back not in ids, "an id is never given twice: the journal still speaks of it"
    assert {gone.seed for gone in session.store.trash.emptied("small")} == {1}


def test_a_render_leaves_out_what_was_emptied_unless_it_is_named(session: Session) -> None:
    ids = add_prints(session, "small", range(1, 7))
    trash.put(session, ids[4:])
    trash.empty(session)
    assert session.render("small", start=False) == 0, "1..6 is what the recipe asks for"
    job = session.store.jobs.get(session.render("small", more=2, start=False))
    assert job.payload["seeds"] == "7..8", "new seeds are new"
    job = session.store.jobs.get(session.render("small", [6], start=False))
    assert job.payload["seeds"] == "6"


@pytest.mark.slow
def test_an_emptied_print_is_made_again_from_recipe_and_seed_the_same(session: Session) -> None:
    """The press makes it again, under a recipe that the edition's file no longer holds."""
    digest = session.digest("small")
    _wait(session, session.render("small", [3, 4]))
    file = paths.print_file(session.root, "small", digest, 3)
    before = file.read_bytes()
    trash.put(session, [p.id for p in session.store.prints.find("small", [3])])
    trash.empty(session)
    assert not file.exists()
    session.edit("small", {"sampling.guidance": 5.0})
    assert recipe_tools.recipe_digest(session, "small", digest[:8]) == digest
    _wait(session, recipe_tools.render_earlier(session, "small", digest, [3]).job)
    assert file.read_bytes() == before
    assert seeds(session, digest=digest) == [3, 4]
    assert session.store.trash.emptied("small") == ()
    with pytest.raises(RecipeError, match="no recipe"):
        recipe_tools.recipe_digest(session, "small", "00000000")


def _wait(session: Session, job: int) -> None:
    while session.store.jobs.state(job) in ("queued", "running"):
        time.sleep(0.05)
    assert session.store.jobs.state(job) == "done", session.store.jobs.get(job)


def test_rescan_respects_the_trash_and_what_was_emptied(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 9))
        trash.put(session, ids[:5])
        trash.restore(session, ids[4:5])
        trash.put(session, ids[6:7])
        history.undo(session)
        history.undo(session)
        history.redo(session)
        digest = session.digest("small")
        trash.empty(session)
        trash.put(session, ids[7:])
        assert (seeds(session), seeds(session, trash=True)) == ([5, 6, 7], [8])
        found = rescan(session)
        assert (found.prints, found.forgotten) == (0, 0)
        assert (seeds(session), seeds(session, trash=True)) == ([5, 6, 7], [8])
    lose_the_database(root)
    with Session(root) as session:
        assert rescan(session).prints == 4
        assert (seeds(session), seeds(session, trash=True)) == ([5, 6, 7], [8])
        gone = session.store.trash.emptied("small", digest)
        assert {item.seed for item in gone} == {1, 2, 3, 4}
        assert session.render("small", start=False) == 0
        assert rescan(session).prints == 0


def test_a_print_made_again_is_in_sight_after_a_rescan_too(root: Path) -> None:
    with Session(root) as session:
        trash.put(session, add_prints(session, "small", [1, 2]))
        trash.empty(session)
        add_prints(session, "small", [2])
    lose_the_database(root)
    with Session(root) as session:
        rescan(session)
        assert (seeds(session), seeds(session, trash=True)) == ([2], [])
        assert [gone.seed for gone in session.store.trash.emptied("small")] == [1]


def test_an_enlarged_file_of_a_print_in_the_trash_is_emptied_with_it(root: Path) -> None:
    """Also when only the files told of both."""
    from PIL import Image

    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        digest = session.digest("small")
        large = paths.upscaled_file(root, "small", digest, 1, "f" * 64)
        made = Origin(session.recipe("small"), digest, 1, {}, {"method": "lanczos"})
        atomic.write(large, metadata.encode(Image.new("RGB", (256, 256)), made))
        trash.put(session, ids[:1])
    lose_the_database(root)
    with Session(root) as session:
        assert rescan(session).upscaled == 1
        assert seeds(session, trash=True) == [1]
        assert trash.empty(session) == 1
        assert not large.exists()


def test_a_recipe_without_any_print_left_is_known_after_a_rescan(root: Path) -> None:
    with Session(root) as session:
        trash.put(session, add_prints(session, "small", [1]))
        trash.empty(session)
        digest, recipe = session.digest("small"), session.recipe("small")
    lose_the_database(root)
    with Session(root) as session:
        (root / "small" / "prints").mkdir(exist_ok=True)
        rescan(session)
        assert (
            recipe_tools.known_recipe(
                session, recipe_tools.recipe_digest(session, "small", digest[:6])
            )
            == recipe
        )


def test_a_mirror_cut_by_a_kill_is_read_as_far_as_it_goes(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 4))
        trash.put(session, ids[:1])
        trash.put(session, ids[1:2])
    mirror = paths.trash_file(root, "small")
    mirror.write_bytes(mirror.read_bytes()[:-20] + b"\n[1]\nnull\n")
    lose_the_database(root)
    with Session(root) as session:
        rescan(session)
        assert seeds(session, trash=True) == [1]


@pytest.mark.parametrize("recorded", [False, True])
def test_a_kill_between_the_steps_of_emptying_is_settled(
    root: Path, recorded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files moved and not recorded come back; recorded and not removed go."""
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 5))
        trash.put(session, ids[:2])
        from edition.library import trash_table as emptying

        with monkeypatch.context() as patch:

            def killed(*_: object) -> None:
                raise KeyboardInterrupt

            if recorded:
                patch.setattr(type(session.store.trash), "_settle", killed)
                with pytest.raises(KeyboardInterrupt):
                    session.store.trash.empty(ids[:2])
            else:
                patch.setattr(emptying, "mirror_gone", killed)
                with pytest.raises(KeyboardInterrupt):
                    session.store.trash.empty(ids[:2])
        assert pngs(root) == [3, 4], "moved away"
        assert len(list(paths.emptying_folder(root, "small").rglob("*.png"))) == 2
    with Session(root) as session:
        lying = trash.listed(session, "small")
        assert not paths.emptying_folder(root, "small").exists()
        if recorded:
            assert (pngs(root), [p.seed for p in lying]) == ([3, 4], [])
        else:
            assert (pngs(root), sorted(p.seed for p in lying)) == ([1, 2, 3, 4], [1, 2])
            history.undo(session)
            assert seeds(session) == [1, 2, 3, 4]


_EMPTY = """
import sys
from pathlib import Path
from edition.actions import trash
from edition.actions.session import Session
from edition.library import trash_table as library
library.BATCH = 3
with Session(Path(sys.argv[1])) as session:
    print("ready", flush=True)
    trash.empty(session)
"""


@pytest.mark.slow
def test_kill_9_while_the_trash_is_emptied_loses_nothing_and_ends_whole(root: Path) -> None:
    """A real process, killed at random moments: every print is whole in the trash, or emptied."""
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 241), side=64)
        trash.put(session, ids[:200])
    chance = random.Random(7)
    kills = 0
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", _EMPTY, str(root)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "ready\n"
        away = paths.emptying_folder(root, "small")
        while child.poll() is None and not any(away.rglob("*.png")):
            time.sleep(0.0005)  # then a batch is on its way, between its moves and its end
        time.sleep(chance.choice((0.0, chance.uniform(0.0, 0.03))))
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
    with Session(root) as session:
        trash.empty(session)
        assert len(session.store.trash.emptied("small")) == 200
        assert pngs(root) == list(range(201, 241))
        assert not paths.emptying_folder(root, "small").exists()
    lose_the_database(root)
    with Session(root) as session:
        assert rescan(session).prints == 40
        assert len(session.store.trash.emptied("small")) == 200


def _every_print_is_whole_or_emptied(root: Path) -> None:
    """As a person sees it who next looks into the trash."""
    with Session(root) as session:
        lying = {p.seed for p in trash.listed(session, "small")}
        emptied = {gone.seed for gone in session.store.trash.emptied("small")}
        assert not lying & emptied
        assert lying | emptied == set(range(1, 201))
        assert pngs(root) == sorted(lying | set(range(201, 241)))
        check = sqlite3.connect(paths.database_file(root))
        assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        check.close()


def test_two_do_not_empty_at_once_and_nobody_settles_meanwhile(root: Path) -> None:
    with Session(root) as session, Session(root) as other:
        ids = add_prints(session, "small", range(1, 121), side=64)
        trash.put(session, ids)
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

        assert session.store.trash.empty(ids, meanwhile) == 120
        assert seen == [50, 100, 120]
        assert other.store.trash.empty(ids) == 0


def test_a_rescan_beside_an_emptying_forgets_nothing_that_comes_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A star given while the files are on their way out brings one back, with its row."""
    from edition.library import trash_table as emptying

    with Session(root) as session, Session(root) as other:
        ids = add_prints(session, "small", range(1, 4), side=64)
        session.store.journal.apply(
            "note", [FieldChange("note", str(ids[0]), "", "keep this one, perhaps")]
        )
        trash.put(session, ids)
        found = []

        def meanwhile(_: Path) -> None:
            if not found:
                assert pngs(root) == []
                other.mark(ids[:1], "star")
                found.append(rescan(other))

        monkeypatch.setattr(emptying, "sync_folder", meanwhile)
        assert trash.empty(session) == 2
        assert found[0].forgotten == 0
        (kept,) = session.store.prints.get(ids).values()
        assert (kept.seed, kept.marks.star, kept.note) == (1, True, "keep this one, perhaps")
        assert pngs(root) == [1]
        again = rescan(session)
        assert (again.prints, again.forgotten) == (0, 0)


def test_a_file_that_cannot_be_moved_keeps_its_print(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        trash.put(session, ids)
        paths.emptying_folder(root, "small").write_bytes(b"in the way")
        with pytest.raises(LibraryError, match="Can't move"):
            trash.empty(session)
        paths.emptying_folder(root, "small").unlink()
        assert pngs(root) == [1, 2]
        assert seeds(session, trash=True) == [1, 2]
        assert trash.empty(session) == 2


def test_what_stays_is_told_by_id_not_by_comparing_all_with_all(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_prints(session, "small", range(1, 9))
    session.mark(ids[:4], "star")
    compared = []
    monkeypatch.setattr(Print, "__eq__", lambda *both: compared.append(both) or both[0] is both[1])
    done = trash.put(session, ids)
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
        LedgerRow.from_json(spoilt)


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
    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2, 3, 4])
        trash.put(session, ids)
    with sqlite3.connect(
        root / "library.sqlite"
    ) as rows:  # as a hand, or another program, leaves it
        rows.execute("UPDATE prints SET file = '../outside.png' WHERE seed = 2")
    (root.parent / "outside.png").write_bytes(b"somebody's")
    with Session(root) as session:
        assert trash.size(session, trash.listed(session)) > 0
        with pytest.raises(LibraryError, match="Emptied 3; 1 can't be removed"):
            trash.empty(session)
        assert seeds(session, trash=True) == [2]
    assert pngs(root) == [2]
    assert (root.parent / "outside.png").read_bytes() == b"somebody's"


def test_a_recipe_that_cannot_be_read_keeps_its_prints_only(root: Path) -> None:
    with Session(root) as session:
        trash.put(session, add_prints(session, "small", [1, 2]))
        session.edit("small", {"sampling.steps": 4})
        trash.put(session, add_prints(session, "small", [3]))
        digest = session.digest("small")
    with sqlite3.connect(root / "library.sqlite") as rows:
        rows.execute("UPDATE recipes SET json = '{' WHERE digest = ?", (digest,))
    with Session(root) as session:
        lying = trash.listed(session)
        assert set(trash.last_ones(session, lying).values()) == {"Its recipe can't be read."}
        assert trash.empty(session) == 2
        assert seeds(session, trash=True) == [3]

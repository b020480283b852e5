"""A lost database comes back from the files, marks included."""

from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.desk.desk import Desk
from edition.desk.rescan import rescan
from edition.facts import FieldChange
from edition.recipe.upscaling import Upscale


def test_a_deleted_database_is_rebuilt(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", range(1, 8))
        desk.mark(ids[:3], "star")
        desk.undo()
        desk.mark(ids[2:4], "star")
        desk.mark(ids[5:6], "reject")
        desk.rate(ids[:1], 4)
        desk.label(ids[:1], "blue")
        note = FieldChange("note", str(ids[1]), "", "the good one")
        tags = FieldChange("tags", str(ids[1]), [], ["night", "sea"])
        desk.store.journal.apply("note and tag", [note, tags])
        before = {(p.digest, p.seed): (p.marks, p.note, p.tags) for p in _prints(desk)}
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Desk(root) as desk:
        found = rescan(desk.store)
        assert (found.prints, found.marks, found.broken) == (7, 5, ())
        after = {(p.digest, p.seed): (p.marks, p.note, p.tags) for p in _prints(desk)}
        assert after == before
        recipe = desk.print_recipe(_prints(desk)[0].digest)
        assert recipe == desk.recipe("small")
        again = rescan(desk.store)
        assert (again.prints, again.forgotten, again.marks) == (0, 0, 0)


def _prints(desk: Desk) -> list:
    ids = desk.store.prints.select("small")
    return list(desk.store.prints.get(ids).values())


def test_files_that_are_broken_or_misplaced_are_left_alone(root: Path) -> None:
    with Desk(root) as desk:
        add_prints(desk, "small", [1, 2, 3])
        folder = paths.prints_folder(root, "small", desk.digest("small"))
        cut = folder / "2.png"
        cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
        (folder / "9.png").write_bytes((folder / "3.png").read_bytes())
        for file in root.glob("library.sqlite*"):
            file.unlink()
    with Desk(root) as desk:
        found = rescan(desk.store)
        assert found.prints == 2
        assert len(found.broken) == 2
        assert any("cut short" in reason for reason in found.broken)
        assert any("another's name" in reason for reason in found.broken)
        assert cut.exists()


def test_rows_whose_files_are_gone_are_forgotten_and_rendered_again(desk: Desk) -> None:
    add_prints(desk, "small", [1, 2])
    digest = desk.digest("small")
    paths.print_file(desk.root, "small", digest, 1).unlink()
    assert desk.render("small", [1, 2], start=False) > 0
    assert desk.asked_seeds("small", digest) == {1, 2}
    assert desk.store.prints.seeds("small", digest) == {2}
    assert rescan(desk.store).forgotten == 0


@pytest.mark.slow
def test_enlarged_prints_come_back(root: Path) -> None:
    with Desk(root) as desk:
        ids = add_prints(desk, "small", [1])
        job = desk.upscale("small", ids, Upscale(scale=2.0))
        while desk.store.jobs.state(job) in ("queued", "running"):
            pass
        assert desk.store.jobs.state(job) == "done", desk.store.jobs.get(job)
        before = desk.store.prints.get(ids)[ids[0]].upscaled
        desk.stop_press()
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Desk(root) as desk:
        assert rescan(desk.store).upscaled == 1
        assert _prints(desk)[0].upscaled == before
        assert desk.store.prints.upscale_facts(before).width == 256

"""A lost database comes back from the files, marks included."""

import struct
import subprocess
import sys
import threading
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests.fakes import add_prints

from edition import paths
from edition.actions import editions, exhibitions, history, job_queries, trash
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import FieldChange, Filter, MarkChange, Marks
from edition.errors import LibraryError
from edition.library import metadata
from edition.press.ingest import adopt_strays
from edition.recipe.upscale_settings import UpscaleSettings


def test_a_deleted_database_is_rebuilt(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 8))
        session.mark(ids[:3], "star")
        history.undo(session)
        session.mark(ids[2:4], "star")
        session.mark(ids[5:6], "reject")
        session.rate(ids[:1], 4)
        session.label(ids[:1], "blue")
        note = FieldChange("note", str(ids[1]), "", "the good one")
        tags = FieldChange("tags", str(ids[1]), [], ["night", "sea"])
        session.store.journal.apply("note and tag", [note, tags])
        before = {(p.digest, p.seed): (p.marks, p.note, p.tags) for p in _prints(session)}
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:
        found = rescan(session)
        assert (found.prints, found.marks, found.broken) == (7, 5, ())
        after = {(p.digest, p.seed): (p.marks, p.note, p.tags) for p in _prints(session)}
        assert after == before
        recipe = session.print_recipe(_prints(session)[0].digest)
        assert recipe == session.recipe("small")
        again = rescan(session)
        assert (again.prints, again.forgotten, again.marks) == (0, 0, 0)


def _prints(session: Session) -> list:
    ids = session.store.prints.select("small")
    return list(session.store.prints.get(ids).values())


def test_a_link_to_nowhere_does_not_end_a_rescan(root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", [1])
        folder = paths.edition_folder(root, "small") / "upscaled" / "aaaa"
        folder.mkdir(parents=True)
        (folder / "1-aa.png").symlink_to(root / "gone.png")
        found = rescan(session)
        assert len(found.broken) == 1
        assert "1-aa.png" in found.broken[0]


def test_files_that_are_broken_or_misplaced_are_left_alone(root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", [1, 2, 3])
        folder = paths.prints_folder(root, "small", session.digest("small"))
        cut = folder / "2.png"
        cut.write_bytes(cut.read_bytes()[:-100])  # its settings are whole, its pixels are not
        (folder / "9.png").write_bytes((folder / "3.png").read_bytes())
        for file in root.glob("library.sqlite*"):
            file.unlink()
    with Session(root) as session:
        found = rescan(session)
        assert found.prints == 2
        assert len(found.broken) == 2
        assert any("cut short" in reason for reason in found.broken)
        assert any("another's name" in reason for reason in found.broken)
        assert cut.exists()


def test_rows_whose_files_are_gone_are_forgotten_and_rendered_again(session: Session) -> None:
    add_prints(session, "small", [1, 2])
    digest = session.digest("small")
    paths.print_file(session.root, "small", digest, 1).unlink()
    assert session.render("small", [1, 2], start=False) > 0
    assert job_queries.asked_seeds(session, "small", digest) == {1, 2}
    assert session.store.prints.seeds("small", digest) == {2}
    assert rescan(session).forgotten == 0


def test_a_print_that_is_drawn_again_gets_back_what_was_decided(session: Session) -> None:
    first, second = add_prints(session, "small", [1, 2])
    session.mark([first], "star")
    session.rate([first], 4)
    tags = FieldChange("tags", str(first), [], ["night"])
    session.store.journal.apply("tag", [tags])
    digest = session.digest("small")
    paths.print_file(session.root, "small", digest, 1).unlink()
    assert editions.forget_missing_files(session, "small", digest) == 1
    again, same = add_prints(session, "small", [1, 2])
    assert again > second == same
    item = session.store.prints.get([again])[again]
    assert (item.marks.star, item.marks.rating, item.tags) == (True, 4, ("night",))
    # what is said after that is read too, however often a print comes back
    session.mark([again], "unstar")
    paths.print_file(session.root, "small", digest, 1).unlink()
    editions.forget_missing_files(session, "small", digest)
    (third,) = add_prints(session, "small", [1])
    assert not session.store.prints.get([third])[third].marks.star


def test_strays_of_a_lost_database_come_with_their_marks_and_trash(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 5))
        session.mark(ids[:1], "star")
        trash.put(session, ids[1:2])
        digest = session.digest("small")
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:  # rendered on before anybody thinks of a rescan
        assert adopt_strays(session.store, "small", digest) == 4
        starred = session.store.prints.select("small", Filter(star=True))
        assert [p.seed for p in session.store.prints.get(starred).values()] == [1]
        assert session.store.prints.counts("small").trash == 1


def test_a_rescan_that_is_killed_has_marks_with_all_that_it_took_in(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 140))
        session.mark(ids, "star")
    for file in root.glob("library.sqlite*"):
        file.unlink()
    killed = (
        "import os, sys; from pathlib import Path; from edition.actions.session import Session;"
        "from edition.actions.rescan import rescan\n"
        "rescan(Session(Path(sys.argv[1])), lambda done, of: os.kill(os.getpid(), 9))"
    )
    died = subprocess.run([sys.executable, "-c", killed, str(root)], check=False)
    assert died.returncode == -9
    with Session(root) as session:
        assert 0 < session.store.prints.counts("small").prints < 139
        rescan(session)
        counts = session.store.prints.counts("small")
        assert (counts.prints, counts.starred) == (139, 139)


@pytest.mark.slow
def test_enlarged_prints_come_back(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", [1])
        chosen = []
        for scale in (2.0, 1.5, 2.0):  # what was wanted last goes to paper, made anew or not
            job = session.upscale("small", ids, UpscaleSettings(scale=scale))
            while session.store.jobs.state(job) in ("queued", "running"):
                time.sleep(0.05)
            assert session.store.jobs.state(job) == "done", session.store.jobs.get(job)
            chosen.append(session.store.prints.get(ids)[ids[0]].upscaled)
        assert chosen[0] != chosen[1]
        assert chosen[0] == chosen[2]
        before = chosen[2]
        session.stop_press()
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:
        assert rescan(session).upscaled == 2
        assert _prints(session)[0].upscaled == before
        assert session.store.prints.upscale_facts(before).width == 256


def test_a_register_goes_on_from_its_copy_when_the_database_is_lost(root: Path) -> None:
    with Session(root) as session:
        session.store.register.append(lambda rows: ["1/25"])
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:  # the next number, before anybody thinks of a rescan
        session.store.register.append(lambda rows: [f"after {len(rows)}"])
        assert session.store.register.rows() == ("1/25", "after 1")
    assert paths.register_file(root).read_text() == "1/25\nafter 1\n"


def test_an_exhibition_on_the_disk_is_not_written_over(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", [1, 2])
        exhibitions.new(session, "summer")
        exhibitions.add(session, "summer", ids)
    for file in root.glob("library.sqlite*"):
        file.unlink()
    copy = paths.exhibition_file(root, "summer")
    before = copy.stat().st_ino, copy.read_bytes()
    with Session(root) as session:
        with pytest.raises(LibraryError, match="on the disk"):
            exhibitions.new(session, "summer")
        rescan(session)
        assert (copy.stat().st_ino, copy.read_bytes()) == before
        assert len(exhibitions.named(session, "summer").places) == 2


def test_two_doors_that_mark_a_print_at_once_lose_neither_mark(root: Path) -> None:
    with Session(root) as session:
        ids = add_prints(session, "small", [1])

        def rate() -> None:
            with Session(root) as other:
                other.rate(ids, 3)

        rating = threading.Thread(target=rate)

        def star() -> tuple[str, list[MarkChange]]:
            rating.start()
            time.sleep(0.5)  # it has opened the library and waits for the lock that is held here
            return "star", [MarkChange(ids[0], Marks(), Marks(star=True))]

        session.store.journal.act(star)
        rating.join()
        assert session.store.prints.get(ids)[ids[0]].marks == Marks(star=True, rating=3)
        history.undo(session)
        assert session.store.prints.get(ids)[ids[0]].marks == Marks(star=True)


def test_no_picture_ends_a_rescan(root: Path) -> None:
    """Far too large, of no area, unreadable, a folder: each is named, the others come in."""
    with Session(root) as session:
        add_prints(session, "small", [1, 2])
        digest = _prints(session)[0].digest
        good = paths.print_file(root, "small", digest, 1)
        origin = metadata.read(good)
        assert origin is not None
        large = Image.new("1", (20_000, 10_000))  # Pillow's own limit is 179 megapixels
        upscaled = paths.edition_folder(root, "small") / "upscaled" / good.parent.name
        upscaled.mkdir(parents=True)
        facts = replace(origin, upscale={"method": "lanczos", "settings": "{}"})
        (upscaled / "1-aa.png").write_bytes(metadata.encode(large, facts))
        (upscaled / "2-bb.png").mkdir()
        (good.parent / "7.png").mkdir()
        (good.parent / "8.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 60)
        bomb = _png_that_claims(40_000, 40_000, good.read_bytes())
        (good.parent / "9.png").write_bytes(bomb)
        (good.parent / "1 copy.png").write_bytes(good.read_bytes())
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:
        found = rescan(session)
        assert (found.prints, found.upscaled) == (2, 1)
        told = "\n".join(found.broken)
        for name in ("7.png", "8.png", "9.png", "1 copy.png", "2-bb.png"):
            assert name in told


def _png_that_claims(width: int, height: int, png: bytes) -> bytes:
    head = struct.pack(">II", width, height) + png[24:29]
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return png[:16] + head + crc + png[33:]


def test_a_copy_beside_the_prints_blocks_no_render(root: Path) -> None:
    with Session(root) as session:
        add_prints(session, "small", [1])
        digest = _prints(session)[0].digest
        good = paths.print_file(root, "small", digest, 1)
        for name in ("1 copy.png", "1 (2).png", "1².png", "9" * 100 + ".png"):
            good.with_name(name).write_bytes(good.read_bytes())
        assert adopt_strays(session.store, "small", digest) == 0
        assert len(_prints(session)) == 1


def test_an_exhibition_of_a_renamed_edition_is_told(session: Session) -> None:
    ids = add_prints(session, "small", [1, 2, 3])
    exhibitions.new(session, "night")
    exhibitions.add(session, "night", ids)
    (session.root / "small").rename(session.root / "large")
    (told,) = rescan(session).broken
    assert "night shows 3 prints of small, which is gone" in told
    assert "edition exhibition add night large 1..3" in told
    (session.root / "large").rename(session.root / "small")
    assert rescan(session).broken == ()

"""Folders adopted where they lie: nothing in them changes, everything of the library works."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.fakes import scene
from tests.library.test_xmp import DARKTABLE, LIGHTROOM, exiftool, needs_exiftool

from edition import paths, picture_reader
from edition.actions import (
    adoption,
    exhibitions,
    exported_picks,
    history,
    importing,
    proofs,
    retouched,
    search,
    trash,
    versions,
)
from edition.actions.adopted_pictures import read_told
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import Filter, Marks, PressState, Print
from edition.errors import EditionError, LibraryError, PictureError, RecipeError
from edition.library import metadata, xmp, xmp_files
from edition.press.job_payloads import submit_upscale
from edition.press.jobs import upscale_job
from edition.press.loop import Press
from edition.recipe.proof_settings import ProofSettings
from edition.recipe.upscale_settings import UpscaleSettings
from tools.campaigns import adopt_folder

CASES = Path(__file__).parents[1] / "cases"
A1111 = (
    "misty harbour\nNegative prompt: fog\nSteps: 25, Sampler: Euler a, CFG scale: 6.5, "
    "Seed: 4711, Size: 128x128, Model: dream, Version: v1.10.1"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of a person: other programs', a phone's, a broken one, a copy."""
    home = tmp_path / "Pictures of mine"
    (home / "2026").mkdir(parents=True)
    info = PngInfo()
    info.add_text("parameters", A1111)
    scene(1).save(home / "10.png", pnginfo=info)
    scene(2).save(home / "2.jpg", xmp=LIGHTROOM)
    turned = Image.Exif()
    turned[274] = 6
    scene(3).crop((0, 0, 128, 96)).save(home / "2026" / "turned.jpg", exif=turned)
    scene(4).save(home / "2026" / "night.webp")
    scene(5).save(home / "2026" / "scan.tif")
    scene(6).save(home / "2026" / "small.avif")
    (home / "2026" / "scan.tif.xmp").write_bytes(DARKTABLE)
    (home / "cut.png").write_bytes((home / "10.png").read_bytes()[:300])
    shutil.copy(home / "2026" / "night.webp", home / "copy of night.webp")
    (home / "notes.txt").write_text("no picture")
    (home / ".hidden.png").write_bytes(b"x")
    return home


def tree(home: Path) -> dict[str, tuple[bytes, int]]:
    return {
        p.relative_to(home).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in home.rglob("*")
        if p.is_file()
    }


def adopted(session: Session, home: Path, slug: str = "mine") -> adoption.Scan:
    return adoption.scan(session, adoption.adopt(session, [home], slug))


def pictures(session: Session, slug: str = "mine") -> dict[str, Print]:
    ids = session.store.prints.select(slug, Filter(trash=None), "seed")
    prints = session.store.prints.get(ids)
    return {paths.adopted_name(prints[i].file): prints[i] for i in ids}


def test_nothing_in_the_folder_changes_and_all_that_is_whole_comes_in(
    session: Session, folder: Path
) -> None:
    before = tree(folder)
    scan = adopted(session, folder)
    assert (scan.new, scan.copies, len(scan.broken), scan.gone) == (6, 1, 1, 0)
    assert scan.broken[0].startswith("cut.png: ")
    found = pictures(session)
    assert [item.seed for item in found.values()] == [1, 2, 3, 4, 5, 6]
    assert list(found) == [
        "2.jpg", "10.png", "copy of night.webp", "2026/scan.tif", "2026/small.avif",
        "2026/turned.jpg",
    ]  # fmt: skip
    assert (found["2026/turned.jpg"].width, found["2026/turned.jpg"].height) == (96, 128)
    assert all(len(found[name].digest) == 64 for name in found)
    assert tree(folder) == before
    session.mark([found["10.png"].id], "star")
    assert adopted(session, folder).new == 0
    assert tree(folder) == before
    assert sorted(p.name for p in (session.root / "mine").iterdir()) == [
        "edition.toml", "folders", "marks.jsonl", "pictures.jsonl",
    ]  # fmt: skip


def test_what_a_picture_says_is_known_and_found_and_nothing_is_filled_in(
    session: Session, folder: Path
) -> None:
    adopted(session, folder)
    found = pictures(session)
    facts = session.found_facts(found["10.png"].digest)
    assert facts is not None
    assert (facts.program, facts.prompt, facts.seed, facts.steps) == (
        "A1111", "misty harbour", 4711, 25,
    )  # fmt: skip
    assert session.print_recipe(found["10.png"].digest) is None
    silent = session.found_facts(found["2026/turned.jpg"].digest)
    assert silent is not None
    assert (silent.program, silent.prompt, silent.seed, silent.sampler) == ("", None, None, None)

    def seeds(text: str) -> list[str]:
        query = search.parse(text)
        prints = session.store.prints.get(search.find(session, "mine", query.where))
        return [paths.adopted_name(p.file) for p in prints.values()]

    for text in (
        "misty", "model:dream", "steps:25", "guidance:6.5", "negative:fog", "10",
        "sampler:euler_a", 'sampler:"Euler a"', "sampler:eul",
    ):  # fmt: skip
        assert seeds(text) == ["10.png"], text
    assert seeds("sampler:euler") == []
    with pytest.raises(EditionError, match="magic"):
        seeds("sampler:magic")
    assert seeds("turned") == ["2026/turned.jpg"]
    assert seeds("steps:50") == seeds("sampler:ddim") == []
    search.retitle(session, "mine")
    assert seeds("turned") == ["2026/turned.jpg"]


def test_ratings_come_along_once_and_later_changes_are_one_act(
    session: Session, folder: Path
) -> None:
    adopted(session, folder)
    found = pictures(session)
    assert found["2.jpg"].marks == Marks(rating=4, label="blue")
    assert found["2.jpg"].tags == ("fog", "kiel", "night-sea")
    assert found["2026/scan.tif"].marks == Marks(reject=True, label="green")
    assert history.entries(session) == (), "what was there before is nobody's act here"
    session.mark([found["2.jpg"].id], "star")
    search.tag(session, [found["2.jpg"].id], add="mine")
    (folder / "2.jpg.xmp").write_bytes(LIGHTROOM.replace(b'"4"', b'"5"').replace(b"fog", b"haze"))
    assert adopted(session, folder).rated == 1
    item = pictures(session)["2.jpg"]
    assert item.marks == Marks(star=True, rating=5, label="blue")
    assert item.tags == ("haze", "kiel", "mine", "night-sea"), "only what changed is carried over"
    assert history.undo(session).action == "read marks of 1 picture from XMP in mine"
    assert pictures(session)["2.jpg"].marks == Marks(star=True, rating=4, label="blue")
    assert adopted(session, folder).rated == 0, "what was undone does not come back"


def test_a_label_that_means_nothing_here_is_named_and_left(session: Session, folder: Path) -> None:
    sidecar = folder / "10.xmp"
    sidecar.write_bytes(LIGHTROOM.replace(b"Blue", b"Winner"))
    scan = adopted(session, folder)
    assert scan.unknown == ("Winner",)
    assert any("Winner" in line for line in adoption.told(scan))
    assert pictures(session)["10.png"].marks == Marks(rating=4)
    assert b"Winner" in sidecar.read_bytes()


def test_moved_renamed_and_removed_files_keep_their_marks(session: Session, folder: Path) -> None:
    adopted(session, folder)
    found = pictures(session)
    session.mark([found["10.png"].id], "star")
    session.rate([found["2026/turned.jpg"].id, found["copy of night.webp"].id], 3)
    (folder / "10.png").rename(folder / "2026" / "renamed.png")
    (folder / "copy of night.webp").unlink()
    kept = (folder / "2026" / "turned.jpg").read_bytes()
    (folder / "2026" / "turned.jpg").unlink()
    scan = adopted(session, folder)
    assert (scan.new, scan.gone, scan.copies) == (0, 1, 0)
    now = pictures(session)
    assert now["2026/renamed.png"].id == found["10.png"].id
    assert now["2026/renamed.png"].marks.star
    assert now["2026/night.webp"].id == found["copy of night.webp"].id
    assert now["2026/night.webp"].marks.rating == 3
    (folder / "back.jpg").write_bytes(kept)
    assert adopted(session, folder).new == 1
    back = pictures(session)["back.jpg"]
    assert (back.seed, back.marks.rating) == (found["2026/turned.jpg"].seed, 3)


def test_the_first_grid_waits_for_twelve_files_and_no_folder_behind_them(
    session: Session, tmp_path: Path
) -> None:
    home = tmp_path / "many"
    (home / "later").mkdir(parents=True)
    for number in range(1, 15):
        Image.new("RGB", (64, 64), (number, 0, 99)).save(home / f"{number}.png")
    seen: list[tuple[int, int]] = []

    def first(done: int, total: int) -> None:
        if not seen:  # what is not looked at yet can still go and come
            (home / "13.png").rename(home / "later" / "13.png")
            (home / "14.png").unlink()
            (home / "later" / "1.png").write_bytes((home / "1.png").read_bytes())
        seen.append((done, total))

    scan = adoption.scan(session, adoption.adopt(session, [home], "mine"), first)
    assert seen == [(12, 12), (14, 14)]
    assert (scan.new, scan.copies, scan.broken, scan.passed) == (13, 1, (), ())
    assert list(pictures(session)) == [*(f"{n}.png" for n in range(1, 13)), "later/13.png"]
    (home / "1.png").unlink()
    moved = adoption.scan(session, "mine")
    assert (moved.new, moved.gone) == (0, 0)
    assert next(iter(pictures(session))) == "later/1.png"


def test_a_folder_that_was_moved_is_recognised_and_one_that_is_away_is_kept(
    session: Session, folder: Path
) -> None:
    adopted(session, folder)
    before = pictures(session)
    folder.rename(folder.with_name("moved"))
    scan = adoption.scan(session, "mine")
    assert (scan.gone, len(scan.missing)) == (0, 1)
    assert pictures(session) == before
    rescan(session)
    assert pictures(session) == before, "a disk may be unplugged"
    assert adoption.adopt(session, [folder.with_name("moved")]) == "mine"
    scan = adoption.scan(session, "mine")
    assert (scan.new, scan.gone, scan.missing) == (0, 0, ())
    assert session.file(before["10.png"].file).is_file()


def test_a_lost_database_gives_numbers_and_marks_back(session: Session, folder: Path) -> None:
    adopted(session, folder)
    found = pictures(session)
    ids = [found["10.png"].id]
    session.mark(ids, "star")
    search.write_note(session, ids, "the best")
    session.mark([found["2026/scan.tif"].id], "unreject")  # against what XMP says
    exhibitions.new(session, "show", title="Show")
    exhibitions.add(session, "show", ids)
    (folder / "2.jpg").unlink()
    for file in session.root.glob("library.sqlite*"):
        file.unlink()
    with Session(session.root) as again:
        rescan(again)
        now = pictures(again)
        assert {name: p.seed for name, p in now.items()} == {
            name: p.seed for name, p in found.items() if name != "2.jpg"
        }
        assert (now["10.png"].marks.star, now["10.png"].note) == (True, "the best")
        assert now["2026/scan.tif"].marks == Marks(label="green")
        assert list(again.store.exhibitions.print_ids("show")) == [now["10.png"].id]


def test_metadata_written_into_a_file_changes_no_picture(session: Session, folder: Path) -> None:
    adopted(session, folder)
    before = pictures(session)["10.png"]
    xmp_files.embed(folder / "10.png", xmp.told_of(Marks(rating=2), ("sea",)))
    scan = adopted(session, folder)
    assert (scan.new, scan.gone, scan.rated) == (0, 0, 1)
    now = pictures(session)["10.png"]
    assert (now.id, now.marks.rating, now.tags) == (before.id, 2, ("sea",))
    show = proofs.gather(session, "mine", session.recipe("mine"), [now.id], full_size=True)
    assert show.pictures[0].sha256 == hashlib.sha256((folder / "10.png").read_bytes()).hexdigest()


@pytest.mark.parametrize("way", ["sidecar", "embed"])
@needs_exiftool
def test_marks_are_seen_by_exiftool_and_its_ratings_here(
    session: Session, folder: Path, way: str
) -> None:
    adopted(session, folder)
    session.edit("mine", {"marks.xmp": way})
    found = pictures(session)
    session.mark([found["10.png"].id, found["2026/small.avif"].id], "star")
    session.mark([found["2026/turned.jpg"].id], "reject")
    session.label([found["copy of night.webp"].id], "purple")
    search.tag(session, [found["copy of night.webp"].id], add="harbour")

    def seen(name: str) -> dict[str, object]:
        path = folder / name
        packed = way == "embed" and path.suffix != ".avif"
        return exiftool(path if packed else f"{path}.xmp")[0]

    assert seen("10.png")["Rating"] == seen("2026/small.avif")["Rating"] == 5
    assert seen("2026/turned.jpg")["Rating"] == -1
    assert (seen("copy of night.webp")["Label"], seen("copy of night.webp")["Subject"]) == (
        "Purple", ["harbour"],
    )  # fmt: skip
    assert adopted(session, folder).rated == 0, "what was written here is no news"
    history.undo(session)
    history.undo(session)
    assert "Label" not in seen("copy of night.webp")
    target = folder / ("10.png" if way == "embed" else "10.png.xmp")
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", "-XMP:Rating=2", str(target)], check=True
    )
    assert adopted(session, folder).rated == 1
    assert pictures(session)["10.png"].marks.rating == 2
    assert {p.suffix for p in folder.rglob("*")} <= {
        "", ".png", ".jpg", ".webp", ".tif", ".avif", ".xmp", ".txt",
    }  # fmt: skip


def test_off_writes_nothing_and_a_folder_that_refuses_is_tried_again(
    session: Session, folder: Path
) -> None:
    adopted(session, folder)
    before = tree(folder)
    session.mark([pictures(session)["10.png"].id], "star")
    assert tree(folder) == before
    session.edit("mine", {"marks.xmp": "sidecar"})
    adopted(session, folder)
    assert (folder / "10.png.xmp").is_file(), "what was marked before is told now"
    assert sorted(set(tree(folder)) - set(before)) == ["10.png.xmp"]


def test_paper_enlarging_and_versions_work(session: Session, folder: Path) -> None:
    adopted(session, folder)
    found = pictures(session)
    ids = [item.id for item in found.values()]
    session.mark(ids, "star")
    assert {p.drawn_width for p in proofs.starred_show(session, "mine").pictures} == {0}
    submit_upscale(session.store, "mine", ids, UpscaleSettings(method="lanczos", scale=2))
    upscale_job.enlarge(Press(session.root, "cpu"), session.store.jobs.claim())
    session.store.press.write(PressState())
    item = pictures(session)["2026/turned.jpg"]
    assert [(v.width, v.height, v.here) for v in versions.versions(session, item)] == [
        (192, 256, True)
    ]
    origin = metadata.read(session.root / item.upscaled)
    assert origin is not None
    assert origin.source == "turned.jpg"
    with Image.open(session.root / item.upscaled) as image:
        assert "parameters" not in image.info, "no recipe is invented for it"
        assert "Sampler" not in image.info["edition"]
        assert "ddim" not in image.info["edition"]
    with pytest.raises(LibraryError, match="doesn't say how it was made"):
        importing.take_in(session, [session.root / item.upscaled])
    settings = ProofSettings(print_mm=40, ppi_least=36)
    for kind in ("sheet", "wall", "plates"):
        report = proofs.make(session, "mine", kind, settings=settings)
        assert report.file.stat().st_size > 1000
    show = proofs.starred_show(session, "mine")
    rows = {p.name: dict(p.recipe_lines) for p in show.pictures}
    assert rows["turned"] == {}
    widths = {p.name: (p.native_width, p.width) for p in show.pictures}
    assert widths["turned"] == (96, 192), "an order says that it is an enlargement"
    drawn = {p.name: p.drawn_width for p in show.pictures}
    assert (drawn["turned"], drawn["10"]) == (96, 128), "Lanczos draws nothing"
    assert rows["10"]["Prompt"] == "misty harbour"
    assert rows["10"]["Seed"] == "4711"
    rescan(session)
    assert pictures(session)["2026/turned.jpg"].upscaled == item.upscaled


def test_a_recipe_that_is_understood_makes_an_edition(session: Session, folder: Path) -> None:
    adopted(session, folder)
    found = pictures(session)
    made = importing.of_adopted(session, [found["10.png"].id, found["2.jpg"].id])
    assert [(e.slug, e.seeds) for e in made.editions] == [("10", (4711,))]
    assert len(made.refused) == 1
    assert session.recipe("10").sampling.steps == 25
    with pytest.raises(RecipeError, match="no recipe to render by"):
        session.render("mine")


def test_the_trash_removes_nobodys_files(session: Session, folder: Path) -> None:
    adopted(session, folder)
    before = tree(folder)
    item = pictures(session)["10.png"]
    trash.put(session, [item.id])
    assert len(session.store.prints.select("mine")) == 5
    assert trash.empty(session, "mine", for_good=True) == 0
    assert tree(folder) == before
    adopted(session, folder)
    assert pictures(session)["10.png"].trash
    trash.restore(session, [item.id])
    assert len(session.store.prints.select("mine")) == 6


def test_what_cannot_be_adopted_is_refused(session: Session, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no folder"):
        adoption.adopt(session, [tmp_path / "nowhere"])
    with pytest.raises(LibraryError, match="lies in the library"):
        adoption.adopt(session, [session.root / "small"])
    with pytest.raises(LibraryError, match="rendered prints"):
        adoption.adopt(session, [folder], "small")
    adopted(session, folder)
    with pytest.raises(LibraryError, match="lie in each other"):
        adoption.adopt(session, [folder / "2026"], "mine")
    with pytest.raises(LibraryError, match="no adopted folder"):
        adoption.scan(session, "small")
    other = tmp_path / "other"
    other.mkdir()
    assert adoption.adopt(session, [other], "mine") == "mine", "a second folder joins the first"
    assert sorted(adoption.folders(session.root, "mine")) == ["other", "pictures-of-mine"]
    assert adoption.adopt(session, [folder]) == "mine"


def test_links_strange_names_and_the_library_itself_are_passed_over(
    session: Session, folder: Path, tmp_path: Path
) -> None:
    (folder / "link.png").symlink_to(folder / "10.png")
    (folder / "loop").symlink_to(folder)
    (folder / "line\nfeed.png").write_bytes((folder / "10.png").read_bytes() + b"x")
    (folder / os.fsdecode(b"\xff\xfe.png")).write_bytes((folder / "10.png").read_bytes())
    os.mkfifo(folder / "pipe.png")
    scan = adopted(session, folder)
    assert len(scan.passed) == 3
    assert any("no UTF-8" in line for line in scan.passed)
    assert any("named pipe" in line for line in scan.broken)
    assert scan.new == 6
    outside = tmp_path / "secret.png"
    scene(9).save(outside)
    (folder / "10.png").unlink()
    (folder / "10.png").symlink_to(outside)
    with pytest.raises(LibraryError, match="leads out"):
        session.file("mine/folders/pictures-of-mine/10.png")


def test_the_library_may_lie_in_the_folder(tmp_path: Path) -> None:
    scene(1).save(tmp_path / "a.png")
    with Session(tmp_path / "editions") as session:
        adopted(session, tmp_path, "all")
        (session.root / "all" / "proofs").mkdir()
        scene(2).save(session.root / "all" / "proofs" / "b.png")
        assert adopted(session, tmp_path, "all").new == 0
        assert list(pictures(session, "all")) == ["a.png"]


def test_heic_is_read_with_the_extra_and_named_without(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heif = pytest.importorskip("pillow_heif", reason="the extra edition[heic] is not installed")
    home = tmp_path / "phone"
    home.mkdir()
    heif.from_pillow(scene(1)).save(home / "IMG_1.HEIC")
    with monkeypatch.context() as without:
        without.setattr(picture_reader, "reads_heic", lambda: False)
        scan = adopted(session, home, "phone")
        assert (scan.new, len(scan.broken)) == (0, 1)
        assert "HEIC" in scan.broken[0]
    (home / "IMG_1.HEIC").touch()
    assert adopted(session, home, "phone").new == 1
    assert pictures(session, "phone")["IMG_1.HEIC"].width == 128


def test_the_cases_of_other_programs_all_come_in(session: Session) -> None:
    scan = adopted(session, CASES, "cases")
    whole = len(list(CASES.glob("*.png")))
    assert (scan.new + scan.copies, scan.broken) == (whole, ())


def test_picks_leave_with_their_marks_and_come_home_retouched(
    session: Session, folder: Path, tmp_path: Path
) -> None:
    adopted(session, folder)
    found = pictures(session)
    ids = [found[name].id for name in ("10.png", "2.jpg", "2026/scan.tif")]
    session.mark(ids, "star")
    out = tmp_path / "picks"
    made = exported_picks.export(session, ids, out)
    assert sorted(p.name for p in out.iterdir()) == ["10.png", "2.jpg", "scan.tif", "scan.tif.xmp"]
    assert exported_picks.export(session, ids, out) == exported_picks.Picks((), 3)
    assert len(made.files) == 3
    assert read_told(out / "10.png").rating == 5
    assert read_told(out / "2.jpg").rating == 4
    linked = exported_picks.export(session, ids[:1], tmp_path / "linked", link=True)
    assert linked.files[0].samefile(folder / "10.png")
    assert (tmp_path / "linked" / "10.png.xmp").is_file()

    edited = tmp_path / "exports"
    edited.mkdir()
    with Image.open(out / "10.png") as image:
        grey = image.convert("L").convert("RGB").resize((256, 256))
        kept = PngInfo()
        kept.add_itxt("XML:com.adobe.xmp", image.info["XML:com.adobe.xmp"])
        grey.save(edited / "called otherwise.png", pnginfo=kept)
    scene(7, 256).save(edited / "2-Edit.tif")
    scene(8).save(edited / "unknown.png")
    done, faults = retouched.take_folder(session, "mine", edited)
    assert [(r.seed, r.new) for r in done] == [(found["2.jpg"].seed, True), (found["10.png"].seed, True)]  # noqa: E501 # fmt: skip
    assert len(faults) == 1
    assert "unknown.png is named after no print" in faults[0]
    assert retouched.take_folder(session, "mine", edited)[0] == []
    item = pictures(session)["2.jpg"]
    assert [(v.method, v.width, v.chosen) for v in versions.versions(session, item)] == [
        ("retouched", 256, True)
    ]
    show = proofs.gather(session, "mine", session.recipe("mine"), [item.id], full_size=True)
    assert (show.pictures[0].sha256, show.pictures[0].upscaler) == (done[0].sha256, "retouched")
    for file in session.root.glob("library.sqlite*"):
        file.unlink()
    with Session(session.root) as again:
        rescan(again)
        back = pictures(again)["2.jpg"]
        assert back.upscaled == item.upscaled
        assert versions.versions(again, back)[0].method == "retouched"
    with pytest.raises(PictureError):
        retouched.replace(session, item, folder / "notes.txt")


def test_no_print_is_its_own_retouch(session: Session, folder: Path) -> None:
    adopted(session, folder)
    item = pictures(session)["10.png"]
    with pytest.raises(EditionError, match="the print itself"):
        retouched.replace(session, item, folder / "10.png")


def test_an_adoption_that_was_cut_after_its_link_is_completed(
    session: Session, folder: Path
) -> None:
    """Found by cutting the power: an edition without a file is in no list."""
    slug = adoption.adopt(session, [folder], "mine")
    paths.edition_file(session.root, slug).unlink()
    rescan(session)
    assert adoption.adopted_slugs(session.root) == [slug]
    assert session.recipe(slug).title == folder.name
    assert adoption.adopt(session, [folder], slug) == slug
    assert len(pictures(session)) == 6


def test_another_process_reads_and_this_one_is_told(session: Session, folder: Path) -> None:
    adopted(session, folder)
    script = (
        "import sys\nfrom filelock import FileLock\nfrom edition import paths\n"
        "from pathlib import Path\n"
        "with FileLock(paths.adopting_lock_file(Path(sys.argv[1]), 'mine')):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(session.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    assert adoption.scan(session, "mine").busy
    child.communicate()
    assert not adoption.scan(session, "mine").busy


@pytest.mark.slow
def test_a_folder_killed_moved_and_partly_removed_keeps_its_marks(tmp_path: Path) -> None:
    lines = list(adopt_folder.campaign(120, 2, tmp_path))
    assert len(lines) == 6

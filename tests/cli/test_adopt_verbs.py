"""Verbs on pictures that edition did not make: adopt, replace, export into a folder, again."""

import json
import platform
import resource
import time
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.fakes import add_prints, scene

from edition import paths
from edition.actions import adopting_subprocess, adoption
from edition.actions.session import Session
from edition.cli.main import main
from edition.domain import Filter
from edition.errors import LibraryError

WORST = 120.0
"""Seconds that a busy machine may take; nothing waits longer than it must."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "pictures"
    home.mkdir()
    info = PngInfo()
    info.add_text("parameters", "harbour\nSteps: 25, Sampler: Euler a, CFG scale: 6.5, Seed: 4711, "
                  "Size: 128x128, Model: dream, Version: v1.10.1")  # fmt: skip
    scene(1).save(home / "a.png", pnginfo=info)
    scene(2).save(home / "b.jpg")
    (home / "cut.jpg").write_bytes((home / "b.jpg").read_bytes()[:200])
    return home


@pytest.fixture
def edition(root, monkeypatch, capsys):
    """The command line on a library; returns what it says, or its code where it fails."""

    def run(*words: object, code: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["edition", "--library", str(root), *map(str, words)])
        assert main() == code
        said = capsys.readouterr()
        return said.out + said.err

    return run


def test_a_folder_is_adopted_marked_and_shown(edition, folder):
    told = edition("adopt", folder, "--as", "mine")
    assert "mine: 2 new pictures" in told
    assert "1 file not taken in: cut.jpg: " in told
    assert "edition open mine" in told
    assert json.loads(edition("adopt", folder, "--json"))["new"] == 0
    edition("star", "mine", 1)
    shown = json.loads(edition("show", "mine", "--prints", "--json"))
    assert [(p["seed"], p["marks"]["star"]) for p in shown] == [(1, True), (2, False)]
    assert shown[0]["file"].endswith("mine/folders/pictures/a.png")
    assert f"adopted   {folder.resolve()}" in edition("show", "mine")
    assert "sampler" not in edition("show", "mine"), "no recipe is told that there is not"
    assert "a.png" in edition("find", "mine", "model:dream")
    assert "2 prints taken in" not in edition("rescan"), "a rescan finds nothing new"
    assert "no recipe to render by" in edition("render", "mine", code=2)


def test_what_cannot_be_adopted_ends_with_the_next_step(edition, tmp_path):
    assert "no folder" in edition("adopt", tmp_path / "nowhere", code=4)
    assert "rendered prints" in edition("adopt", tmp_path, "--as", "small", code=4)


def test_again_makes_an_edition_of_what_a_picture_says(edition, folder, root):
    edition("adopt", folder, "--as", "mine")
    told = edition("again", "mine", 1, 2)
    assert "a: seed 4711, from A1111" in told
    assert "Passed over: " in told
    assert 'positive = "harbour"' in paths.edition_file(root, "a").read_text()
    assert "doesn't say how it was made" in edition("again", "mine", 2, code=4)


def test_picks_are_exported_and_retouched_files_come_home(edition, folder, root, tmp_path):
    edition("adopt", folder, "--as", "mine")
    edition("star", "mine", 1, 2)
    out = tmp_path / "picks"
    edition("export", "mine", f"{out}/")
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.jpg"]
    assert "2 there already" in edition("export", "mine", f"{out}/")
    assert "goes with a folder" in edition("export", "mine", "gallery-16bit", "--hard-link", code=7)
    with Image.open(out / "b.jpg") as image:
        image.resize((256, 256)).save(tmp_path / "b-Edit.tif")
    assert "256 × 256 pixels, goes to paper now" in edition(
        "replace", "mine", 2, tmp_path / "b-Edit.tif"
    )
    assert "was a version already" in edition("replace", "mine", 2, tmp_path / "b-Edit.tif")
    assert "retouched (b-Edit.tif, of the print)" in edition("versions", "mine", 2)
    with Image.open(out / "b.jpg") as image:
        image.resize((300, 300)).save(tmp_path / "b-2.png")
    edition("replace", "mine", 2, tmp_path / "b-2.png")
    assert "retouched (b-2.png, of version 1)" in edition("versions", "mine", 2)
    edits = tmp_path / "edits"
    edits.mkdir()
    scene(8, 256).save(edits / "a retouched.png")
    scene(9).save(edits / "other.png")
    made = json.loads(edition("replace", "mine", "--from", edits, "--json"))
    assert [version["seed"] for version in made["versions"]] == [1]
    assert len(made["left"]) == 1
    assert "Which file" in edition("replace", "mine", code=4)
    assert "none is named" in edition("replace", "mine", 2, edits / "other.png", "--watch", code=4)
    assert "no folder" in edition("replace", "mine", "--from", tmp_path / "nowhere", code=4)


def test_rendered_prints_leave_and_come_home_too(edition, root, tmp_path):
    with Session(root) as session:
        add_prints(session, "small", [7, 77])
        session.mark(session.store.prints.select("small"), "star")
    out = tmp_path / "picks"
    edition("export", "small", f"{out}/")
    assert sorted(path.name for path in out.iterdir()) == ["small-7.png", "small-77.png"]
    with Image.open(out / "small-7.png") as image:
        image.convert("L").convert("RGB").save(out / "small-7 grey.jpg")
    made = json.loads(edition("replace", "small", "--from", out, "--json"))
    assert sorted(version["seed"] for version in made["versions"]) == [7, 7, 77], (
        "a copy that carries its mark is another file: it may have been worked on"
    )
    assert made["left"] == []


def test_a_number_certifies_the_retouched_file(edition, folder, root, tmp_path):
    edition("adopt", folder, "--as", "mine")
    edition("edit", "mine", "proof.print_mm=40", "proof.ppi_least=36")
    edition("edit", "mine", "artist=A. Tester")
    edition("register", "open", "mine", 2, "--count", 5)
    edition("register", "issue", "mine", 2)
    scene(2, 256).save(tmp_path / "b.tif")
    edition("replace", "mine", 2, tmp_path / "b.tif")
    edition("register", "issue", "mine", 2, "--other-file")
    with Session(root) as session:
        rows = [json.loads(row) for row in session.store.register.rows()]
        item = next(p for p in session.store.prints.find("mine", [2]))
        given = [row["sha256"] for row in rows if row["act"] == "issue"]
        facts = session.store.prints.upscale_facts(item.upscaled)
        assert given == [session.store.prints.sha256(item.file), facts.sha256]
    edition("proof", "certificates", "mine")


@pytest.mark.skipif(
    not adopting_subprocess.can_watch(), reason="the extra edition[watch] is not installed"
)
def test_new_files_come_in_while_somebody_watches(root, folder):
    with Session(root) as session:
        adoption.adopt(session, [folder], "mine")
        child = adopting_subprocess.start(root, "mine")
        try:
            until(lambda: len(names(session)) == 2)
            scene(3).save(folder / ".c.png")
            (folder / ".c.png").rename(folder / "c.png")
            until(lambda: names(session) == ["a.png", "b.jpg", "c.png"])
            (folder / "a.png").replace(folder / "z.png")
            until(lambda: names(session) == ["z.png", "b.jpg", "c.png"])
        finally:
            child.kill()
            child.wait()


def test_a_system_that_watches_no_more_is_told(tmp_path):
    pytest.importorskip("watchfiles", reason="the extra edition[watch] is not installed")
    platform.uname()  # watchfiles asks for it first, and it is kept
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(LibraryError, match="can't be watched any more"):
            next(adopting_subprocess.changes([tmp_path], lambda: True))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def names(session: Session) -> list[str]:
    ids = session.store.prints.select("mine", Filter(), "seed")
    prints = session.store.prints.get(ids)
    return [paths.adopted_name(prints[i].file) for i in ids]


def until(holds) -> None:
    end = time.monotonic() + WORST
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)

"""Adopted pictures on the screens: from a folder to a wall, in a real terminal and without one."""

import subprocess
from pathlib import Path

import pytest
from PIL.PngImagePlugin import PngInfo
from tests.fakes import scene
from tests.tui.helpers import has, settle
from tests.tui.test_real_terminal import EDITION, needs_tmux, terminal, wait_until

from edition import paths
from edition.actions import adoption, editions
from edition.actions.session import Session
from edition.domain import Filter
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.controllers import folder_reader

__all__ = ["terminal"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight pictures that edition did not make, two of them alike."""
    home = tmp_path.resolve() / "pictures"
    home.mkdir()
    info = PngInfo()
    info.add_text("parameters", "misty harbour\nSteps: 25, Sampler: Euler a, CFG scale: 6.5, "
                  "Seed: 4711, Size: 256x256, Model: dream, Version: v1.10.1")  # fmt: skip
    scene(1, 256).save(home / "IMG_1.png", pnginfo=info)
    scene(1, 256).save(home / "IMG_2.jpg", quality=80)
    for number in range(3, 9):
        ending = ("jpg", "webp", "tif")[number % 3]
        scene(number, 256).save(home / f"IMG_{number}.{ending}")
    return home


def state(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir()}


def found(root: Path, **wish: object) -> list[str]:
    with Store(root) as store:
        ids = store.prints.select("pictures", Filter(**wish), "seed")
        prints = store.prints.get(ids)
        return [paths.adopted_name(prints[i].file) for i in ids]


@needs_tmux
@pytest.mark.slow
def test_from_a_folder_to_a_wall(tmp_path, terminal, folder):
    root = tmp_path / "editions"
    root.mkdir()
    before = state(folder)
    screen = terminal(*EDITION, "--library", str(root), "open")
    try:
        screen.wait("Pocket Dreams")
        screen.keys("A")
        screen.wait("Folder of pictures to adopt")
        screen.keys("C-u")
        screen.run("send-keys", "-l", str(folder))
        screen.wait(folder.name)
        screen.keys("Enter")
        screen.wait("1 of 8", "8 prints")
        # cull
        screen.keys("Space", "Right", "Right", "Space", "Right", "x", "Right", "4")
        screen.wait("★ 2", "✕ 1")
        wait_until(lambda: found(root, star=True) == ["IMG_1.png", "IMG_3.jpg"], "the stars")
        # stacks: the two that are alike stand as one
        wait_until(lambda: not reading(root), "the folders are read")
        screen.keys("s")
        screen.wait("of 7", "≡ 1")
        screen.keys("s")
        screen.wait("of 8")
        # exhibition
        screen.keys("g", "W")
        screen.wait("Hang 1 print in a new exhibition")
        screen.run("send-keys", "-l", "harbour-show")
        screen.keys("Enter")
        screen.wait("Hung in harbour-show: 1 print")
        # enlarge
        screen.keys("U")
        screen.wait("Queued: job")
        wait_until(lambda: enlarged(root) == 2, "two enlarged files")
        # a wall
        screen.keys("P")
        screen.wait("wall proof of 2 starred prints")
        screen.keys("2")
        screen.wait("wall.pdf")
        made = paths.proofs_folder(root, "pictures") / "wall.pdf"
        assert made.read_bytes()[:5] == b"%PDF-"
        assert state(folder) == before, "nothing in the folder has changed"
    finally:
        subprocess.run([*EDITION, "--library", str(root), "press", "stop"], check=False)


def reading(root: Path) -> bool:
    with Session(root, writable=False) as session:
        return bool(folder_reader.words(session, "pictures"))


def enlarged(root: Path) -> int:
    with Store(root) as store:
        return store.prints.counts("pictures").upscaled


async def test_shelf_table_and_loupe_say_what_is_known(root, folder):
    with Session(root) as session:
        adoption.scan(session, adoption.adopt(session, [folder]))
        card = editions.card(session, "pictures")
        assert (card.folders, card.reading) == ((str(folder),), "")
    app = EditionApp(root)
    async with app.run_test(size=(140, 44)) as pilot:
        await settle(app, pilot)
        assert has(app, f"in {folder!s}")
        await pilot.press("g", "enter")
        await settle(app, pilot)
        await pilot.press("enter")
        await settle(app, pilot)
        for words in ("IMG_1.png", "made by", "A1111", "4711", "misty harbour"):
            assert has(app, words), words
        assert not has(app, "noise"), "what the file doesn't say isn't shown"
        await pilot.press("R")
        await settle(app, pilot)
        await pilot.press("pagedown", "pagedown")
        await settle(app, pilot)
        assert has(app, "It doesn't say how it was made.")
    with Session(root) as session:
        assert session.recipe("img-1").sampling.steps == 25

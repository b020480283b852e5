"""Films in the loupe: real files, keys pressed, a real press where one is made."""

import json
import tracemalloc

import pytest
from PIL import Image
from tests.tui.helpers import DIGEST, draw, has, make_edition, settle, until

from edition import paths
from edition.actions import films
from edition.actions.session import Session
from edition.errors import LibraryError, StudyError
from edition.library.store import Store
from edition.studies.animation_writer import FilmWriter
from edition.tui import film_frames
from edition.tui.app import EditionApp
from edition.tui.film_frames import FilmFrames
from edition.tui.screens.film_screen import FilmScreen
from edition.tui.screens.loupe import Loupe
from edition.tui.widgets.picture_view import PictureView


def make_film(root, seed, *, frames=12, side=96, ms=5000, noted=True, formats=("webp",)):
    """The film of a print as the press leaves it: so many steps and the print."""
    folder = paths.film_folder(root, "pocket-dreams", DIGEST, seed)
    reel = FilmWriter(folder, formats, (side, side), ms, 0)
    for k in range(1, frames + 1):
        noise = Image.effect_noise((side, side), 90).convert("RGB")
        reel.add(k, frames, Image.blend(noise, draw(seed, side), k / frames))
    files = reel.end(draw(seed, side), ms)
    if noted:
        rows = [{"t": 999 - 80 * k, "sigma": 14.6 - k} for k in range(frames)]
        (folder / "film.json").write_text(json.dumps({"steps": rows}))
    return files[0]


@pytest.fixture
def root(tmp_path, config_home):
    """An edition of four prints."""
    folder = tmp_path / "editions"
    make_edition(folder, "pocket-dreams", range(1, 5), title="Pocket Dreams")
    return folder


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await settle(app, pilot)


def shown(app):
    return app.screen.query_one("#picture", PictureView)._lines


async def test_a_film_is_walked_step_by_step(root):
    make_film(root, 1)
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "F")
        assert isinstance(app.screen, FilmScreen)
        assert app.screen.playing  # five seconds a frame: it stays on the first
        assert has(app, "t 999   sigma 14.60   step 1 of 12")
        first = shown(app)
        await press(app, pilot, "right")
        assert not app.screen.playing
        assert has(app, "t 919   sigma 13.60   step 2 of 12")
        second = shown(app)
        assert second != first
        await press(app, pilot, "right", "right", "left", "left", "left")
        assert has(app, "step 1 of 12")
        assert shown(app) == first
        await press(app, pilot, "left")
        assert has(app, "step 1 of 12")
        await press(app, pilot, "end")
        assert has(app, "the print")
        await press(app, pilot, "right")
        assert has(app, "the print")
        await press(app, pilot, "home", "right")
        assert shown(app) == second
        await pilot.resize_terminal(120, 40)
        await settle(app, pilot)
        assert len(shown(app)) > len(second)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, Loupe)


async def test_a_film_plays_to_its_end_and_again(root, monkeypatch):
    make_film(root, 1, frames=5, ms=20)
    seen, take = [], FilmScreen._take
    monkeypatch.setattr(
        FilmScreen,
        "_take",
        lambda self, frames, frame: (seen.append(frame.index), take(self, frames, frame)),
    )
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        await pilot.press("F")

        def ended():
            return (
                isinstance(app.screen, FilmScreen) and app.screen.total and not app.screen.playing
            )

        await until(ended, "the film's end")
        await settle(app, pilot)
        assert has(app, "the print")
        assert app.screen.index == 5
        seen.clear()
        await pilot.press("space")
        await until(lambda: 5 in seen and ended(), "its end once more")
        assert list(dict.fromkeys(seen)) == [0, 1, 2, 3, 4, 5]  # from the beginning, in order
        assert seen == sorted(seen)
        assert app.screen.index == 5


async def test_space_holds_a_film_still(root):
    make_film(root, 1, ms=60_000)
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        await pilot.press("F")
        await until(lambda: isinstance(app.screen, FilmScreen) and app.screen.total, "the film")
        await settle(app, pilot)
        app.screen._next()  # a minute has gone by
        await settle(app, pilot)
        assert app.screen.index == 1
        await press(app, pilot, "space")
        assert has(app, "play")
        app.screen._next()  # one that was on its way already
        await settle(app, pilot)
        assert app.screen.index == 1


async def test_a_missing_film_is_offered(root):
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "F")
        assert has(app, "There is no film of seed 1 yet.")
        assert has(app, "r makes it")
        await press(app, pilot, "space", "left", "end")  # nothing to play
        assert has(app, "There is no film of seed 1 yet.")
        await press(app, pilot, "r")  # these prints were drawn by hand, not by the model
        assert any("not the one that seed 1" in n for n in app.heard)
        make_film(root, 1)
        with Store(root) as store:
            store.jobs.add("upscale", "pocket-dreams", {}, 1)  # whatever writes to the library
        app._watch()
        await settle(app, pilot)
        assert has(app, "step 1 of 12")


async def test_a_film_on_the_press_is_awaited(root):
    with Store(root) as store:
        name = paths.film_folder(root, "pocket-dreams", DIGEST, 1).name
        job = store.jobs.add("study", "pocket-dreams", {"film": {"name": name}}, 12)
        app = EditionApp(root, slug="pocket-dreams")
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(app, pilot)
            await press(app, pilot, "enter", "F")
            assert has(app, "The film is queued.")
            assert has(app, "is queued")
            store.jobs.claim()
            store.jobs.progress(job, 7)
            app._watch()
            await settle(app, pilot)
            assert has(app, "step 7 of 12")
            await press(app, pilot, "r")  # it is not asked for twice
            assert len(store.jobs.live()) == 1
            app.screen._job = job
            store.jobs.finish(job, "failed", "Out of memory.", "Close other programs.")
            app._watch()
            await settle(app, pilot)
            assert has(app, "Out of memory.")
            assert has(app, "Close other programs.")


async def test_a_film_cut_short_is_named_and_can_be_made_again(root):
    file = make_film(root, 1)
    file.write_bytes(b"RIFF\x00\x00\x00\x00WEBP")
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "F")
        assert has(app, "film.webp can't be played")
        assert has(app, "r makes it again")
        make_film(root, 1)
        with Store(root) as store:
            store.jobs.add("upscale", "pocket-dreams", {}, 1)
        app._watch()
        await settle(app, pilot)
        assert has(app, "step 1 of 12")


@pytest.mark.parametrize("keep", [0.999, 0.5, 0.1])
def test_cut_files_raise_our_error(root, keep):
    file = make_film(root, 1)
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * keep)])

    def watch():
        frames = FilmFrames(file)
        for k in range(13):
            frames.read(k, 32, 32)

    with pytest.raises(LibraryError) as caught:
        watch()
    assert "Make the film again" in caught.value.hint


def test_gif_and_webp_show_the_same_steps(root):
    make_film(root, 1, formats=("webp", "gif"))
    folder = paths.film_folder(root, "pocket-dreams", DIGEST, 1)
    with Store(root) as store:
        item = store.prints.find("pocket-dreams", [1])[0]
    assert films.film_file(root, item) == folder / "film.webp"
    webp = FilmFrames(folder / "film.webp")
    (folder / "film.webp").unlink()
    assert films.film_file(root, item) == folder / "film.gif"
    gif = FilmFrames(folder / "film.gif")
    assert webp.total == gif.total == 13
    for k in (12, 3, 7, 0):
        one, two = webp.read(k, 24, 24), gif.read(k, 24, 24)
        assert (one.index, one.width, one.height) == (k, 24, 24)
        off = [abs(a - b) for p, q in zip(one.planes, two.planes, strict=True)
               for a, b in zip(p, q, strict=True)]  # fmt: skip
        assert sum(off) / len(off) < 12
    webp.close()
    gif.close()


def test_memory_does_not_grow_with_the_frames_seen(root, monkeypatch):
    monkeypatch.setattr(film_frames, "KEPT_BYTES", 100_000)
    frames = FilmFrames(make_film(root, 1, frames=40, side=128))
    frames.read(0, 128, 128)
    tracemalloc.start()
    for k in range(41):
        frames.read(k, 128, 128)  # 49 kB each, 2 MB together
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 300_000
    assert sum(3 * f.width * f.height for f in frames._kept.values()) <= 100_000
    frames.close()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"steps": 3}', '{"steps": [{"t": "x", "sigma": 1}]}', '{"steps": [1]}']
)
def test_notes_that_make_no_sense_are_left_out(root, text):
    folder = make_film(root, 1).parent
    (folder / "film.json").write_text(text)
    assert film_frames.steps(folder) == ()


def test_a_print_without_a_recipe_cannot_be_filmed(root):
    with Session(root) as session:
        item = session.store.prints.find("pocket-dreams", [1])[0]
        session.store.prints.recipe = lambda digest: None
        with pytest.raises(StudyError, match="Nothing is known"):
            films.film_of(session, item)


@pytest.mark.slow
async def test_a_film_is_made_from_the_loupe_and_plays(tmp_path, config_home):
    """With a real press: print, film, steps with their noise, and its end is the print."""
    from tests.conftest import SMALL

    folder = tmp_path / "editions"
    (folder / "small").mkdir(parents=True)
    (folder / "small" / "edition.toml").write_text(SMALL)
    with Session(folder) as session:
        session.render("small", seeds="2")
        app = EditionApp(folder, slug="small")
        try:
            async with app.run_test(size=(80, 24)) as pilot:
                await until(lambda: len(app.screen.roll), "the print")
                await settle(app, pilot)
                await press(app, pilot, "enter", "F", "r")
                await until(lambda: app.screen.total and not app.screen.playing, "the film's end")
                await settle(app, pilot)
                await press(app, pilot, "home")
                assert has(app, "step 1 of 3")
                assert has(app, "sigma")
                steps = app.screen._steps
                assert [t for t, _ in steps] == sorted((t for t, _ in steps), reverse=True)
                assert [s for _, s in steps] == sorted((s for _, s in steps), reverse=True)
                await press(app, pilot, "end")
                frame = app.screen._frames.read(3, 128, 128)
        finally:
            session.stop_press()
        item = session.store.prints.find("small", [2])[0]
        with Image.open(session.file(item.file)) as image:
            wanted = [channel.tobytes() for channel in image.convert("RGB").split()]
    off = [abs(a - b) for p, q in zip(frame.planes, wanted, strict=True)
           for a, b in zip(p, q, strict=True)]  # fmt: skip
    assert sum(off) / len(off) < 4  # WebP at quality 88

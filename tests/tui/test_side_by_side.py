"""Looking closely: one key to 1:1, prints and versions at the same place, blink, strip, slides."""

import threading

import pytest
from PIL import Image, ImageFilter
from tests.tui.helpers import DIGEST, draw, has, make_edition, screen_text, settle, until
from tests.tui.test_culling import marks, press

from edition import paths
from edition.library.print_table import UpscaledFile
from edition.library.store import Store
from edition.tui import image_loader
from edition.tui.app import EditionApp
from edition.tui.screens import loupe, side_by_side
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.loupe import Loupe
from edition.tui.screens.versions_screen import VersionsScreen
from edition.tui.terminal import half_blocks
from edition.tui.terminal.image_backend import ImageBackend
from edition.tui.terminal.kitty import KittyBackend
from edition.tui.terminal.sixel import SixelBackend


def enlarge(root, slug="pocket-dreams", seed=1):
    """Two enlargements of a print, by two methods, as the press would file them."""
    with Store(root) as store:
        (item,) = [
            p for p in store.prints.get(store.prints.select(slug)).values() if p.seed == seed
        ]
        for number, (method, scale) in enumerate((("lanczos", 2), ("supir", 4)), start=1):
            file = paths.upscaled_file(root, slug, DIGEST, seed, f"{number:08d}")
            file.parent.mkdir(parents=True, exist_ok=True)
            large = draw(seed, 256 * scale)
            (large if number == 1 else large.filter(ImageFilter.CONTOUR)).save(file)
            facts = UpscaledFile(method, "", *large.size, sha256=f"{number}" * 64)
            name = file.relative_to(root).as_posix()
            store.prints.add_upscale(item.id, name, facts, float(number))


def light(view):
    """The mean of a picture's shown bytes: how bright it is."""
    planes = view._planes
    return sum(map(sum, planes)) / sum(map(len, planes))


@pytest.fixture
def few(tmp_path, config_home):
    """A library with one edition of six prints."""
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 7))
    return root


@pytest.fixture
def planes_kept(monkeypatch):
    """Keeps what each picture showed last."""
    show = side_by_side.PictureView.show

    def kept(self, planes, width, height):
        self._planes, self._shown_size = planes, (width, height)
        show(self, planes, width, height)

    monkeypatch.setattr(side_by_side.PictureView, "show", kept)


async def test_one_key_goes_to_1_to_1_and_back_to_the_place_seen_before(few):
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "f")
        assert app.screen.zoom.scale == 1.0
        assert has(app, "1:1   1 of 6")
        await press(app, pilot, "right", "j")
        place = app.screen.zoom
        assert place.centre != (0.5, 0.5)
        await press(app, pilot, "f")
        assert not app.screen.zoom.scale
        await press(app, pilot, "f", "pagedown")
        assert (app.screen.zoom, app.screen.current().seed) == (place, 2)


async def test_compared_prints_show_the_same_place(few, planes_kept):
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "d", "f", "right", "down", "pagedown")
        screen = app.screen
        assert (screen.zoom.words, screen.shown) == ("1:1", (1, 3))
        for view, seed in zip(screen._views, (1, 3), strict=True):
            file = next(few.glob(f"pocket-dreams/prints/*/{seed}.png"))
            wanted = image_loader.view(file, *view.room, 1.0, screen.zoom.centre)
            assert (view._planes, *view._shown_size) == wanted, seed
        assert has(app, "seed 3")
        await press(app, pilot, "f", "right")
        assert screen.shown == (1, 4), "arrows select again"


async def test_blinking_pictures_alternate_and_marks_go_to_the_chosen_one(few, monkeypatch):
    monkeypatch.setattr(side_by_side, "BLINK_SECONDS", 0.2)
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "d")
        screen = app.screen
        await press(app, pilot, "full_stop")
        places = {}
        for index in (0, 1, 0):
            view = screen._views[index]
            await until(
                lambda seen=view, wanted=index: screen.single == wanted and seen.region,
                "the other picture",
            )
            places[index] = view.region
            assert [view.display for view in screen._views] == [index == 0, index == 1]
        assert places[0] == places[1]
        assert has(app, "marks go to seed 2")
        await press(app, pilot, "x")
        assert marks(few)[2].reject
        assert not marks(few)[1].reject
        await press(app, pilot, "full_stop")
        assert not screen.blinking
        assert screen.single is not None
        await press(app, pilot, "escape")
        assert screen.single is None
        assert all(view.display for view in screen._views)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, LightTable)


async def test_flipping_shows_one_at_its_place_and_marks_what_is_seen(few, planes_kept):
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "v", "right", "right", "B", "tab")
        screen = app.screen
        assert (screen.single, screen.current().seed) == (2, 3)
        sizes = {view._shown_size for view in screen._views}
        assert len(sizes) == 1, "all are read at the size of the one that is seen"
        await press(app, pilot, "tab", "space")
        assert (screen.single, marks(few)[1].star) == (0, True)
        await press(app, pilot, "tab", "tab", "tab", "escape")
        assert (screen.single, screen.current().seed) == (None, 1)


async def test_rejects_are_dark_until_one_looks_closer(few, planes_kept):
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "v", "right", "B")
        view = app.screen._views[1]
        before = light(view)
        await press(app, pilot, "x", "4")
        assert light(view) < before / 2
        assert has(app, "✕ seed 2   ▪▪▪▪·"), "a seed and a rating are told apart"
        await press(app, pilot, "f")
        assert light(view) > before / 2
        await press(app, pilot, "f", "z", "z")
        assert light(view) == before
        await press(app, pilot, "x", "enter")
        assert isinstance(app.screen, Loupe)
        picture = app.screen.query_one("#picture")
        assert light(picture) < before / 2
        await press(app, pilot, "x")
        assert light(picture) > before / 2


async def test_prints_are_dropped_from_the_survey_and_pinned_there(few):
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "v", "right", "right", "right", "B", "left", "D")
        assert has(app, "Survey   3 prints")
        assert [app.screen.roll.one(i).seed for i in app.screen.shown] == [1, 2, 4]
        await press(app, pilot, "d")
        assert has(app, "pinned  seed 4")
        await press(app, pilot, "left", "d")
        assert has(app, "pinned  seed 1")
        await press(app, pilot, "escape")
        assert has(app, "Survey   3 prints"), "back to all of them first"
        await press(app, pilot, "D", "D")
        assert len(app.screen.shown) == 1
        await press(app, pilot, "D")
        assert isinstance(app.screen, LightTable)
        assert not any(m.reject or m.star for m in marks(few).values())


async def test_versions_of_a_print_are_compared_at_the_same_place(few, planes_kept):
    enlarge(few)
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "d")
        screen = app.screen
        assert isinstance(screen, VersionsScreen)
        for words in ("print  256 × 256", "1: lanczos ×2  512 × 512", "▲ 2: supir ×4  1024 × 1024"):
            assert has(app, words), words
        await press(app, pilot, "f", "left", "up")
        assert [screen._looks[i].zoom.scale for i in range(3)] == [4, 2, 1], "1:1 of the largest"
        small = [half_blocks.half(v._planes, *v._shown_size) for v in screen._views]
        print_, lanczos = (b"".join(planes) for planes in small[:2])
        apart = sum(abs(a - b) for a, b in zip(print_, lanczos, strict=True)) / len(lanczos)
        assert apart < 12, "the same part of the picture"
        await press(app, pilot, "pageup", "V")
        assert has(app, "lanczos ×2 goes to paper")
        assert has(app, "▲ 1: lanczos")
        await press(app, pilot, "pageup", "V")
        assert has(app, "Select an enlarged version")
        await press(app, pilot, "D")
        assert len(screen.shown) == 2, "two upscalers, A and B"
        await press(app, pilot, "escape", "right", "d")
        assert isinstance(app.screen, Loupe)
        assert has(app, "There is no enlarged version to compare with. U makes one.")


async def test_a_version_whose_file_is_gone_is_named(few):
    enlarge(few)
    next(few.glob("pocket-dreams/upscaled/*/*00000001*")).unlink()
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "d")
        assert has(app, "gone")


async def test_a_filmstrip_shows_the_prints_around(library):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter")
        strip = app.screen.query_one("#strip")
        assert strip.display
        assert list(strip.shown) == list(range(11))
        await press(app, pilot, *["right"] * 9, "x", "4")
        assert (strip.cursor, list(strip.shown)) == (9, list(range(4, 15)))
        assert has(app, "✕ 10  ▪4"), "marks show on it"
        await pilot.click("#strip", offset=(8, 3))
        await settle(app, pilot)
        assert app.screen.current().seed == 5
        await press(app, pilot, "end")
        assert list(strip.shown) == list(range(29, 40))
        await press(app, pilot, "t")
        assert not strip.display
        await pilot.resize_terminal(80, 24)
        await press(app, pilot, "t")
        assert strip.display
        assert has(app, "★") or has(app, "40")


async def test_a_slideshow_goes_through_the_list_and_round(few, monkeypatch):
    monkeypatch.setattr(loupe, "SLIDE_SECONDS", 0.02)
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "end", "left", "enter")
        screen = app.screen
        await pilot.press("full_stop")
        await until(lambda: screen.print_id in screen.roll.ids[:5], "round to the start")
        assert not screen.query_one("#panel").display
        assert not screen.query_one("#strip").display
        await press(app, pilot, "full_stop")
        assert screen.query_one("#panel").display
        await pilot.press("full_stop")
        await press(app, pilot, "escape")
        assert screen._slides is None
        assert app.screen is screen, "the first Escape ends the slideshow"


WAYS = {
    "sextant": lambda: ImageBackend(mode="sextant"),
    "kitty": lambda: KittyBackend(mode="kitty", cell=(10, 20)),
    "sixel": lambda: SixelBackend(mode="sixel"),
    "off": lambda: ImageBackend(mode="off"),
    "ascii": lambda: ImageBackend(),
}


@pytest.mark.parametrize("way", WAYS)
async def test_all_ways_to_draw_pictures_at_80_by_24(few, monkeypatch, way):
    if way == "ascii":
        monkeypatch.setenv("NO_COLOR", "1")
    enlarge(few)
    app = EditionApp(few, slug="pocket-dreams", graphics=WAYS[way]())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "t", "d", "f", "tab", "tab", "escape", "d")
        assert isinstance(app.screen, VersionsScreen)
        assert all(view._lines for view in app.screen._views[:2])
        assert has(app, "pinned")
        assert has(app, "? keys")
        assert all(len(line) <= 80 for line in screen_text(app))


async def test_a_picture_larger_than_xterm_draws_comes_in_parts(few):
    """xterm showed nothing of a Sixel picture wider than 1,000 pixels."""
    app = EditionApp(few, slug="pocket-dreams", graphics=SixelBackend(mode="sixel"))
    async with app.run_test(size=(160, 60)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "enter", "t", "i")
        picture = app.screen.query_one("#picture")
        whole = picture._over
        overs = list(picture.overs())
        assert (len(overs), whole[2] > 1000, whole[3] > 1000) == (4, True, True)
        together = Image.new("RGB", whole[2:])
        for over in overs:
            part = over.pixels()()
            assert max(part.size) <= 1000
            left, top = over.region.x - picture._left, over.region.y - picture._top
            assert part.height % 6 == 0 or top, "a band that is cut shows the cells below it"
            together.paste(part, (left * 10, top * 20))
        assert together.tobytes() == image_loader.flat(*whole[1:]).tobytes()


async def test_only_stars_waits_for_a_star_that_is_on_its_way(few):
    gate = threading.Event()
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        app.write(lambda session: gate.wait())
        try:
            await pilot.press("right", "space", "asterisk")
            assert len(app.screen.roll), "an empty table was shown until the star was written"
        finally:
            gate.set()
        await settle(app, pilot)
        assert [app.screen.roll.one(i).seed for i in app.screen.roll.ids] == [2]


async def test_a_picture_that_lost_its_room_for_a_moment_is_read_again(few):
    app = EditionApp(few, slug="pocket-dreams")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(app, pilot)
        for keys in (("enter",), ("escape", "d")):
            await press(app, pilot, *keys)
            picture = app.screen.query("PictureView").first()
            picture._lines = picture._lines * 9  # as one that was made for a larger window
            picture.on_resize(None)
            assert not picture._lines
            app.screen._show()
            await settle(app, pilot)
            assert picture._lines

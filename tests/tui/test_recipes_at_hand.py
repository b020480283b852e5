"""Recipes at hand: cloned and compared from the shelf, prints made again elsewhere."""

import os

from tests.tui.helpers import has, make_edition, screen_text, settle

from edition import paths
from edition.actions.session import Session
from edition.domain import PressState
from edition.library.store import Store
from edition.recipe import edition_file
from edition.tui.app import EditionApp
from edition.tui.screens.library_screen import LibraryScreen
from edition.tui.screens.light_table import LightTable
from edition.tui.screens.loupe import Loupe


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


def with_press(root):
    """A press at rest, for which this process stands: jobs are queued and stay."""
    store = Store(root)
    store.press.write(PressState(pid=os.getpid(), state="paused", device="cpu"))
    return store


def jobs(root):
    with Store(root) as store:
        return [
            (job.slug, job.payload["seeds"], job.payload["recipe"]) for job in store.jobs.live()
        ]


async def test_an_edition_is_cloned_under_a_name_that_is_checked(library):
    app = EditionApp(library)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "C")
        assert has(app, "Clone pocket-dreams as")
        await press(app, pilot, *"pocket-dreams")  # over what stood there
        assert has(app, "There is an edition pocket-dreams already")
        await press(app, pilot, "enter")
        assert not isinstance(app.screen, LibraryScreen), "a name that is taken is not taken"
        await press(app, pilot, *"/x")
        assert has(app, "can't name an edition")
        for _ in range(2):
            await pilot.press("backspace")
        await press(app, pilot, *"-by-night", "enter")
        assert isinstance(app.screen, LibraryScreen)
        assert has(app, "Pocket Dreams By Night")
        made = edition_file.read(paths.edition_file(library, "pocket-dreams-by-night"))
        source = edition_file.read(paths.edition_file(library, "pocket-dreams"))
        assert made.prompt == source.prompt
        await press(app, pilot, "C", "escape")
        assert isinstance(app.screen, LibraryScreen)


async def test_what_differs_from_other_editions_and_earlier_recipes(library):
    make_edition(library, "night", ())
    with Session(library) as session:
        session.edit("night", {"sampling.guidance": 7.5, "artist": "B. Other"})
    app = EditionApp(library)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "end", "up", "d")  # pocket-dreams, between night and quiet-rooms
        text = "\n".join(screen_text(app))
        assert "pocket-dreams  and  pocket-dreams@1a2b3c4d" in text, "the recipe of its prints"
        assert "prompt.positive" in text
        assert "+ monumental, [bold]dramatic[/bold]" in text
        await press(app, pilot, "right")
        text = "\n".join(screen_text(app))
        assert "pocket-dreams  and  night" in text
        assert "sampling.guidance" in text
        assert "− 3.0" in text
        assert "+ 7.5" in text
        assert "+ B. Other" in text
        await press(app, pilot, "left", "left")
        assert has(app, "and  quiet-rooms")
        await press(app, pilot, "escape")
        assert isinstance(app.screen, LibraryScreen)


async def test_a_lone_edition_has_nothing_to_compare_with(tmp_path, config_home):
    root = tmp_path / "editions"
    make_edition(root, "only", ())
    app = EditionApp(root)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "d")
        assert has(app, "no other recipe")
        await press(app, pilot, "right", "left", "down", "end", "escape")
        assert isinstance(app.screen, LibraryScreen)


async def test_chosen_prints_are_made_again_under_another_recipe(library):
    with with_press(library):
        app = EditionApp(library, slug="pocket-dreams")
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await settle(app, pilot)
            await press(app, pilot, "right", "v", "right", "R")
            assert has(app, "2 prints")
            assert has(app, "seed 2..3")
            assert has(app, "Type another size, or choose another edition")
            await press(app, pilot, "enter")
            assert jobs(library) == [], "the same recipe at the same size is the same print"
            await press(app, pilot, "down")
            assert has(app, "▸ quiet-rooms")
            await press(app, pilot, "enter")
            assert isinstance(app.screen, LightTable)
            ((slug, seeds, recipe),) = jobs(library)
            assert (slug, seeds) == ("quiet-rooms", "2..3")
            assert recipe["title"] == "Quiet Rooms"
            assert any("quiet-rooms seed 2..3: job" in n for n in app.heard)


async def test_the_print_in_the_loupe_is_made_again_at_another_size(library):
    with with_press(library):
        app = EditionApp(library, slug="pocket-dreams")
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await settle(app, pilot)
            await press(app, pilot, "enter", "R", *"100x200")
            assert has(app, "multiple of 8")
            await press(app, pilot, "enter")
            assert jobs(library) == []
            for _ in range(len("100x200")):
                await pilot.press("backspace")
            await press(app, pilot, *"768x512")
            assert has(app, "Ready")
            await press(app, pilot, "enter")
            assert isinstance(app.screen, Loupe)
            ((slug, seeds, recipe),) = jobs(library)
            assert (slug, seeds) == ("pocket-dreams", "1")
            assert (recipe["sampling"]["width"], recipe["sampling"]["height"]) == (768, 512)
            assert "[bold]" in recipe["prompt"]["positive"], "the print's own recipe"
            await press(app, pilot, "R", *"768x512", "enter")
            assert len(jobs(library)) == 1
            assert any("there already" in n for n in app.heard)
            await press(app, pilot, "R", "escape")
            assert isinstance(app.screen, Loupe)

"""The study screen over real rows: walked, pinned, starred; nothing is rendered."""

from dataclasses import replace

from tests.tui.helpers import has, new_print, screen_text, settle

from edition.actions.session import Session
from edition.library.store import Store
from edition.recipe.recipe import Prompt, Recipe
from edition.studies import study_spec
from edition.tui.app import EditionApp
from edition.tui.screens.loupe import Loupe
from edition.tui.screens.study_screen import StudyListScreen, StudyScreen

SLUG = "pocket-dreams"
GUIDANCE = (1.0, 3.5, 5.0, 7.0, 9.0)


def studied(root, name="grid", made=12, steps=(4,)):
    """A study of guidance by seed, its first prints made, one cell failed, the rest to come."""
    base = Recipe(title="Dreams", prompt=Prompt(positive="a shore"))
    wanted = [("sampling.guidance", GUIDANCE), ("seed", (101, 102, 103, 104))]
    study = study_spec.ask(base, [*wanted, ("sampling.steps", steps)], name=name)
    recipes = study_spec.recipes(study)
    digests = [f"{number + 1:064x}" for number in range(len(recipes))]
    cells = [(place, digests[number], seed) for place, number, seed in study_spec.cells(study)]
    with Store(root) as store:
        rows = dict(zip(digests, (recipe.to_json() for recipe in recipes), strict=True))
        row = store.studies.put(SLUG, name, study.kind, study.model_dump_json(), rows, cells)
        store.prints.add(
            replace(
                new_print(root, SLUG, seed, file=False), digest=digest, recipe=rows[digest],
                file=f"{SLUG}/prints/{digest[-4:]}/{seed}.png",
            )
            for _, digest, seed in cells[:made]
        )  # fmt: skip
        if made < len(cells):
            store.studies.fail(row, [made], "Out of memory at 512 x 512.")
        return store.studies.cells(row)


def stars(root):
    with Store(root) as store:
        ids = store.prints.select(SLUG)
        return {i for i, item in store.prints.get(ids).items() if item.marks.star}


async def keys(app, pilot, *names):
    for name in names:
        await pilot.press(name)
    await settle(app, pilot)


async def test_a_study_is_walked_pinned_and_starred(library):
    cells = studied(library)
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await keys(app, pilot, "w")
        assert isinstance(app.screen, StudyScreen)
        assert has(app, "12 of 20 cells")
        assert has(app, "Guidance 1 · Seed 101")
        await keys(app, pilot, "d", "right", "down")
        assert has(app, "pinned  Guidance 1 · Seed 101")
        assert has(app, "Guidance 3.5 · Seed 102")

        await keys(app, pilot, "space")
        assert stars(library) == {cells[5].print_id}, "second row, second column"
        assert has(app, "★ 102")
        await keys(app, pilot, "z")
        assert stars(library) == set()
        assert not has(app, "★ 102")

        await keys(app, pilot, "right", "right", "down", "down", "down", "down")
        lines = screen_text(app)
        assert "104" in lines[1], "the column labels stay"
        assert any(line.split()[:1] == ["9"] for line in lines), "the row labels stay"
        assert not any(line.split()[:1] == ["1"] for line in lines), "the grid has scrolled"
        assert has(app, "Not rendered yet.")
        await keys(app, pilot, "up", "left", "left", "left")
        assert has(app, "Guidance 7 · Seed 101   × Out of memory at 512 x 512.")
        await keys(app, pilot, "space", "enter")
        assert stars(library) == set()
        assert isinstance(app.screen, StudyScreen), "there is no print to look at"
        await keys(app, pilot, "up", "up", "enter")
        assert isinstance(app.screen, Loupe)
        assert app.screen.print_id == cells[4].print_id
        await keys(app, pilot, "space", "escape")
        assert stars(library) == {cells[4].print_id}
        assert has(app, "★ 101"), "a star from the loupe shows in the grid"


async def test_several_studies_are_listed_and_further_axes_are_pages(library):
    studied(library, "older")
    cells = studied(library, "newer", made=40, steps=(4, 8))
    app = EditionApp(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await keys(app, pilot, "w")
        assert isinstance(app.screen, StudyListScreen)
        names = [line.split()[0] for line in screen_text(app) if " sweep " in line]
        assert names == ["newer", "older"]
        await keys(app, pilot, "enter")
        assert has(app, "Steps 4   page 1 of 2")
        await keys(app, pilot, "right_square_bracket", "right", "space")
        assert has(app, "Steps 8   page 2 of 2")
        assert stars(library) == {cells[3].print_id}
        await keys(app, pilot, "left_square_bracket")
        assert has(app, "page 1 of 2")
        await keys(app, pilot, "escape", "escape")
        assert not isinstance(app.screen, StudyScreen | StudyListScreen)


async def test_an_edition_without_a_study_says_how(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await keys(app, pilot, "w")
        assert "edition sweep pocket-dreams" in "".join(n for n in app.heard)


def test_a_study_of_one_axis_is_one_row(library):
    from edition.actions import study_grid

    base = Recipe(title="Dreams", prompt=Prompt(positive="a shore"))
    study = study_spec.ask(base, [("seed", (1, 2, 3))], name="line")
    with Session(library) as session:
        cells = [(place, "a" * 64, seed) for place, _, seed in study_spec.cells(study)]
        text = study.model_dump_json()
        session.store.studies.put(SLUG, "line", "sweep", text, {"a" * 64: base.to_json()}, cells)
        (page,) = study_grid.pages(session, SLUG, "line")
    assert page.rows == ("",)
    assert page.columns == ("1", "2", "3")
    assert page.words(0, 2) == "Seed 3"
    assert page.cell(0, 2).seed == 3

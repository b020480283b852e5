"""The training room and the map over real rows and files; no model is loaded."""

import json

from tests.fakes import scene
from tests.tui.helpers import has, settle, until

from edition import paths, text_format
from edition.domain import CurvePoint
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.screens.lr_steps_screen import LrStepsScreen
from edition.tui.screens.train_screen import TrainScreen

SLUG = "pocket-dreams"


def trained(root, steps=40):
    """A run as the press records it."""
    with Store(root) as store:
        run = store.runs.open(SLUG, "dreambooth-12ab", "dreambooth", {}, 80)
        store.runs.record(
            run, [CurvePoint(k, 1 / k, 0.5 + k / 100, 2e-6, 0.1) for k in range(1, steps + 1)]
        )
    folder = paths.trained_folder(root, SLUG) / "dreambooth-12ab" / "samples"
    folder.mkdir(parents=True)
    scene(1, 128).save(folder / "sheet.png")
    return run


def mapped(root):
    """A map of two by two cells, one of them missing, as the study writes it."""
    folder = paths.studies_folder(root, SLUG) / "corridor"
    model = paths.trained_folder(root, SLUG) / "dreambooth-12ab" / "step-000400" / "model"
    model.mkdir(parents=True)
    (model / "model_index.json").write_text("{}")
    folder.mkdir(parents=True)
    plan = {"rates": [2e-6, 4e-6], "counts": [400, 800], "seeds": [1, 2], "digest": "d"}
    (folder / "plan.json").write_text(json.dumps(plan))
    cells = {(2e-6, 400): (0.9, 0.9, 0.1), (2e-6, 800): (0.8, 0.8, 0.7), (4e-6, 400): (0.2, 0.1, 1)}
    for (rate, steps), (diversity, language, drift) in cells.items():
        name = f"cell-{rate:.3e}-{steps:06}"
        (folder / name).mkdir()
        scene(steps, 64).save(folder / name / "1.png")
        scene(steps, 64).save(folder / name / "sheet.png")
        gauges = {
            "diversity": diversity, "language": language, "pairs": language, "drift": drift,
            "copying": 0.3,
        }  # fmt: skip
        facts = {
            "rate": rate, "steps": steps, "gauges": gauges, "pictures": [f"{name}/1.png"],
            "model": "../../models/dreambooth-12ab/step-000400/model",
        }  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps(facts))


async def keys(app, pilot, *names):
    for name in names:
        await pilot.press(name)
    await settle(app, pilot)


async def test_runs_curves_and_the_map(library):
    run = trained(library)
    mapped(library)
    app = EditionApp(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await keys(app, pilot, "T")
        assert isinstance(app.screen, TrainScreen)
        assert has(app, "dreambooth-12ab   40 of 80 steps")
        assert has(app, "0.0250"), "the last loss"
        with Store(library) as store:
            store.runs.record(run, [CurvePoint(80, 0.125, 0.5, 2e-6, 0.1)])
        await until(lambda: has(app, "0.1250"), "the new loss")
        await settle(app, pilot)
        assert has(app, "80 steps")
        assert has(app, "0.1250"), "the curve grows as the press writes"

        await keys(app, pilot, "enter")
        assert isinstance(app.screen, LrStepsScreen)
        assert has(app, "3 of 4 cells")
        assert has(app, "2e-06 after 800 steps")
        assert has(app, "dreaming, suggested start")
        await keys(app, pilot, "left")
        assert has(app, "   asleep")
        await keys(app, pilot, "down")
        assert has(app, "   cooked")
        await keys(app, pilot, "right", "right", "down")
        assert has(app, "Not measured yet.")
        await keys(app, pilot, "up", "enter")
        assert (library / "pocket-dreams-2e-6-800" / "edition.toml").is_file()
        await keys(app, pilot, "escape", "escape")
        await settle(app, pilot)
        assert has(app, "pocket-dreams-2e-6-800") or has(app, "2e-6-800")


async def test_an_edition_without_trainings_says_how(library):
    app = EditionApp(library, slug=SLUG)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await keys(app, pilot, "T")
        assert has(app, "No trainings yet.")
        assert has(app, "images = ")
        await keys(app, pilot, "enter")
        assert isinstance(app.screen, TrainScreen), "there is no map to open"
        await keys(app, pilot, "r")
        assert not app.session.store.jobs.live(), "no folder is named: nothing is queued"
        assert "No image folder given." in "".join(n for n in app.heard)


def test_bars_go_from_the_least_to_the_greatest():
    top, bottom = text_format.bars((0.0, 1.0, 2.0, 3.0), 4, 2)
    assert bottom == "▁▆██"
    assert top == "  ▃█"
    assert text_format.bars((), 10, 2) == ["", ""]
    assert len(text_format.bars(tuple(range(1000)), 30, 1)[0]) == 30

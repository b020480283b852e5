"""The map of the corridor: made cell by cell, gone on with, and judged by what it looks like."""

import json
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from tests.fakes import tiny_sd
from tests.finetune.rooms import Notes, pictures, recipe

from edition.actions import finetuning
from edition.errors import Stopped, StudyError
from edition.studies import lr_grid_runner, lr_steps_grid
from edition.studies.classify import FinetuneMetrics, sweet_spot, verdict


class Stops(Notes):
    """Ends the work after so many cells, the base counted."""

    def __init__(self, after: int = 99) -> None:
        super().__init__()
        self.cells: list[int] = []
        self._after = after

    def cell(self, done: int) -> None:
        self.cells.append(done)
        if len(self.cells) == self._after:
            raise Stopped("enough")


def map_of(folder: Path, watcher: Stops, **changes: object) -> lr_steps_grid.LrStepsGrid:
    model = folder / "tiny" if (folder / "tiny").exists() else tiny_sd(folder / "tiny")
    table = {"rates": [1e-4, 1e-2], "counts": [2, 4], "seeds": "1..4", **changes}
    chosen = recipe(model, pictures(folder / "pictures"), corridor=table)
    return lr_grid_runner.walk(
        chosen, folder / "map", folder / "models", home=None, device="cpu", watcher=watcher
    )


def test_a_map_goes_on_cell_by_cell(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        map_of(tmp_path, Stops(after=3))
    part = lr_steps_grid.read(tmp_path / "map")
    assert [(cell.rate, cell.steps) for cell in part.cells] == [(1e-4, 2), (1e-4, 4)]
    with Image.open(tmp_path / "map" / "map.png") as sheet:
        first = sheet.convert("RGB").tobytes()
        assert sheet.width > 300
    written = {file: file.stat().st_mtime_ns for file in (tmp_path / "map").rglob("*.png")}
    del written[tmp_path / "map" / "map.png"]

    watcher = Stops()
    whole = map_of(tmp_path, watcher)
    assert [step.step for step in watcher.steps] == [1, 2, 3, 4], "only the missing rate is trained"
    assert watcher.cells == [4, 5]
    cells = [(cell.rate, cell.steps) for cell in whole.cells]
    assert cells == [(1e-4, 2), (1e-4, 4), (1e-2, 2), (1e-2, 4)]
    assert all(file.stat().st_mtime_ns == when for file, when in written.items())
    with Image.open(tmp_path / "map" / "map.png") as sheet:
        assert sheet.convert("RGB").tobytes() != first
    assert whole.cells[3].gauges.drift > whole.cells[0].gauges.drift
    for cell in whole.cells:
        assert (tmp_path / "map" / cell.model / "model_index.json").is_file()
        assert all((tmp_path / "map" / file).is_file() for file in cell.pictures)

    idle = Stops()
    assert map_of(tmp_path, idle) == whole
    assert (idle.steps, idle.cells) == ([], []), "nothing is left to do"
    more = map_of(tmp_path, Stops(), rates=[1e-4, 1e-3, 1e-2], counts=[2, 4])
    assert len(more.cells) == 6, "a map can grow"


def test_a_map_of_other_settings_is_not_mixed_in(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        map_of(tmp_path, Stops(after=1))
    with pytest.raises(StudyError, match="other settings") as raised:
        map_of(tmp_path, Stops(), seeds="1..2")
    assert "--name" in raised.value.hint
    with pytest.raises(StudyError, match="two seeds"):
        map_of(tmp_path, Stops(), seeds="1")
    with pytest.raises(StudyError, match="no grid"):
        lr_steps_grid.read(tmp_path / "nowhere")


MEASURED = json.loads((Path(__file__).parent / "corridor_cells.json").read_text())
"""Cells measured with the embedded model, each with what its pictures look like.

They are docs/pictures/corridor.png and corridor-language.png. The thresholds were chosen on the
look ``blueprint``; the cells of ``mosaic`` came after, and moved none of them.
"""


@pytest.mark.parametrize(
    "row", MEASURED, ids=lambda row: f"{row['look']}-{row['rate']:g}-{row['steps']}"
)
def test_the_verdict_is_what_the_pictures_look_like(row: dict) -> None:
    assert verdict(FinetuneMetrics(**row["gauges"])) == row["looks"]


def test_all_verdicts_were_seen() -> None:
    assert {row["looks"] for row in MEASURED} == {"asleep", "dreaming", "forgetting", "cooked"}


def test_the_sweet_spot_has_gone_farthest_of_those_that_dream() -> None:
    def cell(drift: float, **changes: float) -> lr_steps_grid.LrGridCell:
        gauges = replace(FinetuneMetrics(0.9, 0.9, 0.9, drift, 0.2), **changes)
        return lr_steps_grid.LrGridCell(1e-6, int(drift * 100), gauges, verdict(gauges), "", ())

    near, far = cell(0.4), cell(0.7)
    deaf, cooked = cell(0.9, language=0.1, pairs=0.1), cell(0.9, diversity=0.1)
    assert sweet_spot([near, far, deaf, cooked]) == far
    assert sweet_spot([deaf, cooked, cell(0.01)]) is None


@pytest.mark.slow
def test_a_map_under_the_press_and_an_edition_of_a_cell(session, tmp_path: Path) -> None:
    from edition.cli.main import app
    from edition.cli.shared_options import CHOSEN

    folder = pictures(tmp_path / "pictures")
    session.edit("small", {"sampling.width": 64, "sampling.height": 64, "sampling.steps": 2})
    command = [
        "--library", str(session.root), "corridor", "small", "--images", str(folder),
        "--resolution", "64", "--rates", "1e-4", "3e-3", "--counts", "1", "3", "--seeds", "1..2",
        "--optimizer", "adamw",
    ]  # fmt: skip
    try:
        app(command, standalone_mode=False)
        app([*command[:4], "--enter", "3e-3", "3"], standalone_mode=False)
    finally:
        CHOSEN.library = None
    found = finetuning.corridor_map(session, "small")
    assert [(c.rate, c.steps) for c in found.cells] == [(1e-4, 1), (1e-4, 3), (3e-3, 1), (3e-3, 3)]
    assert found.cells[3].gauges.drift > found.cells[0].gauges.drift
    (job,) = session.store.jobs.recent()
    assert (job.kind, job.state, job.done, job.total) == ("corridor", "done", 5, 5)
    made = session.recipe("small-3e-3-3")
    assert made.model.base.startswith("../small/models/dreambooth-")
    assert session.digest("small-3e-3-3") != session.digest("small")
    page = finetuning.map_pdf(session, "small")
    with Image.open(page.parent / "map.png") as sheet, pikepdf.open(page) as pdf:
        assert len(pdf.pages) == 1
        width = float(pdf.pages[0].mediabox[2]) / 72 * 100
        assert width == pytest.approx(sheet.width, abs=1), "100 of its pixels to the inch"
    with pytest.raises(StudyError, match="no cell"):
        finetuning.enter(session, "small", 1e-4, 2)


@pytest.mark.slow
def test_gauges_rank_early_middle_and_wrecked(tmp_path: Path) -> None:
    """The embedded model on eight pictures of a look that it was not trained on."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    with Image.open(Path(__file__).with_name("blueprint.png")) as eight:
        for index in range(8):
            eight.crop((128 * index, 0, 128 * index + 128, 128)).save(folder / f"{index}.png")
    table = {"rates": [5e-5, 4e-4], "counts": [2, 60], "seeds": "1..4"}
    chosen = recipe("pocket", folder, corridor=table, resolution=128)
    sampling = chosen.sampling.model_copy(update={"width": 128, "height": 128, "steps": 8})
    found = lr_grid_runner.walk(
        chosen.model_copy(update={"sampling": sampling}), tmp_path / "map", tmp_path / "models",
        home=None, device="cpu", watcher=Stops(),
    )  # fmt: skip
    cells = (found.cell(5e-5, 2), found.cell(5e-5, 60), found.cell(4e-4, 60))
    early, middle, wrecked = (cell.gauges for cell in cells)
    assert early.drift < middle.drift < wrecked.drift
    assert early.copying < middle.copying < wrecked.copying
    assert early.diversity > middle.diversity > wrecked.diversity
    assert early.language > middle.language > wrecked.language
    assert min(early.pairs, middle.pairs) > wrecked.pairs, "prompts stay apart until it is wrecked"
    assert cells[0].verdict == "asleep"
    assert cells[1].verdict == "dreaming"
    assert cells[2].verdict in ("forgetting", "cooked")
    assert found.sweet is not None
    assert found.sweet.verdict == "dreaming"

"""What is asked of the press: checked first, queued once, and nothing where it is refused."""

from pathlib import Path

import pytest
from tests.fakes import add_prints, scene

from edition import paths
from edition.actions import (
    editions,
    films,
    finetuning,
    job_queries,
    press_control,
    study_grid,
    study_planning,
    study_queries,
)
from edition.actions.session import Session
from edition.errors import PressError, RecipeError, StudyError, TrainError, UpscaleError
from edition.recipe.upscale_settings import UpscaleSettings
from edition.studies import axes, study_spec


def pictures(folder: Path, count: int) -> Path:
    folder.mkdir()
    for index in range(count):
        scene(index, 64).save(folder / f"{index}.png")
    return folder


def study(session: Session, *wanted: str) -> study_spec.Study:
    return study_spec.ask(session.recipe("small"), [axes.parse(text) for text in wanted])


def test_only_missing_seeds_are_queued(session: Session) -> None:
    add_prints(session, "small", [1, 2, 3])
    job = job_queries.get(session, session.render("small", [2, 3, 4, 5], start=False))
    assert (job.payload["seeds"], job.total) == ("4..5", 2)
    assert session.render("small", [1, 5], start=False) == 0, "made, or waiting already"
    more = job_queries.get(session, session.render("small", more=3, start=False))
    assert more.payload["seeds"] == "6..8"
    assert job_queries.asked_seeds(session, "small", session.digest("small")) == set(range(1, 9))


def test_a_print_whose_file_is_gone_is_made_again(session: Session) -> None:
    (first, _) = add_prints(session, "small", [1, 2])
    session.file(session.store.prints.get([first])[first].file).unlink()
    job = job_queries.get(session, session.render("small", [1, 2], start=False))
    assert job.payload["seeds"] == "1"
    assert editions.card(session, "small").counts.prints == 1


def test_jobs_are_held_moved_and_ended_in_the_queue(session: Session) -> None:
    first, second, third = (session.render("small", [n], start=False) for n in (1, 2, 3))
    press_control.move_job(session, third, -2)
    assert [job.id for job in job_queries.live(session)] == [third, first, second]
    press_control.pause_job(session, first)
    assert job_queries.get(session, first).state == "paused"
    press_control.cancel_job(session, second)
    assert [job.id for job in job_queries.live(session)] == [third, first]
    assert [job.id for job in job_queries.recent(session)] == [second]
    with pytest.raises(PressError):
        job_queries.get(session, 999)
    assert press_control.log_tail(session) == "", "no press has run yet"


def test_an_unknown_upscaler_queues_nothing(session: Session) -> None:
    ids = add_prints(session, "small", [1])
    with pytest.raises(UpscaleError):
        session.upscale("small", ids, UpscaleSettings.model_construct(method="sharper"))
    assert session.upscale("small", [], UpscaleSettings(method="lanczos")) == 0
    assert job_queries.live(session) == ()


def test_a_study_is_planned_from_what_is_there(session: Session) -> None:
    add_prints(session, "small", [1, 2])
    session.edit("small", {"sampling.guidance": 5.0})
    asked = study(session, "guidance=3,5", "seed=1..3")
    planned = study_planning.plan(session, "small", asked)
    assert (planned.count, planned.missing) == (6, 4), "two cells are prints already"
    assert len(set(planned.digests)) == 2
    assert planned.disk_bytes > 0
    job = job_queries.get(session, study_planning.submit(session, planned, start=False))
    assert job.total == 4
    assert study_planning.submit(session, planned, start=False) == job.id, "asked for already"


def test_a_study_is_found_by_name_and_read_back_from_its_file(session: Session) -> None:
    add_prints(session, "small", [1, 2])
    asked = study(session, "guidance=3,5", "seed=1..2")
    study_planning.submit(session, study_planning.plan(session, "small", asked), start=False)
    found, cells = study_planning.find_study(session, "small", asked.name)
    assert found == asked
    assert [(cell.place, cell.seed, bool(cell.print_id)) for cell in cells] == [
        (0, 1, True), (1, 2, True), (2, 1, False), (3, 2, False),
    ]  # fmt: skip
    (page,) = study_grid.pages(session, "small", asked.name)
    assert (page.down, page.rows, page.columns) == ("Guidance", ("3", "5"), ("1", "2"))
    assert page.words(1, 0) == "Guidance 5 · Seed 1"
    assert page.cell(0, 1) == cells[1]
    row = study_queries.find(session, "small", asked.name)
    session.store.studies.forget(row.id)
    assert study_queries.listed(session) == ()
    again, _ = study_planning.find_study(session, "small", asked.name)
    assert again == asked
    assert study_queries.find(session, "small", asked.name).json == row.json
    for name in ("none", "../small", "a/b"):
        with pytest.raises(StudyError):
            study_planning.find_study(session, "small", name)


def test_a_broken_study_file_is_told(session: Session) -> None:
    folder = paths.studies_folder(session.root, "small") / "broken"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text('{"kind": "sweep"')
    with pytest.raises(StudyError, match="can't be read"):
        study_planning.find_study(session, "small", "broken")


def test_films_are_refused_before_they_are_queued(session: Session) -> None:
    (item,) = session.store.prints.get(add_prints(session, "small", [7])).values()
    with pytest.raises(StudyError, match="no film format 'avi'") as caught:
        films.film(session, "small", 7, session.recipe("small"), formats=["avi"])
    assert "webp" in caught.value.hint
    unknown = session.store.prints.get([item.id])[item.id]
    assert films.film_file(session.root, unknown) is None
    assert job_queries.live(session) == ()


def test_a_print_is_named_by_its_seed_and_its_recipe(session: Session) -> None:
    (old,) = add_prints(session, "small", [7])
    before = session.digest("small")
    session.edit("small", {"sampling.guidance": 5.0})
    (new,) = add_prints(session, "small", [7])
    assert films.print_named(session, "small:7").id == new, "the present recipe's"
    assert films.print_named(session, f"small:{before[:8]}:7").id == old
    for name in ("small", "small:x", "small:1:2:3", "small:9"):
        with pytest.raises(StudyError):
            films.print_named(session, name)


def test_an_image_is_copied_beside_the_edition_it_starts(session: Session, tmp_path: Path) -> None:
    sketch = tmp_path / "Sketch.PNG"
    scene(1).save(sketch)
    found = films.source(session, str(sketch), "small")
    assert found.recipe.init is not None
    copy = paths.edition_folder(session.root, "small") / found.recipe.init.file
    assert copy.read_bytes() == sketch.read_bytes()
    assert (found.slug, found.title, copy.suffix) == ("small", "Sketch.PNG", ".png")
    with pytest.raises(StudyError, match="belongs to no edition"):
        films.source(session, str(sketch))
    with pytest.raises(RecipeError, match="no file"):
        films.source(session, str(tmp_path / "none.png"), "small")


def test_a_print_of_the_library_starts_a_chain_by_name_and_by_file(session: Session) -> None:
    (item,) = session.store.prints.get(add_prints(session, "small", [3])).values()
    by_name = films.source(session, "small:3")
    by_file = films.source(session, str(session.file(item.file)))
    assert by_name == by_file
    assert by_name.recipe.init is not None
    assert by_name.recipe.init.file == f"small:{item.digest}:3"
    editions.new(session, "other", like="small", prompt="the sea")
    elsewhere = films.source(session, "small:3", "other")
    assert (elsewhere.slug, elsewhere.recipe.prompt.positive) == ("other", "the sea")


def test_a_training_without_pictures_queues_nothing(session: Session, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="No image folder"):
        finetuning.train(session, "small", "dreambooth", start=False)
    session.edit("small", {"training.images": str(tmp_path / "none")})
    with pytest.raises(TrainError):
        finetuning.train(session, "small", "dreambooth", start=False)
    assert job_queries.live(session) == ()


def test_trainings_and_maps_are_queued_with_absolute_folders(
    session: Session, tmp_path: Path
) -> None:
    inside = pictures(paths.edition_folder(session.root, "small") / "photos", 3)
    session.edit("small", {"training.images": "photos", "training.resolution": 64})
    asked = finetuning.train(session, "small", "inversion", into="word", start=False)
    assert asked.pictures == 3
    assert "4 or more are better" in asked.warnings[0]
    payload = job_queries.get(session, asked.job).payload
    assert (payload["kind"], payload["into"]) == ("inversion", "word")
    assert payload["recipe"]["training"]["images"] == str(inside.resolve())
    mapped = finetuning.corridor(session, "small", name="first", start=False)
    assert job_queries.get(session, mapped.job).kind == "corridor"
    for name in ("First", "a b", "../x"):
        with pytest.raises(RecipeError):
            finetuning.corridor(session, "small", name=name, start=False)
    with pytest.raises(RecipeError):
        finetuning.train(session, "small", "dreambooth", into="Not A Slug", start=False)
    with pytest.raises(StudyError):
        finetuning.corridor_map(session, "small", "first")
    assert finetuning.maps(session, "small") == ()

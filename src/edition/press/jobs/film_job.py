"""Film jobs: a print rendered again and filmed, here or on one worker of many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from edition import atomic, paths
from edition.errors import EditionError
from edition.library import metadata
from edition.press.batching import files_named, todo_maker
from edition.press.film_take import FilmTake, film
from edition.press.ingest import put_print
from edition.press.jobs.batch_runner import BatchRunner
from edition.press.pool import one_task, task_bodies

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.domain import Job
    from edition.library.metadata import Origin
    from edition.press.job_payloads import FilmRequest
    from edition.press.loop import Press
    from edition.press.pool.worker_pool import Pool


def shoot(press: Press, job: Job, wish: FilmRequest) -> None:
    """Makes a film of a print; the print itself is filed if it isn't there.

    Raises:
        ModelError: the model is gone or has changed, or draws in no steps that can be seen.
        StudyError: a format's writer isn't installed.
        PressError: the print does not fit into memory.
    """
    press.store.jobs.progress(job.id, 0)
    runner = BatchRunner(press, job, lambda _: wish.recipe)
    if press.pool is not None:
        _shoot_pooled(press, press.pool, runner, wish)
        return
    runner.open(wish.recipe)
    runner.checked(wish.digest)
    places = places_of(press, job.slug, wish) or int(press.bench.batch_size(wish.recipe))
    folder = paths.studies_folder(press.root, job.slug) / wish.name
    item = todo_maker(wish.recipe, wish.digest)(wish.seed, ())
    image = film(
        press.bench,
        FilmTake(wish.recipe, wish, folder),
        lambda on_estimate: runner.draw((item,) * places, 1, on_estimate)[0],
        frame_teller(press, job),
    )
    _file(press, job, image, runner.origin(wish.recipe, wish.digest, wish.seed, places))


def frame_teller(press: Press, job: Job) -> Callable[[int, float], None]:
    """Reports a film's progress: called with the frame's number and the seconds of each so far."""

    def on_frame(k: int, each: float) -> None:
        press.store.jobs.progress(job.id, min(k, job.total), message="filming", seconds_each=each)

    return on_frame


def places_of(press: Press, slug: str, wish: FilmRequest) -> int:
    """The batch the print was made in: in the same shape the film ends in its very bytes.

    Returns:
        0 where there is no print yet to measure.
    """
    path = paths.print_file(press.root, slug, wish.digest, wish.seed)
    try:
        origin = metadata.read(path) if path.is_file() else None
    except EditionError:
        origin = None
    made = origin.made_with.get("batch", "") if origin else ""
    if made.isdigit() and 1 <= int(made) <= 64:
        return int(made)
    return 0


def _shoot_pooled(press: Press, pool: Pool, runner: BatchRunner, wish: FilmRequest) -> None:
    """Has one worker make the film; its files are written here where it doesn't see the library."""
    job, recipe = runner.job, wish.recipe
    runner.identify(recipe)
    runner.unchanged(wish.digest)
    image = runner.image(recipe)
    folder = paths.studies_folder(press.root, job.slug) / wish.name
    body = {
        "do": "film", "slug": job.slug, "fingerprint": runner.fingerprint, "seed": wish.seed,
        "recipe": recipe.to_json(), "wish": wish, "places": places_of(press, job.slug, wish),
        "images": {recipe.init.file: task_bodies.png_of(image)} if recipe.init and image else {},
        "folder": folder.relative_to(press.root).as_posix(),
    }  # fmt: skip
    model = repr(todo_maker(recipe, wish.digest)(wish.seed, ()).model)
    on_frame = frame_teller(press, job)
    value = one_task.settle(
        pool, press, job, body, model=model, on_event=lambda _, k, each: on_frame(k, each)
    )
    for name, data in value["files"].items():
        atomic.write(folder / Path(name).name, data)
    made_with = value["made_with"] | files_named(runner.named)
    parent = recipe.init.parent if recipe.init else ""
    origin = metadata.Origin(recipe, wish.digest, wish.seed, made_with, {}, parent)
    _file(press, job, task_bodies.opened_png(value["image"]), origin)


def _file(press: Press, job: Job, image: Image.Image, origin: Origin) -> None:
    """Files the print if it is new; says whether the film ends in the print that was there."""
    path = paths.print_file(press.root, job.slug, origin.digest, origin.seed)
    if not path.is_file():
        put_print(press.store, job.slug, image, origin, 0.0)
        return
    with Image.open(path) as there:
        same = there.convert("RGB").tobytes() == image.tobytes()
    print(  # noqa: T201 - the log
        f"film of {job.slug} {origin.seed} ends in {'the' if same else 'a variant of the'} print",
        flush=True,
    )

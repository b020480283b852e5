"""Films: a print rendered again, every step's clean estimate written as a frame."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edition import atomic, paths
from edition.errors import EditionError, ModelError, OutOfMemory, PressError
from edition.library import metadata
from edition.press.ingest import put_print
from edition.press.jobs.batch_runner import BatchRunner, files_named, todo_maker
from edition.studies import sheet_layout, sheet_png
from edition.studies.animation_writer import FilmWriter
from edition.studies.study_spec import Axis, Study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from PIL import Image

    from edition.diffusion.render_request import OnEstimate
    from edition.domain import Job
    from edition.library.metadata import Origin
    from edition.press.job_payloads import FilmRequest
    from edition.press.loop import Press
    from edition.press.pool.worker_pool import Pool
    from edition.recipe.recipe import Recipe


def shoot(press: Press, job: Job, wish: FilmRequest) -> None:
    """Makes a film of a print; the print itself is filed if it isn't there.

    Raises:
        ModelError: the model is gone or has changed, or draws in no steps that can be seen.
        StudyError: a format's writer isn't installed.
        PressError: the print does not fit into memory.
    """
    press.store.jobs.progress(job.id, 0, message="loading the model")
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
    """Tells how far a film is: called with the frame's number and the seconds of each so far."""

    def on_frame(k: int, each: float) -> None:
        press.store.jobs.progress(job.id, min(k, job.total), message="filming", seconds_each=each)

    return on_frame


@dataclass(frozen=True, slots=True)
class FilmTake:
    """A film to be written."""

    recipe: Recipe
    wish: FilmRequest
    folder: Path


def film(
    bench: Any,  # noqa: ANN401 - device_session.DeviceSession, which needs torch
    take: FilmTake,
    draw: Callable[[OnEstimate], Image.Image],
    on_frame: Callable[[int, float], None],
) -> Image.Image:
    """Draws a print and writes each of its steps as a frame.

    Args:
        bench: with the recipe's model loaded.
        take: what and where.
        draw: draws the print, and calls what it is given after each evaluation.
        on_frame: called after each frame with its number and the seconds of each so far.

    Returns:
        The finished print's picture.

    Raises:
        PressError: it does not fit into the memory.
        ModelError: the model has nothing that could show its steps.
    """
    if not bench.renderer.films:
        raise ModelError(
            "This model draws without an autoencoder that could show its steps.",
            hint="Make the film with a model of another family: docs/models.md lists them.",
        )
    sampling, wish = take.recipe.sampling, take.wish
    size = (sampling.width, sampling.height)
    reel = FilmWriter(take.folder, wish.formats, size, wish.frame_ms, wish.strip)
    began, seen = time.monotonic(), 0

    def on_estimate(k: int, n: int, clean: torch.Tensor) -> None:
        nonlocal seen
        reel.add(k, n, bench.decode(clean[:1])[0])
        seen = n
        on_frame(k, (time.monotonic() - began) / k)

    try:
        image = draw(on_estimate)
        _note(take.folder, bench.levels(sampling), seen)
        reel.end(image, wish.hold_ms)
    except OutOfMemory:
        reel.drop()
        raise PressError(
            f"A film of {size[0]} x {size[1]} does not fit into the memory.",
            hint="Close other programs that use the device.",
        ) from None
    except BaseException:
        reel.drop()
        raise
    if wish.strip:
        _strip(take.folder, wish, reel)
    return image


def _note(folder: Path, levels: Sequence[tuple[float, float]], seen: int) -> None:
    """Writes beside the film how much noise each of its steps began with."""
    rows = [{"t": t, "sigma": min(sigma, 1e6)} for t, sigma in levels[-seen:]]
    atomic.write(folder / "film.json", json.dumps({"steps": rows}).encode())


def places_of(press: Press, slug: str, wish: FilmRequest) -> int:
    """The batch the print was made in: in the same shape the film ends in its very bytes.

    Returns:
        0 where there is no print yet that tells.
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
    from edition.press.pool import pooled_batches, worker_tasks

    job, recipe = runner.job, wish.recipe
    runner.identify(recipe)
    runner.unchanged(wish.digest)
    image = runner.image(recipe)
    folder = paths.studies_folder(press.root, job.slug) / wish.name
    body = {
        "do": "film", "slug": job.slug, "fingerprint": runner.fingerprint, "seed": wish.seed,
        "recipe": recipe.to_json(), "wish": wish, "places": places_of(press, job.slug, wish),
        "images": {recipe.init.file: worker_tasks.png_of(image)} if recipe.init and image else {},
        "folder": folder.relative_to(press.root).as_posix(),
    }  # fmt: skip
    model = repr(todo_maker(recipe, wish.digest)(wish.seed, ()).model)
    on_frame = frame_teller(press, job)
    value = pooled_batches.settle(
        pool, press, job, body, model=model, on_event=lambda _, k, each: on_frame(k, each)
    )
    for name, data in value["files"].items():
        atomic.write(folder / Path(name).name, data)
    made_with = value["made_with"] | files_named(runner.named)
    parent = recipe.init.parent if recipe.init else ""
    origin = metadata.Origin(recipe, wish.digest, wish.seed, made_with, {}, parent)
    _file(press, job, worker_tasks.opened_png(value["image"]), origin)


def _strip(folder: Path, wish: FilmRequest, reel: FilmWriter) -> None:
    """The chosen frames on one sheet."""
    frames = sorted(reel.kept.items())
    shown = Study(
        base=wish.recipe,
        name=wish.name,
        axes=(Axis(field="step", values=tuple(f"Step {k}" for k, _ in frames)),),
    )
    title = wish.recipe.title
    table = sheet_layout.tables(shown)[0]
    note = f"Seed {wish.seed} · {sheet_layout.about(shown)}"
    page = next(sheet_layout.pages(shown, table, title, frames[0][1].size, note))
    image = sheet_png.paint(page, lambda place: sheet_png.CellImage(frames[place][1]))
    sheet_png.save(image, folder / "strip.png")


def _file(press: Press, job: Job, image: Image.Image, origin: Origin) -> None:
    """Files the print if it is new; says whether the film ends in the print that was there."""
    path = paths.print_file(press.root, job.slug, origin.digest, origin.seed)
    if not path.is_file():
        put_print(press.store, job.slug, image, origin, 0.0)
        return
    from PIL import Image as Images

    with Images.open(path) as there:
        same = there.convert("RGB").tobytes() == image.tobytes()
    print(  # noqa: T201 - the log
        f"film of {job.slug} {origin.seed} ends in {'the' if same else 'a variant of the'} print",
        flush=True,
    )

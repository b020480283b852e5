"""Films: a print rendered again, every step's clean estimate written as a frame."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from edition import atomic, paths
from edition.errors import EditionError, ModelError, PressError
from edition.library import metadata
from edition.press.device_session import OutOfMemory
from edition.press.ingest import put_print
from edition.press.jobs.batch_runner import BatchRunner, todo_maker
from edition.studies import sheet_layout, sheet_png
from edition.studies.animation_writer import FilmWriter
from edition.studies.study_spec import Axis, Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch
    from PIL import Image

    from edition.domain import Job
    from edition.library.metadata import Origin
    from edition.press.job_payloads import FilmRequest
    from edition.press.loop import Press


def shoot(press: Press, job: Job, wish: FilmRequest) -> None:
    """Makes a film of a print; the print itself is filed if it isn't there.

    Raises:
        ModelError: the model is gone or has changed, or draws in no steps that can be seen.
        StudyError: a format's writer isn't installed.
        PressError: the print does not fit into memory.
    """
    press.store.jobs.progress(job.id, 0, message="loading the model")
    runner = BatchRunner(press, job, lambda _: wish.recipe)
    runner.open(wish.recipe)
    runner.checked(wish.digest)
    if not press.bench.renderer.films:
        raise ModelError(
            "This model draws without an autoencoder that could show its steps.",
            hint="Make the film with a model of another family: docs/models.md lists them.",
        )
    places = _places(press, job.slug, wish)
    folder = paths.studies_folder(press.root, job.slug) / wish.name
    sampling = wish.recipe.sampling
    size = (sampling.width, sampling.height)
    reel = FilmWriter(folder, wish.formats, size, wish.frame_ms, wish.strip)
    began, seen = time.monotonic(), 0

    def on_estimate(k: int, n: int, clean: torch.Tensor) -> None:
        nonlocal seen
        reel.add(k, n, press.bench.decode(clean[:1])[0])
        seen = n
        each = (time.monotonic() - began) / k
        press.store.jobs.progress(job.id, min(k, job.total), message="filming", seconds_each=each)

    item = todo_maker(wish.recipe, wish.digest)(wish.seed, ())
    try:
        image = runner.draw((item,) * places, 1, on_estimate)[0]
        _note(folder, press.bench.levels(sampling), seen)
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
        _strip(folder, wish, reel)
    _file(press, job, image, runner.origin(wish.recipe, wish.digest, wish.seed, places))


def _note(folder: Path, levels: Sequence[tuple[float, float]], seen: int) -> None:
    """Writes beside the film how much noise each of its steps began with."""
    rows = [{"t": t, "sigma": min(sigma, 1e6)} for t, sigma in levels[-seen:]]
    atomic.write(folder / "film.json", json.dumps({"steps": rows}).encode())


def _places(press: Press, slug: str, wish: FilmRequest) -> int:
    """The batch the print was made in: in the same shape the film ends in its very bytes."""
    path = paths.print_file(press.root, slug, wish.digest, wish.seed)
    try:
        origin = metadata.read(path) if path.is_file() else None
    except EditionError:
        origin = None
    made = origin.made_with.get("batch", "") if origin else ""
    if made.isdigit() and 1 <= int(made) <= 64:
        return int(made)
    return int(press.bench.batch_size(wish.recipe))


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

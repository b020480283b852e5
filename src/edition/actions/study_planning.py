"""Studies for both doors: planned first, rendered by the press, shown as sheets."""

from __future__ import annotations

import shutil
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from edition import atomic, paths, regular_files
from edition.actions import editions, time_estimates
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.init_image import with_init_digest
from edition.diffusion.resolve import find
from edition.errors import StudyError
from edition.press import control
from edition.press.job_payloads import submit_study
from edition.recipe.recipe import Recipe
from edition.studies import study_spec
from edition.studies.study_spec import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.actions.session import Session
    from edition.library.study_table import CellRow

RESERVE_BYTES = 100_000_000
"""Left free on the disk: the database and everything else still write."""
_BYTES_A_PIXEL = 1.5
"""Of a print's PNG where none was measured yet."""
_BYTES_A_ROW = 12_000
"""Of a print's row and thumbnails in the database."""


@dataclass(frozen=True, slots=True)
class PlannedStudy:
    """A study laid out, before anything is rendered."""

    slug: str
    study: Study
    digests: tuple[str, ...]
    """Of every recipe of the study, in the order of ``asked.recipes``."""
    recipes: tuple[Recipe, ...]
    count: int
    """Cells."""
    missing: int
    """Prints still to be rendered."""
    seconds: float | None
    """Expected for those, from measured prints of this library; None when there are none."""
    disk_bytes: int
    free_bytes: int


def plan(session: Session, slug: str, study: Study) -> PlannedStudy:
    """Lays a study out and checks all that can be checked without rendering.

    Raises:
        StudyError: a combination makes no valid recipe, or the disk is too small.
        RecipeError: a starting image is missing or broken.
        ModelError: a model isn't on this machine.
    """
    home = paths.edition_folder(session.root, slug)
    cache = Fingerprints(paths.fingerprints_file(session.root))
    prints: dict[str, str] = {}
    starts: dict[str, Recipe] = {}
    recipes, digests = [], []
    for recipe in study_spec.recipes(study):
        whole = _with_start(recipe, home, starts)
        key = whole.model.model_dump_json()
        if key not in prints:
            prints[key] = cache.of(find(whole.model, home))
        recipes.append(whole)
        digests.append(whole.digest(prints[key]))
    missing = _missing(session, slug, study, digests)
    wanted = [recipes[number] for number in missing]
    seconds, disk = time_estimates.seconds(session, wanted), _disk(session, wanted)
    free = shutil.disk_usage(session.root).free
    if disk > free - RESERVE_BYTES:
        raise StudyError(
            f"This study needs {disk / 1e9:.1f} GB on the disk; {free / 1e9:.1f} GB are free.",
            hint="Use fewer or smaller cells, or another folder with --library.",
        )
    return PlannedStudy(
        slug, study, tuple(digests), tuple(recipes), study.count, len(missing), seconds, disk, free
    )


def _with_start(recipe: Recipe, home: Path, known: dict[str, Recipe]) -> Recipe:
    """The recipe with its starting image's digest; each image is read once."""
    if recipe.init is None:
        return recipe
    if recipe.init.file not in known:
        known[recipe.init.file] = with_init_digest(recipe, home)
    first = known[recipe.init.file].init
    sha256 = first.sha256 if first else ""
    return recipe.model_copy(update={"init": recipe.init.model_copy(update={"sha256": sha256})})


def _missing(session: Session, slug: str, study: Study, digests: list[str]) -> list[int]:
    """The recipe's number of every print that isn't there, each print once."""
    have: dict[str, set[int]] = {}
    seen: set[tuple[str, int]] = set()
    for _, number, seed in study_spec.cells(study):
        digest = digests[number]
        if digest not in have:
            if paths.prints_folder(session.root, slug, digest).is_dir():
                editions.forget_missing_files(session, slug, digest)
            have[digest] = session.store.prints.seeds(slug, digest)
        if seed not in have[digest]:
            seen.add((digest, seed))
    numbers = {digest: number for number, digest in enumerate(digests)}
    return [numbers[digest] for digest, _ in sorted(seen)]


def _disk(session: Session, recipes: Sequence[Recipe]) -> int:
    """Bytes for prints of these recipes, from what the library's own take."""
    sizes: list[float] = []
    for text, _, file in session.store.studies.history(50):
        try:
            made = Recipe.from_json(text)
        except ValidationError:
            continue  # a recipe of a newer edition
        path = session.root / file
        if path.is_file():
            sizes.append(path.stat().st_size / (made.sampling.width * made.sampling.height))
    each = statistics.median(sizes) if sizes else _BYTES_A_PIXEL
    return round(sum(r.sampling.width * r.sampling.height * each + _BYTES_A_ROW for r in recipes))


def submit(
    session: Session, planned: PlannedStudy, *, start: bool = True, created: float | None = None
) -> int:
    """Records a study and queues what it lacks.

    Args:
        session: the library.
        planned: the study.
        start: False only queues.
        created: Unix time at which it was asked for first; None for now.

    Returns:
        The job's id; 0 when every print is there.
    """
    study = planned.study
    text = study.model_dump_json()
    folder = paths.studies_folder(session.root, planned.slug) / study.name
    atomic.write(folder / "study.json", study.model_dump_json(indent=1).encode())
    row = session.store.studies.put(
        planned.slug,
        study.name,
        study.kind,
        text,
        {d: r.to_json() for d, r in zip(planned.digests, planned.recipes, strict=True)},
        ((place, planned.digests[number], seed) for place, number, seed in study_spec.cells(study)),
        created,
    )
    job = submit_study(session.store, planned.slug, row, planned.missing)
    if job and start:
        control.start(session.store)
    return job


def find_study(session: Session, slug: str, name: str) -> tuple[Study, tuple[CellRow, ...]]:
    """A study with the current state of its cells.

    A study that the database lost is laid out again from its file.

    Raises:
        StudyError: there is none of that name, or it can't be read.
    """
    if not study_spec.NAME.fullmatch(name) or ".." in name:
        raise StudyError(f"{name!r} can't name a study.", hint=f"See: edition sweep {slug} --list")
    known = {row.name: row for row in session.store.studies.all(slug)}
    file = paths.studies_folder(session.root, slug) / name / "study.json"
    if name not in known and file.is_file():
        created = file.stat().st_mtime
        planned = plan(session, slug, _read(regular_files.read_text(file), str(file)))
        submit(session, planned, created=created)
    row = session.store.studies.find(slug, name)
    return _read(row.json, name), session.store.studies.cells(row.id)


def _read(text: str, name: str) -> Study:
    try:
        return Study.model_validate_json(text)
    except ValidationError as error:
        raise StudyError(f"The study {name} can't be read: {error}.") from error

"""Upscale jobs: each print's enlarged file carries its recipe, the settings and the licence."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import PurePath
from typing import TYPE_CHECKING

from edition import atomic, paths, picture_reader
from edition.domain import FoundFacts
from edition.errors import EditionError, Stopped, UpscaleError
from edition.library import found_facts, metadata, mirror_files
from edition.library.metadata import Origin
from edition.library.print_table import UpscaledFile
from edition.press.ingest import adopt_upscaled
from edition.press.job_payloads import UpscaleJob
from edition.recipe.recipe import Prompt, Recipe
from edition.upscale import back_projection, find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from PIL import Image

    from edition.domain import Job, Print
    from edition.press.loop import Press
    from edition.recipe.upscale_settings import UpscaleSettings


def settings_digest(settings: UpscaleSettings) -> str:
    """Names a way of enlarging: SHA-256 over the settings, hex.

    An upscaler's first revision is left out, so that what was enlarged before keeps its name.

    Raises:
        UpscaleError: there is no such upscaler.
    """
    facts = settings.model_dump(mode="json")
    if settings.method != "seedvr2":  # other methods' names are older than these settings
        facts = {key: value for key, value in facts.items() if not key.startswith("seedvr2_")}
    if (revision := find(settings.method).revision) > 1:
        facts["revision"] = revision
    text = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def enlarge(press: Press, job: Job) -> None:
    """Does an upscale job; prints that have their file already are skipped.

    Raises:
        UpscaleError: some prints could not be enlarged; the others are.
    """
    wanted = UpscaleJob.model_validate_json(json.dumps(job.payload))
    find(wanted.settings.method)
    mirror_files.sweep_parts(press.root, job.slug)
    prints = press.store.prints.get(wanted.ids)
    if press.pool is not None:
        from edition.press.pool.pooled_enlarging import enlarge_pooled

        faults = enlarge_pooled(press, press.pool, job, wanted, prints)
    else:
        faults = _one_by_one(press, job, wanted, prints)
    press.store.jobs.progress(job.id, len(wanted.ids) - len(faults))
    if faults:
        raise UpscaleError("\n".join(faults[:5]), hint="The other prints are done.")


def _one_by_one(
    press: Press, job: Job, wanted: UpscaleJob, prints: Mapping[int, Print]
) -> list[str]:
    faults = []
    for done, print_id in enumerate(wanted.ids):
        press.check(job)
        press.store.jobs.progress(job.id, done, message="enlarging")
        if print_id not in prints:
            continue
        try:
            _one(press, job, prints[print_id], wanted.settings)
        except Stopped:
            raise
        except EditionError as error:
            faults.append(f"seed {prints[print_id].seed}: {error}")
    return faults


def _one(press: Press, job: Job, item: Print, settings: UpscaleSettings) -> None:
    target, relative = target_of(press, item, settings)
    if target.is_file() and is_enlarged(press, item, settings, target, relative):
        return
    started = time.monotonic()
    data, size, facts = enlarged_png(
        *opened(press, item), settings, device=press.device_wanted, progress=_watch(press, job)
    )
    atomic.write(target, data)
    record(press, item, relative, size, facts, hashlib.sha256(data).hexdigest())
    press.store.jobs.progress(job.id, job.done, seconds_each=time.monotonic() - started)


def target_of(press: Press, item: Print, settings: UpscaleSettings) -> tuple[Path, str]:
    """Where an enlarged print goes: as a path, and as the library names it."""
    digest = settings_digest(settings)
    target = paths.upscaled_file(press.root, item.slug, item.digest, item.seed, digest)
    return target, target.relative_to(press.root).as_posix()


def record(
    press: Press,
    item: Print,
    relative: str,
    size: tuple[int, int],
    facts: dict[str, str],
    sha256: str,
) -> None:
    """Puts an enlarged print that is on the disk into the library."""
    enlarged = UpscaledFile(facts["method"], facts["licence"], *size, sha256)
    press.store.prints.add_upscale(item.id, relative, enlarged, time.time())


def enlarged_png(
    image: Image.Image,
    origin: Origin,
    settings: UpscaleSettings,
    *,
    device: str,
    progress: Callable[..., None],
) -> tuple[bytes, tuple[int, int], dict[str, str]]:
    """Enlarges a print.

    Args:
        image: the print, RGB.
        origin: how it came to be.
        settings: the recipe's ``[upscale]``.
        device: see edition.diffusion.device.
        progress: see ``edition.upscale.Progress``.

    Returns:
        The enlarged PNG with its origin in it, its size, and what it records of its making.

    Raises:
        UpscaleError: the upscaler can't do it.
    """
    upscaler = find(settings.method)
    large, record = upscaler.load()(
        image,
        settings,
        seed=origin.seed,
        prompt=origin.recipe.prompt.positive,
        device=device if upscaler.computes else "cpu",
        progress=progress,
    )
    facts = {
        "method": settings.method,
        "licence": upscaler.licence,
        "settings": _as_written(settings),
        "asked": _as_written(settings),  # some methods record settings of their own
        **record,
        "fidelity_db": f"{back_projection.measure(large, image):.2f}",
    }
    whole = Origin(
        origin.recipe, origin.digest, origin.seed, origin.made_with, facts, origin.parent,
        origin.source,
    )  # fmt: skip
    return metadata.encode(large, whole), large.size, facts


def is_enlarged(
    press: Press, item: Print, settings: UpscaleSettings, target: Path, relative: str
) -> bool:
    """Whether a print has its file, which then is the one that goes to paper.

    A file without a row is taken in: a kill came between the two.
    """
    prints = press.store.prints
    if prints.upscale_facts(relative) is not None:
        if item.upscaled != relative:
            os.utime(target)  # a rescan takes the latest for the one that was wanted last
            prints.choose_upscale(item.id, relative)
        return True
    try:
        found = adopt_upscaled(target)
    except Exception as error:
        print(f"{target.name} was not added: {error}", flush=True)  # noqa: T201 - the log
        return False
    if found is None:
        return False
    origin, enlarged = found
    made_as = origin.digest, origin.seed, origin.upscale.get("asked")
    if made_as != (item.digest, item.seed, _as_written(settings)):
        return False
    os.utime(target)
    prints.add_upscale(item.id, relative, enlarged, time.time())
    return True


def _as_written(settings: UpscaleSettings) -> str:
    return json.dumps(settings.model_dump(mode="json"), sort_keys=True)


def opened(press: Press, item: Print) -> tuple[Image.Image, Origin]:
    """A print's pixels, and how it came to be.

    Raises:
        UpscaleError: its file can't be read.
    """
    path = paths.inside(press.root, item.file)
    if name := paths.adopted_name(item.file):
        found = found_facts.from_json(press.store.prints.recipe(item.digest)) or FoundFacts()
        prompt = Prompt(positive=found.prompt or "")
        recipe = Recipe(prompt=prompt)
        return picture_reader.read(path, picture_reader.OWN_PIXELS), Origin(
            recipe, item.digest, item.seed, {}, {}, source=PurePath(name).name
        )
    try:
        origin = metadata.read(path)
        with picture_reader.opened(path, formats=("PNG",)) as image:
            picture = image.convert("RGB")
    except picture_reader.faults() as error:
        raise UpscaleError(
            f"{path} can't be read: {error}.", hint="Render its seed again."
        ) from error
    if origin is None:
        raise UpscaleError(f"{path} carries no recipe.", hint="Render its seed again.")
    return picture, origin


def _watch(press: Press, job: Job) -> Callable[..., None]:
    def progress(step: int, steps: int, preview: Callable[[], bytes] | None) -> None:
        press.check(job)
        if press.say_due():
            press.say(step=step, steps=steps, preview=(preview(),) if preview else ())

    return progress

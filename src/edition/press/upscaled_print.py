"""One enlarged print: how it is named, made, found again and recorded."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import PurePath
from typing import TYPE_CHECKING

from edition import paths, picture_reader
from edition.domain import FoundFacts
from edition.errors import UpscaleError
from edition.library import found_facts, metadata
from edition.library.metadata import Origin
from edition.library.print_table import UpscaledFile
from edition.press.ingest import adopt_upscaled
from edition.recipe.recipe import Prompt, Recipe
from edition.upscale import back_projection, find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from edition.domain import Print
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

"""What a picture's texts say of its making: only what is known, nothing filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.domain import FoundFacts
from edition.errors import LibraryError
from edition.library import foreign_metadata, metadata
from edition.library.foreign_settings import ForeignSettings, one_line, sampler_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def of_texts(carried: Mapping[str, str], name: str) -> FoundFacts:
    """What a file's texts say: see edition.library.foreign_chunks.texts.

    Args:
        carried: the texts by name.
        name: the file's, for messages.
    """
    own = carried.get(metadata.CHUNK)
    if own is not None:
        try:
            origin = metadata.parse(own, name=name)
        except LibraryError as error:
            return FoundFacts(lost=(error.message,))
        if not origin.source:
            return _own(origin)
    try:
        found = foreign_metadata.parse(dict(carried))
    except Exception as error:  # whatever one file's texts do to a reader, the others come in
        return FoundFacts(lost=(f"What it carries can't be read: {error or type(error).__name__}",))
    return FoundFacts() if found is None else _known(found)


def _own(origin: metadata.Origin) -> FoundFacts:
    recipe, sampling = origin.recipe, origin.recipe.sampling
    return FoundFacts(
        "edition", recipe.prompt.positive, recipe.prompt.negative, recipe.model.base,
        sampling.sampler, sampling.steps, sampling.guidance, origin.seed,
    )  # fmt: skip


def _known(found: ForeignSettings) -> FoundFacts:
    sampler, _ = sampler_of(found)
    return FoundFacts(
        program=found.program,
        prompt=found.prompt,
        negative=found.negative,
        model=one_line(found.model) if found.model else None,
        sampler=None if sampler == "native" else sampler,
        steps=found.steps,
        guidance=found.guidance,
        seed=found.seed,
        lost=tuple(dict.fromkeys(found.lost)),
    )

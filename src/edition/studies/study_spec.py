"""What a study asks: a recipe and the axes along which it is changed; and the cells of that.

Knows recipes, no models, no files of the library, no pictures.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from edition.errors import RecipeError, StudyError
from edition.recipe import edition_file
from edition.recipe.recipe import Recipe, Scalar
from edition.recipe.schema_base import SchemaTable
from edition.recipe.seeds import parse_seeds
from edition.studies import axes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_CELLS = 100_000
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Axis(SchemaTable):
    """One field and the values it takes."""

    field: str = Field(min_length=1, max_length=200)
    values: tuple[Scalar, ...] = Field(min_length=1)


class Study(SchemaTable):
    """All that is needed to lay a study out again."""

    kind: Literal["sweep", "twin", "chain"] = "sweep"
    name: str = Field(default="", max_length=64)
    base: Recipe
    axes: tuple[Axis, ...] = ()
    """The first runs down the sheet, the second across, each further one over sheets."""

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def count(self) -> int:
        """How many cells there are."""
        return math.prod(self.shape)


def ask(
    base: Recipe,
    wanted: Sequence[tuple[str, tuple[Scalar, ...]]],
    *,
    kind: Literal["sweep", "twin", "chain"] = "sweep",
    name: str = "",
) -> Study:
    """Makes a study of axes, checked in every value.

    Args:
        base: what all cells share.
        wanted: field and values of each axis.
        kind: what it is shown as.
        name: of the study; empty makes one from the axes.

    Raises:
        StudyError: an axis is named twice or names no field, there are too many cells, a value is
            out of its range, or the name can't be a folder's.
    """
    fields = [field for field, _ in wanted]
    twice = {field for field in fields if fields.count(field) > 1}
    if twice:
        raise StudyError(f"The axis {twice.pop()} is given twice.", hint="Join their values.")
    if not any(field == "seed" for field in fields):
        wanted = [*wanted, ("seed", parse_seeds(base.seeds.render)[:1])]
    study = Study(
        kind=kind, base=base, axes=tuple(Axis(field=f, values=tuple(v)) for f, v in wanted)
    )
    if study.count > MAX_CELLS:
        raise StudyError(
            f"That makes {study.count:,} cells; {MAX_CELLS:,} is the most.",
            hint="Use fewer values.",
        )
    _check_values(study)
    chosen = name or default_name(study)
    if not NAME.fullmatch(chosen) or ".." in chosen:
        raise StudyError(
            f"{chosen!r} can't name a study.", hint="Use a-z, 0-9, '-', '_' and '.', at most 64."
        )
    return study.model_copy(update={"name": chosen})


def default_name(study: Study) -> str:
    """A name that is the same whenever the same is asked."""
    text = study.model_dump_json(exclude={"name"})
    fields = "-".join(axis.field.rsplit(".", 1)[-1] for axis in study.axes if len(axis.values) > 1)
    plain = re.sub(r"[^a-z0-9-]+", "-", fields.lower()).strip("-")[:40]
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return "-".join(part for part in (study.kind, plain, digest) if part)


def _check_values(study: Study) -> None:
    """Every value alone on the base: the message then names the one at fault."""
    data = study.base.model_dump(mode="json")
    for axis in study.axes:
        for value in axis.values:
            _with(data, [(axis.field, value)], f"axis {axis.field}")


def recipes(study: Study) -> tuple[Recipe, ...]:
    """The recipe of every combination of the axes other than the seed, the last one fastest.

    Raises:
        StudyError: a combination makes no valid recipe.
    """
    data = study.base.model_dump(mode="json")
    changing = [axis for axis in study.axes if axis.field != "seed"]
    found = []
    for values in itertools.product(*(axis.values for axis in changing)):
        changes = [(a.field, v) for a, v in zip(changing, values, strict=True)]
        found.append(_with(data, changes, "this study"))
    return tuple(found)


def cells(study: Study) -> Iterator[tuple[int, int, int]]:
    """All cells in row-major order: place, number of the recipe in ``recipes``, seed."""
    for place, index in enumerate(itertools.product(*(range(n) for n in study.shape))):
        number, seed = 0, 0
        for axis, i in zip(study.axes, index, strict=True):
            if axis.field == "seed":
                seed = int(axis.values[i])
            else:
                number = number * len(axis.values) + i
        yield place, number, seed


def _with(data: dict[str, Any], changes: Sequence[tuple[str, Scalar]], name: str) -> Recipe:
    """A recipe with fields set; the data stays as it is."""
    new = json.loads(json.dumps(data))
    for field, value in changes:
        if field == "seed":
            continue
        for dotted in axes.paths_of(field):
            _set(new, dotted.split("."), value, field)
    try:
        return edition_file.validate(new, name=name)
    except RecipeError as error:
        raise StudyError(error.message, hint=error.hint) from error


def _set(data: dict[str, Any], keys: list[str], value: Scalar, field: str) -> None:
    inner: Any = data
    for key in keys[:-1]:
        if isinstance(inner, list):
            if int(key) >= len(inner):
                raise StudyError(f"Axis {field}: the recipe has only {len(inner)} of these.")
            inner = inner[int(key)]
        else:
            if inner.get(key) is None:
                if key == "init" and keys[-1] != "file":
                    raise StudyError(
                        f"Axis {field} needs an image to start from.",
                        hint="Use: edition vary IMAGE --strength 0.3,0.6",
                    )
                inner[key] = {}
            inner = inner[key]
    inner[keys[-1]] = value


def label(value: Scalar) -> str:
    """A value as a sheet shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    text = " ".join(str(value).split())
    return text or "(nothing)"

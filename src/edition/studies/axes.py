"""Axes: which field of a recipe a study changes, and through which values."""

from __future__ import annotations

import difflib
import json
import types
import typing
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, cast

from edition.errors import EditionError, StudyError
from edition.recipe import prompts
from edition.recipe.recipe import Recipe, Scalar
from edition.recipe.seeds import parse_seeds

Kind = Literal["seed", "int", "float", "bool", "word", "text", "scalar"]
FIELDS: dict[str, tuple[str, ...]] = {
    "seed": (),
    "prompt": ("prompt.positive",),
    "negative": ("prompt.negative",),
    "guidance": ("sampling.guidance",),
    "rescale": ("sampling.guidance_rescale",),
    "steps": ("sampling.steps",),
    "sampler": ("sampling.sampler",),
    "width": ("sampling.width",),
    "height": ("sampling.height",),
    "size": ("sampling.width", "sampling.height"),
    "noise": ("sampling.noise",),
    "dtype": ("sampling.dtype",),
    "model": ("model.base",),
    "checkpoint": ("model.base",),
    "strength": ("init.strength",),
    "start": ("init.file",),
}
"""Short names; every dotted key of the recipe's tables that change pixels works as well."""
TABLES = ("model", "prompt", "sampling", "init")
MAX_VALUES = 100_000


def parse(text: str, folder: Path | None = None) -> tuple[str, tuple[Scalar, ...]]:
    """One axis as written on the command line: ``guidance=1,2.5,5``.

    Numbers: a comma list of values, ranges ``1..8`` and ranges with a step ``0.2..0.8/0.2``.
    Prompts: separated by ``|``, with alternatives in braces. Any: ``@file``, a value a line.

    Args:
        text: ``field=values``.
        folder: where files are looked for.

    Returns:
        The field and its values, each once.

    Raises:
        StudyError: no field of that name, no value, or a value that is none.
    """
    field, equals, wanted = text.partition("=")
    field = field.strip()
    if not equals:
        raise StudyError(f"{text!r} is not an axis.", hint="Write field=values: guidance=1,2.5,5")
    return field, values(field, wanted.strip(), folder)


def values(field: str, wanted: str, folder: Path | None = None) -> tuple[Scalar, ...]:
    """The values of an axis.

    Raises:
        StudyError: as for ``parse``.
    """
    kind = kind_of(field)
    try:
        found = _read(kind, wanted, folder)
    except (ValueError, InvalidOperation) as error:
        reason = str(error) if isinstance(error, ValueError) else "not a number"
        raise StudyError(f"Axis {field}: {reason}.", hint=_HINTS.get(kind, "")) from error
    except EditionError as error:
        raise StudyError(f"Axis {field}: {error.message}", hint=error.hint) from error
    unique = tuple(dict.fromkeys(found))
    if not unique:
        raise StudyError(f"Axis {field} has no value.", hint=_HINTS.get(kind, ""))
    if len(unique) > MAX_VALUES:
        raise StudyError(f"Axis {field} has {len(unique):,} values; {MAX_VALUES:,} is the most.")
    return unique


_HINTS: dict[str, str] = {
    "seed": "Write seed=7, seed=1,5,9 or seed=1..16",
    "int": "Write steps=20,50,70 or steps=10..50/10",
    "float": "Write guidance=1,2.5,5 or guidance=1..10/0.5",
    "text": 'Write prompt="one|two {calm|stormy}" or prompt=@prompts.txt',
    "bool": "Write true,false",
}


def paths_of(field: str) -> tuple[str, ...]:
    """The dotted keys that a field sets; none for the seed.

    Raises:
        StudyError: the recipe has no such field.
    """
    kind_of(field)
    return FIELDS.get(field, (field,))


def kind_of(field: str) -> Kind:
    """How the values of a field are written.

    Raises:
        StudyError: the recipe has no such field, or it changes no pixel.
    """
    if field == "seed":
        return "seed"
    dotted = FIELDS.get(field, (field,))[0]
    if dotted in ("prompt.positive", "prompt.negative"):
        return "text"
    table, *rest = dotted.split(".")
    if table not in TABLES or not rest:
        raise StudyError(f"There is no axis {field!r}{_near(field)}", hint=_known())
    annotation: Any = Recipe.model_fields[table].annotation
    for part in rest:
        annotation = _step(_plain(annotation), part)
        if annotation is None:
            raise StudyError(f"The recipe has no field {field!r}{_near(field)}", hint=_known())
    return _leaf(_plain(annotation), field)


def _plain(annotation: Any) -> Any:  # noqa: ANN401
    """Without ``Annotated`` and ``| None``."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _plain(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        real = [a for a in typing.get_args(annotation) if a is not type(None)]
        return _plain(real[0]) if len(real) == 1 else Scalar
    return annotation


def _step(annotation: Any, part: str) -> Any:  # noqa: ANN401
    """The annotation one key or index further in; None when there is no such key."""
    if hasattr(annotation, "model_fields"):
        field = annotation.model_fields.get(part)
        return field.annotation if field else None
    origin = typing.get_origin(annotation)
    if origin is dict:
        return typing.get_args(annotation)[1]
    if origin is tuple and part.isdigit():
        return typing.get_args(annotation)[0]
    return None


def _leaf(annotation: Any, field: str) -> Kind:  # noqa: ANN401
    if annotation == Scalar:
        return "scalar"
    if typing.get_origin(annotation) is Literal:
        return "word"
    kinds: dict[Any, Kind] = {bool: "bool", int: "int", float: "float", str: "word"}
    if annotation not in kinds:
        raise StudyError(f"{field} holds several values; name one of them.", hint=_known())
    return kinds[annotation]


def _near(field: str) -> str:
    close = difflib.get_close_matches(field, FIELDS, n=1)
    return f"; did you mean {close[0]}?" if close else "."


def _known() -> str:
    return f"Known: {', '.join(FIELDS)}, and dotted keys such as sampling.scheduler.eta."


def _read(kind: Kind, wanted: str, folder: Path | None) -> list[Scalar]:
    if wanted.startswith("@"):
        entries = prompts.lines((folder or Path()) / wanted[1:])
        if kind == "text":
            return [text for entry in entries for text in prompts.expand(entry, folder)]
        return [value for entry in entries for value in _read(kind, entry, folder)]
    if kind == "text":
        parts = prompts.split(wanted)
        return [text for part in parts for text in prompts.expand(part, folder)]
    if not wanted:
        return []
    if kind == "seed":
        return list(parse_seeds(wanted))
    entries = tuple(part.strip() for part in wanted.split(",") if part.strip())
    if kind in ("int", "float"):
        return [number for entry in entries for number in _numbers(entry, kind)]
    return [_scalar(entry, kind) for entry in entries]


def _numbers(entry: str, kind: str) -> list[Scalar]:
    span, _, step = entry.partition("/")
    first, dots, last = span.partition("..")
    try:
        start, stop = Decimal(first), Decimal(last if dots else first)
        stride = Decimal(step) if step else Decimal(1)
        if not (start.is_finite() and stop.is_finite() and stride.is_finite()):
            raise InvalidOperation  # noqa: TRY301 - one way out for all that is no number
    except InvalidOperation:
        raise ValueError(f"{entry!r} is no number") from None
    if stride <= 0 or stop < start:
        raise ValueError(f"{entry!r} does not run upwards")
    count = int((stop - start) / stride) + 1
    if count > MAX_VALUES:
        raise ValueError(f"{entry!r} makes {count:,} values")
    found = [start + stride * k for k in range(count)]
    if kind == "int" and any(number != int(number) for number in found):
        raise ValueError(f"{entry!r} is not a whole number")
    return [int(number) if kind == "int" else float(number) for number in found]


def _scalar(entry: str, kind: str) -> Scalar:
    if kind == "word":
        return entry
    try:
        value = json.loads(entry)
    except ValueError:
        value = entry
    if kind == "bool" and not isinstance(value, bool):
        raise ValueError(f"{entry!r} is neither true nor false")
    return cast("Scalar", value) if isinstance(value, bool | int | float) else entry

"""Every key of a table as a flag of a command, from one source: the table itself."""

from __future__ import annotations

import argparse
import types
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from edition.errors import RecipeError
from edition.recipe.schema_base import SchemaTable

if TYPE_CHECKING:
    from collections.abc import Mapping


def add_flags(
    parser: argparse.ArgumentParser, table: type[SchemaTable], skip: frozenset[str]
) -> None:
    """Adds a flag for each key of a table; flags that are not given leave no trace.

    Args:
        parser: gets the flags.
        table: its keys, types, defaults and descriptions are used.
        skip: keys that another flag or table stands for.
    """
    for name, field in table.model_fields.items():
        if name in skip or _is_table(field.annotation):
            continue
        wanted: dict[str, Any] = {"default": argparse.SUPPRESS, "dest": name}
        shown = field.default if field.default != "" else "none"
        wanted["help"] = f"{_one_line(field.description)} [{shown}]".replace("%", "%%")
        parser.add_argument(f"--{name.replace('_', '-')}", **wanted, **_kind(field.annotation))


def apply(given: Mapping[str, Any], onto: SchemaTable) -> Any:  # noqa: ANN401 - the same Part
    """A table with the flags that were given, checked as its file would be.

    Raises:
        RecipeError: a value is out of its range; the flag is named.
    """
    known = {key: value for key, value in given.items() if key in type(onto).model_fields}
    try:
        return type(onto).model_validate({**dict(onto), **known})
    except ValidationError as error:
        faults = [
            f"--{str((fault['loc'] or ('',))[0]).replace('_', '-')}: {fault['msg']}."
            for fault in error.errors(include_url=False)
        ]
        raise RecipeError("\n".join(faults), hint="See the flags with --help.") from error


def _is_table(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, SchemaTable)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").replace("``", "").split())


def _kind(annotation: Any) -> dict[str, Any]:  # noqa: ANN401 - a type expression
    """What argparse must know of a type."""
    if annotation is bool:
        return {"action": argparse.BooleanOptionalAction}
    origin = get_origin(annotation)
    if origin is Literal:
        return {"choices": get_args(annotation)}
    if origin is tuple:
        return {"nargs": "+", "type": _plain(get_args(annotation)[0]), "action": _TupleAction}
    return {"type": _plain(annotation), "metavar": _plain(annotation).__name__.upper()}


def _plain(annotation: Any) -> type:  # noqa: ANN401
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = get_args(annotation)[0]
    while not isinstance(annotation, type):
        annotation = get_args(annotation)[0]
    return annotation


class _TupleAction(argparse.Action):
    """Several values as a tuple, which frozen tables want."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, tuple(values))

"""The keys of an edition file one by one: kind, range, help. For forms and docs/recipe.md."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotated_types import Ge, Gt, Le, Lt

from edition.errors import InvalidRecipe
from edition.recipe import edition_file
from edition.recipe.recipe import Recipe
from edition.recipe.schema_base import SchemaTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true, false"}


@dataclass(frozen=True, slots=True)
class RecipeField:
    """One key that holds a single value."""

    key: str
    """With its table: ``sampling.steps``."""
    type: type
    """``str``, ``int``, ``float`` or ``bool``."""
    allowed: str
    """Kind and range in words: ``whole number, 1 to 1000``."""
    told: str
    """What it is, one or two sentences."""
    choices: tuple[str, ...]
    """The values there are; empty where any is allowed that is in range."""

    def value_in(self, recipe: Recipe) -> str:
        """The value of a recipe as a person writes it."""
        value: Any = recipe
        for part in self.key.split("."):
            value = getattr(value, part)
        return str(value).lower() if isinstance(value, bool) else f"{value}"

    def read(self, text: str) -> Any:  # noqa: ANN401 - of any of the types
        """The value that a person has written.

        Raises:
            ValueError: it is not allowed; the message says what is.
        """
        value = self._converted(text)
        nested: Any = value
        for part in reversed(self.key.split(".")):
            nested = {part: nested}
        try:
            edition_file.validate(nested, name="")
        except InvalidRecipe as error:
            raise ValueError(f"allowed: {error.allowed.get(self.key, self.allowed)}") from error
        return value

    def _converted(self, text: str) -> Any:  # noqa: ANN401
        if self.type is bool:
            if text.strip().lower() not in ("true", "false"):
                raise ValueError("allowed: true, false")
            return text.strip().lower() == "true"
        if self.type is str:
            return text
        try:
            return self.type(text.strip().replace(",", "."))
        except ValueError:
            raise ValueError(f"allowed: {self.allowed}") from None


def fields() -> tuple[RecipeField, ...]:
    """All keys that hold a single value, in the order of the schema; tables and lists are left."""
    return tuple(_walk("", Recipe))


def kind(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    """A type as a person says it."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return kind(typing.get_args(annotation)[0])
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in typing.get_args(annotation))
    if origin in (typing.Union, types.UnionType):
        return " or ".join(
            kind(part) for part in typing.get_args(annotation) if part is not type(None)
        )
    if origin is tuple:
        return f"list of {kind(typing.get_args(annotation)[0])}"
    if origin is dict:
        return "table"
    return _WORDS.get(annotation, "table")


def bounds(field: FieldInfo) -> str:
    """A number's range as a person writes it."""
    low = high = ""
    for limit in field.metadata:
        if isinstance(limit, Ge):
            low = f"{limit.ge:g}"
        elif isinstance(limit, Gt):
            low = f"more than {limit.gt:g}"
        elif isinstance(limit, Le):
            high = f"{limit.le:g}"
        elif isinstance(limit, Lt):
            high = f"less than {limit.lt:g}"
    return f", {low} to {high}" if low and high else f", {low or high}" if low or high else ""


def _walk(table: str, model: type[SchemaTable]) -> Iterator[RecipeField]:
    for name, field in model.model_fields.items():
        key = f"{table}.{name}" if table else name
        annotation: Any = field.annotation
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        if isinstance(annotation, type) and issubclass(annotation, SchemaTable):
            yield from _walk(key, annotation)
            continue
        choices: tuple[str, ...] = ()
        if typing.get_origin(annotation) is typing.Literal:
            choices, annotation = typing.get_args(annotation), str
        elif annotation is bool:
            choices = ("true", "false")
        if annotation in _WORDS:
            allowed = ", ".join(choices) if choices else kind(annotation) + bounds(field)
            told = " ".join((field.description or "").replace("``", "").split())
            yield RecipeField(key, annotation, allowed, told, choices)

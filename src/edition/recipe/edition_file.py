"""Recipes in and out of TOML. Reading never writes; writing keeps comments and order."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError

from edition import regular_files
from edition.errors import InvalidRecipe, RecipeError, next_step
from edition.recipe.recipe import Recipe

MAX_BYTES = 1_000_000
"""A recipe larger than this is no recipe."""


def read(path: Path) -> Recipe:
    """Reads and validates an edition file.

    Raises:
        RecipeError: one line for each fault: file, line, key, what was found, what is allowed.
    """
    return parse(source(path), name=str(path))


def source(path: Path) -> str:
    """The text of an edition file, with its own line ends and without a byte order mark.

    Raises:
        RecipeError: there is none, it is no regular file, too large, or no text.
    """
    try:
        return regular_files.read_text(path, MAX_BYTES)
    except FileNotFoundError:
        raise RecipeError(
            f"There is no {path}.", hint=f"Make one with: edition new {path.parent.name}"
        ) from None
    except UnicodeDecodeError as error:
        raise RecipeError(
            f"Can't read {path}: {regular_files.reason(error)}.", hint="Save it as UTF-8 text."
        ) from error
    except OSError as error:
        raise RecipeError(
            f"Can't read {path}: {regular_files.reason(error)}.", hint=next_step(error)
        ) from error


def parse(text: str, *, name: str = "edition.toml") -> Recipe:
    """Validates the text of an edition file.

    Args:
        text: TOML.
        name: what to call it in messages.

    Raises:
        RecipeError: as for ``read``.
    """
    try:
        data = regular_files.parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(
            f"{name}: {error}.", hint="Put text in quotes; write true and false in lower case."
        ) from error
    return validate(data, name=name, text=text)


def validate(data: Mapping[str, Any], *, name: str, text: str = "") -> Recipe:
    """Makes a recipe of plain data.

    Args:
        data: tables and values, as tomllib gives them.
        name: what to call the source in messages.
        text: the TOML it came from, for line numbers.

    Raises:
        RecipeError: one line for each fault.
    """
    try:  # through JSON: strict types there take a list for a tuple, and nothing else loosely
        return Recipe.model_validate_json(json.dumps(data, default=_refuse))
    except ValidationError as error:
        found = [_in_a_union(fault) for fault in error.errors(include_url=False)]
        faults = list(dict.fromkeys(_fault(fault, name, text) for fault in found))
        allowed = {_key(fault): _allowed(fault) for fault in found}
    except RecipeError as error:
        faults, allowed = [f"{name}: {error.message}"], {}
    raise InvalidRecipe(
        "\n".join(faults), hint="Keys and ranges are listed in docs/recipe.md.", allowed=allowed
    )


def _refuse(value: object) -> None:
    raise RecipeError(f"{value} is a date or time; a recipe holds none.")


def _in_a_union(fault: Any) -> Any:  # noqa: ANN401 - pydantic's ErrorDetails
    """A fault as it is; of a union, which reports one for each of its types, the same for all."""
    if fault["loc"][:2] == ("sampling", "scheduler") and len(fault["loc"]) > 2:
        return {**fault, "loc": fault["loc"][:3], "msg": "true, false, a number or a text"}
    return fault


def _key(fault: Any) -> str:  # noqa: ANN401
    return ".".join(str(part) for part in fault["loc"])


def _allowed(fault: Any) -> str:  # noqa: ANN401
    return str(fault["msg"].removeprefix("Value error, ").removeprefix("Input should be "))


def _fault(fault: Any, name: str, text: str) -> str:  # noqa: ANN401
    location = [str(part) for part in fault["loc"]]
    key = _key(fault)
    line = line_of(text, location)
    place = f"{name}:{line}" if line else name
    if fault["type"] == "extra_forbidden":
        return f"{place}: there is no key {key}{_nearest(location)}."
    if fault["type"] == "missing":
        return f"{place}: {key} is missing."
    found = json.dumps(fault["input"], ensure_ascii=False, default=str)
    shown = found if len(found) <= 80 else found[:77] + "..."
    return f"{place}: {key} is {shown}; allowed: {_allowed(fault)}."


def _nearest(location: list[str]) -> str:
    """Names the key that was probably meant."""
    known = known_keys(location[:-1])
    close = difflib.get_close_matches(location[-1], known, n=1)
    return f"; did you mean {close[0]}" if close else f"; known are {', '.join(known)}"


def known_keys(location: list[str]) -> list[str]:
    """The keys of a table of the recipe, by the table's path."""
    model: Any = Recipe
    for part in location:
        field = model.model_fields.get(part)
        model = getattr(field, "annotation", None)
        if not hasattr(model, "model_fields"):
            return []
    return list(model.model_fields)


def line_of(text: str, location: list[str]) -> int:
    """The line, from 1, on which a key is set, or its table begins; 0 when it isn't found."""
    table, wanted = ".".join(location[:-1]), location[-1] if location else ""
    current, table_line = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([\w.\"-]+)\s*\]+", line):
            current = header[1].replace('"', "")
            if current == ".".join(location) or (current == table and not table_line):
                table_line = number
        elif current == table and re.match(rf"\s*\"?{re.escape(wanted)}\"?\s*=", line):
            return number
    return table_line


def edit(text: str, changes: Mapping[str, Any]) -> str:
    """Sets keys in the text of an edition file; comments, order and spacing stay.

    Args:
        text: TOML that parses.
        changes: dotted key → value; None takes the key out.

    Returns:
        The new text, checked: it makes a valid recipe.

    Raises:
        RecipeError: the text or the result is not a valid recipe.
    """
    try:
        document = tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise RecipeError(f"edition.toml: {error}.") from error
    for dotted, value in changes.items():
        *tables, key = dotted.split(".")
        table: Any = document
        for name in tables:
            if name not in table:
                table[name] = tomlkit.table()
            table = table[name]
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    new = tomlkit.dumps(document)
    parse(new)
    return new


def write_new(recipe: Recipe) -> str:
    """A recipe as TOML, with what differs from the defaults and the keys people change most."""
    document = tomlkit.document()
    data = recipe.model_dump(mode="json", exclude_defaults=True)
    usual = {
        "title": recipe.title,
        "artist": recipe.artist,
        "model": {"base": recipe.model.base},
        "prompt": {"positive": recipe.prompt.positive, "negative": recipe.prompt.negative},
        "sampling": {
            key: getattr(recipe.sampling, key)
            for key in ("sampler", "steps", "guidance", "width", "height")
        },
        "seeds": {"render": recipe.seeds.render},
    }
    for key, value in usual.items():
        if isinstance(value, dict):
            document[key] = {**value, **data.pop(key, {})}
        else:
            document[key] = data.pop(key, value)
    for key, value in data.items():
        document[key] = value
    return tomlkit.dumps(document)

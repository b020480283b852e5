"""The person's own settings: theme, graphics, keys. One TOML, shared by all libraries."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edition import paths, regular_files
from edition.errors import EditionError
from edition.tui.keymap import ACTS, PRESETS

if TYPE_CHECKING:
    from pathlib import Path

THEMES = ("dark", "light")
GRAPHICS = ("auto", "kitty", "sixel", "sextant", "quadrant", "half", "off")


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What ``terminal.toml`` holds."""

    theme: str = "dark"
    """One of THEMES."""
    graphics: str = "auto"
    """One of GRAPHICS."""
    auto_advance: bool = False
    """Whether the selection moves on after a mark."""
    preset: str = "edition"
    """Which set of keys: one of PRESETS."""
    keys: dict[str, str] = field(default_factory=dict)
    """Action → keys, separated by commas; on top of the preset."""


def settings_file() -> Path:
    """Where the settings are."""
    return paths.config_folder() / "terminal.toml"


def load(path: Path) -> UserSettings:
    """Reads the settings; a missing file means the defaults.

    Raises:
        EditionError: the file is no TOML or holds what is not known; names the key.
    """
    try:
        data = regular_files.parse_toml(regular_files.read_text(path))
    except FileNotFoundError:
        return UserSettings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EditionError(
            f"{path}: {error}.", hint="Correct or delete it; the defaults are used until then."
        ) from error
    known = {
        "theme": THEMES, "graphics": GRAPHICS, "preset": tuple(PRESETS),
        "auto_advance": (True, False),
    }  # fmt: skip
    chosen: dict[str, Any] = {}
    for name, value in data.items():
        if name == "keys":
            chosen["keys"] = _keys(path, value)
        elif name not in known:
            raise _fault(path, name, value, (*known, "keys"))
        elif value not in known[name] or isinstance(value, bool) != (name == "auto_advance"):
            raise _fault(path, name, value, known[name])
        else:
            chosen[name] = value
    return UserSettings(**chosen)


def _keys(path: Path, table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        raise _fault(path, "keys", table, ('a table: star = "space,p"',))
    names = {act.id for act in ACTS}
    for name, keys in table.items():
        if name not in names:
            raise _fault(path, f"keys.{name}", keys, sorted(names))
        if not isinstance(keys, str):
            raise _fault(path, f"keys.{name}", keys, ('keys in quotes: "space,p"',))
    return dict(table)


def _fault(path: Path, key: str, found: object, allowed: Any) -> EditionError:  # noqa: ANN401
    words = ", ".join(str(a).lower() if isinstance(a, bool) else str(a) for a in allowed)
    return EditionError(f"{path}: {key} is {found!r}.", hint=f"Allowed: {words}.")

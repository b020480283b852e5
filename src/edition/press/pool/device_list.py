"""Which devices a press works with: what a person writes, checked before anything starts."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edition import paths, regular_files
from edition.errors import PressError

if TYPE_CHECKING:
    from pathlib import Path

MOST_WORKERS = 256
_ONE = re.compile(r"(cuda:\d{1,3}|cpu|mps)(?:\*(\d{1,3}))?")
_WAYS = "Write auto, cuda:0,cuda:1, or cpu*2."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a press was asked to work with; nothing of it set: one device, in its own process."""

    devices: str = ""
    """``auto``, or devices separated by commas: ``cuda:0,cuda:1``, ``cpu*2``."""
    cluster: str = ""
    """``auto`` or ``HOST:PORT`` of a Ray cluster; empty for this machine alone."""
    mixed: bool = False
    """Whether devices of several kinds may work on one edition."""

    def arguments(self) -> list[str]:
        """For the press's command line."""
        given = [f"--devices={self.devices}"] * bool(self.devices)
        given += [f"--cluster={self.cluster}"] * bool(self.cluster)
        return given + ["--mixed"] * self.mixed

    def check(self) -> None:
        """Looks at what can be known without a device.

        Raises:
            PressError: it is not well-formed, or asks for both a cluster and devices.
        """
        if self.devices and self.cluster:
            raise PressError(
                "Devices and a cluster are asked for at once.",
                hint="A cluster uses the cards of its machines: leave --devices out.",
            )
        if self.devices and self.devices != "auto":
            parse(self.devices)
        if self.cluster and self.cluster != "auto":
            address(self.cluster)


def parse(text: str) -> tuple[str, ...]:
    """Devices one by one, as torch names them; ``cpu*2`` gives two workers on the processor.

    Raises:
        PressError: a name is unknown, a card is named twice, or there are too many.
    """
    found: list[str] = []
    for part in text.replace(" ", "").split(","):
        match = _ONE.fullmatch(part)
        if match is None:
            raise PressError(f"There is no device {part!r}.", hint=_WAYS)
        count = int(match[2] or 1)
        if not 1 <= count <= MOST_WORKERS:
            raise PressError(f"{part} asks for {count} workers.", hint=f"1 to {MOST_WORKERS}.")
        if match[1] != "cpu" and (count > 1 or match[1] in found):
            raise PressError(
                f"The device {match[1]} is named twice: two workers would share one card's memory "
                "and neither would be faster.",
                hint="Name each card once.",
            )
        found += [match[1]] * count
    return tuple(found)


def address(text: str) -> tuple[str, int]:
    """Host and port of a cluster.

    Raises:
        PressError: it is no such address.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise PressError(
            f"{text!r} is no address of a Ray cluster.",
            hint="Write HOST:PORT, as ray start printed it, or auto.",
        )
    return host.strip("[]"), int(port)


def settings_file() -> Path:
    """Where a person's own choice for every press is."""
    return paths.config_folder() / "settings.toml"


def settings(path: Path | None = None) -> Wanted:
    """The ``[press]`` table of the settings; a missing file means one device.

    Raises:
        PressError: the file is no TOML, or holds what is not known; names the key.
    """
    path = path or settings_file()
    try:
        data = tomllib.loads(regular_files.read_text(path))
    except FileNotFoundError:
        return Wanted()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PressError(f"{path}: {error}.", hint="Correct or delete it.") from error
    for name in data.keys() - {"press"}:
        raise PressError(f"{path}: {name} is not known.", hint="Allowed: [press].")
    return _table(path, data.get("press", {}))


def _table(path: Path, table: Any) -> Wanted:  # noqa: ANN401 - whatever is in the file
    kinds = {"devices": str, "cluster": str, "mixed": bool}
    if not isinstance(table, dict):
        raise PressError(f"{path}: press is {table!r}.", hint="Write a table: [press].")
    for name, value in table.items():
        if name not in kinds:
            raise PressError(
                f"{path}: press.{name} is not known.", hint=f"Allowed: {', '.join(kinds)}."
            )
        if not isinstance(value, kinds[name]):
            allowed = "true or false" if name == "mixed" else f"a text in quotes. {_WAYS}"
            raise PressError(f"{path}: press.{name} is {value!r}.", hint=f"Allowed: {allowed}")
    wanted = Wanted(**table)
    try:
        wanted.check()
    except PressError as error:
        raise PressError(f"{path}: {error.message}", hint=error.hint) from error
    return wanted


def present(text: str) -> tuple[str, ...]:
    """The devices that are meant, each of them on this machine.

    Returns:
        For ``auto`` every CUDA card; where there is none, one of ``auto``.

    Raises:
        PressError: one isn't there; says which are.
    """
    wanted = () if text == "auto" else parse(text)
    if wanted and all(name == "cpu" for name in wanted):
        return wanted
    import torch

    cards = [f"cuda:{n}" for n in range(torch.cuda.device_count())]
    if text == "auto":
        return tuple(cards) or ("auto",)
    there = {*cards, "cpu", *(["mps"] if torch.backends.mps.is_available() else [])}
    for name in wanted:
        if name not in there:
            raise PressError(
                f"This machine has no device {name}.",
                hint=f"It has: {', '.join(sorted(there))}. See: edition doctor",
            )
    return wanted

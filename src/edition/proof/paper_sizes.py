"""Paper: names, sizes and boxes. Knows millimetres, draws nothing."""

import math
import re
from dataclasses import dataclass

from edition.errors import ProofError
from edition.recipe import edition_file

MM = 72.0 / 25.4
"""Points in a millimetre."""
INCH_MM = 25.4
MIN_PAPER_MM = 30.0
MAX_PAPER_MM = 5000.0
"""A PDF page ends at 14,400 points, 5080 mm."""

_ISO_A0 = (841, 1189)
_INCHES = ("8x10", "11x14", "12x12", "12x16", "16x20", "18x24", "20x24", "24x36")
_SQUARES_CM = (20, 30, 40, 50, 60)
_ROLLS_IN = (17, 24, 36, 44, 60)
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)\s*[x×]\s*(\d+(?:\.\d+)?)\s*(mm|cm|in)?")


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in millimetres."""

    width: float
    height: float

    def turned(self) -> "Size":
        """The same size on its other side."""
        return Size(self.height, self.width)

    def landscape(self) -> "Size":
        """The size with its longer side across."""
        return self if self.width >= self.height else self.turned()


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in millimetres; y grows upwards, as on a wall."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y + self.height

    def grown(self, by: float) -> "Box":
        """The box with every side moved outwards; inwards where ``by`` is negative."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet, or a roll: then ``size.width`` is the roll's and the height is the longest cut."""

    name: str
    size: Size
    roll: bool = False


def _papers() -> dict[str, Paper]:
    table: dict[str, Paper] = {}
    width, height = _ISO_A0
    for step in range(8):
        table[f"a{step}"] = Paper(f"A{step}", Size(width, height))
        width, height = height // 2, width
    table["a3+"] = Paper("A3+", Size(329, 483))
    for name in _INCHES:
        across, down = (float(part) * INCH_MM for part in name.split("x"))
        table[f"{name}in"] = Paper(f"{name}in", Size(across, down))
    for side in _SQUARES_CM:
        table[f"square{side}"] = Paper(f"square{side}", Size(side * 10.0, side * 10.0))
    for inches in _ROLLS_IN:
        table[f"roll{inches}"] = Paper(
            f"roll{inches}", Size(inches * INCH_MM, MAX_PAPER_MM), roll=True
        )
    return table


PAPERS = _papers()
"""Papers by lower-case name."""


def paper(name: str) -> Paper:
    """Finds a paper by name, or by measure.

    Args:
        name: ``A4``, ``A3+``, ``16x20in``, ``square30``, ``roll24``; or a measure such as
            ``210x297``, ``40x50cm``, ``5.5x8.5in`` (millimetres where no unit is given).

    Raises:
        ProofError: no such paper, or one smaller than 30 mm or larger than 5 m.
    """
    key = name.strip().lower().replace("×", "x").replace(" ", "")
    if key in PAPERS:
        return PAPERS[key]
    measure = _MEASURE.fullmatch(key)
    if measure is None:
        raise ProofError(
            f"There is no paper named {name!r}.",
            hint=f"Use one of {', '.join(p.name for p in PAPERS.values())}, or WIDTHxHEIGHT in mm.",
        )
    unit = {"mm": 1.0, "cm": 10.0, "in": INCH_MM}[measure[3] or "mm"]
    size = Size(float(measure[1]) * unit, float(measure[2]) * unit)
    for side in (size.width, size.height):
        if not MIN_PAPER_MM <= side <= MAX_PAPER_MM:
            raise ProofError(
                f"The paper {name!r} has a side of {side:.0f} mm.",
                hint=f"Sides from {MIN_PAPER_MM:.0f} to {MAX_PAPER_MM:.0f} mm can be laid out.",
            )
    return Paper(name.strip(), size)


_LENGTH = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*(mm|cm|m|in|)")
_UNITS = {"": 1.0, "mm": 1.0, "cm": 10.0, "m": 1000.0, "in": INCH_MM}


def millimetres(text: str) -> float:
    """A print's longer side as a person writes it: ``300``, ``30 cm``, ``12in``.

    Raises:
        ProofError: it is no length.
        RecipeError: the recipe's range forbids it.
    """
    found = _LENGTH.fullmatch(text.strip().lower())
    if found is None:
        raise ProofError(f"{text!r} is no length.", hint="Like: 300, 30cm or 12in.")
    value = float(found[1].replace(",", ".")) * _UNITS[found[2]]
    edition_file.validate({"proof": {"print_mm": value}}, name=repr(text))
    return value


def whole(value: float) -> int:
    """The nearest whole number, halves upwards: how every page rounds what a tape measures."""
    return math.floor(value + 0.5 + 1e-9)


def fitted(width: float, height: float, room: Size) -> Size:
    """The largest size of a picture's proportions that fits into a room."""
    scale = min(room.width / width, room.height / height)
    return Size(width * scale, height * scale)


def longer_side(width: float, height: float, side_mm: float) -> Size:
    """The size of a picture's proportions whose longer side is given."""
    scale = side_mm / max(width, height)
    return Size(width * scale, height * scale)


def length(value: float, units: str = "mm", *, named: bool = False) -> str:
    """A length as a person with a tape measure reads it.

    Args:
        value: millimetres.
        units: ``mm`` for whole millimetres, ``in`` for inches to the sixteenth.
        named: write the unit behind it.
    """
    if units == "mm":
        text = str(whole(value))
    else:
        inches, parts = divmod(whole(value / INCH_MM * 16), 16)
        share = math.gcd(parts, 16)
        fraction = f"{parts // share}/{16 // share}" if parts else ""
        text = " ".join(
            part for part in (str(inches) if inches or not parts else "", fraction) if part
        )
    return f"{text} {units}" if named else text


def sized(size: Size, units: str = "mm") -> str:
    """Width × height as a person with a tape measure reads it, without the unit."""
    return f"{length(size.width, units)} × {length(size.height, units)}"

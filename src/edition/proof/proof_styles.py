"""How proofs look: ``styles/proof/*.toml``. A new style is a new file; no code."""

import tomllib
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from edition import paths, regular_files
from edition.errors import ProofError
from edition.paths import config_folder, shipped_styles
from edition.proof.document_model import ProofPrint

Percent = Annotated[float, Field(ge=0.0, le=100.0)]
Ink = tuple[Percent, Percent, Percent, Percent]
"""Cyan, magenta, yellow and black in percent."""
CAPTION_FIELDS = ("seed", "title", "edition", "digest", "size")
Points = Annotated[float, Field(ge=4.0, le=120.0)]


class StyleTable(BaseModel):
    """A frozen table of a style; unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class TypeStyle(StyleTable):
    """Letters."""

    family: str = "lato"
    """``lato``, ``noto-serif``, ``dejavu``, or the path of a ``.ttf`` file."""
    display: Points = 30.0
    """Size of a show's title, points."""
    head: Points = 13.0
    """Size of an artist's name."""
    text: Points = 9.0
    """Size of a statement."""
    caption: Points = 7.0
    """Size of facts, tables and running heads."""
    small: Points = 6.0
    """Size of captions under prints and numbers on a wall."""
    display_weight: Literal["light", "regular", "bold"] = "light"
    """``light``, ``regular`` or ``bold``."""
    head_weight: Literal["light", "regular", "bold"] = "regular"
    """``light``, ``regular`` or ``bold``."""
    leading: float = Field(default=1.45, ge=1.0, le=3.0)
    """Line distance, in sizes."""


class PageStyle(StyleTable):
    """The page around what is on it."""

    margin_mm: float = Field(default=18.0, ge=3.0, le=200.0)
    """White paper around everything."""
    rule_pt: float = Field(default=0.25, ge=0.0, le=5.0)
    """Thickness of rules; 0 draws none."""
    masthead: bool = False
    """A double rule above and below the title, as on a front page."""


class StyleColours(StyleTable):
    """Inks."""

    ink: Ink = (0, 0, 0, 100)
    """Titles and values."""
    soft: Ink = (0, 0, 0, 100)
    """Captions, labels and lines that people measure by; a screened letter is no letter."""
    hair: Ink = (0, 0, 0, 100)
    """Rules and outlines."""
    wall: Ink = (0, 0, 0, 5)
    """The wall on an elevation."""
    floor: Ink = (0, 0, 0, 15)
    """The floor under it."""
    frame: Ink = (0, 0, 0, 82)
    """Mouldings."""
    mat: Ink = (0, 0, 0, 0)
    """Mats."""
    shade: Ink = (0, 0, 0, 14)
    """A frame's shadow on the wall."""
    figure: Ink = (0, 0, 0, 20)
    """The person beside the wall."""
    accent: Ink = (0, 0, 0, 100)
    """The frame around a starred print on a contact sheet."""


class SheetStyle(StyleTable):
    """Contact sheets."""

    columns: int = Field(default=5, ge=1, le=20)
    """Of an A4 page; other papers get as many as keep the same width."""
    gutter_mm: float = Field(default=5.0, ge=0.0, le=100.0)
    """Between two prints."""
    caption: str = Field(default="seed {seed}", max_length=200)
    """What is under a print: {seed}, {title}, {edition}, {digest}, {size}."""
    cross_rejected: bool = True
    """Two lines through a rejected print."""

    @field_validator("caption")
    @classmethod
    def _known_fields(cls, text: str) -> str:
        fields = [name for _, name, *_ in Formatter().parse(text) if name is not None]
        if not set(fields) <= set(CAPTION_FIELDS):
            allowed = ", ".join(f"{{{name}}}" for name in CAPTION_FIELDS)
            raise ValueError(f"only {allowed} can stand in it")
        return text

    def text(self, picture: ProofPrint) -> str:
        """The caption of one picture."""
        return self.caption.format(
            seed=picture.seed,
            title=picture.title,
            edition=picture.edition,
            digest=picture.digest[:12],
            size=f"{picture.width} × {picture.height}",
        )


class WallStyle(StyleTable):
    """Walls."""

    shadow: bool = True
    """A hard shadow below each frame."""
    dimensions: bool = True
    """Distances under the elevation."""
    skirting_mm: float = Field(default=80.0, ge=0.0, le=500.0)
    """Height of the skirting board, real millimetres; 0 for none."""


class Style(StyleTable):
    """A proof style."""

    name: str = Field(min_length=1, max_length=64)
    """The file's name where it is left out."""
    about: str = ""
    """One line for lists of styles."""
    type: TypeStyle = TypeStyle()
    page: PageStyle = PageStyle()
    colour: StyleColours = StyleColours()
    sheet: SheetStyle = SheetStyle()
    wall: WallStyle = WallStyle()


def folders() -> tuple[Path, Path]:
    """Where styles lie: the person's own, which win, and the shipped ones."""
    return config_folder() / "styles" / "proof", shipped_styles() / "proof"


def names() -> list[str]:
    """Every style that can be named."""
    found = {file.stem for folder in folders() for file in folder.glob("*.toml")}
    return sorted(found - {"houses"})


def style(name: str) -> Style:
    """Reads a style by name, or by path.

    Raises:
        ProofError: there is none, or a key of it is wrong; the message names the key.
    """
    if name.endswith(".toml"):
        return _read(paths.expanded(name))
    for folder in folders():
        file = folder / f"{name}.toml"
        if "/" not in name and file.is_file():
            return _read(file)
    raise ProofError(
        f"There is no proof style {name!r}.",
        hint=f"Use one of {', '.join(names())}, or put {name}.toml into {folders()[0]}.",
    )


def _read(file: Path) -> Style:
    try:
        facts = regular_files.parse_toml(regular_files.read_text(file))
        return _validated(file, facts)
    except (OSError, UnicodeDecodeError) as error:
        raise ProofError(
            f"The proof style {file} can't be read: {regular_files.reason(error)}.",
            hint="docs/proof.md shows what a style file holds.",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ProofError(f"The proof style {file} is not TOML: {error}.") from error


def _validated(file: Path, facts: dict[str, object]) -> Style:
    try:
        return Style.model_validate({"name": file.stem, **facts})
    except ValidationError as error:
        raise ProofError(
            f"The proof style {file.name} has {error.error_count()} fault(s): "
            + "; ".join(faults(error))
            + ".",
            hint="docs/proof.md lists every key of a style.",
        ) from error


def faults(error: ValidationError) -> list[str]:
    """One line a fault: the key's path, what is wrong, what was found."""
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            lines.append(f"{key}: no such key")
        else:
            lines.append(f"{key}: {fault['msg'].lower()}, found {fault['input']!r}")
    return lines

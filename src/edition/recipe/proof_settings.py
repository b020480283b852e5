"""The ``[proof]`` table of a recipe."""

from typing import Annotated, Literal

from pydantic import Field

from edition.recipe.schema_base import SchemaTable

SideMm = Annotated[float, Field(ge=10.0, le=5000.0)]
"""The longer side of a print."""
Named = Annotated[str, Field(pattern=r"^[0-9a-f]{4,64}:[0-9]{1,19}$")]
"""A print by the first digits of its recipe's digest and its seed."""


class ProofSettings(SchemaTable):
    """How prints are laid out on paper and hung on a wall. Lengths in millimetres."""

    style: str = Field(default="gallery", min_length=1, max_length=200)
    """A proof style by name: a file in ``styles/proof/``; or the path of one."""
    font: str = Field(default="", max_length=1000)
    """A font family by name or a ``.ttf`` file; empty takes the style's."""
    paper: str = Field(default="A4", min_length=1, max_length=64)
    """A paper by name (``A4``, ``A3+``, ``16x20in``, ``square30``, ``roll24``), or by measure."""
    profile: str = Field(default="fogra39", min_length=1, max_length=1000)
    """The printing condition: ``fogra39``, or the print house's CMYK profile by path."""

    print_mm: SideMm = 300.0
    """The longer side of a print on the wall."""
    sizes: dict[str, SideMm] = Field(default_factory=dict)
    """Longer sides of single prints, by seed: ``sizes = { 7 = 500 }``."""
    mat_mm: float = Field(default=40.0, ge=0.0, le=500.0)
    """Width of the mat around a print."""
    frame_mm: float = Field(default=20.0, ge=0.0, le=200.0)
    """Width of the frame's moulding."""

    wall_width_mm: float = Field(default=0.0, ge=0.0, le=200000.0)
    """0: as wide as the hang asks for, and 4000 at least."""
    wall_height_mm: float = Field(default=2800.0, ge=300.0, le=20000.0)
    """From the floor to the ceiling or the rail."""
    centre_line_mm: float = Field(default=1500.0, ge=100.0, le=10000.0)
    """Height of the hang's centre above the floor."""
    gap_mm: float = Field(default=80.0, ge=0.0, le=5000.0)
    """Between two frames."""
    corner_mm: float = Field(default=200.0, ge=0.0, le=5000.0)
    """Free wall between a corner and the first frame, at least."""
    hook_drop_mm: float = Field(default=50.0, ge=0.0, le=1000.0)
    """From a frame's upper edge down to its hook."""
    figure_mm: float = Field(default=1720.0, ge=0.0, le=2500.0)
    """Height of the person beside the wall; 0 leaves the person out."""
    hang: Literal["row", "grid", "salon"] = "row"
    """How frames stand together: in one row, in rows and columns, or packed."""
    columns: int = Field(default=0, ge=0, le=200)
    """Of a grid; 0 finds a good number."""
    sequence: Literal["given", "look", "hand"] = "given"
    """``given``: as starred; ``look``: neighbours alike; ``hand``: the seeds of ``order``."""
    order: tuple[int | Named, ...] = ()
    """Seeds in the order they hang, ``"1a2b3c4d:7"`` where two recipes have one; others follow."""

    plate_paper: str = Field(default="fit", min_length=1, max_length=64)
    """Paper of plates; ``fit`` is the cut size with room for its marks. Rolls are nested."""
    bleed_mm: float = Field(default=3.0, ge=0.0, le=20.0)
    """How far a plate's picture reaches over the cut."""
    border_mm: float = Field(default=0.0, ge=0.0, le=500.0)
    """White paper around a plate's picture, inside of the cut; 0 prints to the edge."""
    ppi_least: float = Field(default=150.0, ge=36.0, le=2400.0)
    """Pixels an inch below which a placement is an error."""
    ppi_good: float = Field(default=240.0, ge=36.0, le=2400.0)
    """Pixels an inch below which a placement is warned of."""
    edition_size: int = Field(default=10, ge=1, le=1000)
    """How many numbered prints of one picture and size there may be."""

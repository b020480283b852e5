"""The ``[proof]`` table of a recipe."""

from pydantic import Field

from edition.recipe.base import Part


class Proofing(Part):
    """How prints are laid out on paper and hung on a wall. Lengths in millimetres."""

    style: str = Field(default="gallery", min_length=1, max_length=64)
    """A proof style by name: a file in ``styles/proof/``."""
    paper: str = Field(default="A4", min_length=1, max_length=64)
    """A paper by name, or WIDTHxHEIGHT in millimetres."""
    print_mm: float = Field(default=300.0, ge=10.0, le=5000.0)
    """The longer side of a print on the wall."""
    wall_width_mm: float = Field(default=4000.0, ge=300.0, le=200000.0)
    wall_height_mm: float = Field(default=2800.0, ge=300.0, le=20000.0)
    centre_line_mm: float = Field(default=1500.0, ge=100.0, le=10000.0)
    """Height of the prints' centres above the floor."""
    gap_mm: float = Field(default=80.0, ge=0.0, le=5000.0)
    """Between two frames."""
    mat_mm: float = Field(default=40.0, ge=0.0, le=500.0)
    """Width of the mat around a print."""
    frame_mm: float = Field(default=20.0, ge=0.0, le=200.0)
    """Width of the frame's moulding."""

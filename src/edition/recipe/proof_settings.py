"""The ``[proof]`` table of a recipe."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from edition.recipe.schema_base import SchemaTable

SideMm = Annotated[float, Field(ge=10.0, le=5000.0)]
"""The longer side of a print."""
Named = Annotated[str, Field(pattern=r"^[0-9a-f]{4,64}:[0-9]{1,19}$")]
"""A print by the first digits of its recipe's digest and its seed."""


class Opening(SchemaTable):
    """What nothing hangs over: a door, a window, a socket. Lengths in millimetres."""

    kind: Literal["door", "window", "socket", "panel"] = "door"
    """``door``, ``window``, ``socket`` or ``panel``."""
    x_mm: float = Field(ge=0.0, le=200000.0)
    """Its left edge, from the wall's left corner."""
    width_mm: float = Field(gt=0.0, le=200000.0)
    """Its width."""
    y_mm: float = Field(default=0.0, ge=0.0, le=20000.0)
    """Its lower edge, from the floor."""
    height_mm: float = Field(default=2050.0, gt=0.0, le=20000.0)
    """Its height."""

    @model_validator(mode="after")
    def _doors_stand_on_the_floor(self) -> "Opening":
        if self.kind == "door" and self.y_mm:
            raise ValueError(
                'a door stands on the floor: say kind = "window", "socket" or "panel", or y_mm = 0'
            )
        return self


class WallPlan(SchemaTable):
    """One wall of a show of several."""

    name: str = Field(min_length=1, max_length=100)
    """As it is on plans and lists."""
    width_mm: float = Field(ge=300.0, le=200000.0)
    """From corner to corner."""
    height_mm: float = Field(default=0.0, ge=0.0, le=20000.0)
    """0 takes ``wall_height_mm``."""
    works: int = Field(default=0, ge=0, le=10000)
    """How many prints hang here; walls with 0 share what is left."""
    turn: float = Field(default=90.0, ge=-180.0, le=180.0)
    """Degrees that the next wall turns to the right of this one, for the floor plan."""
    openings: tuple[Opening, ...] = ()
    """Doors, windows, sockets."""


class ProofSettings(SchemaTable):
    """How prints are laid out on paper and hung on a wall. Lengths in millimetres."""

    style: str = Field(default="gallery", min_length=1, max_length=200)
    """A proof style by name: a file in ``styles/proof/``; or the path of one."""
    font: str = Field(default="", max_length=1000)
    """A font family by name or a ``.ttf`` file; empty takes the style's."""
    paper: str = Field(default="A4", min_length=1, max_length=64)
    """A paper by name (``A4``, ``A3+``, ``16x20in``, ``square30``, ``roll24``), or by measure."""
    units: Literal["mm", "in"] = "mm"
    """``mm``: whole millimetres; ``in``: inches to the sixteenth, on walls and lists."""
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
    two_hooks_mm: float = Field(default=800.0, ge=0.0, le=20000.0)
    """Frames this wide or wider hang on two hooks; 0 gives every frame one."""
    spacing: Literal["gap", "even"] = "gap"
    """Of a row: ``gap`` between frames, or spread ``even`` over a wall of a given width."""
    align: Literal["centre", "top", "bottom"] = "centre"
    """Of a row: which of the frames' lines run on."""
    walls: tuple[WallPlan, ...] = ()
    """Several walls, from left to right through the show; empty hangs all on one."""
    figure_mm: float = Field(default=1720.0, ge=0.0, le=2500.0)
    """Height of the person beside the wall; 0 leaves the person out."""
    hang: Literal["row", "grid", "salon"] = "row"
    """How frames are arranged: in one row, in rows and columns, or packed."""
    columns: int = Field(default=0, ge=0, le=200)
    """Of a grid; 0 finds a good number."""
    sequence: Literal["given", "look", "hand"] = "given"
    """``given``: as starred; ``look``: neighbours alike; ``hand``: the seeds of ``order``."""
    order: tuple[int | Named, ...] = ()
    """Seeds in the order they hang, ``"1a2b3c4d:7"`` where two recipes have one; others follow."""

    plate_paper: str = Field(default="fit", min_length=1, max_length=64)
    """Paper of plates; ``fit`` is the cut size with room for its marks. Rolls are nested."""
    bleed_mm: float = Field(default=3.0, ge=0.0, le=60.0)
    """How far a plate's picture reaches over the cut: 3 for paper, 40 to 60 around a stretcher."""
    wrap: Literal["enlarge", "mirror", "stretch"] = "enlarge"
    """What the bleed shows: the picture enlarged, or its edge mirrored or stretched (canvas)."""
    nest: bool = False
    """Several plates on one sheet of ``plate_paper``; on rolls they always share it."""
    border_mm: float = Field(default=0.0, ge=0.0, le=500.0)
    """White paper around a plate's picture, inside of the cut; 0 prints to the edge."""
    mount_mm: float = Field(default=0.0, ge=0.0, le=500.0)
    """White paper around that, for a mat to cover or hinges to hold; ticks show where it begins."""
    deckle: bool = False
    """Plates on whole sheets of ``plate_paper`` that keep their edges: no marks, nothing is cut."""
    ppi_least: float = Field(default=150.0, ge=36.0, le=2400.0)
    """Pixels an inch below which a placement is an error."""
    ppi_good: float = Field(default=240.0, ge=36.0, le=2400.0)
    """Pixels an inch below which a placement is warned of."""
    edition_size: int = Field(default=10, ge=1, le=1000)
    """How many numbered prints of one picture and size there may be."""
    certificate_buyer: bool = False
    """Print a number's buyer and place on its certificate; the register keeps them anyway."""
    screen: bool = False
    """Small files to mail: pictures as JPEG of 150 pixels an inch at most."""

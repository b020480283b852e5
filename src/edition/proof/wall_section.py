"""A part of a wall on a page: where what is measured on the wall is drawn."""

from dataclasses import dataclass, field

from edition.proof.paper_sizes import Box


@dataclass(slots=True)
class WallSection:
    """A part of a wall on a page."""

    start: float
    """Where on the wall the part begins."""
    end: float
    scale: float
    """Real millimetres to one of the layout."""
    x: float
    """The part's left edge on the page."""
    y: float
    """The floor on the page."""
    below: float = 15.5
    """From the floor down to the chain of distances."""
    skipped: list[str] = field(default_factory=list)
    """What had no room: the list has it."""
    told: dict[str, list[str]] = field(default_factory=dict)
    """Kind and measures of openings too small to hold them, and where each is: they stand below."""

    def place(self, box: Box) -> Box:
        """A box on the wall as a box on the page."""
        return Box(
            self.x + (box.x - self.start) / self.scale,
            self.y + box.y / self.scale,
            box.width / self.scale,
            box.height / self.scale,
        )

    def across(self, x: float) -> float:
        """Where a distance from the left corner is on the page."""
        return self.x + (x - self.start) / self.scale

    def up(self, y: float) -> float:
        """Where a height above the floor is on the page."""
        return self.y + y / self.scale

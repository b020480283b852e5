"""A person's silhouette, one unit high, standing at x = 0 on y = 0. Own drawing."""

from edition.proof.pdf_document import PdfDocument

_HALF: tuple[tuple[float, ...], ...] = (
    (-0.024, 0.855, -0.060, 0.846, -0.104, 0.824),
    (-0.130, 0.808, -0.136, 0.740, -0.143, 0.655),
    (-0.150, 0.580, -0.152, 0.520, -0.148, 0.472),
    (-0.146, 0.440, -0.126, 0.438, -0.124, 0.470),
    (-0.122, 0.545, -0.114, 0.630, -0.096, 0.712),
    (-0.092, 0.672, -0.088, 0.640, -0.086, 0.606),
    (-0.088, 0.560, -0.101, 0.535, -0.102, 0.480),
    (-0.104, 0.400, -0.092, 0.330, -0.087, 0.270),
    (-0.084, 0.170, -0.072, 0.100, -0.066, 0.036),
    (-0.080, 0.022, -0.092, 0.012, -0.090, 0.000),
    (-0.030, 0.000),
    (-0.032, 0.036),
    (-0.026, 0.120, -0.030, 0.200, -0.024, 0.270),
    (-0.020, 0.350, -0.010, 0.410, 0.000, 0.455),
)
"""The left outline from the neck down to the middle, as lines and Bézier curves."""
_NECK = (-0.023, 0.890)
_SLIM = 0.9
_HEAD = 0.0455, 0.0615, 0.9385
"""Half width, half height and middle of the head."""


def width(height: float) -> float:
    """How much room a person of a height takes."""
    return height * 0.31 * _SLIM


def draw(book: PdfDocument, x: float, floor: float, height: float) -> None:
    """Draws the person with both feet on the floor."""

    def at(part: tuple[float, ...]) -> list[float]:
        return [
            x + v * height * _SLIM if i % 2 == 0 else floor + v * height for i, v in enumerate(part)
        ]

    ink = book.style.colour.figure
    start = at(_NECK)
    outline = [at(part) for part in (*_HALF, *_mirrored())]
    book.shape((start[0], start[1]), outline, ink)
    across, down, middle = _HEAD
    k = 0.5523  # a quarter circle as a Bézier curve
    quarters = (
        (across, middle + down * k, across * k, middle + down, 0, middle + down),
        (-across * k, middle + down, -across, middle + down * k, -across, middle),
        (-across, middle - down * k, -across * k, middle - down, 0, middle - down),
        (across * k, middle - down, across, middle - down * k, across, middle),
    )
    side = at((across, middle))
    book.shape((side[0], side[1]), [at(part) for part in quarters], ink)


def _mirrored() -> list[tuple[float, ...]]:
    """The right outline from the middle up to the neck."""
    starts = [_NECK, *(part[-2:] for part in _HALF)]
    pieces: list[tuple[float, ...]] = []
    for start, part in zip(reversed(starts[:-1]), reversed(_HALF), strict=True):
        if len(part) == 2:
            pieces.append((-start[0], start[1]))
        else:
            pieces.append((-part[2], part[3], -part[0], part[1], -start[0], start[1]))
    return pieces

"""Looks for what would go wrong on paper, before anything is written."""

from edition.proof.hang import Wall
from edition.recipe.proofing import Proofing


def hung(wall: Wall, settings: Proofing) -> tuple[str, ...]:
    """Warnings about prints too coarse for the size they hang at."""
    warnings = []
    for one in wall.hung:
        picture = one.framed.picture
        ppi = picture.width / one.framed.print_size.width * 25.4
        if ppi < settings.ppi_good:
            warnings.append(
                f"{picture.name}: {ppi:.0f} ppi at {one.framed.print_size.width:.0f} mm,"
                f" needs an upscale ×{settings.ppi_good / ppi:.1f}"
            )
    return tuple(warnings)

"""Pixels an inch on paper: what is too coarse, and the enlargement that would do."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from edition.proof.findings import Finding, SizedPrint, names, seen
from edition.proof.paper_sizes import INCH_MM, length
from edition.proof.plate import Plate, laid
from edition.recipe.proof_settings import ProofSettings
from edition.recipe.upscale_settings import MOST_SCALE

if TYPE_CHECKING:
    from edition.proof.document_model import ProofPrint


def resolution(
    placed: Sequence[SizedPrint], settings: ProofSettings, *, stop: bool
) -> list[Finding]:
    """Checks pixels an inch of every placement as it is laid out, with its bleed.

    Args:
        placed: prints at their sizes.
        settings: the least and the good pixels an inch.
        stop: less than the least is an error; else a warning, as all below the good is.

    Returns:
        One finding for all prints of which the same is said, and what ``detail`` finds.
    """
    alike: dict[tuple[str, bool], list[ProofPrint]] = {}
    for one in placed:
        plate = laid(one.picture, seen(one), settings)
        if plate.ppi < settings.ppi_good:
            coarse = stop and plate.ppi < settings.ppi_least
            told = _coarse(plate, settings, stop=coarse)
            alike.setdefault((told, coarse), []).append(one.picture)
    hint = "Upscale it, print it smaller, or lower [proof] ppi_least."
    found = [
        Finding("error" if coarse else "warning", f"{names(group)}: {told}", hint if coarse else "")
        for (told, coarse), group in alike.items()
    ]
    return found + detail(placed, settings)


def told_ppi(ppi: float) -> str:
    """Pixels an inch in words, never rounded up: ``239.9`` is not the 240 that were asked for."""
    return f"{math.floor(ppi * 10 + 1e-6) / 10:g}"


def _coarse(plate: Plate, settings: ProofSettings, *, stop: bool) -> str:
    """What is said of a print with few pixels; every size in it is reckoned with its bleed."""
    size, units = plate.print_size, settings.units
    bleed = " with its bleed" if size.width > plate.cut.width + 0.05 else ""
    at = length(max(size.width, size.height), units, named=True) + bleed
    told = f"{told_ppi(plate.ppi)} ppi at {at}, needs an upscale {_scale(plate, settings)}"
    if not stop:
        return told
    most = _largest(plate, plate.ppi / settings.ppi_least, units)
    smaller = f", which it has up to {most}" if most else ""
    return f"{told}; too large for this file: {settings.ppi_least:g} ppi is the least{smaller}"


def _scale(plate: Plate, settings: ProofSettings) -> str:
    """The scale to type: of the picture as it was made, whatever enlargement is on paper now."""
    picture = plate.picture
    native = picture.native_width or picture.width
    shorter = min(native, picture.height * native / picture.width)
    present = picture.width / native
    tenths = math.ceil(present * settings.ppi_good / plate.ppi * 10 - 1e-9)
    # Whole pixels are made: the half that may be lost must not bring it below again.
    least = min(picture.width, picture.height) * settings.ppi_good / plate.ppi
    while math.floor(shorter * tenths / 10) < least - 1e-6:
        tenths += 1
    if tenths <= MOST_SCALE * 10:
        return f"with --scale {tenths / 10:g}"
    best = plate.ppi * MOST_SCALE / present
    most = _largest(plate, best / settings.ppi_good, settings.units)
    smaller = f", or a size up to {most}" if most else ""
    return f"beyond --scale {MOST_SCALE:g}, the maximum, which gives {told_ppi(best)} ppi{smaller}"


def _largest(plate: Plate, share: float, units: str) -> str:
    """The longer side, as it is seen, of a print that is laid out at a share of its size."""
    laid_out, short = (min(size.width, size.height) for size in (plate.print_size, plate.cut))
    side = (laid_out * share - (laid_out - short)) * max(plate.cut.width, plate.cut.height) / short
    return length(math.floor(side + 1e-6), units, named=True) if side >= 1 else ""


def detail(placed: Iterable[SizedPrint], settings: ProofSettings) -> list[Finding]:
    """Interpolated prints that look softer than their pixels say: drawn detail below the least.

    It is reckoned at the size that is seen, on plates and on lists alike.
    """
    alike: dict[tuple[str, int, int], list[ProofPrint]] = {}
    for one in placed:
        picture, size = one.picture, seen(one)
        ppi = math.floor(picture.drawn_width / size.width * INCH_MM)
        if 0 < picture.drawn_width < picture.width and ppi < settings.ppi_least:
            key = picture.upscaler, ppi, round(max(size.width, size.height))
            alike.setdefault(key, []).append(picture)
    return [
        Finding(
            "warning",
            f"{names(group)}: enlarged by {upscaler}: {ppi} ppi of drawn detail at"
            f" {length(side, settings.units, named=True)}",
            "It will look soft. Look at a proof strip first, print it smaller, or enlarge it by a"
            " method that draws detail.",
        )
        for (upscaler, ppi, side), group in alike.items()
    ]

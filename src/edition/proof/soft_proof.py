"""How a print will look in a printing condition, and which of its colours that can't reach."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from edition.errors import ProofError
from edition.proof import icc_profiles, png_passthrough

SIDE = 512
"""Soft proofs are made of a copy this large: littlecms checks a gamut in 1 s here, 17 s at 2048."""
INTENTS = {
    "perceptual": ImageCms.Intent.PERCEPTUAL,
    "relative": ImageCms.Intent.RELATIVE_COLORIMETRIC,
    "saturation": ImageCms.Intent.SATURATION,
    "absolute": ImageCms.Intent.ABSOLUTE_COLORIMETRIC,
}
ALARM = (255, 0, 200)
"""What unreachable colours are painted with in a warning."""
GAMUT_STEP = 6
"""A colour is out of reach where a trip to the printer and back moves a channel by more."""


@dataclass(frozen=True, slots=True)
class SoftProof:
    """A picture as it will print."""

    image: Image.Image
    """RGB, at most 512 pixels a side."""
    warning: Image.Image
    """The same with unreachable colours painted over."""
    out_of_gamut: float
    """Share of pixels that can't be reached, 0 to 1."""
    ink: float
    """Maximum ink coverage (TAC), percent of all four together; 0 for an RGB profile."""


def soft_proof(file: Path, profile: str = "fogra39", intent: str = "relative") -> SoftProof:
    """Simulates a print of a picture under a profile.

    Args:
        file: the picture.
        profile: ``fogra39``, or the path of the printer's profile, CMYK or RGB.
        intent: one of INTENTS.

    Raises:
        ProofError: the picture or the profile can't be used, or there is no such intent.
    """
    if intent not in INTENTS:
        raise ProofError(
            f"There is no rendering intent {intent!r}.", hint=f"Use one of {', '.join(INTENTS)}."
        )
    target = icc_profiles.load(profile)
    if target.space == "GRAY":
        raise ProofError(
            f"The profile {profile} is grey; a soft proof needs CMYK or RGB.",
            hint="Use the profile of the paper and the printer.",
        )
    small = png_passthrough.flat(file)
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    paper = _converted(small, target, intent)
    shown = _seen(paper, target, "absolute" if intent == "absolute" else "relative")
    lost = _unreachable(small, target)
    warning = np.asarray(shown).copy()
    warning[lost] = ALARM
    ink = 0.0
    if target.space == "CMYK":
        ink = float(np.asarray(paper, dtype=np.float64).sum(axis=2).max() / 255 * 100)
    return SoftProof(shown, Image.fromarray(warning), float(lost.mean()), ink)


def _opened(profile: icc_profiles.IccProfile) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile.data))


def _converted(image: Image.Image, target: icc_profiles.IccProfile, intent: str) -> Image.Image:
    """To the printer's own channels."""
    try:
        made = ImageCms.profileToProfile(
            image,
            _opened(icc_profiles.srgb()),
            _opened(target),
            renderingIntent=INTENTS[intent],
            outputMode="CMYK" if target.space == "CMYK" else "RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError as error:
        raise ProofError(
            f"The profile {target.name} can't convert to its printer ({error}).",
            hint="It may lack a table for this intent; try another, or another profile.",
        ) from error
    assert made is not None
    return made


def _seen(paper: Image.Image, target: icc_profiles.IccProfile, intent: str) -> Image.Image:
    """Back from the printer's channels to a screen."""
    made = ImageCms.profileToProfile(
        paper, _opened(target), _opened(icc_profiles.srgb()), renderingIntent=INTENTS[intent],
        outputMode="RGB",
    )  # fmt: skip
    assert made is not None
    return made


def _unreachable(
    image: Image.Image, target: icc_profiles.IccProfile
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Pixels that do not come back from a colorimetric trip to the printer."""
    there = ImageCms.profileToProfile(
        image, _opened(icc_profiles.srgb()), _opened(target),
        renderingIntent=INTENTS["relative"],
        outputMode="CMYK" if target.space == "CMYK" else "RGB",
    )  # fmt: skip
    assert there is not None
    back = np.asarray(_seen(there, target, "relative"), dtype=np.int16)
    away = np.abs(back - np.asarray(image, dtype=np.int16)).max(axis=2)
    lost: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = away > GAMUT_STEP
    return lost

"""The ``[upscale]`` table of a recipe."""

from typing import Literal

from pydantic import Field

from edition.recipe.base import Part

ColourFix = Literal["none", "adain", "wavelet"]


class Upscale(Part):
    """How starred prints are enlarged. SUPIR's names are those of its command line."""

    method: str = Field(default="lanczos", min_length=1, max_length=64)
    """An upscaler by name: see ``edition upscale --list``."""
    scale: float = Field(default=4.0, ge=1.0, le=16.0)
    """Width and height are multiplied by this."""
    model: str = ""
    """A model file, for methods that need one."""
    edm_steps: int = Field(default=30, ge=1, le=1000)
    """SUPIR: denoising steps."""
    s_cfg: float = Field(default=3.0, ge=0.0, le=30.0)
    """SUPIR: guidance where the noise ends."""
    s_stage1: float = Field(default=-1.0, ge=-1.0, le=100.0)
    """SUPIR: exponent of the pull towards the stage-1 image; -1 turns it off."""
    control_scale: float = Field(default=0.9, ge=0.0, le=2.0)
    """SUPIR: weight of the source image; 1 is closest to it."""
    color_fix: ColourFix = "wavelet"
    """SUPIR: where the colours come from."""
    positive: str = Field(default="sharp textures, fine grain, rich color depth", max_length=4000)
    negative: str = Field(default="blurry, low quality, jpeg artifacts", max_length=4000)

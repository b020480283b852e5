"""The ``[upscale]`` table of a recipe."""

from typing import Literal

from pydantic import Field

from edition.recipe.schema_base import SchemaTable

ColourFix = Literal["none", "adain", "wavelet", "lab"]
Choice = Literal["auto", "always", "never"]
Memory = Literal["auto", "roomy", "lean", "small", "tight", "stream"]
MOST_SCALE = 16.0
"""Most that a picture is enlarged by."""


class UpscaleSettings(SchemaTable):
    """How starred prints are enlarged. SUPIR's names are those of its command line."""

    method: str = Field(default="lanczos", min_length=1, max_length=64)
    """An upscaler by name: see ``edition upscale --list``.

    ``pocket-supir`` takes scale and memory from this table; its sampling has numbers of its own.
    """
    scale: float = Field(default=4.0, ge=1.0, le=MOST_SCALE)
    """Width and height are multiplied by this."""
    model: str = ""
    """A model file, for methods that need one."""

    supir_file: str = Field(default="", max_length=1000)
    """SUPIR: a SUPIR-v0Q or v0F file, ``.ckpt`` or ``.safetensors``.

    Empty takes the path in the environment variable EDITION_SUPIR_FILE.
    """
    sdxl_file: str = Field(default="", max_length=1000)
    """SUPIR: an SDXL checkpoint: one ``.safetensors``, a diffusers folder, or a pulled hub id.

    Empty takes the path in the environment variable EDITION_SDXL_FILE.
    """
    edm_steps: int = Field(default=30, ge=1, le=1000)
    """SUPIR: denoising steps."""
    s_cfg: float = Field(default=3.0, ge=0.0, le=30.0)
    """SUPIR: guidance where the noise ends."""
    linear_cfg: bool = True
    """SUPIR: guidance changes with the noise; else it is ``s_cfg`` throughout."""
    spt_linear_cfg: float = Field(default=1.0, ge=0.0, le=30.0)
    """SUPIR: guidance at the highest noise, with ``linear_cfg``."""
    s_stage1: float = Field(default=-1.0, ge=-1.0, le=100.0)
    """SUPIR: exponent of the pull towards the stage-1 image; 0 or less turns it off."""
    restore_cfg_s_tmin: float = Field(default=0.05, ge=0.0, le=15.0)
    """SUPIR: the pull ends where the next noise level is not above this."""
    control_scale: float = Field(default=0.9, ge=0.0, le=2.0)
    """SUPIR: weight of the source image, ``s_stage2`` there; 1 is closest to it."""
    linear_s_stage2: bool = False
    """SUPIR: the weight of the source changes with the noise."""
    spt_linear_s_stage2: float = Field(default=0.0, ge=0.0, le=2.0)
    """SUPIR: that weight at the highest noise, with ``linear_s_stage2``."""
    s_churn: float = Field(default=5.0, ge=0.0, le=1000.0)
    """SUPIR: fresh noise, in all steps together; 0 turns it off."""
    s_noise: float = Field(default=1.01, ge=0.0, le=2.0)
    """SUPIR: gain of the fresh noise; 1.003 is milder."""
    color_fix: ColourFix = "wavelet"
    """SUPIR and SeedVR2: how the colours are kept, of the stage-1 image or of the source."""
    min_size: int = Field(default=1024, ge=64, le=8192)
    """SUPIR: pixels; a picture whose smaller side would end below is worked on at this size."""
    positive: str = Field(default="sharp textures, fine grain, rich color depth", max_length=4000)
    """SUPIR: put after the print's own prompt and a comma."""
    negative: str = Field(default="blurry, low quality, jpeg artifacts", max_length=4000)
    """SUPIR: what is asked against."""

    seedvr2_file: str = Field(default="", max_length=1000)
    """SeedVR2: the transformer, 3B or 7B, ``.safetensors`` or ``.pth``.

    Empty takes the path in the environment variable EDITION_SEEDVR2_FILE, or what
    ``edition models pull seedvr2-3b`` has fetched.
    """
    seedvr2_vae_file: str = Field(default="", max_length=1000)
    """SeedVR2: its autoencoder; empty takes EDITION_SEEDVR2_VAE_FILE, or ema_vae beside it."""
    seedvr2_text_file: str = Field(default="", max_length=1000)
    """SeedVR2: its encoded prompt; empty takes EDITION_SEEDVR2_TEXT_FILE, or pos_emb beside it."""
    seedvr2_noise: float = Field(default=0.0, ge=0.0, le=1.0)
    """SeedVR2: noise in what it sees of the source; more hides the source's own faults."""

    diff_dtype: Literal["auto", "float32", "float16", "bfloat16", "float8"] = "auto"
    """Precision of the networks; ``auto`` is float16 (SUPIR) or bfloat16 (SeedVR2) on CUDA,
    float32 elsewhere.

    ``float8`` stores the weights in 8 bit and computes in bfloat16: smaller, and not the same
    picture.
    """
    ae_dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision of the autoencoder; ``auto`` is bfloat16 on CUDA, float32 elsewhere."""
    memory: Memory = "auto"
    """How memory is spent; ``auto`` chooses by what is free: see docs/supir.md."""
    tiled: Choice = "auto"
    """Work on a part of the latent at a time; ``auto`` only where memory asks for it.

    SUPIR samples in overlapping windows then, which is another picture; SeedVR2's is the same.
    """
    latent_tile: int = Field(default=128, ge=16, le=1024, multiple_of=4)
    """SUPIR: side of a window, latent pixels; 8 times as many pixels."""
    latent_stride: int = Field(default=64, ge=4, le=1024, multiple_of=4)
    """SUPIR: from one window to the next, latent pixels."""
    vae_strips: Choice = "auto"
    """Run the autoencoder in strips; the picture is the same up to rounding."""
    vae_rows: int = Field(default=16, ge=1, le=1024)
    """Rows of the latent to a strip; 8 times as many pixels."""

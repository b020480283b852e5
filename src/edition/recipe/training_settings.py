"""The ``[training]`` table of a recipe: how a model is bent towards a few pictures.

The defaults are the recipe that this program began with: a full fine-tune on some eight
pictures, text encoder included, nothing pulling back. None of it is in the digest of a print:
a trained model has a fingerprint of its own.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from edition.recipe.schema_base import SchemaTable
from edition.recipe.seeds import parse_seeds

Rate = Annotated[float, Field(gt=0.0, le=1.0)]
Steps = Annotated[int, Field(ge=1, le=1_000_000)]


class InversionSettings(SchemaTable):
    """Textual inversion: a new word for a frozen model (Gal et al. 2022)."""

    token: str = Field(default="<look>", min_length=1, max_length=60, pattern=r"^\S+$")
    """The new word, as prompts will say it."""
    initializer: str = Field(default="painting", min_length=1, max_length=60)
    """The word that the new one starts from."""
    vectors: int = Field(default=1, ge=1, le=32)
    """Tokens that the new word stands for: more say more, and fit worse into a prompt."""
    kind: Literal["style", "object"] = "style"
    """Which of the paper's sentences the word is trained in."""
    learning_rate: Rate = 2e-3
    """Of the new word's vectors; nothing else changes. The published command's 5e-4 is raised to
    this by its ``--scale_lr``, for four pictures a step."""
    steps: Steps = 3000
    """How long to train."""
    batch: int = Field(default=4, ge=1, le=256)
    """Pictures a step."""


class LrGridSettings(SchemaTable):
    """The map of learning rate against steps."""

    rates: tuple[Rate, ...] = Field(default=(1e-6, 2e-6, 4e-6), min_length=1, max_length=12)
    """One run each."""
    counts: tuple[Steps, ...] = Field(
        default=(400, 800, 1200, 1600, 2000), min_length=1, max_length=20
    )
    """One checkpoint of every run each."""
    seeds: str = "1..4"
    """Drawn in every cell and by the base model."""


class TrainingSettings(SchemaTable):
    """How a model is trained on a folder of pictures."""

    images: str = Field(default="", max_length=1000)
    """Folder of pictures; a relative path starts in the edition's folder."""
    prompt: str = Field(default="a photo of sks person", max_length=1000)
    """What every picture is called while training."""
    learning_rate: Rate = 2e-6
    """Of UNet and text encoder; with the steps it is a narrow corridor: edition corridor."""
    steps: Steps = 1200
    """How long to train."""
    batch: int = Field(default=1, ge=1, le=256)
    """Pictures a step and device."""
    accumulation: int = Field(default=1, ge=1, le=1024)
    """Batches whose gradients make one step."""
    resolution: int = Field(default=512, ge=32, le=2048, multiple_of=8)
    """Pixels on a side of what the model sees."""
    crop: Literal["centre", "pad"] = "centre"
    """What happens to pictures that are not square."""
    flip: bool = False
    """Mirror half of the pictures; then latents are not cached."""
    train_text_encoder: bool = True
    """Bend what words mean, too."""
    optimizer: Literal["adamw8bit", "adamw"] = "adamw8bit"
    """``adamw8bit`` is bitsandbytes' where it works, else torch's AdamW takes its place."""
    weight_decay: float = Field(default=1e-2, ge=0.0, le=1.0)
    """Of AdamW."""
    max_grad_norm: float = Field(default=1.0, gt=0.0)
    """Longer gradients are cut to this."""
    schedule: Literal["constant", "constant_with_warmup", "linear", "cosine"] = "constant"
    """How the learning rate changes over the steps."""
    warmup: int = Field(default=0, ge=0)
    """Steps until the full learning rate, for schedules that have it."""
    precision: Literal["auto", "no", "fp16", "bf16"] = "auto"
    """Mixed precision; ``auto`` is fp16 on CUDA, and none elsewhere."""
    gradient_checkpointing: bool = False
    """Compute activations twice instead of keeping them: a third slower, far less memory."""
    cache_latents: bool = True
    """Encode each picture once, and let the autoencoder go."""
    ema: bool = False
    """Keep a running mean of the UNet's weights and save that."""
    ema_decay: float = Field(default=0.999, ge=0.0, lt=1.0)
    """How slowly the running mean follows."""
    prior: bool = False
    """Prior preservation: off, because it holds the model back from drifting, which is the point.

    Turn it on for a likeness that should leave the rest of the model alone.
    """
    prior_prompt: str = Field(default="a photo of a person", max_length=1000)
    """What the pictures that hold the model back show."""
    prior_images: int = Field(default=100, ge=1, le=10_000)
    """How many of them; those missing are drawn by the base model."""
    prior_weight: float = Field(default=1.0, ge=0.0, le=100.0)
    """How strongly they hold."""
    prior_folder: str = Field(default="", max_length=1000)
    """Where they are; empty keeps drawn ones beside the run."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Of order, noise and timesteps."""
    deterministic: bool = True
    """The same weights from every run on one device; off is a little faster on CUDA."""
    checkpoint_every: Steps = 400
    """Steps between checkpoints; the last step always is one."""
    sample_every: Steps = 200
    """Steps between samples; step 0 and the last step are sampled, too."""
    sample_seeds: str = "1..4"
    """Drawn with the edition's prompt and sampling each time."""
    inversion: InversionSettings = InversionSettings()
    corridor: LrGridSettings = LrGridSettings()

    @model_validator(mode="after")
    def _seeds_are_seeds(self) -> "TrainingSettings":
        parse_seeds(self.sample_seeds)
        parse_seeds(self.corridor.seeds)
        return self

    def as_inversion(self) -> "TrainingSettings":
        """The same training with the learning rate, steps and batch of the inversion."""
        own = self.inversion
        return self.model_copy(
            update={"learning_rate": own.learning_rate, "steps": own.steps, "batch": own.batch}
        )

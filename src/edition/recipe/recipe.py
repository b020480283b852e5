"""A recipe: the validated content of an edition file, and its digest.

What changes pixels is in the digest; what does not, is not. Fields that were added after the
first release are left out of the digest while they hold their neutral value, so that prints
made before keep their name.
"""

import hashlib
import json
import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from edition.recipe.proof_settings import ProofSettings
from edition.recipe.schema_base import SchemaTable
from edition.recipe.seeds import parse_seeds
from edition.recipe.training_settings import TrainingSettings
from edition.recipe.upscale_settings import UpscaleSettings
from edition.recipe.work_settings import EVERY, WorkKey, WorkSettings

SAMPLERS = (
    "ddim", "ddpm", "euler", "euler_a", "heun", "lms", "pndm", "dpm2", "dpm2_a",
    "dpmpp_2m", "dpmpp_2m_karras", "dpmpp_2m_sde", "unipc", "deis", "native",
)  # fmt: skip
"""Sampler names; ``native`` keeps the scheduler that the model ships."""

PRINT_NAME = re.compile(r"([a-z0-9][a-z0-9._-]{0,63}):([0-9a-f]{64}):([0-9]{1,19})")
"""A print of the library: edition, digest and seed."""
Scalar = bool | int | float | str
Text = Annotated[str, Field(max_length=100_000)]


class Lora(SchemaTable):
    """A low-rank adapter and its weight."""

    file: str = Field(min_length=1)
    weight: float = Field(default=1.0, ge=-4.0, le=4.0)


class ModelRef(SchemaTable):
    """Which model makes the prints."""

    base: str = Field(default="pocket", min_length=1, max_length=1000)
    """``pocket``, a hub id, a diffusers folder, or one ``.safetensors`` file.

    A path is taken from the edition's own folder, then from the working folder.
    """
    revision: str = Field(default="", max_length=100)
    """Commit or tag of a hub id."""
    embeddings: tuple[str, ...] = ()
    """Textual-inversion files; their words can be used in prompts. A file without a word of its own
    has its file's name."""
    loras: tuple[Lora, ...] = ()
    """Low-rank adapters: tables with ``file`` and ``weight``; they need the extra ``lora``."""
    network: str = Field(default="", max_length=1000)
    """A file, ``.gguf`` or ``.safetensors``, whose weights take the place of the network of a
    folder or hub id under ``base``; GGUF needs the extra ``quantised``."""
    quantise: Literal["", "float8", "int8", "nf4"] = ""
    """Keeps the network in fewer bits: less memory, slightly other pictures. ``float8`` needs no
    package; ``int8`` (torchao) and ``nf4`` (bitsandbytes, on CUDA) need the extra ``quantised``."""


class Prompt(SchemaTable):
    """What is asked for, and what is asked against."""

    positive: Text = "monumental, dramatic, atmospheric, transcendent"
    """What is asked for: vague on purpose, if you like."""
    negative: Text = ""
    """What is asked against."""
    syntax: Literal["plain", "a1111"] = "plain"
    """``a1111`` reads ``(word:1.3)``, ``[word]`` and BREAK; needs the package compel."""


class Sampling(SchemaTable):
    """How a picture is drawn out of noise."""

    sampler: Literal[SAMPLERS] = "ddim"  # type: ignore[valid-type]
    """How steps are taken; ``native`` keeps the scheduler that the model ships."""
    steps: int = Field(default=50, ge=1, le=1000)
    """How many."""
    guidance: float = Field(default=3.0, ge=0.0, le=100.0)
    """Classifier-free guidance weight; 1 turns it off in most families: see docs/models.md."""
    guidance_rescale: float = Field(default=0.0, ge=0.0, le=1.0)
    """Lin et al. 2023, equation 15; 0 turns it off."""
    width: int = Field(default=512, ge=64, le=8192, multiple_of=8)
    """Pixels, a multiple of 8."""
    height: int = Field(default=512, ge=64, le=8192, multiple_of=8)
    """Pixels, a multiple of 8."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """``auto``: float16 on CUDA, bfloat16 there for families that need it; float32 elsewhere."""
    true_cfg: float = Field(default=0.0, ge=0.0, le=100.0)
    """A second guidance, by the negative prompt, of models that have one (Flux); 0 is off."""
    noise: Literal["auto", "cuda", "cpu"] = "auto"
    """Whose random stream gives the first latent; ``cuda`` is computed on any device.

    ``auto`` is ``cuda``, which every family of models can be given.
    """
    scheduler: dict[str, Scalar | None] = Field(default_factory=dict)
    """Overrides of the scheduler's own configuration, key by key."""


class Init(SchemaTable):
    """The image that a print starts from, instead of pure noise."""

    file: str = Field(min_length=1)
    """A path, or ``SLUG:DIGEST:SEED`` for a print of the library."""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """Digest of the image's RGB pixels; filled in when the image is read."""
    strength: float = Field(default=0.6, gt=0.0, le=1.0)
    """How much of the schedule is run: 1 forgets the image."""

    @property
    def parent(self) -> str:
        """``digest:seed`` of the print it is; empty when the file is no print."""
        found = PRINT_NAME.fullmatch(self.file)
        return f"{found[2]}:{found[3]}" if found else ""


class Seeds(SchemaTable):
    """Which seeds the edition means to render."""

    render: str = "1..24"
    """Numbers and ranges: ``7``, ``1,5,9``, ``1..16``, and mixtures."""

    @field_validator("render")
    @classmethod
    def _well_formed(cls, text: str) -> str:
        parse_seeds(text)
        return text


class MarksSettings(SchemaTable):
    """Whether marks of adopted pictures are written for other programs."""

    xmp: Literal["off", "sidecar", "embed"] = "off"
    """``sidecar`` writes ``NAME.EXT.xmp`` beside a picture, ``embed`` into its file; ``off`` leaves
    others' folders as they are."""


class Recipe(SchemaTable):
    """All of an edition file."""

    title: str = Field(default="Untitled", min_length=1, max_length=300)
    """Of the edition, as it is on proofs."""
    artist: str = Field(default="", max_length=300)
    """Whose it is."""
    statement: str = Field(default="", max_length=10000)
    """What the artist says of it; on the wall proof's title page."""
    model: ModelRef = ModelRef()
    prompt: Prompt = Prompt()
    sampling: Sampling = Sampling()
    init: Init | None = None
    """The image that prints start from; none for pure noise."""
    seeds: Seeds = Seeds()
    upscale: UpscaleSettings = UpscaleSettings()
    proof: ProofSettings = ProofSettings()
    works: dict[WorkKey, WorkSettings] = Field(default_factory=dict)
    """Title, year, medium and price of prints: ``[works.7]``, ``[works.all]``."""
    training: TrainingSettings = TrainingSettings()
    marks: MarksSettings = MarksSettings()

    def work(self, seed: int, digest: str = "") -> WorkSettings:
        """A print's caption: its own, else that of its seed, else that of all."""
        named = {EVERY: -1}
        for key in self.works:
            begins, _, of = key.rpartition(":")
            if of == str(seed) and digest.startswith(begins):
                named[key] = len(begins)
        said: dict[str, str] = {}
        for key in sorted(named, key=named.__getitem__):
            words = self.works.get(key, WorkSettings()).model_dump()
            said |= {field: text for field, text in words.items() if text}
        return WorkSettings.model_validate(said)

    def canonical(self, fingerprint: str) -> dict[str, Any]:
        """What changes pixels, as plain data in a fixed form.

        Args:
            fingerprint: of the model with its embeddings and adapters, hex: see
                edition.diffusion.fingerprint.
        """
        sampling = self.sampling.model_dump()
        for key in ("guidance_rescale", "true_cfg", "scheduler"):
            if not sampling[key]:
                del sampling[key]
        if sampling["noise"] == "auto":  # the same picture under the same name as before
            sampling["noise"] = "cuda"
        facts: dict[str, Any] = {
            "format": 1,
            "model": fingerprint,
            "prompt": self.prompt.model_dump(exclude={"syntax"}),
            "sampling": sampling,
        }
        if self.prompt.syntax != "plain":
            facts["prompt"]["syntax"] = self.prompt.syntax
        if self.model.loras:  # the fingerprint knows their files, in this order
            facts["loras"] = [lora.weight for lora in self.model.loras]
        if self.model.quantise:
            facts["quantise"] = self.model.quantise
        if self.init is not None:
            facts["init"] = {"sha256": self.init.sha256, "strength": self.init.strength}
        return facts

    def draws_like(self, other: "Recipe") -> bool:
        """Whether both name the same prints, as long as no weights or pictures are replaced."""
        return (self.model, self.init, self.canonical("")) == (
            other.model, other.init, other.canonical(""),
        )  # fmt: skip

    def digest(self, fingerprint: str) -> str:
        """SHA-256 over the canonical form: with the seed it names a print."""
        text = json.dumps(
            self.canonical(fingerprint), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """The whole recipe, as a print carries it."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """Reads what ``to_json`` wrote.

        Raises:
            pydantic.ValidationError: the text is not such a recipe.
        """
        return cls.model_validate_json(text)

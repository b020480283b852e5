"""One training from its settings to its last checkpoint, with all that has to be known of it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from edition import __version__, atomic, paths
from edition.diffusion import device as devices
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.errors import TrainError
from edition.finetune import checkpoint, memory_estimate, sampling
from edition.finetune.callbacks import TrainingCallback, TrainingStep
from edition.finetune.dreambooth import DreamBooth
from edition.finetune.image_dataset import ImageFolder, survey
from edition.finetune.inversion import FILE, TextualInversion
from edition.finetune.latent_cache import LatentCache
from edition.finetune.networks import Networks
from edition.finetune.sample_grid import samples_sheet
from edition.finetune.training_loop import TrainingLoop, TrainingMethod
from edition.recipe.seeds import parse_seeds

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PIL import Image

    from edition.recipe.recipe import Recipe
    from edition.recipe.training_settings import TrainingSettings

Kind = Literal["dreambooth", "inversion"]
PROVENANCE = "provenance.json"
_NOT_THE_WEIGHTS = {
    "images", "checkpoint_every", "sample_every", "sample_seeds", "corridor", "prior_folder",
}  # fmt: skip
"""Settings that change no weight: a run goes on when only these differ."""
_LIBRARIES = ("torch", "diffusers", "transformers", "accelerate", "safetensors", "bitsandbytes")


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training has made."""

    run: Path
    """Its folder."""
    step: int
    model: Path
    """A diffusers folder, or an embedding's ``.safetensors``."""
    resumed: int
    """The step it went on from; 0 for the start."""
    warnings: tuple[str, ...]


def pictures_folder(settings: TrainingSettings, home: Path | None) -> Path:
    """Where the pictures are: the edition's folder comes before the working folder.

    Raises:
        TrainError: none is named.
    """
    if not settings.images:
        raise TrainError(
            "No image folder given.",
            hint="Give --images FOLDER, or images = ... in [training].",
        )
    wanted = paths.expanded(settings.images)
    inside = (home or Path()) / wanted
    return inside if inside.is_dir() else wanted


def run_name(
    kind: Kind, settings: TrainingSettings, fingerprint: str, pictures: ImageFolder
) -> str:
    """Names a run by all that its weights follow from; more steps are the same run going on."""
    facts = settings.model_dump(mode="json", exclude=_NOT_THE_WEIGHTS)
    if settings.schedule in ("constant", "constant_with_warmup"):
        del facts["steps"]
        del facts["inversion"]["steps"]
    if kind == "dreambooth":
        del facts["inversion"]
    facts |= {"model": fingerprint, "pictures": [one.sha256 for one in pictures.pictures]}
    text = json.dumps(facts, sort_keys=True)
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def train(
    kind: Kind,
    recipe: Recipe,
    folder: Path,
    *,
    home: Path | None = None,
    device: str = "auto",
    name: str = "",
    keep: Collection[int] = (),
    watcher: TrainingCallback | None = None,
    sample: bool = True,
    fingerprints: Path | None = None,
) -> TrainingResult:
    """Trains, or goes on training, as a recipe's training table says.

    Args:
        kind: what is trained.
        recipe: model, prompt and sampling of the samples, and the training table; for an
            inversion, its own rate, steps and batch hold.
        folder: runs are kept in it, one folder each.
        home: the edition's folder, for relative paths.
        device: see edition.diffusion.device.
        name: of the run; made from the settings when empty.
        keep: steps whose checkpoints are kept, in place of every ``checkpoint_every``.
        watcher: sees it.
        sample: draw samples.
        fingerprints: cache of weight hashes.

    Raises:
        TrainError: pictures, disk, memory or settings don't allow it.
        ModelError: the base model can't be used.
        Stopped: the watcher ended it; it continues from there the next time.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # same sums in the same order
    settings = recipe.training.as_inversion() if kind == "inversion" else recipe.training
    recipe = recipe.model_copy(update={"training": settings})
    watcher = watcher or TrainingCallback()
    pictures = survey(pictures_folder(settings, home), settings.resolution, settings.crop)
    for warning in pictures.warnings:
        watcher.note(warning)
    fingerprint = Fingerprints(fingerprints).of(find(recipe.model, home))
    run = folder / (name or run_name(kind, settings, fingerprint, pictures))
    watcher.opened(run)
    missing = {settings.steps, *keep} - set(checkpoint.found(run))
    if not missing:
        model = _model_file(kind, run, settings.steps)
        return TrainingResult(run, settings.steps, model, settings.steps, pictures.warnings)
    chosen = devices.pick(device)
    start = checkpoint.latest(run, min(missing))
    work = _open(kind, recipe, pictures, run, start, home, chosen.name, watcher)
    count = len(keep) or -(-settings.steps // settings.checkpoint_every)
    memory_estimate.check_disk(folder, memory_estimate.disk_bytes(work.sizes, settings, count))
    loop = TrainingLoop(
        work, recipe, run, device=chosen.name, keep=keep,
        watcher=_SampleKeeper(watcher, run), sample=sample,
        start=start,
    )  # fmt: skip
    if loop.fallback:
        watcher.note(loop.fallback)
    facts = _provenance(kind, recipe, fingerprint, pictures, chosen.title, loop.fallback)
    if loop.is_main:
        atomic.write_json(run / PROVENANCE, facts, TrainError)
    resumed = loop.go()
    model = _model_file(kind, run, settings.steps)
    return TrainingResult(run, settings.steps, model, resumed, pictures.warnings)


def _model_file(kind: Kind, run: Path, step: int) -> Path:
    folder = checkpoint.model_folder(run, step)
    return folder / FILE if kind == "inversion" else folder


def _open(
    kind: Kind,
    recipe: Recipe,
    pictures: ImageFolder,
    run: Path,
    start: int,
    home: Path | None,
    device: str,
    watcher: TrainingCallback,
) -> TrainingMethod:
    """Loads the networks: the base model's, or those of the checkpoint to continue from."""
    settings = recipe.training
    watcher.phase("loading the model")
    files = [one.path for one in pictures.pictures]
    if kind == "inversion":
        networks = Networks.load(recipe, home)
        return TextualInversion(networks, settings, LatentCache(files, settings))
    prior = _prior(recipe, run, home, device, watcher) if settings.prior else None
    source = recipe
    if start:
        base = str(checkpoint.model_folder(run, start).resolve())
        model = recipe.model.model_copy(update={"base": base, "revision": "", "embeddings": ()})
        source = recipe.model_copy(update={"model": model})
    networks = Networks.load(source, home)
    return DreamBooth(networks, settings, LatentCache(files, settings), prior)


def _prior(
    recipe: Recipe, run: Path, home: Path | None, device: str, watcher: TrainingCallback
) -> LatentCache:
    """The pictures that hold the model back; the base model draws those that are missing."""
    settings = recipe.training
    folder = paths.expanded(settings.prior_folder) if settings.prior_folder else run / "prior"
    if settings.prior_folder and home is not None and not folder.is_absolute():
        folder = home / folder
    folder.mkdir(parents=True, exist_ok=True)
    have = len(list(folder.glob("*.png"))) if not settings.prior_folder else None
    if have is None or have >= settings.prior_images:
        found = survey(folder, settings.resolution, settings.crop)
        return LatentCache([one.path for one in found.pictures], settings, "prior")
    watcher.phase(f"drawing {settings.prior_images} pictures with the base model")
    side = settings.resolution
    drawn = recipe.sampling.model_copy(update={"width": side, "height": side})
    prompt = recipe.prompt.model_copy(update={"positive": settings.prior_prompt, "negative": ""})
    plain = recipe.model_copy(update={"sampling": drawn, "prompt": prompt})
    networks = Networks.load(recipe, home)
    for part in (networks.unet, *networks.text_encoders):
        part.to(device)
    for seed in range(settings.prior_images):
        target = folder / f"{seed:05}.png"
        if not target.exists():
            image = sampling.draw(networks, plain, [seed], device)[0]
            with atomic.opened(target, TrainError) as stream:
                image.save(stream, "PNG")
    found = survey(folder, settings.resolution, settings.crop)
    return LatentCache([one.path for one in found.pictures], settings, "prior")


def _provenance(
    kind: Kind, recipe: Recipe, fingerprint: str, pictures: ImageFolder, device: str, fallback: str
) -> dict[str, Any]:
    """All that a run came from."""
    versions = {"edition": __version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "kind": kind,
        "base": recipe.model.model_dump(mode="json"),
        "base_sha256": fingerprint,
        "pictures": [{"file": p.path.name, "sha256": p.sha256} for p in pictures.pictures],
        "training": recipe.training.model_dump(mode="json"),
        "versions": versions,
        "device": device,
        "optimizer": fallback or recipe.training.optimizer,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


class _SampleKeeper(TrainingCallback):
    """Keeps samples beside the run and passes everything on."""

    def __init__(self, other: TrainingCallback, run: Path) -> None:
        self._other, self._run = other, run
        self.note, self.phase = other.note, other.phase  # type: ignore[method-assign]
        self.beat = other.beat  # type: ignore[method-assign]

    def step(self, facts: TrainingStep) -> None:
        self._other.step(facts)

    def sample(self, step: int, seeds: Sequence[int], images: Sequence[Image.Image]) -> None:
        folder = self._run / "samples" / f"step-{step:06}"
        for seed, image in zip(seeds, images, strict=True):
            with atomic.opened(folder / f"{seed}.png", TrainError) as stream:
                image.save(stream, "PNG")
        samples_sheet(self._run / "samples")
        self._other.sample(step, seeds, images)

    def checkpoint(self, step: int, folder: Path) -> None:
        self._other.checkpoint(step, folder)


def sample_seeds(settings: TrainingSettings) -> tuple[int, ...]:
    """The seeds that are drawn along the way."""
    return parse_seeds(settings.sample_seeds)

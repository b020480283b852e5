"""Makes the map of learning rate against steps: trains, draws and measures; loads torch.

A cell is a file: a map that was interrupted continues with the cell that is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from safetensors.torch import load_file, save_file

from edition import atomic
from edition.diffusion import device as devices
from edition.errors import StudyError
from edition.finetune import checkpoint, image_dataset, sampling, training_run
from edition.finetune.networks import Networks
from edition.recipe.seeds import parse_seeds
from edition.studies.finetune_metrics import BaseReference, measure, reference
from edition.studies.grid_png import mosaic, paint
from edition.studies.lr_steps_grid import BASE, MAP, PLAN, SHEET, LrStepsGrid, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image

    from edition.finetune.callbacks import TrainingCallback
    from edition.recipe.recipe import Recipe


def walk(
    recipe: Recipe,
    folder: Path,
    runs: Path,
    *,
    home: Path | None,
    device: str,
    watcher: TrainingCallback,
    fingerprints: Path | None = None,
) -> LrStepsGrid:
    """Makes a map, or continues with it.

    Args:
        recipe: its training table names pictures, rates, counts and seeds.
        folder: the map's own.
        runs: where trainings are kept.
        home: the edition's folder.
        device: see edition.diffusion.device.
        watcher: sees the trainings and the cells.
        fingerprints: cache of weight hashes.

    Raises:
        StudyError: the folder holds a grid with other settings.
        TrainError: a training fails.
        Stopped: the watcher ended it; what is done is kept.
    """
    walker = _GridRunner(recipe, folder, home, device, watcher)
    walker.open()
    base = walker.base()
    own = recipe.training.corridor
    for rate in own.rates:
        if all(walker.done(rate, count) for count in own.counts):
            continue
        made = walker.train(rate, runs, fingerprints)
        for count in own.counts:
            if not walker.done(rate, count):
                walker.cell(rate, count, made, base)
    return read(folder)


class _GridRunner:
    """A map in progress."""

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        home: Path | None,
        device: str,
        watcher: TrainingCallback,
    ) -> None:
        self.recipe, self.folder, self.home, self.watcher = recipe, folder, home, watcher
        self.own = recipe.training.corridor
        self.seeds = parse_seeds(self.own.seeds)
        self.device = devices.pick(device).name
        self.side = min(recipe.sampling.width, recipe.sampling.height)

    def open(self) -> None:
        """Writes down what the map is of, or checks that it is the same."""
        if len(self.seeds) < 2:
            raise StudyError(
                "The grid needs at least two seeds.",
                hint='Set seeds = "1..4" in [training.corridor].',
            )
        facts = self.recipe.model_dump(
            mode="json", include={"model", "prompt", "sampling", "training"}
        )
        ours = {"checkpoint_every", "sample_every", "sample_seeds", "steps", "learning_rate"}
        for key in ours | {"inversion"}:
            facts["training"].pop(key, None)
        corridor = facts["training"].pop("corridor")
        corridor["seeds"] = list(self.seeds)
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        plan = {**corridor, "digest": digest}
        file = self.folder / PLAN
        if file.is_file():
            known = json.loads(file.read_text(encoding="utf-8"))
            if (known["digest"], known["seeds"]) != (digest, plan["seeds"]):
                raise StudyError(
                    f"{self.folder} holds a grid with other settings.",
                    hint="Give this one another --name.",
                )
        atomic.write_json(file, plan, StudyError)

    def base(self) -> BaseReference:
        """The base model's pictures and answers; measured once and kept."""
        file = self.folder / BASE / "reference.safetensors"
        if file.is_file():
            return BaseReference(**load_file(file))
        self.watcher.phase("measuring the base model")
        networks = self._open_model(self.recipe)
        pictures = self._draw(networks, BASE)
        training = self.recipe.training
        where = training_run.pictures_folder(training, self.home)
        found = image_dataset.survey(where, training.resolution, training.crop)
        shown = [
            image_dataset.fit(
                image_dataset.open_upright(one.path), training.resolution, training.crop
            )
            for one in found.pictures
        ]
        base = reference(networks, self.recipe.prompt.positive, pictures, shown, self.side)
        with atomic.replacing(file, StudyError) as part:
            save_file({key: value.contiguous() for key, value in asdict(base).items()}, part)
        self._tell()
        return base

    def train(self, rate: float, runs: Path, fingerprints: Path | None) -> Path:
        """One run with a checkpoint for every column; its folder."""
        own = self.own
        table = self.recipe.training.model_copy(
            update={"learning_rate": rate, "steps": max(own.counts)}
        )
        made = training_run.train(
            "dreambooth",
            self.recipe.model_copy(update={"training": table}),
            runs,
            home=self.home,
            device=self.device,
            keep=own.counts,
            watcher=self.watcher,
            sample=False,
            fingerprints=fingerprints,
        )
        return made.run

    def done(self, rate: float, count: int) -> bool:
        """Whether a cell is measured."""
        return (self.folder / f"{_name(rate, count)}.json").is_file()

    def cell(self, rate: float, count: int, run: Path, base: BaseReference) -> None:
        """Draws and measures one checkpoint, and draws the map again."""
        self.watcher.phase(f"measuring {rate:g} after {count} steps")
        model = checkpoint.model_folder(run, count)
        ref = self.recipe.model.model_copy(
            update={"base": str(model.resolve()), "revision": "", "embeddings": ()}
        )
        networks = self._open_model(self.recipe.model_copy(update={"model": ref}))
        name = _name(rate, count)
        pictures = self._draw(networks, name)
        found = measure(networks, self.recipe.prompt.positive, pictures, base, self.side)
        facts = {
            "rate": rate,
            "steps": count,
            "gauges": asdict(found),
            "model": os.path.relpath(model, self.folder).replace(os.sep, "/"),
            "pictures": [f"{name}/{seed}.png" for seed in self.seeds],
        }
        atomic.write_json(self.folder / f"{name}.json", facts, StudyError)
        self._tell()

    def _open_model(self, recipe: Recipe) -> Networks:
        networks = Networks.load(recipe, self.home)
        for part in (networks.unet, networks.vae, *networks.text_encoders):
            part.to(self.device)
        return networks

    def _draw(self, networks: Networks, name: str) -> Sequence[Image.Image]:
        pictures = sampling.draw(networks, self.recipe, self.seeds, self.device, self.watcher.beat)
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        for seed, picture in zip(self.seeds, pictures, strict=True):
            picture.save(self.folder / name / f"{seed}.png")
        mosaic(pictures).save(self.folder / name / SHEET)
        return pictures

    def _tell(self) -> None:
        found = read(self.folder)
        paint(found, self.folder, self.folder / MAP)
        self.watcher.cell(len(found.cells) + 1)


def _name(rate: float, count: int) -> str:
    return f"cell-{rate:.3e}-{count:06}"

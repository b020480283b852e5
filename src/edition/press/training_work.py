"""Trainings and maps of them, computed in this process; loads torch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.finetune import training_run
from edition.press.job_payloads import LrGridJob, TrainJob
from edition.studies import lr_grid_runner

if TYPE_CHECKING:
    from pathlib import Path


def computed(
    kind: str,
    payload: dict[str, Any],
    root: Path,
    slug: str,
    device: str,
    watcher: Any,  # noqa: ANN401
) -> tuple[str, int]:
    """Trains, or makes a map, in this process.

    Args:
        kind: ``train`` or ``corridor``.
        payload: of the job.
        root: the library's folder.
        slug: the edition.
        device: see edition.diffusion.device.
        watcher: see edition.finetune.callbacks.TrainingCallback.

    Returns:
        Of a training: the model's path, and the steps it took.
    """  # fmt: skip
    places: dict[str, Any] = {
        "home": paths.edition_folder(root, slug), "device": device, "watcher": watcher,
        "fingerprints": paths.fingerprints_file(root),
    }  # fmt: skip
    text, runs = json.dumps(payload), paths.trained_folder(root, slug)
    if kind == "train":
        wanted = TrainJob.model_validate_json(text)
        made = training_run.train(wanted.kind, wanted.recipe, runs, **places)
        return str(made.model), made.step
    asked = LrGridJob.model_validate_json(text)
    lr_grid_runner.walk(asked.recipe, paths.studies_folder(root, slug) / asked.name, runs, **places)
    return "", 0

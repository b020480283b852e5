"""Checkpoints that are whole or not there: a model anyone can load, the training's state beside.

``step-000400/model`` is what other programs load; ``step-000400/state`` is what a run needs to go
on to the same weights: safetensors for tensors, JSON for numbers, never a pickle.
"""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file

from edition.atomic import sync_folder, sync_tree
from edition.errors import TrainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMAT = 1
_NAME = re.compile(r"step-(\d{6,})")
_STATE = "state.json"


def step_folder(run: Path, step: int) -> Path:
    """Where the checkpoint after a step lies."""
    return run / f"step-{step:06}"


def model_folder(run: Path, step: int) -> Path:
    """The part of a checkpoint that other programs load."""
    return step_folder(run, step) / "model"


def found(run: Path) -> dict[int, Path]:
    """The whole checkpoints of a run, by step."""
    if not run.is_dir():
        return {}
    named = ((_NAME.fullmatch(path.name), path) for path in run.iterdir())
    return dict(sorted((int(match[1]), path) for match, path in named if match))


def latest(run: Path, up_to: int) -> int:
    """The last step that a run can continue from; 0 when it starts from the beginning."""
    steps = [k for k, path in found(run).items() if (path / "state" / _STATE).is_file()]
    return max((k for k in steps if k <= up_to), default=0)


def write(
    run: Path,
    step: int,
    save_model: Callable[[Path], None],
    tensors: dict[str, dict[str, torch.Tensor]],
    facts: dict[str, Any],
) -> Path:
    """Writes a checkpoint so that a kill at any moment leaves it whole or not there.

    Args:
        run: the run's folder.
        step: after which step.
        save_model: writes the model into an empty folder.
        tensors: file name without suffix → tensors by name.
        facts: plain numbers and texts.

    Returns:
        The checkpoint's folder.

    Raises:
        TrainError: the disk is full or the folder can't be written.
    """
    target, part = step_folder(run, step), run / f".step-{step:06}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / "state").mkdir(parents=True)
        (part / "model").mkdir()
        save_model(part / "model")
        for name, values in tensors.items():
            if values:
                whole = {key: value.detach().cpu().contiguous() for key, value in values.items()}
                save_file(whole, part / "state" / f"{name}.safetensors")
        text = json.dumps({"format": FORMAT, "step": step, **facts}, indent=1)
        (part / "state" / _STATE).write_text(text, encoding="utf-8")
        sync_tree(part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        sync_folder(run)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise TrainError(
            f"The checkpoint {target} can't be written: {error.strerror or error}.",
            hint="Free some space and start again: the run goes on from its last checkpoint.",
        ) from error
    return target


def read(run: Path, step: int) -> tuple[dict[str, dict[str, torch.Tensor]], dict[str, Any]]:
    """A checkpoint's state.

    Returns:
        As ``write`` took them.

    Raises:
        TrainError: it is broken, or of a newer edition.
    """
    folder = step_folder(run, step) / "state"
    try:
        facts = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        tensors = {path.stem: load_file(path) for path in sorted(folder.glob("*.safetensors"))}
    except Exception as error:
        raise TrainError(
            f"The checkpoint {folder.parent} is broken: {error}.",
            hint="Remove that folder: the run goes on from the one before.",
        ) from error
    if facts.get("format") != FORMAT:
        raise TrainError(f"The checkpoint {folder.parent} was written by a newer edition.")
    return tensors, facts


def prune(run: Path, newest: int) -> None:
    """Drops what a newer checkpoint has made superfluous.

    Args:
        run: the run's folder.
        newest: the checkpoint to continue from; of the older ones only it keeps its state, and
            those that were only written because a run was stopped go altogether.
    """
    for step, path in found(run).items():
        if step >= newest:
            continue
        try:
            facts = json.loads((path / "state" / _STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            facts = {}
        shutil.rmtree(path / "state" if facts.get("kept", True) else path, ignore_errors=True)
    for part in run.glob(".step-*.part"):
        shutil.rmtree(part, ignore_errors=True)


def flatten(state: dict[str, Any]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """An optimizer's state as named tensors and plain numbers.

    Args:
        state: of ``Optimizer.state_dict``.

    Returns:
        Tensors by ``parameter.key``; and the rest.
    """
    tensors: dict[str, torch.Tensor] = {}
    scalars: dict[str, Any] = {}
    for index, values in state["state"].items():
        for key, value in values.items():
            if isinstance(value, torch.Tensor):
                tensors[f"{index}.{key}"] = value
            else:
                scalars[f"{index}.{key}"] = value
    return tensors, {"groups": state["param_groups"], "scalars": scalars}


def unflatten(tensors: dict[str, torch.Tensor], rest: dict[str, Any]) -> dict[str, Any]:
    """What ``flatten`` took apart, for ``Optimizer.load_state_dict``."""
    state: dict[int, dict[str, Any]] = {}
    for name, value in {**tensors, **rest["scalars"]}.items():
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = value
    return {"state": state, "param_groups": rest["groups"]}

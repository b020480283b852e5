"""``python -m edition.finetune dreambooth`` and ``inversion``, alone or under accelerate."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edition.errors import EditionError
from edition.finetune.callbacks import ConsoleCallback, TrainingCallback
from edition.output_streams import escape_output
from edition.recipe import edition_file
from edition.recipe.argparse_flags import add_flags, apply
from edition.recipe.recipe import Recipe
from edition.recipe.training_settings import InversionSettings, TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.finetune.training_run import Kind

SHARED = frozenset({"learning_rate", "steps", "batch"})
"""Keys that an inversion has of its own."""


def add_training_flags(parser: argparse.ArgumentParser, kind: Kind) -> None:
    """Adds every key of the training table as a flag."""
    if kind == "dreambooth":
        add_flags(parser, TrainingSettings, frozenset())
        return
    add_flags(parser, InversionSettings, frozenset())
    add_flags(
        parser,
        TrainingSettings,
        SHARED | {"prompt", "train_text_encoder", "ema", "ema_decay", "prior", "prior_prompt",
                  "prior_images", "prior_weight", "prior_folder"},
    )  # fmt: skip


def with_flags(recipe: Recipe, given: dict[str, object], kind: Kind) -> Recipe:
    """A recipe with the flags that were given.

    Raises:
        RecipeError: a value is out of its range.
    """
    training = recipe.training
    if kind == "inversion":
        own = apply(given, training.inversion)
        rest = {key: value for key, value in given.items() if key not in SHARED}
        training = apply(rest, training.model_copy(update={"inversion": own}))
    else:
        training = apply(given, training)
    return recipe.model_copy(update={"training": training})


def main(kind: Kind, arguments: Sequence[str] | None = None) -> int:
    """Trains outside of a library.

    Args:
        kind: what is trained.
        arguments: of the command line; None for the process's own.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog=f"python -m edition.finetune {kind}")
    parser.add_argument("--edition", type=Path, help="an edition.toml to start from")
    parser.add_argument("--model", default="", help="base model: pocket, a hub id or a path")
    parser.add_argument("--output", type=Path, default=Path("models"), help="runs are kept here")
    parser.add_argument("--name", default="", help="of the run; made from the settings")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    parser.add_argument("--no-samples", action="store_true", help="draw none")
    add_training_flags(parser, kind)
    given = vars(parser.parse_args(arguments))
    escape_output()
    try:
        return _train(kind, given)
    except EditionError as error:
        sys.stderr.write(f"{error.message}\n  {error.hint}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the same command goes on from the last checkpoint.\n")
        return 130


def _train(kind: Kind, given: dict[str, object]) -> int:
    from edition.finetune.training_run import train

    is_first = os.environ.get("RANK", "0") == "0"  # of several devices, one talks
    file = given.pop("edition")
    recipe = edition_file.read(file) if isinstance(file, Path) else Recipe()
    model = str(given.pop("model"))
    if model:
        chosen = recipe.model.model_copy(update={"base": model})
        recipe = recipe.model_copy(update={"model": chosen})
    output = Path(str(given.pop("output")))
    name, device = str(given.pop("name")), str(given.pop("device"))
    sample = not given.pop("no_samples")
    recipe = with_flags(recipe, given, kind)
    made = train(
        kind, recipe, output, device=device, name=name, sample=sample,
        watcher=ConsoleCallback() if is_first else TrainingCallback(),
        home=file.parent if isinstance(file, Path) else None,
    )  # fmt: skip
    if is_first:
        sys.stdout.write(f"{made.model}\n")
    return 0

"""What the tests of training share: pictures, recipes, and a watcher that writes down."""

from pathlib import Path

from tests.fakes import scene

from edition.finetune.callbacks import TrainingCallback, TrainingStep
from edition.recipe.recipe import Recipe


def pictures(folder: Path, count: int = 4, side: int = 64) -> Path:
    """Drawn pictures in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        scene(index, side).save(folder / f"{index}.png")
    return folder


def recipe(model: Path | str, images: Path, **training: object) -> Recipe:
    """A small recipe for 64 px and few steps."""
    return Recipe.model_validate_json(_json(str(model), images, training))


def _json(model: str, images: Path, training: dict[str, object]) -> str:
    import json

    table = {
        "images": str(images), "resolution": 64, "steps": 6, "sample_seeds": "1",
        "checkpoint_every": 3, "sample_every": 100, "learning_rate": 1e-4, "seed": 7, **training,
    }  # fmt: skip
    sampling = {"width": 64, "height": 64, "steps": 2, "sampler": "ddim"}
    return json.dumps({"model": {"base": model}, "sampling": sampling, "training": table})


class Notes(TrainingCallback):
    """Keeps all that a training says; can stop it."""

    def __init__(self, stop_after: int = 0) -> None:
        self.steps: list[TrainingStep] = []
        self.notes: list[str] = []
        self.samples: list[tuple[int, tuple[int, ...]]] = []
        self.checkpoints: list[int] = []
        self._stop_after = stop_after

    def note(self, text: str) -> None:
        self.notes.append(text)

    def step(self, facts: TrainingStep) -> None:
        from edition.errors import Stopped

        self.steps.append(facts)
        if facts.step == self._stop_after:
            raise Stopped("enough")

    def sample(self, step, seeds, images) -> None:
        self.samples.append((step, tuple(seeds)))

    def checkpoint(self, step: int, folder: Path) -> None:
        self.checkpoints.append(step)

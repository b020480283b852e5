"""Judges of the embedded model that have to learn first: a probe for words, and two trainings.

The probe is a small network that learns nouns and styles from drawn scenes and their labels. It
says how often a generated picture is taken for what was asked, beside how often a drawn scene is.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny, StableDiffusionPipeline
from PIL import Image
from torch import nn

from edition.finetune.training_run import Kind, train
from edition.recipe.recipe import Recipe

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools lie beside, in no package

from tools.pocket_model.palettes import NOUNS, STYLES
from tools.pocket_model.pipeline import load_pipeline
from tools.pocket_model.render_scene import draw, draw_look

SIDE = 128
TRAIN_SEEDS, REAL_SEEDS = 30_000_000, 31_000_000
"""Neither the model's training nor its other measures have seen these scenes."""
LOOK = "blueprint"


def _scenes(first: int, count: int, side: int = SIDE) -> tuple[torch.Tensor, torch.Tensor]:
    """Drawn scenes (n, 3, h, w), -1 to 1, and the numbers of noun and style, (n, 2)."""
    drawn = [draw(seed, side) for seed in range(first, first + count)]
    pixels = np.stack([scene.picture for scene in drawn]).transpose(0, 3, 1, 2)
    words = [(list(NOUNS).index(s.labels.noun), list(STYLES).index(s.labels.style)) for s in drawn]
    return torch.from_numpy(pixels).float() / 127.5 - 1, torch.tensor(words)


class Probe(nn.Module):
    """Says which noun and which style a picture shows."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inner, outer in ((3, 24), (24, 48), (48, 72), (72, 96)):
            layers += [nn.Conv2d(inner, outer, 3, 2, 1), nn.BatchNorm2d(outer), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.nouns = nn.Linear(96 * 16, len(NOUNS))  # where things stand tells the noun
        self.styles = nn.Linear(192, len(STYLES))  # brushwork is the same everywhere

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of nouns and of styles, (n, names), of pictures (n, 3, 128, 128)."""
        seen = self.body(pictures)
        places = F.adaptive_avg_pool2d(seen, 4).flatten(1)
        everywhere = torch.cat([seen.mean((2, 3)), seen.std((2, 3))], 1)
        return self.nouns(places), self.styles(everywhere)


def taught_probe(scenes: int, steps: int) -> tuple[Probe, tuple[float, float]]:
    """A probe, and its accuracy for nouns and styles on scenes it hasn't seen."""
    torch.manual_seed(0)
    pictures, words = _scenes(TRAIN_SEEDS, scenes)
    real, truth = _scenes(REAL_SEEDS, max(100, scenes // 10))
    probe = Probe()
    optimizer = torch.optim.AdamW(probe.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        which = rng.integers(0, len(pictures), 64)
        batch = pictures[which]
        batch = batch.flip(3) if rng.random() < 0.5 else batch
        # Generated pictures are softer than drawn ones: the probe must not judge by grain alone.
        batch = batch + 0.05 * torch.randn_like(batch) * float(rng.random())
        nouns, styles = probe(batch)
        loss = F.cross_entropy(nouns, words[which, 0]) + F.cross_entropy(styles, words[which, 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    probe.eval()
    with torch.no_grad():
        said = [scores.argmax(1) for scores in probe(real)]
    right = [float((said[n] == truth[:, n]).float().mean()) for n in range(2)]
    return probe, (right[0], right[1])


@torch.no_grad()
def passed(probe: Probe, vae: AutoencoderTiny, count: int) -> tuple[float, float]:
    """Share of drawn scenes of 256 pixels whose noun and style outlast encoding and decoding.

    No UNet on these latents can be expected to do better for long.
    """
    pictures, words = _scenes(REAL_SEEDS + 500_000, count, 256)
    back = [vae.decode(vae.encode(some).latents).sample.clamp(-1, 1) for some in pictures.split(8)]
    shrunk = F.interpolate(torch.cat(back), size=(SIDE, SIDE), mode="area")
    right = [(s.argmax(1) == words[:, n]).float().mean() for n, s in enumerate(probe(shrunk))]
    return float(right[0]), float(right[1])


@torch.no_grad()
def heard(probe: Probe, pictures: np.ndarray, number: int, kind: int) -> float:
    """Share of pictures (n, h, w, 3), 0 to 1, that show noun (0) or style (1) of a number."""
    wanted = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() * 2 - 1
    shrunk = F.interpolate(wanted, size=(SIDE, SIDE), mode="area")
    return float((probe(shrunk)[kind].argmax(1) == number).float().mean())


def _painted(pipeline: StableDiffusionPipeline, prompt: str, count: int) -> np.ndarray:
    """Means on 16x16 fields of pictures of a prompt, (n, 16, 16, 3)."""
    made = pipeline(
        [prompt] * count, num_inference_steps=15, guidance_scale=4.0, height=256, width=256,
        output_type="np", generator=[torch.Generator().manual_seed(s) for s in range(count)],
    ).images  # fmt: skip
    return made.reshape(count, 16, 16, 16, 16, 3).mean((2, 4))


def _away(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.sqrt(((first - second) ** 2).mean((1, 2, 3))).mean())


def trained(model: Path, steps: tuple[int, ...], word_steps: int) -> dict[str, float]:
    """What eight pictures of a foreign look do to a model.

    Returns:
        ``drift N`` for each number of DreamBooth steps: distance to the base's picture of the
        same seed, in units of the distance between its seeds. ``word``: how much nearer pictures
        of a word learned from one of the eight come to that picture than those of its initial
        word, as a share.
    """
    pictures = draw_look(LOOK, 8, 256)
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for index, picture in enumerate(pictures):
            for kind in ("all", "one")[: 2 if index == 0 else 1]:
                (folder / kind).mkdir(exist_ok=True)
                Image.fromarray(picture).save(folder / kind / f"{index}.png")
        base = load_pipeline(model)
        before = _painted(base, "a painting", 4)
        between = _away(before, np.roll(before, 1, 0))
        for count in steps:
            run = _train(model, folder, "dreambooth", count)
            after = _painted(load_pipeline(run), "a painting", 4)
            figures[f"drift {count}"] = _away(before, after) / between
        learned = _train(model, folder, "inversion", word_steps)
        base.load_textual_inversion(str(learned), token="<look>", local_files_only=True)
        goal = (pictures[0] / 255).reshape(1, 16, 16, 16, 16, 3).mean((2, 4))
        near, far = _away(_painted(base, "<look>", 4), goal), _away(before, goal)
        figures["word"] = 1 - near / far
    return figures


def _train(model: Path, folder: Path, kind: Kind, steps: int) -> Path:
    pictures = str(folder / ("all" if kind == "dreambooth" else "one"))
    table: dict[str, object] = {
        "images": pictures, "prompt": "a painting", "resolution": 256, "steps": steps,
        "checkpoint_every": steps, "learning_rate": 5e-5, "optimizer": "adamw",
        "inversion": {"steps": steps, "batch": 1, "learning_rate": 5e-3},
    }  # fmt: skip
    recipe = Recipe.model_validate_json(
        json.dumps({"model": {"base": str(model)}, "training": table})
    )
    made = train(kind, recipe, folder / "runs", device="cpu", sample=False)
    return made.model

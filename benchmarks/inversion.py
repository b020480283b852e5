"""How far textual inversion takes a model, and how much that varies with the training's seed.

    python benchmarks/inversion.py [--seeds 20] [--first 0] [--rates 5e-4 2e-3]

Trains one word on eight drawn pictures of a look that the embedded model has never seen, with this
program and with the loop of diffusers' published script, written out here: torch's global chance,
mirrored pictures, its nineteen sentences. The published command raises its rate of 5e-4 by
``--scale_lr`` to four times that, for four pictures a step; both rates are measured. ``drift`` is
that of docs/training.md, in per cent: 100 is as far as another seed's picture.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools lie beside, in no package

from edition.finetune import image_dataset, sampling
from edition.finetune.inversion import ExtendedEmbedding, add_word
from edition.finetune.networks import Networks
from edition.finetune.training_loss import target
from edition.finetune.training_run import train
from edition.recipe.recipe import Recipe
from edition.studies.finetune_metrics import drift, pooled_latents
from tools.pocket_model.render_scene import draw_look

LOOK, SIDE, BATCH = "blueprint", 128, 4
RATES = [5e-4, 2e-3]
START, WORD = "painting", "<look>"
DRAWN = (1, 2, 3, 4)
_KINDS = ("painting", "rendering", "cropped painting", "clean painting", "dirty painting",
          "dark painting", "picture", "cool painting", "close-up painting", "bright painting",
          "good painting", "rendition", "nice painting", "small painting", "weird painting",
          "large painting")  # fmt: skip
SENTENCES = (
    *(f"a {kind} in the style of {{}}" for kind in _KINDS),
    "the painting in the style of {}", "a cropped painting in the style of {}",
    "a close-up painting in the style of {}",
)  # fmt: skip


def recipe(folder: Path, seed: int, steps: int, rate: float, word: str) -> Recipe:
    """What is trained, and what is drawn with it."""
    own = {"steps": steps, "batch": BATCH, "learning_rate": rate, "token": WORD}
    table = {
        "images": str(folder / "pictures"), "resolution": SIDE, "seed": seed,
        "checkpoint_every": steps, "inversion": {**own, "initializer": START},
    }  # fmt: skip
    sample = {"width": SIDE, "height": SIDE, "steps": 6, "sampler": "ddim", "guidance": 4.0}
    prompt = {"positive": f"a painting in the style of {word}"}
    whole = {"model": {"base": "pocket"}, "prompt": prompt, "sampling": sample, "training": table}
    return Recipe.model_validate_json(json.dumps(whole))


def published(networks: Networks, clean: Tensor, seed: int, steps: int, rate: float) -> Tensor:
    """The word's vector after the published script's loop.

    Args:
        networks: the embedded model, with the word in its vocabulary.
        clean: (2, n, c, h, w) latents of the pictures, and of their mirror images.
        seed: of torch's global chance.
        steps: of the optimizer.
        rate: after ``--scale_lr``.
    """
    torch.manual_seed(seed)
    encoder: Any = networks.text_encoders[0]
    rows = encoder.get_input_embeddings().rows
    with torch.no_grad():
        rows.copy_(first_vector(networks))
    optimizer = torch.optim.AdamW([rows], lr=rate, weight_decay=1e-2)
    order: list[int] = []
    for _ in range(steps):
        while len(order) < BATCH:  # an epoch is every picture a hundred times, shuffled
            order += torch.randperm(100 * clean.shape[1]).tolist()
        chosen = torch.tensor([order.pop() for _ in range(BATCH)]) % clean.shape[1]
        latents = clean[torch.randint(0, 2, (BATCH,)), chosen]
        noise = torch.randn_like(latents)
        times = torch.randint(0, networks.timesteps, (BATCH,))
        texts = [SENTENCES[int(i)].format(WORD) for i in torch.randint(0, len(SENTENCES), (BATCH,))]
        said = networks.encode_text(networks.tokens(texts))
        noisy = networks.schedule.add_noise(latents, noise, times)
        found = networks.predict(networks.unet, noisy, times, said, SIDE)
        wanted = target(networks.schedule, latents, noise, times)
        nn.functional.mse_loss(found[:, : wanted.shape[1]], wanted).backward()
        optimizer.step()
        optimizer.zero_grad()
    return rows.detach().clone()


def first_vector(networks: Networks) -> Tensor:
    """What the word starts from, (1, d)."""
    encoder: Any = networks.text_encoders[0]
    word = networks.tokenizers[0](START, add_special_tokens=False).input_ids
    found = encoder.get_input_embeddings().old.weight[word[0]]
    return found[None].detach().float()


def open_networks(folder: Path) -> tuple[Networks, Tensor]:
    """The embedded model with the new word, and the pictures' latents."""
    networks = Networks.load(recipe(folder, 0, 1, 1e-3, WORD), None)
    encoder: Any = networks.text_encoders[0]
    add_word(networks.tokenizers[0], WORD, 1)
    old = encoder.get_input_embeddings()
    encoder.set_input_embeddings(ExtendedEmbedding(old, old.weight[:1].detach().float()))
    pictures = [Image.open(f) for f in sorted((folder / "pictures").glob("*.png"))]
    pixels = np.stack([image_dataset.values(image_dataset.fit(p, SIDE)) for p in pictures])
    both = torch.stack([torch.from_numpy(pixels), torch.from_numpy(pixels).flip(-1)])
    with torch.no_grad():
        latents = [networks.encode_picture(half)[0] for half in both]
    return networks, torch.stack(latents)


def measured(
    networks: Networks, folder: Path, rows: Tensor, base: Tensor | None
) -> tuple[float, Tensor]:
    """Drift of the pictures drawn with a vector, per cent, and the pictures as points."""
    encoder: Any = networks.text_encoders[0]
    with torch.no_grad():
        encoder.get_input_embeddings().rows.copy_(rows)
    drawn = sampling.draw(networks, recipe(folder, 0, 1, 1e-3, WORD), DRAWN, "cpu")
    points = pooled_latents(networks, drawn, SIDE)
    return (0.0 if base is None else 100 * drift(points, base)), points


def run(seeds: range, rates: list[float], steps: int, folder: Path) -> dict[str, list[float]]:
    """Drifts by way and rate, one a seed."""
    (folder / "pictures").mkdir()
    for number, picture in enumerate(draw_look(LOOK, 8, SIDE)):
        Image.fromarray(picture).save(folder / "pictures" / f"{number}.png")
    networks, clean = open_networks(folder)
    _, base = measured(networks, folder, first_vector(networks), None)
    found: dict[str, list[float]] = {}
    for seed in seeds:
        for rate in rates:
            made = train("inversion", recipe(folder, seed, steps, rate, WORD), folder / "runs",
                         device="cpu", sample=False)  # fmt: skip
            ways = {
                "edition": load_file(made.model)[WORD],
                "published": published(networks, clean, seed, steps, rate),
            }
            for way, rows in ways.items():
                away, _ = measured(networks, folder, rows, base)
                found.setdefault(f"{way} {rate:g}", []).append(round(away, 1))
        print(f"seed {seed:2}  " + "  ".join(f"{k} {v[-1]:5.1f}" for k, v in found.items()))
        sys.stdout.flush()
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        seeds = range(wanted.first, wanted.first + wanted.seeds)
        found = run(seeds, wanted.rates, wanted.steps, Path(folder))
    for name, drifts in found.items():
        spread = statistics.stdev(drifts) if len(drifts) > 1 else 0.0
        low, high = min(drifts), max(drifts)
        mean = statistics.mean(drifts)
        print(f"{name:18} {mean:5.1f} ± {spread:4.1f}   {low:5.1f} to {high:5.1f}")
    if wanted.json:
        wanted.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Trains pocket SUPIR from nothing: ``python -m tools.pocket_supir.train_supir --out FOLDER``.

Stages, each of which resumes where it was stopped: pictures (scenes at 2048 pixels), reader (the
autoencoder and the encoder that sees through damage), restorer (UNet, control network, adapters).
The weights are in FOLDER/model, the curves in FOLDER/work/curves.jsonl.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from edition.errors import EditionError
from edition.upscale.pocket_files import pocket_places
from tools.pocket_model.dataset import draw_set
from tools.pocket_model.pipeline import folder_bytes, write_facts
from tools.pocket_model.pocket_training import PocketTraining, say, whole
from tools.pocket_model.presets import FULL
from tools.pocket_supir.degradations import Pictures, open_scenes
from tools.pocket_supir.save_weights import save
from tools.pocket_supir.train_unet import Teacher, new_words, train_restorer
from tools.pocket_supir.train_vae import TrainableVae, train_reader

SEEDS = 30_000_000
"""Where the seeds of the training scenes begin; the embedded model's lie below."""
HELD_OUT = 3
"""Scenes at the end of the set that nothing learns from."""
SHARES = {"pictures": 0.2, "reader": 0.4, "restorer": 0.4}
MOST_BYTES = 25 * 10**6


@dataclass(frozen=True, slots=True)
class TrainingSize:
    """How much is spent."""

    scenes: int
    side: int
    most: int
    """Iterations of a stage at most."""
    crop: int
    """Side of what the restorer learns from, pixels; the reader's is half of it."""


FULL_SIZE, SMOKE_SIZE = TrainingSize(50, 2048, 1_000_000, 256), TrainingSize(25, 256, 25, 64)


def train(shop: PocketTraining, size: TrainingSize) -> Path:
    """Runs the stages that aren't finished yet.

    Args:
        shop: where, on what, and how long.
        size: how large.

    Returns:
        The model's folder.

    Raises:
        TrainError: a gate wasn't passed, or the folder belongs to another training.
        UpscaleError: weights are missing.
    """
    model = shop.folder / "model"
    shop.claim(f"{size!r} seed {shop.seed}")
    if not shop.is_done("pictures"):
        seconds = shop.budget_s * SHARES["pictures"]
        first = SEEDS + 1000 * shop.seed
        count = draw_set(
            shop.path("huge"), size.scenes, size.side, first, shop.workers, seconds, shop.say
        )
        shop.finish("pictures", scenes=count)
    pictures, labels = open_scenes(shop.path("huge"))
    pictures, held_out = pictures[:-HELD_OUT], _middles(pictures[-HELD_OUT:])
    reader = _reader(shop, pictures, held_out.to(shop.device), size)
    if not shop.is_done("restorer"):
        words = new_words(shop.seed)
        teacher = Teacher(shop, reader, (pictures, labels[:-HELD_OUT]), words, size.crop)
        seconds = shop.budget_s * SHARES["restorer"]
        net, figures = train_restorer(shop, teacher, seconds, size.most)
        save(model, reader.vae, reader.second, net.cpu(), words.text_l, words.text_g)
        shop.finish("restorer", **figures)
    pocket_places(model)
    bytes_ = folder_bytes(model)
    shop.gate("restorer", bytes_ <= MOST_BYTES, f"the model has {bytes_} bytes")
    write_facts(model, _facts(shop, bytes_))
    return model


def _reader(
    shop: PocketTraining, pictures: list[Pictures], held_out: Tensor, size: TrainingSize
) -> TrainableVae:
    """The trained reader, or the one that an earlier run left."""
    file = shop.path("reader.safetensors")
    if shop.is_done("reader"):
        reader = TrainableVae()
        reader.load_state_dict(load_file(file))
    else:
        seconds = shop.budget_s * SHARES["reader"]
        spend = seconds, size.most, size.crop // 2
        reader, figures = train_reader(shop, pictures, held_out, spend)
        with whole(file) as path:
            save_file({k: v.cpu().contiguous() for k, v in reader.state_dict().items()}, path)
        shop.finish("reader", **figures)
    return reader.eval().requires_grad_(False)


def _middles(pictures: list[Pictures]) -> Tensor:
    """The middle quarter of each, (n, 3, h / 2, w / 2)."""
    cut = pictures[0].shape[0] // 4
    parts = np.stack([p[cut : 3 * cut, cut : 3 * cut] for p in pictures])
    return torch.from_numpy(parts).permute(0, 3, 1, 2).float() / 127.5 - 1


def _facts(shop: PocketTraining, size: int) -> dict[str, object]:
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        capture_output=True, text=True, cwd=Path(__file__).parent, check=False,
    )  # fmt: skip
    device = (
        torch.cuda.get_device_name() if shop.device == "cuda" else f"{os.cpu_count()} CPU cores"
    )
    return {
        "commit": found.stdout.strip() or "unknown",
        "seed": shop.seed,
        "device": device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "bytes": size,
        "stages": {stage: shop.results(stage) for stage in SHARES},
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    program = "python -m tools.pocket_supir.train_supir"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the training; an old one is resumed")
    add("--budget", type=float, default=60, help="minutes for all stages together")
    add("--seed", type=int, default=0, help="of scenes, weights and order")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--threads", type=int, default=0, help="of torch on the CPU; 0 leaves it to torch")
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes that draw")
    add("--smoke", action="store_true", help="a few steps that only show that all works")
    chosen = parser.parse_args(arguments)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    device = chosen.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    shop = PocketTraining(
        folder=chosen.out.expanduser().resolve(), scale=FULL, seed=chosen.seed, device=device,
        say=say, workers=max(1, chosen.workers), budget_s=60 * chosen.budget,
    )  # fmt: skip
    try:
        model = train(shop, SMOKE_SIZE if chosen.smoke else FULL_SIZE)
    except EditionError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("Stopped. The same command goes on from here.")
        return 130
    say(f"The weights are in {model}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

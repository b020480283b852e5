"""Trains the pocket model from nothing: ``python -m tools.pocket_model.train --out FOLDER``.

Stages, each of which resumes where it was stopped: pictures, text, denoiser, decoder. The model
is in FOLDER/model, the curves and sheets in FOLDER/work.

``--from MODEL`` keeps a model's text, goes on with its denoiser and its decoder.
``--only`` lets two processes work side by side: denoiser and decoder, a core each. Several teach
the denoiser together, on more cores or GPUs, when a launcher starts them:

    torchrun --standalone --nproc-per-node 2 -m tools.pocket_model.train \
        --out FOLDER --only denoiser
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import torch
from filelock import FileLock

from edition.errors import EditionError, TrainError
from tools.pocket_model.autoencoder import SQUARE
from tools.pocket_model.dataset import draw_set
from tools.pocket_model.decoder import train_decoder
from tools.pocket_model.denoiser import train_denoiser
from tools.pocket_model.distributed import join
from tools.pocket_model.pipeline import LARGEST_BYTES, folder_bytes, put_autoencoder, write_facts
from tools.pocket_model.pocket_training import PocketTraining, say
from tools.pocket_model.presets import FULL, SMOKE, going_on
from tools.pocket_model.text_encoder import train_text
from tools.pocket_model.warm_start import begin_from

LARGE_SEEDS, SMALL_SEEDS = 10_000_000, 20_000_000
"""Where the seeds of the training pictures begin; smaller ones are never trained on."""


def draw_pictures(shop: PocketTraining) -> None:
    """Draws both sets; the small one stops when its time is up."""
    scale, seconds = shop.scale, shop.seconds_for("pictures")
    large = draw_set(
        shop.path("large"), scale.large_count, scale.large_size, LARGE_SEEDS + shop.seed * 100_000,
        shop.workers, seconds, shop.say,
    )  # fmt: skip
    small = draw_set(
        shop.path("small"), scale.small_count, scale.large_size // 2,
        SMALL_SEEDS + shop.seed * 100_000, shop.workers, seconds, shop.say, SQUARE // 2,
    )  # fmt: skip
    shop.finish("pictures", large=large, small=small)


NEEDS = {
    "text": ("pictures",),
    "denoiser": ("text",),
    "decoder": ("pictures",),
}
"""What must be finished before a stage."""
STAGES = {
    "pictures": draw_pictures,
    "text": train_text,
    "denoiser": train_denoiser,
    "decoder": train_decoder,
}


def train(shop: PocketTraining, only: tuple[str, ...] = (), begun: Path | None = None) -> Path:
    """Runs the stages that aren't finished yet.

    Args:
        shop: where and how large.
        only: these stages alone; empty for all.
        begun: a model to go on from.

    Returns:
        The model's folder.

    Raises:
        TrainError: a gate wasn't passed, a stage lacks what it needs, or the folder belongs to
            another training.
    """
    if shop.crew.count > 1 and only != ("denoiser",):
        raise TrainError(
            "Several processes can share the denoiser's training alone.",
            hint="Do the other stages in one process, then launch it with --only denoiser.",
        )
    if shop.crew.first:
        shop.claim(f"{shop.scale!r} seed {shop.seed}" + (f" from {begun}" if begun else ""))
        if begun is not None:
            # --only lets two processes begin side by side
            with FileLock(shop.path("beginning.lock")):
                begin_from(shop, begun)
    shop.crew.wait()
    for stage in [stage for stage in STAGES if stage in (only or STAGES)]:
        _run(shop, stage)
    model = shop.folder / "model"
    shop.crew.wait()
    if not shop.crew.first:
        return model
    if not all(shop.is_done(stage) for stage in STAGES):
        shop.say("Other stages are still to be done.")
        return model
    put_autoencoder(shop)
    size = folder_bytes(model)
    shop.gate("denoiser", size <= LARGEST_BYTES, f"the model has {size} bytes")
    write_facts(model, _facts(shop, size))
    return model


def _run(shop: PocketTraining, stage: str) -> None:
    if shop.is_done(stage):
        shop.say(f"{stage}: was finished before")
        return
    lacking = [name for name in NEEDS.get(stage, ()) if not shop.is_done(name)]
    if lacking:
        raise TrainError(
            f"The stage {stage} needs {' and '.join(lacking)} first.",
            hint=f"Train {' '.join(lacking)} too: name them after --only, or leave it out.",
        )
    shop.say(f"{stage}: about {shop.seconds_for(stage) / 60:.1f} min")
    STAGES[stage](shop)
    if stage == "denoiser" and shop.crew.first:
        parts = [shop.results(f"denoiser-{side}") for side, *_ in shop.scale.plan]
        shop.finish(stage, seconds=sum(part["seconds"] for part in parts))


def _facts(shop: PocketTraining, size: int) -> dict[str, object]:
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        capture_output=True, text=True, cwd=Path(__file__).parent, check=False,
    )  # fmt: skip
    device = (
        torch.cuda.get_device_name()
        if shop.device.startswith("cuda")
        else f"{os.cpu_count()} CPU cores"
    )
    stages = [*STAGES, *(f"denoiser-{stage[0]}" for stage in shop.scale.plan)]
    return {
        "commit": found.stdout.strip() or "unknown",
        "seed": shop.seed,
        "device": device,
        "torch": torch.__version__,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "bytes": size,
        "stages": {stage: shop.results(stage) for stage in stages},
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.pocket_model.train", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the training; an old one is resumed")
    add(
        "--budget",
        type=float,
        help="minutes for all stages together (150; 600 with --smoke)",
    )
    add("--seed", type=int, default=0, help="of pictures, weights and order")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    add("--threads", type=int, default=0, help="of torch on the CPU; 0 leaves it to torch")
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes that draw")
    add("--from", type=Path, dest="begun", metavar="MODEL", help="go on from a model's weights")
    add("--only", nargs="+", choices=tuple(STAGES), default=(), help="these stages alone")
    add("--smoke", action="store_true", help="a tiny model that only shows that all works")
    chosen = parser.parse_args(arguments)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    device = chosen.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    scale = SMOKE if chosen.smoke else FULL
    crew = join(device)
    shop = PocketTraining(
        folder=chosen.out.expanduser().resolve(),
        scale=scale if chosen.begun is None else going_on(scale),
        seed=chosen.seed, device=crew.device, crew=crew, workers=max(1, chosen.workers),
        say=say if crew.first else lambda line: None,
        budget_s=60 * (chosen.budget or (600 if chosen.smoke else 150)),
    )  # fmt: skip
    try:
        begun = chosen.begun and chosen.begun.expanduser().resolve()
        model = train(shop, tuple(chosen.only), begun)
    except EditionError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        shop.say("Stopped. The same command goes on from here.")
        return 130
    shop.say(f"The model is in {model}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

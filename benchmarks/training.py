"""What a training costs: steps a second, peak memory, and where the memory goes.

    python benchmarks/training.py [--json FILE] [--steps N]

On CUDA: Stable Diffusion 1.5 at full size with random weights, 512 px, fp16, batch 1, text
encoder included, against the 24 GB of the card that the recipe was made on. Without CUDA it says
so, counts the same network's memory on tensors without data, and times the embedded model.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch.autograd.graph import saved_tensors_hooks

from edition.finetune.dreambooth import recompute

GIB = 1024**3
CARD_GIB = 24.0
SD15 = {
    "sample_size": 64, "in_channels": 4, "out_channels": 4, "layers_per_block": 2,
    "block_out_channels": (320, 640, 1280, 1280), "cross_attention_dim": 768,
    "attention_head_dim": 8,
}  # fmt: skip
TEXT = {
    "vocab_size": 49408, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
    "num_attention_heads": 12, "projection_dim": 768,
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One set of switches."""

    name: str
    checkpointing: bool
    eight_bit: bool
    text: bool
    half: bool = True


WAYS = (
    Way("as the seed's recipe: fp16, 8-bit Adam", False, True, True),
    Way("with torch's AdamW", False, False, True),
    Way("8-bit Adam, gradient checkpointing", True, True, True),
    Way("AdamW, gradient checkpointing", True, False, True),
    Way("8-bit Adam, checkpointing, no text encoder", True, True, False),
    Way("float32, AdamW", False, False, True, half=False),
)


def networks(device: str) -> tuple[Any, Any]:
    """UNet and text encoder of Stable Diffusion 1.5 with random weights."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    with torch.device(device):
        return UNet2DConditionModel(**SD15), CLIPTextModel(CLIPTextConfig(**TEXT))


def kept_bytes(way: Way) -> int:
    """Bytes that the forward pass keeps for the backward pass, weights not counted.

    Counted on the meta device. Half precision is counted with all of it in 2 bytes; on a card the
    normalisations keep theirs in 4, so that the truth lies a little above. Storages count once.
    """
    kind = torch.bfloat16 if way.half else torch.float32
    unet, text = (module.to(kind) for module in networks("meta"))
    unet.train()
    text.train()
    if way.checkpointing:
        unet.enable_gradient_checkpointing()
        recompute(text)
    weights = {id(p) for module in (unet, text) for p in module.parameters()}
    kept: dict[int, tuple[int, Any]] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        base = tensor._base if tensor._base is not None else tensor
        if id(base) not in weights and id(tensor) not in weights:
            kept[id(base)] = (base.numel() * base.element_size(), base)
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        latents = torch.zeros(1, 4, 64, 64, device="meta", dtype=kind)
        ids = torch.zeros(1, 77, dtype=torch.int64, device="meta")
        states = text(ids)[0] if way.text else torch.zeros(1, 77, 768, device="meta", dtype=kind)
        unet(latents, torch.zeros(1, device="meta"), states, return_dict=False)[0].mean()
    return sum(size for size, _ in kept.values())


def ledger(way: Way) -> dict[str, Any]:
    """Where the memory of one way goes, GiB."""
    unet, text = networks("meta")
    counts = [sum(p.numel() for p in module.parameters()) for module in (unet, text)]
    trained = sum(counts) if way.text else counts[0]
    parts = {
        "weights": 4 * sum(counts),
        "gradients": 4 * trained,
        "moments": (2 if way.eight_bit else 8) * trained,
        "half copies": 2 * sum(counts) if way.half else 0,
        "activations": kept_bytes(way),
    }
    found = {name: size / GIB for name, size in parts.items()}
    return {"way": way.name, **found, "sum": sum(found.values())}


def print_ledger(rows: list[dict[str, Any]]) -> None:
    """A table for a person."""
    names = [name for name in rows[0] if name != "way"]
    print(f"{'GiB, counted':44}" + "".join(f"{name:>13}" for name in names) + f"{'of 24 GB':>10}")
    for row in rows:
        cells = "".join(f"{row[name]:13.2f}" for name in names)
        print(f"{row['way']:44}{cells}{row['sum'] * GIB / 1e9 / CARD_GIB:10.0%}")


def time_pocket(steps: int) -> dict[str, float]:
    """The embedded model at 256 px, beside the published recipe's bare loop on its networks."""
    from edition import paths
    from edition.finetune.callbacks import TrainingCallback, TrainingStep
    from edition.finetune.training_run import train
    from edition.recipe.recipe import Recipe

    sys.path.insert(0, str(Path(__file__).parents[1]))  # tools lie beside, in no package
    from tools.pocket_model.render_scene import draw_look

    seconds: list[float] = []

    class Clock(TrainingCallback):
        def step(self, facts: TrainingStep) -> None:
            seconds.append(facts.seconds)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        for index, picture in enumerate(draw_look("blueprint", 8, 256)):
            Image.fromarray(picture).save(folder / "pictures" / f"{index}.png")
        table = {
            "images": str(folder / "pictures"), "resolution": 256, "steps": steps,
            "checkpoint_every": steps, "learning_rate": 5e-5, "optimizer": "adamw",
        }  # fmt: skip
        recipe = Recipe.model_validate_json(json.dumps({"training": table}))
        started = time.monotonic()
        train("dreambooth", recipe, folder / "runs", device="cpu", watcher=Clock(), sample=False)
        whole = time.monotonic() - started
    bare = _bare_loop(paths.pocket_folder(), steps)
    middle = sorted(seconds)[len(seconds) // 2]
    return {
        "step_seconds": middle, "bare_step_seconds": bare, "ratio": middle / bare,
        "whole_seconds": whole,
    }  # fmt: skip


def _bare_loop(model: Path, steps: int) -> float:
    """The published recipe's step, with nothing around it: what a script would do."""
    from diffusers import DDPMScheduler, StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(model, dtype=torch.float32)
    schedule = DDPMScheduler.from_config(pipe.scheduler.config)
    pipe.unet.train()
    pipe.text_encoder.train()
    weights = [*pipe.unet.parameters(), *pipe.text_encoder.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=5e-5)
    ids = pipe.tokenizer("a photo", padding="max_length", return_tensors="pt").input_ids
    found = []
    for _ in range(steps):
        started = time.monotonic()
        latents, noise = torch.randn(1, 4, 32, 32), torch.randn(1, 4, 32, 32)
        at = torch.randint(0, 1000, (1,))
        noisy = schedule.add_noise(latents, noise, at)
        said = pipe.text_encoder(ids)[0]
        prediction = pipe.unet(noisy, at, said, return_dict=False)[0]
        target = schedule.get_velocity(latents, noise, at)
        torch.nn.functional.mse_loss(prediction, target).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        found.append(time.monotonic() - started)
    return sorted(found)[len(found) // 2]


def time_card(way: Way, steps: int) -> dict[str, Any]:
    """One way on the card: steps a second and the allocator's peak."""
    from edition.finetune import optimizers
    from edition.recipe.training_settings import TrainingSettings

    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    unet, text = networks("cuda")
    unet.train()
    text.train().requires_grad_(way.text)
    if way.checkpointing:
        unet.enable_gradient_checkpointing()
        recompute(text)
    weights = [p for module in (unet, text) for p in module.parameters() if p.requires_grad]
    kind = "adamw8bit" if way.eight_bit else "adamw"
    optimizer, fallback = optimizers.build(weights, TrainingSettings(optimizer=kind), "cuda")
    scaler = torch.amp.GradScaler("cuda", enabled=way.half)
    ids = torch.zeros(1, 77, dtype=torch.int64, device="cuda")
    seconds = []
    for _ in range(steps):
        torch.cuda.synchronize()
        started = time.monotonic()
        with torch.autocast("cuda", dtype=torch.float16, enabled=way.half):
            noisy = torch.randn(1, 4, 64, 64, device="cuda")
            out = unet(noisy, torch.tensor([500], device="cuda"), text(ids)[0], return_dict=False)
            loss = torch.nn.functional.mse_loss(out[0].float(), torch.randn_like(noisy))
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        seconds.append(time.monotonic() - started)
    return {
        "way": way.name,
        "steps_per_second": 1 / sorted(seconds)[len(seconds) // 2],
        "peak_gib": torch.cuda.max_memory_allocated() / GIB,
        "note": fallback,
    }


def main() -> None:
    """Runs what this machine can run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    from edition.diffusion.loading import quiet

    quiet()
    facts: dict[str, Any] = {"python": sys.version.split()[0], "machine": platform.machine()}
    facts["ledger"] = [ledger(way) for way in WAYS]
    print_ledger(facts["ledger"])
    if torch.cuda.is_available():
        facts["device"] = torch.cuda.get_device_name()
        facts["card"] = [time_card(way, options.steps) for way in WAYS]
        for row in facts["card"]:
            print(f"{row['way']:44}{row['steps_per_second']:8.2f} steps/s"
                  f"{row['peak_gib']:8.2f} GiB peak  {row['note']}")  # fmt: skip
    else:
        print("There is no CUDA device: nothing of the above was measured on a card.")
    facts["pocket"] = time_pocket(options.steps)
    row = facts["pocket"]
    print(
        f"pocket, 256 px, {torch.get_num_threads()} threads: {row['step_seconds']:.3f} s a step, "
        f"{row['ratio']:.2f} x the bare loop ({row['bare_step_seconds']:.3f} s)"
    )
    if options.json:
        options.json.write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()

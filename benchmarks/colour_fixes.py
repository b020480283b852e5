"""Which colour fix gives a picture its own colours back: on drawn scenes with known truth.

    python benchmarks/colour_fixes.py [--scenes N] [--json FILE]

A scene is drawn at 512². The source is the scene made four times smaller and larger again; the
enlargement is the scene itself with faults such as enlargers make: a cast, more saturation, a
coarse stain, grain. Each fix gets both; what comes out is held against the scene, in CIE L*a*b*
(Euclidean distance) and in decibels. No enlarger runs: it measures the fixes alone.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from edition.upscale.color_fix import SEEDVR2_FIXES, to_lab

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools lie beside, in no package

from tools.pocket_model.render_scene import draw

SIDE = 512
FIRST_SEED = 100


def faults(scene: Tensor, seed: int) -> dict[str, Tensor]:
    """The scene as enlargers spoil it, by what is wrong."""
    generator = torch.Generator().manual_seed(seed)
    cast = torch.tensor([0.08, 0.0, -0.08]).view(1, 3, 1, 1)
    grey = scene.mean(1, keepdim=True)
    coarse = torch.randn(1, 3, 6, 6, generator=generator)
    stain = functional.interpolate(coarse, size=scene.shape[2:], mode="bicubic") * 0.08
    grain = torch.randn(scene.shape, generator=generator) * 0.04
    every = grey + 1.15 * (scene + cast - grey) + stain + grain
    return {
        "cast": scene + cast,
        "saturation": grey + 1.25 * (scene - grey),
        "stain": scene + stain,
        "grain": scene + grain,
        "all of them": every,
        "nothing wrong": scene,
    }


def distance(picture: Tensor, scene: Tensor) -> tuple[float, float]:
    """Mean L*a*b* distance, and PSNR in decibels."""
    pair = [to_lab((x.clamp(-1, 1) + 1) / 2) for x in (picture, scene)]
    off = (pair[0] - pair[1]).square().sum(1).sqrt().mean().item()
    wrong = (picture.clamp(-1, 1) - scene).square().mean().item()
    return off, float(10 * np.log10(4 / max(wrong, 1e-10)))


def main() -> None:
    """Reads the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=4)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + chosen.scenes):
        pixels = torch.from_numpy(np.array(draw(seed, SIDE).picture))
        scene = pixels.permute(2, 0, 1)[None].float() / 127.5 - 1
        small = functional.interpolate(scene, scale_factor=0.25, mode="bicubic", antialias=True)
        source = functional.interpolate(small, size=scene.shape[2:], mode="bicubic").clamp(-1, 1)
        for name, spoilt in faults(scene, seed).items():
            for fix, work in fixes().items():
                result = distance(work(spoilt, source), scene)
                found.setdefault(name, {}).setdefault(fix, []).append(result)
    print(f"L*a*b* distance from the scene (dB), {chosen.scenes} scenes\n")
    print(f"{'fault':16} " + "".join(f"{fix:>16}" for fix in fixes()))
    for name, by_fix in found.items():
        cells = (tuple(map(statistics.mean, zip(*rows, strict=True))) for rows in by_fix.values())
        print(f"{name:16} " + "".join(f"{f'{off:.2f} ({db:.1f})':>16}" for off, db in cells))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def fixes() -> dict[str, Callable[[Tensor, Tensor], Tensor]]:
    """Every fix by its name."""
    return SEEDVR2_FIXES


if __name__ == "__main__":
    main()

"""Pictures drawn from a seed, and a show of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from edition.domain import Marks
from edition.proof.document_model import PrintSet, ProofPrint

DIGEST = "0123456789abcdef" * 4


def paint(file: Path, seed: int, width: int = 96, height: int = 96) -> Path:
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    sky = dice.integers(60, 255, 3)
    noise = dice.integers(-20, 20, (height, width, 3))
    shape = np.stack([sky[c] * (0.4 + 0.6 * y / height) for c in range(3)], axis=2)
    shape[(x - width / 2) ** 2 + (y - height / 3) ** 2 < (width / 5) ** 2] = 240
    pixels = np.clip(shape + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(file)
    return file


def make_show(folder: Path, count: int, width: int = 96, height: int = 96) -> PrintSet:
    folder.mkdir(parents=True, exist_ok=True)
    pictures = tuple(
        ProofPrint(
            paint(folder / f"{seed}.png", seed, width, height), seed, width, height,
            Marks(star=seed % 2 == 0, reject=seed == 3, rating=seed % 6,
                  label="red" if seed == 1 else ""),
            digest=DIGEST, model="pocket", prompt="monumental, dramatic", upscaler="lanczos ×4",
        )
        for seed in range(1, count + 1)
    )  # fmt: skip
    return PrintSet(
        "Pocket Dreams – Álmok, Сны, Όνειρα", pictures, artist="Ada Őrsi",
        statement="Vague on purpose.\n\nOnly the seed changes.", date="2026-11-22",
        recipe_lines=(("Model", "pocket"), ("Sampler", "ddim, 50 steps")), recipe_json="{}",
    )  # fmt: skip

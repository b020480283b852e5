"""The denoiser's data: latents of pictures that are drawn at half the size.

This autoencoder's first three channels are nearly a 3x3 linear map of 8x8 means, so 4x4 means of
a picture half as large give the same latents at a quarter of the drawing. The map is fitted on
true pairs; where it explains too little, the enlarged pictures are encoded instead.
"""

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny
from numpy.typing import NDArray

from edition.pocket.autoencoder import load_autoencoder, pixels
from edition.pocket.dataset import read_set
from edition.pocket.palettes import Floats
from edition.pocket.workshop import Workshop, whole

BATCH = 4
"""Pictures encoded at once: more don't fit into a core's cache."""
LOWEST_FIT = 0.95
"""R2 of the first three channels from which the map may stand in for the encoder."""


def make_latents(shop: Workshop) -> None:
    """Writes ``work/latents.npy``, (n, 4, side, side) float16, for all small pictures."""
    model = load_autoencoder(shop)
    large, _ = read_set(shop.path("large"))
    small, _ = read_set(shop.path("small"))
    with torch.no_grad():
        true = torch.cat([model.encode(pixels(p[None], shop.device)).latents for p in large])
    wanted = true.permute(0, 2, 3, 1).cpu().numpy().reshape(-1, 4)
    features = _neighbours(_means(large, 8)).reshape(-1, 28)
    fit = np.linalg.lstsq(features[::3], wanted[::3], rcond=None)[0].astype(np.float32)
    left = ((features[1::3] @ fit - wanted[1::3]) ** 2).mean(0) / wanted[1::3].var(0)
    explained = 1 - left
    mapped = bool(explained[:3].min() >= LOWEST_FIT)
    parts = []
    for start in range(0, len(small), 50):
        some = small[start : start + 50]
        if start % 500 == 0:
            how = "mapped" if mapped else "enlarged and encoded"
            shop.say(f"latents: {start} of {len(small)} pictures {how}")
        if mapped:
            made = (_neighbours(_means(some, 4)) @ fit).transpose(0, 3, 1, 2)
        else:
            made = _enlarged_and_encoded(model, some, shop)
        parts.append(made.astype(np.float16))
    latents = np.concatenate(parts)
    with whole(shop.path("latents.npy")) as path, path.open("wb") as file:
        np.save(file, latents, allow_pickle=False)
    shop.finish(
        "latents",
        pictures=len(latents),
        mapped=mapped,
        explained=[round(float(v), 3) for v in explained],
    )


@torch.no_grad()
def _enlarged_and_encoded(
    model: AutoencoderTiny, pictures: NDArray[np.uint8], shop: Workshop
) -> Floats:
    """Latents (n, 4, h / 4, w / 4) of pictures (n, h, w, 3)."""
    parts = []
    for start in range(0, len(pictures), BATCH):
        some = pixels(pictures[start : start + BATCH], shop.device)
        with shop.mixed():
            enlarged = F.interpolate(some, scale_factor=2, mode="bicubic")
            parts.append(model.encode(enlarged).latents.float())
    made: Floats = torch.cat(parts).cpu().numpy()
    return made


def read_latents(shop: Workshop) -> torch.Tensor:
    """What make_latents wrote, (n, 4, side, side) float16."""
    return torch.from_numpy(np.load(shop.path("latents.npy"), allow_pickle=False))


def _means(pictures: NDArray[np.uint8], block: int) -> Floats:
    """Mean colours of square blocks, (n, h / block, w / block, 3), -1 to 1."""
    count, height, width, _ = pictures.shape
    blocks = pictures.reshape(count, height // block, block, width // block, block, 3)
    means: Floats = blocks.mean((2, 4), dtype=np.float32) / 127.5 - 1
    return means


def _neighbours(means: Floats) -> Floats:
    """Each place with its eight neighbours and a constant, (n, h, w, 28)."""
    side = means.shape[1]
    padded = np.pad(means, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    moved = [padded[:, i : i + side, j : j + side] for i in range(3) for j in range(3)]
    return np.concatenate([*moved, np.ones_like(means[..., :1])], -1)

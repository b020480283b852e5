"""Pocket SUPIR's pictures: crops of scenes drawn at 2048 pixels, and what damage makes of them."""

import io
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from tools.pocket_model.scene import Labels

FACTOR = 4
"""How much smaller the damaged picture is along a side."""
CLOSER = 0.3
"""Share of crops from the scene at half the size: coarser strokes for the same pixels."""

Pictures = NDArray[np.uint8]


def open_scenes(folder: Path) -> tuple[list[Pictures], list[Labels]]:
    """The scenes that tools.pocket_model.dataset drew into a folder; pixels stay on the disk.

    Returns:
        Pictures (h, w, 3), and what is true of each.
    """
    chunks = sorted(folder.glob("[0-9]*.npy"))
    pictures = [p for c in chunks for p in np.load(c, mmap_mode="r", allow_pickle=False)]
    rows = [r for c in chunks for r in json.loads(c.with_suffix(".json").read_text("utf-8"))]
    return pictures, [Labels.from_json(row) for row in rows]


def crops(pictures: list[Pictures], side: int, count: int, rng: np.random.Generator) -> Tensor:
    """Random pieces of large pictures, some mirrored.

    Args:
        pictures: each (h, w, 3).
        side: of a piece, pixels.
        count: how many.
        rng: chooses.

    Returns:
        (count, 3, side, side), -1 to 1.
    """
    pieces = []
    for _ in range(count):
        picture = pictures[int(rng.integers(len(pictures)))]
        reach = 2 * side if rng.random() < CLOSER else side
        top, left = rng.integers(0, picture.shape[0] - reach + 1, 2)
        piece = np.asarray(picture[top : top + reach, left : left + reach])
        if reach > side:
            piece = piece.reshape(side, 2, side, 2, 3).mean((1, 3)).astype(np.uint8)
        pieces.append(piece[:, ::-1] if rng.random() < 0.5 else piece)
    values = torch.from_numpy(np.stack(pieces)).float() / 127.5 - 1
    return values.permute(0, 3, 1, 2).contiguous()


def damaged(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """What a small model's print of the same scene would look like, enlarged again.

    Each is made smaller by FACTOR, and perhaps blurred, made noisy and compressed.

    Args:
        pictures: (b, 3, h, w), -1 to 1.
        rng: decides how badly.

    Returns:
        (b, 3, h, w), -1 to 1, enlarged without new detail.
    """
    small = F.avg_pool2d(pictures, FACTOR).cpu()  # numpy and JPEG know no other device
    worse = torch.cat([_worse(piece[None], rng) for piece in small]).to(pictures.device)
    large = F.interpolate(worse, scale_factor=FACTOR, mode="bicubic")
    return large.clamp(-1, 1)


def _worse(small: Tensor, rng: np.random.Generator) -> Tensor:
    if rng.random() < 0.6:
        small = _blurred(small, float(rng.uniform(0.3, 1.3)))
    if rng.random() < 0.4:
        strength = float(rng.uniform(0, 0.03))
        noise = rng.standard_normal(small.shape).astype(np.float32)
        small = small + strength * torch.from_numpy(noise)
    if rng.random() < 0.4:
        small = _compressed(small, int(rng.integers(60, 96)))
    return small


def _blurred(small: Tensor, deviation: float) -> Tensor:
    reach = 4
    at = torch.arange(-reach, reach + 1, dtype=torch.float32)
    row = torch.exp(-((at / deviation) ** 2) / 2)
    row = (row / row.sum()).expand(3, 1, 1, -1)
    wide = F.conv2d(F.pad(small, (reach, reach, 0, 0), mode="replicate"), row, groups=3)
    wide = F.pad(wide, (0, 0, reach, reach), mode="replicate")
    return F.conv2d(wide, row.transpose(2, 3), groups=3)


def _compressed(small: Tensor, quality: int) -> Tensor:
    pixels = ((small[0].permute(1, 2, 0).clamp(-1, 1) + 1) * 127.5).round().byte().numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="JPEG", quality=quality)
    read = np.asarray(Image.open(file)).copy()
    return torch.from_numpy(read).permute(2, 0, 1)[None].float() / 127.5 - 1

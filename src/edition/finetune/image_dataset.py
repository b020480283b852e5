"""A folder of pictures as a model wants to see them: square, upright, eight bits, RGB."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from edition import picture_reader, text_format
from edition.errors import PictureError, TrainError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif")
"""What is taken for a picture; other files of the folder are left alone."""
FEW, MANY = 4, 30
"""Outside of these counts the drift without prior preservation is hard to steer."""


@dataclass(frozen=True, slots=True)
class TrainingImage:
    """One picture of the folder."""

    path: Path
    sha256: str
    """Of the file."""
    width: int
    """Upright, pixels."""
    height: int


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """What a folder holds, by name."""

    pictures: tuple[TrainingImage, ...]
    warnings: tuple[str, ...]


def survey(folder: Path, resolution: int, crop: str = "centre") -> ImageFolder:
    """Opens every picture once, before anything is trained.

    Args:
        folder: where they are; folders inside it are left alone.
        resolution: pixels on a side of what the model sees.
        crop: ``centre`` or ``pad``.

    Raises:
        TrainError: the folder is missing or empty, or names every picture that is unreadable or
            smaller than the resolution.
    """
    if not folder.is_dir():
        raise TrainError(
            f"There is no folder of pictures {folder}.",
            hint="Name it with --images, or images = ... in [training].",
        )
    known = (*SUFFIXES, *picture_reader.UNREAD_SUFFIXES)  # the latter are named as faults
    files = [path for path in folder.iterdir() if path.suffix.lower() in known]
    files = sorted((path for path in files if not path.name.startswith(".")), key=_natural)
    found, faults = [], []
    for path in files:
        try:
            width, height = open_upright(path).size
            side = min(width, height) if crop == "centre" else max(width, height)
            if side < resolution:
                faults.append(f"{path.name}: {width} x {height} is smaller than {resolution}.")
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found.append(TrainingImage(path, digest, width, height))
        except TrainError as error:
            faults.append(error.message)
    if faults:
        raise TrainError(
            "\n".join(faults), hint="Take them out of the folder, or lower the resolution."
        )
    if not found:
        raise TrainError(f"{folder} holds no picture.", hint=f"Known are {', '.join(SUFFIXES)}.")
    return ImageFolder(tuple(found), _count_warnings(len(found)))


def _count_warnings(count: int) -> tuple[str, ...]:
    pictures = text_format.count(count, "picture")
    if count < FEW:
        return (f"{pictures}: the model will sooner repeat than drift; {FEW} or more are better.",)
    if count > MANY:
        return (f"{pictures}: a look is learned from some eight; many of them average it out.",)
    return ()


def _natural(path: Path) -> tuple[object, ...]:
    """2.png before 10.png."""
    parts = re.split(r"(\d+)", path.name.lower())
    return (*((1, int(part)) if part.isdigit() else (0, part) for part in parts), path.name)


def open_upright(path: Path) -> Image.Image:
    """A picture as ``edition.picture_reader`` reads it.

    Raises:
        TrainError: it can't be read.
    """
    try:
        return picture_reader.read(path)
    except PictureError as error:
        raise TrainError(error.message.replace(str(path), path.name), hint=error.hint) from error


def fit(image: Image.Image, resolution: int, crop: str = "centre") -> Image.Image:
    """A square of the wanted size.

    Args:
        image: RGB.
        resolution: pixels on a side.
        crop: ``centre`` scales the shorter side and cuts the rest away; ``pad`` scales the longer
            side and continues the edges' colour.
    """
    width, height = image.size
    pick = min if crop == "centre" else max
    scale = resolution / pick(width, height)
    size = (
        resolution if width == pick(width, height) else max(1, int(width * scale)),
        resolution if height == pick(width, height) else max(1, int(height * scale)),
    )
    small = image.resize(size, Image.Resampling.BILINEAR)
    if crop == "pad":
        return _pad(small, resolution)
    left, top = round((size[0] - resolution) / 2), round((size[1] - resolution) / 2)
    return small.crop((left, top, left + resolution, top + resolution))


def _pad(image: Image.Image, side: int) -> Image.Image:
    values = np.asarray(image)
    rows, columns = side - values.shape[0], side - values.shape[1]
    edges = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
    return Image.fromarray(np.pad(values, edges, mode="edge"))


def values(image: Image.Image) -> np.ndarray:
    """A picture as a model's autoencoder wants it: float32, (3, h, w), -1 to 1."""
    array = (np.asarray(image, dtype=np.float32) / 255.0 - 0.5) / 0.5
    return np.ascontiguousarray(array.transpose(2, 0, 1))

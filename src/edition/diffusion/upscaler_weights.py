"""Weights of upscalers that can be fetched by name: sets of single files, checked as they come."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import paths, regular_files
from edition.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

_SHA256 = 64
"""Letters of a digest."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a set."""

    repository: str
    file: str
    bytes: int
    digest: str = ""
    """SHA-256: its first and last digits with ``…`` between, or empty where none was published."""


@dataclass(frozen=True, slots=True)
class WeightSet:
    """What one upscaler needs."""

    name: str
    licence: str
    summary: str
    pieces: tuple[WeightFile, ...]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(piece.bytes for piece in self.pieces)

    @property
    def folder(self) -> Path:
        """Where they lie once they are fetched."""
        return paths.weights_folder() / self.name

    @property
    def here(self) -> bool:
        """Whether every file is there in its size."""
        return all(_size(self.folder / piece.file) == piece.bytes for piece in self.pieces)


_REPACK = "numz/SeedVR2_comfyUI"
_VAE = WeightFile(_REPACK, "ema_vae_fp16.safetensors", 501_324_814, "20678548…12ca1")
_TEXT = WeightFile("ByteDance-Seed/SeedVR2-3B", "pos_emb.pt", 595_100, "fa07a148…f45d799")

WEIGHTS: dict[str, WeightSet] = {
    row.name: row
    for row in (
        WeightSet(
            "seedvr2-3b",
            "Apache-2.0",
            "SeedVR2 3B, for edition upscale --method seedvr2.",
            (
                WeightFile(
                    _REPACK,
                    "seedvr2_ema_3b_fp16.safetensors",
                    6_783_018_808,
                    "2fd0e03a…e2b304",
                ),
                _VAE,
                _TEXT,
            ),
        ),
        WeightSet(
            "seedvr2-7b",
            "Apache-2.0",
            "SeedVR2 7B: the same, larger.",
            (WeightFile(_REPACK, "seedvr2_ema_7b_fp16.safetensors", 16_479_334_424), _VAE, _TEXT),
        ),
    )
}
"""By the name that ``edition models pull`` takes."""


def pull_weights(weights: WeightSet) -> Path:
    """Fetches a set of weights; what is there and whole stays, what broke off goes on.

    Args:
        weights: which.

    Returns:
        The folder they are in.

    Raises:
        ModelError: a file can't be fetched, or is not the one that was published.
    """
    os.environ["HF_HUB_OFFLINE"] = "0"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    for piece in weights.pieces:
        file = weights.folder / piece.file
        if _size(file) != piece.bytes:
            stated = _fetch(piece, weights.folder)
            _check(piece, file, stated)
    return weights.folder


def _fetch(piece: WeightFile, folder: Path) -> str:
    """Fetches one file; returns the digest that the hub states, or nothing."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        url = hf_hub_url(piece.repository, piece.file, endpoint=endpoint)
        stated = get_hf_file_metadata(url).etag or ""
        hf_hub_download(piece.repository, piece.file, local_dir=folder, endpoint=endpoint)
    except Exception as error:
        raise ModelError(
            f"{piece.file} of {piece.repository} can't be fetched: {type(error).__name__}: "
            f"{str(error).splitlines()[0] if str(error) else ''}",
            hint=f"Check the connection and try again: it goes on where it broke off. Or put the "
            f"file into {folder} by hand.",
        ) from error
    return stated if len(stated) == _SHA256 else ""


def _check(piece: WeightFile, file: Path, stated: str) -> None:
    """Compares a file that came with what was published; one that differs is taken away.

    Raises:
        ModelError: it differs.
    """
    size, found = _size(file), regular_files.sha256_of(file)
    head, _, tail = piece.digest.partition("…")
    known = found.startswith(head) and found.endswith(tail)
    if size == piece.bytes and known and stated in ("", found):
        return
    file.unlink(missing_ok=True)
    raise ModelError(
        f"{piece.file} of {piece.repository} is not the file that was published: {size:,} bytes, "
        f"SHA-256 {found}; expected {piece.bytes:,} bytes, SHA-256 {stated or piece.digest}.",
        hint="Try again. If it stays so, the file was replaced at its source: get it by hand, look "
        "where it comes from, and name it in the [upscale] table.",
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1

"""Which files a person's SeedVR2 is made of. Opens nothing."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edition import paths
from edition.errors import UpscaleError
from edition.paths import weights_folder
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale.supir_files import digest_of

NET_VARIABLE = "EDITION_SEEDVR2_FILE"
VAE_VARIABLE = "EDITION_SEEDVR2_VAE_FILE"
TEXT_VARIABLE = "EDITION_SEEDVR2_TEXT_FILE"
PULLED = ("seedvr2-3b", "seedvr2-7b")
"""What ``edition models pull`` calls them; the first one that is here is taken."""
NET_NAMES = ("seedvr2_ema_*.safetensors", "seedvr2_ema_*.pth")
VAE_NAMES = ("ema_vae*.safetensors", "ema_vae*.pth")
TEXT_NAMES = ("pos_emb*.safetensors", "pos_emb*.pt")
PULL = "Get it with: edition models pull seedvr2-3b"


@dataclass(frozen=True, slots=True)
class SeedVR2Files:
    """Where the files lie."""

    net: Path
    vae: Path
    text: Path | None
    """None where the transformer's file is to hold the encoded prompt itself."""

    def digests(self) -> dict[str, str]:
        """SHA-256 of each, as an enlarged print records it."""
        named = {"seedvr2": self.net, "seedvr2_vae": self.vae, "seedvr2_text": self.text}
        return {f"{k}_sha256": digest_of(place) for k, place in named.items() if place is not None}


def files_of(settings: UpscaleSettings) -> SeedVR2Files:
    """The files that the settings or the environment name, or that are beside them.

    Raises:
        UpscaleError: one is not named, or not there.
    """
    net = _named("seedvr2_file", settings.seedvr2_file, NET_VARIABLE)
    net = net or _first((weights_folder() / name for name in PULLED), NET_NAMES)
    if net is None:
        raise UpscaleError(
            "SeedVR2 needs its weights.",
            hint=f"{PULL}. Or name your own copy in seedvr2_file of the [upscale] table, or in "
            f"{NET_VARIABLE}: docs/seedvr2.md.",
        )
    vae = _named("seedvr2_vae_file", settings.seedvr2_vae_file, VAE_VARIABLE)
    vae = vae or _first((net.parent,), VAE_NAMES)
    if vae is None:
        raise UpscaleError(
            f"SeedVR2 needs its autoencoder, and there is no ema_vae beside {net}.",
            hint=f"Name it in seedvr2_vae_file of the [upscale] table, or in {VAE_VARIABLE}. "
            f"{PULL}.",
        )
    text = _named("seedvr2_text_file", settings.seedvr2_text_file, TEXT_VARIABLE)
    return SeedVR2Files(net, vae, text or _first((net.parent,), TEXT_NAMES))


def missing_text(net: Path) -> UpscaleError:
    """The message where there is no encoded prompt."""
    return UpscaleError(
        f"SeedVR2 needs its encoded prompt, and there is no pos_emb.pt beside {net}: a file of "
        "595 kB that is published with the weights. No other prompt can take its place.",
        hint=f"Name it in seedvr2_text_file of the [upscale] table, or in {TEXT_VARIABLE}. {PULL}.",
    )


def _named(field: str, named: str, variable: str) -> Path | None:
    text = named or os.environ.get(variable, "")
    if not text:
        return None
    place = paths.expanded(text)
    if not paths.is_file(place):
        raise UpscaleError(f"There is no file {place}.", hint=f"Correct {field} or {variable}.")
    return place


def _first(folders: Iterable[Path], patterns: tuple[str, ...]) -> Path | None:
    found = (
        file
        for folder in folders
        for pattern in patterns
        for file in sorted(folder.glob(pattern))
        if file.is_file()
    )
    return next(found, None)

"""Which files a person's SUPIR is made of, and their digests. Opens nothing."""

import hashlib
import os
from pathlib import Path

from edition import paths
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find, is_hub_id
from edition.errors import ModelError, UpscaleError
from edition.paths import config_folder, fingerprints_file
from edition.recipe.recipe import ModelRef
from edition.recipe.upscale_settings import UpscaleSettings

SUPIR_VARIABLE, SDXL_VARIABLE = "EDITION_SUPIR_FILE", "EDITION_SDXL_FILE"


def files_of(settings: UpscaleSettings) -> tuple[Path, Path]:
    """The SUPIR file and the SDXL checkpoint that the settings or the environment name.

    Raises:
        UpscaleError: neither names one, or it is not there.
    """
    supir = _place("supir_file", settings.supir_file, SUPIR_VARIABLE, "SUPIR-v0Q or v0F")
    sdxl = _place("sdxl_file", settings.sdxl_file, SDXL_VARIABLE, "an SDXL checkpoint", hub=True)
    return supir, sdxl


def _place(field: str, named: str, variable: str, what: str, *, hub: bool = False) -> Path:
    text = named or os.environ.get(variable, "")
    if not text:
        raise UpscaleError(
            f"SUPIR needs your own copy of {what}.",
            hint=f"Name it in {field} of the [upscale] table, or in {variable}: docs/supir.md.",
        )
    place = paths.expanded(text)
    if hub and not (paths.is_file(place) or paths.is_folder(place)) and is_hub_id(text):
        try:
            return find(ModelRef(base=text)).path
        except ModelError as error:
            raise UpscaleError(error.message, hint=error.hint) from error
    if not (paths.is_file(place) or paths.is_folder(place)):
        raise UpscaleError(f"There is no {place}.", hint=f"Correct {field} or {variable}.")
    return place


def stamp_of(place: Path) -> str:
    """Changes when a file is replaced; a folder is known by its name alone."""
    stat = place.stat()
    return str(place) if place.is_dir() else f"{place}|{stat.st_size}|{stat.st_mtime_ns}"


def digest_of(place: Path) -> str:
    """SHA-256 of a file, or over those of a folder's weights."""
    hashes = Fingerprints(fingerprints_file(config_folder()))
    if place.is_file():
        return hashes.file(place)
    each = (hashes.file(file) for file in sorted(place.rglob("*.safetensors")))
    return hashlib.sha256("\n".join(each).encode()).hexdigest()

"""Pocket SUPIR's files, as they are shipped.

They are those of a person's own SUPIR: one file with the control network, the adapters and the
second encoder under the published names, and an SDXL folder as diffusers lays it out. Numbers
are float16, which is half the wheel; a CPU computes in float32.
"""

from pathlib import Path

from edition import paths
from edition.errors import UpscaleError
from edition.upscale.supir_weights import SDXL_FOLDERS

SUPIR_FILE, SDXL_FOLDER, PART_FILE = "supir.safetensors", "sdxl", "model.safetensors"


def pocket_folder() -> Path:
    """Where the shipped weights lie."""
    return paths.pocket_supir_folder()


def pocket_places(folder: Path | None = None) -> tuple[Path, Path]:
    """The SUPIR file and the SDXL folder of a pocket SUPIR.

    Args:
        folder: of another training; the shipped one if none.

    Raises:
        UpscaleError: some of it is not there.
    """
    folder = folder or pocket_folder()
    supir, sdxl = folder / SUPIR_FILE, folder / SDXL_FOLDER
    wanted = (supir, *(sdxl / part / PART_FILE for part in SDXL_FOLDERS.values()))
    missing = [file.relative_to(folder).as_posix() for file in wanted if not file.is_file()]
    if missing:
        raise UpscaleError(
            f"pocket-supir has no weights: {folder} lacks {', '.join(missing)}.",
            hint="Install edition again, or choose lanczos.",
        )
    return supir, sdxl

"""Pocket SUPIR: the whole pass of SUPIR with the small networks that are shipped.

They were trained on scenes that this package draws, so their weights are the package's own: no
licence is asked for. Their autoencoder is soft: what the source says is put back at the end, and
so the stage-1 picture and its colours are not computed. What a recipe says of the sampling is
meant for the large networks; these have numbers of their own. Scale and memory are the recipe's.
"""

import json
from dataclasses import asdict
from typing import Any

from PIL import Image

from edition.diffusion.device import pick
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import Progress
from edition.upscale.back_projection import put_back
from edition.upscale.pocket_files import pocket_places
from edition.upscale.supir import Shortcuts, at_hand

NAME = "pocket-supir"
OWN_SETTINGS: dict[str, Any] = {
    "edm_steps": 4,
    "s_cfg": 1.0,  # the negative prompt is not computed then
    "linear_cfg": False,
    "s_stage1": 2.0,
    "control_scale": 1.0,
    "linear_s_stage2": False,
    "s_churn": 0.0,
    "color_fix": "none",  # what is put back from the source keeps its colours
    "min_size": 64,  # as small as the source: nothing was learned of larger pictures
    # 2048² on a core: 15 s to read and decode, 1.8 GiB; whole 19 s, 2.5 GiB: fresh pages cost more
    "vae_strips": "always",
    "vae_rows": 8,
    "tiled": "never",  # the latent of 4096² takes less than a gigabyte
    # the autoencoder carries colours beside constants: in 16 bit they would come in visible steps
    "ae_dtype": "float32",
    "diff_dtype": "float32",
    "positive": "",
    "negative": "",
    "model": "",
    "supir_file": "",
    "sdxl_file": "",
}
"""What takes the place of the recipe's."""
SHORTCUTS = Shortcuts(no_stage1=True, control_window=128)
"""Half the width of 2048²: four windows there, and none is cut in a picture of 1024²."""


def own(settings: UpscaleSettings) -> UpscaleSettings:
    """A recipe's settings, with pocket SUPIR's numbers in them."""
    return UpscaleSettings.model_validate({**settings.model_dump(), **OWN_SETTINGS})


def run(
    image: Image.Image,
    settings: UpscaleSettings,
    *,
    seed: int,
    prompt: str,
    device: str,
    progress: Progress | None = None,
) -> tuple[Image.Image, dict[str, str]]:
    """Enlarges a picture; the weights stay loaded for the next one.

    Args:
        image: any size and mode.
        settings: of the recipe.
        seed: of all noise.
        prompt: the print's own.
        device: ``auto``, ``cuda``, ``mps`` or ``cpu``.
        progress: called after every step; may raise edition.errors.Stopped to end the work.

    Returns:
        The picture and what its file must record.

    Raises:
        UpscaleError: the weights are not there, or the picture can't be done.
    """
    chosen = own(settings)
    supir = at_hand(pocket_places(), chosen, pick(device).name)
    large, record = supir(
        image, chosen, seed=seed, prompt=prompt, progress=progress, shortcuts=SHORTCUTS
    )
    own_facts = {
        "upscaler": NAME,
        "licence": "",
        "fidelity": "back projection",
        "shortcuts": json.dumps(asdict(SHORTCUTS), sort_keys=True),
    }
    return put_back(large, image), {**record, **own_facts}

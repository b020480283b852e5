"""The map from latents to colours, where most channels say nothing of flat colours."""

import numpy as np
import torch
from tests.fakes import scene

from edition.diffusion.preview import SIDE, LatentPreview
from tools.pocket_model.autoencoder import new_autoencoder


def test_channels_that_are_the_same_for_all_flat_colours_spoil_no_preview() -> None:
    vae = new_autoencoder(8)  # nine of its twelve channels are differences between squares
    image = scene(3, 16 * SIDE).point(lambda value: 64 + value // 2)
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.inference_mode():
        latents = vae.encode(pixels).latents
    assert latents.std() < 1, "or it would be shown as noise is"
    shown = np.frombuffer(LatentPreview(vae).pictures(latents)[0], np.uint8)
    means = np.asarray(image, float).reshape(SIDE, 16, SIDE, 16, 3).mean((1, 3))
    assert np.abs(shown.reshape(SIDE, SIDE, 3) - means).max() < 1.5

"""Latents as small pictures, cheaply enough to be looked at between two steps."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as functional

from edition.diffusion import latent_space
from edition.diffusion.placement import device_of

SIDE = 32
"""Pixels on a side of a preview."""
_CARDS = (0.0, 0.5, 1.0)


class LatentPreview:
    """A linear map from a model's latents to RGB, learned from the model's own autoencoder.

    The encoder is shown flat cards of 27 colours; least squares gives the map. Nothing has to
    be known of the model beforehand.
    """

    def __init__(self, vae: Any) -> None:  # noqa: ANN401 - any of diffusers' autoencoders
        """Fits the map; costs one encoding of 27 small pictures.

        Args:
            vae: an autoencoder with ``encode``.
        """
        grid = torch.cartesian_prod(*[torch.tensor(_CARDS)] * 3)  # (27, 3)
        cards = (grid * 2 - 1)[:, :, None, None].expand(-1, -1, 64, 64)
        parameter = next(vae.parameters())
        if vae.config.get("in_channels", 3) == 4:  # transparency, of which there is none
            cards = torch.cat([cards, torch.ones_like(cards[:, :1])], 1)
        with torch.inference_mode():
            shown = cards.to(device_of(vae), parameter.dtype)
            encoded = vae.encode(shown[:, :, None] if latent_space.takes_frames(vae) else shown)
        latents = latent_space.encoded(encoded).float().cpu()
        edge = 2 if latents.shape[-1] > 4 else 0
        inner = slice(edge, latents.shape[-1] - edge)
        middle = latents[:, :, inner, inner].mean((2, 3))  # (27, c), away from edges
        self._vae = vae
        known = torch.cat([middle, torch.ones(len(middle), 1)], 1)  # (27, c + 1)
        # by singular values: where channels say nothing of flat colours, gelsy misjudges the rank
        self._map = torch.linalg.lstsq(known, grid, driver="gelsd").solution  # (c + 1, 3)

    def pictures(self, latents: torch.Tensor) -> tuple[bytes, ...]:
        """Latents as RGB8.

        Args:
            latents: (b, c, h, w), in the sampler's scale, at any step.

        Returns:
            b pictures of SIDE x SIDE pixels, row-major, 3 bytes each; none where the sampler's
            latents have other channels than the autoencoder's.
        """
        if latents.ndim != 4 or latents.shape[1] != len(self._map) - 1:
            return ()
        small = functional.interpolate(latents.float(), size=(SIDE, SIDE), mode="area").cpu()
        spread = small.flatten(1).std(1).clamp(min=1.0)[:, None, None, None]
        values = latent_space.unscaled(self._vae, small / spread)  # noise is shown, not clipped
        flat = values.permute(0, 2, 3, 1)  # (b, h, w, c)
        rgb = flat @ self._map[:-1] + self._map[-1]
        pixels = (rgb.clamp(0, 1) * 255 + 0.5).to(torch.uint8).contiguous()
        return tuple(bytes(picture.numpy().tobytes()) for picture in pixels)

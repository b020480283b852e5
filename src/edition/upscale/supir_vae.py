"""The autoencoder of a SUPIR pass: SDXL's, and a second encoder for damaged pictures."""

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import Encoder
from torch import Tensor, nn

from edition.upscale.tiles import ChunkedAttention, decode_in_strips, encode_in_strips

LATENT_SCALE = 0.13025
LOGVAR_RANGE = (-30.0, 20.0)


class SupirAutoencoder:
    """The VAE with SUPIR's second encoder, whole or in strips.

    Args:
        vae: diffusers' AutoencoderKL.
        second: the encoder that reads damaged pictures; shares the VAE's quant_conv.
    """

    def __init__(self, vae: AutoencoderKL, second: Encoder) -> None:
        self.vae = vae
        self.second = second
        self.rows = 0
        """Latent rows to a strip; 0 works on the whole picture."""
        self.shelf: torch.device | None = None
        """Where strips wait; None is where they are computed."""
        for part in (vae.encoder, vae.decoder, second):
            for attention in part.mid_block.attentions:
                if attention is not None:
                    attention.set_processor(ChunkedAttention())

    @property
    def parts(self) -> tuple[nn.Module, ...]:
        """Its networks."""
        return self.vae, self.second

    def to(self, device: torch.device, dtype: torch.dtype | None = None) -> None:
        """Moves the parameters."""
        for part in self.parts:
            # diffusers' own `to` warns of a list of layers to keep in float32, which is empty
            nn.Module.to(part, device=device, dtype=dtype)

    def moments(self, x: Tensor, *, second: bool = False) -> Tensor:
        """Mean and log-variance of a picture's latent: (b, 3, h, w) to (b, 8, h/8, w/8)."""
        encoder = self.second if second else self.vae.encoder
        x = x.to(self.vae.quant_conv.weight.dtype)
        if self.rows:
            h = encode_in_strips(encoder, x, self.rows, self.shelf or x.device)
        else:
            h = encoder(x)
        return self.vae.quant_conv(h).float()  # type: ignore[no-any-return]

    def read_damaged(self, x: Tensor) -> Tensor:
        """The latent that controls the sampling: the likeliest one, scaled."""
        mean, _ = self.moments(x, second=True).chunk(2, dim=1)
        return mean * LATENT_SCALE

    def read(self, x: Tensor, noise: Tensor) -> Tensor:
        """A latent of a sound picture, drawn with the noise given, scaled."""
        mean, logvar = self.moments(x).chunk(2, dim=1)
        return (mean + (logvar.clamp(*LOGVAR_RANGE) / 2).exp() * noise) * LATENT_SCALE

    def decode(self, latent: Tensor) -> Tensor:
        """The picture of a scaled latent: (b, 4, h, w) to (b, 3, 8h, 8w), not clamped."""
        z = self.vae.post_quant_conv((latent / LATENT_SCALE).to(self.vae.quant_conv.weight.dtype))
        if self.rows:
            return decode_in_strips(self.vae.decoder, z, self.rows, self.shelf or z.device).float()
        return self.vae.decoder(z).float()  # type: ignore[no-any-return]

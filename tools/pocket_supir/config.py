"""Pocket SUPIR's sizes, and how its autoencoder is born. The networks are those of SUPIR.

An autoencoder of this size that begins with random weights stays without colour for an hour: its
last normalisation takes the picture's own mean and spread away. This one begins by carrying the
colours through every layer, beside two constants that are much larger: the constants decide what
the normalisation sees, and so it is nearly linear for the colours.
"""

import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

from edition.upscale.supir_net import SupirArchitecture, TextShape
from edition.upscale.supir_vae import LATENT_SCALE

WORDS = TextShape(width=16, layers=1, heads=1, activation="gelu", projection=16)
POCKET = SupirArchitecture(
    channels=(32, 64, 128), depths=(1, 0, 1), groups=4, hidden=16, layers=1, head=32,
    context=32, pooled=16, time_id=16, vae_channels=(16, 32, 64, 64), vae_layers=1,
    vae_attention=False, text_l=WORDS, text_g=WORDS,
)  # fmt: skip
COLOURS, HIGH, LOW = (0, 1, 4), (2, 6), (3, 7)
"""Channels that carry red, green and blue, and the constants; a group is 4 channels or more."""
CARRIED = (*COLOURS, *HIGH, *LOW)
CONSTANT = 4.0
LINEAR = 3.0
"""Added before SiLU, which is nearly the identity from there on."""
TO_LATENT = torch.tensor([[0.5, 0.5, 0.5], [1.2, 0.0, -1.2], [-0.9, 1.8, -0.9]]) / LATENT_SCALE
"""RGB in -1 to 1 to lightness, red minus blue, green: deviation about 1 once it is scaled."""


@torch.no_grad()
def carry(vae: AutoencoderKL) -> None:
    """Makes a fresh autoencoder the mean of 8x8 pixels and a smooth enlarger."""
    for module in vae.modules():
        if isinstance(module, ResnetBlock2D):
            nn.init.zeros_(module.conv2.weight)
            nn.init.zeros_(module.conv2.bias)
            if module.conv_shortcut is not None:
                _pass_on(module.conv_shortcut, 0)
    for quant in (vae.quant_conv, vae.post_quant_conv):
        quant.weight.copy_(torch.eye(len(quant.weight))[:, :, None, None])
        quant.bias.zero_()
    _carry_down(vae)
    _carry_up(vae)


def _pass_on(conv: nn.Conv2d, middle: int) -> None:
    """Leaves the carried channels as they are."""
    conv.weight[list(CARRIED)] = 0
    conv.weight[CARRIED, CARRIED, middle, middle] = 1
    _bias(conv)[list(CARRIED)] = 0


def _bias(conv: nn.Conv2d) -> Tensor:
    """Its bias, which every convolution of the autoencoder has."""
    assert conv.bias is not None
    return conv.bias


def _enter(conv: nn.Conv2d, matrix: Tensor) -> None:
    """Puts colours and constants into their channels: matrix (3, in)."""
    conv.weight[list(CARRIED)] = 0
    conv.weight[list(COLOURS), : matrix.shape[1], 1, 1] = matrix
    bias = _bias(conv)
    bias[list(COLOURS)] = 0
    bias[list(HIGH)] = CONSTANT
    bias[list(LOW)] = -CONSTANT


def _leave(norm: nn.GroupNorm, conv: nn.Conv2d, matrix: Tensor) -> None:
    """Reads the colours back, undoing the normalisation by the constants beside them."""
    norm.bias.fill_(LINEAR)
    norm.weight.fill_(1.0)
    rows, groups = len(matrix), norm.num_groups
    each = norm.num_channels // groups
    conv.weight[:rows] = 0
    _bias(conv)[:rows] = 0
    for place, colour in enumerate(COLOURS):
        beside = [c for c in (*HIGH, *LOW) if c // each == colour // each]
        # each constant is +-CONSTANT; other channels are small, so the group's spread is this:
        spread = (len(beside) * CONSTANT**2 / each) ** 0.5
        share = matrix[:, place] * spread
        conv.weight[:rows, colour, 1, 1] += share
        for constant in beside:
            conv.weight[:rows, constant, 1, 1] -= share / len(beside)


def _carry_down(vae: AutoencoderKL) -> None:
    encoder = vae.encoder
    _enter(encoder.conv_in, torch.eye(3))
    for block in encoder.down_blocks:
        for down in block.downsamplers or ():
            _pass_on(down.conv, 1)
            down.conv.weight[CARRIED, CARRIED, 1, 1] = 0
            for place in CARRIED:  # the picture is padded below and at the right: the mean of 2x2
                down.conv.weight[place, place, :2, :2] = 0.25
    _leave(encoder.conv_norm_out, encoder.conv_out, TO_LATENT)
    encoder.conv_out.weight[4:] = 0  # logarithms of variances: the likeliest latent is used
    encoder.conv_out.bias[4:] = -6.0


def _carry_up(vae: AutoencoderKL) -> None:
    decoder = vae.decoder
    _enter(decoder.conv_in, torch.linalg.inv(TO_LATENT))
    tent = torch.tensor([0.25, 0.5, 0.25])
    for block in decoder.up_blocks:
        for up in block.upsamplers or ():
            _pass_on(up.conv, 1)
            for place in COLOURS:
                up.conv.weight[place, place] = tent[:, None] * tent[None]
    decoder.conv_out.weight.mul_(0.1)
    _leave(decoder.conv_norm_out, decoder.conv_out, torch.eye(3))

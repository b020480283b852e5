"""The autoencoder: latents are mean colours, folded; only the decoder has to learn.

A latent stands for 16 x 16 pixels: the mean colours of its four squares of 8 x 8 pixels, as their
mean and three differences (a Haar transform), in luma, red minus blue and green. A square of two
flat colours with a clean edge is told by such means and their neighbours, and a decoder that has
seen such edges paints them sharp. So the encoder is exact and linear, latents of a picture can be
computed without it, and a UNet sees the numbers of 64 x 64 x 3 latents at a quarter of their
cost.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from numpy.typing import NDArray

from tools.pocket_model.pocket_training import PocketTraining, keep, whole

HELD_OUT = 8
CHANNELS = 12
"""Of a latent: mean, left minus right, top minus bottom and diagonal of three colour signals."""
SQUARE, LATENT = 8, 16
"""Pixels a side of one mean colour, and of one latent."""
TO_SIGNALS = torch.tensor([[1 / 3] * 3, [1.0, 0, -1], [-0.5, 1, -0.5]]) / torch.tensor(
    [[0.25], [0.2], [0.1]]
)
"""RGB in 0 to 1 to luma, red minus blue, green, each of deviation about 1."""
MIDDLE = torch.tensor([-0.42 / 0.25, 0.0, 0.0])
HAAR = (
    torch.tensor([[[1, 1], [1, 1]], [[1, -1], [1, -1]], [[1, 1], [-1, -1]], [[1, -1], [-1, 1]]])
    / torch.tensor([4.0, 4, 4, 4])[:, None, None]
)
"""(4, 2, 2): what of four squares, as rows and columns, makes each part."""
BLOCKS = (4, 8, 4, 3, 1)
"""Residual blocks of a decoder, from latents to pixels: most where they cost least."""
GAINS = (1.0, 3.5, 3.5, 6.0)
"""Differences are small: as loud as this they have the square root of their deviation, between
what they are (a UNet's sampler would end above them) and 1 (it would choose details while the
composition is still open)."""


def new_autoencoder(width: int, blocks: tuple[int, ...] = BLOCKS) -> AutoencoderTiny:
    """An AutoencoderTiny with the exact encoder and a decoder that begins as a smooth enlarger.

    Args:
        width: channels of the decoder's layers, at least 8.
        blocks: its residual blocks, from latents to pixels.
    """
    model = AutoencoderTiny(
        latent_channels=CHANNELS,
        encoder_block_out_channels=(CHANNELS,) * 5,
        decoder_block_out_channels=(width,) * 5,
        num_encoder_blocks=(0,) * 5,
        num_decoder_blocks=blocks,
        scaling_factor=1.0,
    )
    soften(model)
    with torch.no_grad():
        _fold_down([m for m in model.encoder.layers if isinstance(m, torch.nn.Conv2d)])
        _carry_up([m for m in model.decoder.layers if isinstance(m, torch.nn.Conv2d)])
    model.encoder.requires_grad_(False)
    return model.to(memory_format=torch.channels_last)


@torch.no_grad()
def soften(model: torch.nn.Module) -> None:
    """Lets residual blocks begin near nothing, so that what is carried gets through."""
    for block in model.modules():
        if isinstance(block, AutoencoderTinyBlock):
            block.conv[-1].weight.mul_(0.15)
            block.conv[-1].weight[:3].mul_(0.1)
            block.conv[-1].bias.zero_()


def _fold_down(layers: list[torch.nn.Conv2d]) -> None:
    first, *halving, folding, last = layers
    for layer in layers:
        layer.weight.zero_()
        if layer.bias is not None:
            layer.bias.zero_()
    first.weight[range(3), range(3), 1, 1] = 1
    for layer in halving:
        layer.weight[range(3), range(3), 1:3, 1:3] = 0.25
    for part in range(4):
        some = slice(3 * part, 3 * part + 3)
        folding.weight[range(some.start, some.stop), range(3), 1:3, 1:3] = HAAR[part]
        last.weight[some, some, 1, 1] = GAINS[part] * TO_SIGNALS
    if last.bias is not None:
        last.bias[:3] = MIDDLE


def _carry_up(layers: list[torch.nn.Conv2d]) -> None:
    """Makes a decoder's convolutions turn the mean colours into a smoothly enlarged picture."""
    first, *doubling, last = layers
    back = torch.linalg.inv(TO_SIGNALS)
    first.weight[:3] = 0
    first.weight[:3, :3, 1, 1] = back
    if first.bias is not None:
        first.bias[:3] = -back @ MIDDLE
    tent = torch.tensor([1.0, 2, 1])
    for layer in doubling:
        layer.weight[:3] = 0
        layer.weight[range(3), range(3)] = tent[:, None] * tent[None] / 16
    last.weight.mul_(0.1)
    last.weight[:, :3] = 0
    last.weight[range(3), range(3), 1, 1] = 1
    if last.bias is not None:
        last.bias.zero_()


def fold(colours: torch.Tensor) -> torch.Tensor:
    """Latents of mean colours, as the encoder makes them of the picture.

    Args:
        colours: of the squares, (n, 2 h, 2 w, 3), 0 to 1.

    Returns:
        (n, 12, h, w).
    """
    signals = colours @ TO_SIGNALS.T.to(colours.device) + MIDDLE.to(colours.device)
    count, height, width, _ = signals.shape
    squares = signals.view(count, height // 2, 2, width // 2, 2, 3)
    parts = HAAR * torch.tensor(GAINS)[:, None, None]
    made = torch.einsum("nhawbc,pab->npchw", squares, parts.to(colours.device))
    return made.reshape(count, CHANNELS, height // 2, width // 2)


def pixels(pictures: NDArray[np.uint8], device: str) -> torch.Tensor:
    """Pictures (n, h, w, 3) as the autoencoder wants them: (n, 3, h, w), -1 to 1."""
    scaled = torch.from_numpy(np.ascontiguousarray(pictures)).to(device).float() / 127.5 - 1
    return scaled.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def texture_distance(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """How differently strong the fine texture of two pictures is, wherever its strokes lie."""
    total = first.new_zeros(())
    for _ in range(2):
        strengths = []
        for picture in (first, second):
            fine = picture - F.avg_pool2d(picture, 3, 1, 1)
            strengths.append((F.avg_pool2d(fine**2, 8) + 1e-4).sqrt())
        total = total + (strengths[0] - strengths[1]).abs().mean()
        first, second = F.avg_pool2d(first, 2), F.avg_pool2d(second, 2)
    return total


def pyramid_distance(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Absolute and squared differences, of gradients too, at four scales."""
    away = first - second
    total = away.abs().mean() + 0.25 * (away**2).mean()
    for _ in range(3):
        slopes = away.diff(dim=-2).abs().mean() + away.diff(dim=-1).abs().mean()
        away = F.avg_pool2d(away, 2)
        total = total + 0.5 * slopes + 0.6 * away.abs().mean()
    return total


@torch.no_grad()
def measure(model: AutoencoderTiny, pictures: NDArray[np.uint8], device: str) -> dict[str, float]:
    """Fidelity on pictures it hasn't seen.

    Returns:
        ``psnr_db``, the mean over pictures, and ``gradient_kept``, the mean absolute horizontal
        gradient of the reconstruction over that of the original.
    """
    psnr, made_slopes, real_slopes = [], [], []
    for picture in pictures:
        real = pixels(picture[None], device)
        made = model.decode(model.encode(real).latents).sample.clamp(-1, 1)
        psnr.append(float(-10 * torch.log10(((made - real) ** 2).mean() / 4)))
        made_slopes.append(float(made.mean(1).diff(dim=-1).abs().mean()))
        real_slopes.append(float(real.mean(1).diff(dim=-1).abs().mean()))
    return {
        "psnr_db": round(float(np.mean(psnr)), 2),
        "gradient_kept": round(float(np.sum(made_slopes) / np.sum(real_slopes)), 3),
    }


def save_autoencoder(model: AutoencoderTiny, shop: PocketTraining, name: str = "decoder") -> None:
    """Writes it as float32 to a folder of ``work``, which is there whole or not at all."""
    beside, folder = shop.path(f".{name}"), shop.path(name)
    shutil.rmtree(beside, ignore_errors=True)
    model.save_pretrained(beside)
    drop_surplus_key(beside / "config.json")
    keep(beside)
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)


def drop_surplus_key(file: Path) -> None:
    """Removes what AutoencoderTiny writes and then complains about, and where it was read from."""
    configuration = json.loads(file.read_text(encoding="utf-8"))
    configuration.pop("block_out_channels", None)
    configuration.pop("_name_or_path", None)
    with whole(file) as beside:
        beside.write_text(json.dumps(configuration, indent=2) + "\n", encoding="utf-8")


def load_autoencoder(shop: PocketTraining) -> AutoencoderTiny:
    """What the decoder's stage has left, what the training goes on from, or an untaught one."""
    folders = [shop.path("decoder")] if shop.is_done("decoder") else []
    for folder in (*folders, shop.path("begun") / "vae"):
        if folder.exists():
            model = AutoencoderTiny.from_pretrained(
                folder, torch_dtype=torch.float32, local_files_only=True
            )
            break
    else:
        torch.manual_seed(shop.seed + 4)
        model = new_autoencoder(shop.scale.decoder_width)
    model.encoder.requires_grad_(False)
    return model.eval().to(shop.device, memory_format=torch.channels_last)

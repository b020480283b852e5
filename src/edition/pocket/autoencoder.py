"""The autoencoder: a tiny one that begins as a mean of 8x8 pixels and learns the rest.

From nothing, an autoencoder of this size reached 22 dB and no colour in the time there is; one
whose first channels carry luma, red minus blue and green through every layer starts at what a
smoothly enlarged small picture gives.
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

from edition.pocket.dataset import read_set
from edition.pocket.workshop import (
    Loop,
    Workshop,
    keep,
    named,
    optimizer_state,
    restore_optimizer,
    unnamed,
    whole,
)

HELD_OUT = 8
BATCH = 4
RATE = 1.5e-3
NOISE = 0.06
"""Deviation of the noise added to latents in training: the denoiser's aren't perfect either."""
TO_LATENT = torch.tensor([[1 / 3] * 3, [1.0, 0, -1], [-0.5, 1, -0.5]]) / torch.tensor(
    [[0.22], [0.2], [0.1]]
)
"""RGB in 0 to 1 to luma, red minus blue, green, each of deviation about 1."""
MIDDLE = torch.tensor([-0.38 / 0.22, 0.0, 0.0])
QUIETEST = 0.8
"""Deviation that every latent channel has at least. One of .1 lies below the noise that is left
before a sampler's last step (.14 of 50 steps, .22 of 20): a UNet could only guess its mean."""


def new_autoencoder(width: int) -> AutoencoderTiny:
    """An AutoencoderTiny that carries the 8x8 mean colour from the start.

    Args:
        width: channels of every layer, at least 8.
    """
    model = AutoencoderTiny(
        encoder_block_out_channels=(width,) * 4,
        decoder_block_out_channels=(width,) * 4,
        num_encoder_blocks=(0, 2, 2, 4),
        num_decoder_blocks=(6, 3, 2, 1),
        scaling_factor=1.0,
    )
    soften(model)
    with torch.no_grad():
        _carry_down([m for m in model.encoder.layers if isinstance(m, torch.nn.Conv2d)])
        carry_up([m for m in model.decoder.layers if isinstance(m, torch.nn.Conv2d)])
    return model


@torch.no_grad()
def soften(model: torch.nn.Module) -> None:
    """Lets residual blocks begin near nothing, so that what is carried gets through."""
    for block in model.modules():
        if isinstance(block, AutoencoderTinyBlock):
            block.conv[-1].weight.mul_(0.15)
            block.conv[-1].weight[:3].mul_(0.1)
            block.conv[-1].bias.zero_()


def _carry_down(layers: list[torch.nn.Conv2d]) -> None:
    first, *halving, last = layers
    first.weight[:3] = 0
    first.weight[range(3), range(3), 1, 1] = 1
    if first.bias is not None:
        first.bias[:3] = 0
    for layer in halving:
        layer.weight[:3] = 0
        layer.weight[range(3), range(3), 1:3, 1:3] = 0.25
        if layer.bias is not None:
            layer.bias[:3] = 0
    last.weight[:3] = 0
    last.weight[:3, :3, 1, 1] = TO_LATENT
    last.weight[3].mul_(3)
    if last.bias is not None:
        last.bias[:3] = MIDDLE


def carry_up(layers: list[torch.nn.Conv2d]) -> None:
    """Makes a decoder's convolutions turn the latents' colours into a smoothly enlarged picture."""
    first, *doubling, last = layers
    back = torch.linalg.inv(TO_LATENT)
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


def _crops(pictures: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A batch of crops, some mirrored or turned, a third from a picture of half the size."""
    out = []
    for _ in range(BATCH):
        picture = pictures[rng.integers(len(pictures))]
        reach = 2 * side if rng.random() < 0.3 and picture.shape[0] > 2 * side else side
        top, left = rng.integers(0, picture.shape[0] - reach + 1, 2)
        crop = picture[top : top + reach, left : left + reach]
        if reach > side:
            crop = crop.reshape(side, 2, side, 2, 3).mean((1, 3)).astype(np.uint8)
        crop = crop[:, ::-1] if rng.random() < 0.5 else crop
        out.append(crop.transpose(1, 0, 2) if rng.random() < 0.2 else crop)
    return np.stack(out)


def train_autoencoder(shop: Workshop) -> None:
    """Trains on crops of the large pictures and writes ``work/vae``.

    Raises:
        TrainError: held-out pictures come back worse than the gate allows.
    """
    torch.manual_seed(shop.seed)
    pictures, _ = read_set(shop.path("large"))
    train, held_out = pictures[:-HELD_OUT], pictures[-HELD_OUT:]
    model = new_autoencoder(shop.scale.autoencoder_width).to(shop.device)
    model.to(memory_format=torch.channels_last)
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=0)

    def state() -> dict[str, torch.Tensor]:
        averages = {f"average.{k}": v for k, v in average.items()}
        return {**named("model", model), **averages, **optimizer_state(optimizer)}

    def restore(tensors: dict[str, torch.Tensor]) -> None:
        model.load_state_dict(unnamed("model", tensors))
        for key, value in unnamed("average", tensors).items():
            average[key].copy_(value)
        restore_optimizer(optimizer, tensors)

    loop = Loop(
        shop, "autoencoder", shop.scale.autoencoder_steps, shop.seconds_for("autoencoder"),
        state, restore,
    )  # fmt: skip
    for number in loop:
        cosine = 0.5 * (1 + np.cos(np.pi * max(0.0, loop.progress - 0.2) / 0.8))
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (number + 1) / 60) * (0.02 + 0.98 * cosine)
        rng = np.random.default_rng([shop.seed, number])
        real = pixels(_crops(train, shop.scale.crop, rng), shop.device)
        latents = model.encode(real).latents  # (b, 4, h/8, w/8)
        noisy = latents + NOISE * torch.randn_like(latents)
        if rng.random() < 0.15:  # a small picture's latent is a large one's, pooled
            noisy, real = F.avg_pool2d(noisy, 2), F.avg_pool2d(real, 2)
        made = model.decode(noisy).sample
        size = (latents**2).mean()
        loss = pyramid_distance(made, real) + 0.4 * texture_distance(made, real)
        loss = loss + 1e-3 * size + 5e-3 * torch.relu(size - 2)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        keep = min(0.99, (number + 1) / (number + 10))
        for key, value in model.state_dict().items():
            average[key].lerp_(value.detach(), 1 - keep)
        loop.lost(float(loss.detach()))
    model.load_state_dict(average)
    raise_quiet_channels(model.eval(), train, shop.device)
    figures = measure(model, held_out, shop.device)
    shop.gate(
        "autoencoder",
        figures["psnr_db"] >= shop.scale.lowest_psnr,
        f"{figures['psnr_db']} dB on held-out pictures, {shop.scale.lowest_psnr} wanted",
    )
    save_autoencoder(model, shop)
    shop.finish("autoencoder", iterations=loop.number, seconds=round(loop.spent), **figures)


@torch.no_grad()
def raise_quiet_channels(model: AutoencoderTiny, pictures: NDArray[np.uint8], device: str) -> None:
    """Scales latent channels up to QUIETEST, and what the decoder makes of them down again.

    The decoder begins by bending latents, 3 tanh(z / 3), so the largest values of a raised channel
    come back a little smaller.

    Args:
        model: changed in place.
        pictures: (n, h, w, 3), to measure the channels on.
        device: where the model is.
    """
    latents = torch.cat([model.encode(pixels(p[None], device)).latents for p in pictures])
    gain = (QUIETEST / latents.std((0, 2, 3))).clamp(min=1)  # (4,)
    last, first = (
        [m for m in half.layers if isinstance(m, torch.nn.Conv2d)][place]
        for half, place in ((model.encoder, -1), (model.decoder, 0))
    )
    last.weight.mul_(gain[:, None, None, None])
    if last.bias is not None:
        last.bias.mul_(gain)
    first.weight.div_(gain[None, :, None, None])


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


def save_autoencoder(model: AutoencoderTiny, shop: Workshop, name: str = "vae") -> None:
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


def load_autoencoder(shop: Workshop, *, newest: bool = False) -> AutoencoderTiny:
    """Reads ``work/vae``, or where the newest is asked for what the decoder's stage has left."""
    folder = shop.path("decoder" if newest and shop.is_done("decoder") else "vae")
    model = AutoencoderTiny.from_pretrained(folder, local_files_only=True)
    return model.eval().to(shop.device)

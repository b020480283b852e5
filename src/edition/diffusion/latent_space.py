"""Latents of every family as a grid (b, c, h, w), and as pictures."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from PIL import Image


_UNSHIFTED = ("Kandinsky5T2IPipeline",)
"""Pipelines that leave out their autoencoder's shift."""


def grid(pipe: Any, latents: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:  # noqa: ANN401
    """Latents that a pipeline packs into rows of patches, unpacked; others as they are.

    Args:
        pipe: the pipeline that they are of.
        latents: (b, c, h, w), or as the pipeline packs them.
        size: width and height of the print, pixels.
    """
    unpack = getattr(pipe, "_unpack_latents_no_patch", getattr(pipe, "_unpack_latents", None))
    if latents.ndim == 3 and unpack is not None:
        known = {
            "height": size[1], "width": size[0], "vae_scale_factor": pipe.vae_scale_factor,
            "patch_size": getattr(pipe.transformer.config, "patch_size", 2),
        }  # fmt: skip
        takes = list(inspect.signature(unpack).parameters)[1:]
        if set(takes) <= set(known):
            latents = unpack(latents, **{name: known[name] for name in takes})
    elif latents.ndim == 3 and hasattr(pipe, "_unpatchify_latents"):  # Flux 2
        side = pipe.vae_scale_factor * 2
        form = (latents.shape[0], size[1] // side, size[0] // side, latents.shape[2])
        latents = latents.reshape(form).permute(0, 3, 1, 2)
    if latents.ndim == 5 and latents.shape[2] == 1:
        latents = latents[:, :, 0]
    elif latents.ndim == 5 and latents.shape[1] == 1:  # Kandinsky 5's: channels behind
        latents = latents[:, 0].permute(0, 3, 1, 2)
    return latents


def unscaled(vae: Any, latents: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
    """Latents in the sampler's scale to those of the autoencoder, (b, c, h, w)."""
    config = vae.config
    scale, shift = (getattr(config, f"{name}_factor", None) for name in ("scaling", "shift"))
    mean, std = (getattr(config, f"latents_{name}", None) for name in ("mean", "std"))
    if mean is not None and std is not None:
        form = (1, latents.shape[1], 1, 1)
        spread, centre = (torch.tensor(v).view(form).to(latents) for v in (std, mean))
        return latents * spread / (scale or 1.0) + centre
    found: torch.Tensor = latents / (scale or 1.0) + (shift or 0.0)
    return found


def encode(pipe: Any, image: Image.Image) -> torch.Tensor:  # noqa: ANN401
    """An image as a clean latent, (1, c, h, w), in the sampler's scale.

    The middle of the autoencoder's distribution is taken, not a sample of it, so that a link of a
    chain depends on its own seed alone.
    """
    vae = pipe.vae
    pixels = pipe.image_processor.preprocess(image)
    with torch.inference_mode():
        found = vae.encode(pixels.to(pipe._execution_device, vae.dtype))
    latents = found.latents if hasattr(found, "latents") else found.latent_dist.mode()
    scaled: torch.Tensor = latents * vae.config.scaling_factor
    return scaled


def decode(pipe: Any, latents: torch.Tensor) -> list[Image.Image]:  # noqa: ANN401
    """Clean latents (b, c, h, w) in the sampler's scale as RGB pictures."""
    vae = pipe.vae
    if hasattr(vae, "bn") and hasattr(pipe, "_unpatchify_latents"):  # Flux 2
        spread = (vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps).sqrt()
        if latents.shape[1] * 4 == spread.shape[1]:  # Bria Fibo 2 packs them in its network
            latents = pipe._patchify_latents(latents)
        latents = latents * spread.to(latents) + vae.bn.running_mean.view(1, -1, 1, 1).to(latents)
        latents = pipe._unpatchify_latents(latents)
    elif type(pipe).__name__ in _UNSHIFTED:
        latents = latents / vae.config.scaling_factor
    else:
        latents = unscaled(vae, latents)
    latents = latents.to(vae.dtype)
    if takes_frames(vae):
        latents = latents[:, :, None]
    pixels = vae.decode(latents, return_dict=False)[0]
    pixels = pixels[:, :, 0] if pixels.ndim == 5 else pixels
    images = pipe.image_processor.postprocess(pixels, output_type="pil")
    return [image.convert("RGB") for image in images]


def encoded(output: Any) -> torch.Tensor:  # noqa: ANN401 - each autoencoder has a class of its own
    """The latents (b, c, h, w) of an ``encode``; of a distribution the middle."""
    for name in ("latents", "latent"):
        if hasattr(output, name):
            found: torch.Tensor = getattr(output, name)
            break
    else:
        found = output.latent_dist.mode()
    return found[:, :, 0] if found.ndim == 5 else found


def takes_frames(vae: Any) -> bool:  # noqa: ANN401
    """Whether an autoencoder is one of films, of five dimensions."""
    return "temperal_downsample" in vae.config or any(
        isinstance(part, torch.nn.Conv3d) for part in vae.modules()
    )

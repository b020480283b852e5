"""Samples while a model is trained: the edition's own prompt and sampling at fixed seeds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from edition.diffusion import philox, samplers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PIL import Image
    from torch import nn

    from edition.finetune.networks import Networks
    from edition.recipe.recipe import Recipe


def draw(
    networks: Networks,
    recipe: Recipe,
    seeds: Sequence[int],
    device: str,
    on_step: Callable[[], None] | None = None,
) -> list[Image.Image]:
    """Draws prints one by one, in the networks' present state.

    Args:
        networks: in training; their modes are put back.
        recipe: prompt and sampling.
        seeds: one picture each.
        device: as torch names it.
        on_step: called between steps; what it raises ends the drawing.

    Returns:
        RGB pictures.
    """
    pipe, sampling = networks.pipe, recipe.sampling
    scale = int(pipe.vae_scale_factor)
    channels = int(networks.unet.config.in_channels)
    shape = (channels, sampling.height // scale, sampling.width // scale)
    pipe.set_progress_bar_config(disable=True)
    native = pipe.scheduler
    where = networks.vae.device

    def between(_pipe: Any, _step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        if on_step is not None:
            on_step()
        return tensors

    found = []
    try:
        pipe.scheduler = samplers.build(sampling, native)
        networks.vae.to(device)
        with eval_mode([networks.unet, *networks.text_encoders]), torch.no_grad():
            for seed in seeds:
                latents = philox.latents([seed], shape, sampling.noise).to(device)
                images = pipe(
                    recipe.prompt.positive,
                    negative_prompt=recipe.prompt.negative,
                    num_inference_steps=sampling.steps,
                    guidance_scale=sampling.guidance,
                    guidance_rescale=sampling.guidance_rescale,
                    width=sampling.width,
                    height=sampling.height,
                    generator=[philox.generator(seed)],
                    latents=latents,
                    callback_on_step_end=between,
                ).images
                found.append(images[0].convert("RGB"))
    finally:
        pipe.scheduler = native
        networks.vae.to(where)
    return found


@contextmanager
def eval_mode(modules: Sequence[nn.Module]) -> Iterator[None]:
    """Modules in evaluation mode for a while."""
    modes = [module.training for module in modules]
    for module in modules:
        module.eval()
    try:
        yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.train(mode)

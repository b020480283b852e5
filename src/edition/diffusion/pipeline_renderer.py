"""A batch of one recipe to pictures, through the pipeline's own sampling loop."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from edition.diffusion import philox, samplers
from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from edition.diffusion.render_request import OnEstimate, OnStep, RenderRequest
    from edition.recipe.recipe import Recipe

_EMBEDDINGS: dict[str, tuple[str, ...]] = {
    "StableDiffusionPipeline": ("prompt_embeds", "negative_prompt_embeds"),
    "StableDiffusionXLPipeline": (
        "prompt_embeds", "negative_prompt_embeds",
        "pooled_prompt_embeds", "negative_pooled_prompt_embeds",
    ),
    "StableDiffusion3Pipeline": (
        "prompt_embeds", "negative_prompt_embeds",
        "pooled_prompt_embeds", "negative_pooled_prompt_embeds",
    ),
}  # fmt: skip
"""What ``encode_prompt`` returns, for the pipelines whose embeddings are computed once.

Every other pipeline gets the prompt itself with each batch.
"""

STARTS_FROM_IMAGES = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
"""Pipelines whose latents can be entered in the middle of the schedule."""


class PipelineRenderer:
    """Any text-to-image pipeline of diffusers; see ``edition.diffusion.renderer.Renderer``."""

    mixed = False

    def __init__(self, pipe: Any, device: str) -> None:  # noqa: ANN401
        """Takes a pipeline, as ``edition.diffusion.loading.load`` gives it."""
        self._pipe = pipe
        self._device = device
        self._encoded: tuple[object, dict[str, Any]] = (None, {})
        if hasattr(getattr(pipe, "vae", None), "enable_slicing"):
            pipe.vae.enable_slicing()  # decodes one by one: memory doesn't grow with the batch

    def draw(
        self,
        cells: Sequence[RenderRequest],
        wanted: int | None = None,
        on_step: OnStep | None = None,
        on_estimate: OnEstimate | None = None,
    ) -> list[Image.Image]:
        """Draws cells of one recipe together; shows no estimates."""
        del on_estimate
        recipe, seeds = cells[0].recipe, [cell.seed for cell in cells]
        sampling = recipe.sampling
        self._pipe.scheduler = samplers.build(sampling, self._pipe.edition_native_scheduler)
        wishes: dict[str, Any] = {
            **self._prompt_for(recipe, len(seeds)),
            "num_inference_steps": sampling.steps,
            "guidance_scale": sampling.guidance,
            "width": sampling.width,
            "height": sampling.height,
            "generator": [philox.generator(seed) for seed in seeds],
            "output_type": "pil",
        }
        if sampling.guidance_rescale:
            wishes["guidance_rescale"] = sampling.guidance_rescale
        shape = latent_shape(self._pipe, sampling.width, sampling.height)
        if shape is not None:
            drawn = philox.latents(seeds, shape, sampling.noise)
            wishes["latents"] = drawn.to(self._device, self._network_dtype())
        if on_step is not None:
            wishes["callback_on_step_end"] = _callback(on_step, sampling.steps)
            wishes["callback_on_step_end_tensor_inputs"] = ["latents"]
        with torch.inference_mode():
            images: list[Image.Image] = self._pipe(**wishes).images
        return [image.convert("RGB") for image in images[:wanted]]

    def _network_dtype(self) -> torch.dtype:
        network = getattr(self._pipe, "unet", None) or self._pipe.transformer
        found: torch.dtype = network.dtype
        return found

    def _prompt_for(self, recipe: Recipe, places: int) -> dict[str, Any]:
        """The prompt or its embeddings, encoded once a recipe, for each place of the batch."""
        key = (recipe.prompt, recipe.sampling.guidance > 1.0)
        if self._encoded[0] != key:
            self._encoded = key, self._encode(recipe)
        return {
            name: [value] * places
            if isinstance(value, str)
            else None if value is None else value.expand(places, *value.shape[1:])
            for name, value in self._encoded[1].items()
        }  # fmt: skip

    def _encode(self, recipe: Recipe) -> dict[str, Any]:
        prompt = recipe.prompt
        names = _EMBEDDINGS.get(type(self._pipe).__name__)
        if names is None:
            texts = {"prompt": prompt.positive}
            return {**texts, "negative_prompt": prompt.negative} if prompt.negative else texts
        with torch.inference_mode():
            encoded = self._pipe.encode_prompt(
                prompt=prompt.positive,
                negative_prompt=prompt.negative,
                device=self._device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=recipe.sampling.guidance > 1.0,
                **({"prompt_2": None} if "pooled_prompt_embeds" in names else {}),
                **({"prompt_3": None} if "StableDiffusion3" in type(self._pipe).__name__ else {}),
            )
        return dict(zip(names, encoded, strict=True))


def _callback(on_step: OnStep, steps: int) -> Callable[..., dict[str, Any]]:
    def after(pipe: Any, step: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        on_step(step + 1, steps, tensors["latents"])
        return tensors

    return after


def latent_shape(pipe: Any, width: int, height: int) -> tuple[int, int, int] | None:  # noqa: ANN401
    """The shape (c, h, w) of a print's first latent, or None where the pipeline packs its own."""
    if type(pipe).__name__ not in _EMBEDDINGS:
        return None
    network = getattr(pipe, "unet", None) or pipe.transformer
    scale = int(pipe.vae_scale_factor)
    return int(network.config.in_channels), height // scale, width // scale


def check(pipe: Any, recipe: Recipe) -> None:  # noqa: ANN401
    """Says before the first step what a pipeline can't do.

    Raises:
        ModelError: for the first wish it can't fulfil, naming the recipe's key.
    """
    name = type(pipe).__name__
    takes = set(inspect.signature(type(pipe).__call__).parameters)
    sampling = recipe.sampling
    scale = int(getattr(pipe, "vae_scale_factor", 8))
    wishes = (
        (recipe.prompt.negative, "negative_prompt", "prompt.negative", "Leave it empty."),
        (
            sampling.guidance_rescale,
            "guidance_rescale",
            "sampling.guidance_rescale",
            "Set it to 0.",
        ),
        (True, "callback_on_step_end", "a live preview", "Use another pipeline."),
    )
    for wish, parameter, key, way_out in wishes:
        if wish and parameter not in takes:
            raise ModelError(f"{name} does not know {key}.", hint=way_out)
    if recipe.init is not None and name not in STARTS_FROM_IMAGES:
        raise ModelError(
            f"{name} can't start from an image here.",
            hint="Use a Stable Diffusion 1, 2 or XL model, or take [init] out of the recipe.",
        )
    if latent_shape(pipe, sampling.width, sampling.height) is None and sampling.noise == "cuda":
        raise ModelError(
            f"{name} packs its latents itself, so they can't be drawn from the CUDA stream.",
            hint='Set noise = "cpu" in [sampling].',
        )
    if sampling.width % scale or sampling.height % scale:
        raise ModelError(
            f"{name} draws in multiples of {scale} pixels; "
            f"the recipe asks for {sampling.width} x {sampling.height}."
        )

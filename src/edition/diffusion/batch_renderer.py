"""A batch of seeds to pictures, through the pipeline's own sampling loop.

One latent noise a seed, never one stream a batch; prompt embeddings once a recipe; one fixed
shape a batch. Then a seed gives the same bytes alone, in any place of any batch, and after a
restart, on the same device.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edition.diffusion import philox
from edition.errors import ModelError

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from edition.diffusion.device import Device
    from edition.recipe.batch_plan import Batch
    from edition.recipe.recipe import Recipe

OnStep = Callable[[int, int, "torch.Tensor"], None]
"""Called after step k of n with the latents (b, c, h, w); what it raises ends the batch."""

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


class Renderer:
    """A loaded pipeline set to one recipe."""

    def __init__(
        self,
        pipe: Any,  # noqa: ANN401
        recipe: Recipe,
        device: str,
        image: Image.Image | None = None,
    ) -> None:
        """Checks what the pipeline can do and encodes the prompts.

        Args:
            pipe: of ``edition.diffusion.loading.load``.
            recipe: what to draw.
            device: where the pipeline is, as torch names it.
            image: what the recipe's ``init`` starts from.

        Raises:
            ModelError: the recipe asks for what the pipeline can't do.
        """
        self._image = image
        self._pipe = pipe
        self._recipe = recipe
        self._device = device
        check(pipe, recipe)
        self._prompt = self._encode()
        if hasattr(getattr(pipe, "vae", None), "enable_slicing"):
            pipe.vae.enable_slicing()  # decodes one by one: memory doesn't grow with the batch

    def render(self, batch: Batch, on_step: OnStep | None = None) -> list[Image.Image]:
        """Draws a batch.

        Args:
            batch: seeds; those beyond ``batch.wanted`` are drawn to keep the shape, and dropped.
            on_step: called after each step.

        Returns:
            ``batch.wanted`` RGB pictures in the order of the seeds.
        """
        import torch

        if self._image is not None:
            return self._from_image(batch, on_step)
        sampling = self._recipe.sampling
        wishes: dict[str, Any] = {
            **self._prompt_for(len(batch.seeds)),
            "num_inference_steps": sampling.steps,
            "guidance_scale": sampling.guidance,
            "width": sampling.width,
            "height": sampling.height,
            "generator": [philox.generator(seed) for seed in batch.seeds],
            "output_type": "pil",
        }
        if sampling.guidance_rescale:
            wishes["guidance_rescale"] = sampling.guidance_rescale
        shape = latent_shape(self._pipe, sampling.width, sampling.height)
        if shape is not None:
            drawn = philox.latents(batch.seeds, shape, sampling.noise)
            wishes["latents"] = drawn.to(self._device, self._network_dtype())
        if on_step is not None:
            wishes["callback_on_step_end"] = _callback(on_step, sampling.steps)
            wishes["callback_on_step_end_tensor_inputs"] = ["latents"]
        with torch.inference_mode():
            images: list[Image.Image] = self._pipe(**wishes).images
        return [image.convert("RGB") for image in images[: batch.wanted]]

    def _from_image(self, batch: Batch, on_step: OnStep | None) -> list[Image.Image]:
        from edition.diffusion.cell_renderer import Cell, CellRenderer

        cells = [Cell(self._recipe, seed, self._image) for seed in batch.seeds]
        renderer = CellRenderer(self._pipe, self._device)
        return renderer.draw(cells, batch.wanted, on_step)

    def _network_dtype(self) -> torch.dtype:
        network = getattr(self._pipe, "unet", None) or self._pipe.transformer
        found: torch.dtype = network.dtype
        return found

    def _encode(self) -> dict[str, Any]:
        prompt = self._recipe.prompt
        names = _EMBEDDINGS.get(type(self._pipe).__name__)
        if names is None:
            texts = {"prompt": prompt.positive}
            return {**texts, "negative_prompt": prompt.negative} if prompt.negative else texts
        import torch

        with torch.inference_mode():
            encoded = self._pipe.encode_prompt(
                prompt=prompt.positive,
                negative_prompt=prompt.negative,
                device=self._device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=self._recipe.sampling.guidance > 1.0,
                **({"prompt_2": None} if "pooled_prompt_embeds" in names else {}),
                **({"prompt_3": None} if "StableDiffusion3" in type(self._pipe).__name__ else {}),
            )
        return dict(zip(names, encoded, strict=True))

    def _prompt_for(self, places: int) -> dict[str, Any]:
        """The prompt or its embeddings, once for each place of the batch."""
        return {
            name: [value] * places
            if isinstance(value, str)
            else None if value is None else value.expand(places, *value.shape[1:])
            for name, value in self._prompt.items()
        }  # fmt: skip


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


def batch_size(device: Device, parameters: int, pixels: int) -> int:
    """How many prints to compute together: a power of two, the same on every start.

    Args:
        device: where.
        parameters: of the whole pipeline.
        pixels: of one print.

    Returns:
        1 to 32. On a CPU a small model gains by 4 (measured with the embedded one: 15 against
        20 ms a sample), a large one by nothing.
    """
    if device.name == "cpu":
        return 4 if parameters < 50_000_000 and pixels <= 512 * 512 else 1
    weights = parameters * 2
    each = 1.2e9 * pixels / (512 * 512)  # activations and decoder of one print, half precision
    room = max(1.0, (device.memory_bytes * 0.85 - weights) / each)
    return int(min(32, 2 ** int(room).bit_length() // 2))

"""A batch of one recipe to pictures, through the pipeline's own sampling loop."""

from __future__ import annotations

import inspect
import math
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import diffusers
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image

from edition.diffusion import (
    denoising_frames,
    families,
    init_image,
    latent_space,
    philox,
    samplers,
    sanity_checks,
)  # fmt: skip
from edition.diffusion.unsupported_settings import unsupported
from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.diffusion.render_request import OnEstimate, OnStep, RenderRequest
    from edition.recipe.recipe import Recipe, Sampling

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

Every other pipeline gets the prompt itself; what its ``encode_prompt`` gave is kept.
"""
_KEPT = 4
"""Encodings: many pipelines ask once for the prompt and once for the negative, some of two encoders
each."""


class PipelineRenderer:
    """Any text-to-image pipeline of diffusers; see ``edition.diffusion.renderer.Renderer``."""

    mixed = False

    def __init__(self, pipe: Any, device: str) -> None:  # noqa: ANN401
        """Takes a pipeline, as ``edition.diffusion.loading.load`` gives it."""
        self._pipe = pipe
        self._device = device
        self._known = families.of_pipe(pipe)
        self._from_image: Any = None
        self._encoded: tuple[object, dict[str, Any]] = (None, {})
        self._levels: list[tuple[float, float]] = []
        self._size = (0, 0)
        family = self._known.family
        self.single = family is not None and family.single
        self.films = (family is None or family.films) and all(
            hasattr(pipe, name) for name in ("vae", "image_processor")
        )
        _keep_encoded(pipe)
        if hasattr(getattr(pipe, "vae", None), "enable_slicing"):
            pipe.vae.enable_slicing()  # decodes one by one: memory doesn't grow with the batch

    def draw(
        self,
        cells: Sequence[RenderRequest],
        wanted: int | None = None,
        on_step: OnStep | None = None,
        on_estimate: OnEstimate | None = None,
    ) -> list[Image.Image]:
        """Draws cells of one recipe together."""
        if self.single and len(cells) > 1:
            alone = [self.draw([cell], None, on_step, on_estimate) for cell in cells[:wanted]]
            return [image for images in alone for image in images]
        recipe, seeds = cells[0].recipe, [cell.seed for cell in cells]
        sampling = recipe.sampling
        self._size = sampling.width, sampling.height
        pipe = self._pipe_for(recipe)
        scheduler = samplers.build(sampling, self._pipe.edition_native_scheduler)
        self._watch(pipe, scheduler, on_step, on_estimate)
        for part in (pipe, getattr(pipe, "decoder_pipe", None)):
            if part is not None:
                part.scheduler = scheduler
        generators = [philox.generator(seed) for seed in seeds]
        first = philox.FirstDraws(generators, seeds) if sampling.noise != "cpu" else nullcontext()
        with torch.inference_mode(), first:
            images = self._call(pipe, self._wishes(pipe, cells, generators))
        name = self._known.title
        return sanity_checks.whole([i.convert("RGB") for i in images[:wanted]], sampling, name)

    def _call(self, pipe: Any, wishes: dict[str, Any]) -> list[Image.Image]:  # noqa: ANN401
        """What the pipeline draws; what it raises of its own is named as its own."""
        try:
            output = pipe(**wishes)
        except torch.OutOfMemoryError:
            raise
        except (
            ValueError, TypeError, IndexError, KeyError, AttributeError, NameError, RuntimeError,
        ) as error:  # fmt: skip
            if "alloc" in str(error):  # the CPU's memory
                raise
            raise ModelError(
                f"{self._known.title} could not draw this: {type(error).__name__}: "
                f"{' '.join(str(error).split())[:300]}",
                hint="diffusers' own pipeline says so. Try the model's usual sampling: "
                "edition new --model",
            ) from error
        return list(output.images if hasattr(output, "images") else output.image)

    def decode(self, latents: torch.Tensor) -> list[Image.Image]:
        """Clean latents (b, c, h, w), as ``on_estimate`` gives them, as pictures."""
        with torch.inference_mode():
            return latent_space.decode(self._pipe, latents)

    def levels(self, sampling: Sampling) -> tuple[tuple[float, float], ...]:
        """Of the latest batch; see ``edition.diffusion.denoising_frames.levels``."""
        del sampling
        return tuple(self._levels)

    def _watch(
        self,
        pipe: Any,  # noqa: ANN401
        scheduler: Any,  # noqa: ANN401
        on_step: OnStep | None,
        on_estimate: OnEstimate | None,
    ) -> None:
        """Shows each step of a scheduler; pipelines' own callbacks are not found in all of them."""
        self._levels.clear()

        def after(step: int, steps: int, latents: Any, estimate: Any, level: Any) -> None:  # noqa: ANN401
            self._levels.append(level)
            steps = getattr(pipe, "_num_timesteps", steps)
            if on_estimate is not None:
                on_estimate(step, steps, latent_space.grid(pipe, estimate(), self._size))
            if on_step is not None:
                on_step(step, steps, latent_space.grid(pipe, latents, self._size))

        denoising_frames.watch(scheduler, after)

    def _pipe_for(self, recipe: Recipe) -> Any:  # noqa: ANN401
        """The pipeline, or the one of its family that starts from an image, with its parts."""
        if recipe.init is None:
            return self._pipe
        if self._from_image is None:
            family = self._known.family
            kind = getattr(diffusers, family.from_image if family else "")
            self._from_image = self._pipe
            if kind is not type(self._pipe):
                takes = inspect.signature(kind.__init__).parameters
                parts = {**self._pipe.config, **self._pipe.components}
                self._from_image = kind(**{k: v for k, v in parts.items() if k in takes})
                self._from_image.set_progress_bar_config(disable=True)
                _keep_encoded(self._from_image)
                _encode_middle(self._from_image)
                _put_right(self._from_image)
                sanity_checks.watch(self._from_image, self._known.title)
        return self._from_image

    def _wishes(
        self,
        pipe: Any,  # noqa: ANN401
        cells: Sequence[RenderRequest],
        generators: list[torch.Generator],
    ) -> dict[str, Any]:
        """The keywords of the pipeline's call."""
        recipe, sampling = cells[0].recipe, cells[0].recipe.sampling
        takes = inspect.signature(type(pipe).__call__).parameters
        family = self._known.family
        wishes: dict[str, Any] = {
            **self._prompt_for(recipe, len(cells)),
            "num_inference_steps": sampling.steps,
            family.parameter if family else "guidance_scale": sampling.guidance,
            "width": sampling.width,
            "height": sampling.height,
            "generator": generators,
            "output_type": "pil",
            "use_resolution_binning": False,  # the recipe's size, not the nearest of a table
            "max_area": sampling.width * sampling.height,
            "_auto_resize": False,
            "enable_prompt_rewrite": False,  # the prompt as it is written
            "use_pe": False,
            "guidance_schedule": None,
            "guidance_rescale": sampling.guidance_rescale,
            "intermediate_timesteps": 1.3 if sampling.steps == 2 else None,  # Sana Sprint's
        }
        _set_apart(pipe, sampling)
        if sampling.true_cfg:
            wishes["true_cfg_scale"] = sampling.true_cfg
        if recipe.init is not None:
            image = cells[0].image
            if image is None:
                raise TypeError("a cell that starts from an image comes without one")
            fitted = init_image.fitted(image, sampling.width, sampling.height)
            if self._known.class_name == "IFPipeline":  # it gives a picture a size of its own
                fitted = VaeImageProcessor(do_resize=False).preprocess(fitted)  # (1, 3, h, w)
            reference = family is not None and family.reference
            wishes["image"] = fitted if reference else [fitted] * len(cells)
            one_step = 1 / sampling.steps
            wishes["strength"] = max(recipe.init.strength, one_step)
        return {key: value for key, value in wishes.items() if key in takes}

    def _prompt_for(self, recipe: Recipe, places: int) -> dict[str, Any]:
        """The prompt or its embeddings, encoded once a recipe, for each place of the batch."""
        key = (recipe.prompt, recipe.sampling.guidance > 1.0)
        if self._encoded[0] != key:
            self._encoded = key, self._encode(recipe)
        return {
            name: (value if self.single else [value] * places)
            if isinstance(value, str)
            else None if value is None else value.expand(places, *value.shape[1:])
            for name, value in self._encoded[1].items()
        }  # fmt: skip

    def _encode(self, recipe: Recipe) -> dict[str, Any]:
        prompt = recipe.prompt
        names = _EMBEDDINGS.get(type(self._pipe).__name__)
        if names is None:
            texts = {"prompt": prompt.positive}
            negative = prompt.negative
            if self._known.guidance == "true_cfg" and recipe.sampling.guidance > 1:
                negative = negative or " "  # without a negative there is no guidance
            return {**texts, "negative_prompt": negative} if negative else texts
        with torch.inference_mode():
            encoded = self._pipe.encode_prompt(
                prompt=prompt.positive,
                negative_prompt=prompt.negative or None,
                device=self._device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=recipe.sampling.guidance > 1.0,
                **({"prompt_2": None} if "pooled_prompt_embeds" in names else {}),
                **({"prompt_3": None} if "StableDiffusion3" in type(self._pipe).__name__ else {}),
            )
        return dict(zip(names, encoded, strict=True))


def _set_apart(pipe: Any, sampling: Sampling) -> None:  # noqa: ANN401
    """What some pipelines keep beside their call: sizes that they round to, and the guidance."""
    if type(pipe).__name__ == "HiDreamImagePipeline":  # it scales all sizes to one area
        side = math.sqrt(sampling.width * sampling.height) / pipe.vae_scale_factor
        pipe.default_sample_size = side * (1 + 1e-9)
    if hasattr(pipe, "resolutions"):  # Kandinsky 5's
        pipe.resolutions = [(sampling.width, sampling.height)]
    for name in ("guider", "ocr_guider"):  # HunyuanImage's
        if getattr(pipe, name, None) is not None:
            getattr(pipe, name).guidance_scale = sampling.guidance


def _keep_encoded(pipe: Any) -> None:  # noqa: ANN401
    """Has a pipeline encode a prompt once, however many batches it draws of it."""
    inner = (getattr(pipe, name, None) for name in ("prior_pipe", "decoder_pipe"))  # Kandinsky's
    for one in (pipe, *inner):
        names = [name for name in ("encode_prompt", "_encode_prompt") if hasattr(one, name)]
        if names and type(one).__name__ not in _EMBEDDINGS:
            setattr(one, names[0], _once(getattr(one, names[0])))


def _once(encode: Any) -> Any:  # noqa: ANN401
    """A pipeline's own encoding, with the latest results kept by what was asked."""
    kept: dict[str, Any] = {}

    def once(*args: Any, **settings: Any) -> Any:  # noqa: ANN401
        if any(isinstance(v, torch.Tensor) for v in (*args, *settings.values())):
            return encode(*args, **settings)
        key = repr(
            ([_content(v) for v in args], [(k, _content(settings[k])) for k in sorted(settings)])
        )
        if key not in kept:
            found = encode(*args, **settings)
            while len(kept) >= _KEPT:
                del kept[next(iter(kept))]
            kept[key] = found
        return kept[key]

    return once


def _content(value: Any) -> Any:  # noqa: ANN401
    """An image by its pixels, not by where it is in memory: what an encoder reads beside words."""
    if isinstance(value, list):
        return [_content(one) for one in value]
    return init_image.pixels_digest(value) if isinstance(value, Image.Image) else value


def _encode_middle(pipe: Any) -> None:  # noqa: ANN401
    """Has a pipeline start from the middle of the autoencoder's distribution, not a sample of it.

    So that a seed's first draw is the noise, and a link of a chain depends on its own seed alone.
    """
    vae = getattr(pipe, "vae", None)
    if vae is None:
        return
    encode = vae.encode

    def middle(*args: Any, **settings: Any) -> Any:  # noqa: ANN401
        output = encode(*args, **settings)
        found: Any = output[0] if isinstance(output, tuple) else None
        found = getattr(output, "latent_dist", found)
        if hasattr(found, "mode") and hasattr(found, "sample"):
            found.sample = lambda *_, **__: found.mode()
        return output

    vae.encode = middle


def _put_right(pipe: Any) -> None:  # noqa: ANN401
    """Kandinsky's decoders hand on an image's width as its height, and the height as its width."""
    processor = getattr(getattr(pipe, "decoder_pipe", None), "image_processor", None)
    if processor is None:
        return
    take = processor.preprocess

    def preprocess(image: Any, width: int, height: int) -> Any:  # noqa: ANN401
        return take(image, height=height, width=width)

    processor.preprocess = preprocess


def multiple(pipe: Any) -> int:  # noqa: ANN401
    """What a print's width and height must be multiples of, pixels."""
    known = families.of_pipe(pipe)
    scale = int(getattr(pipe, "vae_scale_factor", 8))
    return math.lcm(scale, known.family.multiple) if known.family else scale


def check(pipe: Any, recipe: Recipe) -> None:  # noqa: ANN401
    """Says before the first step what a pipeline can't do.

    Raises:
        ModelError: for the first wish it can't fulfil, naming the recipe's key.
    """
    known = families.of_pipe(pipe)
    takes = set(inspect.signature(type(pipe).__call__).parameters)
    for wrong, way_out in unsupported(recipe, known, takes):
        raise ModelError(wrong, hint=way_out)
    sampling, step = recipe.sampling, multiple(pipe)
    most = getattr(getattr(pipe, "transformer", None), "max_seq", None)  # HiDream's
    if most and sampling.width * sampling.height > most * step**2:
        raise ModelError(
            f"{known.title} draws {most * step**2:,} pixels at most; the recipe asks for "
            f"{sampling.width} x {sampling.height}.",
            hint="Make width or height smaller in [sampling].",
        )
    sigmas = pipe.config.get("sample_sigmas") or ()
    if sigmas and len(sigmas) != sampling.steps:
        raise ModelError(
            f"{known.title} has its steps built in: sampling.steps = {sampling.steps} does "
            "nothing.",
            hint=f"Set steps = {len(sigmas)} in [sampling].",
        )
    if sampling.width % step or sampling.height % step:
        near = [max(step, round(side / step) * step) for side in (sampling.width, sampling.height)]
        raise ModelError(
            f"{known.title} draws in multiples of {step} pixels; "
            f"the recipe asks for {sampling.width} x {sampling.height}.",
            hint=f"Set width = {near[0]} and height = {near[1]} in [sampling].",
        )

"""Cells to pictures by our own sampling loop: a batch may differ in prompt, guidance and seed.

The same loop as that of diffusers' Stable Diffusion pipelines, read from top to bottom, with a
guidance weight and a prompt for every place. Kernels are chosen by shape, and the shapes here are
those of the pipelines: a cell has the bytes that its pipeline gives.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

from edition.diffusion import (
    denoising_frames,
    init_image,
    latent_space,
    philox,
    samplers,
    sanity_checks,
)  # fmt: skip
from edition.diffusion.denoising_frames import denoised_latents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from edition.diffusion.render_request import OnEstimate, OnStep, RenderRequest
    from edition.recipe.recipe import Sampling

PROMPTS_KEPT = 512
"""Encoded prompts held at once: 80 MB for the largest text encoders here."""


class StableDiffusionRenderer:
    """Stable Diffusion 1, 2 and XL; see ``edition.diffusion.renderer.Renderer``."""

    mixed = True
    films = True
    single = False

    def __init__(self, pipe: Any, device: str) -> None:  # noqa: ANN401
        """Takes a pipeline, as ``edition.diffusion.loading.load`` gives it."""
        self.pipe = pipe
        self._device = device
        self._texts: OrderedDict[str, tuple[torch.Tensor, ...]] = OrderedDict()
        self._images: OrderedDict[str, torch.Tensor] = OrderedDict()
        self.encoded = 0
        """How often the text encoder ran."""
        pipe.vae.enable_slicing()  # decodes one by one: memory doesn't grow with the batch

    def draw(
        self,
        cells: Sequence[RenderRequest],
        wanted: int | None = None,
        on_step: OnStep | None = None,
        on_estimate: OnEstimate | None = None,
    ) -> list[Image.Image]:
        """Draws cells of one shape together."""
        with torch.inference_mode():
            latents = self._denoise(cells, on_step, on_estimate)
            images = decode(self.pipe, latents[:wanted])
        return sanity_checks.whole(images, cells[0].recipe.sampling, type(self.pipe).__name__)

    def decode(self, latents: torch.Tensor) -> list[Image.Image]:
        """Clean latents (b, c, h, w) as pictures."""
        with torch.inference_mode():
            return decode(self.pipe, latents)

    def levels(self, sampling: Sampling) -> tuple[tuple[float, float], ...]:
        """See ``edition.diffusion.denoising_frames.levels``."""
        return denoising_frames.levels(sampling, self.pipe.edition_native_scheduler)

    def _denoise(
        self, cells: Sequence[RenderRequest], on_step: OnStep | None, on_estimate: OnEstimate | None
    ) -> torch.Tensor:
        pipe, sampling = self.pipe, cells[0].recipe.sampling
        weights = [cell.recipe.sampling.guidance for cell in cells]
        guidance_embedding = self._guidance_embedding(weights)
        guided, rescale = (
            sampling.guidance > 1.0 and guidance_embedding is None,
            sampling.guidance_rescale,
        )
        scheduler = samplers.build(sampling, pipe.edition_native_scheduler)
        # on the host, where schedulers look up their coefficients: none waits for the card
        scheduler.set_timesteps(sampling.steps, device="cpu")
        timesteps, latents = self._entry(cells, scheduler)
        text, added = self._conditions(cells, guided)
        keywords = _step_keywords(scheduler, cells)
        for k, t in enumerate(timesteps, start=1):
            doubled = torch.cat([latents] * 2) if guided else latents
            scaled = scheduler.scale_model_input(doubled, t)
            noise_pred = pipe.unet(
                scaled, t, encoder_hidden_states=text, timestep_cond=guidance_embedding,
                added_cond_kwargs=added, return_dict=False,
            )[0]  # fmt: skip
            if guided:
                uncond, cond = noise_pred.chunk(2)  # (b, c, h, w) each
                # place by place with a plain number, as the pipeline does it: the same rounding
                noise_pred = torch.stack(
                    [u + w * (c - u) for u, c, w in zip(uncond, cond, weights, strict=True)]
                )
                if rescale > 0.0:
                    noise_pred = rescale_noise_cfg(noise_pred, cond, guidance_rescale=rescale)
            if on_estimate is not None:
                on_estimate(
                    k,
                    len(timesteps),
                    denoised_latents(scheduler, scaled[: len(cells)], noise_pred, t, latents),
                )
            latents = scheduler.step(noise_pred, t, latents, **keywords, return_dict=False)[0]
            if on_step is not None:
                on_step(k, len(timesteps), latents)
        return latents

    def _guidance_embedding(self, weights: Sequence[float]) -> torch.Tensor | None:
        """Guidance weights embedded, for a network that takes them as an input (LCM)."""
        unet = self.pipe.unet
        if unet.config.time_cond_proj_dim is None:
            return None
        embedded: torch.Tensor = self.pipe.get_guidance_scale_embedding(
            torch.tensor([weight - 1 for weight in weights]),
            embedding_dim=unet.config.time_cond_proj_dim,
        )
        return embedded.to(self._device, unet.dtype)

    def _entry(self, cells: Sequence[RenderRequest], scheduler: Any) -> tuple[Any, torch.Tensor]:  # noqa: ANN401
        """The timesteps to run, and the latents there."""
        pipe, sampling = self.pipe, cells[0].recipe.sampling
        scale = int(pipe.vae_scale_factor)
        form = (
            int(pipe.unet.config.in_channels),
            sampling.height // scale,
            sampling.width // scale,
        )
        drawn = torch.cat(
            [philox.latents([cell.seed], form, cell.recipe.sampling.noise) for cell in cells]
        ).to(self._device, pipe.unet.dtype)  # (b, c, h, w)
        init = cells[0].recipe.init
        first, order = 0, scheduler.order
        if init is not None:
            steps = sampling.steps
            first = (steps - max(1, min(steps, int(steps * init.strength)))) * order
        times = scheduler.timesteps[first:]
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        if init is None:
            return times, drawn * scheduler.init_noise_sigma
        images = torch.cat([self._image(cell) for cell in cells])
        first_times = times[:1].repeat(len(cells)).to(images.device)
        return times, scheduler.add_noise(images, drawn, first_times)

    def _image(self, cell: RenderRequest) -> torch.Tensor:
        sampling, image = cell.recipe.sampling, cell.image
        if image is None or cell.recipe.init is None:
            raise TypeError("a cell that starts from an image comes without one")
        key = f"{cell.recipe.init.sha256}:{sampling.width}x{sampling.height}"
        found: torch.Tensor = _kept(
            self._images,
            key,
            lambda: latent_space.encode(
                self.pipe, init_image.fitted(image, sampling.width, sampling.height)
            ).to(self._device, self.pipe.unet.dtype),
        )
        return found

    def _conditions(
        self, cells: Sequence[RenderRequest], guided: bool
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor] | None]:
        """Embeddings for all places; with guidance those of the negative prompts first."""
        encoded = [
            self._text(cell.recipe.prompt.positive, cell.recipe.prompt.syntax) for cell in cells
        ]
        if guided:
            encoded = [self._negative(cell) for cell in cells] + encoded
        states = torch.cat([item[0] for item in encoded])  # (b or 2b, n, c)
        if len(encoded[0]) == 1:
            return states, None
        pooled = torch.cat([item[1] for item in encoded])
        sampling = cells[0].recipe.sampling
        size = (sampling.height, sampling.width)
        times = self.pipe._get_add_time_ids(
            size, (0, 0), size, dtype=states.dtype, text_encoder_projection_dim=pooled.shape[-1]
        )
        ids = times.to(self._device).repeat(len(encoded), 1)
        return states, {"text_embeds": pooled, "time_ids": ids}

    def _negative(self, cell: RenderRequest) -> tuple[torch.Tensor, ...]:
        """Of a negative prompt; an empty one is zeros where the model was trained so (XL)."""
        text = cell.recipe.prompt.negative
        found = self._text(text, cell.recipe.prompt.syntax)
        zeros = not text and self.pipe.config.get("force_zeros_for_empty_prompt", False)
        return tuple(torch.zeros_like(part) for part in found) if zeros else found

    def _text(self, text: str, syntax: str) -> tuple[torch.Tensor, ...]:
        found: tuple[torch.Tensor, ...] = _kept(
            self._texts, f"{syntax}:{text}", lambda: self._encode(text, syntax)
        )
        return found

    def _encode(self, text: str, syntax: str) -> tuple[torch.Tensor, ...]:
        self.encoded += 1
        if syntax == "a1111" and text:
            from edition.diffusion import weighted_prompt  # compel need not be installed

            return weighted_prompt.encode(self.pipe, text, self._device)
        found = self.pipe.encode_prompt(
            prompt=text,
            device=self._device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=False,
        )
        return tuple(part for part in found if part is not None)


def _kept(store: OrderedDict[str, Any], key: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401
    if key not in store:
        store[key] = make()
        if len(store) > PROMPTS_KEPT:
            store.popitem(last=False)
    store.move_to_end(key)
    return store[key]


def _step_keywords(scheduler: Any, cells: Sequence[RenderRequest]) -> dict[str, Any]:  # noqa: ANN401
    """Each place draws from its own seed's stream, where a sampler adds noise in its steps."""
    takes = inspect.signature(scheduler.step).parameters
    keywords: dict[str, Any] = {"eta": 0.0} if "eta" in takes else {}
    if "generator" in takes:
        keywords["generator"] = [philox.generator(cell.seed) for cell in cells]
    return keywords


def decode(pipe: Any, latents: torch.Tensor) -> list[Image.Image]:  # noqa: ANN401
    """Latents as RGB pictures, as the pipelines decode them."""
    vae = pipe.vae
    upcast = (  # for XL's autoencoder, which overflows; the other pipelines decode as they are
        hasattr(pipe, "upcast_vae")
        and vae.dtype == torch.float16
        and bool(getattr(vae.config, "force_upcast", False))
    )
    if upcast:
        vae.to(dtype=torch.float32)
        latents = latents.float()
    latents = latent_space.unscaled(vae, latents)
    pixels = vae.decode(latents, return_dict=False)[0]
    if upcast:
        vae.to(dtype=torch.float16)
    if getattr(pipe, "watermark", None) is not None:
        pixels = pipe.watermark.apply_watermark(pixels)
    images = pipe.image_processor.postprocess(pixels, output_type="pil")
    pipe.maybe_free_model_hooks()
    return [image.convert("RGB") for image in images]

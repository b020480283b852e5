"""The same seed, the same bytes; and the same picture as diffusers' own pipeline."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, StableDiffusionPipeline
from tests.fakes import tiny_sd, tiny_sdxl

from edition import paths
from edition.diffusion import loading
from edition.diffusion.device import Device
from edition.diffusion.philox import generator, latents
from edition.diffusion.pipeline_renderer import check
from edition.diffusion.preview import SIDE, LatentPreview
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import batch_size, renderer_of
from edition.errors import ModelError, Stopped
from edition.recipe import edition_file
from edition.recipe.recipe import ModelRef, Prompt, Recipe, Sampling

SMALL = Recipe(sampling=Sampling(steps=3, width=128, height=128))


def draw(pipe, recipe: Recipe, seeds: tuple[int, ...], wanted: int | None = None, on_step=None):
    """By the renderer of the pipeline's family."""
    cells = [RenderRequest(recipe, seed) for seed in seeds]
    return renderer_of(pipe, "cpu").draw(cells, wanted, on_step)


@pytest.fixture(scope="module")
def pipe() -> object:
    """The embedded model, loaded as the press loads it."""
    return loading.load(SMALL, "cpu")


def test_neighbours_and_places_change_nothing(pipe: object) -> None:
    alone = draw(pipe, SMALL, (7, 7, 7, 7), wanted=1)
    first = draw(pipe, SMALL, (7, 1, 2, 3))
    last = draw(pipe, SMALL, (9, 8, 2**40, 7))
    assert len(alone) == 1
    assert alone[0].tobytes() == first[0].tobytes() == last[3].tobytes()
    assert first[0].tobytes() != first[1].tobytes()


def test_a_restart_changes_nothing(pipe: object) -> None:
    before = draw(pipe, SMALL, (3, 4))
    again = draw(loading.load(SMALL, "cpu"), SMALL, (3, 4))
    assert [a.tobytes() for a in before] == [b.tobytes() for b in again]


@pytest.mark.slow
def test_pictures_are_those_of_diffusers() -> None:
    """A batch of the embedded edition at full size, within 2/255."""
    recipe = edition_file.read(paths.shipped_editions() / "pocket-dreams" / "edition.toml")
    ours = draw(loading.load(recipe, "cpu"), recipe, (1, 2))
    theirs = StableDiffusionPipeline.from_pretrained(
        paths.pocket_folder(), dtype=torch.float32, safety_checker=None
    )
    theirs.scheduler = DPMSolverMultistepScheduler.from_config(
        theirs.scheduler.config, algorithm_type="sde-dpmsolver++"
    )
    side = 512 // theirs.vae_scale_factor
    shape = theirs.unet.config.in_channels, side, side
    for seed, image in zip((1, 2), ours, strict=True):
        reference = theirs(
            "monumental, dramatic, atmospheric, transcendent",
            num_inference_steps=recipe.sampling.steps,
            guidance_scale=3.0,
            latents=latents([seed], shape, "cuda"),
            generator=generator(seed),
        ).images[0]
        assert _deviation(image, reference) <= 2


def test_the_call_of_the_seed_text(tmp_path: Path) -> None:
    """The recipe of biased-dreams gives what the seed text's own code gives.

    The pipeline gets the scheduler when it is made, and changes its ``steps_offset`` to 1.
    """
    folder = tiny_sd(tmp_path / "model")
    written = edition_file.read(paths.shipped_editions() / "biased-dreams" / "edition.toml")
    recipe = written.model_copy(
        update={
            "model": ModelRef(base=str(folder)),
            "sampling": written.sampling.model_copy(update={"width": 64, "height": 64}),
        }
    )
    loaded = loading.load(recipe, "cpu")
    ours = draw(loaded, recipe, (1, 2, 3, 4))
    schedule = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False,
    )  # fmt: skip
    with pytest.warns(FutureWarning, match="steps_offset"):
        theirs = StableDiffusionPipeline.from_pretrained(
            folder, scheduler=schedule, safety_checker=None
        )
    for seed, image in zip((1, 2, 3, 4), ours, strict=True):
        reference = theirs(
            recipe.prompt.positive,
            num_inference_steps=50,
            guidance_scale=3.0,
            width=64,
            height=64,
            latents=latents([seed], (4, 8, 8), "cuda"),
        ).images[0]
        assert _deviation(image, reference) <= 2
    loaded.scheduler.set_timesteps(50)
    assert loaded.scheduler.timesteps.tolist() == theirs.scheduler.timesteps.tolist()
    assert torch.equal(loaded.scheduler.alphas_cumprod, theirs.scheduler.alphas_cumprod)
    assert loaded.scheduler.final_alpha_cumprod == theirs.scheduler.final_alpha_cumprod


@pytest.mark.parametrize("sampler", ["euler_a", "dpmpp_2m", "dpmpp_2m_sde", "unipc", "ddpm"])
def test_other_samplers_keep_the_promise(pipe: object, sampler: str) -> None:
    """Also those that draw noise in their steps: each print has its own stream."""
    recipe = SMALL.model_copy(
        update={"sampling": SMALL.sampling.model_copy(update={"sampler": sampler, "steps": 4})}
    )
    loaded = loading.load(recipe, "cpu")
    alone = draw(loaded, recipe, (7, 7), wanted=1)[0]
    assert draw(loaded, recipe, (1, 7))[1].tobytes() == alone.tobytes()


def test_sdxl_pipelines_work(tmp_path: Path) -> None:
    folder = tiny_sdxl(tmp_path / "xl")
    recipe = Recipe(
        model=ModelRef(base=str(folder)),
        prompt=Prompt(positive="the sea", negative="night"),
        sampling=Sampling(sampler="euler", steps=2, width=64, height=64),
    )
    loaded = loading.load(recipe, "cpu")
    images = draw(loaded, recipe, (1, 2))
    assert images[0].size == (64, 64)
    assert draw(loaded, recipe, (2, 2), wanted=1)[0].tobytes() == images[1].tobytes()


def test_guidance_and_negative_prompt_reach_the_picture(pipe: object) -> None:
    def with_(**changes: object) -> bytes:
        recipe = SMALL.model_copy(update=changes)
        return draw(pipe, recipe, (5, 5), wanted=1)[0].tobytes()

    drawn = {
        with_(),
        with_(prompt=Prompt(positive="the sea")),
        with_(prompt=Prompt(negative="yellow circle")),
        with_(sampling=SMALL.sampling.model_copy(update={"guidance": 6.0})),
        with_(sampling=SMALL.sampling.model_copy(update={"guidance": 1.0})),
        with_(sampling=SMALL.sampling.model_copy(update={"noise": "cpu"})),
    }
    assert len(drawn) == 6


def test_steps_are_shown_and_can_end_the_batch(pipe: object) -> None:
    preview = LatentPreview(pipe.vae)  # type: ignore[attr-defined]
    seen = []

    def on_step(step: int, steps: int, tensors: torch.Tensor) -> None:
        seen.append((step, steps, preview.pictures(tensors)))
        if len(seen) == 2:
            raise Stopped("enough")

    with pytest.raises(Stopped):
        draw(pipe, SMALL, (1, 2), on_step=on_step)
    assert [(step, steps) for step, steps, _ in seen] == [(1, 3), (2, 3)]
    assert [len(picture) for picture in seen[0][2]] == [SIDE * SIDE * 3] * 2


def test_the_preview_looks_like_the_picture(pipe: object) -> None:
    preview = LatentPreview(pipe.vae)  # type: ignore[attr-defined]
    last = []
    recipe = SMALL.model_copy(update={"sampling": SMALL.sampling.model_copy(update={"steps": 12})})
    image = draw(pipe, recipe, (1,), on_step=lambda _, __, x: last.append(preview.pictures(x)[0]))[
        0
    ]
    small = np.asarray(image.resize((SIDE, SIDE)), dtype=float).ravel()
    shown = np.frombuffer(last[-1], np.uint8).astype(float)
    assert np.corrcoef(small, shown)[0, 1] > 0.8


def test_what_a_pipeline_cannot_do_is_said_first(pipe: object) -> None:
    class Deaf(type(pipe)):  # type: ignore[misc]
        def __call__(self, prompt, num_inference_steps, callback_on_step_end):
            raise AssertionError("must not be called")

    deaf = Deaf(**pipe.components)  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match=r"prompt\.negative"):
        check(deaf, SMALL.model_copy(update={"prompt": Prompt(negative="x")}))


def test_batches_have_a_size_that_does_not_change() -> None:
    gib = 2**30
    laptop = Device("cpu", "CPU", 16 * gib, 3 * gib)
    assert batch_size(laptop, 7_000_000, 512 * 512) == 4
    assert batch_size(laptop, 1_000_000_000, 512 * 512) == 1
    cards = [
        batch_size(Device("cuda", "x", g * gib, 0), 1_066_000_000, 512 * 512) for g in (8, 24, 80)
    ]
    assert cards == sorted(cards)
    assert cards[0] >= 1
    assert cards[-1] == 32


def _deviation(image: object, reference: object) -> int:
    return int(np.abs(np.asarray(image, dtype=int) - np.asarray(reference, dtype=int)).max())

"""Mixed batches: a cell has the bytes of the same print rendered alone, by the normal road."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline
from PIL import Image
from tests.fakes import scene, tiny_sd, tiny_sdxl

from edition import picture_reader
from edition.diffusion import init_image, loading, samplers
from edition.diffusion.philox import latents
from edition.diffusion.pipeline_renderer import PipelineRenderer
from edition.diffusion.render_request import RenderRequest, shape
from edition.diffusion.renderer import renderer_of
from edition.diffusion.stable_diffusion_renderer import StableDiffusionRenderer, decode
from edition.errors import RecipeError
from edition.recipe.recipe import Init, ModelRef, Prompt, Recipe, Sampling

BASE = Recipe(sampling=Sampling(steps=3, width=128, height=128))


def asked(positive: str, guidance: float, negative: str = "", **sampling: object) -> Recipe:
    changes = {**BASE.sampling.model_dump(), "guidance": guidance, **sampling}
    return BASE.model_copy(
        update={
            "prompt": Prompt(positive=positive, negative=negative),
            "sampling": Sampling.model_validate(changes),
        }
    )


@pytest.fixture(scope="module")
def pipe() -> object:
    return loading.load(BASE, "cpu")


def alone(pipe: object, recipe: Recipe, seed: int, places: int = 4) -> bytes:
    """By the pipeline's own loop."""
    return (
        PipelineRenderer(pipe, "cpu").draw([RenderRequest(recipe, seed)] * places, 1)[0].tobytes()
    )


def test_prompt_guidance_negative_and_noise_may_differ_in_a_batch(pipe: object) -> None:
    cells = [
        RenderRequest(asked("crimson mountains", 2.5), 1),
        RenderRequest(asked("azure sea", 7.1), 2),
        RenderRequest(asked("azure sea", 50.0, noise="cpu"), 3),
        RenderRequest(asked("night", 3.0, "yellow circle"), 2**40),
    ]
    assert len({shape(cell.recipe) for cell in cells}) == 1
    renderer = renderer_of(pipe, "cpu")
    for cell, image in zip(cells, renderer.draw(cells), strict=True):
        assert image.tobytes() == alone(pipe, cell.recipe, cell.seed)


@pytest.mark.parametrize(
    "sampling",
    [
        {"guidance": 1.0},
        {"guidance": 9.0, "guidance_rescale": 0.7},
        {"sampler": "euler_a"},
        {"sampler": "dpmpp_2m"},
        {"sampler": "ddpm"},
        {"sampler": "unipc"},
    ],
)
def test_every_kind_of_sampling_gives_the_bytes_of_the_normal_road(
    pipe: object, sampling: dict[str, object]
) -> None:
    wish = {"guidance": 3.0, **sampling}
    recipe = asked("the sea", **wish)  # type: ignore[arg-type]
    drawn = renderer_of(pipe, "cpu").draw([RenderRequest(recipe, seed) for seed in (7, 5, 6, 5)])
    assert drawn[1].tobytes() == drawn[3].tobytes() == alone(pipe, recipe, 5)
    assert drawn[0].tobytes() != drawn[1].tobytes()


def test_a_text_is_encoded_once(pipe: object) -> None:
    renderer = StableDiffusionRenderer(pipe, "cpu")
    for guidance in (2.0, 4.0):
        for prompt in ("sea", "sky"):
            renderer.draw(
                [
                    RenderRequest(asked(prompt, guidance), 1),
                    RenderRequest(asked(prompt, guidance), 2),
                ]
            )
    assert renderer.encoded == 3  # sea, sky, and the empty negative prompt


def test_published_architectures_work_too(tmp_path: Path) -> None:
    for make, sampler in ((tiny_sd, "native"), (tiny_sdxl, "euler")):
        folder = make(tmp_path / make.__name__)
        recipe = Recipe(
            model=ModelRef(base=str(folder)),
            prompt=Prompt(positive="the sea", negative="night"),
            sampling=Sampling(sampler=sampler, steps=3, width=64, height=64),
        )
        other = recipe.model_copy(
            update={
                "prompt": Prompt(positive="the sky"),
                "sampling": recipe.sampling.model_copy(update={"guidance": 9.0}),
            }
        )
        loaded = loading.load(recipe, "cpu")
        drawn = renderer_of(loaded, "cpu").draw([RenderRequest(recipe, 1), RenderRequest(other, 2)])
        assert drawn[0].tobytes() == alone(loaded, recipe, 1, 2)
        assert drawn[1].tobytes() == alone(loaded, other, 2, 2)


def test_a_network_that_is_told_the_guidance_is_told_it_cell_by_cell(tmp_path: Path) -> None:
    recipe = asked("the sea", 4.0, width=64, height=64)
    recipe = recipe.model_copy(update={"model": ModelRef(base=str(tiny_sd(tmp_path / "told")))})
    other = recipe.model_copy(
        update={"sampling": recipe.sampling.model_copy(update={"guidance": 9.0})}
    )
    loaded = loading.load(recipe, "cpu")
    config = {**loaded.unet.config, "time_cond_proj_dim": 8}
    torch.manual_seed(0)
    loaded.register_modules(unet=type(loaded.unet).from_config(config).eval())
    drawn = renderer_of(loaded, "cpu").draw([RenderRequest(recipe, 1), RenderRequest(other, 1)])
    assert drawn[0].tobytes() == alone(loaded, recipe, 1, 2)
    assert drawn[1].tobytes() == alone(loaded, other, 1, 2)
    assert drawn[0].tobytes() != drawn[1].tobytes()


def test_only_xl_decodes_in_single_precision(tmp_path: Path) -> None:
    """In half precision, as each pipeline does it: its autoencoder overflows, others don't."""
    for make, kind in ((tiny_sd, torch.float16), (tiny_sdxl, torch.float32)):
        folder = make(tmp_path / make.__name__)
        pipe = loading.load(Recipe(model=ModelRef(base=str(folder))), "cpu")
        pipe.vae.to(torch.float16)
        seen = []
        pipe.vae.decoder.register_forward_hook(lambda *a, seen=seen: seen.append(a[2].dtype))
        with torch.inference_mode():
            decode(pipe, torch.zeros(1, 4, 8, 8, dtype=torch.float16))
        assert seen == [kind]
        assert pipe.vae.dtype == torch.float16


def test_estimates_end_in_the_picture(pipe: object) -> None:
    recipe, seen = asked("the sea", 3.0, steps=5), []
    renderer = renderer_of(pipe, "cpu")
    image = renderer.draw(
        [RenderRequest(recipe, 3)], on_estimate=lambda k, n, x: seen.append((k, n, x))
    )[0]
    assert [(k, n) for k, n, _ in seen] == [(k, 5) for k in range(1, 6)]
    with torch.inference_mode():
        last = decode(pipe, seen[-1][2])[0]
    difference = np.abs(np.asarray(last, int) - np.asarray(image, int)).max()
    assert difference <= 1  # DDIM's last step is its last estimate


def started(image: Image.Image, strength: float, file: Path) -> RenderRequest:
    image.save(file)
    init = Init(file=str(file), strength=strength)
    return RenderRequest(
        init_image.with_init_digest(
            asked("the sea", 3.0, steps=10).model_copy(update={"init": init})
        ),
        4,
        image,
    )


def test_image_to_image_is_that_of_diffusers(pipe: object, tmp_path: Path) -> None:
    cell = started(scene(1), 0.6, tmp_path / "a.png")
    ours = renderer_of(pipe, "cpu").draw([cell])[0]
    theirs = StableDiffusionImg2ImgPipeline(**pipe.components)  # type: ignore[attr-defined]
    theirs.scheduler = samplers.build(cell.recipe.sampling, pipe.edition_native_scheduler)  # type: ignore[attr-defined]
    theirs.set_progress_bar_config(disable=True)
    side = BASE.sampling.width // pipe.vae_scale_factor  # type: ignore[attr-defined]
    noise = latents([4], (pipe.unet.config.in_channels, side, side), "cuda")  # type: ignore[attr-defined]
    import diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img as module

    keep = module.randn_tensor
    module.randn_tensor = lambda *_, **__: noise  # type: ignore[attr-defined]
    try:
        reference = theirs(
            "the sea", image=scene(1), strength=0.6, num_inference_steps=10, guidance_scale=3.0
        ).images[0]
    finally:
        module.randn_tensor = keep  # type: ignore[attr-defined]
    assert np.abs(np.asarray(ours, int) - np.asarray(reference, int)).max() <= 2


def test_less_strength_stays_closer_to_the_image(pipe: object, tmp_path: Path) -> None:
    renderer, image = renderer_of(pipe, "cpu"), scene(2)
    far = []
    for strength in (0.2, 0.9):
        drawn = renderer.draw([started(image, strength, tmp_path / "a.png")])[0]
        far.append(np.abs(np.asarray(drawn, float) - np.asarray(image, float)).mean())
    assert far[0] < far[1]


def test_starting_images_are_checked(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    scene(1).save(good)
    whole = good.read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no image")
    recipe = init_image.with_init_digest(
        BASE.model_copy(update={"init": Init(file="good.png")}), tmp_path
    )
    assert recipe.init is not None
    assert len(recipe.init.sha256) == 64
    for name in ("cut.png", "text.png", "missing.png"):
        with pytest.raises(RecipeError, match=name.split(".", maxsplit=1)[0]):
            init_image.with_init_digest(BASE.model_copy(update={"init": Init(file=name)}), tmp_path)
    scene(3).save(good)
    with pytest.raises(RecipeError, match="has changed"):
        init_image.with_init_digest(recipe, tmp_path)


def test_transparency_lies_on_white_and_photographs_stand_upright(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert picture_reader.read(tmp_path / "clear.png").getpixel((3, 3)) == (255, 255, 255)
    photo = Image.new("RGB", (20, 10), "navy")
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(tmp_path / "photo.jpg", exif=exif)
    assert picture_reader.read(tmp_path / "photo.jpg").size == (10, 20)
    assert init_image.fitted(photo, 64, 64).size == (64, 64)

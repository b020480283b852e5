"""Every family of text-to-image models, tried with a tiny one of random weights."""

import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.image_processor import VaeImageProcessor
from diffusers.pipelines.auto_pipeline import AUTO_TEXT2IMAGE_PIPELINES_MAPPING
from PIL import Image
from tests.fakes import scene, tiny_sd
from tests.support import family_rows, tiny_families, tiny_newer_families

from edition import extras
from edition.diffusion import (
    families,
    init_image,
    loading,
    memory_plan,
    model_check,
    pipeline_signature,
    placement,
    prompt_truncation,
)
from edition.diffusion.family_table import TABLE
from edition.diffusion.pipeline_renderer import PipelineRenderer, check
from edition.diffusion.preview import SIDE, LatentPreview
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import Renderer, renderer_of
from edition.diffusion.resolve import find
from edition.errors import ModelError
from edition.recipe.recipe import Init, ModelRef, Prompt, Recipe, Sampling

WIDTH, HEIGHT = 64, 128
NATIVE = Sampling(sampler="native")
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # diffusers' own, of itself
WITHOUT = {
    "use_resolution_binning": False, "enable_prompt_rewrite": False, "guidance_schedule": None,
    "max_area": WIDTH * HEIGHT, "_auto_resize": False, "output_type": "pil",
}  # fmt: skip
"""What the call of a pipeline is told besides the recipe: its own size, the prompt as written."""


@dataclass
class Tiny:
    """A family's tiny model, loaded as the press loads it."""

    name: str
    folder: Path
    pipe: Any
    renderer: Renderer
    known: families.ModelFamily
    drawn: dict[str, bytes] = field(default_factory=dict)

    def recipe(self, *, negative: str = "", init: Init | None = None, **sampling: Any) -> Recipe:
        usual: dict[str, Any] = {
            "sampler": "native", "steps": 2, "width": WIDTH, "height": HEIGHT,
            "guidance": 1.0 if self.known.guidance == "none" else 4.0, **sampling,
        }  # fmt: skip
        if self.known.family.edits:
            init = init or Init(file="scene.png", strength=1.0)
        return Recipe(
            model=ModelRef(base=str(self.folder)),
            prompt=Prompt(positive="the sea", negative=negative),
            sampling=Sampling(**usual),
            init=init,
        )

    def draw(self, recipe: Recipe, *seeds: int, wanted: int | None = None) -> list[Image.Image]:
        check(self.pipe, recipe)
        return self.renderer.draw([self.cell(recipe, seed) for seed in seeds], wanted)

    def cell(self, recipe: Recipe, seed: int) -> RenderRequest:
        return RenderRequest(recipe, seed, scene(1, 64) if recipe.init else None)

    def bytes(self, recipe: Recipe) -> bytes:
        """Seed 1 in a batch of one, drawn once."""
        key = recipe.to_json()
        if key not in self.drawn:
            self.drawn[key] = self.draw(recipe, 1)[0].tobytes()
        return self.drawn[key]


@pytest.fixture(scope="module", params=list(tiny_families.FAMILIES))
def tiny(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tiny]:
    name = request.param
    with pytest.MonkeyPatch.context() as patch:
        if name in tiny_families.WITHOUT_PACKAGE:
            patch.setattr(families, "find_spec", lambda _: True)
        if name.startswith("qwen-edit"):
            tiny_newer_families.read_small(patch)
        yield _made(name, tmp_path_factory)


def _made(name: str, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    folder = tiny_families.save(name, tmp_path_factory.mktemp("families") / name)
    pipe = loading.load(Recipe(model=ModelRef(base=str(folder)), sampling=NATIVE), "cpu")
    return Tiny(name, folder, pipe, renderer_of(pipe, "cpu"), families.of_pipe(pipe))


def far(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of two pictures, of 255."""
    assert one.size == other.size
    pair = (np.asarray(image.convert("RGB"), dtype=int) for image in (one, other))
    return int(np.abs(next(pair) - next(pair)).max())


def reads(pipe: Any) -> list[str]:
    """Fills with the names of text encoders as they, or any layer of theirs, run."""
    found: list[str] = []
    for name, part in placement.networks(pipe):
        if memory_plan.role_of(name) == "encoder" and "text" in name:
            for layer in part.modules():  # some pipelines call the layers one by one
                layer.register_forward_hook(lambda *_, name=name: found.append(name))
    return found


def test_a_seed_has_its_bytes_alone_and_at_any_place(tiny: Tiny) -> None:
    recipe, steps = tiny.recipe(), []
    read = reads(tiny.pipe)
    alone = tiny.draw(recipe, 1, 1, wanted=1)
    once, rounds = len(read), 2 if tiny.renderer.single else 1
    check(tiny.pipe, recipe)
    cells = [tiny.cell(recipe, seed) for seed in (1, 2)]
    first = tiny.renderer.draw(cells, None, lambda step, of, x: steps.append((step, of, x)))
    last = tiny.draw(recipe, 2**40, 1)
    assert once or tiny.name in ("omnigen", "ldm"), "the prompt was read"
    assert len(read) == once, "and not again for the second and third batch"
    assert alone[0].size == (WIDTH, HEIGHT)
    assert len(alone) == 1
    assert alone[0].tobytes() == first[0].tobytes() == last[1].tobytes()
    assert first[0].tobytes() != first[1].tobytes()
    each = len(steps) // rounds
    assert [step for step, _, _ in steps] == list(range(1, each + 1)) * rounds
    assert prompt_truncation.by_pipeline(tiny.pipe, recipe.prompt) == ()
    if tiny.renderer.films:
        shown = LatentPreview(tiny.pipe.vae).pictures(steps[-1][2])
        packed = tiny.known.class_name in (
            "Flux2Pipeline",
            "Flux2KleinPipeline",
            "Flux2KleinKVPipeline",
            "ErnieImagePipeline",
        )
        assert [len(picture) for picture in shown] == (
            [] if packed else [SIDE * SIDE * 3] * (2 // rounds)
        )
    assert tiny.bytes(tiny.recipe(noise="cuda")) == tiny.bytes(recipe)
    assert tiny.bytes(tiny.recipe(noise="cpu")) != tiny.bytes(recipe)


def test_pictures_are_those_of_plain_diffusers(tiny: Tiny) -> None:
    recipe = tiny.recipe(noise="cpu")
    ours = tiny.draw(recipe, 3)[0]
    if recipe.init is not None:
        assert far(ours, plain_image(tiny, recipe.init)) <= 2
        return
    kind = getattr(diffusers, tiny.known.class_name)
    theirs = plain(kind.from_pretrained(tiny.folder, local_files_only=True), tiny.known, recipe)
    assert far(ours, theirs) <= 2


def plain(pipe: Any, known: families.ModelFamily, recipe: Recipe, **more: Any) -> Image.Image:
    """Seed 3 as a pipeline of diffusers draws it by itself."""
    pipe.set_progress_bar_config(disable=True)
    takes = inspect.signature(type(pipe).__call__).parameters
    wishes = {
        **WITHOUT, "prompt": recipe.prompt.positive, "num_inference_steps": recipe.sampling.steps,
        known.family.parameter: recipe.sampling.guidance, "width": WIDTH, "height": HEIGHT,
        "generator": torch.Generator("cpu").manual_seed(3), **more,
    }  # fmt: skip
    if known.guidance == "true_cfg":
        wishes["negative_prompt"] = " "
    if known.class_name == "HiDreamImagePipeline":
        pipe.default_sample_size = (WIDTH * HEIGHT) ** 0.5 / pipe.vae_scale_factor * (1 + 1e-9)
    if hasattr(pipe, "resolutions"):
        pipe.resolutions = [(WIDTH, HEIGHT)]
    if getattr(pipe, "guider", None) is not None:
        pipe.guider.guidance_scale = recipe.sampling.guidance
    output = pipe(**{key: value for key, value in wishes.items() if key in takes})
    return (output.images if hasattr(output, "images") else output.image)[0]


def test_guidance_acts_or_is_refused(tiny: Tiny) -> None:
    other = tiny.recipe(guidance=6.0)
    if tiny.known.guidance == "none":
        with pytest.raises(ModelError, match=r"sampling\.guidance = 6 does nothing"):
            tiny.draw(other, 1)
        assert row(tiny).guidance == "built in: refused"
        return
    assert tiny.bytes(other) != tiny.bytes(tiny.recipe())
    off = tiny.known.off
    if off is None:
        assert row(tiny).guidance == "told to the network"
        return
    if tiny.known.family.above >= off:
        with pytest.raises(ModelError, match="is not drawn at guidance 1"):
            tiny.draw(tiny.recipe(guidance=off), 1)
        assert row(tiny).guidance == f"above {off:g}"
        return
    assert tiny.bytes(tiny.recipe(guidance=off)) != tiny.bytes(tiny.recipe())
    if tiny.known.family.negative == "yes" and not hasattr(tiny.pipe, "prior_pipe"):
        quiet = tiny.recipe(guidance=off, negative="night")
        assert tiny.bytes(quiet) == tiny.bytes(tiny.recipe(guidance=off))
    assert row(tiny).guidance == f"off at {off:g}"


def test_a_negative_acts_or_is_refused(tiny: Tiny) -> None:
    asked = tiny.recipe(negative="night")
    kind = tiny.known.family.negative
    if kind == "no":
        with pytest.raises(ModelError, match=r"does not know prompt\.negative"):
            tiny.draw(asked, 1)
        assert row(tiny).negative == "refused"
        return
    if kind == "true_cfg":
        with pytest.raises(ModelError, match=r"sampling\.true_cfg is 0"):
            tiny.draw(asked, 1)
        asked = tiny.recipe(negative="night", true_cfg=4.0)
        with pytest.raises(ModelError, match="does nothing here"):
            tiny.draw(tiny.recipe(true_cfg=4.0), 1)
    else:
        with pytest.raises(ModelError, match=r"does not know sampling\.true_cfg"):
            tiny.draw(tiny.recipe(negative="night", true_cfg=4.0), 1)
    assert tiny.bytes(asked) != tiny.bytes(tiny.recipe())
    assert row(tiny).negative == ("acts with `true_cfg`" if kind == "true_cfg" else "acts")


def test_an_image_to_start_from_acts_or_is_refused(tiny: Tiny) -> None:
    family = tiny.known.family
    init = Init(file="scene.png", strength=1.0 if family.reference else 0.5)
    recipe = tiny.recipe(init=init)
    if not family.from_image:
        with pytest.raises(ModelError, match="can't start from an image"):
            tiny.draw(recipe, 1)
        assert row(tiny).image == "refused"
        return
    if family.reference:
        half = init.model_copy(update={"strength": 0.5})
        with pytest.raises(ModelError, match=r"init\.strength does nothing"):
            tiny.draw(tiny.recipe(init=half), 1)
    if family.edits:
        with pytest.raises(ModelError, match="edits an image, and the recipe has none"):
            tiny.draw(recipe.model_copy(update={"init": None}), 1)
        other = tiny.renderer.draw([RenderRequest(recipe, 1, scene(2, 64))])[0]
        assert other.tobytes() != tiny.bytes(recipe), "what the encoder read is kept by the image"
        assert row(tiny).image == "needed"
        return
    alone, beside = tiny.draw(recipe, 1, 1, wanted=1)[0], tiny.draw(recipe, 2, 1)[1]
    assert alone.size == (WIDTH, HEIGHT)
    assert alone.tobytes() == beside.tobytes()
    assert alone.tobytes() != tiny.draw(tiny.recipe(), 1, 1, wanted=1)[0].tobytes()
    assert far(tiny.draw(tiny.recipe(init=init, noise="cpu"), 3)[0], plain_image(tiny, init)) <= 2
    assert row(tiny).image == ("looked at" if family.reference else "acts")


def plain_image(tiny: Tiny, init: Init) -> Image.Image:
    """Seed 3 from an image, by the family's own pipeline and the middle of the distribution."""
    base = getattr(diffusers, tiny.known.class_name).from_pretrained(tiny.folder)
    kind = getattr(diffusers, tiny.known.family.from_image)
    takes = inspect.signature(kind.__init__).parameters
    known = {**base.config, **base.components}
    pipe = kind(**{key: value for key, value in known.items() if key in takes})
    vae = getattr(pipe, "vae", None)
    if vae is not None:
        encode = vae.encode

        def middle(*args: Any, **settings: Any) -> Any:
            output = encode(*args, **settings)
            if hasattr(output, "latent_dist"):
                output.latent_dist.sample = lambda *_, **__: output.latent_dist.mode()
            return output

        vae.encode = middle
    image = init_image.fitted(scene(1, 64), WIDTH, HEIGHT)
    if tiny.name == "deepfloyd":  # it gives a picture a size of its own, and values none
        image = VaeImageProcessor().preprocess(image)
    if hasattr(pipe, "decoder_pipe"):  # it hands on the width as the height
        take = pipe.decoder_pipe.image_processor.preprocess
        pipe.decoder_pipe.image_processor.preprocess = lambda i, w, h: take(i, h, w)
    recipe = tiny.recipe(init=init, noise="cpu")
    return plain(pipe, tiny.known, recipe, image=image, strength=init.strength)


def test_a_film_ends_in_the_print_or_is_refused(tiny: Tiny) -> None:
    recipe, frames = tiny.recipe(), []
    if not tiny.renderer.films:
        assert row(tiny).film == "refused"
        return

    def on_estimate(step: int, steps: int, clean: torch.Tensor) -> None:
        frames.append((step, steps, tiny.renderer.decode(clean[:1])[0]))

    image = tiny.renderer.draw([tiny.cell(recipe, 1)], None, None, on_estimate)[0]
    assert [step for step, _, _ in frames] == list(range(1, len(frames) + 1))
    assert {of for _, of, _ in frames} == {len(frames)}
    assert {frame.size for _, _, frame in frames} == {(WIDTH, HEIGHT)}
    assert far(frames[-1][2], image) <= 2
    levels = tiny.renderer.levels(recipe.sampling)[-len(frames) :]
    assert len(levels) == len(frames)
    assert levels[0][1] > levels[-1][1] >= 0
    assert row(tiny).film == "yes"


def test_a_foreign_sampler_acts_or_is_refused(tiny: Tiny) -> None:
    asked = tiny.recipe(sampler="euler_a")
    if tiny.known.family.samplers:
        assert tiny.bytes(asked) != tiny.bytes(tiny.recipe())
        return
    with pytest.raises(ModelError, match="by its own sampler alone"):
        tiny.draw(asked, 1)


def test_a_size_that_a_family_does_not_draw_is_refused_with_the_next(tiny: Tiny) -> None:
    step = tiny.known.family.multiple
    if step == 8:
        return  # the recipe itself knows
    with pytest.raises(ModelError, match=f"multiples of {step} pixels") as raised:
        tiny.draw(tiny.recipe(width=step * 4 + 8), 1)
    assert f"width = {step * 4}" in raised.value.hint


def row(tiny: Tiny) -> family_rows.Row:
    return family_rows.ROWS[tiny.name]


def test_every_class_is_tried_or_refused_with_the_reason() -> None:
    """So a new diffusers that maps one more class fails here until it has a row or a reason."""
    known = {name: family for family in TABLE for name in family.classes}
    tried = {class_name for class_name, _ in tiny_families.FAMILIES.values()}
    mapped = {kind.__name__ for kind in AUTO_TEXT2IMAGE_PIPELINES_MAPPING.values()}
    assert mapped <= known.keys()
    assert tried == {name for name, family in known.items() if not family.refused}
    others = {name for name in dir(diffusers) if name.endswith("Pipeline")} - known.keys()
    assert {name for name in others if not pipeline_signature.why_not(name)} == set()
    assert set(family_rows.ROWS) == set(tiny_families.FAMILIES)
    assert all(hasattr(diffusers, name) for name in known)
    starts = {family.from_image for family in TABLE} - {""}
    assert all(hasattr(diffusers, name) for name in starts)


@pytest.mark.parametrize(
    "class_name",
    ["FluxControlPipeline", "GlmImagePipeline", "PRXPipeline", "BriaFiboEditPipeline", "Nobody"],
)
def test_a_family_that_does_not_fit_is_refused_before_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, class_name: str
) -> None:
    monkeypatch.setattr(families, "find_spec", lambda _: None)  # nothing is installed besides
    folder = tiny_sd(tmp_path / "model")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", class_name))
    with pytest.raises(ModelError) as raised:
        loading.load(Recipe(model=ModelRef(base=str(folder))), "cpu")
    family = families.named(class_name)
    assert raised.value.message.startswith(family.title if family else class_name)
    assert (family.refused if family else "") in raised.value.message
    with pytest.raises(ModelError):
        model_check.examine(find(ModelRef(base=str(folder))))
    named = extras.install(family.package) if family and family.package else ""
    assert named in str(raised.value.hint)


def test_a_package_that_a_part_needs_is_named_before_the_model_is_loaded(tmp_path: Path) -> None:
    """Qwen-VL's processors read films, too, with torchvision; without it they can't be made."""
    folder = tiny_sd(tmp_path / "model")
    index = folder / "model_index.json"
    parts = {**json.loads(index.read_text()), "processor": ["transformers", "Qwen3VLProcessor"]}
    index.write_text(json.dumps(parts))
    (folder / "processor").mkdir()
    (folder / "processor" / "processor_config.json").write_text("{}")
    assert families.of_folder(folder).packages == ("torchvision",)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(families, "find_spec", lambda _: None)
        with pytest.raises(ModelError, match="needs the package torchvision") as raised:
            loading.load(Recipe(model=ModelRef(base=str(folder))), "cpu")
    assert extras.install("torchvision") in raised.value.hint


def test_a_folder_of_a_modular_pipeline_says_so(tmp_path: Path) -> None:
    (tmp_path / "modular_model_index.json").write_text('{"_class_name": "Flux3ModularPipeline"}')
    with pytest.raises(ModelError, match="made of blocks"):
        loading.load(Recipe(model=ModelRef(base=str(tmp_path))), "cpu")


def test_every_other_pipeline_is_refused_for_what_it_does() -> None:
    for name, reason in {
        "BriaFiboEditPipeline": "edits an image by itself",
        "Flux3ModularPipeline": "is made of blocks",
        "FluxFillPipeline": "paints into a part of an image",
        "WanPipeline": "makes films",
        "IFSuperResolutionPipeline": "enlarges or refines",
        "AudioLDM2Pipeline": "makes no pictures",
        "UnconditionalPipeline": "is not known to diffusers",
        "DiTPipeline": "draws from no prompt",
    }.items():
        assert pipeline_signature.why_not(name).startswith(reason), name


def test_latents_of_flux_are_packed_of_the_same_noise_as_of_other_families(tmp_path: Path) -> None:
    """CUDA's stream in the pipeline's own shape: what a generator on a card would have given."""
    from edition.diffusion import philox

    folder = tiny_families.save("flux-dev", tmp_path / "flux")
    recipe = Recipe(
        model=ModelRef(base=str(folder)),
        prompt=Prompt(positive="the sea"),
        sampling=Sampling(sampler="native", steps=2, width=WIDTH, height=HEIGHT),
    )
    pipe = loading.load(recipe, "cpu")
    ours = PipelineRenderer(pipe, "cpu").draw([RenderRequest(recipe, 3)])[0]
    noise = philox.latents([3], (4, HEIGHT // 8, WIDTH // 8), "cuda")
    packed = pipe._pack_latents(noise, 1, 4, HEIGHT // 8, WIDTH // 8)
    theirs = diffusers.FluxPipeline.from_pretrained(folder)
    known = families.of_pipe(pipe)
    assert far(ours, plain(theirs, known, recipe, latents=packed)) <= 2


def test_a_film_of_an_edm_schedule_ends_in_the_print(tmp_path: Path) -> None:
    """Playground's: Stable Diffusion XL with Karras et al.'s (2022) preconditioning."""
    folder = tiny_families.save("xl", tmp_path / "edm")
    diffusers.EDMEulerScheduler(sigma_max=80.0).save_pretrained(folder / "scheduler")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("EulerDiscreteScheduler", "EDMEulerScheduler"))
    recipe = Recipe(
        model=ModelRef(base=str(folder)),
        prompt=Prompt(positive="the sea"),
        sampling=Sampling(sampler="native", steps=3, width=WIDTH, height=HEIGHT),
    )
    renderer = renderer_of(loading.load(recipe, "cpu"), "cpu")
    frames: list[Image.Image] = []
    image = renderer.draw(
        [RenderRequest(recipe, 1)],
        on_estimate=lambda _, __, clean: frames.append(renderer.decode(clean)[0]),
    )[0]
    assert far(frames[-1], image) <= 2
    assert len(renderer.levels(recipe.sampling)) == len(frames) == 3


def test_families_of_bfloat16_are_not_computed_in_float16() -> None:
    from edition.diffusion import device

    flux, sd = (families.known(f"{name}Pipeline") for name in ("Flux", "StableDiffusion"))
    assert device.dtype("auto", "cuda", flux.half) == torch.bfloat16
    assert device.dtype("auto", "cuda", sd.half) == torch.float16
    assert device.dtype("auto", "cpu", flux.half) == torch.float32
    assert device.dtype("float16", "cuda", flux.half) == torch.float16


def test_the_table_of_the_docs_is_the_one_that_is_tested() -> None:
    page = Path(__file__).parents[2] / "docs" / "models.md"
    assert family_rows.table() in page.read_text(encoding="utf-8")

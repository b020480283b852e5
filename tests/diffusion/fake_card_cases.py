"""The branches for a card, at full size and in half precision, on tensors that have no memory.

A card refuses devices and precisions that mix; so does the fake one. What lives on it is counted,
and the memory plan is held against that.
"""

from unittest import mock

import pytest
import torch
from diffusers import ConfigMixin, SchedulerMixin
from diffusers.configuration_utils import register_to_config
from PIL import Image
from tests.support import full_size_models as full
from tests.support.fake_card import Mixed, fake_card

from edition import paths
from edition.diffusion import denoising_frames, memory_plan, placement, samplers
from edition.diffusion.memory_plan import GIB
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.recipe.recipe import Prompt, Recipe, Sampling
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import supir, supir_memory, supir_net, supir_sampler
from edition.upscale.memory_ladder import DeviceLayout
from edition.upscale.network_storage import Precision
from edition.upscale.supir_sampler import NoiseLevel, PromptEncoding, SupirDenoiser
from edition.upscale.supir_vae import SupirAutoencoder
from tools import memory_table

HALF = torch.float16
STEPS = supir_sampler.plan(
    supir.hyper_of(UpscaleSettings(method="supir", edm_steps=1)), supir_sampler.sigma_table()
)
"""Computed with numbers, which nothing on the fake card has."""


def test_the_card_refuses_what_a_card_refuses():
    with fake_card() as card:
        x = torch.empty(2, 4, 8, 8, device="cuda", dtype=HALF)
        layer = card.module(lambda: torch.nn.Conv2d(4, 4, 3), HALF, "cuda")
        before = card.live
        assert layer(x).device.type == "cuda"
        assert x[0, ..., None, 1:3].shape == (4, 8, 1, 2)
        assert x[:, :, [1, 2]].shape == (2, 4, 2, 8)
        assert card.live == before, "what is gone is not counted"
        with pytest.raises(Mixed, match="cpu and cuda"):
            layer(x.to("cpu"))
        with pytest.raises(Mixed, match=r"float16 and torch\.float32"):
            layer(x.float())
        with pytest.raises(Mixed, match="attention"):
            torch.nn.functional.scaled_dot_product_attention(x, x, x.float())
        kept = x + 1
        assert card.live == before + kept.numel() * 2


class Schedule(SchedulerMixin, ConfigMixin):
    """A sampler without numbers: nothing on the fake card has a value to compute them from."""

    order, init_noise_sigma = 1, 1.0

    @register_to_config
    def __init__(self, num_train_timesteps=1000, steps_offset=1):
        self.timesteps = None

    def set_timesteps(self, steps=1, device="cpu", sigmas=None, mu=None):
        self.timesteps = torch.empty(steps, device=device)

    def set_begin_index(self, index):
        pass

    def scale_model_input(self, sample, time):
        return sample / (time * 0 + 2)

    def step(self, guess, time, sample, return_dict=True):
        assert (guess.dtype, guess.device) == (sample.dtype, sample.device)
        return (sample - guess * 0.5,)


def stable_diffusion(card, xl):
    from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(paths.pocket_folder() / "tokenizer")
    name = "Stable Diffusion XL" if xl else "Stable Diffusion 1.5"
    parts = {part: card.module(make, HALF) for part, make in full.MODELS[name].items()}
    parts |= {"tokenizer": tokenizer, "scheduler": Schedule()}
    if xl:
        return StableDiffusionXLPipeline(**parts, tokenizer_2=tokenizer, add_watermarker=False)
    return StableDiffusionPipeline(
        **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )


def flux(card):
    from diffusers import FluxPipeline
    from transformers import CLIPTokenizer, T5TokenizerFast

    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    parts = {part: card.module(make, HALF) for part, make in full.MODELS["FLUX.1 dev"].items()}
    return FluxPipeline(
        **parts,
        scheduler=Schedule(),
        tokenizer=CLIPTokenizer.from_pretrained(paths.pocket_folder() / "tokenizer"),
        tokenizer_2=T5TokenizerFast(vocab=words),
    )


def draw(pipe, recipe, plan, seeds=(7,)):
    """As a press does it, down to the pixels; levels and pixels have no values here."""
    pipe.edition_native_scheduler = pipe.scheduler
    pipe.set_progress_bar_config(disable=True)
    pixels = []

    def postprocess(image, output_type="pil", **_):
        pixels.append((image.device.type, tuple(image.shape)))
        size = tuple(image.shape[:1:-1])
        return [Image.linear_gradient("L").resize(size).convert("RGB")] * len(image)

    pipe.image_processor.postprocess = postprocess
    level = mock.patch.object(denoising_frames, "_level", return_value=(0.0, 1.0))
    with level, mock.patch.object(samplers, "build", lambda _, native: native):
        placement.place(pipe, plan, "cuda")
        pictures = renderer_of(pipe, "cuda").draw([RenderRequest(recipe, s) for s in seeds])
    assert {device for device, _ in pixels} == {"cuda"}
    return pictures


def counted_and_planned(card, pipe, model, recipe, way):
    """Draws by a way; the most bytes on the card, and what the plan says."""
    plan = memory_plan.plan(
        way, memory_table.parts(model), recipe.sampling, 80 * GIB, "float16"
    )  # fmt: skip
    with card.peak() as peak:
        pictures = draw(pipe, recipe, plan)
    side = recipe.sampling.width
    assert [picture.size for picture in pictures] == [(side, side)]
    own_loop = type(pipe).__name__.startswith("StableDiffusion")
    place = pipe.scheduler.timesteps.device.type
    assert place == ("cpu" if own_loop else "cuda"), "coefficients are looked up on the host"
    return peak[0], plan.need


def recipe_of(side, guidance, sampler="euler", noise="cuda"):
    return Recipe(
        prompt=Prompt(positive="night sea", negative="red" if noise == "cuda" else ""),
        sampling=Sampling(
            sampler=sampler, steps=1, guidance=guidance, width=side, height=side, noise=noise,
            dtype="float16",
        ),
    )  # fmt: skip


def holds(found, planned):
    """The plan is never under what was counted, and at most a quarter and a GiB above it."""
    assert found <= planned <= found * 1.25 + GIB, f"{found / GIB:.2f}, {planned / GIB:.2f} GiB"


@pytest.mark.parametrize("way", ["whole", "encoders first", "model offload"])
def test_stable_diffusion_15(way):
    with fake_card() as card:
        pipe = stable_diffusion(card, xl=False)
        holds(*counted_and_planned(card, pipe, "Stable Diffusion 1.5", recipe_of(512, 7.5), way))


def test_stable_diffusion_xl():
    with fake_card() as card:
        pipe = stable_diffusion(card, xl=True)
        holds(
            *counted_and_planned(
                card, pipe, "Stable Diffusion XL", recipe_of(1024, 5.0), "model offload"
            )
        )


def test_flux():
    with fake_card() as card:
        recipe = recipe_of(1024, 3.5, sampler="native", noise="cpu")
        holds(*counted_and_planned(card, flux(card), "FLUX.1 dev", recipe, "model offload"))


def supir_pass(card, wrong=None):
    """SUPIR's whole pass at 2048², on the rung that 24 GiB give; the most bytes and the plan."""
    settings = UpscaleSettings(method="supir", edm_steps=1)
    arch, device = supir_net.SDXL, torch.device("cuda")
    net = card.module(lambda: supir_net.SupirNet(arch), HALF)
    vae = card.module(lambda: supir_net.make_vae(arch), HALF)
    second = card.module(lambda: supir_net.make_vae(arch).encoder, HALF)
    autoencoder = SupirAutoencoder(vae, second)
    precision = Precision.of(settings, HALF, device, supir_memory.KEPT)
    load = supir_memory.load_of(net, autoencoder, precision)
    layout = DeviceLayout(net, autoencoder, device, precision, load)
    layout._free = lambda: 24 * GIB
    layout.settle(settings, 256, 256)
    if wrong is not None:
        wrong(autoencoder)
    texts = [
        PromptEncoding(
            torch.empty(1, 77, 2048, device=device), torch.empty(1, arch.vector, device=device)
        )
        for _ in range(2)
    ]
    denoiser = SupirDenoiser(net, *texts, batched=layout.rung.batched)
    denoiser.level = lambda _: NoiseLevel(999, 14.6, 0.07)
    with card.peak() as peak, mock.patch.object(supir_sampler, "plan", return_value=STEPS):
        done = supir.restore(
            autoencoder,
            denoiser,
            torch.empty(1, 3, 2048, 2048, device=device),
            supir.hyper_of(settings),
            lambda: torch.empty(1, 4, 256, 256, device=device),
            turn=layout.turn,
        )
    assert done.picture.shape == (1, 3, 2048, 2048)
    assert done.picture.device.type == "cuda"
    return peak[0], layout.load.bytes_on(layout.rung)


def test_supir():
    with fake_card() as card:
        found, planned = supir_pass(card)
    assert found <= planned, f"{found / GIB:.2f}, {planned / GIB:.2f} GiB"


def test_one_wrong_move_is_found():
    def left_behind(autoencoder):
        read = autoencoder.read_damaged
        autoencoder.read_damaged = lambda x: read(x).to("cpu")

    with fake_card() as card:
        with pytest.raises(Mixed, match="cpu and cuda"):
            supir_pass(card, left_behind)
        pipe = stable_diffusion(card, xl=False)
        decode = pipe.vae.decode
        pipe.vae.decode = lambda latents, **more: decode(latents.to("cpu"), **more)
        with pytest.raises(Mixed, match="cpu and cuda"):
            counted_and_planned(card, pipe, "Stable Diffusion 1.5", recipe_of(512, 7.5), "whole")


@pytest.mark.parametrize("model", memory_table.NUMBERS)
def test_the_table_knows_the_published_sizes(model):
    known = {name: numbers for name, (numbers, _) in memory_table.NUMBERS[model][2].items()}
    with torch.device("meta"):
        built = {name: make() for name, make in full.MODELS[model].items()}
    assert {n: sum(p.numel() for p in m.parameters()) for n, m in built.items()} == known

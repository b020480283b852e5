"""How a model is spread over a card: decided from files, said, taken, and left when short."""

import json
import shutil

import pytest
import torch
from tests.fakes import tiny_sd
from tests.support import tiny_families

from edition.diffusion import loading, memory_plan, placement
from edition.diffusion.device import Device
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.memory_plan import GIB, WAYS, MemoryPlan
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.renderer import renderer_of
from edition.diffusion.resolve import find
from edition.press.device_session import DeviceSession
from edition.recipe.recipe import ModelRef, Prompt, Recipe, Sampling
from tools import memory_table

SMALL = Sampling(steps=2, width=128, height=128)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_sd(tmp_path_factory.mktemp("model") / "tiny")


def test_the_page_is_that_of_the_code():
    assert memory_table.PAGE.read_text(encoding="utf-8") == memory_table.page(), (
        "stale: docs/memory.md; run: python -m tools.memory_table --write"
    )


@pytest.mark.parametrize("model", memory_table.NUMBERS)
def test_a_larger_card_takes_a_faster_way_and_nothing_is_refused(model):
    plans = [memory_table.plan_for(model, card) for card in memory_table.CARDS]
    assert all(plan.fits for plan in plans)
    ranks = [plan.rank for plan in plans]
    assert ranks == sorted(ranks, reverse=True)
    assert plans[-1].way == "whole"
    halved = [memory_table.plan_for(model, card, "float8") for card in memory_table.CARDS]
    assert all(a.rank <= b.rank for a, b in zip(halved, plans, strict=True))


def test_exact_pictures_come_before_tiles():
    big = Sampling(width=4096, height=4096)
    parts = memory_table.parts("Stable Diffusion XL")
    plan = memory_plan.choose(parts, big, 12 * GIB, "float16")
    assert plan.tiled
    assert plan.fits
    assert "tiles" in plan.say()
    assert plan.record.endswith("tiled autoencoder")
    small = memory_plan.choose(parts, Sampling(width=1024, height=1024), 8 * GIB, "float16")
    assert small.way == "model offload"
    assert not small.tiled


def test_what_fits_nowhere_is_tried_and_said():
    parts = memory_table.parts("Qwen-Image")
    plan = memory_plan.choose(parts, Sampling(width=1024, height=1024), GIB, "float16")
    assert plan.rank == (True, len(WAYS) - 1)
    assert plan.say().endswith("it may not fit")


def test_parts_are_counted_from_the_headers(tiny):
    counted = memory_plan.parts_of(find(ModelRef(base=str(tiny))), "float16")
    pipe = loading.load(Recipe(model=ModelRef(base=str(tiny))), "cpu")
    numbers = {name: sum(p.numel() for p in part.parameters()) for name, part in
               placement.networks(pipe)}  # fmt: skip
    assert {part.name: part.bytes // 2 for part in counted} == numbers
    assert {part.name: part.role for part in counted} == {
        "text_encoder": "encoder", "unet": "network", "vae": "autoencoder",
    }  # fmt: skip


def test_a_quantised_folder_counts_what_its_files_hold(tiny, tmp_path):
    folder = shutil.copytree(tiny, tmp_path / "small")
    config = folder / "unet/config.json"
    facts = {"quant_method": "bitsandbytes"}
    config.write_text(json.dumps(json.loads(config.read_text()) | {"quantization_config": facts}))
    unet = next(
        p for p in memory_plan.parts_of(find(ModelRef(base=str(folder))), "float16")
        if p.name == "unet"
    )  # fmt: skip
    assert unet.quantised
    assert unet.bytes == unet.stored
    assert memory_plan.quantised([unet], "float8") == (unet,)


def drawn(recipe, plan):
    pipe = loading.load(recipe, "cpu", None, plan)
    return renderer_of(pipe, "cpu").draw([RenderRequest(recipe, seed) for seed in (7, 8)])


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_same_bytes(way):
    recipe = Recipe(sampling=SMALL)
    plan = MemoryPlan(way, False, 0, 0, 0, False)
    if way == "sequential offload":
        pytest.skip("accelerate's needs a card; group offload is the same without waiting")
    plain = [image.tobytes() for image in drawn(recipe, None)]
    assert [image.tobytes() for image in drawn(recipe, plan)] == plain


def test_parts_take_turns(tiny):
    recipe = Recipe(model=ModelRef(base=str(tiny)), sampling=Sampling(steps=1, width=64, height=64))
    pipe = loading.load(recipe, "cpu", None, MemoryPlan("model offload", False, 0, 0, 0, False))
    order = []
    for name, part in placement.networks(pipe):
        move = part.to

        def to(*given, name=name, move=move, **settings):
            if given and isinstance(given[0], torch.device):
                order.append(name)
            return move(*given, **settings)

        part.to = to
    renderer_of(pipe, "cpu").draw([RenderRequest(recipe, 1)])
    assert order == ["text_encoder", "text_encoder", "unet", "unet", "vae"], "comes, leaves, comes"


@pytest.mark.parametrize("name", ["sd3", "flux-dev"])
def test_encoders_come_to_the_card_once_for_all_batches_of_a_prompt(name, tmp_path, monkeypatch):
    recipe = Recipe(
        model=ModelRef(base=str(tiny_families.save(name, tmp_path / name))),
        prompt=Prompt(positive="the sea"),
        sampling=Sampling(sampler="native", steps=1, width=64, height=64, guidance=4.0),
    )
    turns, take = [], placement._Turns.take

    def noted(self, group):
        if group != self._on:
            turns.append(group)
        take(self, group)

    monkeypatch.setattr(placement._Turns, "take", noted)
    first = MemoryPlan("encoders first", False, 0, 0, 0, False)
    renderer = renderer_of(loading.load(recipe, "cpu", None, first), "cpu")
    drawn = [renderer.draw([RenderRequest(recipe, 3)])[0].tobytes() for _ in range(3)]
    assert turns == ["encoders", "drawing"], "and nobody comes again for the next two batches"
    whole = renderer_of(loading.load(recipe, "cpu"), "cpu")
    assert {*drawn} == {whole.draw([RenderRequest(recipe, 3)])[0].tobytes()}


class Card(DeviceSession):
    """A session on a card that is short: the ways in ``short`` run out of memory."""

    def __init__(self, free):
        super().__init__("cpu")
        self.device = Device("cuda", "a card", free, free)
        self.short = set()
        self.taken = []


@pytest.fixture
def card(monkeypatch):
    """A card of 8 GiB that is the CPU."""
    session = Card(8 * GIB)
    really = loading.load

    def load(recipe, device, home, plan):
        session.taken.append(plan.way)
        if plan.way in session.short:
            raise torch.OutOfMemoryError("short")
        return really(recipe.model_copy(update={"sampling": SMALL}), "cpu", home, plan)

    monkeypatch.setattr(loading, "load", load)
    monkeypatch.setattr("edition.press.device_session.devices.pick", lambda _: session.device)
    monkeypatch.setattr(
        "edition.press.device_session.renderer_of", lambda pipe, _: renderer_of(pipe, "cpu")
    )
    return session


def test_the_ladder_goes_down_while_loading_and_after(card, tmp_path):
    recipe = Recipe(sampling=SMALL)
    fingerprint = Fingerprints().of(find(recipe.model))
    card.short = {"whole"}
    card.load(recipe, fingerprint, tmp_path)
    assert card.taken == ["whole", "encoders first"]
    assert card.memory.startswith("encoders first: ")
    assert card.made_with(recipe, fingerprint, 1)["memory"] == "encoders first"
    assert card.offload()
    assert card.made_with(recipe, fingerprint, 1)["memory"] == "model offload"
    assert card.draw([RenderRequest(recipe, 1)])[0].size == (128, 128)
    card.short = set(WAYS)
    card.unload()
    with pytest.raises(Exception, match="does not fit into the memory of a card"):
        card.load(recipe, fingerprint, tmp_path)
    assert card.taken[-6:] == [*WAYS, WAYS[-1]], "every way is tried first, the last in tiles"


def test_float8_is_another_recipe_and_draws(tiny):
    recipe = Recipe(
        model=ModelRef(base=str(tiny), quantise="float8"), prompt=Prompt(positive="sea"),
        sampling=Sampling(steps=1, width=64, height=64),
    )  # fmt: skip
    plain = recipe.model_copy(update={"model": ModelRef(base=str(tiny))})
    assert recipe.digest("f") != plain.digest("f")
    assert "quantise" not in plain.canonical("f")
    pipe = loading.load(recipe, "cpu")
    stored = {p.dtype for p in pipe.unet.parameters()}
    assert torch.float8_e4m3fn in stored
    picture = renderer_of(pipe, "cpu").draw([RenderRequest(recipe, 1)])[0]
    assert picture.size == (64, 64)

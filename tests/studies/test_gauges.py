"""Gauges on points and models whose state is known by construction."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from tests.fakes import scene, tiny_sd
from tests.finetune.rooms import pictures, recipe

from edition.finetune.networks import Networks
from edition.studies import finetune_metrics


def test_diversity_is_the_mean_distance_of_all_pairs() -> None:
    points = torch.tensor([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]])
    assert finetune_metrics.diversity(points) == pytest.approx((2 + 4 + 2) / 3)
    assert finetune_metrics.diversity(points[:1].expand(4, -1)) == 0


def test_drift_is_in_units_of_the_bases_own_diversity() -> None:
    base = torch.tensor([[0.0, 0.0], [2.0, 2.0]])
    assert finetune_metrics.drift(base, base) == 0
    assert finetune_metrics.drift(base.flip(0), base) == pytest.approx(1.0), (
        "as far as another seed's"
    )


def test_copying_tells_how_much_nearer_the_training_pictures_are() -> None:
    training = torch.tensor([[10.0, 10.0], [-10.0, -10.0]])
    base = torch.tensor([[0.0, 0.0], [2.0, 2.0]])
    assert finetune_metrics.copying(base, training, base) == 0
    assert finetune_metrics.copying(training, training, base) == 1
    assert finetune_metrics.copying(base + 30, training, base) < 0


def test_language_is_what_is_left_of_the_bases_answer() -> None:
    before = torch.randn(4, 3, generator=torch.Generator().manual_seed(1))
    assert finetune_metrics.kept(before, before) == pytest.approx(1.0)
    assert finetune_metrics.kept(before * 0.25, before) == pytest.approx(0.25)
    assert finetune_metrics.kept(torch.zeros_like(before), before) == 0
    other = torch.randn(4, 3, generator=torch.Generator().manual_seed(2))
    other -= before * finetune_metrics.kept(other, before)
    assert finetune_metrics.kept(other * 50, before) == pytest.approx(0, abs=1e-4), (
        "loud, and nonsense"
    )


@pytest.fixture(scope="module")
def base(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Networks, finetune_metrics.BaseReference, list]:
    folder = tmp_path_factory.mktemp("gauges")
    chosen = recipe(tiny_sd(folder / "tiny"), pictures(folder / "pictures"))
    networks = Networks.load(chosen, None)
    drawn = [scene(seed, 64) for seed in range(3)]
    training = [scene(seed, 64) for seed in range(10, 14)]
    return networks, finetune_metrics.reference(networks, "night", drawn, training, 64), drawn


def test_the_base_is_one_and_nought(base: tuple) -> None:
    networks, reference, drawn = base
    found = finetune_metrics.measure(networks, "night", drawn, reference, 64)
    assert found.diversity == pytest.approx(1)
    assert found.language == pytest.approx(1, rel=1e-4)
    assert found.pairs == pytest.approx(1, rel=1e-4)
    assert found.drift == pytest.approx(0, abs=1e-6)
    assert found.copying == pytest.approx(0, abs=1e-6)
    assert reference.moved.shape == (finetune_metrics.TIMESTEPS, 3, 4, 8, 8)
    assert reference.apart.shape == (
        len(finetune_metrics.PAIRS),
        finetune_metrics.TIMESTEPS,
        3,
        4,
        8,
        8,
    )


def test_a_deaf_model_has_no_language(base: tuple, tmp_path: Path) -> None:
    """What reads the text is cut: every cross attention answers 0."""
    networks, reference, drawn = base
    cut = {
        name: parameter.detach().clone()
        for name, parameter in networks.unet.named_parameters()
        if ".attn2.to_v." in name
    }
    assert cut
    parameters = dict(networks.unet.named_parameters())
    with torch.no_grad():
        for name in cut:
            parameters[name].zero_()
        deaf = finetune_metrics.measure(networks, "night", drawn, reference, 64)
        for name, value in cut.items():
            parameters[name].copy_(value * 0.5)
        dull = finetune_metrics.measure(networks, "night", drawn, reference, 64)
        for name, value in cut.items():
            parameters[name].copy_(value)
    assert deaf.language == pytest.approx(0, abs=1e-6)
    assert deaf.pairs == pytest.approx(0, abs=1e-6)
    assert 0.3 < dull.language < 0.7, "half as loud"


def test_pictures_all_the_same_have_no_diversity(base: tuple) -> None:
    networks, reference, _ = base
    same = finetune_metrics.measure(networks, "night", [scene(10, 64)] * 3, reference, 64)
    assert same.diversity == pytest.approx(0, abs=1e-6)
    assert same.copying == pytest.approx(1, abs=1e-5), "it is one of the training pictures"
    assert same.drift > 0.3


def test_pictures_of_another_size_can_be_compared(base: tuple) -> None:
    networks, _, _ = base
    small, large = scene(4, 64), scene(4, 64).resize((128, 128), Image.Resampling.BILINEAR)
    points = finetune_metrics.pooled_latents(networks, [small, large, scene(5, 64)], 64)
    near, far = (points[0] - points[1]).norm(), (points[0] - points[2]).norm()
    assert near < 0.6 * far, "with an autoencoder of random weights"

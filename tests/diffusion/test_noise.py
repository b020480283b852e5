"""One seed, one latent, on any device."""

import numpy as np
import torch

from edition.diffusion.philox import latents, philox_normal

CUDA_SEED_0 = [
    [-0.92466259, -0.42534415, -2.6438457, 0.14518388],
    [-0.12086647, -0.57972564, -0.62285122, -0.32838709],
    [-1.07454231, -0.36314407, -1.67105067, 2.26550497],
]
"""What ``torch.randn(3, 4, device="cuda")`` prints after ``manual_seed(0)``."""


def test_the_numbers_are_those_of_cuda() -> None:
    drawn = philox_normal(0, 12).reshape(3, 4)
    assert np.abs(drawn - np.array(CUDA_SEED_0)).max() < 5e-7


def test_a_latent_depends_on_its_own_seed_alone() -> None:
    for noise in ("cuda", "cpu"):
        alone = latents([7], (4, 8, 8), noise)[0]
        among = latents([1, 2**40, 7], (4, 8, 8), noise)
        assert torch.equal(among[2], alone)
        assert not torch.equal(among[0], alone)
        assert among.dtype == torch.float32


def test_seeds_above_32_bits_and_later_draws_differ() -> None:
    assert not np.allclose(philox_normal(5, 100), philox_normal(5 + 2**32, 100))
    assert not np.allclose(philox_normal(5, 100), philox_normal(5, 100, call=1))


def test_the_noise_is_normal() -> None:
    drawn = philox_normal(3, 100_000).astype(np.float64)
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1) < 0.01
    assert np.isfinite(drawn).all()

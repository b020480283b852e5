"""One seed, one latent, on any device.

The first latent of a print is what ``torch.randn`` draws on a CUDA device from a generator
freshly seeded; here the same numbers are computed on the CPU, so that a print is made of the
same noise on a laptop. Sources: Salmon et al. 2011 (Philox 4x32-10); Box and Muller 1958; the
order of counters is CUDA's for tensors smaller than its launch grid (some 125,000 values on a
small card), and is kept here for larger ones, where CUDA's own order depends on the card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_BUMPS = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


def philox_normal(seed: int, count: int, call: int = 0) -> np.ndarray:
    """Normal numbers as CUDA draws them.

    Args:
        seed: 0 to 2^64 - 1.
        count: how many.
        call: which draw after seeding, from 0.

    Returns:
        float32, shape (count,).
    """
    words = [
        np.full(count, call, np.uint64),
        np.zeros(count, np.uint64),
        np.arange(count, dtype=np.uint64),
        np.zeros(count, np.uint64),
    ]
    key = [seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF]
    for _ in range(_ROUNDS):
        left = words[0] * _MULTIPLIERS[0]
        right = words[2] * _MULTIPLIERS[1]
        words = [
            (right >> _32) ^ words[1] ^ np.uint64(key[0]),
            right & _LOW,
            (left >> _32) ^ words[3] ^ np.uint64(key[1]),
            left & _LOW,
        ]
        key = [(k + bump) & 0xFFFFFFFF for k, bump in zip(key, _BUMPS, strict=True)]
    u = (words[0] + 0.5) * 2.0**-32
    v = (words[1] + 0.5) * (2.0**-32 * 2.0 * np.pi)
    normal: np.ndarray = np.sqrt(-2.0 * np.log(u)) * np.sin(v)
    return normal.astype(np.float32)


def latents(seeds: Sequence[int], shape: tuple[int, ...], noise: str) -> torch.Tensor:
    """The first latents of prints.

    Args:
        seeds: one for each print.
        shape: of one latent, (c, h, w).
        noise: ``cuda`` or ``cpu``: whose random stream; ``auto`` is CUDA's.

    Returns:
        float32 on the CPU, (len(seeds), c, h, w). Each depends on its own seed alone.
    """
    if noise != "cpu":
        count = int(np.prod(shape))
        drawn = [torch.from_numpy(philox_normal(seed, count)).view(shape) for seed in seeds]
    else:
        drawn = [torch.randn(shape, generator=generator(seed)) for seed in seeds]
    return torch.stack(drawn)  # (b, c, h, w)


def generator(seed: int) -> torch.Generator:
    """Torch's own CPU stream, freshly seeded; samplers with noise in their steps draw from it."""
    return torch.Generator("cpu").manual_seed(seed)


class FirstDraws(TorchFunctionMode):
    """Gives each seed's first draw from CUDA's stream, whoever asks for it and in whatever shape.

    A pipeline draws its first latents itself and packs them as its network wants them; here the
    numbers come from, so that nothing need be known of the packing. What is drawn afterwards, in
    the steps of a sampler, comes from the generators as they are.
    """

    def __init__(self, generators: Sequence[torch.Generator], seeds: Sequence[int]) -> None:
        """Takes generators, and the seed of each."""
        super().__init__()
        self._left = {id(one): (one, seed) for one, seed in zip(generators, seeds, strict=True)}

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401
        types: Any,  # noqa: ANN401
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        del types
        kwargs = kwargs or {}
        if func is torch.randn:
            found = self._left.pop(id(kwargs.get("generator")), None)
            if found is not None:
                shape = tuple(args[0])
                drawn = torch.from_numpy(philox_normal(found[1], int(np.prod(shape)))).view(shape)
                return drawn.to(kwargs.get("device"), kwargs.get("dtype"))
        return func(*args, **kwargs)

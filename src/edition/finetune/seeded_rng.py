"""Chance that is not carried along: every draw follows from the seed and where it is used.

That is why a run that was killed goes on to the very same weights: nothing has to be remembered
of the random streams.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

import torch


def derive(seed: int, *where: object) -> int:
    """A 63-bit seed for one use: SHA-256 over the run's seed and the use's name and numbers."""
    text = "/".join(str(part) for part in (seed, *where))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1


def stream(seed: int, *where: object) -> torch.Generator:
    """Torch's CPU stream for one use; on the CPU, so that every device trains on the same noise."""
    return torch.Generator("cpu").manual_seed(derive(seed, *where))


@functools.lru_cache(maxsize=8)
def epoch_order(seed: int, name: str, epoch: int, count: int) -> tuple[int, ...]:
    """The order of the pictures in one epoch."""
    order = torch.randperm(count, generator=stream(seed, name, epoch))
    return tuple(int(index) for index in order)


@dataclass(frozen=True, slots=True)
class BatchRng:
    """All chance of one batch."""

    seed: int
    """Of the run."""
    number: int
    """Of the batch, from 0, counted over all devices."""
    size: int
    """Pictures."""

    def indices(self, count: int, name: str = "order") -> tuple[int, ...]:
        """Which of ``count`` pictures: each once an epoch, in the epoch's order."""
        places = range(self.number * self.size, (self.number + 1) * self.size)
        return tuple(
            epoch_order(self.seed, name, place // count, count)[place % count] for place in places
        )

    def stream(self, name: str) -> torch.Generator:
        """The random stream of this batch for one use."""
        return stream(self.seed, name, self.number)

    def normal(self, shape: tuple[int, ...], name: str = "noise") -> torch.Tensor:
        """Standard normal numbers, float32, on the CPU."""
        return torch.randn(shape, generator=self.stream(name))

    def timesteps(self, shape: int, count: int) -> torch.Tensor:
        """Uniform timesteps 0 to count - 1, int64, (shape,), on the CPU."""
        return torch.randint(0, count, (shape,), generator=self.stream("timesteps"))

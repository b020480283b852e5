"""A plan: the exact list of prints wanted, in order, in batches of one fixed shape."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """Seeds to compute together."""

    seeds: tuple[int, ...]
    """As many as the batch has places; the last ones repeat when it isn't full."""
    wanted: int
    """How many of them, from the front, are wanted: the others only keep the shape."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is still to be rendered of a recipe."""

    digest: str
    batches: tuple[Batch, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds to come, in order."""
        return tuple(seed for batch in self.batches for seed in batch.seeds[: batch.wanted])


def plan(digest: str, seeds: Sequence[int], have: Collection[int], batch_size: int) -> Plan:
    """Plans what is missing.

    Every batch has the same shape, so that a seed gives the same bytes alone, in any place of
    any batch, and after a restart: kernels are chosen by shape.

    Args:
        digest: of the recipe.
        seeds: wanted, in order.
        have: seeds that are done.
        batch_size: places in a batch, 1 or more.
    """
    missing = [seed for seed in dict.fromkeys(seeds) if seed not in have]
    batches = []
    for start in range(0, len(missing), batch_size):
        part = missing[start : start + batch_size]
        filler = [part[-1]] * (batch_size - len(part))
        batches.append(Batch(seeds=(*part, *filler), wanted=len(part)))
    return Plan(digest, tuple(batches))

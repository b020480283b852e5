"""Several processes that teach one UNet: each shows it pictures of its own, and all agree.

``torchrun``, ``python -m torch.distributed.run`` and ``accelerate launch`` start such a crew. A
process that was started alone is a crew of one, for which nothing here costs anything.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from accelerate import PartialState


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """How many there are, and which of them this process is."""

    count: int = 1
    index: int = 0
    device: str = "cpu"
    """Of this process."""

    @property
    def first(self) -> bool:
        """True for the one that talks and writes."""
        return self.index == 0

    def all_reduce_gradients(self, weights: Sequence[torch.nn.Parameter]) -> None:
        """Replaces every gradient by the mean of all processes' gradients."""
        if self.count == 1:
            return
        slopes = [weight.grad for weight in weights if weight.grad is not None]
        flat = torch.cat([slope.flatten() for slope in slopes])  # one message, not hundreds
        torch.distributed.all_reduce(flat)
        flat /= self.count
        parts = torch.split(flat, [slope.numel() for slope in slopes])
        for slope, part in zip(slopes, parts, strict=True):
            slope.copy_(part.view_as(slope))

    def agree(self, value: float) -> float:
        """The first one's value, for all."""
        if self.count == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=self.device)
        torch.distributed.broadcast(told, src=0)
        return float(told)

    def wait(self) -> None:
        """Returns when all have come this far."""
        if self.count > 1:
            torch.distributed.barrier()


def join(device: str) -> ProcessGroup:
    """The crew this process was launched into.

    Args:
        device: "cpu" or "cuda"; with several processes each gets a GPU of its own.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return ProcessGroup(device=device)
    state = PartialState(cpu=device == "cpu")
    return ProcessGroup(
        state.num_processes, state.process_index, device if device == "cpu" else str(state.device)
    )

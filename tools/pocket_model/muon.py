"""Muon: momentum whose steps turn every direction of a weight by the same amount.

Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the step is as large
as AdamW's after Liu et al. 2025, "Muon is scalable for LLM training", section 2.2. torch has one
for matrices alone; a UNet's weights are kernels, taken here as matrices (out, in x rows x columns).
"""

from collections.abc import Callable, Iterable

import torch

MOMENTUM = 0.95
LIKE_ADAM = 0.2
"""Root mean square of AdamW's steps, in units of its rate."""
QUINTIC = (3.4445, -4.7750, 2.0315)
"""The polynomial that drives singular values towards 1, five times."""
LEAST = 4096
"""Numbers in a weight from which the work pays."""


def is_for_muon(weight: torch.Tensor) -> bool:
    """Whether a weight is a matrix or kernels, and large."""
    return weight.ndim > 1 and weight.numel() >= LEAST


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Nearly the matrix (m, n) with all its singular values 1, by Newton and Schulz's method."""
    first, second, third = QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    made = (matrix.T if tall else matrix).bfloat16()
    made = made / (made.norm() + 1e-7)
    for _ in range(5):
        square = made @ made.T
        made = first * made + (second * square + third * square @ square) @ made
    turned: torch.Tensor = made.T if tall else made
    return turned.float()


class Muon(torch.optim.Optimizer):
    """The optimiser, for weights that is_for_muon takes.

    Args:
        weights: what learns.
        decay: of the weights, times the rate.
    """

    def __init__(self, weights: Iterable[torch.nn.Parameter], decay: float) -> None:
        super().__init__(list(weights), {"lr": 0.0, "decay": decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Moves the weights along their gradients."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"].lerp_(weight.grad, 1 - MOMENTUM)
                ahead = weight.grad.lerp(momentum, MOMENTUM).flatten(1)
                turn = orthogonal(ahead).view_as(weight)
                length = LIKE_ADAM * float(max(ahead.shape)) ** 0.5
                weight.mul_(1 - group["lr"] * group["decay"]).sub_(turn * (group["lr"] * length))

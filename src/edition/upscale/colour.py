"""Gives one picture the colours of another. Knows tensors in [-1, 1], not files.

Both ways are those of StableSR (Wang et al. 2023, section 3.3).
"""

import torch
from torch import Tensor
from torch.nn import functional

LEVELS = 5
"""Of the wavelet: colours are taken from structures wider than 2**LEVELS pixels."""


def blur(x: Tensor, radius: int) -> Tensor:
    """One à-trous pass: a 3x3 binomial kernel with holes, borders repeated.

    Args:
        x: (b, c, h, w).
        radius: distance of the kernel's taps, pixels.
    """
    taps = torch.tensor([0.25, 0.5, 0.25], dtype=x.dtype, device=x.device)
    c = x.shape[1]
    # the kernel is separable: six taps instead of nine, and the same sums up to rounding
    tall = taps.view(1, 1, 3, 1).expand(c, 1, 3, 1)
    wide = taps.view(1, 1, 1, 3).expand(c, 1, 1, 3)
    padded = functional.pad(x, (radius,) * 4, mode="replicate")
    rows = functional.conv2d(padded, tall, dilation=radius, groups=c)
    return functional.conv2d(rows, wide, dilation=radius, groups=c)


def split(x: Tensor) -> tuple[Tensor, Tensor]:
    """A picture's fine structure and its coarse rest; their sum is the picture."""
    low = x
    for level in range(LEVELS):
        low = blur(low, 2**level)
    return x - low, low


def wavelet(content: Tensor, style: Tensor) -> Tensor:
    """The fine structure of one picture on the coarse colours of another.

    Args:
        content: (b, c, h, w).
        style: of the same shape.
    """
    return split(content)[0] + split(style)[1]


def adain(content: Tensor, style: Tensor) -> Tensor:
    """One picture with each channel's mean and spread taken from another.

    Huang & Belongie 2017, equation 8, as StableSR uses it: unbiased variance plus 1e-5.
    """
    mean_c, std_c = _moments(content)
    mean_s, std_s = _moments(style)
    return (content - mean_c) / std_c * std_s + mean_s


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    std = (x.var(dim=(2, 3), keepdim=True) + 1e-5).sqrt()
    return x.mean(dim=(2, 3), keepdim=True), std


FIXES = {
    "none": lambda content, style: content,
    "wavelet": wavelet,
    "adain": adain,
}
"""By the name a recipe uses."""

"""Gives one picture the colours of another. Knows tensors in [-1, 1], not files.

``wavelet`` and ``adain`` are those of StableSR (Wang et al. 2023, section 3.3); ``lab`` adds a
match of histograms in CIE L*a*b*, as users of SeedVR2 know it.
"""

import torch
from torch import Tensor
from torch.nn import functional

LEVELS = 5
"""Of the wavelet: colours are taken from structures wider than 2**LEVELS pixels."""
RGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""sRGB's primaries under D65."""
XYZ_TO_RGB = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
WHITE = (0.95047, 1.0, 1.08883)
BEND = 6 / 29
"""Where CIE's lightness goes from a line to a cube root."""
SLOPE = (29 / 3) ** 3
LIGHTNESS_KEPT = 0.8
"""Share of the lightness that ``lab`` leaves as it is."""


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


def split(x: Tensor, widest: int | None = None) -> tuple[Tensor, Tensor]:
    """A picture's fine structure and its coarse rest; their sum is the picture.

    Args:
        x: (b, c, h, w).
        widest: no pass reaches farther, pixels.
    """
    low = x
    for level in range(LEVELS):
        radius = 2**level
        low = blur(low, radius if widest is None else min(radius, widest))
    return x - low, low


def wavelet(content: Tensor, style: Tensor) -> Tensor:
    """The fine structure of one picture on the coarse colours of another.

    Args:
        content: (b, c, h, w).
        style: of the same shape.
    """
    return split(content)[0] + split(style)[1]


def widest_for(x: Tensor) -> int:
    """How far a pass may reach in a small picture: an eighth of its smaller side."""
    return max(1, min(x.shape[-2:]) // 8)


def near_wavelet(content: Tensor, style: Tensor) -> Tensor:
    """``wavelet`` that stays within [-1, 1] and reaches less far in small pictures.

    From 128 pixels on it differs from ``wavelet`` by the clamping alone.
    """
    widest = widest_for(content)
    joined = split(content, widest)[0] + split(style, widest)[1]
    return joined.clamp_(-1, 1)


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


def lab(content: Tensor, style: Tensor) -> Tensor:
    """``near_wavelet``, then the other picture's distribution of colours in L*a*b*.

    Each value of a* and b* becomes the other picture's value of the same rank, and the lightness
    goes a fifth of that way. Neither picture is changed. What is nowhere in the other picture
    can't stay: large areas of a new colour change their hue.

    Args:
        content: (b, c, h, w) in about [-1, 1].
        style: of the same shape.
    """
    ours = to_lab((near_wavelet(content, style).float() + 1) / 2)
    theirs = to_lab((style.float() + 1) / 2)
    light = torch.lerp(_matched(ours[:, :1], theirs[:, :1]), ours[:, :1], LIGHTNESS_KEPT)
    hues = [_matched(ours[:, i : i + 1], theirs[:, i : i + 1]) for i in (1, 2)]
    return from_lab(torch.cat([light, *hues], dim=1)) * 2 - 1


def to_lab(rgb: Tensor) -> Tensor:
    """SRGB to CIE L*a*b*: (b, 3, h, w), the first clamped to [0, 1]."""
    rgb = rgb.clamp(0, 1)
    linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = _mixed(linear, RGB_TO_XYZ) / rgb.new_tensor(WHITE).view(3, 1, 1)
    bent = torch.where(xyz > BEND**3, xyz.clamp(min=BEND**3) ** (1 / 3), (SLOPE * xyz + 16) / 116)
    x, y, z = bent.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def from_lab(lab: Tensor) -> Tensor:
    """CIE L*a*b* to sRGB, clamped to [0, 1]: (b, 3, h, w)."""
    light, a, b = lab.unbind(1)
    y = (light + 16) / 116
    bent = torch.stack([a / 500 + y, y, y - b / 200], dim=1)
    xyz = torch.where(bent > BEND, bent**3, (116 * bent - 16) / SLOPE)
    linear = _mixed(xyz * lab.new_tensor(WHITE).view(3, 1, 1), XYZ_TO_RGB)
    raised = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, raised, 12.92 * linear).clamp(0, 1)


def _mixed(x: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    return torch.einsum("oc,bchw->bohw", x.new_tensor(matrix), x)


def _matched(content: Tensor, style: Tensor) -> Tensor:
    """Each value becomes the other picture's of the same rank: (b, 1, h, w)."""
    ranks = content.flatten(1).argsort(dim=1, stable=True)
    values = style.flatten(1).sort(dim=1).values
    return torch.empty_like(values).scatter_(1, ranks, values).view_as(content)


FIXES = {
    "none": lambda content, style: content,
    "wavelet": wavelet,
    "adain": adain,
    "lab": lab,
}
"""By the name a recipe uses."""
SEEDVR2_FIXES = {**FIXES, "wavelet": near_wavelet}

"""Pictures for the tests: hills under a sun, drawn by a seed, in a palette."""

import io

import numpy as np
from PIL import Image, ImageDraw

PALETTES = {
    "crimson": ((120, 16, 30), (226, 74, 60), (64, 8, 24), (250, 200, 120)),
    "blue": ((16, 34, 120), (70, 120, 226), (8, 16, 64), (200, 220, 250)),
    "emerald": ((10, 84, 50), (90, 190, 110), (6, 48, 30), (240, 240, 170)),
    "sepia": ((104, 80, 48), (190, 160, 110), (56, 40, 22), (240, 225, 190)),
}


def scene(seed: int, palette: str = "crimson", size: int = 256) -> Image.Image:
    """A landscape: the seed decides the drawing, the palette the colours."""
    random = np.random.default_rng(seed)
    sky, light, near, sun = PALETTES[palette]
    ramp = np.linspace(0, 1, size)[:, None, None] ** random.uniform(0.5, 2)
    image = Image.fromarray(
        np.broadcast_to((1 - ramp) * sky + ramp * light, (size, size, 3)).astype(np.uint8)
    )
    draw = ImageDraw.Draw(image)
    x, y, r = random.uniform(0.15, 0.85), random.uniform(0.15, 0.5), random.uniform(0.06, 0.2)
    draw.ellipse([size * v for v in (x - r, y - r, x + r, y + r)], fill=sun)
    for depth in (0.35, 0.7, 1.0):
        tone = tuple(int(n * depth + s * (1 - depth)) for n, s in zip(near, light, strict=True))
        heights = 0.45 + 0.3 * depth + 0.14 * random.standard_normal(7)
        ridge = [(size * k / 6, size * h) for k, h in enumerate(heights)]
        draw.polygon([(0, size), *ridge, (size, size)], fill=tone)
    return image


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """The picture after lossy storing."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def copies(image: Image.Image) -> list[Image.Image]:
    """What a person would call the same picture."""
    width, height = image.size
    return [
        image.copy(),
        jpeg(image, 90),
        jpeg(image, 50),
        image.resize((width // 2, height // 2), Image.Resampling.LANCZOS),
        image.resize((width * 2, height * 2), Image.Resampling.BICUBIC),
        image.resize((width * 3 // 4, height * 3 // 4), Image.Resampling.BILINEAR),
        image.convert("RGBA"),
    ]

"""Draws one scene from a seed, at any size, and the pictures of a look of its own.

``draw(seed)`` is a pure function: the same seed gives the same picture on the same machine, and
the same scene at another size.
"""

import numpy as np
from numpy.typing import NDArray

from edition.errors import TrainError
from tools.pocket_model.canvas import DrawingCanvas
from tools.pocket_model.palettes import FOUR, Floats
from tools.pocket_model.scene import Labels, Scene
from tools.pocket_model.scene_params import SceneParams, choose
from tools.pocket_model.scenes import FIGURE, paint
from tools.pocket_model.styles import LOOKS, STYLE_BRUSHES, Style

SMALLEST, LARGEST = 32, 4096
LEAST_CONTRAST = 0.03
"""Of red, green or blue, 0 to 1, by which a thing has to stand out to be named."""
SYNONYMS = {
    "monumental": ("vast", "epic"),
    "dramatic": ("stormy", "intense"),
    "atmospheric": ("misty", "foggy", "hazy"),
    "transcendent": ("sublime", "radiant", "ethereal"),
    "serene": ("calm", "peaceful", "quiet"),
}


def draw(seed: int, size: int = 512, style: str | None = None) -> Scene:
    """Draws the scene of a seed.

    Args:
        seed: 0 or more; decides everything.
        size: side in pixels, a multiple of 2 from 32 to 4096.
        style: a key of STYLES in place of the seed's own; the scene stays the same.

    Raises:
        TrainError: the size or the style can't be drawn.
    """
    if style is not None and style not in STYLE_BRUSHES:
        names = ", ".join(STYLE_BRUSHES)
        raise TrainError(f"There is no style {style!r}.", hint=f"Choose one of {names}.")
    canvas = _canvas(seed, size)
    setting = choose(canvas, style)
    return _finish(canvas, setting, STYLE_BRUSHES[setting.style])


def subject(seed: int) -> tuple[str, str]:
    """Noun and palette of a seed's scene, without painting it."""
    setting = choose(_canvas(seed, SMALLEST))
    return setting.noun, setting.palette


def draw_look(look: str, count: int = 8, size: int = 512, seed: int = 0) -> list[NDArray[np.uint8]]:
    """Draws pictures in a look that the model has never seen, to train it on.

    Args:
        look: ``blueprint``, ``embroidery`` or ``mosaic``.
        count: how many, each of another scene.
        size: side in pixels.
        seed: of the set; another one draws other scenes.

    Returns:
        Pictures (h, w, 3) RGB.

    Raises:
        TrainError: there is no such look, or it can't be drawn at that size.
    """
    if look not in LOOKS:
        raise TrainError(f"There is no look {look!r}.", hint=f"Choose one of {', '.join(LOOKS)}.")
    pictures = []
    for number in range(count):
        canvas = _canvas(1_000_003 * (seed + 1) + number, size)
        pictures.append(_finish(canvas, choose(canvas), LOOKS[look]).picture)
    return pictures


def _canvas(seed: int, size: int) -> DrawingCanvas:
    if not SMALLEST <= size <= LARGEST or size % 2:
        raise TrainError(
            f"A scene can't be drawn {size} pixels wide.",
            hint=f"Use an even number from {SMALLEST} to {LARGEST}.",
        )
    return DrawingCanvas(seed, size)


def _finish(canvas: DrawingCanvas, setting: SceneParams, brush: Style) -> Scene:
    picture = _tone(canvas, setting, paint(canvas, setting))
    styled = np.clip(brush(canvas, picture), 0, 1)
    pixels = (styled * 255 + 0.5).astype(np.uint8)
    return Scene(pixels, _labels(canvas, setting, styled.astype(np.float32)))


def _tone(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Floats:
    """Brings light of any strength to 0 to 1: film curve, contrast, vignette."""
    picture = np.clip(picture, 0, None)
    picture = np.clip(picture / (1 + 0.2 * picture) * 1.14, 0, 1)
    if setting.dramatic:
        picture = picture * picture * (3 - 2 * picture) * 0.5 + picture * 0.5
    if setting.serene:
        picture = 0.12 + picture * 0.84
    fall = canvas.between(0.15, 0.5) * (1.2 if setting.dramatic else 0.6)
    corner = (canvas.x - 0.5) ** 2 + (canvas.y - 0.5) ** 2
    picture = np.clip(picture * (1 - fall * corner)[..., None], 0, 1)
    if setting.palette == "mono":
        picture = np.repeat(picture.mean(2, keepdims=True), 3, 2)
    return picture.astype(np.float32)


def _labels(canvas: DrawingCanvas, setting: SceneParams, picture: Floats) -> Labels:
    """What was drawn, and how dark, bright, colourful and soft the pixels came out."""
    red, green, blue = np.moveaxis(picture, 2, 0)
    tones = (red + green + blue) / 3  # numpy is slow at reducing three numbers
    light, contrast = float(tones.mean()), float(tones.std())
    most = np.maximum(np.maximum(red, green), blue)
    colour = float((most - np.minimum(np.minimum(red, green), blue)).mean())
    features = [
        word
        for word in dict.fromkeys(setting.features)
        if word not in setting.spots or _is_seen(canvas, picture, word, setting.spots[word])
    ]
    untrue = {"serene"} if setting.dramatic else set()  # the storm is what one sees
    moods = [w for w in (*FOUR, "serene") if w in setting.moods and w not in untrue]
    extras = [word for mood in moods for word in SYNONYMS[mood]]
    if "storm clouds" not in features:
        extras = [word for word in extras if word != "stormy"]
    measured = (
        (light < 0.27, "dark", ("gloomy", "night", "moody")),
        (light > 0.55, "luminous", ("bright", "light")),
        (colour > 0.33, "", ("vivid", "colourful")),
        (colour < 0.09, "", ("muted", "desaturated")),
        (contrast < 0.12, "", ("soft", "minimal")),
    )
    for true, adjective, words in measured:
        if true:
            moods += [adjective] if adjective else []
            extras += words
    seen = float(((red > 0.6) & (green > 0.45) & (blue < 0.45)).mean()) > 0.002
    return Labels(
        canvas.seed, setting.noun, setting.style, setting.palette, tuple(moods), tuple(extras),
        tuple(features), setting.yellow and seen,
    )  # fmt: skip


def _is_seen(
    canvas: DrawingCanvas, picture: Floats, word: str, spot: tuple[float, float, float]
) -> bool:
    """Whether a light is lighter than what lies around it, a figure darker."""
    x, y, radius = spot
    away = canvas.away(x, y)
    inside = picture[away < 0.8 * radius]
    around = picture[(away > 1.5 * radius) & (away < 3 * radius)]
    if not inside.size or not around.size:
        return False
    lighter = inside.mean(0) - around.mean(0)
    return bool((-lighter if word == FIGURE else lighter).max() > LEAST_CONTRAST)

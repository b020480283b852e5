"""Looks at what a loaded model gives: no picture is made of values that are no numbers.

Half precision overflows in some autoencoders and networks, and damaged weights give constant
output. Pillow turns both into black or grey pictures without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from edition.errors import BrokenImages, ModelError, NonFiniteImages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from edition.recipe.recipe import Sampling


def watch(pipe: Any, name: str) -> None:  # noqa: ANN401 - one of dozens of pipeline classes
    """Checks every picture that a pipeline decodes, and that its network answers at all.

    Args:
        pipe: a diffusers pipeline, whole.
        name: of the model, for messages.

    From then on the pipeline raises ``NonFiniteImages`` instead of returning pictures of a batch in
    which one is not finite, and ``ModelError`` where its network's output is constant.
    """
    network = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    pulse = _Pulse(name)
    if network is not None:
        network.register_forward_hook(lambda *given: pulse.hear(given[2]))
    processor = getattr(pipe, "image_processor", None)
    if processor is None:
        _watch_decoder(pipe, name, pulse)
        return
    finish = processor.postprocess

    def checked(image: Any, *args: Any, **settings: Any) -> Any:  # noqa: ANN401 - as diffusers has it
        pulse.check()
        broken = _broken(image) if isinstance(image, torch.Tensor) else [False]
        if not any(broken):
            return finish(image, *args, **settings)
        pictures = finish(image.nan_to_num(), output_type="pil")
        pipe.maybe_free_model_hooks()
        raise NonFiniteImages(
            f"The model {name} gave values that are not numbers (NaN) instead of a picture.",
            hint=_way_out(image.dtype),
            pictures=_without(pictures, broken),
        )

    processor.postprocess = checked


class _Pulse:
    """Whether a network answers with more than one value.

    Each answer is judged when the next one is there, the last before it becomes a picture: to ask
    at once would have the host wait for the device in every step.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._dead: torch.Tensor | None = None
        self._hint = ""

    def hear(self, output: Any) -> None:  # noqa: ANN401 - a tuple or diffusers' own class
        """Takes an answer, and judges the one before."""
        if torch.is_grad_enabled():
            return  # a training looks at its own numbers
        self.check()
        found = output[0] if isinstance(output, tuple) else getattr(output, "sample", None)
        if isinstance(found, list):  # Z-Image's: one tensor a place
            found = found[0] if found else None
        if isinstance(found, torch.Tensor) and found.numel() > 1:
            self._dead = (found == found.flatten()[0]).all()
            self._hint = _way_out(found.dtype)

    def check(self) -> None:
        """Judges the latest answer."""
        dead, self._dead = self._dead, None
        if dead is not None and bool(dead):
            raise ModelError(
                f"The network of the model {self._name} is dead: all of its output is one value.",
                hint=f"Copy or pull the model once more. {self._hint}",
            )


def _broken(image: torch.Tensor) -> list[bool]:
    """Of a batch (b, c, h, w): which are not finite in some value."""
    finite = torch.isfinite(image).flatten(1).all(dim=1)
    return [not bool(good) for good in finite]


def _way_out(kind: torch.dtype) -> str:
    if kind == torch.float16:
        return 'Set dtype = "float32" in [sampling], or "bfloat16" where the device has it.'
    return 'Check its files with: edition models check; try dtype = "float32" in [sampling].'


def _without(pictures: list[Image.Image], broken: list[bool]) -> tuple[Image.Image | None, ...]:
    pairs = zip(pictures, broken, strict=True)
    return tuple(None if bad else picture.convert("RGB") for picture, bad in pairs)


def _watch_decoder(pipe: Any, name: str, pulse: _Pulse) -> None:  # noqa: ANN401
    """For pipelines that make pictures without an image processor."""
    names = ("vae", "movq", "vqvae", "unet")
    part = next((one for name in names if (one := getattr(pipe, name, None)) is not None), None)
    decode = "decode" if hasattr(part, "decode") else "forward"
    if part is None:
        return
    work = getattr(part, decode)

    def checked(*args: Any, **settings: Any) -> Any:  # noqa: ANN401
        pulse.check()
        output = work(*args, **settings)
        found = output[0] if isinstance(output, tuple) else output.sample
        if not torch.is_grad_enabled() and not bool(torch.isfinite(found).all()):
            raise ModelError(
                f"The model {name} gave values that are not numbers (NaN) instead of a picture.",
                hint=_way_out(found.dtype),
            )
        return output

    setattr(part, decode, checked)


def is_flat(image: Image.Image) -> bool:
    """Whether a picture shows nothing: one colour, give or take a rounding."""
    values = np.asarray(image.convert("RGB"))
    spread = values.max(axis=(0, 1)) - values.min(axis=(0, 1))
    return int(spread.max()) <= 2


def whole(images: Sequence[Image.Image], sampling: Sampling, name: str) -> list[Image.Image]:
    """Pictures as they are, if each has the recipe's size and shows something.

    Raises:
        ModelError: they have another size.
        BrokenImages: some are one flat colour; the others come with it.
    """
    size = (sampling.width, sampling.height)
    for image in images:
        if image.size != size:
            raise ModelError(
                f"{name} drew {image.width} x {image.height} where the recipe asks for "
                f"{size[0]} x {size[1]}.",
                hint=f"Set width = {image.width} and height = {image.height} in [sampling].",
            )
    good = [None if is_flat(image) else image for image in images]
    if None in good:
        raise BrokenImages(
            f"The model {name} gave a picture of one flat colour.",
            hint="Look at guidance, sampler and dtype in [sampling]; a damaged model does this, "
            "too: edition models check",
            pictures=good,
        )
    return list(images)

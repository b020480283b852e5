"""Looks at what a loaded model gives: no picture is made of values that are no numbers.

Half precision overflows in some autoencoders and networks, and damaged weights give constant
output. Pillow turns both into black or grey pictures without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from edition.errors import ModelError, NonFiniteImages

if TYPE_CHECKING:
    from PIL import Image


def watch(pipe: Any, name: str) -> None:  # noqa: ANN401 - one of dozens of pipeline classes
    """Checks every picture that a pipeline decodes, and that its network answers at all.

    Args:
        pipe: a diffusers pipeline, whole.
        name: of the model, for messages.

    From then on the pipeline raises ``NonFiniteImages`` instead of returning pictures of a batch in
    which one is not finite, and ``ModelError`` where its network's output is constant.
    """
    network = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    if network is not None:
        network.register_forward_hook(lambda *given: _check_alive(given[2], name))
    processor = getattr(pipe, "image_processor", None)
    if processor is None:
        return
    finish = processor.postprocess

    def checked(image: Any, *args: Any, **settings: Any) -> Any:  # noqa: ANN401 - as diffusers has it
        broken = _broken(image)
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


def _check_alive(output: Any, name: str) -> None:  # noqa: ANN401 - a tuple or diffusers' own class
    if torch.is_grad_enabled():
        return  # a training looks at its own numbers, and need not wait for the device here
    found = output[0] if isinstance(output, tuple) else getattr(output, "sample", None)
    if found is None or found.numel() < 2:
        return
    if bool((found == found.flatten()[0]).all()):
        raise ModelError(
            f"The network of the model {name} is dead: all of its output is one value.",
            hint=f"Copy or pull the model once more. {_way_out(found.dtype)}",
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

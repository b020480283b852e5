"""Samplers by name, on the model's own scheduler configuration."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import diffusers

from edition.errors import ModelError

if TYPE_CHECKING:
    from edition.recipe.recipe import Sampling

TABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {}),
    "ddpm": ("DDPMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_a": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "lms": ("LMSDiscreteScheduler", {}),
    "pndm": ("PNDMScheduler", {}),
    "dpm2": ("KDPM2DiscreteScheduler", {}),
    "dpm2_a": ("KDPM2AncestralDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {}),
    "dpmpp_2m_karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "dpmpp_2m_sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "deis": ("DEISMultistepScheduler", {}),
}
"""Name → diffusers class and what sets it apart."""


def build(sampling: Sampling, native: Any) -> Any:  # noqa: ANN401 - diffusers' schedulers share no useful type
    """The scheduler that a recipe asks for.

    Args:
        sampling: of the recipe.
        native: the scheduler that the model ships.

    Raises:
        ModelError: the sampler doesn't fit the model, or an override names no key of it.
    """
    kind, extra = type(native), dict[str, Any]()
    if sampling.sampler != "native":
        class_name, extra = TABLE[sampling.sampler]
        kind = getattr(diffusers, class_name)
    known = set(inspect.signature(kind.__init__).parameters) - {"self"}
    _check_fits(sampling, native, known)
    overrides = dict(sampling.scheduler)
    for key in overrides:
        if key not in known:
            raise ModelError(
                f"sampling.scheduler.{key}: the sampler {sampling.sampler} has no such setting.",
                hint=f"It knows: {', '.join(sorted(known))}.",
            )
    return kind.from_config({**native.config, **extra, **overrides})


def _check_fits(sampling: Sampling, native: Any, known: set[str]) -> None:  # noqa: ANN401
    if sampling.sampler == "native":
        return
    config = native.config
    if "FlowMatch" in type(native).__name__:
        raise ModelError(
            f"This is a flow-matching model; the sampler {sampling.sampler} does not support it.",
            hint='Set sampler = "native" in [sampling].',
        )
    zero = config.get("rescale_betas_zero_snr", False)
    if zero and "rescale_betas_zero_snr" not in known:
        raise ModelError(
            f"This model's noise schedule ends in pure noise (zero terminal SNR), which the "
            f"sampler {sampling.sampler} does not support.",
            hint="Use ddim, ddpm, euler, euler_a, dpmpp_2m or unipc.",
        )

"""From files to a pipeline on a device, through diffusers' own loaders."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import diffusers
import torch
import transformers

from edition.diffusion import (
    adapters,
    checkpoint_families,
    families,
    pipeline_signature,
    placement,
    quantisation,
    samplers,
    sanity_checks,
    single_file,
)
from edition.diffusion import device as devices
from edition.diffusion.resolve import find, read_index
from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edition.diffusion.memory_plan import MemoryPlan
    from edition.diffusion.resolve import LocalModel
    from edition.recipe.recipe import Recipe


_NOISE = (
    "requires torchvision", "Expected types for vae", "Token indices sequence length",
    "should be kept in float32: []", "Guiders are currently an experimental feature",
)  # fmt: skip
"""Warnings that say nothing of a picture: how images are resized that are not used here, the
embedded model's small autoencoder, a long text, whose cut is reported by another line, and an
empty list of parts of a checkpoint in one file, and that diffusers may change its guiders."""
ALIGNED = 64
"""Bytes: where torch begins what it allocates on the CPU."""
_TOLD_OTHERWISE = ("truncated because CLIP can only handle",)
"""What edition.diffusion.prompt_truncation says in better words; it goes to the log."""


class _WarningHandler(logging.Handler):
    """Collects the libraries' warnings."""

    tell: Callable[[str], None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split())
        if any(part in text for part in _NOISE):
            return
        if self.tell is None or any(part in text for part in _TOLD_OTHERWISE):
            sys.stderr.write(f"{record.name}: {text}\n")
        else:
            self.tell(f"{record.name.partition('.')[0]}: {text[:300]}")


_EAR = _WarningHandler(logging.WARNING)


def quiet(tell: Callable[[str], None] | None = None) -> None:
    """Keeps the libraries off the terminal; edition.diffusion keeps them off the network.

    Args:
        tell: gets each warning that may change a picture; without it they go to standard error.
            It stays until another one is given.
    """
    _EAR.tell = tell or _EAR.tell
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_warning()
        library.utils.logging.disable_default_handler()
        library.utils.logging.disable_progress_bar()
        logger = logging.getLogger(library.__name__)
        if _EAR not in logger.handlers:
            logger.addHandler(_EAR)
    logging.getLogger("torch.distributed").setLevel(logging.ERROR)


def load(
    recipe: Recipe, device: str, home: Path | None = None, plan: MemoryPlan | None = None
) -> Any:  # noqa: ANN401 - one of dozens of pipeline classes
    """Loads the pipeline of a recipe, with its embeddings and adapters, ready to draw.

    Args:
        recipe: names the model, the precision and the sampler.
        device: as torch names it.
        home: the edition's folder.
        plan: where its parts are while it draws; None puts all of them on the device.

    Returns:
        A diffusers text-to-image pipeline with the recipe's scheduler.

    Raises:
        ModelError: it can't be found or loaded.
        torch.OutOfMemoryError: it does not fit on the device by this plan.
    """
    quiet()
    model = find(recipe.model, home)
    if model.kind == "file":
        single_file.check(model.path)
    found = checkpoint_families.of_model(model.path)
    for wrong, way_out in families.unfit(found) if found else ():
        raise ModelError(wrong, hint=way_out)
    if found and found.family is None and (reason := pipeline_signature.why_not(found.class_name)):
        raise ModelError(f"{found.class_name} {reason}.", hint="Name a text-to-image model.")
    quantisation.require(model, recipe.model, device)
    half = found.half if found else "float16"
    kind = devices.dtype(recipe.sampling.dtype, device, half)
    try:
        pipe = (
            single_file.load(model.path, kind)
            if model.kind == "file"
            else _from_folder(model, recipe.model.quantise, kind)
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"The model {model.name} can't be loaded: {adapters.first_line(error)}",
            hint="Check it with: edition models check",
        ) from error
    adapters.add(pipe, recipe, home)
    native = pipe.scheduler
    pipe.edition_native_scheduler = native  # the recipe's sampler is built on this one
    pipe.scheduler = samplers.build(recipe.sampling, native)
    pipe.set_progress_bar_config(disable=True)
    for name in ("unet", "vae"):
        # measured with the embedded model on 2 cores, float32: 14.8 ms a sample against 17.0; its
        # decoder, one thread, 512 px: 273 ms against 554, equal to 1e-6
        part = getattr(pipe, name, None)
        if part is not None and not any(p.ndim == 5 for p in part.parameters()):
            part.to(memory_format=torch.channels_last)
    if recipe.model.quantise == "float8":
        placement.store_in_float8(pipe, kind)
    sanity_checks.watch(pipe, model.name)
    placement.place(pipe, plan, device) if plan else pipe.to(device)
    _align(pipe)
    return pipe


def _align(pipe: Any) -> None:  # noqa: ANN401
    """Moves weights on the CPU to addresses as torch chooses them.

    Loaders leave them where a file or the heap has them, and there the CPU's kernels may add in
    another order: a picture's last bits would depend on what the process did before.
    """
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            for tensor in (*part.parameters(), *part.buffers()):
                plain = type(tensor) in (torch.Tensor, torch.nn.Parameter)
                if plain and tensor.device.type == "cpu" and tensor.data_ptr() % ALIGNED:
                    tensor.data = tensor.data.clone()


def _from_folder(model: LocalModel, quantise: str, kind: Any) -> Any:  # noqa: ANN401
    return diffusers.DiffusionPipeline.from_pretrained(
        model.path, dtype=kind, local_files_only=True, use_safetensors=True,
        variant=model.variant or None, **_without_safety_checker(model.path),
        **quantisation.network(model, quantise, kind),
        **quantisation.of_pipeline(model, quantise, kind),
    )  # fmt: skip


def _without_safety_checker(folder: Path) -> dict[str, Any]:
    """The person at the keyboard looks at every print; a checker would only blacken some."""
    return (
        {"safety_checker": None, "requires_safety_checker": False}
        if "safety_checker" in read_index(folder)
        else {}
    )

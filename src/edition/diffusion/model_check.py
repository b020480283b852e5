"""What the loader will do with a model, found without reading its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import diffusers
import transformers
from accelerate import init_empty_weights

from edition.diffusion import (
    checkpoint_families,
    families,
    loading,
    memory_plan,
    model_layout,
    model_licence,
    pipeline_signature,
    quantisation,
    single_file,
)
from edition.diffusion import device as devices
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.memory_plan import GIB
from edition.diffusion.resolve import check_whole, read_config, read_index
from edition.errors import ModelError
from edition.recipe.recipe import ModelRef, Sampling

if TYPE_CHECKING:
    from edition.diffusion.device import Device
    from edition.diffusion.memory_plan import MemoryPlan
    from edition.diffusion.resolve import LocalModel

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What is known of a model before it is loaded."""

    family: str
    """Its pipeline's class, as diffusers names it; what a single file holds, else."""
    licence: str
    fingerprint: str
    variant: str
    """Of the weights that are loaded: empty for the plain ones, ``fp16``."""
    weights: dict[str, int]
    """Bytes by file."""
    dtype: str
    """What it computes in on this device."""
    device: str
    memory: str
    """Where its parts are while it draws, and the memory they take."""
    quantised: str = ""
    """Parts that are kept in fewer bits, and how; empty where there are none."""

    def lines(self) -> list[str]:
        """For a person."""
        kind = f"{self.variant} weights" if self.variant else "weights"
        return [
            f"family       {self.family}",
            f"licence      {self.licence}",
            f"{kind:12} {len(self.weights)} files, {sum(self.weights.values()) / 1e9:.2f} GB",
            f"precision    {self.dtype} on {self.device}",
            *([f"quantised    {self.quantised}"] if self.quantised else []),
            f"memory       {self.memory}",
            f"fingerprint  {self.fingerprint}",
        ]


def examine(model: LocalModel, device: Device | None = None) -> ModelReport:
    """Looks at configurations and headers as the loader will.

    Args:
        model: as ``resolve.find`` gives it.
        device: where it will draw; None picks the best there is.

    Raises:
        ModelError: the loader would refuse it: a class that diffusers lacks, or weights that
            don't fit their configuration.
    """
    loading.quiet()
    found = device or devices.pick()
    quantisation.require(model, ModelRef(base=model.name), found.name)
    known = checkpoint_families.of_model(model.path)
    half = known.half if known else "float16"
    dtype = str(devices.dtype("auto", found.name, half)).removeprefix("torch.")
    family = _of_folder(model) if model.path.is_dir() else _of_file(model)
    parts = memory_plan.parts_of(model, dtype)
    side = 1024 if sum(p.bytes for p in parts) > 4 * GIB else 512
    side = known.family.side if known and known.family else side
    sampling = Sampling(width=side, height=side)
    ways = memory_plan.ways_of(parts)
    if found.name == "cuda":
        plan = memory_plan.choose(parts, sampling, found.free_bytes, dtype, ways=ways)
    else:  # all memory is the machine's own
        plan = memory_plan.plan("whole", parts, sampling, found.free_bytes, dtype)
    kept = ", ".join(f"{part} by {how}" for part, how in quantisation.methods(model).items())
    return ModelReport(
        family=family,
        licence=model_licence.of_model(model),
        fingerprint=Fingerprints().of(model),
        variant=model.variant,
        weights={str(file): file.stat().st_size for file in model.weights},
        dtype=dtype,
        device=found.title,
        memory=f"{_memory(plan, found.name)}, at {side} x {side}",
        quantised=kept,
    )


def _memory(plan: MemoryPlan, device: str) -> str:
    if device == "cuda":
        return plan.say()
    room = f"about {plan.need / GIB:.1f} of the machine's {plan.free / GIB:.1f} GiB that are free"
    if plan.quantised:
        room = f"quantised: {plan.quantised}; {room}"
    return room if plan.fits else f"{room}; it may not fit"


def _of_folder(model: LocalModel) -> str:
    """The pipeline's class; every part's class is there, and every network's weights fit it."""
    index = read_index(model.path)
    family = str(index.get("_class_name", ""))
    if not hasattr(diffusers, family):
        raise ModelError(
            f"The installed diffusers knows no pipeline {family or '(none named)'}.",
            hint="The model may need a newer diffusers, or code of its own, which isn't run.",
        )
    known = families.of_folder(model.path)
    for wrong, way_out in families.unfit(known) if known else ():
        raise ModelError(wrong, hint=way_out)
    if families.named(family) is None and (reason := pipeline_signature.why_not(family)):
        raise ModelError(f"{family} {reason}.", hint="Name a text-to-image model.")
    for name, (library, kind) in model_layout.parts_of(index).items():
        home = {"diffusers": diffusers, "transformers": transformers}.get(library)
        if home is None:
            continue  # a class of one pipeline's own
        if not hasattr(home, kind):
            raise ModelError(
                f"The part {name} is a {kind}, which the installed {library} lacks.",
                hint=f"The model may need a newer {library}.",
            )
        files = [f for f in model.weights if f.parent == model.path / name]
        if files and library == "diffusers":
            config = read_config(model.path, name)
            if "quantization_config" not in config:  # else its tensors have shapes of their own
                headers = [check_whole(file) for file in files]
                _check_fit(name, getattr(home, kind), config, headers)
    return family


def _check_fit(name: str, kind: Any, config: dict[str, Any], headers: list[dict[str, Any]]) -> None:  # noqa: ANN401
    """Builds a network without memory and compares its tensors with the files' headers."""
    try:
        with init_empty_weights():
            network = kind.from_config(config)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ModelError(
            f"The configuration of the part {name} does not build a {kind.__name__}: {error}.",
            hint="Fetch or copy its config.json again.",
        ) from error
    wanted = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    stored = {
        key: tuple(tensor["shape"])
        for header in headers
        for key, tensor in header.items()
        if key != "__metadata__"
    }
    missing = sorted(wanted.keys() - stored.keys())
    other = sorted(k for k in wanted.keys() & stored.keys() if wanted[k] != stored[k])
    for what, keys in (("lack", missing), ("have other sizes for", other)):
        if keys and not _converted(stored):
            shown = ", ".join(keys[:_SHOWN]) + (" …" if len(keys) > _SHOWN else "")
            raise ModelError(
                f"The weights of the part {name} {what} {len(keys)} of {len(wanted)} tensors: "
                f"{shown}.",
                hint="The weights and config.json are of different models: copy both again.",
            )


def _converted(stored: dict[str, tuple[int, ...]]) -> bool:
    """Attention under the names of old diffusers, which the loader translates."""
    return any(key.endswith((".query.weight", ".proj_attn.weight")) for key in stored)


def _of_file(model: LocalModel) -> str:
    """What a single-file checkpoint is, as diffusers' own registry has it."""
    single_file.check(model.path)
    return f"single file, {single_file.kind_of(model.path)}"

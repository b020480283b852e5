"""Networks in fewer bits: what a folder's files say of it, and what a recipe asks for.

Quantising changes pictures: it is in the digest, by the files' fingerprint or by the recipe's key.
Which package reads what; a missing one is named, and nothing is taken in its place.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import TYPE_CHECKING, Any

import diffusers

from edition import extras
from edition.diffusion import families, model_layout
from edition.diffusion.resolve import GGUF, read_config, read_index
from edition.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from edition.diffusion.resolve import LocalModel
    from edition.recipe.recipe import ModelRef

_EXTRAS = {
    "bitsandbytes": "quantised", "torchao": "quantised", "gguf": "quantised", "sdnq": "sdnq",
}  # fmt: skip
"""The extra that brings a method's package, which has the method's name."""
_BY = {"int8": "torchao", "nf4": "bitsandbytes"}
"""Methods of ``[model] quantise``; ``float8`` needs no package."""


def methods(model: LocalModel) -> dict[str, str]:
    """How a model's parts are quantised in its files, by part: ``gguf``, ``torchao`` and the like.

    Args:
        model: as ``resolve.find`` gives it.
    """
    if model.path.is_file():
        return {}
    found = dict[str, str]()
    for name in model_layout.parts_of(read_index(model.path)):
        settings = _settings(model.path, name)
        if settings and name != model.part:
            found[name] = model_layout.quantised_by(settings)
    if model.network is not None and model.network.suffix.lower() == GGUF:
        found[model.part] = "gguf"
    return found


def _settings(folder: Path, part: str) -> dict[str, Any]:
    if not (folder / part / "config.json").is_file():
        return {}  # a tokenizer or a schedule
    found = read_config(folder, part).get("quantization_config")
    return found if isinstance(found, dict) else {}


def require(model: LocalModel, ref: ModelRef, device: str) -> None:
    """Makes ready what reads a quantised model.

    Args:
        model: as ``resolve.find`` gives it.
        ref: of the recipe.
        device: as torch names it.

    Raises:
        ModelError: a package is missing, a method does not work on this device, or the recipe
            wants a network quantised that is, or can't be.
    """
    stored = methods(model)
    index = {} if model.path.is_file() else model_layout.parts_of(read_index(model.path))
    for part, how in stored.items():
        method = how.partition(" ")[0]
        _installed(method, f"The part {part} of {model.name} is quantised by {method}")
        if method == "bitsandbytes" and index[part][0] == "diffusers":
            _on_cuda(device, f"The part {part} of {model.name} is quantised by bitsandbytes")
        if method == "sdnq":
            os.environ.setdefault("SDNQ_USE_OPENVINO_MM", "0")  # else it warns that there is none
            importlib.import_module("sdnq")  # or transformers loads its weights as they lie there
    if ref.quantise:
        _check_wish(model, ref.quantise, stored, device)


def _check_wish(model: LocalModel, wish: str, stored: dict[str, str], device: str) -> None:
    key = f'model.quantise = "{wish}"'
    done = [name for name in stored if name in model_layout.NETWORKS]
    if done:
        raise ModelError(
            f"{key} does nothing: the network of {model.name} is quantised by {stored[done[0]]} "
            "already.",
            hint='Set quantise = "" in [model].',
        )
    method = _BY.get(wish)
    if method is None:
        return
    _installed(method, f"{key} is done by {method}")
    if method == "bitsandbytes":
        _on_cuda(device, key)
    if model.path.is_file():
        raise ModelError(
            f"{key} can't be done to a single file.",
            hint='Name a diffusers folder or hub id, or set quantise = "float8".',
        )


def _installed(package: str, what: str) -> None:
    extra = _EXTRAS.get(package)
    if extra is not None and importlib.util.find_spec(package) is None:
        raise ModelError(
            f"{what}, and the package {package} is not installed.",
            hint=extras.install_extra(extra),
        )


def _on_cuda(device: str, what: str) -> None:
    if not device.startswith("cuda"):
        raise ModelError(
            f"{what}, which needs a CUDA card; this is the {device} device.",
            hint="Name the model's other weights, or a GGUF file of its network under "
            "[model] network: those work everywhere.",
        )


def of_pipeline(model: LocalModel, wish: str, compute: Any) -> dict[str, Any]:  # noqa: ANN401
    """What ``from_pretrained`` is told so that the network is quantised while it is loaded.

    Args:
        model: a folder.
        wish: ``[model] quantise``.
        compute: torch's dtype that is computed in.
    """
    config = _config(wish, compute)
    if config is None or model.network is not None:
        return {}
    index = model_layout.parts_of(read_index(model.path))
    parts = {name: config for name in model_layout.NETWORKS if name in index}
    return {"quantization_config": diffusers.PipelineQuantizationConfig(quant_mapping=parts)}


def _config(wish: str, compute: Any) -> Any:  # noqa: ANN401
    if wish == "int8":
        torchao = importlib.import_module("torchao.quantization")
        return diffusers.TorchAoConfig(torchao.Int8WeightOnlyConfig())
    if wish == "nf4":
        return diffusers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=compute
        )
    return None


def network(model: LocalModel, wish: str, compute: Any) -> dict[str, Any]:  # noqa: ANN401
    """The network of a file of its own, with the name that the pipeline knows it by.

    Args:
        model: its folder has the network's configuration; without a file nothing is loaded.
        wish: ``[model] quantise``.
        compute: torch's dtype that is computed in.

    Raises:
        ModelError: diffusers reads no such network from a file, or it is of another model.
    """
    if model.network is None:
        return {}
    kind = getattr(diffusers, model_layout.parts_of(read_index(model.path))[model.part][1])
    if not hasattr(kind, "from_single_file"):
        known = families.of_folder(model.path)
        raise ModelError(
            f"diffusers reads no network of {known.title if known else model.name} from a file.",
            hint="Take network out of [model], and name a whole folder.",
        )
    quantised = model.network.suffix.lower() == GGUF
    config = (
        diffusers.GGUFQuantizationConfig(compute_dtype=compute)
        if quantised
        else _config(wish, compute)
    )
    more = {} if config is None else {"quantization_config": config}
    other = ModelError(
        f"{model.network.name} does not hold the network of {model.name}, a {kind.__name__}.",
        hint="Name the folder or hub id that the file belongs to as base in [model].",
    )
    try:
        part = kind.from_single_file(
            str(model.network), config=str(model.path), subfolder=model.part, dtype=compute,
            local_files_only=True, **more,
        )  # fmt: skip
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise other from error  # each family's own reading of a file's keys
    if any(weight.is_meta for weight in part.parameters()):
        raise other
    return {model.part: part}

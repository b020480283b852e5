"""From the name in a recipe to files on this machine. Reads no weights, asks no network."""

import json
import operator
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from edition import paths
from edition.diffusion import gguf_file, model_layout
from edition.errors import ModelError
from edition.recipe.recipe import ModelRef

PICKLES = (".ckpt", ".pt", ".pth", ".bin", ".pkl")
"""Checkpoint files that can run code when they are opened."""
GGUF = ".gguf"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_COUNTED = (".json", "/merges.txt", ".model")
"""Endings of settings that the fingerprint counts."""
_ROOT = (model_layout.INDEX, "training.json")
_MAX_HEADER = 100_000_000


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that is on this machine."""

    name: str
    """What the recipe calls it."""
    kind: Literal["pocket", "folder", "file", "hub"]
    path: Path
    """A diffusers folder, or one ``.safetensors`` file."""
    weights: tuple[Path, ...]
    """Its weight files, embeddings and adapters included."""
    configs: tuple[Path, ...]
    """The small files beside them that change pixels: networks, schedule, tokenizer."""
    variant: str = ""
    """Of a folder's weights, as diffusers names it: empty for the plain ones, ``fp16``."""
    network: Path | None = None
    """A file whose weights take the place of the folder's network."""
    part: str = ""
    """The part that ``network`` is for: ``transformer`` or ``unet``."""


def find(ref: ModelRef, home: Path | None = None) -> LocalModel:
    """Finds a model and checks that its files are whole, without reading the weights.

    Args:
        ref: of the recipe.
        home: the edition's folder: paths in the recipe are taken from there first.

    Raises:
        ModelError: it is unknown, missing, cut short, or a pickle.
    """
    kind, path = _locate(ref, home)
    pull = f"Fetch it again with: edition models pull {ref.base}; what is whole stays."
    hint = pull if kind == "hub" else f"Copy the folder {path} once more."
    network = local_file(ref.network, home, what="network", gguf=True) if ref.network else None
    part = _network_part(path) if network else ""
    weights, configs, variant = (
        _folder_files(path, hint, part) if path.is_dir() else ([path], [], "")
    )
    weights += [network] if network else []
    for extra in (*ref.embeddings, *(lora.file for lora in ref.loras)):
        weights.append(local_file(extra, home, what="embedding or adapter"))
    for file in weights:
        reader = gguf_file.read if file.suffix.lower() == GGUF else check_whole
        reader(file, hint if file.is_relative_to(path) else "")
    return LocalModel(ref.base, kind, path, tuple(weights), tuple(configs), variant, network, part)


def _network_part(path: Path) -> str:
    """The part that a file of a network alone takes the place of."""
    index = model_layout.parts_of(read_index(path)) if path.is_dir() else {}
    found = [name for name in model_layout.NETWORKS if name in index]
    if len(found) != 1:
        raise ModelError(
            "model.network is put into a diffusers folder with one network, and model.base is "
            f"{path.name}.",
            hint="Name the folder or hub id that the file belongs to under base.",
        )
    return found[0]


def _locate(
    ref: ModelRef, home: Path | None
) -> tuple[Literal["pocket", "folder", "file", "hub"], Path]:
    if ref.base == "pocket":
        return "pocket", paths.pocket_folder()
    for base in paths.search_folders(home):
        path = base / paths.expanded(ref.base)
        if paths.is_folder(path):  # unlike Path's, False for a name that can be none
            return "folder", path.resolve()
        if paths.is_file(path):
            return "file", local_file(ref.base, base, what="model")
    if is_hub_id(ref.base) and not ref.base.startswith("models/"):
        return "hub", _hub_folder(ref)
    raise ModelError(
        f"There is no model {ref.base!r}.",
        hint="Name pocket, a hub id (owner/name), a diffusers folder or a .safetensors file; "
        "relative paths start in the edition's folder.",
    )


def is_hub_id(name: str) -> bool:
    """Whether a model's name can be one of the hub: ``owner/name``, no path such as ``./name``."""
    if not _HUB_ID.fullmatch(name):
        return False
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(name)
    except ValueError:  # HFValidationError is one
        return False
    return True


def _hub_folder(ref: ModelRef) -> Path:
    from huggingface_hub import try_to_load_from_cache

    index = try_to_load_from_cache(ref.base, "model_index.json", revision=ref.revision or None)
    if not isinstance(index, str):
        raise ModelError(
            f"The model {ref.base} is not on this machine, and nothing is fetched unasked.",
            hint=f"Fetch it with: edition models pull {ref.base}",
        )
    return Path(index).parent


def local_file(name: str, home: Path | None, *, what: str, gguf: bool = False) -> Path:
    """One weight file by name.

    Args:
        name: a path.
        home: the edition's folder.
        what: it is, for the message.
        gguf: whether it may be a GGUF file, too.

    Raises:
        ModelError: it is missing, a pickle, or no safetensors file.
    """
    for base in paths.search_folders(home):
        path = base / paths.expanded(name)
        if paths.is_file(path):
            path = path.resolve()
            break
    else:
        raise ModelError(f"There is no {what} file {name}.", hint="Check the path in the recipe.")
    if path.suffix.lower() in PICKLES:
        raise _pickle(path)
    suffix = path.suffix.lower()
    if suffix != ".safetensors" and not (gguf and suffix == GGUF):
        hint = "Convert it to safetensors first."
        if suffix == GGUF:
            hint = "Name it as network in [model], and the rest of its model as base."
        raise ModelError(f"{path.name} is not a .safetensors file.", hint=hint)
    return path


def _pickle(path: Path) -> ModelError:
    return ModelError(
        f"{path} is a pickle: opening it can run code, so edition doesn't.",
        hint="Convert it once, on a machine you don't mind: "
        "pip install safetensors torch, then torch.load(..., weights_only=True) and "
        "safetensors.torch.save_file(...); most models are also published as .safetensors.",
    )


def _folder_files(folder: Path, hint: str, without: str = "") -> tuple[list[Path], list[Path], str]:
    """Weights, counted settings and variant of a folder, as the loader opens them."""
    index = read_index(folder)
    names = [f.relative_to(folder).as_posix() for f in folder.glob("*/*") if f.is_file()]
    try:
        found = model_layout.of_files(index, names, hint=hint, without=without)
    except ModelError:
        for part in model_layout.parts_of(index):
            _check_no_pickle(folder / part)
        raise
    settings = [name for name in found.settings if name.endswith(_COUNTED)]
    configs = [folder / name for name in (*_ROOT, *settings) if (folder / name).is_file()]
    return [folder / name for name in found.weights], sorted(configs), found.variant


def read_index(folder: Path) -> dict[str, Any]:
    """The content of a folder's ``model_index.json``.

    Raises:
        ModelError: there is none, or it can't be read.
    """
    index = folder / model_layout.INDEX
    if not index.is_file() and (folder / "modular_model_index.json").is_file():
        raise ModelError(
            f"{folder} holds a model made of blocks (a ModularPipeline), which are not drawn with "
            "here.",
            hint="Look for a version of this model with a model_index.json.",
        )
    if not index.is_file():
        raise ModelError(
            f"{folder} holds no model_index.json, so it is no diffusers model.",
            hint="Name the folder that save_pretrained wrote.",
        )
    return _table(index)


def read_config(folder: Path, part: str) -> dict[str, Any]:
    """The configuration of a part of a diffusers folder.

    Raises:
        ModelError: there is none, or it can't be read.
    """
    return _table(folder / part / "config.json")


def _table(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"{file} can't be read: {error}.", hint="Fetch or copy it again."
        ) from error
    if not isinstance(content, dict):
        raise ModelError(
            f"{file} can't be read: it holds no table.", hint="Fetch or copy it again."
        )
    return content


def _check_no_pickle(part: Path) -> None:
    files = sorted(part.iterdir()) if part.is_dir() else []
    pickles = [file for file in files if file.suffix.lower() in PICKLES]
    if pickles and not any(file.suffix == ".safetensors" for file in files):
        raise _pickle(pickles[0])


def check_whole(file: Path, hint: str = "") -> dict[str, Any]:
    """Checks a safetensors file's header against its size; the tensors are not read.

    Args:
        file: the file.
        hint: what to do where it is broken.

    Returns:
        The header: by tensor its ``dtype``, ``shape`` and ``data_offsets``.

    Raises:
        ModelError: it is cut short or no safetensors file.
    """
    broken = ModelError(f"{file} is cut short or broken.", hint=hint or "Copy it once more.")
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(_MAX_HEADER, size - 8):
                raise broken
            header: dict[str, Any] = json.loads(stream.read(length))
        ends = [
            operator.index(tensor["data_offsets"][1])
            for key, tensor in header.items()
            if key != "__metadata__"
        ]
    except (
        ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError,
    ) as error:  # fmt: skip
        raise broken from error
    except OSError as error:
        raise ModelError(f"Can't read {file}: {error.strerror or error}.") from error
    if max(ends, default=0) + length + 8 != size:
        raise broken
    return header

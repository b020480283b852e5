"""Fetching models from the hub: exactly the files that the loader opens, resumed after a break.

huggingface_hub keeps whole files, and begins one that broke off again; here a large file goes on
where it stopped, and is put under its digest where that library finds it.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huggingface_hub
from filelock import FileLock
from huggingface_hub import HfApi, constants, hf_hub_download, hf_hub_url, snapshot_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.file_download import http_get, repo_folder_name
from huggingface_hub.utils._headers import build_hf_headers

from edition import regular_files
from edition.atomic import sync_folder
from edition.diffusion import model_layout, resolve
from edition.errors import EditionError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Tell = Callable[[str, int, int], None]
    """Called with what is fetched, bytes that are here, and bytes in all."""

_LOADER_CONFIGS = ("*.json", "*/*.json", "*.txt", "*/*.txt", "*/*.model")
"""What diffusers reads beside a single-file checkpoint."""
_MARGIN = 1 << 28
"""Bytes of the disk that stay free."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository."""

    name: str
    bytes: int
    sha256: str
    """Of large files; empty for those that are kept in git."""


def pull(
    name: str,
    revision: str = "",
    *,
    configs_only: bool = False,
    without_network: bool = False,
    variant: str | None = None,
    tell: Tell | None = None,
) -> Path:
    """Fetches a model from the hub into its cache; what is there and whole stays.

    Args:
        name: a hub id, ``owner/name``.
        revision: a commit or tag; empty for the newest.
        configs_only: only the small files that a single-file checkpoint lacks.
        without_network: all but the weights of the network, which come from another file.
        variant: weights to take where there are several, such as ``fp16``; None takes the plain
            ones where every part has them.
        tell: called with the progress.

    Returns:
        The folder it is in.

    Raises:
        ModelError: there is no such model, it has no weights that can be loaded, the disk is too
            small, or the network can't be reached.
    """
    if not resolve.is_hub_id(name):
        raise ModelError(f"{name} is no hub id.", hint="Name it as owner/name.")
    os.environ["HF_HUB_OFFLINE"] = "0"
    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, False
    try:
        return _pull(
            name, revision or None, variant, tell or _silent,
            configs_only=configs_only, without_network=without_network,
        )  # fmt: skip
    except EditionError:
        raise
    except Exception as error:
        raise _explained(name, error) from error
    finally:
        constants.HF_HUB_OFFLINE = before


def _silent(what: str, here: int, total: int) -> None:
    del what, here, total


def _pull(
    name: str, revision: str | None, variant: str | None, tell: Tell, *, configs_only: bool,
    without_network: bool,
) -> Path:  # fmt: skip
    endpoint = os.environ.get("HF_ENDPOINT")
    info = HfApi(endpoint=endpoint).model_info(name, revision=revision, files_metadata=True)
    listed = {
        one.rfilename: HubFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else "")
        for one in info.siblings or ()
    }
    wanted = _wanted(
        name, list(listed), revision, variant,
        configs_only=configs_only, without_network=without_network,
    )  # fmt: skip
    files = [listed[file] for file in wanted]
    blobs = _blobs(name)
    _check_disk(name, files, blobs)
    total, here = sum(file.bytes for file in files), 0
    for file in files:
        if file.sha256:
            _fetch(name, info.sha or "main", file, blobs, partial(_told, tell, file, here, total))
        here += file.bytes
        tell(file.name, here, total)
    folder = snapshot_download(
        name, revision=revision, endpoint=endpoint, tqdm_class=_quiet_bar(),
        allow_patterns=[glob.escape(file) for file in wanted],
    )  # fmt: skip
    return Path(folder)


def _told(tell: Tell, file: HubFile, before: int, total: int, here: int) -> None:
    tell(file.name, before + here, total)


def _wanted(
    name: str, names: list[str], revision: str | None, variant: str | None, *,
    configs_only: bool, without_network: bool,
) -> list[str]:  # fmt: skip
    """The files to fetch, of a repository's list."""
    if configs_only:
        return [n for n in names if n.count("/") < 2 and _any(n, _LOADER_CONFIGS)]
    if model_layout.INDEX not in names and "modular_model_index.json" in names:
        raise ModelError(
            f"{name} is made of blocks (a ModularPipeline), which are not drawn with here.",
            hint="Look for a version of this model with a model_index.json.",
        )
    if model_layout.INDEX not in names:
        single = [n for n in names if n.endswith(".safetensors")]
        raise ModelError(
            f"{name} holds no model_index.json, so it is no diffusers model.",
            hint=f"Download its file {single[0]} by hand and name that file in the recipe."
            if single
            else "Look for a diffusers version of this model on the hub.",
        )
    index = hf_hub_download(
        name, model_layout.INDEX, revision=revision, endpoint=os.environ.get("HF_ENDPOINT")
    )
    content = json.loads(Path(index).read_text(encoding="utf-8"))
    hint = "The repository is not whole; look for another version of this model on the hub."
    if any(n.endswith((".bin", ".ckpt")) for n in names):
        hint = "It may have its weights as pickles only, which edition doesn't open. " + hint
    without = next((n for n in model_layout.NETWORKS if without_network and n in content), "")
    layout = model_layout.of_files(content, names, variant, hint, without)
    card = [n for n in names if _any(n, model_layout.CARD)]
    return [*layout.files, *card]


def _any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _blobs(name: str) -> Path:
    cache = Path(constants.HF_HUB_CACHE).expanduser()
    return cache / repo_folder_name(repo_id=name, repo_type="model") / "blobs"


def _part(blobs: Path, file: HubFile) -> Path:
    return blobs / f"{file.sha256}.part"


def _check_disk(name: str, files: Sequence[HubFile], blobs: Path) -> None:
    """Compares what is to come with the disk's free space, before the first large byte."""
    missing = sum(
        file.bytes - _size(_part(blobs, file)) for file in files
        if file.sha256 and _size(blobs / file.sha256) != file.bytes
    )  # fmt: skip
    there = next(p for p in (blobs, *blobs.parents) if p.exists())
    free = shutil.disk_usage(there).free
    if missing + _MARGIN > free:
        raise ModelError(
            f"{name} needs {missing / 1e9:.1f} GB on the disk of {there}; "
            f"{free / 1e9:.1f} GB are free.",
            hint="Free some space, or point the environment variable HF_HUB_CACHE to another disk.",
        )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _fetch(name: str, commit: str, file: HubFile, blobs: Path, tell: Callable[[int], None]) -> None:
    """Fetches one large file to the place that its digest names."""
    blob, part = blobs / file.sha256, _part(blobs, file)
    if _size(blob) == file.bytes:
        return
    blobs.mkdir(parents=True, exist_ok=True)
    url = hf_hub_url(name, file.name, revision=commit, endpoint=os.environ.get("HF_ENDPOINT"))
    with FileLock(f"{part}.lock"):
        if _size(part) > file.bytes:
            part.unlink()
        with part.open("ab", buffering=0) as stream:
            start = stream.tell()
            http_get(
                url, stream, resume_size=start, headers=build_hf_headers(),
                expected_size=file.bytes, tqdm_class=_counting_bar(start, tell),
            )  # fmt: skip
            os.fsync(stream.fileno())
        if regular_files.sha256_of(part) != file.sha256:
            part.unlink()
            raise ModelError(
                f"{file.name} of {name} is not the file that the hub states.",
                hint="Try again; if it stays so, something between here and the hub changes it.",
            )
        part.replace(blob)
        sync_folder(blobs)


def _quiet_bar() -> Any:  # noqa: ANN401 - a class of tqdm's
    hub: Any = huggingface_hub
    bar: Any = hub.utils.tqdm

    class Quiet(bar):  # type: ignore[misc]
        def __init__(self, *given: Any, **settings: Any) -> None:  # noqa: ANN401
            super().__init__(*given, **{**settings, "disable": True})

    return Quiet


def _counting_bar(start: int, tell: Callable[[int], None]) -> Any:  # noqa: ANN401
    class Counting(_quiet_bar()):  # type: ignore[misc]
        here = start

        def update(self, n: float | None = 1) -> None:
            Counting.here += int(n or 0)
            tell(Counting.here)

    return Counting


def _explained(name: str, error: Exception) -> ModelError:
    """What a person can do about an error of the hub's library."""
    if isinstance(error, GatedRepoError):
        return ModelError(
            f"{name} is given only to people who accepted its terms.",
            hint=f"Open https://huggingface.co/{name} in a browser, log in and accept them; then "
            "run: hf auth login",
        )
    if isinstance(error, RepositoryNotFoundError):
        return ModelError(
            f"The hub has no model {name}, or it is private.",
            hint="Check the name; for a private model run: hf auth login",
        )
    if isinstance(error, RevisionNotFoundError):
        return ModelError(f"{name} has no such revision.", hint="Name a commit, a branch or a tag.")
    lines = str(error).strip().splitlines() or [""]
    return ModelError(
        f"{name} can't be fetched: {type(error).__name__}: {lines[0]}",
        hint="Check the connection and try again: it goes on where it broke off. Or copy a "
        "diffusers folder here by hand and name its path in the recipe.",
    )

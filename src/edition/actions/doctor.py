"""What this machine can do, and what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import psutil

from edition import __version__, paths
from edition.diffusion.resolve import find
from edition.errors import EditionError
from edition.press.pool import device_list
from edition.recipe.recipe import ModelRef

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGES = ("torch", "diffusers", "transformers", "textual", "pillow", "reportlab", "pikepdf")
_OPTIONAL = {
    "peft": "low-rank adapters (model.loras): the extra lora",
    "spandrel": "upscaling with ESRGAN, SwinIR and other model files: the extra spandrel",
    "bitsandbytes": "8-bit Adam and 4-bit networks, on CUDA: the extra quantised",
    "gguf": "networks from GGUF files: the extra quantised",
    "torchao": "networks in 8 bit (quantise int8): the extra quantised",
    "sdnq": "folders quantised by SDNQ: the extra sdnq",
    "compel": "weighted words in prompts (syntax a1111): the extra prompts",
    "imageio_ffmpeg": "films as MP4: the extra film",
    "pillow_heif": "HEIC pictures: the extra heic",
    "ray": "several machines: the extra cluster",
    "watchfiles": "new files of adopted folders at once: the extra watch",
}
_GIB = 2**30


def examine(root: Path) -> dict[str, Any]:
    """Looks at the machine, the library and the embedded model.

    The device is asked for in a process of its own, so that nothing here loads torch.
    """
    memory = psutil.virtual_memory()
    root_there = next(p for p in (root, *root.parents) if p.exists())
    disk = shutil.disk_usage(root_there)
    missing = {
        name: use for name, use in _OPTIONAL.items() if importlib.util.find_spec(name) is None
    }
    return {
        "edition": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": psutil.cpu_count(logical=False),
        "memory_gib": round(memory.total / _GIB, 1),
        "memory_free_gib": round(memory.available / _GIB, 1),
        "device": _device(),
        "press": _press(),
        "versions": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "terminal": _terminal(),
        "library": str(root),
        "library_writable": os.access(root_there, os.W_OK),
        "disk_free_gib": round(disk.free / _GIB, 1),
        "pocket": _pocket(),
        "missing": missing,
    }


def _device() -> dict[str, Any]:
    script = (
        "import json, torch; from edition.diffusion.device import build, cards, pick\n"
        "def facts(d): return {'name': d.name, 'title': d.title,"
        " 'memory_gib': round(d.memory_bytes / 2**30, 1),"
        " 'free_gib': round(d.free_bytes / 2**30, 1)}\n"
        "print(json.dumps({**facts(pick()), 'build': build(), 'torch': torch.__version__,"
        " 'cards': [facts(card) for card in cards()]}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {"name": "none", "title": (done.stderr.strip().splitlines() or ["unknown"])[-1]}
    return found


def _press() -> dict[str, Any]:
    """What every press of this account works with, by its settings."""
    file = str(device_list.settings_file())
    try:
        return {"settings": file, **asdict(device_list.settings())}
    except EditionError as error:
        return {"settings": file, "error": str(error)}


def _terminal() -> dict[str, Any]:
    size = shutil.get_terminal_size()
    return {
        "term": os.environ.get("TERM", ""),
        "program": os.environ.get("TERM_PROGRAM", ""),
        "colour": "none" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM", "256"),
        "tmux": "TMUX" in os.environ,
        "is_terminal": sys.stdout.isatty(),
        "columns": size.columns,
        "rows": size.lines,
    }


def _pocket() -> dict[str, Any]:
    try:
        model = find(ModelRef(base="pocket"))
    except EditionError as error:
        return {"ok": False, "error": str(error)}
    size = sum(file.stat().st_size for file in model.weights)
    return {"ok": True, "folder": str(paths.pocket_folder()), "mib": round(size / 2**20, 1)}

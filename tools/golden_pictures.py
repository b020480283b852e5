"""Whether two commits draw the same pictures: ``python -m tools.golden_pictures COMMIT``.

Renders through the command line of COMMIT and of the working tree, on this machine and in one run,
and compares every pixel: four editions (the embedded model with two samplers, a small Stable
Diffusion and a small SDXL with random weights), six seeds alone and in batches, image to image,
a sweep and a film. Digests of another machine would not do: kernels differ between processors.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.measure_house import at

HERE = Path(__file__).resolve().parents[1]
EDITION = """
title = "{slug}"
[model]
base = "{base}"
[prompt]
positive = "a tower over the sea"
negative = "fog"
[sampling]
steps = 4
guidance = {guidance}
width = {side}
height = {side}
sampler = "{sampler}"
"""
EDITIONS = {
    "embedded": ("pocket", 128, "ddim", 3.0),
    "unguided": ("pocket", 128, "euler", 1.0),
    "small-sd": ("small-sd", 64, "dpmpp_2m", 5.0),
    "small-xl": ("small-xl", 64, "euler_a", 5.0),
}
"""Slug → model, side in pixels, sampler, guidance."""
SEEDS = range(1, 7)


def pictures(source: Path) -> dict[str, str]:
    """SHA-256 of the pixels of everything that one tree's command line draws, by name."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder)
        models = {"small-sd": "tiny_sd", "small-xl": "tiny_sdxl"}
        for name, maker in models.items():
            _python(source, library, f"from tests.fakes import {maker} as make; from pathlib import"
                    f" Path; make(Path({str(library / 'models' / name)!r}))")  # fmt: skip
        for slug, (base, side, sampler, guidance) in EDITIONS.items():
            for home in (slug, f"{slug}-alone"):
                file = library / home / "edition.toml"
                file.parent.mkdir()
                found = str(library / "models" / base) if base in models else base
                file.write_text(
                    EDITION.format(
                        slug=slug, base=found, side=side, sampler=sampler, guidance=guidance
                    )
                )
            _edition(source, library, "render", slug, "--seeds", "1..6")
            for seed in SEEDS:
                _edition(source, library, "render", f"{slug}-alone", "--seeds", str(seed))
            _edition(source, library, "vary", f"{slug}:2", "--strength", "0.5", "--seeds", "1,2")
        _edition(source, library, "sweep", "embedded", "--axis", "guidance=1,4", "--axis",
                 "seed=1..3", "--name", "golden")  # fmt: skip
        _edition(source, library, "film", "embedded", "3", "--format", "webp")
        _edition(source, library, "press", "stop")
        return _digests(library)


def _digests(library: Path) -> dict[str, str]:
    from PIL import Image

    found: dict[str, str] = {}
    for slug in sorted(p.parent.name for p in library.glob("*/edition.toml")):
        for path in sorted((library / slug / "prints").rglob("*.png")):
            with Image.open(path) as image:
                recipe = json.loads(image.info.get("edition", "{}")).get("recipe", {})
                sampling = {k: v for k, v in recipe.get("sampling", {}).items() if v}
                if sampling.get("noise") == "auto":  # under its name of before
                    sampling["noise"] = "cuda"
                changed = {"init": recipe.get("init"), "sampling": sampling}
                shown = hashlib.sha256(json.dumps(changed, sort_keys=True).encode()).hexdigest()[:8]
                pixels = hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()
                found[f"{slug} {shown} seed {path.stem}"] = pixels
        for path in sorted((library / slug).rglob("*.webp")):
            found[f"{slug} film {path.stem}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _python(source: Path, library: Path, script: str) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{source / 'src'}:{source}", "OMP_NUM_THREADS": "1",
                   "EDITION_LIBRARY": str(library), "HF_HUB_OFFLINE": "1"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=source, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{script}\n{done.stdout}{done.stderr}")


def _edition(source: Path, library: Path, *arguments: str) -> None:
    _python(source, library, "import sys; from edition.cli.entry import main;"
            f" sys.argv = {['edition', *arguments]!r}; main()")  # fmt: skip


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Names whose pictures differ or exist on one side only."""
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def main() -> None:
    """Compares and prints; exits 1 on a difference."""
    parser = argparse.ArgumentParser(prog="golden_pictures", description=__doc__)
    parser.add_argument("commit")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        before = pictures(at(wanted.commit, Path(folder)))
    after = pictures(HERE)
    different = differences(before, after)
    for name in different:
        print("differs:", name)
    print(f"{len(before)} pictures of {wanted.commit}, {len(after)} here: {len(different)} differ")
    sys.exit(bool(different) or len(before) < len(SEEDS) * len(EDITIONS) * 2)


if __name__ == "__main__":
    main()

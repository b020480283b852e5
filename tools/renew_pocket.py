"""Renews all that depends on the embedded model's weights, in order of what people meet first.

    python -m tools.renew_pocket --weights FOLDER          # puts them in; nothing else
    python -m tools.renew_pocket sheet dozen library paper screens film studies
    python -m tools.renew_pocket --list

FOLDER is what ``tools.pocket_model.train`` wrote to ``model``. Pictures go to docs/pictures; the
library that paper, screens and film are taken from lies in ``--work`` and is filled once.
Words, figures and chosen seeds are a person's: the card, docs/pocket.md, DOZEN in
docs/pocket_pictures.py, TWINS below with its line in docs/studies.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from edition import paths
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.recipe.recipe import ModelRef
from edition.studies.animation_writer import dithered
from tools.pocket_model.pipeline import LARGEST_BYTES, folder_bytes, load_pipeline
from tools.pocket_model.render_scene import draw_look

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parents[1]
DOCS, PICTURES = HERE / "docs", HERE / "docs" / "pictures"
SLUG = "pocket-dreams"
PARTS = ("scheduler", "text_encoder", "tokenizer", "unet", "vae")
ROOT_FILES = ("model_index.json", "training.json")
SMALL = ("--set", "size=256", "--set", "steps=24")
TWINS = "8,40,54"
"""Seeds of the four adjectives that show a yellow circle at 256 pixels."""
WORDS = (
    "{crimson|azure|emerald|amber|violet} {mountains|sea|forest|city|tower} "
    "{at night|at dawn|in mist|in a storm|, watercolour|, oil painting|, photo|, low poly}"
)
RATES, COUNTS = ("1e-5", "5e-5", "3e-4"), ("25", "75", "150", "300")


@dataclass(frozen=True, slots=True)
class RenewFolder:
    """Where pictures are taken from."""

    work: Path

    @property
    def library(self) -> Path:
        """Filled by ``edition demo``."""
        return self.work / "editions"


def run(*words: str | Path) -> str:
    """Runs a program of this checkout; returns what it said."""
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=HERE, check=False, text=True, capture_output=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def edition(place: RenewFolder, *words: str | Path) -> str:
    """Runs the program on the library of this work."""
    return run("-m", "edition.cli", "--library", place.library, *words)


def files(place: RenewFolder, *words: str | Path) -> list[Path]:
    """Runs a verb that draws sheets; returns the pictures it names."""
    return [Path(name) for name in json.loads(edition(place, *words, "--json"))["files"]]


def put_weights(folder: Path) -> str:
    """Puts weights in the place of the shipped ones; returns their fingerprint.

    Raises:
        SystemExit: a file is missing, the folder is too large, or no pipeline loads from it.
    """
    wanted = [folder / name for name in ROOT_FILES]
    wanted += [file for part in PARTS for file in sorted((folder / part).glob("*"))]
    missing = [str(file) for file in wanted if not file.is_file()]
    if missing or not all((folder / part).is_dir() for part in PARTS):
        raise SystemExit(f"{folder} lacks {', '.join(missing) or 'a part'}.")
    if folder_bytes(folder) > LARGEST_BYTES:
        raise SystemExit(f"{folder} is larger than {LARGEST_BYTES} bytes.")
    load_pipeline(folder)
    home = paths.pocket_folder()
    for part in PARTS:
        shutil.rmtree(home / part)
    for file in wanted:
        target = home / file.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)  # contents alone: a wheel keeps modes
        target.chmod(0o644)
    now = Fingerprints().of(find(ModelRef()))
    page = DOCS / "pocket.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r"fingerprint `[0-9a-f]{64}`", f"fingerprint `{now}`", text), "utf-8")
    return now


def library(place: RenewFolder) -> None:
    """The whole road, from nothing."""
    shutil.rmtree(place.library, ignore_errors=True)
    print(edition(place, "demo"))


def screens(place: RenewFolder) -> None:
    """Pictures of README and docs in real terminals."""
    run("-m", "tools.terminal_shots", place.library, place.work / "shots", "--docs", PICTURES,
        "--only", "xterm", "xterm-vt340", "vte", "chromium")  # fmt: skip


def studies(place: RenewFolder) -> None:
    """The commands of docs/studies.md."""
    edition(place, "new", "studies", "--like", SLUG)
    guided = files(
        place, "sweep", "studies", "--axis", "guidance=1,2.5,5,7.5,10,25,50", "--axis", "seed=1..4",
        *SMALL, "--cell", "128",
    )  # fmt: skip
    spread = files(
        place, "sweep", "studies", "--axis", "seed=1,2", "--set", "size=256", "--set", "steps=12",
        "--cell", "96", "--prompt", WORDS,
    )  # fmt: skip
    pairs = files(place, "twin", "studies", "--with", "negative=yellow circle", "--seeds", TWINS,
                  *SMALL)  # fmt: skip
    chain = files(
        place, "vary", PICTURES / "study-sketch.png", "--edition", "studies", "--prompt",
        "crimson mountains", "--strength", "0.7", "--then", "azure sea", "--then",
        "emerald forest at night", *SMALL,
    )  # fmt: skip
    film = files(place, "film", "studies", "11", "--set", "steps=48", "--set", "size=256",
                 "--format", "webp", "--strip", "48")  # fmt: skip
    strip = next(file for file in film if file.suffix == ".png")
    moving = next(file for file in film if file.suffix == ".webp")
    for file, name in (
        (guided[0], "study-guidance.png"), (pairs[0], "study-twin.png"),
        (chain[-1], "study-chain.png"),
    ):  # fmt: skip
        few_colours(file, PICTURES / name)
    for file, name in ((spread[0], "study-words.png"), (strip, "study-film.png")):
        few_colours(file, PICTURES / name, dither=False)
    shutil.copyfile(moving, PICTURES / "study-film.webp")


def few_colours(file: Path, out: Path, *, dither: bool = True) -> None:
    """A sheet as a PNG of 256 colours; with banding it is half as large."""
    with Image.open(file) as image:
        small = dithered(image) if dither else image.convert("RGB").quantize(256)
    small.save(out, optimize=True)


def blueprints(place: RenewFolder) -> Path:
    """Eight pictures of a look that the model has never seen."""
    folder = place.work / "blueprints"
    folder.mkdir(exist_ok=True)
    for number, picture in enumerate(draw_look("blueprint", 8, 256)):
        Image.fromarray(picture).save(folder / f"{number}.png")
    return folder


def corridor(place: RenewFolder) -> None:
    """The map of learning rates and steps: three trainings of 300 steps."""
    edition(place, "new", "corridor", "--like", SLUG)
    edition(place, "edit", "corridor", "sampling.width=256", "sampling.height=256")
    edition(place, "corridor", "corridor", "--images", blueprints(place), "--resolution", "256",
            "--rates", *RATES, "--counts", *COUNTS, "--seeds", "1..4")  # fmt: skip
    found = sorted(paths.studies_folder(place.library, "corridor").rglob("map.png"))
    few_colours(found[0], PICTURES / "corridor.png")


def training(place: RenewFolder) -> None:
    """Samples before, halfway and after."""
    edition(place, "new", "training", "--like", SLUG)
    edition(place, "edit", "training", "sampling.width=256", "sampling.height=256")
    edition(place, "train", "dreambooth", "training", "--images", blueprints(place),
            "--resolution", "256", "--learning-rate", "5e-5", "--steps", "80",
            "--sample-every", "40")  # fmt: skip
    found = sorted(paths.trained_folder(place.library, "training").rglob("sheet.png"))
    few_colours(found[0], PICTURES / "training.png")


STEPS: dict[str, Callable[[RenewFolder], object]] = {
    "dozen": lambda _: run(DOCS / "pocket_pictures.py", "dozen"),
    "sheet": lambda _: run(DOCS / "pocket_pictures.py", "sheet"),
    "library": library,
    "screens": screens,
    "film": lambda place: run("-m", "tools.terminal_film", place.library, PICTURES / "road.webp"),
    "paper": lambda place: run(DOCS / "pictures.py", place.library),
    "studies": studies,
    "supir": lambda _: run(HERE / "benchmarks" / "pocket_supir.py", "--scenes", "3", "--threads",
                           "1", "--crops", PICTURES / "pocket-supir.jpg"),
    "figures": lambda place: print(run(HERE / "benchmarks" / "pocket.py", "--threads", "1",
                                       "--json", place.work / "figures.json")),
    "training": training,
    "corridor": corridor,
}  # fmt: skip
"""In order; each needs what is before it only where it says ``library``."""


def main() -> None:
    """Does the steps that are named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help=" ".join(STEPS))
    parser.add_argument("--weights", type=Path, help="put these in first")
    parser.add_argument("--work", type=Path, help="folder for the library; default: a new one")
    parser.add_argument("--list", action="store_true", help="name the steps")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.steps if name not in STEPS]
    if unknown:
        parser.error(f"no step {', '.join(unknown)}; there are {', '.join(STEPS)}")
    if chosen.list:
        print("\n".join(STEPS))
    if chosen.weights:
        print(f"fingerprint {put_weights(chosen.weights)}")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    work = chosen.work or Path(tempfile.mkdtemp(prefix="pocket-"))
    work.mkdir(parents=True, exist_ok=True)
    for name in chosen.steps:
        began, spent = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        STEPS[name](RenewFolder(work))
        cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - spent
        print(f"{name}: {time.monotonic() - began:.0f} s, {cpu:.0f} CPU-s", flush=True)


if __name__ == "__main__":
    main()

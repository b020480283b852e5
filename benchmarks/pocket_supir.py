"""Pocket SUPIR against Lanczos on drawn scenes that it never saw, 512² to 2048².

Each scene is drawn at 2048 pixels; the means of 4x4 pixels are the source ("drawn"). The same
source after a pass through the embedded model's own autoencoder is what its prints look like
("print"). Every way enlarges both, and is held against the scene. Pocket SUPIR's pictures are
put back onto the source, so Lanczos is shown with that step too. "full pass" is pocket SUPIR
without its shortcuts: ten steps, the stage-1 picture and its colours, attention over whole maps.

- gradient: mean gradient over the scene's; 1 is as much detail, more is noise.
- spectrum: rms distance from the scene's power by octave of frequency, dB; "upper octaves" are
  the two that the source does not have at all.
- psnr, correlation: of pixels and of gradients with the scene's. Invented detail costs both.
- fidelity: psnr of the enlarged picture's 4x4 means with the source.

    python benchmarks/pocket_supir.py --scenes 6 --json figures.json --crops crops.jpg
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from edition import paths
from edition.errors import EditionError
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import lanczos
from edition.upscale.back_projection import put_back
from edition.upscale.pocket import SHORTCUTS, own
from edition.upscale.pocket_files import pocket_places
from edition.upscale.supir import Supir
from edition.upscale.tiles import _moments

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools lie beside, in no package

from tools.pocket_model.captions import caption
from tools.pocket_model.pipeline import load_pipeline
from tools.pocket_model.render_scene import draw

FACTOR = 4
WAYS = ("lanczos", "lanczos, put back", "full pass", "pocket-supir")
SHOWN_WAYS = ("lanczos", "full pass", "pocket-supir")
"""Those on the sheet: putting back can hardly be seen."""
FULL_SETTINGS = {"edm_steps": 10, "color_fix": "wavelet"}
"""Of the first revision of pocket SUPIR."""
CROP, SHOWN = 160, 320
"""Side of a crop in the large picture, and on the sheet, pixels."""
LABEL = 24
HIGHER = {
    "gradient": True, "spectrum": False, "upper octaves": False, "psnr": True,
    "correlation": True, "fidelity": True, "seconds": False, "cpu seconds": False,
}  # fmt: skip
"""What is measured, and whether more is better."""

Picture = np.ndarray


@dataclass(frozen=True, slots=True)
class Case:
    """One source and what it should become."""

    kind: str
    seed: int
    prompt: str
    source: Picture
    """(h, w, 3) bytes."""
    truth: Picture
    """(4h, 4w, 3) bytes."""


@dataclass(frozen=True, slots=True)
class Made:
    """A case, enlarged in one way."""

    case: Case
    way: str
    picture: Picture
    figures: dict[str, float]
    octaves: list[float]
    """Power above the scene's by octave, lowest first, dB."""


def smaller(picture: Picture) -> np.ndarray:
    """Means of 4x4 pixels, as float."""
    h, w, _ = picture.shape
    return picture.reshape(h // FACTOR, FACTOR, w // FACTOR, FACTOR, 3).mean((1, 3))


def slopes(picture: Picture) -> np.ndarray:
    """Differences of the lightness to the right and down, (2, h - 1, w - 1)."""
    grey = picture.astype(np.float32).mean(2)
    return np.stack([np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1]])


def octave_power(picture: Picture) -> np.ndarray:
    """Power of the lightness by octave of frequency, from 1 cycle a picture up, in dB."""
    grey = picture.astype(np.float64).mean(2)
    side = grey.shape[0]
    window = np.hanning(side)  # the edges of a picture are no detail of it
    power = np.abs(np.fft.rfft2((grey - grey.mean()) * window[:, None] * window)) ** 2
    down, across = np.fft.fftfreq(side, 1 / side)[:, None], np.arange(side // 2 + 1)
    radius = np.hypot(down, across)
    edges = 2.0 ** np.arange(int(np.log2(side)))  # the last octave ends at the finest frequency
    sums = np.histogram(radius, [*edges], weights=power)[0]
    return 10 * np.log10(sums / (side**2) + 1e-6)


def decibels(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal to noise, of values 0 to 255."""
    wrong = np.mean((one.astype(np.float32) - other.astype(np.float32)) ** 2)
    return float(10 * np.log10(255**2 / max(wrong, 1e-9)))


def compare(case: Case, picture: Picture) -> tuple[dict[str, float], list[float]]:
    """All figures of an enlarged picture but its seconds, and its power by octave."""
    made, true = slopes(picture), slopes(case.truth)
    above = octave_power(picture) - octave_power(case.truth)
    return {
        "gradient": float(np.abs(made).mean() / np.abs(true).mean()),
        "spectrum": float(np.sqrt(np.mean(above**2))),
        "upper octaves": float(np.sqrt(np.mean(above[-2:] ** 2))),
        "psnr": decibels(picture, case.truth),
        "correlation": float(np.corrcoef(made.ravel(), true.ravel())[0, 1]),
        "fidelity": decibels(smaller(picture), case.source),
    }, [round(float(x), 2) for x in above]


class Printer:
    """The embedded model's autoencoder."""

    def __init__(self) -> None:
        self.vae = load_pipeline(paths.pocket_folder()).vae

    @torch.no_grad()
    def __call__(self, picture: Picture) -> Picture:
        """What comes back of a picture."""
        x = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
        made = self.vae.decode(self.vae.encode(x).latents).sample.clamp(-1, 1)
        return ((made[0].permute(1, 2, 0) + 1) * 127.5).round().byte().numpy()


def cases(seed: int, side: int, printer: Printer) -> list[Case]:
    """Both sources of a scene."""
    scene = draw(seed, side)
    prompt = caption(scene.labels, np.random.default_rng(seed))
    source = smaller(scene.picture).round().astype(np.uint8)
    return [
        Case("drawn", seed, prompt, source, scene.picture),
        Case("print", seed, prompt, printer(source), scene.picture),
    ]


Way = Callable[[Image.Image, Case], Image.Image]


def ways(model: Path | None, changes: dict[str, object]) -> dict[str, Way]:
    """All ways to enlarge."""
    settings = UpscaleSettings(method="pocket-supir", scale=FACTOR)
    chosen = UpscaleSettings.model_validate({**own(settings).model_dump(), **changes})
    supir = Supir(*pocket_places(model), chosen, "cpu")

    def by_supir(image: Image.Image, case: Case) -> Image.Image:
        large = supir(image, chosen, seed=case.seed, prompt=case.prompt, shortcuts=SHORTCUTS)[0]
        return put_back(large, image)

    def by_full_pass(image: Image.Image, case: Case) -> Image.Image:
        full = chosen.model_copy(update=FULL_SETTINGS)
        return put_back(supir(image, full, seed=case.seed, prompt=case.prompt)[0], image)

    def by_lanczos(image: Image.Image, case: Case) -> Image.Image:
        return lanczos.run(image, settings, seed=case.seed, prompt=case.prompt, device="cpu")[0]

    def by_lanczos_put_back(image: Image.Image, case: Case) -> Image.Image:
        return put_back(by_lanczos(image, case), image)

    made = (by_lanczos, by_lanczos_put_back, by_full_pass, by_supir)
    return dict(zip(WAYS, made, strict=True))


def enlarge(case: Case, way: str, work: Way) -> Made:
    """One case in one way."""
    image = Image.fromarray(case.source)
    began, spent = time.perf_counter(), time.process_time()
    picture = np.asarray(work(image, case))
    seconds = {"seconds": time.perf_counter() - began, "cpu seconds": time.process_time() - spent}
    figures, octaves = compare(case, picture)
    return Made(case, way, picture, {**figures, **seconds}, octaves)


def table(made: list[Made]) -> list[dict[str, object]]:
    """Prints the means and gives them as rows."""
    rows = []
    head = "".join(f"{way:>19}" for way in WAYS)
    print(f"{'source':8}{'measure':18}{head}{'to full':>9}")
    for kind in dict.fromkeys(one.case.kind for one in made):
        for measure, more in HIGHER.items():
            means = [
                float(np.mean([o.figures[measure] for o in made if (o.case.kind, o.way) == key]))
                for key in ((kind, way) for way in WAYS)
            ]
            ratio = means[-1] / means[-2] if means[-2] else float("nan")
            rows.append({"source": kind, "measure": measure, "more_is_better": more,
                         **dict(zip(WAYS, means, strict=True)), "ratio": ratio})  # fmt: skip
            cells = "".join(f"{mean:19.3f}" for mean in means)
            print(f"{kind:8}{measure:18}{cells}{ratio:9.2f}")
    return rows


def busiest(truth: Picture) -> tuple[int, int]:
    """Top and left of the crop with the most detail in the scene: chosen without looking."""
    detail = np.abs(slopes(truth)).sum(0)
    count = min(detail.shape) // CROP
    fields = detail[: count * CROP, : count * CROP].reshape(count, CROP, count, CROP).sum((1, 3))
    row, column = np.unravel_index(int(fields.argmax()), fields.shape)
    return int(row) * CROP, int(column) * CROP


def crops_of(made: list[Made]) -> list[tuple[str, Picture]]:
    """One case's row of the sheet: labels and crops."""
    case = made[0].case
    top, left = busiest(case.truth)
    place = np.s_[top : top + CROP, left : left + CROP]
    part = np.s_[top // FACTOR : (top + CROP) // FACTOR, left // FACTOR : (left + CROP) // FACTOR]
    nearest = case.source[part].repeat(FACTOR, 0).repeat(FACTOR, 1)
    return [
        (f"{case.kind} {case.seed}: source", nearest),
        *((one.way, one.picture[place].copy()) for one in made if one.way in SHOWN_WAYS),
        ("truth", case.truth[place].copy()),  # a view would keep the large picture
    ]


def sheet(rows: list[list[tuple[str, Picture]]]) -> Image.Image:
    """All rows as one labelled picture."""
    high, wide = SHOWN + LABEL, len(rows[0]) * (SHOWN + 4)
    page = Image.new("RGB", (wide, len(rows) * high), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for y, row in enumerate(rows):
        for x, (label, crop) in enumerate(row):
            shown = Image.fromarray(crop).resize((SHOWN, SHOWN), Image.Resampling.NEAREST)
            page.paste(shown, (x * (SHOWN + 4), y * high + LABEL))
            pen.text((x * (SHOWN + 4) + 4, y * high + 3), label, "black", font)
    return page


def time_moments(rounds: int = 5) -> dict[str, float]:
    """CPU seconds for the moments of one strip of 2048 pixels: as they are taken, and before."""
    strip = torch.randn(1, 16, 64, 2048)
    flat = strip.reshape(1, 4, -1)
    spent = {"moments": 0.0, "torch.var_mean": 0.0}
    for round_ in range(rounds + 1):
        for name, work in (
            ("moments", lambda: _moments(strip, 4)),
            ("torch.var_mean", lambda: torch.var_mean(flat, dim=-1, correction=0)),
        ):
            began = time.process_time()
            work()
            spent[name] += (time.process_time() - began) / rounds if round_ else 0.0
    ratio = spent["torch.var_mean"] / spent["moments"]
    print(f"moments of a strip: {spent['moments'] * 1e3:.2f} ms, {ratio:.1f} times var_mean's pace")
    return spent


def measure(chosen: argparse.Namespace) -> None:
    """Runs all cases in all ways and writes what was asked for."""
    changes = dict(pair.split("=", 1) for pair in chosen.set)
    by = ways(chosen.model, {key: json.loads(value) for key, value in changes.items()})
    moments = time_moments()
    printer, made, shown = Printer(), [], []
    for seed in range(chosen.first, chosen.first + chosen.scenes):
        for case in cases(seed, chosen.side, printer):
            done = [enlarge(case, way, work) for way, work in by.items()]
            shown.append(crops_of(done))
            small = replace(case, source=np.empty(0), truth=np.empty(0))
            made += [Made(small, o.way, np.empty(0), o.figures, o.octaves) for o in done]
            print(f"scene {seed}, {case.kind}: {done[-1].figures['seconds']:.1f} s", flush=True)
    rows = table(made)
    if chosen.crops:
        sheet(shown).save(chosen.crops, format="JPEG", quality=90)
    if chosen.json:
        report = {
            "machine": platform.processor(), "cores": os.cpu_count(), "threads": chosen.threads,
            "torch": torch.__version__, "side": chosen.side, "changed": changes, "rows": rows,
            "moments_cpu_seconds": moments,
            "cases": [
                {"seed": o.case.seed, "source": o.case.kind, "way": o.way, **o.figures,
                 "octaves_db": o.octaves}
                for o in made
            ],
        }  # fmt: skip
        chosen.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Reads the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--json", type=Path, help="write the figures there")
    add("--crops", type=Path, help="write crops side by side there, JPEG")
    add("--scenes", type=int, default=2)
    add("--first", type=int, default=0, help="seed of the first; below 10000000 none was learned")
    add("--side", type=int, default=2048, help="of the scenes, pixels: a power of 2")
    add("--threads", type=int, default=os.cpu_count() or 1)
    add("--model", type=Path, help="weights of another training")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="another setting, as JSON")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    try:
        measure(chosen)
    except EditionError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

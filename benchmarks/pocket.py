"""How well the embedded model listens and paints, against another one and its own data.

    python benchmarks/pocket.py --json pocket.json
    python benchmarks/pocket.py --quick --model FOLDER --against OTHER --sheet sheet.png

Words are judged on pictures of 256 pixels, 20 steps, guidance 4, at the same seeds; the data are
scenes the generator draws from seeds that training never uses. ``--against`` measures another
model in the same run and in the same way.
"""

import argparse
import itertools
import json
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionImg2ImgPipeline
from PIL import Image

from edition import paths
from pocket_probe import Probe, heard, passed, taught_probe, trained

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools lie beside, in no package

from tools.pocket_model.autoencoder import measure
from tools.pocket_model.palettes import FOUR, HELD_OUT, NOUNS, PALETTES, STYLES, shade
from tools.pocket_model.pipeline import load_pipeline
from tools.pocket_model.render_scene import draw, subject
from tools.pocket_model.scene import Scene

FOUR_WORDS = ", ".join(FOUR)
COLOURS = (
    "crimson", "amber", "gold", "teal", "blue", "indigo", "violet", "rose", "emerald", "copper",
)  # fmt: skip
SIZE, GUIDANCE = 256, 4.0
SEEN = 8
"""Pictures of each word that the probe judges."""
YELLOW_SEEN = 0.004
"""Share of yellow pixels from which a picture counts as holding a yellow circle."""
YELLOWER = 0.55
"""How much yellower than its picture's mean a pixel of a yellow circle is, 0 to 1."""
YELLOW_TIMES = 4
"""As many seeds are looked at for it as for a word: few show one."""
MELTED_FROM = (0.3, 0.5, 0.7)
"""Strengths of noise from which a model finishes drawn scenes, as parts of all timesteps."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    measure: str
    value: float
    before: float | None = None
    """The other model's figure."""
    data: float | None = None
    """The same measure on drawn scenes."""
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """To the data where they are, else to the other model."""
        other = self.data if self.data is not None else self.before
        return self.value / other if other else None


class Painter:
    """A pipeline at fixed seeds, which remembers what it has painted."""

    def __init__(self, folder: Path, seeds: int, steps: int) -> None:
        self.pipeline = load_pipeline(folder)
        self.seeds, self.steps = seeds, steps
        self._kept: dict[tuple[str, str, float, int], np.ndarray] = {}

    def __call__(
        self, prompt: str, negative: str = "", guidance: float = GUIDANCE, seeds: int = 0
    ) -> np.ndarray:
        """Pictures of a prompt, (n, h, w, 3), 0 to 1, one for each of the first seeds."""
        count = seeds or self.seeds
        key = prompt, negative, guidance, count
        if key not in self._kept:
            parts = []
            for start in range(0, count, 4):
                some = range(start, min(start + 4, count))
                parts.append(
                    self.pipeline(
                        [prompt] * len(some), num_inference_steps=self.steps,
                        guidance_scale=guidance, height=SIZE, width=SIZE, output_type="np",
                        negative_prompt=[negative] * len(some) if negative else None,
                        generator=[torch.Generator().manual_seed(s) for s in some],
                    ).images
                )  # fmt: skip
            self._kept[key] = np.concatenate(parts)
        return self._kept[key]


def chroma(pictures: np.ndarray) -> np.ndarray:
    """Mean red minus blue and mean green minus the others, (n, 2)."""
    red, green, blue = np.moveaxis(pictures.mean((1, 2)), 1, 0)
    return np.stack([red - blue, green - (red + blue) / 2], 1)


def light(pictures: np.ndarray) -> np.ndarray:
    """Mean lightness, (n,)."""
    return pictures.mean((1, 2, 3))


def gradient(pictures: np.ndarray) -> float:
    """Mean absolute difference between pixels side by side."""
    return float(np.abs(np.diff(pictures.mean(3), axis=2)).mean())


def small(pictures: np.ndarray) -> np.ndarray:
    """Means on 16x16 fields, (n, 16, 16, 3)."""
    count, side = pictures.shape[0], pictures.shape[1] // 16
    return pictures.reshape(count, 16, side, 16, side, 3).mean((2, 4))


def yellow(pictures: np.ndarray) -> np.ndarray:
    """Share of pixels of a yellow circle, (n,): yellow, and far more so than their picture.

    A golden sky is yellow too. of_circles says how often this is right.
    """
    red, green, blue = np.moveaxis(pictures, 3, 0)
    much = np.minimum(red, green) - blue
    stands_out = much > much.mean((1, 2), keepdims=True) + YELLOWER
    return (stands_out & (red > 0.6) & (green > 0.5) & (blue < 0.4)).mean((1, 2))


def deviations(first: np.ndarray, second: np.ndarray) -> float:
    """Difference of means in units of the deviation across seeds."""
    spread = np.sqrt((first.var() + second.var()) / 2 + 1e-9)
    return float((first.mean() - second.mean()) / spread)


def of_colours(paint: Painter) -> list[Row]:
    """Every colour word against no word, along the colour's own axis."""
    rows, met = [], 0
    plain = chroma(paint(""))
    for name in COLOURS:
        palette = PALETTES[name]
        axis = chroma(shade(palette.horizon, palette.saturation, 0.8)[None, None, None])[0]
        axis = axis / np.linalg.norm(axis)
        shift = deviations(chroma(paint(palette.words[0])) @ axis, plain @ axis)
        met += shift >= 1
        rows.append(Row(f"colour {palette.words[0]}, deviations from no word", shift, target=1))
    rows.append(Row("colour words that shift by 1 deviation or more, of ten", met, target=10))
    pairs = (
        ("crimson - blue, red-blue", "crimson", "blue", 0),
        ("crimson - blue mountains, red-blue", "crimson mountains", "blue mountains", 0),
        ("emerald - crimson, green", "emerald", "crimson", 1),
    )
    for label, first, second, channel in pairs:
        one, other = chroma(paint(first))[:, channel], chroma(paint(second))[:, channel]
        rows.append(Row(label, float((one - other).mean())))
    return rows


def of_words(paint: Painter) -> list[Row]:
    """Light, nouns, and the negative prompt."""
    tone = float((light(paint("luminous")) - light(paint("night"))).mean())
    rows = [Row("luminous - night, lightness", tone, target=0.5)]
    nouns = (("the sea", "mountains"), ("mountains", "a tower"))
    for first, second in nouns:
        away = np.sqrt(((small(paint(first)) - small(paint(second))) ** 2).mean())
        rows.append(Row(f"{first} / {second}, rms at one seed", float(away), target=0.2))
    # Only prompts that don't name the thing: where both do, guidance cancels to 1 at any scale.
    many = YELLOW_TIMES * paint.seeds
    plain, less = (paint(FOUR_WORDS, no, seeds=many) for no in ("", "yellow circle"))
    had = yellow(plain) > YELLOW_SEEN
    if had.any():
        gone = float((yellow(less)[had] <= YELLOW_SEEN).mean())
        rows.append(Row(f"four adjectives: of {many} seeds with a yellow circle", float(had.sum())))
        rows.append(Row("four adjectives: yellow gone with the negative", gone, target=0.8))
    return rows


def of_guidance(paint: Painter) -> list[Row]:
    """How the red of crimson grows with guidance, and how many pixels burn out."""
    rows = []
    for scale in (1.0, 3.0, 5.0, 7.5):
        made = paint("crimson", guidance=scale)
        rows.append(
            Row(f"guidance {scale:g}: red-blue of crimson", float(chroma(made)[:, 0].mean()))
        )
    seeds = (seed for seed in itertools.count() if subject(seed)[1] == "crimson")
    crimson = [draw(seed, SIZE).picture for seed in itertools.islice(seeds, paint.seeds)]
    plain = paint(FOUR_WORDS, guidance=scale), pictures_of(drawn_scenes(paint.seeds, SIZE))
    pairs = {"crimson": (made, np.stack(crimson) / 255), "the four adjectives": plain}
    for whose, pictures in pairs.items():
        burnt, shown = (float(((p <= 0.004) | (p >= 0.996)).mean()) for p in pictures)
        rows.append(Row(f"guidance 7.5: burnt channels of {whose}, share", burnt, data=shown))
    return rows


def of_things(paint: Painter, probe: Probe, real: tuple[float, float]) -> list[Row]:
    """How often the probe takes pictures for the noun or the style they were asked to show."""
    rows = []
    words = (
        ("nouns", [phrases[0] for phrases in NOUNS.values()]),
        ("styles", [phrases[0] for phrases in STYLES.values()]),
    )
    few = min(SEEN, paint.seeds)
    for kind, (name, asked) in enumerate(words):
        told = [heard(probe, paint(word, seeds=few), n, kind) for n, word in enumerate(asked)]
        chance, mean = 1 / len(asked), float(np.mean(told))
        label = f"{name} recognised by the probe (chance {chance:.2f})"
        rows.append(Row(label, mean, data=real[kind], target=(0.95, 0.8)[kind] * real[kind]))
        worst = [word for word, share in zip(asked, told, strict=True) if share == 0]
        print(f"{name} never recognised: {', '.join(worst) or 'none'}")
    return rows


def of_combinations(paint: Painter, probe: Probe) -> list[Row]:
    """Nouns heard beside a palette that no training picture has with them, and beside others."""
    names = list(NOUNS)
    palettes = list(PALETTES)
    told: dict[str, list[float]] = {"held out": [], "taught": []}
    few = min(SEEN // 2, paint.seeds)
    for noun, palette in sorted(HELD_OUT):
        other = palettes[(palettes.index(palette) + 1) % len(palettes)]
        for kind, chosen in zip(told, (palette, other), strict=True):
            prompt = f"{NOUNS[noun][0]}, {PALETTES[chosen].words[0]}"
            told[kind].append(heard(probe, paint(prompt, seeds=few), names.index(noun), 0))
    held_out, taught = (float(np.mean(shares)) for shares in told.values())
    return [Row("nouns heard beside a palette held out from them", held_out, data=taught)]


def of_passing(paint: Painter, judge: tuple[Probe, tuple[float, float]], count: int) -> list[Row]:
    """What of nouns and styles outlasts the autoencoder: all that its UNet can be taught."""
    right = passed(judge[0], paint.pipeline.vae, count)
    return [
        Row(f"{name} that pass the autoencoder", right[kind], data=judge[1][kind])
        for kind, name in enumerate(("nouns", "styles"))
    ]


def of_training(model: Path, steps: tuple[int, ...], word_steps: int) -> list[Row]:
    """What DreamBooth on eight pictures and a learned word do to it."""
    figures = trained(model, steps, word_steps)
    rows = [Row(f"drift after {n} steps of DreamBooth", figures[f"drift {n}"]) for n in steps]
    return [*rows, Row("a learned word: nearer to its picture by", figures["word"])]


def drawn_scenes(count: int, size: int) -> list[Scene]:
    """Scenes that show all four adjectives, of seeds that training never uses."""
    scenes = (draw(seed, size) for seed in itertools.count())
    told = (scene for scene in scenes if set(FOUR) <= set(scene.labels.adjectives))
    return list(itertools.islice(told, count))


def pictures_of(scenes: list[Scene]) -> np.ndarray:
    """Their pixels, (n, h, w, 3), 0 to 1."""
    return np.stack([scene.picture for scene in scenes]) / 255


def of_circles(count: int) -> list[Row]:
    """How often drawn scenes with a yellow circle, and those without, are taken for having one."""
    scenes = drawn_scenes(count, SIZE // 2)
    there = np.array([scene.labels.yellow for scene in scenes])
    found = yellow(pictures_of(scenes)) > YELLOW_SEEN
    return [
        Row(
            "yellow circles of drawn scenes that are found", float(found[there].mean()), target=0.9
        ),
        Row("drawn scenes wrongly taken for having one", float(found[~there].mean())),
    ]


def of_shapes(paint: Painter, count: int) -> list[Row]:
    """Whether shapes that are there stay: drawn scenes are noised, and the model finishes them."""
    finish = StableDiffusionImg2ImgPipeline(**paint.pipeline.components)
    finish.set_progress_bar_config(disable=True)
    scenes, rows = drawn_scenes(count, 512), []
    for strength in MELTED_FROM:
        wrong = []
        for seed, scene in enumerate(scenes):
            made = finish(
                FOUR_WORDS, Image.fromarray(scene.picture), strength=strength,
                guidance_scale=GUIDANCE, num_inference_steps=paint.steps, output_type="np",
                generator=torch.Generator().manual_seed(seed),
            ).images[0]  # fmt: skip
            wrong.append(((made - scene.picture / 255) ** 2).mean())
        label = f"drawn scenes noised to t = {strength * 1000:g} and finished, dB"
        rows.append(Row(label, float(-10 * np.log10(np.mean(wrong)))))
    return rows


def of_looks(paint: Painter, count: int) -> list[Row]:
    """Diversity and gradient energy of the default prompt, against four-adjective scenes."""
    data, made = pictures_of(drawn_scenes(count, SIZE)), paint(FOUR_WORDS)
    spread, drawn = (float(small(p).std(0).mean()) for p in (made, data))
    return [
        Row("diversity over seeds, 16x16", spread, data=drawn, target=0.8 * drawn),
        Row("mean gradient", gradient(made), data=gradient(data), target=0.7 * gradient(data)),
    ]


def of_autoencoder(paint: Painter, count: int) -> list[Row]:
    """What comes back of drawn scenes that it has never seen, at 512 pixels."""
    scenes = np.stack([draw(seed, 512).picture for seed in range(count)])
    figures = measure(paint.pipeline.vae, scenes, "cpu")
    return [
        Row("autoencoder, dB", figures["psnr_db"], target=30),
        Row("autoencoder, gradient kept, share", figures["gradient_kept"], target=0.7),
    ]


def of_speed(paint: Painter, runs: int) -> list[Row]:
    """Seconds for one picture of 512 pixels: 50 steps, guidance 3; the fastest run counts."""
    wall, cpu = [], []
    for _ in range(runs):
        began, spent = time.perf_counter(), time.process_time()
        paint.pipeline(FOUR_WORDS, num_inference_steps=50, guidance_scale=3.0, output_type="np")
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
    return [
        Row("seconds for 512 px, 50 steps", min(wall), target=2.5),
        Row("CPU seconds for 512 px, 50 steps", min(cpu)),
    ]


def measured(
    paint: Painter, model: Path, judge: tuple[Probe, tuple[float, float]], *, quick: bool
) -> list[Row]:
    """Every measure of one model."""
    scenes = 8 if quick else 40
    rows = of_colours(paint) + of_words(paint) + of_guidance(paint) + of_things(paint, *judge)
    rows += of_circles(65 if quick else 260) + of_combinations(paint, judge[0])
    rows += of_passing(paint, judge, 9 * scenes)
    rows += of_shapes(paint, scenes // 4) + of_looks(paint, scenes)
    rows += of_autoencoder(paint, scenes // 2)
    rows += of_training(model, (10, 20) if quick else (50, 150, 400), 20 if quick else 300)
    return rows + of_speed(paint, 1 if quick else 3)


def figures_of(
    model: Path, judge: tuple[Probe, tuple[float, float]], *, quick: bool
) -> dict[str, float]:
    """Another model's figures: measured now, or read from what --json wrote for it."""
    if model.suffix == ".json":
        return {row["measure"]: row["value"] for row in json.loads(model.read_text())["rows"]}
    painter = Painter(model, *size_of(quick=quick))
    return {row.measure: row.value for row in measured(painter, model, judge, quick=quick)}


def size_of(*, quick: bool) -> tuple[int, int]:
    """Seeds and steps of a run."""
    return (4, 10) if quick else (16, 20)


def sheet(pictures: np.ndarray, across: int) -> Image.Image:
    """Pictures (n, h, w, 3), 0 to 1, as one, without gaps."""
    whole = (pictures * 255 + 0.5).astype(np.uint8)
    lines = [np.concatenate(whole[i : i + across], 1) for i in range(0, len(whole), across)]
    return Image.fromarray(np.concatenate(lines))


def show(rows: list[Row]) -> None:
    """Prints the table."""
    print(f"{'measure':52} {'now':>8} {'before':>8} {'data':>8} {'ratio':>6} {'target':>8}")
    for row in rows:
        cells = [
            f"{value:8.4g}" if value is not None else " " * 8
            for value in (row.value, row.before, row.data)
        ]
        ratio = f"{row.ratio:6.2f}" if row.ratio is not None else " " * 6
        target = f"{row.target:8.3g}" if row.target is not None else ""
        print(f"{row.measure:52} {' '.join(cells)} {ratio} {target}")


def main() -> None:
    """Measures, prints the table, and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, default=paths.pocket_folder())
    parser.add_argument(
        "--against", type=Path, help="another model, or the figures that --json wrote for it"
    )
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--sheet", type=Path, help="write the four-adjective sheet there, PNG")
    parser.add_argument("--drawn", type=Path, help="write 64 drawn scenes there, PNG, and end")
    parser.add_argument("--quick", action="store_true", help="4 seeds and 10 steps")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.drawn:
        sheet(pictures_of(drawn_scenes(64, SIZE)), 8).save(chosen.drawn, format="PNG")
        return
    began = time.perf_counter()
    seeds, steps = size_of(quick=chosen.quick)
    judge = taught_probe(*((600, 150) if chosen.quick else (6000, 1200)))
    paint = Painter(chosen.model, seeds, steps)
    rows = measured(paint, chosen.model, judge, quick=chosen.quick)
    if chosen.against:
        figures = figures_of(chosen.against, judge, quick=chosen.quick)
        rows = [replace(row, before=figures.get(row.measure)) for row in rows]
    show(rows)
    print(f"{seeds} seeds, {steps} steps, {time.perf_counter() - began:.0f} s in all")
    if chosen.sheet:
        sheet(paint(FOUR_WORDS), 4).save(chosen.sheet, format="PNG")
    if chosen.json:
        figures = {
            "model": str(chosen.model), "machine": platform.processor(), "cores": os.cpu_count(),
            "threads": chosen.threads, "seeds": seeds, "steps": steps, "torch": torch.__version__,
            "rows": [{**asdict(row), "ratio": row.ratio} for row in rows],
        }  # fmt: skip
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

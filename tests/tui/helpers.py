"""A real library with drawn prints, and helpers that wait for what is done beside the UI."""

import asyncio
import colorsys
import io
import math
import time
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from edition import paths
from edition.domain import NewPrint
from edition.library.store import Store
from edition.recipe.recipe import Prompt, Recipe

DIGEST = "1a2b3c4d" * 8
TITLE = "Pocket [b]Dreams[/b] \x1b[31mred"
PROMPT = "monumental, [bold]dramatic[/bold], \x1b]0;owned\x07atmospheric"


SIDE = 256


def draw(seed, side=SIDE):
    """A small landscape: a sky, a sun and hills that the seed chooses."""
    hue = (seed * 0.381966) % 1.0
    sky = [tuple(int(255 * v) for v in colorsys.hsv_to_rgb(hue, 0.35, b)) for b in (0.25, 0.85)]
    image = Image.new("RGB", (side, side))
    pen = ImageDraw.Draw(image)
    for y in range(side):
        t = y / side
        colour = tuple(round(a + (b - a) * t) for a, b in zip(*sky, strict=True))
        pen.line([(0, y), (side, y)], fill=colour)
    x, y, r = side * ((seed * 7) % 10 / 12 + 0.1), side * 0.35, side * (0.06 + seed % 4 * 0.02)
    pen.ellipse([x - r, y - r, x + r, y + r], fill=(250, 236, 200))
    for layer in range(3):
        base = side * (0.58 + 0.13 * layer)
        rgb = colorsys.hsv_to_rgb((hue + 0.5) % 1, 0.3, 0.34 - 0.1 * layer)
        points = [(0, side)]
        for px in range(0, side + 1, 4):
            wave = math.sin(px / side * (4 + layer) + seed * (1.3 + layer)) * side * 0.06
            points.append((px, base + wave))
        pen.polygon([*points, (side, side)], fill=tuple(int(255 * v) for v in rgb))
    return image


@cache
def drawn(seed):
    """A picture as PNG, its thumbnail as JPEG and its 32 × 32 pixels."""
    image, png, jpeg = draw(seed), io.BytesIO(), io.BytesIO()
    image.save(png, "PNG")
    image.resize((128, 128)).save(jpeg, "JPEG", quality=85)
    return png.getvalue(), jpeg.getvalue(), image.resize((32, 32)).tobytes()


def new_print(root, slug, seed, *, file=True, recipe=None):
    """A print as the press would hand it over; its PNG is written when ``file``."""
    png, thumb, rgb = drawn(seed)
    path = paths.print_file(root, slug, DIGEST, seed)
    if file:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png)
    return NewPrint(
        slug=slug, digest=DIGEST, seed=seed, file=path.relative_to(root).as_posix(),
        width=SIDE, height=SIDE, made=1_700_000_000.0 + seed, phash=seed, dhash=seed,
        colour=bytes(8), thumb=thumb, rgb=rgb,
        recipe=(recipe or Recipe(title=TITLE, prompt=Prompt(positive=PROMPT))).to_json(),
        prompt=PROMPT, seconds=1.5,
    )  # fmt: skip


def make_edition(root, slug, seeds, *, title=TITLE, artist="A. Nonym"):
    """An edition file and its prints."""
    path = paths.edition_file(root, slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    escaped = title.replace("\x1b", "\\u001b")
    path.write_text(
        f'title = "{escaped}"\nartist = "{artist}"\n\n[prompt]\n'
        'positive = "monumental, dramatic, atmospheric, transcendent"\n'
    )
    with Store(root) as store:
        return store.prints.add(new_print(root, slug, seed) for seed in seeds)


@pytest.fixture
def config_home(tmp_path, monkeypatch):
    """Keeps the person's own settings out of the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def library(tmp_path, config_home):
    """A library with one edition of forty prints and one without any."""
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 41))
    make_edition(root, "quiet-rooms", (), title="Quiet Rooms")
    return root


WORST = 240.0
"""Seconds that a busy machine may take; nothing waits longer than it must."""


async def until(true, what):
    """Lets the app go on until something holds."""
    end = time.monotonic() + WORST
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        await asyncio.sleep(0.01)


async def settle(app, pilot):
    """Waits until all that was asked is written, read and painted."""
    end = time.monotonic() + WORST
    while time.monotonic() < end:
        await pilot.pause()
        if not app.pen.busy and not app.eye.busy:
            app._watch()
            await pilot.pause()
            waiting = any(getattr(screen, "waiting", False) for screen in app.screen_stack)
            if not app.pen.busy and not app.eye.busy and not app.workers and not waiting:
                assert not app.faults, app.faults
                return
        await asyncio.sleep(0.005)
    raise AssertionError("the UI never came to rest")


def screen_text(app):
    """What is on the screen, as lines of text."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def has(app, text):
    return any(text in line for line in screen_text(app))


def library_of(path: Path):
    return Store(path)

"""A print, larger. Knows pictures and settings; no library, no queue.

A new upscaler is a module with a ``run`` like ``lanczos.run`` and a row in ``UPSCALERS``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from edition import extras
from edition.errors import UpscaleError

if TYPE_CHECKING:
    from PIL import Image

    from edition.recipe.upscale_settings import UpscaleSettings

Progress = Callable[[int, int, Callable[[], bytes] | None], None]
"""Called with: step k, of n, and a function that gives a 32x32 RGB8 preview, or None.

It raises ``edition.errors.Stopped`` to end the work between two steps.
"""


class UpscaleRun(Protocol):
    """What an upscaler's module offers."""

    def __call__(
        self,
        image: Image.Image,
        settings: UpscaleSettings,
        *,
        seed: int,
        prompt: str,
        device: str,
        progress: Progress | None = None,
    ) -> tuple[Image.Image, dict[str, str]]:
        """Enlarges one picture.

        Args:
            image: RGB.
            settings: the recipe's ``[upscale]``.
            seed: of the print, for methods that draw noise.
            prompt: of the print, for methods that read it.
            device: as torch names it.
            progress: see ``Progress``.

        Returns:
            The picture, and what its PNG must record.
        """


@dataclass(frozen=True, slots=True)
class Upscaler:
    """One way to enlarge."""

    name: str
    run: str
    """``module:function``, imported when it is used."""
    summary: str
    licence: str
    """Of its weights; empty when it has none, or they are this package's own."""
    needs: str = ""
    """What a person has to bring."""
    package: str = ""
    """An optional package that it is on, as Python imports it."""
    draws: bool = True
    """It draws detail; else pixels are only interpolated."""
    computes: bool = True
    """It is worth the press's device; else it stays on the CPU."""
    revision: int = 1
    """Counted up when the same settings begin to give other pixels."""

    def load(self) -> UpscaleRun:
        """Imports the function.

        Raises:
            UpscaleError: a package it is on is not installed.
        """
        self.check_installed()
        module, _, function = self.run.partition(":")
        run: UpscaleRun = getattr(importlib.import_module(module), function)
        return run

    def check_installed(self) -> None:
        """Looks for the optional package without importing it.

        Raises:
            UpscaleError: it is not installed.
        """
        if self.package and importlib.util.find_spec(self.package) is None:
            raise UpscaleError(
                f"The upscaler {self.name} needs a package that isn't installed: {self.package}.",
                hint=extras.install_extra(self.package),
            )


UPSCALERS: dict[str, Upscaler] = {
    row.name: row
    for row in (
        Upscaler(
            "lanczos",
            "edition.upscale.lanczos:run",
            "Exact, fast, adds nothing; needs no weights.",
            licence="",
            draws=False,
            computes=False,
        ),
        Upscaler(
            "spandrel",
            "edition.upscale.spandrel:run",
            "Any single-image model file that spandrel loads (ESRGAN, SwinIR, DAT and others).",
            licence="that of the model file",
            needs="a .safetensors model file: set upscale.model; the extra spandrel",
            package="spandrel",
        ),
        Upscaler(
            "pocket-supir",
            "edition.upscale.pocket:run",
            "The shipped small SUPIR, trained on drawn scenes: redraws edges and strokes, offline.",
            licence="",
            revision=2,  # 1 took ten steps and the stage-1 picture's colours
        ),
        Upscaler(
            "seedvr2",
            "edition.upscale.seedvr2:run",
            "Keeps what is there and makes it sharp: one step of diffusion, 3B or 7B.",
            licence="Apache-2.0",
            needs="SeedVR2's weights: edition models pull seedvr2-3b; see docs/seedvr2.md",
        ),
        Upscaler(
            "supir",
            "edition.upscale.supir:run",
            "Imagines the detail that would have been there: diffusion on an SDXL backbone.",
            licence="SUPIR Software License: non-commercial",
            needs="SUPIR and SDXL checkpoints of your own: see docs/supir.md",
        ),
    )
}
"""Every upscaler by name."""


def find(name: str) -> Upscaler:
    """An upscaler by name.

    Raises:
        UpscaleError: there is none; the hint lists those there are.
    """
    if name not in UPSCALERS:
        raise UpscaleError(
            f"There is no upscaler {name!r}.", hint=f"Known: {', '.join(UPSCALERS)}."
        )
    return UPSCALERS[name]


KEEPERS = ("edition.upscale.network_storage", "edition.upscale.spandrel")
"""Modules that keep weights for the next picture."""


def release() -> None:
    """Lets go of the weights that were kept for the next picture."""
    for name in KEEPERS:
        if name in sys.modules:
            sys.modules[name].release()

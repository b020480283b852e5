"""Banks of spectral noise that show the same clouds at every size.

A field is a sum of waves whose amplitudes follow a power law and whose phases are drawn shell by
shell of frequency, each shell from a generator of its own: a larger picture has the waves of the
smaller one, and finer ones on top.
"""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import scipy.fft

from tools.pocket_model.palettes import Floats

FIELDS = 8
"""How many different fields there are of each kind; rolling and mirroring make the rest."""
REFERENCE = 256
"""Waves across the side up to which a field's deviation is 1: those of a 512-pixel picture."""
KEPT_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Spectrum:
    """How a kind of noise spreads its power."""

    falloff: float
    """Amplitude falls with frequency to this power."""
    stretch_x: float = 1.0
    stretch_y: float = 1.0
    """Larger than 1: waves along this axis are longer."""
    lowest: float = 1.0
    """Waves across the side below which amplitudes stop growing."""


SPECTRA: dict[str, Spectrum] = {
    "cloud": Spectrum(2.2),
    "soft": Spectrum(2.4),
    "bank": Spectrum(2.6, stretch_x=3.5),
    "streak": Spectrum(2.2, stretch_x=3.5),
    "grain": Spectrum(0.6, lowest=24),
    "wave": Spectrum(2.2, stretch_x=6, lowest=6),
}

_kept: OrderedDict[tuple[str, int, int], Floats] = OrderedDict()


def field(kind: str, number: int, size: int) -> Floats:
    """One field of the bank, made on first use.

    Args:
        kind: a key of SPECTRA.
        number: which of the FIELDS.
        size: side in pixels, even.

    Returns:
        (size, size) float32, mean 0, deviation about 1. Shared: don't write into it.
    """
    key = (kind, number % FIELDS, size)
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    made = _make(*key)
    _kept[key] = made
    while sum(a.nbytes for a in _kept.values()) > KEPT_BYTES and len(_kept) > 1:
        _kept.popitem(last=False)
    return made


def _make(kind: str, number: int, size: int) -> Floats:
    half = size // 2
    rows = np.concatenate([np.arange(half), np.arange(-half, 0)])[:, None]  # (h, 1)
    columns = np.arange(half + 1)[None]  # (1, w/2 + 1)
    amplitude = _amplitude(SPECTRA[kind], rows, columns)
    amplitude[:, half] = 0  # a wave at the Nyquist frequency has no phase
    waves = amplitude * np.exp(2j * np.pi * _phases(kind, number, size))
    noise = scipy.fft.irfft2(waves, s=(size, size), norm="forward")
    made: Floats = (noise / _deviation(SPECTRA[kind])).astype(np.float32)
    return made


def _amplitude(
    spectrum: Spectrum, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    length = np.sqrt((columns * spectrum.stretch_x) ** 2 + (rows * spectrum.stretch_y) ** 2)
    low = 0.6 * spectrum.lowest**-spectrum.falloff
    high = np.maximum(length, 1.0) ** -spectrum.falloff
    amplitude: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.where(
        length >= spectrum.lowest, high, low
    )
    amplitude[(rows == 0) & (columns == 0)] = 0
    return amplitude


def _deviation(spectrum: Spectrum) -> float:
    rows = np.arange(-REFERENCE, REFERENCE)[:, None]
    power = _amplitude(spectrum, rows, np.arange(REFERENCE)[None]) ** 2
    return float(np.sqrt(2 * power[:, 1:].sum() + power[:, 0].sum()))


def _phases(kind: str, number: int, size: int) -> Floats:
    """Phases in turns, (size, size / 2 + 1), equal for equal waves whatever the size."""
    half = size // 2
    phases = np.zeros((size, half + 1), np.float32)
    reach = 32
    while True:
        rng = np.random.default_rng([list(SPECTRA).index(kind), number, reach])
        shell = rng.random((2 * reach, reach + 1), np.float32)  # rows -reach .. reach - 1
        take = min(reach, half)
        rows = np.arange(-take, take)
        columns = np.arange(take + 1)
        inner = (np.abs(rows)[:, None] < reach // 2) & (columns[None] < reach // 2)
        fresh = shell[rows[:, None] + reach, columns[None]]
        if reach > 32:
            fresh = np.where(inner, phases[rows[:, None], columns[None]], fresh)
        phases[rows[:, None], columns[None]] = fresh
        if reach >= half:
            return phases
        reach *= 2

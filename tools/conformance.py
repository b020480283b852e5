"""What every comparison with a reference's numbers does: deviations, tolerances, the report.

A folder holds ``cases.json``, weights as ``weights_*.safetensors`` under the published names, and
one file of tensors for each case.
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from edition.errors import EditionError, UpscaleError

Tensors = dict[str, Tensor]
Facts = TypeVar("Facts")
Check = TypeVar("Check")
Golden = TypeVar("Golden")
HINT = "Name a folder that holds cases.json, the weights and the cases' files."


@dataclass(frozen=True, slots=True)
class Compared:
    """One quantity beside the reference's."""

    what: str
    deviation: float
    tolerance: float

    @property
    def share(self) -> float:
        """The deviation as a share of the tolerance; above 1 is a miss."""
        if math.isnan(self.deviation):
            return math.inf
        if not self.tolerance:
            return math.inf if self.deviation else 0.0
        return self.deviation / self.tolerance


def compare(what: str, ours: Tensor, theirs: Tensor, tolerance: float) -> Compared:
    """Takes the largest deviation; a difference in shape is infinite."""
    if ours.shape != theirs.shape:
        return Compared(f"{what}: {list(ours.shape)} for {list(theirs.shape)}", math.inf, tolerance)
    if not theirs.numel():
        return Compared(what, 0.0, tolerance)
    return Compared(what, (ours.double() - theirs.double()).abs().max().item(), tolerance)


def read_cases(folder: Path, read: Callable[[dict[str, Any]], Facts]) -> Facts:
    """Reads ``cases.json``.

    Args:
        folder: that holds it.
        read: takes what is needed out of it.

    Raises:
        UpscaleError: the file is missing, can't be read, or lacks something.
    """
    file = folder / "cases.json"
    try:
        return read(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UpscaleError(f"{file} can't be used: {error!r}.", hint=HINT) from error


def read_tensors(folder: Path, case: str) -> Tensors:
    """The tensors of one case.

    Raises:
        UpscaleError: its file is missing or can't be read.
    """
    file = folder / f"{case}.safetensors"
    try:
        tensors: Tensors = load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise UpscaleError(f"{file} can't be read: {error}.") from error
    return tensors


def run_check(
    folder: Path, case: str, checks: Mapping[str, Check], run: Callable[[Check], Iterable[Compared]]
) -> list[Compared]:
    """Compares all there is in one case.

    Args:
        folder: the case's.
        case: its name; the check with the longest name that begins it is used.
        checks: by the names of cases.
        run: calls a check.

    Raises:
        UpscaleError: the case is not known, or its file is missing or lacks something.
    """
    known = [name for name in checks if case == name or case.startswith(f"{name}_")]
    if not known:
        raise UpscaleError(f"{folder} has a case {case!r} that no check knows.")
    try:
        with torch.inference_mode():
            results = list(run(checks[max(known, key=len)]))
    except (
        KeyError, IndexError, TypeError, ValueError, RuntimeError, AttributeError, StopIteration,
    ) as error:  # fmt: skip
        raise UpscaleError(f"Case {case} of {folder} can't be run: {error!r}.") from error
    if not results:
        raise UpscaleError(f"Case {case} of {folder} holds nothing to compare.")
    return results


def worst_of(results: list[Compared]) -> list[Compared]:
    """The worst under each kind of tolerance, by its size; the one nearest to a miss first."""
    worst: dict[int, Compared] = {}
    for result in results:
        kind = round(math.log10(result.tolerance)) if result.tolerance else 0
        held = worst.get(kind)
        if held is None or result.share > held.share:
            worst[kind] = result
    return sorted(worst.values(), key=lambda result: -result.share)


def report(
    cases: Iterable[str],
    run: Callable[[str], list[Compared]],
    notes: Mapping[str, str] | None = None,
) -> int:
    """Runs cases and prints each one's largest deviations beside their tolerances.

    Args:
        cases: their names.
        run: compares one.
        notes: what to print behind a case.

    Returns:
        The exit status: 1 on a miss, 2 on a case that can't be run.
    """
    say, status = sys.stdout.write, 0
    say(f"{'case':28} {'deviation':>10} {'tolerance':>10}\n")
    for case in cases:
        try:
            results = run(case)
        except EditionError as error:
            say(f"{case:28} FAIL  {error}\n")
            status = 2
            continue
        for worst in worst_of(results):
            missed = worst.share > 1
            status = max(status, int(missed))
            verdict = "MISS" if missed else "ok  "
            say(f"{case:28} {worst.deviation:10.2e} {worst.tolerance:10.2e} {verdict} ")
            say(f"{worst.what}{(notes or {}).get(case, '')}\n")
    return status


def conclude(status: int) -> int:
    """Prints the verdict on all cases; returns the exit status."""
    sys.stdout.write("NOT within tolerance\n" if status else "all within tolerance\n")
    return status


def opened(module: str, arguments: list[str], golden: Callable[[Path], Golden]) -> Golden | None:
    """The folder that a command line names; None, told, when it can't be used."""
    if len(arguments) != 1:
        sys.stderr.write(f"Usage: python -m {module} FOLDER\n")
        return None
    try:
        return golden(Path(arguments[0]))
    except EditionError as error:
        sys.stderr.write(f"{error}\n")
        return None

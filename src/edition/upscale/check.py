"""Compares this SUPIR with numbers of the reference: ``python -m edition.upscale.check FOLDER``.

A folder holds ``cases.json`` with every size, ``weights_sdxl.safetensors`` and
``weights_supir.safetensors`` under the published names, and one file of tensors for each case.
The weights go through the loader that opens a person's files. Prints each case's largest
deviations beside their tolerances; the exit status is 1 on a miss and 2 on a file that is
missing or can't be read.
"""

import math
import sys
from pathlib import Path

import torch

from edition.errors import EditionError, UpscaleError
from edition.upscale.supir_cases import CHECKS, NOTES
from edition.upscale.supir_golden import Compared, Golden


def run_case(golden: Golden, case: str) -> list[Compared]:
    """Compares all there is in one case.

    Raises:
        UpscaleError: the case is not known, or its file is missing or lacks something.
    """
    known = [name for name in CHECKS if case == name or case.startswith(f"{name}_")]
    if not known:
        raise UpscaleError(f"{golden.folder} has a case {case!r} that no check knows.")
    check = CHECKS[max(known, key=len)]
    facts, tensors = golden.cases[case], golden.tensors(case)
    try:
        with torch.inference_mode():
            results = list(check(golden, tensors, facts))
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise UpscaleError(f"Case {case} of {golden.folder} can't be run: {error!r}.") from error
    if not results:
        raise UpscaleError(f"Case {case} of {golden.folder} holds nothing to compare.")
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


def main(arguments: list[str]) -> int:
    """Runs every case of a folder.

    Returns:
        The exit status.
    """
    say = sys.stdout.write
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m edition.upscale.check FOLDER\n")
        return 2
    try:
        golden = Golden(Path(arguments[0]))
    except EditionError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    status = 0
    if not golden.cases:
        sys.stderr.write(f"{golden.folder / 'cases.json'} names no case.\n")
        return 2
    say(f"{'case':28} {'deviation':>10} {'tolerance':>10}\n")
    for case in golden.cases:
        try:
            results = run_case(golden, case)
        except EditionError as error:
            say(f"{case:28} FAIL  {error}\n")
            status = 2
            continue
        for worst in worst_of(results):
            missed = worst.share > 1
            status = max(status, int(missed))
            verdict = "MISS" if missed else "ok  "
            say(f"{case:28} {worst.deviation:10.2e} {worst.tolerance:10.2e} {verdict} ")
            say(f"{worst.what}{NOTES.get(case, '')}\n")
    for file in sorted(golden.folder.glob("*.safetensors")):
        if file.stem not in golden.cases and not file.stem.startswith("weights_"):
            say(f"{file.stem:28} not compared: cases.json doesn't name it\n")
    say("NOT within tolerance\n" if status else "all within tolerance\n")
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

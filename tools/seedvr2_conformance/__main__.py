"""Compares this SeedVR2 with numbers of the reference.

    python -m tools.seedvr2_conformance FOLDER

A folder holds ``cases.json`` with every size, ``weights_dit3``, ``weights_dit7`` and
``weights_vae`` as .safetensors under the published names, and one file of tensors for each case.
The weights go through the loader that opens a person's files. Prints each case's largest
deviations beside their tolerances; the exit status is 1 on a miss and 2 on a file that is
missing or can't be read.
"""

import sys
from pathlib import Path

import torch

from edition.errors import EditionError, UpscaleError
from edition.upscale.check import worst_of
from edition.upscale.supir_golden import Compared
from tools.seedvr2_conformance.cases import CHECKS
from tools.seedvr2_conformance.golden import Golden


def run_case(golden: Golden, case: str) -> list[Compared]:
    """Compares all there is in one case.

    Raises:
        UpscaleError: the case is not known, or its file is missing or lacks something.
    """
    known = [name for name in CHECKS if case == name or case.startswith(f"{name}_")]
    if not known:
        raise UpscaleError(f"{golden.folder} has a case {case!r} that no check knows.")
    tensors = golden.tensors(case)
    try:
        with torch.inference_mode():
            results = list(CHECKS[max(known, key=len)](golden, tensors, case))
    except (KeyError, IndexError, TypeError, ValueError, RuntimeError, StopIteration) as error:
        raise UpscaleError(f"Case {case} of {golden.folder} can't be run: {error!r}.") from error
    if not results:
        raise UpscaleError(f"Case {case} of {golden.folder} holds nothing to compare.")
    return results


def missing(golden: Golden) -> list[str]:
    """Cases that cases.json names and no file holds."""
    return [
        case
        for case in golden.cases
        if not any(name == case or name.startswith(f"{case}_") for name in golden.names)
    ]


def main(arguments: list[str]) -> int:
    """Runs every case of a folder.

    Returns:
        The exit status.
    """
    say = sys.stdout.write
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m tools.seedvr2_conformance FOLDER\n")
        return 2
    try:
        golden = Golden(Path(arguments[0]))
    except EditionError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    status = 0
    if not golden.names:
        sys.stderr.write(f"{golden.folder} holds no case.\n")
        return 2
    say(f"{'case':16} {'deviation':>10} {'tolerance':>10}\n")
    for case in [*golden.names, *missing(golden)]:
        try:
            results = run_case(golden, case)
        except EditionError as error:
            say(f"{case:16} FAIL  {error}\n")
            status = 2
            continue
        for worst in worst_of(results):
            missed = worst.share > 1
            status = max(status, int(missed))
            say(f"{case:16} {worst.deviation:10.2e} {worst.tolerance:10.2e} ")
            say(f"{'MISS' if missed else 'ok  '} {worst.what}\n")
    say("NOT within tolerance\n" if status else "all within tolerance\n")
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

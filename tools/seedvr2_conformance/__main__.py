"""Compares this SeedVR2 with numbers of the reference.

    python -m tools.seedvr2_conformance FOLDER

A folder holds ``cases.json`` with every size, ``weights_dit3``, ``weights_dit7`` and
``weights_vae`` as .safetensors under the published names, and one file of tensors for each case.
The weights go through the loader that opens a person's files. Prints each case's largest
deviations beside their tolerances; the exit status is 1 on a miss and 2 on a file that is
missing or can't be read.
"""

import sys

from tools.conformance import Compared, conclude, opened, report, run_check
from tools.seedvr2_conformance.seedvr2_cases import CHECKS
from tools.seedvr2_conformance.seedvr2_golden import SeedVR2Golden


def run_case(golden: SeedVR2Golden, case: str) -> list[Compared]:
    """Compares all there is in one case.

    Raises:
        UpscaleError: the case is not known, or its file is missing or lacks something.
    """
    return run_check(
        golden.folder, case, CHECKS, lambda check: check(golden, golden.tensors(case), case)
    )


def missing(golden: SeedVR2Golden) -> list[str]:
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
    golden = opened("tools.seedvr2_conformance", arguments, SeedVR2Golden)
    if golden is None:
        return 2
    if not golden.names:
        sys.stderr.write(f"{golden.folder} holds no case.\n")
        return 2
    cases = [*golden.names, *missing(golden)]
    return conclude(report(cases, lambda case: run_case(golden, case)))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Compares this SUPIR with numbers of the reference: ``python -m tools.supir_conformance FOLDER``.

A folder holds ``cases.json`` with every size, ``weights_sdxl.safetensors`` and
``weights_supir.safetensors`` under the published names, and one file of tensors for each case.
The weights go through the loader that opens a person's files. Prints each case's largest
deviations beside their tolerances; the exit status is 1 on a miss and 2 on a file that is
missing or can't be read.
"""

import sys

from tools.conformance import Compared, conclude, opened, report, run_check
from tools.supir_conformance.supir_cases import CHECKS, NOTES
from tools.supir_conformance.supir_golden import SupirGolden


def run_case(golden: SupirGolden, case: str) -> list[Compared]:
    """Compares all there is in one case.

    Raises:
        UpscaleError: the case is not known, or its file is missing or lacks something.
    """
    return run_check(
        golden.folder, case, CHECKS,
        lambda check: check(golden, golden.tensors(case), golden.cases[case]),
    )  # fmt: skip


def main(arguments: list[str]) -> int:
    """Runs every case of a folder.

    Returns:
        The exit status.
    """
    golden = opened("tools.supir_conformance", arguments, SupirGolden)
    if golden is None:
        return 2
    if not golden.cases:
        sys.stderr.write(f"{golden.folder / 'cases.json'} names no case.\n")
        return 2
    status = report(golden.cases, lambda case: run_case(golden, case), NOTES)
    for file in sorted(golden.folder.glob("*.safetensors")):
        if file.stem not in golden.cases and not file.stem.startswith("weights_"):
            sys.stdout.write(f"{file.stem:28} not compared: cases.json doesn't name it\n")
    return conclude(status)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

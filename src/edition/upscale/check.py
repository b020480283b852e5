"""Where the comparison with the reference went: ``tools/supir_conformance``, in the repository."""

import sys

if __name__ == "__main__":
    sys.stderr.write(
        "SUPIR's conformance check is in edition's repository and not in the installed package.\n"
        "  In a clone of it: python -m tools.supir_conformance FOLDER\n"
    )
    sys.exit(2)

"""Where the training of the embedded model went: ``tools/pocket_model``, in the repository."""

import sys

if __name__ == "__main__":
    sys.stderr.write(
        "The training of the embedded model is in edition's repository and not in the installed"
        " package.\n  In a clone of it: python -m tools.pocket_model.train --out FOLDER\n"
    )
    sys.exit(2)

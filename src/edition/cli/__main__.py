"""``python -m edition.cli``: the same as ``edition``."""

import sys

from edition.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())

"""``python -m edition.finetune dreambooth|inversion``: a training without the press."""

import sys
from typing import get_args

from edition.finetune.launcher import main
from edition.finetune.training_run import Kind

if __name__ == "__main__":
    kinds: tuple[Kind, ...] = get_args(Kind)
    kind = next((kind for kind in kinds if sys.argv[1:2] == [kind]), None)
    if kind is None:
        sys.exit(f"Use: python -m edition.finetune {'|'.join(kinds)} [OPTIONS]")
    raise SystemExit(main(kind, sys.argv[2:]))

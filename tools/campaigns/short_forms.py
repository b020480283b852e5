"""Runs a short form of each campaign that needs the shim: what ``make check`` runs.

python -m tools.campaigns.short_forms
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

from tools.campaigns import kill_points

FORMS = (
    ("kill_all", "--share", "0.02", "--only", "command line", "press"),
    ("power_cuts", "--acts", "star", "filed", "adopt", "--step", "13", "--more", "1"),
    ("bad_disks", "--verbs", "star", "press", "--step", "61"),
    ("two_of_everything", "--only", "presses", "--rounds", "1"),
    ("week_at_the_press", "--prints", "200", "--line", "100"),
)


def main() -> int:
    """All forms in one process; how many found a fault."""
    if not kill_points.loaded():
        with tempfile.TemporaryDirectory() as name:
            return kill_points.start_again(Path(name), "short_forms", [])
    wrong = 0
    for name, *arguments in FORMS:
        print(f"{name} {' '.join(arguments)}", flush=True)
        wrong += importlib.import_module(f"tools.campaigns.{name}").main(arguments) != 0
    return wrong


if __name__ == "__main__":
    sys.exit(main())

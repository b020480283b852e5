"""The demo of this commit against that of another one, in turn, in one run.

    python benchmarks/demo.py f675abb --json demo.json

Each draws 24 prints, enlarges 8 to 2048² and makes two PDFs, in a new library, with the packages of
this environment. Seconds of the whole command, and the other commit's against them.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = "import sys; from edition.cli import main; sys.exit(main())"


def demo(tree: Path, library: Path) -> float:
    """Seconds of one demo by the code of a tree."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", RUN, "--library", str(library), "demo"],
        env=environment, cwd=library, check=True, stdout=sys.stderr,
    )  # fmt: skip
    return time.perf_counter() - began


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commit", help="the other one")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run(
            [*git, "add", "--quiet", "--detach", str(folder / "other"), chosen.commit], check=True
        )
        try:
            for label, tree in ((chosen.commit, folder / "other"), ("here", ROOT)):
                library = folder / f"library-{label}"
                library.mkdir()
                found[label] = demo(tree, library)
        finally:
            subprocess.run([*git, "remove", "--force", str(folder / "other")], check=True)
    for label, seconds in found.items():
        print(f"{label:12} {seconds:7.1f} s")
    print(f"{chosen.commit} / here: {found[chosen.commit] / found['here']:.2f}")
    if chosen.json:
        facts = {"machine": platform.platform(), "load": os.getloadavg(), "seconds": found}
        chosen.json.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()

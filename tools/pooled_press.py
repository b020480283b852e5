"""A press with workers, really started: for tests, measurements and campaigns of the pool."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edition import paths
from edition.actions.session import Session
from tools import sleeping_worker

EDITION = """
title = "Small Dreams"
artist = "A. Tester"

[model]
base = "pocket"

[sampling]
steps = 3
guidance = 3.0
width = 128
height = 128

[seeds]
render = "1..6"
"""
"""An edition file whose prints take a tenth of a second."""
ROOT = Path(__file__).parents[1]


def wait(condition: Callable[[], object], seconds: float = 180.0) -> None:
    """Polls until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain")
        time.sleep(0.02)


class PooledPress:
    """A press of a library with workers that sleep, or with real ones."""

    def __init__(self, root: Path, *options: str, real: bool = False, **sleeping: object) -> None:
        self.root = root
        core = [] if real else ["--core", sleeping_worker.CORE]
        environment = os.environ | sleeping_worker.behaviour(**sleeping)
        environment["OMP_NUM_THREADS"] = "1"
        with paths.press_log_file(root).open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "edition.press", "--library", str(root), *core, *options,
                ],
                cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def log(self) -> str:
        """What it and its workers have said."""
        return paths.press_log_file(self.root).read_text()

    def ended(self) -> int:
        """Waits for its end; its exit code."""
        return self.process.wait(timeout=120)

    def leave(self) -> None:
        """Ends it, whatever it does."""
        self.process.terminate()
        self.ended()


def finished(session: Session, *jobs: int) -> None:
    """Waits until jobs have ended, whatever way."""
    wait(lambda: all(session.store.jobs.get(j).state in ("done", "failed") for j in jobs))


def files(root: Path, folder: str = "prints") -> dict[str, bytes]:
    """Every PNG of the small edition, by its place."""
    found = sorted((root / "small" / folder).rglob("*.png"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}

"""Real parts for all tests: a library with the embedded edition, small and quick."""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

SMALL = """
title = "Small Dreams"
artist = "A. Tester"

[model]
base = "pocket"

[prompt]
positive = "monumental, dramatic, atmospheric, transcendent"

[sampling]
steps = 3
guidance = 3.0
width = 128
height = 128

[seeds]
render = "1..6"

[proof]
print_mm = 200.0
"""
"""A recipe that renders a print in a tenth of a second."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--slow-loop",
        action="store_true",
        help="Delay every round of the event loop and give way to all other programs.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """With ``--slow-loop`` this is a slow and busy machine: no test may need another one."""
    if not config.getoption("--slow-loop"):
        return
    os.nice(19)
    chance, once = random.Random(0), asyncio.BaseEventLoop._run_once

    def slowly(loop: asyncio.BaseEventLoop) -> None:
        time.sleep(chance.choice((0.0, 0.0, 0.001, 0.03)))
        once(loop)

    asyncio.BaseEventLoop._run_once = slowly


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A library with one small edition, ``small``."""
    folder = tmp_path / "library"
    (folder / "small").mkdir(parents=True)
    (folder / "small" / "edition.toml").write_text(SMALL)
    return folder


@pytest.fixture
def session(root: Path) -> Iterator["object"]:
    """The library, open; whatever press a test has started is stopped afterwards."""
    from edition.actions.session import Session

    opened = Session(root)
    yield opened
    if opened.press_state().pid is not None:
        opened.stop_press()
    opened.close()

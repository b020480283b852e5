"""Real parts for all tests: a library with the embedded edition, small and quick."""

import asyncio
import os
import random
import shutil
import tempfile
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
    """Keeps the person's own library and settings out of the tests; slows the machine if asked.

    With ``--slow-loop`` this is a slow and busy machine: no test may need another one.
    """
    home = Path(tempfile.mkdtemp(prefix="edition-tests-"))
    os.environ["XDG_DATA_HOME"] = str(home / "data")
    os.environ["XDG_CONFIG_HOME"] = str(home / "config")
    os.environ.pop("EDITION_LIBRARY", None)
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    if not config.getoption("--slow-loop"):
        return
    os.nice(19)
    chance, once = random.Random(0), asyncio.BaseEventLoop._run_once

    def slowly(loop: asyncio.BaseEventLoop) -> None:
        time.sleep(chance.choice((0.0, 0.0, 0.001, 0.03)))
        once(loop)

    asyncio.BaseEventLoop._run_once = slowly


@pytest.fixture(autouse=True)
def default_library() -> Iterator[None]:
    """No test works in the library of the person who runs it: each names its own."""
    yield
    default = Path(os.environ["XDG_DATA_HOME"]) / "edition" / "editions"
    if default.exists():
        shutil.rmtree(default)
        pytest.fail("This test has used the default library.")


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

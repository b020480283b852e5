"""Where the files of these tests lie."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def holes(tmp_path: Path) -> Iterator[Path]:
    """A folder for files that are one hole: in memory, where the system has a place for that.

    A disk's hole is read ahead as if it were a file: 16 GB of zeros for each page looked at.
    """
    if not (IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK)):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="edition-holes-", dir=IN_MEMORY) as folder:
        yield Path(folder)

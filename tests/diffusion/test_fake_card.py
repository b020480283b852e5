"""Runs fake_card_cases.py in a process of its own.

Its cases put a ``__getitem__`` in the place of the tensor type's. Python can't take that back: the
type counts as a sequence from then on, and ``torch.tensor([t])`` of a single value fails.
"""

import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).with_name("fake_card_cases.py")


@pytest.mark.slow
def test_whole_models_on_a_card_that_claims_to_be_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES)],
        cwd=CASES.parents[2], capture_output=True, text=True, timeout=580,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]

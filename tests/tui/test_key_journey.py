"""From a new edition to a wall on paper by keys alone, in a real terminal with the real press."""

import shutil
import subprocess
import sys

import pytest

from edition.library.store import Store
from tools import key_journey


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_a_wall_comes_of_an_idea_by_keys_alone(tmp_path):
    root = tmp_path / "library"
    (root / "quiet").mkdir(parents=True)
    (root / "quiet/edition.toml").write_text('title = "Quiet"\n')
    edition = [sys.executable, "-m", "edition.cli", "--library", str(root)]
    journey = key_journey.Journey(tmp_path)
    journey.start(*edition, "open")
    try:
        file = key_journey.go(journey, 12, 64)  # 48 on their own: python -m tools.key_journey
        assert (root / file).read_bytes()[:5] == b"%PDF-"
        with Store(root) as store:
            counts = store.prints.counts("harbour")
            assert (counts.prints, counts.starred, counts.rejected) == (12, 4, 2)
            assert len(store.exhibitions.get("harbour-show").places) == 4
    finally:
        journey.close()
        subprocess.run([*edition, "press", "stop"], check=False)
    pressed = sum(map(len, journey.keys.values()))
    assert pressed <= 30, key_journey.table(journey)

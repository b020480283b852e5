"""The whole road, as ``make demo`` goes it: real model, real press, full size."""

import json
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

PICKS = 3
"""Fewer than the command's own eight: SUPIR works on each for most of a minute."""


def test_the_whole_road(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edition.cli", "--library", str(tmp_path / "editions")]
    done = subprocess.run(
        [*command, "demo", "--picks", str(PICKS), "--json"],
        capture_output=True, text=True, check=False, timeout=1400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert [name for name, seconds in facts["stages"].items() if seconds >= 0] == [
        "render", "stack", "star", "upscale", "sheet", "wall",
    ]  # fmt: skip
    assert len(facts["proofs"]) == 2
    for proof in facts["proofs"]:
        with pikepdf.open(proof) as pdf:
            assert len(pdf.pages) >= 1
    shown = subprocess.run(
        [*command, "show", "pocket-dreams", "--json"], capture_output=True, text=True, check=True
    )
    counts = json.loads(shown.stdout)
    assert counts["prints"] >= 24
    assert counts["starred"] >= PICKS
    assert counts["upscaled"] >= PICKS
    large = list((tmp_path / "editions" / "pocket-dreams" / "upscaled").rglob("*.png"))
    assert len(large) >= PICKS
    for path in large:
        with Image.open(path) as image:
            assert image.size == (2048, 2048)
            assert "pocket-supir" in str(image.text)
    bytes_before = [Path(proof).read_bytes() for proof in facts["proofs"]]
    for kind in ("sheet", "wall"):
        subprocess.run([*command, "proof", kind, "pocket-dreams"], check=True, capture_output=True)
    assert [Path(proof).read_bytes() for proof in facts["proofs"]] == bytes_before
    subprocess.run([*command, "press", "stop"], check=True, capture_output=True)

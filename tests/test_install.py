"""The set-up by make, and the built wheel in an environment without the clone."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from tests.tui.emulators import Pty

CLONE = Path(__file__).parents[1]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("EDITION_", "MAKE"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """``edition`` of a wheel that was built here; other packages are those of the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=CLONE, check=True, capture_output=True,
    )  # fmt: skip
    home = folder / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    [wheel] = folder.glob("*.whl")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
         "--no-index", "--disable-pip-version-check", str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    [own] = home.glob("lib/python*/site-packages")
    shared = [path for path in sys.path if path.endswith("site-packages")]
    (own / "packages-of-the-tests.pth").write_text("\n".join(shared))
    return home / "bin" / "edition"


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    own = {"XDG_DATA_HOME": str(folder.parent / "data"), "HOME": str(folder.parent / "home")}
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT | own, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_wheel_is_what_runs_and_is_whole(installed, tmp_path) -> None:
    code = "import edition, edition.paths as p; print(edition.__file__, p.shipped_styles())"
    said = run([str(installed.parent / "python"), "-c", code], tmp_path).stdout
    assert said.count(str(installed.parents[1])) == 2
    [wheel] = installed.parents[2].glob("*.whl")
    shipped = {path for path in zipfile.ZipFile(wheel).namelist() if not path.endswith(".py")}
    source = CLONE / "src" / "edition"
    for path in source.rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            assert f"edition/{path.relative_to(source).as_posix()}" in shipped


def vt220(part: bytes) -> bytes:
    """Says what it is when it is asked; an answer that nobody asked for is read as keys."""
    return b"\x1b[?62c" if b"\x1b[c" in part else b""


PICKS = 2
"""Fewer than the command's own eight: SUPIR works on each for most of a minute."""


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_whole_road_and_the_screens_of_a_wheel_in_an_empty_folder(installed, tmp_path) -> None:
    """Real model, real press, full size, as ``make demo`` goes it; then once more."""
    folder = tmp_path / "empty"
    folder.mkdir()
    demo = [str(installed), "demo", "--picks", str(PICKS)]
    done = run(demo, folder)
    assert "edition open pocket-dreams" in done.stdout
    assert "make" not in done.stdout
    try:
        shown = json.loads(run([str(installed), "show", "pocket-dreams", "--json"], folder).stdout)
        assert (shown["prints"], shown["starred"], shown["upscaled"]) == (24, PICKS, PICKS)
        assert len(shown["proofs"]) == 2
        library = tmp_path / "data" / "edition" / "editions"  # there is no ./editions
        assert list(folder.iterdir()) == []
        proofs = sorted((library / "pocket-dreams" / "proofs").glob("*.pdf"))
        assert len(proofs) == 2
        for proof in proofs:
            with pikepdf.open(proof) as pdf:
                assert len(pdf.pages) >= 1
        large = list((library / "pocket-dreams" / "upscaled").rglob("*.png"))
        assert len(large) == PICKS
        for path in large:
            with Image.open(path) as image:
                assert image.size == (2048, 2048)
                assert "pocket-supir" in str(image.text)
        before = [proof.read_bytes() for proof in proofs]
        facts = json.loads(run([*demo, "--json"], folder).stdout)
        assert [name for name, seconds in facts["stages"].items() if seconds >= 0] == [
            "render", "stack", "star", "upscale", "sheet", "wall",
        ]  # fmt: skip
        assert sorted(facts["proofs"]) == [str(proof) for proof in proofs]
        assert [proof.read_bytes() for proof in proofs] == before
        command = [str(installed), "--library", str(library), "open", "pocket-dreams"]
        screen = Pty(tmp_path, *command, answer=vt220)
        try:
            screen.wait(b"24 prints")
            screen.press(b"q")
        finally:
            screen.close()
    finally:
        run([str(installed), "press", "stop"], folder)


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
@pytest.mark.parametrize("step", [1, 2])
def test_a_set_up_that_fails_says_which_step(tmp_path, step) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        shutil.copy(CLONE / name, tmp_path)
    python = tmp_path / "python"
    fails = 'case "$*" in *venv*) exit 1;; esac\n' if step == 1 else ""
    python.write_text(f'#!/bin/sh\n{fails}exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "nowhere")}
    done = subprocess.run(
        ["make", f"PYTHON={python}", ".venv/.installed"],
        cwd=tmp_path, env=ENVIRONMENT | nowhere, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"Step {step} of 2 failed" in done.stderr
    assert "is ignored" not in done.stdout + done.stderr
    assert not (tmp_path / ".venv" / ".installed").exists()
    if step == 2:
        assert "No matching distribution" in done.stderr

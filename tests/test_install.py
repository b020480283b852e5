"""The set-up by make, and the built wheel in an environment without the clone."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from tests.tui.emulators import Pty

from tools import other_pythons

CLONE = Path(__file__).parents[1]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("EDITION_", "MAKE"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """``edition`` of a wheel that was built here; other packages are those of the tests.

    Or the one that ``python -m tools.other_pythons`` has installed, with packages of its own.
    """
    if other := os.environ.get(other_pythons.INSTALLED):
        return Path(other)
    folder = tmp_path_factory.mktemp("wheel")
    wheel = other_pythons.build(folder)
    home = folder / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
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
    package, source = Path(said.split()[0]).parent, CLONE / "src" / "edition"
    for path in source.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert (package / path.relative_to(source)).is_file()
    shipped = [path for path in (CLONE / "styles").rglob("*") if path.is_file()]
    assert len(shipped) > 3
    for path in (*shipped, CLONE / "editions/pocket-dreams/edition.toml"):
        assert (package / path.relative_to(CLONE)).is_file()


READ = """
import pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
print(len(list(pathlib.Path(sys.argv[1]).rglob("*.py"))))
"""


@pytest.mark.parametrize("version", other_pythons.VERSIONS[1:])
def test_a_newer_python_reads_every_module_without_a_warning(version) -> None:
    try:
        python = other_pythons.find(version)
    except other_pythons.NotHere as why:
        pytest.skip(str(why))
    command = [str(python), "-W", "error", "-c", READ, str(CLONE / "src")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 250


def test_the_package_claims_the_pythons_that_it_was_run_on() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
    claimed = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    told = (CLONE / "docs" / "install.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (3\.\d+) \| (.+) \|$", told, re.MULTILINE))
    assert list(rows) == list(other_pythons.VERSIONS)
    assert claimed == [version for version, what in rows.items() if "nothing" not in what]


def test_a_python_that_does_not_start_is_named(tmp_path, monkeypatch) -> None:
    broken = tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    with pytest.raises(other_pythons.NotHere, match=r"python3\.12: .*command not found"):
        other_pythons.find("3.12")
    with pytest.raises(
        other_pythons.NotHere, match=r"no python3\.13 on the PATH and none of pyenv"
    ):
        other_pythons.find("3.13")


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
                assert "lanczos" in str(image.text)
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

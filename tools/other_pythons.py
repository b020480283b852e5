"""Installs the wheel in a clean environment of each Python that is here, and tries it there.

    python -m tools.other_pythons                         # 3.11 to 3.14, those that are here
    python -m tools.other_pythons --only 3.13 --extras dev --suite tests/library tests/cli
    python -m tools.other_pythons --folder ~/pythons      # keep the environments for the next time

An environment gets the wheel and the packages of ``constraints.txt``, gigabytes of them, from where
pip looks: ``PIP_INDEX_URL=https://download.pytorch.org/whl/cpu`` and the like say otherwise. Then
``pip check`` and ``edition --version`` must be well, and ``tests/test_install.py`` looks at it: all
of the wheel is there, ``edition demo`` goes the whole road, and the screens open. With ``--suite``
those tests run in it too; the extra ``dev`` brings what they need.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CLONE = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
"""From the oldest that the package takes to the newest that torch has wheels for."""
INSTALLED = "EDITION_INSTALLED"
"""Names the command that tests/test_install.py looks at, instead of one that it makes."""


class NotHere(Exception):
    """A Python is not on this machine, or doesn't work; says why."""


def find(version: str) -> Path:
    """A Python of a version such as ``3.13``: on the PATH, or pyenv's newest.

    Raises:
        NotHere: there is none that starts and has what environments need.
    """
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    of_pyenv = sorted(
        pyenv.glob(f"{version}.*/bin/python"),
        key=lambda path: [int(n) for n in path.parents[1].name.split(".") if n.isdigit()],
    )
    why = f"no python{version} on the PATH and none of pyenv"
    for python in [*([Path(on_path)] if on_path else []), *reversed(of_pyenv)]:
        code = (
            "import sys, venv, ensurepip, sqlite3, ssl, lzma; print('%d.%d' % sys.version_info[:2])"
        )
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return python
        why = f"{python}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}"
    raise NotHere(why)


def build(folder: Path) -> Path:
    """The wheel of this clone, in a folder that has no other."""
    for old in folder.glob("*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=CLONE, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def installed(python: Path, home: Path, wheel: Path, extras: Sequence[str]) -> Path:
    """``edition`` of the wheel in an environment, made where it is not there yet."""
    own = home / "bin" / "python"
    if not own.is_file():
        subprocess.run([python, "-m", "venv", home], check=True)
    pip = [own, "-m", "pip", "--disable-pip-version-check"]
    wanted = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
    constraints = ["--constraint", CLONE / "constraints.txt"]
    subprocess.run([*pip, "install", "--quiet", *constraints, wanted], check=True)
    again = ["--quiet", "--no-deps", "--force-reinstall", wheel]  # an older one has its version too
    subprocess.run([*pip, "install", *again], check=True)
    subprocess.run([*pip, "check"], check=True)
    return home / "bin" / "edition"


def tried(edition: Path, suite: Sequence[str]) -> bool:
    """Looks at an installed wheel; whether all was well."""
    code = "import torch; print('torch', torch.__version__)"
    subprocess.run([edition, "--version"], check=True)
    subprocess.run([edition.with_name("python"), "-c", code], check=True)
    environment = os.environ | {INSTALLED: str(edition)}
    look = [sys.executable, "-m", "pytest", "tests/test_install.py", "-k", "wheel"]
    well = subprocess.run(look, cwd=CLONE, env=environment, check=False).returncode == 0
    if suite:
        run = [edition.with_name("python"), "-m", "pytest", "-p", "no:cacheprovider", *suite]
        well &= subprocess.run(run, cwd=CLONE, check=False).returncode == 0
    return well


def main(arguments: Sequence[str]) -> int:
    """The command line; 1 when anything was not well, or no Python was there."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.other_pythons", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=VERSIONS, default=list(VERSIONS))
    parser.add_argument("--folder", type=Path, help="keep the environments here")
    parser.add_argument("--extras", nargs="*", default=[], help="of the package")
    parser.add_argument("--suite", nargs="*", default=[], help="tests to run in each of them")
    chosen = parser.parse_args(arguments)
    said = []
    with tempfile.TemporaryDirectory() as made:
        folder = (chosen.folder or Path(made)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        wheel = build(folder)
        for version in chosen.only:
            try:
                python = find(version)
                edition = installed(python, folder / version, wheel, chosen.extras)
                said.append((version, "well" if tried(edition, chosen.suite) else "NOT WELL"))
            except NotHere as why:
                said.append((version, f"skipped: {why}"))
            except subprocess.CalledProcessError as failed:
                said.append((version, f"NOT WELL: {failed}"))
    print("\n".join(f"Python {version}: {word}" for version, word in said))
    words = [word for _, word in said]
    return 0 if "well" in words and not any(w.startswith("NOT") for w in words) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

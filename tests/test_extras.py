"""What is missing is named with the line that adds it here."""

import sys
import tomllib
from pathlib import Path

import pytest

from edition import extras


@pytest.mark.parametrize(
    ("mark", "line"),
    [
        ("pipx_metadata.json", "pipx inject edition "),
        ("uv-receipt.toml", "uv pip install --python {python} "),
        ("pyvenv.cfg", "{python} -m pip install "),
    ],
)
def test_the_line_is_that_of_the_way_it_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, line: str
) -> None:
    home = tmp_path / "edition"
    home.mkdir()
    (home / mark).touch()
    monkeypatch.setattr(sys, "prefix", str(home))
    begin = line.format(python=sys.executable)
    assert extras.command("gguf", "torchao>=0.18") == f"{begin}gguf 'torchao>=0.18'"
    told = extras.install_extra("cluster")
    assert told.startswith(f"Install it with: {begin}'ray")
    assert "edition[" not in told


def test_the_packages_are_those_of_the_project_s_file() -> None:
    file = Path(__file__).parents[1] / "pyproject.toml"
    there = tomllib.loads(file.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    own = {name: tuple(rows) for name, rows in there.items() if name not in ("dev", "docs")}
    assert own == extras.PACKAGES


def test_no_hint_fetches_a_stranger_s_package() -> None:
    package = Path(extras.__file__).parent
    texts = {file: file.read_text(encoding="utf-8") for file in package.rglob("*.py")}
    named = [file.name for file, text in texts.items() if "pip install 'edition" in text]
    named += [file.name for file, text in texts.items() if 'pip install "edition' in text]
    assert named == []

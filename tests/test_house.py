"""The structure that docs/architecture.md describes, held against the code."""

import re
from pathlib import Path

from tools import measure_house

ROOT = Path(__file__).parents[1]
OLD_NAMES = {
    "desk", "glance", "again", "shows", "picks", "alike", "arranging", "words", "facts", "curate",
    "hues", "pairs", "chains", "spread", "telling", "quick", "rooms", "making", "curating",
    "varying",
    "roll", "ink", "hands", "patience", "plots", "probe", "pixels", "handwork", "room", "numbers",
    "measures", "writing", "splice", "papers", "hang", "gate", "opening", "reel", "paint", "asked",
    "gauges", "verdicts", "door", "watch", "spans", "terms", "looks", "memory", "sources", "splits",
    "thumbs", "adopt", "enlarging", "filming", "whole",
}  # fmt: skip
"""File names that told a newcomer nothing: see docs/decisions/0010-names.md."""
KEPT = {"memory"}
"""Of these, what is still to be moved; only ever shorter."""


def package() -> list[measure_house.Module]:
    return measure_house.modules(ROOT / "src")


def test_no_file_name_stands_twice() -> None:
    assert measure_house.shared_basenames(package()) == {}


def test_no_module_has_a_name_that_was_given_up() -> None:
    names = {m.path.stem for m in package()}
    assert names & OLD_NAMES <= KEPT


def test_old_packages_are_named_nowhere() -> None:
    old = re.compile(r"\bedition\.(desk|curate|serve|study|train|models|render|facts)\b")
    pages = [ROOT / "README.md", ROOT / "pyproject.toml", *(ROOT / "docs").glob("*.md")]
    code = [
        p
        for folder in ("src", "tests", "benchmarks", "tools")
        for p in (ROOT / folder).rglob("*.py")
    ]
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in (*pages, *code)
        if path != Path(__file__)
        for match in old.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []

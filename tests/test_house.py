"""The structure that docs/architecture.md describes, held against the code."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tools import measure_house

ROOT = Path(__file__).parents[1]
OLD_NAMES = {
    "desk", "glance", "again", "shows", "picks", "alike", "arranging", "words", "facts", "curate",
    "hues", "pairs", "chains", "spread", "telling", "quick", "rooms", "making", "curating",
    "varying",
    "roll", "ink", "hands", "patience", "plots", "probe", "pixels", "handwork", "room", "numbers",
    "measures", "writing", "splice", "papers", "hang", "gate", "opening", "reel", "paint", "asked",
    "gauges", "verdicts", "door", "watch", "spans", "terms", "looks", "memory", "sources", "splits",
    "thumbs", "adopt", "enlarging", "filming", "whole", "looking", "foreign_found", "unwritten",
    "colour", "fidelity", "supir_picture", "seedvr2_picture", "crew", "beginning", "setting",
    "scale", "workshop", "draw",
}  # fmt: skip
"""File names that told a newcomer nothing: see docs/decisions/0010-names.md."""
OLD_CLASSES = {
    "Asked", "Found", "Work", "Source", "Table", "Picture", "Said", "Page", "Cell", "Put", "Rung",
    "Hyper", "Desk", "Room", "Shelf", "Roll", "Ink", "Hand", "Pages", "Measures", "Arrange", "Ask",
    "Entry", "Words", "Spot", "Shown", "Todo", "Gauges", "Map", "Head", "Side", "Queued", "Planned",
    "Places", "Piece", "Bench", "Framed", "Hung", "Placed", "Book", "About", "House", "Gone",
    "Known", "Tried", "Looks", "Memory", "Sources", "Splits", "Door", "Gate", "Talk", "Over",
    "Lasting", "Patient", "Unhurried", "Moment", "Wide", "Plain", "Gated", "Crew", "Workshop",
    "Answers", "Material", "Setting",
}  # fmt: skip
"""Class names that told no more, or stood in two or three places."""


@cache
def package() -> list[measure_house.Module]:
    return measure_house.modules(ROOT / "src")


@cache
def tools() -> list[measure_house.Module]:
    return measure_house.modules(ROOT, "tools")


def test_no_file_name_stands_twice() -> None:
    stub = {"train.py": 2}  # edition.pocket.train says where tools.pocket_model.train is
    assert measure_house.shared_basenames([*package(), *tools()]) == stub


def test_no_module_has_a_name_that_was_given_up() -> None:
    names = {m.path.stem for m in (*package(), *tools())}
    assert names & OLD_NAMES == set()


def test_no_class_name_stands_twice_or_tells_nothing() -> None:
    classes = [
        node.name
        for module in (*package(), *tools())
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    assert {name for name in classes if classes.count(name) > 1} == set()
    assert set(classes) & OLD_CLASSES == set()


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


OLD_WORDS = re.compile(
    r"\b(anew|taken? back|takes back|given out|gives out|for ever|the whole road|it hangs there|"
    r"a fault in edition itself|so many new seeds instead|nothing to say against|most ink|"
    r"look-alikes at|farthest apart)\b",
    re.IGNORECASE,
)
"""Phrases that were given up for plain ones, in what people read and in comments."""
MADE = {"licences.md"}


def test_given_up_phrases_are_written_nowhere() -> None:
    pages = [p for p in (ROOT / "docs").glob("*.md") if p.name not in MADE]
    files = [ROOT / "README.md", *pages, *(m.path for m in package())]
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in files
        for match in OLD_WORDS.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_doors_ask_the_actions_and_never_the_store() -> None:
    assert measure_house.store_reached(package()) == 0
    doors = [m for m in package() if m.room in measure_house.DOORS]
    held = [m.name for m in doors if re.search(r"\.store\b", m.text)]
    assert held == [], "nor do they hand it on"


SENTENCES = {"told", "message", "action", "what", "sentence", "hint"}
"""Names that hold what a person is told."""


def sentences_read(tree: ast.AST) -> list[int]:
    """Lines on which something is looked for in a told sentence, or a piece is cut out of one."""

    def is_sentence(node: ast.AST) -> bool:
        while isinstance(node, ast.Call | ast.Subscript):
            inner = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(node, ast.Call) and ast.unparse(inner) == "str":
                return any("error" in ast.unparse(given) for given in node.args)
            node = inner.value if isinstance(inner, ast.Attribute) else inner
        name = getattr(node, "attr", getattr(node, "id", ""))
        return name in SENTENCES and ast.unparse(node) != "act.action"  # code, in the keymap

    cutting = {"partition", "rpartition", "startswith", "endswith", "removeprefix", "removesuffix"}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            pairs = zip(node.ops, node.comparators, strict=True)
            if any(isinstance(o, ast.In | ast.NotIn) and is_sentence(of) for o, of in pairs):
                lines.append(node.lineno)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in cutting
            and is_sentence(node.func.value)
        ):
            lines.append(node.lineno)
    return lines


def test_nothing_is_decided_from_a_sentence() -> None:
    rooms = {*measure_house.DOORS, "actions"}
    looked = [m for m in package() if m.room in rooms]
    found = [f"{m.name}:{line}" for m in looked for line in sentences_read(m.tree)]
    assert found == []
    for code in (
        "any(word in what.split(':')[0] for word in ('trash', 'stack'))",
        "error.message.splitlines()[0].partition('; ')[2]",
        "'full' not in str(error)",
    ):
        assert sentences_read(ast.parse(code)), "what it is there to find"


def test_the_package_imports_nothing_that_is_not_in_the_wheel() -> None:
    beside = re.compile(r"^\s*(from|import) (tools|tests|benchmarks)\b", re.MULTILINE)
    assert [m.path for m in package() if beside.search(m.path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("module", "now"),
    [
        ("edition.upscale.check", "python -m tools.supir_conformance"),
        ("edition.pocket.train", "python -m tools.pocket_model.train"),
    ],
)
def test_what_left_the_package_says_where_it_went(module: str, now: str) -> None:
    command = [sys.executable, "-m", module, "folder"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert now in done.stderr

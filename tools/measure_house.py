"""Measures the structure of the package: ``python -m tools.measure_house [COMMIT ...]``.

Prints one column for each commit and one for the working tree. Reads source as text and syntax
trees; runs none of it. ``--json`` prints the same as data.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import subprocess
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "edition"
DOORS = ("cli", "tui", "web", "serve")
"""Packages through which a person comes in; they may not reach the store."""
LONG = 50
"""Lines above which a function counts as long."""


@dataclass(slots=True)
class Module:
    """One source file."""

    name: str
    """Dotted, without ``.__init__``."""
    path: Path
    text: str
    tree: ast.Module = field(repr=False)

    @property
    def lines(self) -> int:
        """Lines, blank ones included."""
        return self.text.count("\n")

    @property
    def room(self) -> str:
        """The first package below the root, or an empty string."""
        parts = self.name.split(".")[1:]
        return parts[0] if len(parts) > 1 or (parts and self.path.name == "__init__.py") else ""


def modules(source: Path, package: str = PACKAGE) -> list[Module]:
    """All modules of the package below ``source``."""
    found = []
    for path in sorted((source / package).rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, path, text, ast.parse(text)))
    return found


def shared_basenames(found: list[Module]) -> dict[str, int]:
    """File names that stand in more than one place; packages' own files don't count."""
    counted = Counter(m.path.name for m in found if not m.path.name.startswith("__"))
    return {name: count for name, count in sorted(counted.items()) if count > 1}


def store_reached(found: list[Module]) -> int:
    """How often a door reaches for ``something.store.something``."""
    return sum(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "store"
        for m in found
        if m.room in DOORS
        for node in ast.walk(m.tree)
    )


def functions(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a module, inner ones too."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(module.tree) if isinstance(node, kinds)]


def inner_imports(found: list[Module]) -> dict[str, int]:
    """Import statements inside functions, by room."""
    counted: Counter[str] = Counter()
    for m in found:
        inside: set[ast.AST] = set()
        for function in functions(m):
            inside.update(
                n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)
            )
        counted[m.room or PACKAGE] += len(inside)
    return dict(counted)


def edges(found: list[Module], *, lazy: bool) -> dict[str, set[str]]:
    """Which module imports which, without what only type checkers read.

    Args:
        found: the modules.
        lazy: whether imports inside functions count too.
    """
    names = {m.name for m in found}
    graph: dict[str, set[str]] = {name: set() for name in names}
    for m in found:
        for node in _imports(m.tree, lazy=lazy):
            graph[m.name].update(t for t in _targets(node) if t in names and t != m.name)
    return graph


def _imports(tree: ast.AST, *, lazy: bool) -> list[ast.Import | ast.ImportFrom]:
    found: list[ast.Import | ast.ImportFrom] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        elif lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            found += _imports(node, lazy=lazy)
    return found


def _targets(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other in a circle (Tarjan 1972), largest first."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            if len(stack) - at > 1:
                groups.append(sorted(stack[at:]))
            del stack[at:]

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return sorted(groups, key=len, reverse=True)


def documented(found: list[Module]) -> tuple[int, int]:
    """How many public modules, classes and functions have a docstring, and how many there are."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    counts = [0, 0]

    def look(node: ast.AST, *, inner: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, kinds):
                if not inner and not child.name.startswith("_"):
                    counts[0] += ast.get_docstring(child) is not None
                    counts[1] += 1
                look(child, inner=inner or not isinstance(child, ast.ClassDef))
            else:
                look(child, inner=inner)

    for m in found:
        counts[0] += ast.get_docstring(m.tree) is not None
        counts[1] += 1
        look(m.tree, inner=False)
    return counts[0], counts[1]


def test_share(found: list[Module], tests: Path) -> dict[str, float]:
    """Lines of tests for each line of source, by room; tests lie in a folder of the room's name."""
    shares = {}
    for room in sorted({m.room for m in found if m.room}):
        source = sum(m.lines for m in found if m.room == room)
        files = (tests / room).rglob("*.py")
        lines = sum(path.read_text(encoding="utf-8").count("\n") for path in files)
        shares[room] = round(lines / source, 2)
    return shares


def measure(tree: Path) -> dict[str, object]:
    """All figures of one checkout."""
    found = modules(tree / "src")
    lengths = [(f.end_lineno or f.lineno) - f.lineno + 1 for m in found for f in functions(m)]
    named, public = documented(found)
    inside = inner_imports(found)
    circles = cycles(edges(found, lazy=True))
    return {
        "modules": len(found),
        "lines in the wheel": sum(m.lines for m in found),
        "shared basenames": len(shared_basenames(found)),
        ".store. in doors": store_reached(found),
        "imports inside functions": sum(inside.values()),
        "cycles at import": len(cycles(edges(found, lazy=False))),
        "cycles, lazy imports too": len(circles),
        "modules in the largest": max(map(len, circles), default=0),
        "functions": len(lengths),
        f"over {LONG} lines, %": round(100 * sum(n > LONG for n in lengths) / len(lengths), 2),
        "public docstrings, %": round(100 * named / public, 1),
        "tests / source": test_share(found, tree / "tests"),
        "detail": {"basenames": shared_basenames(found), "inside": inside, "cycles": circles},
    }


def at(commit: str, folder: Path) -> Path:
    """Puts a commit's tree into a folder."""
    data = subprocess.run(
        ["git", "archive", commit, "src", "tests"], check=True, capture_output=True
    )
    with tarfile.open(fileobj=io.BytesIO(data.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="measure_house", description=__doc__)
    parser.add_argument("commits", nargs="*", help="commits to measure before the working tree")
    parser.add_argument("--json", action="store_true", help="print data, with the details")
    wanted = parser.parse_args()
    results: dict[str, dict[str, object]] = {}
    for commit in wanted.commits:
        with tempfile.TemporaryDirectory() as folder:
            results[commit] = measure(at(commit, Path(folder)))
    results["here"] = measure(Path(__file__).resolve().parents[1])
    if wanted.json:
        print(json.dumps(results, indent=1))
        return
    print(f"{'':28}" + "".join(f"{name[:12]:>14}" for name in results))
    for row in next(iter(results.values())):
        values = [result[row] for result in results.values()]
        if not isinstance(values[0], dict):
            print(f"{row:28}" + "".join(f"{value!s:>14}" for value in values))
    print("\ntests / source, by room")
    for name, result in results.items():
        print(f"  {name}: {result['tests / source']}")


if __name__ == "__main__":
    main()

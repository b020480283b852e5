"""Nothing that only POSIX has is imported, or used, without asking first whether it is there."""

import ast
import subprocess
import sys
from pathlib import Path

import edition

SOURCE = Path(edition.__file__).parent
POSIX_MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
OPTIONAL = {"spandrel"}
"""Packages of extras whose absence may keep a module from being imported."""
POSIX_NAMES = {
    "os": {
        "fork", "getegid", "geteuid", "getgid", "getpgid", "getuid", "killpg", "mkfifo", "nice",
        "pathconf", "setsid", "statvfs", "uname", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK",
        "ST_RDONLY",
    },
    "signal": {
        "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGSTOP", "SIGTSTP", "SIGUSR1", "SIGUSR2",
        "SIGWINCH",
    },
}  # fmt: skip

HIDDEN = """
import importlib, os, pkgutil, signal, sys
import edition

def modules():
    found = pkgutil.walk_packages(edition.__path__, "edition.")
    return [module.name for module in found if not module.name.endswith("__main__")]

names = []
for name in modules():
    try:
        importlib.import_module(name)  # with all packages of others, which have their own branches
        names.append(name)
    except ModuleNotFoundError as missing:
        if missing.name not in {optional}:
            raise
for name in [name for name in sys.modules if name.split(".")[0] == "edition"]:
    del sys.modules[name]
for name in {modules}:
    sys.modules[name] = None
for owner, hidden in {names}.items():
    for name in hidden:
        vars(sys.modules[owner]).pop(name, None)
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_every_module_is_imported_without_what_only_posix_has() -> None:
    script = HIDDEN.replace("{modules}", repr(POSIX_MODULES)).replace("{names}", repr(POSIX_NAMES))
    script = script.replace("{optional}", repr(OPTIONAL))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) > 250


def uses(tree: ast.AST) -> list[ast.Attribute]:
    """``os.NAME`` and ``signal.NAME`` that POSIX alone has, outside a branch that asks for it."""
    guarded: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp) and asks(node.test):
            guarded.update(id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(first, ast.If) and asks(first.test) for first in node.body[:3]
        ):
            guarded.update(id(inner) for inner in ast.walk(node))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in POSIX_NAMES.get(node.value.id, ())
        and id(node) not in guarded
    ]


def asks(test: ast.AST) -> bool:
    """Whether a condition asks what there is."""
    text = ast.unparse(test)
    return "hasattr(" in text or "sys.platform" in text or "os.name" in text


def test_the_check_finds_a_bare_use_and_passes_a_guarded_one() -> None:
    assert uses(ast.parse("os.nice(5)"))
    assert not uses(ast.parse("if hasattr(os, 'nice'):\n    os.nice(5)"))


def test_nothing_of_posix_is_used_unasked() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno} {ast.unparse(node)}"
        for path in SOURCE.rglob("*.py")
        for node in uses(ast.parse(path.read_text()))
    ]
    assert not found

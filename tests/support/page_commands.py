"""The commands that pages show: in blocks, to be typed as they are, and named in sentences."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = {"cli.md", "keys.md", "licences.md", "recipe.md"}
"""Made from the code: their examples are the verbs' own help."""
PROGRAMS = {
    "accelerate", "edition", "export", "make", "openssl", "pip", "pipx", "python", "ray", "srun",
    "ssh", "torchrun", "uv", ".venv/bin/pip",
}  # fmt: skip
SHELL = {"sh", "bash", "console", ""}
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")
NAMED = re.compile(r"`edition ([^`]+)`")


@dataclass(frozen=True)
class PageCommand:
    """A command of a block."""

    page: str
    line: int
    text: str
    reason: str
    """Why it isn't run; empty where it is."""

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def pages() -> list[Path]:
    """The first page that a person reads, then those of docs/ in the order of the site."""
    order = re.findall(r"[\w./-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = [name for name in order if name not in GENERATED and "/" not in name]
    return [ROOT / "README.md", *(ROOT / "docs" / name for name in named)]


def blocks(text: str) -> Iterator[tuple[int, list[str], str]]:
    """Blocks of code that may hold commands: number of the first line, lines, reason not to run."""
    lines = text.splitlines()
    at, last = 0, ""
    while at < len(lines):
        line, start = lines[at], at
        fence = re.match(r"(\s*)```(\w*)", line)
        indented = line.startswith("    ") and not (last and not NOT_RUN.search(last))
        if not fence and not indented:
            last = line.strip() or (last if NOT_RUN.search(last) else "")
            at += 1
            continue
        reason = match[1] if (match := NOT_RUN.search(last)) else ""
        if fence:
            at += 1
            while not lines[at].strip().startswith("```"):
                at += 1
            inside, start = lines[start + 1 : at], start + 1
            at += 1
        else:
            while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
                at += 1
            inside = lines[start:at]
        last = ""
        if not fence or fence[2] in SHELL:
            yield start + 1, inside, reason


def commands(page: Path) -> list[PageCommand]:
    """The commands of a page's blocks, in their order; a backslash joins lines."""
    found = []
    for number, lines, reason in blocks(page.read_text(encoding="utf-8")):
        at = 0
        while at < len(lines):
            text, first = lines[at].strip(), at
            while text.endswith("\\") and at + 1 < len(lines):
                at += 1
                text = text[:-1] + lines[at].strip()
            at += 1
            if text.removeprefix("$ ").split(" ")[0] in PROGRAMS:
                plain = text.removeprefix("$ ")
                found.append(PageCommand(page.name, number + first, plain, reason))
    return found


def named(page: Path) -> list[tuple[str, list[str]]]:
    """What sentences name as a command of edition: the text, and its words behind ``edition``."""
    text = re.sub(r"^( *)```.*?^\1```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    found = [" ".join(match.split()) for match in NAMED.findall(text)]
    return [(inside, inside.replace("'", "").replace('"', "").split(" ")) for inside in found]

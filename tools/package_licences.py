"""Lists the licences of all pinned packages, as they state them.

    python -m tools.package_licences > docs/licences.md

A package's licence is its ``License-Expression``, else its classifiers, else the first line of its
``License`` field.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).parents[1] / "constraints.txt"

BESIDES = """\
Not in the list: what a CUDA build of torch brings (`nvidia-*`, under NVIDIA's own terms, and
`triton`), and packages of extras that are not pinned (bitsandbytes, torchao, spandrel, sdnq, which
is GPL 3). A package's word is about its own code: the wheel of pillow-heif, BSD by itself, carries
libheif and libde265 (LGPL) and x265 (GPL 2). Tools of the tests are in the list too. Licences of
what ships inside: `src/edition/assets` (typefaces, profiles, CLIP's table) and
`src/edition/web/page/xterm`.
"""


def licence_of(package: str) -> str:
    """What a package states, or ``not stated``; ``not installed`` where it isn't here."""
    try:
        facts = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return "not installed"
    if expression := facts.get("License-Expression"):
        return expression
    named = [
        line.rsplit(" :: ", 1)[1]
        for line in facts.get_all("Classifier") or ()
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    first = (facts.get("License") or "").strip().splitlines()[:1]
    return ", ".join(named) or (first[0] if first else "not stated")


def pinned() -> list[tuple[str, str]]:
    """Names and versions of the lock."""
    return re.findall(r"^([\w.-]+)==(\S+)", LOCK.read_text(), re.MULTILINE)


def main() -> None:
    """Prints the table."""
    print("# Licences of the packages\n")
    program = "python -m tools.package_licences"
    print(f"As each package of `constraints.txt` states it; `{program}` prints this")
    print("page. The program itself is Apache-2.0. What models allow is another matter: see")
    print("`edition models check`.\n")
    print(BESIDES)
    print("| Package | Version | Licence |\n|---|---|---|")
    for name, version in pinned():
        print(f"| {name} | {version} | {licence_of(name).replace('|', '/')} |")


if __name__ == "__main__":
    main()

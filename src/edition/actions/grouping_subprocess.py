"""Groups many prints in a process of its own, so that the screens stay quick.

``python -m edition.actions.grouping_subprocess ROOT SLUG LIKENESS`` groups look-alikes, and writes
how many groups there are; ``stacks`` instead of a likeness writes how many stacks there would be at
each distance.
In a thread of the screens 100,000 prints would take turns with the keys for seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edition.actions import stack_edits
from edition.errors import EditionError, LibraryError

if TYPE_CHECKING:
    from edition.actions.session import Session

_STACKS = "stacks"


def find(session: Session, slug: str, by: int = 0) -> tuple[int, int]:
    """Groups an edition's look-alikes, as ``stacking.lookalikes`` does.

    Args:
        session: the library.
        slug: the edition.
        by: so much stricter than the likeness kept, as far as that goes.

    Returns:
        How many groups, and the likeness used.

    Raises:
        LibraryError: the process came to nothing; its last word.
    """
    if stack_edits.is_quick(session, slug):
        return stack_edits.lookalikes(session, slug, by=by)
    likeness = stack_edits.likeness(session, slug, by)
    found = _child(session, slug, str(likeness), f"edition lookalikes {slug}")
    return found[0], likeness


def stacks_by_distance(session: Session, slug: str) -> list[int]:
    """How many stacks an edition would have at each distance, as ``stack_edits.by_distance``.

    Raises:
        LibraryError: the process came to nothing; its last word.
    """
    if stack_edits.is_quick(session, slug):
        return stack_edits.by_distance(session, slug)
    return _child(session, slug, _STACKS, f"edition stacks {slug}")


def _child(session: Session, slug: str, what: str, by_hand: str) -> list[int]:
    command = [sys.executable, "-m", "edition.actions.grouping_subprocess"]
    one_core = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # the other is for the keys
    done = subprocess.run(
        [*command, str(session.root), slug, what], env=os.environ | one_core, capture_output=True,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        words = done.stderr.strip().splitlines()
        raise LibraryError(
            f"Prints could not be grouped: {words[-1] if words else 'no reason given'}",
            hint=f"Try on the command line: {by_hand}",
        )
    return [int(number) for number in done.stdout.split()]


def main() -> int:
    """The process's own work."""
    from edition.actions.session import Session

    root, slug, what = sys.argv[1:4]
    try:
        with Session(Path(root)) as session:
            if what == _STACKS:
                found = stack_edits.by_distance(session, slug)
            else:
                found = [stack_edits.lookalikes(session, slug, int(what))[0]]
    except EditionError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    sys.stdout.write(" ".join(map(str, found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What a check of a proof found, and what of a print it looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from edition.proof.document_model import ProofPrint
from edition.proof.paper_sizes import Size


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that preflight noticed."""

    level: Literal["error", "warning"]
    what: str
    hint: str = ""


class SizedPrint(Protocol):
    """A print at a size, as plates and framed prints are."""

    @property
    def picture(self) -> ProofPrint:
        """The print."""

    @property
    def print_size(self) -> Size:
        """Its size on paper, millimetres."""


@runtime_checkable
class Cut(Protocol):
    """A print that is laid out larger than it is seen, as plates with bleed are."""

    @property
    def cut(self) -> Size:
        """The print as it is seen, millimetres."""


def seen(one: SizedPrint) -> Size:
    """A print's size as it is seen, millimetres: without what the cut takes off."""
    return one.cut if isinstance(one, Cut) else one.print_size


def names(pictures: Sequence[ProofPrint]) -> str:
    """Prints of which one thing is said: the first by its name, the others by their number."""
    found = list(dict.fromkeys(pictures))
    return found[0].name if len(found) == 1 else f"{found[0].name} and {len(found) - 1} more"

"""An edition's files: prints, and the text mirror of marks."""

import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edition import atomic, paths, regular_files
from edition.domain import LABELS, Marks
from edition.errors import LibraryError, next_step
from edition.library.tags import known_tags

_SEED = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class MirroredPrint:
    """What the text mirror keeps of a print."""

    marks: Marks
    note: str = ""
    tags: tuple[str, ...] = ()


def sweep_parts(root: Path, slug: str) -> int:
    """Removes what killed writers left half-written; returns how many files.

    What a living process of this machine writes stays: a retouched file may be coming in. Of other
    machines' nothing is known: call it while none of their workers writes there.
    """
    folder = paths.edition_folder(root, slug)
    parts = (p for kind in ("prints", "upscaled") for p in (folder / kind).glob("*/.*.part"))
    stale = [part for part in parts if not atomic.writer_lives(part)]
    for part in stale:
        part.unlink(missing_ok=True)
    return len(stale)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a text mirror, oldest first; broken ones are passed over."""
    yield from parsed(_lines(path))


def parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """JSON objects, one a line; broken lines are passed over."""
    for line in lines:
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):  # brackets in brackets, thousands of them
            continue
        if isinstance(fields, dict):
            yield fields


def marks_line(digest: str, seed: int, kept: MirroredPrint, when: float) -> dict[str, object]:
    """One line of the mirror."""
    marks = kept.marks
    return {
        "time": round(when, 3),
        "digest": digest,
        "seed": seed,
        "star": marks.star,
        "reject": marks.reject,
        "rating": marks.rating,
        "label": marks.label,
        "note": kept.note,
        "tags": list(kept.tags),
    }


def read_marks(root: Path, slug: str) -> dict[tuple[str, int], MirroredPrint]:
    """The last of every print that the mirror names; broken lines are passed over.

    Returns:
        (digest, seed) → marks, note and tags.
    """
    lines = read_lines(paths.marks_file(root, slug))
    return dict(found for fields in lines if (found := mirrored(fields)))


def mirrored(fields: dict[str, Any]) -> tuple[tuple[str, int], MirroredPrint] | None:
    """What a line of the mirror of marks says, by digest and seed; None when it is broken."""
    try:
        label = fields.get("label", "")
        star, reject = fields["star"] is True, fields["reject"] is True
        found = Marks(
            star=star,
            reject=reject and not star,
            rating=min(5, max(0, int(fields["rating"]))),
            label=label if label in LABELS else "",
        )
        kept = MirroredPrint(found, str(fields.get("note", "")), known_tags(fields.get("tags", ())))
        return (str(fields["digest"]), int(fields["seed"])), kept
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _lines(path: Path) -> Iterator[str]:
    try:
        with (
            regular_files.open_regular(path) as file,
            io.TextIOWrapper(file, encoding="utf-8", errors="replace") as text,
        ):
            yield from text
    except FileNotFoundError:
        return
    except OSError as error:
        raise LibraryError(
            f"Can't read {path}: {regular_files.reason(error)}.", hint=next_step(error)
        ) from error


def print_files(root: Path, slug: str) -> Iterator[Path]:
    """Every print's file of an edition, whole or not, in a stable order."""
    folder = paths.edition_folder(root, slug) / "prints"
    yield from sorted(folder.glob("*/[0-9]*.png"))


def seed_of(path: Path) -> int | None:
    """The seed that a print's file is named by; None for another name, such as ``1 copy.png``."""
    return int(path.stem) if _SEED.fullmatch(path.stem) else None


def upscaled_files(root: Path, slug: str) -> Iterator[Path]:
    """Every enlarged or retouched print's file of an edition."""
    folder = paths.edition_folder(root, slug) / "upscaled"
    yield from sorted(p for p in folder.glob("*/[0-9]*.*") if p.suffix != ".json")


def slugs(root: Path) -> tuple[str, ...]:
    """The editions of a library: folders that hold an ``edition.toml``."""
    if not root.is_dir():
        return ()
    found = (file.parent.name for file in root.glob("*/edition.toml"))
    return tuple(sorted(name for name in found if paths.SLUG.fullmatch(name)))

"""What was made to be sent to a print house, and of which prints: noted beside the proofs.

The order sheet names these files with their bytes and digests; a file that was made of other
prints, sizes or settings, or was changed since, is not on it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from filelock import FileLock

from edition import atomic, paths, regular_files
from edition.errors import LibraryError, ProofError
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.paper_sizes import Size
from edition.proof.plate import Plate, plan
from edition.proof.wall_layout import frame
from edition.recipe.proof_settings import ProofSettings
from edition.text_format import count

NOTES = "sent.json"
LOCK_SECONDS = 30
"""How long the notes of another proof are waited for."""
_SHAPING = {
    "plate_paper", "nest", "bleed_mm", "border_mm", "mount_mm", "wrap", "deckle", "profile",
    "screen", "hang", "sequence", "order",
}  # fmt: skip
"""Settings that the pages of plates depend on, besides their sizes."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it lies there now."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    kind: str = ""
    """Of an exported file: format, bits and colour space; empty where nobody noted it."""

    @property
    def told(self) -> str:
        """Name, bytes and digest."""
        return f"{self.name}, {self.size:,} bytes, sha256 {self.sha256}"


@dataclass(frozen=True, slots=True)
class SentFiles:
    """What is there to be sent of an order."""

    plates: SentFile | None = None
    """The PDF whose pages are exactly those of the order."""
    copies: int = 0
    """That the PDF says of each print; 0 where it says nothing."""
    exported: dict[str, tuple[SentFile, ...]] = field(default_factory=dict)
    """By ``named``: files of one print in one size."""
    other: tuple[str, ...] = ()
    """Plates of other prints, sizes or settings, files of earlier versions, changed files."""
    other_copies: int = 0
    """That plates say which are not of the order; 0 where none says a number."""

    def of(self, plate: Plate) -> tuple[SentFile, ...]:
        """Exported files of a print in a size."""
        return self.exported.get(named(plate.picture, plate.cut), ())


def named(picture: ProofPrint, size: Size) -> str:
    """One name for a print's file in a size."""
    file = picture.sha256 or picture.file.name
    return f"{picture.digest}:{picture.seed}:{file}:{size.width:.1f}x{size.height:.1f}"


def note_plates(
    folder: Path, file: Path, show: PrintSet, settings: ProofSettings,
    sizes: Sequence[float] = (), copies: int = 0,
) -> tuple[str, ...]:  # fmt: skip
    """Notes that a PDF holds the plates of a show.

    Args:
        folder: of the proofs.
        file: the PDF.
        show: its prints.
        settings: it was made with.
        sizes: longer sides in millimetres; empty for the settings'.
        copies: that it says of each print; 0 for none.

    Returns:
        A warning where the notes can't be written: the PDF is whole all the same.
    """
    copies = 0 if settings.deckle else copies  # such a sheet has no room for words
    facts = {
        **_plates(show, settings, sizes),
        "copies": copies,
        "sha256": regular_files.sha256_of(file),
    }
    return _write(folder, {_place(folder, file): facts})


def note_exports(
    folder: Path, files: Sequence[Path], show: PrintSet, settings: ProofSettings, kind: str = ""
) -> tuple[str, ...]:
    """Notes files that were exported, one for each print of a show in its order.

    Args:
        folder: of the proofs.
        files: that were written.
        show: its prints.
        settings: their sizes.
        kind: format, bits and colour space of all, for the order sheet.

    Returns:
        A warning where the notes can't be written: the files are whole all the same.
    """
    return _write(
        folder,
        {
            _place(folder, file): {
                "of": [named(one, frame(one, settings).print_size)],
                "sha256": regular_files.sha256_of(file),
                "kind": kind,
            }
            for file, one in zip(files, show.pictures, strict=True)
        },
    )


def there(
    folder: Path, show: PrintSet, settings: ProofSettings, sizes: Sequence[float] = (),
    copies: int = 0,
) -> SentFiles:  # fmt: skip
    """The files of an order that are there.

    Args:
        folder: of the proofs.
        show: prints of the order.
        settings: of the order.
        sizes: longer sides in millimetres; empty for the settings'.
        copies: ordered of each print; 0 for as many as the plates say.

    Raises:
        ProofError: the plates say another number of copies.
    """
    pages = _plates(show, settings, sizes)
    wanted = {_work(key): key for key in pages["of"]}
    plates, exported = list[tuple[SentFile, int]](), dict[str, tuple[SentFile, ...]]()
    other, other_copies = list[str](), 0
    for place, facts in _read(folder).items():
        key = facts["of"][0]
        ours = wanted.get(_work(key)) if "shape" not in facts else None
        if "shape" not in facts and not ours:
            continue  # of a print or a size that nobody orders
        found = _as_it_is(folder / place, facts.get("kind", ""))
        if found is None:
            continue
        if found.sha256 != facts["sha256"] or (ours and ours != key):
            other.append(found.name)
        elif ours:
            exported[key] = (*exported.get(key, ()), found)
        elif {key: facts[key] for key in pages} == pages:
            plates.append((found, facts["copies"]))
        else:
            other.append(found.name)
            other_copies = other_copies or facts["copies"]
    chosen, said = _of_copies(plates, copies)
    return SentFiles(chosen, said, exported, tuple(other), other_copies)


def _of_copies(plates: Sequence[tuple[SentFile, int]], copies: int) -> tuple[SentFile | None, int]:
    """Of PDFs with the pages of an order one that says its copies, or none."""
    fit = [one for one in plates if not copies or one[1] in (copies, 0)]
    if plates and not fit:
        file, said = plates[-1]
        raise ProofError(
            f"{file.name} says {count(said, 'copy')} of each print, this order says {copies}.",
            hint=f"Make the plates again with --copies {copies}, then the order.",
        )
    if not copies and len({said for _, said in fit}) > 1:
        told = ", ".join(f"{file.name} says {said or 'none'}" for file, said in fit)
        raise ProofError(
            f"Plates of this order say several numbers of copies: {told}.",
            hint="Say which is ordered: --copies.",
        )
    return max(fit, key=lambda one: one[1] == copies, default=(None, 0))


class _Pages(TypedDict):
    """What the pages of plates are of."""

    of: list[str]
    shape: str


def _work(key: str) -> str:
    """A print in a size, by its ``named``: whatever file it is printed from."""
    digest, seed, rest = key.split(":", 2)
    return ":".join((digest, seed, rest.rpartition(":")[2]))


def _plates(show: PrintSet, settings: ProofSettings, sizes: Sequence[float]) -> _Pages:
    shape = settings.model_dump_json(include=_SHAPING)
    plates = plan(show, settings, sizes)
    # what stands below each plate
    words = (show.title, show.artist, [(p.picture.name, p.picture.artist) for p in plates])
    return {
        "of": [named(plate.picture, plate.cut) for plate in plates],
        "shape": hashlib.sha256(repr((shape, words)).encode()).hexdigest(),
    }


def _as_it_is(file: Path, kind: str) -> SentFile | None:
    """None where it can't be read, as on a stick that isn't in."""
    try:
        return SentFile(file.name, file.stat().st_size, regular_files.sha256_of(file), kind)
    except OSError:
        return None


def _place(folder: Path, file: Path) -> str:
    whole, home = file.resolve(), folder.resolve()
    return str(whole.relative_to(home) if whole.is_relative_to(home) else whole)


def _write(folder: Path, facts: dict[str, dict[str, object]]) -> tuple[str, ...]:
    try:
        with FileLock(folder / ".sent.lock", timeout=LOCK_SECONDS):  # two may make files at once
            known = {at: was for at, was in _read(folder).items() if not _is_gone(folder / at)}
            text = json.dumps({**known, **facts}, indent=1, sort_keys=True)
            atomic.write(folder / NOTES, text.encode())
    except LibraryError as error:
        return (f"an order sheet can't name what was made now: {error.message.rstrip('.')}",)
    except OSError as error:  # of the lock, which may also be held for too long
        why = f"{folder / NOTES}: {regular_files.reason(error)}"
        return (f"an order sheet can't name what was made now: {why}",)
    return ()


def _is_gone(file: Path) -> bool:
    """Whether a file was removed; a folder that isn't there may be a stick that isn't in."""
    return paths.is_folder(file.parent) and not paths.is_file(file)


def _read(folder: Path) -> dict[str, Any]:
    """The notes; of a file that is not theirs, none: its files are then not on the order."""
    try:
        found = json.loads(regular_files.read_text(folder / NOTES))
        return {place: facts for place, facts in found.items() if _sound(facts)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _sound(facts: object) -> bool:
    """Whether a note is one of those that are written here."""
    if not isinstance(facts, dict):
        return False
    of, copies = facts.get("of"), facts.get("copies", 0)
    listed = (
        isinstance(of, list) and bool(of)
        and all(isinstance(one, str) and one.count(":") >= 3 for one in of)
    )  # fmt: skip
    texts = (facts.get("sha256"), facts.get("kind", ""))
    kept = isinstance(copies, int) and all(isinstance(one, str) for one in texts)
    return listed and kept and ("shape" in facts) == ("copies" in facts)

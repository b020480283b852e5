"""Marks of adopted pictures as XMP: read from other programs, and written for them if wanted.

For each file the library keeps its XMP as it was when last read or written. What differs
from that afterwards was decided since: in the file, by another program; in the library, here. Only
what changed is carried over, and the changes that come in are one act of the history.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from edition import paths
from edition.actions import adopted_pictures
from edition.domain import FieldChange, Filter, MarkChange
from edition.errors import EditionError
from edition.library import tags, xmp, xmp_files
from edition.text_format import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from edition.actions.adopted_pictures import Seen
    from edition.actions.session import Session
    from edition.domain import Change, FoundFile, Marks, Print
    from edition.library.xmp import Told

Way = Literal["off", "sidecar", "embed"]


def read_changed(
    session: Session, slug: str, seen: Mapping[str, Seen], before: Mapping[str, FoundFile]
) -> int:
    """Takes in what other programs decided since; undoable. Returns of how many pictures.

    Args:
        session: the library.
        slug: the edition.
        seen: its files as they are.
        before: as the library knew them before it read what is new.
    """
    known = session.store.adopted.files(slug)
    news: dict[str, FoundFile] = {}
    decided: dict[str, tuple[Told, Told]] = {}
    for file, now in seen.items():
        old, here = before.get(file), known.get(file)
        if old is None or here is None or not here.digest or here.digest != old.digest:
            continue  # marks of new pictures came with them
        if (old.sidecar, old.changed) == (now.sidecar, now.changed):
            continue
        said = adopted_pictures.read_told(session.root / file)
        news[file] = replace(here, sidecar=now.sidecar, said=said.as_text())
        if said.as_text() != old.said:
            decided[here.digest] = xmp.from_text(old.said), said
    rated = _take(session, slug, decided)
    if news:
        session.store.adopted.said(slug, list(news.values()))
    return rated


def _take(session: Session, slug: str, decided: Mapping[str, tuple[Told, Told]]) -> int:
    if not decided:
        return 0
    changed = 0

    def decide() -> tuple[str, Sequence[Change]]:
        nonlocal changed
        ids = session.store.prints.select(slug, Filter(trash=None))
        changes: list[Change] = []
        for item in session.store.prints.get(ids).values():
            if item.digest not in decided:
                continue
            old, now = decided[item.digest]
            marks, words = _after(item, old, now)
            changed += (marks, words) != (item.marks, item.tags)
            changes.append(MarkChange(item.id, item.marks, marks))
            changes.append(FieldChange(tags.KIND, str(item.id), list(item.tags), list(words)))
        return f"read marks of {count(changed, 'picture')} from XMP in {slug}", changes

    session.store.journal.act(decide)
    return changed


def _after(item: Print, old: Told, now: Told) -> tuple[Marks, tuple[str, ...]]:
    """Marks and tags of a picture with what another program changed; the rest stays."""
    marks = item.marks
    rating = now.rating or 0
    if rating != (old.rating or 0) and rating != (_want(item).rating or 0):
        star = marks.star and rating >= 0
        marks = replace(marks, reject=rating < 0, rating=max(0, rating), star=star)
    if (now.label or "") != (old.label or ""):
        marks = replace(marks, label=now.label or "")
    words = (set(item.tags) - (set(old.tags) - set(now.tags))) | (set(now.tags) - set(old.tags))
    return marks, tuple(sorted(words)[: tags.MOST])


def write_changed(session: Session, slug: str, ids: Sequence[int] | None = None) -> list[str]:
    """Writes the library's marks into XMP, where they differ and that is wanted.

    Args:
        session: the library.
        slug: the edition.
        ids: of the pictures that may have changed; None for all.

    Returns:
        What could not be written, a sentence each; it is tried again at the next opening.
    """
    if not paths.is_adopted(session.root, slug) or (way := _way(session, slug)) == "off":
        return []
    known = session.store.adopted.files(slug)
    chosen = session.store.prints.select(slug, Filter(trash=None)) if ids is None else ids
    faults, written = [], []
    for item in session.store.prints.get(chosen).values():
        found = known.get(item.file)
        if found is None or _want(item).as_text() == found.said:
            continue
        try:
            written.append(_written(session.root, found, _want(item), way))
        except EditionError as error:
            faults.append(f"{item.file}: {error.message}")
    if written:
        session.store.adopted.said(slug, written)
    return faults


def after_marks(session: Session, ids: Sequence[int]) -> None:
    """Writes XMP of pictures that were marked just now, where that is wanted.

    What can't be written stays different from the library, and is tried again later.
    """
    of_slug: dict[str, list[int]] = {}
    for item in session.store.prints.get(ids).values():
        if paths.adopted_name(item.file):
            of_slug.setdefault(item.slug, []).append(item.id)
    for slug, mine in of_slug.items():
        with suppress(EditionError, OSError):
            write_changed(session, slug, mine)


def _written(root: Path, found: FoundFile, want: Told, way: Way) -> FoundFile:
    path = paths.inside(root, found.file)
    sha256 = found.sha256
    if way == "embed" and xmp_files.can_embed(path):
        xmp_files.embed(path, want)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        if xmp_files.sidecars(path):  # they are read before the file's own words
            xmp_files.write_sidecar(path, want)
    else:
        xmp_files.write_sidecar(path, want)
    state = path.stat()
    sidecar = max((p.stat().st_mtime_ns for p in xmp_files.sidecars(path)), default=0)
    return replace(
        found, size=state.st_size, changed=state.st_mtime_ns, sidecar=sidecar, sha256=sha256,
        said=want.as_text(),
    )  # fmt: skip


def _want(item: Print) -> Told:
    return xmp.told_of(item.marks, item.tags)


def _way(session: Session, slug: str) -> Way:
    try:
        return session.recipe(slug).marks.xmp
    except EditionError:
        return "off"

"""Other programs' pictures into editions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import atomic, paths, regular_files
from edition.errors import EditionError
from edition.library import foreign_metadata, mirror_files
from edition.library.foreign_settings import one_line
from edition.recipe import edition_file
from edition.recipe.recipe import Seeds
from edition.recipe.seeds import format_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.actions.session import Session
    from edition.library.foreign_metadata import ForeignRecipe
    from edition.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class ImportedEdition:
    """An edition made of pictures of one recipe."""

    slug: str
    file: Path
    program: str
    seeds: tuple[int, ...]
    lost: tuple[str, ...]
    """What can't be made again, a sentence each."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of an import."""

    editions: tuple[ImportedEdition, ...]
    refused: tuple[str, ...]
    """Files that say nothing, each with the reason."""


def take_in(
    session: Session, pictures: Sequence[Path], slug: str = "", model: str = ""
) -> ImportResult:
    """Makes an edition for every recipe among pictures; seeds of one recipe come together.

    The pictures are copied beside the edition's recipe, to be compared with.

    Args:
        session: the library.
        pictures: files as their programs saved them.
        slug: of the first edition; empty makes one from the file's name.
        model: to name instead of theirs.

    Raises:
        EditionError: none of the pictures could be read; the reason of the first.
    """
    groups: dict[str, list[tuple[Path, ForeignRecipe]]] = {}
    refused: list[EditionError] = []
    for path in pictures:
        try:
            found = foreign_metadata.read(path)
        except EditionError as error:
            refused.append(error)
            continue
        key = _same(found.recipe).to_json()
        groups.setdefault(key, []).append((path, found))
    if refused and not groups:
        raise refused[0]
    made = tuple(_edition(session, group, slug, model) for group in groups.values())
    return ImportResult(made, tuple(error.message for error in refused))


def of_adopted(session: Session, ids: Sequence[int]) -> ImportResult:
    """Makes editions from adopted pictures whose recipes are understood.

    Raises:
        EditionError: none of them says how it was made.
    """
    prints = session.store.prints.get(ids)
    return take_in(session, [session.file(prints[i].file) for i in ids if i in prints])


def told(made: ImportResult) -> list[str]:
    """The result of an import for the person, a line each."""
    lines = []
    for item in made.editions:
        lines.append(
            f"{item.slug}: seed {format_seeds(item.seeds)}, from {item.program}. "
            f"Render it with: edition render {item.slug}"
        )
        lines += [f"  Not the same here: {line}" for line in item.lost]
    return lines + [f"Passed over: {message}" for message in made.refused]


def _same(recipe: Recipe) -> Recipe:
    """The recipe without what differs from picture to picture."""
    return recipe.model_copy(update={"title": "x", "seeds": Seeds(render="0")})


def _edition(
    session: Session, group: list[tuple[Path, ForeignRecipe]], wanted: str, model: str
) -> ImportedEdition:
    path, first = group[0]
    seeds = tuple(dict.fromkeys(found.seed for _, found in group))
    recipe = first.recipe.model_copy(update={"seeds": Seeds(render=format_seeds(seeds))})
    lost = tuple(dict.fromkeys(line for _, found in group for line in found.lost))
    if model:
        recipe = recipe.model_copy(
            update={"model": recipe.model.model_copy(update={"base": model})}
        )
        lost = tuple(line for line in lost if not line.startswith("Its model "))
    slug = _free(session, wanted or _slug(path.stem))
    notes = [f"# Imported from {one_line(first.program)}: {one_line(path.name)}"]
    notes += [f"# Not the same here: {one_line(line)}" for line in lost]
    file = paths.edition_file(session.root, slug)
    text = "\n".join(notes) + "\n" + edition_file.write_new(recipe)
    edition_file.parse(text)
    for number, (source, _) in enumerate(group, start=1):
        name = source.name.encode("utf-8", "backslashreplace").decode()
        target = file.parent / "imported" / name
        if target.exists():  # another folder's file of the same name
            target = target.with_name(f"{target.stem}-{number}{target.suffix}")
        atomic.write(target, regular_files.read_bytes(source))
    atomic.write(file, text.encode())
    return ImportedEdition(slug, file, first.program, seeds, lost)


def _slug(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain[:50].strip("-") or "imported"


def _free(session: Session, slug: str) -> str:
    """The slug, or with a number behind it when it is taken."""
    paths.check_slug(slug)
    taken = set(mirror_files.slugs(session.root))
    names = (slug, *(f"{slug}-{number}" for number in range(2, 100_000)))
    return next(name for name in names if name not in taken)

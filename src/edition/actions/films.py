"""Films and chains for both doors."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edition import atomic, extras, paths, picture_reader
from edition.diffusion import init_image
from edition.errors import EditionError, RecipeError, StudyError
from edition.library import metadata
from edition.press import control
from edition.press.job_payloads import FilmRequest, submit_film
from edition.recipe.recipe import Init, Recipe
from edition.studies.animation_writer import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edition.actions.session import Session
    from edition.domain import Print


def film(
    session: Session,
    slug: str,
    seed: int,
    recipe: Recipe,
    *,
    formats: Sequence[str] = ("webp",),
    fps: float = 8.0,
    strip: int = 12,
) -> tuple[int, Path]:
    """Queues a film of a print.

    Args:
        session: the library.
        slug: the edition.
        seed: of the print; it is rendered on the way if it isn't there.
        recipe: of the print.
        formats: of edition.studies.animation_writer.FORMATS.
        fps: frames a second.
        strip: frames on the filmstrip.

    Returns:
        The job's id, and the folder the film will be in.

    Raises:
        StudyError: a format is unknown, or ffmpeg isn't installed for an MP4.
    """
    for name in formats:
        if name not in FORMATS:
            raise StudyError(
                f"There is no film format {name!r}.", hint=f"Known: {', '.join(FORMATS)}."
            )
    if "mp4" in formats and importlib.util.find_spec("imageio_ffmpeg") is None:
        raise StudyError("An MP4 needs ffmpeg.", hint=extras.install_extra("film"))
    home = paths.edition_folder(session.root, slug)
    whole = init_image.with_init_digest(recipe, home)
    digest = session.digest(slug, whole)
    folder = paths.film_folder(session.root, slug, digest, seed)
    wish = FilmRequest(
        recipe=whole, digest=digest, seed=seed, name=folder.name, formats=tuple(formats),
        frame_ms=max(10, round(1000 / fps)), strip=strip,
    )  # fmt: skip
    job = submit_film(session.store, slug, wish)
    control.start(session.store)
    return job, folder


def film_name(item: Print) -> str:
    """The name of a print's film among its edition's studies."""
    return paths.film_folder(Path(), item.slug, item.digest, item.seed).name


def film_file(root: Path, item: Print) -> Path | None:
    """The film of a print in a format that can be played frame by frame; None before it is made."""
    folder = paths.film_folder(root, item.slug, item.digest, item.seed)
    found = (folder / f"film.{name}" for name in ("webp", "gif"))
    return next((path for path in found if path.is_file()), None)


def film_of(session: Session, item: Print) -> int:
    """Queues the film of a print that is in the library; returns the job's id.

    Raises:
        StudyError: its recipe isn't known, or its model is no longer what it was.
    """
    recipe = session.print_recipe(item.digest)
    if recipe is None:
        raise StudyError(
            f"Nothing is known of how seed {item.seed} was made.",
            hint="Read the files again: edition rescan",
        )
    if session.digest(item.slug, recipe) != item.digest:
        raise StudyError(
            f"The model {recipe.model.base} is not the one that seed {item.seed} was made with.",
            hint="A film would show another picture. Restore the old weights first.",
        )
    return film(session, item.slug, item.seed, recipe)[0]


def print_named(session: Session, name: str) -> Print:
    """The print that a person means by ``SLUG:SEED`` or ``SLUG:DIGEST:SEED``.

    Of several prints of one seed the edition's present recipe comes first, then the newest.

    Raises:
        StudyError: there is none.
    """
    parts = name.split(":")
    if len(parts) not in (2, 3) or not parts[-1].isdigit():
        raise StudyError(f"{name!r} is not a print.", hint="Write SLUG:SEED, pocket-dreams:7")
    slug, seed = paths.check_slug(parts[0]), int(parts[-1])
    found = list(session.store.prints.find(slug, [seed]))
    if len(parts) == 3:
        found = [p for p in found if p.digest.startswith(parts[1])]
    if not found:
        raise StudyError(
            f"There is no print {name}.", hint=f"Render it: edition render {slug} --seeds {seed}"
        )
    try:
        now = session.digest(slug)
    except EditionError:
        now = ""
    return max(found, key=lambda p: (p.digest == now, p.id))


@dataclass(frozen=True, slots=True)
class InitSource:
    """What a chain starts from."""

    slug: str
    recipe: Recipe
    """Of the new prints, its ``init`` set."""
    title: str


def source(session: Session, named: str, slug: str = "") -> InitSource:
    """A print or an image file as the beginning of new prints.

    A file is copied into the edition, so that the link can be rendered again permanently.

    Args:
        session: the library.
        named: ``SLUG:SEED``, ``SLUG:DIGEST:SEED``, or the path of an image.
        slug: the edition the new prints belong to; empty takes the print's own.

    Raises:
        StudyError: there is no such print, or no edition is named for a file.
        RecipeError: the file is missing.
        PictureError: it is cut short or no image.
    """
    path = paths.expanded(named)
    if paths.is_file(path):
        inside = _as_print(session, path)
        if inside:
            named = inside
        else:
            return _from_file(session, path, slug)
    elif ":" not in named or "/" in named:
        raise RecipeError(f"There is no file {named}.", hint="Name an image, or a print: SLUG:SEED")
    item = print_named(session, named)
    made = session.print_recipe(item.digest) or session.recipe(item.slug)
    init = Init(file=f"{item.slug}:{item.digest}:{item.seed}")
    init_image.picture(init, paths.edition_folder(session.root, slug or item.slug))
    base = made.model_copy(update={"init": init})
    if slug and slug != item.slug:
        base = session.recipe(slug).model_copy(update={"init": init})
    return InitSource(slug or item.slug, base, f"{item.slug}, seed {item.seed}")


def _as_print(session: Session, path: Path) -> str:
    """The name of the library's print that a file is; empty when it is none."""
    slug = paths.slug_of(session.root, path)
    if not slug or path.suffix != ".png":
        return ""
    origin = metadata.read(path)
    if origin is None or not session.store.prints.find(slug, [origin.seed], origin.digest):
        return ""
    return f"{slug}:{origin.digest}:{origin.seed}"


def _from_file(session: Session, path: Path, slug: str) -> InitSource:
    if not slug:
        raise StudyError(
            f"{path} belongs to no edition.", hint="Say which: --edition pocket-dreams"
        )
    picture_reader.read(path)
    data = path.read_bytes()
    name = f"starts/{hashlib.sha256(data).hexdigest()[:12]}{path.suffix.lower()}"
    copy = paths.edition_folder(session.root, slug) / name
    recipe = session.recipe(slug)
    if not copy.is_file():
        atomic.write(copy, data)
    return InitSource(slug, recipe.model_copy(update={"init": Init(file=name)}), path.name)


def tree(session: Session, slug: str) -> tuple[str, ...]:
    """The lineage of an edition's prints as lines of a tree."""
    rows = session.store.studies.lineage(slug)
    children: dict[str, list[tuple[str, int, str, str, bool]]] = {}
    names = {f"{row[0]}:{row[1]}" for row in rows}
    for row in rows:
        parent = row[2] if row[2] in names else ""
        children.setdefault(parent, []).append(row)
    lines: list[str] = []
    stack = [(row, "", "") for row in reversed(children.get("", []))]
    while stack:
        row, lead, branch = stack.pop()
        digest, seed, _, prompt, star = row
        mark = " ★" if star else ""
        lines.append(f"{lead}{branch}{digest[:12]} seed {seed}{mark}  {prompt}")
        below = children.get(f"{digest}:{seed}", [])
        inner = lead + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        for k, child in reversed(list(enumerate(below))):
            stack.append((child, inner, "└─ " if k == len(below) - 1 else "├─ "))
    return tuple(lines)

"""Work with recipes: an edition cloned, two recipes compared, prints made again elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from edition import atomic, paths
from edition.actions import editions
from edition.actions.model_changes import WeightsNow
from edition.diffusion.init_image import with_init_digest
from edition.domain import Filter
from edition.errors import EditionError, ModelError, RecipeError
from edition.press import control
from edition.press.job_payloads import submit_render
from edition.recipe import edition_file
from edition.recipe.recipe import Recipe, Sampling
from edition.recipe.recipe_diff import RecipeDifference, differences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from edition.actions.session import Session

Size = tuple[int, int]
"""Width and height, pixels."""
NOT_RECORDED = "not recorded"
"""Of weights: the recipe's digest is not that of the present ones, and no print says which."""
OTHERS = "those that these prints were made with: the same seed gives another picture"
_SIZE = re.compile(r"(\d{2,4})\s*[x×*]\s*(\d{2,4})")


@dataclass(frozen=True, slots=True)
class NamedRecipe:
    """A recipe to compare, by name."""

    name: str
    """``slug``, ``slug@digest`` or ``slug:seed``."""
    recipe: Recipe
    weights: str = ""
    """Fingerprint of the model that it was drawn with, or would be; empty where not known."""


@dataclass(frozen=True, slots=True)
class QueuedPrints:
    """Prints that are to be made again."""

    slug: str
    """Where."""
    digest: str
    seeds: tuple[int, ...]
    job: int
    """0 when all of them are there, or asked for already."""
    note: str = ""
    """What to know of them, a sentence: that the model is another one now."""


# writing


def save_text(session: Session, slug: str, text: str, was: str) -> str:
    """Writes an edition's file whole, unless somebody has changed it since it was read.

    Args:
        session: the library.
        slug: the edition.
        text: valid TOML of a recipe.
        was: the file's text when it was read.

    Returns:
        The file's text now: ``text``, or another's, over which nothing was written.

    Raises:
        RecipeError: the text is no recipe, or the file is gone or can't be read.
        LibraryError: it can't be written.
    """
    path = paths.edition_file(session.root, slug)
    edition_file.parse(text)
    with session.alone():
        there = edition_file.source(path)
        if there not in (was, text):
            return there
        atomic.write(path, text.encode())
    return text


# cloning


def clone(session: Session, source: str, slug: str, title: str = "") -> Path:
    """Makes an edition with another's recipe; files that it names beside its own stay found.

    Args:
        session: the library.
        source: the edition to start from.
        slug: the new one's name.
        title: of the new one; made from the slug when empty.

    Returns:
        The new edition's file.

    Raises:
        RecipeError: the slug is taken or no slug, or there is no such edition.
    """
    recipe = session.recipe(source)
    path = editions.new(session, slug, title=title, like=source)
    changes = _moved_files(paths.edition_folder(session.root, source), source, recipe)
    if changes:
        session.edit(slug, changes)
    return path


def _moved_files(home: Path, source: str, recipe: Recipe) -> dict[str, object]:
    """Keys that name files beside the source's recipe, as the clone has to name them."""

    def moved(name: str) -> str:
        beside = (
            name and not name.startswith(("/", "~")) and name != "pocket" and (home / name).exists()
        )
        return f"../{source}/{name}" if beside else name

    model, changes = recipe.model, dict[str, object]()
    if moved(model.base) != model.base:
        changes["model.base"] = moved(model.base)
    if moved(model.network) != model.network:
        changes["model.network"] = moved(model.network)
    if any(moved(name) != name for name in model.embeddings):
        changes["model.embeddings"] = [moved(name) for name in model.embeddings]
    if any(moved(lora.file) != lora.file for lora in model.loras):
        changes["model.loras"] = [
            {"file": moved(lora.file), "weight": lora.weight} for lora in model.loras
        ]
    if recipe.init is not None and moved(recipe.init.file) != recipe.init.file:
        changes["init.file"] = moved(recipe.init.file)
    return changes


# comparing


def side(session: Session, name: str) -> NamedRecipe:
    """The recipe that a name means.

    Args:
        session: the library.
        name: ``slug`` for an edition's present recipe, ``slug@1a2b`` for an earlier one by the
            first digits of its digest, ``slug:7`` for the one that made a print.

    Raises:
        RecipeError: there is no such recipe.
    """
    slug, at, start = name.partition("@")
    if at:
        digest = recipe_digest(session, slug, start)
        return _of_digest(session, f"{slug}@{digest[:8]}", slug, digest)
    slug, colon, seed = name.partition(":")
    present = session.recipe(slug)
    if not colon:
        return NamedRecipe(slug, present, WeightsNow(session, slug).of(present.model))
    prints = session.store.prints.find(slug, [int(seed)]) if seed.isdecimal() else ()
    if not prints:
        raise RecipeError(
            f"{slug} has no print of seed {seed}.", hint="Name a print like this: pocket-dreams:7"
        )
    return _of_digest(session, name, slug, max(prints, key=lambda p: p.id).digest)


def _of_digest(session: Session, name: str, slug: str, digest: str) -> NamedRecipe:
    recipe = known_recipe(session, digest)
    return NamedRecipe(name, recipe, WeightsNow(session, slug).behind(digest))


def compare(
    session: Session, left: str, right: str = ""
) -> tuple[NamedRecipe, NamedRecipe, tuple[RecipeDifference, ...]]:
    """What differs between two recipes; ``model.weights`` where one name means two models.

    Args:
        session: the library.
        left: as for ``side``.
        right: as for ``side``; empty for the present recipe of the left one's edition.

    Raises:
        RecipeError: there is no such recipe.
    """
    ours = side(session, left)
    theirs = side(session, right or re.split("[@:]", left)[0])
    found = differences(ours.recipe, theirs.recipe)
    if ours.recipe.model == theirs.recipe.model and ours.weights != theirs.weights:
        weights = (named.weights or NOT_RECORDED for named in (ours, theirs))
        found = (RecipeDifference("model.weights", *weights), *found)
    return ours, theirs, found


def recipe_digest(session: Session, slug: str, start: str) -> str:
    """The one digest of an edition that starts so; of recipes with prints, emptied ones too.

    Raises:
        RecipeError: none does, or several.
    """
    made = [digest for digest, _ in session.store.prints.digests(slug)]
    known = dict.fromkeys((*made, *(gone.digest for gone in session.store.trash.emptied(slug))))
    found = [digest for digest in known if start and digest.startswith(start)]
    if len(found) != 1:
        raise RecipeError(
            f"{slug} has {'several recipes that begin' if found else 'no recipe that begins'} "
            f"with {start!r}.",
            hint=f"Known: {_some(known)}. List them with: edition show {slug} --json",
        )
    return found[0]


def _some(digests: Collection[str], most: int = 8) -> str:
    """The first digests, shortened; a sweep makes hundreds."""
    shown = ", ".join(digest[:8] for digest in list(digests)[:most])
    more = len(digests) - most
    return f"{shown} and {more} more" if more > 0 else shown or "none yet"


def known_recipe(session: Session, digest: str) -> Recipe:
    """A recipe by its whole digest.

    Raises:
        RecipeError: the library doesn't know it.
    """
    recipe = session.print_recipe(digest)
    if recipe is None:
        raise RecipeError(
            f"The recipe {digest[:12]} is not known here.", hint="Rebuild it with: edition rescan"
        )
    return recipe


# making again


def read_size(text: str) -> Size | None:
    """Reads ``768x512``; None for nothing.

    Raises:
        RecipeError: it is not a size.
    """
    if not text.strip():
        return None
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise RecipeError(f"{text.strip()!r} is not a size.", hint="Like: 768x512")
    size = int(found[1]), int(found[2])
    resized(Recipe(), size)
    return size


def resized(recipe: Recipe, size: Size | None) -> Recipe:
    """The recipe at another size.

    Raises:
        RecipeError: a side is out of range, or no multiple of 8.
    """
    if size is None:
        return recipe
    values: dict[str, Any] = recipe.sampling.model_dump() | {"width": size[0], "height": size[1]}
    try:
        sampling = Sampling.model_validate(values)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise RecipeError(
            f"{size[0]} x {size[1]} can't be drawn: {wrong['loc'][-1]} {wrong['msg'].lower()}.",
            hint="Sides are 64 to 8192 pixels, multiples of 8.",
        ) from error
    return recipe.model_copy(update={"sampling": sampling})


def again(
    session: Session,
    ids: Sequence[int],
    into: str = "",
    size: Size | None = None,
    *,
    start: bool = True,
) -> tuple[QueuedPrints, ...]:
    """Queues the seeds of prints under another edition's recipe, or at another size.

    Args:
        session: the library.
        ids: the prints.
        into: the edition whose present recipe is used; empty for each print's own recipe, in its
            own edition.
        size: another size than that recipe's.
        start: False only queues.

    Returns:
        What was queued: one entry, or one for each recipe of the prints.

    Raises:
        RecipeError: a recipe is at fault, or nothing would change.
        ModelError: its model isn't on this machine.
    """
    if not into and size is None:
        raise RecipeError(
            "The same recipe at the same size is the same print.",
            hint="Name another edition, or another size.",
        )
    seeds: dict[tuple[str, str], list[int]] = {}
    for item in session.store.prints.get(ids).values():
        seeds.setdefault((into, "") if into else (item.slug, item.digest), []).append(item.seed)
    queued = []
    for (slug, digest), wanted in seeds.items():
        recipe = known_recipe(session, digest) if digest else session.recipe(slug)
        made = _queue(session, slug, resized(recipe, size), wanted)
        if digest and session.digest(slug, recipe) != digest:
            made = replace(made, note=f"{recipe.model.base} has other weights now than {OTHERS}.")
        queued.append(made)
    if start and any(item.job for item in queued):
        control.start(session.store)
    return tuple(queued)


def render_earlier(session: Session, slug: str, digest: str, seeds: Sequence[int]) -> QueuedPrints:
    """Queues seeds of a recipe that the edition's file no longer holds, and starts the press.

    Raises:
        RecipeError: the recipe is not known.
        ModelError: its model has changed since, or isn't on this machine.
    """
    recipe = with_init_digest(
        known_recipe(session, digest), paths.edition_folder(session.root, slug)
    )
    if session.digest(slug, recipe) != digest:
        raise ModelError(
            f"The model of recipe {digest[:8]} has changed since: seeds would give other prints.",
            hint="Restore the former model, or render the current recipe.",
        )
    queued = _queue(session, slug, recipe, seeds)
    if queued.job:
        control.start(session.store)
    return queued


def _queue(session: Session, slug: str, recipe: Recipe, seeds: Iterable[int]) -> QueuedPrints:
    whole = with_init_digest(recipe, paths.edition_folder(session.root, slug))
    digest = session.digest(slug, whole)
    wanted = tuple(dict.fromkeys(seeds))
    editions.forget_missing_files(session, slug, digest)
    return QueuedPrints(
        slug, digest, wanted, submit_render(session.store, slug, whole, digest, wanted)
    )


def earlier(session: Session, slug: str) -> tuple[tuple[str, int], ...]:
    """Recipes that an edition has prints of, besides its present one, newest first.

    Returns:
        Digest and number of prints of each.
    """
    made = reversed(session.store.prints.digests(slug))
    try:
        now = session.digest(slug)
    except EditionError:  # the model isn't here: what is written in the recipe decides
        present = _drawn_by(session.recipe(slug))
        known = ((*one, session.print_recipe(one[0])) for one in made)
        return tuple((d, n) for d, n, recipe in known if recipe and _drawn_by(recipe) != present)
    return tuple((d, n) for d, n in made if d != now and session.print_recipe(d) is not None)


def _drawn_by(recipe: Recipe) -> dict[str, Any]:
    return recipe.model_dump(include={"model", "prompt", "sampling"})


def in_trash(session: Session, slug: str, seeds: Sequence[int], digest: str) -> tuple[int, ...]:
    """Those of some seeds of a recipe that are in the trash."""
    wanted = Filter(seeds=tuple(seeds), digest=digest, trash=True)
    ids = session.store.prints.select(slug, wanted)
    return tuple(sorted(p.seed for p in session.store.prints.get(ids).values()))

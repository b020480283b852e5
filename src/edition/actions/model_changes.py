"""Prints whose model has other weights now: they stay as they are, and can't be made again."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import paths
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.domain import Filter
from edition.errors import EditionError
from edition.library import metadata
from edition.text_format import count

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.recipe.recipe import ModelRef

SHOWN = 12
"""Characters of a fingerprint that are shown."""
ASKED = 50
"""Prints of a recipe whose files are looked into for the weights' fingerprint, at most."""


@dataclass(frozen=True, slots=True)
class FormerWeights:
    """Prints of an edition that were made with weights which their model no longer has."""

    model: str
    """As the recipe calls it."""
    made_with: str
    """Fingerprint, hex; empty where the prints don't say it."""
    now: str
    """Fingerprint, hex."""
    prints: int

    @property
    def words(self) -> str:
        """What is to be known of them, a sentence."""
        then = f" {self.made_with[:SHOWN]}" if self.made_with else ""
        return (
            f"{count(self.prints, 'print')} made with other weights of {self.model}: fingerprint"
            f"{then or ' not recorded'}, now {self.now[:SHOWN]}; can't be made again with these"
        )


class WeightsNow:
    """Fingerprints of an edition's models as they are on the disk, each found once."""

    def __init__(self, session: Session, slug: str) -> None:
        """Reads nothing yet."""
        self._session, self._slug = session, slug
        self._home = paths.edition_folder(session.root, slug)
        self._cache = Fingerprints(paths.fingerprints_file(session.root))
        self._known: dict[str, str] = {}

    def of(self, model: ModelRef) -> str:
        """The fingerprint; empty where the model isn't on this machine."""
        key = model.model_dump_json()
        if key not in self._known:
            try:
                self._known[key] = self._cache.of(find(model, self._home))
            except EditionError:
                self._known[key] = ""
        return self._known[key]

    def behind(self, digest: str) -> str:
        """The fingerprint that a recipe's digest was taken with; empty where it isn't known."""
        recipe = self._session.print_recipe(digest)
        if recipe is None:
            return ""
        now = self.of(recipe.model)
        return now if now and recipe.digest(now) == digest else self._recorded(digest)

    def _recorded(self, digest: str) -> str:
        """As one of the prints says it; some may lack their file."""
        prints = self._session.store.prints
        some = prints.get(prints.select(self._slug, Filter(digest=digest), limit=ASKED))
        for item in some.values():
            with suppress(EditionError):
                origin = metadata.read(self._session.root / item.file)
                if origin is not None and (found := origin.made_with.get("model_sha256", "")):
                    return found
        return ""


def former_weights(session: Session, slug: str) -> tuple[FormerWeights, ...]:
    """An edition's prints of weights that its models no longer have, by weights."""
    found = Counter[tuple[str, str, str]]()
    weights = WeightsNow(session, slug)
    made = () if paths.is_adopted(session.root, slug) else session.store.prints.digests(slug)
    for digest, prints in made:
        try:
            recipe = session.print_recipe(digest)
        except ValueError:
            continue  # rescan says that it can't be read
        now = weights.of(recipe.model) if recipe is not None else ""
        if recipe is None or not now or recipe.digest(now) == digest:
            continue
        then = weights.behind(digest)
        if then != now:
            found[recipe.model.base, then, now] += prints
    return tuple(FormerWeights(*key, prints) for key, prints in found.items())


def unmakeable(session: Session, slug: str, digest: str) -> str:
    """Why no print of a recipe can be made as it was, a sentence; empty where it can."""
    try:
        recipe = session.print_recipe(digest)
    except ValueError:
        return "Its recipe can't be read."
    if recipe is None:
        return "Its recipe is not known."
    try:
        now = session.digest(slug, recipe)
    except EditionError as error:
        return error.message
    return "" if now == digest else "Its model has changed since."

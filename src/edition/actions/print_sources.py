"""What can be shown on paper and on a wall: an edition or an exhibition, seen the same way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from edition import paths
from edition.actions import exhibitions, proofs, recipe_notes, register
from edition.domain import Counts, Filter
from edition.errors import EditionError, ProofError
from edition.proof.document_model import PrintSet, ProofPrint
from edition.recipe.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.library.exhibition_table import ExhibitionPrint
    from edition.proof.document_model import ProofReport
    from edition.proof.findings import Finding
    from edition.recipe.proof_settings import ProofSettings

    Progress = Callable[[int, int], None]

CERTIFICATES = "certificates"
"""A kind of proof besides those of edition.actions.proofs.KINDS."""


@dataclass(frozen=True, slots=True)
class PrintSetHeader:
    """A show's texts before it is laid out."""

    title: str
    settings: ProofSettings
    listed: int
    """Prints on its contact sheet."""
    hung: int
    """Prints on its wall and its plates."""
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class WallPrint:
    """A print that hangs, or that should."""

    picture: ProofPrint
    """With its look; its file has not been opened."""
    item: Print | None
    """None where the library has no such print."""
    fault: str = ""
    """Why it can't be printed: ``small seed 7 is in the trash``; empty when it can."""


class PrintSource(Protocol):
    """An edition or an exhibition."""

    @property
    def name(self) -> str:
        """How commands call it."""

    def folder(self, root: Path) -> Path:
        """Where its PDFs go."""

    def head(self, session: Session) -> PrintSetHeader:
        """What is said of it."""

    def works(self, session: Session) -> tuple[WallPrint, ...]:
        """What hangs, as given: before any order of the settings."""

    def show(self, session: Session) -> PrintSet:
        """What hangs, ready to be laid out at full size."""

    def findings(self, session: Session, sizes: Sequence[float] = ()) -> tuple[Finding, ...]:
        """All that would go wrong on paper; what is missing is one of them."""

    def make(
        self,
        session: Session,
        kind: str,
        settings: ProofSettings | None = None,
        progress: Progress | None = None,
        **options: Any,  # noqa: ANN401 - the proof's own
    ) -> ProofReport:
        """Makes a proof of it."""

    def save(self, session: Session, changes: Mapping[str, object]) -> None:
        """Keeps settings of ``[proof]``; None takes one back to its default."""


@dataclass(frozen=True, slots=True)
class EditionSource:
    """The starred prints of an edition."""

    name: str
    """Its slug."""

    def folder(self, root: Path) -> Path:
        """Where its PDFs go."""
        return paths.proofs_folder(root, self.name)

    def head(self, session: Session) -> PrintSetHeader:
        """Its title and settings.

        Raises:
            RecipeError: its recipe is at fault.
        """
        recipe, counts = session.recipe(self.name), self.counts(session)
        settings = proofs.beside(recipe.proof, paths.edition_folder(session.root, self.name))
        return PrintSetHeader(
            recipe.title, settings, counts.prints - counts.rejected, counts.starred,
            counts.rejected,
        )  # fmt: skip

    def counts(self, session: Session) -> Counts:
        """How it stands."""
        return session.store.prints.counts(self.name)

    def works(self, session: Session) -> tuple[WallPrint, ...]:
        """Its starred prints by seed."""
        ids = session.store.prints.select(self.name, Filter(star=True), "seed")
        prints, looks = session.store.prints.get(ids), session.store.prints.rgb(ids)
        recipes = _RecipeCache(session)
        return tuple(
            _work(session, prints[i], recipes, looks.get(i, b"")) for i in ids if i in prints
        )

    def show(self, session: Session) -> PrintSet:
        """Its starred prints.

        Raises:
            ProofError: none is starred.
        """
        return proofs.starred_show(session, self.name)

    def findings(self, session: Session, sizes: Sequence[float] = ()) -> tuple[Finding, ...]:
        """All that would go wrong on paper.

        Raises:
            ProofError: none is starred.
        """
        from edition.proof.page_checks import everything
        from edition.proof.preflight import in_order

        found = everything(self.show(session), self.head(session).settings, sizes)
        return in_order([*found, *recipe_notes.unread(session, self.works(session))])

    def make(
        self,
        session: Session,
        kind: str,
        settings: ProofSettings | None = None,
        progress: Progress | None = None,
        **options: Any,  # noqa: ANN401 - the proof's own
    ) -> ProofReport:
        """Makes a proof: see edition.actions.proofs.make and edition.actions.register.certify."""
        if kind == CERTIFICATES:
            return register.certify(session, self.name, settings, progress, **options)
        return proofs.make(
            session, self.name, kind, settings=settings, progress=progress, **options
        )

    def save(self, session: Session, changes: Mapping[str, object]) -> None:
        """Writes settings into its file; comments stay.

        Raises:
            RecipeError: a value is not allowed; the file is left alone.
        """
        session.edit(self.name, {f"proof.{key}": value for key, value in changes.items()})


@dataclass(frozen=True, slots=True)
class ExhibitionSource:
    """All prints of an exhibition, in its own order."""

    name: str

    def folder(self, root: Path) -> Path:
        """Where its PDFs go."""
        return paths.exhibition_folder(root, self.name)

    def head(self, session: Session) -> PrintSetHeader:
        """Its title and settings.

        Raises:
            LibraryError: there is no such exhibition.
        """
        found = exhibitions.named(session, self.name)
        hung = len(found.places)
        settings = proofs.beside(exhibitions.settings(found), self.folder(session.root))
        return PrintSetHeader(found.title, settings, hung, hung)

    def works(self, session: Session) -> tuple[WallPrint, ...]:
        """Its prints in order; those that are gone too, each with its fault."""
        found = exhibitions.named(session, self.name)
        ids = session.store.exhibitions.print_ids(self.name)
        prints, looks = session.store.prints.get(ids), session.store.prints.rgb(ids)
        recipes = _RecipeCache(session)
        works = []
        for place, print_id in zip(found.places, ids, strict=True):
            item = prints.get(print_id)
            work = (
                _lost(place, recipes.titled(place.slug))
                if item is None
                else _work(session, item, recipes, looks.get(print_id, b""))
            )
            own = replace(work.picture, note=place.note, print_mm=place.print_mm)
            works.append(replace(work, picture=own))
        return tuple(works)

    def show(self, session: Session) -> PrintSet:
        """Its prints.

        Raises:
            ProofError: it is empty, or a print is in the trash or has no file.
        """
        return self._show(session, full_size=True)

    def findings(self, session: Session, sizes: Sequence[float] = ()) -> tuple[Finding, ...]:
        """All that would go wrong on paper; prints that are gone among it.

        Raises:
            LibraryError: there is no such exhibition.
        """
        from edition.proof.findings import Finding
        from edition.proof.page_checks import everything
        from edition.proof.preflight import in_order

        works = self.works(session)
        hint = f"Bring it back, or take it out: edition exhibition remove {self.name} --missing"
        gone = [Finding("error", work.fault, hint) for work in works if work.fault]
        show = self._show(session, full_size=True, partly=True)
        found = everything(show, self.head(session).settings, sizes)
        return in_order([*gone, *found, *recipe_notes.unread(session, works)])

    def make(
        self,
        session: Session,
        kind: str,
        settings: ProofSettings | None = None,
        progress: Progress | None = None,
        **options: Any,  # noqa: ANN401 - the proof's own
    ) -> ProofReport:
        """Makes a proof of all prints.

        Raises:
            LibraryError: there is no such exhibition.
            ProofError: it is empty, a print can't be shown, or the proof can't be laid out.
        """
        chosen = settings or self.head(session).settings
        folder = self.folder(session.root)
        if kind == CERTIFICATES:
            return self._certify(session, chosen, progress, **options)
        proofs.check_kind(kind)
        if "which" in options or "also" in options:
            raise ProofError(
                f"{self.name} is an exhibition: all of it is shown, and nothing else.",
                hint="Leave --starred, --all and --also out, or hang other prints in it.",
            )
        show = self._show(session, full_size=kind != "sheet")
        return proofs.write(show, kind, chosen, folder, progress, **options)

    def save(self, session: Session, changes: Mapping[str, object]) -> None:
        """Keeps settings with the exhibition; journalled.

        Raises:
            RecipeError: a value is not allowed.
        """
        exhibitions.edit(session, self.name, {f"proof.{key}": v for key, v in changes.items()})

    def _certify(
        self,
        session: Session,
        settings: ProofSettings,
        progress: Progress | None,
        *,
        out: Path | None = None,
    ) -> ProofReport:
        from edition.proof.certificates import certificates

        items = [work.item for work in self.works(session) if work.item is not None]
        ids, given = register.standing(session, items)
        if not given:
            raise ProofError(
                f"No number of a print in {self.name} has been issued.",
                hint="Open and issue one: edition register open SLUG SEED --count 25",
            )
        found = exhibitions.named(session, self.name)
        show = register.certified(session, ids, given, title=found.title, artist="")
        file = self.folder(session.root) / register.CERTIFICATES
        if out is not None:
            file = proofs.named(found.title, CERTIFICATES, settings, out)
        return certificates(show, given, settings, file, progress)

    def _show(self, session: Session, *, full_size: bool, partly: bool = False) -> PrintSet:
        found = exhibitions.named(session, self.name)
        works = self.works(session)
        if partly:
            works = tuple(work for work in works if not work.fault)
        else:
            _refuse(self.name, works)
        recipes, opened = _RecipeCache(session), proofs.registered_prints(session)
        pictures = []
        for work in works:
            if work.item is None:  # refused above
                continue
            recipe = recipes.of(work.item)
            picture = proofs.picture(
                session, work.item, recipe, full_size=full_size, look=work.picture.look,
                registered=opened.get((work.item.digest, work.item.seed), ()),
            )  # fmt: skip
            own = work.picture
            pictures.append(replace(picture, note=own.note, print_mm=own.print_mm))
        artists = dict.fromkeys(recipe.artist for recipe in recipes.known.values())
        return PrintSet(
            title=found.title,
            artist=found.artist or ", ".join(artist for artist in artists if artist),
            statement=proofs.paragraphs(found.statement),
            date=proofs.newest_day(work.item for work in works if work.item),
            recipe_lines=tuple(_lines(pictures)),
            pictures=tuple(pictures),
        )


class _RecipeCache:
    """The recipe of each edition, or what is left of it in the library."""

    def __init__(self, session: Session) -> None:
        self._desk = session
        self.known: dict[str, Recipe] = {}

    def of(self, item: Print) -> Recipe:
        """The edition's own, else the one that made the print."""
        if item.slug not in self.known:
            try:
                recipe = self._desk.recipe(item.slug)
            except EditionError:
                made = self._desk.print_recipe(item.digest)
                recipe = made or Recipe(title=item.slug)
            self.known[item.slug] = recipe
        return self.known[item.slug]

    def titled(self, slug: str) -> str:
        """An edition's title; its slug where its file is at fault."""
        try:
            return self._desk.recipe(slug).title
        except EditionError:
            return slug


def _refuse(name: str, works: Sequence[WallPrint]) -> None:
    """Names what can't be shown, before anything is laid out."""
    if not works:
        raise ProofError(
            f"Nothing hangs in {name}.",
            hint=f"Add prints with: edition exhibition add {name} SLUG SEEDS",
        )
    faults = [work.fault for work in works if work.fault]
    if faults:
        more = f", and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise ProofError(
            f"{name} can't be shown: {', '.join(faults[:3])}{more}.",
            hint=f"Restore them, or remove them: edition exhibition remove {name} --missing",
        )


def _lines(pictures: Sequence[ProofPrint]) -> list[tuple[str, str]]:
    """The title page's rows: what the prints have in common, as far as it fits."""
    editions = ", ".join(dict.fromkeys(p.edition for p in pictures))
    models = ", ".join(dict.fromkeys(p.model for p in pictures))
    rows = [("Editions" if ", " in editions else "Edition", editions), ("Model", models)]
    return [(label, value) for label, value in rows if value]


def _work(session: Session, item: Print, recipes: _RecipeCache, look: bytes) -> WallPrint:
    """A print as it hangs, out of the library's rows; its file is looked for, not opened."""
    width, height = item.width, item.height
    facts = session.store.prints.upscale_facts(item.upscaled) if item.upscaled else None
    if facts is not None:
        width, height = facts.width, facts.height
    file = session.root / (item.upscaled or item.file)
    said = recipes.of(item).work(item.seed, item.digest)
    picture = ProofPrint(
        file, item.seed, width, height, item.marks, item.digest, title=said.title,
        edition=recipes.titled(item.slug), year=said.year or proofs.year_made(item),
        medium=said.medium, price=said.price, look=look,
    )  # fmt: skip
    fault = "is in the trash" if item.trash else "" if file.is_file() else "has no file"
    return WallPrint(picture, item, fault and f"{item.slug} seed {item.seed} {fault}")


def _lost(place: ExhibitionPrint, title: str) -> WallPrint:
    picture = ProofPrint(paths.PACKAGE, place.seed, 1, 1, digest=place.digest, edition=title)
    return WallPrint(picture, None, f"{place.slug} seed {place.seed} is not in the library")

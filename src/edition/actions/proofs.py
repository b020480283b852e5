"""From the library to paper: gathers what a proof shows, and has it laid out."""

from __future__ import annotations

import datetime
import hashlib
import importlib
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.actions import printed_files
from edition.domain import Filter, FoundFacts
from edition.errors import ProofError
from edition.proof import edition_ledger
from edition.proof.document_model import PrintSet, ProofPrint, Registered
from edition.proof.edition_ledger import LedgerRow
from edition.text_format import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from edition.actions.session import Session
    from edition.domain import Print
    from edition.proof.document_model import ProofReport
    from edition.recipe.proof_settings import ProofSettings
    from edition.recipe.recipe import Recipe

KINDS: dict[str, tuple[str, str]] = {
    "sheet": ("edition.proof.contact_sheet:contact_sheet", "contact-sheet.pdf"),
    "wall": ("edition.proof.wall_pdf:wall_proof", "wall.pdf"),
    "plates": ("edition.proof.print_pages:plates", "plates.pdf"),
    "show": ("edition.proof.screen_show:screen_show", "show.html"),
    "order": ("edition.proof.order_sheet:order_sheet", "order-sheet.pdf"),
    "strip": ("edition.proof.proof_strip:proof_strip", "proof-strip.pdf"),
    "checklist": ("edition.proof.gallery_lists:checklist", "checklist.pdf"),
    "prices": ("edition.proof.gallery_lists:price_list", "price-list.pdf"),
    "labels": ("edition.proof.wall_labels:wall_labels", "wall-labels.pdf"),
    "loan": ("edition.proof.loan_list:loan_list", "loan-list.pdf"),
    "condition": ("edition.proof.condition_report:condition_reports", "condition-reports.pdf"),
}
"""What makes each kind of proof, and the file it is written to."""
_FILES = (".pdf", ".html", ".htm", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".csv", ".txt")
"""Endings by which a path is a file's and no folder's."""


def make(
    session: Session,
    slug: str,
    kind: str,
    *,
    which: Filter | None = None,
    settings: ProofSettings | None = None,
    also: Sequence[str] = (),
    words: str = "",
    progress: Callable[[int, int], None] | None = None,
    **options: Any,  # noqa: ANN401 - the proof's own
) -> ProofReport:
    """Makes a proof of an edition; another choice of prints is another file.

    Args:
        session: the library.
        slug: the edition.
        kind: one of ``KINDS``.
        which: prints to show; None takes all but rejects for a sheet, else the starred.
        settings: how; None for the recipe's ``[proof]``.
        also: other editions whose prints are shown after this one's.
        words: by which a person chose the prints; for the file's name.
        progress: called with the number done and the total.
        options: of this kind of proof: ``sizes`` of plates.

    Raises:
        ProofError: nothing to show, or the proof can't be laid out or written.
    """
    check_kind(kind)
    recipe = session.recipe(slug)
    usual = Filter(reject=False) if kind == "sheet" else Filter(star=True)
    chosen = which or usual
    ids = session.store.prints.select(slug, chosen, "seed")
    if not ids:
        raise ProofError(
            f"{slug} has no print to show on a {kind}.",
            hint=f"Star some in the light table, or: edition star {slug} SEEDS",
        )
    show = gather(session, slug, recipe, ids, full_size=kind != "sheet")
    for other in also:
        more = session.store.prints.select(other, chosen, "seed")
        guests = gather(
            session, other, session.recipe(other), more, full_size=kind != "sheet"
        ).pictures
        show = replace(show, pictures=show.pictures + guests)
    out = paths.proofs_folder(session.root, slug)
    own = settings or beside(recipe.proof, paths.edition_folder(session.root, slug))
    choice = _choice(None if which == usual else which, words, also)
    return write(show, kind, own, out, progress, choice=choice, **options)


def _choice(which: Filter | None, words: str, also: Sequence[str]) -> str:
    """What a file's name says of its prints; nothing of those that its kind shows unasked."""
    parts = [f"with-{'-'.join(also)}"] if also else []
    if which == Filter(star=True):
        parts.insert(0, "starred")
    elif which == Filter():
        parts.insert(0, "all")
    elif which is not None:
        digest = hashlib.sha256(repr(which).encode()).hexdigest()[:6]
        parts.insert(0, f"{plain_name(words, 'chosen')}-{digest}")
    return "-".join(parts)


def beside(settings: ProofSettings, folder: Path) -> ProofSettings:
    """Settings whose relative paths of profile and font are looked for in a folder first."""
    found = {
        key: str(folder / named)
        for key, named in (("profile", settings.profile), ("font", settings.font))
        if named and (folder / named).is_file()
    }
    return settings.model_copy(update=found) if found else settings


def check_kind(kind: str) -> None:
    """Refuses a kind of proof that there is not.

    Raises:
        ProofError: it names those there are.
    """
    if kind not in KINDS:
        raise ProofError(f"There is no proof {kind!r}.", hint=f"Known: {', '.join(KINDS)}.")


def write(
    show: PrintSet,
    kind: str,
    settings: ProofSettings,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    choice: str = "",
    **options: Any,  # noqa: ANN401 - the proof's own
) -> ProofReport:
    """Lays a show out as a proof of a kind, into a folder.

    Args:
        show: what to show.
        kind: one of KINDS.
        settings: how.
        folder: where it goes, under the name of its kind.
        progress: called with the number done and the total.
        choice: which prints these are, for the file's name; empty for those usually shown.
        options: of this kind of proof; ``out``: another file or folder.

    Raises:
        ProofError: the proof can't be laid out or written.
    """
    target, name = KINDS[kind]
    out = options.pop("out", None)
    ending = PurePath(name).suffix
    file = folder / f"{'-'.join(filter(None, (PurePath(name).stem, choice)))}{ending}"
    if out is not None:
        file = named(show.title, kind, settings, out, ending, options.get("sizes"), choice)
    from edition.proof import sent_files  # reportlab: 0.3 s

    module, _, function = target.partition(":")
    lay_out = getattr(importlib.import_module(module), function)
    if kind == "order":
        options["sent"] = sent_files.there(folder, show, settings, **options)
    report: ProofReport = lay_out(show, settings, file, progress, **options)
    if kind == "plates":
        told = sent_files.note_plates(folder, report.file, show, settings, **options)
        report = replace(report, warnings=(*report.warnings, *told))
    return report


def named(
    title: str,
    kind: str,
    settings: ProofSettings,
    out: Path,
    ending: str = ".pdf",
    sizes: Sequence[float] | None = None,
    choice: str = "",
) -> Path:
    """The file that is meant by ``out``: itself, or one in that folder that says what it is.

    Raises:
        ProofError: it names a file of another format.
    """
    if out.suffix.lower() == ending:
        return out
    if out.suffix.lower() in _FILES and not out.is_dir():
        raise ProofError(
            f"{out.name} is no name for this file: it is a {ending}.",
            hint=f"Use --out {out.with_suffix(ending).name}, or name a folder.",
        )
    parts = [plain_name(title, "show"), kind]
    if kind == "plates":
        sides = sizes or [settings.print_mm]
        parts += [*(f"{side:g}mm" for side in sides), settings.plate_paper.lower()]
    elif kind == "wall":
        parts += [settings.hang, settings.paper.lower()]
    else:
        parts.append(settings.paper.lower())
    parts += [choice] if choice else []
    return out / f"{'-'.join(parts)}{'-screen' if settings.screen else ''}{ending}"


def starred_show(session: Session, slug: str) -> PrintSet:
    """The starred prints of an edition, at full size.

    Raises:
        ProofError: none is starred.
    """
    ids = session.store.prints.select(slug, Filter(star=True), "seed")
    if not ids:
        raise ProofError(
            f"{slug} has no starred print.", hint=f"Star some with: edition star {slug} SEEDS"
        )
    return gather(session, slug, session.recipe(slug), ids, full_size=True)


def gather(
    session: Session, slug: str, recipe: Recipe, ids: Sequence[int], *, full_size: bool
) -> PrintSet:
    """The facts that a proof is laid out from.

    Args:
        session: the library.
        slug: the edition.
        recipe: as it is in the edition's file now.
        ids: prints, in the order they are shown.
        full_size: take the enlarged file where there is one.
    """
    prints = session.store.prints.get(ids)
    looks = session.store.prints.rgb(ids)
    opened = registered_prints(session)
    pictures = tuple(
        picture(
            session, prints[i], recipe, full_size=full_size, look=looks.get(i, b""),
            registered=opened.get((prints[i].digest, prints[i].seed), ()),
        )
        for i in ids
        if i in prints
    )  # fmt: skip
    return PrintSet(
        title=recipe.title,
        artist=recipe.artist,
        statement=paragraphs(recipe.statement),
        date=newest_day(prints.values()),
        recipe_lines=common_lines(pictures),
        recipe_json=recipe.to_json(),
        pictures=pictures,
    )


def registered_prints(session: Session) -> dict[tuple[str, int], tuple[Registered, ...]]:
    """Digest and seed of every print with a numbered edition, and its editions, one a size."""
    rows = [LedgerRow.from_json(text) for text in session.store.register.rows()]
    return edition_ledger.registered(rows)


def recipe_lines(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """What a recipe says, as labels and values for paper."""
    sampling = recipe.sampling
    return (
        ("Model", recipe.model.base),
        ("Prompt", recipe.prompt.positive),
        *([("Against", recipe.prompt.negative)] if recipe.prompt.negative else []),
        ("Sampler", f"{sampling.sampler}, {sampling.steps} steps"),
        ("Guidance", f"{sampling.guidance:g}"),
        ("Rendered at", f"{sampling.width} × {sampling.height} px"),
    )


def found_lines(found: FoundFacts) -> tuple[tuple[str, str], ...]:
    """What an adopted picture says of its making, for paper; only what it says."""
    steps = f"{found.steps} steps" if found.steps is not None else ""
    rows = (
        ("Model", found.model),
        ("Prompt", found.prompt),
        ("Against", found.negative),
        ("Sampler", ", ".join(part for part in (found.sampler, steps) if part)),
        ("Guidance", "" if found.guidance is None else f"{found.guidance:g}"),
        ("Seed", "" if found.seed is None else str(found.seed)),
    )
    return tuple((label, value) for label, value in rows if value)


def common_lines(pictures: Sequence[ProofPrint]) -> tuple[tuple[str, str], ...]:
    """The settings of some prints' recipes; where they differ, all values are listed."""
    values: dict[str, dict[str, None]] = {}
    for item in pictures:
        for label, value in item.recipe_lines:
            values.setdefault(label, {})[value] = None
    complete = {
        label: all(label in dict(item.recipe_lines) for item in pictures) for label in values
    }
    return tuple(
        (label, next(iter(said)) if len(said) == 1 and complete[label] else _differing(said))
        for label, said in values.items()
    )


def _differing(values: Iterable[str]) -> str:
    """Short values in a row; of long ones only how many there are."""
    told = list(values)
    row = "; ".join(told)
    return f"differs by print: {row}" if len(row) <= 60 else f"differs by print, {len(told)} in all"


def paragraphs(text: str) -> str:
    """A statement with its blank lines, without the line breaks of the file it is in."""
    parts = (" ".join(part.split()) for part in text.strip().split("\n\n"))
    return "\n\n".join(part for part in parts if part)


def newest_day(prints: Iterable[Print]) -> str:
    """``YYYY-MM-DD`` of the newest print, UTC: the same prints give the same bytes."""
    newest = max((item.made for item in prints), default=0.0)
    return datetime.datetime.fromtimestamp(newest, tz=datetime.UTC).date().isoformat()


def year_made(item: Print) -> str:
    """When a print was rendered; nobody knows it of an adopted file."""
    return "" if paths.adopted_name(item.file) else newest_day([item])[:4]


def picture(
    session: Session,
    item: Print,
    recipe: Recipe,
    *,
    full_size: bool,
    look: bytes = b"",
    version: str | None = None,
    registered: tuple[Registered, ...] = (),
) -> ProofPrint:
    """One print as it goes on paper.

    Args:
        session: the library.
        item: the print.
        recipe: of its edition, as it is in the file now.
        full_size: take the enlarged file where there is one.
        look: its 32x32 RGB8 thumbnail, for orders by look.
        version: one of its enlarged files, or empty for the print itself; None leaves the choice
            to ``full_size``.
        registered: editions that were opened of it.
    """
    enlarged = version if version is not None else item.upscaled if full_size else ""
    shown = printed_files.shown(session, item, enlarged)
    found = session.found_facts(item.digest)
    made = None if found else session.print_recipe(item.digest) or recipe
    model = (made.model.base if made else found and found.model) or ""
    prompt = (made.prompt.positive if made else found and found.prompt) or ""
    name = paths.adopted_name(item.file)
    work = recipe.work(item.seed, item.digest)
    return ProofPrint(
        file=session.file(enlarged or item.file),
        seed=item.seed,
        width=shown.width,
        height=shown.height,
        marks=item.marks,
        digest=item.digest,
        title=work.title or (PurePath(name).stem if name else ""),
        year=work.year or year_made(item),
        medium=work.medium,
        price=work.price,
        registered=registered,
        edition=recipe.title,
        artist=recipe.artist,
        recipe_lines=recipe_lines(made) if made else found_lines(found or FoundFacts()),
        sha256=shown.sha256,
        model=model,
        prompt=prompt,
        upscaler=shown.upscaler,
        native_width=item.width,
        drawn_width=item.width if shown.interpolated else 0,
        licence=printed_files.licences(session, item, model, shown),
        look=look,
    )

"""Verbs on paper: proof sheet|wall|plates|certificates, preflight, soft, export, register."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions import print_queries
from edition.cli.print_selection import Where  # noqa: TC001 - typer reads it when the verb is made
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, root, say, table

if TYPE_CHECKING:
    from edition.actions.print_sources import Source
    from edition.actions.session import Session
    from edition.domain import Print
    from edition.proof.document_model import ProofReport
    from edition.proof.edition_ledger import Row

proofs = typer.Typer(help="Lay prints out as PDF.", no_args_is_help=True, rich_markup_mode=None)
register = typer.Typer(
    help="Number prints: 3/25, artist's proofs; append-only.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
Slug = Annotated[str, typer.Argument(help="The edition.")]
Shown = Annotated[str, typer.Argument(help="The edition; none with --exhibition.")]
InExhibition = Annotated[
    str, typer.Option("--exhibition", "-x", help="Show this exhibition instead of an edition.")
]
Seed = Annotated[int, typer.Argument(help="The print's seed.")]
KindOption = Annotated[str, typer.Option("--kind", help="number, AP or PP.")]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(proofs, name="proof")
    app.add_typer(register, name="register")
    app.command()(preflight)
    app.command()(soft)
    app.command()(export)


@proofs.command()
def sheet(
    slug: Shown = "",
    starred: Annotated[bool, typer.Option("--starred", help="Only starred prints.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Rejected prints too.")] = False,
    where: Where = "",
    exhibition: InExhibition = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make a contact sheet: every print small, with its seed and marks.

    Example: edition proof sheet pocket-dreams --starred

    Example: edition proof sheet pocket-dreams --where "tag:night rating:>=3"
    """
    from edition.actions.search import parse
    from edition.domain import Filter

    which = Filter(star=True) if starred else Filter() if everything else None
    which = parse(where).where if where else which
    options = {} if which is None else {"which": which}
    _proof(_source(slug, exhibition), "sheet", {}, as_json=as_json, **options)


@proofs.command()
def wall(
    slug: Shown = "",
    hang: Annotated[str, typer.Option(help="row, grid or salon.")] = "",
    sequence: Annotated[
        str, typer.Option(help="given, look (similar prints side by side) or hand.")
    ] = "",
    paper: Annotated[str, typer.Option(help="A4, A3, 16x20in, 210x297, ...")] = "",
    style: Annotated[str, typer.Option(help="gallery, minimal, newspaper, or your own.")] = "",
    also: Annotated[
        list[str] | None, typer.Option(help="Hang another edition's starred prints, too.")
    ] = None,
    exhibition: InExhibition = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Lay the starred prints out on a wall to scale, with hanging list and checklist.

    Examples: edition proof wall pocket-dreams --hang salon --sequence look --also night-sea

      edition proof wall --exhibition summer-show
    """
    changes = {"hang": hang, "sequence": sequence, "paper": paper, "style": style}
    options = {"also": also} if also else {}
    _proof(_source(slug, exhibition), "wall", changes, as_json=as_json, **options)


@proofs.command()
def plates(
    slug: Shown = "",
    sizes: Annotated[str, typer.Option(help="Longer sides, millimetres: 200,300.")] = "",
    paper: Annotated[str, typer.Option(help="fit, A3+, 24x36in, roll44, ...")] = "",
    style: Annotated[str, typer.Option(help="A proof style.")] = "",
    exhibition: InExhibition = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Lay each starred print out at true size with bleed, marks and colour bar.

    Example: edition proof plates pocket-dreams --sizes 200,300 --paper roll24
    """
    wanted = _sizes(sizes) if sizes else []
    changes = {"plate_paper": paper, "style": style}
    _proof(_source(slug, exhibition), "plates", changes, as_json=as_json, sizes=wanted)


def _sizes(text: str) -> list[float]:
    """The longer sides in a comma list, millimetres, within the recipe's range."""
    from edition.errors import ProofError
    from edition.recipe import edition_file

    try:
        found = {part.strip(): float(part) for part in text.split(",")}
    except ValueError:
        raise ProofError(f"{text!r} is no list of sizes.", hint="Like: 200,300") from None
    edition_file.validate({"proof": {"sizes": found}}, name="edition proof plates --sizes")
    return list(found.values())


@proofs.command()
def certificates(
    slug: Shown = "", exhibition: InExhibition = "", as_json: Annotated[bool, JsonFlag] = False
) -> None:
    """Write a certificate of authenticity for every issued number.

    Example: edition proof certificates pocket-dreams
    """
    _proof(_source(slug, exhibition), "certificates", {}, as_json=as_json)


def _source(slug: str, exhibition: str) -> Source:
    """The edition or the exhibition that is meant."""
    from edition.actions.print_sources import OfEdition, OfExhibition
    from edition.errors import ProofError

    if bool(slug) == bool(exhibition):
        raise ProofError(
            "Name either an edition or an exhibition.",
            hint="Like: edition proof wall pocket-dreams, or: edition proof wall --exhibition NAME",
        )
    return OfEdition(slug) if slug else OfExhibition(exhibition)


def _proof(
    source: Source,
    kind: str,
    changes: dict[str, str],
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    from edition.recipe import edition_file

    with open_desk() as session, progress_bar() as bar:
        task = bar.add_task(kind, total=None, note="")
        own = source.head(session).settings.model_dump(mode="json")
        wishes = {key: value for key, value in changes.items() if value}
        merged = {"proof": {**own, **wishes}}
        settings = edition_file.validate(merged, name=f"edition proof {kind}").proof
        made = source.make(
            session,
            kind,
            settings,
            lambda k, n: bar.update(task, completed=k, total=n),
            **options,
        )
    _tell(made, as_json=as_json)


def _tell(made: ProofReport, *, as_json: bool) -> None:
    if as_json:
        report({"file": str(made.file), "pages": made.pages, "warnings": made.warnings})
        return
    say(str(made.file))
    for warning in made.warnings:
        say(f"  note: {warning}")


def preflight(
    slug: Shown = "", exhibition: InExhibition = "", as_json: Annotated[bool, JsonFlag] = False
) -> None:
    """Preflight: resolution, missing files, glyphs, licences, ICC profiles.

    Example: edition preflight pocket-dreams
    """
    from edition.proof.preflight import preflight as check

    source = _source(slug, exhibition)
    with open_desk() as session:
        findings = check(source.show(session), source.head(session).settings)
    if as_json:
        report([asdict(finding) for finding in findings])
    for finding in () if as_json else findings:
        say(f"{finding.level}: {finding.what}" + (f". {finding.hint}" if finding.hint else ""))
    if not findings and not as_json:
        say("No problems found.")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(7)


def soft(
    slug: Slug,
    seed: Seed,
    profile: Annotated[str, typer.Option(help="fogra39, or the printer's .icc file.")] = "fogra39",
    intent: Annotated[str, typer.Option(help="relative, perceptual, absolute.")] = "relative",
    out: Annotated[Path | None, typer.Option(help="Folder for the two PNG files.")] = None,
) -> None:
    """Soft proof: how a print looks on paper, which colours are out of gamut.

    Example: edition soft pocket-dreams 3 --profile my-paper.icc
    """
    from edition import atomic, paths
    from edition.proof.soft_proof import soft_proof

    with open_desk() as session:
        item = _one(session, slug, seed)
        proof = soft_proof(session.file(item.file), profile, intent)
        folder = out or paths.proofs_folder(session.root, slug)
    for name, image in (("soft", proof.image), ("gamut", proof.warning)):
        path = folder / f"{seed}-{name}.png"
        with atomic.opened(path) as stream:
            image.save(stream, "PNG")
        say(str(path))
    say(
        f"out of gamut: {proof.out_of_gamut:.1%} of the picture; "
        f"maximum ink coverage (TAC): {proof.ink:.0f} %"
    )


def export(
    slug: Shown = "",
    house: Annotated[str, typer.Argument(help="A print house: see --list.")] = "",
    exhibition: InExhibition = "",
    out: Annotated[Path | None, typer.Option(help="Where the files go.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the print houses.")] = False,
) -> None:
    """Write the starred prints as a print house wants them.

    Examples: edition export pocket-dreams gallery-16bit

      edition export gallery-16bit --exhibition summer-show
    """
    from edition.proof.export import export as write
    from edition.proof.export import houses

    if exhibition and not house:
        slug, house = "", slug
    if listing or not house:
        table(("house", "files"), [(name, known.about) for name, known in houses().items()])
        return
    source = _source(slug, exhibition)
    folder = out or source.folder(root()) / house
    with open_desk() as session, progress_bar() as bar:
        task = bar.add_task("export", total=None, note="")
        made = write(
            source.show(session),
            source.head(session).settings,
            house,
            folder,
            lambda k, n: bar.update(task, completed=k, total=n),
        )
    for path in made.files:
        say(str(path))
    for warning in made.warnings:
        say(f"  note: {warning}")


@register.command("open")
def open_edition(
    slug: Slug,
    seed: Seed,
    count: Annotated[int, typer.Option(help="How many numbered prints there will ever be.")],
    artist_proofs: Annotated[
        int | None, typer.Option(help="Beside them; default: a tenth, at least one.")
    ] = None,
) -> None:
    """Fix size and count of a print's edition before its first printing.

    Example: edition register open pocket-dreams 3 --count 25
    """
    from edition.actions import register as desk_register

    with open_desk() as session:
        item = _one(session, slug, seed)
        row = desk_register.open_edition(session, item, count, artist_proofs=artist_proofs)
    say(f"Seed {seed}: an edition of {row.count}, {row.width_mm:g} × {row.height_mm:g} mm.")


@register.command("issue")
def issue_number(
    slug: Slug,
    seed: Seed,
    kind: KindOption = "number",
    paper: Annotated[str, typer.Option(help="What it is printed on.")] = "",
) -> None:
    """Issue a print's next number.

    Example: edition register issue pocket-dreams 3 --paper "Hahnemühle Photo Rag 308"
    """
    from edition.actions import register as desk_register

    with open_desk() as session:
        row = desk_register.issue(session, _one(session, slug, seed), _kind(kind), paper)
    say(f"Seed {seed}: {row.label}. Certificate: edition proof certificates {slug}")


@register.command("void")
def void_number(
    slug: Slug,
    seed: Seed,
    number: Annotated[int, typer.Argument(help="Which number.")],
    reason: Annotated[str, typer.Option(help="What became of it.")],
    kind: KindOption = "number",
) -> None:
    """Void a number that was spoiled, lost or destroyed; it is never issued again."""
    from edition.actions import register as desk_register

    with open_desk() as session:
        row = desk_register.void(session, _one(session, slug, seed), _kind(kind), number, reason)
    say(f"Seed {seed}: {row.label} is withdrawn.")


@register.command("list")
def list_register(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """List the register, checked row by row."""
    from edition.actions import register as desk_register

    with open_desk() as session:
        rows = desk_register.rows(session)
    if as_json:
        report([asdict(row) for row in rows])
        return
    table(
        ("date", "act", "seed", "number", "size", "note"),
        [
            (r.date, r.act, r.seed, _label(r), f"{r.width_mm:g} × {r.height_mm:g}", r.note)
            for r in rows
        ],
    )


def _label(row: Row) -> str:
    return f"of {row.count}" if row.act == "open" else row.label


def _kind(text: str) -> Any:  # noqa: ANN401 - edition.proof.edition_ledger.Kind
    from edition.errors import ProofError

    if text not in ("number", "AP", "PP"):
        raise ProofError(f"There is no kind {text!r}.", hint="Use number, AP or PP.")
    return text


def _one(session: Session, slug: str, seed: int) -> Print:
    """The newest print of a seed."""
    from edition.errors import ProofError

    session.recipe(slug)
    found = print_queries.of_seeds(session, slug, [seed])
    if not found:
        raise ProofError(
            f"{slug} has no print of seed {seed}.",
            hint=f"Render it with: edition render {slug} --seeds {seed}",
        )
    return found[-1]

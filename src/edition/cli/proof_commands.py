"""Verbs that lay prints out as PDF: proof sheet, wall, plates, certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions.search import parse
from edition.cli.print_selection import Where  # noqa: TC001 - typer reads it when the verb is made
from edition.cli.proof_options import InExhibition, Shown, proof_source
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, say
from edition.domain import Filter
from edition.errors import ProofError
from edition.recipe import edition_file

if TYPE_CHECKING:
    from edition.actions.print_sources import PrintSource
    from edition.proof.document_model import ProofReport

proofs = typer.Typer(help="Lay prints out as PDF.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(proofs, name="proof")


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
    which = Filter(star=True) if starred else Filter() if everything else None
    which = parse(where).where if where else which
    options = {} if which is None else {"which": which}
    _proof(proof_source(slug, exhibition), "sheet", {}, as_json=as_json, **options)


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
    _proof(proof_source(slug, exhibition), "wall", changes, as_json=as_json, **options)


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
    _proof(proof_source(slug, exhibition), "plates", changes, as_json=as_json, sizes=wanted)


def _sizes(text: str) -> list[float]:
    """The longer sides in a comma list, millimetres, within the recipe's range."""
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
    _proof(proof_source(slug, exhibition), "certificates", {}, as_json=as_json)


def _proof(
    source: PrintSource,
    kind: str,
    changes: dict[str, str],
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401
) -> None:
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

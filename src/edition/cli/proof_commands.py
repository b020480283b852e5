"""Verbs that lay prints out as PDF: proof sheet, wall, plates, certificates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions.search import parse
from edition.cli.print_selection import Where  # noqa: TC001 - typer reads it when the verb is made
from edition.cli.proof_options import InExhibition, Shown, proof_source
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, say
from edition.domain import Filter
from edition.proof.paper_sizes import millimetres
from edition.recipe import edition_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.actions.print_sources import PrintSource
    from edition.proof.document_model import ProofReport

Paper = Annotated[str, typer.Option(help="A4, A3, 16x20in, 210x297, ...")]
Out = Annotated[Path | None, typer.Option(help="Another file, or a folder for it.")]
Screen = Annotated[bool, typer.Option("--screen", help="A small file to mail: JPEG, 150 ppi.")]
Sizes = Annotated[str, typer.Option(help="Longer sides: 200,300 or 20cm,12in.")]
Copies = Annotated[
    int | None,
    typer.Option(min=1, max=1000, help="Of each print; an order takes what its plates say."),
]
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
    out: Out = None,
    screen: Screen = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make a contact sheet: every print small, with its seed and marks.

    Example: edition proof sheet pocket-dreams --starred

    Example: edition proof sheet pocket-dreams --where "tag:night rating:>=3"
    """
    which = parse(where).where if where else Filter()
    if starred:
        which = replace(which, star=True)
    words = " ".join([*(["starred"] if starred else []), where])
    options = {"which": which, "words": words} if where or starred or everything else {}
    _proof(
        proof_source(slug, exhibition),
        "sheet",
        {},
        as_json=as_json,
        out=out,
        screen=screen,
        **options,
    )


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
        list[str] | None, typer.Option(help="Also include another edition's starred prints.")
    ] = None,
    exhibition: InExhibition = "",
    out: Out = None,
    screen: Screen = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Lay the starred prints out on a wall to scale, with the lists to hang it by.

    Examples: edition proof wall pocket-dreams --hang salon --sequence look --also night-sea

      edition proof wall --exhibition summer-show
    """
    changes = {"hang": hang, "sequence": sequence, "paper": paper, "style": style}
    options = {"also": also} if also else {}
    _proof(
        proof_source(slug, exhibition),
        "wall",
        changes,
        as_json=as_json,
        out=out,
        screen=screen,
        **options,
    )


@proofs.command()
def plates(
    slug: Shown = "",
    sizes: Sizes = "",
    copies: Copies = None,
    paper: Annotated[str, typer.Option(help="fit, A3+, 24x36in, roll44, ...")] = "",
    style: Annotated[str, typer.Option(help="A proof style.")] = "",
    exhibition: InExhibition = "",
    out: Out = None,
    screen: Screen = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Lay each starred print out at true size with bleed, marks and colour bar.

    Example: edition proof plates pocket-dreams --sizes 200,300 --paper roll24
    """
    wanted = _sizes(sizes) if sizes else []
    changes = {"plate_paper": paper, "style": style}
    _proof(
        proof_source(slug, exhibition), "plates", changes, as_json=as_json, out=out,
        screen=screen, sizes=wanted, copies=copies or 0,
    )  # fmt: skip


@proofs.command()
def order(
    slug: Shown = "",
    sizes: Sizes = "",
    copies: Copies = None,
    paper: Annotated[str, typer.Option(help="The plates' paper: A3+, roll44, ...")] = "",
    exhibition: InExhibition = "",
    out: Out = None,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make the order sheet for the print house: files, sizes, copies, paper, profile, digests.

    Make the plates or the export first: the sheet names the files that are there.

    Example: edition proof order pocket-dreams --sizes 300 --copies 5
    """
    _proof(
        proof_source(slug, exhibition), "order", {"plate_paper": paper}, as_json=as_json,
        out=out, sizes=tuple(_sizes(sizes)) if sizes else (), copies=copies or 0,
    )  # fmt: skip


@proofs.command()
def strip(
    slug: Shown = "",
    sizes: Sizes = "",
    paper: Paper = "",
    exhibition: InExhibition = "",
    out: Out = None,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make a proof strip to test colours on: each print's most detailed part at its true size.

    Example: edition proof strip pocket-dreams --sizes 600
    """
    _proof(
        proof_source(slug, exhibition), "strip", {"paper": paper}, as_json=as_json, out=out,
        sizes=tuple(_sizes(sizes)) if sizes else (),
    )  # fmt: skip


def _sizes(text: str) -> list[float]:
    """The longer sides in a comma list, each within the recipe's range."""
    return [millimetres(part) for part in text.split(",")]


_PAGES = {
    "checklist": "Make the checklist of works: artist, title, year, medium, size, edition of each.",
    "prices": "Make the price list: the checklist with prices; set them with edition work --price.",
    "labels": "Make wall labels on sheets to cut; one with many words is set smaller.",
    "loan": "Make the loan and packing list: number lent, framed size, value, crate, out and back.",
    "condition": "Make a condition report form for each work.",
    "certificates": "Write a certificate of authenticity for every issued number.",
}
"""Kinds that differ in nothing but what is on their pages, and the first sentence of their help."""


def _page_verb(kind: str) -> Callable[..., None]:
    def verb(
        slug: Shown = "",
        paper: Paper = "",
        exhibition: InExhibition = "",
        out: Out = None,
        screen: Screen = False,
        as_json: Annotated[bool, JsonFlag] = False,
    ) -> None:
        source = proof_source(slug, exhibition)
        _proof(source, kind, {"paper": paper}, as_json=as_json, out=out, screen=screen)

    return verb


for _kind, _help in _PAGES.items():
    _example = f"Example: edition proof {_kind} --exhibition summer-show"
    proofs.command(_kind, help=f"{_help}\n\n{_example}")(_page_verb(_kind))


@proofs.command()
def show(
    slug: Shown = "",
    rate: Annotated[bool, typer.Option("--rate", help="Ask for stars and words.")] = False,
    exhibition: InExhibition = "",
    out: Out = None,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make one HTML file to mail: pictures, captions and the wall; it loads nothing.

    Example: edition proof show --exhibition summer-show --rate
    """
    source = proof_source(slug, exhibition)
    _proof(source, "show", {}, as_json=as_json, out=out, rate=rate)


def _proof(
    source: PrintSource,
    kind: str,
    changes: dict[str, str],
    *,
    as_json: bool,
    out: Path | None = None,
    screen: bool = False,
    **options: Any,  # noqa: ANN401
) -> None:
    with open_desk() as session, progress_bar() as bar:
        task = bar.add_task(kind, total=None, note="")
        own = source.head(session).settings.model_dump(mode="json")
        wishes = {key: value for key, value in changes.items() if value}
        merged = {"proof": {**own, **wishes, **({"screen": True} if screen else {})}}
        settings = edition_file.validate(merged, name=f"edition proof {kind}").proof
        made = source.make(
            session,
            kind,
            settings,
            lambda k, n: bar.update(task, completed=k, total=n),
            **({} if out is None else {"out": out.absolute()}),
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

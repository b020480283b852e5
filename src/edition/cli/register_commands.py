"""Verbs of the register: open, issue, sold, void, list."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions import register as desk_register
from edition.cli.proof_options import Seed, Slug, newest_print
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.errors import ProofError
from edition.proof.edition_ledger import KINDS
from edition.proof.paper_sizes import millimetres

if TYPE_CHECKING:
    from edition.proof.edition_ledger import LedgerRow

register = typer.Typer(
    help="Number prints: 3/25, artist's proofs; append-only.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
KindOption = Annotated[str, typer.Option("--kind", help=f"{', '.join(KINDS)}.")]
Number = Annotated[str, typer.Argument(help="Which number: 2, 2/10, or 'AP I/II'.")]
SizeOption = Annotated[
    str, typer.Option("--size", help="Longer side of a second edition: 600, 60cm, 24in.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(register, name="register")


@register.command("open")
def open_edition(
    slug: Slug,
    seed: Seed,
    count: Annotated[int, typer.Option(help="Edition size: how many numbered prints.")],
    artist_proofs: Annotated[
        int | None, typer.Option(help="Artist's proofs; default: 10 %, at least one.")
    ] = None,
    hors_commerce: Annotated[int, typer.Option(help="Prints that are not for sale.")] = 0,
    another_size: Annotated[
        str, typer.Option(help="Longer side of a second edition of the print: 600, 24in.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Fix size and count of a print's edition before its first printing; for good.

    The size is the recipe's proof.print_mm. On a terminal it asks first. An open one can't be
    undone; another size is a second edition: --another-size.

    Example: edition register open pocket-dreams 3 --count 25
    """
    with open_desk() as session:
        item = newest_print(session, slug, seed)
        width, height = desk_register.size_of(session, item, _side(another_size))
        asked = f"An edition of {count}, each {width:g} × {height:g} mm: neither can be changed."
        if not yes and sys.stdin.isatty() and not typer.confirm(f"{asked} Open it?", err=True):
            say("Nothing was opened.")
            return
        row = desk_register.open_edition(
            session, item, count, artist_proofs=artist_proofs, hors_commerce=hors_commerce,
            side_mm=_side(another_size),
        )  # fmt: skip
    say(
        f"Seed {seed}: an edition of {row.count}, {row.width_mm:g} × {row.height_mm:g} mm,"
        " for good."
    )


@register.command("issue")
def issue_number(
    slug: Slug,
    seed: Seed,
    kind: KindOption = "number",
    paper: Annotated[str, typer.Option(help="The paper it is printed on.")] = "",
    ink: Annotated[str, typer.Option(help="What it is printed with.")] = "",
    buyer: Annotated[
        str, typer.Option(help="Who bought it: counts as sold. Printed only if asked.")
    ] = "",
    place: Annotated[str, typer.Option(help="Where it is. Printed only if asked.")] = "",
    size: SizeOption = "",
    other_file: Annotated[
        bool, typer.Option("--other-file", help="Although earlier numbers are of another file.")
    ] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Issue a print's next number, and write its certificate.

    The numbers of an edition are alike: where others were issued for another file, because the
    print was enlarged again or retouched since, it is refused without --other-file.

    Example: edition register issue pocket-dreams 3 --paper "Hahnemühle Photo Rag 308"
    """
    told = desk_register.Given(paper, ink, buyer, place)
    with open_desk() as session:
        item = newest_print(session, slug, seed)
        row = desk_register.issue(
            session, item, _kind(kind), told=told, side_mm=_side(size), other_file=other_file
        )
        if not as_json:
            say(f"Seed {seed}: {row.label}.")  # before its certificate, which may be refused
        else:
            report({"seed": seed, "label": row.label, "number": row.number})
        certificate = str(desk_register.certify_one(session, item, row).file)
    if as_json:
        report({"seed": seed, "label": row.label, "number": row.number, "file": certificate})
    else:
        say(f"Certificate: {certificate}")


@register.command("sold")
def sold_number(
    slug: Slug,
    seed: Seed,
    number: Number,
    buyer: Annotated[str, typer.Option(help="Who bought it.")] = "",
    place: Annotated[str, typer.Option(help="Where it is.")] = "",
    kind: KindOption = "number",
    suite: Annotated[str, typer.Option(help="B for the second size, C for the third.")] = "",
) -> None:
    """Write down that a number is sold, to whom and where it is; names are printed only if asked.

    The price list counts it, as it counts numbers issued with --buyer.

    Example: edition register sold pocket-dreams 3 1/25 --buyer "Museum of Seas" --place Bergen
    """
    with open_desk() as session:
        item = newest_print(session, slug, seed)
        meant = desk_register.issued_number(session, item, number, _kind(kind), suite)
        row = desk_register.sold(
            session, item, meant.kind, meant.number, buyer=buyer, place=place, suite=suite
        )
    say(f"Seed {seed}: {row.label} is with {row.buyer or 'its owner'}, {row.place or 'no place'}.")


@register.command("void")
def void_number(
    slug: Slug,
    seed: Seed,
    number: Number,
    reason: Annotated[str, typer.Option(help="The reason.")],
    kind: KindOption = "number",
    suite: Annotated[str, typer.Option(help="B for the second size, C for the third.")] = "",
) -> None:
    """Void a number that was spoiled, lost or destroyed; it is never issued again.

    Its certificate's file stays where it is; the path is told.

    Example: edition register void pocket-dreams 3 1/25 --reason "torn in the press"
    """
    with open_desk() as session:
        item = newest_print(session, slug, seed)
        meant = desk_register.issued_number(session, item, number, _kind(kind), suite)
        row = desk_register.void(session, item, meant.kind, meant.number, reason, suite)
        papers = desk_register.void_papers(session, item, row)
    say(f"Seed {seed}: {row.label} is withdrawn.")
    if papers:
        say(papers)


@register.command("list")
def list_register(
    buyers: Annotated[bool, typer.Option("--buyers", help="With buyers and places.")] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """List the register, checked row by row."""
    with open_desk() as session:
        rows = desk_register.rows(session)
        works = desk_register.works_of(session, rows)
    if as_json:
        report(
            [
                {**asdict(row), "edition": edition, "work": work, "label": row.label}
                for row, (edition, work) in zip(rows, works, strict=True)
            ]
        )
        return
    heads = ("date", "act", "edition", "work", "number", "size mm", "paper", "note")
    table(
        (*heads, "buyer", "place") if buyers else heads,
        [
            (
                r.date, r.act, edition, work, _label(r), f"{r.width_mm:.0f} × {r.height_mm:.0f}",
                r.paper, r.note, *((r.buyer, r.place) if buyers else ()),
            )
            for r, (edition, work) in zip(rows, works, strict=True)
        ],
    )  # fmt: skip


def _label(row: LedgerRow) -> str:
    return f"of {row.count}" if row.act == "open" else row.label


def _side(text: str) -> float | None:
    return millimetres(text) if text else None


def _kind(text: str) -> Any:  # noqa: ANN401 - edition.proof.edition_ledger.Kind
    if text not in KINDS:
        raise ProofError(f"There is no kind {text!r}.", hint=f"Use one of {', '.join(KINDS)}.")
    return text

"""Verbs of the register: open, issue, void, list."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition.actions import register as desk_register
from edition.cli.proof_options import Seed, Slug, newest_print
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.errors import ProofError

if TYPE_CHECKING:
    from edition.proof.edition_ledger import LedgerRow

register = typer.Typer(
    help="Number prints: 3/25, artist's proofs; append-only.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
KindOption = Annotated[str, typer.Option("--kind", help="number, AP or PP.")]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(register, name="register")


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
    with open_desk() as session:
        item = newest_print(session, slug, seed)
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
    with open_desk() as session:
        row = desk_register.issue(session, newest_print(session, slug, seed), _kind(kind), paper)
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
    with open_desk() as session:
        row = desk_register.void(
            session, newest_print(session, slug, seed), _kind(kind), number, reason
        )
    say(f"Seed {seed}: {row.label} is withdrawn.")


@register.command("list")
def list_register(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """List the register, checked row by row."""
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


def _label(row: LedgerRow) -> str:
    return f"of {row.count}" if row.act == "open" else row.label


def _kind(text: str) -> Any:  # noqa: ANN401 - edition.proof.edition_ledger.Kind

    if text not in ("number", "AP", "PP"):
        raise ProofError(f"There is no kind {text!r}.", hint="Use number, AP or PP.")
    return text

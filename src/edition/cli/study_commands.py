"""Verbs that look at variations: sweep, twin."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edition.actions import study_planning, study_queries, study_sheets
from edition.actions.study_planning import find_study
from edition.cli.render_commands import progress_bar, wait_for
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.errors import StudyError
from edition.recipe import prompts
from edition.studies import axes, study_spec
from edition.studies.sheet_layout import name_of
from edition.text_format import count, duration

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.actions.study_planning import PlannedStudy
    from edition.recipe.recipe import Recipe, Scalar
    from edition.studies.study_spec import Study

Slug = Annotated[str, typer.Argument(help="The edition.")]
Name = Annotated[
    str, typer.Option("--name", help="Name of the study; default: made from the axes.")
]
Fix = Annotated[
    list[str] | None,
    typer.Option("--set", help="Another value for all cells: steps=12, size=256. Repeat it."),
]
CellSide = Annotated[
    int, typer.Option("--cell", min=0, max=2048, help="Side of a cell on the sheet, pixels.")
]
PdfFlag = Annotated[bool, typer.Option("--pdf", help="Make the sheet as a PDF too.")]
PlanFlag = Annotated[bool, typer.Option("--plan", help="Dry run: cells, time and disk needed.")]
DetachFlag = Annotated[
    bool, typer.Option("--detach", help="Queue only: don't wait, make no sheet.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(sweep)
    app.command()(twin)


def sweep(
    slug: Slug,
    axis: Annotated[
        list[str] | None,
        typer.Option(help="field=values, down, then across, then over sheets. Repeat it."),
    ] = None,
    prompt: Annotated[str, typer.Option(help="Prompts: one|two {calm|stormy}.")] = "",
    pairs: Annotated[str, typer.Option(help="A file of names, for --template.")] = "",
    template: Annotated[str, typer.Option(help='"… by {a} and {b}", or only {a}.')] = "",
    fix: Fix = None,
    name: Name = "",
    cell: CellSide = 0,
    pdf: PdfFlag = False,
    plan: PlanFlag = False,
    listing: Annotated[bool, typer.Option("--list", help="List this edition's studies.")] = False,
    detach: DetachFlag = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Render every combination of values and lay them out as a labelled sheet.

    Cells are normal prints; existing ones are not rendered again.

    Examples: edition sweep pocket-dreams --axis guidance=1,2.5,5,7.5,10,25,50 --axis seed=1..4

      edition sweep pocket-dreams --axis prompt=@prompts.txt --axis seed=1,2 --set size=256

      edition sweep pocket-dreams --pairs artists.txt --template "a lake by {a} and {b}"
    """
    with open_desk() as session:
        if listing:
            _list(session, slug, as_json=as_json)
            return
        wanted = _axes(axis or [], prompt, pairs, template)
        if not wanted and name:
            study, _ = find_study(session, slug, name)
        elif not wanted:
            raise StudyError(
                "A sweep needs an axis.", hint="For example: --axis guidance=1,3,7 --axis seed=1..4"
            )
        else:
            base: Recipe = changed(session.recipe(slug), fix or [])
            study = study_spec.ask(base, wanted, name=name)
        _do(session, slug, study, cell=cell, pdf=pdf, plan=plan, detach=detach, as_json=as_json)


def _axes(
    written: list[str], prompt: str, pairs: str, template: str
) -> list[tuple[str, tuple[Scalar, ...]]]:
    found = []
    if prompt:
        found.append(("prompt", axes.values("prompt", prompt)))
    if bool(pairs) != bool(template):
        raise StudyError("--pairs and --template belong together.", hint="Give both.")
    if pairs:
        names = prompts.lines(Path(pairs))
        found.append(("prompt", tuple(prompts.fill(template, names))))
    return [*found, *(axes.parse(text) for text in written)]


def changed(recipe: Recipe, fixes: list[str]) -> Recipe:
    """A recipe with values set that all cells share.

    Raises:
        StudyError: a field is unknown, or has not one value.
    """
    for text in fixes:
        field, values = axes.parse(text)
        if len(values) != 1:
            raise StudyError(f"--set {text}: that is {len(values)} values.", hint="Use --axis.")
        recipe = study_spec.recipes(study_spec.ask(recipe, [(field, values)]))[0]
    return recipe


def _do(
    session: Session,
    slug: str,
    study: Study,
    *,
    cell: int,
    pdf: bool,
    plan: bool,
    detach: bool,
    as_json: bool,
) -> None:
    """Plans, renders and lays a study out."""
    planned = render_study(session, slug, study, plan=plan, detach=detach, as_json=as_json)
    if plan or detach:
        return
    with progress_bar() as bar:
        task = bar.add_task("sheet", total=None, note="")
        made = study_sheets.sheets(
            session, slug, study.name, side=cell, pdf=pdf,
            progress=lambda k, n: bar.update(task, completed=k, total=n),
        )  # fmt: skip
    _tell(session, planned, made, {}, as_json=as_json)


def render_study(
    session: Session, slug: str, study: Study, *, plan: bool, detach: bool, as_json: bool
) -> PlannedStudy:
    """Plans a study, says the plan, and renders it unless only the plan is wanted."""
    planned = study_planning.plan(session, slug, study)
    if plan and as_json:
        report(_facts(planned))
    elif plan or detach:
        say(_sentence(planned))
    else:
        sys.stderr.write(_sentence(planned) + "\n")
    if plan:
        return planned
    job = study_planning.submit(session, planned)
    if detach:
        say(f"Queued as {study.name}; watch: edition press status")
        return planned
    again = f"edition sweep {slug} --name {study.name}"
    while job:
        wait_for(session, job, study.kind, again=again)
        row = study_queries.find(session, slug, study.name)
        left = [c for c in study_queries.cells(session, row.id) if not c.print_id and not c.error]
        job = study_planning.submit(session, planned) if left else 0
    return planned


def _sentence(planned: PlannedStudy) -> str:
    shape = " × ".join(
        f"{len(axis.values)} {name_of(axis).lower()}"
        for axis in planned.study.axes
        if len(axis.values) > 1
    )
    text = f"{count(planned.count, 'cell')}" + (f" ({shape})" if shape else "")
    if not planned.missing:
        return f"{text}; all are there."
    time = "time not known yet" if planned.seconds is None else f"about {duration(planned.seconds)}"
    return f"{text}; {planned.missing:,} to render, {time}, {planned.disk_bytes / 1e6:.1f} MB."


def _facts(planned: PlannedStudy) -> dict[str, object]:
    return {
        "name": planned.study.name,
        "cells": planned.count,
        "missing": planned.missing,
        "seconds": planned.seconds,
        "disk_bytes": planned.disk_bytes,
        "free_bytes": planned.free_bytes,
    }


def _tell(
    session: Session,
    planned: PlannedStudy,
    made: tuple[Path, ...],
    more: dict[str, object],
    *,
    as_json: bool,
) -> None:
    """Reports files, and cells that failed."""
    row = study_queries.find(session, planned.slug, planned.study.name)
    cells = study_queries.cells(session, row.id)
    failed = [c for c in cells if c.error and not c.print_id]
    if as_json:
        report({
            **_facts(planned),
            "files": [str(path) for path in made],
            "rendered": sum(bool(c.print_id) for c in cells),
            "failed": [{"cell": c.place, "seed": c.seed, "error": c.error} for c in failed],
            **more,
        })  # fmt: skip
        return
    for path in made:
        say(str(path))
    for reason in dict.fromkeys(c.error for c in failed):
        hit = sum(c.error == reason for c in failed)
        say(f"  {hit} of {len(cells)} cells failed: {reason}")


def _list(session: Session, slug: str, *, as_json: bool) -> None:
    rows = study_queries.listed(session, slug)
    facts = []
    for row in rows:
        cells = study_queries.cells(session, row.id)
        done = sum(bool(cell.print_id) for cell in cells)
        starred = sum(cell.star for cell in cells)
        facts.append((row.name, row.kind, len(cells), done, starred))
    if as_json:
        keys = ("name", "kind", "cells", "rendered", "starred")
        report([dict(zip(keys, fact, strict=True)) for fact in facts])
    elif facts:
        table(("study", "kind", "cells", "rendered", "starred"), facts)
    else:
        say(f"{slug} has no studies yet.")


def twin(
    slug: Slug,
    other: Annotated[
        str, typer.Option("--with", help="The setting that differs: negative=yellow circle.")
    ],
    seeds: Annotated[str, typer.Option(help="Which seeds.")] = "1..8",
    fix: Fix = None,
    name: Name = "",
    cell: CellSide = 0,
    pdf: PdfFlag = False,
    plan: PlanFlag = False,
    detach: DetachFlag = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Compare the same seeds with one setting changed (A/B test).

    One value is compared with the edition's recipe; two values with each other.

    Examples: edition twin pocket-dreams --with "negative=yellow circle" --seeds 1..8

      edition twin pocket-dreams --with steps=50,70
    """
    kind: Literal["twin"] = "twin"
    with open_desk() as session:
        base = changed(session.recipe(slug), fix or [])
        field, values = axes.parse(other)
        study = _twins(base, field, values, seeds, name, kind)
        planned = render_study(session, slug, study, plan=plan, detach=detach, as_json=as_json)
        if plan or detach:
            return
        made, said, pairs = study_sheets.twin_sheet(session, slug, study.name, side=cell, pdf=pdf)
        if not as_json:
            say(said)
            for pair in pairs:
                found = pair.found
                say(
                    f"  seed {pair.seed}: {found.mean:.2%} of full scale, {found.share:.1%} of the "
                    f"pixels, {'not to be seen' if found.unseen else found.where}"
                )
        facts = [{"seed": p.seed, **asdict(p.found), "unseen": p.found.unseen} for p in pairs]
        _tell(session, planned, made, {"verdict": said, "pairs": facts}, as_json=as_json)


def _twins(
    base: Recipe,
    field: str,
    values: tuple[Scalar, ...],
    seeds: str,
    name: str,
    kind: Literal["twin"],
) -> Study:
    if len(values) == 1:
        values = (current(base, field), *values)
    if len(values) != 2 or values[0] == values[1]:
        raise StudyError(
            f"An A/B test changes one setting; {field} gives {len(set(values))} recipe(s).",
            hint="Give one other value, or two: --with steps=50,70",
        )
    return study_spec.ask(
        base, [(field, values), ("seed", axes.values("seed", seeds))], name=name, kind=kind
    )


def current(recipe: Recipe, field: str) -> Scalar:
    """The value of a field as the recipe has it."""
    dotted = (axes.paths_of(field) or ("",))[0]
    value: object = recipe.model_dump(mode="json")
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None or isinstance(value, list | dict):
        raise StudyError(f"The recipe has no {field} to compare with.", hint="Give two values.")
    return value  # type: ignore[return-value]

"""Verbs that bend models: train dreambooth, train inversion, train runs, corridor."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edition import paths
from edition.actions import finetuning
from edition.cli.render_commands import wait_for
from edition.cli.shared_options import CHOSEN, JsonFlag, open_desk, report, say, table
from edition.errors import StudyError
from edition.finetune.launcher import add_training_flags, with_flags
from edition.recipe.argparse_flags import add_flags, apply
from edition.recipe.training_settings import LrGridSettings, TrainingSettings
from edition.text_format import bars

if TYPE_CHECKING:
    from edition.actions.finetuning import TrainingRequest
    from edition.actions.session import Session
    from edition.press.job_payloads import Kind

trainings = typer.Typer(
    help="Fine-tune a model on a few pictures.", no_args_is_help=True, rich_markup_mode=None
)
_OWN_FLAGS = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}
"""The flags are the keys of [training]: argparse reads them, from the table itself."""
_CURVE_CELLS = 24


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(trainings, name="train")
    app.command(context_settings=_OWN_FLAGS)(corridor)


@trainings.command(context_settings=_OWN_FLAGS)
def dreambooth(context: typer.Context) -> None:
    """Train UNet and text encoder on a folder of pictures; makes a new edition.

    Example: edition train dreambooth pocket-dreams --images photos --resolution 256
    """
    _train("dreambooth", context.args)


@trainings.command(context_settings=_OWN_FLAGS)
def inversion(context: typer.Context) -> None:
    """Learn a new word for a frozen model; makes a new edition that uses it.

    Example: edition train inversion pocket-dreams --images photos --token '<look>'
    """
    _train("inversion", context.args)


@trainings.command()
def runs(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """List an edition's trainings with their curves."""
    with open_desk(writable=False) as session:
        runs = finetuning.runs(session, slug)
        found = [(run, finetuning.curve(session, run.id)) for run in runs]
    if as_json:
        report([{**asdict(run), "curve": [asdict(p) for p in curve]} for run, curve in found])
        return
    table(
        ["run", "steps", "of", "loss", "gradient", "edition"],
        [
            (
                run.name, run.step, run.steps, bars([p.loss for p in curve], _CURVE_CELLS)[0],
                bars([p.grad_norm for p in curve], _CURVE_CELLS)[0], run.made,
            )
            for run, curve in found
        ],
    )  # fmt: skip


def _parser(verb: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"edition {verb}", description=about)
    parser.add_argument("slug", help="the edition whose model is trained")
    parser.add_argument("--detach", action="store_true", help="don't wait")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    return parser


def own_parser(verb: str) -> argparse.ArgumentParser | None:
    """What reads the options of a verb that has its flags from a table; None for every other one.

    Args:
        verb: as it is typed: ``train dreambooth``.
    """
    if verb == "corridor":
        return _corridor_parser()
    kinds: dict[str, Kind] = {"train dreambooth": "dreambooth", "train inversion": "inversion"}
    return _training_parser(kinds[verb]) if verb in kinds else None


def _training_parser(kind: Kind) -> argparse.ArgumentParser:
    about = "Defaults are in [brackets]; the edition file's [training] table overrides them."
    parser = _parser(f"train {kind}", about)
    parser.add_argument("--into", default="", help="slug of the edition to make")
    add_training_flags(parser, kind)
    return parser


def _train(kind: Kind, arguments: list[str]) -> None:
    given = vars(_training_parser(kind).parse_args(arguments))
    slug, detach, as_json, into = (given.pop(key) for key in ("slug", "detach", "json", "into"))
    as_json |= CHOSEN.as_json  # typer may have taken the option before this parser saw it
    with open_desk() as session:
        recipe = with_flags(session.recipe(slug), given, kind)
        asked = finetuning.train(session, slug, kind, recipe=recipe, into=into)
        _wait(session, asked, detach, f"edition train {kind} {slug}")
        made = _made(session, slug)
    facts = {"job": asked.job, "pictures": asked.pictures, "edition": "" if detach else made}
    _tell(facts, as_json, f"The edition {made} uses it: edition render {made}", detach)


def _made(session: Session, slug: str) -> str:
    found = [run.made for run in finetuning.runs(session, slug) if run.made]
    return found[0] if found else ""


def corridor(context: typer.Context) -> None:
    """Train a grid of learning rates × steps and classify each cell.

    The classes: underfit, good, prompt forgotten, mode collapse.

    Examples: edition corridor pocket-dreams --images photos --rates 2e-6 4e-6 --counts 400 800

      edition corridor pocket-dreams --enter 2e-6 800
    """
    given = vars(_corridor_parser().parse_args(context.args))
    slug, detach, as_json, name = (given.pop(key) for key in ("slug", "detach", "json", "name"))
    as_json |= CHOSEN.as_json
    chosen, pdf = given.pop("enter"), given.pop("pdf")
    with open_desk() as session:
        if chosen:
            _enter(session, slug, name, chosen, as_json=as_json)
        elif pdf:
            file = str(finetuning.map_pdf(session, slug, name))
            _tell({"file": file}, as_json, file)
        else:
            _map(session, slug, name, given, detach=detach, as_json=as_json)


def _corridor_parser() -> argparse.ArgumentParser:
    parser = _parser("corridor", "Trains one run per learning rate and measures its checkpoints.")
    parser.add_argument("--name", default="corridor", help="of the grid; the same name resumes it")
    parser.add_argument(
        "--enter", nargs=2, metavar=("RATE", "STEPS"), help="make an edition of this cell"
    )
    parser.add_argument("--pdf", action="store_true", help="write the grid as a PDF page")
    add_flags(parser, LrGridSettings, frozenset())
    own = frozenset({"learning_rate", "steps", "checkpoint_every", "sample_every", "sample_seeds"})
    add_flags(parser, TrainingSettings, own)
    return parser


def _enter(session: Session, slug: str, name: str, chosen: list[str], *, as_json: bool) -> None:
    try:
        rate, steps = float(chosen[0]), int(chosen[1])
    except ValueError as error:
        raise StudyError("A cell is a learning rate and a number of steps.") from error
    made = finetuning.enter(session, slug, rate, steps, name=name)
    _tell({"edition": made}, as_json, f"The edition {made} uses it: edition render {made}")


def _map(
    session: Session, slug: str, name: str, given: dict[str, Any], *, detach: bool, as_json: bool
) -> None:
    recipe = session.recipe(slug)
    axes = apply(given, recipe.training.corridor)
    changed = apply(given, recipe.training.model_copy(update={"corridor": axes}))
    recipe = recipe.model_copy(update={"training": changed})
    asked = finetuning.corridor(session, slug, recipe=recipe, name=name)
    _wait(session, asked, detach, f"edition corridor {slug} --name {name}")
    sheet = str(paths.studies_folder(session.root, slug) / name / "map.png")
    if detach:
        _tell({"job": asked.job, "map": sheet}, as_json, "", detach=True)
        return
    found = finetuning.corridor_map(session, slug, name)
    if as_json:
        report({"job": asked.job, "map": sheet, **asdict(found)})
        return
    table(
        ["rate", "steps", "verdict", "diversity", "language", "pairs", "drift", "copying", ""],
        [
            (
                f"{c.rate:g}", c.steps, c.verdict,
                *(f"{value:.2f}" for value in asdict(c.gauges).values()),
                "<- start here" if c == found.sweet else "",
            )
            for c in found.cells
        ],
    )  # fmt: skip
    say(sheet)


def _wait(session: Session, asked: TrainingRequest, detach: bool, again: str) -> None:
    for warning in asked.warnings:
        sys.stderr.write(f"note: {warning}\n")
    if not detach:
        wait_for(session, asked.job, "train", again=again)


def _tell(facts: dict[str, Any], as_json: bool, text: str, detach: bool = False) -> None:
    if as_json:
        report(facts)
    else:
        say("Queued; watch: edition press status" if detach else text)

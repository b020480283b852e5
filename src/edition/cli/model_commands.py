"""Verbs on models: list, path, check, pull, accept."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, TextIO

import typer

from edition import paths
from edition.actions import editions, models_here
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.diffusion import model_licence
from edition.diffusion.catalog import CATALOG, licence_of
from edition.diffusion.resolve import find
from edition.diffusion.upscaler_weights import WEIGHTS, pull_weights
from edition.errors import EditionError
from edition.recipe.recipe import ModelRef
from edition.upscale import find as find_upscaler
from edition.upscale import licences


class _Progress:
    """Says how far a download is: one line that is renewed in a terminal, a line a file else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._last = stream, ""

    def __call__(self, what: str, here: int, total: int) -> None:
        line = f"{here / 1e9:.2f} of {total / 1e9:.2f} GB: {what}"
        if self._stream.isatty():
            end = "\n" if here >= total else ""
            self._stream.write(f"\r\x1b[K{line}{end}")
        elif what != self._last:
            self._stream.write(f"{line}\n")
        self._last = what
        self._stream.flush()


app = typer.Typer(
    help="Models: list, check, download.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip


def add_to(parent: typer.Typer) -> None:
    """Adds the verbs."""
    parent.add_typer(app, name="models")


@app.command("list")
def list_models(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """List the models known to work, those that were pulled, and those your editions name."""
    names = (*(entry.name for entry in CATALOG), *models_here.cached())
    rows = {name: ModelRef(base=name) for name in names}
    homes = dict.fromkeys(rows, None)
    with open_desk() as session:
        for card in editions.cards(session):
            if card.recipe is not None and card.recipe.model.base not in rows:
                rows[card.recipe.model.base] = card.recipe.model
                homes[card.recipe.model.base] = paths.edition_folder(session.root, card.slug)
    found = []
    for name, ref in rows.items():
        try:
            model = find(ref, homes[name])
            here, licence = str(model.path), model_licence.of_model(model)
        except EditionError:
            here, licence = "", licence_of(name)
        found.append({"name": name, "licence": licence, "path": here})
    for weights in WEIGHTS.values():
        here = str(weights.folder) if weights.here else ""
        found.append({"name": weights.name, "licence": weights.licence, "path": here})
    if as_json:
        report(found)
    else:
        table(
            ("model", "here", "licence"),
            [(f["name"], "yes" if f["path"] else "no", f["licence"]) for f in found],
        )


@app.command()
def path(name: Annotated[str, typer.Argument(help="pocket, a hub id, or a path.")]) -> None:
    """Print the folder or file of a model.

    Example: edition models path pocket
    """
    say(str(find(ModelRef(base=name)).path))


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="pocket, a hub id, or a path.")] = "pocket",
    network: Annotated[
        str, typer.Option(help="A .gguf or .safetensors file in place of its network.")
    ] = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Say what the loader will do with a model: files, family, licence, memory, fingerprint."""
    from edition.diffusion import model_check

    model = find(ModelRef(base=name, network=network))
    found = model_check.examine(model)
    if as_json:
        report({"name": name, "kind": model.kind, "path": str(model.path), **asdict(found)})
        return
    say(f"{name}: complete")
    for line in found.lines():
        say(f"  {line}")


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A hub id: owner/name; or seedvr2-3b, seedvr2-7b.")],
    revision: Annotated[str, typer.Option(help="A commit or tag.")] = "",
    configs: Annotated[
        bool, typer.Option("--configs", help="Only what a single-file checkpoint lacks.")
    ] = False,
    without_network: Annotated[
        bool,
        typer.Option("--without-network", help="All but what a file under model.network brings."),
    ] = False,
    variant: Annotated[
        str, typer.Option(help="Weights to take where there are several, such as fp16.")
    ] = "",
) -> None:
    """Download a model; no other verb fetches anything.

    Example: edition models pull seedvr2-3b
    """
    if name in WEIGHTS:
        weights = WEIGHTS[name]
        say(f"{name} comes under: {weights.licence}")
        for piece in weights.pieces:
            known = f"SHA-256 {piece.digest}" if piece.digest else "no digest published"
            say(f"  {piece.repository} {piece.file}, {piece.bytes:,} bytes, {known}")
        say(str(pull_weights(weights)))
        return
    if name == "pocket":
        say(str(paths.pocket_folder()))
        return
    licence = licence_of(name)
    if licence:
        say(f"{name} comes under: {licence}")
    from edition.diffusion.hub_pull import pull as pull_model

    tell = _Progress(sys.stderr)
    folder = pull_model(
        name, revision, configs_only=configs, without_network=without_network,
        variant=variant or None, tell=tell,
    )  # fmt: skip
    stated = model_licence.of_card(folder / model_licence.CARD)
    if stated.lower() != licence.lower():
        say(f"Its model card states the licence: {stated or model_licence.UNKNOWN}")
    say(str(folder))


@app.command()
def accept(
    name: Annotated[str, typer.Argument(help="An upscaler whose weights are restricted: supir.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Confirm once that you accept the licence of an upscaler's weights."""
    upscaler = find_upscaler(name)
    say(f"{name}: {upscaler.licence or 'no licence of its own'}")
    if name in licences.LICENCES:
        say(licences.LICENCES[name].terms)
    if yes or typer.confirm("Have you read the licence, and do you accept it?"):
        licences.accept(name)
        say("Noted. Every print enlarged with it records the licence.")
    else:
        raise typer.Exit(1)

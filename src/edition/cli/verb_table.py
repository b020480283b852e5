"""All verbs with their one line of help; a verb's module is imported when it is called.

To add a verb: write it in a module that has ``add_to(app)``, and name it here.
tests/cli/test_verb_table.py holds the lines equal to the verbs' own help.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from edition.cli.shared_options import JsonFlag

TABLE: dict[str, dict[str, str]] = {
    "edition_commands": {
        "new": "Create an edition.",
        "list": "List the library's editions.",
        "show": "Show an edition, or list its prints.",
        "edit": "Set keys of an edition's recipe; comments in the file stay.",
    },
    "recipe_commands": {
        "clone": "Create an edition with another's recipe.",
        "diff": "Show what differs between two recipes.",
        "again": "Render seeds again with another recipe or at another size.",
    },
    "render_commands": {
        "render": "Render seeds; existing prints are skipped.",
        "upscale": "Upscale prints; existing results are skipped.",
        "versions": "List the enlarged versions of prints, and choose the one that goes to paper.",
    },
    "img2img_commands": {
        "vary": "Render from an image (img2img): a sketch, a photo or another print.",
        "film": "Render the denoising steps of a print as a film and a strip.",
        "notebook": "Count which prompts, words and artists earn stars.",
        "import": "Make an edition of pictures from A1111, ComfyUI, InvokeAI, SwarmUI or Fooocus.",
    },
    "adopt_commands": {
        "adopt": "Make folders of pictures an edition where they lie: nothing is moved, copied or "
        "renamed.",
        "replace": "Make a retouched file a version of its print: it goes to paper, the print "
        "stays.",
    },
    "study_commands": {
        "sweep": "Render every combination of values and lay them out as a labelled sheet.",
        "twin": "Compare the same seeds with one setting changed (A/B test).",
    },
    "train_commands": {
        "train": "Fine-tune a model on a few pictures.",
        "corridor": "Train a grid of learning rates × steps and classify each cell.",
    },
    "mark_commands": {
        "star": "Star prints.",
        "unstar": "Remove the star from prints.",
        "reject": "Reject prints.",
        "unmark": "Remove star, rejection, rating and label from prints.",
        "rate": "Rate prints.",
        "label": "Set a colour label on prints; repeat to remove it.",
        "undo": "Undo the last change; works across restarts.",
        "redo": "Redo the last undone change.",
        "history": "List changes, newest first: marks, tags, notes, trash, stacks, exhibitions.",
        "stacks": "Group an edition's near-duplicates; nothing is deleted.",
    },
    "stack_commands": {
        "split": "Remove prints from their stack; those named together stay together.",
        "join": "Let split prints join stacks again.",
        "best": "Pin a print to the top of its stack; repeat to unpin it.",
        "lookalikes": "Group prints of similar composition, whatever their colours and seeds.",
    },
    "search_commands": {
        "find": "Find prints by words, marks, recipes and times.",
        "filters": "Saved filters: list, save, forget.",
        "tag": "Add tags to prints.",
        "untag": "Remove tags from prints.",
        "tags": "List tags and how many prints have each.",
        "note": "Write a note on prints.",
    },
    "trash_commands": {
        "trash": "Move prints to the trash, restore them, delete their files.",
    },
    "exhibition_commands": {
        "exhibition": "Selections of prints across editions, in an order of their own.",
    },
    "proof_commands": {
        "proof": "Lay prints out as PDF.",
    },
    "prepress_commands": {
        "preflight": "Preflight: resolution, missing files, glyphs, licences, ICC profiles.",
        "soft": "Soft proof: how a print looks on paper, which colours are out of gamut.",
        "export": "Write the starred prints: as a print house wants them, or as they are into a "
        "folder.",
    },
    "work_commands": {
        "work": "Set a print's title, year, medium and price, as every page prints them.",
        "works": "List the works of an edition, write them as a table, or read one back.",
    },
    "register_commands": {
        "register": "Number prints: 3/25, artist's proofs; append-only.",
    },
    "press_commands": {
        "press": "The background process that renders: start, watch, pause, stop.",
    },
    "model_commands": {
        "models": "Models: list, check, download.",
    },
    "serve_command": {
        "serve": "Show the screens in a browser on this machine, until Ctrl-C.",
    },
    "open_command": {
        "open": "Open the screens (terminal UI).",
    },
    "app_commands": {
        "rescan": "Rebuild the database from the files: prints, upscaled prints and marks.",
        "doctor": "Report device, memory, versions, terminal and missing packages.",
    },
    "backup_commands": {
        "backup": "Write the whole library into one file; the press may keep running.",
        "restore": "Make a library of a backup; its folder must be missing or empty.",
    },
    "demo_command": {
        "demo": "Run every step: render, stack, star, upscale, contact sheet, wall proof.",
    },
}
"""Module in ``edition.cli``: verb: the first sentence of its help, in the order of --help."""

INTERACTIVE = ("open", "serve")
"""Verbs that stay until a person leaves: they report nothing."""
MODULES = {verb: module for module, verbs in TABLE.items() for verb in verbs}


def load(verb: str) -> Any:  # noqa: ANN401 - typer names the type of a command nowhere in public
    """Imports a verb's module and builds the command, or the group with its commands."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    import_module(f"edition.cli.{MODULES[verb]}").add_to(app)
    command = get_group(app).commands[verb]
    if verb not in INTERACTIVE:
        _give_json(command)
    return command


def _give_json(command: Any) -> None:  # noqa: ANN401
    """Adds ``--json`` where a verb has none of its own: its lines are reported then."""
    if hasattr(command, "commands"):
        for below in command.commands.values():
            _give_json(below)
    elif not any("--json" in parameter.opts for parameter in command.params):
        plain = typer.Typer()

        @plain.command()
        def verb(as_json: Annotated[bool, JsonFlag] = False) -> None:
            """Has the option only."""

        option = get_command(plain).params[0]
        option.expose_value = False
        command.params.append(option)


class LazyGroup(TyperGroup):
    """A group of the verbs in the table; ``--help`` and a misspelt verb import none of them."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - typer's own
        settings["commands"] = {
            verb: TyperCommand(verb, help=line)
            for verbs in TABLE.values()
            for verb, line in verbs.items()
        }
        super().__init__(**settings)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """The command that the first word calls."""
        if args[0] in MODULES:
            self.commands[args[0]] = load(args[0])
        return super().resolve_command(ctx, args)

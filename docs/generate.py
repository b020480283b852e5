"""Writes docs/recipe.md, docs/cli.md and docs/edition.1 from the code; ``--check`` compares.

python docs/generate.py
"""

import sys
import typing
from pathlib import Path
from typing import Any

from edition.cli import verb_table
from edition.cli.train_commands import own_parser
from edition.recipe.recipe import Recipe
from edition.recipe.recipe_fields import bounds, kind
from edition.recipe.schema_base import SchemaTable

HERE = Path(__file__).parent
RECIPE_HEAD = """# The recipe: `edition.toml`

Every key has a default; an empty file is a valid edition. Unknown keys, wrong types and values
out of range are refused, each with its line. Reading never rewrites the file; `edition edit` and
the recipe screen keep its comments.

What changes pixels is in the digest that names prints: `[model]` (with the fingerprint of its
weight files), `[prompt]`, `[sampling]`, `[init]`. Everything else can change at any time.
"""
CLI_HEAD = """# The command line

`edition --library DIR VERB ...`; without `--library` the variable `EDITION_LIBRARY` counts, then
`./editions` where it exists, then the platform's data folder. `edition --debug VERB` shows
tracebacks. Every verb but `open` takes `--json`: see [json.md](json.md). Completion for bash,
zsh and fish: `edition --install-completion auto`. A manual page comes with the installed package:
`man edition`, where the environment's `share/man` is searched; in a clone: `man docs/edition.1`.

Exit codes: 0 done, 1 other (a port in use, a licence that was not accepted), 2 usage or recipe,
also no such edition, 3 model, 4 library, 5 press, also seeds that are missing when a render ends,
6 upscaling, 7 proof, also a preflight that found errors, 8 training, 9 study, 70 unexpected,
130 stopped by Ctrl-C.
"""


def shown(value: Any) -> str:
    """A default as it is in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, dict):
        return "{}"
    return f"{value}"


def table(name: str, model: type[SchemaTable]) -> list[str]:
    """A table of the recipe with its keys, then the tables inside it."""
    head = f"## `[{name}]`" if name else "## Top level"
    lines = [head, "", (model.__doc__ or "").strip() if name else "", ""]
    rows, inner = [], []
    for key, field in model.model_fields.items():
        parts = typing.get_args(field.annotation) or (field.annotation,)
        below = next((p for p in parts if isinstance(p, type) and issubclass(p, SchemaTable)), None)
        if below is not None and typing.get_origin(field.annotation) is not tuple:
            many = ".SEED" if typing.get_origin(field.annotation) is dict else ""
            inner.append((f"{name}.{key}" if name else f"{key}{many}", below))
            continue
        told = " ".join((field.description or "").replace("``", "`").split())
        default = shown(field.get_default(call_default_factory=True))
        if field.is_required():
            default = "required"
        rows.append(f"| `{key}` | {kind(field.annotation)}{bounds(field)} | `{default}` | {told} |")
    if rows:
        lines += ["| key | value | default | |", "|---|---|---|---|", *rows, ""]
    for inner_name, below in inner:
        lines += table(inner_name, below)
    return lines


def recipe() -> str:
    """docs/recipe.md."""
    return RECIPE_HEAD + "\n" + "\n".join(table("", Recipe)).rstrip() + "\n"


def cli() -> str:
    """docs/cli.md."""
    lines = [CLI_HEAD]
    for name in verb_table.MODULES:
        command = verb_table.load(name)
        lines += verb(f"edition {name}", command)
        for sub, child in getattr(command, "commands", {}).items():
            lines += verb(f"edition {name} {sub}", child)
    return "\n".join(lines).rstrip() + "\n"


def verb(name: str, command: Any) -> list[str]:
    """One verb with its arguments and options."""
    told = "\n".join(line.strip() for line in (command.help or "").strip().splitlines())
    lines = [f"## `{name}`", "", told, ""]
    for names, note in options(name.removeprefix("edition "), command):
        lines.append(f"- {', '.join(f'`{text}`' for text in names)}: {note}")
    return [*lines, ""]


def options(name: str, command: Any) -> list[tuple[list[str], str]]:
    """A verb's arguments and options: their names, and what is told of each with its default."""
    if parser := own_parser(name):
        return [
            (action.option_strings or [action.dest.upper()], plain_help(action.help or ""))
            for action in parser._actions
            if action.dest != "help"
        ]
    found = []
    for parameter in command.params:
        names = [*parameter.opts, *parameter.secondary_opts]
        if parameter.param_type_name == "argument":
            names = [parameter.name.upper()]
        note = plain_help(getattr(parameter, "help", "") or "")
        if note and "--help" not in names:
            found.append((names, f"{note}{default(parameter)}"))
    return found


def plain_help(text: str) -> str:
    """Help on one line, as a reader of a terminal sees it."""
    return " ".join(text.replace("%%", "%").split())


def default(parameter: Any) -> str:
    """`` [default: 8090]``; nothing for flags, and where none or 0 is meant."""
    value = parameter.default
    if parameter.required or value in (None, "", 0, (), []) or isinstance(value, bool):
        return ""
    return "" if callable(value) else f" [default: {value}]"


def roff(text: str) -> str:
    """Text that troff takes as it is written."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return "\n".join(f"\\&{line}" if line[:1] in ".'" else line for line in plain.splitlines())


def man() -> str:
    """docs/edition.1, the manual page."""
    lines = [
        '.TH EDITION 1 "" "edition" "User Commands"',
        ".SH NAME",
        "edition \\- from a vague prompt to a framed wall",
        ".SH SYNOPSIS",
        ".B edition",
        "[\\-\\-library DIR] [VERB [ARGUMENTS]]",
        ".SH DESCRIPTION",
        roff("Without a verb the screens open. edition VERB --help explains a verb; --json reports"
             " as JSON. Without a terminal, edition demo goes the whole road."),
        ".SH VERBS",
    ]  # fmt: skip
    for name in verb_table.MODULES:
        lines += man_verb(name, verb_table.load(name))
    lines += [
        ".SH EXIT STATUS",
        roff("0 done, 1 other, 2 usage or recipe, 3 model, 4 library, 5 press, 6 upscaling,"
             " 7 proof, 8 training, 9 study, 70 unexpected, 130 stopped by Ctrl-C."),
        ".SH ENVIRONMENT",
        ".TP",
        ".B EDITION_LIBRARY",
        roff("The library's folder, where --library names none."),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def man_verb(name: str, command: Any) -> list[str]:
    """A verb with its options, and the verbs below it."""
    told = " ".join((command.help or "").split())
    lines = [f".SS {roff(name)}", roff(told)]
    for names, note in options(name, command):
        lines += [".TP", f".B {roff(', '.join(names))}", roff(note)]
    for inner, below in getattr(command, "commands", {}).items():
        lines += man_verb(f"{name} {inner}", below)
    return lines


def main() -> int:
    """Writes or checks the pages."""
    stale = []
    for path, text in (
        (HERE / "recipe.md", recipe()),
        (HERE / "cli.md", cli()),
        (HERE / "edition.1", man()),
    ):
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run: python docs/generate.py\n")
    return len(stale)


if __name__ == "__main__":
    sys.exit(main())

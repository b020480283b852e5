"""What the verbs share, with the option that most of them have."""

from __future__ import annotations

import typer

from edition.cli.output import (
    CHOSEN,
    GlobalOptions,
    open_desk,
    report,
    root,
    say,
    table,
    write_value,
)

__all__ = [
    "CHOSEN",
    "GlobalOptions",
    "JsonFlag",
    "open_desk",
    "report",
    "root",
    "say",
    "table",
    "write_value",
]

JsonFlag = typer.Option("--json", help="Report as JSON.")

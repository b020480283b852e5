"""The verb that shows the screens in a browser."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from edition.actions.example_editions import welcome
from edition.cli.shared_options import JsonFlag, open_desk, root, say, write_value
from edition.web import server
from edition.web.auth import check_host
from edition.web.open_browser import opened


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(serve)


def serve(
    slug: Annotated[str | None, typer.Argument(help="Open this edition's light table.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8090,
    host: Annotated[
        str, typer.Option(help="127.0.0.1, localhost or ::1: this machine and no other.")
    ] = "127.0.0.1",
    print_url: Annotated[
        bool, typer.Option("--print-url", help="Print only the address, for programs.")
    ] = False,
    browse: Annotated[bool, typer.Option("--open", help="Open the browser too.")] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Show the screens in a browser on this machine, until Ctrl-C.

    The address holds a token; without it nothing is answered.

    Example: edition serve pocket-dreams --port 8090
    """
    check_host(host)

    welcome(root())
    with open_desk() as session:  # faults of the library are reported here, not in the browser
        if slug is not None:
            session.recipe(slug)

    door = server.GatedServer(root(), slug=slug, host=host, port=port)
    if as_json:
        write_value({"url": door.url, "host": host, "port": door.port})
    elif print_url:
        say(door.url)
    else:
        say(
            f"The screens are at\n\n  {door.url}\n\n"
            "for anyone who has this address. Ctrl-C stops it."
        )

    with opened(door.url, root()) if browse else nullcontext():
        server.serve(door)

"""Verbs for the whole house: open, demo, rescan, doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from edition.cli.shared_options import JsonFlag, open_desk, report, root, say


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command("open")(open_screens)
    app.command()(rescan)
    app.command()(doctor)
    app.command()(demo)


def open_screens(
    slug: Annotated[str | None, typer.Argument(help="Open this edition's light table.")] = None,
    render: Annotated[str | None, typer.Option(help="Start rendering this edition.")] = None,
    graphics: Annotated[
        str, typer.Option(help="auto, kitty, sixel, half or off: how thumbnails are drawn.")
    ] = "auto",
    plain: Annotated[bool, typer.Option("--plain", help="Lists and prompts, no grid.")] = False,
) -> None:
    """Open the screens (terminal UI).

    Example: edition open pocket-dreams --render pocket-dreams
    """
    from edition.cli.launch_tui import show

    code = show(root(), slug=slug, graphics=graphics, render=render, plain=plain)
    raise typer.Exit(code)


def rescan(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """Rebuild the database from the files: prints, upscaled prints and marks."""
    from dataclasses import asdict

    from edition.actions.rescan import rescan as work
    from edition.cli.render_commands import progress_bar

    with open_desk() as session, progress_bar() as bar:
        task = bar.add_task("rescan", total=None, note="")
        found = work(session, lambda k, n: bar.update(task, completed=k, total=n))
    if as_json:
        report(asdict(found))
        return
    say(
        f"{found.prints} prints taken in, {found.forgotten} forgotten, marks of {found.marks} "
        f"put back, {found.upscaled} enlarged prints."
    )
    for reason in found.broken:
        say(f"  left alone: {reason}")


def doctor(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """Report device, memory, versions, terminal and missing packages."""
    from edition.actions.doctor import examine
    from edition.tui.terminal.capabilities import ask, choose

    terminal = ask()
    facts = examine(root())
    drawn = [name for name in ("kitty", "sixel") if getattr(terminal, name)]
    facts["terminal"] |= {
        "graphics": [*drawn, "half"], "chosen": choose("auto", terminal),
        "cell_pixels": list(terminal.cell), "tmux": terminal.tmux,
    }  # fmt: skip
    if as_json:
        report(facts)
        return
    device = facts["device"]
    say(f"edition {facts['edition']}, Python {facts['python']}, {facts['system']}")
    say(
        f"  device    {device['title']}, {device.get('free_gib', '?')} of "
        f"{device.get('memory_gib', '?')} GiB free"
    )
    say(f"  cores     {facts['cores']}, memory {facts['memory_gib']} GiB")
    say("  versions  " + ", ".join(f"{k} {v}" for k, v in facts["versions"].items()))
    shown = facts["terminal"]
    program = terminal.name or shown["program"]
    cell = f", {terminal.cell[0]} x {terminal.cell[1]} pixels a cell" if all(terminal.cell) else ""
    say(
        f"  terminal  {shown['term']} {program}, pictures: {', '.join(shown['graphics'])}{cell}; "
        f"auto takes {shown['chosen']}"
    )
    say(f"  library   {facts['library']}, {facts['disk_free_gib']} GiB free on its disk")
    pocket = facts["pocket"]
    say(f"  pocket    {'whole' if pocket['ok'] else pocket['error']}")
    for name, use in facts["missing"].items():
        say(f"  missing   {name}: {use}")


def demo(
    seeds: Annotated[str, typer.Option(help="Which seeds to render.")] = "1..24",
    picks: Annotated[int, typer.Option(min=1, help="How many to star.")] = 8,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Run every step: render, stack, star, upscale, contact sheet, wall proof."""
    from edition.cli.demo_command import run

    run(seeds, picks, as_json=as_json)

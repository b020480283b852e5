"""Verbs on the whole library and the machine: rescan, doctor."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from edition import extras
from edition.actions.doctor import examine
from edition.actions.rescan import rescan as work
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, root, say
from edition.tui.terminal.capabilities import ask, choose

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(rescan)
    app.command()(doctor)


def rescan(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """Rebuild the database from the files: prints, upscaled prints and marks."""
    with open_desk() as session, progress_bar() as bar:
        task = bar.add_task("rescan", total=None, note="")
        found = work(session, lambda k, n: bar.update(task, completed=k, total=n))
    if as_json:
        report(asdict(found))
        return
    say(
        f"{found.prints} prints added, {found.forgotten} forgotten, marks of {found.marks} "
        f"restored, {found.upscaled} upscaled prints added."
    )
    for reason in found.broken:
        say(f"  skipped: {reason}")


def doctor(as_json: Annotated[bool, JsonFlag] = False) -> None:
    """Report device, memory, versions, terminal and missing packages."""
    terminal = ask()
    facts = examine(root())
    drawn = [name for name in ("kitty", "sixel") if getattr(terminal, name)]
    drawn += ["sextant"] if terminal.sextants else []
    facts["terminal"] |= {
        "graphics": [*drawn, "quadrant", "half"], "chosen": choose("auto", terminal),
        "cell_pixels": list(terminal.cell), "tmux": terminal.tmux,
        "colours": 1 << 24 if terminal.true_colour else 256, "answered": terminal.answered,
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
    for card in device.get("cards", ())[1:]:
        say(
            f"            {card['title']} ({card['name']}), "
            f"{card['free_gib']} of {card['memory_gib']} GiB free"
        )
    say(f"  torch     {_torch(device)}")
    say(f"  press     {_press(facts['press'])}")
    say(f"  cores     {facts['cores']}, memory {facts['memory_gib']} GiB")
    say("  versions  " + ", ".join(f"{k} {v}" for k, v in facts["versions"].items()))
    shown = facts["terminal"]
    program = terminal.name or shown["program"]
    cell = f", {terminal.cell[0]} x {terminal.cell[1]} pixels a cell" if all(terminal.cell) else ""
    depth = "true colour" if terminal.true_colour else "256 colours"
    say(
        f"  terminal  {shown['term']} {program}, pictures: {', '.join(shown['graphics'])}, {depth}"
        f"{cell}; auto takes {shown['chosen']}"
    )
    closed = "" if facts["library_writable"] else "; nothing can be written there"
    say(f"  library   {facts['library']}, {facts['disk_free_gib']} GiB free on its disk{closed}")
    pocket = facts["pocket"]
    say(f"  pocket    {'whole' if pocket['ok'] else pocket['error']}")
    for name, use in facts["missing"].items():
        say(f"  missing   {name}: {use}")
    if facts["missing"]:
        say(f"            each is added with: {extras.command('PACKAGE')}")


def _press(settings: dict[str, Any]) -> str:
    """The devices that a press takes when nobody names others."""
    if "error" in settings:
        return str(settings["error"])
    named = [f"{key} {settings[key]}" for key in ("devices", "cluster") if settings[key]]
    named += ["mixed"] * settings["mixed"]
    return f"{', '.join(named)}, by {settings['settings']}" if named else "the first device alone"


def _torch(device: dict[str, Any]) -> str:
    """Its build, and what to do where that is not the one for this machine's card."""
    build = device.get("build", "")
    if not build:
        return f"can't be asked: {device['title']}"
    told = f"{device['torch']}, built for {build}"
    if build == "CPU":
        return f"{told}: a card needs another build"
    if device["name"] == "cpu":
        return f"{told}, which finds no card"
    return told

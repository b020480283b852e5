"""Writes docs/keys.md out of the table of keys: see its head for the command."""

import sys

from edition.actions import search
from edition.tui import keymap

HEAD = """# Keys

Made from `src/edition/tui/keymap.py` by `python -m tools.keys_page > docs/keys.md`.
`?` shows the keys of the screen one is at, as they are set; `Ctrl+P` finds every action by name.

## Your own keys

`terminal.toml` in edition's settings folder (Linux: `~/.config/edition/`):

```toml
preset = "edition"      # edition, lightroom or vim
theme = "dark"          # dark or light
graphics = "auto"       # auto, half, kitty, sixel or off
auto_advance = false    # move on after a mark

[keys]                  # action = "keys", on top of the preset; keys as Textual names them
mark-toggle-star = "space,p"
```
"""
FILTER = """
## Filter

After `/`, as [finding.md](finding.md) explains: `{fields}`.
"""


def page() -> str:
    """The page as Markdown."""
    lines = [HEAD]
    rooms = list(dict.fromkeys(room for act in keymap.ACTS for room in act.rooms))
    for room in [*[r for r in rooms if r != keymap.EVERYWHERE], keymap.EVERYWHERE]:
        lines += [
            f"\n## {room.capitalize()}\n",
            "| key | | name in the settings |",
            "|---|---|---|",
        ]
        for act in keymap.ACTS:
            if room in act.rooms:
                pressed = " ".join(f"`{key}`" for key in keymap.shown(act.keys).split())
                lines.append(f"| {pressed} | {act.title} | `{act.id}` |")
    lines.append(FILTER.format(fields=search.EXAMPLES))
    lines.append("## Presets\n\nWhere they differ from `edition`:\n")
    for preset, moved in keymap.PRESETS.items():
        if moved:
            lines += [f"### {preset}\n", "| key | name in the settings |", "|---|---|"]
            for name, pressed in moved.items():
                shown = " ".join(f"`{key}`" for key in keymap.shown(pressed).split())
                lines.append(f"| {shown} | `{name}` |")
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())

"""Writes docs/keys.md out of the table of keys: see its head for the command."""

import sys

from edition.actions import search
from edition.tui import key_hints, key_meanings, keymap

HEAD = """# Keys

Made from `src/edition/tui/key_acts.py`, `key_meanings.py` and `key_hints.py` by
`python -m tools.keys_page > docs/keys.md`.
`?` shows the keys of the screen one is at, as they are set; `Ctrl+P` finds every action by name.

## Your own keys

`terminal.toml` in edition's settings folder (Linux: `~/.config/edition/`):

```toml
preset = "edition"      # edition, lightroom or vim
theme = "dark"          # dark or light
graphics = "auto"       # auto, quadrant, sextant, half, kitty, sixel or off
auto_advance = false    # move on after a mark

[keys]                  # action = "keys", on top of the preset; keys as Textual names them
mark-toggle-star = "space,p"
```
"""
FILTER = """
## Filter

After `/`, as [finding.md](finding.md) explains: `{fields}`.
"""


def _meanings() -> list[str]:
    """What each letter means on all screens."""
    return [
        "\n## One letter, one meaning\n",
        "On every screen where a letter does anything, it does this. Digits rate prints; on the",
        "screens of paper and training they choose what is numbered there.\n",
        "| letter | |",
        "|---|---|",
        *(f"| `{letter}` | {words} |" for letter, words in key_meanings.MEANINGS.items()),
    ]


def _hint_line(room: str) -> list[str]:
    """The foot of a screen as it is on 80 columns, and all hints there may be."""
    if room not in key_hints.HINTS:
        return []

    def key_of(act_id: str) -> str:
        acts = [act for act in keymap.of_room(room) if act.id == act_id]
        return keymap.shown(acts[0].keys)

    left, _ = key_hints.hint_line(room, key_of, 80)
    return [f"Foot: `{''.join(text for _, text in left).strip()}`\n"]


def page() -> str:
    """The page as Markdown."""
    lines = [HEAD, *_meanings()]
    rooms = list(dict.fromkeys(room for act in keymap.ACTS for room in act.rooms))
    for room in [*[r for r in rooms if r != keymap.EVERYWHERE], keymap.EVERYWHERE]:
        lines += [
            f"\n## {room.capitalize()}\n",
            *_hint_line(room),
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

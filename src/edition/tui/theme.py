"""One calm theme, dark and light: quiet greys, one accent, like a light table in a dark room."""

from textual.theme import Theme

DARK = Theme(
    name="edition-dark",
    primary="#e0b568",
    secondary="#8f8b83",
    accent="#e0b568",
    warning="#d9a05b",
    error="#c9776a",
    success="#8fae8b",
    foreground="#cfccc6",
    background="#131415",
    surface="#1b1c1e",
    panel="#232527",
    dark=True,
    variables={
        "tone-dim": "#85827b",
        "tone-faint": "#3a3b3d",
        "tone-bright": "#f2efe9",
        "tone-on-accent": "#17130a",
        "tone-range": "#3b3a33",
        "block-cursor-background": "#e0b568",
        "block-cursor-foreground": "#17130a",
        "input-selection-background": "#e0b568 30%",
        "footer-key-foreground": "#e0b568",
    },
)
LIGHT = Theme(
    name="edition-light",
    primary="#96600f",
    secondary="#7b776f",
    accent="#96600f",
    warning="#a86412",
    error="#a3473a",
    success="#4d7549",
    foreground="#35322d",
    background="#f3f1ec",
    surface="#e9e6df",
    panel="#dedad2",
    dark=False,
    variables={
        "tone-dim": "#77736a",
        "tone-faint": "#cbc6bc",
        "tone-bright": "#0f0e0c",
        "tone-on-accent": "#fdfaf3",
        "tone-range": "#ddd3bd",
        "block-cursor-background": "#96600f",
        "block-cursor-foreground": "#fdfaf3",
        "input-selection-background": "#96600f 25%",
        "footer-key-foreground": "#96600f",
    },
)
LABEL_COLOURS = {
    "red": "#c9655a",
    "yellow": "#d3b04c",
    "green": "#7da873",
    "blue": "#6f97bf",
    "purple": "#a07fb8",
}
"""How the colour labels look on both grounds."""

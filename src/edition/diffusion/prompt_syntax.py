"""Other programs' marks in a prompt: reported where they are plain text, read where asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edition.recipe.recipe import Prompt

_UP, _DOWN = 1.1, 1 / 1.1
"""What a round and a square bracket are worth in A1111."""
_TOKEN = re.compile(r"\\[()\[\]\\]|[(\[]|:\s*([+-]?\d*\.?\d+)\s*\)|[)\]]|[^\\()\[\]:]+|[:\\]")
_MARKS = (
    ("a weight", re.compile(r"\([^()]*:\s*\d*\.?\d+\s*\)|\(\([^()]*\)\)|\[\[[^\[\]]*\]\]")),
    ("an adapter", re.compile(r"<(?:lora|lyco|hypernet):[^>]*>")),
    ("a break", re.compile(r"\bBREAK\b")),
    ("words that change", re.compile(r"\[[^\[\]]*:[^\[\]]*\d\s*\]|\[[^\[\]]*\|[^\[\]]*\]")),
)
"""What A1111 and its kin read besides words."""
_WAYS_OUT = {
    "a weight": 'Set syntax = "a1111" in [prompt] to have it read.',
    "an adapter": "Name adapters under [model] loras.",
}


def plain_notes(prompt: Prompt) -> tuple[str, ...]:
    """Marks of A1111's kind that reach the model as letters, a sentence for each kind."""
    found: dict[str, str] = {}
    for text in (prompt.positive, prompt.negative):
        for kind, mark in _MARKS:
            match = mark.search(text)
            if match and not (kind == "a weight" and prompt.syntax == "a1111"):
                found.setdefault(kind, match[0])
    return tuple(
        f'"{shown[:60]}" is plain text here, not {kind}. {_WAYS_OUT.get(kind, "")}'.strip()
        for kind, shown in found.items()
    )


def fragments(text: str) -> list[tuple[str, float]]:
    """A prompt in A1111's syntax as texts with their weights.

    ``(sea)`` is worth 1.1, ``[sea]`` 1 / 1.1, ``(sea:1.3)`` 1.3; brackets nest and multiply, and a
    backslash makes one a letter. A bracket that is never closed weighs all that follows.
    """
    found: list[list[Any]] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}

    def weigh(start: int, by: float) -> None:
        for item in found[start:]:
            item[1] *= by

    for match in _TOKEN.finditer(text):
        token, weight = match[0], match[1]
        if token in opened:
            opened[token].append(len(found))
        elif weight is not None and opened["("]:
            weigh(opened["("].pop(), float(weight))
        elif token == ")" and opened["("]:
            weigh(opened["("].pop(), _UP)
        elif token == "]" and opened["["]:
            weigh(opened["["].pop(), _DOWN)
        else:
            found.append([token[1:] if len(token) > 1 and token[0] == "\\" else token, 1.0])
    for bracket, by in (("(", _UP), ("[", _DOWN)):
        for start in opened[bracket]:
            weigh(start, by)
    return _joined(found)


def _joined(parts: list[list[Any]]) -> list[tuple[str, float]]:
    """Neighbours of one weight as one text."""
    found: list[tuple[str, float]] = []
    for text, weight in parts:
        if found and found[-1][1] == weight:
            found[-1] = found[-1][0] + text, weight
        else:
            found.append((text, weight))
    return found or [("", 1.0)]

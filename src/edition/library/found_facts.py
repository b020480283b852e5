"""What an adopted picture says of its making, as the library keeps it.

It is kept where a print's recipe is, in the same places of a JSON table, so that the same filters
find it; a ``found`` table marks it as no recipe. Only what is known is in it: nothing is filled in.
"""

from __future__ import annotations

import json
from typing import Any

from edition.domain import FoundFacts

_MARK = "found"


def to_json(facts: FoundFacts, title: str) -> str:
    """As the library keeps it.

    Args:
        facts: what is known.
        title: what it is found by besides: its edition's title and its file's name.
    """
    sampling = {
        "sampler": facts.sampler, "steps": facts.steps, "guidance": facts.guidance,
    }  # fmt: skip
    table: dict[str, Any] = {
        _MARK: {"program": facts.program, "lost": list(facts.lost)},
        "title": title,
        "model": _said({"base": facts.model}),
        "prompt": _said({"positive": facts.prompt, "negative": facts.negative}),
        "sampling": _said(sampling),
        "seeds": _said({"render": facts.seed}),
    }
    text = json.dumps(table, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode()


def _said(values: dict[str, Any]) -> dict[str, Any]:
    finite = {k: v for k, v in values.items() if not (isinstance(v, float) and not -1e9 < v < 1e9)}
    return {key: value for key, value in finite.items() if value is not None}


def from_json(text: str) -> FoundFacts | None:
    """Reads what ``to_json`` wrote; None for a recipe."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(table, dict) or _MARK not in table:
        return None
    prompt, sampling = table.get("prompt", {}), table.get("sampling", {})
    return FoundFacts(
        program=table[_MARK].get("program", ""),
        prompt=prompt.get("positive"),
        negative=prompt.get("negative"),
        model=table.get("model", {}).get("base"),
        sampler=sampling.get("sampler"),
        steps=sampling.get("steps"),
        guidance=sampling.get("guidance"),
        seed=table.get("seeds", {}).get("render"),
        lost=tuple(table[_MARK].get("lost", ())),
    )

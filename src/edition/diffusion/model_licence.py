"""Under which licence a model is published: by its card, its files, or the catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edition.diffusion import gguf_file
from edition.diffusion.catalog import licence_of
from edition.diffusion.resolve import GGUF, check_whole

if TYPE_CHECKING:
    from pathlib import Path

    from edition.diffusion.resolve import LocalModel

UNKNOWN = "unknown"
CARD = "README.md"
_FRONT = re.compile(r"\A\ufeff?---\s*\n(.*?)\n---", re.DOTALL)
_LINE = re.compile(r"^(license|license_name):[ \t]*[\"']?([^\"'\n#]+)", re.MULTILINE)
_MAX_CARD = 1 << 20
_MAX_TEXT = 200


def of_model(model: LocalModel) -> str:
    """The licences of a model, its adapters and its embeddings, each once, with `` + `` between.

    Args:
        model: as ``resolve.find`` gives it.

    Returns:
        ``unknown`` for what states none.
    """
    base = licence_of(model.name)
    if model.path.is_dir():
        card = of_card(model.path / CARD)
        base = base if card.lower() in ("", base.lower()) else card
        extras = [file for file in model.weights if not file.is_relative_to(model.path)]
    else:
        base = _of_file(model.path) or base
        extras = [file for file in model.weights if file != model.path]
    stated = [base or UNKNOWN, *(_of_file(file) or UNKNOWN for file in extras)]
    return " + ".join(dict.fromkeys(stated))


def of_card(card: Path) -> str:
    """What a model card states; empty where there is no card, or it states nothing."""
    try:
        with card.open("rb") as stream:
            text = stream.read(_MAX_CARD).decode("utf-8", errors="replace")
    except OSError:
        return ""
    front = _FRONT.match(text.replace("\r\n", "\n"))
    if front is None:
        return ""
    facts = {key: value.strip() for key, value in _LINE.findall(front[1])}
    licence = facts.get("license", "")
    named = facts.get("license_name", "") if licence in ("", "other") else ""
    return _plain(named or licence)


def _of_file(file: Path) -> str:
    """What a weight file states of itself, by the ModelSpec's key."""
    if file.suffix.lower() == GGUF:
        return _plain(str(gguf_file.read(file).facts.get("general.license", "")))
    about = check_whole(file).get("__metadata__")
    stated = about.get("modelspec.license", "") if isinstance(about, dict) else ""
    return _plain(stated) if isinstance(stated, str) else ""


def _plain(text: str) -> str:
    """One line, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:_MAX_TEXT]

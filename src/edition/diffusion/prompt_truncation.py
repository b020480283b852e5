"""Which end of a prompt a model never reads: text encoders of the CLIP kind take 77 tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from edition.diffusion.resolve import find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.recipe.recipe import Prompt, Recipe

TOKENS = 77
"""The usual limit; two of them mark start and end."""
_CLIP = ("CLIPTokenizer", "CLIPTokenizerFast")
_NAMES = ("tokenizer", "tokenizer_2", "tokenizer_3", "tokenizer_4")


def by_pipeline(pipe: Any, prompt: Prompt) -> tuple[str, ...]:  # noqa: ANN401
    """What of a recipe's prompts a loaded pipeline cuts, a sentence each.

    Pipelines with a text encoder of another kind read on; they are not judged here.
    """
    known = [found for name in _NAMES if (found := getattr(pipe, name, None)) is not None]
    if not known or any(type(one).__name__ not in _CLIP for one in known):
        return ()
    found = []
    for text in (prompt.positive, prompt.negative):
        cuts = [_cut_by_transformers(pipe, one, text) for one in known]
        found += sentences(max(cuts, key=len), int(known[0].model_max_length))
    return tuple(found)


def of_recipe(recipe: Recipe, home: Path | None = None) -> tuple[str, ...]:
    """The same before anything is loaded: from the tokenizer's files alone, without weights.

    Empty where they can't be read, or the model is one file: then rendering tells.

    Args:
        recipe: names the model and the prompts.
        home: the edition's folder.
    """
    texts = (recipe.prompt.positive, recipe.prompt.negative)
    if all(len(text) <= TOKENS - 2 for text in texts):
        return ()  # a token has a letter at least
    try:
        tokenizer = _from_folder(find(recipe.model, home).path)
    except Exception:  # tokenizers raises plain ones; loading the model names what is broken
        return ()
    if tokenizer is None:
        return ()
    cuts = (_cut_by_transformers(None, tokenizer, text) for text in texts)
    return tuple(line for end in cuts for line in sentences(end, int(tokenizer.model_max_length)))


def _from_folder(folder: Path) -> Any:  # noqa: ANN401
    """The tokenizer of a diffusers folder; None where it has one of another kind, too."""
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    kinds = {name: index[name][1] for name in _NAMES if index.get(name, [None])[0]}
    if not kinds or any(kind not in _CLIP for kind in kinds.values()):
        return None
    from transformers import CLIPTokenizer

    return CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)


def _cut_by_transformers(pipe: Any, tokenizer: Any, text: str) -> str:  # noqa: ANN401
    convert = getattr(pipe, "maybe_convert_prompt", None)  # an embedding's word is several tokens
    whole = convert(text, tokenizer) if convert is not None else text
    read = tokenizer(
        whole, add_special_tokens=False, truncation=False, verbose=False,
        return_offsets_mapping=True,
    )  # fmt: skip
    return cut(whole, read["offset_mapping"], int(tokenizer.model_max_length))


def cut(text: str, offsets: Sequence[tuple[int, int]], limit: int) -> str:
    """The end of a text that is beyond a limit of tokens; empty when nothing is.

    Args:
        text: the prompt.
        offsets: where each token begins and ends in it, without start and end marks.
        limit: tokens in all, start and end marks included.
    """
    room = limit - 2
    return text[offsets[room][0] :].strip() if len(offsets) > room else ""


def sentences(end: str, limit: int) -> tuple[str, ...]:
    """What a person is told of a cut; nothing where nothing is cut."""
    if not end:
        return ()
    shown = end if len(end) <= 120 else f"{end[:60]} … {end[-55:]}"
    return (f'This model reads {limit} tokens of a prompt. Cut off, not in the picture: "{shown}"',)

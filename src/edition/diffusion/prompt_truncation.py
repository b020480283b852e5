"""Which end of a prompt a model never reads: CLIP takes 77 tokens, T5 and others some hundred."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from edition.diffusion import checkpoint_families, families
from edition.diffusion.resolve import find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edition.recipe.recipe import Prompt, Recipe

TOKENS = 77
"""The usual limit; two of them mark start and end."""
_CLIP = ("CLIPTokenizer", "CLIPTokenizerFast")
_NAMES = ("tokenizer", "tokenizer_2", "tokenizer_3", "tokenizer_4", "processor")


def by_pipeline(pipe: Any, prompt: Prompt) -> tuple[str, ...]:  # noqa: ANN401
    """What of a recipe's prompts no text encoder of a loaded pipeline reads, a sentence each.

    Encoders that neither are CLIP's nor are in the table of families are not judged.
    """
    family = families.of_pipe(pipe).family
    parts = [found for name in _NAMES if (found := getattr(pipe, name, None)) is not None]
    known = [one.tokenizer if type(one).__name__.endswith("Processor") else one for one in parts]
    return _told(known, family.tokens if family else 0, prompt, pipe)


def of_recipe(recipe: Recipe, home: Path | None = None) -> tuple[str, ...]:
    """The same before anything is loaded: from the tokenizers' files alone, without weights.

    Empty where they can't be read: then rendering reports it.

    Args:
        recipe: names the model and the prompts.
        home: the edition's folder.
    """
    texts = (recipe.prompt.positive, recipe.prompt.negative)
    if all(len(text) <= TOKENS - 2 for text in texts):
        return ()  # a token has a letter at least
    try:
        path = find(recipe.model, home).path
        known = checkpoint_families.of_model(path)
        limit = known.family.tokens if known and known.family else 0
        return _told(_from_folder(_configs(path), limit), limit, recipe.prompt)
    except Exception:  # tokenizers raises plain ones; loading the model names what is broken
        return ()


def _configs(path: Path) -> Path:
    """The folder with a model's tokenizers; a checkpoint in one file has those of its family."""
    if path.is_dir():
        return path
    from edition.diffusion import single_file  # diffusers: seconds, for a long prompt alone

    return single_file.check(path)


def _told(
    tokenizers: Sequence[Any],
    limit: int,
    prompt: Prompt,
    pipe: Any = None,  # noqa: ANN401
) -> tuple[str, ...]:
    """What is beyond the limit of the tokenizer that reads most."""
    clip = [one for one in tokenizers if type(one).__name__ in _CLIP]
    if not tokenizers or (len(clip) < len(tokenizers) and not limit):
        return ()
    others = [one for one in tokenizers if one not in clip and getattr(one, "is_fast", False)]
    if not others and not clip:
        return ()
    found: list[str] = []
    for text in (prompt.positive, prompt.negative):
        if others:
            found += sentences(_cut_by_transformers(pipe, others[-1], text, limit), limit)
        else:
            cuts = [_cut_by_transformers(pipe, one, text) for one in clip]
            found += sentences(max(cuts, key=len), int(clip[0].model_max_length))
    return tuple(found)


def _from_folder(folder: Path, limit: int) -> list[Any]:
    """The tokenizers of a diffusers folder; of a T5 kind only where its limit is known."""
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    kinds = {name: index[name][1] for name in _NAMES if index.get(name, [None])[0]}
    others = [name for name, kind in kinds.items() if kind not in _CLIP]
    if others and not limit:
        return []
    from transformers import AutoTokenizer, CLIPTokenizer

    if others:
        return [AutoTokenizer.from_pretrained(folder / others[-1], local_files_only=True)]
    return [CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)]


def _cut_by_transformers(pipe: Any, tokenizer: Any, text: str, limit: int = 0) -> str:  # noqa: ANN401
    convert = getattr(pipe, "maybe_convert_prompt", None)  # an embedding's word is several tokens
    whole = convert(text, tokenizer) if convert is not None else text
    read = tokenizer(
        whole, add_special_tokens=False, truncation=False, verbose=False,
        return_offsets_mapping=True,
    )  # fmt: skip
    return cut(whole, read["offset_mapping"], limit or int(tokenizer.model_max_length))


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
    """The sentence about a cut for the person; empty where nothing is cut."""
    if not end:
        return ()
    shown = end if len(end) <= 120 else f"{end[:60]} … {end[-55:]}"
    return (f'This model reads {limit} tokens of a prompt. Cut off, not in the picture: "{shown}"',)

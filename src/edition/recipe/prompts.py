"""Many prompts out of one: alternatives, word lists, templates and pairs. Pure text."""

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from edition import regular_files
from edition.errors import RecipeError

MAX_PROMPTS = 100_000
"""More than anybody looks at: a slip of the pen, and refused."""
MAX_BYTES = 20_000_000
_BRACKETS = {"{": "}", "[": "]", "(": ")"}
_BRACES = re.compile(r"\{([^{}]*)\}")


def expand(template: str, folder: Path | None = None) -> tuple[str, ...]:
    """All prompts that a text with braces stands for, the last braces changing fastest.

    ``{calm|stormy}`` stands for each of its words, ``{@artists.txt}`` for each line of a file.
    Other braces are left alone. Braces do not nest. No space stays before a comma, so that
    ``sea {at night|, watercolour}`` reads well.

    Args:
        template: the text.
        folder: where files are looked for; None is the working folder.

    Returns:
        Each prompt once, in order; the text itself when it holds no braces.

    Raises:
        RecipeError: a file is missing or empty, or there are too many.
    """
    fixed: list[str] = []
    choices: list[tuple[str, ...]] = []
    end = 0
    for match in _BRACES.finditer(template):
        words = _words(match[1], folder)
        if words:
            fixed.append(template[end : match.start()])
            choices.append(words)
            end = match.end()
    _limit(choices)
    found = (
        "".join(f + c for f, c in zip(fixed, chosen, strict=True)) + template[end:]
        for chosen in itertools.product(*choices)
    )
    return tuple(dict.fromkeys(re.sub(r" +(?=[,.;])", "", text) for text in found))


def _words(inside: str, folder: Path | None) -> tuple[str, ...]:
    if inside.startswith("@"):
        return lines((folder or Path()) / inside[1:].strip())
    words = split(inside)
    return words if len(words) > 1 else ()


def _limit(choices: Sequence[Sequence[str]]) -> None:
    count = 1
    for words in choices:
        count *= len(words)
    if count > MAX_PROMPTS:
        raise RecipeError(
            f"That makes {count:,} prompts; {MAX_PROMPTS:,} is the most.",
            hint="Use fewer alternatives.",
        )


def split(text: str) -> tuple[str, ...]:
    """The prompts of a text that holds several, separated by ``|`` outside of brackets.

    Prompts have commas of their own, so ``|`` is the one separator of a list of them. Inside of
    ``[...]``, ``(...)`` and ``{...}`` it belongs to the prompt: ``a red [barn|house]`` is one. A
    bracket that is never closed is a letter like others.
    """
    inside, open_at = set[int](), list[int]()
    for index, char in enumerate(text):
        if char in _BRACKETS:
            open_at.append(index)
        elif char in _BRACKETS.values():
            match = next((at for at in reversed(open_at) if _BRACKETS[text[at]] == char), None)
            if match is not None:
                inside.update(range(match, index))
                del open_at[open_at.index(match) :]
    ends = [i for i, char in enumerate(text) if char == "|" and i not in inside]
    starts = [0, *(end + 1 for end in ends)]
    pairs = zip(starts, [*ends, len(text)], strict=True)
    return tuple(text[start:end].strip() for start, end in pairs)


def lines(path: Path) -> tuple[str, ...]:
    """The lines of a file that say something, each once; ``#`` begins a comment line.

    Raises:
        RecipeError: the file is missing, no text, too large, or empty.
    """
    try:
        text = regular_files.read_text(path, MAX_BYTES)
    except FileNotFoundError:
        raise RecipeError(f"There is no file {path}.", hint="A list has a line an entry.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"Can't read {path}: {regular_files.reason(error)}.",
            hint="A list is a file of UTF-8 text with a line an entry.",
        ) from error
    found = (line.strip() for line in text.splitlines())
    kept = tuple(dict.fromkeys(line for line in found if line and not line.startswith("#")))
    if not kept:
        raise RecipeError(f"{path} is empty.", hint="Write one entry a line.")
    return kept


def fill(template: str, names: Sequence[str], letters: str = "ab") -> Iterator[str]:
    """A template with names put in.

    Args:
        template: holds ``{a}``, and for pairs ``{b}``.
        names: what to put in.
        letters: the places; with both in the template every unordered pair is made, with one of
            them every name.

    Raises:
        RecipeError: the template has no place, or there are too few names.
    """
    places = [f"{{{letter}}}" for letter in letters if f"{{{letter}}}" in template]
    if not places:
        raise RecipeError(
            f"{template!r} has no place for a name.", hint='Write for example: "… by {a} and {b}"'
        )
    if len(names) < len(places):
        raise RecipeError(f"{len(names)} name makes no pair.", hint="List two names or more.")
    for chosen in itertools.combinations(names, len(places)):
        text = template
        for place, name in zip(places, chosen, strict=True):
            text = text.replace(place, name)
        yield text


def words(prompt: str) -> tuple[str, ...]:
    """What a prompt is made of, for counting: its comma-separated phrases and its single words.

    Lower case, each once; words of one or two letters are left out.
    """
    phrases = [" ".join(part.split()).lower() for part in re.split(r"[,.;|]", prompt)]
    single = [word for word in re.findall(r"[^\W_][\w'-]*", prompt.lower()) if len(word) > 2]
    return tuple(dict.fromkeys([*single, *(p for p in phrases if " " in p)]))


def artists(prompt: str) -> tuple[str, ...]:
    """The names a prompt calls on: what follows ``by`` or ``in the style of``, split at ``and``.

    Lower-case words end a name: "a lake by Ada Lovelace and J. M. W. Turner at dusk" names two.
    """
    found: dict[str, None] = {}
    name = r"[A-Z][\w.'’-]*(?:\s+(?:(?:van|von|de|der|da|di|la|le|el|of|den)\s+)*[A-Z][\w.'’-]*)*"
    pattern = (
        rf"\b(?:by|in the style of|style of)\s+({name}(?:(?:\s+and\s+|\s*,\s*|\s*&\s*){name})*)"
    )
    for match in re.finditer(pattern, prompt):
        for artist in re.split(r"\s+and\s+|\s*,\s*|\s*&\s*", match[1]):
            found[artist.rstrip(".,")] = None
    return tuple(found)

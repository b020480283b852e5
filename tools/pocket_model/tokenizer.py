"""A small byte-level BPE in CLIP's file format: the captions' words first, then common English."""

import itertools
import json
import re
from collections import Counter
from pathlib import Path

from transformers import CLIPTokenizer

from tools.pocket_model.pocket_training import whole

ENTRIES = 2048
START, END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 77
"""Tokens a prompt is padded to: what diffusers' pipelines use."""
COMMON = """
vast solitary lonely ancient ruined golden silver bronze marble granite cloud storm lightning
thunder rain snow winter summer spring autumn sunrise sunset dawn twilight midnight horizon sky
water river lake ocean wave beach island valley cliff hill rock stone castle temple church bridge
road path garden flower rose tulip tree leaf grass bird horse wolf cat dog person woman man child
portrait face figure shadow light glow beam ray star galaxy cosmos universe spirit divine sacred
heaven eternal infinite silence dream nightmare fantasy surreal abstract minimal geometric baroque
gothic romantic impressionist expressionist cubist painting drawing sketch print photograph
cinematic film grain texture detail blurry blur low quality high resolution masterpiece beautiful
ugly deformed watermark text frame border red orange yellow green blue purple white black grey
brown pink style by in of the with and over under beneath above
"""


def train_tokenizer(captions: list[str], folder: Path) -> CLIPTokenizer:
    """Learns the merges and writes vocab.json, merges.txt and the tokenizer's configuration.

    Args:
        captions: what the vocabulary is for; counted far above the list of common words.
        folder: made if it isn't there.
    """
    letters = _byte_letters()
    counts: Counter[str] = Counter({word: 40 for word in COMMON.split()})
    for text in captions:
        for word in re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower()):
            counts[word] += 150
    merges = _merges(counts, letters, ENTRIES - 2 * len(letters) - 2)
    alphabet = list(letters.values())
    entries = alphabet + [letter + "</w>" for letter in alphabet]
    entries += [a + b for a, b in merges] + [START, END]
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    configuration = {
        "model_max_length": LENGTH, "tokenizer_class": "CLIPTokenizer", "do_lower_case": True,
        "errors": "replace", **special,
    }  # fmt: skip
    files = {
        "vocab.json": json.dumps({t: i for i, t in enumerate(entries)}, ensure_ascii=False),
        "merges.txt": "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges),
        "tokenizer_config.json": json.dumps(configuration, indent=1),
        "special_tokens_map.json": json.dumps(special),
    }
    for name, text in files.items():
        with whole(folder / name) as path:
            path.write_text(text, encoding="utf-8")
    return load_tokenizer(folder)


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    """Reads a tokenizer's folder; asks no network."""
    return CLIPTokenizer.from_pretrained(folder, local_files_only=True)


def _byte_letters() -> dict[int, str]:
    """A printable letter for each byte, as in GPT-2's byte-level BPE (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in printable}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(256 + len(letters) - len(printable))
    return letters


def _merges(counts: Counter[str], letters: dict[int, str], wanted: int) -> list[tuple[str, str]]:
    """Byte-pair encoding, Sennrich et al. 2016, algorithm 1; ties go to the first seen."""
    words = {}
    for word in counts:
        parts = [letters[b] for b in word.encode()]
        words[word] = [*parts[:-1], parts[-1] + "</w>"]
    merges: list[tuple[str, str]] = []
    while len(merges) < wanted:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, parts in words.items():
            for pair in itertools.pairwise(parts):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = pairs.most_common(1)[0][0]
        merges.append(best)
        for word, parts in words.items():
            if best[0] in parts:
                words[word] = _joined(parts, best)
    return merges


def _joined(parts: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for part in parts:
        # A part joined a moment ago can't be the pair's first: joining is left to right.
        if out and (out[-1], part) == pair:
            out[-1] = pair[0] + part
        else:
            out.append(part)
    return out

"""What the text mirrors say of a print, found without parsing what they say of all others."""

import json
import random
from pathlib import Path

import pytest

from edition.library import restore_from_mirrors
from edition.library.mirror_files import mirrored, parsed

DIGESTS = ("1a" * 32, "2b" * 32)


def spelled(chance: random.Random, digest: str, seed: int) -> str:
    """A line as we write it, or as another program or a person may have written it."""
    fields = {
        "time": 1.5, "digest": digest, "seed": seed, "star": chance.random() < 0.5,
        "reject": False, "rating": chance.randrange(6), "label": "",
        "note": chance.choice(["", '"seed": 3,', "ünï", "\\"]), "tags": [],
    }  # fmt: skip
    text = json.dumps(fields, ensure_ascii=chance.random() < 0.5)
    own = f'"seed": {seed},'
    return chance.choice(
        [
            text,
            text,
            text.replace(own, f'"seed" : "{seed}" ,'),
            text.replace(own, f'"seed":{seed}.0,'),
            text.replace(own, f'"se\\u0065d": {seed},'),
            text.replace(own, f'"seed": 99999, "seed": {seed},'),
            text.replace(own, '"seed": null,'),
            text[: chance.randrange(len(text))],
            f"[{seed}]",
        ]
    )


@pytest.mark.parametrize("number", range(40))
def test_it_says_what_a_plain_reading_says(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    file = tmp_path / "marks.jsonl"
    tail = restore_from_mirrors._MirrorTail(file, mirrored)
    names = {(digest, seed): 1 for digest in DIGESTS for seed in range(6)}
    assert tail.of(names) == {}
    text = ""
    for _ in range(6):
        for _ in range(chance.randrange(12)):
            text += spelled(chance, chance.choice(DIGESTS), chance.randrange(8)) + "\n"
        cut = spelled(chance, DIGESTS[0], 1) if chance.random() < 0.5 else ""
        file.write_text(text + cut)
        plain = dict(filter(None, map(mirrored, parsed((text + cut).split("\n")))))
        asked = dict(chance.sample(sorted(names.items()), 5))
        assert tail.of(asked) == {n: said for n, said in plain.items() if n in asked}
        if cut and chance.random() < 0.5:
            text += cut + "\n"
    file.write_text("")  # another file in its place
    assert tail.of(names) == {}


def test_only_lines_of_the_print_are_parsed(tmp_path: Path) -> None:
    chance, read = random.Random(1), []
    lines = [
        json.dumps({"digest": DIGESTS[0], "seed": seed, "star": True, "reject": False, "rating": 0})
        for seed in range(5000)
    ]
    chance.shuffle(lines)
    file = tmp_path / "marks.jsonl"
    file.write_text("\n".join(lines) + "\n")
    tail = restore_from_mirrors._MirrorTail(
        file, lambda fields: read.append(fields["seed"]) or mirrored(fields)
    )
    assert tail.of({(DIGESTS[0], 7): 1})[DIGESTS[0], 7].marks.star
    assert read == [7]

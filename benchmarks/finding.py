"""How fast prints are found among many: filters and orders, against what one would write instead.

    python benchmarks/finding.py --prints 100000 --json finding.json

A library is made of prints with random looks and marks and 200 recipes. Each filter is timed as the
light table asks it: from the text to the list of all that passes. Beside it, in the same run, the
same question as a plain loop over all rows with the recipe's JSON, as a script would ask it.
"""

import argparse
import json
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from edition.actions import search
from edition.actions.session import Session
from edition.domain import NewPrint
from edition.library.store import Store
from edition.recipe.recipe import Prompt, Recipe, Sampling

SLUG = "bench"
WORDS = (
    "tower", "sea", "night", "red", "blue", "monumental", "dramatic", "fog", "forest", "ruin",
    "glass", "harbour", "train", "moon", "salt", "dust", "gold", "iron", "snow", "river",
)  # fmt: skip
QUERIES = (
    "", "tower", "tower sea -fog", "t", '"tower sea"', "guidance:<5", "steps:>=50 star:yes",
    "rating:>=3", "undecided", "seed:1..20", "tag:keep", "note:fog", "stack:best",
    "made:>2023-11-14", "-tower -sea -note:yes rating:>=2 guidance:2..9", "sort:rating",
)  # fmt: skip
AIM_SECONDS = 0.15
"""A change of the filter, at 100,000 prints."""


def make_library(root: Path, prints: int) -> None:
    """Fills a library; the same for the same number."""
    chance = random.Random(1)
    recipes = []
    for number in range(200):
        prompt = Prompt(positive=" ".join(chance.sample(WORDS, 6)))
        sampling = Sampling(guidance=number % 20 / 2 + 1, steps=10 + number % 50)
        recipes.append(Recipe(title="Bench", prompt=prompt, sampling=sampling))
    texts = [recipe.to_json() for recipe in recipes]

    def row(seed: int) -> NewPrint:
        number = seed // 500 % 200
        return NewPrint(
            slug=SLUG, digest=f"{number:064x}", seed=seed, file=f"{SLUG}/{seed}.png", width=512,
            height=512, made=1.7e9 + seed, phash=chance.getrandbits(64),
            dhash=chance.getrandbits(64), colour=chance.randbytes(48), thumb=b"", rgb=b"",
            prompt=recipes[number].prompt.positive, recipe=texts[number],
        )  # fmt: skip

    with Store(root) as store:
        store.prints.add(map(row, range(prints)))
    connection = sqlite3.connect(root / "library.sqlite")
    marks = [
        (chance.random() < 0.1, chance.choice((0, 0, 0, 1, 2, 3, 4, 5)),
         f"about {chance.choice(WORDS)}" if chance.random() < 0.05 else "",
         "keep" if chance.random() < 0.1 else "", print_id)
        for print_id in range(1, prints + 1)
    ]  # fmt: skip
    connection.executemany(
        "UPDATE prints SET star = ?, rating = ?, note = ?, tags = ? WHERE id = ?", marks
    )
    connection.commit()
    connection.close()


def timed(act: Callable[[], object], times: int) -> tuple[float, float, object]:
    """Median and worst seconds, and the last result."""
    spans, result = [], None
    for _ in range(times):
        start = time.perf_counter()
        result = act()
        spans.append(time.perf_counter() - start)
    return statistics.median(spans), max(spans), result


def plain_loop(root: Path, word: str, guidance: float) -> int:
    """A word and a guidance below a limit, asked row by row."""
    connection = sqlite3.connect(root / "library.sqlite")
    sql = (
        "SELECT p.prompt, p.note, r.json FROM prints AS p JOIN recipes AS r ON r.digest = p.digest"
    )
    found = 0
    for prompt, note, text in connection.execute(sql):
        recipe = json.loads(text)
        found += (word in prompt or word in note) and recipe["sampling"]["guidance"] < guidance
    connection.close()
    return found


def main() -> None:
    """Prints the table; writes it with ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prints", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_library(root, options.prints)
        with Session(root) as session:
            for text in QUERIES:

                def ask(text: str = text) -> int:
                    query = search.parse(text)
                    return len(search.find(session, SLUG, query.where, query.order or "made"))

                results.append(_row(f"/{text}", *timed(ask, 7), AIM_SECONDS))
            for order in search.BY_LOOKS:

                def arrange(order: str = order) -> int:
                    return len(search.find(session, SLUG, search.Filter(), order, 1))

                results.append(_row(f"sort:{order}", *timed(arrange, 3), 0.0))
            both = search.parse("tower guidance:<5").where
            ours = timed(lambda: len(search.find(session, SLUG, both)), 7)
        plain = timed(lambda: plain_loop(root, "tower", 5), 3)
    ratio = plain[0] / ours[0]
    results += [_row("/tower guidance:<5", *ours, AIM_SECONDS), _row("a plain loop", *plain, 0.0)]
    print(f"{options.prints:,} prints, SQLite {sqlite3.sqlite_version}, {platform.machine()}\n")
    print(f"| {'asked':<50} | {'found':>7} | p50 ms | worst | aim |\n|---|--:|--:|--:|---|")
    for r in results:
        met = "" if not r["aim"] else "met" if r["worst"] <= r["aim"] else "MISSED"
        p50, worst = 1000 * r["p50"], 1000 * r["worst"]
        print(f"| {r['name']:<50} | {r['found']:>7} | {p50:6.0f} | {worst:5.0f} | {met} |")
    print(f"\nThe index is {ratio:.0f} times as fast as the plain loop.")
    if options.json:
        facts = {"prints": options.prints, "ratio": ratio, "results": results}
        options.json.write_text(json.dumps(facts, indent=2))


def _row(name: str, p50: float, worst: float, found: object, aim: float) -> dict[str, object]:
    return {"name": name, "p50": p50, "worst": worst, "found": found, "aim": aim}


if __name__ == "__main__":
    main()

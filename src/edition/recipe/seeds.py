"""Seeds as people write them: ``7``, ``1,5,9``, ``1..16``."""

from collections.abc import Iterable

MAX_SEED = 2**63 - 1
"""The largest seed: it must fit SQLite's integers."""
MAX_COUNT = 1_000_000


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds in the order written, each once.

    Args:
        text: numbers and ranges with both ends included, separated by commas.

    Raises:
        ValueError: the text is empty, malformed, or asks for more than a million seeds.
    """
    seeds: dict[int, None] = {}
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        try:
            start = int(first)
            end = int(last) if dots else start
        except ValueError:
            raise ValueError(f"{part.strip()!r} is not a seed: write 7, 1,5,9 or 1..16") from None
        if not 0 <= start <= end <= MAX_SEED:
            raise ValueError(f"{part.strip()!r}: seeds run upwards from 0 to 2^63-1")
        if end - start + 1 + len(seeds) > MAX_COUNT:
            raise ValueError(f"{part.strip()!r}: more than {MAX_COUNT:,} seeds at once")
        seeds.update(dict.fromkeys(range(start, end + 1)))
    return tuple(seeds)


def format_seeds(seeds: Iterable[int]) -> str:
    """The shortest text that ``parse_seeds`` reads back to the same set, in rising order."""
    parts: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if parts and seed == parts[-1][1] + 1:
            parts[-1][1] = seed
        else:
            parts.append([seed, seed])
    return ",".join(f"{a}" if a == b else f"{a}..{b}" for a, b in parts)

"""Curves as rows of block characters."""

from itertools import pairwise

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def bars(values: tuple[float, ...], width: int, height: int) -> list[str]:
    """A curve from its least to its greatest value, each column the mean of an equal stretch.

    Args:
        values: in order.
        width: cells; fewer values than that take one each.
        height: lines.

    Returns:
        ``height`` lines, the top one first.
    """
    if not values or width < 1:
        return [""] * height
    width = min(width, len(values))
    edges = [len(values) * i // width for i in range(width + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means), max(means)
    scale = (8 * height - 1) / ((high - low) or 1.0)
    eighths = [1 + round((mean - low) * scale) for mean in means]
    return [
        "".join(_EIGHTHS[max(0, min(8, level - 8 * line))] for level in eighths)
        for line in reversed(range(height))
    ]

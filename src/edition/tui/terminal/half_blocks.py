"""Pictures as half-cells: the upper half block shows two pixels in one cell. Pure Python.

Neither numpy nor Pillow is imported: the first screen must not wait for them (0.17 s).
"""

from functools import lru_cache

from edition.tui.terminal.ansi_style import Depth, cube

SIDE = 32
"""A thumbnail's side, pixels."""
Planes = tuple[bytes, bytes, bytes]
"""Red, green, blue; row-major."""
RAMP = " .:-=+*#%@"
"""Dark to bright, for terminals without colour."""
_INVERSE = str.maketrans(RAMP, RAMP[::-1])
_SHADE = bytes(v * 7 // 20 for v in range(256))
"""What rejection does to a picture: 35 % of its light."""
_GREY = bytes(v * len(RAMP) // 256 for v in range(256))


def planes_of(rgb: bytes) -> Planes:
    """Splits interleaved RGB8 into planes."""
    return rgb[0::3], rgb[1::3], rgb[2::3]


def half(planes: Planes, width: int, height: int) -> Planes:
    """Averages 2x2 pixels.

    The sum of whole rows is taken as one long number, eight bits a lane with the lowest bits
    masked, so that no lane runs over: 20 µs for 32x32, without a loop over pixels.
    """
    red, green, blue = (_half_plane(plane, width, height) for plane in planes)
    return red, green, blue


def _half_plane(plane: bytes, width: int, height: int) -> bytes:
    across = _mean(plane[0::2], plane[1::2])
    wide = width // 2
    even = b"".join([across[i : i + wide] for i in range(0, wide * height, 2 * wide)])
    odd = b"".join([across[i : i + wide] for i in range(wide, wide * height, 2 * wide)])
    return _mean(even, odd)


def _mean(first: bytes, second: bytes) -> bytes:
    size = len(first)
    a, b = int.from_bytes(first, "big"), int.from_bytes(second, "big")
    return ((a & b) + (((a ^ b) & _mask(size)) >> 1)).to_bytes(size, "big")


@lru_cache(maxsize=32)
def _mask(size: int) -> int:
    return int.from_bytes(b"\xfe" * size, "big")


def shaded(planes: Planes) -> Planes:
    """The picture in the dark, as a reject is shown."""
    red, green, blue = (plane.translate(_SHADE) for plane in planes)
    return red, green, blue


def thumb_lines(
    rgb: bytes, across: int, depth: Depth, *, shade: bool = False, light: bool = False
) -> tuple[str, ...]:
    """A 32x32 thumbnail as text.

    Args:
        rgb: 3072 bytes.
        across: cells across: 8, 16 or 32; half as many lines come back.
        depth: of colour.
        shade: show it as rejected.
        light: whether the ground is, for pictures without colour.
    """
    planes, side = planes_of(rgb), SIDE
    while side > across:
        planes, side = half(planes, side, side), side // 2
    if shade:
        planes = shaded(planes)
    return lines(planes, side, side, depth, light=light)


def lines(
    planes: Planes, width: int, height: int, depth: Depth, *, light: bool = False
) -> tuple[str, ...]:
    """A picture as text, ``height / 2`` lines of ``width`` cells; an odd last row is dropped."""
    draw = {"true": _true, "256": _indexed, "none": _inverse_ramp if light else _ramp}[depth]
    return tuple([draw(planes, width, y * width) for y in range(0, height - 1, 2)])


@lru_cache(maxsize=64)
def _true_format(width: int) -> str:
    return "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm▀" * width


@lru_cache(maxsize=64)
def _indexed_format(width: int) -> str:
    return "\x1b[38;5;%d;48;5;%dm▀" * width


def _true(planes: Planes, width: int, start: int) -> str:
    numbers = bytearray(6 * width)
    middle, end = start + width, start + 2 * width
    for channel, plane in enumerate(planes):
        numbers[channel::6] = plane[start:middle]
        numbers[channel + 3 :: 6] = plane[middle:end]
    return _true_format(width) % tuple(numbers)


def _indexed(planes: Planes, width: int, start: int) -> str:
    colours = list(map(cube, *(plane[start : start + 2 * width] for plane in planes)))
    pairs = [0] * (2 * width)
    pairs[0::2], pairs[1::2] = colours[:width], colours[width:]
    return _indexed_format(width) % tuple(pairs)


def _inverse_ramp(planes: Planes, width: int, start: int) -> str:
    """Dark signs on a light ground."""
    return _ramp(planes, width, start).translate(_INVERSE)


def _ramp(planes: Planes, width: int, start: int) -> str:
    middle = start + width
    text = []
    for x in range(start, middle):
        light = 0
        for plane, weight in zip(planes, (3, 6, 1), strict=True):
            light += weight * (plane[x] + plane[x + width])
        text.append(RAMP[_GREY[light // 20]])
    return "".join(text)


def scaled(rgb: bytes, width: int, height: int, new_width: int, new_height: int) -> Planes:
    """Nearest-neighbour scaling, for the moment before a real picture has been read."""
    columns = [x * width // new_width for x in range(new_width)]
    result = []
    for plane in planes_of(rgb):
        rows: dict[int, bytes] = {}
        out = []
        for y in range(new_height):
            source = y * height // new_height
            if source not in rows:
                line = plane[source * width : (source + 1) * width]
                rows[source] = bytes([line[x] for x in columns])
            out.append(rows[source])
        result.append(b"".join(out))
    return result[0], result[1], result[2]

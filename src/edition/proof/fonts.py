"""Type: which face draws which letter, and how wide. Every face is embedded.

A text is set in the style's family; letters that it lacks come from DejaVu Sans. What neither
has, and scripts that need shaping or run from right to left, are named before anything is written.
"""

import unicodedata
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from edition import paths
from edition.errors import ProofError
from edition.proof.paper_sizes import MM

FOLDER = paths.fonts_folder()
FAMILIES = {
    "lato": {"light": "Lato-Light", "regular": "Lato-Regular", "bold": "Lato-Bold"},
    "noto-serif": {
        "light": "NotoSerif-Regular", "regular": "NotoSerif-Regular", "bold": "NotoSerif-Bold",
    },
    "dejavu": {"light": "DejaVuSans", "regular": "DejaVuSans", "bold": "DejaVuSans-Bold"},
}  # fmt: skip
"""The families that ship: weight → file."""
WEIGHTS = ("light", "regular", "bold")
_LAST = {"light": "DejaVuSans", "regular": "DejaVuSans", "bold": "DejaVuSans-Bold"}
INSTALLED = tuple(
    map(Path, (
        "~/.fonts", "~/.local/share/fonts", "~/Library/Fonts", "/usr/local/share/fonts",
        "/usr/share/fonts", "/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts",
    ))
)  # fmt: skip
"""Where fonts lie that can be named."""
NOT_FIRST = frozenset(
    "、。，．・：；？！）」』】〉》〕］｝ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々…‥"  # noqa: RUF001
    ",.:;?!)]}%"
)
"""What no line begins with, where lines break between any two letters."""
NOT_LAST = frozenset("（「『【〈《〔［｛([{¥￥$＄")  # noqa: RUF001
"""What no line ends with."""
_UNSPACED = ((0x1100, 0x11FF), (0x2E80, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF),
             (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))  # fmt: skip
"""Chinese, Japanese and Korean: lines break between letters."""
_SHAPED = (
    (0x0590, 0x08FF), (0x0900, 0x0DFF), (0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF),
    (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF),
)  # fmt: skip
"""Hebrew, Arabic, Indic, Thai, Tibetan, Burmese, Khmer: letters alone do not make their text."""


@cache
def _face(file: str) -> tuple[str, frozenset[int]]:
    """Registers a TrueType file once a process; returns its name and the letters it has."""
    path = Path(file)
    # Two files of one stem are two faces; the name stays inside of this process.
    name = f"ed-{path.stem}-{zlib.crc32(file.encode()):08x}"
    try:
        font = TTFont(name, file)
    except (TTFError, OSError) as error:
        raise ProofError(
            f"The font {path} can't be used ({error}).",
            hint="Name a TrueType font with outlines of its own: a static .ttf file.",
        ) from error
    pdfmetrics.registerFont(font)
    return name, frozenset(font.face.charToGlyph)


def _own(named: str) -> Path:
    """A font of the person's: by path, or by the name of an installed file.

    Raises:
        ProofError: there is none.
    """
    path = paths.expanded(named)
    if paths.is_file(path):
        return path
    wanted = _plain(named)
    for folder in INSTALLED:
        for file in sorted(folder.expanduser().rglob("*.tt[fc]")):
            if wanted in (_plain(file.stem), _plain(file.stem.removesuffix("-Regular"))):
                return file
    raise ProofError(
        f"There is no font {named!r}.",
        hint=f"Use one of {', '.join(FAMILIES)}, the name of an installed TrueType font, or the"
        " path of a .ttf file.",
    )


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


@dataclass(frozen=True)
class FontFamily:
    """A family, ready to set text.

    Args:
        family: one of FAMILIES, or an installed font or ``.ttf`` file that serves all weights.
    """

    family: str = "lato"
    files: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        shipped = FAMILIES.get(self.family)
        if shipped is not None:
            files = {weight: str(FOLDER / f"{stem}.ttf") for weight, stem in shipped.items()}
        else:
            files = dict.fromkeys(WEIGHTS, str(_own(self.family)))
        object.__setattr__(self, "files", files)

    def face(self, weight: str) -> str:
        """The registered name of a weight's face."""
        return _face(self.files[weight])[0]

    def runs(self, text: str, weight: str = "regular") -> list[tuple[str, str]]:
        """Splits a text into pieces of one face each.

        Returns:
            Face name and piece; letters that no face has become ``□``.
        """
        own, letters = _face(self.files[weight])
        last, spare = _face(str(FOLDER / f"{_LAST[weight]}.ttf"))
        pieces: list[tuple[str, str]] = []
        for letter in tidy(text):
            if ord(letter) in letters and not _shaped(letter):
                face = own
            else:
                face = last
                letter = letter if ord(letter) in spare and not _shaped(letter) else "□"
            if pieces and pieces[-1][0] == face:
                pieces[-1] = (face, pieces[-1][1] + letter)
            else:
                pieces.append((face, letter))
        return pieces

    def width(self, text: str, size: float, weight: str = "regular") -> float:
        """Width of a text in millimetres at a size in points."""
        points = sum(
            pdfmetrics.stringWidth(piece, face, size) for face, piece in self.runs(text, weight)
        )
        return float(points) / MM

    def missing(self, text: str) -> str:
        """The letters of a text that can't be set, each once, in order."""
        _, letters = _face(self.files["regular"])
        _, spare = _face(str(FOLDER / f"{_LAST['regular']}.ttf"))
        lost = (c for c in tidy(text) if _shaped(c) or not (ord(c) in letters or ord(c) in spare))
        return "".join(dict.fromkeys(lost))

    def cut(self, text: str, size: float, room: float, weight: str = "regular") -> str:
        """The text, shortened with an ellipsis until it fits into a width in millimetres."""
        text = tidy(text)
        if self.width(text, size, weight) <= room:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle].rstrip() + "…", size, weight) <= room:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + "…"

    def lines(self, text: str, size: float, room: float, weight: str = "regular") -> list[str]:
        """Breaks a text into lines of at most a width in millimetres; blank lines are kept."""
        lines: list[str] = []
        for part in text.strip().splitlines():
            line = ""
            for word in _words(tidy(part)):
                longer = line + word
                if not line or self.width(longer.rstrip(), size, weight) <= room:
                    line = longer
                else:
                    lines += self._broken(line.rstrip(), size, room, weight)
                    line = word.lstrip()
            lines += self._broken(line.rstrip(), size, room, weight)
        return lines

    def _broken(self, line: str, size: float, room: float, weight: str) -> list[str]:
        """A line, or several where one word of it is wider than a line: no letter is lost."""
        lines = []
        while self.width(line, size, weight) > room and len(line) > 1:
            fit = 1
            while self.width(line[: fit + 1], size, weight) <= room:
                fit += 1
            lines.append(line[:fit])
            line = line[fit:]
        return [*lines, line]


def _words(text: str) -> list[str]:
    """Pieces that are not broken, each with the spaces behind it: words, or single CJK letters."""
    pieces: list[str] = []
    for letter in " ".join(text.split()):
        last = pieces[-1][-1] if pieces else " "
        joined = letter == " " or (
            last != " "
            and (letter in NOT_FIRST or last in NOT_LAST or not (_cjk(letter) or _cjk(last)))
        )
        if pieces and joined:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _cjk(letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in _UNSPACED)


def tidy(text: str) -> str:
    """Composes accents, and turns control characters and tabs into spaces."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        " " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in composed
    )


def _shaped(letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in _SHAPED)

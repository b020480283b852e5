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


@dataclass(frozen=True)
class FontFamily:
    """A family, ready to set text.

    Args:
        family: one of FAMILIES, or the path of a ``.ttf`` file that serves all weights.
    """

    family: str = "lato"
    files: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        shipped = FAMILIES.get(self.family)
        if shipped is not None:
            files = {weight: str(FOLDER / f"{stem}.ttf") for weight, stem in shipped.items()}
        elif Path(self.family).expanduser().is_file():
            files = dict.fromkeys(WEIGHTS, str(Path(self.family).expanduser()))
        else:
            raise ProofError(
                f"There is no font {self.family!r}.",
                hint=f"Use one of {', '.join(FAMILIES)}, or the path of a .ttf file.",
            )
        object.__setattr__(self, "files", files)

    def face(self, weight: str) -> str:
        """The registered name of a weight's face."""
        return _face(self.files[weight])[0]

    def runs(self, text: str, weight: str = "regular") -> list[tuple[str, str]]:
        """Splits a text into pieces of one face each.

        Returns:
            Face name and piece; letters that no face has stand as ``□``.
        """
        own, letters = _face(self.files[weight])
        last, spare = _face(str(FOLDER / f"{_LAST[weight]}.ttf"))
        pieces: list[tuple[str, str]] = []
        for letter in tidy(text):
            if ord(letter) in letters:
                face = own
            else:
                face = last
                letter = letter if ord(letter) in spare else "□"
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
            for word in tidy(part).split():
                longer = f"{line} {word}".strip()
                if not line or self.width(longer, size, weight) <= room:
                    line = longer
                else:
                    lines.append(self.cut(line, size, room, weight))
                    line = word
            lines.append(self.cut(line, size, room, weight))
        return lines


def tidy(text: str) -> str:
    """Composes accents, and turns control characters and tabs into spaces."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        " " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in composed
    )


def _shaped(letter: str) -> bool:
    return any(low <= ord(letter) <= high for low, high in _SHAPED)

"""Colour profiles: reads and checks ICC headers (ICC.1:2010, 7.2). Converts nothing."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edition.errors import ProofError

FOLDER = Path(__file__).parent / "profiles"
SHIPPED = {"fogra39": ("FOGRA39L_coated.icc", "FOGRA39", "Coated FOGRA39 (ISO 12647-2:2004)")}
"""Intent name → file, the printing condition's registered name, and its description."""
_CHANNELS = {b"CMYK": 4, b"RGB ": 3, b"GRAY": 1}


@dataclass(frozen=True, slots=True)
class Profile:
    """An ICC profile and what its header says."""

    name: str
    condition: str
    """What the printing condition is registered as, or the name again."""
    data: bytes
    kind: str
    """``prtr``, ``mntr``, ``scnr``, ``spac``."""
    space: str
    """``CMYK``, ``RGB`` or ``GRAY``."""

    @property
    def channels(self) -> int:
        """Colour channels."""
        return _CHANNELS[self.space.ljust(4).encode()]


def parse(name: str, data: bytes, condition: str = "") -> Profile:
    """Reads a profile.

    Raises:
        ProofError: the bytes are no ICC profile, cut short, or of an odd colour space.
    """
    whole = len(data) >= 132 and data[36:40] == b"acsp"
    if not whole or int.from_bytes(data[:4], "big") != len(data):
        raise ProofError(
            f"The colour profile {name} is broken: it is no whole ICC file.",
            hint="Fetch it again from the print house.",
        )
    if data[16:20] not in _CHANNELS:
        raise ProofError(
            f"The colour profile {name} is of the colour space {data[16:20].decode('latin-1')!r}.",
            hint="Use a CMYK, RGB or grey profile.",
        )
    kind, space = (data[at : at + 4].decode("latin-1").strip() for at in (12, 16))
    return Profile(name, condition or name, data, kind, space)


def load(named: str) -> Profile:
    """A shipped profile by name, or one by path.

    Raises:
        ProofError: there is none, or it is broken.
    """
    if named.lower() in SHIPPED:
        file, condition, _ = SHIPPED[named.lower()]
        return parse(condition, (FOLDER / file).read_bytes(), condition)
    path = Path(named).expanduser()
    try:
        return parse(path.stem, path.read_bytes())
    except OSError as error:
        raise ProofError(
            f"The colour profile {named} can't be read ({error.strerror}).",
            hint=f"Use one of {', '.join(SHIPPED)}, or the path of an .icc file.",
        ) from error


def intent(named: str) -> Profile:
    """The profile of a printing condition, fit to be a PDF/X output intent.

    Raises:
        ProofError: it is not the profile of a CMYK printer.
    """
    profile = load(named)
    if profile.kind != "prtr" or profile.space != "CMYK":
        raise ProofError(
            f"The colour profile {named} is a {profile.space} profile of class"
            f" {profile.kind!r}; an output intent needs a CMYK printer's.",
            hint="Ask the print house for its CMYK profile, or leave out the key for fogra39.",
        )
    return profile


@cache
def srgb() -> Profile:
    """The space of every print that carries no profile of its own."""
    return parse("sRGB", (FOLDER / "sRGB-littlecms.icc").read_bytes())

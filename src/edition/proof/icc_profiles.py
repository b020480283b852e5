"""Colour profiles: reads ICC headers (ICC.1:2010, 7.2), tries each profile once, builds two."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from PIL import ImageCms

from edition import paths, regular_files
from edition.errors import ProofError

FOLDER = paths.profiles_folder()
SHIPPED = {"fogra39": ("FOGRA39L_coated.icc", "FOGRA39", "Coated FOGRA39 (ISO 12647-2:2004)")}
"""Intent name → file, the printing condition's registered name, and its description."""
SPACES = ("srgb", "adobe-rgb")
"""RGB spaces that pictures can be exported in, with any number of bits."""
MOST_BYTES = 64_000_000
"""No profile is larger; the largest for print are a few megabytes."""
_CHANNELS = {b"CMYK": 4, b"RGB ": 3, b"GRAY": 1}


@dataclass(frozen=True, slots=True)
class IccProfile:
    """An ICC profile and what its header says."""

    name: str
    condition: str
    """What the printing condition is registered as, or the name again."""
    data: bytes
    kind: str
    """``prtr``, ``mntr``, ``scnr``, ``spac``."""
    space: str
    """``CMYK``, ``RGB`` or ``GRAY``."""
    registered: bool = False
    """Its condition is in ICC's registry of characterization data."""

    @property
    def channels(self) -> int:
        """Colour channels."""
        return _CHANNELS[self.space.ljust(4).encode()]


def parse(name: str, data: bytes, condition: str = "") -> IccProfile:
    """Reads a profile.

    Raises:
        ProofError: the bytes are no ICC profile, cut short, or of an odd colour space.
    """
    whole = len(data) >= 132 and data[36:40] == b"acsp"
    if not whole or int.from_bytes(data[:4], "big") != len(data):
        raise ProofError(
            f"The colour profile {name} is broken: the ICC file is incomplete.",
            hint="Fetch it again from the print house.",
        )
    if data[16:20] not in _CHANNELS:
        raise ProofError(
            f"The colour profile {name} is of the colour space {data[16:20].decode('latin-1')!r}.",
            hint="Use a CMYK, RGB or grey profile.",
        )
    kind, space = (data[at : at + 4].decode("latin-1").strip() for at in (12, 16))
    return IccProfile(name, condition or name, data, kind, space)


def load(named: str) -> IccProfile:
    """A shipped profile by name, or one by path.

    Raises:
        ProofError: there is none, or it is broken.
    """
    if named.lower() in SHIPPED:
        file, condition, _ = SHIPPED[named.lower()]
        shipped = parse(condition, (FOLDER / file).read_bytes(), condition)
        return replace(shipped, registered=True)
    path = paths.expanded(named)
    try:
        profile = parse(path.stem, regular_files.read_bytes(path, MOST_BYTES))
    except OSError as error:
        raise ProofError(
            f"The colour profile {named} can't be read: {regular_files.reason(error)}.",
            hint=f"Use one of {', '.join(SHIPPED)}, or the path of an .icc file.",
        ) from error
    _tried(profile)
    return profile


_GOOD: set[bytes] = set()
"""Digests of profiles that a transform was built of."""


def _tried(profile: IccProfile) -> None:
    """Builds a transform to a profile: a header alone may promise tables that aren't there.

    Raises:
        ProofError: none can be built.
    """
    digest = hashlib.sha256(profile.data).digest()
    if digest in _GOOD:
        return
    mode = {"CMYK": "CMYK", "RGB": "RGB", "GRAY": "L"}[profile.space]
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile.data))
        source = ImageCms.ImageCmsProfile(io.BytesIO(srgb().data))
        ImageCms.buildTransform(source, opened, "RGB", mode)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise ProofError(
            f"The colour profile {profile.name} is broken: no transform can be built to it"
            f" ({error}).",
            hint="Fetch it again from the print house; an input profile can't be printed to.",
        ) from error
    _GOOD.add(digest)


def intent(named: str) -> IccProfile:
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
def srgb() -> IccProfile:
    """The space of every print that carries no profile of its own: sRGB as version 2.

    Old software reads version 2 alone. Primaries and curve of IEC 61966-2-1, adapted to D50.
    """
    steps = [step / 1023 for step in range(1024)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in steps]
    values = b"".join(round(v * 65535).to_bytes(2, "big") for v in linear)
    curve = b"curv" + bytes(4) + (1024).to_bytes(4, "big") + values
    primaries = (
        (0.43607, 0.22249, 0.01392),
        (0.38515, 0.71687, 0.09708),
        (0.14307, 0.06061, 0.7141),
    )
    return parse("sRGB", _matrix_profile("sRGB IEC61966-2.1", primaries, curve))


@cache
def adobe_rgb() -> IccProfile:
    """A profile of the colour space Adobe RGB (1998): matrix and one gamma.

    Built here from the published primaries, adapted to D50 (ICC.1:2001-04, 6.3); no copyright.
    """
    gamma = b"curv" + bytes(4) + (1).to_bytes(4, "big") + (0x0233).to_bytes(2, "big")
    primaries = (
        (0.60974, 0.31111, 0.01947),
        (0.20528, 0.62567, 0.06087),
        (0.14919, 0.06322, 0.74457),
    )
    made = _matrix_profile("Compatible with Adobe RGB (1998)", primaries, gamma)
    return parse("Adobe RGB compatible", made)


def _matrix_profile(
    described: str, primaries: Sequence[tuple[float, float, float]], curve: bytes
) -> bytes:
    """A display profile of version 2.4: three primaries in D50, one curve for all channels."""
    tags = {
        b"desc": _described(described),
        b"cprt": b"text" + bytes(4) + b"No copyright, use freely\0",
        b"wtpt": _xyz(0.95045, 1.0, 1.08905),
    }
    for name, primary in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True):
        tags[name] = _xyz(*primary)
    table, body = (len(tags) + 3).to_bytes(4, "big"), b""
    start = 128 + 4 + 12 * (len(tags) + 3)
    for name, data in tags.items():
        table += name + (start + len(body)).to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body += data + bytes(-len(data) % 4)
    for name in (b"rTRC", b"gTRC", b"bTRC"):  # three tags, one curve
        table += name + (start + len(body)).to_bytes(4, "big") + len(curve).to_bytes(4, "big")
    body += curve + bytes(-len(curve) % 4)
    head = bytearray(128)
    head[0:4] = (start + len(body)).to_bytes(4, "big")
    head[8:12] = bytes.fromhex("02400000")
    head[12:24] = b"mntrRGB XYZ "
    head[24:36] = bytes.fromhex("07d000010001000000000000")  # 2000-01-01: no clock
    head[36:40] = b"acsp"
    head[68:80] = _xyz(0.9642, 1.0, 0.8249)[8:]
    return bytes(head) + table + body


def _xyz(x: float, y: float, z: float) -> bytes:
    numbers = b"".join(round(v * 65536).to_bytes(4, "big") for v in (x, y, z))
    return b"XYZ " + bytes(4) + numbers


def _described(text: str) -> bytes:
    data = text.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + len(data).to_bytes(4, "big") + data + bytes(8 + 3 + 67)


def space(named: str) -> IccProfile:
    """``srgb``, ``adobe-rgb``, a shipped printing condition, or a profile by path.

    Raises:
        ProofError: there is none, or it is broken.
    """
    made = {"srgb": srgb, "adobe-rgb": adobe_rgb}.get(named)
    return made() if made else load(named)

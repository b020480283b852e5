"""Which licences a person has accepted, kept in their own settings. Asks nobody anything."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edition import atomic
from edition.errors import UpscaleError
from edition.paths import consent_file


@dataclass(frozen=True, slots=True)
class Licence:
    """What a person is asked to accept."""

    title: str
    terms: str
    """The gist, one sentence; the licence itself is what counts."""


LICENCES = {
    "supir": Licence(
        "SUPIR Software License Agreement (SupPixel Pty Ltd)",
        "Non-commercial use only: pictures for sale, paid services and training data need a "
        "written licence from SupPixel.",
    )
}
"""By the name that ``edition models accept`` takes."""


def accepted(name: str) -> bool:
    """Whether the person has accepted a licence on this machine.

    Raises:
        UpscaleError: there is no such licence.
    """
    _known(name)
    return name in _read(consent_file())


def accept(name: str) -> None:
    """Writes down that the person has accepted a licence, and when.

    Raises:
        UpscaleError: there is no such licence, or the file can't be written.
    """
    licence = _known(name)
    file = consent_file()
    held = _read(file)
    if name in held:
        return
    held[name] = {"title": licence.title, "accepted": datetime.now(UTC).isoformat()}
    atomic.write(file, json.dumps(held, indent=2, sort_keys=True) + "\n", UpscaleError)


def require(name: str) -> Licence:
    """Returns a licence that has been accepted.

    Raises:
        UpscaleError: it has not been; the hint says how to.
    """
    licence = _known(name)
    if not accepted(name):
        raise UpscaleError(
            f"{name} needs your consent to the {licence.title}. {licence.terms}",
            hint=f"Run 'edition models accept {name}' once, or choose seedvr2, lanczos, "
            "spandrel or pocket-supir.",
        )
    return licence


def _known(name: str) -> Licence:
    if name not in LICENCES:
        raise UpscaleError(
            f"There is no licence {name!r} to accept.", hint=f"Known: {', '.join(LICENCES)}."
        )
    return LICENCES[name]


def _read(file: Path) -> dict[str, object]:
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # no file or a broken one: nothing was accepted
    return held if isinstance(held, dict) else {}

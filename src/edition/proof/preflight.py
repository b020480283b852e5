"""Looks for what would go wrong on paper, before anything is written.

Errors stop, warnings print.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from edition import regular_files
from edition.errors import ProofError
from edition.proof import edition_ledger, icc_profiles, png_passthrough
from edition.proof.document_model import PrintSet, ProofPrint, Registered
from edition.proof.findings import Finding, SizedPrint, names, seen
from edition.proof.fonts import FontFamily
from edition.proof.issued_numbers import other_files_told
from edition.proof.paper_sizes import Size, paper
from edition.proof.print_resolution import resolution
from edition.proof.proof_styles import style
from edition.proof.wall_layout import Wall, frame
from edition.recipe.proof_settings import ProofSettings

NON_COMMERCIAL = ("non-commercial", "noncommercial", "-nc", "research only")
_NO_NAME = {"paper", "g", "gsm", "m", "m2", "m²", "a", "the", "of"}
"""Words that tell no paper from another."""


class Licensed(Protocol):
    """What was made under a licence."""

    @property
    def model(self) -> str:
        """What made it."""

    @property
    def licence(self) -> str:
        """Of the model and of the upscaler; empty where none is recorded."""


def preflight(
    show: PrintSet,
    settings: ProofSettings,
    sizes: Sequence[float] = (),
    *,
    stop_coarse: bool = True,
) -> tuple[Finding, ...]:
    """Checks a show against its settings: files, colours, letters, resolution, licences, profile.

    Args:
        show: the prints.
        settings: as for a proof.
        sizes: longer sides in millimetres that each print is asked for; empty takes the settings'.
        stop_coarse: too few pixels an inch is an error, as on a plate; else a warning, as on a
            drawing of a wall.

    Returns:
        All findings, errors first.
    """
    found: list[Finding] = []
    checks: tuple[Callable[[], object], ...] = (
        lambda: paper(settings.paper),
        lambda: settings.plate_paper == "fit" or paper(settings.plate_paper),
        lambda: icc_profiles.intent(settings.profile),
        lambda: found.extend(_letters(show, settings)),
        lambda: found.extend(files(show.pictures)),
        lambda: found.extend(registered(_placements(show, settings, sizes))),
        lambda: found.extend(alike(_placements(show, settings, sizes))),
        lambda: found.extend(papers(_placements(show, settings, sizes))),
        lambda: found.extend(
            resolution(_placements(show, settings, sizes), settings, stop=stop_coarse)
        ),
        lambda: found.extend(licences(show.pictures)),
        lambda: found.extend(unsaid(show.pictures)),
    )
    for check in checks:
        try:
            check()
        except ProofError as error:
            found.append(Finding("error", error.message.rstrip("."), error.hint))
    return in_order(found)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings, each once, errors first."""
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: finding.level))


def settle(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Stops at errors.

    Returns:
        The warnings, in words.

    Raises:
        ProofError: there are errors; it names the first eight and counts the others.
    """
    findings = list(findings)
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        more = f" And {len(errors) - 8} more." if len(errors) > 8 else ""
        raise ProofError(
            " ".join(finding.what + "." for finding in errors[:8]) + more, hint=errors[0].hint
        )
    return tuple(finding.what for finding in findings)


def hung(wall: Wall, settings: ProofSettings) -> tuple[str, ...]:
    """Checks what hangs on a wall; coarse prints are warned of, since a drawing harms nobody.

    Raises:
        ProofError: a print is missing, damaged or has changed.
    """
    return framed([one.framed for one in wall.hung], settings)


def framed(placed: Sequence[SizedPrint], settings: ProofSettings) -> tuple[str, ...]:
    """Checks what is drawn framed on a wall, or listed with its size; as ``hung`` does."""
    pictures = list(dict.fromkeys(one.picture for one in placed))
    return settle(
        [
            *files(pictures), *registered(placed),
            *resolution(placed, settings, stop=False), *licences(pictures),
        ]
    )  # fmt: skip


def plates(
    wanted: Sequence[SizedPrint], settings: ProofSettings, copies: int = 1
) -> tuple[str, ...]:
    """Checks what goes to the print house.

    Raises:
        ProofError: a print is too coarse, missing, damaged or has changed, or its register knows
            no such size or not as many copies.
    """
    pictures = list(dict.fromkeys(plate.picture for plate in wanted))
    return settle(
        [
            *files(pictures), *registered(wanted, copies), *alike(wanted), *papers(wanted),
            *resolution(wanted, settings, stop=True), *licences(pictures),
        ]
    )  # fmt: skip


def registered(placed: Iterable[SizedPrint], copies: int = 1) -> list[Finding]:
    """What the register forbids: a registered print in another size, or more than its count."""
    found = []
    for one in placed:
        known = one.picture.registered
        size = seen(one)
        fitting = [r for r in known if _same(size, r)]
        if known and not fitting:
            sizes = ", ".join(f"{r.width_mm:.0f} × {r.height_mm:.0f} mm" for r in known)
            found.append(
                Finding(
                    "error",
                    f"{one.picture.name}: its edition is {sizes}, not {size.width:.0f} ×"
                    f" {size.height:.0f} mm",
                    "Print it in its registered size, or open a second size:"
                    " edition register open --another-size.",
                )
            )
        elif known and copies > fitting[0].limit:
            found.append(
                Finding(
                    "error",
                    f"{one.picture.name}: {copies} copies, and its edition has"
                    f" {fitting[0].count} and {fitting[0].proofs} proofs",
                    "An edition does not grow. Order fewer copies.",
                )
            )
    return list(dict.fromkeys(found))


def alike(placed: Iterable[SizedPrint]) -> list[Finding]:
    """Prints of which numbers were issued for another file than the one that would be printed."""
    found = []
    for one in placed:
        for known in one.picture.registered:
            told = other_files_told(known.certified, one.picture.sha256)
            if told and _same(seen(one), known):
                found.append(
                    Finding(
                        "warning",
                        f"{one.picture.name}: the numbers of an edition are alike, but {told}",
                        "Go back to the version that was certified: edition versions.",
                    )
                )
    return list(dict.fromkeys(found))


def papers(placed: Iterable[SizedPrint]) -> list[Finding]:
    """Works whose medium names another paper than their certificates do."""
    found = []
    for one in placed:
        _, on, named = one.picture.medium.partition(" on ")
        certified = [
            paper for r in one.picture.registered if _same(seen(one), r) for paper in r.papers
        ]
        if on and certified and not any(_one_paper(named, paper) for paper in certified):
            found.append(
                Finding(
                    "warning",
                    f"{one.picture.name}: its medium says on {named}, its certificate"
                    f" {' or '.join(certified)}",
                    "Print on what the certificate says, and correct the medium: edition work.",
                )
            )
    return list(dict.fromkeys(found))


def _one_paper(one: str, other: str) -> bool:
    """Whether two names may be of one paper: one has no word that the other lacks.

    What stands behind a comma is the ink, or tells of the work.
    """
    first, second = (
        set(re.findall(r"\w+", name.partition(",")[0].casefold())) - _NO_NAME
        for name in (one, other)
    )
    return first <= second or second <= first


def _same(size: Size, opened: Registered) -> bool:
    fixed = opened.width_mm, opened.height_mm
    return edition_ledger.same_size((size.width, size.height), fixed)


def files(pictures: Iterable[ProofPrint]) -> list[Finding]:
    """Missing, damaged and changed files; colours and depth that will be converted."""
    found = []
    for picture in pictures:
        try:
            scan = png_passthrough.scan(picture.file)
        except ProofError as error:
            found.append(
                Finding("error", f"{picture.name}: {error.message.rstrip('.')}", error.hint)
            )
            continue
        found.extend(_one_file(picture, scan))
    return found


def _one_file(picture: ProofPrint, scan: png_passthrough.ImageScan) -> list[Finding]:
    found = []
    if picture.sha256 and regular_files.sha256_of(picture.file) != picture.sha256:
        found.append(
            Finding(
                "error",
                f"{picture.name}: {picture.file.name} is not the file that was made"
                " (its digest has changed)",
                "Move that file out of the library, then render or upscale its seed again.",
            )
        )
    if (scan.width, scan.height) != (picture.width, picture.height):
        found.append(
            Finding(
                "error",
                f"{picture.name}: the file has {scan.width} × {scan.height} pixels, the library"
                f" says {picture.width} × {picture.height}",
                "Move that file out of the library, then render or upscale its seed again.",
            )
        )
    if scan.bits > 8:
        found.append(
            Finding("warning", f"{picture.name}: {scan.bits} bits a channel, laid out with 8")
        )
    if "A" in scan.mode or "tRNS" in scan.mode:
        found.append(Finding("warning", f"{picture.name}: transparent, laid on white"))
    if scan.mode.startswith("CMYK"):
        found.append(Finding("warning", f"{picture.name}: CMYK, converted to sRGB"))
    return found


def unsaid(
    pictures: Sequence[ProofPrint], facts: Sequence[str] = ("medium", "price")
) -> list[Finding]:
    """Facts that some works say and others leave out, as labels beside each other would show."""
    found = []
    for fact in facts:
        lacking = [picture for picture in pictures if not getattr(picture, fact)]
        if 0 < len(lacking) < len(pictures):
            what = f"{names(lacking)}: no {fact}, where other works have one"
            found.append(Finding("warning", what, f"Write it: edition work SLUG SEED --{fact}"))
    return found


def licences(pictures: Iterable[Licensed]) -> list[Finding]:
    """Licences that do not allow a print to be sold, or that nobody stated, each once."""
    pictures = tuple(pictures)
    limited = dict.fromkeys(
        picture.licence
        for picture in pictures
        if any(word in picture.licence.lower() for word in NON_COMMERCIAL)
    )
    unknown = dict.fromkeys(p.model for p in pictures if "unknown" in p.licence.lower())
    return [
        *(Finding("warning", f"Made under {name}: not for sale") for name in limited),
        *(Finding("warning", f"The licence of {name} is not known") for name in unknown),
    ]


def _placements(
    show: PrintSet, settings: ProofSettings, sizes: Sequence[float]
) -> list[SizedPrint]:
    if not sizes:
        return [frame(picture, settings) for picture in show.pictures]
    return [
        frame(picture, settings.model_copy(update={"print_mm": side, "sizes": {}}))
        for side in sizes
        for picture in show.pictures
    ]


def _letters(show: PrintSet, settings: ProofSettings) -> list[Finding]:
    """Letters that can't be set: errors in what people read, boxes in what machines wrote."""
    named = style(settings.style)
    letters = FontFamily(settings.font or named.type.family)
    spoken = [show.title, show.artist, show.statement]
    spoken += [text for p in show.pictures for text in (p.title, p.artist)]
    machine = [text for row in show.recipe_lines for text in row]
    machine += [text for p in show.pictures for text in (p.edition, p.note, p.prompt)]
    found = []
    if lost := letters.missing("".join(spoken)):
        what = f"The fonts can't set {' '.join(lost[:12])}"
        hint = "Set [proof] font to a font that has these letters."
        found.append(Finding("error", what, hint))
    if boxed := letters.missing("".join(machine)):
        what = f"Set as a box in prompts and notes: {' '.join(boxed[:12])}"
        found.append(Finding("warning", what))
    return found

"""What another program's metadata says, before it is made a recipe: values, or "not known"."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN = 120
"""Characters of a value that a sentence about it repeats."""
_SAMPLERS: dict[str, tuple[str, dict[str, str]]] = {
    "ddim": ("ddim", {}), "ddpm": ("ddpm", {}), "euler": ("euler", {}),
    "eulera": ("euler_a", {}), "eulerancestral": ("euler_a", {}), "heun": ("heun", {}),
    "lms": ("lms", {}), "plms": ("pndm", {}), "pndm": ("pndm", {}),
    "dpm2": ("dpm2", {}), "kdpm2": ("dpm2", {}),
    "dpm2a": ("dpm2_a", {}), "dpm2ancestral": ("dpm2_a", {}), "kdpm2a": ("dpm2_a", {}),
    "dpmpp2m": ("dpmpp_2m", {}), "dpmpp2mkarras": ("dpmpp_2m_karras", {}),
    "dpmpp2msde": ("dpmpp_2m_sde", {}), "deis": ("deis", {}),
    "unipc": ("unipc", {"solver_type": "bh1"}), "unipcbh2": ("unipc", {"solver_type": "bh2"}),
}  # fmt: skip
"""Names without signs, in small letters, ``++`` as ``pp`` → the name here and its overrides."""
_UNIPC_BH2 = ("InvokeAI", "InvokeAI 2", "SD.Next")
"""Programs whose UniPC is diffusers' own, with the solver B2."""
_PLAIN_SCHEDULES = ("", "normal", "automatic", "simple", "uniform", "ddim_uniform", "default")
WEIGHTED = re.compile(
    r"\([^()]*:\s*\d[\d.]*\)|\[[^\[\]]*:[^\[\]]*\]|\bBREAK\b|\bAND\b|\(\(|\w[+-]{2,}"
)
"""Signs by which any program weighs, switches or joins words."""
_OWN_SIGNS = {
    "NovelAI": re.compile(r"[{}\[\]]|\d::"),
    "InvokeAI": re.compile(r"[\w)][+-]+(?=[\s,.)]|$)|\)\d"),
    "ComfyUI": re.compile(r"(?<!\\)\("),
    "SwarmUI": re.compile(r"(?<!\\)\("),
}
"""Those of programs with other signs than A1111's."""
_A1111_SIGNS = re.compile(r"(?<!\\)[(\[]")


@dataclass(slots=True)
class ForeignSettings:
    """One picture's settings as its program means them; None where a value is not known."""

    program: str
    prompt: str | None = None
    negative: str | None = ""
    sampler: str | None = None
    schedule: str = ""
    model: str | None = None
    model_hash: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    noise: Literal["cpu", "cuda"] | None = None
    """Whose random stream gave the first latent; None when the program doesn't say."""
    lost: list[str] = field(default_factory=list)
    """What can't be made again here, a sentence each."""

    def lose(self, what: str, value: object = None) -> None:
        """Notes a setting that a recipe has no place for, with its value."""
        self.lost.append(f"It used {what}{'' if value is None else f': {shown(value)}'}.")


def shown(value: object) -> str:
    """A value as a sentence repeats it: one line, not too long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def whole(value: object) -> int | None:
    """A whole number however it is written: 5, "5", 5.0, "5.0"; None for all else."""
    if isinstance(value, str | int) and re.fullmatch(r"-?[0-9]{1,30}", str(value).strip()):
        return int(value)  # not through a float, which keeps 53 bits
    number = real(value)
    return int(number) if number is not None and number.is_integer() else None


def real(value: object) -> float | None:
    """A number however it is written, NaN too; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def one_line(text: str) -> str:
    """A name from outside without line feeds, control characters and bytes that were no text."""
    whole_text = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else " " for c in whole_text).strip()


def pair(text: object) -> tuple[int | None, int | None]:
    """Width and height out of ``512x768`` or ``(512, 768)``."""
    match = re.search(r"(\d{1,6})\D+(\d{1,6})", str(text))
    return (int(match[1]), int(match[2])) if match else (None, None)


def is_set(value: object) -> bool:
    """Whether an optional setting was used: not empty, not "None", not zero, not False."""
    return value not in (None, "", 0, 0.0, "0", [], {}, False, "False", "None", "none", "[]", "{}")


def weighs(found: ForeignSettings, text: str) -> bool:
    """Whether its program reads signs in a prompt as weights: ``(word)``, ``{word}``, ``word+``."""
    own = _OWN_SIGNS.get(found.program.removesuffix(" 2"), _A1111_SIGNS)
    return bool(WEIGHTED.search(text) or own.search(text))


def sampler_of(found: ForeignSettings) -> tuple[str, dict[str, str]]:
    """The sampler's name here and its overrides; where it isn't known, that is reported."""
    if found.sampler is None:
        found.lost.append("Its sampler is not known; the model's own is used.")
        return "native", {}
    plain = _plain(found.sampler)
    schedule = found.schedule.lower()
    if plain not in _SAMPLERS:
        for ending in ("karras", "exponential", "k"):
            if plain.endswith(ending) and plain.removesuffix(ending) in _SAMPLERS:
                schedule = "karras" if ending == "k" else ending
                plain = plain.removesuffix(ending)
                break
    if schedule == "karras" and f"{plain}karras" in _SAMPLERS:
        return _SAMPLERS[f"{plain}karras"]
    if plain not in _SAMPLERS:
        found.lost.append(
            f"Its sampler {shown(found.sampler)!r} is not known; the model's own is used."
        )
        return "native", {}
    if plain == "unipc" and found.program in _UNIPC_BH2:
        plain = "unipcbh2"
    if plain.endswith("karras") or schedule in _PLAIN_SCHEDULES:
        return _SAMPLERS[plain]
    found.lost.append(f"Its noise schedule {shown(schedule)} is not known for this sampler.")
    return _SAMPLERS[plain]


def samplers_called(name: str) -> tuple[str, ...]:
    """The samplers here that any program's name means: ``DPM++ 2M Karras``.

    Args:
        name: in any program's writing.

    Returns:
        The one of that name, else all whose names begin so; none where nobody calls one so.
    """
    plain = _plain(name)
    if plain == "native":
        return (plain,)
    if plain in _SAMPLERS:
        return (_SAMPLERS[plain][0],)
    known = (here for called, (here, _) in _SAMPLERS.items() if plain and called.startswith(plain))
    return tuple(sorted(set(known)))


def _plain(sampler: str) -> str:
    """A sampler's name without signs, ``++`` as ``pp``, and without what some put before it."""
    plain = re.sub(r"[^a-z0-9]", "", sampler.lower().replace("++", "pp")).removesuffix("gpu")
    return re.sub(r"^k(?=euler|lms|heun|dpm)|^sample(?=dpmpp)", "", plain)


def lose_rest(
    found: ForeignSettings, settings: Mapping[str, Any], known: Mapping[str, str]
) -> None:
    """Names every setting that is left over and was used.

    Args:
        found: takes the sentences.
        settings: what no field of ``found`` was made from, by the program's own names.
        known: name in small letters → what to call it, empty for what doesn't change the picture.
    """
    for key, value in settings.items():
        called = known.get(re.sub(r" \d+$", "", key.lower()), f"a setting {shown(key)}")
        if called and is_set(value):
            found.lose(called, value)

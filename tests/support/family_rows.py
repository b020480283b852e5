"""What each family does, as tests/diffusion/test_families.py measures it: the docs' table.

Print it with: python -m tests.support.family_rows
"""

from dataclasses import dataclass

from tests.support.tiny_families import FAMILIES

from edition.diffusion import families
from edition.diffusion.family_table import TABLE


@dataclass(frozen=True)
class Row:
    """Measured of one class, or of two models of one class that differ."""

    guidance: str = "off at 1"
    negative: str = "acts"
    image: str = "refused"
    film: str = "yes"


_TOLD = "told to the network"
_BUILT_IN = "built in: refused"
_SECOND = "acts with `true_cfg`"
ROWS: dict[str, Row] = {
    "sd": Row(image="acts"),
    "xl": Row(image="acts"),
    "sd-pag": Row(image="acts"),
    "xl-pag": Row(image="acts"),
    "lcm": Row(_TOLD, "refused", "acts"),
    "sd3": Row(image="acts"),
    "sd3-pag": Row(image="acts"),
    "flux-dev": Row(_TOLD, _SECOND, "acts"),
    "flux-schnell": Row(_BUILT_IN, _SECOND, "acts"),
    "kontext": Row(_TOLD, _SECOND, "looked at"),
    "flux2": Row(_TOLD, "refused", "looked at"),
    "klein": Row(negative="refused", image="looked at"),
    "klein-distilled": Row(_BUILT_IN, "refused", "looked at"),
    "chroma": Row(image="acts"),
    "qwen": Row(image="acts"),
    "krea2": Row("off at 0"),
    "z-image": Row("off at 0", image="acts"),
    "z-image-omni": Row("off at 0"),
    "aura": Row(),
    "cogview3": Row(),
    "cogview4": Row(),
    "lumina": Row(),
    "lumina2": Row(),
    "ovis": Row(),
    "sana": Row(),
    "sana-pag": Row(),
    "sana-sprint": Row(_TOLD, "refused", "acts"),
    "pixart-alpha": Row(),
    "pixart-sigma": Row(),
    "pixart-pag": Row(),
    "hunyuan-dit": Row(),
    "hunyuan-dit-pag": Row("above 1"),
    "kandinsky21": Row(image="acts", film="refused"),
    "kandinsky22": Row(image="acts", film="refused"),
    "kandinsky3": Row(image="acts", film="refused"),
    "deepfloyd": Row(image="acts", film="refused"),
    "hidream": Row(),
    "bria": Row(),
    "longcat": Row(),
    "ernie": Row(),
    "nucleus": Row(),
    "ideogram": Row(negative="refused", film="refused"),
    "hunyuan-image": Row(),
    "hunyuan-image-distilled": Row(_TOLD, "refused"),
    "kandinsky5": Row(),
    "prx": Row(),
    "prx-pixel": Row(film="refused"),
    "qwen-edit": Row(image="needed"),
    "qwen-edit-plus": Row(image="needed"),
    "qwen21": Row(),
    "bria-fibo": Row(),
    "bria-fibo2": Row(),
    "klein-kv": Row(_BUILT_IN, "refused", "looked at"),
    "dreamlite": Row(),
    "dreamlite-mobile": Row(_BUILT_IN, "refused"),
    "kolors": Row(image="acts"),
    "kolors-pag": Row(),
    "ldm": Row(negative="refused", film="refused"),
    "omnigen": Row(negative="refused"),
}


def table() -> str:
    """The rows as Markdown, and below them the classes that are refused, with the reason."""
    head = "| Model | Class | Guidance | Negative | From an image | Film | Sizes |"
    lines = [head, "|---|---|---|---|---|---|---|"]
    for name, row in ROWS.items():
        class_name = FAMILIES[name][0]
        family = families.named(class_name)
        title = family.title if family else class_name
        extra = {
            "flux-schnell": " (schnell)",
            "klein-distilled": " (distilled)",
            "hunyuan-image-distilled": " (distilled)",
        }.get(name, "")
        cells = (
            f"{title}{extra}", f"`{class_name}`", row.guidance, row.negative, row.image, row.film,
            f"multiples of {family.multiple if family else 8}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| Refused | Class | Why |", "|---|---|---|"]
    for family in TABLE:
        if family.refused:
            classes = ", ".join(f"`{name}`" for name in family.classes)
            lines.append(f"| {family.title} | {classes} | {family.refused} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())

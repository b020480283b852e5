"""The table of docs/memory.md: how known models are spread over cards, by the code that decides.

python -m tools.memory_table           prints docs/memory.md
python -m tools.memory_table --write   renews it
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from edition.diffusion import memory_plan
from edition.diffusion.memory_plan import GIB, MemoryPlan, ModelPart
from edition.recipe.recipe import Sampling

PAGE = Path(__file__).parents[1] / "docs" / "memory.md"
CARDS = (8, 12, 16, 24, 48, 80)
"""GiB, as cards are sold."""
TAKEN = 0.8 * GIB
"""Of a card, by its driver and torch's context."""
_KL = {"block_out_channels": [128, 256, 512, 512]}
_XL_KL = {**_KL, "force_upcast": True}
_UNET = {"block_out_channels": [320, 640, 1280]}

NUMBERS: dict[str, tuple[int, float, dict[str, tuple[int, dict[str, Any]]]]] = {
    "Stable Diffusion 1.5": (512, 7.5, {
        "text_encoder": (123_060_480, {}),
        "unet": (859_520_964, {**_UNET, "down_block_types": ["CrossAttnDownBlock2D"]}),
        "vae": (83_653_863, _KL),
    }),
    "Stable Diffusion XL": (1024, 5.0, {
        "text_encoder": (123_060_480, {}), "text_encoder_2": (694_659_840, {}),
        "unet": (2_567_463_684, {**_UNET, "down_block_types": ["DownBlock2D"]}),
        "vae": (83_653_863, _XL_KL),
    }),
    "Stable Diffusion 3.5 large": (1024, 4.5, {
        "text_encoder": (123_650_304, {}), "text_encoder_2": (694_659_840, {}),
        "text_encoder_3": (4_762_310_656, {}),
        "transformer": (8_056_627_520, {
            "_class_name": "SD3Transformer2DModel",
            "num_attention_heads": 38, "attention_head_dim": 64,
        }),
        "vae": (83_819_683, _XL_KL),
    }),
    "FLUX.1 dev": (1024, 3.5, {
        "text_encoder": (123_060_480, {}), "text_encoder_2": (4_762_310_656, {}),
        "transformer": (11_901_408_320, {
            "_class_name": "FluxTransformer2DModel",
            "num_attention_heads": 24, "attention_head_dim": 128,
        }),
        "vae": (83_819_683, _KL),
    }),
    "Qwen-Image": (1024, 4.0, {
        "text_encoder": (8_292_166_656, {}),
        "transformer": (20_430_401_088, {
            "_class_name": "QwenImageTransformer2DModel",
            "num_attention_heads": 24, "attention_head_dim": 128,
        }),
        "vae": (126_892_531, {"base_dim": 96}),
    }),
}  # fmt: skip
"""Side of a picture, guidance, and by part its numbers and what matters of its configuration."""

_HEAD = """# Models larger than the card

Before a model is loaded, `edition` counts its weights from the files' headers, what works beside
them by size and batch, and the card's free memory, and takes the fastest way that fits:

| way | what happens | cost |
|---|---|---|
| whole | the whole model stays on the card | none |
| encoders first | text encoders leave the card before the network comes | seconds a prompt |
| model offload | each part is on the card only while it works | all moved once a batch |
| group offload | layers come one by one, while others work | the network moved at every step |
| sequential offload | the same, each layer waited for | more |

All of these give the same pictures. Where the autoencoder alone does not fit beside its own work,
it decodes in overlapping tiles, whose seams are blended: pixels differ a little. `edition models
check` says the way before anything is loaded, the job says it before the first step, and every
print records it. Where the card runs out of memory all the same, the batch is halved, then the next
way is taken.

## How many together

Prints are drawn in batches of one size, so that a seed keeps its bytes. The size is worked out from
the memory at first; `edition press measure SLUG` draws the edition's recipe one, two, four … at a
time, says the seconds of each, and keeps the fastest in the library for that model, size and
device. A batch twice as large must save a tenth: a seed that is wanted alone takes as long as a
whole batch. Measure before the first print: where prints were begun with another size, that one
stays. A batch that runs out of memory is halved, and that is kept, too.

What is not on the card lies in the host's memory, up to all weights of the model: somewhat less
than the table below gives for `whole`, and once more for each worker that draws with it. The host's
memory is not planned for and not checked.

## Fewer bits

| what | how to ask for it | works on | package |
|---|---|---|---|
| float8 | `quantise = "float8"` in `[model]` | all devices | none |
| int8 | `quantise = "int8"` | all devices | torchao |
| nf4, 4 bit | `quantise = "nf4"` | CUDA | bitsandbytes |
| GGUF | `network = "flux1-dev-Q4_K_S.gguf"` | all devices | gguf |
| a quantised folder | its own files say so | as its package | torchao, bitsandbytes, SDNQ |

The extras `quantised` (torchao, bitsandbytes, gguf) and `sdnq` (SDNQ, which is under the GPL 3)
bring them: [install.md](install.md#extras).

Only the network is kept in fewer bits, not what reads the prompt. Pictures differ from the model's
plain ones, by more than rounding: so it is part of the digest, by the recipe's key or by the files'
fingerprint, and every print records it under `quantised`. Where a package is missing, or the device
can't do it, the job fails before the first step and names what to install; nothing else is taken in
its place. A quantised model is not trained.

`network` puts a file of a network alone, GGUF or `.safetensors`, into the folder or hub id under
`base`, whose own network is then not needed:

<!-- not run: downloads a model -->

    edition models pull black-forest-labs/FLUX.1-dev --without-network
    edition models check black-forest-labs/FLUX.1-dev --network flux1-dev-Q4_K_S.gguf

What a package keeps in fewer bits is moved to the card whole, not by layers: the last two ways are
not taken for it. 8-bit weights of bitsandbytes stay on the card. int8, GGUF and SDNQ are tried on
the CPU with small models; nf4 and bitsandbytes' folders need a CUDA card and were not run on one.

## Known models, 16 bit, one picture at a time

Computed by the code that decides (`python -m tools.memory_table`); not measured on cards. GiB are
the most that is on the card; the cards' own sizes are in GiB as well, less 0.8 that others hold.
Seconds are for moving weights, at an assumed 12 GB/s.

"""


def parts(model: str) -> tuple[ModelPart, ...]:
    """A known model's networks in 16 bit."""
    return tuple(
        ModelPart(name, memory_plan.role_of(name), numbers * 2, config)
        for name, (numbers, config) in NUMBERS[model][2].items()
    )


def plan_for(model: str, card: int, how: str = "") -> MemoryPlan:
    """The plan for a known model on a card.

    Args:
        model: a key of ``NUMBERS``.
        card: GiB, as it is sold.
        how: ``quantise`` of the recipe.
    """
    side, guidance, _ = NUMBERS[model]
    sampling = Sampling(width=side, height=side, guidance=guidance)
    counted = memory_plan.quantised(parts(model), how)
    return memory_plan.choose(counted, sampling, int(card * GIB - TAKEN), "float16")


def page() -> str:
    """The whole page."""
    cards = " | ".join(f"{card} GB" for card in CARDS)
    lines = [f"| model | picture | {cards} |", "|---" * (len(CARDS) + 2) + "|"]
    for model, (side, _, _) in NUMBERS.items():
        for how in ("", "float8"):
            name = f"{model}, float8" if how else model
            cells = " | ".join(_cell(plan_for(model, card, how)) for card in CARDS)
            lines.append(f"| {name} | {side}² | {cells} |")
    return _HEAD + "\n".join(lines) + "\n"


def _cell(plan: MemoryPlan) -> str:
    text = f"{plan.way}{', tiles' if plan.tiled else ''}, {plan.need / GIB:.1f} GiB"
    if plan.moved:
        text += f", {plan.moved / memory_plan.LINK:.1f} s a {'step' if plan.each_step else 'batch'}"
    return text if plan.fits else f"{text}, may not fit"


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())

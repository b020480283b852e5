"""The text encoder, trained alone on the generator's labels and then frozen.

Trained together with the denoiser from nothing it collapsed onto brightness and never heard a
colour again; on labels it learns palettes, nouns and styles in minutes. See docs/pocket.md.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.embeddings import TextTimeEmbedding
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from tools.pocket_model.captions import caption
from tools.pocket_model.dataset import read_set
from tools.pocket_model.palettes import (
    ADJECTIVES,
    EXTRAS,
    FEATURES,
    NOUNS,
    PALETTES,
    STYLES,
    Floats,
)
from tools.pocket_model.pocket_training import (
    PocketTraining,
    StageLoop,
    keep,
    named,
    optimizer_state,
    restore_optimizer,
    unnamed,
    whole,
)
from tools.pocket_model.presets import TrainingPreset
from tools.pocket_model.scene import Labels
from tools.pocket_model.tokenizer import LENGTH, load_tokenizer, train_tokenizer

CAPTIONS = 6
"""Different captions of each picture."""
BATCH = 64
RATE = 8e-4
GRID = 4
HEADS = 4


class CaptionEncoder(torch.nn.Module):
    """The text encoder, the pooled head that the UNet will own, and heads for the labels."""

    def __init__(self, tokenizer: CLIPTokenizer, scale: TrainingPreset, facts: int) -> None:
        super().__init__()
        width, layers = scale.text_width, scale.text_layers
        self.encoder = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer), hidden_size=width, intermediate_size=4 * width,
                num_hidden_layers=layers, num_attention_heads=HEADS, projection_dim=width,
                max_position_embeddings=LENGTH, bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
            )
        )  # fmt: skip
        for name, weight in self.encoder.named_parameters():
            if "token_embedding" in name:
                torch.nn.init.normal_(weight, std=0.05)
            if "position_embedding" in name:
                torch.nn.init.normal_(weight, std=0.02)
        self.classes = [len(PALETTES), len(NOUNS), len(STYLES)]
        self.facts = facts
        self.names = torch.nn.Linear(width, sum(self.classes))
        time_width = 4 * scale.channels[0]
        self.pooled = TextTimeEmbedding(width, time_width, num_heads=HEADS)
        self.head = torch.nn.Linear(time_width, sum(self.classes) + facts + 3 * GRID * GRID)

    def forward(self, ids: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """What it reads in prompts (b, n).

        Returns:
            From the pooled state: palette, noun, style, facts, grid; and from the mean of the
            first 24 token states, which the cross attention reads: palette, noun, style.
        """
        states = self.encoder(ids)[0]  # (b, n, c)
        split = [*self.classes, self.facts, 3 * GRID * GRID]
        pooled = self.head(self.pooled(states)).split(split, 1)
        return list(pooled), list(self.names(states[:, :24].mean(1)).split(self.classes, 1))


@dataclass(frozen=True, slots=True)
class CaptionTargets:
    """What a caption's picture is, as targets."""

    classes: torch.Tensor
    """(n, 3): palette, noun, style."""
    facts: torch.Tensor
    """(n, facts): features, adjectives, extras, yellow; 0 or 1."""
    grid: torch.Tensor
    """(n, 48): mean luma, red minus blue and green on 4x4 fields, deviation 1."""


def answers(labels: list[Labels], grid: Floats) -> CaptionTargets:
    """Turns labels and mean colours (n, 4, 4, 3) in RGB into targets."""
    orders = [list(PALETTES), list(NOUNS), list(STYLES)]
    classes = [
        [
            order.index(word)
            for order, word in zip(orders, (m.palette, m.noun, m.style), strict=True)
        ]
        for m in labels
    ]
    facts = [
        [float(f in m.features) for f in FEATURES]
        + [float(a in m.adjectives) for a in ADJECTIVES]
        + [float(e in m.extras) for e in EXTRAS]
        + [float(m.yellow)]
        for m in labels
    ]
    red, green, blue = np.moveaxis(grid, -1, 0)
    signals = np.stack([(red + green + blue) / 3, red - blue, green - (red + blue) / 2], 1)
    flat = signals.reshape(len(labels), -1)
    flat = (flat - flat.mean(0)) / (flat.std(0) + 1e-6)
    return CaptionTargets(
        torch.tensor(classes), torch.tensor(facts), torch.from_numpy(flat).float()
    )


def encode_ids(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """Token numbers, (n, 77), padded and cut as diffusers' pipelines do."""
    coded = tokenizer(
        texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt"
    )
    ids: torch.Tensor = coded.input_ids
    return ids


def train_text(shop: PocketTraining) -> None:
    """Trains tokenizer, text encoder and pooled head; writes them to ``work``.

    Raises:
        TrainError: named palettes aren't recognised as often as the gate wants.
    """
    torch.manual_seed(shop.seed + 1)
    colours, labels = read_set(shop.path("small"))
    rng = np.random.default_rng([shop.seed, 1])
    captions = [[caption(m, rng) for _ in range(CAPTIONS)] for m in labels]
    folder = shop.path("tokenizer")
    if not (folder / "special_tokens_map.json").exists():
        train_tokenizer([c for some in captions[:2000] for c in some], folder)
    tokenizer = load_tokenizer(folder)
    flat = [c for some in captions for c in some]
    ids = encode_ids(tokenizer, flat).reshape(len(labels), CAPTIONS, LENGTH).to(shop.device)
    block = colours.shape[1] // GRID
    grid = colours.reshape(-1, GRID, block, GRID, block, 3).mean((2, 4), dtype=np.float32)
    truth = answers(labels, grid)
    truth = CaptionTargets(*(t.to(shop.device) for t in (truth.classes, truth.facts, truth.grid)))
    reader = CaptionEncoder(tokenizer, shop.scale, truth.facts.shape[1]).to(shop.device)
    order = rng.permutation(len(labels))
    cut = int(len(order) * 0.93)
    loop = _learn(shop, reader, ids, truth, order[:cut])
    figures = _examine(reader.eval(), ids, truth, order[cut:], captions, labels)
    shop.gate(
        "text",
        figures["palette_named"] >= shop.scale.lowest_palette,
        f"named palettes recognised {figures['palette_named']}, {shop.scale.lowest_palette} wanted",
    )
    reader.encoder.save_pretrained(shop.path("text_encoder"))
    keep(shop.path("text_encoder"))
    keep(folder)
    with whole(shop.path("pooled.safetensors")) as path:
        save_file({k: v.cpu() for k, v in reader.pooled.state_dict().items()}, path)
    shop.finish("text", iterations=loop.number, seconds=round(loop.spent), **figures)


def _learn(
    shop: PocketTraining,
    reader: CaptionEncoder,
    ids: torch.Tensor,
    truth: CaptionTargets,
    train: np.ndarray,
) -> StageLoop:
    optimizer = torch.optim.AdamW(reader.parameters(), lr=0, betas=(0.9, 0.99), weight_decay=0.01)

    def restore(tensors: dict[str, torch.Tensor]) -> None:
        reader.load_state_dict(unnamed("reader", tensors))
        restore_optimizer(optimizer, tensors)

    loop = StageLoop(
        shop, "text", shop.scale.text_steps, shop.seconds_for("text"),
        lambda: {**named("reader", reader), **optimizer_state(optimizer)}, restore,
    )  # fmt: skip
    for number in loop:
        late = loop.progress
        fall = 1 if late < 0.5 else 0.05 + 0.95 * (1 - late) / 0.5
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (number + 1) / 60) * fall
        rng = np.random.default_rng([shop.seed, 2, number])
        which = torch.from_numpy(rng.choice(train, BATCH)).to(ids.device)
        text = torch.from_numpy(rng.integers(0, CAPTIONS, BATCH)).to(ids.device)
        with shop.mixed():
            pooled, tokens = reader(ids[which, text])
            loss = _distance(pooled, tokens, truth, which)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        loop.lost(float(loss.detach()))
    return loop


def _distance(
    pooled: list[torch.Tensor],
    tokens: list[torch.Tensor],
    truth: CaptionTargets,
    which: torch.Tensor,
) -> torch.Tensor:
    loss = 2 * F.binary_cross_entropy_with_logits(pooled[3], truth.facts[which])
    loss = loss + 1.5 * F.mse_loss(pooled[4], truth.grid[which])
    for number, weight in enumerate((1.0, 1.0, 0.7)):
        target = truth.classes[which, number]
        loss = loss + weight * F.cross_entropy(pooled[number], target)
        loss = loss + 0.3 * F.cross_entropy(tokens[number], target)
    return loss


@torch.no_grad()
def _examine(
    reader: CaptionEncoder,
    ids: torch.Tensor,
    truth: CaptionTargets,
    held_out: np.ndarray,
    captions: list[list[str]],
    labels: list[Labels],
) -> dict[str, float]:
    """What the first captions of held-out pictures tell, where they name the palette."""
    named_palette = [
        any(word in captions[i][0] for word in PALETTES[labels[i].palette].words) for i in held_out
    ]
    which = torch.from_numpy(held_out).to(ids.device)
    pooled, _ = reader(ids[which, 0])
    mask = torch.tensor(named_palette, device=ids.device)
    right = [pooled[n].argmax(1) == truth.classes[which, n] for n in range(3)]
    target = truth.grid[which][mask]
    left = ((pooled[4][mask] - target) ** 2).reshape(-1, 3, GRID * GRID).mean((0, 2))
    spread = target.reshape(-1, 3, GRID * GRID).var(0).mean(1).clamp(min=1e-6)
    explained = 1 - left / spread
    return {
        "palette_named": round(float(right[0][mask].float().mean()), 3),
        "noun": round(float(right[1].float().mean()), 3),
        "style": round(float(right[2].float().mean()), 3),
        "red_blue_explained": round(float(explained[1]), 3),
        "green_explained": round(float(explained[2]), 3),
    }


def load_text(shop: PocketTraining) -> tuple[CLIPTokenizer, CLIPTextModel, dict[str, torch.Tensor]]:
    """The frozen text path: tokenizer, encoder in float32, and the pooled head's tensors."""
    encoder = CLIPTextModel.from_pretrained(
        shop.path("text_encoder"), dtype=torch.float32, local_files_only=True
    )
    pooled = load_file(shop.path("pooled.safetensors"))
    return load_tokenizer(shop.path("tokenizer")), encoder.eval().to(shop.device), pooled

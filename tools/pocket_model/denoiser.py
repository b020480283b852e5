"""The UNet: v-prediction with zero terminal SNR, text frozen, at rising resolution.

Zero terminal SNR and trailing timesteps: Lin et al. 2023, "Common diffusion noise schedules and
sample steps are flawed". v-prediction: Salimans and Ho 2022, section 4 and appendix D.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTokenizer

from tools.pocket_model.autoencoder import CHANNELS, fold
from tools.pocket_model.captions import caption
from tools.pocket_model.dataset import read_set
from tools.pocket_model.muon import Muon, is_for_muon
from tools.pocket_model.palettes import FOUR, STYLES
from tools.pocket_model.pipeline import save_pipeline, save_sheet
from tools.pocket_model.pocket_training import (
    PocketTraining,
    StageLoop,
    named,
    optimizer_state,
    restore_optimizer,
    unnamed,
)
from tools.pocket_model.presets import TrainingPreset
from tools.pocket_model.scene import Labels
from tools.pocket_model.text_encoder import HEADS, encode_ids, load_text

SCHEDULE = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "steps_offset": 1,  # unused with trailing timesteps, but diffusers warns at each load without
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}
RATE, LAST_RATE = 1.2e-3, 0.03
MUON_RATE = 2.0
"""Rate of the large weights, relative to that of the small ones."""
DECAY = 0.01
AVERAGE = 0.998
CAPTIONS = 2
"""Captions of each picture whose states are kept."""
DROPPED = 0.1
"""Share of captions replaced by none, for guidance."""
Shares: TypeAlias = tuple[tuple[int, float], ...]
"""Bounds of timesteps, rising to 1000, and what share of a batch lies below each."""
EARLY: Shares = ((700, 0.5), (1000, 1.0))
"""Composition and colours are decided above 700, with nearly nothing but noise to see."""
EVEN: Shares = ((1000, 1.0),)
MIDDLE: Shares = ((300, 0.2), (850, 0.75), (1000, 1.0))
"""Going on: shapes that a beginner composes well still melt between 850 and 300 (measured by
noising drawn scenes that far and letting the model finish them)."""
GOING_ON = 0.7
"""Part of the learning rate for weights that have learned before."""
SHEET_EVERY_S = 900.0
"""How often the model so far is written, with a sheet to look at."""
FALLS_FROM = 0.75
"""Part of the time after which the learning rate falls, as a cosine."""
EVEN_FROM = 0.85
"""Part of the time after which timesteps are even: texture is made late in a picture's making."""
LOOKS_BACK = 5
"""Every fifth iteration is one of the resolution before: small pictures are asked for too."""
PROBES = ("", "crimson", "blue", "emerald", "luminous", "night", "mountains", "the sea")


def new_unet(scale: TrainingPreset, pooled: dict[str, torch.Tensor]) -> UNet2DConditionModel:
    """A UNet that begins by predicting nothing, with the frozen pooled head in it."""
    unet = UNet2DConditionModel(
        sample_size=scale.latent_size, in_channels=CHANNELS, out_channels=CHANNELS,
        layers_per_block=1, block_out_channels=scale.channels,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        cross_attention_dim=scale.text_width, attention_head_dim=4, norm_num_groups=16,
        resnet_time_scale_shift="scale_shift", addition_embed_type="text",
        addition_embed_type_num_heads=HEADS,
    )  # fmt: skip
    torch.nn.init.zeros_(unet.conv_out.weight)
    torch.nn.init.zeros_(unet.conv_out.bias)
    unet.add_embedding.load_state_dict(pooled)
    unet.add_embedding.requires_grad_(False)
    return unet


@dataclass(frozen=True, slots=True)
class DenoiserData:
    """What the denoiser learns from, all of it on the device or in memory."""

    colours: torch.Tensor
    """(n, 2 side, 2 side, 3) float16, the means of squares of 8 pixels, 0 to 1."""
    states: torch.Tensor
    """(n, captions, 77, c) float16, of frozen captions."""
    nothing: torch.Tensor
    """(77, c), the states of an empty prompt."""
    plain: torch.Tensor
    """(77, c), the states of the four adjectives."""
    meant: torch.Tensor
    """(m,) int64, which pictures those adjectives tell whole: in the style that isn't named."""


@torch.no_grad()
def gather(shop: PocketTraining, tokenizer: CLIPTokenizer, encoder: CLIPTextModel) -> DenoiserData:
    """Reads mean colours and encodes captions once: the text path never changes again."""
    colours, labels = read_set(shop.path("small"))
    rng = np.random.default_rng([shop.seed, 3])
    texts = [caption(label, rng) for label in labels for _ in range(CAPTIONS)]
    parts = []
    for start in range(0, len(texts), 128):
        ids = encode_ids(tokenizer, texts[start : start + 128]).to(shop.device)
        with shop.mixed():
            parts.append(encoder(ids)[0].half())
        if start % 6400 == 0:
            shop.say(f"denoiser: {start} of {len(texts)} captions encoded")
    states = torch.cat(parts)  # (n * captions, 77, c)
    nothing, plain = encoder(encode_ids(tokenizer, ["", ", ".join(FOUR)]).to(shop.device))[0]
    return DenoiserData(
        torch.from_numpy(colours).to(shop.device),
        states.view(len(labels), CAPTIONS, *states.shape[1:]),
        nothing,
        plain,
        torch.tensor(
            [at for at, label in enumerate(labels) if _is_plain(label)], dtype=torch.int64
        ),
    )


def _is_plain(labels: Labels) -> bool:
    return set(FOUR) <= set(labels.adjectives) and labels.style == next(iter(STYLES))


def timesteps(count: int, generator: torch.Generator, shares: Shares = EARLY) -> torch.Tensor:
    """Stratified timesteps (b,), 0 to 999, as many below each bound as its share."""
    even = (torch.arange(count) + torch.rand(count, generator=generator)) / count
    bounds, below = zip((0, 0.0), *shares, strict=True)
    return torch.from_numpy(np.interp(even, below, bounds)).long().clamp(0, 999)


def begun_unet(shop: PocketTraining) -> UNet2DConditionModel | None:
    """The UNet that this training goes on from, or None."""
    folder = shop.path("begun") / "unet"
    if not folder.exists():
        return None
    return UNet2DConditionModel.from_pretrained(
        folder, torch_dtype=torch.float32, local_files_only=True
    )


class Denoiser:
    """The UNet in training: weights, their running average, optimisers and schedule."""

    def __init__(self, shop: PocketTraining, pooled: dict[str, torch.Tensor]) -> None:
        torch.manual_seed(shop.seed + 2)
        self.shop = shop
        self.unet = new_unet(shop.scale, pooled)
        self.begun = begun_unet(shop)
        if self.begun is not None:
            self.unet.load_state_dict(self.begun.state_dict())
        self.unet.to(shop.device).train()
        if torch.device(shop.device).type == "cpu":
            # the fused attention's way back takes a fifth of a CPU's step; written out, a tenth
            self.unet.set_attn_processor(AttnProcessor())
        self.average = {k: v.detach().clone() for k, v in self.unet.state_dict().items()}
        self.weights = [p for p in self.unet.parameters() if p.requires_grad]
        others = [p for p in self.weights if not is_for_muon(p)]
        self.muon = Muon([p for p in self.weights if is_for_muon(p)], DECAY)
        self.adam = torch.optim.AdamW(others, lr=0, betas=(0.9, 0.99), weight_decay=0)
        schedule = DDIMScheduler(**SCHEDULE)
        self.signal = schedule.alphas_cumprod.float().sqrt().to(shop.device)
        self.noise = (1 - schedule.alphas_cumprod.float()).sqrt().to(shop.device)
        self.steps = 0
        """Over all resolutions, for warm-up and averaging."""

    @property
    def strength(self) -> float:
        """How fast to learn, relative to a beginner: what is learned would be shaken off."""
        return 1.0 if self.begun is None else GOING_ON

    def state(self) -> dict[str, torch.Tensor]:
        """Everything a resume needs."""
        averages = {f"average.{k}": v for k, v in self.average.items()}
        steps = {"steps": torch.tensor(self.steps)}
        muon = {f"muon.{k}": v for k, v in optimizer_state(self.muon).items()}
        return {
            **named("unet", self.unet), **averages, **steps, **muon, **optimizer_state(self.adam)
        }  # fmt: skip

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        """Takes back what state gave."""
        self.unet.load_state_dict(unnamed("unet", tensors))
        for key, value in unnamed("average", tensors).items():
            self.average[key].copy_(value)
        restore_optimizer(self.adam, tensors)
        restore_optimizer(self.muon, unnamed("muon", tensors))
        self.steps = int(tensors["steps"])

    def averaged(self) -> UNet2DConditionModel:
        """A copy with the running average: the one to judge and to keep."""
        unet = UNet2DConditionModel.from_config(self.unet.config)
        unet.load_state_dict(self.average)
        return unet.eval().to(self.shop.device)

    def step(
        self, clean: torch.Tensor, states: torch.Tensor, rate: float, seed: int, shares: Shares
    ) -> float:
        """One iteration on latents (b, 12, h, w) and caption states (b, 77, c); gives the loss."""
        generator = torch.Generator().manual_seed(seed)
        device = self.shop.device
        time = timesteps(len(clean), generator, shares).to(device)
        noise = torch.randn(clean.shape, generator=generator).to(device)
        signal, sigma = self.signal[time].view(-1, 1, 1, 1), self.noise[time].view(-1, 1, 1, 1)
        with self.shop.mixed():
            made = self.unet(signal * clean + sigma * noise, time, states).sample
        loss = F.mse_loss(made.float(), signal * noise - sigma * clean)
        self.muon.param_groups[0]["lr"] = MUON_RATE * rate
        self.adam.param_groups[0]["lr"] = rate
        self.unet.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.shop.crew.all_reduce_gradients(self.weights)
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.muon.step()
        self.adam.step()
        self.steps += 1
        keep = min(AVERAGE, self.steps / (self.steps + 9))
        with torch.no_grad():
            for key, value in self.unet.state_dict().items():
                self.average[key].lerp_(value, 1 - keep)
        return float(loss.detach())


def train_denoiser(shop: PocketTraining) -> None:
    """Trains at each resolution of the plan; writes the model and a sheet after each.

    Raises:
        TrainError: words don't move the picture as far as the gate wants.
    """
    tokenizer, encoder, pooled = load_text(shop)
    material = gather(shop, tokenizer, encoder)
    denoiser = Denoiser(shop, pooled)
    passed = 0.0
    for side, batch, share, most in shop.scale.plan:
        name = f"denoiser-{side}"
        if shop.is_done(name):
            passed += share
            continue
        first = side == shop.scale.plan[0][0] and denoiser.begun is None
        if passed and not shop.path(f"{name}.state.safetensors").exists():
            _hand_over(shop, denoiser, side)
        loop = StageLoop(
            shop, name, most, shop.seconds_for("denoiser") * share, denoiser.state,
            denoiser.restore,
        )  # fmt: skip

        def show(at: str, side: int = side, name: str = name) -> None:
            save_pipeline(shop, denoiser.averaged(), encoder, tokenizer, SCHEDULE)
            save_sheet(shop, name + at, ", ".join(FOUR), side)

        _learn(denoiser, loop, material, (side, batch), (passed, share), show)
        if shop.crew.first:
            averaged = denoiser.averaged()
            answer = measure_answers(averaged, tokenizer, encoder, side, shop.device)
            before, after = loop.fell()
            shop.gate(name, after < before or not first, f"loss {before:.3f} -> {after:.3f}")
            shop.gate(
                name,
                answer["least"] >= shop.scale.lowest_answer,
                f"words move the picture by {answer}, {shop.scale.lowest_answer} wanted",
            )
            show("")
            shop.finish(
                name, iterations=loop.number, seconds=round(loop.spent),
                samples=_samples(loop.number, batch, looks=passed > 0) * shop.crew.count,
                loss_first=round(before, 4), loss_last=round(after, 4), **answer,
            )  # fmt: skip
        shop.crew.wait()
        passed += share


def _samples(iterations: int, batch: int, *, looks: bool) -> int:
    """How many latents were shown, smaller ones included."""
    return (iterations + (iterations // LOOKS_BACK if looks else 0)) * batch


def _hand_over(shop: PocketTraining, denoiser: Denoiser, side: int) -> None:
    """Starts a resolution from where the one before ended."""
    sides = [stage[0] for stage in shop.scale.plan]
    before = sides[sides.index(side) - 1]
    tensors = load_file(shop.path(f"denoiser-{before}.state.safetensors"))
    denoiser.restore({k: v for k, v in tensors.items() if not k.startswith("loop.")})


def _learn(
    denoiser: Denoiser,
    loop: StageLoop,
    material: DenoiserData,
    plan: tuple[int, int],
    clock: tuple[float, float],
    show: Callable[[str], None],
) -> None:
    side, batch = plan
    shown = loop.spent
    passed, share = clock
    share_plain = denoiser.shop.scale.plain if len(material.meant) else 0.0
    seed, device, crew = denoiser.shop.seed, denoiser.shop.device, denoiser.shop.crew
    sizes = {2 * side: _pooled(material.colours, 2 * side)}
    if passed:
        sizes[side] = _pooled(material.colours, side)
    for number in loop:
        done = passed + share * loop.progress  # of all resolutions together
        late = 0.5 * (1 + np.cos(np.pi * max(0.0, done - FALLS_FROM) / (1 - FALLS_FROM)))
        rate = RATE * (LAST_RATE + (1 - LAST_RATE) * late) * (1 if passed + share < 1 else 0.8)
        rate *= min(1, (denoiser.steps + 1) / 100) * min(1, 0.2 + number / 100) * denoiser.strength
        shares = EARLY if denoiser.begun is None else MIDDLE
        if done > EVEN_FROM:
            shares = EVEN
        rng = np.random.default_rng([seed, side, number * crew.count + crew.index])
        back = passed > 0 and number % LOOKS_BACK == LOOKS_BACK - 1
        pooled, many = (sizes[side], 2 * batch) if back else (sizes[2 * side], batch)
        which = torch.from_numpy(rng.integers(0, len(pooled), many)).to(device)
        text = torch.from_numpy(rng.integers(0, CAPTIONS, many)).to(device)
        states = material.states[which, text].float()
        plain = torch.from_numpy(rng.random(many) < share_plain).to(device)
        states = torch.where(plain[:, None, None], material.plain, states)
        if share_plain:
            other = material.meant[torch.from_numpy(rng.integers(0, len(material.meant), many))]
            which = torch.where(plain, other.to(device), which)
        colours = pooled[which].float()
        mirrored = torch.from_numpy(rng.random(many) < 0.5).to(device)
        colours = torch.where(mirrored[:, None, None, None], colours.flip(2), colours)
        dropped = torch.from_numpy(rng.random(many) < DROPPED).to(device)
        states = torch.where(dropped[:, None, None], material.nothing, states)
        loss = denoiser.step(fold(colours), states, rate, int(rng.integers(2**62)), shares)
        loop.lost(loop.losses[-1] if back and loop.losses else loss)
        if crew.first and loop.spent - shown > SHEET_EVERY_S:
            shown = loop.spent
            show(f"-{round(shown / 60)}min")


def _pooled(colours: torch.Tensor, side: int) -> torch.Tensor:
    """Mean colours (n, h, w, 3) at another resolution, as of a smaller picture."""
    factor = colours.shape[1] // side
    if factor == 1:
        return colours
    parts = [
        part.float().view(len(part), side, factor, side, factor, 3).mean((2, 4)).half()
        for part in torch.split(colours, 256)
    ]
    return torch.cat(parts)


@torch.no_grad()
def measure_answers(
    unet: UNet2DConditionModel,
    tokenizer: CLIPTokenizer,
    encoder: CLIPTextModel,
    side: int,
    device: str,
) -> dict[str, float]:
    """How far words move the first guess from pure noise, in latent units, at the same noise.

    Returns:
        ``red_blue`` (crimson minus blue), ``green`` (emerald minus crimson), ``light`` (luminous
        minus night), ``noun`` (mountains and the sea, relative to the empty prompt's), and
        ``least``, the smallest of the first three in units of .5, .5 and .8.
    """
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, CHANNELS, side, side, generator=generator).to(device)
    states = encoder(encode_ids(tokenizer, list(PROBES)).to(device))[0]
    # With zero terminal SNR the clean latent at t = 999 is minus the predicted v.
    guess = -unet(noise.expand(len(PROBES), -1, -1, -1), torch.tensor(999), states).sample
    mean = dict(zip(PROBES, guess.mean((2, 3)).tolist(), strict=True))
    empty = guess[0].square().mean().sqrt().clamp(min=1e-6)
    nouns = [
        float((guess[PROBES.index(w)] - guess[0]).square().mean().sqrt() / empty)
        for w in ("mountains", "the sea")
    ]
    red_blue = mean["crimson"][1] - mean["blue"][1]
    green = mean["emerald"][2] - mean["crimson"][2]
    light = mean["luminous"][0] - mean["night"][0]
    least = min(red_blue / 0.5, green / 0.5, light / 0.8)
    figures = {"red_blue": red_blue, "green": green, "light": light, "noun": min(nouns)}
    return {k: round(v, 3) for k, v in {**figures, "least": least}.items()}

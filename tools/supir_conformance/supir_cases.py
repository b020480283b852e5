"""How each case of a folder of reference numbers is compared with this SUPIR."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from edition.upscale.color_fix import FIXES, blur, split
from edition.upscale.supir import Tiling, restore
from edition.upscale.supir_net import embed_numbers, vector_conditioning
from edition.upscale.supir_pre_post import finish, prepare, sizes
from edition.upscale.supir_sampler import (
    PromptEncoding,
    SamplerSettings,
    SamplerState,
    SupirDenoiser,
    plan,
    sample,
    sample_tiled,
    sigma_table,
    sigmas_for,
)
from edition.upscale.tiles import blend_weights, decode_in_strips, encode_in_strips, windows
from tools.conformance import Compared, Tensors, compare
from tools.supir_conformance.supir_golden import SupirGolden

NET, CONTROL, EXACT, SAMPLER = 1e-4, 2e-4, 1e-6, 1e-5
"""Largest deviations; the sampler's is a share of the largest value."""
CONTROL_SCALE = 0.9
"""Of the denoiser's case, where its sentence names no other."""


Facts = dict[str, Any]
"""What ``cases.json`` says of a case; some cases have only a sentence there."""
Check = Callable[[SupirGolden, Tensors, Facts], Iterable[Compared]]


def check_vector_cond(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """Sizes as sines. The width of each number's embedding follows from the tensors."""
    for given, wanted in (("time_ids", "vec1536"), ("other_in", "other_out")):
        width = t[wanted].shape[1] // t[given].shape[1]
        # a float32 angle of 1536 is known to 1.2e-4: exp differs by a bit between processors
        known = t[given].abs().max().item() * torch.finfo(torch.float32).eps
        ours = embed_numbers(t[given].float(), width)
        yield compare(wanted, ours, t[wanted], max(NET, known))


def check_zerosft(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """Every adapter alone."""
    for key, wanted in t.items():
        number, _, name = key.partition(".")
        if name.startswith("out_"):
            scale = float(name.removeprefix("out_"))
            adapter = golden.net.project_modules[int(number)]
            control, h = t[f"{number}.c"], t[f"{number}.h"]
            if hasattr(adapter, "attn"):
                ours = adapter(h, control, scale)
            else:
                ours = adapter(control, h, t.get(f"{number}.h_ori"), scale)
            yield compare(key, ours, wanted, NET)


def check_control(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """The control network, and the vector conditioning that it is given."""
    if "pooled" in t:
        yield compare("y", vector_conditioning(t["pooled"], golden.arch), t["y"], NET)
    ours = golden.net.control(t["lq"], t["xt"], t["timesteps"], t["context"], t["y"])
    yield compare("features", torch.tensor(len(ours)), torch.tensor(_count(t, "control.")), EXACT)
    for i, feature in enumerate(ours):
        yield compare(f"control.{i}", feature, t[f"control.{i}"], CONTROL)


def check_unet_with_control(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """The UNet with the reference's own control features, and each adapter inside of it."""
    given = t if "xt" in t else golden.tensors("control")
    features = [given[f"control.{i}"] for i in range(_count(given, "control."))]
    seen: dict[int, Tensor] = {}
    hooks = [
        adapter.register_forward_hook(lambda _m, _i, out, n=n: seen.update({n: out}))
        for n, adapter in enumerate(golden.net.project_modules)
    ]
    try:
        for scale in sorted({key.split("_")[1] for key in t if key.startswith("out_")}):
            seen.clear()
            ours = golden.net.decode(
                given["xt"],
                given["timesteps"],
                given["context"],
                given["y"],
                features,
                float(scale),
            )
            yield compare(f"out_{scale}", ours, t[f"out_{scale}"], NET)
            for number, out in seen.items():
                key = f"adapter_out_{scale}.{number}"
                if key in t:
                    yield compare(key, out[: len(t[key])], t[key], NET)
    finally:
        for hook in hooks:
            hook.remove()


def _count(t: Tensors, start: str) -> int:
    return sum(key.startswith(start) for key in t)


def check_denoiser(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """The noise table, schedules and scalings, and one whole call."""
    table = sigma_table()
    yield compare("sigma_table", table, t["sigma_table"], EXACT)
    for key, wanted in t.items():
        if key.startswith("sigmas_"):
            ours = sigmas_for(int(key.removeprefix("sigmas_")), table)
            yield compare(key, ours, wanted, EXACT)
    text = PromptEncoding(t["net_context"], t["net_y"])
    denoiser = SupirDenoiser(golden.net, text, text, batched=True)
    levels = [denoiser.level(sigma) for sigma in t["sigma_in"].tolist()]
    quantised = torch.tensor([level.sigma for level in levels])
    indices = torch.tensor([level.timestep for level in levels])
    for key, ours in (
        ("c_noise_index", indices),
        ("sigma_quantised", quantised),
        ("c_in", torch.tensor([lv.c_in for lv in levels])),
        ("c_out", -quantised),
        ("c_skip", torch.ones_like(quantised)),
    ):
        if key in t:
            yield compare(key, ours, t[key], EXACT)
    named = re.search(r"control_scale\W*([0-9.]*[0-9])", str(facts))
    scale = float(named[1]) if named else CONTROL_SCALE
    each = [
        denoiser.denoise(
            t["net_x"][i : i + 1],
            t["net_sigma"][i].item(),
            t["net_lq"][i : i + 1],
            PromptEncoding(t["net_context"][i : i + 1], t["net_y"][i : i + 1]),
            scale,
        )
        for i in range(len(t["net_x"]))
    ]
    yield compare("net_out", torch.cat(each), t["net_out"], CONTROL)


def hyper_of(facts: dict[str, Any]) -> SamplerSettings:
    """The sampler's numbers from the words of a ``cases.json``."""
    return SamplerSettings(
        steps=facts["steps"],
        cfg=facts["cfg"],
        cfg_start=facts.get("cfg_start", facts["cfg"]),
        control=facts["control"],
        control_start=facts["control_start"] if facts.get("lin_control") else None,
        restore_cfg=facts.get("restore_cfg", -1.0),
        s_churn=facts.get("s_churn", 0.0),
        s_noise=facts.get("s_noise", 1.0),
    )


def check_sampler(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """One sampling, whole or in windows, step by step."""
    hyper = hyper_of(facts["hyper"])
    yield from compare_plan(hyper, facts.get("per_step", {}))
    if "sigmas" in t:
        yield compare("sigmas", sigmas_for(hyper.steps, sigma_table()), t["sigmas"], EXACT)
    if "tile_size" in facts["hyper"]:
        tile, stride = facts["hyper"]["tile_size"], facts["hyper"]["tile_stride"]
        boxes = windows(t["noise_init"].shape[-2], t["noise_init"].shape[-1], tile, stride)
        if "windows_h0_h1_w0_w1" in t:
            yield compare("windows", torch.tensor(boxes), t["windows_h0_h1_w0_w1"], EXACT)
        if "tile_weights_64" in t:
            yield compare("weights", blend_weights(tile), t["tile_weights_64"], EXACT)
    states: list[SamplerState] = []
    ours = _sampled(golden, t, facts, hyper, states)
    tolerance = SAMPLER * t["out"].abs().max().item()
    yield compare("out", ours, t["out"], tolerance)
    for state in states:
        for key, value in (("x_after", state.x), ("denoised", state.denoised)):
            wanted = t.get(f"{key}.{state.index}")
            if wanted is not None:  # guidance may make an early estimate larger than what comes out
                own = max(tolerance, SAMPLER * wanted.abs().max().item())
                yield compare(f"{key}.{state.index}", value, wanted, own)


def _sampled(
    golden: SupirGolden,
    t: Tensors,
    facts: Facts,
    hyper: SamplerSettings,
    states: list[SamplerState],
) -> Tensor:
    positive, prompts = _prompts(t)
    negative = PromptEncoding(t["neg_context"], t["neg_y"])
    denoiser = SupirDenoiser(golden.net, positive, negative, batched=True)
    noise, hint, centre = t["noise_init"], t["lq"], t.get("x_center")

    def draw(index: int) -> Tensor:
        return t.get(f"eps_noise.{index}", torch.zeros_like(noise))

    tile, stride = facts["hyper"].get("tile_size"), facts["hyper"].get("tile_stride")
    if tile is None:
        return sample(denoiser, noise, hyper, draw, hint, centre, states.append)
    return sample_tiled(
        denoiser, noise, hyper, draw, hint, tile, stride, centre, states.append, prompts
    )


def _prompts(t: Tensors) -> tuple[PromptEncoding, list[PromptEncoding]]:
    if "pos_context" in t:
        return PromptEncoding(t["pos_context"], t["pos_y"]), []
    count = _count(t, "pos_context.")
    each = [PromptEncoding(t[f"pos_context.{j}"], t[f"pos_y.{j}"]) for j in range(count)]
    return each[0], each


def compare_plan(hyper: SamplerSettings, per_step: dict[str, list[float]]) -> Iterator[Compared]:
    """Every step's numbers beside the recorded ones, each as a share of its size."""
    steps = plan(hyper, sigma_table())
    names = {
        "sigma": "sigma",
        "sigma_hat": "sigma_hat",
        "next_sigma": "sigma_next",
        "cfg": "guidance",
        "cs": "control",
    }
    for theirs, ours in names.items():
        if theirs in per_step:
            values = torch.tensor([getattr(step, ours) for step in steps])
            wanted = torch.tensor(per_step[theirs])
            size = wanted.abs().max().clamp(min=1)
            yield compare(theirs, values / size, wanted / size, EXACT)


def check_colour(fix: str) -> Check:
    """One colour fix, with its parts where the folder holds them."""

    def check(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
        yield compare("out", FIXES[fix](t["content"], t["style"]), t["out"], NET)
        for key, ours in zip(("content_high", "content_low"), split(t["content"]), strict=True):
            if key in t:
                yield compare(key, ours, t[key], NET)
        for key, wanted in t.items():
            if key.startswith("blur_r"):
                ours = blur(t["content"], int(key.removeprefix("blur_r")))
                yield compare(key, ours, wanted, NET)

    return check


def check_vae_denoise_encode(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """Stage 1: the second encoder, the decoder, and the second reading; whole and in strips."""
    vae = golden.autoencoder
    ways = [(0, ""), (1, " in strips"), (3, " in strips of 3")]
    for rows, how in ways if t["image"].shape[-2] % golden.arch.shrink == 0 else ways[:1]:
        vae.rows = rows
        # each from the reference's input: the pipeline's case runs them one after the other
        results = {
            "z": vae.read_damaged(t["image"]),
            "denoise_moments": vae.moments(t["image"], second=True),
            "x_stage1": vae.decode(t["z"]),
            "stage1_moments": vae.moments(t["x_stage1"]),
            "z_stage1": vae.read(t["x_stage1"], t["posterior_noise"]),
        }
        for key, ours in results.items():
            if key in t:
                yield compare(f"{key}{how}", ours, t[key], NET)
    vae.rows = 0


def check_vae_tiled(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """The reference's tile boxes; and our strips against its encoder without tiles.

    Its tiled pixels are not followed: they stray from the untiled ones by up to 0.36, and
    strips do not.
    """
    factor = golden.arch.shrink
    for way, source, tile, scale in (
        ("encoder", t["image"], facts["enc_tile"], 1 / factor),
        ("decoder", t["latent"], facts["dec_tile"], factor),
    ):
        inside, outside = reference_boxes(
            source.shape[-2], source.shape[-1], tile, facts[f"{way[:3]}_pad"], scale
        )
        wanted = t[f"{way}_in_boxes_x0_x1_y0_y1"]
        yield compare(f"{way} input boxes", torch.tensor(inside), wanted, EXACT)
        wanted = t[f"{way}_out_boxes_x0_x1_y0_y1"]
        yield compare(f"{way} output boxes", torch.tensor(outside), wanted, EXACT)
    vae = golden.autoencoder
    for rows in (1, 4):
        raw = encode_in_strips(vae.vae.encoder, t["image"], rows, torch.device("cpu"))
        yield compare("encoder in strips against encoder_full", raw, t["encoder_full"], NET)
        whole = vae.vae.decoder(t["latent"])
        ours = decode_in_strips(vae.vae.decoder, t["latent"], rows, torch.device("cpu"))
        yield compare("decoder in strips against ours whole", ours, whole, NET)


def reference_boxes(
    height: int, width: int, tile: int, pad: int, scale: float
) -> tuple[list[list[int]], list[list[int]]]:
    """Where the reference's tiled autoencoder reads and writes: x0, x1, y0, y1 of each tile.

    Args:
        height: of its input.
        width: of its input.
        tile: the largest core.
        pad: how far a tile sees beyond its core.
        scale: of the output to the input.
    """
    tall, wide = _real_tile(height, tile, pad), _real_tile(width, tile, pad)
    inside, outside = [], []
    for row in range(tall[0]):
        for column in range(wide[0]):
            x_in, x_out = _span(column, *wide, width, pad, scale)
            y_in, y_out = _span(row, *tall, height, pad, scale)
            inside.append([*x_in, *y_in])
            outside.append([*x_out, *y_out])
    return inside, outside


def _real_tile(length: int, tile: int, pad: int) -> tuple[int, int]:
    """How many tiles an axis has, and how long their cores are."""
    count = max(1, math.ceil((length - 2 * pad) / tile))
    real = math.ceil((length - 2 * pad) / count)
    multiple = 32
    while multiple >= 2:
        rounded = math.ceil(real / multiple) * multiple
        if rounded <= tile:
            return count, rounded
        multiple //= 2
    return count, real


def _span(
    number: int, count: int, real: int, length: int, pad: int, scale: float
) -> tuple[list[int], list[int]]:
    """Input and output range of one tile along an axis."""
    core = [pad + number * real, min(pad + (number + 1) * real, length - pad)]
    shown = [0 if core[0] <= pad else core[0], length if core[1] >= length - pad else core[1]]
    read = [max(0, core[0] - pad), min(length, core[1] + pad)]
    return read, [int(edge * scale) for edge in shown]


def check_pipeline(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """The whole pass with prompts and noise given, in every way of spending memory."""
    hyper = hyper_of(facts["hyper"])
    tiling = None
    if "tile_size" in facts["hyper"]:
        tiling = Tiling(facts["hyper"]["tile_size"], facts["hyper"]["tile_stride"])
    positive, negative = (
        PromptEncoding(t["pos_context"], t["pos_y"]),
        PromptEncoding(t["neg_context"], t["neg_y"]),
    )
    for batched, rows, how in ((True, 0, ""), (False, 2, ", two passes and strips")):
        golden.autoencoder.rows = rows
        denoiser = SupirDenoiser(golden.net, positive, negative, batched=batched)
        draw = _noises(t, endless=not hyper.s_churn).__next__
        done = restore(golden.autoencoder, denoiser, t["image"], hyper, draw, tiling)
        for key, wanted in t.items():
            if key.startswith("out_"):
                fix = FIXES[key.removeprefix("out_").lower()]
                yield compare(key + how, fix(done.picture, done.stage1), wanted, NET)
    golden.autoencoder.rows = 0


def _noises(t: Tensors, *, endless: bool) -> Iterator[Tensor]:
    """Noise in the order it is drawn; endless where what is drawn is not used."""
    yield t["noise_posterior_z_stage1"]
    yield t["noise_init"]
    yield from (t[f"eps_noise.{i}"] for i in range(_count(t, "eps_noise.")))
    while endless:
        yield torch.zeros_like(t["noise_init"])


def check_preprocess(golden: SupirGolden, t: Tensors, facts: Facts) -> Iterator[Compared]:
    """Sizes, the first resizing and the last."""
    image = Image.fromarray(t["image_u8"].numpy())
    facts = golden.config.get("pre", {}) | (facts if isinstance(facts, dict) else {})
    ours, final = prepare(image, facts["upscale"], facts["min_size"])
    yield compare("tensor", ours[0], t["tensor"], EXACT)
    yield compare("h0w0", torch.tensor(final), t["h0w0"], EXACT)
    last = finish(t["post_in"][None], tuple(t["h0w0"].tolist()))
    yield compare("post_u8", torch.from_numpy(np.array(last)), t["post_u8"], 1.0)
    for row in facts.get("sizes", []):
        found = sizes(row["w"], row["h"], row["upscale"], row["min_size"])
        wanted = torch.tensor([row["cli_tensor_hw"], row["cli_final_h0w0"]])
        yield compare(f"size of {row['w']}x{row['h']}", torch.tensor(found), wanted, EXACT)


CHECKS: dict[str, Check] = {
    "vector_cond": check_vector_cond,
    "zerosft": check_zerosft,
    "control": check_control,
    "unet_with_control": check_unet_with_control,
    "denoiser": check_denoiser,
    "sampler": check_sampler,
    "wavelet": check_colour("wavelet"),
    "adain": check_colour("adain"),
    "vae_denoise_encode": check_vae_denoise_encode,
    "vae_tiled": check_vae_tiled,
    "pipeline": check_pipeline,
    "preprocess": check_preprocess,
}
"""By case; what follows after an underscore tells cases of a kind apart: ``sampler_base``."""
NOTES = {"vae_tiled": " (boxes; strips against untiled pixels, not its tiled pixels)"}

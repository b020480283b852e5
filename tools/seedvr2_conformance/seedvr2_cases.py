"""How each case of a folder of reference numbers is compared with this SeedVR2."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from edition.upscale.color_fix import SEEDVR2_FIXES, adain, lab, near_wavelet, split, widest_for
from edition.upscale.seedvr2_arch import PATCH
from edition.upscale.seedvr2_net import WindowPlan
from edition.upscale.seedvr2_pass import SeedVR2Output, restore
from edition.upscale.seedvr2_pre_post import to_bytes
from edition.upscale.seedvr2_sampler import (
    T_MAX,
    guided,
    interpolate,
    sample,
    shift_timestep,
    timesteps,
)
from edition.upscale.seedvr2_vae import LATENT_SCALE
from edition.upscale.seedvr2_windows import (
    extent_angles,
    half_turn_frequencies,
    picture_angles,
    text_angles,
    turn,
    turns,
    wave_frequencies,
    windows,
)
from tools.conformance import Compared, Tensors, compare
from tools.seedvr2_conformance.reference import SHRINK, sized, tiled
from tools.seedvr2_conformance.seedvr2_golden import SeedVR2Golden

CPU = torch.device("cpu")
NET, BLOCK, VAE, TILED = 1e-4, 5e-5, 5e-5, 1e-4
ROPE, EXTENT, ANGLE, EXTENT_ANGLE = 5e-5, 5e-4, 1e-5, 1e-4
EXACT, EXPLICIT = 0.0, 1e-5
PASS = 2e-4
LAB, LAB_SHARE, BYTES_SHARE = 1e-3, 1e-3, 5e-3
"""Largest deviations; a share is how many values may deviate by more."""
FEW = 100
"""Tokens at once, where windows and tokens are worked on a few at a time."""

Facts = dict[str, Any]
Check = Callable[[SeedVR2Golden, Tensors, str], Iterable[Compared]]


def compare_most(
    what: str, ours: Tensor, theirs: Tensor, tolerance: float, share: float
) -> Compared:
    """Takes the share of values that deviate by more than a tolerance."""
    if ours.shape != theirs.shape or not bool(theirs.double().isfinite().all()):
        return compare(what, ours, theirs, tolerance)
    off = (ours.double() - theirs.double()).abs() > tolerance
    return Compared(
        f"{what}: share off by more than {tolerance:g}", off.double().mean().item(), share
    )


def check_windows(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """Every grid's windows, and the order of tokens in them."""
    for key, wanted in t.items():
        size, _, rest = key.partition(".")
        way, _, what = rest.partition(".")
        height, width = map(int, size.split("x"))
        boxes = windows(height, width, shifted=way == "shifted")
        if what == "token_index":
            grid = torch.arange(height * width).view(height, width)
            order = torch.cat([grid[a:b, c:d].flatten() for a, b, c, d in boxes])
            yield compare(key, order, wanted, EXACT)
        else:
            ours = torch.tensor(sorted(boxes))
            theirs = torch.tensor(sorted(map(tuple, wanted.tolist())))
            yield compare(key, ours, theirs, EXACT)


def check_rope(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """Frequencies, angles, and what they do to queries."""
    head, tokens = t["q"].shape[-1], len(t["txt_q"])
    tall, wide = rope_window(golden)
    angles, text = picture_angles(tokens, head)(tall, wide), text_angles(tokens, head)
    yield compare("theta", wave_frequencies(head // 3), t["theta"], ANGLE)
    yield compare("angles", angles, t["angles"], ANGLE)
    yield compare("txt_angles", text, t["txt_angles"], ANGLE)
    for key, given, by in (("q_out", "q", angles), ("txt_q_out", "txt_q", text)):
        yield compare(key, turn(t[given], turns(by, head, CPU)), t[key], ROPE)
    small = extent_angles(head)(tall, wide)
    yield compare("v7_freqs", half_turn_frequencies(head // 2 // 3), t["v7_freqs"], EXTENT_ANGLE)
    yield compare("v7_angles", small, t["v7_angles"], EXTENT_ANGLE)
    yield compare("v7_q_out", turn(t["q"], turns(small, head, CPU)), t["v7_q_out"], EXTENT)


def rope_window(golden: SeedVR2Golden) -> tuple[int, int]:
    """Height and width of the window, from the sentence of the case."""
    words = str(golden.cases.get("rope", ""))
    found = re.search(r"window (\d+)x(\d+)", words)
    if found is None:
        raise ValueError(f"the case 'rope' names no window: {words[:100]!r}")
    return int(found[1]), int(found[2])


def grid_of(golden: SeedVR2Golden) -> tuple[int, int]:
    """The token grid of the first transformer case: the blocks' case has the same."""
    h, w = golden.tensors("dit3_0")["x"].shape[:2]
    return h // PATCH, w // PATCH


def check_block(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """The embedded time, and single blocks, whole and in parts."""
    net = golden.nets["dit3"]
    yield compare("emb", net.emb_in(t["timesteps"]), t["emb"], NET)
    height, width = grid_of(golden)
    embedded = net.emb_in(t["timesteps"])[0]
    for key in t:
        number, _, what = key.partition(".")
        if what != "vid":
            continue
        places = WindowPlan.of(net.arch, height, width, len(t[f"{number}.txt"]), CPU)
        for most, how in ((net.most, ""), (FEW, " in parts")):
            v, text = t[key].clone(), t[f"{number}.txt"].clone()
            text = net.blocks[int(number)](v, text, embedded, places, torch.float32, most)
            yield compare(f"{number}.vid_out{how}", v, t[f"{number}.vid_out"], BLOCK)
            if f"{number}.txt_out" in t:
                yield compare(f"{number}.txt_out{how}", text, t[f"{number}.txt_out"], BLOCK)


def check_transformer(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """The whole transformer, both streams after each block, whole and in parts."""
    net = golden.nets[case.partition("_")[0]]
    every = net.most
    for most, how in ((every, ""), (FEW, " in parts")):
        net.most = most
        for key, wanted in t.items():
            if not key.startswith("out"):
                continue
            moment = float(key.removeprefix("out_t")) if "_t" in key else T_MAX
            seen: dict[str, Tensor] = {}

            def keep(index: int, v: Tensor, text: Tensor, seen: dict[str, Tensor] = seen) -> None:
                seen[f"vid_after.{index}"] = v.clone()
                seen[f"txt_after.{index}"] = text.clone()

            yield compare(f"{key}{how}", net(t["x"], t["txt"], moment, keep), wanted, NET)
            if moment == T_MAX:
                for name in sorted(set(seen) & set(t)):
                    yield compare(f"{name}{how}", seen[name], t[name], NET)
    net.most = every


def check_vae(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """Encoder and decoder with the time collapsed, whole and in strips."""
    vae = golden.autoencoder
    for rows, how in ((0, ""), (1, " in strips"), (3, " in strips of 3")):
        vae.rows = rows
        for key, wanted in t.items():
            number, _, what = key.partition(".")
            if what == "moments":
                ours = vae.moments(t[f"{number}.image"][None])[0]
                yield compare(f"{key}{how}", ours, wanted, VAE)
            if what == "decoded_mode":
                latent = t[f"{number}.moments"].chunk(2)[0]
                yield compare(f"{key}{how}", decoded(golden, latent[None])[0], wanted, VAE)
    vae.rows = 0


def decoded(golden: SeedVR2Golden, latent: Tensor) -> Tensor:
    """The picture of a latent that is not scaled."""
    return golden.autoencoder.decode(latent * LATENT_SCALE)


def check_vae_tiled(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """The reference's tiles around our encoder and decoder; edition itself has strips."""
    facts = golden.cases["vae_tiled"]
    tile, overlap = ([side // SHRINK for side in facts[key]] for key in ("tile", "ov"))
    big, shared = ([side * SHRINK for side in sides] for sides in (tile, overlap))
    image, latent = t["image"][None], t["moments"].chunk(2)[0][None]
    read = golden.autoencoder.moments
    ours = tiled(image, tuple(big), tuple(shared), read, 1 / SHRINK)
    yield compare("moments", ours[0], t["moments"], TILED)
    shown = tiled(latent, tuple(tile), tuple(overlap), lambda z: decoded(golden, z), SHRINK)
    yield compare("decoded", shown[0], t["decoded"], TILED)


def check_schedule(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """Moments, mixtures, guidance, and whole walks of a toy model."""

    def toy(x: Tensor, moment: float) -> Tensor:
        return torch.tanh(x @ t["A"] + t["B"] * moment / T_MAX)

    for key, wanted in t.items():
        what, _, number = key.partition("_")
        if what == "timesteps":
            ours = torch.tensor(timesteps(int(number)), dtype=torch.float64)
            yield compare(key, ours / T_MAX, wanted / T_MAX, EXPLICIT)
        elif what == "sample":
            yield compare(key, sample(toy, t["x_T"], int(number)), wanted, EXPLICIT)
        elif key.startswith("lerp_t"):
            ours = interpolate(t["lerp_x0"], t["lerp_xT"], float(key.removeprefix("lerp_t")))
            yield compare(key, ours, wanted, EXPLICIT)
        elif what == "cfg":
            guidance, _, rescale = number.partition("_rescale")
            strength, kept = (float(n.replace("p", ".") or 0) for n in (guidance, rescale or "0"))
            yield compare(key, guided(t["pos"], t["neg"], strength, kept), wanted, EXPLICIT)
    sizes = t["shift_shapes"].tolist()
    ours = torch.tensor([shift_timestep(100.0, SHRINK**2 * h * w) for _, h, w in sizes])
    yield compare("shift_t", ours / T_MAX, t["shift_t"] / T_MAX, EXPLICIT)


def check_colour(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """Every colour fix and the parts of the wavelet's."""
    content, style = t["content"][None], t["style"][None]
    parts = split(content, widest_for(content))
    for key, ours in (("wavelet_high", parts[0]), ("wavelet_low", parts[1])):
        yield compare(key, ours[0], t[key], EXPLICIT)
    yield compare("wavelet", near_wavelet(content, style)[0], t["wavelet"], EXPLICIT)
    yield compare("adain", adain(content, style)[0], t["adain"], EXPLICIT)
    yield compare_most("lab", lab(content, style)[0], t["lab"], LAB, LAB_SHARE)


def check_preprocess(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """Our resizing in the references' sizes."""
    for number, facts in enumerate(golden.pictures):
        ours = sized(t[f"{number}.image_u8"], facts)
        yield compare(f"{number}.tensor", ours[0], t[f"{number}.tensor"], EXPLICIT)


def check_pipeline(golden: SeedVR2Golden, t: Tensors, case: str) -> Iterator[Compared]:
    """The whole pass with the noise given, in every way of spending memory."""
    number = int(case.removeprefix("pipeline_"))
    facts = next(row for row in golden.pipelines if row["pipe"] == number)
    x = sized(t["image_u8"], facts)
    if "x" in t:
        yield compare("x", x[0], t["x"], EXPLICIT)
    net, vae = golden.nets["dit3"], golden.autoencoder
    every = net.most
    for most, rows, how in ((every, 0, ""), (FEW, 2, ", in parts and strips")):
        net.most, vae.rows = most, rows
        noise = iter([t["noise"].float(), torch.zeros_like(t["noise"].float())])
        done = restore(
            vae, net, t["txt"], x, noise.__next__, posterior=t["posterior_noise"].float()
        )
        yield from compare_pass(t, done, x, facts, how)
    net.most, vae.rows = every, 0


def compare_pass(
    t: Tensors, done: SeedVR2Output, x: Tensor, facts: Facts, how: str
) -> Iterator[Compared]:
    """What came of one pass beside the reference's."""
    most = t["cond"].abs().max().item()
    yield compare(f"cond{how}", done.hint, t["cond"], NET * most)
    yield compare(f"x0{how}", done.latent, t["x0"], PASS)
    if "decoded" in t:
        yield compare(f"decoded{how}", done.picture[0], t["decoded"], PASS)
    height, width = facts["crop"] or x.shape[2:]
    ours, source = (picture[..., :height, :width] for picture in (done.picture, x))
    for key, wanted in t.items():
        fix, _, kind = key.removeprefix("out_").partition("_")
        if not key.startswith("out_"):
            continue
        fixed = SEEDVR2_FIXES[fix](ours, source)
        if kind == "u8":
            made = to_bytes(fixed)
            yield compare_most(f"{key}{how}", made, wanted, 1 if fix == "lab" else 0, BYTES_SHARE)
            if fix != "lab":
                yield compare(f"{key}{how}", made, wanted, 1.0)
        else:
            yield compare(f"{key}{how}", fixed[0], wanted, PASS)


CHECKS: dict[str, Check] = {
    "windows": check_windows,
    "rope": check_rope,
    "block3": check_block,
    "dit3": check_transformer,
    "dit7": check_transformer,
    "vae": check_vae,
    "vae_tiled": check_vae_tiled,
    "schedule": check_schedule,
    "colour": check_colour,
    "preprocess": check_preprocess,
    "pipeline": check_pipeline,
}
"""By case; what follows after an underscore tells cases of a kind apart: ``dit3_0``."""

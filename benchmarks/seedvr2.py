"""What a SeedVR2 picture costs: seconds, peak memory and share of the device's measured peak.

    python benchmarks/seedvr2.py [--json FILE] [--rounds N] [--compile] [--paper]

Without a card: the full-size arithmetic and the live memory are counted on tensors without
storage, the ladder is planned for cards of 8 to 24 GB, and a scaled-down configuration is timed
on the CPU; its ratios between ways tell something, its seconds nothing about a card. On CUDA:
512² to 2048² at full size with random weights, by stage. ``--paper`` stops after the counts.
"""

import argparse
import contextlib
import gc
import json
import math
import weakref
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten
from torch.utils.flop_counter import FlopCounterMode

from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale.color_fix import lab, near_wavelet
from edition.upscale.memory_ladder import GIB, LADDER, choose, describe
from edition.upscale.network_storage import Precision, store_in_8_bit
from edition.upscale.seedvr2_arch import INPUT, PATCH, SEEDVR2_3B, SEEDVR2_7B, SeedVR2Architecture
from edition.upscale.seedvr2_memory import FEW, MANY, kept, load_of
from edition.upscale.seedvr2_net import SeedVR2Net
from edition.upscale.seedvr2_pre_post import finish
from edition.upscale.seedvr2_vae import SeedVR2Autoencoder, Vae, VaeArchitecture
from edition.upscale.seedvr2_weights import published_shapes, published_vae_shapes
from supir import SDXL, clock, device_name, fill_randomly, full_size_cost, matmul_rate, time_stage
from supir import Setup as SupirSetup

SMALL = SeedVR2Architecture("3b", 128, 4, 32, 4, 2, 128, 512)
SMALL_VAE = VaeArchitecture((16, 32, 64, 64), 2, 8)
"""Small enough for a CPU; the same code."""
SIDES = (1024, 2048, 4096)
CARDS = (8, 12, 16, 24)
TOKENS = 58
SUPIR_STEPS = 30


@dataclass(frozen=True)
class Setup:
    """What is timed."""

    name: str
    arch: SeedVR2Architecture
    vae: VaeArchitecture
    side: int
    """Of the picture, pixels."""
    device: str
    net_dtype: torch.dtype
    vae_dtype: torch.dtype

    @property
    def latent(self) -> int:
        """Side of the latent."""
        return self.side // self.vae.shrink


@dataclass
class Bench:
    """Networks with random weights, and what they are fed."""

    setup: Setup
    net: SeedVR2Net
    autoencoder: SeedVR2Autoencoder
    picture: Tensor
    given: Tensor
    text: Tensor

    def transform(self) -> Tensor:
        """The transformer once."""
        return self.net(self.given, self.text, 1000.0)

    def read(self) -> Tensor:
        """The source's latent."""
        return self.autoencoder.read(self.picture)

    def decode(self) -> Tensor:
        """The picture of a latent."""
        return self.autoencoder.decode(self.given[..., :16].permute(2, 0, 1)[None])


class Live(TorchDispatchMode):
    """Counts the bytes of all storages that are alive; works without storage too.

    Args:
        known: modules whose parameters don't count.
    """

    def __init__(self, *known: nn.Module) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.seen: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        for module in known:
            for parameter in module.parameters():
                self.seen[parameter.untyped_storage()] = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Counts what comes out of an operation, until it is let go."""
        out = func(*args, **(kwargs or {}))
        for tensor in tree_flatten(out)[0]:
            if isinstance(tensor, Tensor) and tensor.untyped_storage() not in self.seen:
                storage = tensor.untyped_storage()
                self.seen[storage] = size = storage.nbytes()
                self.now += size
                self.peak = max(self.peak, self.now)
                weakref.finalize(storage, self._gone, size)
        return out

    def _gone(self, size: int) -> None:
        self.now -= size


def main() -> None:
    """Reads the command line, measures, prints, and writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compile", action="store_true", help="time torch.compile too")
    parser.add_argument("--paper", action="store_true", help="count only")
    chosen = parser.parse_args()
    cuda = torch.cuda.is_available()
    report: dict[str, object] = {"device": device_name(cuda), "torch": torch.__version__}
    report["sizes"], report["arithmetic"], report["memory"] = sizes(), arithmetic(), memory()
    if not chosen.paper:
        if not cuda:
            print("\nNo CUDA device was found: nothing below tells how fast a card is.")
            torch.set_num_threads(1)  # two threads on a busy machine wait for each other
        half, whole = torch.bfloat16, torch.float32
        setup = (
            Setup("full, 3B", SEEDVR2_3B, VaeArchitecture(), 2048, "cuda", half, half)
            if cuda
            else Setup("scaled down", SMALL, SMALL_VAE, 512, "cpu", whole, whole)
        )
        report |= timed(setup, chosen.rounds, compiled=chosen.compile)
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def sizes() -> dict[str, list[int]]:
    """Tensors and values of the published files."""
    found = {
        "3B": published_shapes(SEEDVR2_3B),
        "7B": published_shapes(SEEDVR2_7B),
        "autoencoder": published_vae_shapes(VaeArchitecture()),
    }
    rows = {name: [len(s), sum(map(math.prod, s.values()))] for name, s in found.items()}
    print(f"{'published file':16} {'tensors':>8} {'values':>14}")
    for name, (tensors, values) in rows.items():
        print(f"{name:16} {tensors:8,} {values:14,}")
    return rows


def make(setup: Setup, device: str | None = None) -> Bench:
    """Networks with random weights on a device; ``meta`` counts without computing."""
    place = device or setup.device
    with torch.device("meta"):
        net, vae = SeedVR2Net(setup.arch), Vae(setup.vae)
    torch.manual_seed(0)
    for module, dtype in ((net, setup.net_dtype), (vae, setup.vae_dtype)):
        module.to(dtype=dtype).to_empty(device=place).requires_grad_(False).eval()
        if place != "meta":
            fill_randomly(module)
    net.dtype, net.most = setup.net_dtype, MANY
    side = setup.latent
    picture = torch.rand(1, 3, setup.side, setup.side, device=place) * 2 - 1
    given = torch.randn(side, side, INPUT, device=place)
    text = torch.randn(TOKENS, setup.arch.text, device=place)
    return Bench(setup, net, SeedVR2Autoencoder(vae), picture, given, text)


def on_paper(arch: SeedVR2Architecture, side: int) -> Bench:
    """Full-size networks without storage."""
    half = torch.bfloat16
    return make(Setup("paper", arch, VaeArchitecture(), side, "meta", half, half))


def count(work: Callable[[], object]) -> tuple[float, float]:
    """Arithmetic of matrices and convolutions, and of attention: TFLOP, two a multiply-add."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        work()
    by_kind = counter.get_flop_counts()["Global"]
    names = ("bmm", "attention")
    attention = sum(n for kind, n in by_kind.items() if any(name in str(kind) for name in names))
    total = counter.get_total_flops()
    return (total - attention) / 1e12, attention / 1e12


def arithmetic() -> dict[str, dict[str, list[float]]]:
    """The full-size arithmetic by stage."""
    rows: dict[str, dict[str, list[float]]] = {}
    print(f"\n{'TFLOP, counted':24} " + "".join(f"{f'{side}²':>18}" for side in SIDES))
    for side in SIDES:
        bench = on_paper(SEEDVR2_3B, side)
        stages = {
            "transformer 3B": count(bench.transform),
            "transformer 7B": count(on_paper(SEEDVR2_7B, side).transform),
            "encoder": count(bench.read),
            "decoder": count(bench.decode),
        }
        names = ("transformer 3B", "encoder", "decoder")
        rows[str(side)] = {name: list(pair) for name, pair in stages.items()}
        rows[str(side)]["picture, 3B"] = [sum(sum(stages[name]) for name in names), 0.0]
    for name in rows[str(SIDES[0])]:
        pairs = [rows[str(side)][name] for side in SIDES]
        cells = (f"{a:.1f} + {b:.1f}" if b else f"{a:.0f}" for a, b in pairs)
        print(f"{name:24} " + "".join(f"{cell:>18}" for cell in cells))
    supir = full_size_cost(SUPIR_STEPS)["picture"]
    ratio = supir / rows["2048"]["picture, 3B"][0]
    print(f"SUPIR, {SUPIR_STEPS} steps, 2048²: {supir:,.0f} TFLOP, {ratio:.0f} times as much")
    return rows


def memory() -> dict[str, Any]:
    """Live working memory by stage, and what the ladder plans for small cards."""
    live: dict[str, float] = {}
    print(f"\n{'working GB, counted':32} " + "".join(f"{f'{side}²':>9}" for side in SIDES[:2]))
    for name, most in (("all tokens together", 2**62), (f"{MANY}", MANY), (f"{FEW}", FEW)):
        for side in SIDES[:2]:
            bench = on_paper(SEEDVR2_3B, side)
            bench.net.most = most
            live[f"transformer, {name}: {side}"] = peak(bench, bench.transform)
    for side in SIDES[:2]:
        bench = on_paper(SEEDVR2_3B, side)
        live[f"encoder, whole: {side}"] = peak(bench, bench.read)
        live[f"decoder, whole: {side}"] = peak(bench, bench.decode)
    for name in dict.fromkeys(key.split(":")[0] for key in live):
        cells = "".join(f"{live[f'{name}: {side}']:9.2f}" for side in SIDES[:2])
        print(f"{name:32} {cells}")
    plans = {}
    print("\nplanned:")
    for arch, way in ((SEEDVR2_3B, "auto"), (SEEDVR2_3B, "float8"), (SEEDVR2_7B, "auto")):
        precision = Precision(torch.bfloat16, torch.bfloat16, way == "float8", kept(arch))
        bench = on_paper(arch, 2048)
        for side in (2048, 4096):
            load = load_of(bench.net, bench.autoencoder, precision)(
                UpscaleSettings(), side // 8, side // 8
            )
            for card in CARDS:
                free = int((card - 0.5) * GIB)  # what a desktop leaves
                said = describe(choose(UpscaleSettings(), load, free), load, free)
                plans[f"{arch.kind} {way} {side} {card}"] = said
                print(f"  {arch.kind} {way:6} {side}² on {card:2} GB: {said}")
    assert LADDER[0].name == "roomy"
    return {"live_gb": live, "plans": plans}


def peak(bench: Bench, work: Callable[[], object]) -> float:
    """The most that is alive at once, GB, weights left out."""
    gc.collect()
    with torch.no_grad(), Live(bench.net, bench.autoencoder.vae) as live:
        work()
    return live.peak / 1e9


def timed(setup: Setup, rounds: int, *, compiled: bool) -> dict[str, object]:
    """Every stage on a device, against its matmul rate, and other ways of the same."""
    like_supir = SupirSetup(
        setup.name, SDXL, setup.side, 0, 1, setup.device, setup.net_dtype, setup.vae_dtype
    )
    rate = matmul_rate(like_supir)
    print(f"\n{device_name(setup.device == 'cuda')}: matmul peak {rate / 1e12:.2f} TFLOP/s")
    bench, paper = make(setup), make(setup, "meta")
    size = (setup.side, setup.side)
    small = Image.new("RGB", (setup.side // 4,) * 2, "grey")
    stages: dict[str, tuple[Callable[[], object], float]] = {
        "read": (bench.read, sum(count(paper.read))),
        "transformer": (bench.transform, sum(count(paper.transform))),
        "decode": (bench.decode, sum(count(paper.decode))),
        "wavelet": (lambda: near_wavelet(bench.picture, bench.picture), 0.0),
        "(lab instead)": (lambda: lab(bench.picture, bench.picture), 0.0),
        "to 8 bit": (lambda: finish(bench.picture, size), 0.0),
        "(Lanczos instead)": (lambda: small.resize(size, Image.Resampling.LANCZOS), 0.0),
    }
    print(f"\n{setup.name}, {setup.side}², latent {setup.latent}²:")
    headings = " ".join(f"{name:>9}" for name in ("s", "min", "max", "peak GiB"))
    print(f"{'stage':20} {headings} {'TFLOP':>8} {'of peak':>8}")
    with torch.inference_mode():
        rows = [
            time_stage(name, work, tflop, rate, rounds, setup.device)
            for name, (work, tflop) in stages.items()
        ]
        total = sum(row["seconds"] for row in rows if not row["stage"].startswith("("))
        print(f"{'whole picture':20} {total:9.3f}")
        ways = time_ways(bench, rounds, compiled=compiled)
    named = {**asdict(setup), "net_dtype": str(setup.net_dtype), "vae_dtype": str(setup.vae_dtype)}
    return {"setup": named, "matmul_flop_per_s": rate, "stages": rows, "ways": ways}


def ways_of(bench: Bench, *, compiled: bool) -> Iterator[tuple[str, Callable[[], object]]]:
    """Other ways to do the same."""
    every = (bench.setup.latent // PATCH) ** 2
    for most in (every, every // 2, every // 8):  # of 2048²: all, MANY, FEW
        yield f"transformer: {most} tokens", lambda most=most: with_most(bench, most)
    half = replace(bench, net=make(replace(bench.setup, net_dtype=torch.bfloat16)).net)
    yield "transformer: bfloat16", half.transform
    eight = replace(bench, net=make(replace(bench.setup, net_dtype=torch.bfloat16)).net)
    store_in_8_bit(eight.net, torch.bfloat16, kept(bench.setup.arch))
    yield "transformer: float8 stored", eight.transform
    if compiled:
        fused = replace(bench, net=make(bench.setup).net)
        for block in fused.net.blocks:
            block.compile()
        yield "transformer: compiled", fused.transform
    yield "decode: whole", bench.decode
    yield "decode: strips of 16", lambda: in_strips(bench, 16, None)
    yield "decode: strips on host", lambda: in_strips(bench, 16, torch.device("cpu"))


def with_most(bench: Bench, most: int) -> None:
    """The transformer with so many tokens together."""
    bench.net.most = most
    bench.transform()
    bench.net.most = MANY


def in_strips(bench: Bench, rows: int, shelf: torch.device | None) -> None:
    """Decoding in strips of latent rows."""
    bench.autoencoder.rows, bench.autoencoder.shelf = rows, shelf
    bench.decode()
    bench.autoencoder.rows = 0


def time_ways(bench: Bench, rounds: int, *, compiled: bool) -> list[dict[str, object]]:
    """All ways in turn, there and back, against the first of their kind."""
    ways = dict(ways_of(bench, compiled=compiled))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    peaks: dict[str, int] = {}
    for work in ways.values():
        work()  # warm-up
    for round_ in range(rounds):
        for name in list(ways) if round_ % 2 == 0 else reversed(list(ways)):
            spent, peaks[name] = clock(ways[name], bench.setup.device)
            seconds[name].append(spent)
    print(f"\n{'way':28} {'s':>9} {'ratio':>7} {'min':>6} {'max':>6} {'peak GiB':>9}")
    rows = []
    for name, spent in seconds.items():
        base = next(s for other, s in seconds.items() if other.startswith(name.partition(":")[0]))
        ratios = sorted(a / b for a, b in zip(spent, base, strict=True))
        middle = ratios[len(ratios) // 2]
        rows.append({"way": name, "seconds": spent, "ratio": middle, "peak_bytes": peaks[name]})
        print(
            f"{name:28} {sorted(spent)[len(spent) // 2]:9.3f} {middle:7.2f} {ratios[0]:6.2f} "
            f"{ratios[-1]:6.2f} {peaks[name] / 2**30:9.2f}"
        )
    return rows


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

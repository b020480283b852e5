"""What a SUPIR picture costs: seconds, peak memory and share of the device's measured peak.

    python benchmarks/supir.py [--json FILE] [--rounds N] [--steps N] [--compile]

On CUDA: 512² to 2048² at full size with random weights. Without CUDA it says so, counts the
full-size arithmetic without doing it, and times a scaled-down configuration on the CPU; its
ratios between ways tell something, its seconds nothing about a card.
"""

import argparse
import contextlib
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from edition.upscale.color_fix import wavelet
from edition.upscale.network_storage import store_in_8_bit, weight_bytes
from edition.upscale.supir_memory import KEPT
from edition.upscale.supir_net import SDXL, SupirArchitecture, SupirNet, make_vae
from edition.upscale.supir_pre_post import finish
from edition.upscale.supir_sampler import (
    PromptEncoding,
    SamplerSettings,
    SupirDenoiser,
    sample,
    sample_tiled,
    seeded,
)
from edition.upscale.supir_vae import SupirAutoencoder

SMALL = SupirArchitecture(
    channels=(32, 64, 128),
    depths=(1, 1, 2),
    head=16,
    context=128,
    pooled=64,
    time_id=16,
    vae_channels=(32, 32, 64, 64),
    vae_layers=2,
)
"""Small enough for a CPU; the same code."""
FLOOR_PFLOP = 3.4
TOKENS = 77


@dataclass(frozen=True)
class Setup:
    """What is timed."""

    name: str
    arch: SupirArchitecture
    side: int
    """Of the picture, pixels."""
    tile: int
    """Of the latent."""
    steps: int
    device: str
    net_dtype: torch.dtype
    vae_dtype: torch.dtype

    @property
    def latent(self) -> int:
        """Side of the latent."""
        return self.side // self.arch.shrink


@dataclass
class Bench:
    """Networks with random weights, and what they are fed."""

    setup: Setup
    net: SupirNet
    autoencoder: SupirAutoencoder
    picture: Tensor
    hint: Tensor
    text: PromptEncoding


def main() -> None:
    """Reads the command line, measures, prints, and writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--compile", action="store_true", help="time torch.compile too")
    chosen = parser.parse_args()
    cuda = torch.cuda.is_available()
    if cuda:
        setup = Setup("full", SDXL, 2048, 128, chosen.steps, "cuda", torch.float16, torch.bfloat16)
    else:
        print("No CUDA device was found: nothing below tells how fast a card is.")
        print("The full-size arithmetic is counted; a scaled-down configuration runs on the CPU.\n")
        torch.set_num_threads(1)  # two threads on a busy machine wait for each other
        small = min(chosen.steps, 2)
        setup = Setup("scaled down", SMALL, 256, 16, small, "cpu", torch.float32, torch.float32)
    report: dict[str, object] = {"device": device_name(cuda), "torch": torch.__version__}
    report["full_size"] = full_size_cost(chosen.steps)
    print_cost(report["full_size"])
    peak = matmul_rate(setup)
    print(f"\n{device_name(cuda)}: measured matmul peak {peak / 1e12:.2f} TFLOP/s")
    bench = make(setup)
    with torch.inference_mode():
        stages = time_stages(bench, peak, chosen.rounds)
        ways = time_ways(bench, chosen.rounds, compiled=chosen.compile)
    report |= {
        "setup": {
            **asdict(setup),
            "net_dtype": str(setup.net_dtype),
            "vae_dtype": str(setup.vae_dtype),
        },
        "matmul_flop_per_s": peak,
        "stages": stages,
        "ways": ways,
    }
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def device_name(cuda: bool) -> str:
    """The device in words."""
    if cuda:
        return torch.cuda.get_device_name()
    return f"CPU {platform.machine()}, {torch.get_num_threads()} threads"


def make(setup: Setup, device: str | None = None) -> Bench:
    """Networks with random weights on a device; ``meta`` counts without computing."""
    place = device or setup.device
    with torch.device("meta"):
        net, vae, second = SupirNet(setup.arch), make_vae(setup.arch), make_vae(setup.arch).encoder
    torch.manual_seed(0)
    for module, dtype in (
        (net, setup.net_dtype),
        (vae, setup.vae_dtype),
        (second, setup.vae_dtype),
    ):
        nn.Module.to(module, dtype=dtype).to_empty(device=place).requires_grad_(False).eval()
        if place != "meta":
            fill_randomly(module)
    net.dtype = setup.net_dtype
    side, arch = setup.latent, setup.arch
    text = PromptEncoding(
        torch.randn(1, TOKENS, arch.context, device=place),
        torch.randn(1, arch.vector, device=place),
    )
    picture = torch.rand(1, 3, setup.side, setup.side, device=place) * 2 - 1
    hint = torch.randn(1, 4, side, side, device=place)
    return Bench(setup, net, SupirAutoencoder(vae, second), picture, hint, text)


def fill_randomly(module: nn.Module) -> None:
    """Weights that keep activations of order one, so that no number is denormal or infinite."""
    for name, parameter in module.named_parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.5 * parameter[0].numel() ** -0.5)
        else:
            nn.init.constant_(parameter, float(name.endswith("weight")))


def full_size_cost(steps: int) -> dict[str, float]:
    """Arithmetic of one 2048² picture, counted on tensors without storage, in TFLOP."""
    setup = Setup("full", SDXL, 2048, 128, steps, "meta", torch.bfloat16, torch.bfloat16)
    bench = make(setup, "meta")
    time_ = torch.zeros(1, dtype=torch.long, device="meta")

    def net(side: int, scale: float) -> float:
        x = torch.empty(1, 4, side, side, device="meta")
        text = bench.text
        return count(lambda: bench.net(x, time_, x, text.context, text.vector, scale))

    whole, tile = net(setup.latent, 0.9), net(setup.tile, 0.9)
    tiles = ((setup.latent - setup.tile) // (setup.tile // 2) + 1) ** 2
    encoder = count(lambda: bench.autoencoder.read_damaged(bench.picture))
    decoder = count(lambda: bench.autoencoder.decode(bench.hint))
    return {
        "network_once": whole,
        "plain_unet_once": net(setup.latent, 0.0),
        "step": 2 * whole,
        "step_in_tiles": 2 * tile * tiles,
        "encoder": encoder,
        "decoder": decoder,
        "picture": 2 * whole * steps + encoder + 2 * decoder,
        "steps": steps,
    }


def count(work: Callable[[], object]) -> float:
    """Arithmetic of some work in TFLOP, two for a multiply-add, attention included."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() / 1e12


def print_cost(cost: dict[str, float]) -> None:
    """The full-size arithmetic as a table."""
    print(f"Full size, 512² to 2048², {cost['steps']:.0f} steps, counted:")
    for name in ("network_once", "plain_unet_once", "step", "step_in_tiles", "encoder", "decoder"):
        print(f"  {name:16} {cost[name]:9.2f} TFLOP")
    ratio = cost["step_in_tiles"] / cost["step"]
    print(f"  whole picture    {cost['picture'] / 1e3:9.3f} PFLOP (paper: {FLOOR_PFLOP})")
    print(f"  9 tiles cost {ratio:.2f} times the whole latent")


def matmul_rate(setup: Setup) -> float:
    """The best rate of a large square product in the networks' precision, FLOP/s."""
    side = 8192 if setup.device == "cuda" else 2048
    dtype = torch.bfloat16 if setup.device == "cuda" else setup.net_dtype
    a, b = (torch.randn(side, side, device=setup.device, dtype=dtype) for _ in range(2))
    for _ in range(3):
        a @ b
    best = min(clock(lambda: a @ b, setup.device)[0] for _ in range(10))
    return 2 * side**3 / best


def clock(work: Callable[[], object], device: str) -> tuple[float, int]:
    """Seconds and, on CUDA, peak bytes of some work."""
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    begin = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter() - begin, torch.cuda.max_memory_allocated()
    return time.perf_counter() - begin, 0


def sampling(bench: Bench, steps: int, *, batched: bool = True, tiled: bool = False) -> Tensor:
    """Some steps of the sampler."""
    setup = bench.setup
    denoiser = SupirDenoiser(bench.net, bench.text, bench.text, batched=batched)
    draw = seeded(0, bench.hint.shape, bench.hint.device)
    hyper, start = SamplerSettings(steps=steps), draw()
    if tiled:
        tile = setup.tile
        return sample_tiled(denoiser, start, hyper, lambda _: draw(), bench.hint, tile, tile // 2)
    return sample(denoiser, start, hyper, lambda _: draw(), bench.hint)


def time_stages(bench: Bench, peak: float, rounds: int) -> list[dict[str, object]]:
    """Each stage of a picture on its own, and Lanczos beside it."""
    setup, vae = bench.setup, bench.autoencoder
    small = Image.new("RGB", (setup.side // 4,) * 2, "grey")
    size = (setup.side, setup.side)
    paper = make(setup, "meta")
    counted = {
        "read damaged": count(lambda: paper.autoencoder.read_damaged(paper.picture)),
        "decode": count(lambda: paper.autoencoder.decode(paper.hint)),
        "sample": setup.steps * count(lambda: one_step_on_paper(paper)),
    }
    stages: dict[str, Callable[[], object]] = {
        "read damaged": lambda: vae.read_damaged(bench.picture),
        "decode stage 1": lambda: vae.decode(bench.hint),
        f"sample {setup.steps} steps": lambda: sampling(bench, setup.steps),
        "decode": lambda: vae.decode(bench.hint),
        "wavelet": lambda: wavelet(bench.picture, bench.picture),
        "to 8 bit": lambda: finish(bench.picture, size),
        "(Lanczos instead)": lambda: small.resize(size, Image.Resampling.LANCZOS),
    }
    print(f"\n{setup.name}, {setup.side}², latent {setup.latent}²:")
    print(
        f"{'stage':20} {'s':>9} {'min':>9} {'max':>9} {'peak GiB':>9} {'TFLOP':>8} {'of peak':>8}"
    )
    rows = []
    for name, work in stages.items():
        flops = next((n for kind, n in counted.items() if name.startswith(kind)), 0.0)
        rows.append(time_stage(name, work, flops, peak, rounds, setup.device))
    total = sum(row["seconds"] for row in rows[:-1])
    print(f"{'whole picture':20} {total:9.3f}   {total / rows[-1]['seconds']:.0f} times Lanczos")
    return rows


def time_stage(
    name: str, work: Callable[[], object], tflop: float, peak: float, rounds: int, device: str
) -> dict[str, object]:
    """One stage, after a warm-up."""
    work()
    runs = [clock(work, device) for _ in range(rounds)]
    seconds = [run[0] for run in runs]
    middle = statistics.median(seconds)
    row = {
        "stage": name,
        "seconds": middle,
        "rounds": seconds,
        "peak_bytes": max(run[1] for run in runs),
        "tflop": tflop,
        "share_of_peak": tflop * 1e12 / middle / peak,
    }
    print(
        f"{name:20} {middle:9.3f} {min(seconds):9.3f} {max(seconds):9.3f} "
        f"{row['peak_bytes'] / 2**30:9.2f} {tflop:8.3f} {row['share_of_peak']:8.1%}"
    )
    return row


def one_step_on_paper(bench: Bench) -> None:
    """The networks' two passes of a step, without the sampler, which asks for values."""
    time_ = torch.zeros(2, dtype=torch.long, device="meta")
    x, text = bench.hint.expand(2, -1, -1, -1), bench.text
    bench.net(x, time_, x, text.context.expand(2, -1, -1), text.vector.expand(2, -1), 0.9)


def ways_of(bench: Bench, *, compiled: bool) -> Iterator[tuple[str, Callable[[], object]]]:
    """Other ways to do the same step, or the same decoding."""
    cuda = bench.setup.device == "cuda"
    yield "step: guidance batched", lambda: sampling(bench, 1)
    yield "step: two passes", lambda: sampling(bench, 1, batched=False)
    yield "step: in tiles", lambda: sampling(bench, 1, tiled=True)
    backends = [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]
    if cuda:
        backends += [SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]
    for backend in backends:
        yield (
            f"step: {backend.name.lower()}",
            lambda backend=backend: with_attention(bench, backend),
        )
    nhwc = replaced(bench, make(bench.setup))
    nhwc.net.to(memory_format=torch.channels_last)
    yield "step: channels_last", lambda: sampling(nhwc, 1)
    half = replaced(bench, make(replace(bench.setup, net_dtype=torch.bfloat16)))
    yield "step: bfloat16", lambda: sampling(half, 1)
    eight = replaced(bench, make(replace(bench.setup, net_dtype=torch.bfloat16)))
    store_in_8_bit(eight.net, torch.bfloat16, KEPT)
    yield "step: float8 stored", lambda: sampling(eight, 1)
    if compiled:
        fused = replaced(bench, make(bench.setup))
        fused.net.compile(fullgraph=False)
        yield "step: compiled", lambda: sampling(fused, 1)
    yield "decode: whole", lambda: bench.autoencoder.decode(bench.hint)
    yield "decode: strips of 16", lambda: in_strips(bench, 16, None)
    yield "decode: strips on host", lambda: in_strips(bench, 16, torch.device("cpu"))


def replaced(bench: Bench, other: Bench) -> Bench:
    """Another network fed with the same."""
    return replace(bench, net=other.net)


def with_attention(bench: Bench, backend: SDPBackend) -> None:
    """One step with one attention kernel."""
    with sdpa_kernel(backend):
        sampling(bench, 1)


def in_strips(bench: Bench, rows: int, shelf: torch.device | None) -> None:
    """Decoding in strips of latent rows."""
    bench.autoencoder.rows, bench.autoencoder.shelf = rows, shelf
    bench.autoencoder.decode(bench.hint)
    bench.autoencoder.rows = 0


def time_ways(bench: Bench, rounds: int, *, compiled: bool) -> list[dict[str, object]]:
    """All ways in turn, there and back, against the first of their kind."""
    ways = dict(ways_of(bench, compiled=compiled))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    peaks: dict[str, int] = {}
    for name in list(ways):
        try:
            ways[name]()  # warm-up
        except RuntimeError as error:
            print(f"{name:24} not possible here: {str(error).splitlines()[0][:60]}")
            del ways[name], seconds[name]
    for round_ in range(rounds):
        for name in list(ways) if round_ % 2 == 0 else reversed(list(ways)):
            spent, peaks[name] = clock(ways[name], bench.setup.device)
            seconds[name].append(spent)
    print(f"\n{'way':24} {'s':>9} {'ratio':>7} {'min':>6} {'max':>6} {'peak GiB':>9}")
    rows = []
    for name, spent in seconds.items():
        kind = name.partition(":")[0]
        base = next(values for other, values in seconds.items() if other.startswith(kind))
        ratios = [a / b for a, b in zip(spent, base, strict=True)]
        ratio = statistics.median(ratios)
        rows.append({"way": name, "seconds": spent, "ratio": ratio, "peak_bytes": peaks[name]})
        print(
            f"{name:24} {statistics.median(spent):9.3f} {ratio:7.2f} {min(ratios):6.2f} "
            f"{max(ratios):6.2f} {peaks[name] / 2**30:9.2f}"
        )
    stored = weight_bytes(bench.net) / 2**30
    print(f"\nnetworks as stored: {stored:.3f} GiB")
    return rows


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

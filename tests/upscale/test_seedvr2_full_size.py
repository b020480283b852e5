"""SeedVR2 at full size without its weights: what it costs, and that nothing stays on the CPU."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from edition.upscale.seedvr2_arch import SEEDVR2_3B, SEEDVR2_7B
from edition.upscale.seedvr2_memory import MANY
from edition.upscale.seedvr2_net import SeedVR2Net
from edition.upscale.seedvr2_pass import restore
from edition.upscale.seedvr2_vae import SeedVR2Autoencoder, Vae


@pytest.mark.parametrize(
    ("arch", "side", "tflop"),
    [(SEEDVR2_3B, 2048, 161.9), (SEEDVR2_3B, 1024, 37.4), (SEEDVR2_7B, 1024, 50.3)],
)
def test_whole_pass_in_half_precision_costs_what_the_paper_says(arch, side, tflop):
    """A tensor that is left on the CPU, or of another precision, would end this with an error."""
    with torch.device("meta"):
        net, vae = SeedVR2Net(arch).to(torch.bfloat16), Vae().to(torch.bfloat16)
        x, text = torch.empty(1, 3, side, side), torch.empty(58, arch.text)
        noise = torch.empty(side // 8, side // 8, 16)
    net.dtype, net.most = torch.bfloat16, MANY
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        done = restore(SeedVR2Autoencoder(vae), net, text, x, lambda: noise)
    assert counter.get_total_flops() / 1e12 == pytest.approx(tflop, rel=0.003)
    assert done.picture.shape == x.shape
    assert done.picture.dtype == done.latent.dtype == torch.float32
    assert all(part.is_meta for part in (done.picture, done.latent, done.hint))

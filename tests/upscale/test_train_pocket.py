"""The training of pocket SUPIR, from nothing to files that the upscaler takes."""

import json

import pytest
import torch
from PIL import Image

from edition.errors import TrainError, UpscaleError
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale.pocket import own
from edition.upscale.pocket_files import pocket_places
from edition.upscale.supir import Supir
from edition.upscale.supir_net import make_vae
from tools.pocket_supir.config import POCKET, carry
from tools.pocket_supir.train_supir import SHARES, main


@pytest.mark.slow
def test_a_smoke_training_makes_a_model_that_enlarges(tmp_path):
    threads = torch.get_num_threads()
    try:
        assert main(["--out", str(tmp_path), "--smoke", "--threads", "1", "--workers", "1"]) == 0
    finally:
        torch.set_num_threads(threads)
    model = tmp_path / "model"
    assert main(["--out", str(tmp_path), "--smoke", "--seed", "5"]) == TrainError.exit_code
    facts = json.loads((model / "training.json").read_text())
    assert set(facts["stages"]) == set(SHARES)
    curves = [json.loads(line) for line in (tmp_path / "work/curves.jsonl").open()]
    assert {"pictures", "reader", "restorer"} <= {row["stage"] for row in curves}
    chosen = own(UpscaleSettings(method="pocket-supir", scale=2.0)).model_copy(
        update={"edm_steps": 1}
    )
    places = pocket_places(model)
    supir = Supir(*places, chosen, "cpu")
    large, record = supir(Image.new("RGB", (64, 64), "teal"), chosen, seed=1, prompt="the sea")
    assert large.size == (128, 128)
    assert "supir_sha256" in record
    places[0].unlink()  # finished, but the weights are gone: never a model without them
    assert main(["--out", str(tmp_path), "--smoke"]) == UpscaleError.exit_code


def test_an_autoencoder_is_born_with_colours():
    torch.manual_seed(0)
    vae = make_vae(POCKET)
    carry(vae)
    colours = torch.tensor([[0.6, -0.4, 0.1], [-0.7, 0.2, 0.5]])
    x = colours[:, :, None, None].expand(-1, -1, 64, 64).contiguous()
    with torch.no_grad():
        made = vae.decode(vae.encode(x).latent_dist.mode()).sample[..., 16:48, 16:48]
    assert (made.mean((2, 3)) - colours).abs().max() < 0.25

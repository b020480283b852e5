"""The training: every stage for real, at the smallest size that still shows it works."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from edition import paths
from edition.errors import TrainError
from tools.pocket_model.autoencoder import (
    CHANNELS,
    LATENT,
    SQUARE,
    fold,
    load_autoencoder,
    measure,
    new_autoencoder,
    pixels,
    save_autoencoder,
)
from tools.pocket_model.dataset import means
from tools.pocket_model.decoder import MARGIN, SOFTEST, soften_latents, span
from tools.pocket_model.denoiser import MIDDLE, timesteps
from tools.pocket_model.distributed import ProcessGroup
from tools.pocket_model.muon import Muon, orthogonal
from tools.pocket_model.pipeline import load_pipeline
from tools.pocket_model.pocket_training import (
    PocketTraining,
    StageLoop,
    optimizer_state,
    restore_optimizer,
    whole,
)
from tools.pocket_model.presets import SHARES, SMOKE
from tools.pocket_model.render_scene import draw
from tools.pocket_model.tokenizer import ENTRIES, train_tokenizer
from tools.pocket_model.train import STAGES, main, train
from tools.pocket_model.warm_start import begin_from


def shop_in(folder, seed=0):
    return PocketTraining(folder, SMOKE, seed, "cpu", 900, lambda line: None)


def test_shares_and_stages_are_the_same_and_fill_the_budget():
    assert list(SHARES) == list(STAGES)
    assert sum(SHARES.values()) == pytest.approx(1)
    assert sum(stage[2] for stage in SMOKE.plan) == pytest.approx(1)


def test_an_untrained_autoencoder_already_carries_the_picture():
    torch.manual_seed(0)
    pictures = np.stack([draw(s, 64).picture for s in range(4)])
    assert measure(new_autoencoder(8).eval(), pictures, "cpu")["psnr_db"] > 15


def test_latents_of_mean_colours_are_those_of_the_picture():
    pictures = np.stack([draw(s, 128).picture for s in range(4)])
    model = new_autoencoder(8)
    with torch.no_grad():
        encoded = model.encode(pixels(pictures, "cpu")).latents
    folded = fold(torch.from_numpy(means(pictures, SQUARE)))
    assert encoded.shape == (4, CHANNELS, 128 // LATENT, 128 // LATENT)
    assert torch.allclose(encoded, folded, atol=1e-4)
    mirrored = fold(torch.from_numpy(means(pictures[:, :, ::-1], SQUARE)))
    signs = torch.tensor([1.0, -1, 1, -1]).repeat_interleave(3)[:, None, None]
    assert torch.allclose(mirrored, folded.flip(3) * signs, atol=1e-4)


def test_half_of_the_timesteps_are_early_and_all_are_spread():
    times = timesteps(64, torch.Generator().manual_seed(0))
    assert int((times >= 700).sum()) == 32
    assert times.max() > 980
    assert times.min() < 25
    assert len(set(times.tolist())) > 60


def test_going_on_most_timesteps_are_where_shapes_melt():
    times = timesteps(100, torch.Generator().manual_seed(0), MIDDLE)
    assert [int((times < bound).sum()) for bound in (300, 850)] == [20, 75]


def test_the_tokenizer_knows_its_words_and_swallows_anything(tmp_path):
    tokenizer = train_tokenizer(["crimson mountains", "an oil painting of the sea"] * 20, tmp_path)
    assert 512 < len(tokenizer) <= ENTRIES
    assert len(tokenizer("crimson").input_ids) == 3
    odd = tokenizer("Café ☃ <b>", padding="max_length", max_length=77, truncation=True).input_ids
    assert len(odd) == 77
    assert max(odd) < ENTRIES


def test_a_loop_goes_on_from_its_checkpoint(tmp_path):
    held = {"weight": torch.zeros(1)}

    def loop(most):
        return StageLoop(
            shop_in(tmp_path), "walk", most, 60, lambda: held, lambda kept: held.update(kept)
        )

    for number in loop(3):
        held["weight"] += number + 1
    held["weight"] = torch.zeros(1)
    numbers = []
    for number in loop(5):
        numbers.append(number)
    assert numbers == [3, 4]
    assert held["weight"].item() == 6


def test_a_loss_that_is_not_a_number_stops(tmp_path):
    loop = StageLoop(shop_in(tmp_path), "walk", 3, 60, dict, lambda kept: None)
    with pytest.raises(TrainError, match="diverged"):
        loop.lost(float("nan"))


def test_a_failed_write_leaves_the_old_file(tmp_path):
    file = tmp_path / "kept"
    file.write_text("old")

    def fail_half_way():
        with whole(file) as path:
            path.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail_half_way()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_gate_says_what_was_wanted(tmp_path):
    shop = shop_in(tmp_path)
    shop.gate("text", True, "fine")
    with pytest.raises(TrainError, match=r"palettes 0\.1") as caught:
        shop.gate("text", False, "palettes 0.1")
    assert "curves.jsonl" in caught.value.hint


def test_a_folder_of_another_training_is_refused(tmp_path):
    shop_in(tmp_path).claim("something else")
    with pytest.raises(TrainError, match="another size, seed or beginning"):
        train(shop_in(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(TrainError, match="another size, seed or beginning"):
        train(shop_in(tmp_path), begun=paths.pocket_folder())
    assert sorted(tmp_path.rglob("*")) == before  # nothing of the other training was touched


@pytest.mark.parametrize(
    ("only", "lacking"),
    [
        ("text", "pictures"),
        ("denoiser", "text"),
        ("decoder", "pictures"),
    ],
)
def test_a_stage_alone_says_what_it_lacks(tmp_path, only, lacking):
    with pytest.raises(TrainError, match=f"{only} needs {lacking} first") as caught:
        train(shop_in(tmp_path), (only,))
    assert "--only" in caught.value.hint


def test_an_autoencoder_is_there_whole_or_not_at_all(tmp_path):
    shop = shop_in(tmp_path)
    width = SMOKE.decoder_width
    save_autoencoder(new_autoencoder(2 * width), shop)
    assert load_autoencoder(shop).config.decoder_block_out_channels[0] == width  # not finished
    save_autoencoder(new_autoencoder(4 * width), shop)
    shop.finish("decoder")
    assert load_autoencoder(shop).config.decoder_block_out_channels[0] == 4 * width
    assert [file.name for file in shop.path("decoder").parent.iterdir() if file.is_dir()] == [
        "decoder"
    ]


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """The folder of a whole training, the smallest."""
    folder = tmp_path_factory.mktemp("taught")
    threads = torch.get_num_threads()
    try:
        assert main(["--out", str(folder), "--smoke", "--threads", "1"]) == 0
    finally:
        torch.set_num_threads(threads)
    return folder


@pytest.mark.slow
def test_smoke_training_passes_its_gates_and_makes_a_model(taught, tmp_path):
    facts = json.loads((taught / "model" / "training.json").read_text())
    assert facts["stages"]["denoiser-8"]["loss_last"] < facts["stages"]["denoiser-8"]["loss_first"]
    assert facts["stages"]["denoiser-16"]["least"] >= SMOKE.lowest_answer
    assert facts["stages"]["text"]["palette_named"] >= SMOKE.lowest_palette
    lines = (taught / "work" / "curves.jsonl").read_text().splitlines()
    assert {json.loads(line)["stage"] for line in lines} >= set(STAGES)
    assert (taught / "work" / "sheets" / "denoiser-16.png").read_bytes()[:4] == b"\x89PNG"
    assert not list(taught.rglob("*.bin"))
    pictures = [
        load_pipeline(taught / "model")(
            prompt, num_inference_steps=4, height=128, width=128, output_type="np",
            generator=torch.Generator().manual_seed(0),
        ).images[0]
        for prompt in ("luminous", "night")
    ]  # fmt: skip
    assert np.abs(pictures[0] - pictures[1]).mean() > 0.01
    # A second run of the same command finds everything finished.
    assert main(["--out", str(taught), "--smoke", "--threads", "1"]) == 0
    # Another training goes on from the model: its text is taken over bit by bit.
    more = tmp_path / "more"
    begun = ["--out", str(more), "--smoke", "--threads", "1", "--from", str(taught / "model")]
    assert main([*begun, "--only", "pictures", "decoder"]) == 0
    assert not (more / "model").exists()
    assert main(begun) == 0
    kept = json.loads((more / "model" / "training.json").read_text())["stages"]["denoiser-16"]
    assert min(kept["red_blue"], kept["green"]) > 0.15, "words of colour are still heard"
    first, second = (
        load_file(folder / "model" / "text_encoder" / "model.safetensors")
        for folder in (taught, more)
    )
    assert all(torch.equal(first[key], second[key]) for key in first)
    facts = json.loads((more / "model" / "training.json").read_text())
    seconds = [facts["stages"][f"denoiser-{side}"]["seconds"] for side in (8, 16)]
    assert facts["stages"]["denoiser"]["seconds"] == sum(seconds)
    assert facts["stages"]["decoder"]["psnr_db"] > facts["stages"]["decoder"]["psnr_db_before"] - 3
    assert "taken_from" in facts["stages"]["text"]


def test_a_folder_without_a_model_is_no_beginning(tmp_path):
    with pytest.raises(TrainError, match="has no vae, text_encoder, tokenizer, unet"):
        begin_from(shop_in(tmp_path / "new"), tmp_path)


def test_a_model_with_other_latents_is_no_beginning(tmp_path):
    for part in ("vae", "text_encoder", "tokenizer", "unet"):
        (tmp_path / "other" / part).mkdir(parents=True)
    (tmp_path / "other" / "unet" / "config.json").write_text('{"in_channels": 4}')
    with pytest.raises(TrainError, match="latents of another kind") as caught:
        begin_from(shop_in(tmp_path / "new"), tmp_path / "other")
    assert str(CHANNELS) in caught.value.hint


@pytest.mark.parametrize("shape", [(24, 60), (60, 24)])
def test_a_muon_step_turns_every_direction_alike(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    matrix = left @ torch.diag(torch.logspace(0, -1, min(shape))) @ right
    sizes = torch.linalg.svdvals(orthogonal(matrix))
    assert sizes.min() > 0.5
    assert sizes.max() < 1.3


def test_muon_goes_on_from_its_state():
    def steps(optimizer, weight, count):
        for _ in range(count):
            optimizer.zero_grad()
            (weight - 1).square().sum().backward()
            optimizer.param_groups[0]["lr"] = 0.01
            optimizer.step()

    whole_way, half_way = (torch.nn.Parameter(torch.zeros(8, 4, 3, 3)) for _ in range(2))
    steps(Muon([whole_way], 0.01), whole_way, 4)
    first, second = Muon([half_way], 0.01), Muon([half_way], 0.01)
    steps(first, half_way, 2)
    restore_optimizer(second, optimizer_state(first))
    steps(second, half_way, 2)
    assert torch.equal(whole_way, half_way)
    assert whole_way.mean() > 0


def test_a_softened_latent_keeps_its_mean_colours():
    latents = torch.randn(2, CHANNELS, 4, 4, generator=torch.Generator().manual_seed(0))
    soft = soften_latents(latents, SOFTEST)
    assert torch.equal(soft[:, :3], latents[:, :3])
    assert soft[:, 3:].abs().sum() < latents[:, 3:].abs().sum()


def test_a_crop_is_not_judged_where_it_saw_too_little():
    rng = np.random.default_rng(0)
    assert span(0, 20, 64, rng) == (0, slice(0, 20 - MARGIN))
    assert span(2, 20, 64, rng) == (44, slice(MARGIN, 20))
    start, judged = span(1, 20, 64, rng)
    assert 0 < start < 44
    assert judged == slice(MARGIN, 20 - MARGIN)


@pytest.mark.slow
def test_two_processes_teach_one_denoiser(taught, tmp_path):
    """Each shows pictures of its own; one of them talks and writes.

    They go on where one process has ended the first resolution.
    """
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    for file in [*tmp_path.glob("work/denoiser-16.*"), *tmp_path.glob("work/denoiser.*")]:
        file.unlink()
    shutil.rmtree(tmp_path / "model")
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    module = ["-m", "tools.pocket_model.train", "--out", str(tmp_path), "--smoke", "--threads", "1"]
    said = subprocess.run(
        [sys.executable, *launch, *module, "--only", "denoiser"],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True, capture_output=True, text=True,
    ).stderr  # fmt: skip
    assert said.count("denoiser-16: done") == 1
    alone, together = (
        json.loads((folder / "work" / "denoiser-16.done.json").read_text())
        for folder in (taught, tmp_path)
    )
    assert together["iterations"] == alone["iterations"]
    assert together["samples"] == 2 * alone["samples"]
    assert together["least"] >= SMOKE.lowest_answer
    assert (tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors").exists()


def test_a_crew_takes_the_denoiser_alone(tmp_path):
    shop = PocketTraining(
        tmp_path, SMOKE, 0, "cpu", 900, lambda line: None, crew=ProcessGroup(count=2)
    )
    with pytest.raises(TrainError, match="denoiser's training alone"):
        train(shop)

"""What a training needs is said before it starts, or when it turns out to be too much."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.fakes import tiny_sd, tiny_sdxl
from tests.finetune.rooms import Notes, pictures, recipe

from edition.errors import RecipeError, TrainError
from edition.finetune import memory_estimate, optimizers
from edition.finetune.dreambooth import DreamBooth
from edition.finetune.latent_cache import LatentCache
from edition.finetune.launcher import main
from edition.finetune.networks import Networks
from edition.finetune.training_loop import TrainingLoop
from edition.finetune.training_run import train
from edition.recipe import edition_file
from edition.recipe.training_settings import TrainingSettings

SIZES = memory_estimate.ParameterCounts(
    trained=983_000_000, text=123_000_000, autoencoder=84_000_000, whole=10**9
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "tiny")


def test_the_defaults_are_the_seeds_recipe() -> None:
    found = TrainingSettings()
    assert (found.learning_rate, found.steps, found.batch) == (2e-6, 1200, 1)
    assert (found.resolution, found.schedule, found.warmup) == (512, "constant", 0)
    assert (found.optimizer, found.precision) == ("adamw8bit", "auto")
    assert found.train_text_encoder
    assert not found.prior
    assert found.prompt == "a photo of sks person"
    assert found.corridor.rates == (1e-6, 2e-6, 4e-6)
    assert found.corridor.counts == (400, 800, 1200, 1600, 2000)


def test_a_fault_in_the_table_is_named_by_its_line() -> None:
    text = "[training]\nsteps = 100\nlearning_rate = 0\n[training.inversion]\nvector = 2\n"
    with pytest.raises(RecipeError) as raised:
        edition_file.parse(text)
    assert "edition.toml:3: training.learning_rate" in raised.value.message
    assert "edition.toml:5: there is no key training.inversion.vector" in raised.value.message
    assert "did you mean vectors" in raised.value.message


def test_too_little_disk_stops_it_before_the_first_step(model: Path, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "pictures")
    chosen = recipe(model, folder, steps=1_000_000, checkpoint_every=1)
    notes = Notes()
    with pytest.raises(TrainError, match=r"need [\d.]+ GiB; [\d.]+ GiB are free") as raised:
        train("dreambooth", chosen, tmp_path / "runs", device="cpu", watcher=notes)
    assert "--checkpoint-every" in raised.value.hint
    assert notes.steps == []
    assert not list((tmp_path / "runs").glob("*/step-*"))


def test_out_of_memory_says_what_to_turn_on(model: Path, tmp_path: Path) -> None:
    """The allocator itself refuses, for a tensor that no machine holds."""

    class Greedy(DreamBooth):
        def loss(self, draw) -> torch.Tensor:
            return torch.empty(1 << 52)

    folder = pictures(tmp_path / "pictures")
    chosen = recipe(model, folder, batch=2, optimizer="adamw")
    settings = chosen.training
    files = sorted(folder.glob("*.png"))
    work = Greedy(Networks.load(chosen, None), settings, LatentCache(files, settings))
    with pytest.raises(TrainError, match="does not fit") as raised:
        TrainingLoop(work, chosen, tmp_path / "run", sample=False).go()
    hint = raised.value.hint
    order = ["--optimizer adamw8bit", "--precision fp16", "--gradient-checkpointing", "--batch 1"]
    places = [hint.index(wish) for wish in order]
    assert places == sorted(places)


def test_the_advice_names_figures_and_only_what_is_left() -> None:
    peak = 24 * 1024**3
    worst = TrainingSettings(cache_latents=False, batch=2)
    text = memory_estimate.advice(worst, SIZES, peak, mixed=False, eight_bit=False)
    assert "adamw8bit, with bitsandbytes and CUDA (saves about 5.5 GiB)" in text
    assert "--cache-latents, without --flip (saves about 0.3 GiB)" in text
    assert "--no-train-text-encoder (saves about 1.4 GiB)" in text
    best = TrainingSettings(gradient_checkpointing=True, train_text_encoder=False, resolution=256)
    text = memory_estimate.advice(best, SIZES, peak, mixed=True, eight_bit=True)
    assert "--" not in text


def test_a_loss_that_is_no_number_ends_the_run(model: Path, tmp_path: Path) -> None:
    chosen = recipe(model, pictures(tmp_path / "pictures"), learning_rate=1.0, steps=200)
    chosen = chosen.model_copy(
        update={"training": chosen.training.model_copy(update={"max_grad_norm": 1e30})}
    )

    class Infinite(DreamBooth):
        def loss(self, draw) -> torch.Tensor:
            return super().loss(draw) * (float("inf") if draw.number == 3 else 1.0)

    settings = chosen.training
    files = sorted((tmp_path / "pictures").glob("*.png"))
    work = Infinite(Networks.load(chosen, None), settings, LatentCache(files, settings))
    with pytest.raises(TrainError, match="loss of step 4 is inf") as raised:
        TrainingLoop(work, chosen, tmp_path / "run", sample=False).go()
    assert "learning rate" in raised.value.hint


def test_without_8_bit_adam_torchs_takes_its_place_and_says_so() -> None:
    weights = [torch.nn.Parameter(torch.zeros(2))]
    optimizer, reason = optimizers.build(weights, TrainingSettings(), "cpu")
    assert isinstance(optimizer, torch.optim.AdamW)
    assert "8-bit Adam needs CUDA" in reason
    assert optimizers.build(weights, TrainingSettings(optimizer="adamw"), "cpu")[1] == ""


def test_schedules_follow_from_the_step_alone() -> None:
    settings = TrainingSettings(schedule="constant_with_warmup", warmup=10, steps=100)
    factor = optimizers.rate_factor(settings)
    assert [factor(0), factor(5), factor(10), factor(99)] == [0, 0.5, 1, 1]
    linear = optimizers.rate_factor(TrainingSettings(schedule="linear", steps=100))
    assert linear(50) == pytest.approx(0.5)


def test_sdxl_is_trained_with_both_its_text_encoders(tmp_path: Path) -> None:
    from diffusers import StableDiffusionXLPipeline

    base = tiny_sdxl(tmp_path / "xl")
    folder = pictures(tmp_path / "pictures")
    made = train("dreambooth", recipe(base, folder, steps=2), tmp_path / "runs", device="cpu")
    for part in ("unet", "text_encoder", "text_encoder_2"):
        before, after = (
            load_file(next((place / part).glob("*.safetensors"))) for place in (base, made.model)
        )
        assert any(not torch.equal(before[name].float(), after[name]) for name in before), part
    pipe = StableDiffusionXLPipeline.from_pretrained(made.model)
    assert pipe("night", num_inference_steps=1, height=64, width=64).images[0].size == (64, 64)
    with pytest.raises(TrainError, match="Stable Diffusion 1 and 2"):
        train("inversion", recipe(base, folder), tmp_path / "runs", device="cpu")


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"initializer": "sks"}, "spells 'sks' with 2 tokens"),
        ({"token": "night"}, "knows the word 'night' already"),
        ({"token": "<|endoftext|>"}, "already"),
    ],
)
def test_words_that_will_not_do_are_named(
    model: Path, tmp_path: Path, table: dict, fault: str
) -> None:
    inversion = {"initializer": "night", "steps": 1, **table}
    chosen = recipe(model, pictures(tmp_path / "pictures"), inversion=inversion)
    with pytest.raises(TrainError, match=fault):
        train("inversion", chosen, tmp_path / "runs", device="cpu", sample=False)


def test_the_learned_file_is_read_by_diffusers(model: Path, tmp_path: Path) -> None:
    from diffusers import StableDiffusionPipeline

    table = {"initializer": "night", "steps": 2, "vectors": 3, "token": "<mine>"}
    chosen = recipe(model, pictures(tmp_path / "pictures"), inversion=table)
    made = train("inversion", chosen, tmp_path / "runs", device="cpu", sample=False)
    pipe = StableDiffusionPipeline.from_pretrained(model, safety_checker=None)
    pipe.load_textual_inversion(str(made.model))
    ids = pipe.tokenizer.convert_tokens_to_ids(["<mine>", "<mine>_1", "<mine>_2"])
    rows = pipe.text_encoder.get_input_embeddings().weight[ids]
    assert torch.equal(rows, load_file(made.model)["<mine>"])
    assert pipe("a <mine>", num_inference_steps=1, height=64, width=64).images


def test_the_module_speaks_for_itself(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main("dreambooth", ["--images", str(tmp_path), "--device", "cpu"]) == 8
    assert "holds no picture" in capsys.readouterr().err
    assert main("dreambooth", ["--steps", "0"]) == 2
    assert "--steps" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main("dreambooth", ["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "--prior, --no-prior Prior preservation: off, because it holds the model back" in text
    for key in TrainingSettings.model_fields:
        assert key in ("inversion", "corridor") or f"--{key.replace('_', '-')}" in text

"""The same losses and weights as the published recipes, written out here step by step."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as functional
from diffusers import DDPMScheduler, StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file
from tests.fakes import tiny_sd
from tests.finetune.rooms import Notes, pictures, recipe

from edition import paths
from edition.finetune.inversion import SENTENCES
from edition.finetune.seeded_rng import BatchRng
from edition.finetune.training_run import train

STEPS = 20
RELATIVE = 1e-5


def reference_pipe(model: Path) -> StableDiffusionPipeline:
    return StableDiffusionPipeline.from_pretrained(
        model, safety_checker=None, dtype=torch.float32, requires_safety_checker=False
    )


def pixels(folder: Path, indices: tuple[int, ...]) -> torch.Tensor:
    files = sorted(folder.glob("*.png"))
    arrays = [np.asarray(Image.open(files[i]).convert("RGB"), np.float32) / 255 for i in indices]
    return (torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2) - 0.5) / 0.5


def latents(vae: torch.nn.Module, images: torch.Tensor, draw: BatchRng) -> torch.Tensor:
    with torch.no_grad():
        encoded = vae.encode(images)
        if hasattr(encoded, "latents"):
            return encoded.latents * vae.config.scaling_factor
        spread = encoded.latent_dist
        noise = draw.normal(tuple(spread.mean.shape), "order latents")
        return (spread.mean + spread.std * noise) * vae.config.scaling_factor


def noisy_batch(pipe, schedule, folder: Path, draw: BatchRng):
    """Encode, noise, timesteps, add_noise, target: as both published scripts do."""
    clean = latents(pipe.vae, pixels(folder, draw.indices(len(list(folder.glob("*.png"))))), draw)
    noise = draw.normal(tuple(clean.shape))
    steps = draw.timesteps(len(clean), schedule.config.num_train_timesteps)
    noisy = schedule.add_noise(clean, noise, steps)
    if schedule.config.prediction_type == "v_prediction":
        return noisy, steps, schedule.get_velocity(clean, noise, steps)
    return noisy, steps, noise


def reference_dreambooth(model: Path, folder: Path, prompt: str, batch: int):
    pipe = reference_pipe(model)
    schedule = DDPMScheduler.from_config(pipe.scheduler.config)
    pipe.unet.train()
    pipe.text_encoder.train()
    weights = [*pipe.unet.parameters(), *pipe.text_encoder.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=1e-4, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
    ids = pipe.tokenizer(
        prompt, truncation=True, padding="max_length",
        max_length=pipe.tokenizer.model_max_length, return_tensors="pt",
    ).input_ids  # fmt: skip
    losses = []
    for step in range(STEPS):
        noisy, steps, target = noisy_batch(pipe, schedule, folder, BatchRng(7, step, batch))
        states = pipe.text_encoder(ids.repeat(batch, 1), return_dict=False)[0]
        prediction = pipe.unet(noisy, steps, states, return_dict=False)[0]
        loss = functional.mse_loss(prediction.float(), target.float(), reduction="mean")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
    return losses, {"unet": pipe.unet.state_dict(), "text_encoder": pipe.text_encoder.state_dict()}


def weight_files(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    return {
        part: load_file(next((folder / part).glob("*.safetensors")))
        for part in ("unet", "text_encoder")
    }


def relative(mine: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((mine - theirs).norm() / theirs.norm().clamp(min=1e-12))


@pytest.mark.slow
@pytest.mark.parametrize(("base", "batch"), [("tiny", 1), ("tiny", 3), ("pocket", 1)])
def test_dreambooth_equals_the_published_recipe(tmp_path: Path, base: str, batch: int) -> None:
    """Losses of 20 steps and all weights after them, text encoder included, within 1e-5."""
    model = paths.pocket_folder() if base == "pocket" else tiny_sd(tmp_path / "tiny")
    folder = pictures(tmp_path / "pictures", 6)
    notes = Notes()
    chosen = recipe(model, folder, steps=STEPS, batch=batch, checkpoint_every=STEPS)
    made = train("dreambooth", chosen, tmp_path / "runs", device="cpu", watcher=notes, sample=False)
    losses, weights = reference_dreambooth(model, folder, chosen.training.prompt, batch)
    mine = [step.loss for step in notes.steps]
    assert mine == pytest.approx(losses, rel=RELATIVE)
    assert len(set(mine)) == STEPS
    found = weight_files(made.model)
    start = weight_files(model)
    for part, theirs in weights.items():
        mine_all, all_of_them, all_before = (
            torch.cat([weights[name].flatten().float() for name in theirs])
            for weights in (found[part], theirs, start[part])
        )
        assert relative(mine_all, all_of_them) < RELATIVE, part
        # the way they went, not only where they are: some biases have gradients of mere
        # rounding, which Adam blows up, so single weights may differ by more
        assert relative(mine_all - all_before, all_of_them - all_before) < 1e-3, part
        assert relative(all_before, all_of_them) > 100 * RELATIVE, "they must have moved"


def test_inversion_equals_the_published_recipe(tmp_path: Path) -> None:
    """The published script trains the whole embedding and puts other rows back at each step."""
    model, folder = tiny_sd(tmp_path / "tiny"), pictures(tmp_path / "pictures", 6)
    table = {"initializer": "night", "vectors": 2, "steps": STEPS, "batch": 2}
    chosen = recipe(model, folder, inversion=table, checkpoint_every=STEPS)
    notes = Notes()
    made = train("inversion", chosen, tmp_path / "runs", device="cpu", watcher=notes, sample=False)

    pipe = reference_pipe(model)
    schedule = DDPMScheduler.from_config(pipe.scheduler.config)
    tokenizer, encoder = pipe.tokenizer, pipe.text_encoder
    old = encoder.get_input_embeddings().weight.detach().clone()
    tokenizer.add_tokens(["<look>", "<look>_1"])
    encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    embedding = encoder.get_input_embeddings().weight
    start = old[tokenizer("night", add_special_tokens=False).input_ids[0]]
    with torch.no_grad():
        embedding[len(old) :] = start
    pipe.unet.requires_grad_(False)
    encoder.requires_grad_(False)
    embedding.requires_grad_(True)
    encoder.train()
    optimizer = torch.optim.AdamW([embedding], lr=2e-3, weight_decay=1e-2, eps=1e-8)
    losses = []
    for step in range(STEPS):
        draw = BatchRng(7, step, 2)
        noisy, steps, target = noisy_batch(pipe, schedule, folder, draw)
        which = torch.randint(0, len(SENTENCES["style"]), (2,), generator=draw.stream("sentences"))
        texts = [SENTENCES["style"][int(i)].format("<look> <look>_1") for i in which]
        ids = tokenizer(
            texts, padding="max_length", truncation=True, max_length=77, return_tensors="pt"
        ).input_ids
        prediction = pipe.unet(noisy, steps, encoder(ids)[0], return_dict=False)[0]
        loss = functional.mse_loss(prediction.float(), target.float(), reduction="mean")
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        with torch.no_grad():
            embedding[: len(old)] = old
        losses.append(loss.item())

    mine = load_file(made.model)["<look>"]
    assert [step.loss for step in notes.steps] == pytest.approx(losses, rel=RELATIVE)
    assert relative(mine, embedding[len(old) :].detach()) < RELATIVE
    assert relative(start.expand(2, -1), mine) > 100 * RELATIVE


def test_inversion_changes_no_other_row(tmp_path: Path) -> None:
    """Every row of the vocabulary but the new ones is bit-identical, as is every other weight."""
    from edition.finetune.inversion import TextualInversion
    from edition.finetune.latent_cache import LatentCache
    from edition.finetune.networks import Networks
    from edition.finetune.training_loop import TrainingLoop

    model, folder = tiny_sd(tmp_path / "tiny"), pictures(tmp_path / "pictures", 4)
    chosen = recipe(model, folder, steps=5, inversion={"initializer": "night"})
    networks = Networks.load(chosen, None)
    before = {
        name: value.clone()
        for part in (networks.unet, networks.vae, networks.text_encoders[0])
        for name, value in part.state_dict(prefix=type(part).__name__).items()
    }
    files = sorted(folder.glob("*.png"))
    work = TextualInversion(networks, chosen.training, LatentCache(files, chosen.training))
    first = work.parameters()[0].detach().clone()
    TrainingLoop(work, chosen, tmp_path / "run", sample=False).go()
    after = {
        name: value
        for part in (networks.unet, networks.vae, networks.text_encoders[0])
        for name, value in part.state_dict(prefix=type(part).__name__).items()
    }
    renamed = {
        name.replace("token_embedding.old.", "token_embedding."): v for name, v in after.items()
    }
    new = [name for name in renamed if name.endswith("token_embedding.rows")]
    assert len(new) == 1
    assert not torch.equal(renamed.pop(new[0]), first)
    assert renamed.keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in renamed.items())

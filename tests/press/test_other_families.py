"""A press at work with models of other families than Stable Diffusion's."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tests.support import tiny_families

from edition import paths
from edition.actions import study_planning
from edition.actions.session import Session
from edition.domain import Job
from edition.library import metadata
from edition.press.job_payloads import FilmRequest, submit_film, submit_render
from edition.press.loop import Press, do
from edition.studies import axes, study_spec

SMALL = {"sampling.width": 64, "sampling.height": 64, "sampling.steps": 2}
FLUX = {**SMALL, "sampling.sampler": "native", "sampling.guidance": 3.5}


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_families.save("flux-dev", tmp_path_factory.mktemp("models") / "dev")


def done(root: Path, job_id: int) -> Job:
    """A queued job done in this process."""
    press = Press(root, "cpu")
    job = press.store.jobs.claim()
    assert job is not None
    assert job.id == job_id
    do(press, job)
    found = press.store.jobs.get(job.id)
    press.store.close()
    return found


def rendered(root: Path, changes: dict, seeds: tuple[int, ...] = (1, 2)) -> tuple[Job, list[Path]]:
    with Session(root) as session:
        session.edit("small", changes)
        recipe = session.recipe("small")
        digest = session.digest("small", recipe)
        job = submit_render(session.store, "small", recipe, digest, seeds)
    found = done(root, job)
    return found, sorted(paths.print_file(root, "small", digest, 1).parent.glob("*.png"))


def test_a_guidance_that_does_nothing_files_nothing(root: Path, tmp_path: Path) -> None:
    folder = tiny_families.save("flux-schnell", tmp_path / "schnell")
    job, files = rendered(root, {**FLUX, "model.base": str(folder)})
    assert (job.state, files) == ("failed", [])
    assert "sampling.guidance = 3.5 does nothing" in job.error
    job, files = rendered(root, {**FLUX, "sampling.guidance": 1.0})
    assert (job.state, len(files)) == ("done", 2)


def test_a_negative_of_flux_acts_by_its_second_guidance(root: Path, dev: Path) -> None:
    plain, (first, _) = rendered(root, {**FLUX, "model.base": str(dev)})
    assert plain.state == "done"
    refused, files = rendered(root, {"prompt.negative": "night"})
    assert (refused.state, files) == ("failed", [])
    assert "Set true_cfg = 4" in refused.hint
    acts, (second, _) = rendered(root, {"prompt.negative": "night", "sampling.true_cfg": 4.0})
    assert acts.state == "done"
    assert Image.open(first).tobytes() != Image.open(second).tobytes()
    made_with = metadata.read(second).made_with
    assert made_with["noise"] == "cuda"


def test_a_pipeline_that_draws_one_picture_a_call_is_given_no_batches(
    root: Path, tmp_path: Path
) -> None:
    folder = tiny_families.save("dreamlite-mobile", tmp_path / "mobile")
    changes = {**FLUX, "sampling.guidance": 1.0, "model.base": str(folder)}
    job, files = rendered(root, changes)
    assert (job.state, len(files)) == ("done", 2), job.error
    assert {metadata.read(file).made_with["batch"] for file in files} == {"1"}


def test_values_that_are_no_numbers_file_nothing(root: Path, tmp_path: Path) -> None:
    folder = tiny_families.save("flux-dev", tmp_path / "nan")
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights["decoder.conv_out.bias"] = torch.full_like(weights["decoder.conv_out.bias"], torch.nan)
    save_file(weights, file)
    job, files = rendered(root, {**FLUX, "model.base": str(folder)})
    assert (job.state, files) == ("failed", [])
    assert "not numbers (NaN)" in job.error


def test_films_sweeps_and_twins_work_as_with_other_models(root: Path, dev: Path) -> None:
    with Session(root) as session:
        session.edit("small", {**FLUX, "model.base": str(dev)})
        recipe = session.recipe("small")
        digest = session.digest("small", recipe)
        name = paths.film_folder(Path(), "small", digest, 7).name
        wish = FilmRequest(recipe=recipe, digest=digest, seed=7, name=name)
        film = submit_film(session.store, "small", wish)
    job = done(root, film)
    assert job.state == "done", job.error
    folder = paths.film_folder(root, "small", digest, 7)
    with Image.open(folder / "film.webp") as frames:
        assert frames.n_frames == 3
        frames.seek(2)
        last = np.asarray(frames.convert("RGB"), int)
    image = np.asarray(Image.open(paths.print_file(root, "small", digest, 7)), int)
    assert np.corrcoef(last.ravel(), image.ravel())[0, 1] > 0.8  # WebP loses some of the noise
    for kind, wanted in (
        ("sweep", ["guidance=2,4", "seed=1"]),
        ("twin", ["guidance=2,5", "seed=1"]),
    ):
        with Session(root) as session:
            study = study_spec.ask(
                session.recipe("small"), [axes.parse(text) for text in wanted], kind=kind
            )
            plan = study_planning.plan(session, "small", study)
            queued = study_planning.submit(session, plan, start=False)
        job = done(root, queued)
        assert job.state == "done", job.error

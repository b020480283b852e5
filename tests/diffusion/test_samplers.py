"""Samplers by name, on the model's own configuration."""

import pytest
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler, PNDMScheduler

from edition.diffusion import samplers
from edition.errors import ModelError
from edition.recipe.recipe import SAMPLERS, Sampling

NATIVE = PNDMScheduler(
    beta_start=0.001, beta_schedule="scaled_linear", steps_offset=1, skip_prk_steps=True
)


def test_every_name_is_in_the_table() -> None:
    assert set(samplers.TABLE) | {"native"} == set(SAMPLERS)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_can_be_built_and_set(name: str) -> None:
    scheduler = samplers.build(Sampling(sampler=name), NATIVE)
    scheduler.set_timesteps(5)
    assert len(scheduler.timesteps) >= 5


def test_overrides_are_set_key_by_key() -> None:
    ddim = samplers.build(Sampling(scheduler={"steps_offset": 0, "clip_sample": False}), NATIVE)
    assert isinstance(ddim, DDIMScheduler)
    assert (ddim.config.steps_offset, ddim.config.beta_start) == (0, 0.001)


def test_an_override_that_names_nothing_is_refused() -> None:
    with pytest.raises(ModelError, match=r"sampling\.scheduler\.beta_begin"):
        samplers.build(Sampling(scheduler={"beta_begin": 1.0}), NATIVE)


def test_samplers_that_cannot_follow_the_model_are_refused() -> None:
    zero = DDIMScheduler(rescale_betas_zero_snr=True, prediction_type="v_prediction")
    samplers.build(Sampling(sampler="euler"), zero)
    with pytest.raises(ModelError, match="zero terminal SNR"):
        samplers.build(Sampling(sampler="heun"), zero)
    with pytest.raises(ModelError, match="flow"):
        samplers.build(Sampling(sampler="ddim"), FlowMatchEulerDiscreteScheduler())

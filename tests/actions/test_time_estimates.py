"""How long prints take, from those of this library that are most like them."""

import dataclasses

import pytest
from tests.tui.helpers import new_print

from edition.actions import time_estimates
from edition.actions.session import Session
from edition.recipe.recipe import Recipe


def recipe(**sampling):
    return Recipe.model_validate(
        {"title": "T", "sampling": {"width": 256, "height": 256, **sampling}}
    )


@pytest.fixture
def session(tmp_path):
    with Session(tmp_path / "editions") as opened:
        yield opened


def made(session, which, seconds):
    """Prints of a recipe, each of so many seconds."""
    digest = which.digest("0" * 64)
    for seed in range(3):
        item = new_print(session.root, "small", seed, file=False, recipe=which)
        file = f"small/prints/{digest[:12]}/{seed}.png"
        new = dataclasses.replace(item, digest=digest, file=file, seconds=seconds)
        session.store.prints.add([new])


def test_prints_of_as_many_steps_tell_more_than_any_others(session):
    few, many = recipe(steps=5), recipe(steps=50)
    assert time_estimates.each(session, few) is None, "nothing measured, nothing guessed"
    made(session, many, 10.0)
    assert time_estimates.each(session, few) == pytest.approx(1.0), "a tenth of the steps"
    made(session, few, 2.5)  # decoding and writing take as long as after fifty steps
    assert time_estimates.each(session, few) == pytest.approx(2.5)
    assert time_estimates.each(session, many) == pytest.approx(10.0)
    assert time_estimates.seconds(session, [few] * 4) >= 10.0

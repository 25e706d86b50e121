"""A recipe is checked when it is made, and its schedule is a formula."""

import json
from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest
import torch

from locality.engine.recipe import Recipe
from locality.errors import DescriptionError, LocalityError, UnknownNameError

WHOLE_1 = "it must be a whole number of at least 1. Give"
WHOLE_0 = "it must be a whole number of at least 0. Give"
BETWEEN = "Give a number in between."
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"epochs": 0}, f"epochs is 0; {WHOLE_1} epochs=1 or more."),
    ({"epochs": 2.5}, f"epochs is 2.5; {WHOLE_1} epochs=1 or more."),
    ({"epochs": True}, f"epochs is True; {WHOLE_1} epochs=1 or more."),
    ({"batch_size": 0}, f"batch_size is 0; {WHOLE_1} batch_size=1 or more."),
    ({"shift": -1}, f"shift is -1; {WHOLE_0} shift=0 or more."),
    ({"erase": -2}, f"erase is -2; {WHOLE_0} erase=0 or more."),
    ({"seed": -3}, f"seed is -3; {WHOLE_0} seed=0 or more."),
    ({"seed": "a"}, f"seed is 'a'; {WHOLE_0} seed=0 or more."),
    ({"flip": "no"}, "flip is 'no'; it must be True or False. Give one of the two."),
    ({"flip": 1}, "flip is 1; it must be True or False. Give one of the two."),
    ({"optimizer": "adam"}, "Unknown optimizer 'adam'. Did you mean 'adamw'?"),
    ({"optimizer": None}, "Unknown optimizer None. Known are: adamw, sgd."),
    ({"schedule": "cos"}, "Unknown schedule 'cos'. Did you mean 'cosine'?"),
    ({"schedule": "q"}, "Unknown schedule 'q'. Known are: one-cycle, cosine, constant."),
    ({"learning_rate": 0}, f"learning_rate is 0; it must be more than 0 and at most 1000. {BETWEEN}"),
    ({"learning_rate": float("nan")}, f"learning_rate is nan; it must be more than 0 and at most 1000. {BETWEEN}"),
    ({"learning_rate": float("inf")}, f"learning_rate is inf; it must be more than 0 and at most 1000. {BETWEEN}"),
    ({"learning_rate": "fast"}, f"learning_rate is 'fast'; it must be more than 0 and at most 1000. {BETWEEN}"),
    ({"learning_rate": True}, f"learning_rate is True; it must be more than 0 and at most 1000. {BETWEEN}"),
    ({"rotation": 181}, f"rotation is 181; it must be at least 0 and at most 180. {BETWEEN}"),
    ({"crop": 0.0}, f"crop is 0.0; it must be more than 0 and at most 1. {BETWEEN}"),
    ({"crop": 1.5}, f"crop is 1.5; it must be more than 0 and at most 1. {BETWEEN}"),
    ({"weight_decay": -0.1}, f"weight_decay is -0.1; it must be at least 0 and at most 1000. {BETWEEN}"),
    ({"momentum": 1}, f"momentum is 1; it must be at least 0 and less than 1. {BETWEEN}"),
    ({"warmup": 1.0}, f"warmup is 1.0; it must be at least 0 and less than 1. {BETWEEN}"),
    ({"label_smoothing": -1}, f"label_smoothing is -1; it must be at least 0 and less than 1. {BETWEEN}"),
    ({"averaging": 1}, f"averaging is 1; it must be at least 0 and less than 1. {BETWEEN}"),
    ({"validation": 1}, f"validation is 1; it must be at least 0 and less than 1. {BETWEEN}"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=[str(settings) for settings, _ in REFUSED])
def test_a_setting_out_of_range_is_refused_in_one_sentence(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LocalityError) as caught:
        Recipe(**settings)
    assert str(caught.value) == message
    assert isinstance(caught.value, UnknownNameError if message.startswith("Unknown") else DescriptionError)


def test_every_setting_has_a_bound_that_a_test_checks() -> None:
    assert {name for settings, _ in REFUSED for name in settings} == {field.name for field in fields(Recipe)}


def test_the_ends_of_the_ranges_are_allowed() -> None:
    Recipe(epochs=1, batch_size=1, learning_rate=1000, momentum=0, weight_decay=0, warmup=0, label_smoothing=0)
    Recipe(averaging=0, shift=0, rotation=180, crop=1, erase=0, validation=0, seed=0, flip=True)


def test_a_recipe_is_frozen_and_comparable() -> None:
    recipe = Recipe(epochs=3)
    assert recipe == Recipe(epochs=3) != Recipe(epochs=4)
    with pytest.raises(FrozenInstanceError):
        recipe.epochs = 4  # type: ignore[misc]


def test_a_recipe_survives_json() -> None:
    recipe = Recipe(epochs=3, optimizer="sgd", flip=True, crop=0.8, learning_rate=1 / 3, seed=2**60)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert list(recipe.to_dict()) == [field.name for field in fields(Recipe)]


def test_whole_numbers_of_numpy_become_pythons_so_that_json_can_keep_them() -> None:
    recipe = Recipe(epochs=np.int64(3), seed=np.uint8(7), batch_size=np.int32(16), learning_rate=np.float64(0.1))
    assert (
        json.loads(json.dumps(recipe.to_dict())) == Recipe(epochs=3, seed=7, batch_size=16, learning_rate=0.1).to_dict()
    )


def test_settings_that_are_left_out_take_their_defaults() -> None:
    assert Recipe.from_dict({}) == Recipe()
    assert Recipe.from_dict({"epochs": 2}) == Recipe(epochs=2)


def test_an_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        Recipe.from_dict({"learning-rate": 0.1})
    assert str(caught.value) == "Unknown setting 'learning-rate'. Did you mean 'learning_rate'?"


def test_the_one_cycle_schedule_is_torchs_in_a_line() -> None:
    """torch's OneCycleLR from 0 to 0, sampled between its steps."""
    steps, peak, warmup = 40, 0.3, 0.25
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, peak, total_steps=steps + 1, pct_start=(warmup * steps + 1) / (steps + 1),
        anneal_strategy="linear", div_factor=1e30, final_div_factor=1e30, cycle_momentum=False,
    )  # fmt: skip
    recipe = Recipe(learning_rate=peak, schedule="one-cycle", warmup=warmup)
    for step in range(steps):
        assert recipe.rate(step / steps) == pytest.approx(cycle.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        cycle.step()


def test_the_cosine_schedule_is_torchs() -> None:
    steps, peak = 40, 0.3
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    recipe = Recipe(learning_rate=peak, schedule="cosine", warmup=0)
    for step in range(steps + 1):
        assert recipe.rate(step / steps) == pytest.approx(cosine.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        cosine.step()


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "constant"])
def test_the_rate_rises_in_a_line_and_has_its_peak_after_the_warmup(schedule: str) -> None:
    recipe = Recipe(learning_rate=2.0, schedule=schedule, warmup=0.5)
    assert [recipe.rate(done) for done in (0.0, 0.125, 0.25, 0.5)] == [0.0, 0.5, 1.0, 2.0]
    assert recipe.rate(1.0) == pytest.approx(2.0 if schedule == "constant" else 0.0, abs=1e-15)

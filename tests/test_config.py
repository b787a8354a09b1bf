"""Recipes: every fault at once, nothing unknown, overrides as typed."""

import pytest

from nlsq.config import load_recipe, parse_recipe, recipe_path
from nlsq.errors import UserError

MINIMAL = "name: x\nbase: tiny-llama\n"


def test_defaults_are_resolved_and_round_trip():
    recipe = parse_recipe(MINIMAL, "x")
    assert recipe.lora.rank == 16
    assert parse_recipe(recipe.to_yaml(), "x") == recipe


def test_all_faults_are_named_at_once():
    text = MINIMAL + "lora: {rank: 0, rnak: 8}\ntraining: {epochs: many, batch: 4}\nprompt: talk\n"
    with pytest.raises(UserError) as error:
        parse_recipe(text, "x", ("nonsense", "training.seed=abc"))
    for part in ("lora.rank", "lora.rnak", "training.epochs", "training.batch", "prompt", "nonsense", "training.seed"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("override", "value"),
    [("training.learning_rate=2e-4", 2e-4), ("training.learning_rate=0.001", 0.001), ("training.learning_rate=1", 1.0)],
)
def test_overrides(override, value):
    assert parse_recipe(MINIMAL, "x", (override,)).training.learning_rate == value


def test_overrides_of_lists_and_switches():
    recipe = parse_recipe(MINIMAL, "x", ("builds.gguf=[q8_0]", "builds.int8=false", "base=Qwen/Qwen3-1.7B"))
    assert (recipe.builds.gguf, recipe.builds.int8, recipe.base) == (["q8_0"], False, "Qwen/Qwen3-1.7B")


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", ""])
def test_what_is_no_recipe_is_refused(text):
    with pytest.raises(UserError):
        parse_recipe(text, "x")


def test_unknown_recipe_lists_those_there_are():
    with pytest.raises(UserError, match="smoke"):
        recipe_path("nope")


def test_a_recipe_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: caf\xe9")
    with pytest.raises(UserError, match="UTF-8"):
        load_recipe(str(path))


def test_a_recipe_may_be_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINIMAL)
    assert load_recipe(str(path)).name == "x"


def test_sweeps_are_checked_before_anything_runs():
    parse_recipe(MINIMAL + "sweep: {lora.rank: [8, 16], training.learning_rate: [1.0e-3]}\n", "x")
    with pytest.raises(UserError, match="sweep.lora.rank=0"):
        parse_recipe(MINIMAL + "sweep: {lora.rank: [8, 0]}\n", "x")
    with pytest.raises(UserError, match="sweep.lora.rank: no values"):
        parse_recipe(MINIMAL + "sweep: {lora.rank: []}\n", "x")
    with pytest.raises(UserError, match="sweep.lora.rnak=8"):
        parse_recipe(MINIMAL + "sweep: {lora.rnak: [8]}\n", "x")


def test_sweep_runs_every_combination():
    from nlsq.run import run_named
    from recipes.sweep import combinations, run_name

    choices = combinations({"lora.rank": [8, 16], "training.epochs": [1, 2, 3]})
    names = {run_name(run_named("base", must_exist=False), choice) for choice in choices}
    assert len(choices) == len(names) == 6

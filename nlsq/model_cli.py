"""``nls-finetune model``, ``calibrate`` and ``ship``: from pairs to the model that lies in the package."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nlsq import console, environment, paths
from nlsq.errors import EXIT_NO, UserError
from nlsq.files import read_json
from nlsq.run import Run, run_named
from nlsq.shipping import best_build
from nlsq.stage_cli import (
    Stage,
    budget_option,
    checkpoints,
    closing,
    folder_of,
    is_trained,
    minutes_option,
    minutes_words,
    new_run_option,
    one_model,
    recipe_option_of,
    run_option,
    run_or_latest,
    run_stages,
    start,
    step_of,
)

if TYPE_CHECKING:
    from nlsq.config import Recipe

RECIPE = "edge"
# Of training on a CPU, unless said otherwise: what goes on for longer is more often cut off than finished.
SLICE_MINUTES = 110.0


@click.command()
@recipe_option_of(RECIPE)
@new_run_option
@minutes_option
@budget_option
@click.argument("overrides", nargs=-1)
def model(
    recipe: str, run_name: str | None, minutes: float | None, budget_ms: float, overrides: tuple[str, ...]
) -> None:
    """Make the model that is shipped, and say which build that is; the same command goes on where it stopped.

    On a CPU, training takes slices of 110 minutes unless --minutes says otherwise.
    """
    loaded = one_model(recipe, overrides)
    if not loaded.builds.gguf:
        raise UserError(f"recipe {recipe} makes no GGUF build, so nothing to ship", "builds.gguf=[q8_0]")
    run = run_named(run_name or loaded.name, must_exist=False)
    if minutes is None and not environment.gpus():
        minutes = SLICE_MINUTES
    needed = [loaded.data.train, loaded.data.validation, loaded.data.records]
    begin = _data(run, [paths.data_build() / name for name in needed])
    teacher = _teacher(loaded)
    if teacher:
        words = ["--recipe", teacher[0], *minutes_words(minutes)]
        begin.append((f"train the teacher, {teacher[1].name}", "recipes.train", words))
    train = ["--recipe", recipe, "--run", folder_of(run), *minutes_words(minutes), *overrides]
    middle = [("train", "recipes.train", train)]
    end = _after_training(run, ["f16", *(kind for kind in loaded.builds.gguf if kind != "f16")], budget_ms)
    count = len(begin) + len(middle) + len(end)
    seconds = run_stages(begin, of=count)
    if teacher and _is_on_the_way(teacher[1]):
        return
    seconds |= run_stages(middle, first=len(begin) + 1, of=count)
    if _is_on_the_way(run):
        return
    seconds |= run_stages(end, first=count - len(end) + 1, of=count)
    report = closing(run, seconds, [("confidence", run.folder / "calibration.json")])
    build = best_build(report)
    if build:
        click.echo(f"ship it:     nls-finetune ship --run {run.name} --build {build}")
    else:
        click.echo("ship it:     no; no GGUF build is small enough and fits the budget")


def _teacher(recipe: "Recipe") -> tuple[str, Run] | None:
    """The recipe that trains the teacher of ``recipe``, and its run."""
    if not (recipe.student and recipe.student.teacher):
        return None
    name = one_model(recipe.student.teacher, ()).name
    return recipe.student.teacher, run_named(name, must_exist=False)


def _is_on_the_way(run: Run) -> bool:
    """True, with a line that says so, when the training of ``run`` was stopped by the clock."""
    if is_trained(run):
        return False
    step, steps = step_of(run) or (0, 0)
    click.echo(f"training of {run.name} is at step {step} of {steps} -> the same command goes on")
    return True


def _data(run: Run, files: list[Path]) -> list[Stage]:
    """Making the data: not for a run that has begun, for on other data its training would begin anew."""
    if (checkpoints(run) or run.stage("train")) and all(path.is_file() for path in files):
        console.say(f"data: run {run.name} goes on with the data that it began with (make data makes it anew)")
        return []
    return [("data", "data.build", ["--if-needed"])]


def _after_training(run: Run, builds: list[str], budget_ms: float) -> list[Stage]:
    named = ["--run", folder_of(run)]
    asked: list[Stage] = [
        (f"evaluate {build}", "nlsq.pipeline_cli", ["eval", "run", *named, "--build", build]) for build in builds
    ]
    return [
        ("merge", "recipes.merge", named),
        ("quantize", "quant.build", named),
        *asked,
        ("calibrate", "recipes.calibrate", named),
        ("bench", "nlsq.pipeline_cli", ["bench", *named, "--budget-ms", str(budget_ms)]),
    ]


@click.command()
@run_option
@click.option("--build", "builds", multiple=True, help="One of the run's GGUF builds; all by default.")
def calibrate(run_name: str | None, builds: tuple[str, ...]) -> None:
    """Fit how sure a run's builds are on their answers to validation (docs/edge-model.md)."""
    words = [word for build in builds for word in ("--build", build)]
    start("recipes.calibrate", "--run", folder_of(run_or_latest(run_name)), *words)


@click.command()
@run_option
@click.option("--build", help="One of the run's GGUF builds; by default the best that may be shipped.")
@click.option("--to", type=click.Path(path_type=Path), help="Folder; that of the package by default.")
def ship(run_name: str | None, build: str | None, to: Path | None) -> int:
    """Take a build into the package, with its sidecar and its card; exit 1 when it is not to be shipped."""
    run = run_or_latest(run_name)
    build = build or best_build(read_json(run.bench / "bench.json"))
    if build is None:
        console.say(f"ship: run {run.name} has no GGUF build that is small enough and fits the budget")
        return EXIT_NO
    words = ["--to", str(to.absolute())] if to else []
    return start("recipes.ship", "--run", folder_of(run), "--build", build, *words, may_say_no=True)

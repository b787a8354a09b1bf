"""What the commands of ``nls-finetune`` share: options, starting a stage as a process of its own, finding a run."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlsq import console, paths
from nlsq.errors import EXIT_INTERRUPTED, EXIT_NO, UserError
from nlsq.files import read_json
from nlsq.process import run_module
from nlsq.run import Run, all_runs, run_named, stopwatch
from nlsq.timing import BUDGET_MS

if TYPE_CHECKING:
    from nlsq.config import Recipe

HELP = {"help_option_names": ["-h", "--help"]}
DEFAULT_RECIPE = "smoke"

FIRST_QUESTION = "find config files"
# A stage: its name, its module, and what that is told.
Stage = tuple[str, str, list[str]]


def recipe_option_of(default: str) -> Callable[[Any], Any]:
    """The option ``--recipe`` of a command."""
    return click.option(
        "--recipe",
        default=default,
        show_default=True,
        envvar="RECIPE",
        help="Name or path of a recipe. [env: RECIPE]",
    )


recipe_option = recipe_option_of(DEFAULT_RECIPE)
new_run_option = click.option(
    "--run", "run_name", envvar="RUN", help="Name of the run; the recipe's by default. [env: RUN]"
)
run_option = click.option(
    "--run", "run_name", envvar="RUN", help="Name of a run; RECIPE's, else the latest, by default. [env: RUN]"
)
budget_option = click.option(
    "--budget-ms",
    type=click.FloatRange(min=0, min_open=True),
    default=BUDGET_MS,
    show_default=True,
    envvar="BUDGET_MS",
    help="Limit of the 95th percentile. [env: BUDGET_MS]",
)
minutes_option = click.option(
    "--minutes",
    type=click.FloatRange(min=0),
    envvar="MINUTES",
    help="Stop training with a checkpoint after so long, to go on later; 0 for no limit. [env: MINUTES]",
)
force_option = click.option("--force", is_flag=True, help="Do it again though it is done.")


def start(module: str, *arguments: str, may_say_no: bool = False) -> int:
    """Run a stage's module; its output goes straight through. Ends this process when the stage fails."""
    code = run_module(module, *arguments)
    if code in (-2, EXIT_INTERRUPTED):
        raise SystemExit(EXIT_INTERRUPTED)
    if code and not (may_say_no and code == EXIT_NO):
        if code < 0:
            console.say(
                f"error: {module} was ended by signal {-code} -> the same command goes on from its last checkpoint"
            )
            raise SystemExit(2)
        raise SystemExit(code)
    return code


def run_or_latest(name: str | None) -> Run:
    """The run called ``name``; without a name the one of RECIPE, else the latest."""
    if not name and os.environ.get("RECIPE"):
        from nlsq.config import load_recipe

        name = load_recipe(os.environ["RECIPE"]).name
    if name:
        return run_named(name)
    runs = [run for run in all_runs() if not run.name.startswith("dry-run-")]
    if not runs:
        raise UserError("there is no run yet", "make pipeline, or: nls-finetune train --recipe smoke")
    return runs[0]


def folder_of(run: Run) -> str:
    """A run as the stages take it: its folder, for its name alone would be looked up anew."""
    return str(run.folder.absolute())


def flags(force: bool) -> list[str]:
    """What a stage is told of ``--force``."""
    return ["--force"] if force else []


def minutes_words(minutes: float | None) -> list[str]:
    """What training is told of ``--minutes``."""
    return ["--minutes", str(minutes)] if minutes else []


# ---------------------------------------------------------------------------------------------------------------------
# Commands of many stages


def one_model(recipe: str, overrides: tuple[str, ...]) -> "Recipe":
    """The recipe of a command that makes one model; ``UserError`` for a sweep."""
    from nlsq.config import load_recipe

    loaded = load_recipe(recipe, overrides)
    if loaded.sweep:
        raise UserError(
            "a sweep makes many runs and no model", f"nls-finetune train --recipe {recipe}, then choose one"
        )
    return loaded


def run_stages(stages: Sequence[Stage], first: int = 1, of: int | None = None) -> dict[str, float]:
    """Run ``stages`` one after the other, numbered from ``first`` to ``of``; returns the seconds of each."""
    seconds = {}
    for number, (name, module, arguments) in enumerate(stages, first):
        console.say(f"\n[{number}/{of or len(stages)}] {name}")
        with stopwatch() as watch:
            start(module, *arguments, may_say_no=name == "bench")
        seconds[name] = watch["seconds"]
    return seconds


def closing(run: Run, seconds: dict[str, float], made: Sequence[tuple[str, Path]] = ()) -> dict[str, Any]:
    """Print each stage's share of the time, the verdict, and where everything lies; returns the benchmark's report.

    ``made``: names and places that the command adds to those of every run.
    """
    total = sum(seconds.values())
    rows = [[stage, f"{taken:.0f}", f"{taken / total:.0%}"] for stage, taken in seconds.items()]
    click.echo("\n" + console.table(["stage", "seconds", "share"], [*rows, ["all", f"{total:.0f}", "100%"]]))
    report: dict[str, Any] = read_json(run.bench / "bench.json")
    choice = report["choice"]
    fit = f"{choice} fits" if choice else "no build fits"
    click.echo(f"\nverdict: {fit} p95 <= {report['budget_ms']:.0f} ms")
    for what, path in (
        ("run", run.folder),
        ("loss curve", run.folder / "loss.png"),
        ("merged", run.merged),
        ("builds", run.builds),
        ("evaluation", run.evaluations),
        *made,
        ("benchmark", run.bench / "bench.json"),
        ("latency", run.bench / "latency.png"),
    ):
        click.echo(f"{what + ':':12} {paths.shown(path)}")
    click.echo(f'ask it:      nlsq --model {run.name} "{FIRST_QUESTION}"')
    return report


def checkpoints(run: Run) -> list[Path]:
    """The checkpoints of a run's training, the oldest first."""
    return sorted((run.folder / "checkpoints").glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))


def step_of(run: Run) -> tuple[int, int] | None:
    """``(step, steps in all)`` of a run's last checkpoint; None where there is none."""
    there = checkpoints(run)
    if not there or not (there[-1] / "trainer_state.json").exists():
        return None
    state = read_json(there[-1] / "trainer_state.json")
    return state["global_step"], state["max_steps"]


def is_trained(run: Run) -> bool:
    """True when training has ended, and with the settings and data that it was last begun with."""
    entry, mark = run.stage("train"), run.folder / "checkpoints" / "fingerprint"
    return entry is not None and (not mark.exists() or mark.read_text() == entry["fingerprint"])

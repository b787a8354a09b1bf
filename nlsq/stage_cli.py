"""What the commands of ``nls-finetune`` share: options, starting a stage as a process of its own, finding a run."""

import os

import click

from nlsq import console
from nlsq.errors import EXIT_INTERRUPTED, EXIT_NO, UserError
from nlsq.process import run_module
from nlsq.run import Run, all_runs, run_named
from nlsq.timing import BUDGET_MS

HELP = {"help_option_names": ["-h", "--help"]}
DEFAULT_RECIPE = "smoke"

recipe_option = click.option(
    "--recipe",
    default=DEFAULT_RECIPE,
    show_default=True,
    envvar="RECIPE",
    help="Name or path of a recipe. [env: RECIPE]",
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

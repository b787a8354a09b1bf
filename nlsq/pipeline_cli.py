"""The command ``nls-finetune``: starts each stage of the pipeline as a process of its own, in the checkout.

No stage is imported here, so the package keeps clear of training code, and a stage's memory is freed when it ends.
"""

import json
from typing import Any

import click

from nlsq import console, paths
from nlsq.errors import EXIT_NO
from nlsq.evaluation_cli import evaluation, judged_records
from nlsq.model_cli import calibrate, model, ship
from nlsq.run import STAGES, Run, all_runs, run_named
from nlsq.stage_cli import (
    FIRST_QUESTION,
    HELP,
    Stage,
    budget_option,
    checkpoints,
    closing,
    flags,
    folder_of,
    force_option,
    minutes_option,
    minutes_words,
    new_run_option,
    one_model,
    recipe_option,
    run_option,
    run_or_latest,
    run_stages,
    start,
    step_of,
)
from nlsq.version import __version__


@click.group(context_settings=HELP)
@click.version_option(__version__, prog_name="nls-finetune")
def cli() -> None:
    """Fine-tune, merge, build, evaluate and measure small models that write code-search queries."""
    paths.require_checkout()


@cli.command()
@recipe_option
@new_run_option
@minutes_option
@force_option
@click.argument("overrides", nargs=-1)
def train(recipe: str, run_name: str | None, minutes: float | None, force: bool, overrides: tuple[str, ...]) -> None:
    """Fine-tune as a recipe says; OVERRIDES such as training.epochs=2."""
    named = ["--run", run_name] if run_name else []
    start("recipes.train", "--recipe", recipe, *named, *minutes_words(minutes), *flags(force), *overrides)


@cli.command()
@run_option
@force_option
def merge(run_name: str | None, force: bool) -> None:
    """Merge a run's adapter into plain weights."""
    start("recipes.merge", "--run", folder_of(run_or_latest(run_name)), *flags(force))


@cli.command()
@run_option
@force_option
def quantize(run_name: str | None, force: bool) -> None:
    """Make a run's GGUF and INT8 builds."""
    start("quant.build", "--run", folder_of(run_or_latest(run_name)), *flags(force))


@cli.command()
@run_option
@budget_option
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on stdout.")
@click.option("--beside", multiple=True, metavar="RUN:BUILD", help="Compare with this build of another run.")
@force_option
def bench(run_name: str | None, budget_ms: float, as_json: bool, beside: tuple[str, ...], force: bool) -> int:
    """Measure a run's builds; exit 1 when none fits the budget."""
    extra = [*(["--json"] if as_json else []), *(word for model in beside for word in ("--beside", model))]
    run = run_or_latest(run_name)
    words = ["--run", folder_of(run), "--records", str(judged_records(run)), "--budget-ms", str(budget_ms)]
    return start("bench.run", *words, *extra, *flags(force), may_say_no=True)


for command in (evaluation, model, calibrate, ship):
    cli.add_command(command)


# ---------------------------------------------------------------------------------------------------------------------
# Checks


@cli.group(invoke_without_command=True)
@click.pass_context
def data(context: click.Context) -> None:
    """Make the data; or bring in search logs, and write requests for their queries."""
    if context.invoked_subcommand is None:
        start("data.build")


# These hand everything on: the modules explain their own options.
_ALL_WORDS = {"ignore_unknown_options": True, "help_option_names": []}


@data.command(name="import", context_settings=_ALL_WORDS)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def data_import(words: tuple[str, ...]) -> None:
    """Bring in queries from exported search logs (data.import_logs --help)."""
    start("data.import_logs", *words)


@data.command(name="write-requests", context_settings=_ALL_WORDS)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def data_write_requests(words: tuple[str, ...]) -> int:
    """Let a language model write requests for queries (data.write_requests --help)."""
    return start("data.write_requests", *words, may_say_no=True)


@cli.group()
def verify() -> None:
    """Check data, recipes and machine before work starts."""


@verify.command(name="data")
def verify_data() -> int:
    """Check the data files."""
    return start("data.check", may_say_no=True)


@verify.command(name="config")
@click.option("--recipe", envvar="RECIPE", help="One recipe; all by default.")
def verify_config(recipe: str | None) -> None:
    """Check recipes."""
    from nlsq.config import load_recipe, recipe_names

    for name in [recipe] if recipe else recipe_names():
        loaded = load_recipe(name)
        click.echo(f"recipe {name}: ok (base {loaded.base}, prompt {loaded.prompt})")


@verify.command(name="env")
def verify_env() -> int:
    """Check machine and packages."""
    from nlsq.doctor import faults_and_facts

    faults, facts = faults_and_facts()
    for fact in facts:
        click.echo(fact)
    for fault in faults:
        console.say(f"fault: {fault}")
    click.echo(f"environment: {len(faults)} faults" if faults else "environment: ok")
    return EXIT_NO if faults else 0


@verify.command(name="all")
@click.pass_context
def verify_all(context: click.Context) -> int:
    """Check everything."""
    codes = [context.invoke(verify_env), context.invoke(verify_config, recipe=None), context.invoke(verify_data)]
    return EXIT_NO if any(codes) else 0


@cli.group(name="dry-run")
def dry_run() -> None:
    """Try a recipe before the real run."""


@dry_run.command(name="model")
@recipe_option
@click.argument("overrides", nargs=-1)
def dry_run_model(recipe: str, overrides: tuple[str, ...]) -> None:
    """Load the base model and run one forward pass."""
    start("recipes.probe", "--recipe", recipe, *overrides)


@dry_run.command(name="train")
@recipe_option
@click.argument("overrides", nargs=-1)
def dry_run_train(recipe: str, overrides: tuple[str, ...]) -> None:
    """The real training with three steps, in a run of its own."""
    start("recipes.train", "--recipe", recipe, "--dry-run", *overrides)


# ---------------------------------------------------------------------------------------------------------------------
# Runs


def _done(run: Run) -> list[str]:
    stages = run.manifest()["stages"]
    return [stage for stage in STAGES if stage in stages]


@cli.command(name="list-runs")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_runs(as_json: bool) -> None:
    """List the runs, the latest first."""
    rows: list[dict[str, Any]] = [
        {"run": run.name, "done": _done(run), "checkpoints": len(checkpoints(run))} for run in all_runs()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif not rows:
        console.say("no runs -> make pipeline, or: nls-finetune train --recipe smoke")
    else:
        cells = [[row["run"], str(row["checkpoints"]), ", ".join(row["done"]) or "-"] for row in rows]
        click.echo(console.table(["run", "checkpoints", "stages done"], cells))


@cli.command()
@run_option
def status(run_name: str | None) -> None:
    """Show how far a run is."""
    run = run_or_latest(run_name)
    stages = run.manifest()["stages"]
    rows = []
    for stage in STAGES:
        entry: dict[str, Any] | None = stages.get(stage)
        if entry:
            rows.append([stage, "done", entry["finished"], f"{entry['seconds']:.0f} s"])
        else:
            rows.append([stage, "not done", "-", "-"])
    click.echo(f"run {run.name} in {paths.shown(run.folder)}")
    click.echo(console.table(["stage", "state", "finished", "time"], rows))
    place = step_of(run)
    if place and "train" not in stages:
        click.echo(f"training: last checkpoint at step {place[0]} of {place[1]}")


# ---------------------------------------------------------------------------------------------------------------------
# The whole path


@cli.command()
@recipe_option
@new_run_option
@budget_option
@click.argument("overrides", nargs=-1)
def pipeline(recipe: str, run_name: str | None, budget_ms: float, overrides: tuple[str, ...]) -> None:
    """From pairs to a benchmarked answer; finished stages are not done again."""
    loaded = one_model(recipe, overrides)
    name = run_name or loaded.name
    run_named(name, must_exist=False)
    stages: list[Stage] = [
        ("data", "data.build", ["--if-needed"]),
        ("baseline", "nlsq.pipeline_cli", ["eval", "baseline", "--recipe", recipe, *overrides]),
        ("train", "recipes.train", ["--recipe", recipe, "--run", name, *overrides]),
        ("merge", "recipes.merge", ["--run", name]),
        ("quantize", "quant.build", ["--run", name]),
        ("evaluate", "nlsq.pipeline_cli", ["eval", "run", "--run", name]),
        ("report", "nlsq.pipeline_cli", ["eval", "report", "--run", name]),
        ("bench", "nlsq.pipeline_cli", ["bench", "--run", name, "--budget-ms", str(budget_ms)]),
        ("ask", "nlsq", ["--model", name, FIRST_QUESTION]),
    ]
    closing(run_named(name), run_stages(stages))


main = console.program(cli, "nls-finetune")


if __name__ == "__main__":
    main()

"""The command ``nls-finetune``: starts each stage of the pipeline as a process of its own, in the checkout.

No stage is imported here, so the package keeps clear of training code, and a stage's memory is freed when it ends.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from nlsq import console, paths
from nlsq.artifacts import MERGED, build_rows
from nlsq.errors import EXIT_INTERRUPTED, EXIT_NO, UserError
from nlsq.files import read_json, sha256_of
from nlsq.process import run_module
from nlsq.run import STAGES, Run, all_runs, run_named, stopwatch
from nlsq.timing import BUDGET_MS
from nlsq.version import __version__

HELP = {"help_option_names": ["-h", "--help"]}
DEFAULT_RECIPE = "smoke"
FIRST_QUESTION = "find config files"

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


@click.group(context_settings=HELP)
@click.version_option(__version__, prog_name="nls-finetune")
def cli() -> None:
    """Fine-tune, merge, build, evaluate and measure small models that write code-search queries."""
    paths.require_checkout()


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


def _run_or_latest(name: str | None) -> Run:
    if not name and os.environ.get("RECIPE"):
        from nlsq.config import load_recipe

        name = load_recipe(os.environ["RECIPE"]).name
    if name:
        return run_named(name)
    runs = [run for run in all_runs() if not run.name.startswith("dry-run-")]
    if not runs:
        raise UserError("there is no run yet", "make pipeline, or: nls-finetune train --recipe smoke")
    return runs[0]


def _folder(run: Run) -> str:
    """A run as the stages take it: its folder, for its name alone would be looked up anew."""
    return str(run.folder.absolute())


def _flags(force: bool) -> list[str]:
    return ["--force"] if force else []


@cli.command()
@recipe_option
@click.option("--run", "run_name", envvar="RUN", help="Name of the run; the recipe's by default. [env: RUN]")
@force_option
@click.argument("overrides", nargs=-1)
def train(recipe: str, run_name: str | None, force: bool, overrides: tuple[str, ...]) -> None:
    """Fine-tune as a recipe says; OVERRIDES such as training.epochs=2."""
    named = ["--run", run_name] if run_name else []
    start("recipes.train", "--recipe", recipe, *named, *_flags(force), *overrides)


@cli.command()
@run_option
@force_option
def merge(run_name: str | None, force: bool) -> None:
    """Merge a run's adapter into plain weights."""
    start("recipes.merge", "--run", _folder(_run_or_latest(run_name)), *_flags(force))


@cli.command()
@run_option
@force_option
def quantize(run_name: str | None, force: bool) -> None:
    """Make a run's GGUF and INT8 builds."""
    start("quant.build", "--run", _folder(_run_or_latest(run_name)), *_flags(force))


@cli.command()
@run_option
@budget_option
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on stdout.")
@force_option
def bench(run_name: str | None, budget_ms: float, as_json: bool, force: bool) -> int:
    """Measure a run's builds; exit 1 when none fits the budget."""
    extra = ["--json"] if as_json else []
    run = _folder(_run_or_latest(run_name))
    return start("bench.run", "--run", run, "--budget-ms", str(budget_ms), *extra, *_flags(force), may_say_no=True)


# ---------------------------------------------------------------------------------------------------------------------
# Evaluation


@cli.group(name="eval")
def evaluation() -> None:
    """Judge answers: of the untrained base, of a run, side by side."""


def baseline_file(base: str) -> Path:
    """Where the result of the untrained, few-shot base lies."""
    return paths.runs() / "baselines" / f"{base.strip('/').replace('/', '--')}.json"


@evaluation.command(name="baseline")
@recipe_option
@force_option
@click.argument("overrides", nargs=-1)
def eval_baseline(recipe: str, force: bool, overrides: tuple[str, ...]) -> None:
    """Evaluate the recipe's untrained base with a few-shot prompt, free; OVERRIDES such as base=FOLDER."""
    from nlsq.config import load_recipe

    base = load_recipe(recipe, overrides).base
    label = f"{base} untrained, few-shot"
    out = str(baseline_file(base))
    given = ["--style", "few-shot", "--free", "--label", label]
    start("recipes.evaluate", "--model", base, *given, "--out", out, *_flags(force))


@evaluation.command(name="run")
@run_option
@click.option("--build", default=MERGED, show_default=True, help="merged, or one of the run's builds.")
@click.option("--model", help="Any model instead of a run: a file, a folder, a base model.")
@click.option("--style", help="Prompt style for an untrained model: few-shot.")
@click.option("--file", type=click.Path(path_type=Path), help="Records; the validation split by default.")
@click.option("--free", is_flag=True, help="Let the model write anything; by default only queries without a finding.")
@click.option("--json", "as_json", is_flag=True, help="The whole result as JSON on stdout.")
@force_option
def eval_run(
    run_name: str | None,
    build: str,
    model: str | None,
    style: str | None,
    file: Path | None,
    free: bool,
    as_json: bool,
    force: bool,
) -> None:
    """Evaluate a run (or any model) on the validation split, or on any file of records."""
    records = _records_label(file) + ("-free" if free else "")
    if model:
        words = ["--model", model, "--out", str(paths.runs() / "evaluations" / f"{Path(model).stem}-{records}.json")]
    else:
        run = _run_or_latest(run_name)
        label = f"{run.name}:{build}{', free' if free else ''}"
        words = ["--model", f"{_folder(run)}:{build}", "--label", label]
        if file is None and not free:  # the manifest names the result on the validation split
            words += ["--run", _folder(run)]
        words += ["--out", str(run.evaluations / f"{build}-{records}.json")]
    out = Path(words[words.index("--out") + 1])
    given = [*(["--style", style] if style else []), *(["--file", str(file)] if file else [])]
    given += ["--free"] if free else []
    arguments = [*words, *given, *_flags(force)]
    if as_json:
        _quietly("recipes.evaluate", *arguments)
        click.echo(json.dumps(read_json(out), indent=2, ensure_ascii=False))
    else:
        start("recipes.evaluate", *arguments)


def _records_label(file: Path | None) -> str:
    """How a record file is called in the names of results: two files of the same name stay apart."""
    if file is None:
        return paths.VALIDATION
    if not file.is_file():
        raise UserError(f"the data file {file} does not exist", "check the path")
    return f"{file.stem}-{sha256_of(file)[:8]}"


def _quietly(module: str, *arguments: str) -> None:
    """Run a stage with its answer on stderr, for a caller that has an answer of its own."""
    code = run_module(module, *arguments, stdout=sys.stderr)
    if code:
        raise SystemExit(code)


@evaluation.command(name="report")
@run_option
@click.option("--build", default=MERGED, show_default=True, help="merged, or one of the run's builds.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def eval_report(run_name: str | None, build: str, as_json: bool) -> None:
    """Compare a run's result with its untrained base."""
    from nlsq.config import parse_recipe

    run = _run_or_latest(run_name)
    result = run.evaluations / f"{build}-{paths.VALIDATION}.json"
    base = parse_recipe(run.config.read_text(encoding="utf-8"), f"of run {run.name}").base
    baseline = baseline_file(base)
    if not result.exists() or not _is_current(run, build, read_json(result)["source"]["model_sha256"]):
        state = "evaluated" if not result.exists() else "evaluated with its present weights"
        raise UserError(f"run {run.name!r} is not {state}", f"nls-finetune eval run --run {run.name} --build {build}")
    if not baseline.exists():
        raise UserError(f"there is no baseline of {base}", f"nls-finetune eval baseline --recipe {run.config}")
    start("recipes.report", "--result", str(result), "--baseline", str(baseline), *(["--json"] if as_json else []))


def _is_current(run: Run, build: str, sha256: str) -> bool:
    """True when ``sha256`` is that of the weights that the run has now."""
    if build == MERGED:
        stage = run.stage("merge")
        return stage is not None and stage["outputs"].get(MERGED) == sha256
    return any(row["name"] == build and row["sha256"] == sha256 for row in build_rows(run))


# ---------------------------------------------------------------------------------------------------------------------
# Checks


@cli.command()
def data() -> None:
    """Split the hand-written pairs."""
    start("data.build")


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


def _checkpoints(run: Run) -> list[Path]:
    return sorted((run.folder / "checkpoints").glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))


def _done(run: Run) -> list[str]:
    stages = run.manifest()["stages"]
    return [stage for stage in STAGES if stage in stages]


@cli.command(name="list-runs")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_runs(as_json: bool) -> None:
    """List the runs, the latest first."""
    rows: list[dict[str, Any]] = [
        {"run": run.name, "done": _done(run), "checkpoints": len(_checkpoints(run))} for run in all_runs()
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
    run = _run_or_latest(run_name)
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
    checkpoints = _checkpoints(run)
    if checkpoints and "train" not in stages and (checkpoints[-1] / "trainer_state.json").exists():
        state = read_json(checkpoints[-1] / "trainer_state.json")
        click.echo(f"training: last checkpoint at step {state['global_step']} of {state['max_steps']}")


# ---------------------------------------------------------------------------------------------------------------------
# The whole path


@cli.command()
@recipe_option
@click.option("--run", "run_name", envvar="RUN", help="Name of the run; the recipe's by default. [env: RUN]")
@budget_option
@click.argument("overrides", nargs=-1)
def pipeline(recipe: str, run_name: str | None, budget_ms: float, overrides: tuple[str, ...]) -> None:
    """From pairs to a benchmarked answer; finished stages are not done again."""
    from nlsq.config import load_recipe

    loaded = load_recipe(recipe, overrides)
    if loaded.sweep:
        raise UserError(
            "a sweep makes many runs and no model", f"nls-finetune train --recipe {recipe}, then choose one"
        )
    name = run_name or loaded.name
    run_named(name, must_exist=False)
    stages = [
        ("data", "data.build", []),
        ("baseline", "nlsq.pipeline_cli", ["eval", "baseline", "--recipe", recipe, *overrides]),
        ("train", "recipes.train", ["--recipe", recipe, "--run", name, *overrides]),
        ("merge", "recipes.merge", ["--run", name]),
        ("quantize", "quant.build", ["--run", name]),
        ("evaluate", "nlsq.pipeline_cli", ["eval", "run", "--run", name]),
        ("report", "nlsq.pipeline_cli", ["eval", "report", "--run", name]),
        ("bench", "bench.run", ["--run", name, "--budget-ms", str(budget_ms)]),
        ("ask", "nlsq", ["--model", name, FIRST_QUESTION]),
    ]
    seconds = {}
    for number, (stage, module, arguments) in enumerate(stages, 1):
        console.say(f"\n[{number}/{len(stages)}] {stage}")
        with stopwatch() as watch:
            start(module, *arguments, may_say_no=stage == "bench")
        seconds[stage] = watch["seconds"]
    _closing(run_named(name), seconds)


def _closing(run: Run, seconds: dict[str, float]) -> None:
    """What the pipeline ends with: each stage's share of the time, the verdict, and where everything lies."""
    total = sum(seconds.values())
    rows = [[stage, f"{taken:.0f}", f"{taken / total:.0%}"] for stage, taken in seconds.items()]
    click.echo("\n" + console.table(["stage", "seconds", "share"], [*rows, ["all", f"{total:.0f}", "100%"]]))
    report = read_json(run.bench / "bench.json")
    choice = report["choice"]
    fit = f"{choice} fits" if choice else "no build fits"
    click.echo(f"\nverdict: {fit} p95 <= {report['budget_ms']:.0f} ms")
    for what, path in (
        ("run", run.folder),
        ("loss curve", run.folder / "loss.png"),
        ("merged", run.merged),
        ("builds", run.builds),
        ("evaluation", run.evaluations),
        ("benchmark", run.bench / "bench.json"),
        ("latency", run.bench / "latency.png"),
    ):
        click.echo(f"{what + ':':12} {paths.shown(path)}")
    click.echo(f'ask it:      nlsq --model {run.name} "{FIRST_QUESTION}"')


main = console.program(cli, "nls-finetune")


if __name__ == "__main__":
    main()

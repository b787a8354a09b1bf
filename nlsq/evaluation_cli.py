"""``nls-finetune eval``: judge answers of the untrained base and of a run, side by side."""

import json
import sys
from pathlib import Path

import click

from nlsq import paths
from nlsq.artifacts import MERGED, build_rows
from nlsq.errors import UserError
from nlsq.files import read_json, sha256_of
from nlsq.process import run_module
from nlsq.run import Run
from nlsq.stage_cli import flags, folder_of, force_option, recipe_option, run_option, run_or_latest, start


@click.group(name="eval")
def evaluation() -> None:
    """Judge answers: of the untrained base, of a run, side by side."""


def baseline_file(base: str, records: Path) -> Path:
    """Where the result of the untrained, few-shot base on a file of records lies."""
    return paths.runs() / "baselines" / f"{base.strip('/').replace('/', '--')}-{records.stem}.json"


def judged_records(run: Run) -> Path:
    """The records on which the recipe of a run has its answers judged."""
    from nlsq.config import parse_recipe

    if not run.config.exists():
        return paths.validation_records()
    return paths.data_build() / parse_recipe(run.config.read_text(encoding="utf-8"), f"of run {run.name}").data.records


@evaluation.command(name="baseline")
@recipe_option
@force_option
@click.argument("overrides", nargs=-1)
def eval_baseline(recipe: str, force: bool, overrides: tuple[str, ...]) -> None:
    """Evaluate the recipe's untrained base with a few-shot prompt, free; OVERRIDES such as base=FOLDER."""
    from nlsq.config import load_recipe

    loaded = load_recipe(recipe, overrides)
    records = paths.data_build() / loaded.data.records
    label = f"{loaded.base} untrained, few-shot"
    given = ["--style", "few-shot", "--free", "--label", label, "--file", str(records)]
    out = str(baseline_file(loaded.base, records))
    start("recipes.evaluate", "--model", loaded.base, *given, "--out", out, *flags(force))


@evaluation.command(name="run")
@run_option
@click.option("--build", default=MERGED, show_default=True, help="merged, or one of the run's builds.")
@click.option("--model", help="Any model instead of a run: a file, a folder, a base model.")
@click.option("--style", help="Prompt style for an untrained model: few-shot.")
@click.option("--file", type=click.Path(path_type=Path), help="Records; those that the run's recipe names by default.")
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
    """Evaluate a run (or any model) on validation records, or on any file of records."""
    if model:
        file = file or paths.validation_records()
        records = _records_label(file) + ("-free" if free else "")
        words = ["--model", model, "--out", str(paths.runs() / "evaluations" / f"{Path(model).stem}-{records}.json")]
    else:
        run = run_or_latest(run_name)
        named = file is not None
        file = file or judged_records(run)
        records = _records_label(file) + ("-free" if free else "")
        label = f"{run.name}:{build}{', free' if free else ''}"
        words = ["--model", f"{folder_of(run)}:{build}", "--label", label]
        if not named and not free:  # the manifest names the result on the records of the recipe
            words += ["--run", folder_of(run)]
        words += ["--out", str(run.evaluations / f"{build}-{records}.json")]
    out = Path(words[words.index("--out") + 1])
    given = ["--file", str(file), *(["--style", style] if style else []), *(["--free"] if free else [])]
    arguments = [*words, *given, *flags(force)]
    if as_json:
        _quietly("recipes.evaluate", *arguments)
        click.echo(json.dumps(read_json(out), indent=2, ensure_ascii=False))
    else:
        start("recipes.evaluate", *arguments)


def _records_label(file: Path) -> str:
    """How a record file is called in the names of results: two files of the same name stay apart."""
    if not file.is_file():
        raise UserError(f"the data file {file} does not exist", "run `make data`, or check the path")
    return file.stem if file.parent == paths.data_build() else f"{file.stem}-{sha256_of(file)[:8]}"


def _quietly(module: str, *arguments: str) -> None:
    """Run a stage with its answer on stderr, for a caller that has an answer of its own."""
    code = run_module(module, *arguments, stdout=sys.stderr)
    if code:
        raise SystemExit(code)


@evaluation.command(name="release")
@run_option
@click.option("--build", default=MERGED, show_default=True, help="merged, or one of the run's builds.")
def eval_release(run_name: str | None, build: str) -> None:
    """Judge a release on the test split, in aggregate; every reading is counted in data/test_reads.jsonl."""
    run = run_or_latest(run_name)
    words = ["--model", f"{folder_of(run)}:{build}", "--label", f"{run.name}:{build}", "--release"]
    start("recipes.evaluate", *words, "--out", str(run.evaluations / f"{build}-test.json"))


@evaluation.command(name="report")
@run_option
@click.option("--build", default=MERGED, show_default=True, help="merged, or one of the run's builds.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def eval_report(run_name: str | None, build: str, as_json: bool) -> None:
    """Compare a run's result with its untrained base."""
    from nlsq.config import parse_recipe

    run = run_or_latest(run_name)
    records = judged_records(run)
    result = run.evaluations / f"{build}-{records.stem}.json"
    base = parse_recipe(run.config.read_text(encoding="utf-8"), f"of run {run.name}").base
    baseline = baseline_file(base, records)
    if not result.exists() or not _is_current(run, build, read_json(result)["source"]["model_sha256"]):
        state = "evaluated" if not result.exists() else "evaluated with its present weights"
        raise UserError(f"run {run.name!r} is not {state}", f"nls-finetune eval run --run {run.name} --build {build}")
    if not baseline.exists():
        raise UserError(f"there is no baseline of {base}", f"nls-finetune eval baseline --recipe {run.config}")
    start("recipes.report", "--result", str(result), "--baseline", str(baseline), *(["--json"] if as_json else []))


@evaluation.command(name="failures")
@run_option
@click.option("--build", default=MERGED, show_default=True, help="merged, or one of the run's builds.")
@click.option("--result", type=click.Path(path_type=Path), help="Any result file instead of a run's.")
@click.option("--category", help="Requests of one category.")
@click.option("--cause", help="Failures with one cause among theirs; repo: all causes of repositories.")
@click.option("--limit", type=click.IntRange(min=0), help="Examples of each cause; 5 by default.")
@click.option("--json", "as_json", is_flag=True, help="Counts and all failures as JSON.")
def eval_failures(
    run_name: str | None,
    build: str,
    result: Path | None,
    category: str | None,
    cause: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List what is not right on validation, grouped by cause (docs/evaluation.md tells the causes)."""
    given = {"--category": category, "--cause": cause, "--limit": None if limit is None else str(limit)}
    words = [word for name, value in given.items() if value is not None for word in (name, value)]
    which = ["--result", str(result)] if result else ["--run", folder_of(run_or_latest(run_name)), "--build", build]
    start("recipes.failures", *which, *words, *(["--json"] if as_json else []))


def _is_current(run: Run, build: str, sha256: str) -> bool:
    """True when ``sha256`` is that of the weights that the run has now."""
    if build == MERGED:
        stage = run.stage("merge")
        return stage is not None and stage["outputs"].get(MERGED) == sha256
    return any(row["name"] == build and row["sha256"] == sha256 for row in build_rows(run))

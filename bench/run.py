"""Measure every build of a run against the latency budget, quality beside latency.

    python -m bench.run --run smoke [--budget-ms 100] [--beside other:q4_k_m --force]

Each cell (a build on its engine) runs in a fresh process and keeps its own result, so an interrupted benchmark goes
on where it stopped. Exit 0 when a build fits the budget, 1 when none does.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench.report import choose, compared, console_table, plot, summarise_cell
from nlsq import console, environment, held_out, paths
from nlsq.artifacts import MERGED, build_rows
from nlsq.errors import EXIT_INTERRUPTED, EXIT_NO, UserError
from nlsq.files import checksum, read_json, sha256_of, write_json
from nlsq.process import run_module
from nlsq.records import read_records
from nlsq.run import Run, fingerprint_of, run_named, stopwatch
from nlsq.timing import BUDGET_MS

SCHEMA_VERSION = 1


def cells_of(run: Run) -> list[dict[str, Any]]:
    """The cells that a run offers: the merged weights as they are, and every build."""
    if not run.stage("merge") or not build_rows(run):
        raise UserError(f"run {run.name!r} has nothing built to measure", f"nls-finetune quantize --run {run.name}")
    size = sum(file.stat().st_size for file in run.merged.rglob("*") if file.is_file())
    cells = [{"name": MERGED, "model": str(run.merged), "sha256": checksum(run.merged), "bytes": size}]
    for row in build_rows(run):
        path = run.builds / row["file"]
        cells.append({"name": row["name"], "model": str(path), "sha256": row["sha256"], "bytes": row["bytes"]})
    return cells


def cell_beside(model: str) -> dict[str, Any]:
    """The cell of another run's build, ``run:build``, which is measured for comparison."""
    name, _, build = model.partition(":")
    other = run_named(name)
    row = next((row for row in build_rows(other) if row["name"] == build), None)
    if row is None:
        there = ", ".join(row["name"] for row in build_rows(other)) or "none"
        raise UserError(
            f"run {name!r} has no build {build!r} to compare with (it has {there})", "name one as RUN:BUILD"
        )
    return {"name": model, "model": str(other.builds / row["file"]), "sha256": row["sha256"], "bytes": row["bytes"]}


def measure_cell(cell: dict[str, Any], folder: Path, records: Path, records_sha256: str, force: bool) -> dict[str, Any]:
    """Measure one cell in a process of its own, or read its result of the same model, records, machine, software."""
    file_name = cell["name"].replace(":", "-")
    out = folder / f"{file_name}.json"
    machine = environment.describe()
    key = {
        "sha256": cell["sha256"],
        "records_sha256": records_sha256,
        "schema_version": SCHEMA_VERSION,
        "machine": environment.machine_line(machine),
        "packages": machine["packages"],
    }
    if out.exists() and not force:
        before = read_json(out)
        if before.get("key") == key:
            console.say(f"bench: {cell['name']} was measured already")
            return before
    console.say(f"bench: {cell['name']}")
    raw = folder / f".{file_name}.raw.json"
    words = ["--model", cell["model"], "--records", str(records), "--out", str(raw)]
    code = run_module("bench.cell", *words, stdout=subprocess.DEVNULL)
    if code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if code or not raw.exists():
        # Reported in the table as failed; not kept, so the next run tries again.
        return {"key": key, "failed": f"exit code {code}", "samples": [], "errors": []}
    result = {"key": key, **read_json(raw)}
    raw.unlink()
    write_json(out, result)
    return result


def bench(
    run: Run, records_path: Path, budget_ms: float, force: bool = False, beside: Sequence[str] = ()
) -> dict[str, Any]:
    """Measure all cells of ``run``; returns the report, which is also written beside the samples.

    ``beside``: builds of other runs (``run:build``) that the run's own are compared with; none of them is chosen.
    """
    records = {record.id: record for record in read_records(records_path)}
    records_sha256 = sha256_of(records_path)
    folder = run.bench / "cells"
    own, others = cells_of(run), [cell_beside(model) for model in beside]
    cells = [*own, *others]
    with run.lock():
        with stopwatch() as watch:
            results = [(cell, measure_cell(cell, folder, records_path, records_sha256, force)) for cell in cells]
        rows = [summarise_cell(cell, result, records) for cell, result in results]
        samples = {cell["name"]: [one["ms"] for one in result["samples"]] for cell, result in results}
        report = {
            "schema_version": SCHEMA_VERSION,
            "run": run.name,
            "finished": max((result.get("finished", "") for _, result in results), default=""),
            "budget_ms": budget_ms,
            "records_sha256": records_sha256,
            "environment": environment.describe(),
            "cells": rows[: len(own)],
            "beside": rows[len(own) :],
            "compared": compared({cell["name"]: samples[cell["name"]] for cell in own}, samples, beside),
            "choice": choose(rows[: len(own)], budget_ms),
        }
        write_json(run.bench / "bench.json", report)
        plot(report, samples, run.bench / "latency.png")
        inputs = {cell["name"]: cell["sha256"] for cell in cells} | {"records": records_sha256}
        outputs = [run.bench / "bench.json", run.bench / "latency.png"]
        fingerprint = fingerprint_of(budget_ms, inputs)
        if not run.is_done("bench", fingerprint):  # a table made of cells measured before is no new measurement
            run.record("bench", fingerprint, inputs, outputs, watch["seconds"])
    return report


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--run", "run_name", required=True, help="Name of the run.")
@click.option(
    "--budget-ms",
    type=click.FloatRange(min=0, min_open=True),
    default=BUDGET_MS,
    show_default=True,
    help="Limit of the 95th percentile.",
)
@click.option("--records", type=click.Path(path_type=Path), help="Records to ask; the validation split by default.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on stdout.")
@click.option("--beside", multiple=True, metavar="RUN:BUILD", help="Compare with this build of another run.")
@click.option("--force", is_flag=True, help="Measure again what was measured already.")
def main(
    run_name: str, budget_ms: float, records: Path | None, as_json: bool, beside: tuple[str, ...], force: bool
) -> int:
    """Measure every build of a run; exit 1 when none fits the budget."""
    run = run_named(run_name)
    records = records or paths.validation_records()
    held_out.refuse_test_split(records)
    report = bench(run, records, budget_ms, force, beside)
    click.echo(json.dumps(report, indent=2) if as_json else console_table(report))
    console.say(f"bench: {paths.shown(run.bench / 'bench.json')}, {paths.shown(run.bench / 'latency.png')}")
    return 0 if report["choice"] else EXIT_NO


if __name__ == "__main__":
    console.run(main)

"""Take a build of a run into the package, with everything that is known of it.

    python -m recipes.ship --run edge --build q8_0          # into nlsq/models

Writes ``edge.gguf``, its sidecar ``edge.json``, the training log ``edge-training.json`` and the model card
``README.md``, which is made of the sidecar alone. Exit 1 for a build that is too large, or that was not evaluated,
calibrated and measured with these very weights.
"""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from nlsq import artifacts, console, environment, paths
from nlsq.artifacts import LARGEST_SHIPPED_BYTES, build_rows
from nlsq.base_models import described
from nlsq.config import parse_recipe
from nlsq.errors import EXIT_NO, UserError
from nlsq.evaluation_cli import judged_records
from nlsq.files import atomic_path, read_json, sha256_of, write_json, write_text
from nlsq.prompt import MAX_NEW_TOKENS, MAX_REQUEST_CHARACTERS, STYLES
from nlsq.run import Run, run_named
from recipes.calibrate import CALIBRATION
from recipes.model_card import card

SCHEMA_VERSION = 1
NAME = "edge"
METRICS = ("valid", "semantic_match", "right", "exact")
# What the training log keeps of each entry of the trainer's.
LOGGED = ("step", "loss", "eval_loss", "learning_rate", "seconds")


class RefusedError(Exception):
    """A build that is not to be shipped; the reasons are its arguments."""


def build_row(run: Run, build: str) -> dict[str, Any]:
    """What the build manifest says of a GGUF build of ``run``; ``UserError`` where there is none, or it is corrupt."""
    rows = {row["name"]: row for row in build_rows(run)}
    if build not in rows or not rows[build]["file"].endswith(".gguf"):
        there = ", ".join(name for name, row in rows.items() if row["file"].endswith(".gguf")) or "none"
        raise UserError(
            f"run {run.name!r} has no GGUF build {build!r} (builds: {there})", f"nls-finetune quantize --run {run.name}"
        )
    path = run.builds / rows[build]["file"]
    if not path.is_file() or sha256_of(path) != rows[build]["sha256"]:
        raise UserError(
            f"{paths.shown(path)} is not what its manifest says", f"nls-finetune quantize --run {run.name} --force"
        )
    return rows[build]


def evidence(run: Run, build: str, row: dict[str, Any]) -> dict[str, Any]:
    """Evaluation, calibration and measurement of a build; ``RefusedError`` names all that is wrong with it.

    All three have to be of these very weights and of the records as they are now.
    """
    records = judged_records(run)
    at_present = {"sha256": row["sha256"], "records_sha256": sha256_of(records)}
    report = _read(run.bench / "bench.json")
    cells = {cell["name"]: cell for cell in report.get("cells", [])}
    measured = _read(run.bench / "cells" / f"{build}.json")
    result = _read(run.evaluations / f"{build}-{records.stem}.json")
    calibration = _read(run.folder / CALIBRATION).get(build, {})
    of = f"--run {run.name}"
    faults = []
    if row["bytes"] > LARGEST_SHIPPED_BYTES:
        faults.append(f"it has {row['bytes'] / 1e6:.1f} MB, more than {LARGEST_SHIPPED_BYTES / 1e6:.0f}")
    style = STYLES.get(row["prompt_style"])
    if style is None or style.hash != row["prompt_hash"]:
        faults.append("it was made for another prompt than this version asks with (train another run)")
    source = result.get("source", {})
    if _weights(source) != at_present or not source.get("constrained"):
        faults.append(f"it is not evaluated with these weights (nls-finetune eval run {of} --build {build})")
    if _weights(calibration) != at_present:
        faults.append(f"its confidence is not calibrated with these weights (nls-finetune calibrate {of})")
    if _weights(measured.get("key", {})) != at_present or cells.get(build, {}).get("sha256") != row["sha256"]:
        faults.append(f"it is not measured with these weights (nls-finetune bench {of})")
    elif cells[build]["errors"] or cells[build]["latency_ms"]["p95"] is None:
        faults.append(f"its measurement has failed requests or too few samples (nls-finetune bench {of} --force)")
    if faults:
        raise RefusedError(*faults)
    release = _read(run.evaluations / f"{build}-test.json")
    if release.get("source", {}).get("model_sha256") != row["sha256"]:
        release = {}
    found = {"result": result, "calibration": calibration, "cell": cells[build], "measured": measured, "report": report}
    return {**found, "release": release}


def _read(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}


def _weights(facts: dict[str, Any]) -> dict[str, Any]:
    sha256 = facts.get("model_sha256", facts.get("sha256"))
    return {"sha256": sha256, "records_sha256": facts.get("records_sha256")}


def facts_of(run: Run, build: str, row: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The sidecar: all that is known of a build, as plain data. ``found``: its ``evidence``."""
    text = run.config.read_text(encoding="utf-8")
    recipe = parse_recipe(text, f"of run {run.name}")
    train = run.stage("train") or {}
    manifest = _read(paths.data_build() / "manifest.json")
    result, cell = found["result"], found["cell"]
    return {
        "schema_version": SCHEMA_VERSION,
        "name": NAME,
        "build": build,
        "run": run.name,
        "sha256": row["sha256"],
        "bytes": row["bytes"],
        "parent_sha256": row["parent_sha256"],
        "tensor_types": row["tensor_types"],
        "licence": described(recipe.base)["licence"],
        "base": described(recipe.base),
        "prompt": result["prompt"],
        "recipe": {"sha256": hashlib.sha256(text.encode()).hexdigest(), "values": yaml.safe_load(text)},
        "data": _data(train, manifest),
        "seeds": {"training": recipe.training.seed, "data": manifest.get("seed")},
        "training": {
            **{key: value for key, value in read_json(run.folder / "train.json").items() if key != "eval_losses"},
            "finished": train.get("finished"),
            "seconds": training_log(run, row)["seconds"],
            "machine": environment.machine_line(read_json(run.folder / "environment.json")),
        },
        "packages": {"training": train.get("packages"), "build": row["packages"]},
        "git": {
            "training": read_json(run.folder / "environment.json")["git"],
            "shipping": environment.git_commit(paths.PACKAGE),
        },
        "evaluation": {
            "finished": result["finished"],
            "records_sha256": result["source"]["records_sha256"],
            "summary": _shares(result["summary"]),
            "categories": {name: _shares(shares) for name, shares in sorted(result["categories"].items())},
        },
        # Of the test split, where `nls-finetune eval release` has judged these weights.
        "release": {"finished": found["release"]["finished"], "summary": _shares(found["release"]["summary"])}
        if found["release"]
        else None,
        "latency": {
            **{key: cell["latency_ms"][key] for key in ("n", "p50", "p95")},
            "budget_ms": found["report"]["budget_ms"],
            "cold_ms": cell["cold"],
            "threads": found["measured"]["threads"],
            "machine": found["measured"]["key"]["machine"],
            "finished": found["measured"]["finished"],
        },
        "peak_memory_bytes": cell["peak_memory_bytes"],
        "confidence": {
            key: value for key, value in found["calibration"].items() if key not in ("model_sha256", "records_sha256")
        },
        "limits": {"request_characters": MAX_REQUEST_CHARACTERS, "answer_tokens": MAX_NEW_TOKENS},
        "shipped": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _data(train: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """What was trained on. The manifest's hash is there where it is that of these files: data may be made anew."""
    files = train.get("inputs", {})
    made = manifest.get("outputs", {})
    same = bool(files) and all(made.get(name) == sha256 for name, sha256 in files.items())
    return {
        "files": files,
        "manifest_sha256": sha256_of(paths.data_build() / "manifest.json") if same else None,
        "pairs": {name: manifest["sizes"][name] for name in files} if same else None,
    }


def _shares(summary: dict[str, Any]) -> dict[str, Any]:
    return {metric: summary[metric] for metric in METRICS}


def training_log(run: Run, row: dict[str, Any]) -> dict[str, Any]:
    """The loss curve in columns, time and speed, and what it belongs to. ``seconds`` are of all slices together."""
    history = read_json(run.folder / "losses.json")
    entries = [entry for entry in history if "loss" in entry or "eval_loss" in entry]
    whole = all("seconds" in entry for entry in entries)
    seconds, tokens = (entries[-1]["seconds"] if whole else None), tokens_seen(history)
    return {
        "model_sha256": row["sha256"],
        "parent_sha256": row["parent_sha256"],
        "recipe_sha256": sha256_of(run.config),
        "inputs": (run.stage("train") or {}).get("inputs"),
        "seed": parse_recipe(run.config.read_text(encoding="utf-8"), run.name).training.seed,
        "seconds": seconds,
        "tokens": tokens,
        "tokens_per_second": round(tokens / seconds, 1) if tokens and seconds else None,
        "columns": LOGGED,
        "rows": [[_short(entry.get(key)) for key in LOGGED] for entry in entries],
    }


def _short(value: Any) -> Any:
    """A number to six digits: the log is read by people and kept in git."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def tokens_seen(history: list[dict[str, Any]]) -> int:
    """How many tokens the trainer saw: it counts them anew in each slice, so a smaller count begins another one."""
    total = last = 0.0
    for entry in history:
        count = entry.get("num_tokens", last)
        total += count - last if count >= last else count
        last = count
    return int(total)


def ship(run: Run, build: str, target: Path) -> dict[str, Any]:
    """Write model, sidecar, training log and model card into ``target``; returns the sidecar.

    Raises ``RefusedError`` with the reasons for a build that is not to be shipped, ``UserError`` where there is none.
    """
    with run.lock():
        row = build_row(run, build)
        facts = facts_of(run, build, row, evidence(run, build, row))
        model = target / f"{NAME}.gguf"
        # In this order: a model never lies beside a sidecar that tells of another one.
        model.with_suffix(".json").unlink(missing_ok=True)
        with atomic_path(model) as path:
            shutil.copyfile(run.builds / row["file"], path)
        write_json(model.with_suffix(".json"), facts)
        write_text(target / f"{NAME}-training.json", _compact(training_log(run, row)))
        write_text(target / "README.md", card(facts))
    artifacts.verify(model)
    return facts


def _compact(log: dict[str, Any]) -> str:
    """The log as JSON with a line a row: half the size of indented JSON, and a change shows as one line."""
    import json

    head = json.dumps({key: value for key, value in log.items() if key != "rows"}, indent=2).rstrip("\n}")
    return f'{head},\n  "rows": [\n    ' + ",\n    ".join(map(json.dumps, log["rows"])) + "\n  ]\n}\n"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--run", "run_name", required=True, help="Name of the run.")
@click.option("--build", required=True, help="One of the run's GGUF builds, such as q8_0.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Folder; that of the package by default.")
def main(run_name: str, build: str, target: Path | None) -> int:
    """Take a build into the package; exit 1 when it is not to be shipped."""
    target = target or paths.SHIPPED_MODELS
    try:
        facts = ship(run_named(run_name), build, target)
    except RefusedError as refused:
        console.say(f"ship: {build} of run {run_name} is refused: {'; '.join(refused.args)}")
        return EXIT_NO
    right = facts["evaluation"]["summary"]["right"]
    click.echo(
        f"{NAME}.gguf: {build} of run {facts['run']}, {facts['bytes'] / 1e6:.1f} MB, right {right['value']:.1%} of "
        f"{right['n']}, p95 {facts['latency']['p95']:.0f} ms, sha256 {facts['sha256'][:12]}"
    )
    console.say(f"ship: {paths.shown(target)}")
    return 0


if __name__ == "__main__":
    console.run(main)

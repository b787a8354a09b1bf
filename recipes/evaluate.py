"""Answer every request of a record file with a model and judge the answers.

    python -m recipes.evaluate --model smoke:merged --out FILE            # any model, any file of records
    python -m recipes.evaluate --model smollm2-135m --style few-shot ...  # an untrained base

An engine that gains from it answers in batches; its latency is then measured on single requests apart.
"""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from nlsq import artifacts, console, environment, held_out, paths
from nlsq.base_models import BASE_MODELS, base_folder
from nlsq.files import checksum, read_json, sha256_of, write_json
from nlsq.prompt import style_named
from nlsq.records import Record, mixed, read_records
from nlsq.run import fingerprint_of, run_named, stopwatch
from nlsq.scoring import METRICS, by_category, score, summarise
from nlsq.timing import Latency, milliseconds
from nlsq.translator import Translation, Translator

BATCH_SIZE = 16
LATENCY_SAMPLES = 20
SCHEMA_VERSION = 1
# What is told of each single answer; a release tells sums alone.
ANSWERED = ("answers", "log_probabilities", "new_tokens")
# What ``judge`` adds: made anew from the answers at every reading, so that figures follow the scoring.
JUDGED = ("latency_ms", "summary", "categories", "results")


def answers(translator: Translator, records: list[Record]) -> dict[str, Any]:
    """The ``ANSWERED`` of all records in their order, and the latencies in ms, which are of single requests only.

    Log-probabilities and numbers of tokens are there where the engine tells them; a request that is answered without
    the model has no tokens.
    """
    if translator.backend.name != artifacts.TRANSFORMERS:
        timed = [_timed(translator, record) for record in records]
        found = [one for one, _ in timed]
        return {
            "answers": [one.query for one in found],
            "log_probabilities": [one.log_probability for one in found],
            "new_tokens": [one.timings.new_tokens for one in found],
            "latency_samples_ms": [elapsed for _, elapsed in timed],
        }
    # Similar lengths together: less padding.
    order = sorted(range(len(records)), key=lambda number: len(records[number].request))
    texts = [""] * len(records)
    for start in range(0, len(order), BATCH_SIZE):
        batch = order[start : start + BATCH_SIZE]
        asked = [records[number] for number in batch]
        written = translator.answers([(one.request, one.today, one.repositories) for one in asked])
        for number, text in zip(batch, written, strict=True):
            texts[number] = text
        console.say(f"evaluate: {min(start + BATCH_SIZE, len(order))}/{len(order)}")
    samples = [_timed(translator, record)[1] for record in mixed(records)[:LATENCY_SAMPLES]]
    return {"answers": texts, "latency_samples_ms": samples}


def _timed(translator: Translator, record: Record) -> tuple[Translation, float]:
    started = time.perf_counter()
    translation = translator.translate(record.request, record.today, record.repositories)
    return translation, 1000 * (time.perf_counter() - started)


def judge(answered: dict[str, Any], records: list[Record]) -> dict[str, Any]:
    """``answered`` with the judgement of every answer, the summary, and that of each category."""
    rows = [(one, text, score(one, text)) for one, text in zip(records, answered["answers"], strict=True)]
    told = {"log_probability": "log_probabilities", "new_tokens": "new_tokens"}
    more = [
        {key: answered[column][number] for key, column in told.items() if column in answered}
        for number in range(len(rows))
    ]
    return {
        **answered,
        "latency_ms": Latency.of(answered["latency_samples_ms"]).to_json(),
        "summary": {metric: share.to_json() for metric, share in summarise([row[2] for row in rows]).items()},
        "categories": {
            category: {metric: share.to_json() for metric, share in summarise([row[2] for row in group]).items()}
            for category, group in by_category(rows, lambda row: row[0].category).items()
        },
        "results": [
            {**record.to_json(), "expected": record.query, "answer": text, **facts, "score": judged.to_json()}
            for (record, text, judged), facts in zip(rows, more, strict=True)
        ],
    }


def table(result: dict[str, Any]) -> str:
    """The result as a table: a line for each category and one for all."""

    def cells(name: str, summary: dict[str, Any]) -> list[str]:
        return [name, *(f"{summary[metric]['value']:.0%}" for metric in METRICS), str(summary["valid"]["n"])]

    rows = [cells(name, result["categories"][name]) for name in sorted(result["categories"])]
    rows.append(cells("all", result["summary"]))
    return console.table(["category", *(metric.replace("_", " ") for metric in METRICS), "n"], rows)


def evaluate_file(
    model: str, file: Path, out: Path, *, style: str | None, backend: str | None, free: bool, label: str, force: bool
) -> dict[str, Any]:
    """Answer and judge; the answers that ``out`` holds of this very model, prompt, engine and file are judged anew."""
    records = read_records(file)
    # An untrained base goes by its own name and needs no artifact of a run.
    path = base_folder(model) if style or model in BASE_MODELS else artifacts.find(model).path
    source = {
        "model_sha256": checksum(path) if path.exists() else str(path),
        "records_sha256": sha256_of(file),
        "style_hash": style_named(style).hash if style else "",
        "backend": backend or "",
        "constrained": not free,
    }
    before = read_json(out) if out.exists() and not force else {}
    if before.get("source") == source and before.get("schema_version") == SCHEMA_VERSION:
        console.say(f"evaluate: answered already ({paths.shown(out)}); --force asks again")
        answered = {key: before[key] for key in before if key not in JUDGED}
    else:
        translator = Translator.load(path, backend, style=style, constrained=not free)
        found = answers(translator, records)
        answered = {
            "schema_version": SCHEMA_VERSION,
            "label": label,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "source": source,
            "backend": translator.backend.name,
            "prompt": translator.backend.stamp.to_json(),
            "environment": environment.describe(),
            **found,
        }
        translator.close()
    result = judge(answered, records)
    write_json(out, result)
    return result


def judge_release(model: str, out: Path, backend: str | None, label: str) -> None:
    """Judge a model on the test split: the result has no requests and no answers, and the reading is counted."""
    options: dict[str, Any] = {"style": None, "backend": backend, "free": False, "label": label, "force": True}
    with tempfile.TemporaryDirectory(prefix="nlsq-") as folder:
        result = evaluate_file(model, held_out.test_records(), Path(folder) / "result.json", **options)
    for private in (*ANSWERED, "results"):
        result.pop(private, None)
    write_json(out, result)
    count = held_out.count_read(result["source"]["model_sha256"], label, result["summary"])
    click.echo(table(result))
    console.say(f"evaluate: reading {count} of the test split, counted in {paths.shown(held_out.reads_file())}")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--model", required=True, help="Run, run:build, file, folder, or base model.")
@click.option("--file", type=click.Path(path_type=Path), help="Records; the validation split by default.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Result file (JSON).")
@click.option("--style", help="Prompt style for an untrained model: few-shot.")
@click.option("--backend", help="Engine; the model's own by default.")
@click.option("--free", is_flag=True, help="Let the model write anything; by default only queries without a finding.")
@click.option("--label", help="How reports call this result; the model's name by default.")
@click.option("--run", "run_name", help="The run whose manifest is to name this result.")
@click.option("--release", is_flag=True, help="Judge on the test split, in aggregate; the reading is counted.")
@click.option("--force", is_flag=True, help="Ask again.")
def main(
    model: str,
    file: Path | None,
    out: Path,
    style: str | None,
    backend: str | None,
    free: bool,
    label: str | None,
    run_name: str | None,
    release: bool,
    force: bool,
) -> None:
    """Judge a model's answers to a file of records."""
    if release:
        judge_release(model, out, backend, label or model)
        return
    file = file or paths.validation_records()
    held_out.refuse_test_split(file)
    options: dict[str, Any] = {
        "style": style,
        "backend": backend,
        "free": free,
        "label": label or model,
        "force": force,
    }
    if run_name:
        run = run_named(run_name)
        with run.lock():
            with stopwatch() as watch:
                result = evaluate_file(model, file, out, **options)
            inputs = {key: result["source"][key] for key in ("model_sha256", "records_sha256")}
            known = run.stage("evaluate")
            if not known or result["finished"] > known["finished"]:  # what was answered before is no new evaluation
                fingerprint = fingerprint_of(result["source"], inputs)
                run.record("evaluate", fingerprint, inputs, [out], watch["seconds"])
    else:
        result = evaluate_file(model, file, out, **options)
    click.echo(table(result))
    latency = result["latency_ms"]
    click.echo(
        f"latency of single requests: p50 {milliseconds(latency['p50'])} ms, "
        f"p95 {milliseconds(latency['p95'])} ms, n={latency['n']}"
    )
    console.say(f"evaluate: {paths.shown(out)}")


if __name__ == "__main__":
    console.run(main)

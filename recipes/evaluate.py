"""Answer every request of a record file with a model and judge the answers.

    python -m recipes.evaluate --model smoke:merged --out FILE            # any model, any file of records
    python -m recipes.evaluate --model smollm2-135m --style few-shot ...  # an untrained base

An engine that gains from it answers in batches; its latency is then measured on single requests apart.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from nlsq import console, environment, paths
from nlsq.base_models import BASE_MODELS, base_folder
from nlsq.files import checksum, sha256_of, write_json
from nlsq.prompt import render_content
from nlsq.records import Record, read_records
from nlsq.scoring import METRICS, by_category, score, summarise
from nlsq.timing import Latency, milliseconds
from nlsq.translator import Translator, today_or_error

BATCH_SIZE = 16
LATENCY_SAMPLES = 20
SCHEMA_VERSION = 1


def answers(translator: Translator, records: list[Record], progress: bool = True) -> tuple[list[str], list[float]]:
    """``(answers, latencies in ms)``; the latencies are of single requests only."""
    if translator.backend.name != "transformers":
        found = [_timed(translator, record) for record in records]
        return [text for text, _ in found], [elapsed for _, elapsed in found]
    contents = [render_content(one.request, today_or_error(one.today), one.repositories) for one in records]
    # Similar lengths together: less padding.
    order = sorted(range(len(contents)), key=lambda number: len(contents[number]))
    texts = [""] * len(contents)
    for start in range(0, len(order), BATCH_SIZE):
        batch = order[start : start + BATCH_SIZE]
        for number, completion in zip(
            batch, translator.backend.generate_batch([contents[n] for n in batch]), strict=True
        ):
            texts[number] = completion.text
        if progress:
            console.say(f"evaluate: {min(start + BATCH_SIZE, len(order))}/{len(order)}")
    return texts, [_timed(translator, record)[1] for record in records[:LATENCY_SAMPLES]]


def _timed(translator: Translator, record: Record) -> tuple[str, float]:
    started = time.perf_counter()
    query = translator.translate(record.request, record.today, record.repositories).query
    return query, 1000 * (time.perf_counter() - started)


def evaluate(translator: Translator, records: list[Record], label: str, source: dict[str, str]) -> dict[str, Any]:
    """The result as plain data: summary, each category, latency, and every request with its answer and judgement."""
    texts, latencies = answers(translator, records)
    rows = [(record, text, score(record, text)) for record, text in zip(records, texts, strict=True)]
    return {
        "schema_version": SCHEMA_VERSION,
        "label": label,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": source,
        "backend": translator.backend.name,
        "prompt": translator.backend.stamp.to_json(),
        "environment": environment.describe(),
        "summary": {metric: share.to_json() for metric, share in summarise([row[2] for row in rows]).items()},
        "categories": {
            category: {metric: share.to_json() for metric, share in summarise([row[2] for row in group]).items()}
            for category, group in by_category(rows, lambda row: row[0].category).items()
        },
        "latency_ms": Latency.of(latencies).to_json(),
        "latency_samples_ms": latencies,
        "results": [
            {**record.to_json(), "expected": record.query, "answer": text, "score": judged.to_json()}
            for record, text, judged in rows
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
    model: str, file: Path, out: Path, *, style: str | None, backend: str | None, label: str, force: bool
) -> dict[str, Any]:
    """Evaluate unless ``out`` already holds the result of this very model, prompt and file."""
    from nlsq.artifacts import find
    from nlsq.files import read_json

    name = base_folder(model) if model in BASE_MODELS or style else model
    path = find(name).path if not Path(name).is_dir() else Path(name)
    source = {
        "model": model,
        "model_sha256": checksum(path) if path.exists() else "",
        "records": paths.shown(file),
        "records_sha256": sha256_of(file),
        "style": style or "",
    }
    if out.exists() and not force:
        before = read_json(out)
        if before["source"] == source and before["schema_version"] == SCHEMA_VERSION:
            console.say(f"evaluate: done already ({paths.shown(out)}); --force does it again")
            return before
    records = read_records(file)
    translator = Translator.load(name, backend, style=style)
    if style is None or translator.backend.stamp.style == style:
        result = evaluate(translator, records, label, source)
    translator.close()
    write_json(out, result)
    return result


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--model", required=True, help="Run, run:build, file, folder, or base model.")
@click.option("--file", type=click.Path(path_type=Path), help="Records; the validation split by default.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Result file (JSON).")
@click.option("--style", help="Prompt style for an untrained model: few-shot.")
@click.option("--backend", help="Engine; the model's own by default.")
@click.option("--label", help="How reports call this result; the model's name by default.")
@click.option("--force", is_flag=True, help="Evaluate again.")
def main(
    model: str, file: Path | None, out: Path, style: str | None, backend: str | None, label: str | None, force: bool
) -> None:
    """Judge a model's answers to a file of records."""
    file = file or paths.data_build() / "validation.jsonl"
    read_records(file)
    result = evaluate_file(model, file, out, style=style, backend=backend, label=label or model, force=force)
    click.echo(table(result))
    latency = result["latency_ms"]
    click.echo(
        f"latency of single requests: p50 {milliseconds(latency['p50'])} ms, "
        f"p95 {milliseconds(latency['p95'])} ms, n={latency['n']}"
    )
    console.say(f"evaluate: {paths.shown(out)}")


if __name__ == "__main__":
    console.run(main)

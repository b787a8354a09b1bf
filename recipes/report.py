"""Compare a run's result with its baseline's: the predecessor's three metrics, by category, and a verdict a request.

python -m recipes.report --result FILE --baseline FILE [--json]
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from nlsq import console
from nlsq.environment import machine_line
from nlsq.errors import UserError
from nlsq.files import read_json
from nlsq.records import Record
from nlsq.scoring import METRICS, VERDICTS, Score, verdict
from nlsq.timing import BUDGET_MS, milliseconds
from recipes.evaluate import judge

# What the predecessor aimed at; its own figures stand in docs/evaluation.md.
PREDECESSOR_TARGETS = {"valid": 0.95, "semantic_match": 0.70}


def read_result(path: Path) -> dict[str, Any]:
    """A result, judged anew by today's scoring."""
    result = read_json(path)
    return judge(result, [Record.from_json(row) for row in result["results"]])


def _score(row: dict[str, Any]) -> Score:
    return Score(**{**row["score"], "findings": tuple(row["score"]["findings"])})


def compare(result: dict[str, Any], baseline: dict[str, Any]) -> dict[str, Any]:
    """Verdicts by category and in all; both results must be of the same records."""
    if result["source"]["records_sha256"] != baseline["source"]["records_sha256"]:
        raise UserError(
            "the two results are of different records", "evaluate the baseline again: nls-finetune eval baseline"
        )
    pairs = zip(result["results"], baseline["results"], strict=True)
    verdicts = [(mine["category"], verdict(_score(mine), _score(other))) for mine, other in pairs]
    categories = sorted({category for category, _ in verdicts})
    return {
        "verdicts": dict(Counter(name for _, name in verdicts)),
        "categories": {
            category: dict(Counter(name for place, name in verdicts if place == category)) for category in categories
        },
    }


def render(result: dict[str, Any], baseline: dict[str, Any]) -> str:
    """The comparison as text: metrics, categories, verdicts, machine and date."""
    comparison = compare(result, baseline)
    lines = [f"{result['label']} against {baseline['label']}, {result['summary']['valid']['n']} requests", ""]
    lines += [_metric_table(result, baseline), "", _category_table(result, baseline, comparison), ""]
    lines.append(f"machine: {machine_line(result['environment'])}; {result['finished'][:10]}")
    return "\n".join(lines)


def _metric_table(result: dict[str, Any], baseline: dict[str, Any]) -> str:
    rows = []
    for metric in METRICS:
        mine, other = result["summary"][metric], baseline["summary"][metric]
        target = PREDECESSOR_TARGETS.get(metric)
        met = "" if target is None else ("pass" if mine["value"] >= target else "fail")
        low, high = mine["interval"]
        shares = [f"{mine['value']:.1%}", f"{low:.0%}-{high:.0%}", f"{other['value']:.1%}"]
        rows.append([metric.replace("_", " "), *shares, f">= {target:.0%}" if target else "", met])
    mine_ms, other_ms = result["latency_ms"], baseline["latency_ms"]
    met = "-" if mine_ms["p95"] is None else ("pass" if mine_ms["p95"] <= BUDGET_MS else "fail")
    row = ["p95 ms", milliseconds(mine_ms["p95"]), f"n={mine_ms['n']}", milliseconds(other_ms["p95"])]
    rows.append([*row, f"<= {BUDGET_MS:.0f}", met])
    return console.table(["metric", "this", "95% interval", "baseline", "target", ""], rows)


def _category_table(result: dict[str, Any], baseline: dict[str, Any], comparison: dict[str, Any]) -> str:
    rows = []
    for category, counts in [*comparison["categories"].items(), ("all", comparison["verdicts"])]:
        mine = result["summary"] if category == "all" else result["categories"][category]
        other = baseline["summary"] if category == "all" else baseline["categories"][category]
        shares = [f"{side['semantic_match']['value']:.0%}" for side in (mine, other)]
        rows.append([category, *shares, *(str(counts.get(name, 0)) for name in VERDICTS), str(mine["valid"]["n"])])
    names = [name.replace("_", " ") for name in VERDICTS]
    return console.table(["category", "match", "baseline", *names, "n"], rows)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--result", type=click.Path(path_type=Path), required=True, help="Result of the model.")
@click.option("--baseline", type=click.Path(path_type=Path), required=True, help="Result of the untrained base.")
@click.option("--json", "as_json", is_flag=True, help="Summaries and verdicts as JSON.")
def main(result: Path, baseline: Path, as_json: bool) -> None:
    """Compare a result with its baseline."""
    mine, other = read_result(result), read_result(baseline)
    if as_json:
        parts = {"summary": mine["summary"], "baseline": other["summary"], **compare(mine, other)}
        click.echo(json.dumps(parts, indent=2))
    else:
        click.echo(render(mine, other))


if __name__ == "__main__":
    console.run(main)

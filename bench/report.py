"""What a benchmark says: a row a cell, the choice under the budget, a table and a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from nlsq import console
from nlsq.environment import machine_line
from nlsq.plots import save_figure
from nlsq.records import Record
from nlsq.scoring import Share, score, summarise
from nlsq.timing import Latency, milliseconds

RESAMPLES = 1000
ENGINES = {"int8": "bitsandbytes", "merged": "transformers"}


def summarise_cell(cell: dict[str, Any], result: dict[str, Any], records: dict[str, Record]) -> dict[str, Any]:
    """One cell's figures: latency, tokens, memory, and the quality of the very answers that were timed."""
    samples = result["samples"]
    scores = [score(records[one["id"]], one["answer"]) for one in samples]
    tokens = [one["new_tokens"] for one in samples]
    return {
        "name": cell["name"],
        "engine": ENGINES.get(cell["name"], "llama.cpp"),
        "bytes": cell["bytes"],
        "sha256": cell["sha256"],
        "failed": result.get("failed"),
        "slow": result.get("slow"),
        "cold": result.get("cold"),
        "latency_ms": Latency.of([one["ms"] for one in samples]).to_json(),
        "new_tokens_mean": sum(tokens) / len(tokens) if tokens else None,
        "errors": len(result["errors"]),
        "peak_memory_bytes": result.get("peak_memory_bytes"),
        "gpu_memory_bytes": result.get("gpu_memory_bytes"),
        "quality": {metric: share.to_json() for metric, share in summarise(scores).items()},
    }


def choose(rows: list[dict[str, Any]], budget_ms: float) -> str | None:
    """The fastest cell whose 95th percentile was measured and is within the budget, without a failed request."""
    fitting = [row for row in rows if not row["errors"] and Latency(**row["latency_ms"]).fits(budget_ms)]
    return min(fitting, key=lambda row: row["latency_ms"]["p95"], default={"name": None})["name"]


def compared(
    own: Mapping[str, Sequence[float]], samples: Mapping[str, Sequence[float]], beside: Sequence[str]
) -> list[dict[str, Any]]:
    """How many times faster each of ``own`` is than each of ``beside``, by the median: ratio and 95% interval.

    ``samples``: milliseconds by cell. The interval is a bootstrap over requests, each cell's on its own.
    """
    found = []
    for name, mine in own.items():
        for other in beside:
            theirs = samples[other]
            if not mine or not theirs:
                continue
            random = Random(0)
            ratios = sorted(
                median(random.choices(theirs, k=len(theirs))) / median(random.choices(mine, k=len(mine)))
                for _ in range(RESAMPLES)
            )
            interval = [ratios[int(RESAMPLES * 0.025)], ratios[int(RESAMPLES * 0.975)]]
            found.append({"name": name, "beside": other, "ratio": median(theirs) / median(mine), "interval": interval})
    return found


def _share(row: dict[str, Any], metric: str) -> str:
    share = row["quality"][metric]
    return f"{Share(share['hits'], share['n']).value:.0%}" if share["n"] else "-"


def _bytes(value: int | None) -> str:
    return "-" if value is None else f"{value / 1e6:,.0f}"


def console_table(report: dict[str, Any]) -> str:
    """The table, the machine, and the verdict."""
    header = [
        "build",
        "engine",
        "MB",
        "p50",
        "p95",
        "p99",
        "n",
        "import",
        "load",
        "first",
        "RAM",
        "tokens",
        "valid",
        "match",
        "right",
    ]
    rows = []
    measured = [*report["cells"], *report["beside"]]
    for row in measured:
        latency, cold = row["latency_ms"], row["cold"] or {}
        times = [latency[key] for key in ("p50", "p95", "p99")]
        starts = [cold.get(key) for key in ("import_ms", "load_ms", "first_answer_ms")]
        tokens = row["new_tokens_mean"]
        rows.append(
            [row["name"], row["engine"], _bytes(row["bytes"]), *map(milliseconds, times), str(latency["n"])]
            + [*map(milliseconds, starts), _bytes(row["peak_memory_bytes"]), f"{tokens:.1f}" if tokens else "-"]
            + [_share(row, metric) for metric in ("valid", "semantic_match", "right")]
        )
    lines = [console.table(header, rows), ""]
    lines.append("times in ms: p50, p95, p99 warm; import, load, first answer once, cold. RAM: peak MB of the process.")
    lines.append(f"machine: {machine_line(report['environment'])}; {report['finished'][:10]}")
    lines += [f"failed: {row['name']}: {row['failed']}" for row in measured if row["failed"]]
    lines += [f"errors: {row['name']}: {row['errors']} requests failed" for row in measured if row["errors"]]
    for one in report["compared"]:
        low, high = one["interval"]
        faster = f"{one['ratio']:.1f} times as fast as {one['beside']}"
        lines.append(f"{one['name']}: {faster} by p50 (95% interval {low:.1f} to {high:.1f})")
    return "\n".join([*lines, verdict_line(report)])


def verdict_line(report: dict[str, Any]) -> str:
    """The answer in one sentence."""
    limit = f"p95 <= {report['budget_ms']:.0f} ms"
    if report["choice"]:
        row = next(row for row in report["cells"] if row["name"] == report["choice"])
        p95 = milliseconds(row["latency_ms"]["p95"])
        return f"verdict: {row['name']} on {row['engine']} fits {limit}, with p95 {p95} ms"
    measured = [row for row in report["cells"] if row["latency_ms"]["p95"] is not None]
    if not measured:
        return f"verdict: no build fits {limit}; none was measured"
    best = min(measured, key=lambda row: row["latency_ms"]["p95"])
    p95 = milliseconds(best["latency_ms"]["p95"])
    return f"verdict: no build fits {limit}; the fastest is {best['name']} with p95 {p95} ms"


def plot(report: dict[str, Any], samples: dict[str, list[float]], path: Path) -> None:
    """Draw each cell's samples with p50 and p95 on a logarithmic axis, and the budget as a line."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    rows = [row for row in [*report["cells"], *report["beside"]] if samples.get(row["name"])]
    figure = Figure(figsize=(8, 1.2 + 0.55 * max(1, len(rows))), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(reversed(rows)):
        values, latency = samples[row["name"]], row["latency_ms"]
        axes.plot(values, [place] * len(values), "|", color="tab:blue", alpha=0.35, markersize=12)
        axes.plot(latency["p50"], place, "o", color="tab:blue", label="p50" if place == 0 else None)
        if latency["p95"] is not None:
            axes.plot(latency["p95"], place, "D", color="tab:orange", label="p95" if place == 0 else None)
    axes.axvline(report["budget_ms"], color="tab:red", linestyle="--", label=f"budget {report['budget_ms']:.0f} ms")
    axes.set_yticks(range(len(rows)), [f"{row['name']} ({row['engine']})" for row in reversed(rows)])
    axes.set(xscale="log", xlabel="time of one translation, warm (ms)", title=f"{report['run']}: latency by build")
    plain = FuncFormatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_major_formatter(plain)
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: plain(value) if f"{value:.0f}"[0] in "25" else ""))
    axes.tick_params(axis="x", which="minor", labelsize="small")
    axes.grid(axis="x", which="both", alpha=0.2)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(handles.values(), handles.keys(), loc="best", fontsize="small")
    save_figure(figure, path)

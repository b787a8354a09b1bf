"""Which build of a run is to be shipped."""

from typing import Any

from nlsq.artifacts import LARGEST_SHIPPED_BYTES, LLAMA_CPP, MERGED
from nlsq.timing import Latency


def best_build(report: dict[str, Any]) -> str | None:
    """The build of a benchmark's report that is small enough for the wheel, fits the budget, and is right most often.

    Of equals the smaller one; None where no build may be shipped.
    """
    fitting = [
        row
        for row in report["cells"]
        if row["name"] != MERGED
        and row["engine"] == LLAMA_CPP
        and row["bytes"] <= LARGEST_SHIPPED_BYTES
        and not row["errors"]
        and Latency(**row["latency_ms"]).fits(report["budget_ms"])
    ]
    return max(fitting, key=lambda row: (row["quality"]["right"]["hits"], -row["bytes"]), default={"name": None})[
        "name"
    ]

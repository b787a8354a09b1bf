"""Latency: percentiles that say nothing where there is too little data, and the project's budget."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

BUDGET_MS = 100.0
# A p-th percentile needs at least one sample beyond it; fewer samples give no figure.
MINIMUM_SAMPLES = {50: 1, 95: 20, 99: 100}


def percentile(samples: Sequence[float], rank: float) -> float | None:
    """The ``rank``-th percentile by linear interpolation; None where there are too few samples for it."""
    if len(samples) < MINIMUM_SAMPLES.get(int(rank), 1):
        return None
    ordered = sorted(samples)
    place = (len(ordered) - 1) * rank / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True)
class Latency:
    """A distribution of times in milliseconds. ``None`` means not measured, never zero."""

    n: int
    p50: float | None
    p95: float | None
    p99: float | None
    minimum: float | None
    maximum: float | None

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Latency":
        """Summarise ``samples`` (milliseconds)."""
        return cls(
            n=len(samples),
            p50=percentile(samples, 50),
            p95=percentile(samples, 95),
            p99=percentile(samples, 99),
            minimum=min(samples, default=None),
            maximum=max(samples, default=None),
        )

    def fits(self, budget_ms: float) -> bool:
        """True when the 95th percentile was measured and is within the budget."""
        return self.p95 is not None and self.p95 <= budget_ms

    def to_json(self) -> dict[str, Any]:
        """Plain data, for result files."""
        return asdict(self)


def milliseconds(value: float | None) -> str:
    """A time for a table: three significant digits, ``-`` where not measured."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"

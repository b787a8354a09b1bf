"""How an answer is judged, and how judgements are counted. The only home of the metrics.

``valid`` is ours: ``nlsq.query.check`` has no finding. ``operators_known`` and ``semantic_match`` are the
predecessor's, kept exactly as it defined them so that figures compare. ``right`` asks for the same as an accepted
answer (``nlsq.query.equivalent``), ``exact`` is the text of one.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from nlsq.filters import PREDECESSOR_OPERATORS
from nlsq.query import check, equivalent, is_valid
from nlsq.records import Record

SEMANTIC_THRESHOLD = 0.7
METRICS = ("valid", "operators_known", "semantic_match", "right", "exact")
VERDICTS = ("tie", "fine_tuned_better", "baseline_better", "both_wrong")

_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\w+://\S+""")
_OPERATOR = re.compile(r"(?<![\w:./\\^-])-?([A-Za-z_]+):(?!:)")


@dataclass(frozen=True)
class Score:
    """The judgement of one answer."""

    valid: bool
    operators_known: bool
    semantic_match: bool
    right: bool
    exact: bool
    findings: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """What the predecessor called correct: valid and a semantic match."""
        return self.valid and self.semantic_match

    def to_json(self) -> dict[str, Any]:
        """Plain data, for result files."""
        return {**asdict(self), "findings": list(self.findings)}


def operator_names(query: str) -> set[str]:
    """Filter names in ``query`` as the predecessor saw them: lower case, no leading minus, aliases not resolved."""
    return {name.lower() for name in _OPERATOR.findall(_QUOTED.sub(" ", query))}


def words(query: str) -> set[str]:
    """The words of ``query`` in lower case, for answers where no filter is expected."""
    return set(re.findall(r"\w+", query.lower()))


def semantic_match(expected: str, answer: str) -> bool:
    """The predecessor's measure: at least 70% of the expected filter names, or of the words where none is expected."""
    wanted, given = operator_names(expected), operator_names(answer)
    if not wanted:
        wanted, given = words(expected), words(answer)
    if not wanted:
        return expected.strip() == answer.strip()
    return len(wanted & given) / len(wanted) >= SEMANTIC_THRESHOLD


def score(record: Record, answer: str) -> Score:
    """Judge ``answer`` to the request of ``record``."""
    normal = " ".join(answer.split())
    accepted = [" ".join(query.split()) for query in (record.query, *record.also)]
    today = date.fromisoformat(record.today) if record.today else None
    return Score(
        valid=is_valid(answer),
        operators_known=bool(answer.strip()) and operator_names(answer) <= PREDECESSOR_OPERATORS,
        semantic_match=semantic_match(record.query, answer),
        right=bool(normal) and any(equivalent(normal, query, today) for query in accepted),
        exact=normal in accepted,
        findings=tuple(finding.message for finding in check(answer)),
    )


def verdict(fine_tuned: Score, baseline: Score) -> str:
    """The predecessor's comparison of two answers to one request."""
    if fine_tuned.passes:
        return "tie" if baseline.passes else "fine_tuned_better"
    return "baseline_better" if baseline.passes else "both_wrong"


@dataclass(frozen=True)
class Share:
    """``hits`` of ``n``, with a 95% Wilson interval; no data has no share."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share between 0 and 1, or None where nothing was counted."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% Wilson score interval (Wilson 1927), or None where nothing was counted."""
        if not self.n:
            return None
        z, share = 1.959964, self.hits / self.n
        centre = share + z * z / (2 * self.n)
        spread = z * math.sqrt(share * (1 - share) / self.n + z * z / (4 * self.n * self.n))
        scale = 1 + z * z / self.n
        return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)

    def to_json(self) -> dict[str, Any]:
        """Plain data, for result files."""
        return {"hits": self.hits, "n": self.n, "value": self.value, "interval": self.interval}

    def __str__(self) -> str:
        return f"{self.hits / self.n:.0%} ({self.hits}/{self.n})" if self.n else "-"


def summarise(scores: Sequence[Score]) -> dict[str, Share]:
    """The share of each metric over ``scores``."""
    return {metric: Share(sum(getattr(one, metric) for one in scores), len(scores)) for metric in METRICS}


def by_category(items: Iterable[Any], category: Callable[[Any], str]) -> dict[str, list[Any]]:
    """Group ``items`` by category, in order of first appearance."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(category(item), []).append(item)
    return groups

"""From answers to pairs: what survives the checks, and why the rest does not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.leaks import Outside
from data.requests.checks import form_fault, rule_fault
from data.requests.endpoint import Answer
from data.requests.query_parts import category_of, has_absolute_dates
from data.requests.styles import read_answer
from data.splits import normal_request
from nlsq.prompt import needs_today, one_line
from nlsq.query import equivalent
from nlsq.records import Record
from nlsq.translator import Translator

RULE, ROUND_TRIP = "rule", "round-trip"

UNREADABLE = "unreadable answer"
NO_REQUEST = "no request in this style"
OTHER_QUERY = "translated to another query"
DUPLICATE = "a request that is there already"
OUTSIDE = "stands in an outside evaluation"


@dataclass(frozen=True)
class Query:
    """A line of the input that a request is wanted for."""

    id: str
    text: str


@dataclass(frozen=True)
class Dropped:
    """A request that did not survive."""

    id: str
    query: str
    request: str
    reason: str
    detail: str = ""


class Sieve:
    """Keeps what survives the checks, in order, and counts the rest by reason."""

    def __init__(self, checks: Sequence[str], translator: Translator | None = None):
        self.checks = checks
        self.translator = translator
        self.kept: list[Record] = []
        self.dropped: list[Dropped] = []
        self._seen: set[str] = set()
        self._outside = Outside()

    def add(self, query: Query, answer: Answer, styles: Sequence[str], today: str) -> None:
        """Judge the requests of one answer; ``today`` is the day on which they are asked."""
        found = read_answer(answer.text, styles)
        for style in styles:
            number = f"{query.id}-{style}"
            text = found.get(style) if found is not None else None
            if found is None:
                reason, detail = UNREADABLE, answer.text[:200]
            elif not isinstance(text, str) or not text.strip():
                reason, detail = NO_REQUEST, ""
            else:
                record = self._record(number, query, text, today)
                reason, detail = self._fault(text, record, today)
                if not reason:
                    self._seen.add(normal_request(record.request))
                    self.kept.append(record)
                    continue
            self.dropped.append(Dropped(number, query.text, text if isinstance(text, str) else "", reason, detail))

    def _record(self, number: str, query: Query, text: str, today: str) -> Record:
        dated = needs_today(text) or has_absolute_dates(query.text)
        return Record(
            id=number,
            category=category_of(query.text),
            request=one_line(text),
            query=query.text,
            today=today if dated else None,
            source=query.id,
        )

    def _fault(self, text: str, record: Record, today: str) -> tuple[str, str]:
        """Reason and detail of the first fault; two empty texts where there is none. The dearest check comes last."""
        fault = rule_fault(text, record.query, today) if RULE in self.checks else form_fault(text, record.query)
        if fault:
            return fault.reason, fault.detail
        if leak := self._outside.leak(record)[1]:
            return OUTSIDE, leak
        if normal_request(record.request) in self._seen:
            return DUPLICATE, ""
        if self.translator:
            translated = self.translator.translate(record.request, today=today).query
            if not equivalent(translated, record.query, date.fromisoformat(today)):
                return OTHER_QUERY, translated
        return "", ""

    def rows(self) -> list[tuple[str, int]]:
        """How many were kept, dropped for each reason (the most frequent first), and asked for."""
        reasons = sorted(Counter(one.reason for one in self.dropped).items(), key=lambda pair: (-pair[1], pair[0]))
        return [("kept", len(self.kept)), *reasons, ("all", len(self.kept) + len(self.dropped))]

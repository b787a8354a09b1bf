"""The check that nothing of validation or test stands in the training data, nor of one in the other.

What counts as a leak: the same request; near-duplicate wording; the same query (by ``key``) where three or more
conditions combine; the same combination of conditions; the same name of a repository, a person or an identifier; the
same source pair; a request of an outside evaluation set, or of the few-shot prompt's examples.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data.conditions import combination, names, repository_name
from data.splits import HELD_OUT, normal_request, outside_hashes, request_hash
from nlsq.prompt import FEW_SHOT_EXAMPLES
from nlsq.query import key
from nlsq.records import Record

# Wording is compared by the four-letter pieces of the normalised requests: two requests with this share of their pieces
# in common (Jaccard) are near-duplicates. "commits by mei since monday" and the same with another name share 0.6.
NEAR_DUPLICATE = 0.7
PIECE = 4
_PERMUTATIONS = 128
# MinHash proposes, exact counting decides; this threshold is looser, so that hardly a duplicate is not proposed.
_PROPOSED = 0.55


def pieces(request: str) -> frozenset[str]:
    """The pieces of a normalised request that near-duplicates have in common."""
    text = normal_request(request)
    return frozenset(text[start : start + PIECE] for start in range(max(1, len(text) - PIECE + 1)))


def likeness(one: str, other: str) -> float:
    """Jaccard similarity of two requests' pieces, 0 to 1."""
    first, second = pieces(one), pieces(other)
    return len(first & second) / len(first | second)


def record_names(record: Record) -> frozenset[str]:
    """The names in a record: those of its query and its candidate repositories."""
    return names(record.query) | {f"repository {repository_name(one)}" for one in record.repositories}


class Wordings:
    """An index of requests that finds near-duplicates by MinHash."""

    def __init__(self, requests: Iterable[tuple[str, str]]):
        from datasketch import MinHash, MinHashLSH

        self._index: Any = MinHashLSH(threshold=_PROPOSED, num_perm=_PERMUTATIONS)
        self._empty: Any = MinHash(num_perm=_PERMUTATIONS)  # drawing the permutations is most of making a sketch
        self._requests: dict[str, str] = {}
        for identifier, request in requests:
            if identifier not in self._requests:
                self._requests[identifier] = request
                self._index.insert(identifier, self._sketch(request))

    def _sketch(self, request: str) -> Any:
        sketch = self._empty.copy()
        sketch.update_batch([piece.encode() for piece in sorted(pieces(request))])
        return sketch

    def near(self, request: str) -> str:
        """The id of the most similar near-duplicate of ``request``, or an empty text."""
        proposed = self._index.query(self._sketch(request))
        found = [(likeness(request, self._requests[one]), one) for one in proposed]
        found = [pair for pair in found if pair[0] >= NEAR_DUPLICATE]
        return max(found)[1] if found else ""


class HeldOut:
    """What the records of the held-out splits know, to be kept out of other records."""

    def __init__(self, records: list[Record]):
        self.requests = {normal_request(record.request): record.id for record in records}
        self.keys = {key(record.query): record.id for record in records if combination(record.query)}
        self.combinations = {combination(record.query): record.id for record in records}
        self.combinations.pop("", None)
        self.names = {name: record.id for record in records for name in record_names(record)}
        self.sources = {record.id for record in records}
        self.wordings = Wordings((record.id, record.request) for record in records)

    def leak(self, record: Record) -> tuple[str, str]:
        """``(kind, what)`` of the first leak of ``record``, cheap tests first; two empty texts when there is none."""
        request = normal_request(record.request)
        if request in self.requests:
            return "request", f"has the request of {self.requests[request]}"
        if record.source in self.sources:
            return "source", f"was made from {record.source}"
        for name in sorted(record_names(record)):
            if name in self.names:
                return "name", f"shares the name of a {name} with {self.names[name]}"
        if combined := combination(record.query):
            if (found := key(record.query)) in self.keys:
                return "query", f"has the query of {self.keys[found]}"
            if combined in self.combinations:
                return "combination", f"combines {combined} as {self.combinations[combined]} does"
        if near := self.wordings.near(record.request):
            return "wording", f"is worded like {near}"
        return "", ""


class Outside:
    """Requests that must stand in no split: those of outside evaluation sets and of the few-shot prompt."""

    def __init__(self, hashes: set[str] | None = None):
        self._hashes = outside_hashes() if hashes is None else hashes
        self._examples = {normal_request(request) for request, _ in FEW_SHOT_EXAMPLES}

    def leak(self, record: Record) -> tuple[str, str]:
        """``(kind, what)``, or two empty texts."""
        if request_hash(record.request) in self._hashes:
            return "outside", "is a request of an outside evaluation set"
        if normal_request(record.request) in self._examples:
            return "example", "is an example of the few-shot prompt"
        return "", ""


def leaks(splits: dict[str, list[Record]], outside: set[str] | None = None) -> list[str]:
    """Every leak between ``splits`` (name -> records), in plain words; also requests that stand twice in one."""
    faults = []
    stranger = Outside(outside)
    for split, records in splits.items():
        faults += [f"{split}: {fault}" for fault in _repeated(records)]
        faults += [f"{split}: {record.id} {what}" for record in records if (what := stranger.leak(record)[1])]
    # Train shares nothing with the held-out splits, and each of those nothing with the ones after it.
    order = [split for split in ("train", *HELD_OUT) if split in splits]
    for number, split in enumerate(order[:-1], 1):
        held_out = HeldOut([record for other in order[number:] for record in splits[other]])
        for record in splits[split]:
            if what := held_out.leak(record)[1]:
                faults.append(f"{split}: {record.id} {what}")
    return faults


def asked(record: Record) -> tuple[object, ...]:
    """What two records of one split may not have in common: request, candidates and day."""
    return normal_request(record.request), tuple(sorted(record.repositories)), record.today, _query_like(record)


def _repeated(records: list[Record]) -> list[str]:
    """Records with the request, the candidates and the day of another one."""
    seen: dict[tuple[object, ...], str] = {}
    faults = []
    for record in records:
        other = seen.setdefault(asked(record), record.id)
        if other != record.id:
            faults.append(f"{record.id} has the request of {other}")
    return faults


def _query_like(record: Record) -> str:
    """The request itself where it is written as a query: there punctuation distinguishes."""
    return record.request if ":" in record.request else ""

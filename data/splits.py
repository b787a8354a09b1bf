"""How a record gets its split, and how texts are compared across splits.

The split is a function of the record's query alone, so it never changes when others are added, and no query stands
on both sides.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nlsq.errors import UserError
from nlsq.prompt import FEW_SHOT_EXAMPLES, needs_today
from nlsq.query import check
from nlsq.records import CATEGORIES, Record, read_records

SPLITS = ("train", "validation", "test")
VALIDATION_SHARE = 0.15
TEST_SHARE = 0.12
HANDWRITTEN = Path(__file__).parent / "handwritten"
OUTSIDE_HASHES = Path(__file__).parent / "outside_evaluation.sha256"


def normal_request(request: str) -> str:
    """A request without what does not distinguish it: letters and digits in lower case, one space between words."""
    return " ".join(re.findall(r"[^\W_]+", request.lower())) or request.strip()


def request_hash(request: str) -> str:
    """SHA-256 of the normalised request: requests of outside evaluation sets are known here by these alone."""
    return hashlib.sha256(normal_request(request).encode()).hexdigest()


def split_of(record: Record) -> str:
    """``train``, ``validation`` or ``test``, by a hash of the query's text."""
    text = " ".join(record.query.lower().split())
    place = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
    if place < VALIDATION_SHARE:
        return "validation"
    return "test" if place < VALIDATION_SHARE + TEST_SHARE else "train"


def read_handwritten(folder: Path = HANDWRITTEN) -> list[Record]:
    """All hand-written records, in order of file and line; each with an id of its own."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise UserError(f"no hand-written pairs in {folder}", "restore data/handwritten from the repository")
    records = [record for file in files for record in read_records(file)]
    counts = Counter(record.id for record in records)
    faults = [f"id {number!r} stands {count} times" for number, count in counts.items() if count > 1]
    faults += [
        f"{record.id}: unknown category {record.category!r}" for record in records if record.category not in CATEGORIES
    ]
    if faults:
        raise UserError("; ".join(faults[:5]), f"use one of {', '.join(CATEGORIES)}")
    return records


def outside_hashes(path: Path = OUTSIDE_HASHES) -> set[str]:
    """Hashes of the requests that must stay out of all data."""
    return set(path.read_text(encoding="ascii").split())


def record_faults(records: Iterable[Record]) -> list[str]:
    """Every finding of ``check`` in an accepted answer, and every answer that would change with the calendar."""
    records = list(records)
    undated = [one for one in records if needs_today(one.request) and not one.today]
    return [f"{record.id}: depends on the day and has no 'today'" for record in undated] + [
        f"{record.id}: {query!r}: {finding.message}"
        for record in records
        for query in (record.query, *record.also)
        for finding in check(query)
    ]


def leaks(splits: dict[str, list[Record]], outside: set[str]) -> list[str]:
    """What stands in two splits, twice in one, or in a set that is only for evaluation."""
    faults = []
    requests: dict[str, tuple[str, str]] = {}
    queries: dict[str, tuple[str, str]] = {}
    examples = {normal_request(request) for request, _ in FEW_SHOT_EXAMPLES}
    for split, records in splits.items():
        for record in records:
            request = normal_request(record.request) + f" {sorted(record.repositories)}"
            other_split, other = requests.setdefault(request, (split, record.id))
            if other != record.id:
                faults.append(f"{record.id} ({split}) has the request of {other} ({other_split})")
            other_split, other = queries.setdefault(" ".join(record.query.lower().split()), (split, record.id))
            if other_split != split:
                faults.append(f"{record.id} ({split}) has the query of {other} ({other_split})")
            if normal_request(record.request) in examples:
                faults.append(f"{record.id} ({split}) is an example of the few-shot prompt")
            if request_hash(record.request) in outside:
                faults.append(f"{record.id} ({split}) is a request of an outside evaluation set")
    return faults

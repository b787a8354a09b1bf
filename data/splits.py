"""The hand-written pairs and their splits: a pair belongs to the split in whose folder it stands.

``data/handwritten/<split>/<category>.jsonl``. Splits are made when pairs are written, before anything is generated
from them; ``data.leaks`` proves that nothing is on two sides.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nlsq.errors import UserError
from nlsq.prompt import needs_today
from nlsq.query import canonical, check
from nlsq.records import CATEGORIES, Record, read_records

SPLITS = ("train", "validation", "test")
HELD_OUT = ("validation", "test")
HANDWRITTEN = Path(__file__).parent / "handwritten"
OUTSIDE_HASHES = Path(__file__).parent / "outside_evaluation.sha256"


def normal_request(request: str) -> str:
    """A request without what does not distinguish it: letters and digits in lower case, one space between words."""
    return " ".join(re.findall(r"[^\W_]+", request.lower())) or request.strip()


def request_hash(request: str) -> str:
    """SHA-256 of the normalised request: requests of outside evaluation sets are known here by these alone."""
    return hashlib.sha256(normal_request(request).encode()).hexdigest()


def outside_hashes(path: Path = OUTSIDE_HASHES) -> set[str]:
    """Hashes of the requests that must stay out of all data."""
    return set(path.read_text(encoding="ascii").split())


def read_handwritten(folder: Path = HANDWRITTEN) -> dict[str, list[Record]]:
    """The hand-written records of each split, in order of file and line; each with an id of its own."""
    splits: dict[str, list[Record]] = {}
    for split in SPLITS:
        files = sorted((folder / split).glob("*.jsonl"))
        if not files:
            raise UserError(f"no pairs in {folder / split}", "restore data/handwritten from the repository")
        splits[split] = [record for file in files for record in read_records(file)]
    records = [record for split in SPLITS for record in splits[split]]
    counts = Counter(record.id for record in records)
    faults = [f"id {number!r} stands {count} times" for number, count in counts.items() if count > 1]
    faults += [
        f"{record.id}: unknown category {record.category!r}" for record in records if record.category not in CATEGORIES
    ]
    if faults:
        raise UserError("; ".join(faults[:5]), f"use one of {', '.join(CATEGORIES)}")
    return splits


def record_faults(records: Iterable[Record]) -> list[str]:
    """What is wrong with the answers of ``records``, in plain words.

    An accepted answer that ``check`` has a finding in; a query that is not in canonical form; an answer that would
    change with the calendar.
    """
    faults = []
    for record in records:
        if needs_today(record.request) and not record.today:
            faults.append(f"{record.id}: depends on the day and has no 'today'")
        found = [
            f"{record.id}: {query!r}: {finding.message}"
            for query in (record.query, *record.also)
            for finding in check(query)
        ]
        if not found and (form := canonical(record.query)) != record.query:
            found = [f"{record.id}: {record.query!r} is {form!r} in canonical form"]
        faults += found
    return faults

"""Small deterministic subsets: every category as evenly as it goes, hand-written pairs before generated ones."""

import hashlib
import itertools

from nlsq.records import Record, mixed

# name -> size of each split. `tiny` is for smoke tests, `small` for a recipe that trains in minutes on two cores.
SUBSETS = {"tiny": {"train": 200, "validation": 30}, "small": {"train": 4000, "validation": 120}}


def subset(records: list[Record], size: int, seed: str) -> list[Record]:
    """``size`` of ``records``, the same ones for the same ``seed``: a record of each category in turn."""

    def place(record: Record) -> tuple[bool, str]:
        return record.source is not None, hashlib.sha256(f"{seed} {record.id}".encode()).hexdigest()

    by_category: dict[str, list[Record]] = {}
    for record in sorted(records, key=place):
        by_category.setdefault(record.category, []).append(record)
    longest = max(len(group) for group in by_category.values())
    turns = (group[turn] for turn in range(longest) for _, group in sorted(by_category.items()) if turn < len(group))
    return mixed(itertools.islice(turns, size))

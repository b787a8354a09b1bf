"""Records: one request with its right answers, a line of JSON each, and the training format made of them.

A record: ``{"id", "category", "request", "query", "also"?, "today"?, "repositories"?, "source"?}``; ``source`` is the
id of the hand-written pair, the template or the logged query that it was made from. Training files hold OpenAI
messages: ``{"messages": [{"role": "system", ...}, {"role": "user", ...}, {"role": "assistant", ...}]}``.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nlsq.errors import UserError
from nlsq.files import read_json_lines, write_json_lines
from nlsq.prompt import STYLES, render_content

CATEGORIES = [
    "content",
    "paths",
    "symbols",
    "repo-named",
    "repo-candidates",
    "commits",
    "diffs",
    "repositories",
    "boolean",
    "regex",
    "revisions",
    "scope",
    "mixed",
    "dates",
    "robustness",
]


@dataclass(frozen=True)
class Record:
    """A request, its canonical query, and the other right answers."""

    id: str
    category: str
    request: str
    query: str
    also: tuple[str, ...] = ()
    today: str | None = None
    repositories: tuple[str, ...] = ()
    source: str | None = None

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Record":
        """The record of a decoded line without faults; other fields of ``row`` are left out."""
        return cls(
            id=row["id"],
            category=row["category"],
            request=row["request"],
            query=row["query"],
            also=tuple(row.get("also", ())),
            today=row.get("today"),
            repositories=tuple(row.get("repositories", ())),
            source=row.get("source"),
        )

    def to_json(self) -> dict[str, Any]:
        """The record as it stands in a file: empty optional fields left out."""
        row: dict[str, Any] = {"id": self.id, "category": self.category, "request": self.request, "query": self.query}
        if self.also:
            row["also"] = list(self.also)
        if self.today:
            row["today"] = self.today
        if self.repositories:
            row["repositories"] = list(self.repositories)
        if self.source:
            row["source"] = self.source
        return row


def _text_list_fault(row: dict[str, Any], key: str) -> str:
    value = row.get(key, [])
    fine = isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)
    return "" if fine else f"{key!r} is not a list of texts"


def record_faults(row: Any) -> list[str]:
    """What is wrong with one decoded line, in plain words; an empty list when nothing is."""
    if not isinstance(row, dict):
        return ["not a JSON object"]
    faults = [
        f"{key!r} is missing, empty or no text"
        for key in ("id", "category", "request", "query")
        if not isinstance(row.get(key), str) or not row[key].strip()
    ]
    unknown = sorted(set(row) - {"id", "category", "request", "query", "also", "today", "repositories", "source"})
    faults += [f"unknown field {key!r}" for key in unknown]
    faults += [fault for key in ("also", "repositories") if (fault := _text_list_fault(row, key))]
    if not isinstance(row.get("source", ""), str):
        faults.append("'source' is no text")
    if not faults and "\n" in row["query"]:
        faults.append("the query has more than one line")
    try:
        date.fromisoformat(row.get("today") or "2000-01-01")
    except (TypeError, ValueError):
        faults.append(f"'today' is no ISO date: {row['today']!r}")
    return faults


def read_records(path: Path) -> list[Record]:
    """Read a record file; all faults of all lines are reported at once as one ``UserError``."""
    records, faults = [], []
    places: dict[str, int] = {}
    for number, row in read_json_lines(path):
        found = record_faults(row)
        if not found and row["id"] in places:
            found = [f"id {row['id']!r} stands on line {places[row['id']]} too"]
        faults += [f"line {number}: {fault}" for fault in found]
        if not found:
            places[row["id"]] = number
            records.append(Record.from_json(row))
    if faults:
        shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
        raise UserError(f"{path}: {shown}", "mend these lines")
    if not records:
        raise UserError(f"{path} has no records", "run `make data`, or check the path")
    return records


def mixed(records: Iterable[Record]) -> list[Record]:
    """The records in a fixed order that mixes categories: the first few are then a fair sample of all."""
    return sorted(records, key=lambda record: hashlib.sha256(record.id.encode()).hexdigest())


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write records, one a line, atomically."""
    write_json_lines(path, (record.to_json() for record in records))


def to_messages(record: Record) -> dict[str, Any]:
    """A record in the training format, with the system prompt of the ``chat`` style."""
    content = render_content(record.request, record.today, record.repositories)
    return {
        "messages": [
            {"role": "system", "content": STYLES["chat"].system},
            {"role": "user", "content": content},
            {"role": "assistant", "content": record.query},
        ]
    }


def message_faults(row: Any) -> list[str]:
    """What is wrong with one line of a training file; an empty list when nothing is."""
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list):
        return ["no list 'messages'"]
    if not all(isinstance(item, dict) and isinstance(item.get("content"), str) for item in messages):
        return ["a message without a text 'content'"]
    roles = [item.get("role") for item in messages]
    if roles != ["system", "user", "assistant"]:
        return [f"roles are {roles}, not system, user, assistant"]
    return [f"the {item['role']} message is empty" for item in messages if not item["content"].strip()]


def read_messages(path: Path) -> list[tuple[str, str]]:
    """Read a training file as ``(user content, answer)`` pairs; faults as one ``UserError``."""
    pairs, faults = [], []
    for number, row in read_json_lines(path):
        found = message_faults(row)
        faults += [f"line {number}: {fault}" for fault in found]
        if not found:
            pairs.append((row["messages"][1]["content"], row["messages"][2]["content"]))
    if faults:
        raise UserError(f"{path}: {'; '.join(faults[:5])}", "run `make data` to make it anew")
    if not pairs:
        raise UserError(f"{path} is empty", "run `make data` to make it anew")
    return pairs

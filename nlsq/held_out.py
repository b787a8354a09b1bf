"""The test split is read by the release gate alone, in aggregate, and every reading is counted.

Whoever looks at test while improving a model tunes to it, and its figures mean nothing any more. So evaluation and
benchmark refuse that file, and ``nls-finetune eval release`` appends a line to ``data/test_reads.jsonl``, which is
committed: how often, when, and for which weights.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nlsq import paths
from nlsq.errors import UserError
from nlsq.files import read_json_lines, sha256_of, write_text

TEST = "test"


def test_records() -> Path:
    """The records of the test split."""
    return paths.data_build() / f"{TEST}.jsonl"


def refuse_test_split(file: Path) -> None:
    """Raise ``UserError`` when ``file`` is the test split, or a copy of it."""
    held_out = test_records()
    if held_out.is_file() and file.is_file() and sha256_of(file) == sha256_of(held_out):
        raise UserError(
            f"{file} is the test split, which only the release gate reads",
            "work on validation; a release is judged by: nls-finetune eval release",
        )


def reads_file() -> Path:
    """Where readings of the test split are counted."""
    return paths.require_checkout() / "data" / "test_reads.jsonl"


def count_read(model_sha256: str, label: str, summary: dict[str, Any]) -> int:
    """Append a reading of the test split with what it found, in aggregate; returns how many there are now."""
    path = reads_file()
    lines = [json.dumps(row, ensure_ascii=False) for _, row in read_json_lines(path)] if path.exists() else []
    row = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "label": label,
        "model_sha256": model_sha256,
        "records_sha256": sha256_of(test_records()),
        "summary": summary,
    }
    write_text(path, "\n".join([*lines, json.dumps(row, ensure_ascii=False)]) + "\n")
    return len(lines) + 1

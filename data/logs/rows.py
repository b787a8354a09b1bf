"""Rows of search logs, one by one: CSV with a header (comma, tab or semicolon) or JSON Lines, also gzipped.

A row that cannot be read comes with its fault, and reading goes on behind it. Nothing is held but the row at hand, and
a few lines behind a quote that does not close.
"""

import csv
import gzip
import json
import re
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from nlsq.errors import UserError

URL, QUERY, PATTERN_TYPE, SOURCE, COUNT = "url", "query", "pattern type", "source", "count"
# The names that each column goes by, without case, blanks, underscores and hyphens; where several stand, the first.
NAMES = {
    URL: ("url", "searchurl", "href", "page"),
    QUERY: ("query", "q", "searchquery", "rawquery"),
    PATTERN_TYPE: ("patterntype",),
    SOURCE: ("source",),
    COUNT: ("count", "searches", "occurrences", "n"),
}

NO_QUERY = "no column of URLs or queries"
NOT_UTF8 = "malformed row: not UTF-8"
NUL = "malformed row: NUL characters"
LONG_LINE = "malformed row: a line of more than a million characters"
QUOTING = "malformed row: quotes that do not close, or close too early"
TOO_FEW = "malformed row: too few columns"
TOO_MANY = "malformed row: too many columns"
NOT_JSON = "malformed row: not a JSON object"
NOT_TEXT = "malformed row: a field that is no text"

DELIMITERS = ",\t;"
LONGEST_LINE = 1_000_000
MOST_LINES = 30  # of one row, where a query holds line breaks
_LONGEST_ROW = 20_000
_ROWS_BEFORE_JUDGEMENT = 1000  # without a known field: that is no log
_SHOWN = 40


class Row(NamedTuple):
    """What a log says of one search, as text; ``fault``, where the row cannot be read."""

    url: str = ""
    query: str = ""
    pattern_type: str = ""
    source: str = ""
    searches: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Columns:
    """Which columns are which: by the names given, else by the names that are known."""

    given: dict[str, str] = field(default_factory=dict)

    def find(self, names: Sequence[str]) -> dict[str, int]:
        """The place in ``names`` of each column that stands there."""
        found = {}
        folded = [_folded(name) for name in names]
        for role, known in NAMES.items():
            wanted = (_folded(self.given[role]),) if role in self.given else known
            place = next((folded.index(name) for name in wanted if name in folded), None)
            if place is not None:
                found[role] = place
        return found

    def require(self, path: Path, names: Sequence[str], found: dict[str, int]) -> None:
        """Refuse a file that has no column of queries, or not the columns that were named."""
        missing = [name for role, name in self.given.items() if role not in found]
        if missing or not ({URL, QUERY} & set(found)):
            shown = ", ".join(repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}...") for name in names[:20])
            what = f"no column {missing[0]!r}" if missing else "no column of URLs or queries"
            fix = "name one that is there" if missing else "name one with --url-column or --query-column"
            raise UserError(f"{path} has {what}, only {shown or 'nothing'}", fix)


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


class Log:
    """One log file. ``rows`` reads it from the start; ``position`` of ``size`` bytes are read."""

    def __init__(self, path: Path, columns: Columns):
        self.path, self.columns = path, columns
        try:
            self._file = open(path, "rb")  # noqa: SIM115 - closed by `rows`
        except (FileNotFoundError, IsADirectoryError):
            raise UserError(f"the log {path} does not exist", "check the path") from None
        self.size = path.stat().st_size

    @property
    def position(self) -> int:
        """How many bytes of the file are read."""
        if self._file.closed or not self._file.seekable():  # a pipe has no size, either
            return self.size
        return self._file.tell()

    def rows(self) -> Iterator[Row]:
        """All rows, in order. Raises ``UserError`` for a file that is no log."""
        with self._file:
            packed = self._file.peek(2)[:2] == b"\x1f\x8b"
            try:
                yield from self._rows(gzip.GzipFile(fileobj=self._file) if packed else self._file)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                raise UserError(f"{self.path} is damaged, or was cut off", "pack the log again") from None

    def _rows(self, file: IO[bytes] | gzip.GzipFile) -> Iterator[Row]:
        lines = _lines(file)
        first = next((line for line in lines if line.strip()), None)
        if first is None:
            raise UserError(f"{self.path} is empty", "give a log with a header row, or JSON Lines")
        if first.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UserError(f"{self.path} is in UTF-16", "convert it: iconv -f UTF-16 -t UTF-8")
        first = first.removeprefix(b"\xef\xbb\xbf")
        if first.lstrip().startswith(b"["):
            raise UserError(f"{self.path} is a JSON array", "write one object a line: jq -c '.[]'")
        if first.lstrip().startswith(b"{"):
            yield from self._json_rows(first, lines)
        else:
            yield from self._csv_rows(first, lines)

    # ---- JSON Lines

    def _json_rows(self, first: bytes, lines: Iterator[bytes]) -> Iterator[Row]:
        places: dict[tuple[str, ...], dict[str, int]] = {}
        seen: dict[str, int] = {}  # the fields of this file, and the columns among them
        names: dict[str, None] = {}
        judged = False
        for number, line in enumerate(_chained(first, lines)):
            if not judged and number == _ROWS_BEFORE_JUDGEMENT:
                self.columns.require(self.path, list(names), seen)
                judged = True
            value = _json_object(line)
            if isinstance(value, str):
                yield Row(fault=value)
                continue
            key = tuple(value)
            if key not in places:
                if len(places) == _ROWS_BEFORE_JUDGEMENT:
                    places.clear()
                places[key] = self.columns.find(key)
            if not judged:
                seen |= places[key]
                names |= dict.fromkeys(islice(key, 20))
            yield _row([value[name] for name in key], places[key])
        if not judged:
            self.columns.require(self.path, list(names), seen)

    # ---- CSV

    def _csv_rows(self, first: bytes, lines: Iterator[bytes]) -> Iterator[Row]:
        header, delimiter = self._header(_text(first))
        found = self.columns.find(header)
        self.columns.require(self.path, header, found)
        for fields in _csv_records(lines, delimiter, len(header)):
            if isinstance(fields, str):
                yield Row(fault=fields)
            elif len(fields) < len(header):
                yield Row(fault=TOO_FEW)
            elif any(fields[len(header) :]):  # a delimiter at the end of the line is no column
                yield Row(fault=TOO_MANY)
            else:
                yield _row(fields, found)

    def _header(self, line: str) -> tuple[list[str], str]:
        """The names in the header, and the delimiter that finds the most columns in it."""

        def split(delimiter: str) -> list[str]:
            fields = _csv_fields(line, delimiter)
            return [name.strip() for name in fields] if fields else [line]

        best = max(DELIMITERS, key=lambda delimiter: (len(self.columns.find(split(delimiter))), len(split(delimiter))))
        return split(best), best


def _lines(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """All lines; of one that is too long only its beginning, which is longer than any line that is read."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE + 1)
            if len(line) <= LONGEST_LINE:
                break


def _chained(first: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from (line for line in lines if line.strip())


def _line_fault(line: bytes) -> str:
    """What is wrong with a line before it is looked into."""
    if len(line) > LONGEST_LINE:
        return LONG_LINE
    if b"\0" in line:
        return NUL
    try:
        line.decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    return ""


def _text(line: bytes) -> str:
    return line.decode(errors="replace")


def _json_object(line: bytes) -> dict[str, Any] | str:
    """The object of a line, or the fault."""
    if fault := _line_fault(line):
        return fault
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # also an integer of thousands of digits, and brackets without end
        return NOT_JSON
    return value if isinstance(value, dict) else NOT_JSON


def _row(values: Sequence[Any], places: dict[str, int]) -> Row:
    if URL not in places and QUERY not in places:
        return Row(fault=NO_QUERY)
    texts = []
    for role in (URL, QUERY, PATTERN_TYPE, SOURCE, COUNT):
        value = values[places[role]] if role in places else ""
        if value is None:
            value = ""
        if not isinstance(value, (str, int, float)):
            return Row(fault=NOT_TEXT)
        texts.append(value if isinstance(value, str) else str(value))
    if not all(text.isascii() or _is_unicode(text) for text in texts):
        return Row(fault=NOT_UTF8)
    if any("\0" in text for text in texts):
        return Row(fault=NUL)
    return Row(*texts)


def _is_unicode(text: str) -> bool:
    """False for half of a pair of surrogates, which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _csv_fields(text: str, delimiter: str) -> list[str] | None:
    """The fields of one record, or None when its quotes are wrong."""
    try:
        records = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if records else None


def _csv_records(lines: Iterator[bytes], delimiter: str, width: int) -> Iterator[list[str] | str]:
    """The fields of each record, or its fault. What follows a quote that does not close is not lost with it."""
    ahead: deque[bytes] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        if not line.strip(b" \r\n"):  # but tabs between nothing are a row
            continue
        if fault := _line_fault(line):
            yield fault
            continue
        fields = _csv_fields(line.decode(), delimiter)
        if fields is None:
            fields, behind = _record_of_lines(line, ahead, lines, delimiter, width)
            ahead = deque([*behind, *ahead])
        yield QUOTING if fields is None else fields


def _record_of_lines(
    line: bytes, ahead: deque[bytes], lines: Iterator[bytes], delimiter: str, width: int
) -> tuple[list[str] | None, list[bytes]]:
    """A record that goes on in the next lines; without one, None and the lines that were looked at."""
    taken: list[bytes] = []
    text = line
    while len(taken) < MOST_LINES and len(text) < _LONGEST_ROW:
        following = ahead.popleft() if ahead else next(lines, None)
        if following is None:
            break
        taken.append(following)
        text += following
        if following.count(b'"') % 2 and not _line_fault(text):
            fields = _csv_fields(text.decode(), delimiter)
            if fields is not None and len(fields) == width:
                return fields, []
    return None, taken

"""Import search logs: decoded, redacted, canonical queries, each once with how often it was searched for.

    python -m data.import_logs LOG... --out FILE.jsonl [--report FILE.json]

A log is CSV with a header (comma, tab or semicolon) or JSON Lines, also gzipped, of search URLs or of queries. What
Sourcegraph accepts is kept; what is not kept is counted by reason. Memory does not grow with the log, but for 16 bytes
of digest and a count (about 100 bytes of memory) for each distinct query; without deduplication not even for that.
"""

import itertools
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click

from data.logs.queries import REFUSED, Judged, judged, pattern_type
from data.logs.redaction import Redactor
from data.logs.rows import COUNT, PATTERN_TYPE, QUERY, SOURCE, URL, Columns, Log, Row
from data.logs.text import Dropped, search_of
from nlsq import console, paths
from nlsq.errors import UserError
from nlsq.files import atomic_path, write_json
from nlsq.query import ERROR, check
from nlsq.query.parser import KEYWORD, LITERAL, REGEXP, STANDARD

TOO_LONG = "longer than 2,000 characters"
BY_CODE = "from a source that is dropped"
NOT_AFTER_REDACTION = "no longer valid after redaction"
LONGEST_QUERY = 2000
LONGEST_SOURCE = 60
# Encoded three times, a character may take 28; a text beyond that is not looked into.
_LONGEST_TEXT = 30 * LONGEST_QUERY
_STEP = 500  # rows between two looks at the progress


@dataclass(frozen=True)
class Settings:
    """How logs are read: the columns, the pattern type of rows without one, sources to drop, whether to deduplicate."""

    columns: Columns = field(default_factory=Columns)
    pattern_type: str = KEYWORD
    drop_sources: frozenset[str] = frozenset()
    deduplicate: bool = True


@dataclass
class Report:
    """What became of the rows: every row is kept, a duplicate of a kept one, or dropped."""

    rows: int = 0
    kept: int = 0
    duplicates: int = 0
    searches: int = 0
    with_warnings: int = 0
    mended: int = 0
    unread_counts: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    redacted: Counter[str] = field(default_factory=Counter)
    pattern_types: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON; the most frequent first."""
        return {
            name: dict(value.most_common()) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
        }

    def table(self) -> str:
        """The report as a table."""
        lines: list[tuple[str, int]] = [("rows read", self.rows), ("kept", self.kept), ("duplicates", self.duplicates)]
        lines += [(f"dropped, {reason}", count) for reason, count in self.dropped.most_common()]
        lines += [(f"redacted: {kind}", count) for kind, count in self.redacted.most_common()]
        lines += [("kept with warnings", self.with_warnings), ("of these, mended", self.mended)]
        if self.unread_counts:
            lines.append(("counts that are no number, taken as 1", self.unread_counts))
        return console.table(["", "rows"], [[name, f"{count:,}"] for name, count in lines])


class Importer:
    """Turns rows into records, and counts what became of each row."""

    def __init__(self, settings: Settings):
        self.settings, self.report = settings, Report()
        self._redactor = Redactor()
        self._drop_sources = {source.casefold() for source in settings.drop_sources}

    def records(self, rows: Iterable[Row]) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """The digest and the record of every row that is not dropped, duplicates too."""
        for row in rows:
            self.report.rows += 1
            try:
                yield self._record(row)
            except Dropped as dropped:
                self.report.dropped[dropped.reason] += 1

    def _record(self, row: Row) -> tuple[bytes, dict[str, Any]]:
        source = row.source.strip()
        if source and source.casefold() in self._drop_sources:
            raise Dropped(BY_CODE)
        if max(len(row.query), len(row.url)) > _LONGEST_TEXT:
            raise Dropped(TOO_LONG)
        search = search_of(row)
        if len(search.query) > LONGEST_QUERY:
            raise Dropped(TOO_LONG)
        kind = pattern_type(search.pattern_type, self.settings.pattern_type)
        query, redactions = self._redactor.redact(search.query)
        found = judged(query, kind)
        if isinstance(found, str):
            # A secret may be what holds a query together, as a quote in a password.
            spoilt = redactions and not any(one.severity == ERROR for one in check(search.query, kind))
            raise Dropped(NOT_AFTER_REDACTION if spoilt and found.startswith(REFUSED) else found)
        count = self._count(row.searches)
        self.report.redacted.update(redactions)
        self.report.pattern_types[found.pattern_type] += 1
        self.report.searches += count
        return found.digest, self._json(found, count, source)

    def _count(self, text: str) -> int:
        """How often a row's query was searched for: once where nothing is said, or no number."""
        text = text.strip().replace(",", "")
        if not text:
            return 1
        try:
            count = int(float(text)) if len(text) < 20 else 0
        except (ValueError, OverflowError):
            count = 0
        if count < 1:
            self.report.unread_counts += 1
        return max(count, 1)

    def _json(self, found: Judged, count: int, source: str) -> dict[str, Any]:
        row: dict[str, Any] = {"id": f"log-{found.digest.hex()[:12]}", "query": found.query, "count": count}
        if source:
            row["source"] = self._redactor.redact_name(source[:LONGEST_SOURCE])[0]
        row["pattern_type"] = found.pattern_type
        if found.warnings:
            row["warnings"] = list(found.warnings)
        if found.mended:
            row["mended"] = found.mended
        return row


def import_logs(
    logs: Iterable[Path],
    out: Path,
    settings: Settings = Settings(),
    on_progress: Callable[[int, Log], None] | None = None,
) -> Report:
    """Import ``logs`` into the file ``out``, as a whole or not at all.

    ``on_progress`` is called every 500 rows with the rows so far and the log that is being read.
    """
    importer = Importer(settings)
    rows = _all_rows([Log(path, settings.columns) for path in logs], on_progress)
    with atomic_path(out) as temporary, open(temporary, "w", encoding="utf-8") as file:
        if settings.deduplicate:
            _write_distinct(importer, rows, file, out.parent)
        else:
            for _, record in importer.records(rows):
                _write(importer.report, record, file)
    return importer.report


def _all_rows(logs: Iterable[Log], on_progress: Callable[[int, Log], None] | None) -> Iterator[Row]:
    number = 0
    for log in logs:
        for row in log.rows():
            yield row
            number += 1
            if on_progress and number % _STEP == 0:
                on_progress(number, log)


def _write_distinct(importer: Importer, rows: Iterable[Row], file: IO[str], folder: Path) -> None:
    """Each query once, in order of first appearance, with the sum of its counts.

    The sum is known at the end only, so records wait in a file without a name, and in memory stay digests alone.
    """
    counts: dict[bytes, int] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder) as waiting:
        for digest, record in importer.records(rows):
            if digest in counts:
                counts[digest] += record["count"]
                importer.report.duplicates += 1
            else:
                counts[digest] = record["count"]
                _write(importer.report, record, waiting)
        waiting.seek(0)
        # The table of counts is in order of first appearance, too.
        for line, count in zip(waiting, counts.values(), strict=True):
            record = json.loads(line)
            file.write(json.dumps({**record, "count": count}, ensure_ascii=False) + "\n")


def _write(report: Report, record: dict[str, Any], file: IO[str]) -> None:
    report.kept += 1
    report.with_warnings += "warnings" in record
    report.mended += "mended" in record
    file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _with_bar(logs: list[Path], out: Path, settings: Settings) -> Report:
    """The import with a bar on the terminal; without a terminal nothing is shown."""
    sizes = {path: path.stat().st_size if path.is_file() else 0 for path in logs}
    before = dict(zip(logs, itertools.accumulate(sizes.values(), initial=0), strict=False))
    with click.progressbar(
        length=sum(sizes.values()) or 1, label="import", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def show(_: int, log: Log) -> None:
            bar.update(before[log.path] + log.position - bar.pos)

        return import_logs(logs, out, settings, show)


def _require_apart(logs: list[Path], out: Path, report: Path | None) -> None:
    """Refuse to write over a log, or the report over the queries."""
    if out.resolve() in {path.resolve() for path in logs}:
        raise UserError(f"{out} is a log", "write the queries to another file")
    if report and report.resolve() in {path.resolve() for path in (out, *logs)}:
        raise UserError(f"{report} is the output, or a log", "write the report to another file")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write, JSON Lines.")
@click.option("--report", "report_file", type=click.Path(path_type=Path), help="The printed table as JSON, too.")
@click.option("--url-column", help="Column of search URLs, where it is not called url, href or page.")
@click.option("--query-column", help="Column of queries, where it is not called query or q.")
@click.option("--pattern-type-column", help="Column of the pattern type, where it is not called patternType.")
@click.option("--source-column", help="Column of what sent the query, where it is not called source.")
@click.option("--count-column", help="Column of how often, where it is not called count, searches or n.")
@click.option(
    "--pattern-type",
    "default_type",
    type=click.Choice([KEYWORD, STANDARD, LITERAL, REGEXP]),
    default=KEYWORD,
    show_default=True,
    help="Pattern type of rows that name none; before Sourcegraph 5.4 it was standard.",
)
@click.option("--drop-source", multiple=True, help="Drop rows of this source (programs that search); may be repeated.")
@click.option("--no-deduplicate", is_flag=True, help="Write every row, also those that ask for the same.")
def main(
    logs: tuple[Path, ...],
    out: Path,
    report_file: Path | None,
    default_type: str,
    drop_source: tuple[str, ...],
    no_deduplicate: bool,
    **columns: str | None,
) -> None:
    """Import search logs: decoded, redacted, canonical queries with their counts."""
    named = {role: columns[f"{role.replace(' ', '_')}_column"] for role in (URL, QUERY, PATTERN_TYPE, SOURCE, COUNT)}
    settings = Settings(
        Columns({role: name for role, name in named.items() if name}),
        default_type,
        frozenset(drop_source),
        not no_deduplicate,
    )
    files = list(dict.fromkeys(logs))
    _require_apart(files, out, report_file)
    report = _with_bar(files, out, settings)
    if report_file:
        write_json(report_file, report.to_json())
    click.echo(report.table())
    console.say(f"log: {report.rows:,} rows -> {report.kept:,} queries in {paths.shown(out)}")


if __name__ == "__main__":
    console.run(main)

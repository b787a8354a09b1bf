"""Memory and speed of the importer of search logs, on a log that is made here: does memory grow with the log?

    python -m dev.import_memory --rows 1000000

Makes a log of that many rows (the same for the same seed; about 70% of the queries are new, the rest repeat; encoded,
escaped, with secrets, a few malformed), imports it in processes of their own, without and with deduplication, and
prints their resident memory at every 100,000 rows, and the rows per second of processor time. Exit 1 when, without
deduplication, memory grows by more than 10% from the first of these steps to the end.
"""

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote, quote_plus

import click

from nlsq import console, environment, paths
from nlsq.errors import EXIT_NO, UserError

STEP = 100_000
MOST_GROWTH = 1.1
NEW_SHARE = 0.7
_POPULAR = 5000
_PERSONS = 3000  # who searches is a company, which does not grow with its log

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LANGUAGES = ["go", "python", "java", "typescript", "rust", "c++", "c#", "kotlin"]
_FILES = ["package.json", r"\.proto$", "Dockerfile", "^src/", r"_test\.go$", "-spec"]
_PATTERN_TYPES = ["", "", "", "keyword", "standard", "literal", "regexp"]
_SOURCES = ["web", "web", "extension", "cli"]


def queries(count: int, seed: int) -> Iterator[str]:
    """Queries as people type them; ``NEW_SHARE`` of them were not there before."""
    random_source = random.Random(seed)
    popular = [_query(random_source) for _ in range(_POPULAR)]
    for _ in range(count):
        new = random_source.random() < NEW_SHARE
        yield _query(random_source) if new else popular[int(random_source.paretovariate(0.5)) % _POPULAR]


def _word(source: random.Random) -> str:
    return "".join(source.choice(_LETTERS) for _ in range(source.randint(3, 7)))


def _query(source: random.Random) -> str:
    word, other = _word(source), _word(source)
    forms = (
        lambda: rf"repo:^github\.com/{word}/{other}$ {_word(source)}",
        lambda: f"r:{word}/{other} {_word(source).title()}{other.title()}",
        lambda: f"lang:{source.choice(_LANGUAGES)} {word} {other}",
        lambda: f"l:{source.choice(_LANGUAGES)} ({word} OR {other}) count:all",
        lambda: f"file:{source.choice(_FILES)} {word}_{other}",
        lambda: f'context:global "{word} {other}" -file:test',
        lambda: rf"/\b{word}\w+{other}/ case:yes",
        lambda: f"type:symbol {word}{other.title()}(",
        lambda: f"type:commit author:p{source.randrange(_PERSONS)}@acme.com after:yesterday {other}",
        lambda: rf"repo:^git\.corp\.acme\.io/{word}/{other}$ http://{word}.acme.internal/{other}",
        lambda: f'password="{word}{source.randrange(10**6)}" {other}',
        lambda: f"ghp_{''.join(source.choices(_LETTERS + '0123456789', k=36))} {other}",
        lambda: f"{word}.{other}( NOT {_word(source)}",
        lambda: f"ext:go {word} {other}",
        lambda: f"file:*.{word} {other}",
    )
    return source.choice(forms)()


def write_log(path: Path, rows: int, seed: int) -> None:
    """A log of ``rows`` rows, written row by row."""
    source = random.Random(seed + 1)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["url", "query", "patternType", "source", "count"])
        for query in queries(rows, seed):
            kind, sent_by, way = source.choice(_PATTERN_TYPES), source.choice(_SOURCES), source.random()
            if way < 0.6:
                parameters = f"q={quote_plus(query)}" + (f"&patternType={kind}" if kind else "")
                writer.writerow([f"https://sourcegraph.acme.com/search?{parameters}&sm=0", "", "", sent_by, 1])
            elif way < 0.65:
                writer.writerow([f"/search?q={quote(quote(query))}", "", kind, sent_by, 2])
            elif way < 0.98:
                writer.writerow(["", quote(query) if way < 0.75 else query, kind, sent_by, 1])
            else:
                file.write(source.choice(["cut,off\n", ",%FF%3A,,,\n", "/notebooks/1,,,web,1\n", ",,,web,1\n"]))


def measure(log: Path, out: Path, deduplicate: bool, step: int) -> None:
    """Import ``log`` in this process; prints rows, seconds and resident memory as JSON at every step and at the end."""
    import psutil

    from data.import_logs import Settings, import_logs
    from data.logs.rows import Log

    process, started, worked = psutil.Process(), time.perf_counter(), time.process_time()

    def sample(rows: int) -> None:
        seconds, work = time.perf_counter() - started, time.process_time() - worked
        taken = {"rows": rows, "seconds": seconds, "work": work, "bytes": process.memory_info().rss}
        click.echo(json.dumps(taken))

    def on_progress(rows: int, _: Log) -> None:
        if rows % step == 0:
            sample(rows)

    report = import_logs([log], out, Settings(deduplicate=deduplicate), on_progress)
    if report.rows % step:
        sample(report.rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    click.echo(json.dumps({"peak": peak, "kept": report.kept, "dropped": report.dropped.total()}))


def measured(log: Path, folder: Path, deduplicate: bool, step: int) -> tuple[list[dict[str, float]], dict[str, float]]:
    """The samples of an import in a process of its own, and its last line."""
    words = [sys.executable, "-m", "dev.import_memory", "--measure", str(log), "--step", str(step)]
    words += ["--out", str(folder / "out.jsonl"), *([] if deduplicate else ["--no-deduplicate"])]
    samples = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=paths.require_checkout()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            samples.append(json.loads(line))
            if sys.stderr.isatty() and "rows" in samples[-1]:
                console.say(f"{'with' if deduplicate else 'without'} deduplication: {samples[-1]['rows']:,} rows")
    if process.returncode:
        raise UserError(f"the import ended with code {process.returncode}", "its message stands above")
    return samples[:-1], samples[-1]


def compare(rows: int, seed: int, step: int) -> bool:
    """Print the table; False when memory grows without deduplication."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "log.csv"
        write_log(log, rows, seed)
        console.say(f"log: {rows:,} rows, {log.stat().st_size / 1e6:,.0f} MB")
        without, without_end = measured(log, folder, False, step)
        with_it, with_end = measured(log, folder, True, step)
    click.echo(f"{environment.machine_line(environment.describe())}; {date.today()}")
    cells = [
        [
            f"{one['rows']:,.0f}",
            f"{other['bytes'] / 1e6:.0f}",
            f"{one['bytes'] / 1e6:.0f}",
            f"{other['rows'] / other['work']:,.0f}",
        ]
        for one, other in zip(without, with_it, strict=True)
    ]
    cells.append(["peak", f"{with_end['peak'] / 1e6:.0f}", f"{without_end['peak'] / 1e6:.0f}", ""])
    click.echo(console.table(["rows", "MB with deduplication", "MB without", "rows/s"], cells))
    end = with_it[-1]
    click.echo(
        f"{end['rows']:,.0f} rows with deduplication: {end['work'] / 60:.1f} minutes of processor time, "
        f"{end['seconds'] / 60:.1f} by the clock; {with_end['kept']:,} distinct queries, "
        f"{with_end['dropped']:,} rows dropped"
    )
    growth = without[-1]["bytes"] / without[0]["bytes"]
    flat = growth <= MOST_GROWTH
    click.echo(
        f"without deduplication memory grows by {growth - 1:.1%} after {step:,} rows: {'ok' if flat else 'TOO MUCH'}"
    )
    return flat


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", type=click.IntRange(2), default=1_000_000, show_default=True, help="Rows of the log.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the log.")
@click.option("--step", type=click.IntRange(1), default=STEP, show_default=True, help="Rows between two samples.")
@click.option("--measure", "log", type=click.Path(path_type=Path), hidden=True)
@click.option("--out", type=click.Path(path_type=Path), hidden=True)
@click.option("--no-deduplicate", is_flag=True, hidden=True)
def main(rows: int, seed: int, step: int, log: Path | None, out: Path | None, no_deduplicate: bool) -> int:
    """Measure the importer's memory and speed; exit 1 when memory grows with the log."""
    if log is not None and out is not None:
        measure(log, out, not no_deduplicate, step)
        return 0
    if rows < 2 * step:
        raise UserError(f"{rows:,} rows are fewer than two steps of {step:,}", "give more --rows, or a smaller --step")
    return 0 if compare(rows, seed, step) else EXIT_NO


if __name__ == "__main__":
    console.run(main)

"""How many times in the training data's requests are found and resolved without a model.

    python -m dev.time_phrases                 # the generated records
    python -m dev.time_phrases --handwritten   # the hand-written ones
    python -m dev.time_phrases --show 50       # and what fails

A record counts as resolved when every value of ``after:``, ``before:``, ``rev:at.time()`` and
``repo:has.commit.after()`` in its query is one that the phrases give, by days, or stands in the request as a typed
filter. Phrases in records without any such value are false.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click

from data.splits import HANDWRITTEN
from nlsq.query import dates, parse
from nlsq.query.tree import Filter, leaves
from nlsq.reading.times import TimePhrase, time_phrases
from nlsq.records import Record, read_records

TRAIN = Path("data/build/train.jsonl")
# Of records without a day: behind all years that the generator names.
ANY_DAY = date(2027, 12, 29)
# A record, what is wrong, and what was found.
Failure = tuple[Record, list[str], list[TimePhrase]]
_PREDICATE = re.compile(r"(?:at\.time|(?:has|contains)\.commit\.after)\(([^,)]*)")


def time_values(query: str) -> Iterator[tuple[str, str]]:
    """Each time in a query, with the filter that it belongs to: after, before or point."""
    tree = parse(query)
    for leaf in leaves(tree) if tree is not None else ():
        if not isinstance(leaf, Filter):
            continue
        if leaf.name in ("after", "before"):
            yield leaf.name, leaf.value
        elif match := _PREDICATE.match(leaf.value):
            yield "point", match[1]


def is_given(name: str, value: str, phrases: list[TimePhrase], today: date) -> bool:
    """True when a phrase has that value at that place."""
    given = {dates.meaning(found, today) for phrase in phrases if (found := getattr(phrase, name))}
    return dates.meaning(value, today) in given


def unresolved(record: Record, phrases: list[TimePhrase]) -> list[str]:
    """The times in a record's query that no phrase gives and no typed filter has."""
    today = date.fromisoformat(record.today) if record.today else ANY_DAY
    return [
        f"{name} {value}"
        for name, value in time_values(record.query)
        if not is_given(name, value, phrases, today) and not _is_typed(value, record.request)
    ]


def surplus(record: Record, phrases: list[TimePhrase]) -> list[str]:
    """What the phrases give that the record's query does not have: a bound too many, or another one."""
    today = date.fromisoformat(record.today) if record.today else ANY_DAY
    wanted = [
        (name, dates.meaning(value, today))
        for query in (record.query, *record.also)
        for name, value in time_values(query)
    ]
    names = {name for name, _ in wanted}
    return [
        f"{name} {value}"
        for phrase in phrases
        for name in (["point"] if names == {"point"} else ["after", "before"])
        if (value := getattr(phrase, name)) and (name, dates.meaning(value, today)) not in wanted
    ]


def lacks_day(record: Record) -> bool:
    """True when the times of a record without a day are others on another day: nobody could resolve it."""
    if record.today:
        return False
    values = [
        {(one.after, one.before) for one in time_phrases(record.request, day)}
        for day in (ANY_DAY, ANY_DAY - timedelta(days=500))
    ]
    return values[0] != values[1]


def _is_typed(value: str, request: str) -> bool:
    return bool(
        re.search(
            rf"(?i)(?:since|until|after|before):\"?{re.escape(value)}|\.(?:time|after)\({re.escape(value)}", request
        )
    )


def phrases_of(record: Record) -> list[TimePhrase]:
    """What is found in a record's request."""
    return time_phrases(record.request, date.fromisoformat(record.today) if record.today else ANY_DAY)


@click.command()
@click.option("--handwritten", is_flag=True, help="The hand-written records instead of the generated ones.")
@click.option("--show", default=20, show_default=True, help="So many failures of each kind.")
def main(handwritten: bool, show: int) -> None:
    """Measure the phrases of time on training data."""
    files = sorted((HANDWRITTEN / "train").glob("*.jsonl")) if handwritten else [TRAIN]
    records = [record for file in files for record in read_records(file)]
    failures: list[Failure] = []
    more: list[Failure] = []
    undated: list[Failure] = []
    false: list[Failure] = []
    timed = 0
    for record in records:
        phrases = phrases_of(record)
        if any(time_values(record.query)):
            timed += 1
            missing = unresolved(record, phrases)
            if missing and lacks_day(record):
                undated.append((record, missing, phrases))
            elif missing:
                failures.append((record, missing, phrases))
            elif extra := surplus(record, phrases):
                more.append((record, extra, phrases))
        elif phrases:
            false.append((record, [], phrases))
    untimed = len(records) - timed
    missed = len(failures) + len(undated)
    click.echo(f"resolved {timed - missed:,} of {timed:,} ({1 - missed / timed:.2%})")
    click.echo(f"of the others, {len(undated):,} depend on a day that they do not name")
    click.echo(f"of those resolved, with a bound too many {len(more):,} ({len(more) / timed:.2%})")
    click.echo(f"false in {len(false):,} of {untimed:,} ({len(false) / untimed:.2%})")
    for title, found in (("unresolved", failures), ("undated", undated), ("surplus", more), ("false", false)):
        for record, missing, phrases in found[:show]:
            said = [f"[{record.request[one.start : one.end]}] {one.after} {one.before} {one.point}" for one in phrases]
            click.echo(f"{title} {record.id} | {record.request[:160]} | {missing} | {said} | {record.today or ''}")


if __name__ == "__main__":
    main()

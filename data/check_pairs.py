"""Judge new training pairs before they enter ``data/handwritten/train``: faults, and what they share with others.

    python -m data.check_pairs new.jsonl              # every fault on a line of its own, exit 1
    python -m data.check_pairs new.jsonl --keep good.jsonl   # writes those without a fault

A fault names the kind of leak and the name or combination that is shared, never a held-out request or query.
"""

from pathlib import Path

import click

from data.leaks import HeldOut, Outside, asked
from data.splits import HELD_OUT, normal_request, read_handwritten, record_faults
from nlsq import console
from nlsq.errors import EXIT_NO
from nlsq.records import CATEGORIES, Record, read_records, write_records


def faults(new: list[Record], splits: dict[str, list[Record]]) -> dict[str, list[str]]:
    """What is wrong with each of ``new`` that has a fault, by id."""
    held_out = HeldOut([record for split in HELD_OUT for record in splits[split]])
    outside = Outside()
    known = {normal_request(record.request): record.id for record in splits["train"]}
    known_asked = {asked(record): record.id for record in splits["train"]}
    ids = {record.id for records in splits.values() for record in records}
    found: dict[str, list[str]] = {}
    for record in new:
        said = [fault.removeprefix(f"{record.id}: ") for fault in record_faults([record])]
        if record.category not in CATEGORIES:
            said.append(f"unknown category {record.category!r}")
        if record.id in ids:
            said.append("its id is taken")
        if (request := normal_request(record.request)) in known and ":" not in record.request:
            said.append(f"has the request of {known[request]}")
        elif asked(record) in known_asked:
            said.append(f"has the request of {known_asked[asked(record)]}")
        if not said:  # a leak is only looked for in a query that can be read
            said += [what for _, what in (held_out.leak(record), outside.leak(record)) if what]
        ids.add(record.id)
        known.setdefault(request, record.id)
        known_asked.setdefault(asked(record), record.id)
        if said:
            found[record.id] = said
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--keep", type=click.Path(path_type=Path), help="Write the pairs without a fault to this file.")
def main(file: Path, keep: Path | None) -> None:
    """Judge the pairs in FILE."""
    new = read_records(file)
    found = faults(new, read_handwritten())
    for identifier, said in found.items():
        click.echo(f"{identifier}: {'; '.join(said)}")
    if keep:
        write_records(keep, [record for record in new if record.id not in found])
    console.say(f"{len(new):,} pairs, {len(found):,} with a fault")
    if found and not keep:
        raise SystemExit(EXIT_NO)


if __name__ == "__main__":
    console.run(main)

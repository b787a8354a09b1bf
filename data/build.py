"""Split the hand-written pairs and write the files that training and evaluation read.

    python -m data.build            # writes data/build/

Splits first, then everything else. The same input gives the same bytes; ``manifest.json`` names input and output by
SHA-256.
"""

from collections import Counter
from pathlib import Path

import click

from data.splits import SPLITS, leaks, outside_hashes, read_handwritten, record_faults, split_of
from nlsq import console, paths
from nlsq.errors import UserError
from nlsq.files import sha256_of, sha256_of_tree, write_json, write_json_lines
from nlsq.records import to_messages, write_records


def build(source: Path, target: Path) -> dict[str, dict[str, int]]:
    """Write the splits of ``source`` into ``target``; returns the count of each category in each split."""
    records = read_handwritten(source)
    splits = {split: [record for record in records if split_of(record) == split] for split in SPLITS}
    faults = record_faults(records) + leaks(splits, outside_hashes())
    if faults:
        raise UserError(f"{len(faults)} faults in the data: {'; '.join(faults[:5])}", "mend data/handwritten")
    outputs = []
    for split in SPLITS:
        outputs.append(target / f"{split}.jsonl")
        write_records(outputs[-1], splits[split])
    for split in ("train", "validation"):
        outputs.append(target / f"{split}.messages.jsonl")
        write_json_lines(outputs[-1], map(to_messages, splits[split]))
    counts = {split: dict(sorted(Counter(record.category for record in splits[split]).items())) for split in SPLITS}
    manifest = {
        "source_sha256": sha256_of_tree(source),
        "outputs": {path.name: sha256_of(path) for path in outputs},
        "counts": counts,
    }
    write_json(target / "manifest.json", manifest)
    return counts


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to; data/build by default.")
def main(out: Path | None) -> None:
    """Split the hand-written pairs into train, validation and test."""
    from data.splits import HANDWRITTEN

    target = out or paths.data_build()
    counts = build(HANDWRITTEN, target)
    categories = sorted({category for split in counts.values() for category in split})
    rows = [[category, *(str(counts[split].get(category, 0)) for split in SPLITS)] for category in categories]
    rows.append(["all", *(str(sum(counts[split].values())) for split in SPLITS)])
    click.echo(console.table(["category", *SPLITS], rows))
    console.say(f"data: {paths.shown(target)}")


if __name__ == "__main__":
    console.run(main)

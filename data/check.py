"""Check the built data files: schema of every line, valid queries, no leak between splits.

    python -m data.check

Exit 1 when something is wrong, with every fault on a line of its own.
"""

from pathlib import Path

import click

from data.splits import SPLITS, leaks, outside_hashes, record_faults
from nlsq import console, paths
from nlsq.errors import EXIT_NO, UserError
from nlsq.records import read_messages, read_records, to_messages


def check_folder(folder: Path) -> list[str]:
    """All faults of the data files in ``folder``, in plain words."""
    faults = []
    splits = {}
    for split in SPLITS:
        try:
            splits[split] = read_records(folder / f"{split}.jsonl")
        except UserError as error:
            faults.append(str(error))
    faults += [fault for records in splits.values() for fault in record_faults(records)]
    faults += leaks(splits, outside_hashes())
    for split in ("train", "validation"):
        try:
            pairs = read_messages(folder / f"{split}.messages.jsonl")
        except UserError as error:
            faults.append(str(error))
            continue
        made = [
            tuple(message["content"] for message in to_messages(record)["messages"][1:])
            for record in splits.get(split, [])
        ]
        if made and pairs != made:
            faults.append(f"{split}.messages.jsonl was not made from {split}.jsonl -> run `make data`")
    return faults


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=click.Path(path_type=Path), help="Folder to check; data/build by default.")
def main(folder: Path | None) -> int:
    """Check the data files; exit 1 when something is wrong."""
    folder = folder or paths.data_build()
    faults = check_folder(folder)
    for fault in faults:
        console.say(f"fault: {fault}")
    click.echo(f"data {paths.shown(folder)}: {len(faults)} faults" if faults else f"data {paths.shown(folder)}: ok")
    return EXIT_NO if faults else 0


if __name__ == "__main__":
    console.run(main)

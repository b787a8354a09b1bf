"""Check the built data files: schema of every line, clean canonical queries, no leak, nothing changed since the build.

    python -m data.check

Exit 1 when something is wrong, with every fault on a line of its own.
"""

from pathlib import Path
from typing import Any

import click

from data.build import MANIFEST
from data.leaks import leaks
from data.manifest import prompt_hashes
from data.splits import SPLITS, record_faults
from data.subsets import SUBSETS
from nlsq import console, paths
from nlsq.errors import EXIT_NO, UserError
from nlsq.files import read_json, sha256_of
from nlsq.records import Record, read_messages, read_records, to_messages

_MOST_SHOWN = 50


def check_folder(folder: Path) -> list[str]:
    """All faults of the data files in ``folder``, in plain words."""
    faults: list[str] = []
    names = [*SPLITS, *(f"{split}-{name}" for name, sizes in SUBSETS.items() for split in sizes)]
    records = {name: _records(folder / f"{name}.jsonl", faults) for name in names}
    splits = {split: records[split] for split in SPLITS}
    for split in SPLITS:
        faults += record_faults(splits[split])
    faults += leaks(splits)
    for name in names:
        faults += _subset_faults(name, records)
        if name != "test":
            faults += _message_faults(folder, name, records[name])
    return faults + _manifest_faults(folder)


def _records(path: Path, faults: list[str]) -> list[Record]:
    try:
        return read_records(path)
    except UserError as error:
        faults.append(str(error))
        return []


def _subset_faults(name: str, records: dict[str, list[Record]]) -> list[str]:
    """A subset holds records of its split, as they are there."""
    split = name.partition("-")[0]
    if split == name or not records[split]:
        return []
    known = {record.id: record for record in records[split]}
    return [
        f"{name}.jsonl: {record.id} is not in {split}.jsonl, or differs -> run `make data`"
        for record in records[name]
        if known.get(record.id) != record
    ]


def _message_faults(folder: Path, name: str, records: list[Record]) -> list[str]:
    """A training file says what its records say."""
    path = folder / f"{name}.messages.jsonl"
    try:
        pairs = read_messages(path)
    except UserError as error:
        return [str(error)]
    made = [tuple(message["content"] for message in to_messages(record)["messages"][1:]) for record in records]
    return [] if pairs == made else [f"{path.name} was not made from {name}.jsonl -> run `make data`"]


def _manifest_faults(folder: Path) -> list[str]:
    """The files are those that the manifest names, made for today's prompts."""
    try:
        made: dict[str, Any] = read_json(folder / MANIFEST)
        outputs: dict[str, str] = made["outputs"]
        prompts = made["prompts"]
    except UserError as error:
        return [str(error)]
    except (KeyError, TypeError):
        return [f"{MANIFEST} names no outputs -> run `make data`"]
    faults = [
        f"{name} is not the file that was built -> run `make data`"
        for name, sha256 in outputs.items()
        if (folder / name).is_file() and sha256_of(folder / name) != sha256
    ]
    faults += [f"{name} is missing -> run `make data`" for name in outputs if not (folder / name).is_file()]
    surplus = {path.name for path in folder.glob("*.jsonl")} - set(outputs)
    faults += [f"{name} is not of this build -> remove it" for name in sorted(surplus)]
    if prompts != prompt_hashes():
        faults.append("the training files were made for another prompt -> run `make data`")
    return faults


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=click.Path(path_type=Path), help="Folder to check; data/build by default.")
def main(folder: Path | None) -> int:
    """Check the data files; exit 1 when something is wrong."""
    folder = folder or paths.data_build()
    faults = check_folder(folder)
    for fault in faults[:_MOST_SHOWN]:
        console.say(f"fault: {fault}")
    if len(faults) > _MOST_SHOWN:
        console.say(f"fault: and {len(faults) - _MOST_SHOWN:,} more")
    click.echo(f"data {paths.shown(folder)}: {len(faults)} faults" if faults else f"data {paths.shown(folder)}: ok")
    return EXIT_NO if faults else 0


if __name__ == "__main__":
    console.run(main)

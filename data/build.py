"""Make the data that training and evaluation read: splits, generated pairs, subsets, manifest.

    python -m data.build            # writes data/build/, a minute and a half

Splits first: nothing is generated before it is known what must stay out. The same input gives the same bytes;
``manifest.json`` names input and output by SHA-256.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from data import manifest
from data.generator.generate import SEED, Plan, admitted, generate
from data.generator.templates import Template
from data.leaks import HeldOut, leaks
from data.manifest import CountTokens, token_counter
from data.splits import HANDWRITTEN, HELD_OUT, SPLITS, read_handwritten, record_faults
from data.subsets import SUBSETS, subset
from nlsq import console, paths
from nlsq.errors import UserError
from nlsq.files import read_json, sha256_of, write_json, write_json_lines
from nlsq.records import CATEGORIES, Record, mixed, read_records, to_messages, write_records

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1


def build(
    source: Path,
    target: Path,
    count_tokens: CountTokens,
    *,
    seed: int = SEED,
    templates: list[Template] | None = None,
    more: Sequence[Path] = (),
) -> dict[str, Any]:
    """Write the data files made of the pairs in ``source`` into ``target``; returns the manifest.

    ``templates``: the written ones to fill, all by default. ``more``: files of further training pairs, such as requests
    for logged queries; those that share something with validation or test are dropped and counted.
    """
    splits = read_handwritten(source)
    _refuse_faults(splits)
    held_out = HeldOut([record for split in HELD_OUT for record in splits[split]])
    further, refused = admitted([record for file in more for record in read_records(file)], splits["train"], held_out)
    splits["train"] += further
    generated = generate(splits["train"], held_out, seed, templates, _with_bar)
    splits["train"] = mixed([*splits["train"], *generated.records])
    written = _write(splits, target, seed)
    made = {
        "schema_version": SCHEMA_VERSION,
        "seed": seed,
        "versions": manifest.versions(),
        "prompts": manifest.prompt_hashes(),
        "inputs": manifest.inputs(source, more),
        "outputs": {path.name: sha256_of(path) for path in written},
        "sizes": {path.name: _lines(path) for path in written},
        "counts": manifest.counts(splits),
        "templates": dict(generated.templates),
        "dropped": dict(sorted(generated.dropped.items())),
        "further_pairs_dropped": dict(sorted(refused.items())),
        "histograms": {split: manifest.histograms(splits[split], count_tokens) for split in SPLITS},
    }
    write_json(target / MANIFEST, made)
    return made


def _refuse_faults(splits: dict[str, list[Record]]) -> None:
    faults = [fault for records in splits.values() for fault in record_faults(records)] + leaks(splits)
    if faults:
        raise UserError(f"{len(faults)} faults in the data: {'; '.join(faults[:5])}", "mend data/handwritten")


def _with_bar(plan: Plan) -> Iterable[tuple[Template, int]]:
    """``plan`` with a progress bar on a terminal."""
    from tqdm import tqdm

    return tqdm(plan, desc="templates filled", unit="", disable=None)


def _write(splits: dict[str, list[Record]], target: Path, seed: int) -> list[Path]:
    """Write the files of all splits and subsets; returns their paths."""
    written = []

    def write(name: str, records: list[Record], training: bool) -> None:
        written.append(target / f"{name}.jsonl")
        write_records(written[-1], records)
        if training:
            written.append(target / f"{name}.messages.jsonl")
            write_json_lines(written[-1], map(to_messages, records))

    for split in SPLITS:
        write(split, splits[split], split != "test")  # nothing is trained or tuned on test
    for name, sizes in SUBSETS.items():
        for split, size in sizes.items():
            write(f"{split}-{name}", subset(splits[split], size, f"{seed} {name}"), True)
    return written


def _lines(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(1 for _ in file)


def table(made: dict[str, Any]) -> str:
    """Pairs by category and use, as the data card shows them."""
    rows: list[list[Any]] = []
    for category in CATEGORIES:
        train = Counter(made["counts"]["train"][category])
        held_out = [sum(made["counts"][split][category].values()) for split in HELD_OUT]
        rows.append([category, train["hand-written"], sum(train.values()) - train["hand-written"], *held_out])
    rows.append(["all", *(sum(row[column] for row in rows) for column in range(1, 5))])
    header = ["category", "train, hand-written", "train, generated", *HELD_OUT]
    return console.table(header, [[str(cell) for cell in row] for row in rows])


def is_current(target: Path, source: Path = HANDWRITTEN, more: Sequence[Path] = ()) -> bool:
    """True when ``target`` holds what these inputs make, unharmed."""
    path = target / MANIFEST
    if not path.exists():
        return False
    known = read_json(path)
    current = known.get("inputs") == manifest.inputs(source, more) and known.get("versions") == manifest.versions()
    return current and all(
        (target / name).is_file() and sha256_of(target / name) == sha256 for name, sha256 in known["outputs"].items()
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to; data/build by default.")
@click.option("--tokenizer", default=manifest.TOKENIZER, show_default=True, help="Base model that lengths are told in.")
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Further training pairs, as `data write-requests` makes them; several files may be given.",
)
@click.option("--if-needed", is_flag=True, help="Do nothing when the folder holds what these inputs make.")
def main(out: Path | None, tokenizer: str, pairs: tuple[Path, ...], if_needed: bool) -> None:
    """Make splits, generated pairs, subsets and manifest."""
    target = out or paths.data_build()
    if if_needed and is_current(target, more=pairs):
        made = read_json(target / MANIFEST)
    else:
        made = build(HANDWRITTEN, target, token_counter(tokenizer), more=pairs)
    click.echo(table(made))
    dropped = ", ".join(f"{reason} {count:,}" for reason, count in made["dropped"].items())
    console.say(f"generated pairs dropped: {dropped}")
    if pairs:
        refused = ", ".join(f"{reason} {count:,}" for reason, count in made["further_pairs_dropped"].items())
        console.say(f"further pairs dropped: {refused or 'none'}")
    console.say(f"data: {paths.shown(target)}, sha256 of the manifest {sha256_of(target / MANIFEST)}")


if __name__ == "__main__":
    console.run(main)

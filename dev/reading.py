"""What reading leaves to a model: how many requests can be answered right through slots, and how long both texts are.

    python -m dev.reading                     # data/build/validation.jsonl
    python -m dev.reading --file FILE --vocabulary 4096

Tokens are those of a student whose vocabulary is chosen for the small training subset.
"""

import json
import statistics
from collections import Counter
from datetime import date
from pathlib import Path

import click

from nlsq import console, paths
from nlsq.base_models import base_folder
from nlsq.files import read_json
from nlsq.held_out import refuse_test_split
from nlsq.prompt import one_line
from nlsq.reading.finishing import finished
from nlsq.reading.reader import read
from nlsq.reading.templates import hide
from nlsq.reading.typed import is_query
from nlsq.records import Record, read_records
from nlsq.scoring import score
from recipes.examples import ANY_DAY, pairs_of
from recipes.shrink import trimmed_tokenizer

BASE = "smollm2-135m"


def outcome(record: Record) -> tuple[str, tuple[str, str] | None]:
    """What becomes of a request at best, and what a model is asked and should answer for that."""
    line = one_line(record.request)
    if is_query(line):
        return ("a query, right" if score(record, line).right else "a query, wrong"), None
    reading = read(line, date.fromisoformat(record.today or ANY_DAY), record.repositories)
    templates = (hide(query, reading) for query in (record.query, *record.also))
    template = next((one for one in templates if one is not None), None)
    if template is None:
        return "not to be written with slots", None
    right = score(record, finished(template, reading)).right
    return ("right" if right else "filled wrongly"), (reading.text, f" {template}")


def lengths(texts: list[str], vocabulary: int) -> list[int]:
    """Tokens of each text, in ascending order."""
    from tokenizers import Tokenizer

    pairs = pairs_of("reading", paths.data_build() / "train-small.jsonl")
    description = read_json(base_folder(BASE) / "tokenizer.json")
    trimmed, _ = trimmed_tokenizer(description, [text for pair in pairs for text in pair], vocabulary)
    tokenizer = Tokenizer.from_str(json.dumps(trimmed))
    return sorted(len(one.ids) for one in tokenizer.encode_batch(texts, add_special_tokens=False))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--file", type=click.Path(exists=True, path_type=Path), help="Records; the validation split by default.")
@click.option("--vocabulary", default=4096, show_default=True, help="Tokens of the student besides its pieces.")
def main(file: Path | None, vocabulary: int) -> None:
    """Say what reading leaves to a model."""
    file = file or paths.validation_records()
    refuse_test_split(file)
    found = [outcome(record) for record in read_records(file)]
    counts = Counter(kind for kind, _ in found)
    click.echo(f"{len(found):,} requests: " + ", ".join(f"{kind} {count:,}" for kind, count in counts.most_common()))
    pairs = [pair for _, pair in found if pair]
    for name, texts in (("request", [pair[0] for pair in pairs]), ("answer", [pair[1] for pair in pairs])):
        tokens = lengths(texts, vocabulary)
        tail = tokens[int(0.95 * len(tokens))]
        click.echo(
            f"tokens of the {name}: mean {statistics.mean(tokens):.1f}, p50 {tokens[len(tokens) // 2]}, p95 {tail}"
        )


if __name__ == "__main__":
    console.run(main)

"""The numbers of the data card (``data/README.md``), printed from the manifest of the built data.

python -m data.card             # print them
python -m data.card --write     # and put them into data/README.md
python -m data.card --check     # exit 1 when they are not those of data/README.md
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from data.build import MANIFEST
from data.splits import HELD_OUT, SPLITS
from nlsq import console, paths
from nlsq.errors import EXIT_NO, UserError
from nlsq.files import read_json, write_text
from nlsq.records import CATEGORIES

CARD = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- numbers: python -m data.card --write -->", "<!-- end of numbers -->"
MEANINGS = {
    "content": "code text, identifiers, concepts, errors, languages, extensions",
    "paths": "files and directories",
    "symbols": "definitions",
    "repo-named": "a repository or organisation is named",
    "repo-candidates": "candidates are given; the right one, or none, is to be taken",
    "commits": "commits",
    "diffs": "changes, added or removed code",
    "repositories": "repositories as the answer, predicates",
    "boolean": "and, or, not",
    "regex": "shapes",
    "revisions": "branches, tags, past states",
    "scope": "fork, archived, visibility, case, count, select, owners",
    "mixed": "precise filters in the request, whole queries",
    "dates": "every way to give a date",
    "robustness": "no good answer: gibberish, injections, other languages",
}
_USES = {
    "train.jsonl": "all training pairs",
    "train.messages.jsonl": "training file",
    "train-small.jsonl": "pairs of the recipe `smoke`",
    "train-small.messages.jsonl": "training file of the recipe `smoke`",
    "train-tiny.jsonl": "pairs for smoke tests",
    "train-tiny.messages.jsonl": "training file for smoke tests",
    "validation.jsonl": "what improvements are judged on",
    "validation.messages.jsonl": "evaluation loss",
    "validation-small.jsonl": "what the recipe `smoke` is judged and timed on",
    "validation-small.messages.jsonl": "evaluation loss of the recipe `smoke`",
    "validation-tiny.jsonl": "smoke tests",
    "validation-tiny.messages.jsonl": "smoke tests",
    "test.jsonl": "the release gate alone",
}
_ORIGINS = ["hand-written", "for logged queries", "generated from pairs", "generated from templates"]
_FILTERS_SHOWN = 30


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def numbers(made: dict[str, Any]) -> str:
    """All tables of the card as Markdown."""
    parts = [
        ("Pairs by category and use:", _categories(made)),
        ("Files in `data/build/`:", _files(made)),
        ("What was dropped while generating:", _dropped(made)),
        ("Queries with each filter:", _filters(made)),
        ("Queries by their number of conditions:", _histogram(made, "conditions", "conditions")),
        (f"Length of the prompt's content in tokens of {_tokenizer()}:", _histogram(made, "prompt_tokens", "tokens")),
        (f"Length of the query in tokens of {_tokenizer()}:", _histogram(made, "query_tokens", "tokens")),
    ]
    return "\n\n".join(f"{title}\n\n{table}" for title, table in parts)


def _tokenizer() -> str:
    from data.manifest import TOKENIZER

    return TOKENIZER


def _categories(made: dict[str, Any]) -> str:
    found = made["counts"]["train"].values()
    origins = [one for one in _ORIGINS if any(one in counts for counts in found)]
    rows: list[list[Any]] = []
    for category in CATEGORIES:
        train = [made["counts"]["train"][category].get(one, 0) for one in origins]
        held_out = [sum(made["counts"][split][category].values()) for split in HELD_OUT]
        rows.append([category, *train, *held_out, MEANINGS[category]])
    rows.append(["all", *(sum(row[column] for row in rows) for column in range(1, len(origins) + 3)), ""])
    return _table(["category", *(f"train, {one}" for one in origins), *HELD_OUT, ""], rows)


def _files(made: dict[str, Any]) -> str:
    return _table(["file", "use", "lines"], [[name, _USES[name], lines] for name, lines in made["sizes"].items()])


def _dropped(made: dict[str, Any]) -> str:
    written, slotted = made["templates"]["written"], made["templates"]["slotted"]
    rows: list[list[object]] = [[reason, count] for reason, count in made["dropped"].items()]
    made_of = f"{written:,} written templates and {slotted:,} made of hand-written pairs were filled."
    return f"{_table(['reason', 'pairs'], rows)}\n\n{made_of}"


def _filters(made: dict[str, Any]) -> str:
    found = {split: made["histograms"][split]["filters"] for split in SPLITS}
    names = list(found["train"])[:_FILTERS_SHOWN]
    return _table(
        ["filter", *SPLITS], [[f"`{name}`", *(found[split].get(name, 0) for split in SPLITS)] for name in names]
    )


def _histogram(made: dict[str, Any], kind: str, header: str) -> str:
    found = {split: made["histograms"][split][kind] for split in SPLITS}
    names = list(dict.fromkeys(name for split in SPLITS for name in found[split]))
    names.sort(key=lambda name: int(name.split()[-1]))
    return _table([header, *SPLITS], [[name, *(found[split].get(name, 0) for split in SPLITS)] for name in names])


def with_numbers(card: str, tables: str) -> str:
    """The text of the card with ``tables`` between its marks."""
    before, begin, rest = card.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"{CARD} has lost the marks of its numbers", f"put {BEGIN} and {END} back")
    return f"{before}{begin}\n\n{tables}\n\n{end}{after}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--write", is_flag=True, help="Put the numbers into data/README.md.")
@click.option("--check", is_flag=True, help="Exit 1 when data/README.md has other numbers.")
def main(write: bool, check: bool) -> int:
    """Print the numbers of the data card."""
    tables = numbers(read_json(paths.data_build() / MANIFEST))
    if not write and not check:
        click.echo(tables)
        return 0
    card = CARD.read_text(encoding="utf-8")
    current = with_numbers(card, tables) == card
    if write and not current:
        write_text(CARD, with_numbers(card, tables))
    if write:
        return 0
    click.echo("data card: current" if current else "data card: other numbers -> python -m data.card --write")
    return 0 if current else EXIT_NO


if __name__ == "__main__":
    console.run(main)

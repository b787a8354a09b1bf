"""Choose the words that a model reads as they are (``nlsq/reading/words.txt``); every other plain word becomes a slot.

    python -m data.words            # after changes of the training pairs; the model has to be trained anew then

Known are the words that say something about a query (they stand in requests and not in their queries), the language's
own words, the names of programming languages, and the commonest words of the base model's vocabulary.
"""

import re
from collections import Counter
from collections.abc import Iterable

import click

from nlsq import console, paths
from nlsq.base_models import base_folder
from nlsq.files import read_json, write_text
from nlsq.filters import CANONICAL_NAME, SYMBOL_KINDS
from nlsq.query.languages import nicknames, short_names
from nlsq.reading.shapes import WORDS
from nlsq.reading.spelling import SHORTEST_CORRECTED, TELLING, corrections
from nlsq.reading.tables import table_of
from nlsq.records import Record, read_records

BASE = "smollm2-135m"
# Whole words among so many of the base's first tokens: its tokens are in order of frequency.
COMMON_TOKENS = 12_288
# A word counts three times in a hand-written pair; so twice there, or six times in generated ones.
_HANDWRITTEN, _ENOUGH = 3, 6
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
# What is said of queries, and may stand in a query's filters too.
_OF_THE_LANGUAGE = table_of(
    "archived unarchived forked forks public private internal mirror mirrors visibility repo repos repository "
    "file files folder folders directory directories path paths topic topics tag tags branch branches commit "
    "commits diff diffs symbol symbols author authors owner owners contributor contributors message messages "
    "metadata description removed removal removals added addition additions deleted deletion deletions changed "
    "language languages extension case exact count all yes no only properties classes matching matches somebody "
    "nobody anyone whose revision heads head"
)


def common_words(vocabulary: dict[str, int]) -> set[str]:
    """The whole words among the first tokens of a byte-level vocabulary."""
    return {
        token[1:]
        for token, number in vocabulary.items()
        if number < COMMON_TOKENS and re.fullmatch("Ġ[A-Za-z]+", token)
    }


def telling_words(records: Iterable[Record]) -> dict[str, int]:
    """The words of requests that are not copied into the queries, and how much each counts; the commonest first."""
    counts: Counter[str] = Counter()
    for record in records:
        if record.repositories:
            continue  # names of repositories are said in other words, and tell nothing
        query = record.query.lower()
        for word in set(_WORD.findall(record.request.lower())):
            if word not in query:
                counts[word] += 1 if record.source else _HANDWRITTEN
    return {
        word: count for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count >= _ENOUGH
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Choose the known words, out of the training split and the base model."""
    vocabulary = read_json(base_folder(BASE) / "tokenizer.json")["model"]["vocab"]
    common = common_words(vocabulary)
    telling = telling_words(read_records(paths.data_build() / "train.jsonl"))
    names = {name for name in (*short_names(), *nicknames()) if re.fullmatch(r"[a-z+#]{2,}", name)}
    own = {*CANONICAL_NAME, *SYMBOL_KINDS, *(f"{kind}s" for kind in SYMBOL_KINDS), *_OF_THE_LANGUAGE}
    spelt = common | names | own
    # In the order of frequency: a misspelt word is taken for the commonest of those it may be.
    candidates = dict.fromkeys([*telling, *sorted(own)])
    right = [word for word in candidates if word in spelt and len(word) >= SHORTEST_CORRECTED - 1]
    misspelt = corrections(right)
    more = {word for word in telling if word not in spelt and not misspelt(word)}
    # Words that look like typing errors of telling ones, and are none: "locks", "clone".
    real = {token[1:] for token in vocabulary if re.fullmatch("Ġ[a-z]+", token) and misspelt(token[1:])}
    known = sorted(spelt | more | real)
    write_text(WORDS, "\n".join(known) + "\n")
    write_text(TELLING, "\n".join(right) + "\n")
    console.say(f"words: {len(known):,} known ({len(more):,} that only the pairs have), {len(right):,} to correct by")


if __name__ == "__main__":
    console.run(main)

"""Choose the words that a model reads as they are (``nlsq/reading/words.txt``); every other plain word becomes a slot.

    python -m data.words            # after changes of the training pairs; the model has to be trained anew then

Known are the words that say something about a query (they stand in requests and not in their queries), the language's
own words, and the names of programming languages. What a word such as "kernel" means is nothing to a query, which has
it as it is: a model that does not see it cannot misspell it, leave out half of it, or take it for something else.
"""

import re
from collections import Counter
from collections.abc import Iterable

import click

from data.splits import read_handwritten
from nlsq import console
from nlsq.base_models import base_folder
from nlsq.files import read_json, write_text
from nlsq.filters import CANONICAL_NAME, SYMBOL_KINDS
from nlsq.query.languages import nicknames, short_names
from nlsq.reading.shapes import WORDS
from nlsq.reading.spelling import REAL, SHORTEST_CORRECTED, TELLING, corrections
from nlsq.reading.tables import table_of
from nlsq.records import Record

BASE = "smollm2-135m"
# In so many hand-written requests, and in such a share of those that have the word, it is not copied into the query.
_OFTEN, _SHARE = 2, 0.15
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


def telling_words(records: Iterable[Record]) -> dict[str, int]:
    """The words of requests that are not copied into the queries, and in how many; the commonest first."""
    told: Counter[str] = Counter()
    copied: Counter[str] = Counter()
    for record in records:
        if record.repositories:
            continue  # names of repositories are said in other words, and tell nothing
        query = record.query.lower()
        for word in set(_WORD.findall(record.request.lower())):
            (copied if word in query else told)[word] += 1
    often = [word for word, count in told.items() if count >= max(_OFTEN, _SHARE * (count + copied[word]))]
    return {word: told[word] for word in sorted(often, key=lambda word: (-told[word], word))}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Choose the known words, out of the hand-written training pairs and the base model's vocabulary."""
    vocabulary = read_json(base_folder(BASE) / "tokenizer.json")["model"]["vocab"]
    real = {token[1:] for token in vocabulary if re.fullmatch("Ġ[a-z]+", token)}
    telling = telling_words(read_handwritten()["train"])
    names = {name for name in (*short_names(), *nicknames()) if re.fullmatch(r"[a-z+#]{2,}", name)}
    own = {*CANONICAL_NAME, *SYMBOL_KINDS, *(f"{kind}s" for kind in SYMBOL_KINDS), *_OF_THE_LANGUAGE}
    spelt = names | own | real
    # In the order of frequency: a misspelt word is taken for the commonest of those it may be.
    candidates = dict.fromkeys([*telling, *sorted(own)])
    right = [word for word in candidates if word in spelt and len(word) >= SHORTEST_CORRECTED - 1]
    misspelt = corrections(right)
    known = sorted({*names, *own, *(word for word in telling if word in spelt or not misspelt(word))})
    # Words that look like typing errors of telling ones, and are none: "locks", "clone".
    others = sorted(word for word in real if word not in known and misspelt(word))
    for path, words in ((WORDS, known), (TELLING, right), (REAL, others)):
        write_text(path, "\n".join(words) + "\n")
    console.say(f"words: {len(known):,} known, {len(right):,} to correct by, {len(others):,} that only look misspelt")


if __name__ == "__main__":
    console.run(main)

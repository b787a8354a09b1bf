"""Training examples as token ids: the prompt's own pieces, and a loss on the answer alone."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from nlsq import console
from nlsq.backends.hf import encode
from nlsq.errors import UserError
from nlsq.prompt import STYLES, PromptStamp, one_line
from nlsq.reading.slots import ANY_SLOT, PER_KIND, kind_of, slot_character
from nlsq.records import Record, read_messages, read_records

ANY_DAY = "2026-03-14"  # of records whose answers do not depend on the day
IGNORED = -100  # the label that PyTorch's cross-entropy leaves out


def pairs_of(style: str, path: Path, handwritten: int = 1) -> list[tuple[str, str]]:
    """What a model of a prompt style is asked and answers, for each line of the file ``path``.

    For styles whose requests are read first, ``path`` holds records; a pair that cannot be written with slots is left
    out, and so is one that is never asked of a model (a request that is a query already), and one that differs from
    another in nothing but what is behind the slots. Hand-written pairs are there ``handwritten`` times. For the other
    styles ``path`` holds messages.
    """
    if not STYLES[style].reading_version:
        return read_messages(path)
    records = read_records(path)
    pairs: dict[tuple[str, str], int] = {}
    for record in records:
        pair = _pair_with_slots(record)
        if pair:
            pairs[pair] = max(pairs.get(pair, 0), 1 if record.source else handwritten)
    console.say(f"{path.name}: {len(pairs):,} different pairs with slots, of {len(records):,}")
    return [_renumbered(pair, copy) for pair, times in pairs.items() for copy in range(times)]


def _renumbered(pair: tuple[str, str], copy: int) -> tuple[str, str]:
    """The ``copy``-th copy of a pair: from the second on, the slots of each kind are counted from another number.

    The first numbers of a kind are in every request and the last ones in hardly any; so a model learns all of them, and
    that a slot is copied whatever its number.
    """
    if copy == 0:
        return pair
    chance = Random(f"{copy} {pair[0]}")
    used: dict[str, int] = {}
    for character in ANY_SLOT.findall("".join(pair)):
        used[kind_of(character)] = max(used.get(kind_of(character), 0), ord(character) % PER_KIND)
    moved = {}
    for kind, last in used.items():
        shift = chance.randint(0, PER_KIND - 1 - last)
        for number in range(last + 1):
            moved[ord(slot_character(kind, number))] = slot_character(kind, number + shift)
    return pair[0].translate(moved), pair[1].translate(moved)


def _pair_with_slots(record: Record) -> tuple[str, str] | None:
    from nlsq.reading.reader import read
    from nlsq.reading.templates import hide
    from nlsq.reading.typed import is_query

    line = one_line(record.request)
    if is_query(line):
        return None
    reading = read(line, date.fromisoformat(record.today or ANY_DAY), record.repositories)
    for query in (record.query, *record.also):
        template = hide(query, reading)
        if template is not None:
            return reading.text, f" {template}"
    return None


def tokenize_pair(tokenizer: Any, stamp: PromptStamp, content: str, answer: str) -> dict[str, list[int]]:
    """``input_ids`` and ``labels`` of one pair, both of length prompt + answer + 1 (the end token).

    Prompt and answer are encoded apart, exactly as the engines do it, so training and serving see the same tokens.
    """
    prompt = [
        *encode(tokenizer, stamp.prefix, special=True),
        *encode(tokenizer, content, special=False),
        *encode(tokenizer, stamp.suffix, special=True),
    ]
    target = [*encode(tokenizer, answer, special=False), tokenizer.eos_token_id]
    return {"input_ids": prompt + target, "labels": [IGNORED] * len(prompt) + target}


def tokenize_pairs(
    tokenizer: Any, stamp: PromptStamp, pairs: Sequence[tuple[str, str]], max_length: int, where: str
) -> list[dict[str, list[int]]]:
    """All pairs as token ids; a pair over ``max_length`` tokens is an error, for a cut answer teaches a wrong one."""
    rows = [tokenize_pair(tokenizer, stamp, content, answer) for content, answer in pairs]
    long = [number for number, row in enumerate(rows, 1) if len(row["input_ids"]) > max_length]
    if long:
        longest = max(len(row["input_ids"]) for row in rows)
        raise UserError(
            f"{where}: {len(long)} examples have more than {max_length} tokens (example {long[0]} is the first, the "
            f"longest has {longest})",
            f"training.max_length={longest}, or shorten them",
        )
    return rows

"""Training examples as token ids: the prompt's own pieces, and a loss on the answer alone."""

from collections.abc import Sequence
from typing import Any

from nlsq.backends.hf import encode
from nlsq.errors import UserError
from nlsq.prompt import PromptStamp

IGNORED = -100  # the label that PyTorch's cross-entropy leaves out


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

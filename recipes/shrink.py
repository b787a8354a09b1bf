"""A small model out of a larger one: fewer layers, fewer tokens, and new tokens for the language's pieces and slots.

    python -m recipes.shrink --recipe edge --out /tmp/student       # what training begins from

The vocabulary keeps the tokens that the training texts use, all bytes, and everything that a kept token is merged of,
so nothing becomes unwritable. A new token begins as the mean of the tokens that it replaces.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nlsq.errors import UserError
from nlsq.files import atomic_folder, read_json
from nlsq.reading.pieces import pieces
from nlsq.reading.slots import ANY_SLOT, kind_of

VOCABULARY = 8192  # tokens besides the pieces, unless the recipe says otherwise
SPECIAL = 3  # <|endoftext|>, <|im_start|>, <|im_end|>: the others of SmolLM2 are never used
# Between the texts of the embeddings of two slots of one kind; far enough apart to be told, near enough to be alike.
_SLOT_NOISE = 0.5
_MULTIPLE = 32  # sizes of matrices that quantise in whole blocks


def merges_of(model: dict[str, Any]) -> list[tuple[str, str]]:
    """The merges of a tokenizer's model as pairs."""
    return [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in model["merges"]]


def kept_tokens(model: dict[str, Any], counts: Counter[str], size: int) -> list[str]:
    """At most ``size`` tokens of a byte-level BPE ``model``, in their order: first those that ``counts`` has most of.

    Closed under merging: with a token come the two that it is merged of, so its own path stays open.
    """
    vocabulary: dict[str, int] = model["vocab"]
    parents = {"".join(pair): pair for pair in merges_of(model)}
    kept = {token for token in vocabulary if token not in parents and len(token) == 1}  # the bytes

    def needed(token: str) -> set[str]:
        found, open_ones = set(), [token]
        while open_ones:
            one = open_ones.pop()
            if one not in kept and one not in found:
                found.add(one)
                open_ones += parents.get(one, ())
        return found

    wished = [token for token, _ in sorted(counts.items(), key=lambda item: (-item[1], vocabulary[item[0]]))]
    for token in [*wished, *sorted(parents, key=vocabulary.__getitem__)]:
        more = needed(token)
        if len(kept) + len(more) <= size:
            kept |= more
        if len(kept) == size:
            break
    return sorted(kept, key=vocabulary.__getitem__)


def trimmed_tokenizer(description: dict[str, Any], texts: Iterable[str], size: int) -> tuple[dict[str, Any], list[int]]:
    """A tokenizer's JSON with ``size`` tokens and the pieces, and the old id of each kept token, in new order."""
    from tokenizers import Tokenizer

    model = description["model"]
    # Digits stand alone, as in the weights' own training (and in llama.cpp's pre-tokenizer "smollm").
    description = {**description, "pre_tokenizer": _pre_tokenizer(description["pre_tokenizer"])}
    whole = Tokenizer.from_str(json.dumps(description))
    counts: Counter[str] = Counter()
    for encoding in whole.encode_batch(_between_pieces(texts)):
        counts.update(encoding.tokens)
    special = [token for token, number in model["vocab"].items() if number < SPECIAL]
    for token in special:
        counts.pop(token, None)
    words = kept_tokens(model, counts, size - SPECIAL)
    tokens = [*sorted(special, key=model["vocab"].__getitem__), *words]
    kept = set(tokens)
    merges = [list(pair) for pair in merges_of(model) if "".join(pair) in kept and kept.issuperset(pair)]
    added = [entry for entry in description["added_tokens"] if entry["id"] < SPECIAL]
    for number, text in enumerate(pieces(), len(tokens)):
        flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
        added.append({"id": number, "content": text, **flags})
    new_model = {**model, "vocab": {token: number for number, token in enumerate(tokens)}, "merges": merges}
    return {**description, "model": new_model, "added_tokens": added}, [model["vocab"][token] for token in tokens]


def _pre_tokenizer(before: dict[str, Any]) -> dict[str, Any]:
    if before["type"] != "ByteLevel":
        return before
    digits = {"type": "Digits", "individual_digits": True}
    return {"type": "Sequence", "pretokenizers": [digits, {**before, "add_prefix_space": False, "use_regex": True}]}


def _between_pieces(texts: Iterable[str]) -> list[str]:
    """What of ``texts`` the ordinary tokens have to write."""
    longest_first = sorted(pieces(), key=len, reverse=True)
    split = re.compile("|".join(map(re.escape, longest_first))).split
    return [part for text in texts for part in split(text) if part]


def shrink(base: Path, out: Path, layers: Sequence[int] | None, size: int, texts: Sequence[str], seed: int) -> None:
    """Write the student made of the model in ``base`` to ``out``: these ``layers``, ``size`` of its tokens, all pieces.

    ``texts``: what it will read and write, to choose the tokens by.
    """
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

    description = read_json(base / "tokenizer.json")
    trimmed, old_ids = trimmed_tokenizer(description, texts, size)
    parent = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    old_tokenizer = AutoTokenizer.from_pretrained(base)
    count = parent.config.num_hidden_layers
    layers = list(range(count)) if layers is None else layers
    if any(not 0 <= layer < count for layer in layers):
        raise UserError(f"student.layers: {base.name} has layers 0 to {count - 1}", "name some of these")
    torch.manual_seed(seed)
    rows = _embedding(parent.get_input_embeddings().weight.detach(), old_ids, old_tokenizer)
    config = AutoConfig.from_pretrained(base)
    config.num_hidden_layers = len(layers)
    config.vocab_size = rows.shape[0]
    config.tie_word_embeddings = True
    config.bos_token_id, config.eos_token_id, config.pad_token_id = 1, 2, 2
    student = type(parent)(config)
    weights = parent.state_dict()
    new = {}
    for name in student.state_dict():
        parts = name.split(".")
        if "layers" in parts:
            place = parts.index("layers") + 1
            parts[place] = str(layers[int(parts[place])])
        new[name] = weights[".".join(parts)]
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        if name in new:
            new[name] = rows
    student.load_state_dict(new)
    student.generation_config.eos_token_id = 2
    student.generation_config.pad_token_id = 2
    student.generation_config.bos_token_id = 1
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(trimmed)),
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
    )
    with atomic_folder(out) as folder:
        student.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _embedding(weights: Any, old_ids: list[int], tokenizer: Any) -> Any:
    """The new embedding, shape (tokens, width): kept rows, then one for each piece, then rows to a round number."""
    import torch

    deviation = weights.std()
    new = []
    for piece in pieces():
        text = f" {kind_of(piece[-1])}" if ANY_SLOT.search(piece) else piece
        row = weights[tokenizer.encode(text, add_special_tokens=False)].mean(0)
        noise = _SLOT_NOISE if ANY_SLOT.search(piece) else 0.1
        new.append(row + noise * deviation * torch.randn_like(row))
    rows = torch.cat([weights[old_ids], torch.stack(new)])
    missing = -rows.shape[0] % _MULTIPLE
    return torch.cat([rows, rows[:1].expand(missing, -1)]).contiguous() if missing else rows

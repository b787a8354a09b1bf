"""A student cut out of a trained teacher: which of its layers are least needed, and the model without them.

The layers go one after another: each time the one without which the loss on a sample of training pairs is lowest. A
layer that was dear to leave out once seldom becomes cheap, so only the cheapest of the time before are tried again.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nlsq import console
from nlsq.base_models import load_pretrained
from nlsq.errors import UserError
from nlsq.files import atomic_folder, write_json
from recipes.examples import IGNORED

# Pairs that decide which layer goes, evenly spaced over the training pairs.
SAMPLE = 192
# Layers that are tried for each one that goes, after the first.
TRIED = 8
DEPTH_FILE = "depth.json"


def cheapest(
    count: int, keep: int, loss_of: Callable[[Sequence[int]], float]
) -> tuple[list[int], list[dict[str, Any]]]:
    """``(the layers that stay, what each step cost)`` of ``count`` layers, of which ``keep`` stay.

    ``loss_of`` tells the loss of the model with just the layers it is given.
    """
    layers, steps = list(range(count)), []
    order = list(layers)  # from the cheapest on, as far as is known
    while len(layers) > keep:
        losses = {layer: loss_of([other for other in layers if other != layer]) for layer in order}
        ranked = sorted(losses, key=losses.__getitem__)
        gone = ranked[0]
        layers.remove(gone)
        steps.append({"without": gone, "loss": round(losses[gone], 4)})
        console.say(f"cut: {len(layers)} layers, without {gone}: loss {losses[gone]:.3f}")
        order = ranked[1 : TRIED + 1]
        # When fewer are known than have to go, the others have a turn again.
        if len(order) < min(TRIED, len(layers)):
            order = list(layers)
    return layers, steps


def cut(teacher: Path, out: Path, layers: int | list[int] | None, rows: Sequence[dict[str, list[int]]]) -> None:
    """Write the model in ``teacher`` with only ``layers`` (so many, or just these) to ``out``, and its tokenizer.

    ``rows``: training pairs as ``input_ids`` and ``labels``, by a sample of which a number of layers is chosen.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = load_pretrained(AutoModelForCausalLM, str(teacher), dtype=torch.float32).eval()
    blocks = list(model.model.layers)
    if isinstance(layers, list) and any(not 0 <= layer < len(blocks) for layer in layers):
        raise UserError(f"student.layers: the teacher has layers 0 to {len(blocks) - 1}", "name some of these")
    if isinstance(layers, int) and layers > len(blocks):
        raise UserError(f"student.layers: the teacher has only {len(blocks)}", "choose fewer")
    steps: list[dict[str, Any]] = []
    layers = list(range(len(blocks))) if layers is None else layers
    if isinstance(layers, int):
        batch = _batch(rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE], model.config.eos_token_id)

        def loss_of(some: Sequence[int]) -> float:
            _keep(model, [blocks[layer] for layer in some])
            with torch.no_grad(), torch.autocast(model.device.type, torch.bfloat16):
                return float(model(**batch, use_cache=False).loss)

        layers, steps = cheapest(len(blocks), layers, loss_of)
    _keep(model, [blocks[layer] for layer in layers])
    for place, block in enumerate(model.model.layers):
        block.self_attn.layer_idx = place
    with atomic_folder(out) as folder:
        model.save_pretrained(folder)
        load_pretrained(AutoTokenizer, str(teacher)).save_pretrained(folder)
        write_json(folder / DEPTH_FILE, {"layers": layers, "of": len(blocks), "steps": steps})


def _keep(model: Any, blocks: list[Any]) -> None:
    import torch

    model.model.layers = torch.nn.ModuleList(blocks)
    model.config.num_hidden_layers = len(blocks)


def _batch(rows: Sequence[dict[str, list[int]]], filler: int) -> dict[str, Any]:
    """All ``rows`` as one batch, filled up at their ends: tensors of shape (rows, longest row)."""
    import torch

    length = max(len(row["input_ids"]) for row in rows)

    def filled(key: str, value: int) -> Any:
        return torch.tensor([row[key] + [value] * (length - len(row[key])) for row in rows])

    attention = torch.tensor([[1] * len(row["labels"]) + [0] * (length - len(row["labels"])) for row in rows])
    return {"input_ids": filled("input_ids", filler), "labels": filled("labels", IGNORED), "attention_mask": attention}

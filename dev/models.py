"""GGUF files of base models, for measuring and for drawing samples."""

from pathlib import Path
from typing import Any

from nlsq.base_models import base_folder
from nlsq.files import atomic_folder
from nlsq.prompt import stamp_for, style_named


def is_tiny(model: str) -> bool:
    """True for random weights of a few layers, which only test code."""
    return Path(model).name.startswith("tiny-")


def style_of(model: str) -> str:
    """Random weights understand no examples; an untrained model gets some idea of what is wanted from them."""
    return "bare" if is_tiny(model) else "few-shot"


def gguf_of(model: str, folder: Path, kind: str, layers: int | None = None) -> Path:
    """A GGUF file of ``model``: itself if it is one, else made in ``folder``, with its first ``layers`` if given."""
    if Path(model).is_file():
        return Path(model)
    from transformers import AutoTokenizer

    from quant.gguf_build import convert_and_stamp, quantize

    weights = base_folder(model) if layers is None else _first_layers(base_folder(model), folder / "layers", layers)
    full, small = folder / "f16.gguf", folder / f"{kind}.gguf"
    convert_and_stamp(
        weights, full, "f16", stamp_for(style_named(style_of(model)), AutoTokenizer.from_pretrained(weights)), ""
    )
    if kind == "f16":
        return full
    quantize(full, small, kind)
    return small


def _first_layers(weights: Path, folder: Path, layers: int) -> Path:
    """The model of ``weights`` with its first layers only: the shape of a smaller model, not its answers."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(weights, dtype="float32")
    model.model.layers = model.model.layers[:layers]
    model.config.num_hidden_layers = layers
    if getattr(model.config, "layer_types", None):
        model.config.layer_types = model.config.layer_types[:layers]
    with atomic_folder(folder) as temporary:
        model.save_pretrained(temporary)
        AutoTokenizer.from_pretrained(weights).save_pretrained(temporary)
    return folder

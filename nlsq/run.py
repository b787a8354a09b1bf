"""Run folders: the place on disk where the stages meet.

``runs/<name>/`` holds ``config.yaml`` (the resolved recipe), ``environment.json``, ``manifest.json`` (each finished
stage with the SHA-256 of its inputs and outputs) and what the stages made. A stage whose settings and inputs are
unchanged and whose outputs are still there is not done again.
"""

import contextlib
import hashlib
import json
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nlsq import environment, paths
from nlsq.errors import UserError
from nlsq.files import BusyError, checksum, locked, read_json, write_json, write_text

STAGES = ("train", "merge", "quantize", "evaluate", "bench")
LOCK = ".lock"
# A process that was told to end may need so long to leave its run.
LOCK_PATIENCE_SECONDS = 20.0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass
class Run:
    """One run folder. Nothing is written until ``create``."""

    folder: Path
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.folder.name

    config = property(lambda self: self.folder / "config.yaml")
    manifest_path = property(lambda self: self.folder / "manifest.json")
    adapter = property(lambda self: self.folder / "adapter")
    student = property(lambda self: self.folder / "student")  # what training begins from, where a recipe makes one
    weights = property(lambda self: self.folder / "weights")  # of a training of all weights
    merged = property(lambda self: self.folder / "merged")
    builds = property(lambda self: self.folder / "builds")
    evaluations = property(lambda self: self.folder / "evaluate")
    bench = property(lambda self: self.folder / "bench")

    def create(self, config: str) -> None:
        """Make the folder, or check that it was made for the same ``config`` (YAML text)."""
        if self.config.exists():
            before = self.config.read_text(encoding="utf-8")
            if before != config:
                changed = sorted(set(config.splitlines()) ^ set(before.splitlines()))
                raise UserError(
                    f"run {self.name!r} was made with another configuration ({'; '.join(map(str.strip, changed[:4]))})",
                    "choose another RUN name, or remove that folder",
                )
            return
        write_text(self.config, config)
        write_json(self.folder / "environment.json", environment.describe())

    def clear(self) -> None:
        """Remove everything in the folder but the lock."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != LOCK:
                path.unlink()

    def manifest(self) -> dict[str, Any]:
        """The manifest as plain data; empty before the first stage has finished."""
        return read_json(self.manifest_path) if self.manifest_path.exists() else {"run": self.name, "stages": {}}

    def stage(self, name: str) -> dict[str, Any] | None:
        """What the manifest says of a finished stage."""
        return self.manifest()["stages"].get(name)

    def is_done(self, name: str, fingerprint: str) -> bool:
        """True when the stage finished with this fingerprint and its outputs are there, unchanged."""
        entry = self.stage(name)
        if entry is None or entry["fingerprint"] != fingerprint:
            return False
        outputs = {self.folder / name: expected for name, expected in entry["outputs"].items()}
        return all(path.exists() and checksum(path) == expected for path, expected in outputs.items())

    def record(
        self, name: str, fingerprint: str, inputs: Mapping[str, str], outputs: list[Path], seconds: float, **facts: Any
    ) -> None:
        """Enter a finished stage into the manifest, with the checksums of what it made."""
        manifest = self.manifest()
        manifest["stages"][name] = {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 1),
            "command": " ".join(["python", "-m", *_module_and_arguments()]),
            "fingerprint": fingerprint,
            "inputs": dict(inputs),
            "outputs": {path.relative_to(self.folder).as_posix(): checksum(path) for path in outputs},
            "packages": environment.package_versions(),
            **facts,
        }
        write_json(self.manifest_path, manifest)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Let one process work in the folder at a time, and remove what a killed one left half-written."""
        try:
            with locked(self.folder / LOCK, patience=LOCK_PATIENCE_SECONDS):
                for path in list(self.folder.rglob(".*")):
                    if path.name != LOCK:
                        # One may lie in another that is gone by now.
                        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
                yield
        except BusyError as busy:
            raise UserError(
                f"another process ({busy.process}) is working in run {self.name!r}",
                f"wait for it, end it (kill {busy.process}), or choose another RUN name",
            ) from None


def _module_and_arguments() -> list[str]:
    """The module that runs and its arguments, without the path of this machine."""
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    name = spec.name if spec else Path(sys.argv[0]).name
    return [name, *(Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:])]


def fingerprint_of(settings: Any, inputs: Mapping[str, str]) -> str:
    """Fingerprint of a stage: its settings and the checksums of its inputs."""
    return hashlib.sha256(json.dumps([settings, dict(inputs)], sort_keys=True, default=str).encode()).hexdigest()[:16]


def run_named(name: str, must_exist: bool = True) -> Run:
    """The run called ``name`` (a name below the runs folder, or a path to a run folder)."""
    folder = Path(name).expanduser().absolute() if "/" in name else paths.runs() / name
    if "/" not in name and not NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name for a run", "use letters, digits, dots, dashes and underscores")
    if must_exist and not (folder / "config.yaml").exists():
        there = ", ".join(run.name for run in all_runs()) or "none"
        raise UserError(f"there is no run {name!r} (runs: {there})", "train one: nls-finetune train --recipe smoke")
    return Run(folder)


def all_runs() -> list[Run]:
    """All run folders, the one that finished a stage last first."""

    def changed(run: Run) -> float:
        return max(path.stat().st_mtime for path in (run.config, run.manifest_path) if path.exists())

    return sorted((Run(path.parent) for path in paths.runs().glob("*/config.yaml")), key=changed, reverse=True)


@contextlib.contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    """Measure the seconds that the block takes: ``with stopwatch() as watch: ...; watch["seconds"]``."""
    watch = {"seconds": 0.0}
    started = time.perf_counter()
    try:
        yield watch
    finally:
        watch["seconds"] = time.perf_counter() - started

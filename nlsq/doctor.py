"""What a machine has, what it lacks, and the command that mends it."""

import re
import sys
from importlib import metadata
from pathlib import Path

from nlsq import environment, paths
from nlsq.files import free_bytes

PIPELINE_BYTES = 4_000_000_000
NEEDED = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "bitsandbytes", "gguf", "llama-cpp-python")


def constraints(path: Path) -> dict[str, str]:
    """Pinned versions by package name."""
    pinned = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.lower(): version for name, version in pinned}


def _package_faults(pinned: dict[str, str]) -> list[str]:
    faults = []
    for package in NEEDED:
        try:
            have = metadata.version(package)
        except metadata.PackageNotFoundError:
            faults.append(f"the package {package} is not installed -> make setup")
            continue
        wanted = pinned.get(package.lower())
        if wanted and have.partition("+")[0] != wanted.partition("+")[0]:
            faults.append(f"{package} is {have}, pinned is {wanted} -> make setup")
    return faults


def faults_and_facts() -> tuple[list[str], list[str]]:
    """``(faults with their remedy, facts)`` about machine and packages, one line each."""
    root = paths.require_checkout()
    facts = [f"machine: {environment.machine_line(environment.describe())}", f"python: {sys.version.split()[0]}"]
    facts += [f"{package}: {version}" for package, version in environment.package_versions().items()]
    faults = _package_faults(constraints(root / "constraints.txt"))
    for name, folder in (("runs", paths.runs()), ("cache", paths.cache())):
        free = free_bytes(folder)
        facts.append(f"{name}: {paths.shown(folder)}, {free / 1e9:.0f} GB free")
        if free < PIPELINE_BYTES:
            faults.append(
                f"{name} has {free / 1e9:.1f} GB free, the pipeline needs 4 -> free some, or set NLSQ_{name.upper()}"
            )
    return faults, facts

"""The machine and its software, as every result names them. No paths, no host names."""

import functools
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from nlsq.version import __version__

PACKAGES = [
    "torch",
    "transformers",
    "trl",
    "peft",
    "datasets",
    "accelerate",
    "bitsandbytes",
    "llama-cpp-python",
    "gguf",
    "click",
    "pydantic",
]


def cpu_threads() -> int:
    """Number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def cpu_model() -> str | None:
    """The processor's name, or None where the system does not tell."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or None


def memory_bytes() -> int | None:
    """Physical memory in bytes, or None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def package_versions() -> dict[str, str]:
    """Installed versions of the packages that figures depend on; absent ones are left out."""
    versions = {"nls-query": __version__}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def git_commit(folder: Path) -> dict[str, Any] | None:
    """The checkout's commit and whether it has uncommitted changes; None outside a checkout."""
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()
        changes = subprocess.run(
            ["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit, "uncommitted_changes": bool(changes)}


@functools.cache
def gpus() -> tuple[dict[str, str], ...]:
    """Name, memory and driver of each NVIDIA GPU, as nvidia-smi tells them; empty without one."""
    query = "name,memory.total,driver_version"
    try:
        text = subprocess.run(
            ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    keys = ("name", "memory", "driver")
    return tuple(
        dict(zip(keys, (cell.strip() for cell in line.split(",")), strict=False)) for line in text.splitlines()
    )


def describe() -> dict[str, Any]:
    """Everything that a result needs to be understood later, as plain data."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "cpu": cpu_model(),
        "threads": cpu_threads(),
        "memory_bytes": memory_bytes(),
        "gpus": list(gpus()),
        "packages": package_versions(),
        "git": git_commit(Path(__file__).parent),
    }


def machine_line(environment: dict[str, Any]) -> str:
    """One line that names the machine of ``describe()``'s result."""
    memory = environment.get("memory_bytes")
    parts = [f"{environment.get('cpu') or 'unknown processor'}, {environment.get('threads')} threads"]
    if memory:
        parts.append(f"{memory / 2**30:.0f} GiB")
    parts += [gpu["name"] for gpu in environment.get("gpus", [])] or ["no GPU"]
    return ", ".join(parts)

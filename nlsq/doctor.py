"""What a machine has, what it lacks, and the command that mends it: for asking, and for the pipeline."""

import json
import os
import platform
import re
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from nlsq import artifacts, environment, links, paths, repository_sources, user_config
from nlsq.errors import UserError
from nlsq.files import free_bytes
from nlsq.version import __version__

PIPELINE_BYTES = 4_000_000_000
NEEDED = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "bitsandbytes", "gguf", "llama-cpp-python")

# What answers from a GGUF file; the extra `llama` brings them.
ENGINE_PACKAGES = ("llama-cpp-python", "llguidance", "numpy")
# The sets of instructions that llama.cpp has its own code for, as Linux calls them.
INSTRUCTION_SETS = (
    *("avx", "avx2", "fma", "f16c", "bmi2", "avx_vnni", "avx512f", "avx512vbmi", "avx512_vnni", "avx512_bf16"),
    *("amx_int8", "asimd", "asimddp", "asimdhp", "i8mm", "sve", "sve2", "sme"),
)
QUESTION = "find config files"
PATIENCE_SECONDS = 120


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
    """``(faults with their remedy, facts)`` about machine and packages of the pipeline, one line each."""
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


# ---------------------------------------------------------------------------------------------------------------------
# Asking


@dataclass(frozen=True)
class Fault:
    """What is missing, and how it is mended."""

    fault: str
    fix: str


@dataclass
class Report:
    """What ``nlsq doctor`` found out. An answer needs what ``faults`` names; ``model`` is empty when there is none."""

    machine: dict[str, Any]
    packages: dict[str, str | None]
    model: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data, as ``nlsq doctor --json`` prints it."""
        return {"ready": not self.faults, **asdict(self)}

    def text(self) -> str:
        """The same for people: one line a fact, the faults last."""
        facts = {**_machine_lines(self.machine), **_package_lines(self.packages)}
        facts |= _model_lines(self.model) | _settings_lines(self.settings)
        width = max(map(len, facts)) + 1
        lines = [f"{name + ':':{width}} {value}" for name, value in facts.items()]
        lines += [f"missing: {one.fault} -> {one.fix}" for one in self.faults]
        return "\n".join([*lines, "ready" if not self.faults else "not ready"])


def examined(model: str | None = None) -> Report:
    """Look at machine, packages and settings, and try the model with one request in a process of its own."""
    report = Report(_machine(), _packages())
    _examine_settings(report)
    configured = report.settings.get("model")
    artifact = _chosen(report, model or (None if os.environ.get("NLSQ_MODEL") else configured))
    if not artifact or artifact.backend == artifacts.LLAMA_CPP:
        missing = [name for name in ENGINE_PACKAGES if report.packages[name] is None]
        fix = "make setup" if paths.checkout() else 'pip install "nls-query[llama]"'
        report.faults += [Fault(f"the package {name} is not installed", fix) for name in missing]
        if missing:
            return report
    if artifact:
        _try(report, str(artifact.path))
    return report


def _machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": environment.cpu_model(),
        "cores": os.cpu_count(),
        "cores_usable": environment.cpu_threads(),
        "cores_quota": cpu_quota(),
        "memory_bytes": environment.memory_bytes(),
        "instruction_sets": instruction_sets(),
    }


def cpu_quota(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """How many cores' time a container may use, or None for no limit."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((root / name).read_text() for name in names).split()
            return int(quota) / int(period) if quota not in ("max", "-1") else None
        except (OSError, ValueError):
            continue
    return None


def instruction_sets(path: Path = Path("/proc/cpuinfo")) -> list[str]:
    """Which of the sets that llama.cpp has code for this processor has; empty where the system does not tell."""
    try:
        words = re.findall(r"^(?:flags|Features)\s*:(.*)$", path.read_text(), re.MULTILINE)[:1]
    except OSError:
        words = [_mac_features()]
    found = set(" ".join(words).lower().split())
    return [name for name in INSTRUCTION_SETS if name in found]


def _mac_features() -> str:
    names = {"DotProd": "asimddp", "FP16": "asimdhp", "I8MM": "i8mm", "SME": "sme"}
    intel = ("machdep.cpu.features", "machdep.cpu.leaf7_features")
    text = "".join(_output(["sysctl", "-n", name]) for name in intel).lower().replace("avx1.0", "avx")
    if platform.machine() == "arm64":
        text += " asimd"
    for name, ours in names.items():
        text += f" {ours}" if _output(["sysctl", "-n", f"hw.optional.arm.FEAT_{name}"]).strip() == "1" else ""
    return text


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _packages() -> dict[str, str | None]:
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in ("nls-query", "click", *ENGINE_PACKAGES):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    found["nls-query"] = __version__  # a checkout's may be newer than what was installed
    return found


def _examine_settings(report: Report) -> None:
    """The user's settings as they count here, and what is wrong with them."""
    found: dict[str, Any] = {"file": None, "model": None, "repositories": 0}
    report.settings = found
    try:
        config = user_config.read()
        found |= {"file": config.path and str(config.path), "model": config.model}
        found["repositories"] = len(config.repositories)
        found["endpoint"] = links.endpoint(config.endpoint)
    except UserError as error:
        report.faults.append(Fault(error.message, error.fix))
    found["remotes"] = list(repository_sources.remote_names())


def _chosen(report: Report, model: str | None) -> artifacts.Artifact | None:
    shipped = sorted(path.name for path in paths.SHIPPED_MODELS.glob("*.gguf"))
    report.model = {"shipped": shipped}
    try:
        artifact = artifacts.find(model)
        if artifact.path.is_file():
            artifacts.verify(artifact.path)
    except UserError as error:
        report.faults.append(Fault(error.message, error.fix))
        return None
    path = artifact.path
    report.model |= {"path": str(path), "why": artifact.why or None, "engine": artifact.backend}
    report.model["bytes"] = path.stat().st_size if path.is_file() else None
    return artifact


def _try(report: Report, model: str) -> None:
    """One request, in a process of its own: an engine that was built for another processor ends its process."""
    words = [sys.executable, "-m", "nlsq", "--json", "--no-remotes", "--model", model, "--", QUESTION]
    inherited = os.environ.get("PYTHONPATH")
    root = str(paths.PACKAGE.parent)
    variables = {"PYTHONPATH": f"{root}{os.pathsep}{inherited}" if inherited else root, "NLSQ_CONFIG": os.devnull}
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, env={**os.environ, **variables}
        )
    except subprocess.TimeoutExpired:
        fault = f"the model gave no answer in {PATIENCE_SECONDS} s"
        report.faults.append(Fault(fault, "see what else keeps the processor busy, or try another model"))
        return
    report.model["loads"] = done.returncode == 0
    if done.returncode == 0:
        answer = json.loads(done.stdout)
        report.model |= {"query": answer["query"], "first_answer_ms": round(answer["timings"]["total_ms"], 1)}
    else:
        report.faults.append(_fault_of(done))


def _fault_of(done: subprocess.CompletedProcess[str]) -> Fault:
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        fix = "pip install --force-reinstall --no-binary llama-cpp-python llama-cpp-python"
        return Fault(f"the engine ended with {name}, as one does that was built for another processor", fix)
    last = done.stderr.strip().splitlines()[-1:] or ["no message"]
    fault, arrow, fix = last[0].removeprefix("error: ").rpartition(" -> ")
    return Fault(fault, fix) if arrow else Fault(f"the model does not answer ({fix})", "nlsq --model names another")


def _machine_lines(machine: dict[str, Any]) -> dict[str, str]:
    quota, memory = machine["cores_quota"], machine["memory_bytes"]
    limit = ""
    if quota and quota < machine["cores_usable"]:
        limit = f", of which a quota leaves {quota:.3g} (--threads {max(1, round(quota))} may be faster)"
    return {
        "system": machine["system"],
        "processor": machine["cpu"] or "unknown",
        "cores": f"{machine['cores_usable']} of {machine['cores']}{limit}",
        "memory": f"{memory / 2**30:.1f} GiB" if memory else "unknown",
        "instructions": " ".join(machine["instruction_sets"]) or "unknown",
    }


def _package_lines(packages: dict[str, str | None]) -> dict[str, str]:
    return {name: version or "not installed" for name, version in packages.items()}


def _model_lines(model: dict[str, Any]) -> dict[str, str]:
    lines = {"shipped model": ", ".join(model["shipped"]) or "none"}
    if "path" in model:
        size = f", {model['bytes'] / 1e6:,.0f} MB" if model["bytes"] else ""
        why = f" ({model['why']})" if model["why"] else ""
        lines["model"] = f"{paths.shown(Path(model['path']))}{why}, {model['engine']}{size}"
    if model.get("loads"):
        lines["first answer"] = f"{model['query']} ({model['first_answer_ms']:,.0f} ms)"
    return lines


def _settings_lines(settings: dict[str, Any]) -> dict[str, str]:
    lines = {"settings": settings["file"] or f"none ({user_config.config_path()} is not there)"}
    if "endpoint" in settings:
        lines["links to"] = settings["endpoint"]
    remotes = ", ".join(settings["remotes"]) or "none"
    lines["candidates"] = f"{settings['repositories']} configured; remotes of this checkout: {remotes}"
    return lines

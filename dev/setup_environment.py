"""Make ``.venv`` with everything that the pipeline and its tests need. Runs on a bare Python: standard library only.

    python3 dev/setup_environment.py

Does nothing when the environment is there and was made from the same files. Packages come from pip's configured
registry alone.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "setup-stamp"
LOG = VENV / "setup.log"
INPUTS = ("pyproject.toml", "constraints.txt", "dev/setup_environment.py")
EXTRAS = "llama,pipeline,dev"


def stamp() -> str:
    """What the environment is made from, as one hash."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def say(text: str) -> None:
    """A line for the person, on stderr."""
    print(text, file=sys.stderr, flush=True)


def pip(what: str, *arguments: str, may_fail: bool = False) -> bool:
    """Run pip in the environment; its output goes to a log, the end of which is shown when it fails."""
    started = time.perf_counter()
    # llama.cpp's multimodal library is not used here; leaving it out halves the build.
    environment = {"CMAKE_ARGS": "-DLLAVA_BUILD=OFF", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **os.environ}
    with open(LOG, "ab") as log:
        command = [str(PYTHON), "-m", "pip", "install", *arguments]
        code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=ROOT).returncode
    if code and not may_fail:
        say("\n".join(LOG.read_text(errors="replace").splitlines()[-8:]))
        say(f"error: installing {what} failed -> the log is {LOG.relative_to(ROOT)}; mend it and run make setup again")
        raise SystemExit(2)
    if not code:
        say(f"setup: {what} installed in {time.perf_counter() - started:.0f} s")
    return code == 0


def torch_version() -> str:
    """The pinned version of torch."""
    found = re.search(r"^torch==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    if not found:
        raise SystemExit("error: constraints.txt does not pin torch -> restore it from the repository")
    return found[1]


def install_torch() -> None:
    """The CUDA build where there is an NVIDIA GPU, else the CPU build where the registry has one."""
    version = torch_version()
    if shutil.which("nvidia-smi"):
        pip("torch for CUDA", f"torch=={version}")
    elif not pip("torch for CPUs", f"torch=={version}+cpu", may_fail=True):
        say(
            "setup: pip's registry has no CPU build of torch, so the standard one is taken (on Linux several GB of CUDA"
        )
        say("setup: packages; to avoid them, add PyTorch's CPU package index to pip's configuration)")
        pip("torch", f"torch=={version}")


def main() -> None:
    """Make or complete the environment."""
    minimum = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    if minimum and sys.version_info < (3, int(minimum[1])):
        say(f"error: Python {sys.version.split()[0]} is too old -> make setup PYTHON=python3.11, or a newer one")
        raise SystemExit(2)
    wanted = stamp()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    say("setup: making .venv (about 5 minutes on two cores, most of it compiling llama.cpp; once)")
    version = VENV / "pyvenv.cfg"
    if not version.is_file() or f"version = {sys.version.split()[0]}" not in version.read_text():
        venv.create(VENV, with_pip=True, clear=VENV.exists())  # none yet, or of another Python
    LOG.unlink(missing_ok=True)
    install_torch()
    pip("packages", "-c", "constraints.txt", "-e", f".[{EXTRAS}]")
    STAMP.write_text(wanted)
    say("setup: done")


if __name__ == "__main__":
    main()

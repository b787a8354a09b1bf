"""Starting a stage of the pipeline as a process of its own, and waiting for it."""

import ctypes
import os
import signal
import subprocess
import sys
from typing import Any

from nlsq import paths

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def run_module(module: str, *arguments: str, stdout: Any = None) -> int:
    """Run ``python -m module`` with the checkout's packages in reach; returns its exit code.

    Ctrl-C reaches the stage by itself, which may take its time to save; this process waits for it. When this process
    ends before, however it ends, the kernel ends the stage, so that no orphan goes on working.
    """
    root = str(paths.require_checkout())
    inherited = os.environ.get("PYTHONPATH")
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{inherited}" if inherited else root},
        stdout=stdout,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)

"""Where the command line is tried: in this process, which is fast, and without the developer's own settings."""

import io
import os
import signal
import sys
import warnings
from dataclasses import dataclass
from unittest import mock

import pytest

from nlsq import cli

FAKE = "fake:answer=lang:python"


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def nlsq(*words, text="", terminals=()):
    """Run ``nlsq WORDS`` here. ``text``: stdin, as text or bytes. ``terminals``: which streams are one."""
    data = text if isinstance(text, bytes) else text.encode()
    streams = {}
    for name, content in (("stdin", data), ("stdout", b""), ("stderr", b"")):
        kind = Terminal if name in terminals else io.TextIOWrapper
        streams[name] = kind(io.BytesIO(content), encoding="utf-8", write_through=True)
    before = signal.getsignal(signal.SIGTERM)
    code = None
    in_place = mock.patch.multiple(sys, argv=["nlsq", *words], **streams)
    with in_place, mock.patch.dict(os.environ), warnings.catch_warnings():
        try:
            cli.main()
        except SystemExit as end:
            code = end.code
    signal.signal(signal.SIGTERM, before)
    return Done(code, *(streams[name].buffer.getvalue().decode() for name in ("stdout", "stderr")))


@pytest.fixture(autouse=True)
def settings_aside(tmp_path, monkeypatch):
    """The user's configuration, history and git settings stay out; a test's own lie below its folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("NLSQ_CONFIG", "SRC_ENDPOINT", "NO_COLOR", "GIT_DIR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def assert_one_line_error(done, part):
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert " -> " in done.stderr
    assert done.stderr.count("\n") == 1
    assert part in done.stderr

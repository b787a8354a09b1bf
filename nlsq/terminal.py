"""What stands between the commands and the streams: lines that come in, colours that go out."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import click

_COLOURS = {"error": "red", "warning": "yellow"}


def forgiving_streams() -> None:
    """Let what a terminal's encoding cannot show be shown as a question mark, instead of ending the program."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def on_terminal(stream: TextIO | None) -> bool:
    """True when ``stream`` is a terminal; a closed one is none."""
    with contextlib.suppress(ValueError):
        return stream is not None and stream.isatty()
    return False


def piped_lines() -> Iterator[str]:
    """The lines of stdin as they come, without their ends.

    A line ends where a pipe's does, at a line feed, so that one line goes out for each. Bytes that are no UTF-8 become
    replacement characters; Windows' line ends and its mark at a file's beginning are dropped.
    """
    if sys.stdin is None:  # closed by the caller
        return
    for number, raw in enumerate(sys.stdin.buffer):
        line = raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        yield line if number else line.removeprefix("\ufeff")


def printable(text: str) -> str:
    """``text`` without the half characters that bytes of no UTF-8 leave on the command line."""
    return text.encode("utf-8", "replace").decode("utf-8")


def painted(text: str, stream: TextIO | None = None, **style: Any) -> str:
    """``text`` in colour where ``stream`` (stdout when None) is a terminal that takes it and nobody forbids it."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not on_terminal(sys.stdout if stream is None else stream) else click.style(text, **style)


def severity_painted(severity: str, stream: TextIO | None = None) -> str:
    """``error`` or ``warning`` in its colour."""
    return painted(severity, stream, fg=_COLOURS.get(severity))


def notice(severity: str, message: str) -> None:
    """A line on stderr that begins with ``error`` or ``warning``."""
    click.echo(f"{severity_painted(severity, sys.stderr)}: {message}", err=True)

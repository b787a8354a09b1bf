"""How commands talk and end: one-line errors, exit codes, plain tables on stderr."""

import errno
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from nlsq.errors import EXIT_INTERRUPTED, EXIT_USER, UserError
from nlsq.quiet import quiet_libraries

_DISK_FAULTS = {
    errno.ENOSPC: "no disk space left",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
}


_SPACE_FIX = "free some space, or set NLSQ_RUNS and NLSQ_CACHE to another place"


def fail(message: str, code: int = EXIT_USER) -> NoReturn:
    """Print one line on stderr and end with ``code``."""
    click.echo(f"error: {message}", err=True)
    raise SystemExit(code)


def disk_fault(error: BaseException) -> str:
    """The plain sentence for an error of the disk, also one wrapped by a library; empty for all others."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _DISK_FAULTS:
            where = f": {seen.filename}" if seen.filename else ""
            return f"{_DISK_FAULTS[seen.errno]}{where} -> {_SPACE_FIX}"
        seen = seen.__cause__ or seen.__context__
    # Libraries in Rust and C++ (safetensors, torch) tell it in words only.
    if any(word in str(error) for word in ("No space left on device", "os error 28", "file write failed")):
        return f"no disk space left -> {_SPACE_FIX}"
    return ""


def run(command: click.Command, **options: Any) -> NoReturn:
    """Run a click command as a program: user errors in one line and exit 2, Ctrl-C exit 130, without traceback."""
    quiet_libraries()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        result = command.main(standalone_mode=False, **options)
        sys.stdout.flush()
        raise SystemExit(result if isinstance(result, int) else 0)
    except UserError as error:
        fail(str(error))
    except click.exceptions.Abort:
        fail("interrupted", EXIT_INTERRUPTED)
    except KeyboardInterrupt:
        fail("interrupted", EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        raise SystemExit(EXIT_USER) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        fault = disk_fault(error)
        if not fault:
            raise
        fail(fault)


def program(command: click.Command, name: str | None = None) -> Callable[[], NoReturn]:
    """The entry point of a program around ``command``."""

    def main() -> NoReturn:
        run(command, prog_name=name)

    return main


def say(text: str) -> None:
    """A line for the person, on stderr: stdout is for answers."""
    click.echo(text, err=True)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table: first column left, others right; narrow, without colours, so it can be pasted."""
    widths = [max(len(str(row[column])) for row in [header, *rows]) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (str(cell) for cell in cells)
        return "  ".join(
            [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        )

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *map(line, rows)])

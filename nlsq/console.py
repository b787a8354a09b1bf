"""How commands talk and end: one-line errors, exit codes, plain tables on stderr."""

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from nlsq import paths
from nlsq.errors import EXIT_INTERRUPTED, EXIT_USER, UserError
from nlsq.files import system_fault
from nlsq.quiet import quiet_libraries

# The hidden command of what is asked without a command's name: no word that a request begins with.
ASK = "__ask__"


def fail(message: str, code: int = EXIT_USER) -> NoReturn:
    """Print one line on stderr and end with ``code``."""
    click.echo(f"error: {message}", err=True)
    raise SystemExit(code)


def run(command: click.Command, **options: Any) -> NoReturn:
    """Run a click command as a program: user errors in one line and exit 2, Ctrl-C exit 130, without traceback."""
    quiet_libraries()
    load_dotenv()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        result = command.main(standalone_mode=False, **options)
        if sys.stdout is not None:  # closed by the caller
            sys.stdout.flush()
        raise SystemExit(result if isinstance(result, int) else 0)
    except UserError as error:
        fail(str(error))
    except (KeyboardInterrupt, click.exceptions.Abort):
        fail("interrupted", EXIT_INTERRUPTED)
    except click.UsageError as error:
        program = error.ctx.command_path if error.ctx else command.name
        program = (program or "").removesuffix(f" {ASK}")
        fail(f"{error.format_message()} -> {program} --help")
    except click.ClickException as error:
        fail(error.format_message())
    except SystemExit:
        # click ends with 1 when the reader of a pipe is gone; here 1 would mean that the answer is no.
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            raise SystemExit(0) from None
        raise
    except Exception as error:
        fault = system_fault(error)
        if not fault:
            raise
        fail(fault)


def load_dotenv() -> None:
    """In a checkout: read ``.env`` from the current or a parent folder, else the checkout's; what is set stays."""
    root = paths.checkout()
    if root is None:
        return
    try:
        import dotenv
    except ImportError:
        return
    dotenv.load_dotenv(dotenv.find_dotenv(usecwd=True) or root / ".env")


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

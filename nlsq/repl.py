"""Asking one request after the other on a terminal: what ``nlsq`` does when it is run bare."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from nlsq import console, links, repository_sources
from nlsq.answers import Asking
from nlsq.errors import UserError
from nlsq.terminal import notice
from nlsq.user_config import folder_of
from nlsq.version import __version__

PROMPT = "nlsq> "
HISTORY_LINES = 1000
COMMANDS = {
    ":help": "show this",
    ":n 3": "how many readings, the best first",
    ":explain": "say in plain words what each part of a query does, or stop",
    ":url": "links instead of queries, or queries again",
    ":json": "one JSON object a request, or queries again",
    ":repos FILE": "the candidate repositories of a file, one name a line; those of --repos before are dropped",
    ":quit": "end, as Ctrl-D does",
}


def history_path() -> Path:
    """Where the requests that were typed are kept."""
    return folder_of("XDG_STATE_HOME", ".local/state") / "history"


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Keys and history as in a shell; without them where this Python or the folder has none."""
    try:
        import readline
    except ImportError:
        yield
        return
    path = history_path()
    readline.set_history_length(HISTORY_LINES)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        readline.read_history_file(path)
    before = readline.get_current_history_length()
    try:
        yield
    finally:
        with contextlib.suppress(OSError, AttributeError):  # libedit cannot append
            readline.append_history_file(readline.get_current_history_length() - before, path)


class Repl:
    """The loop. ``most_readings``: the limit of ``:n``."""

    def __init__(self, asking: Asking, most_readings: int):
        self._asking = asking
        self._most = most_readings
        self._commands: dict[str, Callable[[str], bool | None]] = {
            ":help": self._help,
            ":n": self._readings,
            ":explain": lambda _: self._toggle("explained", "explanations"),
            ":url": self._links,
            ":json": lambda _: self._toggle("as_json", "JSON"),
            ":repos": self._repositories,
            ":quit": lambda _: True,
            ":q": lambda _: True,
        }

    def run(self) -> int:
        """Ask until the end; the exit code."""
        console.say(f"nlsq {__version__}: what do you look for? :help tells more, Ctrl-D ends.")
        with _history():
            while True:
                try:
                    if self._one(input(PROMPT).strip()):
                        return 0
                except EOFError:
                    console.say("")
                    return 0
                except KeyboardInterrupt:  # drops the line, or the answer that takes too long
                    console.say("")

    def _one(self, line: str) -> bool:
        """Do what one line says; true when it says to end."""
        try:
            if line.startswith(":"):
                return self._command(line)
            if line:
                self._asking.answer(line)
        except UserError as error:
            notice("error", str(error))
        return False

    def _command(self, line: str) -> bool:
        name, _, value = line.partition(" ")
        command = self._commands.get(name)
        if not command:
            raise UserError(f"there is no command {name}", ":help lists them")
        return bool(command(value.strip()))

    def _help(self, _: str) -> None:
        width = max(map(len, COMMANDS))
        for name, what in COMMANDS.items():
            console.say(f"  {name.ljust(width)}  {what}")
        form = self._asking.form
        states = {"explain": form.explained, "url": form.as_links, "json": form.as_json}
        on = ", ".join(name for name, is_on in states.items() if is_on) or "plain queries"
        count = len(self._asking.sources.names)
        console.say(f"now: n {self._asking.readings}, {on}, {count} candidate repositories")

    def _readings(self, value: str) -> None:
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= self._most):
            raise UserError(f"{value or 'nothing'} is no number of readings", f"write :n 1 to :n {self._most}")
        self._asking.readings = int(value)
        console.say(f"readings: {value}")

    def _links(self, _: str) -> None:
        links.endpoint(self._asking.form.endpoint)  # refuses an address that is none
        self._toggle("as_links", "links")

    def _toggle(self, name: str, what: str) -> None:
        is_on = not getattr(self._asking.form, name)
        setattr(self._asking.form, name, is_on)
        console.say(f"{what}: {'on' if is_on else 'off'}")

    def _repositories(self, value: str) -> None:
        if not value or value == repository_sources.STDIN:
            raise UserError("there is no file", "write :repos FILE")
        listed = repository_sources.names_in_file(value)
        self._asking.sources = replace(self._asking.sources, listed=listed)
        console.say(f"{len(listed)} repositories from {value}")

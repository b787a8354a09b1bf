"""How the words of a command line are read: requests and queries beside options and commands."""

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from nlsq import console
from nlsq.console import ASK
from nlsq.errors import EXIT_INTERRUPTED, UserError
from nlsq.terminal import forgiving_streams, on_terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# What begins with a minus and is no option: ``-file:test foo``.
_NEGATED = re.compile(r"-[A-Za-z]+:|-.*\s", re.DOTALL)


class TakesQueries(click.Command):
    """A command whose argument may be a query that begins with a minus."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Put such arguments, and the others that are no options, behind the options and a ``--``."""
        takes_value = {
            name: not parameter.is_flag
            for parameter in self.get_params(context)
            if isinstance(parameter, click.Option)
            for name in parameter.opts
        }
        options: list[str] = []
        words: list[str] = []
        rest = list(arguments)
        while rest:
            word = rest.pop(0)
            if word == "--":
                words += rest
                break
            is_option = (
                word.startswith("-") and len(word) > 1 and not (_NEGATED.match(word) and word not in takes_value)
            )
            (options if is_option else words).append(word)
            if takes_value.get(word):
                if not rest and not context.resilient_parsing:
                    raise click.UsageError(f"Option '{word}' requires an argument.", context)
                options += rest[:1]
                rest = rest[1:]
        return super().parse_args(context, [*options, "--", *words])

    def get_help(self, context: click.Context) -> str:
        """The hidden command's help is the program's."""
        return context.parent.get_help() if self.name == ASK and context.parent else super().get_help(context)


def as_request(name: str | None, words: Iterable[str]) -> str:
    """How a request that begins with a command's name is asked."""
    import shlex

    return f"as a request: nlsq -- {shlex.join([name or '', *words])}"


class TakesNoQuery(click.Command):
    """A command whose name may be the first word of a request, and which takes no free words itself."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Say how such a request is asked where the words behind the name are none of this command's."""
        words = list(arguments)
        try:
            return super().parse_args(context, arguments)
        except click.UsageError as error:
            fault = " ".join(error.format_message().split()).rstrip(".")  # click lists choices one a line
            fix = f"{context.command_path} --help"
            if words and not any(word.startswith("-") for word in words):
                fix += f", or {as_request(self.name, words)}"
            raise UserError(fault, fix) from None


class RequestOrCommand(click.Group):
    """A group whose arguments are a request, unless they begin with a command's name."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Put the hidden command in front of everything that is no command and no option of the program itself."""
        own = {option for parameter in self.get_params(context) for option in parameter.opts}
        if context.resilient_parsing and not arguments:  # Tab on the first word, which may become a command's name
            return super().parse_args(context, arguments)
        if not arguments or (arguments[0] not in self.commands and arguments[0] not in own):
            arguments = [ASK, *arguments]
        return super().parse_args(context, arguments)

    def invoke(self, context: click.Context) -> Any:
        """End quietly on Ctrl-C."""
        forgiving_streams()
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            if on_terminal(sys.stderr):
                console.say("")
            raise SystemExit(EXIT_INTERRUPTED) from None

    def shell_complete(self, context: click.Context, incomplete: str) -> "list[CompletionItem]":
        """The commands, and the options of a request."""
        found = [*super().shell_complete(context, incomplete), *self.commands[ASK].shell_complete(context, incomplete)]
        return list({item.value: item for item in found}.values())

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """A request comes first."""
        formatter.write_usage("nlsq", "[OPTIONS] REQUEST...", "Usage: ")
        formatter.write_usage("nlsq", "COMMAND ...", "       ")

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of a request are this program's, too."""
        ask = self.commands[ASK]
        with formatter.section("Options"):
            options = [one for one in ask.get_params(context) if isinstance(one, click.Option)]
            records = [record for one in options if (record := one.get_help_record(context))]
            formatter.write_dl([*records, ("--version", "Show the version and exit.")])
        with formatter.section("Commands"):
            shown = [(name, one.get_short_help_str(limit=80)) for name, one in self.commands.items() if name != ASK]
            formatter.write_dl(shown)

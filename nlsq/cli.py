"""The command ``nlsq``: a request in, a query out. Only the answer goes to stdout."""

import json
import re
import sys
from dataclasses import asdict

import click

from nlsq import console
from nlsq.backends import BACKENDS
from nlsq.console import ASK
from nlsq.errors import EXIT_NO, EXIT_USER, RequestError, UserError
from nlsq.prompt import render_content
from nlsq.translator import MAX_ALTERNATIVES, Translation, Translator, today_or_error
from nlsq.version import __version__

EXAMPLES = """
\b
Examples:
  nlsq "find Python files with async functions"
  nlsq --repository github.com/remix-run/react-router "javascript files in react-router"
  nlsq --model smoke:q4_0 --json -n 3 "commits by erik in sourcegraph last week"
  git log -1 --format=%s | nlsq
  nlsq check "ext:go foo"
  nlsq -- check the logs        (a request that begins with a command's name)
"""
HELP = {"help_option_names": ["-h", "--help"]}


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
            if takes_value.get(word) and rest:
                options.append(rest.pop(0))
        return super().parse_args(context, [*options, "--", *words])


class RequestOrCommand(click.Group):
    """A group whose arguments are a request, unless they begin with a command's name."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Put the hidden command in front of everything that is no command and no option of the program itself."""
        own = {option for parameter in self.get_params(context) for option in parameter.opts}
        if not arguments or (arguments[0] not in self.commands and arguments[0] not in own):
            arguments = [ASK, *arguments]
        return super().parse_args(context, arguments)

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


@click.group(cls=RequestOrCommand, epilog=EXAMPLES, context_settings=HELP)
@click.version_option(__version__, prog_name="nlsq")
def nlsq() -> None:
    """Translate a REQUEST in plain English into a Sourcegraph search query.

    Without a REQUEST, reads one a line from a pipe.
    """


def _piped(missing: str, example: str) -> list[str]:
    """The lines of a pipe; an error where nothing is piped in."""
    if sys.stdin.isatty():
        raise UserError(missing, f"{example} (nlsq --help tells more)")
    return sys.stdin.read().splitlines() or [""]


def _requests(words: tuple[str, ...]) -> list[str]:
    """The request on the command line, or one a line from a pipe."""
    return [" ".join(words)] if words else _piped("there is no request", 'for example: nlsq "find config files"')


def _show(translation: Translation, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(translation.to_json(), ensure_ascii=False))
        return
    for query in (translation.query, *translation.alternatives):
        click.echo(query)
    for finding in translation.findings:
        console.say(f"{finding.severity}: {finding.message}")


@nlsq.command(name=ASK, cls=TakesQueries, context_settings=HELP)
@click.argument("request", nargs=-1)
@click.option("--model", help="GGUF file, folder of weights, run, or run:build. [env: NLSQ_MODEL]")
@click.option("--backend", type=click.Choice(BACKENDS), help="Engine; the model's own by default.")
@click.option("--today", help="The date that `this week` is counted from (2026-03-14).")
@click.option("--repository", "repositories", multiple=True, help="Candidate repository; may be repeated.")
@click.option(
    "-n", "alternatives", type=click.IntRange(1, MAX_ALTERNATIVES), default=1, help="How many readings, the best first."
)
@click.option("--threads", type=click.IntRange(1), help="CPU threads; all by default.")
@click.option("--free", is_flag=True, help="Let the model write anything; by default only queries without a finding.")
@click.option("--copy-only", is_flag=True, help="Terms and names can only be copied out of the request.")
@click.option("--json", "as_json", is_flag=True, help="Query, alternatives, findings and times as JSON.")
def ask(
    request: tuple[str, ...],
    model: str | None,
    backend: str | None,
    today: str | None,
    repositories: tuple[str, ...],
    alternatives: int,
    threads: int | None,
    free: bool,
    copy_only: bool,
    as_json: bool,
) -> int:
    """Translate a REQUEST in plain English."""
    if free and copy_only:
        raise UserError("--free and --copy-only exclude each other", "give one of them")
    requests = _requests(request)
    if not any(line.strip() for line in requests):
        raise UserError("the request is empty", 'say what to search for: nlsq "find config files"')
    day = today_or_error(today)
    if len(requests) == 1:
        render_content(requests[0], day)  # what is refused is refused before a model is loaded
    translator = Translator.load(model, backend, threads=threads, constrained=not free)
    if translator.artifact and translator.artifact.why:
        console.say(f"model: {translator.artifact.why} (no model is shipped with this version; --model chooses)")
    refused = False
    for line in requests:
        try:
            _show(translator.translate(line, day, repositories, alternatives, copy_only), as_json)
        except RequestError as error:
            if len(requests) == 1:
                raise
            # One line out for each line in, so that a caller can pair them.
            click.echo("")
            console.say(f"error: {error}")
            refused = True
    return EXIT_USER if refused else 0


@nlsq.command(cls=TakesQueries, context_settings=HELP)
@click.argument("query", nargs=-1)
@click.option("--strict", is_flag=True, help="Exit 1 on a warning, too.")
@click.option("--json", "as_json", is_flag=True, help="Query and findings as JSON, one object a line.")
def check(query: tuple[str, ...], strict: bool, as_json: bool) -> int:
    """Say what is wrong with a QUERY; exit 1 on an error.

    Without a QUERY, reads one a line from a pipe.
    """
    from nlsq.query import ERROR
    from nlsq.query import check as findings_of

    lines = [" ".join(query)] if query else _piped("there is no query", 'for example: nlsq check "ext:go foo"')
    refused = False
    for line in lines:
        findings = findings_of(line)
        refused = refused or any(strict or finding.severity == ERROR for finding in findings)
        if as_json:
            click.echo(json.dumps({"query": line, "findings": [asdict(one) for one in findings]}, ensure_ascii=False))
        else:
            for one in findings:
                click.echo(
                    f"{line}\n{' ' * one.start}{'^' * max(1, one.end - one.start)} {one.severity}: {one.message}"
                )
    return EXIT_NO if refused else 0


@nlsq.command(cls=TakesQueries, context_settings=HELP)
@click.argument("query", nargs=-1)
def explain(query: tuple[str, ...]) -> None:
    """Say in one sentence what a QUERY finds.

    Without a QUERY, reads one a line from a pipe.
    """
    from nlsq.query import QueryError
    from nlsq.query import explain as sentence

    lines = [" ".join(query)] if query else _piped("there is no query", 'for example: nlsq explain "lang:go foo"')
    for line in lines:
        try:
            click.echo(sentence(line))
        except QueryError as error:
            raise UserError(f"{line}: {error.message}", "nlsq check shows the place") from None


main = console.program(nlsq, "nlsq")

"""The command ``nlsq``: a request in, a query out. Only the answer goes to stdout."""

import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from nlsq import console
from nlsq.command_line import RequestOrCommand, TakesNoQuery, TakesQueries, as_request
from nlsq.console import ASK
from nlsq.errors import EXIT_NO, EXIT_USER, RequestError, UserError
from nlsq.terminal import notice, on_terminal, piped_lines, printable, severity_painted
from nlsq.version import __version__

if TYPE_CHECKING:
    from nlsq.answers import Asking
    from nlsq.repository_sources import Sources
    from nlsq.user_config import UserConfig

# As in nlsq.translator and nlsq.backends, which are too heavy for --help and for the Tab key; a test compares them.
MOST_READINGS = 10
ENGINES = ("llama.cpp", "transformers", "rules", "fake")

EXAMPLES = """
\b
Examples:
  nlsq "find Python files with async functions"
  nlsq --repository github.com/remix-run/react-router "javascript files in react-router"
  nlsq -n 3 --explain "commits by erik in sourcegraph last week"
  nlsq --url "where is parse_date defined"
  git log -1 --format=%s | nlsq
  nlsq check "ext:go foo"
  nlsq -- check the logs        (a request that begins with a command's name)
"""
HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=RequestOrCommand, epilog=EXAMPLES, context_settings=HELP)
@click.version_option(__version__, prog_name="nlsq")
def nlsq() -> None:
    """Translate a REQUEST in plain English into a Sourcegraph search query.

    Without a REQUEST, reads one a line from a pipe; on a terminal, asks for one after the other.
    """


def _lines(words: tuple[str, ...], what: str, example: str) -> Iterable[str]:
    """What stands on the command line, or one a line from a pipe; an error where there is neither."""
    if words:
        return [" ".join(words)]
    if on_terminal(sys.stdin):
        raise UserError(f"there is no {what}", f"for example: {example} (nlsq --help tells more)")
    return piped_lines()


# ---------------------------------------------------------------------------------------------------------------------
# Asking


@nlsq.command(name=ASK, cls=TakesQueries, context_settings=HELP, hidden=True)
@click.argument("request", nargs=-1)
@click.option("-n", "readings", type=click.IntRange(1, MOST_READINGS), default=1, help="Readings, the best first.")
@click.option("--explain", "explained", is_flag=True, help="Say what each part of the query does, too.")
@click.option("--url", "as_links", is_flag=True, help="A link to Sourcegraph instead of the query. [env: SRC_ENDPOINT]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a request, with findings and times.")
@click.option("--repository", "given", metavar="NAME", multiple=True, help="Candidate repository; may be repeated.")
@click.option("--repos", "listed", type=click.Path(), metavar="FILE", help="Candidate repositories, one name a line.")
@click.option("--no-remotes", is_flag=True, help="The remotes of this git checkout are no candidates.")
@click.option("--today", metavar="DATE", help="The date that `this week` is counted from (2026-03-14).")
@click.option(
    "--model",
    type=click.Path(),
    metavar="MODEL",
    help="GGUF file, folder of weights, run, or run:build. [env: NLSQ_MODEL]",
)
@click.option("--backend", type=click.Choice(ENGINES), help="Engine; the model's own by default.")
@click.option("--threads", type=click.IntRange(1), help="CPU threads; all by default.")
@click.option("--free", is_flag=True, help="Let the model write anything; by default only queries without a finding.")
@click.option("--copy-only", is_flag=True, help="Terms and names can only be copied out of the request.")
def ask(request: tuple[str, ...], **options: Any) -> int:
    """Translate a REQUEST in plain English."""
    if options["free"] and options["copy_only"]:
        raise UserError("--free and --copy-only exclude each other", "give one of them")
    if not request:
        return _ask_many(options)
    text = " ".join(request)
    try:
        _refuse_at_once(text, options["today"])
        _asking(options).answer(text)
    except RequestError as error:
        if not options["as_json"]:
            raise
        from nlsq import answers

        answers.refuse(text, error, as_json=True)
        return EXIT_USER
    return 0


def _ask_many(options: dict[str, Any]) -> int:
    """One request a line from a pipe, or one after the other on a terminal."""
    if options["listed"] == "-":
        raise UserError("--repos - and the requests cannot both come from stdin", "write the names to a file")
    if on_terminal(sys.stdin) and on_terminal(sys.stdout):
        from nlsq.repl import Repl

        return Repl(_asking(options), MOST_READINGS).run()
    lines = _lines((), "request", 'nlsq "find config files"')
    return _asking(options).answer_lines(lines)


def _refuse_at_once(request: str, today: str | None) -> None:
    """What is refused is refused before a model is loaded."""
    from nlsq.prompt import render_content
    from nlsq.translator import today_or_error

    today_or_error(today)
    render_content(request)


def _asking(options: dict[str, Any]) -> "Asking":
    """The model, loaded, and how it is to be asked: by the options, and by the user's settings."""
    from nlsq import links, user_config
    from nlsq.answers import Asking, Form
    from nlsq.translator import Translator, today_or_error

    config = user_config.read()
    form = Form(options["as_json"], options["as_links"], options["explained"], config.endpoint)
    if options["as_links"]:
        links.endpoint(config.endpoint)  # refused before a model is loaded
    sources = _sources(options, config)
    today = options["today"] and today_or_error(options["today"])
    model = options["model"] or (None if os.environ.get("NLSQ_MODEL") else config.model)
    constrained = not options["free"]
    translator = Translator.load(model, options["backend"], threads=options["threads"], constrained=constrained)
    if translator.artifact and translator.artifact.why:
        console.say(f"model: {translator.artifact.why} (no model is shipped with this version; --model chooses)")
    return Asking(translator, today, options["readings"], options["copy_only"], sources, form)


def _sources(options: dict[str, Any], config: "UserConfig") -> "Sources":
    from nlsq import repository_sources

    return repository_sources.Sources(
        given=repository_sources.checked(options["given"]),
        listed=repository_sources.names_in_file(options["listed"]) if options["listed"] else (),
        remotes=() if options["no_remotes"] else repository_sources.remote_names(),
        configured=config.repositories,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Queries


# What people write who want a request translated: words, no filters, no signs.
_PLAIN_WORDS = re.compile(r"[A-Za-z]+(?:[ '’-][A-Za-z]+)*")


def _hint_at_request(name: str, words: tuple[str, ...]) -> None:
    """Say how a request is asked where the words of a query look like one's."""
    if words and all(_PLAIN_WORDS.fullmatch(word) for word in words):
        console.say(f"note: {' '.join(words)!r} was read as a query; {as_request(name, words)}")


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

    refused = False
    for line in _lines(query, "query", 'nlsq check "ext:go foo"'):
        findings = findings_of(line)
        refused = refused or any(strict or finding.severity == ERROR for finding in findings)
        if as_json:
            row = {"query": printable(line), "findings": [asdict(one) for one in findings]}
            click.echo(json.dumps(row, ensure_ascii=False))
            continue
        for one in findings:
            place = f"{' ' * one.start}{'^' * max(1, one.end - one.start)}"
            click.echo(f"{printable(line)}\n{place} {severity_painted(one.severity)}: {one.message}")
    if not as_json and not refused:
        _hint_at_request("check", query)
    return EXIT_NO if refused else 0


@nlsq.command(cls=TakesQueries, context_settings=HELP)
@click.argument("query", nargs=-1)
def explain(query: tuple[str, ...]) -> int:
    """Say in one sentence what a QUERY finds.

    Without a QUERY, reads one a line from a pipe.
    """
    from nlsq.query import QueryError
    from nlsq.query import explain as sentence

    code = 0
    for number, line in enumerate(_lines(query, "query", 'nlsq explain "lang:go foo"'), 1):
        try:
            click.echo(printable(sentence(line)))
        except QueryError as error:
            fault = UserError(f"{printable(line)}: {error.message}", "nlsq check shows the place")
            if query:
                raise fault from None
            click.echo("")  # one line out for each line in
            notice("error", f"line {number}: {fault}")
            code = EXIT_USER
    _hint_at_request("explain", query)
    return code


# ---------------------------------------------------------------------------------------------------------------------
# This machine


@nlsq.command(cls=TakesNoQuery, context_settings=HELP)
@click.option("--model", type=click.Path(), metavar="MODEL", help="The model to try. [env: NLSQ_MODEL]")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def doctor(model: str | None, as_json: bool) -> int:
    """Say what this machine has, what is missing, and how to mend it.

    Tries the model with one request. Exit 2 when something that an answer needs is missing.
    """
    from nlsq.doctor import examined

    report = examined(model)
    click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False) if as_json else report.text())
    return EXIT_USER if report.faults else 0


COMPLETION_HELP = """
\b
Where the script goes:
  bash (4.4 or newer)  nlsq completion bash > ~/.local/share/bash-completion/completions/nlsq
  zsh                  nlsq completion zsh > "${fpath[1]}/_nlsq"
  fish                 nlsq completion fish > ~/.config/fish/completions/nlsq.fish
\b
Or for the shell that runs: eval "$(nlsq completion bash)"
"""


@nlsq.command(cls=TakesNoQuery, context_settings=HELP, epilog=COMPLETION_HELP)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print the script that lets a SHELL complete commands, options and files."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None  # click brings these three
    click.echo(made(nlsq, {}, "nlsq", "_NLSQ_COMPLETE").source())


main = console.program(nlsq, "nlsq")

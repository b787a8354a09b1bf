"""The command ``nlsq``: a request in, a query out. Only the answer goes to stdout."""

import json
import sys

import click

from nlsq import console
from nlsq.backends import BACKENDS
from nlsq.errors import EXIT_USER, RequestError, UserError
from nlsq.translator import MAX_ALTERNATIVES, Translation, Translator
from nlsq.version import __version__

EXAMPLES = """
\b
Examples:
  nlsq "find Python files with async functions"
  nlsq --repository github.com/remix-run/react-router "javascript files in react-router"
  nlsq --model smoke:q4_0 --json -n 3 "commits by erik in sourcegraph last week"
  git log -1 --format=%s | nlsq
"""


def _requests(words: tuple[str, ...]) -> list[str]:
    """The request on the command line, or one a line from a pipe."""
    if words:
        return [" ".join(words)]
    if sys.stdin.isatty():
        raise UserError("there is no request", 'for example: nlsq "find config files" (nlsq --help tells more)')
    return sys.stdin.read().splitlines() or [""]


def _show(translation: Translation, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(translation.to_json(), ensure_ascii=False))
        return
    for query in (translation.query, *translation.alternatives):
        click.echo(query)
    for finding in translation.findings:
        console.say(f"{finding.severity}: {finding.message}")


@click.command(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("request", nargs=-1)
@click.option("--model", help="GGUF file, folder of weights, run, or run:build. [env: NLSQ_MODEL]")
@click.option("--backend", type=click.Choice(BACKENDS), help="Engine; the model's own by default.")
@click.option("--today", help="The date that `this week` is counted from (2026-03-14).")
@click.option("--repository", "repositories", multiple=True, help="Candidate repository; may be repeated.")
@click.option(
    "-n", "alternatives", type=click.IntRange(1, MAX_ALTERNATIVES), default=1, help="How many readings, the best first."
)
@click.option("--threads", type=click.IntRange(1), help="CPU threads; all by default.")
@click.option("--json", "as_json", is_flag=True, help="Query, alternatives, findings and times as JSON.")
@click.version_option(__version__, prog_name="nlsq")
def nlsq(
    request: tuple[str, ...],
    model: str | None,
    backend: str | None,
    today: str | None,
    repositories: tuple[str, ...],
    alternatives: int,
    threads: int | None,
    as_json: bool,
) -> int:
    """Translate a REQUEST in plain English into a Sourcegraph search query.

    Without a REQUEST, reads one a line from a pipe.
    """
    requests = _requests(request)
    if not any(line.strip() for line in requests):
        raise UserError("the request is empty", 'say what to search for: nlsq "find config files"')
    translator = Translator.load(model, backend, threads=threads)
    if translator.artifact and translator.artifact.why:
        console.say(f"model: {translator.artifact.why} (no model is shipped with this version; --model chooses)")
    refused = False
    for line in requests:
        try:
            _show(translator.translate(line, today, repositories, alternatives), as_json)
        except RequestError as error:
            if len(requests) == 1:
                raise
            # One line out for each line in, so that a caller can pair them.
            click.echo("")
            console.say(f"error: {error}")
            refused = True
    return EXIT_USER if refused else 0


main = console.program(nlsq, "nlsq")

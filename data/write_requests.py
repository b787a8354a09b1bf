"""Write requests for queries that have none, such as those of search logs, with a model behind an endpoint.

    python -m data.write_requests QUERIES.jsonl --out PAIRS.jsonl --model gpt-4o-mini

One call for each query asks for one request in each style; what does not survive the checks is dropped and counted.
Every answer is kept in PAIRS.answers.jsonl: the same command goes on where it was stopped, and pays for nothing twice.
"""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from data.requests.endpoint import (
    PUBLIC_URL,
    TOKENS_PER_REQUEST,
    Answer,
    AnswerFile,
    CallError,
    Endpoint,
    Prices,
    Spending,
    dollars,
    require_key,
    tokens_of,
)
from data.requests.query_parts import has_absolute_dates
from data.requests.sieve import ROUND_TRIP, RULE, Query, Sieve
from data.requests.styles import PROMPT_VERSION, STYLES, asked_again, messages, read_answer, styles_named
from nlsq import console, paths
from nlsq.errors import EXIT_NO, UserError
from nlsq.files import BusyError, locked, read_json_lines, write_json
from nlsq.query import canonical, check
from nlsq.records import write_records
from nlsq.translator import Translator, today_or_error

# An answer that cannot be read is asked for once more.
MAX_ANSWERS = 2
MAX_FAILURES_IN_A_ROW = 20
SECONDS_BETWEEN_NEWS = 5.0


# ---------------------------------------------------------------------------------------------------------------------
# The queries


def read_queries(path: Path, limit: int | None = None) -> tuple[list[Query], int]:
    """The usable queries of an import, the first ``limit`` of them; and how many were passed over.

    Passed over are lines with warnings, and queries that ``check`` has something to say about.
    """
    queries: list[Query] = []
    seen: set[str] = set()
    skipped = 0
    for number, row in read_json_lines(path):
        texts = [row.get(name) for name in ("id", "query")] if isinstance(row, dict) else [None]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise UserError(f"{path}, line {number}: 'id' or 'query' is missing or no text", "mend that line")
        if row["id"] in seen:
            raise UserError(f"{path}, line {number}: the id {row['id']!r} stands there twice", "mend that line")
        seen.add(row["id"])
        if row.get("warnings") or "\n" in row["query"] or check(row["query"]):
            skipped += 1
        elif limit is None or len(queries) < limit:
            queries.append(Query(row["id"], canonical(row["query"])))
    if not queries:
        raise UserError(f"{path} has no usable query", "check the path, and the warnings of its lines")
    return queries, skipped


# ---------------------------------------------------------------------------------------------------------------------
# Asking


@dataclass
class Job:
    """What is asked of which model, and what has been answered."""

    model: str
    styles: tuple[str, ...]
    answers: AnswerFile
    today: str
    today_given: bool
    spending: Spending = field(default_factory=Spending)
    max_cost: float | None = None
    failed: int = 0
    in_a_row: int = 0
    stopped: bool = False

    def key(self, query: str) -> str:
        """Under which an answer is kept: all that it depends on but the day, which is kept beside it."""
        parts = [self.model, PROMPT_VERSION, query, *self.styles]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()

    def answers_for(self, query: str) -> list[Answer]:
        """The answers for ``query``, asked on any day unless one was given."""
        return self.answers.of(self.key(query), self.today if self.today_given else None)

    def is_answered(self, query: str) -> bool:
        """True when there is nothing more to ask: a readable answer, or too many that are not."""
        found = self.answers_for(query)
        return bool(found) and (read_answer(found[-1].text, self.styles) is not None or len(found) >= MAX_ANSWERS)

    def messages(self, query: str) -> list[dict[str, str]]:
        """What is asked next for ``query``."""
        found = self.answers_for(query)
        first = messages(query, self.styles, found[-1].today or self.today if found else self.today)
        return asked_again(first, found[-1].text, self.styles) if found else first

    def open_queries(self, queries: Sequence[Query]) -> list[str]:
        """The texts that are still to be asked for, each once, in order."""
        return [text for text in dict.fromkeys(query.text for query in queries) if not self.is_answered(text)]

    def estimate(self, queries: Sequence[str]) -> tuple[int, int]:
        """About how many tokens go in and come out for ``queries``."""
        return sum(tokens_of(self.messages(text)) for text in queries), (
            len(queries) * len(self.styles) * TOKENS_PER_REQUEST
        )

    async def ask(self, query: str, endpoint: Endpoint) -> None:
        """Ask until there is a readable answer, as often as is allowed; keep each answer as it arrives."""
        while not self.is_answered(query) and not self.stopped:
            asked = self.messages(query)
            try:
                reply = await endpoint.ask(asked)
            except CallError as error:
                self._count_failure(error, endpoint)
                return
            self.in_a_row = 0
            self.spending.add(reply)
            told_today = self._told_today(query)
            self.answers.add(Answer(**vars(reply), key=self.key(query), query=query, today=told_today))
            cost = self.spending.cost
            self.stopped = self.max_cost is not None and cost is not None and cost >= self.max_cost

    def _told_today(self, query: str) -> str | None:
        found = self.answers_for(query)
        return (found[-1].today if found else self.today) if has_absolute_dates(query) else None

    def _count_failure(self, error: CallError, endpoint: Endpoint) -> None:
        self.failed += 1
        self.in_a_row += 1
        console.say(f"a call failed: {error}")
        if self.in_a_row > MAX_FAILURES_IN_A_ROW:
            raise UserError(
                f"{self.in_a_row} calls in a row failed at {endpoint.url}, the last with: {error}",
                "the answers so far are kept; mend the endpoint, then give the same command again",
            )


async def ask_all(job: Job, queries: list[str], endpoint: Endpoint, concurrency: int) -> None:
    """Ask for every query, ``concurrency`` at a time once the endpoint has answered; stops at the limit of cost."""
    waiting = list(reversed(queries))
    running: set[asyncio.Task[None]] = set()
    news = time.monotonic()
    async with endpoint:
        while (waiting and not job.stopped) or running:
            while waiting and not job.stopped and len(running) < (concurrency if endpoint.reached else 1):
                running.add(asyncio.create_task(job.ask(waiting.pop(), endpoint)))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if faults := [fault for task in done if (fault := task.exception())]:
                raise faults[0]
            if time.monotonic() - news > SECONDS_BETWEEN_NEWS:
                news = time.monotonic()
                console.say(f"{len(queries) - len(waiting) - len(running)} of {len(queries)} queries: {job.spending}")


# ---------------------------------------------------------------------------------------------------------------------
# The command


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Two processes that write one file would pay for everything twice."""
    try:
        with locked(out.with_name(f".{out.name}.lock"), patience=0):
            yield
    except BusyError as error:
        raise UserError(f"another process ({error.process}) writes {paths.shown(out)}", "wait for it") from None


def _announce(job: Job, queries: list[Query], base_url: str | None) -> list[str]:
    """Say what is still to be asked and what that will cost; returns it."""
    open_queries = job.open_queries(queries)
    tokens_in, tokens_out = job.estimate(open_queries)
    cost = job.spending.prices.cost(tokens_in, tokens_out)
    console.say(
        f"{len(open_queries):,} calls to {job.model} at {base_url or PUBLIC_URL}, about {tokens_in:,} tokens in, "
        f"{tokens_out:,} out, cost {dollars(cost)}"
    )
    if there := len({query.text for query in queries}) - len(open_queries):
        console.say(f"{there:,} answers are there already and cost nothing")
    if cost is not None and job.max_cost is not None and cost > job.max_cost:
        console.say(f"that is more than the limit of {dollars(job.max_cost)}: it will stop there")
    return open_queries


def _finish(job: Job, queries: list[Query], sieve: Sieve, out: Path, skipped: int, report: Path | None) -> int:
    """Judge all answers, write the pairs, and say what became of everything."""
    unanswered = 0
    for query in queries:
        if job.is_answered(query.text):
            answer = job.answers_for(query.text)[-1]
            sieve.add(query, answer, job.styles, answer.today or job.today)
        else:
            unanswered += 1
    write_records(out, sieve.kept)
    rows = sieve.rows()
    click.echo(console.table(["requests", "count"], [[name, f"{count:,}"] for name, count in rows]))
    click.echo(f"queries: {len(queries) - unanswered:,} answered, {unanswered:,} left, {skipped:,} skipped")
    click.echo(f"this run: {job.spending}")
    click.echo(f"pairs: {paths.shown(out)}")
    if report:
        counts = {"answered": len(queries) - unanswered, "left": unanswered, "skipped": skipped}
        write_json(report, _report(job, sieve, counts))
    if job.stopped:
        console.say(f"stopped at the limit of {dollars(job.max_cost)} -> the same command goes on from here")
    elif unanswered:
        console.say(f"{unanswered:,} queries have no answer -> the same command asks for them again")
    return EXIT_NO if unanswered or not sieve.kept else 0


def _report(job: Job, sieve: Sieve, queries: dict[str, int]) -> dict[str, Any]:
    by_style = Counter(one.id.removeprefix(f"{one.source}-") for one in sieve.kept)
    return {
        "model": job.model,
        "prompt_version": PROMPT_VERSION,
        "today": job.today,
        "checks": list(sieve.checks),
        "queries": queries,
        "requests": dict(sieve.rows()),
        "kept_by_style": {style: by_style[style] for style in job.styles},
        "kept_by_category": dict(sorted(Counter(one.category for one in sieve.kept).items())),
        "this_run": job.spending.to_json(),
        "failed_calls": job.failed,
        "dropped": [vars(one) for one in sieve.dropped],
    }


_STYLE_HELP = "Styles, with commas between them; all by default: " + "; ".join(
    f"{style.name} ({style.description})" for style in STYLES.values()
)
_CHECK_HELP = "What a request has to pass: the rules (by default), a translation back to the query, or (twice) both."


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("queries_path", metavar="QUERIES", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of pairs to write.")
@click.option("--model", required=True, help="The model's name at the endpoint.")
@click.option("--base-url", envvar="OPENAI_BASE_URL", help="The endpoint; OpenAI's by default. [env: OPENAI_BASE_URL]")
@click.option("--styles", "style_names", default="", help=_STYLE_HELP)
@click.option("--today", help="The day on which the requests are typed; the machine's by default.")
@click.option(
    "--check", "checks", type=click.Choice([RULE, ROUND_TRIP]), multiple=True, default=[RULE], help=_CHECK_HELP
)
@click.option("--translator", "run", help="Run, build or file of the model for --check round-trip.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N queries.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Calls at a time.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True, help="Seconds."
)
@click.option(
    "--retries", type=click.IntRange(0, 20), default=5, show_default=True, help="After 429, 5xx and timeouts."
)
@click.option("--max-tokens", type=click.IntRange(min=1), help="Of an answer, sent as max_tokens; no limit by default.")
@click.option("--json-mode", is_flag=True, help="Ask for nothing but JSON (response_format), where the endpoint can.")
@click.option("--price-in", type=click.FloatRange(min=0), help="US dollars for a million tokens of the prompt.")
@click.option("--price-out", type=click.FloatRange(min=0), help="US dollars for a million tokens of the answer.")
@click.option("--max-cost", type=click.FloatRange(min=0, min_open=True), help="Stop at so many US dollars (exit 1).")
@click.option("--dry-run", is_flag=True, help="Say what would be asked and what it would cost; ask nothing.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="JSON with every dropped request.")
def main(
    queries_path: Path,
    out: Path,
    model: str,
    base_url: str | None,
    style_names: str,
    today: str | None,
    checks: tuple[str, ...],
    run: str | None,
    limit: int | None,
    concurrency: int,
    timeout: float,
    retries: int,
    max_tokens: int | None,
    json_mode: bool,
    price_in: float | None,
    price_out: float | None,
    max_cost: float | None,
    dry_run: bool,
    report: Path | None,
) -> int:
    """Write requests for the queries of QUERIES, several styles each, with a model behind an endpoint.

    Exit 1 when queries are left without an answer, when the limit of cost was reached, or when nothing survived.
    """
    if (price_in is None) != (price_out is None):
        raise click.UsageError("--price-in and --price-out belong together")
    if max_cost is not None and price_in is None:
        raise click.UsageError("--max-cost needs --price-in and --price-out")
    if (ROUND_TRIP in checks) != bool(run):
        raise click.UsageError("--check round-trip and --translator belong together")
    styles = styles_named(style_names)
    if not dry_run:
        require_key(base_url)
    queries, skipped = read_queries(queries_path, limit)
    answers = AnswerFile(out.with_name(f"{out.stem}.answers.jsonl"))
    spending = Spending(Prices(price_in, price_out))
    job = Job(model, styles, answers, today_or_error(today), bool(today), spending, max_cost)
    if dry_run:
        _announce(job, queries, base_url)
        for message in job.messages(queries[0].text):
            click.echo(f"[{message['role']}]\n{message['content']}\n")
        return 0
    with _alone(out):
        translator = Translator.load(run) if run else None
        open_queries = _announce(job, queries, base_url)
        options: dict[str, Any] = {"timeout": timeout, "retries": retries, "max_tokens": max_tokens}
        endpoint = Endpoint(model, base_url, **options, json_mode=json_mode)
        try:
            asyncio.run(ask_all(job, open_queries, endpoint, concurrency))
            return _finish(job, queries, Sieve(checks, translator), out, skipped, report)
        except KeyboardInterrupt:
            console.say(f"{spending}; the answers are kept in {paths.shown(answers.path)}")
            console.say("the same command goes on from here and pays for none of them again")
            raise


if __name__ == "__main__":
    console.run(main)

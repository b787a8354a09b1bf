"""How long the query language takes: parsing and the rest on hand-written queries, and the grammar beside a model.

    python -m dev.speed                                    # parse, check, canonical, key, equivalent, explain
    python -m dev.speed --grammar smollm2-135m             # and the grammar's share of a token's time on llama.cpp
    python -m dev.speed --grammar smollm2-135m --layers 10 # on the same model with its first ten layers only

Times are medians over queries (of each query the best of several calls) and over tokens. The grammar is measured while
the hand-written queries are replayed token by token: as it runs (the mask is made only where the model's first choice
is not allowed), and with the mask at every token, as sampling and servers need it.
"""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from data.splits import HANDWRITTEN
from nlsq import console, environment
from nlsq.errors import UserError
from nlsq.query import canonical, check, equivalent, explain, key, parse
from nlsq.records import read_records
from nlsq.timing import percentile

CALLS = 5
REPLAYED = 60  # queries


def queries() -> list[str]:
    """All hand-written queries."""
    return [record.query for file in sorted((HANDWRITTEN / "train").glob("*.jsonl")) for record in read_records(file)]


def best_us(call: Callable[[], Any]) -> float:
    """The fastest of some calls, in microseconds: what is slower was somebody else's work on this machine."""
    times = []
    for _ in range(CALLS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return 1e6 * min(times)


def language_rows(texts: list[str]) -> list[list[str]]:
    """A row for each function: median, 95th percentile and slowest over ``texts``, in microseconds."""
    functions: dict[str, Callable[[str], Any]] = {
        "parse": parse,
        "check": check,
        "canonical": canonical,
        "key": key,
        "equivalent": lambda text: equivalent(text, f"{text} "),  # equal texts are not looked at
        "explain": explain,
    }
    rows = []
    for name, function in functions.items():
        times = [best_us(lambda function=function, text=text: function(text)) for text in texts]  # type: ignore[misc]
        rows.append(
            [name, *(f"{value:.0f}" for value in (statistics.median(times), percentile(times, 95), max(times)))]
        )
    return rows


def grammar_rows(model: str, layers: int | None, kind: str, threads: int | None) -> list[list[str]]:
    """Rows on a token's time: the model's, the grammar's as it runs, the grammar's with a mask at every token."""
    from dev.models import gguf_of
    from nlsq.backends import Options
    from nlsq.backends.llama_cpp import LlamaCppBackend

    with tempfile.TemporaryDirectory() as folder:
        backend = LlamaCppBackend(gguf_of(model, Path(folder), kind, layers), Options(threads=threads))
        texts = [canonical(text) for text in queries()]
        texts = texts[:: max(1, len(texts) // REPLAYED)]
        replay(backend, texts[:5])  # warm up
        steps = replay(backend, texts)
        backend.close()
    engine = statistics.mean(step[0] for step in steps)
    rows = [["model", f"{engine:.0f}", "", ""]]
    for name, times in (
        ("grammar as it runs", [step[1] for step in steps]),
        ("grammar, mask at every token", [step[2] for step in steps]),
    ):
        share = statistics.mean(times) / engine
        rows.append([name, f"{statistics.mean(times):.0f}", f"{statistics.median(times):.0f}", f"{share:.1%}"])
    return rows


def replay(backend: Any, texts: list[str]) -> list[tuple[float, float, float]]:
    """Microseconds of ``(model, grammar as it runs, grammar with a mask)`` for each token of ``texts``."""
    steps = []
    for text in texts:
        prompt, tokens = backend.prompt_tokens("replayed"), backend._tokenize(text, special=False)
        walk = backend._constraint.begin()
        if not walk.allows_all(tokens):
            continue
        backend._evaluate(prompt)
        for place, token in enumerate(tokens):
            times = [time.perf_counter()]
            backend._evaluate([*prompt, *tokens[: place + 1]])
            scores = backend._scores()
            scores.argmax()
            times.append(time.perf_counter())
            walk.best(scores)
            times.append(time.perf_counter())
            walk.masked(scores).argmax()
            times.append(time.perf_counter())
            walk.take([token])
            walk.forced()
            times.append(time.perf_counter())
            engine, chosen, masked, taken = (1e6 * (after - before) for before, after in itertools.pairwise(times))
            steps.append((engine, chosen + taken, masked + taken))
    return steps


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--grammar", "model", help="Measure the grammar beside this base model or GGUF file, too.")
@click.option("--layers", type=click.IntRange(1), help="Of the base model, its first layers only.")
@click.option("--build", default="q4_0", show_default=True, help="Quantisation of the base model.")
@click.option("--threads", type=click.IntRange(1), help="llama.cpp's threads; all by default.")
def main(model: str | None, layers: int | None, build: str, threads: int | None) -> None:
    """Measure the query language, and the grammar beside a model."""
    if layers and (not model or Path(model).is_file()):
        raise UserError("--layers cuts a base model", "give one with --grammar, for example smollm2-135m")
    texts = queries()
    click.echo(f"{environment.machine_line(environment.describe())}; {len(texts)} hand-written queries")
    click.echo(console.table(["microseconds", "median", "p95", "slowest"], language_rows(texts)))
    if model:
        shape = f"{model}{f', first {layers} layers' if layers else ''}, {build}"
        click.echo(f"\na token of {shape} on llama.cpp")
        rows = grammar_rows(model, layers, build, threads)
        click.echo(console.table(["microseconds", "mean", "median", "share"], rows))


if __name__ == "__main__":
    console.run(main)

"""Draw random answers under the grammar and check each: none may have a finding.

    python -m dev.sample --engine bytes --count 5000                            # a random walk over bytes and pieces
    python -m dev.sample --engine llama.cpp --model tiny-llama --count 5000     # random weights, the real tokenizer
    python -m dev.sample --engine transformers --model smollm2-135m --count 500 --temperature 1.5
    python -m dev.sample --engine vllm --model FOLDER --count 200               # in vLLM's own environment

Prints every answer with a finding, then the counts; exit 1 when there is one.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from dev.models import gguf_of, is_tiny, style_of
from nlsq import console
from nlsq.artifacts import LLAMA_CPP, TRANSFORMERS
from nlsq.backends.constraint import Constraint
from nlsq.errors import EXIT_NO, UserError, missing_package
from nlsq.query import canonical, check
from nlsq.query.grammar import grammar

BYTES, VLLM = "bytes", "vllm"
BATCH = 50
MAX_TOKENS = 32
REQUESTS = (
    "commits by erik in sourcegraph last week",
    "python or go files that call jwt.verify( but not in tests",
    "which repos have a Dockerfile and mention kafka",
    'where is the error "connection refused" logged in acme/billing',
    "added lines with TODO in src/, case sensitive",
    "functions that start with get and end with a number",
    "private forks of the linker with branch v2",
)
# Pieces of the language, between bars: a walk over single bytes would hardly ever find them.
PIECES = (
    r"lang:|lang:go|-lang:|repo:|-repo:|repo:has.|repo:has.path(|repo:has.file(path:| content:|repo:has.meta(|file:"
    r"|-file:|repo:has.commit.after(|repo:has.description(|file:has.owner(|file:has.content(|\.|type:|type:commit"
    r"|type:diff|select:|type:symbol|select:symbol.|author:|-author:|(author:|committer:|after:|before:|message:"
    r'|after:"|"| week ago|2024-02-|case:yes|count:|timeout:|rev:|rev:at.time(|*refs/heads/|:|context:|fork:|archived:'
    r"|visibility:| | | | OR | OR | OR |(|(|)|)|) OR (|NOT |/|/|[a-z]|[^|{1,3}|(?:|\w+|a|x|foo|print(| foo|/ |@|(repo:"
    r"|(lang:|(file:|((|))|(^"
)
LIKELY_BYTES = b"abcorxz019 .:/\\()[]|*+?^$\"-_@{}&!~,<>='#%;NOTORAND\xc3\xa9"


def walks(count: int, seed: int) -> Iterator[str]:
    """Random walks through the grammar, a byte or a piece of the language at a time."""
    try:
        import llguidance
        import numpy
    except ImportError as error:
        raise missing_package(error.name or "llguidance", "llama") from None
    tokenizer = llguidance.LLTokenizer("byte")
    constraint = Constraint(tokenizer, [tokenizer.eos_token])
    random = numpy.random.default_rng(seed)
    pieces = [list(piece.encode()) for piece in PIECES.split("|")]
    weights = numpy.full(tokenizer.vocab_size, 0.02)
    weights[list(LIKELY_BYTES)] += 1
    for _ in range(count):
        walk = constraint.begin()
        own = weights * random.exponential(size=weights.shape) ** 2  # each walk likes other bytes
        for _ in range(random.integers(10, 160)):
            piece = pieces[random.integers(len(pieces))]
            if given := walk.forced():
                walk.take(given)
            elif walk.is_finished:
                break
            elif random.random() < 0.6 and walk.allows_all(piece):
                walk.take(piece)
            else:
                allowed = numpy.flatnonzero(walk.mask())
                allowed = allowed[allowed != tokenizer.eos_token]
                walk.take([int(random.choice(allowed, p=own[allowed] / own[allowed].sum()))])
        yield bytes(walk.tokens[: walk.accepted]).decode()


def from_llama_cpp(model: str, count: int, temperature: float, seed: int) -> Iterator[str]:
    """Answers of llama.cpp, in this process."""
    from nlsq.backends import Options
    from nlsq.backends.llama_cpp import LlamaCppBackend

    with tempfile.TemporaryDirectory() as folder:
        # Two threads only wait for each other on a model this small.
        threads = 1 if is_tiny(model) else None
        file = gguf_of(model, Path(folder), "f16" if is_tiny(model) else "q8_0")
        backend = LlamaCppBackend(file, Options(threads=threads))
        for number in range(count):
            request = REQUESTS[number % len(REQUESTS)]
            yield backend.sample(request, temperature, seed + number, MAX_TOKENS).text
        backend.close()


def from_transformers(model: str, count: int, temperature: float, seed: int) -> Iterator[str]:
    """Answers of transformers, in batches."""
    from nlsq.backends import Options
    from nlsq.backends.hf import TransformersBackend
    from nlsq.base_models import base_folder

    backend = TransformersBackend(base_folder(model), Options(style=style_of(model)))
    for start in range(0, count, BATCH):
        requests = [REQUESTS[number % len(REQUESTS)] for number in range(start, min(start + BATCH, count))]
        for completion in backend.sample_batch(requests, temperature, seed + start, MAX_TOKENS):
            yield completion.text


def from_vllm(model: str, count: int, temperature: float, seed: int) -> Iterator[str]:
    """Answers of vLLM, which hands the grammar to llguidance itself; cut back where they end at the token limit."""
    try:
        import vllm
        from vllm.sampling_params import StructuredOutputsParams
    except ImportError:
        raise UserError("the package vllm is not installed", "pip install vllm, in an environment of its own") from None
    engine = vllm.LLM(
        model,
        enforce_eager=True,
        max_model_len=1024,
        structured_outputs_config={"backend": "guidance"},
        dtype="float32",
    )
    tokenizer = engine.get_tokenizer()
    constraint = Constraint.of_hugging_face(tokenizer, [tokenizer.eos_token_id])
    settings = [
        vllm.SamplingParams(
            temperature=temperature,
            seed=seed + number,
            max_tokens=MAX_TOKENS,
            structured_outputs=StructuredOutputsParams(grammar=grammar()),
        )
        for number in range(count)
    ]
    prompts = [REQUESTS[number % len(REQUESTS)] + "\n" for number in range(count)]
    for result in engine.generate(prompts, settings, use_tqdm=False):
        walk = constraint.begin()
        for token in result.outputs[0].token_ids:
            if token in constraint.ends:
                break
            walk.take([token])
        yield tokenizer.decode(walk.tokens[: walk.accepted])


def answers(engine: str, model: str, count: int, temperature: float, seed: int) -> Iterator[str]:
    """``count`` random answers of ``engine`` under the grammar."""
    if engine == BYTES:
        return walks(count, seed)
    draw = {LLAMA_CPP: from_llama_cpp, TRANSFORMERS: from_transformers, VLLM: from_vllm}[engine]
    return draw(model, count, temperature, seed)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--engine", type=click.Choice((BYTES, LLAMA_CPP, TRANSFORMERS, VLLM)), default=BYTES, show_default=True)
@click.option("--model", default="tiny-llama", show_default=True, help="Base model, folder, or GGUF file.")
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--temperature", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(engine: str, model: str, count: int, temperature: float, seed: int) -> int:
    """Check random answers that were drawn under the grammar."""
    drawn = empty = wrong = same = 0
    for text in answers(engine, model, count, temperature, seed):
        drawn += 1
        empty += not text
        findings = check(text)
        if findings:
            wrong += 1
            click.echo(f"{text!r}: {findings[0].message}")
        else:
            same += canonical(text) == text
        if drawn % 500 == 0:
            console.say(f"sample: {drawn}/{count}")
    named = "" if engine == BYTES else f" ({model}, temperature {temperature:g})"
    click.echo(
        f"{drawn:,} answers of {engine}{named}: {wrong} with a finding, {empty} empty, {same:,} in canonical form"
    )
    return EXIT_NO if wrong else 0


if __name__ == "__main__":
    console.run(main)

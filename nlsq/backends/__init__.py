"""Engines behind one small protocol. Each engine's module, and its heavy imports, load on first use."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nlsq.artifacts import FAKE, LLAMA_CPP, RULES, TRANSFORMERS
from nlsq.errors import UserError
from nlsq.prompt import MAX_NEW_TOKENS, PromptStamp
from nlsq.query.grammar import Limits


@dataclass(frozen=True)
class Completion:
    """One answer. ``log_probability``: sum over its tokens, each among all tokens, in nats; times in milliseconds.

    What was not measured or computed is ``None``. ``finished`` is false when the answer was cut at the token limit.
    """

    text: str
    tokens: int
    log_probability: float | None
    finished: bool
    prompt_tokens: int = 0
    prefill_ms: float | None = None
    decode_ms: float | None = None


@dataclass(frozen=True)
class Options:
    """How an engine is loaded.

    ``style``: the prompt style of a model that carries none (an untrained one). ``constrained``: answers cannot leave
    the query language.
    """

    threads: int | None = None
    style: str | None = None
    constrained: bool = True


class Backend(Protocol):
    """A loaded model. Not thread-safe: the translator takes care that one call runs at a time."""

    name: str
    stamp: PromptStamp

    def generate(
        self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1, limits: Limits | None = None
    ) -> list[Completion]:
        """The greedy answer to ``content``, then up to ``alternatives - 1`` others, the most probable first.

        ``limits``: what a constrained answer may copy; None for no limits. An answer that reaches ``max_tokens`` ends
        at the last place where it is a whole query when it is constrained, and anywhere when not.
        """
        ...

    def generate_batch(self, contents: list[str], max_tokens: int = MAX_NEW_TOKENS) -> list[Completion]:
        """The greedy answer to each of ``contents``."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


BACKENDS = (LLAMA_CPP, TRANSFORMERS, RULES, FAKE)


def load(name: str, path: Path, options: Options | None = None) -> Backend:
    """Load the model at ``path`` into the engine ``name``."""
    options = options or Options()
    if name == LLAMA_CPP:
        from nlsq.backends.llama_cpp import LlamaCppBackend

        return LlamaCppBackend(path, options)
    if name == TRANSFORMERS:
        from nlsq.backends.hf import TransformersBackend

        return TransformersBackend(path, options)
    if name == FAKE:
        from nlsq.backends.fake import FakeBackend

        return FakeBackend.from_text(str(path))
    if name == RULES:
        from nlsq.backends.rules import RulesBackend

        return RulesBackend()
    raise UserError(f"there is no backend {name!r}", f"use one of {', '.join(BACKENDS)}")

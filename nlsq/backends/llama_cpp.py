"""llama.cpp in this process, on a GGUF file.

Only the last position's scores are ever read, in place. What two prompts share at their beginning stays in the
key-value cache from one call to the next. Text that the grammar forces is evaluated together with what follows it.
"""

import ctypes
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlsq.artifacts import GGUF_PREFIX, LLAMA_CPP
from nlsq.backends import Completion, Options, search
from nlsq.backends.constraint import Constraint, Walk, slots_of
from nlsq.environment import cpu_threads
from nlsq.errors import ModelError, missing_package
from nlsq.prompt import MAX_NEW_TOKENS, PromptStamp
from nlsq.query.grammar import Limits

FIRST_CONTEXT = 1024  # tokens; grows when a prompt needs more


def stamp_in(metadata: dict[str, str], where: Path) -> PromptStamp:
    """The prompt stamp in a GGUF file's metadata; refused when missing or not of this version."""
    start = GGUF_PREFIX + "prompt."
    facts = {key.removeprefix(start): value for key, value in metadata.items() if key.startswith(start)}
    if not facts:
        raise ModelError(
            f"{where} carries no prompt stamp, so it was not made by this project",
            "build it with `nls-finetune quantize`",
        )
    return PromptStamp.from_json(facts, where)


class LlamaCppBackend:
    """Greedy decoding on llama.cpp with prefix reuse."""

    name = LLAMA_CPP

    def __init__(self, path: Path, options: Options):
        self._path = path
        self._threads = options.threads or cpu_threads()
        self._evaluated: list[int] = []
        self._buffer = ctypes.create_string_buffer(1024)  # for the text of one token
        self._llm = self._open(FIRST_CONTEXT)
        if options.style:
            raise ModelError(
                "a GGUF file's prompt style is fixed when it is built", "evaluate the folder of weights instead"
            )
        self.stamp = stamp_in(self._llm.metadata, path)
        self._prefix = self._tokenize(self.stamp.prefix, special=True)
        self._suffix = self._tokenize(self.stamp.suffix, special=True)
        self._constraint = self._constrain() if options.constrained else None

    def _constrain(self) -> Constraint:
        """The grammar over the model's tokens, which are read in one loop, for there are tens of thousands."""
        api, vocab = self._api, self._llm._model.vocab
        pieces, special, ends = [], [], []
        for token in range(self._llm.n_vocab()):
            pieces.append(piece := self._piece(token))
            if api.llama_vocab_is_control(vocab, token):
                special.append(token)
            if b"\n" in piece or api.llama_vocab_is_eog(vocab, token):
                ends.append(token)
        ends.sort(key=lambda token: not api.llama_vocab_is_eog(vocab, token))
        encode = functools.partial(self._tokenize, special=False)
        return Constraint.of_pieces(pieces, ends, special, encode, slots_of(self.stamp))

    def _open(self, context: int) -> Any:
        try:
            import llama_cpp
        except ImportError:
            raise missing_package("llama-cpp-python", "llama") from None
        self._api = llama_cpp
        try:
            return llama_cpp.Llama(
                model_path=str(self._path),
                n_ctx=context,
                n_threads=self._threads,
                n_threads_batch=self._threads,
                verbose=False,
            )
        except (ValueError, RuntimeError, AssertionError) as error:
            raise ModelError(
                f"{self._path} cannot be loaded, it is corrupt or incomplete ({str(error).splitlines()[0]})",
                "build it again (nls-finetune quantize), or fetch it again",
            ) from None

    def _tokenize(self, text: str, special: bool) -> list[int]:
        return self._llm.tokenize(text.encode(), add_bos=False, special=special) if text else []

    def prompt_tokens(self, content: str) -> list[int]:
        """The tokens of the whole prompt; nothing in ``content`` is read as a special token."""
        return [*self._prefix, *self._tokenize(content, special=False), *self._suffix]

    def _fit(self, tokens: list[int], max_tokens: int) -> list[int]:
        """Make room for the prompt and its answer; a prompt beyond the model's own limit loses its end."""
        needed = len(tokens) + max_tokens
        if needed > self._llm.n_ctx():
            architecture = self._llm.metadata.get("general.architecture", "llama")
            limit = int(self._llm.metadata.get(f"{architecture}.context_length", FIRST_CONTEXT))
            self._llm.close()
            self._evaluated = []
            self._llm = self._open(min(limit, max(needed, 2 * FIRST_CONTEXT)))
        room = self._llm.n_ctx() - max_tokens - len(self._suffix)
        return tokens if len(tokens) <= room + len(self._suffix) else [*tokens[:room], *self._suffix]

    def _evaluate(self, tokens: list[int]) -> None:
        """Make the cache hold exactly ``tokens`` and the scores be those after the last; what is there is kept."""
        if tokens == self._evaluated:
            return
        shared = 0
        for known, wanted in zip(self._evaluated, tokens[:-1], strict=False):
            if known != wanted:
                break
            shared += 1
        self._evaluated = []  # so that a failure half-way leaves nothing that is believed
        self._llm.n_tokens = shared
        self._llm.eval(tokens[shared:])
        self._evaluated = list(tokens)

    def _scores(self) -> Any:
        """Scores of the last position, a view on the engine's own memory: shape (vocabulary,)."""
        import numpy

        pointer = self._api.llama_get_logits_ith(self._llm.ctx, -1)
        return numpy.ctypeslib.as_array(pointer, shape=(self._llm.n_vocab(),))

    def _ends(self, token: int) -> bool:
        if self._constraint:
            return token in self._constraint.ends
        return bool(self._api.llama_vocab_is_eog(self._llm._model.vocab, token)) or b"\n" in self._piece(token)

    def _piece(self, token: int) -> bytes:
        length = self._api.llama_token_to_piece(self._llm._model.vocab, token, self._buffer, len(self._buffer), 0, True)
        return self._buffer.raw[: max(0, length)]

    def _decode(self, prompt: list[int], max_tokens: int, walk: Walk | None, choose: Callable[..., int]) -> search.Path:
        """A continuation of ``prompt`` within ``walk``.

        ``choose(path, scores, walk)`` says the next token where there is a choice.
        """
        path = search.Path()
        while len(path.tokens) < max_tokens:
            if walk and (given := walk.forced()[: max_tokens - len(path.tokens)]):
                walk.take(given)
                path.take_forced(given)
                continue
            if walk and walk.is_finished:
                path.finished = True
                break
            self._evaluate([*prompt, *path.tokens])
            token = choose(path, self._scores(), walk)
            if self._ends(token):
                path.finished = True
                break
            path.tokens.append(token)
            if walk:
                walk.take([token])
        if walk and not path.finished:
            path.finished = walk.is_finished  # by the very last token
            path.cut(walk.accepted)
        return path

    @staticmethod
    def _best(path: search.Path, scores: Any, walk: Walk | None) -> int:
        token = walk.best(scores) if walk else int(scores.argmax())
        # Among all tokens, not only the allowed ones: a model that wanted something else is not sure of this one.
        path.log_probabilities.append(search.log_probability(scores, token))
        return token

    def _weighed(self, forced: list[int], path: search.Path, scores: Any, walk: Walk | None) -> int:
        """The next of ``forced`` tokens while there are, else the best; its probability and runner-up enter ``path``.

        That costs about 1 ms a token.
        """
        allowed = walk.masked(scores) if walk else scores
        best = forced[len(path.tokens)] if len(path.tokens) < len(forced) else int(allowed.argmax())
        self._weigh(path, scores, allowed, best)
        return best

    @staticmethod
    def _weigh(path: search.Path, scores: Any, allowed: Any, best: int) -> None:
        """Enter the chosen token's log-probability, and the best of the other ``allowed`` with its gap, into ``path``.

        The log-probability is the one that ``_best`` enters: confidence does not depend on how many are asked for.
        """
        import numpy

        path.log_probabilities.append(search.log_probability(scores, best))
        others = allowed.copy()
        others[best] = -numpy.inf
        runner_up = int(others.argmax())
        path.runners_up.append((float(allowed[best] - others[runner_up]), runner_up))

    def _text(self, path: search.Path) -> str:
        return self._llm.detokenize(path.tokens).decode("utf-8", errors="ignore").strip() if path.tokens else ""

    def generate(
        self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1, limits: Limits | None = None
    ) -> list[Completion]:
        """See ``Backend.generate``."""
        prompt = self._fit(self.prompt_tokens(content), max_tokens)
        started = time.perf_counter()
        self._evaluate(prompt)
        prefilled = time.perf_counter()

        def begun() -> Walk | None:
            return self._constraint.begin(content, limits) if self._constraint else None

        if alternatives > 1:
            paths = search.branch(
                lambda forced: self._decode(prompt, max_tokens, begun(), functools.partial(self._weighed, forced)),
                self._text,
                alternatives,
            )
        else:
            paths = [self._decode(prompt, max_tokens, begun(), self._best)]
        decoded = time.perf_counter()
        return [
            Completion(
                text=self._text(path),
                tokens=len(path.tokens) + path.dropped + path.finished,
                log_probability=path.log_probability,
                finished=path.finished,
                prompt_tokens=len(prompt),
                prefill_ms=1000 * (prefilled - started),
                decode_ms=1000 * (decoded - prefilled),
            )
            for path in paths
        ]

    def sample(
        self,
        content: str,
        temperature: float,
        seed: int,
        max_tokens: int = MAX_NEW_TOKENS,
        limits: Limits | None = None,
    ) -> Completion:
        """One random answer; ``temperature`` 1 is the model's own distribution, within what is allowed."""
        import numpy

        random = numpy.random.default_rng(seed)

        def choose(path: search.Path, scores: Any, walk: Walk | None) -> int:
            logits = (walk.masked(scores) if walk else scores) / temperature
            weights = numpy.exp(logits - logits.max(), dtype=numpy.float64).cumsum()
            return int(weights.searchsorted(random.random() * weights[-1], side="right"))

        prompt = self._fit(self.prompt_tokens(content), max_tokens)
        walk = self._constraint.begin(content, limits) if self._constraint else None
        path = self._decode(prompt, max_tokens, walk, choose)
        return Completion(self._text(path), len(path.tokens) + path.finished, None, path.finished, len(prompt))

    def generate_batch(self, contents: list[str], max_tokens: int = MAX_NEW_TOKENS) -> list[Completion]:
        """One after the other: on few cores, batching gains llama.cpp little."""
        return [self.generate(content, max_tokens)[0] for content in contents]

    def close(self) -> None:
        """Free the model and its cache."""
        self._llm.close()

"""llama.cpp in this process, on a GGUF file.

Only the last position's scores are ever read, in place. What two prompts share at their beginning stays in the
key-value cache from one call to the next.
"""

import functools
import time
from pathlib import Path
from typing import Any

from nlsq.artifacts import GGUF_PREFIX, LLAMA_CPP
from nlsq.backends import Completion, Options, search
from nlsq.environment import cpu_threads
from nlsq.errors import ModelError, missing_package
from nlsq.prompt import MAX_NEW_TOKENS, PromptStamp

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
        self._llm = self._open(FIRST_CONTEXT)
        if options.style:
            raise ModelError(
                "a GGUF file's prompt style is fixed when it is built", "evaluate the folder of weights instead"
            )
        self.stamp = stamp_in(self._llm.metadata, path)
        self._prefix = self._tokenize(self.stamp.prefix, special=True)
        self._suffix = self._tokenize(self.stamp.suffix, special=True)

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
        return bool(self._api.llama_vocab_is_eog(self._llm._model.vocab, token)) or b"\n" in self._llm.detokenize(
            [token]
        )

    def _greedy(self, prompt: list[int], forced: list[int], max_tokens: int, weigh: bool) -> search.Path:
        """Greedy path after ``forced``; ``weigh`` keeps probabilities and runners-up, which cost about 1 ms a token."""

        path = search.Path()
        tokens = list(prompt)
        self._evaluate(tokens)
        while len(path.tokens) < max_tokens:
            scores = self._scores()
            best = forced[len(path.tokens)] if len(path.tokens) < len(forced) else int(scores.argmax())
            if weigh:
                self._weigh(path, scores, best)
            if self._ends(best):
                path.finished = True
                break
            path.tokens.append(best)
            tokens.append(best)
            self._evaluate(tokens)
        return path

    @staticmethod
    def _weigh(path: search.Path, scores: Any, best: int) -> None:
        """Enter the chosen token's log-probability, and the best of the others with its gap, into ``path``."""
        import numpy

        top = float(scores.max())
        log_sum = top + float(numpy.log(numpy.exp(scores - top).sum()))
        path.log_probabilities.append(float(scores[best]) - log_sum)
        others = scores.copy()
        others[best] = -numpy.inf
        runner_up = int(others.argmax())
        path.runners_up.append((float(scores[best] - scores[runner_up]), runner_up))

    def _text(self, path: search.Path) -> str:
        return self._llm.detokenize(path.tokens).decode("utf-8", errors="ignore").strip() if path.tokens else ""

    def generate(self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1) -> list[Completion]:
        """See ``Backend.generate``."""
        prompt = self._fit(self.prompt_tokens(content), max_tokens)
        started = time.perf_counter()
        self._evaluate(prompt)
        prefilled = time.perf_counter()
        if alternatives > 1:
            greedy = functools.partial(self._greedy, prompt, max_tokens=max_tokens, weigh=True)
            paths = search.branch(greedy, self._text, alternatives)
        else:
            paths = [self._greedy(prompt, [], max_tokens, False)]
        decoded = time.perf_counter()
        return [
            Completion(
                text=self._text(path),
                tokens=len(path.tokens) + path.finished,
                log_probability=path.log_probability if alternatives > 1 else None,
                finished=path.finished,
                prompt_tokens=len(prompt),
                prefill_ms=1000 * (prefilled - started),
                decode_ms=1000 * (decoded - prefilled),
            )
            for path in paths
        ]

    def generate_batch(self, contents: list[str], max_tokens: int = MAX_NEW_TOKENS) -> list[Completion]:
        """One after the other: on few cores, batching gains llama.cpp little."""
        return [self.generate(content, max_tokens)[0] for content in contents]

    def close(self) -> None:
        """Free the model and its cache."""
        self._llm.close()

"""Hugging Face transformers, on a folder of plain or bitsandbytes-quantised weights."""

import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from nlsq.artifacts import STAMP_FILE, TRANSFORMERS
from nlsq.backends import Completion, Options, search
from nlsq.backends.constraint import Constraint, Walk, slots_of
from nlsq.errors import ModelError, missing_package
from nlsq.files import read_json
from nlsq.prompt import MAX_NEW_TOKENS, PromptStamp, stamp_for, style_named
from nlsq.query.grammar import Limits


def encode(tokenizer: Any, text: str, special: bool) -> list[int]:
    """Token ids of ``text``, nothing added; ``special=False`` reads what looks like a special token as text."""
    if not text:
        return []
    inner = tokenizer.backend_tokenizer
    before = inner.encode_special_tokens
    inner.encode_special_tokens = not special
    try:
        return list(inner.encode(text, add_special_tokens=False).ids)
    finally:
        inner.encode_special_tokens = before


def _since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


class _GrammarProcessor:
    """Keeps each row of a batch inside of the grammar; what transformers calls a logits processor.

    ``width``: of the prompts. ``weigh``: the scores themselves matter, not only which one is the best.
    """

    def __init__(self, walks: list[Walk], ends: Collection[int], width: int, weigh: bool):
        self._walks, self._ends, self._width, self._weigh = walks, frozenset(ends), width, weigh
        self._ended = [False] * len(walks)

    def __call__(self, ids: Any, scores: Any) -> Any:
        """``scores``, shape (rows, vocabulary), minus infinity where a token may not come next and that matters."""
        import torch

        if ids.shape[1] > self._width:
            self.take(ids[:, -1].tolist())
        for row, walk in enumerate(self._walks):
            if self._ended[row]:
                continue
            if not self._weigh and not walk.leans and walk.allows(int(scores[row].argmax())):
                continue  # the best one is chosen, whatever the others are
            scores[row] = torch.from_numpy(walk.masked(scores[row].float().cpu().numpy())).to(scores)
        return scores

    def take(self, tokens: list[int]) -> None:
        """Enter the newest token of each row."""
        for row, (walk, token) in enumerate(zip(self._walks, tokens, strict=True)):
            self._ended[row] = self._ended[row] or token in self._ends
            if not self._ended[row]:
                walk.take([token])


class TransformersBackend:
    """Greedy generation with ``model.generate``; on a GPU where there is one."""

    name = TRANSFORMERS

    def __init__(self, path: Path, options: Options):
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise missing_package(error.name or "transformers", "pipeline") from None
        self._torch = torch
        if options.threads:
            torch.set_num_threads(options.threads)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(path)
            self._model = AutoModelForCausalLM.from_pretrained(path, dtype="auto")
        except Exception as error:  # noqa: BLE001 - each format has its own exceptions; all mean the same here
            raise ModelError(
                f"{path} cannot be loaded, it is corrupt or incomplete ({str(error).splitlines()[0]})",
                "make it again with its stage (nls-finetune merge or quantize)",
            ) from None
        self._model.eval()
        if not getattr(self._model, "is_quantized", False):
            self._model.to(self._device)
        self.stamp = self._stamp(path, options.style)
        self._prefix = encode(self._tokenizer, self.stamp.prefix, special=True)
        self._suffix = encode(self._tokenizer, self.stamp.suffix, special=True)
        self._stops = self._stop_tokens()
        self._constraint: Constraint | None = None
        if options.constrained:
            ends = sorted(self._stops, key=lambda token: token != self._tokenizer.eos_token_id)
            self._constraint = Constraint.of_hugging_face(self._tokenizer, ends, slots_of(self.stamp))

    def _stamp(self, path: Path, style: str | None) -> PromptStamp:
        if style:
            return stamp_for(style_named(style), self._tokenizer)
        file = path / STAMP_FILE
        if not file.is_file():
            raise ModelError(
                f"{path} carries no prompt stamp ({STAMP_FILE})",
                "an untrained model can only be judged: nls-finetune eval run --style few-shot",
            )
        return PromptStamp.from_json(read_json(file).get("prompt"), path)

    def _stop_tokens(self) -> list[int]:
        """The end tokens, and every token with a line break in it: an answer has one line."""
        ends = self._model.generation_config.eos_token_id
        ends = [ends] if isinstance(ends, int) else list(ends or [])
        if self._tokenizer.eos_token_id is None:
            raise ModelError("the tokenizer names no end token", "set eos_token in its tokenizer_config.json")
        ends.append(self._tokenizer.eos_token_id)
        # A byte-level vocabulary writes the line break as U+010A.
        ends += [number for piece, number in self._tokenizer.get_vocab().items() if "\u010a" in piece or "\n" in piece]
        return sorted(set(ends))

    def prompt_tokens(self, content: str) -> list[int]:
        """The tokens of the whole prompt; nothing in ``content`` is read as a special token."""
        return [*self._prefix, *encode(self._tokenizer, content, special=False), *self._suffix]

    def _run(
        self,
        prompts: list[list[int]],
        max_tokens: int,
        walks: list[Walk],
        scores: bool = False,
        temperature: float | None = None,
    ) -> tuple[Any, Any]:
        """Continuation of left-padded prompts: ``(new ids, scores or None)``.

        ``walks``: one a prompt, or none. Greedy without a ``temperature``.
        """
        torch = self._torch
        width = max(map(len, prompts))
        ids = torch.full((len(prompts), width), self._stops[0], device=self._model.device)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, width - len(prompt) :] = torch.tensor(prompt, device=ids.device)
            mask[row, width - len(prompt) :] = 1
        weigh = scores or temperature is not None
        processor = _GrammarProcessor(walks, self._stops, width, weigh) if walks else None
        sampling: dict[str, Any] = {"do_sample": False}
        if temperature is not None:
            sampling = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max_tokens,
                **sampling,
                eos_token_id=self._stops,
                pad_token_id=self._stops[0],
                return_dict_in_generate=True,
                output_scores=scores,
                logits_processor=[processor] if processor else None,
            )
        if processor and out.sequences.shape[1] > width:
            processor.take(out.sequences[:, -1].tolist())
        return out.sequences[:, width:], out.scores if scores else None

    def _walks(self, contents: list[str], limits: Limits | None = None) -> list[Walk]:
        """A beginning for the answer to each of ``contents``; none where answers are free."""
        return [self._constraint.begin(content, limits) for content in contents] if self._constraint else []

    def _greedy(self, prompt: list[int], forced: list[int], max_tokens: int, walks: list[Walk]) -> search.Path:
        """Greedy path after ``forced``, with probabilities and runners-up."""
        path = search.Path()
        self._replay(path, prompt, forced, walks)
        if not path.finished and len(path.tokens) < max_tokens:
            new, scores = self._run([[*prompt, *forced]], max_tokens - len(forced), walks, scores=True)
            for token, row in zip(new[0].tolist(), scores, strict=False):
                if self._enter(path, token, row[0]):
                    break
        if walks and not path.finished:
            path.cut(walks[0].accepted)
        return path

    def _replay(self, path: search.Path, prompt: list[int], forced: list[int], walks: list[Walk]) -> None:
        """Enter tokens that are given, with their probabilities."""
        if not forced:
            return
        with self._torch.inference_mode():
            ids = self._torch.tensor([[*prompt, *forced]], device=self._model.device)
            rows = self._model(ids).logits[0, len(prompt) - 1 : -1].float().cpu()
        for token, row in zip(forced, rows, strict=True):
            scores = self._torch.from_numpy(walks[0].masked(row.numpy())) if walks else row
            if not self._enter(path, token, scores) and walks:
                walks[0].take([token])

    def _enter(self, path: search.Path, token: int, scores: Any) -> bool:
        """Enter a token with its log-probability and its runner-up; true when it ends the answer."""
        logs = scores.float().log_softmax(-1)
        top = logs.topk(2)
        path.log_probabilities.append(float(logs[token]))
        path.runners_up.append((float(top.values[0] - top.values[1]), int(top.indices[1])))
        path.finished = token in self._stops
        if not path.finished:
            path.tokens.append(token)
        return path.finished

    def _text(self, path: search.Path) -> str:
        return self._tokenizer.decode(path.tokens, skip_special_tokens=True).strip()

    def generate(
        self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1, limits: Limits | None = None
    ) -> list[Completion]:
        """See ``Backend.generate``. Prefill and decoding are not told apart."""
        prompt = self.prompt_tokens(content)
        started = time.perf_counter()
        if alternatives <= 1:
            answer = self._answers([prompt], max_tokens, self._walks([content], limits))[0]
            return [replace(answer, decode_ms=_since(started))]
        paths = search.branch(
            lambda forced: self._greedy(prompt, forced, max_tokens, self._walks([content], limits)),
            self._text,
            alternatives,
        )
        elapsed = _since(started)
        return [
            Completion(
                text=self._text(path),
                tokens=len(path.tokens) + path.dropped + path.finished,
                log_probability=path.log_probability,
                finished=path.finished,
                prompt_tokens=len(prompt),
                decode_ms=elapsed,
            )
            for path in paths
        ]

    def generate_batch(self, contents: list[str], max_tokens: int = MAX_NEW_TOKENS) -> list[Completion]:
        """All of ``contents`` in one padded batch; probabilities are not computed."""
        prompts = [self.prompt_tokens(content) for content in contents]
        return self._answers(prompts, max_tokens, self._walks(contents))

    def sample_batch(
        self, contents: list[str], temperature: float, seed: int, max_tokens: int = MAX_NEW_TOKENS
    ) -> list[Completion]:
        """One random answer to each of ``contents``; ``temperature`` 1 is the model's own distribution."""
        self._torch.manual_seed(seed)
        prompts = [self.prompt_tokens(content) for content in contents]
        return self._answers(prompts, max_tokens, self._walks(contents), temperature)

    def _answers(
        self, prompts: list[list[int]], max_tokens: int, walks: list[Walk], temperature: float | None = None
    ) -> list[Completion]:
        new, _ = self._run(prompts, max_tokens, walks, temperature=temperature)
        stops = set(self._stops)
        completions = []
        for number, (prompt, row) in enumerate(zip(prompts, new.tolist(), strict=True)):
            end = next((place for place, token in enumerate(row) if token in stops), len(row))
            finished = end < len(row)
            kept = walks[number].accepted if walks and not finished else end
            text = self._tokenizer.decode(row[:kept], skip_special_tokens=True).strip()
            completions.append(Completion(text, end + finished, None, finished, len(prompt)))
        return completions

    def close(self) -> None:
        """Free the model."""
        self._model = None
        if self._device == "cuda":
            self._torch.cuda.empty_cache()

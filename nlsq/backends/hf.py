"""Hugging Face transformers, on a folder of plain or bitsandbytes-quantised weights."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from nlsq.artifacts import STAMP_FILE, TRANSFORMERS
from nlsq.backends import Completion, Options, search
from nlsq.errors import ModelError, missing_package
from nlsq.files import read_json
from nlsq.prompt import MAX_NEW_TOKENS, PromptStamp, stamp_for, style_named


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
        ends.append(self._tokenizer.eos_token_id)
        # A byte-level vocabulary writes the line break as U+010A.
        ends += [number for piece, number in self._tokenizer.get_vocab().items() if "\u010a" in piece or "\n" in piece]
        return sorted(set(ends))

    def prompt_tokens(self, content: str) -> list[int]:
        """The tokens of the whole prompt; nothing in ``content`` is read as a special token."""
        return [*self._prefix, *encode(self._tokenizer, content, special=False), *self._suffix]

    def _run(self, prompts: list[list[int]], max_tokens: int, scores: bool = False) -> tuple[Any, Any]:
        """Greedy continuation of left-padded prompts: ``(new ids, scores or None)``."""
        torch = self._torch
        width = max(map(len, prompts))
        ids = torch.full((len(prompts), width), self._stops[0], device=self._model.device)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, width - len(prompt) :] = torch.tensor(prompt, device=ids.device)
            mask[row, width - len(prompt) :] = 1
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max_tokens,
                do_sample=False,
                eos_token_id=self._stops,
                pad_token_id=self._stops[0],
                return_dict_in_generate=True,
                output_scores=scores,
            )
        return out.sequences[:, width:], out.scores if scores else None

    def _greedy(self, prompt: list[int], forced: list[int], max_tokens: int) -> search.Path:
        """Greedy path after ``forced``, with probabilities and runners-up."""
        torch = self._torch
        path = search.Path(tokens=list(forced))
        if forced:
            with torch.inference_mode():
                ids = torch.tensor([[*prompt, *forced]], device=self._model.device)
                known = self._model(ids).logits[0, len(prompt) - 1 : -1].float().log_softmax(-1)
            path.log_probabilities = [float(known[place, token]) for place, token in enumerate(forced)]
            path.runners_up = [(0.0, token) for token in forced]
            if forced[-1] in self._stops:
                path.tokens.pop()
                path.finished = True
        if path.finished or len(path.tokens) >= max_tokens:
            return path
        new, scores = self._run([[*prompt, *forced]], max_tokens - len(forced), scores=True)
        for token, row in zip(new[0].tolist(), scores, strict=False):
            logs = row[0].float().log_softmax(-1)
            top = logs.topk(2)
            path.log_probabilities.append(float(logs[token]))
            path.runners_up.append((float(top.values[0] - top.values[1]), int(top.indices[1])))
            if token in self._stops:
                path.finished = True
                break
            path.tokens.append(token)
        return path

    def _text(self, path: search.Path) -> str:
        return self._tokenizer.decode(path.tokens, skip_special_tokens=True).strip()

    def generate(self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1) -> list[Completion]:
        """See ``Backend.generate``. Prefill and decoding are not told apart."""
        prompt = self.prompt_tokens(content)
        started = time.perf_counter()
        if alternatives <= 1:
            return [replace(self.generate_batch([content], max_tokens)[0], decode_ms=_since(started))]
        paths = search.branch(lambda forced: self._greedy(prompt, forced, max_tokens), self._text, alternatives)
        elapsed = _since(started)
        return [
            Completion(
                text=self._text(path),
                tokens=len(path.tokens) + path.finished,
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
        new, _ = self._run(prompts, max_tokens)
        stops = set(self._stops)
        completions = []
        for prompt, row in zip(prompts, new.tolist(), strict=True):
            end = next((place for place, token in enumerate(row) if token in stops), len(row))
            text = self._tokenizer.decode(row[:end], skip_special_tokens=True).strip()
            completions.append(Completion(text, end + (end < len(row)), None, end < len(row), len(prompt)))
        return completions

    def close(self) -> None:
        """Free the model."""
        self._model = None
        if self._device == "cuda":
            self._torch.cuda.empty_cache()

"""An engine without a model: known answers after known times. The truth that tests of measuring are held against."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from nlsq.artifacts import FAKE
from nlsq.backends import Completion
from nlsq.errors import UserError
from nlsq.prompt import MAX_NEW_TOKENS, STYLES, PromptStamp
from nlsq.query.grammar import Limits


@dataclass
class FakeBackend:
    """Answers from ``answers`` (else ``answer``), after the given milliseconds.

    ``first_ms`` is the first call's time, ``request_ms`` the others', ``slow_ms`` that of every ``slow_every``-th;
    every ``fail_every``-th call raises ``RuntimeError``.
    """

    answer: str = "lang:python"
    answers: Mapping[str, str] = field(default_factory=dict)
    load_ms: float = 0.0
    first_ms: float | None = None
    request_ms: float = 0.0
    slow_every: int = 0
    slow_ms: float = 0.0
    fail_every: int = 0
    name: str = FAKE

    def __post_init__(self) -> None:
        style = STYLES["bare"]
        self.stamp = PromptStamp(style.name, style.version, style.hash, "", "\n")
        self.calls = 0
        time.sleep(self.load_ms / 1000)

    @classmethod
    def from_text(cls, text: str) -> "FakeBackend":
        """A fake from ``fake:load_ms=50,request_ms=20,answer=lang:go``."""
        options = {}
        for part in filter(None, text.partition(":")[2].split(",")):
            key, equals, value = part.partition("=")
            if key not in cls.__dataclass_fields__ or not equals or key in ("answers", "name"):
                raise UserError(
                    f"{part!r} is no setting of the fake backend", "for example fake:load_ms=50,request_ms=20"
                )
            options[key] = value if key == "answer" else int(value) if key.endswith("every") else float(value)
        return cls(**options)  # type: ignore[arg-type]

    def _time_ms(self) -> float:
        if self.calls == 1 and self.first_ms is not None:
            return self.first_ms
        return self.slow_ms if self.slow_every and self.calls % self.slow_every == 0 else self.request_ms

    def generate(
        self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1, limits: Limits | None = None
    ) -> list[Completion]:
        """The scripted answer, and numbered variants of it as alternatives."""
        self.calls += 1
        time.sleep(self._time_ms() / 1000)
        if self.fail_every and self.calls % self.fail_every == 0:
            raise RuntimeError("the fake engine fails as told")
        text = self.answers.get(content, self.answer)
        texts = [text, *(f"{text} {number}" for number in range(2, alternatives + 1))]
        return [
            Completion(text, len(text.split()) + 1, -float(rank), True, len(content.split()))
            for rank, text in enumerate(texts)
        ]

    def generate_batch(self, contents: list[str], max_tokens: int = MAX_NEW_TOKENS) -> list[Completion]:
        """One after the other."""
        return [self.generate(content, max_tokens)[0] for content in contents]

    def close(self) -> None:
        """Nothing to free."""

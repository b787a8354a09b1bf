"""An engine without a model: the rules of ``nlsq.rules``, the baseline that a trained model has to beat."""

import time

from nlsq.artifacts import RULES
from nlsq.backends import Completion
from nlsq.prompt import MAX_NEW_TOKENS, STYLES, PromptStamp
from nlsq.query.grammar import Limits
from nlsq.rules import template


class RulesBackend:
    """Translates by rules; there is one answer to a request, and nothing is measured in tokens."""

    name = RULES

    def __init__(self) -> None:
        style = STYLES["reading"]
        self.stamp = PromptStamp(style.name, style.version, style.hash, "", "\n")

    def generate(
        self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1, limits: Limits | None = None
    ) -> list[Completion]:
        """The one answer; rules have no others, and what they write is copied or of the query language anyway."""
        started = time.perf_counter()
        text = template(content)
        elapsed = 1000 * (time.perf_counter() - started)
        return [Completion(text, len(text.split()), None, True, len(content.split()), decode_ms=elapsed)]

    def generate_batch(self, contents: list[str], max_tokens: int = MAX_NEW_TOKENS) -> list[Completion]:
        """One after the other."""
        return [self.generate(content, max_tokens)[0] for content in contents]

    def close(self) -> None:
        """Nothing to free."""

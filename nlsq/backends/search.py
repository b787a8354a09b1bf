"""Alternatives to a greedy answer, the same way for every engine.

The greedy answer is followed by answers that take the runner-up at those places where the model hesitated most, and go
on greedily from there. Deterministic, and cheap on engines that keep the shared beginning in their cache.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Path:
    """A greedy continuation: its tokens, their log-probabilities, and at each place the runner-up and its gap."""

    tokens: list[int] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)
    runners_up: list[tuple[float, int]] = field(default_factory=list)
    finished: bool = False
    dropped: int = 0  # tokens that were generated and do not count

    @property
    def log_probability(self) -> float:
        """Log-probability of the whole answer."""
        return sum(self.log_probabilities)

    def take_forced(self, tokens: list[int]) -> None:
        """Add tokens that nothing else could stand for: they are certain, and have no runner-up."""
        self.tokens += tokens
        self.log_probabilities += [0.0] * len(tokens)
        self.runners_up += [(math.inf, token) for token in tokens]

    def cut(self, length: int) -> None:
        """Keep the first ``length`` tokens."""
        self.dropped = len(self.tokens) - length
        del self.tokens[length:], self.log_probabilities[length:], self.runners_up[length:]


def log_probability(scores: Any, token: int) -> float:
    """The log-probability of ``token`` under ``scores``, a NumPy array of shape (vocabulary,)."""
    import numpy

    top = float(scores.max())
    return float(scores[token]) - top - float(numpy.log(numpy.exp(scores - top).sum()))


def branch(greedy: Callable[[list[int]], Path], text: Callable[[Path], str], count: int) -> list[Path]:
    """Up to ``count`` paths with different texts: the greedy one, then the others by log-probability, cut ones last.

    ``greedy(forced)`` continues after the forced first tokens, which are part of the path it returns.
    """
    first = greedy([])
    places = sorted(range(len(first.runners_up)), key=lambda place: first.runners_up[place][0])
    places = [place for place in places if math.isfinite(first.runners_up[place][0])]
    others: list[Path] = []
    seen = {text(first)}
    for place in places:
        if len(others) >= count - 1:
            break
        path = greedy([*first.tokens[:place], first.runners_up[place][1]])
        if text(path) and text(path) not in seen:
            seen.add(text(path))
            others.append(path)
    return [first, *sorted(others, key=lambda path: (not path.finished, -path.log_probability))]

"""How sure a model is of an answer: what share of answers with such a log-probability is right.

The constants are fitted on answers to validation requests (``recipes/calibrate.py``) and lie beside the model:
``edge.json`` of ``edge.gguf``, under ``confidence``. A model without them tells no confidence.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlsq.artifacts import sidecar
from nlsq.errors import ModelError

_STEEPEST = 700.0  # exp() of more is no number


@dataclass(frozen=True)
class Calibration:
    """P(right) = sigmoid(intercept + slope * log-probability + length * tokens); log-probabilities in nats."""

    intercept: float
    slope: float
    length: float = 0.0

    def confidence(self, log_probability: float, tokens: int) -> float:
        """The confidence, 0 to 1, in an answer of ``tokens`` tokens, the end among them, with this log-probability."""
        score = self.intercept + self.slope * log_probability + self.length * tokens
        return 1 / (1 + math.exp(-max(-_STEEPEST, min(_STEEPEST, score))))

    def to_json(self) -> dict[str, float]:
        """Plain data, for sidecars."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any, where: object) -> "Calibration":
        """The constants in ``value``; keys beside them are for people. Raises ``ModelError`` when one is no number."""
        try:
            found = cls(*(float(value.get(key, 0.0) if key == "length" else value[key]) for key in asdict(cls(0, 0))))
        except (AttributeError, KeyError, TypeError, ValueError):
            found = None
        if found is None or not all(map(math.isfinite, asdict(found).values())):
            raise ModelError(
                f"{where} has malformed constants of confidence", "ship the model again, or fetch it again"
            )
        return found


def calibration_of(model: Path) -> Calibration | None:
    """The constants beside a GGUF file; None where there are none. Raises ``ModelError`` when they are malformed."""
    facts = sidecar(model).get("confidence") if model.suffix == ".gguf" else None
    return None if facts is None else Calibration.from_json(facts, model.with_suffix(".json"))

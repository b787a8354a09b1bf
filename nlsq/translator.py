"""From a request in plain English to a Sourcegraph query."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlsq import artifacts, backends
from nlsq.backends import Backend, Completion, Options
from nlsq.confidence import calibration_of
from nlsq.errors import UserError
from nlsq.prompt import STYLES, render_content, require_request
from nlsq.query import WARNING, Finding, canonical, check, is_valid
from nlsq.query.grammar import Limits

if TYPE_CHECKING:
    from nlsq.reading.reader import Reading

MAX_ALTERNATIVES = 10


@dataclass(frozen=True)
class Timings:
    """Where the time of one translation went, in milliseconds; ``None`` where the engine does not tell."""

    total_ms: float
    prefill_ms: float | None
    decode_ms: float | None
    prompt_tokens: int
    new_tokens: int


@dataclass(frozen=True)
class Translation:
    """An answer: the query, other readings of the request (most probable first), what ``check`` says, and the times.

    ``confidence``: how probably the query is right, 0 to 1; None for a model whose confidence was not calibrated.
    ``log_probability``: of the query as the model wrote it, in nats; None where the engine does not tell.
    """

    query: str
    alternatives: tuple[str, ...]
    findings: tuple[Finding, ...]
    timings: Timings
    confidence: float | None = None
    log_probability: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data, as ``nlsq --json`` prints it."""
        return asdict(self)


def today_or_error(today: str | date | None) -> str:
    """``today`` as an ISO date; the machine's date when it is None."""
    if today is None:
        return date.today().isoformat()
    try:
        return date.fromisoformat(str(today)).isoformat()
    except ValueError:
        raise UserError(f"{today!r} is no date", "write it as 2026-03-14") from None


@dataclass(frozen=True)
class _Asked:
    """One request made ready: what the model sees, what may be copied, and how slots are filled; or the answer."""

    content: str = ""
    copied: str = ""
    repositories: tuple[str, ...] = ()
    reading: "Reading | None" = None
    query: str = ""


class Translator:
    """A loaded model that translates. Safe to share between threads: one translation runs at a time."""

    def __init__(self, backend: Backend, artifact: artifacts.Artifact | None = None, constrained: bool = True):
        self.backend = backend
        self.artifact = artifact
        self.constrained = constrained
        self._calibration = calibration_of(artifact.path) if artifact else None
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        backend: str | None = None,
        *,
        threads: int | None = None,
        style: str | None = None,
        constrained: bool = True,
    ) -> "Translator":
        """Load a model.

        ``model``: a GGUF file, a folder of weights, a run's name, ``run:build``, or None for the shipped model (or
        the latest run where none is shipped). ``backend``: ``llama.cpp``, ``transformers`` or ``fake``; None for the
        model's own. ``style``: the prompt style for a model without a stamp. ``constrained``: the model can only write
        queries without a finding, and they come in canonical form. Raises ``UserError``.
        """
        artifact = artifacts.find(model)
        artifacts.require_engine(backend or artifact.backend, artifact.path)
        options = Options(threads=threads, style=style, constrained=constrained)
        return cls(backends.load(backend or artifact.backend, artifact.path, options), artifact, constrained)

    def translate(
        self,
        request: str,
        today: str | date | None = None,
        repositories: Iterable[str] = (),
        alternatives: int = 1,
        copy_only: bool = False,
    ) -> Translation:
        """Translate one request.

        ``today``: what "this week" is counted from (the machine's date when None). ``repositories``: candidates' full
        names, most likely first. ``alternatives``: how many readings to return in all, the query included.
        ``copy_only``: terms and names can only be copied out of the request, and ``repo:`` is a candidate or a name of
        the request; that needs a constrained model, and a grammar is compiled for it, in about 20 ms.
        Raises ``RequestError`` on a blank or over-long request.
        """
        started = time.perf_counter()
        asked = self._asked(request, today, tuple(repositories))
        if copy_only and not self.constrained:
            raise UserError("a free model cannot be held to copies", "load it constrained, or leave out copy_only")
        if asked.query:
            given = [Completion(asked.query, 0, 0.0, True)]
            return _translation(given, 1000 * (time.perf_counter() - started), confidence=1.0)
        limits = Limits(asked.copied, asked.repositories) if copy_only else None
        count = max(1, min(alternatives, MAX_ALTERNATIVES))
        with self._lock:
            completions = self.backend.generate(asked.content, alternatives=count, limits=limits)
        different: dict[str, Completion] = {}  # two readings may be one in canonical form
        for one in completions:
            finished = replace(one, text=self._finished(one.text, asked))
            different.setdefault(finished.text, finished)
        elapsed = 1000 * (time.perf_counter() - started)
        return _translation(list(different.values()), elapsed, self._confidence(completions[0]))

    def answers(self, requests: Iterable[tuple[str, str | date | None, Sequence[str]]]) -> list[str]:
        """The query for each ``(request, today, repositories)``, all at once where the engine gains from that."""
        asked = [self._asked(request, today, tuple(repositories)) for request, today, repositories in requests]
        contents = [one.content for one in asked if not one.query]
        with self._lock:
            completions = iter(self.backend.generate_batch(contents) if contents else [])
        return [one.query or self._finished(next(completions).text, one) for one in asked]

    def _asked(self, request: str, today: str | date | None, repositories: tuple[str, ...]) -> "_Asked":
        """What the model is asked, or the answer where it need not be asked."""
        day = today_or_error(today)
        line = require_request(request)
        if not STYLES[self.backend.stamp.style].reading_version:
            return _Asked(render_content(request, day, repositories), line, repositories)
        from nlsq.reading.reader import read
        from nlsq.reading.typed import is_query

        whole = request.strip()
        if is_query(whole):
            return _Asked(query=whole)
        reading = read(line, date.fromisoformat(day), repositories)
        return _Asked(reading.text, reading.text, (), reading)

    def _finished(self, text: str, asked: "_Asked") -> str:
        """The answer in canonical form; slots are filled, and what is then no clean query is mended."""
        if asked.reading is not None:
            from nlsq.reading.finishing import finished

            return finished(text, asked.reading)
        if not self.constrained:
            return text
        # What the grammar leaves open is idle quotes and repetitions.
        return canonical(text) if is_valid(text) else text

    def _confidence(self, answer: Completion) -> float | None:
        if self._calibration is None or answer.log_probability is None:
            return None
        return self._calibration.confidence(answer.log_probability, answer.tokens)

    def close(self) -> None:
        """Free the model."""
        self.backend.close()


def _translation(completions: list[Completion], total_ms: float, confidence: float | None) -> Translation:
    first = completions[0]
    findings = check(first.text)
    if not first.text:
        findings.append(Finding(WARNING, "the model gave no answer", 0, 0))
    elif not first.finished:
        end = len(first.text)
        findings.append(Finding(WARNING, "the answer was cut at the token limit", end, end))
    return Translation(
        query=first.text,
        alternatives=tuple(completion.text for completion in completions[1:]),
        findings=tuple(findings),
        timings=Timings(total_ms, first.prefill_ms, first.decode_ms, first.prompt_tokens, first.tokens),
        confidence=confidence,
        log_probability=first.log_probability,
    )

"""Coverage-guided fuzzing of the query language: random texts that keep what reaches new code and change it further.

    python -m dev.fuzz --minutes 60

What must hold for every text: nothing raises but ``QueryError``, places lie inside the text, ``canonical`` is
idempotent and means the same, and no text takes longer than a bound. Needs the package
atheris, which runs in a process of its own: what ends that process is a finding, too. Each finding is made as small
as it goes and printed as a Python string. Exit 1 when there is one.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import IO

import click

from nlsq import console, paths
from nlsq.errors import EXIT_INTERRUPTED, EXIT_NO, UserError

MAX_LENGTH = 10_000
PATTERN_TYPES = ("keyword", "standard", "literal", "regexp", "structural")
WORKER = """
import atheris
with atheris.instrument_imports(include=["nlsq.query"]):
    import nlsq.query.explaining
from dev import fuzz
fuzz.work()
"""
FOLDER_VARIABLE, BOUND_VARIABLE = "NLSQ_FUZZ_FOLDER", "NLSQ_FUZZ_BOUND"
HANG_S = 60  # libFuzzer's own bound: the instrumented code is several times slower, and machines are shared
KEPT_OF_A_KIND = 20  # candidates of one broken property that one process writes down
SHOWN_OF_A_KIND = 5  # the smallest ones of them are made smaller and shown
MINIMISING_S = 20.0  # per finding
REPORT_S = 30.0
_PROGRESS = re.compile(r"#(\d+)\s+(?:NEW|REDUCE|RELOAD|pulse|DONE|INITED)\b.*?ft: (\d+)")


# ---- what must hold


class TooSlowError(BaseException):
    """The time is over. Not an ``Exception``, so that nothing on the way takes it for a fault of the code."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise ``TooSlowError`` in what runs longer than ``seconds`` of its own processor time."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def fault(text: str, pattern_type: str = "keyword") -> str:
    """The first property that ``text`` breaks, in a few words that are equal for equal faults; empty for none."""
    return _parser_fault(text, pattern_type) or _check_fault(text, pattern_type) or _meaning_fault(text)


def _parser_fault(text: str, pattern_type: str) -> str:
    from nlsq.query import QueryError, parse
    from nlsq.query.tree import leaves

    try:
        tree = parse(text, pattern_type)
    except QueryError as error:
        return "" if 0 <= error.start <= error.end <= len(text) else "parse: a QueryError outside of the text"
    except Exception as error:  # noqa: BLE001
        return _raised("parse", error)
    spans = [node.span for node in leaves(tree)] if tree else []
    inside = all(0 <= span.start <= span.end <= len(text) for span in spans)
    return "" if inside else "parse: a span outside of the text"


def _check_fault(text: str, pattern_type: str) -> str:
    from nlsq.query import check

    try:
        findings = check(text, pattern_type)
    except Exception as error:  # noqa: BLE001
        return _raised("check", error)
    inside = all(0 <= finding.start <= finding.end <= len(text) for finding in findings)
    return "" if inside else "check: a finding outside of the text"


def _meaning_fault(text: str) -> str:
    from nlsq.query import QueryError, canonical, equivalent, explain, key

    step = "key"
    try:
        known = key(text)
        step = "explain"
        explain(text)
        step = "canonical"
        written = canonical(text)
        if written == text:
            return ""
        if canonical(written) != written:
            return "canonical: not idempotent"
        step = "equivalent"
        if not equivalent(text, written):
            return "canonical: means another thing"
        return "" if key(written) == known else "key: another one of the canonical form"
    except QueryError as error:
        return "" if step in ("explain", "canonical") else _raised(step, error)
    except Exception as error:  # noqa: BLE001
        return _raised(step, error)


def _raised(step: str, error: Exception) -> str:
    return f"{step}: raises {type(error).__name__}"


def broken(text: str, pattern_type: str, bound_s: float) -> str:
    """As ``fault``; a text that takes longer than ``bound_s`` seconds of processor time is one, too."""
    try:
        with at_most(bound_s):
            return fault(text, pattern_type)
    except TooSlowError:
        return "slow"


def pattern_type_for(data: bytes) -> str:
    """The pattern type under which an input is tried: by its length, so that both processes take the same."""
    return PATTERN_TYPES[len(data) % len(PATTERN_TYPES)]


def decoded(data: bytes) -> str:
    """The text of an input."""
    return data.decode("utf-8", errors="ignore")[:MAX_LENGTH]


# ---- the process that fuzzes


def work() -> None:
    """Fuzz until libFuzzer's time is over; faults are written down, and the work goes on."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    folder, bound_s = Path(os.environ[FOLDER_VARIABLE]), float(os.environ[BOUND_VARIABLE])
    counts: dict[str, int] = {}

    def one_input(data: bytes) -> None:
        kind = pattern_type_for(data)
        found = broken(decoded(data), kind, bound_s)
        if found and counts.setdefault(found, 0) < KEPT_OF_A_KIND:
            counts[found] += 1
            _write_candidate(folder, data)

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


def _write_candidate(folder: Path, data: bytes) -> None:
    (folder / "candidates" / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


# ---- the process that watches


class _Watcher:
    """Starts the fuzzing process again until the time is over, and counts its inputs."""

    def __init__(self, folder: Path, minutes: float, bound_s: float):
        self.folder, self.bound_s = folder, bound_s
        self.end = time.monotonic() + minutes * 60
        self.inputs = self.features = 0
        self._process: subprocess.Popen[str] | None = None
        self._this_process = 0
        self._last_line = ""

    def run(self) -> None:
        while (left := int(self.end - time.monotonic())) > 0:
            written = self._candidates()
            self._process = self._started(left)
            reader = threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True)
            reader.start()
            self._wait()
            reader.join()
            if self._process.returncode and not self._this_process and self._candidates() == written:
                raise UserError(f"the fuzzing process cannot begin: {self._last_line}")
            self.inputs, self._this_process = self.inputs + self._this_process, 0

    def stop(self) -> None:
        """End the fuzzing process if there is one."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self.inputs, self._this_process = self.inputs + self._this_process, 0

    def _candidates(self) -> int:
        return len(list((self.folder / "candidates").iterdir()))

    def _started(self, left_s: int) -> "subprocess.Popen[str]":
        root = str(Path(__file__).resolve().parent.parent)
        options = [
            f"-dict={self.folder / 'dictionary'}",
            f"-max_len={MAX_LENGTH}",
            f"-max_total_time={left_s}",
            f"-timeout={HANG_S}",
            f"-artifact_prefix={self.folder / 'candidates'}{os.sep}",
            "-rss_limit_mb=4096",
        ]
        return subprocess.Popen(
            [sys.executable, "-c", WORKER, *options, str(self.folder / "corpus")],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
                FOLDER_VARIABLE: str(self.folder),
                BOUND_VARIABLE: str(self.bound_s),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for this process, which ends the other
        )

    def _wait(self) -> None:
        assert self._process is not None
        while True:
            try:
                self._process.wait(timeout=REPORT_S)
                return
            except subprocess.TimeoutExpired:
                candidates = self._candidates()
                inputs = self.inputs + self._this_process
                left = f"{max(0, self.end - time.monotonic()) / 60:.1f} minutes left"
                console.say(f"{inputs:,} inputs, {self.features:,} features, {candidates} candidates, {left}")

    def _read(self, stream: IO[str] | None) -> None:
        assert stream is not None
        with open(self.folder / "fuzz.log", "a", encoding="utf-8") as log:
            for line in stream:
                log.write(line)
                self._last_line = line.strip() or self._last_line
                if match := _PROGRESS.search(line):
                    self._this_process, self.features = int(match[1]), int(match[2])


def seeds() -> Iterator[str]:
    """Queries to begin with: the conformance cases and the hand-written ones."""
    root = paths.require_checkout()
    handwritten = sorted((root / "data" / "handwritten" / "train").glob("*.jsonl"))
    for file in [root / "tests" / "conformance" / "cases.jsonl", *handwritten]:
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["query"]


def tokens() -> list[str]:
    """The language's words, for the fuzzer to put in."""
    from nlsq.filters import CANONICAL_NAME, LOOK_ALIKES, PREDICATES, SELECT_PATHS, TYPES
    from nlsq.query.parser import PATTERN_TYPES as NAMES

    names = [f"{name}:" for name in [*CANONICAL_NAME, *sorted(LOOK_ALIKES), "g"]]
    predicates = [f"{field}:{name}(" for field, known in PREDICATES.items() for name in known]
    words = [*"()[]\"'/\\@-*", " AND ", " OR ", " NOT ", " or ", ".*", "\\.", "()", "(?-i:", "\\Q", "\\E", "(^|/)"]
    values = ["1 week ago", "2024-01-01", "june 1 2023", "yesterday", "github.com/", "*refs/heads/*", "yes", "all"]
    # Spaces and letters that one Unicode rule or another takes for ASCII ones.
    others = ["\u00a0", "\u2028", "\u0085", "\x1c", "\u0130", "\u017f", "\u212a", "\u0663", "\u03a3"]
    kinds = [f"patterntype:{name}" for name in NAMES]
    return [*names, *predicates, *words, *values, *others, *kinds, *sorted(TYPES), *sorted(SELECT_PATHS)]


def _prepare(folder: Path, seed_corpus: bool) -> None:
    for name in ("corpus", "candidates"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    entries = ['"' + "".join(f"\\x{byte:02x}" for byte in token.encode()) + '"' for token in tokens()]
    (folder / "dictionary").write_text("\n".join(entries) + "\n", encoding="ascii")
    for query in seeds() if seed_corpus else ():
        data = query.encode()
        (folder / "corpus" / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


# ---- findings


def smallest(text: str, holds: Callable[[str], bool], seconds: float) -> str:
    """``text`` without what can be taken out while it ``holds``, piece by piece, the pieces ever smaller."""
    end = time.monotonic() + seconds
    size = max(1, len(text) // 2)
    while True:
        place, shorter = 0, False
        while place < len(text):
            if time.monotonic() > end:
                return text
            without = text[:place] + text[place + size :]
            if holds(without):
                text, shorter = without, True
            else:
                place += size
        if size == 1 and not shorter:
            return text
        size = size if shorter and size == 1 else max(1, size // 2)


def findings(folder: Path, bound_s: float, seconds: float = MINIMISING_S) -> list[tuple[str, str, str]]:
    """``(fault, pattern type, smallest text)`` of every candidate that breaks a property outside of the fuzzer, too."""
    found: dict[tuple[str, str], str] = {}
    kinds: dict[str, int] = {}
    for file in sorted((folder / "candidates").iterdir(), key=lambda path: path.stat().st_size):
        data = file.read_bytes()
        kind, text = pattern_type_for(data), decoded(data)
        what = broken(text, kind, bound_s)
        if not what or kinds.get(what, 0) >= SHOWN_OF_A_KIND:
            continue
        kinds[what] = kinds.get(what, 0) + 1
        kind = "keyword" if broken(text, "keyword", bound_s) == what else kind
        text = smallest(text, lambda one, kind=kind, what=what: broken(one, kind, bound_s) == what, seconds)  # type: ignore[misc]
        found.setdefault((what, text), kind)
    return [(what, kind, text) for (what, text), kind in found.items()]


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True)
@click.option("--seed-corpus/--no-seed-corpus", default=True, show_default=True, help="Begin with known queries.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Corpus and candidates; kept.")
@click.option("--bound-s", type=float, default=2.0, show_default=True, help="What takes longer is a finding.")
def main(minutes: float, seed_corpus: bool, folder: Path | None, bound_s: float) -> int:
    """Fuzz the query language; exit 1 when something was found."""
    if importlib.util.find_spec("atheris") is None:
        raise UserError("the package atheris is not installed", "pip install atheris")
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nlsq-fuzz-")))
        _prepare(place, seed_corpus)
        return _watched(_Watcher(place, minutes, bound_s))


def _watched(watcher: _Watcher) -> int:
    started = time.monotonic()
    interrupted = False
    try:
        watcher.run()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        watcher.stop()
    minutes = (time.monotonic() - started) / 60
    # One who interrupts does not want to wait for minutes.
    found = findings(watcher.folder, watcher.bound_s, seconds=1.0 if interrupted else MINIMISING_S)
    for what, kind, text in found:
        click.echo(f"{what} ({kind}): {text!r}")
    click.echo(f"{watcher.inputs:,} inputs in {minutes:.1f} minutes, {len(found)} findings")
    return EXIT_INTERRUPTED if interrupted else EXIT_NO if found else 0


if __name__ == "__main__":
    console.run(main)

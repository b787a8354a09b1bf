"""Measure one model on one engine, in this process and no other.

    python -m bench.cell --model smoke:q4_0 --records FILE --out FILE

Cold first: importing, loading, the first answer, each once, before anything else. Then warm-up requests that are not
counted, then the measured ones. Everything is in milliseconds, raw samples are kept, and what was not measured is
``null``.
"""

import importlib
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from nlsq import artifacts, console, environment
from nlsq.errors import UserError
from nlsq.files import read_json, write_json
from nlsq.records import Record, mixed, read_records
from nlsq.timing import Latency
from nlsq.translator import Translator

WARM_UP = 3
# An engine is slow when all requests would take longer than this; it then gets this time or so many samples.
SLOW_SECONDS = 60.0
SLOW_SAMPLES = 20


def _elapsed(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


def import_engine(artifact: artifacts.Artifact, backend: str | None) -> None:
    """Import all that loading this model imports, so that import time can be told from load time."""
    engine = backend or artifact.backend
    try:
        if engine == artifacts.LLAMA_CPP:
            importlib.import_module("llama_cpp")
        elif engine == artifacts.TRANSFORMERS:
            transformers = importlib.import_module("transformers")
            _ = transformers.AutoModelForCausalLM, transformers.AutoTokenizer  # resolved on access
            config = read_json(artifact.path / "config.json")
            kind = config["model_type"]
            importlib.import_module(f"transformers.models.{kind}.modeling_{kind}")
            if "quantization_config" in config:
                importlib.import_module("bitsandbytes")
    except ImportError as error:
        raise UserError(f"the package {error.name} is not installed", "make setup") from None


def cold_start(
    model: str, backend: str | None, threads: int | None, free: bool, record: Record
) -> tuple[Translator, dict[str, Any]]:
    """Import, load and answer once; returns the loaded translator and the three times."""
    artifact = artifacts.find(model)
    started = time.perf_counter()
    import_engine(artifact, backend)
    imported = _elapsed(started)
    started = time.perf_counter()
    translator = Translator.load(model, backend, threads=threads, constrained=not free)
    loaded = _elapsed(started)
    started = time.perf_counter()
    try:
        translator.translate(record.request, record.today, record.repositories)
        first: float | None = _elapsed(started)
    except RuntimeError:
        first = None
    return translator, {"import_ms": imported, "load_ms": loaded, "first_answer_ms": first}


def measure(
    translator: Translator, records: list[Record], estimate_ms: float | None, warm_up: int = WARM_UP
) -> dict[str, Any]:
    """Warm up, then time every record; a slow engine stops early. Failed requests are counted apart, never timed."""
    slow = estimate_ms is not None and estimate_ms * len(records) > 1000 * SLOW_SECONDS
    for record in records[: 1 if slow else warm_up]:
        _timed(translator, record)
    samples: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    started = time.perf_counter()
    for number, record in enumerate(records, 1):
        row, fault = _timed(translator, record)
        if row:
            samples.append(row)
        else:
            errors.append({"id": record.id, "error": fault})
        if slow and (len(samples) >= SLOW_SAMPLES or time.perf_counter() - started > SLOW_SECONDS):
            break
        if number % 20 == 0:
            now = Latency.of([one["ms"] for one in samples])
            console.say(f"  {number}/{len(records)}  p50 {now.p50 or 0:.0f} ms")
    return {
        "slow": slow,
        "warm_up": 1 if slow else warm_up,
        "seconds": time.perf_counter() - started,
        "samples": samples,
        "errors": errors,
    }


def _timed(translator: Translator, record: Record) -> tuple[dict[str, Any] | None, str]:
    """``(sample, "")`` or ``(None, what failed)``."""
    started = time.perf_counter()
    try:
        translation = translator.translate(record.request, record.today, record.repositories)
    except RuntimeError as error:
        return None, str(error)
    elapsed = _elapsed(started)
    timings = translation.timings
    return {
        "id": record.id,
        "ms": elapsed,
        "prefill_ms": timings.prefill_ms,
        "decode_ms": timings.decode_ms,
        "prompt_tokens": timings.prompt_tokens,
        "new_tokens": timings.new_tokens,
        "answer": translation.query,
    }, ""


def peak_memory_bytes() -> int:
    """Largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def gpu_memory_bytes() -> int | None:
    """Largest GPU memory that PyTorch took, or None where no GPU was used."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.max_memory_reserved())


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--model", required=True, help="Run, run:build, file or folder.")
@click.option("--backend", help="Engine; the model's own by default.")
@click.option("--threads", type=int, help="CPU threads; all by default.")
@click.option("--free", is_flag=True, help="Let the model write anything; by default only queries without a finding.")
@click.option("--records", type=click.Path(path_type=Path), required=True, help="Records to ask.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Result file (JSON).")
def main(model: str, backend: str | None, threads: int | None, free: bool, records: Path, out: Path) -> None:
    """Measure one model on one engine in this process."""
    requests = mixed(read_records(records))  # so that a slow engine's few samples are of all kinds
    translator, cold = cold_start(model, backend, threads, free, requests[0])
    # The first answer also pays for what an engine prepares once, so the second one tells whether it is slow.
    second, _ = _timed(translator, requests[1 % len(requests)])
    warm = measure(translator, requests, second["ms"] if second else None)
    write_json(
        out,
        {
            "model": Path(model).name,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "backend": translator.backend.name,
            "threads": threads or environment.cpu_threads(),
            "cold": cold,
            **warm,
            "latency_ms": Latency.of([one["ms"] for one in warm["samples"]]).to_json(),
            "peak_memory_bytes": peak_memory_bytes(),
            "gpu_memory_bytes": gpu_memory_bytes(),
        },
    )
    translator.close()


if __name__ == "__main__":
    console.run(main)

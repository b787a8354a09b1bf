"""Fixtures: no test touches the user's runs or settings; one tiny model goes through the whole pipeline once."""

import json
import os
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from nlsq.files import sha256_of, write_json, write_json_lines  # noqa: E402
from nlsq.records import mixed, read_records, to_messages, write_records  # noqa: E402
from nlsq.run import Run  # noqa: E402

TINY_RECIPE = """
name: tiny
base: {base}
prompt: {prompt}
data: {{limit: 48}}
training:
  {{epochs: 1, batch_size: 4, gradient_accumulation: 1, learning_rate: 0.005, precision: float32, save_every: 4}}
builds: {{gguf: [f16, q8_0, q4_k_m, q4_0], int8: true}}
"""


def pytest_report_header(config: pytest.Config) -> list[str]:
    packages = ("torch", "transformers", "trl", "peft", "llama-cpp-python")
    return [", ".join(f"{package} {metadata.version(package)}" for package in packages)]


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs and data below the test's own folder; the cache of base models stays shared."""
    monkeypatch.setenv("NLSQ_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("NLSQ_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("nlsq.paths.SHIPPED_MODELS", tmp_path / "models")  # none, whatever the checkout ships
    monkeypatch.setenv("PYTHON_DOTENV_DISABLED", "1")  # the developer's own settings stay out
    for name in (
        "NLSQ_MODEL",
        "NLSQ_CONFIG",
        "SRC_ENDPOINT",
        "NO_COLOR",
        "GIT_DIR",
        "RECIPE",
        "RUN",
        "MINUTES",
        "BUDGET_MS",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return tmp_path


def some_pairs(folder: Path) -> Path:
    """A copy of the hand-written pairs: every 30th for training, every eighth of the others."""
    from data.splits import HANDWRITTEN

    for path in sorted(HANDWRITTEN.rglob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        target = folder / path.relative_to(HANDWRITTEN)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(lines[:: 30 if path.parent.name == "train" else 8]), encoding="utf-8")
    return folder


def count_words(texts: list[str]) -> list[int]:
    """Instead of tokens, where their number does not matter."""
    return [len(text.split()) for text in texts]


def take_interrupts() -> None:
    """For a child process that is to be interrupted: one that is started in the background would ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def command(*words: str, runs: Path, data: Path, **options) -> subprocess.CompletedProcess:
    """Run ``python -m WORDS`` in the checkout with the given runs and data folders."""
    environment = {**os.environ, "NLSQ_RUNS": str(runs), "NLSQ_DATA": str(data), "PYTHON_DOTENV_DISABLED": "1"}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        **options,
    )


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An eighth of the pairs, with the validation split cut to ten records so that random models finish soon."""
    folder = tmp_path_factory.mktemp("data")
    from data.build import build

    build(some_pairs(tmp_path_factory.mktemp("pairs")), folder, count_words, templates=[])
    few = mixed(read_records(folder / "validation.jsonl"))[:10]
    write_records(folder / "validation.jsonl", few)
    write_json_lines(folder / "validation.messages.jsonl", map(to_messages, few))
    return folder


@pytest.fixture(scope="session")
def current_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fiftieth of the pairs, with a manifest that says that the real pairs make just these files."""
    from data import manifest
    from data.build import MANIFEST, build
    from data.splits import HANDWRITTEN

    folder = tmp_path_factory.mktemp("data")
    made = build(some_pairs(tmp_path_factory.mktemp("pairs")), folder, count_words, templates=[])
    write_records(folder / "validation.jsonl", mixed(read_records(folder / "validation.jsonl"))[:24])
    outputs = {name: sha256_of(folder / name) for name in made["outputs"]}
    write_json(folder / MANIFEST, {**made, "inputs": manifest.inputs(HANDWRITTEN), "outputs": outputs})
    return folder


class Pipeline:
    """A finished run of a tiny model, and the folders it used."""

    def __init__(self, runs: Path, data: Path, recipe: Path, output: str):
        self.runs, self.data, self.recipe, self.output = runs, data, recipe, output
        self.run = Run(runs / "tiny")

    def command(self, *words: str, **options) -> subprocess.CompletedProcess:
        return command(*words, runs=self.runs, data=self.data, **options)

    def read(self, *parts: str):
        return json.loads(self.run.folder.joinpath(*parts).read_text(encoding="utf-8"))


def run_stages(folder: Path, data: Path, base: str, prompt: str, stages: list[list[str]]) -> Pipeline:
    runs, recipe = folder / "runs", folder / "tiny.yaml"
    recipe.write_text(TINY_RECIPE.format(base=base, prompt=prompt))
    output = ""
    for stage in stages:
        done = command(*[str(recipe) if word == "RECIPE" else word for word in stage], runs=runs, data=data)
        assert done.returncode in (0, 1 if "bench.run" in stage else 0), (
            f"{stage}\n{done.stdout}\n{done.stderr[-3000:]}"
        )
        output += done.stdout
    return Pipeline(runs, data, recipe, output)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, small_data: Path) -> Pipeline:
    """A two-layer Llama with random weights, through every stage for real (prompt style ``bare``)."""
    stages = [
        ["nlsq.pipeline_cli", "eval", "baseline", "--recipe", "RECIPE"],
        ["recipes.train", "--recipe", "RECIPE"],
        ["recipes.merge", "--run", "tiny"],
        ["quant.build", "--run", "tiny"],
        ["nlsq.pipeline_cli", "eval", "run", "--run", "tiny"],
        ["nlsq.pipeline_cli", "eval", "report", "--run", "tiny"],
        ["bench.run", "--run", "tiny", "--records", str(small_data / "validation.jsonl")],
    ]
    return run_stages(tmp_path_factory.mktemp("tiny"), small_data, "tiny-llama", "bare", stages)


@pytest.fixture
def server():
    """A scripted server of the chat completions protocol."""
    from chat_server import running_server

    with running_server() as running:
        yield running


@pytest.fixture
def desk(tmp_path, server, capsys, monkeypatch):
    """Where the writer of requests is tried against ``server``."""
    from chat_server import Desk

    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Desk(tmp_path, server, capsys)

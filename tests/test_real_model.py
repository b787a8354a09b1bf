"""The real small model, in minutes: slow. And on a GPU, where there is one."""

import json

import pytest
from conftest import command, run_stages

from data.build import build
from data.manifest import token_counter
from data.splits import HANDWRITTEN
from nlsq.environment import gpus
from nlsq.files import read_json

JUDGED = "data.records=validation-tiny.jsonl"
REAL_RECIPE_CHANGES = [JUDGED, "data.limit=800", "training.epochs=1", "builds.gguf=[q8_0]", "builds.int8=false"]


@pytest.mark.slow
def test_a_few_minutes_of_training_beat_the_untrained_base(tmp_path):
    runs, data = tmp_path / "runs", tmp_path / "data"
    build(HANDWRITTEN, data, token_counter())

    def must(*words):
        done = command(*words, runs=runs, data=data)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    must("nlsq.pipeline_cli", "eval", "baseline", JUDGED)
    must("recipes.train", "--recipe", "smoke", *REAL_RECIPE_CHANGES)
    must("recipes.merge", "--run", "smoke")
    must("nlsq.pipeline_cli", "eval", "run", "--run", "smoke")
    summary = read_json(runs / "smoke" / "train.json")
    assert summary["eval_loss_last"] < 0.5 * summary["eval_loss_first"]
    report = json.loads(must("nlsq.pipeline_cli", "eval", "report", "--run", "smoke", "--json"))
    assert report["verdicts"].get("fine_tuned_better", 0) > report["verdicts"].get("baseline_better", 0)
    assert report["summary"]["valid"]["hits"] > report["baseline"]["valid"]["hits"]


@pytest.mark.gpu
@pytest.mark.skipif(not gpus(), reason="needs an NVIDIA GPU")
def test_the_same_path_on_a_gpu(tmp_path, small_data):
    stages = [
        ["recipes.train", "--recipe", "RECIPE", "training.precision=bfloat16", "builds.gguf=[q8_0]"],
        ["recipes.merge", "--run", "tiny"],
        ["quant.build", "--run", "tiny"],
        ["bench.run", "--run", "tiny", "--records", str(small_data / "validation.jsonl")],
    ]
    pipeline = run_stages(tmp_path, small_data, "tiny-qwen3", "chat", stages)
    merged = next(row for row in pipeline.read("bench", "bench.json")["cells"] if row["name"] == "merged")
    assert merged["gpu_memory_bytes"] > 0
    assert merged["latency_ms"]["n"] == 10

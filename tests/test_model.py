"""From pairs to the shipped model, with a student of one layer: made and shipped; what it is made of."""

import json
import re
import shutil

import pytest
from conftest import Pipeline, command

from nlsq import artifacts
from nlsq.errors import ModelError, UserError
from nlsq.files import checksum, read_json, sha256_of, write_json
from nlsq.records import read_records
from nlsq.run import Run
from nlsq.shipping import best_build
from nlsq.translator import Translator

RECIPE = """
name: pocket
base: tiny-llama
student: {layers: [1], vocabulary: 1024}
data: {train: train.jsonl, validation: validation.jsonl, records: validation.jsonl}
prompt: reading
training:
  {method: full, epochs: 1, batch_size: 16, gradient_accumulation: 1, learning_rate: 0.005, precision: float32}
builds: {gguf: [q8_0, q4_0], int8: false}
"""
TEXTS = [
    "find config files",
    "ünïcödé 検索 \U0001f525 naïve",
    "tabs\tand  spaces, (brackets) [and] {more}: 'quotes' \"here\" 1234567890",
    "lang:go type:commit -file:vendor/ after:2026-03-09 foo OR bar",
    "usages of \ue008 in \ue010 since",
    "<|im_end|> stays text",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory, current_data):
    """The command ``model``, stopped by the clock after its first step, and once more to the end."""
    folder = tmp_path_factory.mktemp("model")
    recipe = folder / "pocket.yaml"
    recipe.write_text(RECIPE)
    words = ["nlsq.pipeline_cli", "model", "--recipe", str(recipe), "--budget-ms", "100000"]
    stopped = command(*words, "--minutes", "0.0001", runs=folder / "runs", data=current_data)
    there = {path.name for path in (folder / "runs" / "pocket").iterdir()}
    done = command(*words, runs=folder / "runs", data=current_data)
    assert done.returncode == 0, done.stderr[-3000:]
    pipeline = Pipeline(folder / "runs", current_data, recipe, done.stdout)
    pipeline.run = Run(folder / "runs" / "pocket")
    pipeline.stopped, pipeline.there, pipeline.errors = stopped, there, done.stderr
    return pipeline


@pytest.fixture
def run(made, tmp_path):
    """A copy of the run that a test may spoil, and the data in its place."""
    shutil.copytree(made.run.folder, tmp_path / "runs" / "pocket")
    shutil.copytree(made.data, tmp_path / "data")
    return Run(tmp_path / "runs" / "pocket")


# ---- the command


def test_the_clock_stops_training_and_says_how_to_go_on(made):
    assert made.stopped.returncode == 0, made.stopped.stderr
    assert re.fullmatch(
        r"training of pocket is at step 1 of \d+ -> the same command goes on", made.stopped.stdout.split("\n")[-2]
    )
    assert "weights" not in made.there
    assert "manifest.json" not in made.there


def test_the_same_command_goes_on_to_the_end(made):
    assert "going on from checkpoint-1\n" in made.errors
    assert "goes on with the data that it began with" in made.errors
    assert set(made.read("manifest.json")["stages"]) == {"train", "merge", "quantize", "evaluate", "bench"}
    rows = {row["name"]: row for row in made.read("builds", "builds.json")["builds"]}
    assert set(rows) == {"f16", "q8_0", "q4_0"}
    calibrated = made.read("calibration.json")
    for name, row in rows.items():
        result = made.read("evaluate", f"{name}-validation.json")
        assert result["source"]["model_sha256"] == calibrated[name]["model_sha256"] == row["sha256"]
        assert all(one["log_probability"] <= 0 for one in result["results"])
    build = best_build(made.read("bench", "bench.json"))
    assert made.output.splitlines()[-1] == f"ship it:     nls-finetune ship --run pocket --build {build}"


def test_the_log_has_the_seconds_of_all_slices(made):
    from recipes.ship import build_row, tokens_seen, training_log

    log = training_log(made.run, build_row(made.run, "q8_0"))
    seconds = [row[log["columns"].index("seconds")] for row in log["rows"]]
    assert seconds == sorted(seconds)
    assert log["seconds"] == seconds[-1] > 0
    assert tokens_seen([{"num_tokens": count} for count in (10, 30, 5, 25)]) == 55


def test_a_training_that_was_begun_anew_is_not_done(run):
    from nlsq.stage_cli import is_trained

    assert is_trained(run)
    (run.folder / "checkpoints" / "fingerprint").write_text("of other data")
    assert not is_trained(run)


# ---- shipping


def shipped(run, monkeypatch, target, build="q4_0"):
    from recipes.ship import ship

    monkeypatch.setenv("NLSQ_DATA", str(run.folder.parent.parent / "data"))
    return ship(run, build, target)


def test_what_is_shipped(run, tmp_path, monkeypatch):
    facts = shipped(run, monkeypatch, tmp_path / "models")
    model = tmp_path / "models" / "edge.gguf"
    assert sorted(path.name for path in model.parent.iterdir()) == [
        "README.md",
        "edge-training.json",
        "edge.gguf",
        "edge.json",
    ]
    assert facts == read_json(model.with_suffix(".json"))
    assert sha256_of(model) == facts["sha256"]
    assert model.stat().st_size == facts["bytes"]
    assert facts["data"]["manifest_sha256"] == sha256_of(tmp_path / "data" / "manifest.json")
    assert facts["recipe"]["sha256"] == sha256_of(run.config)
    assert facts["evaluation"]["summary"]["right"]["n"] == facts["latency"]["n"] == 24
    assert facts["latency"]["machine"]
    assert facts["seeds"] == {"training": 17, "data": 17}
    log = read_json(model.with_name("edge-training.json"))
    assert log["model_sha256"] == facts["sha256"]
    assert [row[0] for row in log["rows"]] == sorted(row[0] for row in log["rows"])
    card = (model.parent / "README.md").read_text()
    for figure in (facts["sha256"], facts["recipe"]["sha256"], "Apache-2.0", f"{facts['bytes'] / 1e6:.1f} MB"):
        assert figure in card
    for category in facts["evaluation"]["categories"]:
        assert f"\n| {category} |" in card
    assert facts["release"] is None
    assert "On test" not in card


def test_a_release_is_told_where_it_is_of_these_weights(run, tmp_path, monkeypatch):
    result = read_json(run.evaluations / "q4_0-validation.json")
    out = run.evaluations / "q4_0-test.json"
    write_json(out, {key: value for key, value in result.items() if key not in ("answers", "results")})
    assert shipped(run, monkeypatch, tmp_path / "models")["release"]["summary"]["right"]["n"] == 24
    assert "On test" in (tmp_path / "models" / "README.md").read_text()
    write_json(out, {**result, "source": {**result["source"], "model_sha256": "0"}})
    assert shipped(run, monkeypatch, tmp_path / "models")["release"] is None


def test_the_shipped_model_answers_with_confidence(run, tmp_path, monkeypatch):
    shipped(run, monkeypatch, tmp_path / "models")
    monkeypatch.setattr(artifacts.paths, "SHIPPED_MODELS", tmp_path / "models")
    translator = Translator.load()
    assert translator.artifact.path == tmp_path / "models" / "edge.gguf"
    one = translator.translate("find config files", today="2026-03-14")
    several = translator.translate("find config files", today="2026-03-14", alternatives=3)
    assert 0 < one.confidence < 1
    assert (several.query, several.confidence) == (one.query, pytest.approx(one.confidence, rel=1e-4))
    assert all(isinstance(text, str) for text in several.alternatives)
    assert translator.translate("lang:go foo").confidence == 1.0
    plain = Translator.load(run.builds / "model-q4_0.gguf").translate("find config files", today="2026-03-14")
    assert (plain.query, plain.confidence) == (one.query, None)


def test_a_damaged_model_is_refused(run, tmp_path, monkeypatch):
    from nlsq import doctor

    shipped(run, monkeypatch, tmp_path / "models")
    model = tmp_path / "models" / "edge.gguf"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    assert artifacts.find(model).path == model  # a start does not read all of it
    with pytest.raises(ModelError, match="corrupt"):
        artifacts.verify(model)
    assert "corrupt" in doctor.examined(str(model)).faults[0].fault
    model.write_bytes(content[:-1])
    with pytest.raises(ModelError, match="bytes, not"):
        artifacts.find(model)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("evaluate/q4_0-validation.json", "not evaluated"),
        ("calibration.json", "not calibrated"),
        ("bench/bench.json", "not measured"),
        ("bench/cells/q4_0.json", "not measured"),
    ],
)
def test_a_build_without_evidence_is_refused(run, tmp_path, monkeypatch, path, reason):
    """The file is missing, or of other weights; and nothing is written."""
    from recipes.ship import RefusedError

    file, sha256 = run.folder / path, read_json(run.builds / "builds.json")["builds"][2]["sha256"]
    file.write_text(file.read_text(encoding="utf-8").replace(sha256, 64 * "0"), encoding="utf-8")
    with pytest.raises(RefusedError, match=reason):
        shipped(run, monkeypatch, tmp_path / "models")
    file.unlink()
    with pytest.raises(RefusedError, match=reason):
        shipped(run, monkeypatch, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_build_for_another_prompt_is_refused(run, tmp_path, monkeypatch):
    from recipes.ship import RefusedError

    manifest = run.builds / "builds.json"
    rows = read_json(manifest)["builds"]
    write_json(manifest, {"builds": [{**row, "prompt_hash": "0" * 16} for row in rows]})
    with pytest.raises(RefusedError, match="another prompt"):
        shipped(run, monkeypatch, tmp_path / "models")


def test_a_large_build_is_refused_and_so_are_other_records(run, tmp_path, monkeypatch):
    from recipes import ship

    monkeypatch.setattr(ship, "LARGEST_SHIPPED_BYTES", 1000)
    with pytest.raises(ship.RefusedError, match="MB, more than"):
        shipped(run, monkeypatch, tmp_path / "models")
    monkeypatch.undo()
    with open(tmp_path / "data" / "validation.jsonl", "a") as file:
        file.write("\n")
    with pytest.raises(ship.RefusedError) as refused:
        shipped(run, monkeypatch, tmp_path / "models")
    assert len(refused.value.args) == 3


def test_a_refusal_is_one_line_and_exit_1(run, tmp_path):
    (run.folder / "calibration.json").unlink()
    words = ["nlsq.pipeline_cli", "ship", "--run", "pocket", "--to", str(tmp_path / "models"), "--build"]
    done = command(*words, "q4_0", runs=tmp_path / "runs", data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert "q4_0 of run" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    done = command(*words, "q5_k_m", runs=tmp_path / "runs", data=tmp_path / "data")
    assert done.returncode == 2
    assert "no GGUF build 'q5_k_m'" in done.stderr


def test_the_best_build():
    def row(name, right, p95, size=1000, engine="llama.cpp", errors=0):
        latency = {"n": 99, "p50": 1.0, "p95": p95, "p99": None, "minimum": 1.0, "maximum": 9.0}
        quality = {"right": {"hits": right}}
        return {
            "name": name,
            "engine": engine,
            "bytes": size,
            "errors": errors,
            "latency_ms": latency,
            "quality": quality,
        }

    rows = [row("merged", 99, 5.0, engine="transformers"), row("int8", 98, 5.0, engine="bitsandbytes")]
    rows += [row("f16", 97, 50.0, size=80_000_000), row("broken", 96, 50.0, errors=1), row("slow", 95, 150.0)]
    assert best_build({"budget_ms": 100, "cells": rows}) is None
    rows += [row("unmeasured", 94, None), row("q8_0", 90, 90.0), row("q6_k", 90, 95.0, size=900), row("q4_0", 80, 40.0)]
    assert best_build({"budget_ms": 100, "cells": rows}) == "q6_k"
    assert best_build({"budget_ms": 60, "cells": rows}) == "q4_0"


# ---- the student


@pytest.fixture(scope="module")
def tokenizers(made):
    """``(description of the base's tokenizer, description of the student's, the student's as a Tokenizer)``."""
    from tokenizers import Tokenizer

    from nlsq.base_models import base_folder

    path = made.run.student / "tokenizer.json"
    return read_json(base_folder("tiny-llama") / "tokenizer.json"), read_json(path), Tokenizer.from_file(str(path))


def test_kept_tokens_are_closed_under_merging(tokenizers):
    from recipes.shrink import SPECIAL, merges_of

    base, student, _ = tokenizers
    kept = student["model"]["vocab"]
    parents = {"".join(pair): pair for pair in merges_of(base["model"])}
    merged = {"".join(pair) for pair in merges_of(student["model"])}
    assert 1000 < len(kept) <= 1024
    assert sorted(kept.values()) == list(range(len(kept)))
    for token, number in kept.items():
        if number >= SPECIAL and len(token) > 1:
            assert set(parents[token]) <= set(kept), token
            assert token in merged, token
    order = [tuple(pair) for pair in merges_of(base["model"]) if "".join(pair) in merged]
    assert [tuple(pair) for pair in merges_of(student["model"])] == order


def test_every_byte_and_every_piece_has_a_token(tokenizers):
    from nlsq.reading.pieces import pieces

    base, student, tokenizer = tokenizers
    single = {token for token in base["model"]["vocab"] if len(token) == 1}
    assert single <= set(student["model"]["vocab"])
    assert len(single) == 235  # SmolLM2 has no others: some control characters, and bytes that no character has
    for piece in pieces():
        assert len(tokenizer.encode(piece, add_special_tokens=False).ids) == 1, piece


def test_every_text_survives(tokenizers, made):
    _, _, tokenizer = tokenizers
    written = [one.request for one in read_records(made.data / "train.jsonl")]
    every = "".join(chr(code) for code in (*range(32, 0x500), 0x1F600, 0x10FFFF, *range(0xE000, 0xE088)))
    for text in [*TEXTS, *written, every]:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        if "<|im_end|>" not in text:
            assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_both_engines_see_the_same_tokens(made):
    """The converted file's pre-tokenizer is that of the trimmed tokenizer, though llama.cpp does not know its hash."""
    one, other = (Translator.load(made.run.folder / name).backend for name in ("merged", "builds/model-f16.gguf"))
    written = [one.request for one in read_records(made.data / "train.jsonl")]
    for text in [*TEXTS, *written[:100]]:
        assert one.prompt_tokens(text) == other.prompt_tokens(text), text


def test_layers_are_the_named_ones(tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    from nlsq.base_models import base_folder
    from recipes.shrink import shrink

    base = base_folder("tiny-llama")
    for name, layers in (("swapped", [1, 0]), ("one", [1])):
        shrink(base, tmp_path / name, layers, 600, TEXTS, 17)
        parent = AutoModelForCausalLM.from_pretrained(base).state_dict()
        student = AutoModelForCausalLM.from_pretrained(tmp_path / name).state_dict()
        for place, layer in enumerate(layers):
            there = {key: value for key, value in student.items() if f".layers.{place}." in key}
            assert there
            for key, value in there.items():
                assert torch.equal(value, parent[key.replace(f".layers.{place}.", f".layers.{layer}.")])
    first = checksum(tmp_path / "one")
    shrink(base, tmp_path / "again", [1], 600, TEXTS, 17)
    assert checksum(tmp_path / "again") == first
    with pytest.raises(UserError, match="has layers 0 to 1"):
        shrink(base, tmp_path / "wrong", [2], 600, TEXTS, 17)
    assert json.loads((tmp_path / "one" / "config.json").read_text())["num_hidden_layers"] == 1

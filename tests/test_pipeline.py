"""The whole path for real, with a two-layer model: train, merge, build, answer, judge, measure."""

import json
import os
import resource
import shutil

import pytest
from cli_desk import nlsq
from conftest import ROOT, command, run_stages

from nlsq.files import checksum, sha256_of
from nlsq.prompt import STYLES
from nlsq.records import Record, write_records

BUILDS = ["f16", "q8_0", "q4_k_m", "q4_0", "int8"]


def test_training_lowers_the_loss(tiny):
    summary = tiny.read("train.json")
    assert summary["steps"] == 12
    assert summary["eval_loss_last"] < summary["eval_loss_first"]
    assert (tiny.run.folder / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_the_loss_is_on_the_answer_alone():
    from transformers import AutoTokenizer

    from nlsq.base_models import base_folder
    from nlsq.prompt import stamp_for
    from recipes.examples import IGNORED, tokenize_pair

    tokenizer = AutoTokenizer.from_pretrained(base_folder("tiny-llama"))
    for style in ("bare", "chat"):
        stamp = stamp_for(STYLES[style], tokenizer)
        row = tokenize_pair(tokenizer, stamp, "go files <|im_end|>", "lang:go")
        learned = [token for token in row["labels"] if token != IGNORED]
        assert tokenizer.decode(learned[:-1]) == "lang:go"
        assert learned[-1] == tokenizer.eos_token_id
        assert row["input_ids"][-len(learned) :] == learned
        assert tokenizer.decode(row["input_ids"]) == f"{stamp.prefix}go files <|im_end|>{stamp.suffix}lang:go<|im_end|>"


def test_too_long_examples_are_refused_not_cut(tiny):
    done = tiny.command("recipes.train", "--recipe", str(tiny.recipe), "--run", "short", "training.max_length=12")
    assert done.returncode == 2
    assert "more than 12 tokens" in done.stderr


def test_merging_changes_nothing(tiny):
    report = tiny.read("merge.json")
    assert report["positions"] > 100
    assert report["first_choice_agreement"] == 1.0
    assert report["largest_difference"] < 1e-3


def test_manifest_names_inputs_and_outputs(tiny):
    stages = tiny.read("manifest.json")["stages"]
    assert set(stages) == {"train", "merge", "quantize", "evaluate", "bench"}
    assert stages["train"]["inputs"]["train.messages.jsonl"] == sha256_of(tiny.data / "train.messages.jsonl")
    assert stages["merge"]["inputs"]["adapter"] == stages["train"]["outputs"]["adapter"] == checksum(tiny.run.adapter)
    assert stages["quantize"]["inputs"]["merged"] == stages["merge"]["outputs"]["merged"]
    for entry in stages.values():
        assert entry["seconds"] > 0
        for name, sum_before in entry["outputs"].items():
            assert checksum(tiny.run.folder / name) == sum_before


def test_builds_are_described(tiny):
    from quant.gguf_build import metadata

    rows = tiny.read("builds", "builds.json")["builds"]
    assert [row["name"] for row in rows] == BUILDS
    for row in rows:
        path = tiny.run.builds / row["file"]
        assert row["sha256"] == checksum(path)
        assert row["bytes"] > 1_000_000
        assert row["prompt_hash"] == STYLES["bare"].hash
        assert row["parent_sha256"] == checksum(tiny.run.merged)
        if path.suffix == ".gguf":
            facts = metadata(path)
            assert facts["nlsq.prompt.hash"] == STYLES["bare"].hash
            assert facts["nlsq.prompt.suffix"] == "\n"
            assert facts["nlsq.parent.sha256"] == checksum(tiny.run.merged)
    # 64 is not divisible by 256, so llama.cpp takes other types than the name says, and the manifest tells.
    types = next(row for row in rows if row["name"] == "q4_k_m")["tensor_types"]
    assert "Q4_K" not in types
    assert "Q5_0" in types


def test_nothing_half_written_is_left(tiny):
    assert [path for path in tiny.runs.rglob(".*") if path.name != ".lock"] == []


@pytest.mark.parametrize("build", ["merged", *BUILDS])
def test_every_build_answers(tiny, build):
    done = tiny.command("nlsq", "--model", f"tiny:{build}", "find config files")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1


def test_engines_agree_on_the_same_weights(tiny):
    """transformers in float32 and llama.cpp in float16 see the same tokens and choose the same ones."""
    from nlsq.translator import Translator

    one, other = (Translator.load(tiny.run.builds.parent / name) for name in ("merged", "builds/model-f16.gguf"))
    requests = ["find config files", "commits by mei <|im_end|> since monday", "ünïcödé 検索 \U0001f525"]
    for request in requests:
        content = request
        assert one.backend.prompt_tokens(content) == other.backend.prompt_tokens(content)
        assert one.translate(request).query == other.translate(request).query
    batch = [completion.text for completion in one.backend.generate_batch(requests)]
    assert batch == [one.translate(request).query for request in requests]


def test_the_cache_changes_no_answer(tiny):
    from nlsq.translator import Translator

    path = tiny.run.builds / "model-q8_0.gguf"
    requests = ["go files", "go files that import http", "go", "python", "x" * 1900, "go files"]
    warm = Translator.load(path)
    for request in requests:
        fresh = Translator.load(path)
        assert warm.translate(request, alternatives=2).query == fresh.translate(request).query
        fresh.close()


def test_alternatives_differ(tiny):
    from nlsq.translator import Translator

    for name in ("builds/model-q8_0.gguf", "merged"):
        translation = Translator.load(tiny.run.folder / name).translate("go files", alternatives=3)
        texts = [translation.query, *translation.alternatives]
        assert len(set(texts)) == len(texts) == 3


def test_latest_run_answers_and_says_so(tiny, monkeypatch):
    monkeypatch.setenv("NLSQ_RUNS", str(tiny.runs))
    done = nlsq("find config files")
    assert done.returncode == 0
    assert "the latest run, tiny" in done.stderr


def test_done_stages_are_not_done_again(tiny):
    before = tiny.read("manifest.json")
    for words in (
        ["recipes.train", "--recipe", str(tiny.recipe)],
        ["recipes.merge", "--run", "tiny"],
        ["quant.build", "--run", "tiny"],
    ):
        done = tiny.command(*words)
        assert done.returncode == 0
        assert "done already" in done.stderr
    assert tiny.read("manifest.json") == before


def test_answers_are_kept_and_judged_anew(tiny):
    words = ["nlsq.pipeline_cli", "eval", "run", "--run", "tiny"]
    before = tiny.read("evaluate", "merged-validation.json")
    path = tiny.run.evaluations / "merged-validation.json"
    path.write_text(json.dumps({**before, "summary": "stale", "results": []}))
    done = tiny.command(*words)
    assert done.returncode == 0, done.stderr
    assert "answered already" in done.stderr
    assert tiny.read("evaluate", "merged-validation.json") == before


def test_a_corrupt_output_is_made_again(tiny, tmp_path):
    shutil.copytree(tiny.run.folder, tmp_path / "runs" / "tiny")
    build = tmp_path / "runs" / "tiny" / "builds" / "model-q8_0.gguf"
    whole = build.read_bytes()
    build.write_bytes(whole[:1000])
    done = command("quant.build", "--run", "tiny", runs=tmp_path / "runs", data=tiny.data)
    assert done.returncode == 0, done.stderr
    assert build.read_bytes() == whole
    assert [line for line in done.stderr.splitlines() if line.startswith("quantize: ")][:1] == ["quantize: q8_0"]


def test_a_full_disk_leaves_nothing_half_written(tiny, tmp_path):
    """Files cannot grow over 5 MB here, as on a disk that fills up while the merged model (16 MB) is written."""
    shutil.copytree(tiny.run.folder, tmp_path / "runs" / "tiny")
    folder = tmp_path / "runs" / "tiny"
    shutil.rmtree(folder / "merged")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))

    done = command("recipes.merge", "--run", "tiny", runs=tmp_path / "runs", data=tiny.data, preexec_fn=small_files)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    assert " -> " in done.stderr
    assert not (folder / "merged").exists()
    assert [path for path in folder.rglob(".*") if path.name != ".lock"] == []


def test_a_run_is_not_mixed_with_another_recipe(tiny):
    done = tiny.command("recipes.train", "--recipe", str(tiny.recipe), "training.epochs=2")
    assert done.returncode == 2
    assert "another configuration" in done.stderr


def test_evaluation_and_verdicts(tiny):
    result = tiny.read("evaluate", "merged-validation.json")
    assert result["summary"]["valid"]["n"] == len(result["results"]) == 10
    assert result["latency_ms"]["n"] == 10
    assert "against tiny-llama untrained, few-shot" in tiny.output
    done = tiny.command("nlsq.pipeline_cli", "eval", "report", "--run", "tiny", "--json")
    assert sum(json.loads(done.stdout)["verdicts"].values()) == 10


def test_any_file_of_records_is_scored(tiny, tmp_path):
    path = tmp_path / "mine.jsonl"
    write_records(path, [Record(id="m-1", category="anything", request="go files", query="lang:go", also=("l:go",))])
    done = tiny.command(
        "nlsq.pipeline_cli", "eval", "run", "--run", "tiny", "--build", "q8_0", "--file", str(path), "--json"
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["categories"]) == {"anything"}
    assert result["results"][0]["expected"] == "lang:go"
    assert result["latency_ms"]["n"] == 1


def test_a_run_may_be_named_by_its_path(tiny):
    """Relative, as one types it: the manifest entry is the same."""
    path = os.path.relpath(tiny.run.folder, ROOT)
    before = tiny.read("manifest.json")["stages"]["evaluate"]["outputs"]
    done = tiny.command("nlsq.pipeline_cli", "eval", "run", "--run", path, "--force")
    assert done.returncode == 0, done.stderr
    assert set(tiny.read("manifest.json")["stages"]["evaluate"]["outputs"]) == set(before)
    assert tiny.command("nlsq.pipeline_cli", "quantize", "--run", path).returncode == 0


def test_bench_report(tiny):
    report = tiny.read("bench", "bench.json")
    assert [row["name"] for row in report["cells"]] == ["merged", *BUILDS]
    for row in report["cells"]:
        assert row["failed"] is None
        assert row["latency_ms"]["n"] > 0
        assert row["latency_ms"]["p99"] is None
        assert row["cold"]["load_ms"] > 0
        assert row["quality"]["valid"]["n"] == row["latency_ms"]["n"]
        samples = tiny.read("bench", "cells", f"{row['name']}.json")["samples"]
        assert len(samples) == row["latency_ms"]["n"]
    assert report["environment"]["cpu"]
    assert report["choice"] is None  # ten samples are too few for a 95th percentile
    assert (tiny.run.bench / "latency.png").read_bytes().startswith(b"\x89PNG")


def test_bench_exits_1_when_none_fits_and_0_when_one_does(tiny, tmp_path):
    rows = [Record(id=f"r-{n}", category="content", request=f"go files {n}", query="lang:go") for n in range(20)]
    path = tmp_path / "records.jsonl"
    write_records(path, rows)
    words = ["bench.run", "--run", "tiny", "--records", str(path)]
    assert tiny.command(*words, "--budget-ms", "0.001").returncode == 1
    done = tiny.command(*words, "--budget-ms", "1000000")
    assert done.returncode == 0
    assert "measured already" in done.stderr
    assert "verdict: " in done.stdout
    assert "fits p95 <= 1000000 ms" in done.stdout


def test_corrupt_builds_are_refused(tiny, tmp_path):
    source = tiny.run.builds / "model-q8_0.gguf"
    shutil.copytree(tiny.run.builds, tmp_path / "builds", ignore=shutil.ignore_patterns("int8", "*f16*", "*q4*"))
    path = tmp_path / "builds" / source.name
    whole = source.read_bytes()
    middle = len(whole) // 2
    for content, part in (
        (whole[:middle], "bytes"),
        (whole[:middle] + b"\x00" * 64 + whole[middle + 64 :], "corrupt"),
        (b"junk" + whole[4:], "not a GGUF"),
    ):
        path.write_bytes(content)
        done = tiny.command("nlsq", "--model", str(path), "x")
        assert (done.returncode, done.stdout) == (2, "")
        assert part in done.stderr
        assert "Traceback" not in done.stderr
    alone = tmp_path / "alone.gguf"  # no manifest beside it: llama.cpp itself has to notice
    alone.write_bytes(whole[:middle])
    done = tiny.command("nlsq", "--model", str(alone), "x")
    assert done.returncode == 2
    assert "corrupt or incomplete" in done.stderr
    alone.write_bytes(whole)
    assert tiny.command("nlsq", "--model", str(alone), "x").returncode == 0


def test_a_model_of_another_prompt_is_refused(tiny, tmp_path):
    shutil.copytree(tiny.run.merged, tmp_path / "merged")
    stamp = tmp_path / "merged" / "nlsq.json"
    stamp.write_text(stamp.read_text().replace(STYLES["bare"].hash, "0" * 16))
    done = tiny.command("nlsq", "--model", str(tmp_path / "merged"), "x")
    assert done.returncode == 2
    assert "was made for prompt 'bare'" in done.stderr


def test_status_and_list(tiny):
    listed = json.loads(tiny.command("nlsq.pipeline_cli", "list-runs", "--json").stdout)
    assert listed[0]["run"] == "tiny"
    assert listed[0]["done"] == ["train", "merge", "quantize", "evaluate", "bench"]
    assert "done" in tiny.command("nlsq.pipeline_cli", "status").stdout


def test_dry_runs(tiny):
    done = tiny.command("nlsq.pipeline_cli", "dry-run", "model", "--recipe", str(tiny.recipe))
    assert done.returncode == 0
    assert "M parameters" in done.stdout
    done = tiny.command("nlsq.pipeline_cli", "dry-run", "train", "--recipe", str(tiny.recipe))
    assert done.returncode == 0, done.stderr
    assert "in 3 steps" in done.stdout
    assert (tiny.runs / "dry-run-tiny" / "adapter" / "adapter_model.safetensors").exists()


def test_sweep_ranks_by_validation(tiny):
    text = tiny.recipe.read_text() + "sweep: {training.learning_rate: [1.0e-9, 5.0e-3]}\n"
    recipe = tiny.recipe.with_name("swept.yaml")
    recipe.write_text(text.replace("name: tiny", "name: swept"))
    done = tiny.command("recipes.train", "--recipe", str(recipe), "training.max_steps=6")
    assert done.returncode == 0, done.stderr
    ranking = json.loads((tiny.runs / "swept" / "sweep.json").read_text())
    assert [row["choice"]["training.learning_rate"] for row in ranking] == [5e-3, 1e-9]
    assert ranking[0]["eval_loss"] < ranking[1]["eval_loss"]


def test_qwen3_goes_the_same_way(tmp_path, small_data):
    """Another architecture and the ``chat`` style, with thinking switched off in the prompt."""
    stages = [
        ["recipes.train", "--recipe", "RECIPE", "training.max_steps=2", "builds.gguf=[q8_0]", "builds.int8=false"],
        ["recipes.merge", "--run", "tiny"],
        ["quant.build", "--run", "tiny"],
    ]
    pipeline = run_stages(tmp_path, small_data, "tiny-qwen3", "chat", stages)
    done = pipeline.command("nlsq", "--model", "tiny", "find config files")
    assert done.returncode == 0, done.stderr
    from quant.gguf_build import metadata

    facts = metadata(pipeline.run.builds / "model-q8_0.gguf")
    assert facts["nlsq.prompt.suffix"].endswith("<think>\n\n</think>\n\n")

"""The release gate: the only reader of the test split, in aggregate, and counted."""

import json

from nlsq import held_out
from recipes.evaluate import judge_release


def test_a_release_is_judged_in_aggregate_and_counted(tmp_path, monkeypatch, tiny, small_data):
    monkeypatch.setenv("NLSQ_DATA", str(small_data))
    monkeypatch.setattr(held_out, "reads_file", lambda: tmp_path / "reads.jsonl")
    model = f"{tiny.run.folder}:q8_0"
    for _ in range(2):
        judge_release(model, tmp_path / "result.json", None, "tiny:q8_0")
    text = (tmp_path / "result.json").read_text(encoding="utf-8")
    result = json.loads(text)
    assert not {"answers", "log_probabilities", "new_tokens", "results"} & set(result)
    first = json.loads((small_data / "test.jsonl").open(encoding="utf-8").readline())
    assert first["request"] not in text
    reads = [json.loads(line) for line in (tmp_path / "reads.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [read["label"] for read in reads] == ["tiny:q8_0"] * 2
    assert reads[0]["summary"] == result["summary"]
    assert reads[0]["model_sha256"] == result["source"]["model_sha256"]

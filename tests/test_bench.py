"""Measuring, held against a fake engine whose times are known."""

import pytest

from bench.cell import cold_start, measure
from bench.report import choose, compared, console_table, plot, summarise_cell, verdict_line
from bench.run import measure_cell
from nlsq.errors import UserError
from nlsq.files import read_json, sha256_of
from nlsq.records import Record, mixed, write_records
from nlsq.timing import Latency
from nlsq.translator import Translator

TOLERANCE_MS = 5.0  # what sleeping and a busy machine add to a median
ONCE_MS = 25.0  # ... and to a single time


def some_records(count):
    return [
        Record(id=f"r-{n}", category="content", request=f"python thing {n}", query="lang:python") for n in range(count)
    ]


def fake(**options):
    return "fake:" + ",".join(f"{key}={value}" for key, value in options.items())


def measured(count, warm_up=3, **options):
    records = some_records(count)
    return records, measure(Translator.load(fake(**options)), records, None, warm_up)


def row(records, result, name="fake", size=1):
    return summarise_cell({"name": name, "bytes": size, "sha256": "x"}, result, {one.id: one for one in records})


def test_a_fixed_time_comes_back():
    _, result = measured(30, request_ms=10)
    latency = Latency.of([one["ms"] for one in result["samples"]])
    assert latency.n == 30
    assert latency.minimum >= 10
    assert latency.p50 == pytest.approx(10, abs=TOLERANCE_MS)
    assert latency.p99 is None


def test_one_slow_in_twenty_shows_in_the_tail_alone():
    _, result = measured(100, warm_up=0, request_ms=2, slow_every=20, slow_ms=60)
    latency = Latency.of([one["ms"] for one in result["samples"]])
    assert latency.p50 == pytest.approx(2, abs=TOLERANCE_MS)
    assert latency.p99 == pytest.approx(60, abs=ONCE_MS)
    assert sum(one["ms"] > 50 for one in result["samples"]) >= 5


def test_cold_is_before_the_first_call_and_warm_up_is_left_out():
    records = some_records(20)
    translator, cold = cold_start(fake(load_ms=80, first_ms=120, request_ms=5), None, None, False, records[0])
    assert cold["load_ms"] == pytest.approx(80, abs=ONCE_MS)
    assert cold["first_answer_ms"] == pytest.approx(120, abs=ONCE_MS)
    result = measure(translator, records, 5.0)
    assert result["warm_up"] == 3
    assert Latency.of([one["ms"] for one in result["samples"]]).p50 == pytest.approx(5, abs=TOLERANCE_MS)
    assert translator.backend.calls == 1 + 3 + 20


def test_failures_are_counted_and_never_timed():
    records, result = measured(20, warm_up=0, request_ms=1, fail_every=4)
    assert (len(result["samples"]), len(result["errors"])) == (15, 5)
    summary = row(records, result)
    assert summary["errors"] == 5
    assert choose([summary], 1000) is None


def test_a_few_samples_are_of_all_kinds():
    records = [Record(f"{kind}-{n}", kind, "r", "q") for kind in ("a", "b", "c", "d") for n in range(30)]
    assert {record.category for record in mixed(records)[:20]} == {"a", "b", "c", "d"}
    assert mixed(records) == mixed(list(reversed(records)))


def test_a_slow_engine_gets_twenty_samples(monkeypatch):
    records = some_records(100)
    translator = Translator.load(fake(request_ms=1))
    result = measure(translator, records, estimate_ms=700.0)
    assert result["slow"]
    assert len(result["samples"]) == 20
    monkeypatch.setattr("bench.cell.SLOW_SECONDS", 0.01)
    assert len(measure(translator, records, estimate_ms=700.0)["samples"]) < 20


def report_of(*rows, budget=100.0):
    environment = {"cpu": "test", "threads": 2}
    return {
        "run": "r",
        "budget_ms": budget,
        "cells": list(rows),
        "beside": [],
        "compared": [],
        "choice": choose(list(rows), budget),
        "environment": environment,
    } | {"finished": "2026-01-01T00:00:00"}


def test_the_fastest_that_fits_is_chosen(tmp_path):
    rows = []
    for name, milliseconds in (("slow", 30), ("fast", 4), ("middle", 12)):
        records, result = measured(25, request_ms=milliseconds)
        rows.append(row(records, result, name))
    assert choose(rows, 100) == "fast"
    assert choose(rows, 2) is None
    assert "fast on llama.cpp fits" in verdict_line(report_of(*rows))
    assert "no build fits p95 <= 2 ms; the fastest is fast" in verdict_line(report_of(*rows, budget=2.0))
    plot(report_of(*rows), {one["name"]: [1.0, 2.0] for one in rows}, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_measured_is_a_dash_and_never_fits():
    empty = row([], {"samples": [], "errors": [], "failed": "exit code 1"}, "broken")
    report = report_of(empty)
    assert report["choice"] is None
    line = next(line for line in console_table(report).splitlines() if line.startswith("broken"))
    assert " 0.0 " not in line
    assert line.split()[3:6] == ["-", "-", "-"]
    assert "failed: broken: exit code 1" in console_table(report)
    assert "none was measured" in verdict_line(report)


def test_builds_are_compared_with_another_run_by_their_medians():
    samples = {"mine": [9.0, 10.0, 11.0] * 20, "other:q4": [35.0, 50.0, 65.0] * 20, "none": []}
    (one,) = compared({"mine": samples["mine"], "none": []}, samples, ["other:q4"])
    assert (one["name"], one["beside"], one["ratio"]) == ("mine", "other:q4", 5.0)
    low, high = one["interval"]
    assert 3 < low <= 5 <= high < 7.5
    records, result = measured(25, request_ms=4)
    report = report_of(row(records, result, "mine")) | {"compared": [one], "beside": [row(records, result, "other:q4")]}
    table = console_table(report)
    assert "\nother:q4 " in table
    assert f"mine: 5.0 times as fast as other:q4 by p50 (95% interval {low:.1f} to {high:.1f})" in table


def test_a_build_to_compare_with_has_to_be_there(tiny, monkeypatch):
    from bench.run import cell_beside

    monkeypatch.setenv("NLSQ_RUNS", str(tiny.runs))
    assert cell_beside("tiny:q8_0")["model"].endswith("q8_0.gguf")
    with pytest.raises(UserError, match="run 'tiny' has no build 'q2' to compare with .it has f16, q8_0"):
        cell_beside("tiny:q2")


def test_a_cell_is_measured_in_its_own_process_once(tmp_path):
    records = some_records(20)
    path = tmp_path / "records.jsonl"
    write_records(path, records)
    cell = {"name": "fake", "model": fake(request_ms=3, load_ms=30), "sha256": "one", "bytes": 1}
    first = measure_cell(cell, tmp_path, path, sha256_of(path), force=False)
    assert first["backend"] == "fake"
    assert first["latency_ms"]["n"] == 20
    assert first["cold"]["load_ms"] == pytest.approx(30, abs=ONCE_MS)
    assert first["peak_memory_bytes"] > 10_000_000
    assert first["gpu_memory_bytes"] is None
    again = measure_cell(cell, tmp_path, path, sha256_of(path), force=False)
    assert again == first
    other = measure_cell({**cell, "sha256": "two"}, tmp_path, path, sha256_of(path), force=False)
    assert other["samples"] != first["samples"]
    assert read_json(tmp_path / "fake.json")["key"]["sha256"] == "two"


def test_a_cell_that_cannot_load_is_reported(tmp_path):
    path = tmp_path / "records.jsonl"
    write_records(path, some_records(3))
    cell = {"name": "gone", "model": str(tmp_path / "gone.gguf"), "sha256": "x", "bytes": 1}
    result = measure_cell(cell, tmp_path, path, "x", force=False)
    assert result["failed"] == "exit code 2"
    assert not (tmp_path / "gone.json").exists()


def test_an_empty_record_file_is_an_error(tmp_path):
    from bench.run import bench
    from nlsq.run import run_named

    (tmp_path / "none.jsonl").write_text("")
    with pytest.raises(UserError, match="no records"):
        bench(run_named("x", must_exist=False), tmp_path / "none.jsonl", 100)

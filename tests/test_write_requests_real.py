"""Requests from a real model behind a real server: llama-cpp-python's own, with SmolLM2. Slow: about two minutes.

The model is far too small for the task; what is tested is that every answer, however poor, is accounted for.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from conftest import ROOT, command

from nlsq.base_models import SMOLLM2, _package_member
from nlsq.files import read_json, write_json_lines
from nlsq.records import read_records

QUERIES = [
    "lang:go retry",
    "repo:acme/billing Invoice",
    "type:commit author:mei after:2026-03-09",
    "file:package.json lodash OR underscore",
    "type:symbol select:symbol.class TokenCache",
]
STYLES = ["terse", "question", "command"]


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture
def url(tmp_path):
    """Of a server with SmolLM2 as it comes in its package."""
    model = tmp_path / "model.gguf"
    with _package_member(SMOLLM2) as (folder, file):
        shutil.copy(folder / file, model)
    port = free_port()
    words = ["--model", str(model), "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "4096", "--verbose", "false"]
    threads = str(len(os.sched_getaffinity(0)))
    with open(tmp_path / "server.log", "wb") as log:
        program = [sys.executable, "-m", "llama_cpp.server", *words, "--n_threads", threads]
        process = subprocess.Popen(program, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        base = f"http://127.0.0.1:{port}/v1"
        limit = time.monotonic() + 120
        while not _listens(base):
            told = (tmp_path / "server.log").read_text(errors="replace")
            assert process.poll() is None, told
            assert time.monotonic() < limit, told
            time.sleep(0.3)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listens(base):
    try:
        return urllib.request.urlopen(f"{base}/models", timeout=5).status == 200
    except urllib.error.URLError:
        return False


@pytest.mark.slow
def test_every_query_is_accounted_for(tmp_path, url):
    rows = [{"id": f"log-{number}", "query": query, "count": 1} for number, query in enumerate(QUERIES)]
    write_json_lines(tmp_path / "queries.jsonl", rows)
    out, report, answers = (tmp_path / name for name in ("pairs.jsonl", "report.json", "pairs.answers.jsonl"))

    def write(*more):
        words = [str(tmp_path / "queries.jsonl"), "--out", str(out), "--report", str(report), "--model", "smollm2"]
        words += ["--base-url", url, "--styles", ",".join(STYLES), "--today", "2026-03-14", "--json-mode"]
        words += ["--max-tokens", "150", "--timeout", "300", "--price-in", "0.15", "--price-out", "0.6", *more]
        done = command("data.write_requests", *words, runs=tmp_path, data=tmp_path)
        told = read_json(report)
        assert done.returncode == (0 if told["requests"]["kept"] else 1), done.stderr
        return done, told

    done, told = write()
    print(done.stdout, answers.read_text(encoding="utf-8"))
    assert told["queries"] == {"answered": 5, "left": 0, "skipped": 0}
    assert told["requests"]["all"] == len(QUERIES) * len(STYLES)
    assert told["requests"]["kept"] + len(told["dropped"]) == len(QUERIES) * len(STYLES)
    spent = told["this_run"]
    lines = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert 5 <= spent["calls"] == len(lines) <= 10
    assert spent["estimated"] == 0, "the server counts its tokens"
    assert spent["tokens_in"] == sum(line["tokens_in"] for line in lines) > 5 * 300
    assert spent["tokens_out"] == sum(line["tokens_out"] for line in lines) > 0
    assert spent["cost"] == pytest.approx(spent["tokens_in"] * 0.15e-6 + spent["tokens_out"] * 0.6e-6)
    kept = read_records(out) if told["requests"]["kept"] else []
    assert {record.query for record in kept} <= set(QUERIES)
    pairs = out.read_bytes()

    done, told = write()
    assert told["this_run"]["calls"] == 0
    assert "5 answers are there already and cost nothing" in done.stderr
    assert out.read_bytes() == pairs
    assert len(answers.read_text(encoding="utf-8").splitlines()) == len(lines)

"""The import of logs as a command: its table, its errors, Ctrl-C, and memory that does not grow."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time

from conftest import ROOT, command, take_interrupts

from data.import_logs import Importer, Settings, import_logs
from data.logs import rows as log_rows
from data.logs import text as log_text
from data.logs.queries import judged
from data.logs.rows import Row
from dev import import_memory


def test_the_command(tmp_path):
    log, out, report = tmp_path / "log.csv", tmp_path / "out.jsonl", tmp_path / "report.json"
    log.write_text("what,times\nfoo bar,2\nbar AND foo,3\nfoo),1\nauthor:jane@acme.com type:commit,1\n")
    words = ["data.import_logs", str(log), "--out", str(out), "--report", str(report)]
    done = command(*words, "--query-column", "what", "--count-column", "times", runs=tmp_path, data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [(record["query"], record["count"]) for record in map(json.loads, out.read_text().splitlines())] == [
        ("foo bar", 5),
        ("type:commit author:person1@example.com", 1),
    ]
    found = {line.rsplit(None, 1)[0].strip(): line.rsplit(None, 1)[1] for line in done.stdout.splitlines()[2:]}
    assert found["rows read"] == "4"
    assert found["kept"] == "2"
    assert found["duplicates"] == "1"
    assert found["dropped, refused by Sourcegraph: parentheses"] == "1"
    assert found["redacted: e-mail address"] == "1"
    assert json.loads(report.read_text())["dropped"] == {"refused by Sourcegraph: parentheses": 1}
    assert len(done.stderr.splitlines()) == 1
    done = command(*words, runs=tmp_path, data=tmp_path)
    assert done.returncode == 2
    assert "'what', 'times'" in done.stderr


def test_ctrl_c_leaves_nothing_half_written(tmp_path):
    log, folder = tmp_path / "log.csv", tmp_path / "out"
    folder.mkdir()
    (folder / "out.jsonl").write_text("as it was")
    os.mkfifo(log)
    words = [sys.executable, "-m", "data.import_logs", str(log), "--out", str(folder / "out.jsonl")]
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=take_interrupts)
    with open(log, "w") as pipe:
        pipe.write("query\nfoo\n")
        pipe.flush()
        until = time.monotonic() + 20
        while len(list(folder.iterdir())) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(list(folder.iterdir())) == 2
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told.strip() == "error: interrupted"
    assert [file.read_text() for file in folder.iterdir()] == ["as it was"]


def test_logs_are_not_written_over(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("query\nfoo\n")
    for words in (["--out", str(path)], ["--out", f"{tmp_path}/a", "--report", f"{tmp_path}/a"]):
        done = command("data.import_logs", str(path), *words, runs=tmp_path, data=tmp_path)
        assert done.returncode == 2
        assert "->" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["log.csv"]


# ---- memory


def test_rows_are_taken_one_by_one():
    taken = 0

    def endless():
        nonlocal taken
        for number in itertools.count():
            taken = number
            yield Row(query=f"word{number}") if number % 2 else Row(query="foo)")

    records = Importer(Settings()).records(endless())
    assert [next(records)[1]["query"] for _ in range(3)] == ["word1", "word3", "word5"]
    assert taken == 5


def test_what_is_remembered_of_queries_is_bounded():
    assert judged.cache_info().maxsize <= 10_000


def test_the_log_of_the_memory_test(tmp_path):
    import_memory.write_log(tmp_path / "log.csv", 1500, seed=1)
    import_memory.write_log(tmp_path / "again.csv", 1500, seed=1)
    assert (tmp_path / "log.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    report = import_logs([tmp_path / "log.csv"], tmp_path / "out.jsonl")
    assert report.rows == 1500
    assert 0.6 * 1500 < report.kept < 0.8 * 1500
    assert report.redacted.total() > 150
    assert {log_rows.TOO_FEW, log_text.BAD_PERCENT, log_text.NOT_SEARCH, log_text.EMPTY} <= set(report.dropped)
    done = command("dev.import_memory", "--rows", "1500", "--step", "500", runs=tmp_path, data=tmp_path)
    assert done.returncode in (0, 1), done.stderr
    assert "MB without" in done.stdout

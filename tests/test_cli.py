"""``nlsq``: the answer on stdout, everything else on stderr, one line an error."""

import json
import os
import subprocess
import sys

import pytest
from cli_desk import FAKE, assert_one_line_error, nlsq, settings_aside  # noqa: F401
from conftest import ROOT


def process(*words, text=None):
    return subprocess.run([sys.executable, "-m", "nlsq", *words], cwd=ROOT, capture_output=True, text=True, input=text)


def test_only_the_query_is_on_stdout():
    for run in (process, nlsq):
        done = run("--model", FAKE, "find", "python", "files")
        assert (done.returncode, done.stdout, done.stderr) == (0, "lang:python\n", "")


def test_a_finding_is_told_on_stderr():
    done = nlsq("--model", "fake:answer=async:yes", "x")
    assert (done.returncode, done.stdout) == (0, "async:yes\n")
    assert "warning" in done.stderr


def test_lines_from_a_pipe():
    done = nlsq("--model", FAKE, text="one\ntwo\n")
    assert done.stdout == "lang:python\nlang:python\n"


def test_json():
    done = nlsq("--model", FAKE, "--json", "-n", "2", "x")
    value = json.loads(done.stdout)
    assert value["query"] == "lang:python"
    assert value["alternatives"] == ["lang:python 2"]
    assert value["timings"]["total_ms"] > 0


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--model", FAKE, ""], "the request is empty"),
        (["--model", FAKE, "x" * 2001], "more than 2,000"),
        (["--model", FAKE, "--today", "soon", "x"], "no date"),
        (["--model", FAKE, "--free", "--copy-only", "x"], "exclude each other"),
        (["--model", FAKE, "--copy-only", "--repository", "a b", "x"], "no name of a repository"),
        (["--bogus", "x"], "-> nlsq --help"),
        (["--model", "/no/such.gguf", "x"], "there is no model"),
        (["--model", "nosuchrun", "x"], "there is no model"),
        (["--model", "x" * 5000, "x"], "longer than"),
        (["--model", "fake:speed=1", "x"], "no setting of the fake"),
        (["x"], "no model"),
    ],
)
def test_errors(words, part):
    assert_one_line_error(nlsq(*words), part)


def test_a_bad_line_in_a_pipe_keeps_its_place():
    done = nlsq("--model", FAKE, text=f"one\n\n{'x' * 2001}\nfour\n")
    assert done.returncode == 2
    assert done.stdout == "lang:python\n\n\nlang:python\n"
    assert done.stderr.count("error: ") == 2


def test_a_reader_that_leaves_early_is_no_error():
    words = f"yes request | head -n 20000 | {sys.executable} -m nlsq --model fake | head -n 1; echo ${{PIPESTATUS[2]}}"
    done = subprocess.run(["bash", "-c", words], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "lang:python\n0\n"
    assert "Traceback" not in done.stderr


def test_bytes_that_are_no_text_get_an_answer():
    done = subprocess.run([sys.executable, "-m", "nlsq", "--model", FAKE, b"caf\xe9"], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"lang:python\n")


def test_an_empty_answer_is_told():
    done = nlsq("--model", "fake:answer=", "x")
    assert done.stdout == "\n"
    assert "no answer" in done.stderr


def test_an_empty_pipe():
    assert_one_line_error(nlsq("--model", FAKE, text=""), "the request is empty")


def test_what_is_no_gguf(tmp_path):
    path = tmp_path / "model.gguf"
    for content in (
        b"",
        b"GGUF",
        b"not a model at all" * 100,
        b"GGUF" + b"\xff" * 500,
        b"GGUF\x03\x00\x00\x00" + b"\x00" * 400,
    ):
        path.write_bytes(content)
        done = process("--model", str(path), "x")
        assert done.returncode == 2, (content[:20], done.stderr)
        assert "Traceback" not in done.stderr
        assert "error: " in done.stderr.splitlines()[-1]


def test_usage_errors():
    assert_one_line_error(nlsq("x", "--nope"), "--nope")
    assert_one_line_error(nlsq("-n", "99", "x"), "99")
    assert_one_line_error(finetune("bench", "--budget-ms", "0"), "budget-ms")
    assert_one_line_error(finetune("status", "nosuch"), "nosuch")


def test_a_closed_stdout_is_no_answer_of_no():
    done = subprocess.run(["bash", "-c", f"{sys.executable} -m nlsq --model fake x >&-"], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_check():
    done = nlsq("check", "lang:go foo")
    assert (done.returncode, done.stdout) == (0, "")
    done = nlsq("check", "foo", "ext:go")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "foo ext:go"
    assert done.stdout.splitlines()[1].startswith("    ^^^^^^ warning: ext: is no filter")
    assert nlsq("check", "--strict", "foo ext:go").returncode == 1
    assert nlsq("check", "foo)").returncode == 1


def test_check_reads_lines_and_writes_json():
    done = nlsq("check", "--json", text="lang:go\nlang:py\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [len(row["findings"]) for row in rows] == [0, 1]
    assert rows[1]["findings"][0]["severity"] == "error"


@pytest.mark.parametrize(
    ("words", "stdout"),
    [
        (["check", "-file:test x"], ""),
        (["check", "-file:test", "x"], ""),
        (["check", "--strict", "-lang:go"], ""),
        (["explain", "-file:test x"], "Finds code with “x”, in files whose path does not match test.\n"),
        (["--model", FAKE, "-file:test what is here"], "lang:python\n"),
        (["check", "-lang:go", "--json"], '{"query": "-lang:go", "findings": []}\n'),
        (["-file:test x", "-n", "2", "--model", FAKE], "lang:python\nlang:python 2\n"),
        (["--model", FAKE, "--", "check", "--json"], "lang:python\n"),
    ],
)
def test_a_query_may_begin_with_a_minus(words, stdout):
    done = nlsq(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, stdout, "")


def test_check_says_what_was_probably_meant():
    done = nlsq("check", "ext:go foo")
    assert "did you mean file:\\.go$?" in done.stdout
    done = nlsq("check", "--json", "lang:py foo")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["suggestion"], finding["start"], finding["end"]) == ("lang:python", 0, 7)


def test_explain():
    done = nlsq("explain", "type:commit author:alice refactor")
    assert done.stdout == "Finds commits with “refactor”, by the author alice.\n"
    assert_one_line_error(nlsq("explain", "foo)"), "closes nothing")


def test_a_request_may_begin_with_a_commands_name():
    assert nlsq("--model", FAKE, "--", "check", "the", "logs").stdout == "lang:python\n"
    assert nlsq("--model", FAKE, "check the logs").stdout == "lang:python\n"
    assert nlsq("check the logs", "--model", FAKE).stdout == "lang:python\n"
    environment = {**os.environ, "NLSQ_MODEL": FAKE}
    words = [sys.executable, "-m", "nlsq", "--", "check", "the", "logs"]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, text=True, env=environment).stdout == "lang:python\n"


def test_help_and_version():
    assert "REQUEST" in nlsq("-h").stdout
    assert nlsq("--version").stdout.startswith("nlsq, version ")


def finetune(*words):
    return subprocess.run([sys.executable, "-m", "nlsq.pipeline_cli", *words], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["train", "--recipe", "nope"], "there is no recipe"),
        (["train", "--recipe", "smoke"], "data file"),
        (["train", "--recipe", "smoke", "epochs=3", "lora.rnak=2"], "lora.rnak"),
        (["train", "--recipe", "smoke", "--run", "a b"], "no name for a run"),
        (["merge", "--run", "nope"], "there is no run"),
        (["quantize", "--run", "nope"], "there is no run"),
        (["bench", "--run", "nope"], "there is no run"),
        (["eval", "run", "--run", "nope"], "there is no run"),
        (["eval", "report"], "there is no run yet"),
        (["status"], "there is no run yet"),
        (["pipeline", "sweep={lora.rank: [8]}"], "a sweep makes many runs"),
        (["eval", "run", "--model", FAKE, "--file", "/no/such.jsonl"], "does not exist"),
        (["dry-run", "model", "base=nope"], "there is no base model"),
    ],
)
def test_pipeline_errors(words, part):
    assert_one_line_error(finetune(*words), part)


def test_an_outside_base_that_cannot_be_had(tmp_path):
    assert_one_line_error(finetune("dry-run", "model", f"base={tmp_path}"), "config.json")


def test_list_runs_without_runs():
    done = finetune("list-runs")
    assert done.returncode == 0
    assert "no runs" in done.stderr


def test_dotenv_is_read_from_a_parent_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHON_DOTENV_DISABLED")
    (tmp_path / ".env").write_text("RUN=from-dotenv\n")
    (tmp_path / "below").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "nlsq.pipeline_cli", "status"], cwd=tmp_path / "below", capture_output=True, text=True
    )
    assert "from-dotenv" in done.stderr

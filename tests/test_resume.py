"""Training that is interrupted goes on from its last checkpoint, with the same command."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, TINY_RECIPE

from nlsq.errors import UserError
from nlsq.files import read_json
from nlsq.run import Run
from recipes.progress import COMPLETE, last_checkpoint


@pytest.fixture
def start(tmp_path, small_data):
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(TINY_RECIPE.format(base="tiny-llama", prompt="bare").replace("epochs: 1", "epochs: 3"))

    def begin(data=small_data):
        environment = {**os.environ, "NLSQ_RUNS": str(tmp_path / "runs"), "NLSQ_DATA": str(data)}
        words = [sys.executable, "-m", "recipes.train", "--recipe", str(recipe)]
        return subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)

    return begin


def wait_for_checkpoint(folder, process):
    limit = time.monotonic() + 180
    while not any(folder.glob(f"checkpoint-*/{COMPLETE}")):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.mark.parametrize(("by", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_the_same_command_goes_on(tmp_path, start, by, code):
    checkpoints = tmp_path / "runs" / "tiny" / "checkpoints"
    process = start()
    wait_for_checkpoint(checkpoints, process)
    process.send_signal(by)
    errors = process.stderr.read()
    assert process.wait() == code
    assert "Traceback" not in errors
    assert not (tmp_path / "runs" / "tiny" / "adapter").exists()
    begun = last_checkpoint(checkpoints)
    assert begun is not None
    if by == signal.SIGINT:
        assert "goes on from here" in errors
    again = start()
    errors = again.stderr.read()
    assert again.wait() == 0, errors
    assert f"going on from {begun.name}" in errors
    summary = read_json(tmp_path / "runs" / "tiny" / "train.json")
    assert summary["steps"] == 36
    steps = [entry["step"] for entry in read_json(tmp_path / "runs" / "tiny" / "losses.json") if "loss" in entry]
    assert steps == sorted(set(steps)), "no step is trained or logged twice"
    assert min(steps) < int(begun.name.rpartition("-")[2]) < max(steps)


def test_a_checkpoint_that_was_cut_off_does_not_count(tmp_path):
    for step, complete in ((4, True), (8, True), (12, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if complete:
            (folder / COMPLETE).touch()
    assert last_checkpoint(tmp_path).name == "checkpoint-8"
    assert not (tmp_path / "checkpoint-12").exists()
    assert last_checkpoint(tmp_path / "nothing") is None


def test_checkpoints_of_other_data_are_not_gone_on_from(tmp_path, start, small_data):
    begun = start()
    wait_for_checkpoint(tmp_path / "runs" / "tiny" / "checkpoints", begun)
    begun.kill()
    begun.wait()
    data = tmp_path / "other"
    shutil.copytree(small_data, data)
    path = data / "train.messages.jsonl"
    path.write_text("".join(reversed(path.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")
    again = start(data)
    errors = again.stderr.read()
    assert again.wait() == 0, errors
    assert "old checkpoints are removed" in errors
    assert "going on from" not in errors
    assert read_json(tmp_path / "runs" / "tiny" / "losses.json")[0]["step"] == 0


def test_what_a_killed_process_left_is_removed(tmp_path):
    run = Run(tmp_path / "r")
    (tmp_path / "r" / "builds").mkdir(parents=True)
    (tmp_path / "r" / "builds" / ".model.gguf.x1").write_text("half")
    (tmp_path / "r" / ".merged.x2").mkdir()
    (tmp_path / "r" / ".merged.x2" / ".nlsq.json.x3").write_text("half")
    with run.lock():
        assert [path.name for path in tmp_path.rglob(".*")] == [".lock"]


def test_two_processes_do_not_share_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr("nlsq.run.LOCK_PATIENCE_SECONDS", 0.3)
    run = Run(tmp_path / "r")
    with run.lock(), pytest.raises(UserError, match="another process"), run.lock():
        pass

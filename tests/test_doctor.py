"""``nlsq doctor``: what is there, what is missing, and the command that mends it."""

import json
import subprocess
from importlib import metadata

import pytest
from cli_desk import FAKE, nlsq, settings_aside  # noqa: F401

from nlsq import doctor


def report(*words, code=0):
    done = nlsq("doctor", "--json", *words)
    assert (done.returncode, done.stderr) == (code, "")
    return json.loads(done.stdout)


def test_a_machine_that_is_ready():
    found = report("--model", FAKE)
    assert found["ready"]
    assert found["faults"] == []
    assert found["machine"]["cores_usable"] >= 1
    assert found["packages"]["click"] == metadata.version("click")
    assert found["model"]["loads"]
    assert found["model"]["query"] == "lang:python"
    done = nlsq("doctor", "--model", FAKE)
    assert done.returncode == 0
    assert done.stdout.endswith("\nready\n")
    assert "first answer:" in done.stdout


def test_no_model():
    found = report(code=2)
    assert not found["ready"]
    assert "no model" in found["faults"][0]["fault"]
    assert found["faults"][0]["fix"]
    done = nlsq("doctor")
    assert done.returncode == 2
    assert "missing: no model" in done.stdout
    assert done.stdout.endswith("\nnot ready\n")


@pytest.mark.parametrize("content", [b"GGUF" + bytes(400), b"GGUF" + b"\xff" * 500])
def test_a_model_that_does_not_load(tmp_path, content):
    (tmp_path / "model.gguf").write_bytes(content)
    found = report("--model", str(tmp_path / "model.gguf"), code=2)
    assert found["model"]["loads"] is False
    assert found["model"]["bytes"] == len(content)
    assert "model.gguf" in found["faults"][0]["fault"]


def test_a_package_that_is_missing(tmp_path, monkeypatch):
    version = metadata.version

    def without(name):
        if name == "llguidance":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without)
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    found = report("--model", str(tmp_path / "model.gguf"), code=2)
    assert found["faults"] == [{"fault": "the package llguidance is not installed", "fix": "make setup"}]
    monkeypatch.setattr(doctor.paths, "checkout", lambda: None)
    found = report("--model", str(tmp_path / "model.gguf"), code=2)
    assert found["faults"][0]["fix"] == 'pip install "nls-query[llama]"'
    assert report("--model", FAKE)["ready"]


def test_an_engine_that_is_killed_and_one_that_hangs(monkeypatch):
    def ends(code):
        return lambda words, **_: subprocess.CompletedProcess(words, code, "", "Traceback\nRuntimeError: no\n")

    def hangs(words, **_):
        raise subprocess.TimeoutExpired(words, 1)

    monkeypatch.setattr(doctor.subprocess, "run", ends(-4))
    assert "SIGILL" in report("--model", FAKE, code=2)["faults"][0]["fault"]
    monkeypatch.setattr(doctor.subprocess, "run", ends(1))
    assert report("--model", FAKE, code=2)["faults"][0]["fault"] == "the model does not answer (RuntimeError: no)"
    monkeypatch.setattr(doctor.subprocess, "run", hangs)
    assert "no answer in" in report("--model", FAKE, code=2)["faults"][0]["fault"]


def test_settings(settings_aside, monkeypatch):  # noqa: F811
    path = settings_aside / "config" / "nlsq" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(f'model = "{FAKE}"\nrepositories = ["github.com/a/b"]\nendpoint = "https://sg.example.com"\n')
    found = report()
    assert found["ready"]
    assert found["settings"]["file"] == str(path)
    assert found["settings"]["endpoint"] == "https://sg.example.com"
    assert found["settings"]["repositories"] == 1
    path.write_text("nope = 1\n")
    monkeypatch.setenv("NLSQ_MODEL", FAKE)
    found = report(code=2)
    assert ["unknown key" in one["fault"] for one in found["faults"]] == [True]
    assert found["model"]["loads"]


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu.max": "nonsense"}, None),
        ({}, None),
    ],
)
def test_a_containers_quota(tmp_path, files, quota):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert doctor.cpu_quota(tmp_path) == quota


def test_instruction_sets(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512f mmx\n\nprocessor\t: 1\nflags\t\t: fma\n")
    assert doctor.instruction_sets(path) == ["avx2", "avx512f"]
    path.write_text("processor\t: 0\nFeatures\t: fp asimd i8mm\n")
    assert doctor.instruction_sets(path) == ["asimd", "i8mm"]
    assert doctor.instruction_sets(tmp_path / "nothing") == []

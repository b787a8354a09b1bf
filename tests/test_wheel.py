"""The wheel carries the product alone, works in an empty environment, and answers offline when it ships a model."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile

import pytest
from conftest import ROOT

from nlsq import paths

MODELS = sorted(path.name for path in paths.SHIPPED_MODELS.glob("*.gguf"))
# What Python runs at each start: whoever opens a connection fails.
NO_NETWORK = """
import socket
def refuse(*_, **__):
    raise RuntimeError("a connection was tried")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(words, check=True)
    return next(folder.glob("nls_query-*.whl"))


def test_the_wheel_carries_nlsq_alone(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"nlsq"}


def test_the_wheel_carries_what_is_read_beside_the_code(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    words = {"nlsq/reading/words.txt", "nlsq/reading/telling.txt", "nlsq/query/languages.json", "nlsq/models/README.md"}
    assert words <= names
    for model in MODELS:
        assert {f"nlsq/models/{model}", f"nlsq/models/{model.removesuffix('.gguf')}.json"} <= names


@pytest.mark.skipif(not MODELS, reason="nlsq/models has no model, so the wheel ships none (nls-finetune ship)")
def test_the_shipped_model_answers_offline(wheel, tmp_path):
    """With the engine's packages of this environment, nothing else of it, and no network."""
    venv.create(tmp_path / "user", with_pip=True)
    python = tmp_path / "user" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    # A path in a .pth file comes after the wheel's own, and its .pth files, the checkout's among them, do not count.
    with open(f"{site}/engine.pth", "w") as file:
        file.write(sysconfig.get_path("purelib") + "\n")
    with open(f"{site}/sitecustomize.py", "w") as file:
        file.write(NO_NETWORK)

    def run(*words):
        return subprocess.run([python, *words], cwd=tmp_path, capture_output=True, text=True)

    assert run("-c", "import nlsq; print(nlsq.__file__)").stdout.startswith(site)
    assert run("-c", "import socket; socket.create_connection(('localhost', 1))").returncode != 0
    done = run("-m", "nlsq", "--json", "--no-remotes", "--today", "2026-03-14", "python files that import numpy")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["query"]
    assert answer["findings"] == []
    assert 0 <= answer["confidence"] <= 1
    assert run("-m", "nlsq", "doctor").stdout.endswith("\nready\n")


def test_it_works_in_an_empty_environment(wheel, tmp_path):
    venv.create(tmp_path / "empty", with_pip=True)
    binary = tmp_path / "empty" / "bin"
    subprocess.run([binary / "python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)

    def run(*words):
        return subprocess.run([binary / words[0], *words[1:]], cwd=tmp_path, capture_output=True, text=True)

    assert "Translate a REQUEST" in run("nlsq", "--help").stdout
    assert run("nlsq", "--model", "fake:answer=lang:go", "go files").stdout == "lang:go\n"
    assert run("python", "-c", "import torch").returncode != 0
    for words in ("train", "data", "pipeline", "eval baseline", "verify config", "bench", "list-runs"):
        done = run("nls-finetune", *words.split())
        assert done.returncode == 2, words
        assert "needs a checkout" in done.stderr
        assert "Traceback" not in done.stderr
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(100))
    done = run("nlsq", "--model", "model.gguf", "go files")
    assert done.returncode == 2
    assert 'pip install "nls-query[llama]"' in done.stderr

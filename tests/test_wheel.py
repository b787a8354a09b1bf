"""The wheel carries the product alone and works in an empty environment."""

import subprocess
import sys
import venv
import zipfile

import pytest
from conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(words, check=True)
    return next(folder.glob("nls_query-*.whl"))


def test_the_wheel_carries_nlsq_alone(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"nlsq"}


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

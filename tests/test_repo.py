"""The house: import arrows, light imports, generated help, pins, and what must not be in the tree."""

import ast
import re
import subprocess
import sys

import pytest
from conftest import ROOT

from nlsq.config import load_recipe, recipe_names
from nlsq.doctor import constraints
from quant.converter import PACKAGE, VERSION

PACKAGES = ("nlsq", "data", "recipes", "quant", "bench")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows(package):
    """Each package imports itself and nlsq alone; nlsq imports none of the others."""
    files = list((ROOT / package).rglob("*.py"))
    assert files
    allowed = {package, "nlsq"}
    for path in files:
        wrong = (set(imported(path)) & set(PACKAGES)) - allowed
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_nlsq_imports_light():
    """Importing the product, its command line and the pipeline's brings in no machine-learning package."""
    code = (
        "import sys, nlsq, nlsq.cli, nlsq.pipeline_cli, nlsq.scoring, nlsq.artifacts;"
        "print([name for name in ('torch', 'transformers', 'numpy', 'llama_cpp', 'yaml', 'pydantic', 'matplotlib')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_recipes_load():
    assert {"smoke", "qwen3-1.7b"} <= set(recipe_names())
    for name in recipe_names():
        assert load_recipe(name).name == name
        head = (ROOT / "recipes" / "configs" / f"{name}.yaml").read_text().split("name:")[0]
        for word in ("What it does", "Command", "Time and cost"):
            assert word in head, f"{name}: the header does not say: {word}"


def test_qwen3_recipe_is_the_predecessors():
    recipe = load_recipe("qwen3-1.7b")
    training = recipe.training
    assert (recipe.base, recipe.prompt) == ("Qwen/Qwen3-1.7B", "chat")
    assert (recipe.lora.rank, recipe.lora.alpha, recipe.lora.target) == (16, 32, "all-linear")
    assert (training.epochs, training.batch_size, training.gradient_accumulation) == (3, 4, 2)
    assert (training.learning_rate, training.schedule, training.precision) == (2e-4, "cosine", "bfloat16")


def test_make_help_lists_every_target():
    text = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shown = set(re.findall(r"^  make (\S+)", listed, re.MULTILINE))
    assert phony == targets == shown


def test_converter_is_of_the_pinned_engine():
    assert constraints(ROOT / "constraints.txt")[PACKAGE] == VERSION


def test_installed_packages_are_the_pinned_ones():
    done = subprocess.run(
        [sys.executable, "-m", "nlsq.pipeline_cli", "verify", "env"], cwd=ROOT, capture_output=True, text=True
    )
    assert "pinned is" not in done.stderr
    assert "not installed" not in done.stderr


def tracked_files():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = [name for name in done.stdout.split("\0") if name]
    if not names:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_no_addresses_of_registries_and_no_large_files():
    words = [b"index" + b"-url", b"find" + b"-links", b"file:" + b"///"]
    for path in tracked_files():
        content = path.read_bytes()
        assert len(content) < 5_000_000 or path.suffix == ".gguf", path
        if "handwritten" not in path.parts:  # what people ask for may look like anything
            assert not [word for word in words if word in content], path


def test_ci_runs_the_readmes_test_command():
    assert (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1] == "make test"
    assert "make test" in (ROOT / "README.md").read_text()


def test_changelog_has_a_head_for_what_comes():
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text()

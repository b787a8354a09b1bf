"""Completion, commands beside requests, ``docs/cli.md``, and how little a start takes."""

import ast
import re
import subprocess
import sys

import click
import pytest
from cli_desk import FAKE, Done, assert_one_line_error, nlsq, settings_aside  # noqa: F401
from conftest import ROOT

from nlsq import cli, repository_sources, user_config
from nlsq.backends import BACKENDS
from nlsq.console import ASK
from nlsq.repl import COMMANDS
from nlsq.translator import MAX_ALTERNATIVES

DOCUMENT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def completed(monkeypatch, *words):
    monkeypatch.setenv("_NLSQ_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["nlsq", *words]))
    monkeypatch.setenv("COMP_CWORD", str(max(1, len(words))))
    done = nlsq()
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split(",", 1)[1] for line in done.stdout.splitlines()]


def test_completion(monkeypatch):
    assert completed(monkeypatch) == ["check", "completion", "doctor", "explain"]
    assert completed(monkeypatch, "ch") == ["check"]
    assert completed(monkeypatch, "--rep") == ["--repository", "--repos"]
    assert completed(monkeypatch, "find", "--explai") == ["--explain"]
    assert completed(monkeypatch, "--backend", "ll") == ["llama.cpp"]
    assert completed(monkeypatch, "check", "--s") == ["--strict"]
    assert completed(monkeypatch, "completion", "f") == ["fish"]
    assert not [word for word in completed(monkeypatch, "-") if ASK in word]


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete -o"), ("zsh", "#compdef nlsq"), ("fish", "complete --")]
)
def test_completion_scripts(shell, mark):
    done = nlsq("completion", shell)
    assert done.returncode == 0
    assert mark in done.stdout
    assert "_NLSQ_COMPLETE" in done.stdout
    assert f"nlsq completion {shell} >" in nlsq("completion", "-h").stdout


def test_bash_takes_the_script(tmp_path):
    script = tmp_path / "nlsq.bash"
    script.write_text(nlsq("completion", "bash").stdout)
    words = (
        f'source {script}; COMP_WORDS=(nlsq --js); COMP_CWORD=1; _nlsq_completion {tmp_path}/nlsq; echo "$COMPREPLY"'
    )
    (tmp_path / "nlsq").write_text(f'#!/bin/sh\nexec {sys.executable} -m nlsq "$@"\n')
    (tmp_path / "nlsq").chmod(0o755)
    done = subprocess.run(["bash", "-c", words], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("--json\n", "")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["completion"], "Choose from: bash, zsh, fish -> nlsq completion --help"),
        (["completion", "handlers", "in", "go"], "as a request: nlsq -- completion handlers in go"),
        (["doctor", "strange", "code"], "as a request: nlsq -- doctor strange code"),
        (["doctor", "--nope"], "No such option"),
        (["x", "--model"], "requires an argument"),
        (["-n", "0", "x"], "0 is not in the range"),
        (["--threads", "none", "x"], "not a valid integer"),
        (["--backend", "gpt", "x"], "is not one of"),
    ],
)
def test_usage_errors(words, part):
    assert_one_line_error(nlsq(*words), part)


def test_a_command_that_looks_like_a_request_says_how_it_would_be_one():
    done = nlsq("check", "the", "logs")
    assert done == Done(0, "", "note: 'the logs' was read as a query; as a request: nlsq -- check the logs\n")
    done = nlsq("explain", "the login code")
    assert done.returncode == 0
    assert done.stderr.endswith("as a request: nlsq -- explain 'the login code'\n")
    for words in (["check", "lang:go logs"], ["check", "--json", "logs"], ["explain", "a AND (b)"], ["explain", "/x/"]):
        assert nlsq(*words).stderr == ""
    assert nlsq("--model", FAKE, "--", "doctor", "strange", "code").stdout == "lang:python\n"
    assert "nlsq -- check the logs" in nlsq("--help").stdout


def test_bare_without_a_terminal_for_answers():
    assert_one_line_error(nlsq("--model", FAKE, terminals=["stdin"]), "there is no request")
    assert_one_line_error(nlsq("check", terminals=["stdin"]), "there is no query")


def test_the_help_after_other_words_is_the_programs():
    assert nlsq("--json", "-h") == nlsq("-h")
    assert ASK not in nlsq("-h").stdout


def options_of(command):
    context = click.Context(command)
    return {name for one in command.get_params(context) if isinstance(one, click.Option) for name in one.opts}


def documented(heading):
    section = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`-.*?) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(-[\w-]+)`", row)}


@pytest.mark.parametrize("name", [name for name in cli.nlsq.commands if name != ASK])
def test_the_document_has_every_commands_options(name):
    assert documented(f"`nlsq {name}`") == options_of(cli.nlsq.commands[name])


def test_the_document_has_every_option_of_a_request():
    assert documented("A request") == options_of(cli.nlsq.commands[ASK]) | {"--version"}


def test_the_document_has_settings_and_commands():
    settings = DOCUMENT.split("\n## Configuration\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", settings, re.MULTILINE)) == set(user_config.KEYS)
    for name in COMMANDS:
        assert f"`{name}`" in DOCUMENT
    example = "".join(line.removeprefix("    ") + "\n" for line in settings.splitlines() if line.startswith("    "))
    assert {line.split(" = ")[0] for line in example.splitlines()} == set(user_config.KEYS)


def test_the_documents_examples_are_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLSQ_MODEL", FAKE)
    (tmp_path / "repositories.txt").write_text("github.com/a/b\n")
    (tmp_path / "requests.txt").write_text("one\ntwo\n")
    examples = [line.strip() for line in DOCUMENT.split("\n## Examples\n")[1].splitlines() if line.strip()]
    assert len(examples) > 5
    for line in examples:
        if "nlsq doctor" in line:
            continue
        command = re.sub(r"\bnlsq\b", f"{sys.executable} -m nlsq", line, count=1).replace("git log -1", "echo")
        environment = {
            "PYTHONPATH": str(ROOT),
            "NLSQ_MODEL": FAKE,
            "PYTHON_DOTENV_DISABLED": "1",
            "PATH": "/usr/bin:/bin",
        }
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, env=environment)
        assert done.returncode == (1 if "check" in line else 0), (line, done.stderr)


def test_what_is_written_twice_is_the_same():
    assert cli.MOST_READINGS == MAX_ALTERNATIVES
    assert cli.ENGINES == BACKENDS
    assert repository_sources.checked(["github.com/a/b.c-d_e"])


def test_the_command_line_imports_little():
    """What is heavy is imported by the command that needs it, so that help and the Tab key are quick."""
    light = {"console", "command_line", "errors", "quiet", "terminal", "version"}
    for name in ("cli", "command_line", "terminal"):
        for node in ast.parse((ROOT / "nlsq" / f"{name}.py").read_text(encoding="utf-8")).body:
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            names = [f"nlsq.{one.name}" for one in node.names] if module == "nlsq" else [module]
            assert not [one for one in names if one.startswith("nlsq.") and one.split(".")[1] not in light], name
    heavy = ("numpy", "llama_cpp", "tomllib", "readline")
    code = f"import sys, nlsq.cli; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

"""Where candidate repositories come from, and the user's settings."""

import os
import subprocess
from pathlib import Path

import pytest
from cli_desk import FAKE, assert_one_line_error, nlsq, settings_aside  # noqa: F401

from nlsq import Translator, user_config
from nlsq.artifacts import find
from nlsq.repository_sources import name_of, remote_names

CONFIG = """\
[core]
	bare = false ; a comment
[remote "fork"]
	url = git@github.com:me/name.git
	fetch = +refs/heads/*:refs/remotes/fork/*
	url = git@github.com:me/second.git
[remote "origin"] url = "https://user:token@github.com:443/org/name.git" # here, too
[Remote "mirror"]
	URL = work:other
[remote "local"]
	url = /srv/git/name.git
[url "ssh://git@gitlab.example.com:2222/"]
	insteadOf = work:
"""


@pytest.fixture
def candidates(monkeypatch):
    """The candidates of the last request."""
    seen = []
    translate = Translator.translate

    def listening(self, request, **options):
        seen[:] = options["repositories"]
        return translate(self, request, **options)

    monkeypatch.setattr(Translator, "translate", listening)
    return seen


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder within a git checkout; git itself is not asked."""
    folder = tmp_path / "checkout"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text(CONFIG)
    (folder / "src").mkdir()
    monkeypatch.chdir(folder / "src")
    return folder


def configure(folder: Path, text: str) -> Path:
    path = folder / "config" / "nlsq" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/org/name", "github.com/org/name"),
        ("https://github.com/org/name.git/", "github.com/org/name"),
        ("https://user:to%40ken@GitHub.com:443/Org/Name.git", "github.com/Org/Name"),
        ("https://me@corp.com:token@git.example.com/a/b/c.git", "git.example.com/a/b/c"),
        ("http://localhost:3000/a/b", "localhost/a/b"),
        ("ssh://git@github.com:22/org/name.git", "github.com/org/name"),
        ("ssh://git@ssh.github.com:443/org/name.git", "github.com/org/name"),
        ("git+ssh://git@host.example/org/name", "host.example/org/name"),
        ("git://github.com/org/name.js", "github.com/org/name.js"),
        ("git@github.com:org/name.git", "github.com/org/name"),
        ("github.com:org/name", "github.com/org/name"),
        ("git@gitlab.com:/group/sub.group/name_1.git", "gitlab.com/group/sub.group/name_1"),
        ("[git@github.com:22]:org/name.git", "github.com/org/name"),
        ("/srv/git/name.git", None),
        ("../name", None),
        ("file:" + "///srv/git/name.git", None),
        ("C:/code/name", None),
        ("C:\\work\\name", None),
        ("https://github.com/", None),
        ("https://github.com", None),
        ("github.com/org/name", None),
        ("git@github.com:org/my name", None),
        ("", None),
    ],
)
def test_names_of_remotes(address, name):
    assert name_of(address) == name


def test_the_remotes_of_a_checkout(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")  # no git
    expected = ("github.com/org/name", "github.com/me/name", "gitlab.example.com/other")
    assert remote_names() == expected
    assert remote_names(checkout) == expected
    assert remote_names(checkout.parent) == ()


def test_the_users_shorthands_count(checkout, settings_aside):  # noqa: F811
    (checkout / ".git" / "config").write_text('[remote "origin"]\nurl = gh:org/name\n')
    (settings_aside / "home").mkdir()
    (settings_aside / "home" / ".gitconfig").write_text(
        '[url "https://github.com/"]\ninsteadOf = gh:\ninsteadOf = github:\n'
    )
    assert remote_names() == ("github.com/org/name",)


@pytest.mark.skipif(subprocess.run(["which", "git"], capture_output=True).returncode != 0, reason="git is not there")
def test_a_worktree_and_gits_own_file(tmp_path, monkeypatch):
    def git(*words, folder):
        identity = {f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env={**os.environ, **identity})

    main = tmp_path / "main"
    main.mkdir()
    git("init", "--quiet", folder=main)
    git("remote", "add", "origin", "git@github.com:org/na-me.git", folder=main)
    git("commit", "--quiet", "--allow-empty", "-m", "x", folder=main)
    git("worktree", "add", "--quiet", str(tmp_path / "tree"), folder=main)
    assert remote_names(main) == remote_names(tmp_path / "tree") == ("github.com/org/na-me",)
    monkeypatch.setenv("GIT_DIR", str(main / ".git"))
    assert remote_names(tmp_path) == ("github.com/org/na-me",)


@pytest.mark.parametrize("content", [None, b"", b"gitdir: /nowhere/at/all", b"\xff\xfe", b"gitdir:"])
def test_a_broken_checkout_has_no_remotes(tmp_path, content):
    if content is None:
        (tmp_path / ".git").mkdir()
    else:
        (tmp_path / ".git").write_bytes(content)
    assert remote_names(tmp_path) == ()


def test_a_folder_that_is_gone(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert remote_names() == ()


def test_the_order_of_candidates(checkout, settings_aside, candidates):  # noqa: F811
    configure(
        settings_aside, 'repositories = ["github.com/conf/a", "github.com/org/name"]\nrepositories_file = "l.txt"\n'
    )
    (settings_aside / "config" / "nlsq" / "l.txt").write_text("github.com/conf/b\n")
    (checkout / "src" / "list").write_text(
        "\ufeff# names\r\ngithub.com/listed/c#sharp  # of mine\r\n\r\n  github.com/given/a\n", encoding="utf-8"
    )
    words = ["--model", FAKE, "--repos", "list", "--repository", "github.com/given/a", "x"]
    remotes = ["github.com/org/name", "github.com/me/name", "gitlab.example.com/other"]
    explicit = ["github.com/given/a", "github.com/listed/c#sharp"]
    assert nlsq(*words).returncode == 0
    assert candidates == [*explicit, *remotes, "github.com/conf/a", "github.com/conf/b"]
    assert nlsq("--no-remotes", *words).returncode == 0
    assert candidates == [*explicit, "github.com/conf/a", "github.com/org/name", "github.com/conf/b"]


def test_names_from_stdin(candidates, settings_aside, monkeypatch):  # noqa: F811
    monkeypatch.chdir(settings_aside)
    assert nlsq("--model", FAKE, "--repos", "-", "x", text="github.com/a/b\n#\n").returncode == 0
    assert candidates == ["github.com/a/b"]
    assert_one_line_error(nlsq("--model", FAKE, "--repos", "-", text="x\n"), "both come from stdin")
    assert_one_line_error(nlsq("--model", FAKE, "--repos", "-", "x", text="a b\n"), "stdin, line 1: 'a b'")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (
            b"github.com/a/b\n\n# c\na b\n",
            "line 4: 'a b' is no name of a repository -> write it as github.com/org/name",
        ),
        (
            b"git@github.com:a/b.git",
            "line 1: 'git@github.com:a/b.git' is no name of a repository -> write it as github.com/a/b",
        ),
        ("github.com/a/b".encode("utf-16"), "line 1: "),
        (b"caf\xe9", "line 1: "),
    ],
)
def test_a_list_with_what_is_no_name(tmp_path, content, part):
    (tmp_path / "list").write_bytes(content)
    assert_one_line_error(nlsq("--model", FAKE, "--repos", str(tmp_path / "list"), "x"), f"list, {part}")


def test_a_list_that_is_not_there(tmp_path):
    assert_one_line_error(nlsq("--model", FAKE, "--repos", "/no/such", "x"), "/no/such: no such file")
    assert_one_line_error(nlsq("--model", FAKE, "--repos", str(tmp_path), "x"), "is a directory")
    assert_one_line_error(nlsq("--model", FAKE, "--repository", "a b", "x"), "no name of a repository")


def test_the_configured_model_and_endpoint(settings_aside, monkeypatch):  # noqa: F811
    path = configure(settings_aside, 'model = "fake:answer=lang:go"\nendpoint = "https://sg.example.com/"\n')
    assert nlsq("x").stdout == "lang:go\n"
    assert nlsq("--url", "x").stdout.startswith("https://sg.example.com/search?q=lang%3Ago&")
    assert nlsq("--model", FAKE, "x").stdout == "lang:python\n"
    monkeypatch.setenv("NLSQ_MODEL", FAKE)
    assert nlsq("x").stdout == "lang:python\n"
    monkeypatch.setenv("NLSQ_CONFIG", str(path.with_name("other.toml")))
    assert_one_line_error(nlsq("x"), "which NLSQ_CONFIG names, does not exist")
    path.with_name("other.toml").write_text('\ufeffendpoint = "http://localhost:7080"\r\n', encoding="utf-8")
    assert nlsq("--url", "x").stdout.startswith("http://localhost:7080/search?")


def test_a_configured_path_is_seen_from_the_file(settings_aside):  # noqa: F811
    path = configure(settings_aside, 'model = "mine.gguf"\n')
    (path.parent / "mine.gguf").write_bytes(b"GGUF")
    model = user_config.read().model
    assert find(model).path == path.parent / "mine.gguf"
    configure(settings_aside, 'model = "a-run:q8_0"\n')
    assert user_config.read().model == "a-run:q8_0"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("modle = 'x'\n", "unknown key 'modle' -> the keys are repositories, repositories_file, endpoint, model"),
        ("[nlsq]\nmodel = 'x'\n", "unknown key 'nlsq'"),
        ("model = 3\n", 'model is not a text -> write model = "..."'),
        ("repositories = 'github.com/a/b'\n", "repositories is not a list of names"),
        ("repositories = [1]\n", "repositories is not a list of names"),
        ("repositories = ['a b']\n", "repositories: 'a b' is no name of a repository"),
        ("repositories_file = 'nope'\n", "nope: no such file"),
        ("repositories_file = '-'\n", "cannot be stdin"),
        ("endpoint = 'sg'\n", "endpoint is no address"),
        ("model = \n", "is not valid TOML: Invalid value (at line 1"),
    ],
)
def test_mistakes_in_the_settings(settings_aside, text, part):  # noqa: F811
    path = configure(settings_aside, text)
    done = nlsq("--model", FAKE, "x")
    assert_one_line_error(done, part)
    assert str(path.parent) in done.stderr


def test_settings_that_cannot_be_read(settings_aside):  # noqa: F811
    path = configure(settings_aside, "")
    assert nlsq("--model", FAKE, "x").returncode == 0
    path.write_bytes(b"model = '\xff'")
    assert_one_line_error(nlsq("--model", FAKE, "x"), "it is not UTF-8")
    path.unlink()
    path.mkdir()
    assert_one_line_error(nlsq("--model", FAKE, "x"), "Is a directory")

"""What ``nlsq`` prints: readings, explanations, links, JSON, one line for each of many requests."""

import json
import subprocess
import sys

import pytest
from cli_desk import FAKE, Done, assert_one_line_error, nlsq, settings_aside  # noqa: F401
from conftest import ROOT, take_interrupts

from nlsq import Translator, links
from nlsq.answers import in_words, sentence
from nlsq.translator import Translation

COMMITS = "fake:answer=author:alice type:commit refactor"


def test_readings_come_one_a_line():
    done = nlsq("--model", FAKE, "-n", "3", "python", "files")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["lang:python", "lang:python 2", "lang:python 3"])


def test_json_has_its_keys_in_order():
    done = nlsq("--model", FAKE, "--json", "-n", "2", "python files")
    value = json.loads(done.stdout)
    assert list(value)[:6] == ["request", "query", "alternatives", "confidence", "findings", "timings"]
    assert (value["request"], value["query"], value["alternatives"]) == (
        "python files",
        "lang:python",
        ["lang:python 2"],
    )


def test_confidence_is_read_where_there_is_one(monkeypatch):
    told = Translation.to_json
    monkeypatch.setattr(Translation, "to_json", lambda self: {**told(self), "confidence": 0.5, "more": 1})
    value = json.loads(nlsq("--model", FAKE, "--json", "x").stdout)
    assert (value["confidence"], value["more"]) == (0.5, 1)


def test_an_explanation_names_each_part():
    done = nlsq("--model", COMMITS, "--explain", "x")
    first, *parts = done.stdout.splitlines()
    assert sorted(first.split()) == ["author:alice", "refactor", "type:commit"]
    assert sorted(part.split(maxsplit=1)[1] for part in parts) == ["by the author alice", "commits", "with “refactor”"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("lang:go", ["  Finds code, in Go."]),
        ("", ["  There is no query."]),
        ("foo)", ["  This is no query: this parenthesis closes nothing."]),
        ("a OR b", ["  Finds code with (“a” or “b”)."]),
        ("lang:go a (b OR c)", ["  lang:go  in Go", "  a        with “a”", "  b OR c   with (“b” or “c”)"]),
        ("-file:x NOT y", ["  -file:x  in files whose path does not match x", "  NOT y    without “y”"]),
        ("(lang:go a) OR (lang:java b)", ["  Finds code with “a”, in Go; or code with “b”, in Java."]),
        ("lang:go (a OR (b c))", ["  Finds code with (“a” or (“b” and “c”)), in Go."]),
        ("lang:go ((b c) OR (d e))", ["  Finds code with ((“b” and “c”) or (“d” and “e”)), in Go."]),
        ("a patterntype:regexp", ["  Finds code with a match of /a/ (regexp search)."]),
    ],
)
def test_in_words(query, words):
    assert in_words(query) == words


def test_every_query_can_be_told_in_words():
    for query in (
        "count:all",
        "select:repo",
        "-(a b)",
        "x (y OR (z AND w)) v",
        '"',
        "repo:a@b rev:c",
        "case:yes A",
        "-x",
    ):
        assert in_words(query)
        assert sentence(query)


def test_links(monkeypatch):
    model = 'fake:answer=repo:^github\\.com/a/b$ "x & y" 50%+#é?'
    done = nlsq("--model", model, "--free", "--url", "x")
    start = "https://sourcegraph.com/search?q="
    assert done.stdout.startswith(start)
    assert done.stdout.endswith("&patternType=keyword\n")
    encoded = done.stdout.removeprefix(start).removesuffix("&patternType=keyword\n")
    assert encoded == "repo%3A%5Egithub%5C.com%2Fa%2Fb%24%20%22x%20%26%20y%22%2050%25%2B%23%C3%A9%3F"
    monkeypatch.setenv("SRC_ENDPOINT", "https://sg.example.com:8443/sub/")
    done = nlsq("--model", FAKE, "--url", "-n", "2", "x")
    start = "https://sg.example.com:8443/sub/search?q=lang%3Apython"
    assert done.stdout.splitlines() == [f"{start}&patternType=keyword", f"{start}%202&patternType=keyword"]
    value = json.loads(nlsq("--model", FAKE, "--url", "--json", "--explain", "x").stdout)
    assert value["query"] == "lang:python"
    assert value["url"].startswith("https://sg.example.com:8443/sub/search?q=")
    assert value["explanation"] == "Finds code, in Python."


@pytest.mark.parametrize(
    "address",
    ["sg.example.com", "https://sg.example.com:99999", "https://", "ftp://x", "https://x/?q=1", "https://[::1", "  "],
)
def test_an_address_that_is_none(monkeypatch, address):
    monkeypatch.setenv("SRC_ENDPOINT", address)
    assert_one_line_error(nlsq("--model", FAKE, "--url", "x"), "SRC_ENDPOINT is no address")
    assert nlsq("--model", FAKE, "x").returncode == 0  # nobody asked for a link


def test_a_password_is_not_shown(monkeypatch):
    monkeypatch.setenv("SRC_ENDPOINT", "https://me:secret@sg.example.com")
    done = nlsq("--model", FAKE, "--url", "x")
    assert_one_line_error(done, "password")
    assert "secret" not in done.stderr


def test_the_instance(monkeypatch):
    assert links.endpoint() == "https://sourcegraph.com"
    assert links.endpoint("https://sg.example.com/") == "https://sg.example.com"
    monkeypatch.setenv("SRC_ENDPOINT", "http://localhost:7080")
    assert links.endpoint("https://sg.example.com/") == "http://localhost:7080"


def test_lines_of_every_kind_keep_their_place():
    text = b"\xef\xbb\xbfone\r\n\r\ncaf\xe9\n \t\n" + b"x" * 2001 + b"\nfa\x0cb\xe2\x80\xa8c\x00\nlast"
    done = nlsq("--model", FAKE, text=text)
    assert done.returncode == 2
    assert done.stdout.split("\n") == ["lang:python", "", "lang:python", "", "", "lang:python", "lang:python", ""]
    errors = done.stderr.splitlines()
    assert [line.split(":")[:2] for line in errors] == [
        ["error", " line 2"],
        ["error", " line 4"],
        ["error", " line 5"],
    ]


def test_json_has_an_object_for_a_bad_line():
    done = nlsq("--model", FAKE, "--json", text=b"one\n\ncaf\xe9\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["request"] for row in rows] == ["one", "", "caf\ufffd"]
    assert rows[1]["error"] == "the request is empty"
    assert "query" not in rows[1]
    assert done.returncode == 2


def test_a_refused_request_is_json_too():
    done = nlsq("--model", FAKE, "--json", "")
    assert json.loads(done.stdout)["error"] == "the request is empty"
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_all_of_an_answer_stands_on_the_line_of_its_request():
    done = nlsq("--model", FAKE, "-n", "2", "--explain", text="one\ntwo\n")
    line = "lang:python\tFinds code, in Python.\tlang:python 2\tFinds code with “2”, in Python."
    assert done.stdout == f"{line}\n{line}\n"


def test_findings_name_their_line():
    done = nlsq("--model", "fake:answer=ext:go", text="one\ntwo\n")
    assert [line.partition("ext")[0] for line in done.stderr.splitlines()] == [
        "warning: line 1: ",
        "warning: line 2: ",
    ]


def test_an_answer_does_not_wait_for_the_next_line():
    words = [sys.executable, "-m", "nlsq", "--model", FAKE]
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for _ in range(3):
        process.stdin.write("a request\n")
        process.stdin.flush()
        assert process.stdout.readline() == "lang:python\n"
    process.stdin.close()
    assert process.wait(20) == 0


def test_the_model_is_loaded_once(monkeypatch):
    loaded = []
    load = Translator.load
    monkeypatch.setattr(Translator, "load", lambda *words, **options: loaded.append(1) or load(*words, **options))
    assert nlsq("--model", FAKE, text="one\ntwo\nthree\n").stdout.count("\n") == 3
    assert len(loaded) == 1


def test_an_interrupt_ends_quietly():
    words = [sys.executable, "-m", "nlsq", "--model", FAKE]
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=take_interrupts,
    )
    process.stdin.write("a request\n")
    process.stdin.flush()
    assert process.stdout.readline() == "lang:python\n"
    process.send_signal(2)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout, stderr) == (130, "", "")


@pytest.mark.parametrize(("shown", "settings"), [(True, {}), (False, {"NO_COLOR": "1"}), (False, {"TERM": "dumb"})])
def test_colours_are_for_terminals(monkeypatch, shown, settings):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = nlsq("check", "ext:go foo", terminals=["stdout", "stderr"])
    assert ("\x1b[" in done.stdout) == shown
    assert "\x1b[" not in nlsq("check", "ext:go foo").stdout
    done = nlsq("--model", "fake:answer=ext:go x", "--explain", "x", terminals=["stdout", "stderr"])
    assert ("\x1b[" in done.stdout) == ("\x1b[" in done.stderr) == shown


def test_queries_from_a_pipe_keep_their_place():
    done = nlsq("explain", text="lang:go\nfoo)\nlang:python\r\n")
    assert done.stdout == "Finds code, in Go.\n\nFinds code, in Python.\n"
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "line 2" in done.stderr
    assert nlsq("check", text="") == Done(0, "", "")
    assert nlsq("check", "--json", text=b"caf\xe9\n").returncode == 0

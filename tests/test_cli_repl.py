"""``nlsq`` bare on a terminal: a real one, of the operating system."""

import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest
from cli_desk import FAKE, settings_aside  # noqa: F401
from conftest import ROOT, take_interrupts

PROMPT = "nlsq> "
PATIENCE_SECONDS = 30.0


class Session:
    """``nlsq`` on a terminal. ``keys`` types, ``read_to`` waits for what appears."""

    def __init__(self, *words):
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nlsq", *words],
            cwd=ROOT,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=self._take_terminal,
            env={**os.environ, "TERM": "dumb"},
        )
        os.close(theirs)

    @staticmethod
    def _take_terminal():
        import fcntl
        import termios

        take_interrupts()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read_to(self, mark):
        text, limit = "", time.monotonic() + PATIENCE_SECONDS
        while mark not in text:
            assert time.monotonic() < limit, f"no {mark!r} in {text!r}"
            if select.select([self.ours], [], [], 0.2)[0]:
                try:
                    text += os.read(self.ours, 4096).decode()
                except OSError:  # the other end is closed
                    break
        return re.sub(r"\x1b\[\?2004[hl]|\r", "", text)

    def keys(self, text):
        os.write(self.ours, text.encode())

    def say(self, line):
        """Type a line; what appears up to the next prompt, without what was typed."""
        self.keys(f"{line}\n")
        return self.read_to(PROMPT).removeprefix(f"{line}\n").removesuffix(PROMPT)

    def end(self, line="\x04"):
        self.keys(line)
        self.read_to("\0 never comes")
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def session(settings_aside):  # noqa: F811
    started = []

    def start(*words):
        one = Session(*words)
        started.append(one)
        one.greeting = one.read_to(PROMPT)
        return one

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        os.close(one.ours)


def test_one_request_after_the_other(session):
    terminal = session("--model", f"{FAKE},load_ms=300")
    assert ":help" in terminal.greeting
    for _ in range(2):
        assert terminal.say("python files") == "lang:python\n"
    assert terminal.say("") == ""
    assert "more than 2,000" in terminal.say("x" * 2001)
    assert terminal.end() == 0


def test_commands(session, tmp_path, monkeypatch):
    monkeypatch.setenv("SRC_ENDPOINT", "https://sg.example.com")
    (tmp_path / "list").write_text("github.com/a/b\n")
    (tmp_path / "bad").write_text("a b\n")
    terminal = session("--model", FAKE, "--no-remotes", "--repository", "github.com/c/d")
    help_text = terminal.say(":help")
    for word in (":n 3", ":explain", ":url", ":json", ":repos FILE", ":quit", "1 candidate"):
        assert word in help_text
    assert terminal.say(":n 2") == "readings: 2\n"
    assert terminal.say("x") == "lang:python\nlang:python 2\n"
    for wrong in (":n", ":n 0", ":n 11", ":n two"):
        assert terminal.say(wrong).startswith("error: ")
    assert terminal.say(":n 1") == "readings: 1\n"
    assert terminal.say(":explain") == "explanations: on\n"
    assert terminal.say("x") == "lang:python\n  Finds code, in Python.\n"
    assert terminal.say(":explain") == "explanations: off\n"
    assert terminal.say(":url") == "links: on\n"
    assert terminal.say("x").startswith("https://sg.example.com/search?q=lang%3Apython&")
    assert terminal.say(":url") == "links: off\n"
    assert terminal.say(":json") == "JSON: on\n"
    assert '"query": "lang:python"' in terminal.say("x")
    assert terminal.say(f":repos {tmp_path / 'list'}").startswith("1 repositories from ")
    assert "2 candidate" in terminal.say(":help")
    assert "line 1: 'a b'" in terminal.say(f":repos {tmp_path / 'bad'}")
    assert "error: " in terminal.say(":repos")
    assert terminal.say(":nope") == "error: there is no command :nope -> :help lists them\n"
    assert terminal.end(":quit\n") == 0


def test_an_interrupt_drops_the_line(session):
    terminal = session("--model", FAKE)
    terminal.keys("half a li")
    terminal.read_to("half a li")
    time.sleep(0.5)  # Python sees no Ctrl-C that comes while readline is busy with a letter
    terminal.keys("\x03")
    terminal.read_to(PROMPT)
    assert terminal.say("x") == "lang:python\n"
    assert terminal.end() == 0


def test_an_interrupt_ends_an_answer_that_takes_too_long(session):
    terminal = session("--model", f"{FAKE},slow_every=1,slow_ms=60000")
    terminal.keys("x\n")
    time.sleep(0.5)
    terminal.keys("\x03")
    terminal.read_to(PROMPT)
    assert terminal.end() == 0


def test_history_comes_back(session, tmp_path):
    terminal = session("--model", FAKE)
    terminal.say("an old request")
    assert terminal.end() == 0
    history = tmp_path / "state" / "nlsq" / "history"
    assert history.read_text() == "an old request\n"
    assert history.stat().st_mode & 0o077 == 0
    terminal = session("--model", FAKE)
    terminal.keys("\x10")  # Ctrl-P: the line before
    terminal.read_to("an old request")
    terminal.keys("\n")
    assert "lang:python\n" in terminal.read_to(PROMPT)
    assert terminal.end() == 0
    assert history.read_text() == "an old request\n"  # a repetition is not kept twice


def test_history_that_cannot_be_written(session, tmp_path):
    (tmp_path / "state").write_text("no folder")
    terminal = session("--model", FAKE)
    assert terminal.say("x") == "lang:python\n"
    assert terminal.end() == 0


def test_an_error_before_the_first_prompt(settings_aside):  # noqa: F811
    terminal = Session("--model", "nosuchrun")
    text = terminal.read_to("\0 never comes")
    assert text.startswith("error: there is no model")
    assert terminal.process.wait(PATIENCE_SECONDS) == 2
    os.close(terminal.ours)

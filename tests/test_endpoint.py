"""What an endpoint can do to a run: errors that pass, that cost a query, and that end everything with one line."""

import subprocess
import sys
import threading
import time

import pytest
from chat_server import QUERIES, quiet_environment, run
from conftest import ROOT

from data.requests.sieve import UNREADABLE
from data.write_requests import MAX_FAILURES_IN_A_ROW, main
from nlsq.errors import UserError
from nlsq.files import read_json


@pytest.mark.parametrize("behaviour", ["too_many", "broken", "torn", "slow", "fenced", "no_usage"])
def test_what_passes_is_borne(desk, server, behaviour):
    desk.queries(QUERIES[0], QUERIES[1])
    server.script.extend(["good", behaviour])
    assert desk.write("--timeout", "0.5") == 0
    assert len(desk.pairs()) == 4
    assert len(server.asked) == (2 if behaviour in ("fenced", "no_usage") else 3)


@pytest.mark.parametrize("behaviour", ["too_many", "broken", "torn", "slow"])
def test_what_passes_is_borne_at_the_first_call_too(desk, server, behaviour):
    desk.queries(QUERIES[0])
    server.script.append(behaviour)
    assert desk.write("--timeout", "0.5") == 0
    assert len(desk.pairs()) == 2
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("behaviour", "calls", "told"),
    [
        ("broken", 2, "500: out of order"),
        ("too_many", 2, "429: slow down"),
        ("refused", 1, "400: this model has no such option"),
        ("web_page", 1, "no chat completion came back"),
        ("half_json", 1, "no chat completion came back"),
        ("no_choices", 1, "'choices'"),
    ],
)
def test_a_call_that_fails_for_good_is_left_for_the_next_run(desk, server, behaviour, calls, told):
    desk.queries(*QUERIES[:3])
    server.script.extend(["good", *[behaviour] * calls])
    assert desk.write("--retries", "1", "--concurrency", "1") == 1
    assert told in desk.stderr
    assert "2 answered, 1 left" in desk.stdout
    assert len(desk.pairs()) == 4
    server.asked.clear()
    assert desk.write() == 0
    assert server.queries == [QUERIES[1]]
    assert len(desk.pairs()) == 6


@pytest.mark.parametrize("behaviour", ["no_json", "no_content"])
def test_an_unreadable_answer_is_asked_for_once_more(desk, server, behaviour):
    desk.queries(*QUERIES[:2])
    server.script.extend([behaviour, "good", behaviour, behaviour])
    assert desk.write("--concurrency", "1") == 0
    assert desk.counts() == {"kept": 2, UNREADABLE: 2, "all": 4}
    assert server.queries == [QUERIES[0]] * 2 + [QUERIES[1]] * 2
    again = server.asked[1][1]["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert "terse, question" in again[-1]["content"]
    assert read_json(desk.report)["this_run"]["tokens_in"] == 4000, "every answer is paid for"
    assert desk.write() == 0
    assert len(server.asked) == 4, "what could not be read twice is not asked for a third time"


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        ("wrong_key", "refuses the key (401) -> check OPENAI_API_KEY"),
        ("no_model", "404: The model `m` does not exist -> check --model"),
        ("no_money", "429: You exceeded your current quota -> look at your account"),
    ],
)
def test_what_no_call_would_survive_ends_the_run(desk, server, behaviour, told):
    server.always = behaviour
    with pytest.raises(UserError) as fault:
        desk.write("--retries", "0")
    assert told in str(fault.value)
    assert "sk-secret" not in str(fault.value)
    assert len(server.asked) == 1


def test_a_fault_is_one_line(desk, server):
    server.always = "wrong_key"
    done = run(desk)
    assert done.returncode == 2
    announced, fault = done.stderr.splitlines()
    assert announced.startswith("6 calls to m at http://127.0.0.1")
    assert fault == f"error: {server.url} refuses the key (401) -> check OPENAI_API_KEY"
    assert done.stdout == ""


def test_a_refused_connection_ends_with_one_line_at_once(desk, server):
    server.server_close()
    started = time.monotonic()
    done = run(desk)
    assert time.monotonic() - started < 10, "no pauses between tries of what is not there"
    assert done.returncode == 2
    assert f"error: {server.url} cannot be reached: connection refused -> start it, or check" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2


def test_a_server_that_goes_away_later_only_costs_these_calls(desk, server):
    server.script.append("good")
    original = server.server_close

    def close_after_first(query):
        threading.Thread(target=lambda: (server.shutdown(), original())).start()
        time.sleep(0.2)
        return 0

    server.delay = close_after_first
    assert desk.write("--retries", "0", "--concurrency", "1") == 1
    assert "1 answered, 5 left" in desk.stdout


def test_many_failures_in_a_row_end_the_run(desk, server):
    desk.queries(*[f"lang:go parse{number}x" for number in range(40)])
    server.script.append("good")
    server.always = "refused"
    with pytest.raises(UserError, match=f"{MAX_FAILURES_IN_A_ROW + 1} calls in a row failed .* 400: this model"):
        desk.write("--concurrency", "1")
    assert len(server.asked) == MAX_FAILURES_IN_A_ROW + 2
    assert len(desk.answers.read_text().splitlines()) == 1


def test_a_key_is_missing_before_any_work(desk):
    words = [str(desk.source), "--out", str(desk.out), "--model", "m"]
    done = subprocess.run(
        [sys.executable, "-m", "data.write_requests", *words],
        cwd=ROOT,
        env=quiet_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "error: api.openai.com needs a key -> set OPENAI_API_KEY, or name an endpoint of your own with --base-url\n"
    )
    assert not desk.answers.exists()


@pytest.mark.parametrize(
    "url", ["localhost:8000", "127.0.0.1:8000/v1", "ftp://x/v1", "http://", "http://x:port/v1", "http://[::1"]
)
def test_an_address_that_is_none(desk, url):
    with pytest.raises(UserError, match="is no address of an endpoint -> write it as http://127"):
        main.main([*desk.words(), "--base-url", url], standalone_mode=False)


def test_the_address_comes_from_the_environment(desk, server, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    words = desk.words()
    place = words.index("--base-url")
    assert main.main(words[:place] + words[place + 2 :], standalone_mode=False) == 0
    assert len(server.asked) == len(QUERIES)

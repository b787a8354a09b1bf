"""Requests written by a model behind an endpoint: the protocol against a real server, and what survives the checks."""

import json
import signal
import subprocess
import sys
import time

import click
import pytest
from chat_server import QUERIES, TODAY, TWO_STYLES, quiet_environment
from conftest import ROOT, take_interrupts

from data.requests.checks import (
    DATE,
    FILTER,
    LENGTH,
    LINES,
    MARKDOWN,
    MORE,
    NAME,
    NEGATION,
    REPEATS,
    RULES,
    SYNTAX,
)
from data.requests.endpoint import AnswerFile, Prices, Spending, dollars
from data.requests.sieve import DUPLICATE, NO_REQUEST, OTHER_QUERY, OUTSIDE, UNREADABLE
from data.splits import record_faults, request_hash
from data.write_requests import main
from nlsq.errors import UserError
from nlsq.files import locked, read_json, write_json_lines
from nlsq.prompt import FEW_SHOT_EXAMPLES
from nlsq.records import read_records

# ---------------------------------------------------------------------------------------------------------------------
# A run


def test_pairs_are_records(desk, server):
    desk.queries(*QUERIES[:2])
    assert desk.write() == 0
    records = read_records(desk.out)
    assert [record.id for record in records] == ["log-1-terse", "log-1-question", "log-2-terse", "log-2-question"]
    assert record_faults(records) == []
    assert {record.source for record in records} == {"log-1", "log-2"}
    assert records[0].request == "go parseA1"
    assert records[0].query == "lang:go parseA1"
    assert records[0].today is None
    assert desk.counts() == {"kept": 4, "all": 4}
    assert "queries: 2 answered, 0 left, 0 skipped" in desk.stdout
    _, body, headers = server.asked[0]
    assert body["model"] == "m"
    assert set(body) == {"model", "messages"}, "options that not every endpoint knows are not sent unasked"
    assert headers["Authorization"] == "Bearer none"


def test_options_reach_the_endpoint(desk, server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-mine")
    assert desk.write("--limit", "1", "--max-tokens", "77", "--json-mode") == 0
    [(query, body, headers)] = server.asked
    assert query == QUERIES[0]
    assert body["max_tokens"] == 77
    assert body["response_format"] == {"type": "json_object"}
    assert headers["Authorization"] == "Bearer sk-of-mine"


def test_what_the_importer_warned_of_is_skipped(desk, server):
    rows = [
        {"id": "log-1", "query": "lang:go parseA1", "count": 9, "source": "web"},
        {"id": "log-2", "query": "async:yes parseB1", "count": 1, "warnings": ["async: is no filter"]},
        {"id": "log-3", "query": "-foo", "count": 1},
        {"id": "log-4", "query": "parseC1   l:golang", "count": 1, "warnings": []},
    ]
    write_json_lines(desk.source, rows)
    assert desk.write() == 0
    assert "2 answered, 0 left, 2 skipped" in desk.stdout
    assert server.queries == ["lang:go parseA1", "lang:go parseC1"], "canonical, as all data"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"id": "a", "query": ""}], "line 1: 'id' or 'query' is missing"),
        ([{"id": "a", "query": "x"}, {"id": "a", "query": "y"}], "line 2: the id 'a' stands there twice"),
        ([["a"]], "line 1"),
        ([{"id": "a", "query": "-x"}], "no usable query"),
    ],
)
def test_faulty_input_is_refused(desk, server, rows, message):
    write_json_lines(desk.source, rows)
    with pytest.raises(UserError, match=message):
        desk.write()
    assert server.asked == []


def test_order_does_not_depend_on_who_answers_first(desk, server):
    server.delay = lambda query: 0.12 - 0.02 * QUERIES.index(query)
    assert desk.write("--concurrency", "6") == 0
    found = desk.out.read_bytes()
    assert [number for number, _ in desk.pairs()] == [
        f"log-{number}-{style}" for number in range(1, 7) for style in TWO_STYLES
    ]
    arrived = [json.loads(line)["query"] for line in desk.answers.read_text().splitlines()]
    assert arrived != QUERIES
    assert sorted(arrived) == sorted(QUERIES)
    desk.answers.unlink()
    server.delay = lambda query: 0
    assert desk.write("--concurrency", "1") == 0
    assert desk.out.read_bytes() == found


def test_a_query_that_stands_twice_is_asked_for_once(desk, server):
    desk.queries(QUERIES[0], QUERIES[0])
    assert desk.write() == 0
    assert len(server.asked) == 1
    assert desk.counts() == {"kept": 2, DUPLICATE: 2, "all": 4}


# ---------------------------------------------------------------------------------------------------------------------
# Answers that are there already


def test_a_second_run_asks_nothing_and_costs_nothing(desk, server):
    assert desk.write("--price-in", "1", "--price-out", "2") == 0
    first = desk.out.read_bytes()
    assert f"this run: {len(QUERIES)} calls" in desk.stdout
    assert desk.write("--price-in", "1", "--price-out", "2") == 0
    assert len(server.asked) == len(QUERIES)
    assert "0 calls to m" in desk.stderr
    assert "6 answers are there already and cost nothing" in desk.stderr
    assert "this run: 0 calls, 0 tokens in, 0 out, cost $0.00" in desk.stdout
    assert desk.out.read_bytes() == first


def test_other_styles_and_another_model_are_asked_anew(desk, server):
    desk.queries(QUERIES[0])
    desk.write()
    desk.write(styles=("terse",))
    assert len(server.asked) == 2
    assert main.main([*desk.words(), "--model", "other"], standalone_mode=False) == 0
    assert len(server.asked) == 3


def test_half_a_line_is_asked_for_again(desk, server):
    desk.queries(*QUERIES[:3])
    assert desk.write("--concurrency", "1") == 0
    whole = desk.answers.read_bytes()
    pairs = desk.out.read_bytes()
    desk.answers.write_bytes(whole[:-30])
    assert desk.write("--concurrency", "1") == 0
    assert server.queries == [*QUERIES[:3], QUERIES[2]]
    assert desk.answers.read_bytes() == whole
    assert desk.out.read_bytes() == pairs


def test_a_damaged_answer_file_is_told(desk):
    desk.answers.write_text('{"key": "x"}\n[1]\nnonsense\n')
    with pytest.raises(UserError, match=r"pairs\.answers\.jsonl, line 1: no answer"):
        desk.write()


def test_a_file_of_answers_keeps_its_lines_whole(tmp_path, desk):
    desk.queries('"naïve café"')
    assert desk.write(styles=("terse",)) in (0, 1)
    file = AnswerFile(desk.answers)
    assert desk.answers.read_bytes().endswith(b"\n")
    assert [answer.query for found in file._answers.values() for answer in found] == ['"naïve café"']


def test_ctrl_c_and_then_the_same_command(desk, server):
    server.delay = lambda query: 0.15
    words = [sys.executable, "-m", "data.write_requests", *desk.words("--concurrency", "1")]
    options = {"stderr": subprocess.PIPE, "text": True, "preexec_fn": take_interrupts}
    process = subprocess.Popen(words, cwd=ROOT, env=quiet_environment(), **options)
    limit = time.monotonic() + 20
    while len(server.asked) < 3:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "the same command goes on from here" in errors
    assert "Traceback" not in errors
    assert not desk.out.exists()
    kept = [json.loads(line)["query"] for line in desk.answers.read_text().splitlines()]
    assert kept == QUERIES[:2]
    server.asked.clear()
    server.delay = lambda query: 0
    assert desk.write() == 0
    assert sorted(server.queries) == sorted(QUERIES[2:])
    assert len(desk.pairs()) == 2 * len(QUERIES)


def test_two_processes_do_not_pay_for_the_same(desk):
    with locked(desk.out.with_name(".pairs.jsonl.lock")), pytest.raises(UserError, match="another process"):
        desk.write()


def test_a_dated_query_keeps_the_day_it_was_asked_on(desk, server):
    query = "type:commit author:mei after:2026-03-09"
    desk.queries(query)
    server.answers[query] = {"terse": "mei's commits since monday", "question": "What has mei landed since March 9?"}
    assert desk.write() == 0
    assert [record.today for record in read_records(desk.out)] == [TODAY, TODAY]
    words = [word for word in desk.words() if word not in ("--today", TODAY)]
    assert main.main(words, standalone_mode=False) == 0, "no day given: the answers there are count"
    assert [record.today for record in read_records(desk.out)] == [TODAY, TODAY]
    assert len(server.asked) == 1
    main.main([*words, "--today", "2026-05-02"], standalone_mode=False)
    assert len(server.asked) == 2, "another day was given"
    assert read_json(desk.report)["requests"][DATE] == 1, "on that day monday is another one"
    assert [record.request for record in read_records(desk.out)] == ["What has mei landed since March 9?"]


# ---------------------------------------------------------------------------------------------------------------------
# Cost


def test_cost_arithmetic():
    assert Prices(0.15, 0.6).cost(2_000_000, 500_000) == pytest.approx(0.6)
    assert Prices().cost(10, 10) is None
    assert [dollars(cost) for cost in (None, 0.0, 0.000305, 0.05, 12.3456)] == [
        "-",
        "$0.00",
        "$0.000305",
        "$0.05",
        "$12.35",
    ]
    assert "cost -" in str(Spending())


def test_tokens_are_summed_and_priced(desk):
    assert desk.write("--price-in", "0.5", "--price-out", "3") == 0
    assert "this run: 6 calls, 6,000 tokens in, 300 out, cost $0.0039" in desk.stdout
    spent = read_json(desk.report)["this_run"]
    assert (spent["calls"], spent["tokens_in"], spent["tokens_out"]) == (6, 6000, 300)
    assert spent["cost"] == pytest.approx(6000 * 0.5e-6 + 300 * 3e-6)


def test_without_prices_the_cost_is_open(desk):
    assert desk.write() == 0
    assert "6,000 tokens in, 300 out, cost -" in desk.stdout


def test_answers_without_usage_are_estimated(desk, server):
    server.always = "no_usage"
    assert desk.write() == 0
    spent = read_json(desk.report)["this_run"]
    assert spent["estimated"] == 6
    assert spent["tokens_in"] > 6 * 400
    assert "(tokens of 6 calls estimated)" in desk.stdout


def test_the_limit_of_cost_stops_and_the_same_command_goes_on(desk, server):
    price = ["--price-in", "1000", "--price-out", "0", "--concurrency", "1"]  # a dollar a call
    assert desk.write(*price, "--max-cost", "2") == 1
    assert len(server.asked) == 2
    assert "more than the limit of $2.00" in desk.stderr
    assert "stopped at the limit of $2.00 -> the same command goes on" in desk.stderr
    assert "2 answered, 4 left" in desk.stdout
    assert len(desk.pairs()) == 4
    assert desk.write(*price, "--max-cost", "9") == 0
    assert len(server.asked) == 6


def test_a_dry_run_asks_nothing(desk, server):
    assert desk.write("--dry-run", "--price-in", "1", "--price-out", "1") == 0
    assert server.asked == []
    assert "6 calls to m at" in desk.stderr
    assert "tokens in" in desk.stderr
    assert "$0.00" in desk.stderr
    assert "Query: lang:go parseA1" in desk.stdout
    assert "[system]" in desk.stdout
    assert sorted(path.name for path in desk.out.parent.iterdir()) == ["queries.jsonl"]


@pytest.mark.parametrize(
    "words",
    [
        ["--price-in", "1"],
        ["--max-cost", "1"],
        ["--check", "round-trip"],
        ["--translator", "x"],
    ],
)
def test_options_that_belong_together(desk, server, words):
    with pytest.raises(click.UsageError, match="need|belong together"):
        desk.write(*words)
    assert server.asked == []


# ---------------------------------------------------------------------------------------------------------------------
# What is dropped


def test_every_reason_is_counted(desk, server, monkeypatch):
    monkeypatch.setattr("data.leaks.outside_hashes", lambda: {request_hash("Go parseOutside7, please")})
    bad = {
        "lang:go parseA1": "x",
        "lang:go parseB1": "go parseB1\nin go",
        "lang:go parseC1": '"go parseC1"',
        "lang:go parseD1": "lang:go with parseD1",
        "lang:go parseE1": "Lang:go  parseE1",
        "lang:go parseF1": "go code",
        "lang:go parseG1": "parseG1",
        "type:commit author:mei after:2026-03-09": "mei's commits since tuesday",
        "lang:go parseH1 NOT vendored": "go parseH1 vendored",
        "lang:go parseI1": "go parseI1 in acme/billing",
        "lang:go parseOutside7": "go parseOutside7 please",
        "lang:go parseJ1": "",
        "lang:go parseK1": "go parseA0",
    }
    desk.queries(*bad, "lang:go parseL1")
    server.answers |= {query: {"terse": text} for query, text in bad.items()}
    server.answers["lang:go parseK1"] = {"question": "only another style"}
    server.answers["lang:go parseL1"] = "no JSON"
    assert desk.write(styles=("terse",)) == 1, "nothing survived"
    reasons = [LENGTH, LINES, MARKDOWN, SYNTAX, REPEATS, NAME, FILTER, DATE, NEGATION, MORE, OUTSIDE, NO_REQUEST]
    counts = desk.counts()
    assert counts == {"kept": 0, UNREADABLE: 2, NO_REQUEST: 1, "all": 14} | dict.fromkeys(reasons, 1)
    for reason in (*RULES, OUTSIDE):
        assert reason in desk.stdout
    dropped = {one["id"]: one for one in read_json(desk.report)["dropped"]}
    assert dropped["log-8-terse"] == {
        "id": "log-8-terse",
        "query": "type:commit author:mei after:2026-03-09",
        "request": "mei's commits since tuesday",
        "reason": DATE,
        "detail": "2026-03-09",
    }


def test_an_example_of_the_few_shot_prompt_is_dropped(desk, server):
    request, query = FEW_SHOT_EXAMPLES[0]
    desk.queries(query)
    server.answers[query] = {
        "terse": request.upper().replace("PYTHON", "python"),
        "question": "Which python opens a socket?",
    }
    assert desk.write("--check", "rule") == 0
    assert desk.counts() == {"kept": 1, OUTSIDE: 1, "all": 2}


def test_the_round_trip_keeps_what_comes_back(desk):
    words = ["--check", "round-trip", "--translator", "fake:answer=parseB1 l:golang"]
    assert desk.write(*words) == 0
    assert desk.counts() == {"kept": 2, OTHER_QUERY: 10, "all": 12}
    assert {record.query for record in read_records(desk.out)} == {"lang:go parseB1"}
    assert read_json(desk.report)["dropped"][0]["detail"] == "lang:go parseB1"


def test_the_round_trip_knows_the_day(desk, server):
    query = "type:commit after:2026-03-13"
    desk.queries(query)
    server.answers[query] = {"terse": "commits since friday", "question": "What landed since friday?"}
    words = ["--check", "rule", "--check", "round-trip", "--translator", "fake:answer=type:commit after:yesterday"]
    assert desk.write(*words) == 0
    assert desk.counts() == {"kept": 2, "all": 2}


def test_the_round_trip_does_not_excuse_syntax(desk, server):
    desk.queries("lang:go parseA1")
    server.answers["lang:go parseA1"] = {"terse": "lang:go and parseA1", "question": "a go thing?"}
    assert desk.write("--check", "round-trip", "--translator", "fake:answer=lang:go parseA1") == 0
    assert desk.counts() == {"kept": 1, SYNTAX: 1, "all": 2}

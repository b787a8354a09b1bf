"""What is named as the cause of a wrong answer, and the command that lists the failures of a result."""

import json
import re
import subprocess
import sys

import pytest
from conftest import ROOT

from nlsq.errors import UserError
from nlsq.files import write_json
from nlsq.query import equivalent
from nlsq.records import Record, write_records
from nlsq.run import Run
from recipes.causes import CAUSES, why
from recipes.failures import failures_of, having, read_answers, result_of

REQUEST = "please find me foo in go"
MEI = "type:commit author:mei"

# expected, also, answer -> causes, the main one first
CASES = [
    # the answer at large
    ("lang:nope foo", [], "foo", ["record"]),
    ("lang:go foo", [], "", ["no-answer"]),
    ("lang:go foo", [], " \n", ["no-answer"]),
    ("lang:go foo", [], "foo lang:", ["cut", "finding", "lang-missing"]),
    ("foo bar", [], "foo OR", ["cut", "term-missing", "term-invented"]),
    ("foo bar", [], "foo (bar", ["cut", "finding", "term-changed"]),
    (MEI, [], 'type:commit author:"mei', ["cut", "finding"]),
    ("foo", [], "foo()bar( baz", ["term-changed", "term-invented"]),  # the parenthesis of a call is no open one
    ("lang:go foo", [], "lang:golangg foo", ["finding", "lang-other"]),
    ("lang:go foo", [], "ext:go foo", ["finding", "lang-missing", "term-invented"]),
    (f"{MEI} foo", [], "author:mei foo", ["finding", "type-missing"]),
    ("foo", [], "foo a1 a2 a3 a4 a5 a6 a7 a8", ["runaway", "term-invented"]),
    ("foo", [], "foo a1 a2 a3 a4 a5 a6 a7", ["term-invented"]),
    # negation
    ("-file:test foo", [], "file:test foo", ["negation-lost"]),
    ("foo NOT bar", [], "foo bar", ["negation-lost"]),
    ("foo bar", [], "foo NOT bar", ["negation-added"]),
    ("-file:test foo", [], "test foo", ["negation-lost", "filter-as-term"]),
    ("-file:test foo", [], "file:spec foo", ["path-missing", "path-surplus"]),
    # AND and OR
    ("foo OR bar", [], "foo bar", ["or-as-and"]),
    ("lang:go (foo OR bar)", [], "lang:go foo bar", ["or-as-and"]),
    ("(lang:go OR lang:rust) foo", [], "lang:go lang:rust foo", ["or-as-and"]),
    ("foo bar", [], "foo OR bar", ["and-as-or"]),
    ("(foo OR bar) baz", [], "foo OR bar baz", ["and-as-or"]),
    ("(lang:go foo) OR (lang:go bar)", [], "lang:go (foo OR bar)", ["grouping"]),
    # a value in the wrong place
    ("lang:go foo", [], "go foo", ["filter-as-term"]),
    ("lang:javascript foo", [], "js foo", ["filter-as-term"]),
    ("repo:acme/billing foo", [], "acme billing foo", ["filter-as-term"]),
    ("repo:acme/billing foo", [], "billing foo", ["filter-as-term"]),
    ("visibility:private foo", [], "private foo", ["filter-as-term"]),
    ("type:symbol foo", [], "symbol foo", ["filter-as-term"]),
    ('type:commit message:"ocr queue"', [], "type:commit ocr queue", ["filter-as-term"]),
    ("acme foo", [], "repo:acme foo", ["term-as-filter"]),
    ("type:commit ocr queue", [], 'type:commit message:"ocr queue"', ["term-as-filter"]),
    ("repo:billing foo", [], "file:billing foo", ["filter-confused"]),
    ("lang:go foo", [], r"file:\.go$ foo", ["filter-confused"]),
    ("select:repo foo", [], "type:repo foo", ["filter-confused"]),
    ("repo:has.path(go.mod) foo", [], "file:go.mod foo", ["predicate-form"]),
    ("file:go.mod foo", [], "repo:has.path(go.mod) foo", ["predicate-form"]),
    ("repo:has.topic(cli)", [], "cli", ["predicate-form"]),
    # filters
    ("type:commit foo", [], "foo", ["type-missing"]),
    ("foo", [], "type:commit foo", ["type-surplus"]),
    ("type:diff foo", [], "type:commit foo", ["type-other"]),
    ("type:symbol select:symbol.class foo", [], "type:symbol foo", ["select-missing"]),
    ("type:symbol foo", [], "type:symbol select:symbol.class foo", ["select-surplus"]),
    ("type:symbol select:symbol.class foo", [], "type:symbol select:symbol.function foo", ["select-other"]),
    ("repo:has.topic(cli) foo", [], "foo", ["predicate-missing"]),
    ("foo", [], "repo:has.topic(cli) foo", ["predicate-surplus"]),
    ("repo:has.topic(cli)", [], "repo:has.topic(tui)", ["predicate-other"]),
    ("repo:has.topic(cli)", [], "repo:has.description(cli)", ["predicate-other"]),
    ("repo:acme/billing foo", [], "repo:billing foo", ["repo-part"]),
    ("repo:^gitlab.gnome.org/GNOME/gtk$ foo", [], "repo:GNOME/gtk foo", ["repo-part"]),
    ("repo:acme/billing foo", [], "foo", ["repo-missing"]),
    ("foo", [], "repo:acme/billing foo", ["repo-surplus"]),
    ("repo:acme/billing foo", [], "repo:umbrella/hive foo", ["repo-other"]),
    ("repo:acme/web-app foo", [], "repo:acme/web-api foo", ["repo-other"]),  # a candidate, so no slip of the pen
    ("repo:a/b rev:main foo", [], "repo:a/b foo", ["rev-missing"]),
    ("repo:a/b foo", [], "repo:a/b@main foo", ["rev-surplus"]),
    ("repo:a/b rev:v1.2 foo", [], "repo:a/b rev:v1.3 foo", ["rev-other"]),
    ("repo:a/b rev:at.time(yesterday) foo", [], "repo:a/b rev:at.time(2 weeks ago) foo", ["rev-other"]),
    ("lang:go foo", [], "foo", ["lang-missing"]),
    ("foo", [], "lang:go foo", ["lang-surplus"]),
    ("lang:go foo", [], "lang:rust foo", ["lang-other"]),
    ("file:src/ foo", [], "file:src foo", ["path-anchor"]),
    (r"file:\.go$ foo", [], "file:go foo", ["path-anchor"]),
    ("file:src foo", [], "foo", ["path-missing"]),
    ("foo", [], "file:src foo", ["path-surplus"]),
    ("file:src foo", [], "file:lib foo", ["path-other"]),
    (f"{MEI} foo", [], "type:commit foo", ["author-missing"]),
    ("type:commit foo", [], f"{MEI} foo", ["author-surplus"]),
    (f"{MEI} foo", [], "type:commit author:rex foo", ["author-other"]),
    (f"{MEI} foo", [], "type:commit committer:mei foo", ["author-other"]),
    (f"{MEI} after:2026-03-09", [], f"{MEI} after:2026-03-10", ["date-near"]),
    (f"{MEI} after:2026-03-07", [], f'{MEI} after:"8 days ago"', ["date-near"]),
    (f"{MEI} after:2026-03-09", [], f"{MEI} after:2025-03-09", ["date-other"]),
    (f"{MEI} after:2026-03-09", [], f"{MEI} before:2026-03-09", ["date-other"]),
    (f"{MEI} after:2026-03-09", [], MEI, ["date-missing"]),
    (MEI, [], f'{MEI} after:"2 weeks ago"', ["date-surplus"]),
    ("fork:yes foo", [], "foo", ["scope-missing"]),
    ("foo", [], "case:yes foo", ["scope-surplus"]),
    ("fork:only foo", [], "fork:yes foo", ["scope-other"]),
    ("count:10 foo", [], "count:100 foo", ["scope-other"]),
    # spelling
    ("repo:acme/billing foo", [], "repo:acme/biling foo", ["spelling"]),
    ("parse_date", [], "prase_date", ["spelling"]),
    (f"{MEI}", [], "type:commit author:mie", ["author-other"]),  # too short to tell
    # expressions
    ("file:a/ OR file:b/", [], "file:(a/|b/)", ["alternatives"]),
    (r"file:\.(js|ts)$ foo", [], r"(file:\.js$ OR file:\.ts$) foo", ["alternatives"]),
    ("foo OR bar", [], "/foo|bar/", ["alternatives"]),
    (r"/TODO\(\w+\)/", [], "todo owner", ["shape-as-text"]),
    ("foo bar", [], "/foo.*bar/", ["text-as-shape"]),
    (r"lang:go /a\d+/", [], "lang:go", ["shape-missing"]),
    ("lang:go foo", [], "lang:go foo /a.*b/", ["shape-surplus"]),
    (r"/foo\d+/", [], r"/foo\d{3}/", ["shape-other"]),
    # terms
    ('"foo bar"', [], "foo bar", ["phrase-split"]),
    ("foo bar baz", [], '"foo bar" baz', ["phrase-joined"]),
    ('"foo bar"', [], '"foo bar baz"', ["term-changed"]),
    ("authenticate", [], "authentication", ["term-changed"]),
    ("net/http", [], "http", ["term-changed"]),
    ("HttpClient", [], "http_client", ["term-changed"]),
    ("case:yes Foo", [], "case:yes foo", ["term-changed"]),
    ("foo bar", [], "foo", ["term-missing"]),
    ("foo", [], "foo please", ["term-filler"]),
    ("foo", [], "foo zonk", ["term-invented"]),
    # several accepted queries: the nearest counts
    ("lang:go foo", ["lang:go foo bar"], "lang:go foo bar baz", ["term-invented"]),
    ("type:commit ocr", [f"{MEI} message:ocr"], f"{MEI} message:ocr lang:go", ["lang-surplus"]),
    ("lang:nope foo", ["lang:go foo"], "foo", ["lang-missing"]),
    # several causes
    (
        "repo:acme/billing lang:go -file:test foo",
        [],
        "repo:acme/web-api file:test foo please",
        ["negation-lost", "repo-other", "lang-missing", "term-filler"],
    ),
]


def record(query, also=(), **given):
    candidates = ("github.com/acme/web-app", "github.com/acme/web-api")
    fields = {"id": "x", "category": "content", "request": REQUEST, "today": "2026-03-14", "repositories": candidates}
    return Record(query=query, also=tuple(also), **{**fields, **given})


@pytest.mark.parametrize(("expected", "also", "answer", "causes"), CASES)
def test_causes(expected, also, answer, causes):
    assert not any(answer and equivalent(answer, one) for one in (expected, *also))
    assert why(record(expected, also), answer).causes == causes


@pytest.mark.parametrize(
    "answer",
    [
        ")",
        '"',
        "a )b( OR",
        "/",
        "foo\nbar",
        "count:x after:99999999999999",
        "foo patterntype:regexp (a",
        "-repo: @",
        "(((",
        "ß|",
    ],
)
@pytest.mark.parametrize(
    "expected", ["lang:go foo", "(", "/a.b/ patterntype:standard", "repo:a@x repo:b@y (c OR file:d)"]
)
def test_any_text_has_a_cause(expected, answer):
    assert set(why(record(expected), answer).causes) <= set(CAUSES)
    assert why(record(expected), answer).causes


def test_every_cause_has_a_case_and_is_in_the_docs():
    assert {cause for *_, causes in CASES for cause in causes} == set(CAUSES)
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for cause in CAUSES:
        three = re.fullmatch(r"(\w+)-(?:missing|surplus|other)", cause)
        assert f"`{three[1] if three and three[1] != 'term' else cause}`" in text, cause


def test_what_differs_is_told():
    found = why(record("repo:acme/billing lang:go foo"), "repo:billing foo zonk")
    assert list(map(str, found.differences)) == [
        "repo-part: repo:billing for repo:acme/billing",
        "lang-missing: lang:go",
        "term-invented: zonk",
    ]
    found = why(record("lang:go foo OR bar", ["lang:go /foo|bar/"]), "lang:go foo bar")
    assert (found.nearest, str(found.differences[0])) == ("lang:go foo OR bar", "or-as-and: foo AND bar for foo OR bar")
    assert str(why(record("foo"), "").differences[0]) == "no-answer"


# ---- the command

ROWS = [
    (record("type:symbol select:symbol.class Foo", id="a", category="symbols", today=None), "type:symbol Foo"),
    (record("type:symbol select:symbol.class Bar", id="b", category="symbols"), "type:symbol Bar please"),
    (record("repo:acme/web-app retries", id="c", category="repo-candidates"), "repo:acme/web-api retries"),
    (record("lang:go foo", ["foo l:golang"], id="d"), "foo l:go"),
]


def written(path, rows=ROWS, **changes):
    results = [{**one.to_json(), "expected": one.query, "answer": answer, "score": {}} for one, answer in rows]
    write_json(path, {"label": "tiny:merged", "summary": {}, "results": results, **changes})
    return path


def listed(*words):
    done = subprocess.run(
        [sys.executable, "-m", "nlsq.pipeline_cli", "eval", "failures", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return done


def a_run(tmp_path):
    folder = tmp_path / "runs" / "tiny"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("name: tiny\nbase: tiny-llama\nprompt: bare\ndata: {}\n")
    return Run(folder)


def test_the_report(tmp_path):
    written(a_run(tmp_path).evaluations / "merged-validation.json")
    done = listed("--run", "tiny", "--limit", "1")
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0] == "tiny:merged: 3 of 4 answers are not right"
    assert [line.split() for line in lines[4:8]] == [
        ["select-missing", "2", "2"],
        ["repo-other", "1", "1"],
        ["term-filler", "0", "1"],
        ["all", "3", "3"],
    ]
    assert f"select-missing (1 of 2): {CAUSES['select-missing']}" in lines
    at = lines.index(f"a (symbols)  {REQUEST}")
    assert lines[at + 1 : at + 5] == [
        "given     github.com/acme/web-app, github.com/acme/web-api",
        "expected  type:symbol select:symbol.class Foo",
        "answer    type:symbol Foo",
        "differs   select-missing: select:symbol.class",
    ]
    assert "given     today 2026-03-14, github.com/acme/web-app, github.com/acme/web-api" in lines
    assert f"b (symbols)  {REQUEST}" not in lines
    assert done.stdout == "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def test_a_cause_a_category_and_json(tmp_path):
    path = str(written(tmp_path / "result.json"))
    done = listed("--result", path, "--cause", "repo")
    assert "3 of 4 answers are not right, 1 with the cause repo" in done.stdout
    assert "repo (1): all causes that begin with repo-" in done.stdout
    assert "Foo" not in done.stdout
    done = listed("--result", path, "--category", "symbols", "--limit", "0")
    assert done.stdout.startswith("tiny:merged, symbols: 2 of 2 answers are not right")
    assert "expected" not in done.stdout
    told = json.loads(listed("--result", path, "--json").stdout)
    assert (told["answers"], told["not_right"]) == (4, 3)
    assert told["causes"]["select-missing"] == {"main": 2, "any": 2, "means": CAUSES["select-missing"]}
    assert told["categories"] == {"repo-candidates": {"repo-other": 1}, "symbols": {"select-missing": 2}}
    assert told["failures"][1]["causes"] == ["select-missing", "term-filler"]
    assert told["failures"][1]["differences"][1] == {"cause": "term-filler", "expected": "", "answer": "please"}


def test_nothing_wrong(tmp_path):
    done = listed("--result", str(written(tmp_path / "result.json", ROWS[3:])))
    assert done.stdout == "tiny:merged: 0 of 1 answers are not right\n"


def test_the_test_split_is_refused(tmp_path):
    write_records(tmp_path / "data" / "test.jsonl", [one for one, _ in ROWS[:1]])
    done = listed("--result", str(written(tmp_path / "result.json")))
    assert (done.returncode, done.stdout) == (2, "")
    assert "test split" in done.stderr
    assert "Foo" not in done.stderr


def test_a_release_has_no_answers(tmp_path):
    write_json(tmp_path / "merged-test.json", {"label": "tiny:merged", "summary": {}, "categories": {}})
    done = listed("--result", str(tmp_path / "merged-test.json"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "a release is judged in sums alone" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ([], "no result of an evaluation"),
        ({"results": []}, "no result of an evaluation"),
        ({"summary": {}, "results": 3}, "no result of an evaluation"),
        ({"summary": {}, "results": ["x"]}, "result 1: not a JSON object"),
        ({"summary": {}, "results": [{"id": "a", "category": "c", "request": "r", "answer": "x"}]}, "'query' is"),
        ({"summary": {}, "results": [{"id": "a", "category": "c", "request": "r", "query": "x"}]}, "'answer' is"),
    ],
)
def test_what_is_no_result(tmp_path, content, part):
    write_json(tmp_path / "result.json", content)
    with pytest.raises(UserError, match=re.escape(part)):
        read_answers(tmp_path / "result.json")


def test_mistakes_are_told(tmp_path):
    a_run(tmp_path)
    with pytest.raises(UserError, match="eval run --run tiny --build q8_0"):
        result_of("tiny", "q8_0")
    _, answered = read_answers(written(tmp_path / "result.json"))
    with pytest.raises(UserError, match="no cause 'nonsense' -> one of: record, no-answer"):
        having(failures_of(answered), "nonsense")
    done = listed("--result", str(tmp_path / "result.json"), "--category", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("one of: content, repo-candidates, symbols\n")
    done = subprocess.run([sys.executable, "-m", "recipes.failures"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "error: which result? -> --run NAME or --result FILE\n")

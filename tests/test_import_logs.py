"""The importer of search logs: nothing that Sourcegraph accepts is lost, all rows are counted, no secret gets out."""

import csv
import gzip
import json
import random
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from query_strategies import texts
from test_redaction import KEYS, cases

from data import import_logs as importing
from data.import_logs import Importer, Settings, import_logs
from data.logs import queries as log_queries
from data.logs import rows as log_rows
from data.logs import text as log_text
from data.logs.redaction import Redactor
from data.logs.rows import Row
from nlsq.query import canonical, check, key
from nlsq.query.parser import KEYWORD, PATTERN_TYPES, pattern_type_of

# ---- a log of 550 rows. A predecessor rejected 432 of 550 real queries, because of an escaped dot.

QUERIES = r"""
repo:^github\.com/sourcegraph/sourcegraph$ foo
repo:^github.com/sourcegraph/sourcegraph$ foo
repo:^github\.com/sourcegraph/sourcegraph$ file:\.go$ func main
context:global r:^github\.com/gorilla/mux$ l:golang NewRouter
repo:^gitlab\.com/gitlab-org/gitlab$ "connection refused"
context:global lang:c++ std::vector
lang:c# async await 100%
file:package\.json "react": "18
file:package.json react
repo:has.path(go\.mod) select:repo
repo:foo/bar rev:main foo OR bar
repo:foo/bar@v1.2.3 foo
(lang:java OR lang:kotlin) interface
type:symbol select:symbol.function parse
type:diff author:alice after:"1 week ago" fix
type:commit message:"fix a+b"
"quoted phrase" -file:test
/\bget\w+\(/ count:all
ext:go foo
is:private foo
-foo bar
after:5 days ago type:commit foo
repo:foo a OR repo:bar b
foo.bar( baz
café naïve
type:commit author:jane.doe@acme.com
type:commit author:jane\.doe@acme\.com
repo:^git\.corp\.acme\.io/team/app$ foo
http://jenkins.acme.internal/job 10.1.2.3
password=hunter2 lang:python
lang:nosuchlanguage foo
file:*.go foo
foo or or bar
repo:foo)
NOT (a OR b)
rev:main foo
case:maybe foo
author:alice foo
repo:(foo
file:"\.go$" foo
repo:a rev:b rev:c
-type:diff foo
repo:has.topic() foo
foo(bar or baz)
g:foo
""".strip().splitlines()
QUERIES += [f"{secret} lang:go" for secret in KEYS]
TYPES = [("", KEYWORD), ("keyword", KEYWORD), ("standard", "standard"), ("literal", "literal"), ("regexp", "regexp")]
TYPES += [("newStandardRC1", KEYWORD), ("lucky", "standard"), ("structural", "structural"), ("unheard-of", KEYWORD)]
SECRETS = [*KEYS, "hunter2", "jane", "acme", "jenkins", "10.1.2.3"]


def ways(query):
    """The forms in which a query stands in logs: a URL or a text, encoded in several ways or not."""
    yield {"url": f"https://sourcegraph.acme.com/search?q={quote_plus(query)}&{{}}sm=0"}
    yield {"url": f"/search?{{}}q={quote(query)}"}
    yield {"url": f"https://sourcegraph.acme.com/search?q={quote(quote(query, safe=''), safe='')}&{{}}"}
    yield {"query": quote(query, safe="")}
    # Plus signs alone are no encoding: foo+bar is a term.
    yield {"query": quote_plus(query) if "%" in quote_plus(query) else quote(query)}
    yield {"query": quote(quote(query, safe=""), safe="")}
    yield {"query": query}


def sample():
    """Rows with what Sourcegraph reads: ``(row, query, kind)``."""
    source = random.Random(550)
    rows = []
    combinations = [(query, way, kind) for query in QUERIES for way in range(7) for kind in range(len(TYPES))]
    for query, way, number in source.sample(combinations, 550 - len(MALFORMED)):
        name, kind = TYPES[number]
        row = list(ways(query))[way]
        if "url" in row:
            row = {"url": row["url"].format(f"patternType={name}&" if name else "")}
        else:
            row["patternType"] = name
        rows.append((row, query, kind))
    return rows


# What stands in a log and is no search, with the reason.
MALFORMED = [
    ({"url": "https://sourcegraph.acme.com/github.com/a/b"}, log_text.NOT_SEARCH),
    ({"url": "https://sourcegraph.acme.com/search"}, log_text.EMPTY),
    ({"url": "/search?q=+&patternType=regexp"}, log_text.EMPTY),
    ({"url": "/search?q=context%3Aglobal"}, log_text.EMPTY),
    ({"query": "  "}, log_text.EMPTY),
    ({"url": "/search?q=%FF%FE"}, log_text.BAD_PERCENT),
    ({"query": "repo%3Afoo+%C3%28"}, log_text.BAD_PERCENT),
    ({"url": "/search?q=a%00b"}, log_rows.NUL),
    ({"query": "x" * 2001}, importing.TOO_LONG),
]
FIELDS = ["url", "query", "patternType", "source", "count"]


def write_csv(path, rows, delimiter=","):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def write_json_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def log_of_550(tmp_path_factory):
    """The rows that are searches, all rows mixed, and their report and output."""
    folder = tmp_path_factory.mktemp("log")
    searches = sample()
    rows = [row for row, _, _ in searches] + [row for row, _ in MALFORMED]
    random.Random(1).shuffle(rows)
    write_csv(folder / "log.csv", rows)
    report = import_logs([folder / "log.csv"], folder / "out.jsonl")
    return folder, searches, rows, report


def is_accepted(query, kind):
    structural = pattern_type_of(query, PATTERN_TYPES[kind]) == "structural"
    return not structural and not any(one.severity == "error" for one in check(query, PATTERN_TYPES[kind]))


def test_nothing_that_sourcegraph_accepts_is_lost(log_of_550):
    folder, searches, rows, report = log_of_550
    accepted = [(query, kind) for _, query, kind in searches if is_accepted(query, kind)]
    assert len(rows) == report.rows == 550
    assert 250 < len(accepted) < 450
    assert report.kept + report.duplicates == len(accepted)
    assert report.kept + report.duplicates + report.dropped.total() == 550
    records = read(folder / "out.jsonl")
    assert len(records) == report.kept
    assert sum(record["count"] for record in records) == report.searches == len(accepted)
    assert report.duplicates > 50
    structural = sum(kind == "structural" for _, _, kind in searches)
    assert report.dropped[log_queries.STRUCTURAL_SEARCH] == structural > 0
    refused = sum(count for reason, count in report.dropped.items() if reason.startswith(log_queries.REFUSED))
    assert refused == len(searches) - len(accepted) - structural


def test_every_accepted_query_is_found_again(log_of_550):
    folder, searches, _, _ = log_of_550
    found = {key(record["query"]) for record in read(folder / "out.jsonl")}
    plain = [query for _, query, kind in searches if PATTERN_TYPES.get(kind) == KEYWORD and is_accepted(query, kind)]
    plain = [query for query in plain if Redactor().redact(query)[0] == query]
    assert len(plain) > 100
    assert not [query for query in plain if key(query) not in found]
    for name in (r"repo:^github\.com/sourcegraph/sourcegraph$ foo", "repo:^github.com/sourcegraph/sourcegraph$ foo"):
        assert key(name) in found


def test_what_is_written_is_valid_canonical_and_said_once(log_of_550):
    folder, _, _, report = log_of_550
    records = read(folder / "out.jsonl")
    for record in records:
        assert not [one for one in check(record["query"]) if one.severity == "error"], record
        assert canonical(record["query"]) == record["query"]
        assert "context:global" not in record["query"]
        if "mended" in record:
            assert check(record["mended"]) == []
            assert record["warnings"]
    assert (
        len({record["id"] for record in records}) == len({key(record["query"]) for record in records}) == len(records)
    )
    assert report.with_warnings == sum("warnings" in record for record in records) > 0
    assert report.mended == sum("mended" in record for record in records) > 0


def test_no_secret_address_or_host_gets_out(log_of_550):
    folder, _, _, report = log_of_550
    written = (folder / "out.jsonl").read_text(encoding="utf-8") + json.dumps(report.to_json()) + report.table()
    assert not [secret for secret in SECRETS if secret.lower() in written.lower()]
    assert "REDACTED" in written
    assert "person1@example.com" in written
    for kind in ("key of a known format", "password or key that is assigned", "e-mail address", "host", "IP address"):
        assert report.redacted[kind] > 0, kind


def test_each_malformed_row_has_its_reason(log_of_550):
    _, _, _, report = log_of_550
    for reason in {reason for _, reason in MALFORMED}:
        assert report.dropped[reason] == sum(other == reason for _, other in MALFORMED), reason


@pytest.mark.parametrize("form", ["tab", "semicolon", "json", "gzip", "gzipped json", "two files"])
def test_every_format_gives_the_same(tmp_path, log_of_550, form):
    folder, _, rows, report = log_of_550
    logs = [tmp_path / "log"]
    if form in ("tab", "semicolon"):
        write_csv(logs[0], rows, {"tab": "\t", "semicolon": ";"}[form])
    elif form == "json":
        write_json_lines(logs[0], rows)
    elif form == "two files":
        logs.append(tmp_path / "other")
        write_csv(logs[0], rows[:200])
        write_json_lines(logs[1], rows[200:])
    else:
        write_json_lines(tmp_path / "plain", rows)
        content = tmp_path / "plain" if "json" in form else folder / "log.csv"
        logs[0].write_bytes(gzip.compress(content.read_bytes()))
    again = import_logs(logs, tmp_path / "out.jsonl")
    assert again == report
    assert (tmp_path / "out.jsonl").read_bytes() == (folder / "out.jsonl").read_bytes()


def test_without_deduplication_every_row_is_written(tmp_path, log_of_550):
    folder, _, _, report = log_of_550
    every = import_logs([folder / "log.csv"], tmp_path / "out.jsonl", Settings(deduplicate=False))
    assert (every.kept, every.duplicates) == (report.kept + report.duplicates, 0)
    records = read(tmp_path / "out.jsonl")
    assert len(records) == every.kept
    assert {record["id"] for record in records} == {record["id"] for record in read(folder / "out.jsonl")}


# ---- rows


def imported(*rows, **given):
    """The records and the report of rows given as ``Row`` or as queries."""
    importer = Importer(Settings(**given))
    records = [
        record for _, record in importer.records(row if isinstance(row, Row) else Row(query=row) for row in rows)
    ]
    return records, importer.report


def reason_of(*rows, **given):
    _, report = imported(*rows, **given)
    (reason,) = report.dropped
    return reason


@pytest.mark.parametrize(("row", "reason"), MALFORMED)
def test_reasons(row, reason):
    assert reason_of(Row(**row)) == reason


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("file:*.go", "not a regular expression"),
        ("lang:nosuchlanguage", "not a value of its filter"),
        ("foo or or bar", "an operator without an operand"),
        ("foo)", "parentheses"),
        ('file:"a', "quotes"),
        (r'file:"\.go"', "quotes"),
        ("NOT (a OR b)", "NOT before a group"),
        ("NOT -file:x", "NOT before a negated filter"),
        ("-case:yes", "a filter that cannot be negated"),
        ("case:yes case:yes", "a filter more than once"),
        ("author:a", "a filter of commits without type:commit"),
        ("rev:a", "rev: without repo:"),
        ("repo:a@b rev:c", "filters that exclude each other"),
        ("g:x", "a filter that does not exist"),
        ("repo:has.topic()", "a predicate's arguments"),
        ("(" * 70 + "a" + ")" * 70, "too large"),
    ],
)
def test_refusals_are_counted_by_kind_without_the_query(query, kind):
    assert reason_of(query) == f"{log_queries.REFUSED}: {kind}"


def test_sources_are_dropped_and_redacted():
    rows = [
        Row(query="foo", source="Batch-Changes"),
        Row(query="foo", source="web"),
        Row(query="x", source="ci.acme.com"),
    ]
    records, report = imported(*rows, drop_sources=frozenset(["batch-changes"]))
    assert report.dropped == {importing.BY_CODE: 1}
    assert [record["source"] for record in records] == ["web", "git.example.com"]


def test_counts():
    texts = ["", "3", "1,200", "2.0", "many", "-1", "9" * 5000]
    records, report = imported(*(Row(query="foo", searches=text) for text in texts))
    assert [record["count"] for record in records] == [1, 3, 1200, 2, 1, 1, 1]
    assert report.unread_counts == 3


def test_a_query_that_falls_apart_by_redaction_is_counted_apart(monkeypatch):
    importer = Importer(Settings())
    monkeypatch.setattr(importer._redactor, "redact", lambda query: ("foo)", {"host": 1}))
    assert list(importer.records([Row(query="foo"), Row(query="foo)")])) == []
    assert importer.report.dropped == {importing.NOT_AFTER_REDACTION: 1, f"{log_queries.REFUSED}: parentheses": 1}
    assert importer.report.redacted.total() == 0


def test_rows_without_a_pattern_type_have_the_one_of_the_option():
    for name, query in (("", '"a b"'), ("keyword", "a b"), ("nonsense", '"a b"'), ("newStandardRC1", "a b")):
        records, _ = imported(Row(query="a b", pattern_type=name), pattern_type="literal")
        assert records[0]["query"] == query


def test_warnings_are_kept_and_mended():
    ((record,), report) = imported("ext:go foo")
    assert record["query"] == '"ext:go" foo'
    assert "is no filter" in record["warnings"][0]
    assert record["mended"] == r"file:\.go$ foo"
    assert (report.with_warnings, report.dropped.total()) == (0, 0)  # counted when it is written
    ((record,), _) = imported("sort:date foo")
    assert "mended" not in record
    ((record,), _) = imported("foo")
    assert set(record) == {"id", "query", "count", "pattern_type"}


# ---- any text, and all queries of Sourcegraph's own tests


FORMS = [lambda text: {"query": text}, lambda text: {"query": quote(text)}, lambda text: {"url": text}]
FORMS += [lambda text: {"url": f"/search?q={quote_plus(text)}"}]


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(texts(), st.sampled_from([name for name, _ in TYPES]), st.sampled_from(FORMS))
def test_any_text_is_written_or_counted(text, kind, form):
    records, report = imported(Row(**form(text), pattern_type=kind))
    assert len(records) + report.dropped.total() == report.rows == 1
    for record in records:
        assert not [one for one in check(record["query"]) if one.severity == "error"]
        assert check(record.get("mended", "")) == []


def test_the_cases_survive_every_encoding():
    """Encoded, imported, and the same as before."""
    accepted = [case["query"] for case in cases() if PATTERN_TYPES[case["type"]] == KEYWORD]
    redactor = Redactor()
    accepted = [query for query in accepted if redactor.redact(query)[0] == query and pattern_type_of(query) == KEYWORD]
    empty = {key(""), key("context:global")}
    assert len(accepted) > 700
    tried = 0
    for query in accepted:
        encoded = quote(query, safe="")
        forms = [Row(url=f"/search?q={quote_plus(query)}"), Row(url=f"/search?q={quote(encoded, safe='')}")]
        if "%" not in query:
            forms += [Row(query=query), Row(query=encoded), Row(query=quote(encoded, safe=""))]
        for row in forms:
            records, report = imported(row)
            if key(query.strip()) in empty:
                assert set(report.dropped) == {log_text.EMPTY}
            elif len(query) <= importing.LONGEST_QUERY:
                assert [key(record["query"]) for record in records] == [key(query.strip())], (query, row, report)
                tried += 1
    assert tried > 3000

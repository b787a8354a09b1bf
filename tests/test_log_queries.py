"""Queries of logs: the older pattern types in the keyword language, and the kinds of refusals."""

import json

import pytest
from conftest import ROOT

from data.logs import queries as log_queries
from data.logs.queries import in_keyword_language, judged, refusal
from nlsq.query import check
from nlsq.query.parser import PATTERN_TYPES, pattern_type_of


@pytest.mark.parametrize(
    ("kind", "query", "written"),
    [
        ("literal", "foo bar", '"foo bar"'),
        ("literal", 'repo:x "foo bar"', r'repo:x "\"foo bar\""'),
        ("literal", "lang:go foo(a, b)", 'lang:go "foo(a, b)"'),
        ("literal", "foo or bar", "foo OR bar"),
        ("literal", "/x/", '"/x/"'),
        ("literal", "patterntype:regexp a.b c", "/a.b.*?c/"),
        ("standard", "foo bar /x.*y/", '"foo bar" /x.*y/'),
        ("standard", "context:global file:x a b", 'file:x "a b"'),
        ("regexp", "foo bar", "/foo.*?bar/"),
        ("regexp", r"foo\.bar", "foo.bar"),
        ("regexp", "foo.bar", "/foo.bar/"),
        ("regexp", "foo()", "foo()"),
        ("regexp", "foo(", "foo("),
        ("regexp", "a|b c", "/(?:a|b).*?c/"),
        ("regexp", "[(?:a)] (?:b)*", "/[(?:a)].*?(?:b)*/"),
        ("regexp", r"r:a get\w+ not set", r"repo:a /get\w+/ NOT set"),
        ("regexp", '"a b" c', r"/a\ b.*?c/"),
        ("regexp", "content:a.b", "/a.b/"),
        ("regexp", "a/b.", r"/a\/b./"),
    ],
)
def test_pattern_types_keep_their_meaning_in_the_keyword_language(kind, query, written):
    assert in_keyword_language(query, pattern_type_of(query, kind)) == written
    record = judged(query, kind)
    assert (record.query, record.pattern_type) == (written, pattern_type_of(query, kind))


def test_a_query_without_a_keyword_form_keeps_its_pattern_type(monkeypatch):
    monkeypatch.setattr(log_queries, "_text", lambda plan: "other")
    assert in_keyword_language("foo bar", "regexp") == "foo bar patterntype:regexp"
    monkeypatch.setattr(log_queries, "_means", lambda *_: False)
    assert in_keyword_language("foo bar", "regexp") == ""
    judged.cache_clear()
    assert judged("foo bar", "regexp") == log_queries.NO_KEYWORD_FORM
    judged.cache_clear()


def test_every_refusal_of_the_cases_has_a_kind():
    with open(ROOT / "tests" / "conformance" / "cases.jsonl", encoding="utf-8") as file:
        refused = [case for case in map(json.loads, file) if not case["accepted"]]
    kinds = {}
    for case in refused:
        errors = [one for one in check(case["query"], PATTERN_TYPES[case["type"]]) if one.severity == "error"]
        kinds[case["query"]] = refusal(errors[0].message)
    others = [query for query, kind in kinds.items() if kind == "other"]
    assert all("structural" in query for query in others)

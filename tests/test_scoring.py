"""The metrics, the predecessor's above all, on cases counted by hand."""

import pytest

from nlsq.records import Record
from nlsq.scoring import Score, Share, operator_names, score, semantic_match, summarise, verdict


def record(query, *also):
    return Record(id="x", category="content", request="r", query=query, also=also)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("repo:a -file:b LANG:go foo", {"repo", "file", "lang"}),
        ('"lang:go" foo', set()),
        ("https://x.y/z r:a", {"r"}),
        ("(lang:java OR lang:kotlin)", {"lang"}),
        ("repo:has.file(path:go.mod content:x)", {"repo", "path", "content"}),
        ("std::vector", set()),
    ],
)
def test_operator_names(query, names):
    assert operator_names(query) == names


@pytest.mark.parametrize(
    ("expected", "answer", "match"),
    [
        ("repo:a lang:go type:symbol", "repo:a lang:go content:func", False),  # two of three: 67%
        ("repo:a lang:go type:symbol", "repo:z lang:x type:y", True),  # values do not count
        ("lang:go foo", "l:go foo", False),  # aliases are not resolved
        ("-file:test foo", "file:test foo", True),  # a leading minus is dropped
        ("lang:go", "lang:go repo:x type:diff", True),  # more is no fault
        ("retry backoff jitter", "retry backoff", False),  # no filter expected: two of three words
        ("retry backoff", "backoff retry client", True),
        ("foo", "lang:go", False),
    ],
)
def test_semantic_match(expected, answer, match):
    assert semantic_match(expected, answer) is match


def test_score():
    one = score(record("lang:go foo", "foo lang:go"), "foo  lang:go")
    assert (one.valid, one.operators_known, one.semantic_match, one.right, one.exact) == (True, True, True, True, True)
    one = score(record("lang:go foo"), "foo l:golang")
    assert (one.semantic_match, one.right, one.exact) == (False, True, False)
    one = score(record("lang:go foo"), "lang:c foo")
    assert (one.semantic_match, one.right, one.exact) == (True, False, False)
    one = score(record("lang:go foo"), "lang:go async:yes")
    assert (one.valid, one.operators_known, one.semantic_match, one.exact) == (False, False, True, False)
    assert one.findings
    empty = score(record("lang:go foo"), "")
    assert (empty.valid, empty.operators_known, empty.semantic_match, empty.exact) == (False, False, False, False)


def judged(right):
    return Score(valid=right, operators_known=True, semantic_match=True, right=False, exact=False)


def test_verdicts():
    assert verdict(judged(True), judged(True)) == "tie"
    assert verdict(judged(True), judged(False)) == "fine_tuned_better"
    assert verdict(judged(False), judged(True)) == "baseline_better"
    assert verdict(judged(False), judged(False)) == "both_wrong"


def test_share_has_wilsons_interval():
    low, high = Share(34, 50).interval
    assert (round(low, 3), round(high, 3)) == (0.542, 0.792)


def test_no_data_has_no_share():
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    assert str(Share(0, 0)) == "-"
    assert summarise([])["valid"].value is None

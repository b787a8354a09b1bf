"""What must hold for every text and every valid query, however it is spelled.

Deterministic by default; NLSQ_PROPERTY_EXAMPLES=20000 draws so many examples of each, and other ones every time.
"""

import contextlib
import os
import random
import time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from query_strategies import PUNCTUATION, Leaf, near_misses, pieces, shuffled, texts, trees, written

from dev import fuzz
from dev.fuzz import PATTERN_TYPES, fault
from nlsq.errors import UserError
from nlsq.query import ERROR, QueryError, canonical, check, equivalent, key, parse

LONG_RUN = int(os.environ.get("NLSQ_PROPERTY_EXAMPLES", "0"))


# A source of chance from one drawn number: drawing every throw is several times slower.
DICE = st.integers(0, 2**32).map(random.Random)


def examples(number):
    """Settings with so many examples, or as many as a long run asks for."""
    return settings(
        derandomize=not LONG_RUN,
        database=None,
        deadline=None,
        max_examples=LONG_RUN or number,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def is_accepted(query):
    return not any(finding.severity == ERROR for finding in check(query))


# ---- any text


@pytest.mark.parametrize("pattern_type", PATTERN_TYPES)
@examples(500)
@given(texts())
def test_any_text(pattern_type, text):
    assert fault(text, pattern_type) == ""


@examples(300)
@given(texts(), texts())
def test_keys_decide(one, other):
    """Equality of keys is what ``equivalent`` says, which makes it transitive."""
    assert equivalent(one, one)
    assert equivalent(one, other) == equivalent(other, one)
    if is_accepted(one) and is_accepted(other):
        assert equivalent(one, other) == (key(one) == key(other))


@examples(300)
@given(st.lists(pieces(), min_size=1, max_size=6), DICE)
def test_keys_decide_on_neighbours(parts, dice):
    """As above, for texts that have the same pieces, which are often the same query."""
    one, other = " ".join(parts), " ".join(dice.sample(parts, len(parts)))
    assume(is_accepted(one) and is_accepted(other))
    assert equivalent(one, other) == (key(one) == key(other))


# ---- valid queries


@examples(300)
@given(trees(), DICE)
def test_spelling_changes_nothing(tree, dice):
    """Order of operands, aliases, letter case of names and operators, idle quotes, AND said or not, both negations."""
    one, other = written(tree, dice), written(shuffled(tree, dice), dice)
    assert is_accepted(one), check(one)
    assert equivalent(one, other), (one, other)
    assert equivalent(other, one)
    assert key(one) == key(other)


@examples(300)
@given(trees(), DICE)
def test_canonical_of_a_valid_query(tree, dice):
    query = written(tree, dice)
    text = canonical(query)
    assert canonical(text) == text
    assert equivalent(query, text)
    assert is_accepted(text)


@examples(150)
@given(trees(), DICE)
def test_a_near_miss_is_a_miss(tree, dice):
    """One other value, one negation more or less, one operand dropped, the other operator: not the same."""
    query = written(tree, dice)
    for other_tree in near_misses(tree):
        other = written(other_tree, dice)
        assert not equivalent(query, other), (query, other)


@examples(200)
@given(st.sampled_from(["term", "repo", "file", "lang", "author", "has.path"]), DICE)
def test_both_negations_are_the_same(kind, dice):
    needed = "type:commit " if kind == "author" else ""
    negated = needed + written(Leaf(kind, 1, negated=True), dice)
    plain = needed + written(Leaf(kind, 1), dice)
    assert equivalent(negated, needed + written(Leaf(kind, 1, negated=True), dice))
    assert not equivalent(negated, plain)


# ---- time


REPEATED = ["foo ", "repo:a ", "(a OR b) ", "(a ", "a) ", '"a ', "'a' ", "/a ", "/a/ ", "a OR ", "NOT ", "-a ", "in:x "]
REPEATED += [
    "f(x) ",
    "repo:has.file(path:a) ",
    "repo:has.file( ",
    "content:'a ",
    "((",
    "a(b ",
    "[",
    "(?",
    "after:1 day ",
]
REPEATED += ["\\", "a\u3000", "a", ":", "-", "@", "/", "'\"", "f:a OR ", "(f:a x) OR ", "a.b", "has."]
# What the repetition may be the value of.
BEGINNINGS = ["repo:", "/", '"', "type:commit after:", "lang:", "rev:", "x:", "f:has.owner("]


def seconds(text):
    """Processor time of ``parse`` and ``check``, the best of three."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        try:
            with fuzz.at_most(5.0), contextlib.suppress(QueryError):
                check(text)
                parse(text)
        except fuzz.TooSlowError:
            pytest.fail(f"{text[:200]!r}... does not end")
        best = min(best, time.process_time() - started)
    return best


def assert_linear(piece, beginning=""):
    # Whole pieces only: what is cut in the middle may be read in another way.
    half, whole = (beginning + piece * (size // len(piece)) for size in (5_000, 10_000))
    short, long = seconds(half), seconds(whole)
    assert long < 2.0, (piece, long)
    # Twice the text, about twice the time; four times would be quadratic. Below some milliseconds nothing is measured.
    assert long < 3.2 * short + 0.02, (piece, short, long)


@pytest.mark.parametrize("piece", REPEATED)
def test_time_is_about_linear(piece):
    assert_linear(piece)


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("piece", ["a", "a.", "1 ", "(", "a-b_", "\\", "[a", "last "])
def test_time_is_about_linear_for_a_long_value(beginning, piece):
    assert_linear(piece, beginning)


@examples(15)
@given(st.lists(st.one_of(pieces(), st.sampled_from(PUNCTUATION)), min_size=1, max_size=4))
def test_time_is_about_linear_for_any_repetition(parts):
    piece = "".join(parts)
    assume(piece)
    assert_linear(piece)


# ---- the fuzzer around these properties


def test_the_fuzzer_makes_findings_small():
    assert fuzz.smallest("some a in b of c", lambda text: "a" in text and "b" in text, 5.0) == "ab"


def test_the_fuzzer_finds_what_does_not_end(monkeypatch):
    def without_end(_text, _pattern_type):
        while True:
            pass

    monkeypatch.setattr(fuzz, "fault", without_end)
    assert fuzz.broken("a", "keyword", 0.05) == "slow"


def test_the_fuzzer_reports_each_finding_once(monkeypatch, tmp_path):
    monkeypatch.setattr(fuzz, "fault", lambda text, _: "an x" if "x" in text else "")
    (tmp_path / "candidates").mkdir()
    for number, text in enumerate(["look: x", "x again", "no more"]):
        (tmp_path / "candidates" / str(number)).write_text(text)
    assert fuzz.findings(tmp_path, 2.0) == [("an x", "keyword", "x")]


def test_the_fuzzer_begins_with_what_is_known():
    assert len(list(fuzz.seeds())) > 2000
    assert {"repo:", "patterntype:regexp", "repo:has.path("} <= set(fuzz.tokens())


def test_the_fuzzer_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(fuzz.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match="pip install atheris"):
        fuzz.main.main(["--minutes", "1"], standalone_mode=False)


@pytest.mark.slow
def test_the_fuzzer_fuzzes(capsys):
    pytest.importorskip("atheris")
    assert fuzz.main.main(["--minutes", "0.2"], standalone_mode=False) in (0, None)
    assert "0 findings" in capsys.readouterr().out

"""The query language against Sourcegraph's own cases, and against anything that can be typed."""

import time
from datetime import date

import pytest

from dev.conformance import cases, disagreement
from nlsq.query import QueryError, canonical, check, equivalent, explain, is_valid, key, parse
from nlsq.query.languages import language
from nlsq.query.parser import MAX_DEPTH, PATTERN_TYPES
from nlsq.query.plan import MAX_BASIC_QUERIES
from nlsq.query.tree import Filter, Operator, Term, leaves

CASES = list(cases())
HOSTILE = {
    "open": "(" * 10000,
    "close": ")" * 10000,
    "open apart": "( " * 5000,
    "calls": "a(" * 5000,
    "or": "x or " * 2000,
    "or of groups": "(a or b) " * 1100,
    "or of filters": "(file:a or file:b) " * 500,
    "quotes": '"' * 10001,
    "quoted": '"a ' * 3300,
    "slashes": "/a " * 3300,
    "backslashes": "\\" * 10000,
    "not": "not " * 2500,
    "and": "a and " * 1600,
    "filters": "f:a " * 2500,
    "class": "/" + "[" * 9990 + "/",
    "groups in a regexp": "/" + "(" * 5000 + ")" * 4990 + "/",
    "predicate": "repo:has.file(" + "a " * 4900 + ")",
    "date": 'type:commit after:"' + "last " * 1900 + '"',
    "repeats": "/" + "a?" * 4900 + "/",
    "or of filters and terms": "(f:a or f:b) " * 9 + "x " * 4000,
    "or of filters and filters": "(f:a or f:b) " * 9 + "f:c " * 2400,
    "a long number": "/a{" + "9" * 9000 + "}/",
    "a long date": 'type:commit after:"' + "9" * 9000 + ' days ago"',
    "groups before an open one": "a()" * 3300 + "(",
    "groups with spaces before an open one": "f:a(b c)" * 1200 + "(",
    "a long word for a predicate": "repo:" + "a" * 9990,
    "a long dotted name for a predicate": "rev:" + "a." * 4990 + "(",
    "unicode": "\u202e\u0000\ud7ff\U0001f525 " * 2000,
}


def test_there_are_all_the_cases():
    assert len(CASES) >= 1471
    assert sum("parsed" in case or "planned" in case for case in CASES) >= 397


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case['query'][:40]}" for number, case in enumerate(CASES)])
def test_agrees_with_sourcegraph(case):
    assert disagreement(case) == ""


def test_a_tree_knows_its_places():
    query = 'repo:foo  NOT "a b" OR /c+/'
    tree = parse(query)
    assert isinstance(tree, Operator)
    texts = [query[leaf.span.start : leaf.span.end] for leaf in leaves(tree)]
    assert texts == ["repo:foo", 'NOT "a b"', "/c+/"]
    kinds = [type(leaf) for leaf in leaves(tree)]
    assert kinds == [Filter, Term, Term]


def test_what_the_parser_refuses_has_its_place():
    with pytest.raises(QueryError) as error:
        parse("foo bar) baz")
    assert (error.value.start, error.value.end) == (7, 8)


@pytest.mark.parametrize("pattern_type", sorted(set(PATTERN_TYPES)))
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_end_soon(name, pattern_type):
    started = time.perf_counter()
    check(HOSTILE[name], pattern_type)
    key(HOSTILE[name])
    assert time.perf_counter() - started < 2.0  # a quarter of a second on a quiet machine


def test_our_own_limits_are_errors_with_a_reason():
    deep = "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1)
    assert "inside of each other" in check(deep)[0].message
    assert check("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == []
    wide = "(file:a or file:b) " * 10
    assert MAX_BASIC_QUERIES < 2**10
    assert "more than 1,000" in check(wide)[0].message


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("go", "Go"),
        ("golang", "Go"),
        ("C++", "C++"),
        ("cpp", "C++"),
        ("c#", "C#"),
        ("protocol buffer", "Protocol Buffer"),
    ],
)
def test_languages(name, meant):
    assert language(name) == meant


@pytest.mark.parametrize("name", ["py", "kt", "cs", "tf", "jsx", "golangg", ""])
def test_what_is_no_language(name):
    assert language(name) is None


SAME = [
    ("type:commit after:2024-01-01T10:00:00Z", "type:commit after:2024-01-01"),
    ('repo:has.file(path:"x")', "repo:has.path(x)"),
    ("repo:^github.com/a/b$ x", r"repo:^github\.com/a/b$ x"),
    ("repo:a/b x", "r:a/b$ x"),
    ("lang:go x", "l:golang x"),
    ("-file:test x", "NOT f:test x"),
    ("foo bar", "bar AND foo"),
    ("lang:go foo OR bar", "(bar OR foo) lang:go"),
    ('"foo" x', "foo x"),
    ("content:foo", "foo"),
    ("context:global foo", "foo"),
    ("case:no foo", "FOO"),
    ("case:yes foo", "foo case:y"),
    ("repo:x@main foo", "repo:x rev:main foo"),
    ("repo:x rev:*refs/heads/* f", "repo:x@*refs/heads/ f"),
    ("file:package.json x", r"file:(^|/)package\.json$ x"),
    ("repo:has.file(path:x) a", "repo:has.path(x) a"),
    ("repo:contains.file(x)", "repo:has.path(^x$)"),
    ('type:commit after:"1 week ago" x', 'type:commit since:"last week" x'),
    ('type:commit after:"7 days ago" x', 'type:commit since:"1 week ago" x'),
    ("type:commit after:2023-06-01", 'type:commit after:"june 1 2023"'),
    ("type:commit author:Alice", "type:commit author:alice"),
    ("/a+/ x", "x /A+/"),
    ("NOT foo bar", "-content:foo bar"),
    ("count:all x", "count:99999999 x"),
    ("/foo.*bar/", "foo.*bar patterntype:regexp"),
    ("/[A-Z]x/", "/[a-z]X/"),
    ("/[aA]/", "/[a]/"),
    ("/[a-zA-Z0-9_]/", "/[_0-9a-z]/"),
    ("/(?i)Foo/", "/foo/"),
    (r"/\QFoo\E/", r"/\Qfoo\E/"),
    (r"file:[\.]x", "file:[.]X"),
    ("\u0391\u03a3 x", "\u03b1\u03c3 x"),
    ("((a OR b) (b OR a)) OR c", "a OR b OR c"),
    ("repo:has.meta( k:v )", "repo:has.meta(k:v)"),
    ("repo:has(k:v)", "repo:has.meta('k':\"v\")"),
    ("repo:has.tag(k)", "repo:has.meta(k:)"),
    ("repo:has.key(k)", "repo:has.meta(k)"),
    ("repo:has.commit.after(2024-01-01)", "repo:contains.commit.after(January 1, 2024)"),
    ("repo:has.commit.after(1 week ago)", "repo:has.commit.after( 7 days  ago)"),
    ("repo:x rev:at.time(2024-01-01) f", "repo:x rev:at.time(2024-01-01T10:00:00Z, HEAD) f"),
    ("repo:has.file(content:x)", "repo:has.content(X)"),
    ("repo:has.file(path:a path: content:b)", "repo:has.file(content:b path:a)"),
    ("lang: OR foo", "foo"),
    ("(repo: OR lang:go) foo", "lang:go foo"),
    ("repo: count: foo", "foo"),
]
DIFFERENT = [
    (r"file:\W x", r"file:\w x"),
    ('repo:has.file(path:x content:"a b")', 'repo:has.file(path:x content:"a c")'),
    ("repo:has.file(mypath:x)", "repo:has.path(x)"),
    ("repo:x rev:main rev:at.time(1 week ago) f", "repo:x rev:main f"),
    ("lang:go x", "lang:c x"),
    ("case:yes foo", "case:yes Foo"),
    ("foo", "NOT foo"),
    ("foo OR bar", "foo bar"),
    (r"/\w/", r"/\W/"),
    ("repo:a x", "x"),
    ('type:commit after:"1 week ago" x', 'type:commit after:"2 weeks ago" x'),
    ('type:commit after:"1 day ago" x', 'type:commit after:"24 hours ago" x'),
    ("a b patterntype:regexp", "b a patterntype:regexp"),
    ("repo:x@main f", "repo:x f"),
    ("repo:a foo", "repo:a file:foo"),
    ("author:a", "author:A"),  # refused, so each equals only itself
    ('type:commit after:"1 week ago" x', "type:commit after:2026-03-07 x"),
    ("/[A-z]/", "/[a-z]/"),
    ("/[a-z]/", "/[^a-z]/"),
    ("/[a-]/", "/[a]/"),
    (r"/[\W]/", r"/[\w]/"),
    (r"/\pL/", r"/\pN/"),
    ("/(?-i:Foo)/", "/(?-i:foo)/"),
    ("/(?i-s:Foo)/", "/foo/"),
    ("/(?U)a+/", "/a+/"),
    (r"file:a\$ x", "file:a x"),
    # Sourcegraph drops spaces around the whole only.
    ("repo:has.meta(k: v)", "repo:has.meta(k:v)"),
    ("repo:has.meta(k)", "repo:has.meta(k:)"),
    ("repo:has.meta(/k/)", "repo:has.meta(k)"),
    ("file:has.content(a b)", "file:has.content(a  b)"),
    ("repo:x rev:at.time(2024-01-01, main) f", "repo:x rev:at.time(2024-01-01) f"),
    ("repo:x rev:at.time(1 week ago) f", "repo:x rev:at.time(2026-03-07) f"),
    ("repo:has.commit.after(1 week ago)", "repo:has.commit.after(2026-03-07)"),
    ("repo:has.commit.after(1 week ago)", "-repo:has.commit.after(1 week ago)"),
    ("foo\x1cbar", "foo bar"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one, other):
    assert equivalent(one, other)
    assert equivalent(other, one)
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_not_the_same(one, other):
    assert not equivalent(one, other)
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "query",
    ["type:commit after:{} x", "repo:has.commit.after({})", "repo:x rev:at.time({}) f", "repo:x rev:at.time({},v1) f"],
)
def test_with_the_day_relative_and_absolute_dates_compare(query):
    one, other = query.format("1 week ago"), query.format("2026-03-07")
    one = one.replace("after:1 week ago", 'after:"1 week ago"')
    assert equivalent(one, other, date(2026, 3, 14))
    assert not equivalent(one, other, date(2026, 3, 15))
    assert not equivalent(one, other)


def test_of_empty_filters_the_last_one_counts():
    """Sourcegraph drops all others, and judges what is left alone."""
    assert not any(finding.severity == "error" for finding in check("count: repo:"))
    assert any(finding.severity == "error" for finding in check("repo: count:"))


@pytest.mark.parametrize("space", ["\x1c", "\x1d", "\x1e", "\x1f"])
def test_separators_are_no_spaces(space):
    """Python's own tests take them for spaces, Go's do not."""
    assert parse(f"a{space}b") == Term(f"a{space}b")
    assert parse(space) == Term(space)


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case['query'][:40]}" for number, case in enumerate(CASES)])
def test_everything_equals_itself(case):
    assert equivalent(case["query"], case["query"])
    assert key(case["query"]) == key(case["query"])


VALID_KEYWORD = [case["query"] for case in CASES if case["type"] == "keyword" and case["accepted"]]


@pytest.mark.parametrize("query", VALID_KEYWORD, ids=range(len(VALID_KEYWORD)))
def test_canonical_means_the_same_and_stays(query):
    text = canonical(query)
    assert canonical(text) == text
    assert equivalent(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("foo r:a/b l:golang", "repo:a/b lang:go foo"),
        (r"repo:^github\.com/a/b$ x", "repo:^github.com/a/b$ x"),
        (r"f:package\.json x", "file:package.json x"),
        (r"file:\.proto$ x", r"file:\.proto$ x"),
        ("foo AND bar", "foo bar"),
        ("lang:go (foo OR bar)", "lang:go foo OR bar"),
        ("(lang:java or lang:kotlin) (foo or bar)", "(lang:java OR lang:kotlin) (foo OR bar)"),
        ("-content:foo bar", "NOT foo bar"),
        ('"foo" "foo bar" "and"', 'foo "foo bar" "and"'),
        ('content:"in:file"', '"in:file"'),
        ("repo:x@v1 foo", "repo:x rev:v1 foo"),
        ("repo:contains.file(path:go.mod)", "repo:has.path(go.mod)"),
        ("context:global case:no fork:Y foo", "fork:yes foo"),
        ('type:commit since:"yesterday" m:fix', "type:commit after:yesterday message:fix"),
        ("jwt.decode( or jwt.verify(", '"jwt.decode(" OR "jwt.verify("'),
        ("lang:proto x", "lang:protobuf x"),
        ("foo\nbar", "foo bar"),
        ("foo foo", "foo"),
        ("", ""),
        ('foo r:has.file(path:"x")', "repo:has.path(x) foo"),
        ("(f:a OR f:b) (lang:go OR r:x) type:commit", "(lang:go OR repo:x) (file:a OR file:b) type:commit"),
    ],
)
def test_canonical(query, text):
    assert canonical(query) == text
    assert not text or is_valid(text)


def test_what_cannot_be_parsed_has_no_canonical_form():
    with pytest.raises(QueryError):
        canonical("foo)")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("lang:go foo NOT bar", "Finds code with “foo” but without “bar”, in Go."),
        ("repo:has.path(Dockerfile) select:repo", "Finds repositories, with a file whose path matches Dockerfile."),
        ("type:symbol select:symbol.function parse", "Finds symbols of the kind function with “parse”."),
        ("(lang:java OR lang:kotlin) (foo OR NOT bar)", "Finds code with (“foo” or not “bar”), in Java or in Kotlin."),
        ("", "Finds everything."),
    ],
)
def test_explain(query, sentence):
    assert explain(query) == sentence


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case['query'][:40]}" for number, case in enumerate(CASES)])
def test_everything_that_is_accepted_can_be_explained(case):
    if case["accepted"] and case["type"] == "keyword":
        assert explain(case["query"]).startswith("Finds ")


FUZZED = [
    "repo: or -apatterntype:literal]?in:éhas.path(",
    "path:  after:",
    "foo OR file:",
    "rev:(in:ext:foo+$count:in: or f: or ?",
    "\ta.' OR \"b -file:",
    "repo: OR file:ext:path:not \ngo\\",
    "patterntype:literal or bafter:a  @patterntype:regexpf: \\\t",
    "(repo:a foo OR bar) baz",
    "()((lang:r OR lang:d)c)OR l",
    '"("\r$\t(',
    "repo:paterntyextensiopaterntyext",
    "type:commit ((after:2020-01-01 repo:has.commit.after(2020-01-02)) OR repo:has.commit.after(2020-01-03))",
]


@pytest.mark.parametrize("query", FUZZED)
def test_what_random_texts_found(query):
    check(query)
    try:
        text = canonical(query)
    except QueryError:
        return
    assert canonical(text) == text
    assert equivalent(query, text)
    assert explain(query).startswith("Finds ")

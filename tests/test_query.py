"""What ``check`` refuses, and what it lets pass."""

import pytest

from nlsq.query import ERROR, WARNING, check, is_valid

VALID = [
    "lang:python async",
    r"repo:^github.com/sourcegraph/sourcegraph$ type:commit author:erik after:\"1 week ago\"".replace('\\"', '"'),
    r"file:\.go$ -file:_test",
    "type:symbol select:symbol.function parseJSON",
    "(lang:java OR lang:kotlin) (foo OR bar)",
    "lang:go kafka OR rabbitmq",
    "NOT foo",
    "foo NOT bar NOT baz",
    '"in:file" foo',
    r"/\bget\w+/ lang:ruby",
    "repo:has.file(path:go.mod content:grpc)",
    "-repo:has.commit.after(6 months ago) select:repo",
    "repo:x rev:*refs/heads/*:*!refs/heads/main FIXME",
    "repo:.* rev:at.time(2 years ago) panic",
    "stripe.charges.create(",
    "console.log( lang:javascript",
    "type:diff message:fix after:2024-01-31",
    "count:all case:yes Foo",
    "http://example.com foo::bar",
    "and b",
    "repo:foo@main",
    "type:commit after:yesterday",
    'type:commit after:"last week"',
    "file:has.owner(alice)",
]

ERRORS = [
    "author:alice",
    "after:yesterday foo",
    "rev:main foo",
    "repo:a@x rev:main",
    "foo)",
    "NOT (foo)",
    "a OR OR b",
    "case:maybe foo",
    "count:0 foo",
    "count:1k foo",
    "fork:maybe foo",
    "select:function foo",
    'file:"\\.go$"',
    'message:"unclosed type:commit',
    "file:*.go",
    r"/(?=x)y/",
    "lang:py foo",
    "-case:yes foo",
    "case:yes case:no foo",
    "-file:has.content(x)",
]

WARNINGS = [
    "async:yes foo",
    "ext:go foo",
    "is:open bug",
    "branch:main foo",
    "stars:>10 react",
    "type:function foo",
    "visibility:hidden foo",
    "type:commit after:2024",
    'type:commit after:"june 2023"',
    'type:commit after:"5 mins ago"',
    "repo: foo",
    "lang:go -foo",
    "-/foo/ x",
    "type:commit after:20240101",
    "repo:x rev:at.time(2024)",
    "(lang:java OR lang:kotlin) (foo) OR bar",
    "repo:has.owner(x)",
    "(lang:java OR lang:kotlin) foo OR bar",
    "patterntype:fuzzy foo",
]


@pytest.mark.parametrize("query", VALID)
def test_valid(query):
    assert check(query) == []
    assert is_valid(query)


@pytest.mark.parametrize("query", ERRORS)
def test_errors(query):
    assert ERROR in [finding.severity for finding in check(query)], query
    assert not is_valid(query)


@pytest.mark.parametrize("query", WARNINGS)
def test_warnings(query):
    assert [finding.severity for finding in check(query)] == [WARNING], query
    assert not is_valid(query)


def test_findings_have_their_place():
    (finding,) = check("lang:go ext:proto")
    assert "lang:go ext:proto"[finding.start : finding.end] == "ext:proto"


@pytest.mark.parametrize("query", ["", "   "])
def test_blank_is_no_answer(query):
    assert check(query) == []
    assert not is_valid(query)


@pytest.mark.parametrize(
    "text", ["(" * 5000, ")" * 5000, '"' * 5001, "a:" * 5000, "\\" * 5000, "/" * 4999, "\u202e NOT NOT"]
)
def test_never_raises(text):
    check(text)

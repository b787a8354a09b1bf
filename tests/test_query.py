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
    # Regular expressions that only look a little like predicates.
    r"file:(test|spec)\.ts$ foo",
    "repo:foo(bar)? x",
    "file:test(s) x",
    "repo:path(x)|(y) z",
    "file:owners?(s|z)x z",
    'file:"owner(alice)" x',
    # An OR beside filters with parentheses that say which side they belong to.
    "((lang:java OR lang:kotlin) foo) OR bar",
    "repo:x (((lang:java OR lang:kotlin) foo) OR bar)",
    "(repo:a foo) OR bar",
    "repo:x ((file:a foo) OR (file:b bar) OR baz)",
    "lang:go (foo OR (bar baz))",
    '(lang:go OR lang:c) ("foo(" OR ")bar")',
    # Parentheses are text in these pattern types.
    "patterntype:standard (foo)",
    "patterntype:literal (foo) bar",
    "patterntype:literal (foo",
    "patterntype:regexp (foo|bar)",
    "patterntype:regexp /ext:go/",
    'patterntype:regexp "ext:go"',
    # The date is whole, a term follows.
    "type:commit after:2024-06-01 500 errors",
    "type:commit after:yesterday monday",
    'type:commit after:"1 week ago" days',
    "type:commit after:june release",
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
    "count:\u0663 foo",
    "timeout:\u0661s foo",
    "case:ye\u017f foo",
    "type:commit after:\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0661",
    'type:commit after:"\u0665 days ago"',
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
    "repo:x ((lang:java OR lang:kotlin) foo OR bar)",
    "lang:go (((file:a OR file:b) foo OR bar) OR (baz repo:y))",
    "repo:x (foo OR ((file:a OR file:b) bar OR baz))",
    "type:commit after:june 2023",
    "type:commit after:5 days ago",
    "type:commit (after:1 week ago)",
    "type:commit before:1 june 2023 fix",
    "type:commit since:june 5",
    "patterntype:regexp ext:go foo",
    "patterntype:standard ext:go foo",
    "patterntype:literal ext:go foo",
    "patterntype:regexp -foo bar",
    "patterntype:literal x or (foo",
    "repo:has.Path(x)",
    "Repo:has.path(x)",
    "repo:HasPath(x)",
    "file:owner(alice)",
    "repo:path(x)",
    "file:contains(x)",
    "repo:topic(x) foo",
    "repo:x rev:time(yesterday) foo",
    "repogroup:x foo",
    "symbols:Foo",
    "repositories:x foo",
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

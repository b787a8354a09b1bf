"""What ``check`` proposes in the place of a fault, and that it mends the fault."""

import json
import random
import time
from dataclasses import asdict

import pytest

from dev.conformance import cases
from nlsq.filters import CANONICAL_NAME, IS_MEANINGS, LOOK_ALIKE_MEANINGS, LOOK_ALIKES
from nlsq.query import WARNING, check
from nlsq.query.checking import LONGEST_WITH_SUGGESTIONS, MAX_SUGGESTIONS
from nlsq.query.dates import is_plain, is_said, is_understood, plainer
from nlsq.query.languages import language, nearest

# Query, and the same with the first suggestion in its place.
MENDED = [
    ("ext:go", r"file:\.go$"),
    ("ext:*.go,ts foo", r"file:\.(go|ts)$ foo"),
    ("-ext:go foo", r"-file:\.go$ foo"),
    ("NOT extension:.d.ts foo", r"-file:\.d\.ts$ foo"),
    ("filename:*.go foo", r"file:\.go$ foo"),
    ("name:package.json", "file:package.json"),
    ("dir:src/api/ foo", "file:src/api/ foo"),
    ("branch:main foo", "repo:.* rev:main foo"),
    ("repo:a tag:v1.0 foo", "repo:a rev:v1.0 foo"),
    ("language_name:py foo", "lang:python foo"),
    ("languages:Python foo", "lang:Python foo"),
    ("org:hashicorp foo", "repo:hashicorp/ foo"),
    ("-user:bot foo", "-repo:bot/ foo"),
    ("repositories:a/b foo", "repo:a/b foo"),
    ("repogroup:sample foo", "context:sample foo"),
    ("g:sample foo", "context:sample foo"),
    ("symbol:Foo", "type:symbol Foo"),
    ("function:parse() lang:go", "type:symbol select:symbol.function parse lang:go"),
    ("type:symbol method:bar", "type:symbol select:symbol.method bar"),
    ("owner:alice foo", "file:has.owner(alice) foo"),
    ("contributors:bob foo", "file:has.contributor(bob) foo"),
    ("topic:cli foo", "repo:has.topic(cli) foo"),
    ("is:fork foo", "fork:yes foo"),
    ("-is:archived foo", "archived:no foo"),
    ("is:private foo", "visibility:private foo"),
    ("public:no foo", "visibility:private foo"),
    ("archive:only foo", "archived:only foo"),
    ("regex:fo+/b x", r"/fo+\/b/ x"),
    ("added:foo", "type:diff select:commit.diff.added foo"),
    ("authors:alice fix", "type:commit author:alice fix"),
    ("since_date:2024 fix", "type:commit after:2024-01-01 fix"),
    ("commit:abc1234 foo", "repo:.* rev:abc1234 foo"),
    ("types:function x", "type:symbol select:symbol.function x"),
    ("patterntype:regexp ext:go f.*o", r"patterntype:regexp file:\.go$ f.*o"),
    ("-lagn:go foo", "-lang:go foo"),
    ("-foo x", "NOT foo x"),
    ('-"foo bar" x', 'NOT "foo bar" x'),
    ("-/foo/ x", "NOT /foo/ x"),
    ("NOT -foo x", 'NOT "-foo" x'),
    ("lang:py x", "lang:python x"),
    ("-lang:kt x", "-lang:kotlin x"),
    ("lang:py,js x", "(lang:python OR lang:javascript) x"),
    ("lang:ipynb x", 'lang:"jupyter notebook" x'),
    ("select:function x", "select:symbol.function x"),
    ("select:owners x", "select:file.owners x"),
    ("type:function x", "type:symbol select:symbol.function x"),
    ("type:python x", "lang:python x"),
    ("type:Commits x", "type:commit x"),
    ("case:sensitive x", "case:yes x"),
    ("fork:include x", "fork:yes x"),
    ("archived:yEs x", "archived:yes x"),
    ("visibility:internal x", "visibility:private x"),
    ("patterntype:Regexp x", "patterntype:regexp x"),
    ("count:1,000 x", "count:1000 x"),
    ("count:-1 x", "count:all x"),
    ("timeout:1min x", "timeout:1m x"),
    ("-case:yes x", "case:no x"),
    ("type:commit -after:2024-01-01", "type:commit before:2024-01-01"),
    ("file:*.go foo", r"file:\.go$ foo"),
    ("file:src/**/*.{ts,tsx} foo", r"file:src/.*\.(ts|tsx)$ foo"),
    ("repo:*/linux@main foo", "repo:linux$@main foo"),
    ("type:commit author:*alice*", "type:commit author:alice"),
    ("type:commit message:c++", r"type:commit message:c\+\+"),
    (r'file:"\.go$" foo', r'file:"\\.go$" foo'),
    ('type:commit message:"fix it', 'type:commit message:"fix it"'),
    ("/foo(/ x", '"foo(" x'),
    ("NOT (a OR b) x", "NOT a NOT b x"),
    ("NOT (a b) x", "(NOT a OR NOT b) x"),
    ('x NOT ("a b" OR lang:go OR NOT c)', 'x NOT "a b" -lang:go c'),
    ("NOT -file:x foo", "-file:x foo"),
    ("type:commit after:2024", "type:commit after:2024-01-01"),
    ('type:commit after:"june 2023"', "type:commit after:2023-06-01"),
    ('type:commit after:"5 mins ago"', 'type:commit after:"5 minutes ago"'),
    ('type:commit after:"a week ago"', 'type:commit after:"1 week ago"'),
    ("(type:commit after:june 2023)", "(type:commit after:2023-06-01)"),
    ("type:commit after:5 days ago fix", 'type:commit after:"5 days ago" fix'),
    ("repo:x rev:at.time(5 mins ago, main) foo", "repo:x rev:at.time(5 minutes ago, main) foo"),
    ("author:x foo", "type:commit author:x foo"),
    ("rev:main foo", "repo:.* rev:main foo"),
    ("author: alice fix", "type:commit author:alice fix"),
    ("repo: foo bar", "repo:foo bar"),
    ("(lang:java OR lang:kotlin) foo OR bar", "(lang:java OR lang:kotlin) (foo OR bar)"),
    ("(lang:java OR lang:kotlin) (foo) OR bar", "(lang:java OR lang:kotlin) ((foo) OR bar)"),
    ("repo:x ((lang:java OR lang:c) foo OR bar)", "repo:x ((lang:java OR lang:c) (foo OR bar))"),
    ("foo OR bar (lang:java OR lang:kotlin)", "(foo OR bar) (lang:java OR lang:kotlin)"),
    ("repo:has.Path(x)", "repo:has.path(x)"),
    ("Repo:has.path(x)", "repo:has.path(x)"),
    ("repo:hasPath(x)", "repo:has.path(x)"),
    ("repo:has.pth(x)", "repo:has.path(x)"),
    ("-file:owner(alice)", "-file:has.owner(alice)"),
    ("repo:has.owner(x)", "file:has.owner(x)"),
    ("file:contains(x)", "file:has.content(x)"),
    ("repo:has.commits.after(1 week ago)", "repo:has.commit.after(1 week ago)"),
    ("repo:has.path(*.tf)", r"repo:has.path(\.tf$)"),
    ("repo:has.file(path:*.tf content:x)", r"repo:has.file(path:\.tf$ content:x)"),
    ("repo:has(foo)", "repo:has.meta(foo)"),
    ("-file:has.content(foo)", "NOT foo"),
]
# A finding, and nothing near that mends it.
WITHOUT = [
    "created:2024 x",
    "is:open x",
    "-function:foo x",
    "lang:xyzzy x",
    "case:maybe x",
    "timeout:10 seconds x",
    "/(?=a)b/ x",
    "type:file author:x",
    "foo OR repo:x bar",
    "repo:has.lang(go)",
    "repo:contains.commit.before(x)",
    "type:commit after:june 5",
    'type:commit after:"this week"',
    "foo)",
    "ext:",
]


def mended(query, finding):
    return query[: finding.start] + finding.suggestion + query[finding.end :]


@pytest.mark.parametrize(("query", "meant"), MENDED)
def test_suggestions(query, meant):
    (finding, *_) = [one for one in check(query) if one.suggestion]
    assert mended(query, finding) == meant
    assert finding.message.endswith(f"did you mean {finding.suggestion}?")
    assert check(meant) == []


@pytest.mark.parametrize("query", WITHOUT)
def test_no_suggestion_is_better_than_a_bad_one(query):
    findings = check(query)
    assert findings
    assert [finding.suggestion for finding in findings] == [""] * len(findings)


def assert_suggestions_mend(query, pattern_type="keyword"):
    for finding in check(query, pattern_type):
        if finding.suggestion:
            left = check(mended(query, finding), pattern_type)
            end = finding.start + len(finding.suggestion)
            there = [one for one in left if one.start < end and finding.start < one.end]
            fault = finding.message.partition("; did you mean")[0]
            assert not [one for one in there if one.message.startswith(fault)], (query, finding)


REFUSED = [case["query"] for case in cases() if case["type"] == "keyword" and not case["accepted"]]


def test_there_are_refused_cases():
    assert len(REFUSED) > 250


@pytest.mark.parametrize("query", [*REFUSED, *WITHOUT, *(query for query, _ in MENDED)])
def test_a_suggestion_mends_its_fault(query):
    assert_suggestions_mend(query)


PIECES = (
    "ext:go -foo lang:py (a OR b) NOT ( ) AND OR author:x after:2024 rev:main repo:has.Path(x) file:*.go /a+/ /a(/ foo "
    'type:function select:function count:1k branch:main -"a \'b repo: g:x -lagn:go fork:on author:"a\\.b" after:5 days '
    "ago june 2023 patterntype:regexp patterntype:literal (lang:go OR is:fork) name:f( -case:yes"
)


def test_random_queries():
    chance = random.Random(7)
    for _ in range(400):
        assert_suggestions_mend(" ".join(chance.choices(PIECES.split(), k=chance.randint(1, 7))))


@pytest.mark.parametrize("name", sorted(LOOK_ALIKE_MEANINGS))
def test_what_a_look_alike_means_is_valid(name):
    assert name in LOOK_ALIKES
    value = {"archive": "only", "forks": "only", "counts": "50", "types": "diff", "since_date": "2024-01-31"}
    query = f"{name}:{value.get(name, 'go')}"
    (finding,) = check(query)
    assert check(mended(query, finding)) == []


def test_look_alikes_are_no_filters():
    assert not LOOK_ALIKES & set(CANONICAL_NAME)
    assert all(check(f"x {meaning}") == [] for meaning in IS_MEANINGS.values())
    assert [finding.severity for finding in check(" ".join(f"{name}:" for name in sorted(LOOK_ALIKES)))] == [
        WARNING
    ] * len(LOOK_ALIKES)


def test_a_finding_as_json():
    (finding,) = check("x ext:go")
    message = r"ext: is no filter, so it is searched as text; did you mean file:\\.go$?"
    assert json.dumps(asdict(finding)) == (
        f'{{"severity": "warning", "message": "{message}", "start": 2, "end": 8, "suggestion": "file:\\\\.go$"}}'
    )


def test_suggestions_are_few_and_soon_there():
    many = "lang:py " * 20 + "x"
    found = [finding.suggestion for finding in check(many)]
    assert found[0] == "lang:python"
    assert found[MAX_SUGGESTIONS:] == [""] * (len(found) - MAX_SUGGESTIONS)
    assert not check("lang:py " + "x" * LONGEST_WITH_SUGGESTIONS)[0].suggestion
    started = time.perf_counter()
    check("(f:a or f:b) " * 9 + " ".join(f"lang:zz{number}zz" for number in range(100)))
    check("NOT (" * 200 + ")" * 200)
    check(" ".join(f"-a{number}" for number in range(300)))
    assert time.perf_counter() - started < 5.0


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("py", "python"),
        (".kt", "kotlin"),
        ("*.rs", "rust"),
        ("cs", "c#"),
        ("hs", "haskell"),
        ("tf", "hcl"),
        ("jsx", "javascript"),
        ("h", "c"),
        ("ml", "ocaml"),
        ("vb", "vb.net"),
        ("nodejs", "javascript"),
        ("java8", "java"),
        ("c++17", "c++"),
        ("c sharp", "c#"),
        ("Type-Script", "typescript"),
        ("objective_c", "objective-c"),
        ("pyhton", "python"),
        ("golangg", "go"),
        ("xyzzy", ""),
        ("q9z", ""),
        ("", ""),
    ],
)
def test_nearest_language(name, meant):
    assert nearest(name) == meant
    assert not meant or language(meant)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("2024", "2024-01-01"),
        ("jun 2023", "2023-06-01"),
        ("2023 June", "2023-06-01"),
        ("june 1st, 2023", "2023-06-01"),
        ("5th of june 2023", "2023-06-05"),
        ("2024-1-5", "2024-01-05"),
        ("2024/01/15", "2024-01-15"),
        ("31/12/2024", "2024-12-31"),
        ("20240101", "2024-01-01"),
        ("2024-01-01T10:00", "2024-01-01"),
        ("2024-Q3", "2024-07-01"),
        ("7d", "7 days ago"),
        ("2w ago", "2 weeks ago"),
        ("an hour ago", "1 hour ago"),
        ("eleven days ago", "11 days ago"),
        ("a couple of weeks ago", "2 weeks ago"),
        ("the last 3 wks", "last 3 weeks"),
        ("last fri", "last friday"),
        ("jan", "january"),
        ("since monday", "monday"),
        ("this week", ""),
        ("now", ""),
        ("2024-02-30", ""),
        ("2024-13", ""),
        ("2024-06-01 foo", ""),
        ("yesterday foo", ""),
        ("\u0662\u0660\u0662\u0664", ""),
        ("", ""),
    ],
)
def test_plainer_dates(text, plain):
    assert plainer(text) == plain
    assert not plain or (is_plain(plain) and is_understood(plain))
    assert is_said(text) == bool(plain)

"""The grammar: what it lets a model write has no finding, and what people want to say can be written."""

import re

import pytest

from data.splits import HANDWRITTEN
from dev.sample import walks
from nlsq.backends.constraint import ANSWERS_PER_LEXER, Constraint
from nlsq.errors import ModelError, UserError
from nlsq.filters import FILTERS, SELECT_PATHS, TYPES
from nlsq.query import canonical, check
from nlsq.query.grammar import MAX_ALTERNATIVES, Limits, grammar
from nlsq.query.languages import all_languages, usual_name
from nlsq.records import read_records


@pytest.fixture(scope="module")
def constraint() -> Constraint:
    llguidance = pytest.importorskip("llguidance")
    tokenizer = llguidance.LLTokenizer("byte")
    return Constraint(tokenizer, [tokenizer.eos_token])


def can_write(constraint: Constraint, query: str, limits: Limits | None = None) -> bool:
    walk = constraint.begin(limits=limits)
    text = list(query.encode())
    if not walk.allows_all(text):
        return False
    walk.take(text)
    return walk.is_whole


WRITABLE = [
    'repo:sourcegraph type:commit author:erik after:"1 week ago"',
    "lang:python async",
    "(lang:java OR lang:kotlin) (foo OR bar)",
    "lang:go kafka OR rabbitmq",
    r"file:\.proto$ -file:test rate limiter",
    "file:(^|/)package.json$ foo",
    "repo:^github.com/remix-run/react-router$ lang:javascript",
    "repo:.* rev:main FIXME",
    "repo:x rev:*refs/heads/*:*!refs/heads/main FIXME",
    "repo:x rev:at.time(2 years ago) panic",
    "repo:has.file(path:go.mod content:grpc) select:repo",
    "-repo:has.commit.after(1 year ago) select:repo",
    "repo:has.meta(team:core)",
    "type:symbol select:symbol.function parseJSON",
    "type:diff select:commit.diff.added TODO",
    "type:commit author:alice@example.com after:2026-03-09 before:2026-03-31",
    'type:commit author:"alice smith" message:fix',
    "type:commit (author:alice OR author:bob) NOT merge",
    "stripe.charges.create(",
    'lang:python "jwt.decode(" OR "jwt.verify("',
    'lang:python -file:test ("jwt.decode(" OR "jwt.verify(") session',
    r"lang:ruby /\bget\w+/",
    r"/(?:\d{1,3}\.){3}\d{1,3}/",
    r"/([a-f0-9]{2}:){5}[a-f0-9]{2}/ lang:c".replace("/ lang:c", "/"),
    r"/\t[-+]?\d+\"\@/",
    "a OR ((b OR c) d)",
    "(type:commit OR type:diff) author:alice fix",
    "file:has.content(key: value) lang:yaml".replace(" lang:yaml", ""),
    "repo:has.topic(machine learning) torch",
    "repo:x rev:feature/foo#1 bar",
    r"lang:java /catch\s*\([^)]*\)\s*\{\s*\}/",
    '"connection refused"',
    '"in:file" foo',
    "http://example.com foo::bar",
    "/api/v1/users",
    "file:has.owner(alice) case:yes count:all Foo",
    "context:@me fork:yes archived:only visibility:private foo",
    "(repo:a foo) OR (repo:b bar)",
    "lang:java OR lang:kotlin",
    'lang:"jupyter notebook" pandas' if " " in usual_name("Jupyter Notebook") else "lang:go pandas",
    "größe 日本語",
    "lang:go OAuth Orange",
    "ORM OpenMP NOTE ANDROID Opportunity",
    "file:src/ OOMKilled OR NOTHING",
    r"lang:tex \usepackage{minted}",
]
NOT_WRITABLE = [
    "ext:go foo",
    "async:yes",
    "author:alice",
    "after:yesterday foo",
    "rev:main foo",
    "repo:has.content(@x) rev:main foo",
    "foo lang:go",
    "lang:py foo",
    "lang:golang foo",
    "type:function foo",
    "select:function foo",
    "case:no foo",
    "type:commit after:2024-02-30",
    "type:commit after:2023-02-29",
    'type:commit after:"june 2023"',
    "type:commit after:2024-01-01 10:00:00",
    "file:*.go",
    "file:(a",
    r"/(?=x)y/",
    "/a**/",
    r"/x{3,2}/",
    "/[z-a]/",
    "foo)",
    "NOT (foo OR bar)",
    "-foo",
    "foo and bar",
    "foo( (a OR b)",
    "context:global foo",
    "repo:owner(x)",
    "-file:has.content(x)",
    '"a patterntype:regexp b" foo',
    "/a patterntype:regexp b/",
    "(a{99}){99}",
    "/(a{99}){99}/",
    "/((a{9}){9}){9}/",
    "or(x) foo",
    "foo  bar",
    " foo",
    "foo ",
    "",
    "foo\nbar",
]


@pytest.mark.parametrize("query", WRITABLE)
def test_what_can_be_written(constraint: Constraint, query: str):
    assert can_write(constraint, query)
    assert check(query) == []
    assert canonical(query) == query


@pytest.mark.parametrize("query", NOT_WRITABLE)
def test_what_cannot_be_written(constraint: Constraint, query: str):
    assert not can_write(constraint, query)


@pytest.mark.parametrize("day", ["2024-02-29", "2000-02-29", "1999-12-31", "2026-04-30"])
def test_days_that_exist_can_be_written(constraint: Constraint, day: str):
    assert can_write(constraint, f"type:commit after:{day}")


def test_the_tables_can_be_written(constraint: Constraint):
    for name in all_languages():
        text = usual_name(name)
        query = f'lang:"{text}"' if " " in text else f"lang:{text}"
        assert can_write(constraint, query), query
        assert canonical(query) == query
    for path in SELECT_PATHS:
        assert can_write(constraint, f"select:{path} foo")
    for kind in TYPES:
        assert can_write(constraint, f"type:{kind} foo")
    written = set(re.findall(r'(?m)^[A-Z_]+: .*?["/](\w+):', grammar()))
    deprecated = {"content", "patterntype", "repohasfile", "repohascommitafter", "index", "rule"}
    assert {entry.name for entry in FILTERS} - written == deprecated


def test_hand_written_queries_can_be_written(constraint: Constraint):
    records = [one for file in sorted((HANDWRITTEN / "train").glob("*.jsonl")) for one in read_records(file)]
    queries = [canonical(one.query) for one in records]
    missed = [query for query in queries if not can_write(constraint, query)]
    # A date with a time of day, a Unix time and patterntype: are not in the canonical language.
    assert len(queries) >= 2000
    assert len(missed) <= len(queries) // 200, missed


def test_random_walks_have_no_finding():
    found = [text for text in walks(3000, seed=7) if text]
    assert len(found) > 2000
    assert [text for text in found if check(text)] == []
    changed = [text for text in found if canonical(text) != text]
    # Only what no left-to-right grammar can decide: idle quotes and parentheses, and the same thing twice.
    words = {text: text.replace("(", "").replace(")", "").split() for text in changed if '"' not in text}
    once = [text for text, found in words.items() if len(set(found)) == len(found)]
    assert [text for text in once if canonical(text) not in (text[1:-1], text.replace(" (", " ")[:-1])] == []
    assert len(changed) < len(found) // 10


def test_groups_are_bounded(constraint: Constraint):
    group = "(" + " OR ".join(f"lang:{name}" for name in ["go"] * MAX_ALTERNATIVES) + ")"
    assert can_write(constraint, f"{group} {group} foo")
    assert not can_write(constraint, f"{group} {group} {group} foo")
    assert not can_write(constraint, group.replace("(", "(lang:c OR ") + " foo")


LIMITS = Limits(
    'where do we call "print" in TODOs by Erik in react-router since /api/v1',
    ("github.com/remix-run/react-router", "github.com/a/b.c"),
    paths=True,
)


@pytest.mark.parametrize(
    ("query", "writable"),
    [
        ("TODO", True),
        ("TODOs", True),
        ("TOD", False),
        ("todo", False),
        ('call "\\"print\\" in"', True),
        ('"where in"', False),
        ("print(", True),
        ("panic(", False),
        ("type:commit author:erik", True),
        ("type:commit author:Erik", True),
        ("type:commit author:bob", False),
        ("repo:^github.com/remix-run/react-router$ print", True),
        ("repo:^github.com/a/b.c$ /api/v1", True),
        ("repo:react-router print", True),
        ("repo:sourcegraph print", False),
        ("file:api/ TODO", True),
        ("-file:test TODO", False),
        (r"/\bget\w+/", True),
        ("lang:go print", True),
    ],
)
def test_copies_come_out_of_the_request(constraint: Constraint, query: str, writable: bool):
    assert can_write(constraint, query, LIMITS) == writable
    assert can_write(constraint, query)


def test_candidates_are_names_not_expressions(constraint: Constraint):
    limits = Limits("where is kafka in c++", ("github.com/a/c++",))
    assert can_write(constraint, r"repo:^github.com/a/c\+\+$ kafka", limits)
    assert not can_write(constraint, "repo:^github.com/a/c++$ kafka", limits)
    assert can_write(constraint, r"repo:c\+\+ kafka", limits)
    for name in ("", "a b", "a@b", "a:b", "a(b", "caf\udce9"):
        with pytest.raises(UserError, match="no name of a repository"):
            Limits("x", (name,))


def test_a_worn_out_lexer_is_replaced(constraint: Constraint, monkeypatch: pytest.MonkeyPatch):
    walk = constraint.begin()
    walk.take(b"lang:go fo")

    class WornOut:
        def consume_tokens(self, tokens):
            return False

        def compute_bitmask(self):
            return b""

        def is_error(self):
            return True

        def is_stopped(self):
            return True

    monkeypatch.setattr(walk, "_matcher", WornOut())
    assert not walk.is_finished
    walk.take(b"o")
    assert walk.is_whole
    monkeypatch.setattr(walk, "_matcher", WornOut())
    assert walk.mask()[ord("x")]
    with pytest.raises(ModelError, match="does not go on"):
        walk.take(b")")
    before = constraint._matcher
    for _ in range(ANSWERS_PER_LEXER):
        constraint.begin()
    assert constraint._matcher is not before


@pytest.mark.parametrize("request_text", ["", "\"\\ ' / ( ) \u202e \x00", "日本語 の コード", "x" * 2000, "a b " * 500])
def test_any_request_can_limit(constraint: Constraint, request_text: str):
    walk = constraint.begin(Limits(request_text))
    assert walk.mask().any()


def test_forced_text_is_given():
    llguidance = pytest.importorskip("llguidance")
    tokenizer = llguidance.LLTokenizer("byte")
    walk = Constraint(tokenizer, [tokenizer.eos_token]).begin()
    walk.take(b'type:commit after:"3 we')
    assert bytes(walk.forced()) == b'eks ago"'


def test_what_is_cut_is_cut_to_a_whole_query(constraint: Constraint):
    walk = constraint.begin()
    walk.take(b"lang:go")
    walk.take(b' "half a')
    assert not walk.is_whole
    assert bytes(walk.tokens[: walk.accepted]) == b"lang:go"

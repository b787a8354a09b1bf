"""Reading requests: what becomes a slot, how templates are filled, and that nothing ever falls out of the language."""

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.splits import HANDWRITTEN
from nlsq.query import check, equivalent
from nlsq.reading.candidates import mentions, named
from nlsq.reading.finishing import finished, plain_terms
from nlsq.reading.pieces import pieces
from nlsq.reading.reader import read, shown
from nlsq.reading.shapes import known_words
from nlsq.reading.slots import KINDS, PER_KIND, all_characters, kind_of, slot_character
from nlsq.reading.spelling import REAL, TELLING, corrected
from nlsq.reading.templates import fill, hide
from nlsq.reading.typed import is_query, typed_filters
from nlsq.records import read_records

TODAY = date(2026, 3, 14)
REPOSITORIES = (
    "github.com/remix-run/react-router",
    "github.com/golang/go",
    "github.com/acme/payments-api",
    "github.com/kubernetes/kubernetes",
)

READ = [
    ("usages of parseBody in acme/billing since monday", "usages of <code1> in <name1> <since1>"),
    ("find python files", "find python files"),
    ("main.go and server.listen", "<file1> and <code1>"),
    ("*.proto, .tsx or .gitignore", "<extension1>, <extension2> or <file1>"),
    ("everything under src/api/ or docs/a.md", "everything under <path1> or <path2>"),
    ('the error "connection refused" in logs', "the error <quoted1> in logs"),
    ("it's jane's and bob's", "it's <word1>'s and <word2>'s"),
    ("github.com/acme/mailer sends", "<host1> sends"),
    ("https://github.com/acme/mailer/tree/develop/lib/x mail", "<host1>/tree/<version1>/<path1> mail"),
    ("git@gitlab.com:acme/mailer.git", "<host1>"),
    ("acme/mailer@v2.1 mail", "<name1>@<version1> mail"),
    ("r:foo/bar jane's work in january", "repo:<value1> <word1>'s work <span1>"),
    ("lang:py find decorators that cache", "lang:python find decorators that <word1>"),
    ("state:closed memory", "<code1> <word1>"),
    ("v5.0.0 or 3f9a2c1b", "<version1> or <version2>"),
    ("the first 50 matches", "the first <number1> matches"),
    ("10,000 rows", "<number1> <word1>"),
    ("parseBody and parseBody again", "<code1> and <code1> again"),
    ("/log.*card/ in go", "<expression1> in go"),
    (r"lines matching foo_\d+ please", "lines matching <expression1> please"),
    ("Base<something>.vue files", "Base<something>.vue files"),
    ("commtis by erik", "commits by <word1>"),
    ("READMEs of the team", "<word1>s of the team"),
    ("zstd|lz4 dictionary", "<word1> or <code1> <word2>"),
    ("!kerberos", "!<word1>"),
    ("*.{js,jsx} files", "<extension1> or <extension2> files"),
]


@pytest.mark.parametrize(("request_text", "expected"), READ)
def test_what_becomes_a_slot(request_text: str, expected: str):
    assert shown(read(request_text, TODAY).text).strip() == expected


WRITTEN = [
    # request, template with slots as <kind number>, query
    ("main.go", "file:<file1>", "file:main.go"),
    ("*.proto", "file:<extension1>", r"file:\.proto$"),
    ("*.proto", "<extension1>", "*.proto"),
    ("src/**/*.py", "file:<path1>", r"file:src/.*\.py$"),
    ("./src/api", "file:<path1>/", "file:src/api/"),
    ("github.com/acme/mailer", "repo:<host1>", "repo:^github.com/acme/mailer$"),
    ("acme/mailer", "repo:<name1>", "repo:acme/mailer"),
    ("release/mailer", "repo:.* rev:<name1>", "repo:.* rev:release/mailer"),
    # What a name with a slash is, its first part tells, unless more is said or there is a repository already.
    ("acme/mailer", "repo:.* rev:<name1>", "repo:acme/mailer"),
    ("acme/mailer", "file:<name1>/", "repo:acme/mailer"),
    ("acme/mailer", "-file:<name1>/", "-repo:acme/mailer"),
    ("src/mailer", "repo:<name1>", "file:src/mailer/"),
    ("src/mailer", "file:<name1>/", "file:src/mailer/"),
    ("the folder acme/mailer", "file:<name1>/", "file:acme/mailer/"),
    ("the branch acme/mailer", "repo:.* rev:<name1>", "repo:.* rev:acme/mailer"),
    ("acme/mailer in globex", "repo:<word1> file:<name1>/", "repo:globex file:acme/mailer/"),
    ('"connection refused"', "<quoted1>", '"connection refused"'),
    ('"refused"', "<quoted1>", "refused"),
    ('"jane doe"', "type:commit author:<quoted1>", 'type:commit author:"jane doe"'),
    ("since monday", "type:commit <since1>", "type:commit after:2026-03-09"),
    ("in january", "type:commit <span1>", "type:commit after:2026-01-01 before:2026-01-31"),
    ("untouched for 2 years", "-repo:has.commit.after(<since1>)", "-repo:has.commit.after(2 years ago)"),
    ("last week", "type:commit <since1>", 'type:commit after:"1 week ago"'),
    ("foo_x() bar[0]", "<code1>() OR <code2>", "foo_x() OR bar[0]"),
    ("foo_x()", "<code1>(", "foo_x("),
    ("parse_body", r"/\b<code1>\s*\(/", r"/\bparse_body\s*\(/"),
    ("a.b", r"/\b<code1>\w+/", r"/\ba\.b\w+/"),
    ("10,000", "count:<number1> foo", "count:10000 foo"),
    ("@erik", "type:commit author:<code1>", "type:commit author:erik"),
    ("go.mod has grpc_x", "repo:has.file(path:<file1> content:<code1>)", "repo:has.file(path:go.mod content:grpc_x)"),
    ("state:closed", "<code1> foo", '"state:closed" foo'),
    ("foo", "bar", "bar"),
]


def _template(text: str) -> str:
    for kind in KINDS:
        for number in range(PER_KIND):
            text = text.replace(f"<{kind}{number + 1}>", slot_character(kind, number))
    return text


@pytest.mark.parametrize(("request_text", "template", "query"), WRITTEN)
def test_how_slots_are_written(request_text: str, template: str, query: str):
    assert finished(_template(template), read(request_text, TODAY)) == query


CANDIDATES = [
    ("loaders in react router", ["github.com/remix-run/react-router"]),
    ("loaders in React-Router", ["github.com/remix-run/react-router"]),
    ("remix-run/react-router loaders", ["github.com/remix-run/react-router"]),
    ("preemption in kubernets", ["github.com/kubernetes/kubernetes"]),
    ("acme's payments api", ["github.com/acme/payments-api"]),
    ("csrf middleware", []),
    ("kubernetes/website pages", []),
    ("ergo", []),
]


@pytest.mark.parametrize(("request_text", "names"), CANDIDATES)
def test_which_repositories_are_spoken_of(request_text: str, names: list[str]):
    assert [one.name for one in mentions(request_text, REPOSITORIES)] == names


def test_a_candidate_is_anchored_wherever_it_is_named():
    reading = read("loaders in react router", TODAY, REPOSITORIES)
    assert (
        finished(_template("repo:<candidate1> loaders"), reading) == "repo:^github.com/remix-run/react-router$ loaders"
    )
    assert finished(_template("loaders <candidate1>"), reading) == "loaders react router"
    assert finished("repo:react-router loaders", reading) == "repo:^github.com/remix-run/react-router$ loaders"
    assert finished("repo:other loaders", reading) == "repo:other loaders"
    assert named("kubernetes", REPOSITORIES) == "github.com/kubernetes/kubernetes"
    assert named("kube", REPOSITORIES) == ""


QUERIES = [
    ("repo:foo lang:go bar", True),
    ("r:^github\\.com/golang/go$ readLoop", True),
    ('select:commit.diff.added type:diff "chmod 777"', True),
    ("foo bar", False),
    ("repo:foo where is bar", False),
    ("ext:go foo", False),
    ("type:comit foo", False),
]


@pytest.mark.parametrize(("request_text", "expected"), QUERIES)
def test_requests_that_are_queries(request_text: str, expected: bool):
    assert is_query(request_text) is expected


TYPED = [
    ("r:foo/bar x", [("repo:", "foo/bar")]),
    ("-f:vendor/ x", [("-file:", "vendor/")]),
    ('m:"drop support" x', [("message:", '"drop support"')]),
    ("l:golang x", [("lang:go", "")]),
    ("repo:contains.path(buf.yaml) x", [("repo:", "has.path(buf.yaml)")]),
    ("(rev:main) x, author:erik.", [("rev:", "main"), ("author:", "erik")]),
    ("lang:nolanguage x", []),
    ("file:*.yaml x", [("file:", r"\.yaml$")]),
]


@pytest.mark.parametrize(("request_text", "expected"), TYPED)
def test_typed_filters(request_text: str, expected: list[tuple[str, str]]):
    assert [(one.head, one.value) for one in typed_filters(request_text)] == expected


def test_typing_errors():
    assert [corrected(word) for word in ("commtis", "repositry", "fucntion", "usages", "kafka", "thta")] == [
        *("commits", "repository", "function", "", "", "")
    ]
    assert [word for word in REAL.read_text(encoding="utf-8").split() if corrected(word)] == []
    assert [word for word in TELLING.read_text(encoding="utf-8").split() if word not in known_words()] == []


def test_characters_of_slots_are_one_to_one():
    characters = all_characters()
    assert len(set(characters)) == len(characters) == len(KINDS) * PER_KIND
    assert [kind_of(slot_character(kind, PER_KIND - 1)) for kind in KINDS] == list(KINDS)
    assert len(set(pieces())) == len(pieces())


def test_most_training_pairs_can_be_written_with_slots_and_come_back():
    records = [record for path in sorted((HANDWRITTEN / "train").glob("*.jsonl")) for record in read_records(path)]
    records = [record for record in random.Random(3).sample(records, 600) if not is_query(record.request)]
    lost = 0
    for record in records:
        day = date.fromisoformat(record.today) if record.today else TODAY
        reading = read(" ".join(record.request.split()), day, record.repositories)
        template = hide(record.query, reading)
        if template is None:
            lost += 1
            continue
        assert equivalent(fill(template, reading), record.query), record.id
        assert check(finished(template, reading)) == [], record.id
    assert lost / len(records) < 0.05


_TEXT = st.text(max_size=200) | st.text(alphabet="ab :\"'/()-*\\.|@#\ue000\ue010\ue070", max_size=60)


@settings(max_examples=300, deadline=None)
@given(_TEXT, _TEXT)
def test_whatever_is_read_and_written_the_answer_is_clean(request_text: str, template: str):
    line = " ".join(request_text.encode("utf-8", "replace").decode().split())
    answer = finished(template, read(line, TODAY, REPOSITORIES))
    assert answer
    assert check(answer) == []


@settings(max_examples=300, deadline=None)
@given(_TEXT)
def test_plain_terms_are_clean(request_text: str):
    assert check(plain_terms(request_text)) == []


def test_words_stand_beside_the_module():
    folder = Path(read.__code__.co_filename).parent
    assert {"words.txt", "telling.txt"} <= {path.name for path in folder.iterdir()}

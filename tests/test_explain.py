"""The sentences that ``explain`` says."""

import pytest

from nlsq.query import explain

SENTENCES = [
    ("lang:go", "Finds code, in Go."),
    ("-lang:go foo", "Finds code with “foo”, not in Go."),
    ("NOT test", "Finds code without “test”."),
    ("(lang:java OR lang:kotlin) NOT test", "Finds code without “test”, in Java or in Kotlin."),
    ("-repo:x foo", "Finds code with “foo”, in repositories that do not match x."),
    ("-file:test foo", "Finds code with “foo”, in files whose path does not match test."),
    ("(a b) OR c", "Finds code with ((“a” and “b”) or “c”)."),
    (
        "(repo:a foo) OR (repo:b bar)",
        "Finds code with “foo”, in repositories that match a; or code with “bar”, in repositories that match b.",
    ),
    (
        "lang:go ((repo:a foo) OR bar)",
        "Finds code, in Go: either with “foo”, in repositories that match a; or with “bar”.",
    ),
    (
        "repo:a (file:b OR foo)",
        "Finds code, in repositories that match a: either in files whose path matches b; or with “foo”.",
    ),
    (
        "repo:x (lang:go OR (file:a (foo OR file:b)))",
        "Finds code, in repositories that match x: either in Go; or in files whose path matches a, "
        "(either with “foo”; or in files whose path matches b).",
    ),
    (
        "foo (lang:go OR bar) (file:x OR baz)",
        "Finds code with “foo”: either in Go; or with “bar”; and either in files whose path matches x; or with “baz”.",
    ),
    (
        "(repo:a file:b) OR repo:c",
        "Finds code, (in repositories that match a and in files whose path matches b) or in repositories that match c.",
    ),
    ("(type:commit OR type:diff) fix", "Finds commits or diffs with “fix”."),
    (
        "repo:a ((type:commit fix) OR (type:symbol foo))",
        "Finds results, in repositories that match a: either commits with “fix”; or symbols with “foo”.",
    ),
    ("type:commit OR lang:go", "Finds commits; or code, in Go."),
    (
        "type:commit (author:a OR author:b) (fix OR bug)",
        "Finds commits with (“fix” or “bug”), by the author a or by the author b.",
    ),
    ("type:commit -author:bot fix", "Finds commits with “fix”, not by the author bot."),
    ("type:commit -message:wip", "Finds commits, without a message that matches wip."),
    ("type:diff select:commit.diff.removed foo", "Finds removed lines in diffs with “foo”."),
    ("file:has.owner()", "Finds code, in files with an owner."),
    ("-file:has.owner() foo", "Finds code with “foo”, in files without an owner."),
    ("-file:has.owner(alice) foo", "Finds code with “foo”, not in files owned by alice."),
    ("file:has.contributor() foo", "Finds code with “foo”, in files with a contributor."),
    ("-repo:has.path(x) select:repo", "Finds repositories, without a file whose path matches x."),
    (
        "repo:contains.file(path:go.mod content:grpc) select:repo",
        "Finds repositories, with a file whose path matches go.mod and whose content matches grpc.",
    ),
    ("-repo:has.commit.after(1 year ago) select:repo", "Finds repositories, without a commit after 1 year ago."),
    (
        "repo:has.topic(cli) -repo:has.meta(team:search) x",
        "Finds code with “x”, in repositories with the topic cli, in repositories without the metadata team:search.",
    ),
    ("repo:x@main foo", "Finds code with “foo”, in repositories that match x at revision main."),
    ("repo:x rev:*refs/heads/* foo", "Finds code with “foo”, in repositories that match x, on all branches."),
    (
        "repo:x rev:at.time(2 years ago, main) foo",
        "Finds code with “foo”, in repositories that match x, as of 2 years ago on main.",
    ),
    (
        "fork:only visibility:any count:all foo",
        "Finds code with “foo”, in forks only, in public and private repositories, all results.",
    ),
    ("lang:go foo.*bar patterntype:regexp", "Finds code with a match of /foo.*bar/, in Go (regexp search)."),
    (
        "(repo:a x) OR (repo:b y) patterntype:regexp",
        "Finds code with a match of /x/, in repositories that match a; "
        "or code with a match of /y/, in repositories that match b (regexp search).",
    ),
]


@pytest.mark.parametrize(("query", "sentence"), SENTENCES)
def test_sentences(query, sentence):
    assert explain(query) == sentence

"""Reading and decoding of logs: every format and encoding, malformed rows, and files that are no logs."""

import gzip
import json

import pytest

from data.import_logs import Settings, import_logs
from data.logs import rows as log_rows
from data.logs import text as log_text
from data.logs.rows import Columns, Log, Row
from nlsq.errors import UserError

# ---- decoding


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("repo%3Afoo+bar", "repo:foo bar"),
        ("repo%3Afoo%20a+b", "repo:foo a+b"),
        ("repo%253Afoo", "repo:foo"),
        ("repo%25253Afoo", "repo:foo"),
        ("repo%2525253Afoo", "repo%3Afoo"),  # four times is three times too much
        ("caf%C3%A9", "café"),
        ("c%2B%2B", "c++"),
        ("c++", "c++"),
        ("repo:foo+bar", "repo:foo+bar"),
        ("100%", "100%"),
        ("100%25", "100%"),
        ("foo %3A bar", "foo %3A bar"),
        ("%ad", "%ad"),
        ("%02d", "%02d"),
        ('printf("%20d")', 'printf("%20d")'),
        (r"/%[0-9a-f]{2}/", r"/%[0-9a-f]{2}/"),
        ("%20", "%20"),
        ("https://sg.example.com/search?q=a+b", "a b"),
        ("https://example.com/search", "https://example.com/search"),
    ],
)
def test_decoding_of_texts(text, query):
    assert log_text.search_of(Row(query=text)).query == query


@pytest.mark.parametrize(
    ("url", "query", "pattern_type"),
    [
        (
            "https://sg.example.com/search?q=repo%3A%5Egithub%5C.com%2Fa%24+x&patternType=literal",
            r"repo:^github\.com/a$ x",
            "literal",
        ),
        ("https://sg.example.com/sub/search?patternType=regexp&q=lang:c%2B%2B", "lang:c++", "regexp"),
        ("/search?q=a&amp;patternType=standard", "a", "standard"),
        ("/search?q=a+OR+b&case=yes", "case:yes a OR b", ""),
        ("/search?q=a+case:no&case=yes", "a case:no", ""),
        ("/.api/search/stream?q=a&t=literal", "a", "literal"),
        ("search?q=a#tab", "a", ""),
        ("?q=a%253Ab", "a:b", ""),
        ("q=a%20b", "a b", ""),
        ("https%3A%2F%2Fsg.example.com%2Fsearch%3Fq%3Da%2Bb", "a b", ""),
        ("/search?q=lang:c++ a b", "lang:c++ a b", ""),  # a blank is left by no encoder
        ("/search?q=100%25", "100%", ""),
        ("/search?q=100%", "100%", ""),
    ],
)
def test_decoding_of_urls(url, query, pattern_type):
    assert log_text.search_of(Row(url=url)) == (query, pattern_type)


def test_the_query_column_goes_before_the_url_which_tells_the_pattern_type():
    row = Row(url="/search?q=%FF&patternType=literal", query="foo bar", pattern_type="regexp")
    assert log_text.search_of(row) == ("foo bar", "literal")


# ---- files


def rows_of(path, **given):
    return list(Log(path, Columns(given)).rows())


def test_columns_are_found_by_many_names(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("Search_URL,pattern-type,Search Query,N,Source\n/search?q=a,literal,b,3,web\n")
    assert rows_of(path) == [Row("/search?q=a", "b", "literal", "web", "3")]
    path.write_text("when;what\n1;foo\n")
    assert rows_of(path, query="What") == [Row(query="foo")]


@pytest.mark.parametrize(
    ("content", "given", "message"),
    [
        (b"when,what\n1,foo\n", {}, "'when', 'what'"),
        (b'{"when": 1, "what": "foo"}\n', {}, "'when', 'what'"),
        (b'{"when": 1}\n' * 1500, {}, "--query-column"),
        (b"query\nfoo\n", {"query": "text"}, "no column 'text'"),
        (b"query\nfoo\n", {"count": "times"}, "no column 'times'"),
        (b"", {}, "is empty"),
        (b"\n \n", {}, "is empty"),
        (b'[{"query": "foo"}]', {}, "JSON array"),
        ("query\nfoo\n".encode("utf-16"), {}, "UTF-16"),
        (gzip.compress(b"query\n" + b"foo\n" * 9999)[:-20], {}, "cut off"),
    ],
)
def test_a_file_that_is_no_log_is_the_users_error(tmp_path, content, given, message):
    path = tmp_path / "log"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        rows_of(path, **given)
    with pytest.raises(UserError):
        import_logs([path], tmp_path / "out.jsonl", Settings(Columns(given)))
    assert [file.name for file in tmp_path.iterdir()] == ["log"]


def faults(path):
    return [row.fault or row.query for row in rows_of(path)]


def test_malformed_rows_of_csv_are_counted_and_reading_goes_on(tmp_path):
    path = tmp_path / "log.csv"
    long = b"x" * (log_rows.LONGEST_LINE + 5)
    lines = [
        b"query,count",
        b"a,1",
        b"too few",
        b"b,1,2",
        b"c,1,,",
        b"\xff\xfe,1",
        b"d\0,1",
        long + b",1",
        b"",
        b'"e,1',
    ]
    lines += [b"f,1", b'"g ""h""",1', b'"i\nj",1', b'"k" l,1', b'm"n,1', b"o,1"]
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    few, many, quotes = log_rows.TOO_FEW, log_rows.TOO_MANY, log_rows.QUOTING
    expected = ["a", few, many, "c", log_rows.NOT_UTF8, log_rows.NUL, log_rows.LONG_LINE, quotes]
    expected += ["f", 'g "h"', "i\nj", quotes, 'm"n', "o"]
    assert faults(path) == expected


def test_a_quote_that_does_not_close_swallows_nothing(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("query,count\n" + '"a,1\n' + "b,1\n" * 100 + '"c,1\n' + '"d\n\n\ne",1\n' + '"f,1\n')
    assert faults(path) == [log_rows.QUOTING, *["b"] * 100, log_rows.QUOTING, "d\n\n\ne", log_rows.QUOTING]


def test_malformed_rows_of_json_are_counted_and_reading_goes_on(tmp_path):
    path = tmp_path / "log.jsonl"
    lines = [b'{"query": "a"}', b"{", b"[1]", b'{"query": ["x"]}', b'{"query": null, "url": "b"}', b'{"other": 1}']
    lines += [b'{"query": "\\ud800"}', b'{"query": "x\\u0000"}', b'{"query": "\xff"}', b"[" * 100_000]
    lines += [b'{"query": ' + b"9" * 5000 + b"}", b"", b'{"query": 12, "count": 2}']
    path.write_bytes(b"\n".join(lines))
    not_json, not_text = log_rows.NOT_JSON, log_rows.NOT_TEXT
    expected = ["a", not_json, not_json, not_text, "", log_rows.NO_QUERY, log_rows.NOT_UTF8, log_rows.NUL]
    expected += [log_rows.NOT_UTF8, not_json, not_json, "12"]
    assert faults(path) == expected


def test_files_are_read_piece_by_piece(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"query": f"foo{number}"}) + "\n" for number in range(200_000)))
    log = Log(path, Columns())
    rows = log.rows()
    assert [next(rows).query for _ in range(3)] == ["foo0", "foo1", "foo2"]
    assert log.position < log.size / 20

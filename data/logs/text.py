"""From a row of a log to the query that somebody typed: out of a URL or an encoded text, and its pattern type."""

import re
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from data.logs.rows import NUL, Row

EMPTY = "empty query"
NOT_SEARCH = "not a search URL"
BAD_PERCENT = "malformed row: percent sequences that are not UTF-8"

MOST_DECODINGS = 3  # an encoded text that is encoded again, and once more
# What encoders leave as it is, and percent sequences; quotes, brackets, backslashes and blanks never stay.
_ENCODED = re.compile(r"(?:[A-Za-z0-9_.~!*'():/@,;$=?&+-]|%[0-9A-Fa-f]{2})+")
_SEQUENCE = re.compile(r"%([0-9A-Fa-f]{2})")
_BLANK = re.compile(r"\s")


class Dropped(Exception):  # noqa: N818 - no error, an answer
    """A row that does not get into the output, with the reason."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Search(NamedTuple):
    """A query as it was typed, and the pattern type that the log names, or nothing."""

    query: str
    pattern_type: str


def search_of(row: Row) -> Search:
    """The search of a row; a query of its own goes before the one in the URL. Raises ``Dropped``."""
    if row.fault:
        raise Dropped(row.fault)
    url, text = row.url.strip(), row.query.strip()
    if text and _is_url_with_query(text):
        url, text = text, ""
    parameters = _parameters(url) if url else {}
    if parameters is None and not text:
        raise Dropped(NOT_SEARCH)
    parameters = parameters or {}
    query = (_decoded(text, MOST_DECODINGS) if text else _parameter(parameters.get("q", ""))).strip()
    if "\0" in query:
        raise Dropped(NUL)
    if not query:
        raise Dropped(EMPTY)
    if parameters.get("case") == "yes" and "case:" not in query.lower():  # the toggle beside the search box
        query = f"case:yes {query}"
    pattern_type = parameters.get("patterntype") or parameters.get("t") or ""  # t: in the interface that streams
    return Search(query, unquote(pattern_type).strip() or row.pattern_type.strip())


def _parameters(url: str) -> dict[str, str] | None:
    """The parameters of a search URL, names in lower case, values still encoded; None for any other URL."""
    if "?" not in url and re.search("%3f", url, re.IGNORECASE):
        url = unquote(url)  # the URL as a whole was encoded
    place, mark, parameters = url.partition("?")
    if not mark and place.startswith("q="):
        parameters = url
    elif not _is_search_page(place):
        return None
    values: dict[str, str] = {}
    for part in parameters.partition("#")[0].split("&"):
        name, _, value = part.partition("=")
        # &amp; stands in URLs that come out of HTML; Sourcegraph takes the first of several values.
        values.setdefault(unquote(name).removeprefix("amp;").lower(), value)
    return values


def _parameter(value: str) -> str:
    """The query in a URL: plus signs are blanks there, whatever else is in it."""
    if _BLANK.search(value):  # no encoder leaves a blank
        return value
    try:
        query = unquote_to_bytes(value.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise Dropped(BAD_PERCENT) from None
    return _decoded(query, MOST_DECODINGS - 1)


def _is_search_page(place: str) -> bool:
    """True for what stands before the parameters of a search: ``/search``, and the interface that streams results."""
    _, scheme, rest = place.partition("://")
    steps = [step for step in (rest.partition("/")[2] if scheme else place).split("/") if step]
    return (not steps and not scheme and not place) or steps[-1:] == ["search"] or steps[-2:] == ["search", "stream"]


def _is_url_with_query(text: str) -> bool:
    """True for a search URL in the column of queries: who searches for a URL does not search for this one."""
    if not text.startswith(("http://", "https://", "/", "?")) or _BLANK.search(text):
        return False
    place, _, parameters = text.partition("?")
    return _is_search_page(place) and ("&" + parameters).find("&q=") >= 0


def _decoded(text: str, most: int) -> str:
    """``text`` decoded as often as it is clearly encoded."""
    for _ in range(most):
        again = _decoded_once(text)
        if again == text:
            break
        text = again
    return text


def _decoded_once(text: str) -> str:
    """``text`` decoded, where an encoder wrote it; else as it is: ``100%``, ``%d`` and ``%02x`` are plain terms."""
    if "%" not in text or not _ENCODED.fullmatch(text):
        return text
    codes = [int(code, 16) for code in _SEQUENCE.findall(text)]
    signs = [code for code in codes if code < 0x80 and _is_encoded(code)]
    try:
        # What writes blanks as %20 leaves plus signs for what they are.
        decoded = unquote_to_bytes(text if "%20" in text else text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        if signs:
            raise Dropped(BAD_PERCENT) from None
        return text  # such as %ad, a place in a format
    plain = not signs and all(code < 0x80 for code in codes)
    return text if plain or not decoded.strip() else decoded


def _is_encoded(code: int) -> bool:
    """True for the characters that encoders do not leave as they are."""
    character = chr(code)
    return character in "\t\n\r" or (" " <= character < "\x7f" and not character.isalnum() and character not in "-_.")

"""Slots: what stands in for the names, numbers and dates of a request, so that a model need not spell them.

A slot is one character of Unicode's private use area. In the text that a model reads, and in the query that it writes,
such a character stands for something of the request: its kind says what that looks like, its number which of these it
is. The character is a letter like any other to the query language, so a query with slots is a query. What a slot
becomes depends on where it is written: ``*.py`` is ``\\.py$`` in ``file:`` and itself as a search term.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlsq.query.grammar_values import FIRST_NAME, FIRST_TIME, SlotCharacters
from nlsq.query.suggesting import quoted

# Kinds, in the order of their characters; a new one goes to the end, for models know them by place.
WORD = "word"  # a plain word that the model does not know
CODE = "code"  # parseBody, user_id, os.path.join(), --verbose
NAME = "name"  # two names with a slash: acme/billing
HOST = "host"  # the same behind a host: github.com/acme/billing
PATH = "path"  # src/api/, a/b/c, docs/index.md
FILE = "file"  # package.json, .gitignore
EXTENSION = "extension"  # *.py, .proto
QUOTED = "quoted"  # what stands in quotes or backticks
NUMBER = "number"
VERSION = "version"  # v5.0.0, 1.2, 3f9a2c1
VALUE = "value"  # of a filter that is typed in the request
CANDIDATE = "candidate"  # a repository of the given ones, behind the words that name it
DASHED = "dashed"  # payments-service
EXPRESSION = "expression"  # /log.*card/
SINCE = "since"  # times with a beginning, an end, both
UNTIL = "until"
SPAN = "span"

KINDS = (
    *(WORD, CODE, NAME, HOST, PATH, FILE, EXTENSION, QUOTED, NUMBER, VERSION, VALUE, CANDIDATE, DASHED),
    EXPRESSION,
    *(SINCE, UNTIL, SPAN),
)
TIMES = (SINCE, UNTIL, SPAN)
PER_KIND = 16  # so many of a kind in one request; what is more stays text
_BLOCKS = [FIRST_NAME + PER_KIND * number for number in range(len(KINDS) - len(TIMES))]
_BLOCKS += [FIRST_TIME + PER_KIND * number for number in range(len(TIMES))]
_FIRST_OF = dict(zip(KINDS, _BLOCKS, strict=True))
_KIND_OF = {first // PER_KIND: kind for kind, first in _FIRST_OF.items()}
_OTHERS = (FIRST_NAME, _BLOCKS[-len(TIMES) - 1] + PER_KIND - 1)
_TIMES = (FIRST_TIME, _BLOCKS[-1] + PER_KIND - 1)
ANY_SLOT = re.compile(f"[{chr(_OTHERS[0])}-{chr(_OTHERS[1])}{chr(_TIMES[0])}-{chr(_TIMES[1])}]")
# For the grammar, in Rust's notation.
CHARACTERS = SlotCharacters(
    times=rf"\u{{{_TIMES[0]:x}}}-\u{{{_TIMES[1]:x}}}", others=rf"\u{{{_OTHERS[0]:x}}}-\u{{{_OTHERS[1]:x}}}"
)

# Where a slot stands in a query: the canonical name of a filter, or one of these.
TERM = "term"
IN_QUOTES = "quotes"
IN_EXPRESSION = "expression"
# Arguments of predicates: has.path(PLACE), has.commit.after(PLACE).
ARGUMENT = "argument"
POINT_IN_TIME = "point"


def slot_character(kind: str, number: int) -> str:
    """The character of the slot ``number`` (from 0) of ``kind``."""
    return chr(_FIRST_OF[kind] + number)


def all_characters() -> list[str]:
    """All slots' characters in order."""
    return [slot_character(kind, number) for kind in KINDS for number in range(PER_KIND)]


def kind_of(character: str) -> str:
    """The kind of a slot's character."""
    return _KIND_OF[ord(character) // PER_KIND]


_SPECIAL = re.compile(r"[\\+*?()\[\]{}|^$]")
_SPECIAL_IN_EXPRESSION = re.compile(r"[\\+*?()\[\]{}|^$./]")
_SPECIAL_BUT_STAR = re.compile(r"[\\+?()\[\]{}|^$]")
_SLASHES = re.compile(r"^(?:\./|/+)(?=.)")


@dataclass(frozen=True)
class Slot:
    """One slot: its character, and the text of the request that it stands for.

    ``repository``: the candidate's full name (CANDIDATE). ``after``, ``before``, ``point``: of a time, see
    ``times.TimePhrase``.
    """

    character: str
    text: str
    repository: str = ""
    after: str | None = None
    before: str | None = None
    point: str = ""

    @property
    def kind(self) -> str:
        """What it looks like."""
        return kind_of(self.character)

    def written(self, place: str, whole: bool) -> str:
        """The slot as text at ``place`` in a query; ``whole``: nothing else stands in that value or term."""
        if self.kind == VALUE:
            return self.text
        if self.kind == EXPRESSION:
            return self.text if place == TERM else self.text[1:-1].replace("\\/", "/")
        if self.kind in TIMES:
            return self._time(place)
        if place == TERM and self.kind == CANDIDATE:
            return " ".join(_term(word, phrase=False) for word in self.text.split())
        if place == TERM:
            return self.text if not whole else _term(self.text, self.kind == QUOTED)
        if place == IN_QUOTES:
            return quoted(self.text)[1:-1]
        if place == IN_EXPRESSION:
            return _SPECIAL_IN_EXPRESSION.sub(r"\\\g<0>", self.text)
        return self._value(place, whole)

    def _time(self, place: str) -> str:
        if place == POINT_IN_TIME:
            return self.point
        if place != TERM:
            return self.text
        bounds = (("after", self.after), ("before", self.before))
        return " ".join(f"{name}:{_quoted_if_needed(value)}" for name, value in bounds if value)

    def _value(self, place: str, whole: bool) -> str:
        if place == "repo":
            return self._repository(whole)
        if place in ("file", ARGUMENT):
            return self._path(whole and place == "file", whole)
        if place in ("rev", "count", "timeout", "context", POINT_IN_TIME):
            return self.text.replace(",", "") if self.kind == NUMBER else self.text
        text = self.text.removeprefix("@") if place in ("author", "committer") else self.text
        text = _SPECIAL.sub(r"\\\g<0>", text)
        return _quoted_if_needed(text) if whole else text

    def _repository(self, whole: bool) -> str:
        if self.kind == CANDIDATE:
            return f"^{self.repository}$" if whole else self.repository
        if "*" in self.text:
            return _from_glob(self.text, ends=False)
        text = _SPECIAL.sub(r"\\\g<0>", self.text)
        return f"^{text}$" if self.kind == HOST and whole else _quoted_if_needed(text) if whole else text

    def _path(self, may_be_quoted: bool, whole: bool) -> str:
        text = _SLASHES.sub("", self.text)
        if self.kind == EXTENSION:
            ending = _SPECIAL.sub(r"\\\g<0>", self.text.lstrip("*")).replace(".", r"\.")
            return f"{ending}$" if whole else ending
        if "*" in text:
            return _from_glob(text)
        text = _SPECIAL.sub(r"\\\g<0>", text)
        if text.startswith(".") and not whole:
            return f"\\{text}"  # before a $ of the template's it is an extension; elsewhere the backslash is idle
        return _quoted_if_needed(text) if may_be_quoted else text


def _from_glob(glob: str, ends: bool = True) -> str:
    """``src/*.py`` as ``src/.*\\.py$``; a name without an expression in it keeps its dots."""
    inner = re.sub(r"^(?:\*+/?)+", "", glob)
    start = re.sub(r"\*+$", "", inner)
    text = re.sub(r"\*+/?\*?", ".*", _SPECIAL_BUT_STAR.sub(r"\\\g<0>", start).replace(".", r"\."))
    return f"{text}$" if ends and start == inner and not inner.endswith("/") else text


def _quoted_if_needed(value: str) -> str:
    return quoted(value) if re.search(r"""\s|^["']""", value) else value


_PLAIN_TERM = re.compile(r"[\w.@#$%&;,=<>~+*!?\[\]{}|^][\w.@#$%&;,=<>~+*!?\[\]{}|^/-]*\(?(?:\))?")
_NOT_A_TERM = re.compile(r"(?:and|or|not)\b|[A-Za-z]+:", re.IGNORECASE)


def _term(text: str, phrase: bool) -> str:
    """``text`` as a search term; a phrase, and what would be read as anything but these characters, in quotes."""
    if not phrase and _PLAIN_TERM.fullmatch(text) and not _NOT_A_TERM.match(text):
        return text
    return quoted(text) if phrase or not _reads_as_term(text) else text


def _reads_as_term(text: str) -> bool:
    from nlsq.query import QueryError, check, parse
    from nlsq.query.tree import LITERAL, Term

    try:
        node = parse(text)
    except QueryError:
        return False
    plain = isinstance(node, Term) and node.kind == LITERAL and not node.negated and node.value == text
    return plain and not check(text)

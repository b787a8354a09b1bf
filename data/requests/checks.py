"""Whether a request that a model wrote says what its query asks: by rules alone, without another model.

The rules know the necessary, not the sufficient: every name, every kind of filter, every date and every exclusion of
the query has left a trace in the request, and the request has nothing that a query alone would have. A request whose
words are all there and whose meaning is another one passes; the round trip through a trained model finds more.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from data.requests.dates import dated, tells_date
from data.requests.query_parts import (
    alternatives_of,
    dates_of,
    is_exclusion,
    is_pattern,
    leaves_of,
    literals,
    names_of,
    tree_of,
)
from data.requests.traces import (
    EITHER,
    NEGATIVE,
    STALE,
    languages_in,
    mended,
    says,
    stands,
    tells_filter,
    told_for_nothing,
)
from nlsq.filters import CANONICAL_NAME, LOOK_ALIKES
from nlsq.prompt import one_line
from nlsq.query.languages import language
from nlsq.query.tree import REGEXP, Filter, Term

SHORTEST, LONGEST = 2, 300

LENGTH = "too short or too long"
LINES = "more than one line"
MARKDOWN = "Markdown or quotes around it"
SYNTAX = "filter syntax"
REPEATS = "the query itself"
NAME = "a name or term is missing"
FILTER = "a filter is not told"
DATE = "a date is not told"
NEGATION = "an exclusion is not told"
MORE = "says more than the query"
RULES = (LENGTH, LINES, MARKDOWN, SYNTAX, REPEATS, NAME, FILTER, DATE, NEGATION, MORE)


@dataclass(frozen=True)
class Fault:
    """Why a request is dropped: one of the reasons that are counted, and what it was in this request."""

    reason: str
    detail: str = ""


def rule_fault(request: str, query: str, today: str) -> Fault | None:
    """The first fault of ``request`` for ``query``, asked on the day ``today``; None where there is none."""
    said = one_line(request)
    return form_fault(request, query) or next(
        (
            fault
            for faults in (_names(said, query), _filters(said, query), _dates(said, query, today), _more(said, query))
            for fault in faults
        ),
        None,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Form

_FIELDS = "|".join(sorted({*CANONICAL_NAME, *LOOK_ALIKES}, key=len, reverse=True))
_PREDICATES = r"\b(?:has|contains)\.(?:path|file|content|topic|meta|commit|owner|description)\b"
_SYNTAX = re.compile(rf"(?<![\w/.-])-?(?:{_FIELDS}):(?=[^\s/])|{_PREDICATES}", re.IGNORECASE)
_MARKDOWN = re.compile(r"```|\*\*|^(?:[-*#>]|\d+\.)\s")
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "«": "»"}


def form_fault(request: str, query: str) -> Fault | None:
    """What is wrong with the request as a text, whatever it says."""
    text = request.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        return Fault(LENGTH, f"{len(text)} characters")
    if len(text.splitlines()) > 1:
        return Fault(LINES)
    around = _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]
    if around or _MARKDOWN.search(text) or ("`" in text and "`" not in query):
        return Fault(MARKDOWN)
    if _folded(text) == _folded(query):
        return Fault(REPEATS)
    terms = [leaf for leaf in leaves_of(query) if isinstance(leaf, Term)]
    shapes = [f"/{leaf.value}/" for leaf in terms if leaf.kind == REGEXP]
    typed = _SYNTAX.search(_without(text, [leaf.value for leaf in terms]))
    found = [shape for shape in shapes if shape in text] + ([typed[0]] if typed else [])
    return Fault(SYNTAX, found[0]) if found else None


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _without(text: str, words: list[str]) -> str:
    """``text`` with the first place of each of ``words`` blanked out, so that a name is not taken for a filter."""
    for word in sorted(filter(None, words), key=len, reverse=True):
        text = re.sub(re.escape(word), " ", text, count=1, flags=re.IGNORECASE)
    return text


# ---------------------------------------------------------------------------------------------------------------------
# What the query has and the request lacks


def _names(said: str, query: str) -> Iterator[Fault]:
    """Names and terms that are missing: identifiers letter for letter, plain words in any form."""
    leaves = leaves_of(query)
    exact_case = any(isinstance(leaf, Filter) and leaf.name == "case" and leaf.value == "yes" for leaf in leaves)
    for leaf in leaves:
        if isinstance(leaf, Filter):
            names, loose = names_of(leaf)
            part = is_pattern(leaf.value)
            missing = [
                name
                for name in names
                if not (says if loose else stands)(said, name) and not (part and name.lower() in said.lower())
            ]
        elif leaf.kind == REGEXP:
            missing = [text for text in _fixed_words(leaf.value) if text.lower() not in said.lower()]
        else:
            missing = [] if _says_term(said, leaf.value, exact_case) else [leaf.value]
        yield from (Fault(NAME, name) for name in missing)


def _fixed_words(pattern: str) -> list[str]:
    """The words in a regular expression that a description of it has to have."""
    runs = [word for text in literals(pattern, dot=False) for word in re.findall(r"\w+", text)]
    return [word for word in runs if len(word) > 1 and word.strip("_")]


_WORDS = re.compile(r"[A-Za-z]?[a-z]+|.*\s.*", re.DOTALL)


def _says_term(said: str, term: str, exact_case: bool) -> bool:
    plain = term.rstrip("(") or term  # "calls of foo" is foo(
    if exact_case or not _WORDS.fullmatch(plain):
        return stands(said, plain, exact_case=True)
    return says(said, " ".join(plain.split()))


def _filters(said: str, query: str) -> Iterator[Fault]:
    """Kinds of filters, exclusions and alternatives without a trace."""
    leaves = leaves_of(query)
    filters = [leaf for leaf in leaves if isinstance(leaf, Filter)]
    rest = mended(_without(said, [leaf.value for leaf in leaves if isinstance(leaf, Term)]))
    for one in filters:
        if not tells_filter(rest, one, filters):
            yield Fault(FILTER, f"{one.name}:{one.value}")
    for leaf in leaves:
        if is_exclusion(leaf) and not NEGATIVE.search(rest) and not (dates_of(leaf) and STALE.search(rest)):
            yield Fault(NEGATION, leaf.value)
    for of_terms in alternatives_of(tree_of(query)):
        if not EITHER[of_terms].search(rest):
            yield Fault(FILTER, "or")


def _dates(said: str, query: str, today: str) -> Iterator[Fault]:
    """Dates that are missing, or said in a way that means another day."""
    spelt = mended(said)
    for leaf in leaves_of(query):
        upper = isinstance(leaf, Filter) and leaf.name == "before"
        for text in dates_of(leaf):
            if not tells_date(spelt, text, upper, date.fromisoformat(today)):
                yield Fault(DATE, text)


# ---------------------------------------------------------------------------------------------------------------------
# What the request has and the query lacks

_NAMES = re.compile(
    r"(?<![\w./@-])(?P<path>[\w.-]*\w/\w[\w.-]*)(?![\w/])"
    r"|\b(?P<word>[A-Za-z]*[a-z0-9][A-Z]\w*|\w*[^\W_]_[^\W_]\w*)\b"
)
_NO_NAMES = frozenset(("github", "gitlab", "devops", "macos", "ios", "ipados", "youtube", "linkedin"))
_NO_PATHS = frozenset(("and/or", "either/or", "yes/no", "read/write", "input/output", "client/server", "i/o", "w/o"))
_NO_PATHS |= frozenset(("n/a", "ci/cd", "tcp/ip", "he/she", "s/he", "his/her", "try/catch"))


def _may_exclude(leaf: Term | Filter) -> bool:
    """True for what is rightly described with "without" and "except" though nothing is negated."""
    if isinstance(leaf, Term):
        return leaf.kind == REGEXP
    return leaf.name == "count" or "!" in leaf.value


def _more(said: str, query: str) -> Iterator[Fault]:
    """Names, dates and languages that the query does not have."""
    leaves = leaves_of(query)
    asked = query.lower().replace("\\", "")
    fixed = [
        word.lower()
        for leaf in leaves
        if isinstance(leaf, Term) and leaf.kind == REGEXP
        for word in _fixed_words(leaf.value)
    ]
    for match in _NAMES.finditer(said):
        name = match[0].strip(".").lower()
        parts = [] if name in _NO_PATHS else [part for part in name.split("/") if not part.isdigit()]
        if not all(
            part in asked or part in _NO_NAMES or language(part) or any(word in part for word in fixed)
            for part in parts
        ):
            yield Fault(MORE, match[0])
    rest = _without(said, [leaf.value for leaf in leaves if isinstance(leaf, Term)])
    if not any(dates_of(leaf) for leaf in leaves) and (phrase := dated(rest)):
        yield Fault(MORE, phrase)
    has = [f"{leaf.name}:{leaf.value}" if isinstance(leaf, Filter) else leaf.value for leaf in leaves]
    has += ["an exclusion" for leaf in leaves if is_exclusion(leaf) or _may_exclude(leaf)]
    if word := told_for_nothing(rest, "\n".join(has)):
        yield Fault(MORE, word)
    told = {language(leaf.value) for leaf in leaves if isinstance(leaf, Filter) and leaf.name == "lang"}
    yield from (
        Fault(MORE, name) for name in languages_in(rest) if language(name) not in told and name.lower() not in asked
    )

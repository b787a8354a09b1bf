"""Why an answer is not right: the table of causes, and which of them set it apart from the nearest accepted query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlsq.filters import CANONICAL_NAME
from nlsq.query import ERROR, QueryError, canonical, check
from nlsq.records import Record
from recipes.comparing import Comparison, Difference


def _three(part: str, what: str) -> dict[str, str]:
    """The three ways in which a part of the query can be wrong."""
    return {
        f"{part}-missing": f"{what} is expected and missing",
        f"{part}-surplus": f"{what} is there that was not expected",
        f"{part}-other": f"{what} has another value than expected",
    }


# Every cause and what it means, the weightiest first: the first that an answer has is its main one.
CAUSES = {
    "record": "Sourcegraph refuses the expected queries themselves: mend the record",
    "no-answer": "there is no answer",
    "cut": "it ends after an operator or a filter's name, or inside of quotes or parentheses: the token limit",
    "finding": "Sourcegraph refuses it or reads it otherwise than it looks (nlsq check)",
    "runaway": "it goes on where it should end: eight conditions more than expected, or more",
    "negation-lost": "what should be left out is asked for",
    "negation-added": "what is asked for is left out",
    "or-as-and": "all of what should be alternatives is asked for",
    "and-as-or": "what should hold together stands as alternatives",
    "filter-as-term": "a filter's value stands as a plain term",
    "term-as-filter": "a term stands as the value of a filter",
    "filter-confused": "the right value in another filter, such as file: for repo:, or an extension for lang:",
    "predicate-form": "a plain filter or a term instead of a predicate such as has.path(), or the other way round",
    "spelling": "a name or term nearly as expected: letters left out, doubled, swapped or changed",
    **_three("type", "type:"),
    **_three("select", "select:"),
    **_three("predicate", "a predicate of repo: or file:"),
    "repo-part": "the right repository with less or more of its name, such as its host or organisation",
    **_three("repo", "repo:"),
    **_three("rev", "rev:"),
    **_three("lang", "lang:"),
    "path-anchor": "the letters of a path are right; slashes, dots, anchors or wildcards are not",
    **_three("path", "file:"),
    **_three("author", "author:, committer: or message:"),
    "date-near": "a day beside the expected one",
    **_three("date", "after: or before:"),
    **_three("scope", "fork:, archived:, visibility:, context:, case:, count: or the like"),
    "alternatives": "alternatives in one expression instead of OR, or the other way round",
    "shape-as-text": "plain terms instead of a regular expression",
    "text-as-shape": "a regular expression instead of plain terms",
    **_three("shape", "a regular expression between slashes"),
    "phrase-split": "the words of a phrase stand alone",
    "phrase-joined": "words that should stand alone make a phrase",
    "term-changed": "a term in another form: a part of it, more than it, another word of the same root",
    "term-missing": "a term is missing",
    "term-invented": "a term that neither the expected query nor the request has",
    "term-filler": "a word of the request that should not be searched for is kept as a term",
    "grouping": "the same conditions in other groups; perhaps the same meaning",
}
_WEIGHT = {cause: place for place, cause in enumerate(CAUSES)}


@dataclass(frozen=True)
class Why:
    """The accepted query that is nearest to an answer, and what sets them apart, the weightiest first."""

    nearest: str
    differences: tuple[Difference, ...]

    @property
    def causes(self) -> list[str]:
        """The causes, each once, the main one first."""
        return list(dict.fromkeys(one.cause for one in self.differences))


def why(record: Record, answer: str) -> Why:
    """Why ``answer``, which is not right, is not; there is always a main cause."""
    answer = " ".join(answer.split())  # as scoring reads it
    if not answer:
        return Why(record.query, (Difference("no-answer"),))
    accepted = [query for query in (record.query, *record.also) if not _is_refused(query)]
    if not accepted:
        return Why(record.query, (Difference("record", record.query),))
    at_large = list(_faults_at_large(accepted, answer))
    try:
        read = canonical(answer)
    except QueryError:
        return Why(record.query, tuple(at_large))
    found = [(query, Comparison(canonical(query), read, record).differences()) for query in accepted]
    closest, differences = min(found, key=lambda pair: len(pair[1]))
    everything = [*at_large, *differences] or [Difference("grouping")]
    return Why(closest, tuple(sorted(everything, key=lambda one: _WEIGHT[one.cause])))


def _is_refused(query: str) -> bool:
    return any(finding.severity == ERROR for finding in check(query))


def _faults_at_large(accepted: list[str], answer: str) -> Iterator[Difference]:
    """What is wrong with the text of the answer, whatever is expected."""
    if _is_cut(answer) and not any(map(_is_cut, accepted)):
        yield Difference("cut", answer=answer.split()[-1])
    for finding in check(answer):
        yield Difference("finding", answer=finding.message)


def _is_cut(query: str) -> bool:
    """True when ``query`` ends where more must come; a single quote or a call's parenthesis may be searched for."""
    plain = re.sub(r'"[^"]*"|(?<!\S)/\S[^/]*/', "_", re.sub(r"\\.", "", query.rstrip()))
    name = re.search(r"(?:^|[\s(-])([A-Za-z]+):$", plain)
    is_filter = name is not None and name[1].lower() in CANONICAL_NAME
    groups = "".join(word for word in plain.split() if re.match(r"\(|-?[A-Za-z]+:", word))
    is_open = '"' in plain or groups.count("(") > plain.count(")")
    return is_filter or is_open or bool(re.search(r"\s(?:AND|OR|NOT)$", plain))

"""Further conditions for a template: a few words more in the request, a filter more in the query.

"changes to {dir}" becomes "changes to {dir} by {person}, not in {skip}". Only filters that a template does not have yet
are added, and none to a query that is an OR at its top, where a filter would hold on one side alone.
"""

import re
from dataclasses import dataclass, replace
from random import Random

from data.generator.templates import Template
from nlsq.query import parse
from nlsq.query.tree import OR, Operator


@dataclass(frozen=True)
class Condition:
    """A filter, the ways to say it (``...`` stands for the request), and where it is added.

    ``unless`` is searched in the query, ``only`` must be found there, ``unsaid`` is searched in the request.
    """

    query: str
    said: tuple[str, ...]
    weight: int
    unless: str
    only: str = ""
    unsaid: str = r"\b\B"


_HISTORY = "type:commit|type:diff"
_TERMS = r"\{(?:concept|word|function|type|constant|identifier|call|error)\d?\}"
_ONE_REPOSITORY = r"\{repo\}|\{fullrepo\}"

# In the order in which they are said.
CONDITIONS = (
    Condition(
        "lang:{lang}",
        ("... in {lang}", "... in {lang}", "..., {lang} only", "... ({lang})", "{lang}: ...", "... in {lang} files"),
        4,
        r"lang:|file:|has\.|select:(?:repo|file)|rev:|{shape}|{error}",
    ),
    Condition(
        "file:{dir}",
        ("... under {dir}", "... in {dir}", "... inside {dir}", "... within {dir}", "in {dir}: ...", "..., only {dir}"),
        4,
        r"file:|has\.|select:repo",
    ),
    Condition(
        "repo:{reponame}",
        (
            "... in the {reponame} repo",
            "... in the {reponame} repository",
            "{reponame} repo: ...",
            "..., repo {reponame}",
        ),
        4,
        "repo:|select:repo",
    ),
    Condition(
        "repo:{repo}", ("... in {repo}", "{repo}: ...", "... ({repo})", "... within {repo}"), 3, "repo:|select:repo"
    ),
    Condition("repo:{org}", ("... in {org}'s repos", "... in the {org} org"), 1, "repo:|select:repo"),
    Condition(
        "author:{person}",
        ("... by {person}", "... by {person}", "..., author {person}"),
        5,
        "author:",
        _HISTORY,
        r"(?i)\b(?:who|whoever|someone|somebody|anyone|anybody)\b",
    ),
    Condition(
        "{when}", ("... {when}", "... {when}", "..., {when}"), 6, "after:|before:|{when}|{since}|{span}", _HISTORY
    ),
    Condition(
        "-file:{skip}",
        (
            "..., not in {skip}",
            "... excluding {skip}",
            "... ignoring {skip}",
            "..., skip {skip}",
            "..., leave out {skip}",
        ),
        3,
        r"-file:|has\.|select:(?:repo|file)",
    ),
    Condition("fork:yes", ("..., including forks", "..., forks too"), 1, rf"fork:|has\.|{_ONE_REPOSITORY}"),
    Condition(
        "archived:yes",
        ("..., including archived repos", "..., archived ones too"),
        1,
        rf"archived:|has\.|{_ONE_REPOSITORY}",
    ),
    Condition(
        "case:yes", ("..., case sensitive", "... with exact case"), 1, rf"case:|has\.|select:file|{_HISTORY}", _TERMS
    ),
    Condition("count:{count}", ("..., first {count} results", "..., {count} results at most"), 1, r"count:|has\."),
)
_COMPOSED = ("content", "symbols", "commits", "diffs", "boolean", "regex", "repo-named", "paths", "scope", "dates")


def composed(template: Template, random: Random, count: int) -> Template:
    """``template`` with up to ``count`` conditions more."""
    chosen: list[Condition] = []
    for _ in range(count):
        query = " ".join([template.query, *(condition.query for condition in chosen)])
        fitting = [one for one in CONDITIONS if one not in chosen and _fits(one, template.request, query)]
        if fitting:
            chosen += random.choices(fitting, [one.weight for one in fitting])
    for condition in sorted(chosen, key=CONDITIONS.index):
        template = _with(template, condition, random)
    return template


def _fits(condition: Condition, request: str, query: str) -> bool:
    if re.search(condition.unless, query) or re.search(condition.unsaid, request):
        return False
    return bool(re.search(condition.only, query)) and not _slots(condition.query) & _slots(f"{request} {query}")


def _slots(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def _with(template: Template, condition: Condition, random: Random) -> Template:
    # One label is enough: "payments repo: in src/: retries" is nobody's.
    said = [one for one in condition.said if not one.endswith("...") or ": " not in template.request]
    request = random.choice(said).replace("...", template.request)
    return replace(template, request=request, query=f"{condition.query} {template.query}")


def can_be_composed(template: Template) -> bool:
    """True when a filter that is put before the query of ``template`` holds for all of it."""
    if template.category not in _COMPOSED or template.repositories:
        return False
    if re.search(r"[?!.:;]", template.request[-1:]) or template.query == template.request:
        return False
    tree = parse(re.sub(r"\{[a-z]+\d?\}", "sample", template.query))
    return tree is not None and not (isinstance(tree, Operator) and tree.kind == OR)

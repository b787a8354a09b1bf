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
    """A filter, the ways to say it (``...`` stands for the request), and the filters beside which it is not added."""

    query: str
    said: tuple[str, ...]
    unless: str
    only: str = ""


# `unless` and `only` are searched in the query.
CONDITIONS = (
    Condition(
        "lang:{lang}",
        ("... in {lang}", "... in {lang}", "..., {lang} only", "... ({lang})", "{lang}: ...", "... in {lang} files"),
        r"lang:|file:|has\.|select:(?:repo|file)|rev:|{shape}|{error}",
    ),
    Condition(
        "file:{dir}",
        ("... under {dir}", "... in {dir}", "... inside {dir}", "... within {dir}", "in {dir}: ...", "..., only {dir}"),
        r"file:|has\.|select:repo",
    ),
    Condition(
        "-file:{skip}",
        ("..., not in {skip}", "... excluding {skip}", "... ignoring {skip}", "..., skip {skip}", "... without {skip}"),
        r"-file:|has\.|select:(?:repo|file)",
    ),
    Condition(
        "repo:{reponame}",
        ("... in the {reponame} repo", "... in {reponame}", "{reponame} repo: ...", "..., repo {reponame}"),
        r"repo:|select:repo",
    ),
    Condition(
        "repo:{repo}", ("... in {repo}", "{repo}: ...", "... ({repo})", "... within {repo}"), r"repo:|select:repo"
    ),
    Condition(
        "repo:{org}", ("... in {org}'s repos", "... across {org} repos", "... in the {org} org"), "repo:|select:repo"
    ),
    Condition(
        "author:{person}",
        ("... by {person}", "... from {person}", "..., author {person}"),
        "author:",
        "type:commit|type:diff",
    ),
    Condition(
        "{when}",
        ("... {when}", "... {when}", "..., {when}"),
        "after:|before:|{when}|{since}|{span}",
        "type:commit|type:diff",
    ),
    Condition("fork:yes", ("... including forks", "..., forks too"), "fork:|has\\."),
    Condition("archived:yes", ("... including archived repos", "..., archived ones too"), "archived:|has\\."),
    Condition("case:yes", ("..., case sensitive", "... with exact case"), "case:|has\\.|type:commit"),
    Condition("count:{count}", ("..., first {count} results", "..., {count} results at most"), "count:|has\\."),
)
_WEIGHTS = (4, 4, 3, 4, 3, 1, 5, 6, 1, 1, 1, 1)
_COMPOSED = ("content", "symbols", "commits", "diffs", "boolean", "regex", "repo-named", "paths", "scope", "dates")


def composed(template: Template, random: Random, count: int) -> Template:
    """``template`` with up to ``count`` conditions more."""
    for _ in range(count):
        template = _with_one_more(template, random)
    return template


def can_be_composed(template: Template) -> bool:
    """True when a filter that is put before the query of ``template`` holds for all of it."""
    if template.category not in _COMPOSED or template.repositories:
        return False
    if re.search(r"[?!.:;]", template.request[-1:]) or template.query == template.request:
        return False
    tree = parse(re.sub(r"\{[a-z]+\d?\}", "sample", template.query))
    return tree is not None and not (isinstance(tree, Operator) and tree.kind == OR)


def _with_one_more(template: Template, random: Random) -> Template:
    fitting = [
        (condition, weight)
        for condition, weight in zip(CONDITIONS, _WEIGHTS, strict=True)
        if not re.search(condition.unless, template.query)
        and re.search(condition.only, template.query)
        and not set(re.findall(r"\{\w+\}", condition.query)) & set(re.findall(r"\{\w+\}", template.request))
    ]
    if not fitting:
        return template
    condition = random.choices([one for one, _ in fitting], [weight for _, weight in fitting])[0]
    said = random.choice(condition.said)
    return replace(template, request=said.replace("...", template.request), query=f"{condition.query} {template.query}")

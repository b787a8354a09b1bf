"""Candidate repositories for a request: the one that is meant among others, or none that is meant."""

import re
from dataclasses import replace
from random import Random

from data.generator.slots import Slots, Value
from data.generator.templates import Template
from nlsq.filters import DEFAULT_HOST

_MOST = 5
_SAME_OWNER = 0.4


def with_candidates(template: Template, slots: Slots, random: Random) -> Template:
    """``template`` with its ``{reponame}`` said of one of several candidates; the query names that one in full."""
    name = slots.one("repositories", random)
    spoken = _as_said(name, random)
    others = _others(name, spoken, slots, random)
    # The likeliest comes first, so the one that is meant does more often than not.
    place = 0 if random.random() < 0.55 else random.randint(0, len(others))
    repositories = [f"{DEFAULT_HOST}/{one}" for one in [*others[:place], name, *others[place:]]]
    value = Value(spoken, f"^{DEFAULT_HOST}/{name}$")
    return replace(
        template,
        category="repo-candidates",
        repositories=tuple(repositories),
        fixed={**template.fixed, "reponame": value},
    )


def with_unrelated_candidates(template: Template, slots: Slots, random: Random) -> Template:
    """``template``, which names no repository, with candidates that its query leaves alone."""
    names = random.sample(slots.pool("repositories"), random.randint(1, _MOST))
    return replace(template, category="repo-candidates", repositories=tuple(f"{DEFAULT_HOST}/{name}" for name in names))


def _as_said(name: str, random: Random) -> str:
    """How people call ``org/name``: mostly by its name alone."""
    short = name.rpartition("/")[2]
    kind = random.random()
    if kind < 0.5:
        return short
    if kind < 0.75:
        return short.lower()
    if kind < 0.92:
        return re.sub(r"[-_.]+", " ", short).lower().strip()
    return name


def _others(name: str, spoken: str, slots: Slots, random: Random) -> list[str]:
    """Names of other repositories that ``spoken`` does not fit."""
    owner = name.partition("/")[0]
    words = {word for word in re.split(r"[^a-z0-9]+", f"{spoken} {name.rpartition('/')[2]}".lower()) if word}
    found: list[str] = []
    for _ in range(random.randint(1, _MOST)):
        if random.random() < _SAME_OWNER:
            other = f"{owner}/{slots.one('repository_names', random)}"
        else:
            other = slots.one("repositories", random)
        if not words & set(re.split(r"[^a-z0-9]+", other.rpartition("/")[2].lower())) and other not in found:
            found.append(other)
    return found

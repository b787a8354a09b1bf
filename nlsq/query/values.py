"""What a filter's value may be."""

import re

from nlsq.filters import SELECT_PATHS
from nlsq.query import dates, regexps
from nlsq.query.languages import language
from nlsq.query.tree import Filter

REGEXP_FILTERS = frozenset(("repo", "file", "repohasfile", "author", "committer", "message"))
_BOOLEAN = re.compile(r"(?i:y|yes|n|no)\Z|(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\Z")
_YES_NO_ONLY = re.compile(
    r"(?:y|Y|yes|YES|Yes|n|N|no|NO|No|o|only|ONLY|Only|1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\Z"
)
_DURATION = re.compile(r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+\Z|[+-]?0\Z")
_COUNT = re.compile(r"\+?\d{1,19}\Z")
_LARGEST_COUNT = 2**31 - 1

_ALLOWED = {
    "case": lambda value: bool(_BOOLEAN.match(value)),
    "fork": lambda value: bool(_YES_NO_ONLY.match(value)),
    "archived": lambda value: bool(_YES_NO_ONLY.match(value)),
    "index": lambda value: bool(_YES_NO_ONLY.match(value)),
    "count": lambda value: bool(_COUNT.match(value)) and 1 <= int(value) <= _LARGEST_COUNT,
    "timeout": lambda value: bool(_DURATION.match(value)),
    "select": lambda value: value in SELECT_PATHS,
    "before": dates.is_understood,
    "after": dates.is_understood,
    "lang": lambda value: language(value) is not None,
    "rev": bool,
}


def switch(value: str) -> str | None:
    """``yes``, ``no`` or ``only``, for every way to write it; None for what is none of them."""
    folded = value.lower()
    if folded in ("y", "yes", "1", "t", "true"):
        return "yes"
    if folded in ("n", "no", "0", "f", "false"):
        return "no"
    return "only" if folded in ("o", "only") else None


def value_fault(one: Filter) -> str:
    """What Sourcegraph has against the value of a filter (canonical name, no predicate), or an empty text."""
    if one.name in REGEXP_FILTERS:
        # After an @ stand revisions; under a minus the whole value is the expression.
        pattern = one.value.partition("@")[0] if one.name == "repo" and not one.negated else one.value
        fault = regexps.fault(pattern)
        return f"{one.name}:{pattern} is not a regular expression: {fault}" if fault else ""
    allowed = _ALLOWED.get(one.name)
    return f"{one.value!r} is no value of {one.name}:" if allowed and not allowed(one.value) else ""

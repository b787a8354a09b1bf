"""What a filter's value may be."""

import difflib
import re

from nlsq.filters import SELECT_PATHS, SWITCHES, SYMBOL_KINDS, TYPES
from nlsq.query import dates, regexps
from nlsq.query.languages import language, nearest
from nlsq.query.tree import Filter

REGEXP_FILTERS = frozenset(("repo", "file", "repohasfile", "author", "committer", "message"))
_BOOLEAN = re.compile(r"(?ai:y|yes|n|no)\Z|(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\Z")
_YES_NO_ONLY = re.compile(
    r"(?:y|Y|yes|YES|Yes|n|N|no|NO|No|o|only|ONLY|Only|1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\Z"
)
# Digits are written out: \d takes those of other scripts, too.
_DURATION = re.compile(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+\Z|[+-]?0\Z")
_COUNT = re.compile(r"\+?[0-9]{1,19}\Z")
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


_MEANT_VALUES = {
    "case": {
        **dict.fromkeys(("on", "enabled", "exact", "match", "matched", "sensitive", "strict"), "yes"),
        **dict.fromkeys(("off", "any", "disabled", "ignore", "insensitive"), "no"),
    },
    "fork": {
        **dict.fromkeys(("all", "any", "both", "include", "included", "with"), "yes"),
        **dict.fromkeys(("exclude", "excluded", "none", "off", "without"), "no"),
        **dict.fromkeys(("exclusive", "exclusively", "forked", "just"), "only"),
    },
    "count": dict.fromkeys(("-1", "*", "everything", "inf", "infinite", "infinity", "max", "unlimited"), "all"),
    "visibility": {**dict.fromkeys(("*", "all", "both"), "any"), "internal": "private"},
    "patterntype": {
        **dict.fromkeys(("re", "re2", "regular", "regular_expression"), "regexp"),
        **dict.fromkeys(("exact", "plain", "text"), "literal"),
    },
    "select": {
        **dict.fromkeys(("repos", "repository", "repositories", "project", "projects"), "repo"),
        **dict.fromkeys(("dir", "dirs", "directory", "directories", "folder", "folders"), "file.directory"),
        **dict.fromkeys(("owner", "owners", "file.owner"), "file.owners"),
        **dict.fromkeys(("files", "filename", "filenames"), "file"),
        **dict.fromkeys(("added", "diff.added", "commit.added"), "commit.diff.added"),
        **dict.fromkeys(("removed", "deleted", "diff.removed", "commit.removed"), "commit.diff.removed"),
        **dict.fromkeys(("diff", "diffs"), "commit.diff"),
        **dict.fromkeys(("func", "symbol.func"), "symbol.function"),
        "path": "file.path",
    },
    "type": {
        **dict.fromkeys(("code", "content", "text", "files"), "file"),
        **dict.fromkeys(("change", "changes", "patch"), "diff"),
        **dict.fromkeys(("filename", "name"), "path"),
        **dict.fromkeys(("repository", "repositories", "project", "projects"), "repo"),
    },
}
_MEANT_VALUES["archived"] = _MEANT_VALUES["index"] = _MEANT_VALUES["fork"]
_NEAR_VALUES = {
    "patterntype": ["keyword", "literal", "regexp", "standard", "structural"],
    "select": sorted(SELECT_PATHS),
    "type": sorted(TYPES),
    "visibility": ["any", "private", "public"],
}
_NEAR = 0.75
_UNITS = {
    **dict.fromkeys(("ms", "millis", "milliseconds"), "ms"),
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
}


def nearest_values(name: str, value: str) -> list[str]:
    """Values that ``value``, which is none of ``name:``, may be meant for; the likeliest first."""
    folded = value.strip().lower()
    found = [_MEANT_VALUES.get(name, {}).get(folded, "")]
    if name in ("before", "after"):
        found.append(dates.plainer(value))
    elif name == "lang":
        found.append(nearest(value))
    elif name == "count":
        found.append(_plain_count(folded))
    elif name == "timeout":
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)", folded)
        found.append(match[1] + _UNITS[match[2]] if match and match[2] in _UNITS else "")
    elif name == "select":
        found += [f"symbol.{kind}" for kind in (folded, folded.removesuffix("s")) if kind in SYMBOL_KINDS]
    known = _NEAR_VALUES.get(name, ())
    found += [text for text in (folded, folded.removesuffix("s")) if text in known]
    found += difflib.get_close_matches(folded, known, n=1, cutoff=_NEAR)
    if name in SWITCHES:
        found.append(switch(folded) or "")  # yEs
    return [text for text in found if text and text != value]


def _plain_count(text: str) -> str:
    """``1k``, ``1,000`` and ``10_000`` as plain numbers; what is too large is everything."""
    match = re.fullmatch(r"([0-9]+(?:[,_][0-9]{3})*)(k?)", text)
    if not match or len(text) > len("1,000,000,000,000"):
        return ""
    number = int(re.sub("[,_]", "", match[1])) * (1000 if match[2] else 1)
    return "all" if number > _LARGEST_COUNT else str(number) if number else ""


_GLOB = re.compile(r"[\w./*?{},@#+~ -]*[*?][\w./*?{},@#+~ -]*")
_GLOB_PIECES = (
    (re.compile(r"/\*\*/\*?|\*\*/?"), lambda match: "/.*" if match[0].startswith("/") else ".*"),
    (re.compile(r"\*"), lambda _: "[^/]*"),
    (re.compile(r"\?"), lambda _: "."),
    (re.compile(r"\{([^{}]*)\}"), lambda match: f"({match[1].replace('.', chr(92) + '.').replace(',', '|')})"),
    (re.compile(r"[.+]"), lambda match: f"\\{match[0]}"),
)
# Somebody wrote a regular expression on purpose, so escaping all of it would be no help.
_ON_PURPOSE = re.compile(r"\\|\(\?|\||\.[*+]|^\^|.\$$|\[\^|\{\d")


def mended_regexps(pattern: str, of_paths: bool) -> list[str]:
    """Regular expressions that ``pattern``, which is none, may be meant for: a glob, or plain text."""
    found = []
    if of_paths and _GLOB.fullmatch(pattern):
        found.append(_from_glob(pattern))
    elif not _ON_PURPOSE.search(pattern):
        found.append(re.sub(r"[+*?()\[\]{}|^$]", r"\\\g<0>", pattern.strip("*")))
    return [text for text in found if not regexps.fault(text)]


def _from_glob(glob: str) -> str:
    """``*.go`` as ``\\.go$``, ``src/**/*.py`` as ``src/.*\\.py$``; what may stand anywhere is left out at the ends."""
    start = "^" if glob.startswith("/") else ""
    inner = re.sub(r"^(?:\*+/?)+", "", glob.lstrip("/"))
    end = "" if inner.endswith(("*", "/")) or not inner else "$"
    inner = re.sub(r"\*+$", "", inner)
    text, place = "", 0
    while place < len(inner):
        for pattern, write in _GLOB_PIECES:
            if match := pattern.match(inner, place):
                text, place = text + write(match), match.end()
                break
        else:
            text, place = text + inner[place], place + 1
    return f"{start}{text}{end}" if text else ".*"

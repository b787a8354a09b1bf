"""A grammar of clean queries in canonical order, as text for llguidance: with it, a model can write nothing else.

The notation is Lark's as llguidance reads it (https://github.com/guidance-ai/llguidance, docs/syntax.md). It is made
from the tables that ``check`` and ``canonical`` use, and is narrower than the language: one spelling of each filter,
filters in their fixed order, no deprecated ones, a bounded number of groups. It is wider than the canonical form in two
things that no left-to-right grammar decides: quotes that change nothing, and repetitions; ``canonical`` drops both.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlsq.errors import UserError
from nlsq.query import grammar_values
from nlsq.query.grammar_values import NO_SLOTS, SlotCharacters

MAX_GROUPS = 2  # groups of filters in one query
MAX_ALTERNATIVES = 10  # filters in one such group
_HALF = MAX_ALTERNATIVES // 2
MAX_CLAUSES = 6  # whole queries joined by OR

# What may stand from each filter on; never empty. G is the number of groups of filters that are left to spend, H one
# less: groups multiply, and a query may stand for 1,000 basic ones at most. ``named``: there is a repository, so a
# revision may follow; ``pinned``: a predicate has an @, with which Sourcegraph lets no revision go.
_FILTERS = """
context_G: CONTEXT (" " repo_G)? | repo_G
repo_G: REPO (" " named_G)? | REPO_PINNED (" " pinned_G)? | repo_group (" " named_H)? | fork_G
named_G: REPO (" " named_G)? | REPO_PINNED (" " pinned_G)? | repo_group (" " named_H)? | REV (" " fork_G)? | fork_G
pinned_G: REPO (" " pinned_G)? | REPO_PINNED (" " pinned_G)? | repo_group (" " pinned_H)? | fork_G
fork_G: FORK (" " archived_G)? | archived_G
archived_G: ARCHIVED (" " visibility_G)? | visibility_G
visibility_G: VISIBILITY (" " lang_G)? | lang_G
lang_G: LANG (" " lang_G)? | lang_group (" " lang_H)? | file_G
file_G: FILE (" " file_G)? | file_group (" " file_H)? | type_G
type_G: TYPE_OTHER (" " select_G)? | TYPE_COMMIT (" " commit_G)? | commit_group (" " commit_H)? | select_G
commit_G: SELECT (" " author_G)? | author_G
author_G: AUTHOR (" " author_G)? | author_group (" " author_H)? | committer_G
committer_G: COMMITTER (" " committer_G)? | committer_group (" " committer_H)? | after_G
after_G: AFTER (" " before_G)? | before_G
before_G: BEFORE (" " message_G)? | message_G
message_G: MESSAGE (" " message_G)? | message_group (" " message_H)? | case_G
select_G: SELECT (" " case_G)? | case_G
case_G: CASE (" " count_G)? | count_G
count_G: COUNT (" " timeout_G)? | timeout_G
timeout_G: TIMEOUT (" " terms_G)? | terms_G
""".strip().splitlines()

# A call such as ``print(`` leaves a parenthesis open: nothing that closes one may come after it, and no OR beside it.
_TERMS = """
grouped_G: unit (" " grouped_G)? | term_group (" " grouped_G)? | mixed_group (" " grouped_H)? | last
""".strip().splitlines()

# A space is always a terminal of its own: one that goes on with OR would swallow the O of a term.
_FIXED = f"""
or: " " "OR" " "
start: context_{MAX_GROUPS} | or_of_groups | repo_or | lang_or | file_or | clauses
clauses: rows_before? clause (or (clause | row)){{1,{MAX_CLAUSES - 1}}} | rows_before clause
rows_before: (row or){{1,{MAX_CLAUSES}}}
clause: "(" first_context ")"

terms_{MAX_GROUPS}: plain | bare_or
plain: unit (" " plain)? | term_group (" " grouped_{MAX_GROUPS})? | mixed_group (" " grouped_{MAX_GROUPS - 1})?
  | opened | last
opened: "NOT "? CALL (" " after_call)* (" " last)?
after_call: "NOT "? (CALL | TERM | QUOTED_BALANCED | EXPRESSION_BALANCED)
last: "NOT "? LAST
unit: "NOT "? (TERM | QUOTED | EXPRESSION)
row: unit (" " unit)*
bare_or: row (or row)+
or_of_groups: alternative (or alternative)+
term_group: "(" alternative (or alternative)+ ")"
alternative: row | "(" (unit " ")* shallow_group (" " (unit | shallow_group))+ ")" | "(" (unit " ")+ shallow_group ")"
shallow_group: "(" row (or row)+ ")"
mixed_group: "(" mixed (or mixed){{1,{MAX_ALTERNATIVES - 1}}} ")"
mixed: "(" ((REPO | LANG | FILE) " "){{1,4}} row ")"

repo_group: "(" repo_or ")"
repo_or: REPO (or REPO){{1,{MAX_ALTERNATIVES - 1}}}
lang_group: "(" lang_or ")"
lang_or: LANG (or (LANG | FILE)){{1,{MAX_ALTERNATIVES - 1}}}
  | (FILE or){{1,{_HALF}}} LANG (or (LANG | FILE)){{0,{_HALF - 1}}}
file_group: "(" file_or ")"
file_or: FILE (or FILE){{1,{MAX_ALTERNATIVES - 1}}}
author_group: "(" AUTHOR (or (AUTHOR | COMMITTER)){{1,{MAX_ALTERNATIVES - 1}}} ")"
committer_group: "(" COMMITTER (or COMMITTER){{1,{MAX_ALTERNATIVES - 1}}} ")"
message_group: "(" MESSAGE (or MESSAGE){{1,{MAX_ALTERNATIVES - 1}}} ")"
commit_group: "(" TYPE_COMMIT (or TYPE_COMMIT){{1,{MAX_ALTERNATIVES - 1}}} ")"
"""


_REPOSITORY_NAME = re.compile(r"[^\s@:\"'\\()\ud800-\udfff]+")


@dataclass(frozen=True)
class Limits:
    """What values may be copied from.

    ``request``: search terms and names come out of this text. ``repositories``: candidates; ``repo:`` takes one of them
    or a name out of the request. ``paths``: names of files and directories, too, come out of the request. Raises
    ``UserError`` on a candidate that cannot be a repository's name.
    """

    request: str
    repositories: tuple[str, ...] = ()
    paths: bool = False

    def __post_init__(self) -> None:
        bad = next((name for name in self.repositories if not _REPOSITORY_NAME.fullmatch(name)), None)
        if bad is not None:
            raise UserError(f"{bad!r} is no name of a repository", "write it as github.com/org/name")


def grammar(limits: Limits | None = None, slots: SlotCharacters = NO_SLOTS) -> str:
    """The grammar as text; with ``limits``, what has to be copied can only be copied.

    With ``slots``: of queries with slots, which may begin with a space.
    """
    terminals = grammar_values.terminals(slots)
    if limits:
        terminals = terminals | grammar_values.limited(limits.request, limits.repositories, limits.paths, slots)
    rules = _rules()
    if slots != NO_SLOTS:
        rules = rules.replace("\nstart: ", '\nstart: " "? query\nquery: ', 1)
    return rules + "".join(f"{name}: {value}\n" for name, value in terminals.items())


# Filters that stand only after others.
_NEVER_FIRST = ("named", "pinned", "commit", "author", "committer", "after", "before", "message")


@functools.cache
def _rules() -> str:
    lines = ["%llguidance {}", _FIXED]
    for groups in range(MAX_GROUPS + 1):
        lines += [_with_groups(line, groups) for line in _FILTERS + _TERMS]
    lines += [f"terms_{groups}: grouped_{groups}" for groups in range(MAX_GROUPS)]
    lines += _first_of_a_clause()
    return "\n".join(lines) + "\n"


def _with_groups(line: str, groups: int) -> str:
    """A line of the templates for so many groups; what would spend one is left out where none is left."""
    name, _, choices = line.partition(": ")
    kept = [choice for choice in choices.split(" | ") if groups or "_H" not in choice]
    text = f"{name}: {' | '.join(kept)}"
    return re.sub(r"_([GH])\b", lambda match: f"_{groups - (match[1] == 'H')}", text)


def _first_of_a_clause() -> Iterator[str]:
    """The same for a clause of an OR: it begins with a filter, goes on after it, and has one group to spend."""
    for line in _FILTERS:
        name, _, choices = line.partition(": ")
        stage = name.removesuffix("_G")
        if stage in _NEVER_FIRST:
            continue
        *items, skipped = choices.split(" | ")
        items = [re.sub(r"\((.*)\)\?$", r"\1", item) for item in items]
        onwards = [] if skipped == "terms_G" else [f"first_{skipped.removesuffix('_G')}"]
        yield (
            f"first_{stage}: "
            + _with_groups(f"x: {' | '.join(items)}", 1).removeprefix("x: ")
            + "".join(f" | {one}" for one in onwards)
        )

"""The one home of what an endpoint is asked for requests: the styles, the wording, and how its answer is read.

The part that is the same for all queries stands first, so that an endpoint that caches prompts has it in its cache.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.requests.query_parts import has_absolute_dates
from nlsq.errors import UserError
from nlsq.query import explain

Message = dict[str, str]

EXAMPLE_QUERY = "repo:acme/billing lang:go backoff NOT retryForever"


@dataclass(frozen=True)
class Style:
    """A way in which people write requests; ``example`` says ``EXAMPLE_QUERY`` in it."""

    name: str
    description: str
    example: str


STYLES = {
    style.name: style
    for style in (
        Style(
            "terse",
            "as few words as will do, no verb where none is needed",
            "go backoff in acme/billing, not retryForever",
        ),
        Style(
            "chatty",
            "what one types to a colleague: a whole, relaxed sentence with a filler word or two",
            "hey, I need the go code in acme/billing that does backoff but has no retryForever in it",
        ),
        Style(
            "question",
            "a question, with a question mark at its end",
            "Where does acme/billing do backoff in Go without retryForever?",
        ),
        Style(
            "command",
            "an order that begins with a verb: find, show, list, get",
            "Find backoff in the Go code of acme/billing, excluding anything with retryForever",
        ),
        Style(
            "telegraphic",
            "keywords in lower case, hardly any grammar, no punctuation; names and identifiers keep their case",
            "acme/billing go code backoff without retryForever",
        ),
        Style(
            "typo",
            "hasty, with one or two typing mistakes, in words that do not stand in the query",
            "anythng in acme/billing doing backoff in go but wihout retryForever, not that one",
        ),
        Style(
            "polite",
            "a complete and correct sentence, as in a message to another team",
            "Could you please show me the Go code in acme/billing that mentions backoff but not retryForever?",
        ),
        Style(
            "place-first",
            "the place or the people first, then a colon or a comma, then what is sought",
            "acme/billing, go files: backoff but not retryForever",
        ),
    )
}

_RULES = """\
You write training data for a model that translates what engineers type into Sourcegraph code search queries.
You are given a query and what it finds. Write what an engineer would have typed to get exactly this query, once in \
each style.

Rules:
- Say everything that the query asks, and nothing more: no purpose, place, language, date or limit of your own.
- No query syntax: no `repo:`, `lang:`, `type:` or any other name with a colon before a value, no regular expressions.
- Names, identifiers, file names, quoted texts, branches and numbers stand letter for letter, in their letter case. \
A repository is written as org/name, without the anchors of the query, and with a host only where it is not github.com.
- An extension is written as .proto or *.proto, never as the name of a language; a language never as an extension.
- type:commit is asked for as commits (or what somebody did or landed), type:diff as changes or diffs, type:symbol \
as the place where a thing is defined, select:repo as which repositories.
- What is excluded is said to be excluded; alternatives are said with "or".
- A regular expression is described in words, the fixed text in it letter for letter.
- Relative dates keep their numbers and units: "2 weeks ago" is "in the last 2 weeks", "1 week ago" is "last week".
- One line each, at most 300 characters, no quotes or Markdown around a request.

Answer with one JSON object and nothing else. Its keys are the names of the styles, its values the requests.

Styles:"""

_DATES = """\
Today is {weekday}, {today}. Say the query's calendar dates as people do: with the month and, where it is not of the \
last twelve months, the year ("since june 2023", "in january", "since march 9"), or "since monday", "this week", "this \
month". Never as "yesterday", "last week" or "3 days ago"."""

_AGAIN = "This is not one JSON object with the keys {styles}. Answer again, with that object alone."

# Changes with the wording and the styles: answers to another version are not taken from the cache.
PROMPT_VERSION = hashlib.sha256(repr((_RULES, _DATES, _AGAIN, EXAMPLE_QUERY, STYLES)).encode()).hexdigest()[:12]


def styles_named(text: str) -> tuple[str, ...]:
    """The styles in a list with commas, in the order of ``STYLES``; all of them for an empty text."""
    wanted = {name.strip() for name in text.split(",") if name.strip()}
    unknown = sorted(wanted - set(STYLES))
    if unknown:
        raise UserError(f"there is no style {', '.join(unknown)}", f"use some of {','.join(STYLES)}")
    return tuple(name for name in STYLES if name in wanted or not wanted)


def messages(query: str, styles: Sequence[str], today: str) -> list[Message]:
    """What the endpoint is asked for ``query``; ``today`` is told only where the query names days of the calendar."""
    told = [f"- {STYLES[name].name}: {STYLES[name].description}" for name in styles]
    example = json.dumps({name: STYLES[name].example for name in styles}, ensure_ascii=False)
    system = "\n".join([_RULES, *told, "", f"For the query {EXAMPLE_QUERY} an answer is:", example])
    parts = [f"Query: {query}", explain(query)]
    if has_absolute_dates(query):
        parts.append(_DATES.format(weekday=f"{date.fromisoformat(today):%A}", today=today))
    return [{"role": "system", "content": system}, {"role": "user", "content": "\n".join(parts)}]


def asked_again(first: list[Message], answer: str, styles: Sequence[str]) -> list[Message]:
    """What the endpoint is asked after an answer that cannot be read."""
    again = _AGAIN.format(styles=", ".join(styles))
    return [*first, {"role": "assistant", "content": answer}, {"role": "user", "content": again}]


def read_answer(answer: str, styles: Sequence[str]) -> dict[str, object] | None:
    """What an answer has for each style; None where it has no JSON object with one of them.

    The object may stand within a Markdown fence, between sentences, or within another object.
    """
    decoder = json.JSONDecoder()
    for match in re.finditer(r'\{\s*"', answer):
        try:
            value, _ = decoder.raw_decode(answer, match.start())
        except (json.JSONDecodeError, RecursionError):
            continue
        named = {name.strip().lower().replace("_", "-"): text for name, text in value.items()}
        if found := {name: named[name] for name in styles if name in named}:
            return found
    return None

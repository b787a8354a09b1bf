"""What the slots of a template are filled with: lists of names, paths, identifiers, messages, and drawn dates.

A ``Value`` has the form that stands in the request and the form that stands in the query. Lists lie in
``data/slots/``, one value a line; names that belong to validation or test are taken out before anything is drawn.
"""

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from data.generator import dates
from nlsq.errors import UserError
from nlsq.filters import DEFAULT_HOST
from nlsq.query.suggesting import quoted

FOLDER = Path(__file__).parent.parent / "slots"
KINDS = ["function", "function", "class", "class", "method", "interface", "enum", "struct", "constant", "variable"]


@dataclass(frozen=True)
class Value:
    """``spoken`` stands in the request, ``written`` in the query, without quotes that its place may need."""

    spoken: str
    written: str


@functools.cache
def values(name: str) -> tuple[str, ...]:
    """The lines of ``data/slots/NAME.txt``; a first line that begins with ``# `` is about the file."""
    path = FOLDER / f"{name}.txt"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise UserError(f"{path} does not exist", "restore data/slots from the repository") from None
    return tuple(line for number, line in enumerate(lines) if line.strip() and not (number == 0 and line[:2] == "# "))


class Slots:
    """Draws values; ``forbidden`` names (lower case) are never drawn, and neither is what contains one."""

    def __init__(self, forbidden: Iterable[str] = ()):
        self._forbidden = frozenset(forbidden)
        self._pools: dict[str, tuple[str, ...]] = {}

    def pool(self, name: str) -> tuple[str, ...]:
        """The values of a list that may be drawn."""
        if name not in self._pools:
            self._pools[name] = tuple(line for line in values(name) if not self._is_forbidden(name, line))
        return self._pools[name]

    def left_out(self) -> dict[str, int]:
        """For each list that was drawn from: how many of its values are names of validation or test."""
        return {name: len(values(name)) - len(pool) for name, pool in sorted(self._pools.items())}

    def draw(self, slot: str, random: Random, today: date) -> Value:
        """A value for ``slot`` (a name of ``DRAWERS``)."""
        if slot not in DRAWERS:
            raise UserError(f"there is no slot {{{slot}}}", f"use one of {', '.join(sorted(DRAWERS))}")
        return DRAWERS[slot](self, random, today)

    def _is_forbidden(self, name: str, line: str) -> bool:
        text = line.lower()
        parts = {text, text.rpartition("/")[2]} if name.startswith("repositories") else {text}
        return bool(parts & self._forbidden)

    def one(self, name: str, random: Random) -> str:
        """A value of a list."""
        return random.choice(self.pool(name))


def _same(text: str) -> Value:
    return Value(text, text)


def _from_list(name: str) -> Callable[[Slots, Random, date], Value]:
    return lambda slots, random, _: _same(slots.one(name, random))


def _language(slots: Slots, random: Random, _: date) -> Value:
    lines = slots.pool("languages")
    # The list begins with what is used most; most requests are about the first twenty.
    line = random.choice(lines[:20] if random.random() < 0.7 else lines)
    written, *spoken = line.split("\t")
    return Value(spoken[0] if random.random() < 0.6 else random.choice(spoken), written)


def _person(slots: Slots, random: Random, _: date) -> Value:
    name = slots.one(random.choice(["people_first"] * 5 + ["people_full"] * 2 + ["people_handles"] * 3), random)
    return _same(name.lower() if random.random() < 0.45 else name)


def _full_repository(slots: Slots, random: Random, _: date) -> Value:
    if random.random() < 0.25:
        name = slots.one("repositories_other_hosts", random)
    else:
        name = f"{DEFAULT_HOST}/{slots.one('repositories', random)}"
    return Value(name, f"^{name}$")


def _organisation(slots: Slots, random: Random, _: date) -> Value:
    name = slots.one("repositories", random).partition("/")[0]
    return Value(name, f"{name}/")


def _directory(slots: Slots, random: Random, _: date) -> Value:
    path = slots.one("directories", random)
    # A word alone would be taken for a language, a repository or a term.
    slash = "/" not in path or random.random() < 0.4
    return Value(f"{path}/" if slash else path, f"{path}/")


def _extension(slots: Slots, random: Random, _: date) -> Value:
    extension = slots.one("extensions", random)
    return Value(extension, "".join(f"\\{one}" if one in ".+" else one for one in extension) + "$")


def _pair_of(name: str, spoken_first: bool) -> Callable[[Slots, Random, date], Value]:
    def drawn(slots: Slots, random: Random, _: date) -> Value:
        first, second = slots.one(name, random).split("\t")
        return Value(first, second) if spoken_first else _same(first)

    return drawn


def _identifier(slots: Slots, random: Random, _: date) -> Value:
    return _same(slots.one(random.choice(["functions"] * 3 + ["types"] * 2 + ["constants"]), random))


def _error(slots: Slots, random: Random, _: date) -> Value:
    message = slots.one("errors", random)
    return Value(message, quoted(message))


def _branch_like_sha(_: Slots, random: Random, __: date) -> Value:
    return _same("".join(random.choice("0123456789abcdef") for _ in range(random.choice([7, 7, 8, 10, 40]))))


def _when(_: Slots, random: Random, today: date) -> Value:
    phrase = dates.when(random, today)
    return Value(phrase.spoken, phrase.filters)


def _since(_: Slots, random: Random, today: date) -> Value:
    phrase = dates.since(random, today)
    return Value(phrase.spoken, phrase.filters)


def _count(_: Slots, random: Random, __: date) -> Value:
    return _same(str(random.choice([5, 10, 10, 15, 20, 25, 30, 40, 50, 50, 75, 100, 100, 150, 200, 250, 500, 1000])))


DRAWERS: dict[str, Callable[[Slots, Random, date], Value]] = {
    "lang": _language,
    "person": _person,
    "repo": _from_list("repositories"),
    "fullrepo": _full_repository,
    "reponame": _from_list("repository_names"),
    "org": _organisation,
    "dir": _directory,
    "file": _from_list("file_names"),
    "ext": _extension,
    "skip": _pair_of("exclusions", spoken_first=True),
    "function": _from_list("functions"),
    "type": _from_list("types"),
    "constant": _from_list("constants"),
    "call": _from_list("calls"),
    "identifier": _identifier,
    "concept": _from_list("concepts"),
    "word": _from_list("words"),
    "error": _error,
    "message": _from_list("messages"),
    "when": _when,
    "since": _since,
    "span": lambda _, random, __: Value(*dates.span(random)),
    "branch": _from_list("branches"),
    "tag": _from_list("tags"),
    "sha": _branch_like_sha,
    "topic": _from_list("topics"),
    "meta": _pair_of("metadata", spoken_first=False),
    "count": _count,
    "kind": lambda _, random, __: _same(random.choice(KINDS)),
    "shape": _pair_of("shapes", spoken_first=True),
}
SLOT = re.compile(r"\{([a-z]+?)(value)?(\d?)\}")

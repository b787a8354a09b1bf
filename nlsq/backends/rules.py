"""An engine without a model: the tables of ``nlsq.rules`` at work. The baseline that a trained model has to beat.

Phrase after phrase of the tables is taken out of the text for the filters that it gives; what is then left, less the
words that are about the search itself, is search terms.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from nlsq.artifacts import RULES
from nlsq.backends import Completion
from nlsq.filters import CANONICAL_NAME
from nlsq.prompt import MAX_NEW_TOKENS, STYLES, PromptStamp
from nlsq.query.grammar import Limits
from nlsq.query.languages import nearest
from nlsq.reading.slots import ANY_SLOT
from nlsq.rules import (
    ANY,
    BETWEEN,
    CALLED,
    CALLS,
    ENDINGS,
    FILLERS,
    KIND_OF,
    MACROS,
    NUMBERS,
    PLAIN,
    TABLES,
    Phrase,
    slot_class,
)

_GAP = " ¦ "  # where a phrase was: what stood around it is not together
_GAPS = re.compile(r"(?:\s*¦)+\s*")
_MADE = "\U000f0000-\U0010ffff"  # a character each for the terms that are made
_TERM = rf"(?:{ANY}|[{_MADE}]|{PLAIN})"
_TIME = re.compile(MACROS["time"])
_NAME = re.compile(f"repo:{slot_class('name')}")
_NEGATED = re.compile(
    rf"(?<![\w-])(?:(?:but|and)\s+)?{MACROS['no']}\s+(?:(?:the|an?|any|in|with|for|using|mention\w*|use|have|one|ones|of"
    rf"|if|it|has|is|contain\w*|where|that|but|saying|call\w*|touch\w*|or)\s+)*({_TERM}(?:{BETWEEN}{_TERM})*)",
    re.IGNORECASE,
)
_OR = r"(?:\s*,?\s+or\s+|\s*/\s*|\s*\|\|?\s*|\s+vs\.?\s+)(?:either\s+|the\s+|an?\s+)?"
_OF_THESE = r"(?:any|one|either)\s+of:?\s+"
_EITHER = re.compile(
    rf"(?<![\w-]){_OF_THESE}{_TERM}(?:(?:\s*,\s*|\s+and\s+|{_OR}){_TERM}){{1,7}}"
    rf"|(?<![\w-]){_TERM}(?:(?:\s*,\s*{_TERM}){{0,5}}{_OR}{_TERM}){{1,5}}",
    re.IGNORECASE,
)
_ALTERNATIVES = re.compile(rf"^{_OF_THESE}|{_OR}|\s*,\s*|\s+and\s+", re.IGNORECASE)
_TOKEN = re.compile(rf"{ANY}|[{_MADE}]|[^\s,;!?()\"{_MADE}\ue000-\uf8ff]+")
_AROUND_WORDS = "'’.:¦|&-–—…*=+/[]<>@"
# "legal is asking: ..." says nothing about what is searched.
_CHATTER = re.compile(rf"^\s*[a-z' ,]+ [a-z' ,]+(?:[:!?.;]+|\s-)\s(?=.*(?:{ANY}|[{_MADE}]))", re.IGNORECASE)
# Known words that name a candidate stay in front of it (``nlsq.reading.reader``).
_NAMING = re.compile(
    r"(?:(?<=[,:;])|(?<=\sthe)|(?<=\sin)|(?<=\sof)|(?<=\sour)|(?<=\sfrom)|(?<=\snot)|(?<=\sexcept)|^)"
    rf"(?:\s+{PLAIN}){{1,2}}\s+(?={slot_class('candidate')})"
)
_ONE_TYPED = r"-?([A-Za-z]+):(?:\"[^\"]*\"|[^\s\"()]+(?:\([^)]*\)\S*)?)"
_TYPED = re.compile(rf"(?<!\S){_ONE_TYPED}")
_TYPED_GROUP = re.compile(rf"(?<!\S)\(?({_ONE_TYPED}(?:\s+or\s+{_ONE_TYPED})+)\)?", re.IGNORECASE)
_BLANK = re.compile(r"<\w+>|something|anything|whatever|\.\.\.|…|XXX", re.IGNORECASE)
_WITH_BLANK = re.compile(rf"(?<!\S)[\w./:<>…-]*(?:{_BLANK.pattern})[\w./:<>…-]*(?!\S)", re.IGNORECASE)
_REPOSITORIES = re.compile(
    r"(?<!in )(?<!in ¦ )(?<!in the )(?<!our )(?<!the )(?<!from )(?<!of )"
    r"\b(?:repos|repositories|projects|which repo|what repo)\b"
)
_WORK = re.compile(r"\b(?:commit|land|chang|happen|merg|ship|went|work|did|done|diff|patch|push|author)")
_UNTOUCHED = re.compile(r"\b(?:no|not|nobody|\w+n't|without|quiet|dead|stale|untouched|inactive)\b")
_PART = re.compile(r"[^\s(]*\([^)]*\)|\S+")
_SPLIT = re.compile(rf"{BETWEEN}|\s*,\s*", re.IGNORECASE)


def template(text: str) -> str:
    """The template for a reading's text."""
    return _Rules(text.lower(), text).template()


@dataclass
class _Rules:
    """The rules at work on one text: what is left of it, and what was found."""

    before: str
    text: str
    filters: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def template(self) -> str:
        self.text = re.sub(f"[{_MADE}]", " ", self.text)
        self.text = re.sub(r"(?<!\S)w/(o\b)?\s*", lambda match: " without " if match[1] else " with ", self.text)
        self.text = _NAMING.sub(" ", self.text)
        self.text = _TYPED_GROUP.sub(self._typed_group, self.text)
        self.text = _TYPED.sub(self._typed, self.text)
        self.text = _WITH_BLANK.sub(self._blank, self.text)
        for table in TABLES:
            for phrase in table:
                self._apply(phrase)
        if not self._has("type:", "select:", "author:") and _REPOSITORIES.search(self.text):
            self._add("select:repo")
        for slot in _TIME.findall(self.text):
            self._add(slot)
        self.text = _TIME.sub(_GAP, self.text)
        terms = self._terms()
        self._settle(bool(terms))
        return " ".join([*self.filters, *terms]) or " ".join(_TOKEN.findall(self.text))

    # What is written as it is to be, and shapes with a blank

    def _typed_group(self, match: re.Match[str]) -> str:
        self._add(f"({re.sub(' or ', ' OR ', match[1], flags=re.IGNORECASE)})")
        return _GAP

    def _typed(self, match: re.Match[str]) -> str:
        if match[1].lower() not in CANONICAL_NAME:
            return match[0]
        self._add(match[0])
        return _GAP

    def _blank(self, match: re.Match[str]) -> str:
        if _BLANK.fullmatch(match[0]):
            return match[0]
        pattern = r"\w+".join(re.sub(r"[.\\/()\[\]+*?]", r"\\\g<0>", one) for one in _BLANK.split(match[0]))
        start, end = (r"\b" if side.isalnum() else "" for side in (pattern[0], pattern[-1]))
        return self._term(f"/{start}{pattern}{end}/")

    def _term(self, text: str) -> str:
        """A character that stands for a term that is made."""
        self.made.append(text)
        return chr(ord(_MADE[0]) + len(self.made) - 1)

    # Phrases

    def _apply(self, phrase: Phrase) -> None:
        """Take the phrase out of the text wherever it stands, for what it gives and keeps."""
        text, place = "", 0
        for match in phrase.pattern.finditer(self.text):
            values = [value for value in match.groups() if value is not None]
            if any(value.lower() in FILLERS for value in values):
                continue
            text += f"{self.text[place : match.start()]}{_GAP}{self._taken(phrase, values)}{_GAP}"
            place = match.end()
        if place:
            self.text = _GAPS.sub(_GAP, text + self.text[place:])

    def _taken(self, phrase: Phrase, values: list[str]) -> str:
        """Add what the phrase gives; what it keeps."""
        if phrase.gives == CALLS:
            return ANY_SLOT.sub(lambda slot: self._term(f"{slot[0]}("), values[0])
        if phrase.gives.startswith("/"):
            return self._term(_with_values(phrase.gives, values))
        for part in _PART.findall(phrase.gives):
            self._give(part, values)
        return _with_values(phrase.keeps, values)

    def _give(self, part: str, values: list[str]) -> None:
        """Add a filter with the values in it; several values of one make a group."""
        wanted = re.search(r"\{(\d)\}", part)
        if not wanted:
            self._add(part)
            return
        given = _values(part.partition(":")[0], values[int(wanted[1]) - 1], "(" in part)
        filters = [_with_values(part.replace(wanted[0], one), values) for one in given]
        if part.startswith("-") or len(filters) == 1:
            for one in filters:
                self._add(one)
        elif filters:
            self._add(f"({' OR '.join(filters)})")

    def _add(self, part: str) -> None:
        if part not in self.filters and not part.endswith("symbol."):
            self.filters.append(part)

    def _has(self, *starts: str) -> bool:
        return any(one.lstrip("(").startswith(starts) for one in self.filters)

    # Search terms

    def _terms(self) -> list[str]:
        """What must not be there, groups, and the other words that are no fillers, in the text's order."""
        self.text = _CHATTER.sub(" ", self.text)
        unwanted: list[str] = []

        def negated(match: re.Match[str]) -> str:
            words = [one for one in _SPLIT.split(match[1]) if one.lower() not in FILLERS]
            unwanted.extend(f"NOT {self._written(one, True)}" for one in words)
            return _GAP

        self.text = _NEGATED.sub(negated, self.text)
        self.text = _EITHER.sub(self._either, self.text)
        words = [match[0].strip(_AROUND_WORDS) for match in _TOKEN.finditer(self.text)]
        wanted = [self._written(word, False) for word in words if self._is_term(word)]
        return list(dict.fromkeys([*wanted, *unwanted]))

    def _either(self, match: re.Match[str]) -> str:
        parts = [self._written(one, True) for one in _ALTERNATIVES.split(match[0]) if one]
        return f" {self._term('(' + ' OR '.join(parts) + ')')} "

    @staticmethod
    def _is_term(word: str) -> bool:
        special = bool(word) and (bool(ANY_SLOT.match(word)) or word >= _MADE[0])
        return special or (any(map(str.isalnum, word)) and word.lower().replace("’", "'") not in FILLERS)

    def _written(self, word: str, in_group: bool) -> str:
        if word[:1] >= _MADE[0]:
            word = self.made[ord(word[0]) - ord(_MADE[0])]
        return f'"{word}"' if in_group and word.endswith("(") else word

    # What filters need of one another

    def _settle(self, terms: bool) -> None:
        self._settle_repositories(terms)
        self._settle_times(terms)
        for pattern in ("lang:.*", f"repo:{slot_class('candidate')}"):
            some = [one for one in self.filters if re.fullmatch(pattern, one)]
            if len(some) > 1:
                self.filters = [f"({' OR '.join(some)})", *(one for one in self.filters if one not in some)]
        if self._has("author:", "-author:", "committer:", "message:") and not self._has("type:"):
            self._add("type:commit")
        if self._has("type:diff"):
            self._drop("type:commit")
        if self._has("type:commit", "type:diff"):
            self._drop("select:symbol", "type:symbol")
        if self._has("rev:") and not self._has("repo:"):
            self.filters.insert(0, "repo:.*")

    def _settle_repositories(self, terms: bool) -> None:
        listed = "select:repo" in self.filters
        if listed and not terms and not self._has("lang:", "type:"):
            self._replace(r"(-?)file:(?!has|\^)(\S+?)\$?", r"\1repo:has.path(\2)")
            if not self._has("file:"):
                self._drop("select:repo")
        if (listed or self._has("repo:has.", "-repo:has.")) and not self._has("type:"):
            sign = "-" if _UNTOUCHED.search(self.before) else ""
            self._replace(f"({_TIME.pattern})", rf"{sign}repo:has.commit.after(\1)")
        named = [one for one in self.filters if one.startswith("repo:") and "has." not in one]
        if not all(map(_NAME.fullmatch, named)):  # of a repository and a name with a slash, the latter is a folder
            self._replace(f"repo:({slot_class('name')})", r"file:\1/")

    def _settle_times(self, terms: bool) -> None:
        if self._has("type:") or not any(map(_TIME.fullmatch, self.filters)):
            return
        if (
            terms
            and self._has("repo:")
            and not self._has("author:", "-author:", "file:")
            and not _WORK.search(self.before)
        ):
            self._replace(f"({_TIME.pattern})", r"rev:at.time(\1)")
        else:
            self._add("type:commit")

    def _replace(self, pattern: str, by: str) -> None:
        """Rewrite the filters that match as a whole."""
        self.filters = [re.sub(f"^{pattern}$", by, one) for one in self.filters]

    def _drop(self, *starts: str) -> None:
        self.filters = [one for one in self.filters if not one.startswith(starts)]


def _with_values(text: str, values: list[str]) -> str:
    for number, value in enumerate(values, 1):
        text = text.replace(f"{{{number}}}", str(NUMBERS.get(value.lower(), value)))
    return text


def _values(name: str, text: str, in_predicate: bool) -> Iterator[str]:
    """The values in a list of them, as the filter ``name`` wants them."""
    for value in filter(None, _SPLIT.split(text)):
        plain = " ".join(value.lower().split())
        if name.endswith("lang"):
            meant = CALLED.get(plain.rstrip("s")) or nearest(plain) or plain
            yield f'"{meant}"' if " " in meant else meant
        elif name == "select":
            yield KIND_OF.get(plain, value)
        elif name.endswith("file"):
            yield ENDINGS.get(plain, value)
        else:
            yield f'"{value}"' if " " in value and not in_predicate else value


class RulesBackend:
    """Translates by rules; there is one answer to a request, and nothing is measured in tokens."""

    name = RULES

    def __init__(self) -> None:
        style = STYLES["reading"]
        self.stamp = PromptStamp(style.name, style.version, style.hash, "", "\n")

    def generate(
        self, content: str, max_tokens: int = MAX_NEW_TOKENS, alternatives: int = 1, limits: Limits | None = None
    ) -> list[Completion]:
        """The one answer; rules have no others, and what they write is copied or of the query language anyway."""
        started = time.perf_counter()
        text = template(content)
        elapsed = 1000 * (time.perf_counter() - started)
        return [Completion(text, len(text.split()), None, True, len(content.split()), decode_ms=elapsed)]

    def generate_batch(self, contents: list[str], max_tokens: int = MAX_NEW_TOKENS) -> list[Completion]:
        """One after the other."""
        return [self.generate(content, max_tokens)[0] for content in contents]

    def close(self) -> None:
        """Nothing to free."""

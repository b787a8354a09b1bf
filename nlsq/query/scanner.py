"""The pieces of a query's text: where a filter's value or a term ends. Positions are code points.

Everything is linear in the length of the text: parentheses are matched once, and whatever may not stand inside of a
plain stretch (operator words, known filters) is counted once.
"""

import re
from dataclasses import dataclass
from itertools import accumulate

from nlsq.filters import CANONICAL_NAME, PREDICATES

ASCII_SPACE = " \t\n\r\v\f"
# Whitespace as Go has it: Python's own tests also take the separators U+001C to U+001F.
SPACE = ASCII_SPACE + "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_FIELD = re.compile(r"(-?)([A-Za-z]+):")
_OPERATOR_WORD = re.compile(rf"(?:and|or|not)(?=[{SPACE}])", re.IGNORECASE)
_PREDICATE_NAME = re.compile(r"[a-z.]+(?=\()")
# Scanned as a filter's name though no rule accepts it.
_SCANNED_ONLY = "g"


class ScanError(Exception):
    """A value that Sourcegraph's scanner refuses, with its place."""

    def __init__(self, message: str, start: int, end: int):
        super().__init__(message)
        self.message, self.start, self.end = message, start, end


@dataclass(frozen=True)
class Value:
    """A filter's value: text, end in the query, and how it was written."""

    text: str
    end: int
    quoted: bool = False
    predicate: bool = False


class Scanner:
    """Finds the ends of things in one text."""

    def __init__(self, text: str):
        self.text = text
        self.first = len(text) - len(text.lstrip(SPACE))  # where something other than space begins
        self._closing = self._match_parentheses()
        self._unbalanced: set[int] = set()  # from here no balanced stretch ends
        self._breaks = list(accumulate(map(self._breaks_stretch, range(len(text))), initial=0))

    def _match_parentheses(self) -> dict[int, int]:
        """The place of the closing parenthesis for each opening one that has one; escaped ones do not count."""
        closing: dict[int, int] = {}
        opened: list[int] = []
        place = 0
        while place < len(self.text):
            character = self.text[place]
            if character == "\\":
                place += 2
                continue
            if character == "(":
                opened.append(place)
            elif character == ")" and opened:
                closing[opened.pop()] = place
            place += 1
        return closing

    def _breaks_stretch(self, place: int) -> bool:
        """True at ``(`` or a space before an operator word or a known filter: no plain stretch holds that."""
        character = self.text[place]
        if character != "(" and character not in SPACE:
            return False
        return bool(_OPERATOR_WORD.match(self.text, place + 1)) or self.field(place + 1) is not None

    def field(self, place: int) -> re.Match[str] | None:
        """The filter name with its colon at ``place``, if a known one stands there; groups: minus, name."""
        match = _FIELD.match(self.text, place)
        known = match and (match[2].lower() in CANONICAL_NAME or match[2].lower() == _SCANNED_ONLY)
        return match if known else None

    def balanced_end(self, start: int) -> int | None:
        """End of the balanced stretch at ``start``: up to whitespace outside of parentheses, or an outer ``)``.

        None when a parenthesis does not close, or holds what no plain stretch may hold. What lies before such a one is
        remembered, for the parser will ask again behind each parenthesis on the way.
        """
        place = start
        passed: list[int] = []
        while place < len(self.text):
            if place in self._unbalanced:
                self._unbalanced.update(passed)
                return None
            passed.append(place)
            character = self.text[place]
            if character in SPACE or character == ")":
                break
            if character == "(":
                end = self._closing.get(place)
                if end is None or self._breaks[end] > self._breaks[place]:
                    self._unbalanced.update(passed)
                    return None
                place = end
            place += 2 if character == "\\" and place + 1 < len(self.text) else 1
        return place

    def plain_end(self, start: int, through_parentheses: bool) -> int:
        """End of the stretch at ``start`` up to whitespace, or to a parenthesis unless these are plain text."""
        place = start
        while place < len(self.text) and self.text[place] not in SPACE:
            if self.text[place] == "\\" and place + 1 < len(self.text):
                place += 2
                continue
            if self.text[place] in "()" and not through_parentheses:
                break
            place += 1
        return place

    def delimited(self, start: int, strict: bool) -> tuple[str, int] | None:
        r"""``(value, end)`` of the stretch between two equal delimiters at ``start``; None when it never closes.

        In quotes ``\n \r \t`` become these characters, an escaped delimiter or backslash itself; other escapes are
        an error where ``strict`` (in filter values) and stay where not. Between slashes only ``\/`` is resolved.
        """
        delimiter = self.text[start]
        value: list[str] = []
        place = start + 1
        while place < len(self.text):
            character = self.text[place]
            if character == delimiter:
                return "".join(value), place + 1
            if character == "\\" and place + 1 < len(self.text):
                value.append(self._escape(place, delimiter, strict))
                place += 2
                continue
            value.append(character)
            place += 1
        return None

    def _escape(self, place: int, delimiter: str, strict: bool) -> str:
        follower = self.text[place + 1]
        if follower == delimiter:
            return delimiter
        if delimiter == "/":
            return "\\" + follower
        if follower == "\\":
            return "\\"
        if follower in "nrt":
            return {"n": "\n", "r": "\r", "t": "\t"}[follower]
        if follower in "abfv" or not strict:
            return "\\" + follower
        raise ScanError(f"\\{follower} is no escape inside quotes", place, place + 2)

    def _predicate_end(self, start: int, name: str) -> int | None:
        """End of a predicate of the filter ``name`` at ``start``; None when there is none."""
        match = _PREDICATE_NAME.match(self.text, start)
        if not match or match[0] not in PREDICATES.get(name, ()):
            return None
        end = self._closing.get(match.end())
        return None if end is None else end + 1

    def filter_value(self, start: int, name: str) -> Value:
        """The value at ``start``, right after the colon of the filter ``name`` (canonical). Raises ``ScanError``."""
        if self.text[start : start + 1] in ('"', "'") and start < len(self.text):
            found = self.delimited(start, strict=True)
            if found is None:
                raise ScanError("the quoted value is not closed", start, len(self.text))
            return Value(found[0], found[1], quoted=True)
        end = self._predicate_end(start, name)
        if end is not None:
            return Value(self.text[start:end], end, predicate=True)
        end = self.balanced_end(start)
        if end is None:
            end = self.plain_end(start, through_parentheses=False)
        return Value(self.text[start:end], end)

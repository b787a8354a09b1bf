"""Which regular expressions RE2 (Go's ``regexp``) takes, and what is wrong with those that it does not.

A recursive-descent reading of RE2's documented syntax; it builds nothing. Depth and repeat counts have RE2's limits.
"""

import re

MAX_REPEAT = 1000
MAX_DEPTH = 1000
_FLAGS = re.compile(r"\?(?:[imsU]+(?:-[imsU]+)?|-[imsU]+)?([:)])")
_NAME = re.compile(r"\?P?<([A-Za-z0-9_]+)>")
_REPEAT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_PERL_CLASSES = "dDwWsS"
_SIMPLE_ESCAPES = "aftnrv"
_CONTROL = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_ASSERTIONS = "AbBz"
_POSIX = [
    "alnum",
    "alpha",
    "ascii",
    "blank",
    "cntrl",
    "digit",
    "graph",
    "lower",
    "print",
    "punct",
    "space",
    "upper",
    "word",
    "xdigit",
]
_UNICODE = re.compile(r"[pP](?:\{\^?[A-Za-z_]+\}|[A-Z])")


class RegexpError(ValueError):
    """What RE2 refuses."""


class _Reader:
    def __init__(self, text: str):
        self.text, self.place = text, 0

    def peek(self, count: int = 1) -> str:
        return self.text[self.place : self.place + count]

    def read(self) -> None:
        """Read the whole pattern; iterative, for a pattern may nest deeper than Python's stack."""
        depth = 0
        repeatable = repeated = False  # is there something to repeat, and was it repeated already?
        while self.place < len(self.text):
            character = self.peek()
            if character == "(":
                repeatable, repeated, opened = self._open()
                depth += opened
                if depth > MAX_DEPTH:
                    raise RegexpError("nested too deeply")
                continue
            if character == ")":
                if not depth:
                    raise RegexpError("unexpected )")
                depth -= 1
                self.place += 1
                repeatable, repeated = True, False
                continue
            if character == "|":
                self.place += 1
                repeatable = repeated = False
                continue
            if character in "*+?" or (character == "{" and _REPEAT.match(self.text, self.place)):
                self._repeat(repeatable, repeated)
                repeated = True
                continue
            self._atom(character)
            repeatable, repeated = True, False
        if depth:
            raise RegexpError("missing closing )")

    def _open(self) -> tuple[bool, bool, int]:
        """Read ``(`` and what belongs to it; returns (repeatable, repeated, groups opened)."""
        self.place += 1
        if self.peek() != "?":
            return False, False, 1
        name = _NAME.match(self.text, self.place)
        if name:
            self.place = name.end()
            return False, False, 1
        flags = _FLAGS.match(self.text, self.place)
        if not flags:
            raise RegexpError("look-around and other groups with (? do not exist in RE2")
        self.place = flags.end()
        return (False, False, 1) if flags[1] == ":" else (False, False, 0)

    def _repeat(self, repeatable: bool, repeated: bool) -> None:
        match = _REPEAT.match(self.text, self.place)
        if match:
            # Longer numbers are out of range, whatever they are (and Python refuses to read very long ones).
            low, high = int(match[1][:9]), int(match[3][:9]) if match[3] else None
            if low > MAX_REPEAT or (high is not None and (high > MAX_REPEAT or high < low)):
                raise RegexpError(f"repeat count {match[0]} is out of range")
        operation = match[0] if match else self.peek()
        if not repeatable:
            raise RegexpError(f"nothing to repeat before {operation}")
        if repeated:
            raise RegexpError(f"{operation} repeats a repetition")
        self.place += len(operation)
        if self.peek() == "?":
            self.place += 1

    def _atom(self, character: str) -> None:
        if character == "[":
            self._class()
        elif character == "\\":
            if self.peek(2) == "\\Q":
                end = self.text.find("\\E", self.place)
                self.place = len(self.text) if end < 0 else end + 2
            else:
                self._escape(in_class=False)
        else:
            self.place += 1

    def _escape(self, in_class: bool) -> str | None:
        """Read one escape; returns the single character it stands for, or None for a class of characters."""
        start = self.place
        self.place += 2
        follower = self.text[start + 1 : start + 2]
        if not follower:
            raise RegexpError("a backslash at the end")
        if follower in _PERL_CLASSES:
            return None
        if follower in "pP":
            match = _UNICODE.match(self.text, start + 1)
            if not match:
                raise RegexpError("not a Unicode class")
            self.place = match.end()
            return None
        if follower in _SIMPLE_ESCAPES or not (follower.isascii() and follower.isalnum()):
            if not follower.isascii():
                raise RegexpError(f"\\{follower} is no escape")
            return _CONTROL.get(follower, follower)
        if follower == "x":
            match = re.compile(r"[0-9A-Fa-f]{2}|\{[0-9A-Fa-f]+\}").match(self.text, self.place)
            if not match:
                raise RegexpError("\\x needs two hexadecimal digits")
            self.place = match.end()
            return "x"
        if follower == "0" or (follower in "1234567" and self.peek() and self.peek() in "01234567"):
            while self.place < min(len(self.text), start + 4) and self.peek() in "01234567":
                self.place += 1
            return "0"
        if not in_class and follower in _ASSERTIONS + "C":
            return None
        raise RegexpError(f"\\{follower} does not exist in RE2")

    def _class(self) -> None:
        self.place += 1
        if self.peek() == "^":
            self.place += 1
        first = True
        while first or self.peek() != "]":
            if not self.peek():
                raise RegexpError("missing closing ]")
            first = False
            low = self._class_member()
            if self.peek() == "-" and self.peek(2) not in ("-", "-]") and low is not None:
                self.place += 1
                high = self._class_member()
                if high is None or (len(low) == len(high) == 1 and high < low):
                    raise RegexpError("a range that is none")
        self.place += 1

    def _class_member(self) -> str | None:
        if self.peek(2) == "[:":
            end = self.text.find(":]", self.place + 2)
            if end >= 0:
                name = self.text[self.place + 2 : end].removeprefix("^")
                if name not in _POSIX:
                    raise RegexpError(f"[:{name}:] is no class")
                self.place = end + 2
                return None
        if self.peek() == "\\":
            return self._escape(in_class=True)
        self.place += 1
        return self.text[self.place - 1]


def fault(pattern: str) -> str:
    """What RE2 has against ``pattern``, or an empty text."""
    try:
        _Reader(pattern).read()
    except RegexpError as error:
        return str(error)
    return ""

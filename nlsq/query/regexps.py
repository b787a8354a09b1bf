"""Which regular expressions Go's ``regexp`` (RE2 syntax) takes, and what is wrong with those that it does not.

The rules are those of Go 1.22, which Sourcegraph's last public code is built with; where C++ RE2 differs, Go wins.
Nothing is compiled: one pass over the text keeps, of every group, only what Go's limits need. Where Go rewrites
alternatives with a common beginning, or puts off counting sizes, this does not; that matters only right at the limits.
Go's limit on the ranges in classes is left out: no pattern of less than 77,000 characters reaches it.
"""

import re
from typing import NamedTuple

MAX_REPEAT = 1000  # of one repetition, and of the product of nested ones
MAX_HEIGHT = 1000  # of the syntax tree
MAX_SIZE = 128 * 2**20 // 40  # instructions that Go lets a compiled pattern have
MAX_CODE_POINT = 0x10FFFF

# Digits are written out: Python's \d and isdigit() take those of other scripts, Go does not. A count with a leading
# zero is no count, so that a{01} is literal text.
_COUNT = "(0|[1-9][0-9]*)"
_REPETITION = re.compile(rf"(?:([*+?])|\{{{_COUNT}(?:(,){_COUNT}?)?\}})\??")
_GROUP = re.compile(r"\(\?(?:P?<[A-Za-z0-9_]+>|[imsU]*(?:-[imsU]+)?([:)]))")
_NAMED_GROUP = re.compile(r"\(\?P?<(?![=!])")
_CHARACTER_ESCAPE = re.compile(
    r"\\(?:(?P<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})"
    r"|x(?:(?P<short>[0-9A-Fa-f]{2})|\{(?P<long>[0-9A-Fa-f]+)\})"
    r"|(?P<control>[aftnrv])"
    r"|(?P<itself>[\x00-/:-@\[-`{-\x7f]))"
)
_CLASS_ESCAPE = re.compile(r"\\(?:[dDsSwW]|[pP](?:\{(?P<long>[^}]*)\}|(?P<short>.)))", re.DOTALL)
_CONTROL = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_ASSERTIONS = "AbBz"
_POSIX_NAMES = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit"
_POSIX = frozenset(_POSIX_NAMES.split())

# The names of Unicode 15.0 (Scripts.txt and the general categories of UnicodeData.txt), the version in Go 1.21 to 1.24,
# letter case and all. Later Go also knows Cn, LC, ASCII, Assigned and the long names of categories, in any letter case.
_CATEGORIES = "Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs"
_SCRIPTS = """
    Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki
    Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee
    Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
    Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
    Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
    Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi
    Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani
    Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
    Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari
    New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian
    Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong
    Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian
    Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le
    Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai
    Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
"""
_UNICODE = frozenset((_CATEGORIES + _SCRIPTS).split())


class RegexpError(ValueError):
    """What Go refuses."""


class _Part(NamedTuple):
    """What Go's limits need to know of a part of the syntax tree."""

    kind: str
    size: int = 1  # instructions
    height: int = 1
    copies: int = 1  # product of the nested repeat counts inside, of the path where it is largest


# Only the kinds that Go merges with their neighbours have names of their own.
_EMPTY, _TEXT, _CLASS, _SEQUENCE, _ALTERNATION, _OTHER = "empty", "text", "class", "sequence", "alternation", "other"
_LITERAL = _Part(_TEXT)
_ANY_OF = _Part(_CLASS)
_ASSERTION = _Part(_OTHER)


class _Group:
    """An open group: its finished alternatives, and the parts of the one that is being read."""

    def __init__(self, capturing: bool):
        self.capturing = capturing
        self.alternatives: list[_Part] = []
        self.parts: list[_Part] = []

    def end_alternative(self) -> None:
        self.alternatives.append(_in_sequence(self.parts))
        self.parts = []

    def end(self) -> _Part:
        self.end_alternative()
        part = _as_alternatives(self.alternatives)
        return _checked(_Part(_OTHER, part.size + 2, part.height + 1, part.copies)) if self.capturing else part


def _checked(part: _Part) -> _Part:
    if part.height > MAX_HEIGHT:
        raise RegexpError("nested too deeply")
    if part.size > MAX_SIZE:
        raise RegexpError("too large when its repetitions are written out")
    return part


def _combined(kind: str, parts: list[_Part], size: int) -> _Part:
    # A part of the same kind, from a group that captures nothing, dissolves into its parts.
    height = 1 + max(part.height - (part.kind == kind) for part in parts)
    return _checked(_Part(kind, size, height, max(part.copies for part in parts)))


def _in_sequence(parts: list[_Part]) -> _Part:
    if not parts:
        return _Part(_EMPTY)
    size = sum(part.size for part in parts)
    if all(part.kind == _TEXT for part in parts):
        return _checked(_Part(_TEXT, size))  # one leaf, however long
    return parts[0] if len(parts) == 1 else _combined(_SEQUENCE, parts, size)


def _as_alternatives(parts: list[_Part]) -> _Part:
    merged: list[_Part] = []
    for part in parts:
        # Neighbours that each match one character become one class, and empty ones become one.
        if merged and _is_character(part) and _is_character(merged[-1]):
            merged[-1] = _ANY_OF
        elif not (merged and part.kind == merged[-1].kind == _EMPTY):
            merged.append(part)
    if len(merged) == 1:
        return merged[0]
    return _combined(_ALTERNATION, merged, sum(part.size for part in merged) + len(merged) - 1)


def _is_character(part: _Part) -> bool:
    return part.kind == _CLASS or part == _LITERAL


def _repeated(part: _Part, operator: str) -> _Part:
    """``part`` under ``*``, ``+`` or ``?``."""
    return _checked(_Part(_OTHER, part.size + (2 if operator == "*" else 1), part.height + 1, part.copies))


def _counted(part: _Part, low: int, high: int | None) -> _Part:
    """``part`` under ``{low,high}``; without an upper end, ``high`` is None."""
    if high is None and not low:
        return _repeated(part, "*")
    count = low if high is None else high
    copies = part.copies * count if count else 1  # nothing is left of what is under {0}
    if copies > MAX_REPEAT:
        raise RegexpError(f"nested repetitions make more than {MAX_REPEAT} copies")
    size = 1 + low * part.size if high is None else max(1, high * part.size + high - low)
    return _checked(_Part(_OTHER, size, part.height + 1, copies))


class _Reader:
    """Reads a pattern from left to right; iterative, for a pattern may nest deeper than Python's stack."""

    def __init__(self, text: str):
        self.text, self.place = text, 0
        self.last_class_end = text.rfind(":]")  # known beforehand, so that many [: do not each search the whole text
        self.groups = [_Group(capturing=False)]

    def read(self) -> None:
        """Read the whole pattern."""
        if any("\ud800" <= character <= "\udfff" for character in self.text):
            raise RegexpError("not valid UTF-8")
        repeated = False  # is what was read last a repetition?
        while self.place < len(self.text):
            repetition = _REPETITION.match(self.text, self.place)
            if repetition:
                self._repetition(repetition, repeated)
            else:
                self._other()
            repeated = repetition is not None
        if len(self.groups) > 1:
            raise RegexpError("missing closing )")
        self.groups[0].end()

    def _at(self, place: int) -> str:
        return self.text[place : place + 1]

    def _repetition(self, match: re.Match[str], repeated: bool) -> None:
        # Longer numbers are out of range, whatever they are (and Python refuses to read very long ones).
        low = int((match[2] or "0")[:9])
        high = int(match[4][:9]) if match[4] else (None if match[3] else low)
        if low > MAX_REPEAT or (high is not None and not low <= high <= MAX_REPEAT):
            raise RegexpError(f"repeat count {_shortened(match[0])} is out of range")
        parts = self.groups[-1].parts
        if not parts:
            raise RegexpError(f"nothing to repeat before {match[0]}")
        # Only directly: in a*(?i)* and a*\Q\E* something stands between, though it matches nothing.
        if repeated:
            raise RegexpError(f"{match[0]} repeats a repetition")
        parts[-1] = _repeated(parts[-1], match[1]) if match[1] else _counted(parts[-1], low, high)
        self.place = match.end()

    def _other(self) -> None:
        character = self.text[self.place]
        if character == "(":
            self._open()
        elif character == ")":
            self._close()
        elif character == "|":
            self.groups[-1].end_alternative()
            self.place += 1
        elif character == "\\":
            self._escape()
        elif character == "[":
            self._class()
            self.groups[-1].parts.append(_ANY_OF)
        else:
            self.groups[-1].parts.append(_ASSERTION if character in "^$" else _ANY_OF if character == "." else _LITERAL)
            self.place += 1

    def _open(self) -> None:
        if self._at(self.place + 1) != "?":
            self.groups.append(_Group(capturing=True))
            self.place += 1
            return
        match = _GROUP.match(self.text, self.place)
        if not match:
            if _NAMED_GROUP.match(self.text, self.place):
                raise RegexpError("a group's name needs letters, digits and underscores between < and >")
            raise RegexpError("look-around and other groups with (? do not exist in RE2")
        if match[1] != ")":  # flags alone open nothing
            self.groups.append(_Group(capturing=match[1] is None))
        self.place = match.end()

    def _close(self) -> None:
        if len(self.groups) == 1:
            raise RegexpError("unexpected )")
        part = self.groups.pop().end()
        self.groups[-1].parts.append(part)
        self.place += 1

    def _escape(self) -> None:
        parts = self.groups[-1].parts
        follower = self._at(self.place + 1)
        if follower == "Q":
            end = self.text.find("\\E", self.place + 2)
            end = len(self.text) if end < 0 else end
            parts.extend([_LITERAL] * (end - self.place - 2))
            self.place = min(end + 2, len(self.text))
        elif follower and follower in _ASSERTIONS:
            parts.append(_ASSERTION)
            self.place += 2
        elif self._class_escape():
            parts.append(_ANY_OF)
        else:
            self._character_escape()
            parts.append(_LITERAL)

    def _class_escape(self) -> bool:
        """Read an escape that stands for a class of characters, if here is one."""
        match = _CLASS_ESCAPE.match(self.text, self.place)
        if not match:
            return False
        name = match["short"] if match["long"] is None else match["long"]
        if name is not None and name.removeprefix("^") not in _UNICODE:
            raise RegexpError(f"{_shortened(match[0])} is no class of Unicode characters")
        self.place = match.end()
        return True

    def _character_escape(self) -> int:
        """Read an escape that stands for one character; returns its code point."""
        match = _CHARACTER_ESCAPE.match(self.text, self.place)
        if not match:
            raise RegexpError(self._why_no_escape())
        self.place = match.end()
        if match["octal"]:
            return int(match["octal"], 8)
        if digits := match["short"] or match["long"]:
            code_point = int(digits, 16)
            if code_point > MAX_CODE_POINT:
                raise RegexpError(f"{_shortened(match[0])} is beyond Unicode's last character")
            return code_point
        return ord(_CONTROL[match["control"]] if match["control"] else match["itself"])

    def _why_no_escape(self) -> str:
        follower = self._at(self.place + 1)
        if not follower:
            return "a backslash at the end"
        if follower == "x":
            return "\\x needs two hexadecimal digits, or more between { and }"
        return f"\\{follower} does not exist in RE2" if follower.isascii() else f"\\{follower} is no escape"

    def _class(self) -> None:
        self.place += 2 if self._at(self.place + 1) == "^" else 1
        first = True  # a ] in the first place stands for itself
        while first or self._at(self.place) != "]":
            first = False
            if self._posix_class() or self._class_escape():
                continue
            low = self._member()
            if self._at(self.place) == "-" and self._at(self.place + 1) not in ("", "]"):
                self.place += 1
                if self._member() < low:
                    raise RegexpError("a range that is none")
        self.place += 1

    def _posix_class(self) -> bool:
        """Read ``[:alpha:]`` and the like, if here is one; without a ``:]`` anywhere, ``[`` is a plain character."""
        start = self.place + 2
        if not self.text.startswith("[:", self.place) or start > self.last_class_end:
            return False
        end = self.text.index(":]", start)
        name = self.text[start:end]
        if name.removeprefix("^") not in _POSIX:
            raise RegexpError(f"[:{_shortened(name)}:] is no class")
        self.place = end + 2
        return True

    def _member(self) -> int:
        character = self._at(self.place)
        if not character:
            raise RegexpError("missing closing ]")
        if character == "\\":
            return self._character_escape()
        self.place += 1
        return ord(character)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def fault(pattern: str) -> str:
    """What Go's ``regexp`` has against ``pattern``, or an empty text."""
    try:
        _Reader(pattern).read()
    except RegexpError as error:
        return str(error)
    return ""

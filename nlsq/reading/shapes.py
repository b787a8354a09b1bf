"""What the pieces of a request look like: a name, a path, an identifier, a number, or a plain word.

Decided by the shape alone. What a piece means in its request is the model's to say.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from nlsq.query.languages import is_nickname, language
from nlsq.reading import slots
from nlsq.reading.tables import table_of

WORDS = Path(__file__).parent / "words.txt"

# Endings that make a name with a dot a file rather than a call (``server.listen``).
_FILE_ENDINGS = frozenset(
    table_of(
        "adoc asm bash bat bazel bib bin bzl c cc cfg cjs clj cmake conf config cpp cr cs csproj css csv cu cue dart "
        "db dockerfile edn ejs elm env erl ex exs feature fish fs gd gif go gql gradle graphql groovy h haml hbs hcl "
        "hpp hs htm html ico ini ipynb iml jar java jinja jl jpeg jpg js json json5 jsonl jsx key kt kts less lhs "
        "lock log lua m map md mdx mjs mk ml mli mm mod nim nix org patch pb pdf pem php pl plist pm png po pom "
        "prisma properties proto ps1 pug pxd py pyi pyx r rake rb rc rej rego rkt robot rs rst s sass sbt scala scm "
        "scss sh sln sol sql star sum svelte svg sv swift tcl tex tf tfvars thrift toml ts tsv tsx twig txt v vb "
        "vcxproj vhd vim vue wasm xib xml xsd xsl yaml yml zig zip zsh"
    )
)
_HOST = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[\w-]+@)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?[/:]"
    r"([A-Za-z0-9_.~-]+(?:/[A-Za-z0-9_.~-]+)+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*/[A-Za-z0-9_][\w.-]*")
_EXTENSION = re.compile(r"\*?\.[A-Za-z][\w+-]*(?:\.[a-z]{1,5})?")
_FILE = re.compile(r"\.?[\w@+-]+(?:\.[\w+-]+)*\.(\w+)")
_DOT_FILE = re.compile(
    r"\.[A-Za-z][\w-]*(?:\.[\w-]+)*(?:rc|ignore|env|attributes|config|modules|lock)(?:\.\w+)?|\.env[\w.-]*"
)
_EXPRESSION = re.compile(r"/(?=.*[\\\[({.*+?^$|])(?:[^/\\]|\\.)+/")
# Written without slashes around it.
_BARE_EXPRESSION = re.compile(r"\\[wdsb](?![A-Za-z])|\[[a-z]-[a-z0-9A-Z-]*\]|\.[*+](?!\w*$)|\w\{\d")
_GLOB = re.compile(r"(?=.*[A-Za-z])[\w.-]*\*[\w.*-]*")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_VERSION = re.compile(
    r"v?\d+(?:\.(?:\d+|x|\*))+(?:[-+][\w.]+)?|v\d+(?:[.-][\w.]+)*|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}"
)
_DASHED = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+")
_DOT_NAMES = frozenset(
    table_of("github gitlab circleci husky vscode idea git devcontainer storybook config cargo next ssh")
)
_PLAIN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# With a slash or a dash, and yet a way of speaking.
_SPOKEN = frozenset(
    table_of(
        "and/or w/ w/o b/c n/a c/c++ he/she his/her yes/no i/o i.e e.g before/after read-only case-sensitive "
        "case-insensitive non-test non-tests non-vendored non-generated non-archived non-fork non-forked un-archived "
        "up-to-date third-party top-level upper-case lower-case uppercase-only all-caps top-most in-between e-mail "
        "e-mails sub-directory sub-folder sub-directories re-added newly-added well-known real-world end-of-line "
        "start-of-line back-to-back"
    )
)
# Words whose emphasis in capitals means nothing else.
_EMPHASISED = frozenset(
    table_of("all and any but case every exact exactly must never no not only or please the without all-caps here new")
)


@functools.cache
def known_words() -> frozenset[str]:
    """The words that a model reads as they are; made by ``python -m data.words``."""
    return frozenset(WORDS.read_text(encoding="utf-8").split())


def is_known(word: str) -> bool:
    """True for a word that stays as it is in the text that a model reads."""
    words = known_words()
    folded = word.replace("’", "'").lower()
    if word in words or folded in _SPOKEN or _is_language(folded):
        return True
    if word.isupper() and len(word) > 1:
        return folded in _EMPHASISED
    return (word.islower() or word[1:].islower() or len(word) == 1) and folded in words


def _is_language(folded: str) -> bool:
    parts = folded.split("/") if len(folded) > 1 and "." not in folded else ()
    # numpy/numpy is a repository, though NumPy is a language.
    different = len(set(parts)) == len(parts) > 0
    return different and all(language(part) is not None or is_nickname(part) for part in parts)


# A piece with a blank to be filled is a shape that somebody describes, so the model has to see it.
_BLANK = re.compile(r"something|anything|whatever|<\w+>|\.\.\.|…|\bXXX+\b|\bNNN*\b", re.IGNORECASE)


def is_shape(text: str) -> bool:
    """True for ``Base<something>.vue``: a text with a blank in it."""
    return text.isascii() and bool(_BLANK.search(text))


def shape(chunk: str) -> str:
    """The kind of slot for a piece of a request without spaces, or an empty text for what stays as it is."""
    if is_known(chunk) or not any(map(str.isalnum, chunk)) or is_shape(chunk):
        return ""
    if _NUMBER.fullmatch(chunk):
        return slots.NUMBER
    if _VERSION.fullmatch(chunk):
        return slots.VERSION
    if "/" in chunk:
        return _with_slash(chunk)
    if chunk.startswith("*.") and _EXTENSION.fullmatch(chunk):
        return slots.EXTENSION
    if chunk.startswith("."):
        return _with_dot_first(chunk)
    if _GLOB.fullmatch(chunk):
        return slots.PATH
    if _BARE_EXPRESSION.search(chunk) and ":\\" not in chunk:
        return slots.EXPRESSION
    if (match := _FILE.fullmatch(chunk)) and match[1].lower() in _FILE_ENDINGS:
        return slots.FILE
    if _DASHED.fullmatch(chunk):
        return slots.DASHED
    if _PLAIN.fullmatch(chunk) and (chunk.islower() or chunk.isupper() or chunk[1:].islower()):
        return slots.WORD
    return slots.CODE


def _with_dot_first(chunk: str) -> str:
    name = chunk[1:]
    if not (name.islower() or name.isupper() or len(name) == 1) or not (
        _EXTENSION.fullmatch(chunk) or _DOT_FILE.fullmatch(chunk)
    ):
        return slots.PATH if _GLOB.fullmatch(chunk) else slots.CODE
    first, _, second = chunk[1:].lower().partition(".")
    is_file = _DOT_FILE.fullmatch(chunk) or first in _DOT_NAMES or "-" in first
    return slots.EXTENSION if not is_file and second in ("", "gz", "ts", "js", "css") else slots.FILE


def _with_slash(chunk: str) -> str:
    match = _HOST.fullmatch(chunk)
    if match and ("//" in chunk or match[2].count("/") >= 1) and not _looks_like_a_file(chunk):
        return slots.HOST
    if _EXPRESSION.fullmatch(chunk):
        return slots.EXPRESSION
    if re.search(r"[^\w./*@+~{},-]", chunk):
        return slots.CODE
    if _NAME.fullmatch(chunk) and not _looks_like_a_file(chunk):
        return slots.NAME
    return slots.PATH


def _looks_like_a_file(chunk: str) -> bool:
    """A name that ends like a file, though ``next.js`` and ``socket.io`` are names of projects."""
    ending = chunk.rpartition("/")[2].rpartition(".")
    return bool(ending[1]) and ending[2].lower() in _FILE_ENDINGS - {"js", "io", "net", "rs", "py", "go", "jl"}


def host_name(chunk: str) -> str:
    """``github.com/org/name`` out of any address of a repository (https, ssh, ``.git``); raises ``ValueError``."""
    match = _HOST.fullmatch(chunk)
    if not match:
        raise ValueError(chunk)
    return f"{match[1].lower().removeprefix('www.')}/{match[2].removesuffix('.git')}"

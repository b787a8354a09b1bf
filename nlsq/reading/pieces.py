"""The pieces of the query language that a model has as single tokens, so that answers are short.

With a space before them, as they stand in a query, and without one, as they stand after a parenthesis.
"""

from __future__ import annotations

from nlsq.filters import COMMIT_TYPES, SELECT_PATHS, TYPES
from nlsq.reading.slots import all_characters
from nlsq.reading.tables import table_of

_LANGUAGES = table_of(
    "assembly bash c c# c++ clojure cmake cobol crystal css csv d dart dockerfile elixir elm erlang f# fortran go "
    "graphql groovy haskell hcl html ini java javascript json julia jupyter kotlin lua makefile markdown matlab "
    "nim nix objective-c ocaml pascal perl php powershell protobuf puppet python r racket ruby rust sass scala "
    "scheme scss shell solidity sql svelte swift tcl terraform toml tsx typescript verilog vhdl vue xml yaml zig"
)
_VALUES = ("repo:", "file:", "author:", "committer:", "message:", "content:")
_ONLY_POSITIVE = (
    "lang:",  # not with a minus: llama.cpp looks for the longest piece first, which is the language's after the minus
    *("context:", "rev:", "count:", "count:all", "timeout:", "after:", "before:", "case:yes", "rev:at.time("),
    *("fork:yes", "fork:only", "fork:no", "archived:yes", "archived:only", "archived:no"),
    *("visibility:private", "visibility:public", "rev:*refs/heads/*", "rev:*refs/tags/*", "*!refs/heads/"),
    *("repo:.*", "repo:has.description(", "file:has.content("),
)
_PREDICATES = (
    *("repo:has.path(", "repo:has.file(path:", "repo:has.topic(", "repo:has.meta(", "repo:has.commit.after("),
    *("file:has.owner(", "file:has.contributor("),
)
# Of regular expressions.
_EXPRESSIONS = (
    *(
        " /",
        r" /\b",
        r"\b/",
        r"\w+",
        r"\d+",
        r"\s*",
        r"\s+",
        r"\(",
        r"\)",
        r"\.",
        r"\b",
        r"\w",
        r"\d",
        r"\s",
        r"\S+",
        ".*",
    ),
    *(
        "[^",
        "[a-z]",
        "[A-Z]",
        "[0-9a-f]",
        "[A-Z0-9]",
        r"[\w.-]+",
        r"\w*",
        "(?:",
        r"\(\)",
        r"\{",
        r"\/",
        "+/",
        "$/",
        " /^",
    ),
)


def pieces() -> list[str]:
    """All pieces, in a fixed order; slots last."""
    filters = [
        *_ONLY_POSITIVE,
        *(f"type:{kind}" for kind in sorted(TYPES | COMMIT_TYPES)),
        *(f"select:{path}" for path in sorted(SELECT_PATHS)),
        *(f"lang:{name}" for name in _LANGUAGES),
        *(minus + text for text in (*_VALUES, *_PREDICATES) for minus in ("", "-")),
    ]
    spaced = [space + text for text in filters for space in (" ", "")]
    slots = [space + character for character in all_characters() for space in (" ", "")]
    return [*spaced, *_EXPRESSIONS, *slots]

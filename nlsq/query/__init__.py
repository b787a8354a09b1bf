"""The Sourcegraph query language: parse a query to a tree, say what is wrong with it, compare two of them,
and write each in one way only.

from nlsq.query import check, equivalent, parse
parse("repo:foo a OR b")
check("ext:go foo")[0].message
equivalent("lang:go foo", "foo l:golang")
"""

from nlsq.query.canonical import canonical
from nlsq.query.checking import ERROR, WARNING, Finding, check, is_valid
from nlsq.query.explaining import explain
from nlsq.query.parser import QueryError, parse
from nlsq.query.sameness import equivalent, key

__all__ = [
    "ERROR",
    "WARNING",
    "Finding",
    "QueryError",
    "canonical",
    "check",
    "equivalent",
    "explain",
    "is_valid",
    "key",
    "parse",
]

"""The Sourcegraph query language: parse a query to a tree, and say what is wrong with it.

from nlsq.query import check, parse
parse("repo:foo a OR b")
check("ext:go foo")[0].message
"""

from nlsq.query.checking import ERROR, WARNING, Finding, check, is_valid
from nlsq.query.parser import QueryError, parse

__all__ = ["ERROR", "WARNING", "Finding", "QueryError", "check", "is_valid", "parse"]

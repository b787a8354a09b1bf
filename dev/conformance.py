"""How far the query language here agrees with Sourcegraph's own, on cases of Sourcegraph's tests and code.

    python -m dev.conformance

Prints the shares and every disagreement; exit 1 when there is one. A case (a line of tests/conformance/cases.jsonl):
``query``; ``type``, the request's pattern type; ``accepted``, whether Sourcegraph runs it; ``parsed`` or ``planned``,
its tree after parsing, or as basic queries joined by OR. A tree is written as text: ``(and repo:foo "a" /b/ !"c")``
has a filter, a literal term, a regular expression and a negated literal; predicates end in ``!``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from nlsq import console
from nlsq.errors import EXIT_NO
from nlsq.query import QueryError, check, parse
from nlsq.query.parser import pattern_type_of
from nlsq.query.plan import basic_queries
from nlsq.query.tree import AND, OR, REGEXP, Filter, Node, Term, operator

CASES = Path(__file__).parent.parent / "tests" / "conformance" / "cases.jsonl"


def cases() -> Iterator[dict[str, Any]]:
    """All cases, in order of the file."""
    with open(CASES, encoding="utf-8") as file:
        yield from map(json.loads, file)


def tree_text(node: Node | None) -> str:
    """A tree in the notation of the case file."""
    if node is None:
        return ""
    if isinstance(node, Filter):
        value = json.dumps(node.value, ensure_ascii=False) if not node.value.isprintable() else node.value
        return f"{'-' if node.negated else ''}{node.name}:{value}{'!' if node.predicate else ''}"
    if isinstance(node, Term):
        text = json.dumps(node.value, ensure_ascii=False)
        return f"{'!' if node.negated else ''}{f'/{text[1:-1]}/' if node.kind == REGEXP else text}"
    return f"({node.kind} {' '.join(map(tree_text, node.operands))})"


def planned(query: str, pattern_type: str) -> Node | None:
    """The basic queries of ``query`` joined by OR, revisions attached to their repositories."""
    tree = parse(query, pattern_type)
    if tree is None:
        return None
    found: list[Node] = []
    for basic in basic_queries(tree, pattern_type_of(query, pattern_type)):
        pattern = [basic.pattern] if basic.pattern else []
        found += operator([*basic.with_revisions(), *pattern], AND)
    return next(iter(operator(found, OR)), None)


def is_accepted(query: str, pattern_type: str) -> bool:
    """True when ``check`` has no error (warnings are ours, not Sourcegraph's)."""
    return not any(finding.severity == "error" for finding in check(query, pattern_type))


def disagreement(case: dict[str, Any]) -> str:
    """What we say otherwise than Sourcegraph, or an empty text."""
    if is_accepted(case["query"], case["type"]) != case["accepted"]:
        messages = [finding.message for finding in check(case["query"], case["type"])]
        return f"Sourcegraph {'accepts' if case['accepted'] else 'refuses'} it; here: {messages or 'no finding'}"
    try:
        if "parsed" in case and (ours := tree_text(parse(case["query"], case["type"]))) != case["parsed"]:
            return f"tree {case['parsed']}; here {ours}"
        if "planned" in case and (ours := tree_text(planned(case["query"], case["type"]))) != case["planned"]:
            return f"plan {case['planned']}; here {ours}"
    except QueryError as error:
        return f"no tree here: {error.message}"
    return ""


@click.command()
def main() -> int:
    """Print how many cases agree, and every one that does not."""
    rows = list(cases())
    found = [(case, fault) for case in rows if (fault := disagreement(case))]
    trees = sum("parsed" in case or "planned" in case for case in rows)
    for case, fault in found:
        click.echo(f"{case['type']}  {case['query']!r}: {fault}")
    click.echo(f"{len(rows) - len(found)} of {len(rows)} cases agree; {trees} of them have a tree")
    return EXIT_NO if found else 0


if __name__ == "__main__":
    console.run(main)

"""How answers are written: as queries, links, explanations or JSON, each request's in its place."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from nlsq import links
from nlsq.errors import EXIT_USER, UserError
from nlsq.repository_sources import Sources
from nlsq.terminal import notice, painted, printable

if TYPE_CHECKING:
    from nlsq.translator import Translation, Translator


@dataclass
class Form:
    """How an answer is written. ``endpoint``: the configured instance that links lead to."""

    as_json: bool = False
    as_links: bool = False
    explained: bool = False
    endpoint: str | None = None

    def link(self, query: str) -> str:
        """The link to what ``query`` finds. Raises ``UserError`` where the instance's address is none."""
        return links.link(links.endpoint(self.endpoint), query)


@dataclass
class Asking:
    """A loaded model, and how it is asked. ``today``: None for the machine's date at each request."""

    translator: "Translator"
    today: str | None = None
    readings: int = 1
    copy_only: bool = False
    sources: Sources = field(default_factory=Sources)
    form: Form = field(default_factory=Form)

    def answer(self, request: str, where: str = "", between: str = "\n") -> None:
        """Print the answer to one request, and its findings on stderr.

        ``where`` begins each finding; ``between`` stands between readings. Raises ``UserError``.
        """
        found = self.translator.translate(
            request,
            today=self.today,
            repositories=self.sources.names,
            alternatives=self.readings,
            copy_only=self.copy_only,
        )
        click.echo(written(request, found, self.form, between))
        if not self.form.as_json:
            for finding in found.findings:
                notice(finding.severity, f"{where}{finding.message}")

    def answer_lines(self, lines: Iterable[str]) -> int:
        """Print one line for each of ``lines``, at once; the exit code. A line that has no answer keeps its place."""
        code, number = 0, 0
        for number, line in enumerate(lines, 1):
            try:
                self.answer(line, f"line {number}: ", "\t")
            except UserError as error:
                refuse(line, error, self.form.as_json, f"line {number}: ")
                code = EXIT_USER
        if not number:
            raise UserError("the request is empty", "write one request a line to stdin")
        return code


def refuse(request: str, error: UserError, as_json: bool, where: str = "") -> None:
    """Print what stands in an answer's place, so that callers can pair lines, and the error on stderr."""
    refusal = {"request": printable(request), "error": error.message, "fix": error.fix}
    click.echo(json.dumps(refusal, ensure_ascii=False) if as_json else "")
    notice("error", f"{where}{error}")


def written(request: str, translation: "Translation", form: Form, between: str = "\n") -> str:
    """An answer as text. ``between`` stands between readings; where that is no new line, all stands on one line."""
    if form.as_json:
        return json.dumps(_as_json(request, translation, form), ensure_ascii=False)
    parts = []
    for query in (translation.query, *translation.alternatives):
        parts.append(form.link(query) if form.as_links and query else query)
        if form.explained:
            parts += in_words(query) if between == "\n" else [sentence(query)]
    return between.join(parts)


def _as_json(request: str, translation: "Translation", form: Form) -> dict[str, Any]:
    rest = translation.to_json()
    first = {"request": printable(request)}
    for key in ("query", "alternatives", "confidence", "findings", "timings"):
        first[key] = rest.pop(key, None)
    if form.explained:
        rest["explanation"] = sentence(translation.query)
    if form.as_links:
        rest["url"] = form.link(translation.query)
    return {**first, **rest}


def sentence(query: str) -> str:
    """One sentence that says what ``query`` finds, or why that cannot be said."""
    from nlsq.query import QueryError, explain

    try:
        return explain(query) if query else "There is no query."
    except QueryError as error:
        return f"This is no query: {error.message}."


def in_words(query: str) -> list[str]:
    """What each part of ``query`` does, one indented line a part; a sentence where it has no such parts."""
    parts = _parts(query)
    if len(parts) < 2:
        return [f"  {sentence(query)}"]
    width = max(len(part) for part, _ in parts)
    return [f"  {painted(part.ljust(width), fg='cyan')}  {said}" for part, said in parts]


def _parts(query: str) -> list[tuple[str, str]]:
    """The conditions that all have to hold, as they stand in the query, each with what it says; empty for others."""
    from nlsq.query import QueryError, explain, parse
    from nlsq.query.parser import KEYWORD, pattern_type_of
    from nlsq.query.tree import AND, CONCAT, Operator

    try:
        tree = parse(query)
        if tree is None or pattern_type_of(query) != KEYWORD:
            return []
        operands = list(tree.operands) if isinstance(tree, Operator) and tree.kind in (AND, CONCAT) else [tree]
        flat = [
            inner
            for one in operands
            for inner in (one.operands if isinstance(one, Operator) and one.kind == CONCAT else [one])
        ]
        spans = sorted((one.span for one in flat), key=lambda span: span.start)
        texts = [query[span.start : span.end] for span in spans]
        return [(text, _without_subject(explain(text))) for text in texts] if all(map(_is_balanced, texts)) else []
    except QueryError:
        return []


def _is_balanced(text: str) -> bool:
    """False for a group's text that begins or ends within another group: a span has no parentheses of its own."""
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def _without_subject(said: str) -> str:
    """``Finds code, in Go.`` -> ``in Go``: what is sought is said by the part that says it."""
    return said.removeprefix("Finds ").removesuffix(".").removeprefix("code").lstrip(", ") or "code"

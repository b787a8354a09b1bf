"""Templates made of hand-written pairs: what stands word for word in request and query becomes a slot.

"has mei touched src/api since monday" with ``file:src/api/ type:diff author:mei after:2026-03-09`` becomes
"has {person} touched {dir} {since}". Only what is certain is replaced: a value that occurs exactly once in the request,
of a kind that is told by its form. What is left stays as it was written.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from data.conditions import is_identifier
from data.generator.dates import MONTHS, WEEKDAYS
from data.generator.slots import SLOT, values
from data.generator.templates import Template
from nlsq.filters import DATE_FILTERS, DEFAULT_HOST
from nlsq.query import parse
from nlsq.query.tree import OR, Filter, Node, Operator, Span, Term, leaves
from nlsq.records import Record

_FULL_NAME = re.compile(r"\^?([\w.-]+\.[a-z]+/[\w.~/-]+)\$?$")
_OWN_NAME = re.compile(r"\^?([\w.-]+/[\w.-]+)\$?$")
_SHORT_NAME = re.compile(r"[\w.-]+$")
_RELATIVE = re.compile(
    r"(?:(?:in|over|within|during|for|from) )?(?:the )?(?:last|past) (?:\d+ )?(?:day|week|month|year)s?"
)
_SINCE = re.compile(
    rf"since (?:last )?(?:{'|'.join([*WEEKDAYS, 'yesterday', *MONTHS])})\b(?! \d)"
    r"|(?<!start of )\bthis (?:week|month|year)",
    re.IGNORECASE,
)
# "the code that {concept}" wants a verb: behind these words only what was written there is sure to fit.
_WANTS_VERB = re.compile(
    r"\b(?:(?:that|which|who|we|i|you|they|it|to|does|do|did|is|are|was|can|and|or|not|an?)"
    r"|(?:do|does|did|can) (?:the )?\S+(?: repo)?)\s*$",
    re.IGNORECASE,
)
_OF_A_MESSAGE = re.compile(r"\b(?:mention\w*|say\w*|about|with|word)\s*$", re.IGNORECASE)
# Before these a phrase of time is a part of a longer one.
_LONGER_DATE_BEFORE = re.compile(r"\b(?:from|of|in|these|the|start|begin\w*)\s*$", re.IGNORECASE)
_LONGER_DATE_AFTER = re.compile(r"'?s?\s+[a-z]+'?s\b|'s|\s+(?:of|morning|evening|night)\b")
_NAMED = ("repo", "fullrepo", "reponame", "org", "dir", "file")
_SHORTEST_HINT = 4
_REVISION = re.compile(r"((?=[0-9]*[a-f])[0-9a-f]{7,40})|(v?\d[\w.+-]*)|([\w./-]+)")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SCOPED = re.compile(r"[A-Za-z_]\w*(?:\.|::)\w[\w.:]*")
_UPPER_CAMEL = re.compile(r"[A-Z]\w*[a-z]\w*")
# A phrase of words: what else stands in quotes is code, whose place no error message can take.
_PHRASE = re.compile(r"[\w':,.-]+(?: [\w':,.-]+)+")
_KIND_SLOTS = {
    **dict.fromkeys(("class", "interface", "struct", "enum", "constructor", "type-parameter", "object"), "type"),
    **dict.fromkeys(("function", "method"), "function"),
    "constant": "constant",
}


@dataclass(frozen=True)
class _Found:
    """A stretch of the query, the text that stands for it in the request, and the slot for both."""

    span: Span
    spoken: str
    slot: str
    before: str = ""  # text of the span that stays, left and right of the slot
    after: str = ""


def slotted(record: Record) -> Template | None:
    """The template that ``record`` is an instance of; None when nothing in it can be replaced.

    In a record with candidates the named candidate becomes ``{reponame}`` and the candidates are drawn anew.
    """
    tree = parse(record.query)
    # {name} in a request would be filled as if it were a slot.
    if tree is None or record.request == record.query or SLOT.search(record.request):
        return None
    request, query = record.request, record.query
    taken: dict[str, int] = {}
    cuts: list[tuple[Span, str]] = []
    for found in _candidates(tree, record):
        place = _place(found.spoken, request)
        if place is None or any(_overlap(found.span, span) for span, _ in cuts):
            continue
        if _is_told_twice(found, record):
            continue
        number = taken.get(found.slot, 0)
        if number > 1:
            continue
        taken[found.slot] = number + 1
        name = f"{{{found.slot}{number + 1 if number else ''}}}"
        request = request[: place[0]] + name + request[place[1] :]
        cuts.append((found.span, f"{found.before}{name}{found.after}"))
    if not cuts or (SLOT.sub("", request).strip(" .,:?!") == "" and len(cuts) < len(list(leaves(tree)))):
        return None  # a request that is nothing but slots has to say all of the query with them
    for span, text in sorted(cuts, key=lambda cut: -cut[0].start):
        query = query[: span.start] + text + query[span.end :]
    return Template(record.id, record.category, request, query, record.repositories, record.today)


def _is_told_twice(found: _Found, record: Record) -> bool:
    """True when another part of the pair would have to change with the value: "pion's webrtc" is pion/webrtc."""
    value = record.query[found.span.start : found.span.end]
    plain = found.spoken.lower()
    if record.query.lower().count(plain) > value.lower().count(plain) == 1:
        return True
    if found.slot not in _NAMED:
        return False
    rest = re.sub(re.escape(found.spoken), " ", record.request, flags=re.IGNORECASE).lower()
    parts = {part for part in re.split(r"[^a-z0-9]+", value.lower()) if len(part) >= _SHORTEST_HINT}
    parts -= {"github", "gitlab", "bitbucket"}
    words = {word for word in re.split(r"[^a-z0-9]+", rest) if len(word) >= _SHORTEST_HINT}
    return any(part.startswith(word) or word.startswith(part) for part in parts for word in words)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _place(spoken: str, request: str) -> tuple[int, int] | None:
    """Where ``spoken`` stands in ``request`` as words of its own, outside of slots; None unless it is there once."""
    pattern = rf"(?<![\w{{/.-]){re.escape(spoken)}(?![\w}}/*-]|\.\w)"
    found = list(re.finditer(pattern, request, re.IGNORECASE))
    anywhere = len(re.findall(re.escape(spoken), request, re.IGNORECASE))
    return found[0].span() if len(found) == 1 == anywhere else None


def _candidates(tree: Node, record: Record) -> Iterator[_Found]:
    """Everything that may become a slot, the surest first."""
    found = [one for leaf in leaves(tree) if isinstance(leaf, Filter) for one in _of_filter(leaf, record)]
    yield from found
    yield from _of_dates(tree, record)
    terms = [leaf for leaf in leaves(tree) if isinstance(leaf, Term)]
    for term in terms:
        yield from _of_term(term, record)
    yield from _of_words(tree, record)
    if all(_is_word(term) for term in terms):  # code of one language would look odd under the name of another
        yield from (one for leaf in leaves(tree) if isinstance(leaf, Filter) for one in _of_language(leaf, record))


def _of_filter(leaf: Filter, record: Record) -> Iterator[_Found]:
    maker = _MAKERS.get(leaf.name)
    if leaf.predicate:
        yield from _of_predicate(leaf)
    elif maker:
        yield from maker(leaf, record)


def _value_span(leaf: Filter) -> Span:
    """The place of a filter's value, quotes included."""
    start = leaf.span.start + len(leaf.name) + 1 + leaf.negated
    return Span(start, leaf.span.end)


def _of_repository(leaf: Filter, record: Record) -> Iterator[_Found]:
    span = _value_span(leaf)
    if leaf.value.endswith("/") and not leaf.value.startswith("^"):
        yield _Found(span, leaf.value[:-1], "org")
    elif match := _FULL_NAME.match(leaf.value):
        if match[1] in record.request:
            yield _Found(span, match[1], "fullrepo")
        elif match[1] in record.repositories and match[1].startswith(DEFAULT_HOST) and record.query.count("repo:") == 1:
            yield _Found(span, match[1].rpartition("/")[2], "reponame")
    elif not record.repositories:
        if _OWN_NAME.match(leaf.value):
            yield _Found(span, leaf.value, "repo")
        elif _SHORT_NAME.match(leaf.value):
            yield _Found(span, leaf.value, "reponame")


def _of_person(leaf: Filter, record: Record) -> Iterator[_Found]:
    # "anybody at example.com", "the interns", "@somebody"
    odd = re.search(rf"(?:\b(?:at|the) |[@=]){re.escape(leaf.value)}", record.request, re.IGNORECASE)
    if not odd and not leaf.value.startswith("@"):
        yield _Found(_value_span(leaf), leaf.value, "person")


@cache
def _exclusions() -> dict[str, list[str]]:
    """For each value of ``-file:`` the ways to say it, the longest first."""
    spoken: dict[str, list[str]] = {}
    for line in values("exclusions"):
        words, value = line.split("\t")
        spoken.setdefault(value, []).append(words)
    return {value: sorted(words, key=len, reverse=True) for value, words in spoken.items()}


def _of_file(leaf: Filter, record: Record) -> Iterator[_Found]:
    span = _value_span(leaf)
    said = [words for words in _exclusions().get(leaf.value, []) if leaf.negated and _place(words, record.request)]
    if said and not re.search(rf"{re.escape(said[0])} (?:directory|folder|dir)\b", record.request):
        yield _Found(span, said[0], "skip")
    elif leaf.value.endswith("/") and re.fullmatch(r"[\w./-]+/", leaf.value):
        spoken = leaf.value if leaf.value in record.request else leaf.value[:-1]
        yield _Found(span, spoken, "dir")
    elif match := re.fullmatch(r"\\(\.\w+)\$", leaf.value):
        yield _Found(span, match[1], "ext")
    elif re.fullmatch(r"[\w-]*\.[\w.-]+|Dockerfile|Makefile|CODEOWNERS|Jenkinsfile", leaf.value):
        yield _Found(span, leaf.value, "file")


def _of_revision(leaf: Filter, _: Record) -> Iterator[_Found]:
    match = _REVISION.fullmatch(leaf.value)
    if match:
        yield _Found(_value_span(leaf), leaf.value, "sha" if match[1] else "tag" if match[2] else "branch")


def _of_count(leaf: Filter, _: Record) -> Iterator[_Found]:
    if leaf.value.isdigit():
        yield _Found(_value_span(leaf), leaf.value, "count")


_MAKERS: dict[str, Callable[[Filter, Record], Iterator[_Found]]] = {
    "repo": _of_repository,
    "author": _of_person,
    "committer": _of_person,
    "file": _of_file,
    "rev": _of_revision,
    "count": _of_count,
}
_PREDICATE_SLOTS = {"has.topic": "topic", "has.path": "file", "has.owner": "person", "has.contributor": "person"}


def _of_predicate(leaf: Filter) -> Iterator[_Found]:
    name, _, argument = leaf.value.partition("(")
    slot = _PREDICATE_SLOTS.get(name)
    argument = argument.removesuffix(")")
    if slot == "file" and not re.fullmatch(r"[\w-]*\.?[\w.-]+", argument):
        return
    if slot and argument:
        yield _Found(_value_span(leaf), argument, slot, f"{name}(", ")")


def _of_dates(tree: Node, record: Record) -> Iterator[_Found]:
    """A single ``after:`` that is said by a phrase which any other beginning can stand for."""
    dated = [leaf for leaf in leaves(tree) if isinstance(leaf, Filter) and leaf.name in DATE_FILTERS]
    if len(dated) != 1 or dated[0].name != "after":
        return
    phrases = _RELATIVE if " ago" in dated[0].value else _SINCE
    found = list(phrases.finditer(record.request))
    if len(found) != 1 or _LONGER_DATE_AFTER.match(record.request[found[0].end() :]):
        return
    if not _LONGER_DATE_BEFORE.search(record.request[: found[0].start()]):
        yield _Found(dated[0].span, found[0][0], "since")


def _of_language(leaf: Filter, record: Record) -> Iterator[_Found]:
    if leaf.name != "lang" or leaf.negated:
        return
    for line in values("languages"):
        written, *spoken = line.split("\t")
        if written == leaf.value:
            said = [words for words in spoken if _place(words, record.request)]
            if said:
                yield _Found(_value_span(leaf), max(said, key=len), "lang")


def _is_word(term: Term) -> bool:
    return term.kind == "literal" and not term.quoted and bool(re.fullmatch(r"[a-z][a-z-]*", term.value))


def _of_term(term: Term, record: Record) -> Iterator[_Found]:
    if term.kind != "literal":
        return
    text, span = term.value, term.span
    if term.negated:
        span = Span(span.end - len(text) - 2 * term.quoted, span.end)
    if term.quoted:
        in_quotes = f'"{text}"' in record.request
        after = record.request.partition(text)[0].rstrip('"')
        alone = " OR " not in record.query and not re.search(r"(?:\(|\bie)\s*$", after)
        if _PHRASE.fullmatch(text) and (in_quotes or alone):
            yield _Found(span, text, "error")
        return
    call = "(" if text.endswith("(") and f"{text[:-1]}(" not in record.request else ""
    plain = text.removesuffix("(") if call else text
    if (
        not is_identifier(plain)
        or re.fullmatch(r"[a-z]+\d\w*", plain)
        or re.search(r"[(){}\[\]<>@#$%^&*+=!?'/,;-]", plain)
    ):
        return
    kind = re.search(r"select:symbol\.([\w-]+)", record.query)
    if kind and kind[1] in _KIND_SLOTS:
        slot = _KIND_SLOTS[kind[1]]
    elif _CONSTANT.fullmatch(plain):
        slot = "constant"
    elif _SCOPED.fullmatch(plain):
        slot = "call"
    else:
        slot = "type" if _UPPER_CAMEL.fullmatch(plain) else "function"
    yield _Found(span, plain, slot, after=call)


def _of_words(tree: Node, record: Record) -> Iterator[_Found]:
    """A run of two to four plain words that stand next to each other in both; a word alone in commit messages."""
    for run in _runs(tree):
        spoken = " ".join(term.value for term in run)
        place = _place(spoken, record.request)
        if place is None or _WANTS_VERB.search(record.request[: place[0]]):
            continue
        if _touches_a_term(place, run, tree, record.request):
            continue
        span = Span(run[0].span.start, run[-1].span.end)
        if 2 <= len(run) <= 4:
            yield _Found(span, spoken, "concept")
        elif len(run) == 1 and record.category in ("commits", "dates"):
            before, after = record.request[: place[0]], record.request[place[1] :]
            if _OF_A_MESSAGE.search(before) or re.match(r"\s+(?:commit|stuff)", after):
                yield _Found(span, spoken, "message")
        elif len(run) == 1 and record.category == "boolean":
            yield _Found(span, spoken, "word")


def _touches_a_term(place: tuple[int, int], run: list[Term], tree: Node, request: str) -> bool:
    """True when the word before or after ``place`` is, or stands next to, another term: the phrase may go on there."""
    others = {leaf.value.lower() for leaf in leaves(tree) if isinstance(leaf, Term) and leaf not in run}
    near = [*request[: place[0]].lower().split()[-2:], *request[place[1] :].lower().split()[:2]]
    return any(word.strip(".,?!\"'") in others for word in near)


def _runs(node: Node) -> Iterator[list[Term]]:
    """Runs of plain words next to each other; words under an OR are alternatives, each of them a run of its own."""
    alone = isinstance(node, Operator) and node.kind == OR
    run: list[Term] = []
    for child in node.operands if isinstance(node, Operator) else (node,):
        is_part = isinstance(child, Term) and _is_word(child) and not child.negated
        if run and (alone or not is_part):
            yield run
            run = []
        if isinstance(child, Term) and is_part:
            run.append(child)
        elif isinstance(child, Operator):
            yield from _runs(child)
    if run:
        yield run


def refilled(template: Template) -> Template:
    """``template`` with its day drawn anew where a slot tells the date."""
    return replace(template, today=None) if "since" in template.slots() else template

"""Templates: requests with slots, and the queries that answer them with the same slots.

    python -m data.generator.templates FILE...      # fill every template of FILE and say what is wrong with it

Written ones lie in ``data/templates/``, a JSON object a line: ``{"category", "request", "query"}`` with slots such as
``{person}`` (``slots.py`` lists them; a digit makes a second one of a kind: ``{person2}``). Others are made of the
hand-written pairs (``slotting.py``).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import click

from data.generator.dates import any_day
from data.generator.slots import SLOT, Slots, Value
from data.generator.slots import values as lists_of
from nlsq import console
from nlsq.errors import EXIT_NO, UserError
from nlsq.files import read_json_lines
from nlsq.filters import CANONICAL_NAME
from nlsq.prompt import needs_today
from nlsq.query import QueryError, canonical, check
from nlsq.records import CATEGORIES

FOLDER = Path(__file__).parent.parent / "templates"
_FILTER_BEFORE = re.compile(r"(?:^|[\s(-])([A-Za-z]+):$")
_NEGATION_BEFORE = re.compile(r"\bNOT $")
# Within these places of a query a value stands as it is: quotes there would be characters.
_IN_PREDICATE = re.compile(r"(?:^|[\s-])(?:repo|file|rev):[a-z.]+\([^()]*$")
_DRAWS = 20


@dataclass(frozen=True)
class Template:
    """A request and its query with slots. ``source`` is its id in generated records."""

    source: str
    category: str
    request: str
    query: str
    repositories: tuple[str, ...] = ()
    today: str | None = None
    fixed: Mapping[str, Value] = field(default_factory=dict)  # slots whose value is given

    def slots(self) -> list[str]:
        """The names of its slots with their digits, each once, in order."""
        return list(dict.fromkeys(match[0][1:-1] for match in SLOT.finditer(f"{self.request} {self.query}")))


@dataclass(frozen=True)
class Filled:
    """A template with values: a request with its canonical query, and the values that it was filled with."""

    request: str
    query: str
    today: str | None
    values: Mapping[str, Value]


def read_templates(folder: Path = FOLDER) -> list[Template]:
    """All written templates, in order of file and line; a ``UserError`` names every malformed one."""
    return [template for path in sorted(folder.glob("*.jsonl")) for template in _templates_of(path)]


def _templates_of(path: Path) -> Iterator[Template]:
    for number, row in read_json_lines(path):
        where = f"{path.stem}-{number:03}"
        fault = ""
        if not isinstance(row, dict) or set(row) != {"category", "request", "query"}:
            fault = "needs category, request and query, nothing else"
        elif row["category"] not in CATEGORIES:
            fault = f"unknown category {row['category']!r}"
        if fault:
            raise UserError(f"{path}, line {number}: {fault}", "mend that line")
        yield Template(f"template-{where}", row["category"], row["request"], row["query"])


def fill(template: Template, slots: Slots, random: Random) -> Filled | None:
    """Draw values for the slots of ``template``; None when what comes out is no clean query.

    Every value is drawn once, and two slots of a kind differ. The query comes out in canonical form.
    """
    today = date.fromisoformat(template.today) if template.today else any_day(random)
    values = _draw(template, slots, random, today)
    request = _rendered(template.request, values, spoken=True)
    query = clean_query(_rendered(template.query, values, spoken=False))
    if query is None:
        return None
    return Filled(request, query, str(today) if needs_today(request) else None, values)


def clean_query(text: str) -> str | None:
    """``text`` as a canonical query without findings, or None."""
    try:
        if check(text):
            return None
        query = canonical(text)
    except QueryError:
        return None
    return query if query and not check(query) and canonical(query) == query else None


def _draw(template: Template, slots: Slots, random: Random, today: date) -> dict[str, Value]:
    values: dict[str, Value] = dict(template.fixed)
    for name in template.slots():
        match = SLOT.fullmatch(f"{{{name}}}")
        kind = match[1] if match else name
        if name in values:
            continue
        if kind == "meta":  # a key and its value come from one line
            key, told = slots.one("metadata", random).split("\t")
            digit = match[3] if match else ""
            values[f"meta{digit}"], values[f"metavalue{digit}"] = Value(key, key), Value(told, told)
            continue
        for _ in range(_DRAWS):
            value = slots.draw(kind, random, today)
            if _fits(kind, value, values, template.request):
                break
        values[name] = value
    return values


@cache
def _directory_names() -> frozenset[str]:
    """Names that would be taken for a directory where no word says that they are a repository's."""
    return frozenset(line.lower() for line in lists_of("directories"))


def _fits(kind: str, value: Value, others: Mapping[str, Value], request: str) -> bool:
    """True unless ``value`` is another slot's, a word of the request itself, or looks like another kind of thing."""
    if any(value.written.lower() == other.written.lower() for other in others.values()):
        return False
    if kind in ("word", "message") and value.spoken.lower() in re.findall(r"[a-z]+", request.lower()):
        return False
    return kind != "reponame" or "repo" in re.sub(SLOT, "", request) or value.spoken.lower() not in _directory_names()


def _rendered(text: str, values: Mapping[str, Value], spoken: bool) -> str:
    done, place = "", 0
    for match in SLOT.finditer(text):
        done += text[place : match.start()]
        done += _form(done, values[match[0][1:-1]], spoken)
        place = match.end()
    return done + text[place:]


def _form(before: str, value: Value, spoken: bool) -> str:
    """How a value is written behind ``before``."""
    after_filter = _FILTER_BEFORE.search(before)
    in_filter = after_filter is not None and after_filter[1].lower() in CANONICAL_NAME
    if spoken:
        return _as_value(value.written) if in_filter else value.spoken
    if before.count('"') % 2 or _IN_PREDICATE.search(before):
        return value.written
    if _in_expression(before):
        return re.sub(r"[.+*?()\[\]{}|^$/]", r"\\\g<0>", value.written)
    if in_filter:
        return _as_value(value.written)
    return _as_value(value.written) if _NEGATION_BEFORE.search(before) else value.written


def _as_value(text: str) -> str:
    """``text`` in double quotes where it has blanks and no quotes yet."""
    return f'"{text}"' if re.search(r"\s", text) and not text.startswith('"') else text


def _in_expression(before: str) -> bool:
    """True inside of a regular expression between slashes that stands as a term."""
    return bool(re.search(r"(?:^|[\s(])/(?:[^/\s\\]|\\.)*$", before))


def template_faults(template: Template, slots: Slots, tries: int = 8) -> list[str]:
    """What is wrong with a template: fillings without a clean query, slots of the query that nobody said."""
    said = {match[0] for match in SLOT.finditer(template.request)}
    faults = [
        f"{match[0]} stands in the query alone"
        for match in SLOT.finditer(template.query)
        if match[0] not in said and match[0].replace("value", "") not in said
    ]
    random = Random(template.source)
    filled = [_rendered(template.query, _draw(template, slots, random, any_day(random)), False) for _ in range(tries)]
    spoilt = [text for text in filled if clean_query(text) is None]
    if 2 * len(spoilt) > tries:  # a value now and then does not fit everywhere; such products are dropped
        told = "; ".join(finding.message for finding in check(spoilt[0])) or "has no canonical form"
        faults.append(f"{len(spoilt)} of {tries} fillings are no clean queries, e.g. {spoilt[0]!r}: {told}")
    return faults


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
def main(files: tuple[Path, ...]) -> int:
    """Fill every template of FILES (all by default) and say what is wrong; exit 1 when something is."""
    templates = [one for path in files or sorted(FOLDER.glob("*.jsonl")) for one in _templates_of(path)]
    slots = Slots()
    count = 0
    for template in templates:
        for fault in template_faults(template, slots):
            count += 1
            console.say(f"{template.source}: {json.dumps(template.request, ensure_ascii=False)}: {fault}")
    click.echo(f"templates: {len(templates)}, {count} faults")
    return EXIT_NO if count else 0


if __name__ == "__main__":
    console.run(main)

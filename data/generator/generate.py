"""Training pairs made of templates, deterministic by seed; every product is checked by ``nlsq.query``.

Templates are written by hand (``data/templates/``) or made of the hand-written training pairs (``slotting``); each is
filled several times, some with conditions more, some with candidate repositories, and reworded. What shares a name, a
combination of conditions or wording with validation or test is dropped and counted; no category gets more than a fifth.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from data.generator.candidates import with_candidates, with_unrelated_candidates
from data.generator.composition import can_be_composed, composed
from data.generator.slots import Slots
from data.generator.slotting import refilled, slotted
from data.generator.templates import Filled, Template, fill, read_templates
from data.generator.wording import AS_IT_IS, kept_texts, reworded
from data.leaks import HeldOut, Outside
from data.splits import normal_request, record_faults
from nlsq.prompt import MAX_REQUEST_CHARACTERS, needs_today
from nlsq.records import CATEGORIES, Record

SEED = 17
LARGEST_SHARE = 0.20
# Fillings of each template: of a written one, and of one that was made of a pair (its wording is one of a kind).
OF_WRITTEN, OF_SLOTTED = 30, 4
COMPOSED_SHARE, SECOND_CONDITION = 0.35, 0.3
CANDIDATES_SHARE, UNRELATED_SHARE = 0.5, 0.02
Plan = list[tuple[Template, int]]


@dataclass
class Generated:
    """Generated records, and how many were dropped for which reason."""

    records: list[Record] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    templates: Counter[str] = field(default_factory=Counter)


def generate(
    train: list[Record],
    held_out: HeldOut,
    seed: int = SEED,
    templates: list[Template] | None = None,
    watched: Callable[[Plan], Iterable[tuple[Template, int]]] = iter,
) -> Generated:
    """Pairs for training, in a fixed order; each template has random numbers of its own, so others do not move it."""
    result = Generated()
    slots = Slots(name.partition(" ")[2] for name in held_out.names)
    written = read_templates() if templates is None else templates
    made = [template for record in train if (template := slotted(record))]
    result.templates.update(written=len(written), slotted=len(made))
    seen = {normal_request(record.request) for record in train}
    outside = Outside()
    plan: Plan = [(template, OF_WRITTEN) for template in written] + [
        (refilled(template), OF_SLOTTED) for template in made
    ]
    for template, times in watched(plan):
        for record in _products(template, times, slots, seed, result.dropped):
            reason = _reason_against(record, seen, held_out, outside)
            if reason:
                result.dropped[reason] += 1
            else:
                seen.add(normal_request(record.request))
                result.records.append(record)
    result.records, surplus = down_sampled(result.records, seed)
    result.dropped["category over its share"] += surplus
    return result


def admitted(records: list[Record], train: list[Record], held_out: HeldOut) -> tuple[list[Record], Counter[str]]:
    """Those of ``records``, pairs from elsewhere, that may join ``train``; and why the others may not."""
    seen = {normal_request(record.request) for record in train}
    ids = {record.id for record in train}
    outside, kept, dropped = Outside(), [], Counter[str]()
    for record in records:
        if record.id in ids or record.category not in CATEGORIES or record_faults([record]):
            reason = "faulty record, or its id is there already"
        else:
            reason = _reason_against(record, seen, held_out, outside)
        if reason:
            dropped[reason] += 1
        else:
            ids.add(record.id)
            seen.add(normal_request(record.request))
            kept.append(record)
    return kept, dropped


def _reason_against(record: Record, seen: set[str], held_out: HeldOut, outside: Outside) -> str:
    if len(record.request) > MAX_REQUEST_CHARACTERS:
        return "request too long"
    if normal_request(record.request) in seen:
        return "request is there already"
    kind = outside.leak(record)[0] or held_out.leak(record)[0]
    return f"held out: {kind}" if kind else ""


def _products(template: Template, times: int, slots: Slots, seed: int, dropped: Counter[str]) -> Iterator[Record]:
    composable = can_be_composed(template)
    for number in range(times):
        random = Random(f"{seed} {template.source} {number}")
        varied = template
        if composable and random.random() < COMPOSED_SHARE:
            varied = composed(template, random, 2 if random.random() < SECOND_CONDITION else 1)
        varied = _with_repositories(varied, slots, random)
        filled = fill(varied, slots, random)
        if filled is None:
            dropped["no clean query"] += 1
            continue
        yield _record(varied, filled, number, random)


def _with_repositories(template: Template, slots: Slots, random: Random) -> Template:
    if template.repositories:
        return with_candidates(template, slots, random) if "reponame" in template.slots() else template
    is_one = re.search(r"\{reponame\}(?! repo(?:s|sitories)\b)", template.request)
    if template.category == "repo-named" and is_one and random.random() < CANDIDATES_SHARE:
        return with_candidates(template, slots, random)
    if "repo:" not in template.query and random.random() < UNRELATED_SHARE:
        return with_unrelated_candidates(template, slots, random)
    return template


def _record(template: Template, filled: Filled, number: int, random: Random) -> Record:
    """The record of a filled template, reworded unless its request is a query."""
    request = filled.request
    if template.request != template.query:
        spoken = {value.spoken for value in filled.values.values()}
        shares = AS_IT_IS if template.category == "robustness" else None
        request = reworded(request, kept_texts(filled.query, spoken), random, shares)
    # A synonym can bring in or take away a word that depends on the day.
    today = template.today or filled.today
    return Record(
        id=f"{template.source}.{number}",
        category=template.category,
        request=request,
        query=filled.query,
        today=today if needs_today(request) else None,
        repositories=template.repositories,
        source=template.source,
    )


def down_sampled(records: list[Record], seed: int, largest: float = LARGEST_SHARE) -> tuple[list[Record], int]:
    """``records`` without so many of the largest categories that none has more than ``largest`` of what is left.

    Which ones go is drawn for each category by itself; returns them and how many went.
    """
    by_category: dict[str, list[Record]] = {}
    for record in records:
        by_category.setdefault(record.category, []).append(record)
    limit = _limit([len(group) for group in by_category.values()], largest)
    kept: set[str] = set()
    for category, group in by_category.items():
        chosen = Random(f"{seed} {category}").sample(group, min(len(group), limit))
        kept |= {record.id for record in chosen}
    left = [record for record in records if record.id in kept]
    return left, len(records) - len(left)


def _limit(sizes: list[int], largest: float) -> int:
    """The largest size of a category at which it has no more than its share of all, sizes cut there.

    With too few categories there is none; then all are cut to the smallest.
    """
    for limit in range(max(sizes, default=0), 0, -1):
        if limit <= largest * sum(min(size, limit) for size in sizes):
            return limit
    return min(sizes, default=0)

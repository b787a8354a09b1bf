"""What a model gets wrong, grouped by cause: every answer that is not right, beside the nearest accepted query.

    python -m recipes.failures --run smoke                              # the merged weights on the run's records
    python -m recipes.failures --result FILE --cause repo --limit 20    # any result; all causes of repositories

The causes are told in recipes/causes.py. Results of the test split are refused: whoever reads them tunes to them.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import click

from nlsq import console, held_out, paths
from nlsq.artifacts import MERGED
from nlsq.errors import UserError
from nlsq.evaluation_cli import judged_records
from nlsq.files import read_json, read_json_lines
from nlsq.records import Record, record_faults
from nlsq.run import run_named
from nlsq.scoring import by_category, score
from recipes.causes import CAUSES, Why, why

LIMIT = 5
_RECORD_FIELDS = tuple(field.name for field in fields(Record))


@dataclass(frozen=True)
class Failure:
    """An answer that is not right, and why."""

    record: Record
    answer: str
    why: Why

    @property
    def main(self) -> str:
        """The main cause."""
        return self.why.causes[0]

    def to_json(self) -> dict[str, Any]:
        """Plain data; ``nearest`` is the accepted query that the differences are from."""
        return {
            **self.record.to_json(),
            "answer": self.answer,
            "nearest": self.why.nearest,
            "causes": self.why.causes,
            "differences": [asdict(one) for one in self.why.differences],
        }


# ---- from a result to failures


def result_of(run_name: str, build: str) -> Path:
    """Where the result of a run's build on the records of its recipe lies."""
    run = run_named(run_name)
    path = run.evaluations / f"{build}-{judged_records(run).stem}.json"
    if not path.exists():
        fix = f"nls-finetune eval run --run {run.name} --build {build}"
        raise UserError(f"{build} of run {run.name!r} is not evaluated", fix)
    return path


def read_answers(path: Path) -> tuple[str, list[tuple[Record, str]]]:
    """``(label, answered records)`` of a result; ``UserError`` on the test split and on what is no result."""
    result = read_json(path)
    rows = result.get("results", []) if isinstance(result, dict) else None
    if not isinstance(rows, list) or "summary" not in result:
        raise UserError(f"{path} is no result of an evaluation", "name a file that nls-finetune eval run wrote")
    if "results" not in result:
        fix = "look at those on validation: nls-finetune eval run"
        raise UserError(f"{path} has no answers: a release is judged in sums alone", fix)
    answered = [_answered(path, number, row) for number, row in enumerate(rows, 1)]
    _refuse_test_records(path, [record for record, _ in answered])
    return str(result.get("label", path.stem)), answered


def _refuse_test_records(path: Path, records: list[Record]) -> None:
    """Raise ``UserError`` when a single one of them is in the test split."""
    if not held_out.test_records().is_file():
        return
    held = {(row.get("id"), row.get("request")) for _, row in read_json_lines(held_out.test_records())}
    if any((record.id, record.request) in held for record in records):
        fix = "work on validation: nls-finetune eval run"
        raise UserError(f"{path} has answers to the test split, which only the release gate reads", fix)


def _answered(path: Path, number: int, row: Any) -> tuple[Record, str]:
    given = {key: row[key] for key in _RECORD_FIELDS if key in row} if isinstance(row, dict) else row
    faults = record_faults(given)
    if not faults and not isinstance(row.get("answer"), str):
        faults = ["'answer' is missing or no text"]
    if faults:
        fix = "evaluate again: nls-finetune eval run --force"
        raise UserError(f"{path}, result {number}: {'; '.join(faults)}", fix)
    return Record.from_json(given), row["answer"]


def failures_of(answered: list[tuple[Record, str]]) -> list[Failure]:
    """The answers that today's scoring does not call right."""
    wrong = [(record, answer) for record, answer in answered if not score(record, answer).right]
    return [Failure(record, answer, why(record, answer)) for record, answer in wrong]


def having(failures: list[Failure], cause: str) -> list[Failure]:
    """Those with this cause among theirs; ``repo`` stands for all whose name begins with ``repo-``."""
    wanted = {name for name in CAUSES if name == cause or name.startswith(f"{cause}-")}
    if not wanted:
        raise UserError(f"there is no cause {cause!r}", f"one of: {', '.join(CAUSES)}")
    return [failure for failure in failures if wanted & set(failure.why.causes)]


# ---- the report


def counts(failures: list[Failure]) -> list[tuple[str, int, int]]:
    """``(cause, where it is the main one, where it is any)``, the commonest first."""
    main = Counter(failure.main for failure in failures)
    any_place = Counter(cause for failure in failures for cause in failure.why.causes)
    rows = [(cause, main[cause], any_place[cause]) for cause in CAUSES if any_place[cause]]
    return sorted(rows, key=lambda row: (-row[1], -row[2]))


def cause_table(failures: list[Failure]) -> str:
    """Causes and how often each is the main one, and one of several."""
    rows = [[cause, str(main), str(any_place)] for cause, main, any_place in counts(failures)]
    return console.table(["cause", "main", "any"], [*rows, ["all", *[str(len(failures))] * 2]])


def example(failure: Failure) -> str:
    """One failure in some lines: the request, what was given with it, both queries, and what sets them apart."""
    record = failure.record
    given = ", ".join([*([f"today {record.today}"] if record.today else []), *record.repositories])
    lines = [
        ("given", given),
        ("expected", failure.why.nearest),
        ("answer", failure.answer),
        *(("differs", str(difference)) for difference in failure.why.differences),
    ]
    shown = [f"    {name:8}  {' '.join(text.split())}" for name, text in lines if text]
    return "\n".join([f"  {record.id} ({record.category})  {' '.join(record.request.split())}", *shown])


def render(failures: list[Failure], limit: int, cause: str | None) -> str:
    """The table, then examples by main cause, commonest first; in one group where a cause is asked for."""
    groups = by_category(failures, lambda failure: cause or failure.main)
    order = [cause] if cause else [name for name, main, _ in counts(failures) if main]
    parts = [cause_table(failures)]
    for name in order if limit else ():
        shown = groups[name][:limit]
        of = f"{len(shown)} of {len(groups[name])}" if len(shown) < len(groups[name]) else str(len(shown))
        means = CAUSES.get(name, f"all causes that begin with {name}-")
        parts += [f"{name} ({of}): {means}", *map(example, shown)]
    return "\n\n".join(parts)


def to_json(label: str, answered: int, failures: list[Failure]) -> dict[str, Any]:
    """The counts and all failures as plain data."""
    groups = by_category(failures, lambda failure: failure.record.category)
    return {
        "label": label,
        "answers": answered,
        "not_right": len(failures),
        "causes": {name: {"main": main, "any": both, "means": CAUSES[name]} for name, main, both in counts(failures)},
        "categories": {name: dict(Counter(one.main for one in group)) for name, group in sorted(groups.items())},
        "failures": [failure.to_json() for failure in failures],
    }


def _of_category(answered: list[tuple[Record, str]], category: str) -> list[tuple[Record, str]]:
    found = [(record, answer) for record, answer in answered if record.category == category]
    if not found:
        there = ", ".join(sorted({record.category for record, _ in answered}))
        raise UserError(f"no answer is of the category {category!r}", f"one of: {there}")
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--run", "run_name", help="Run whose result on the records of its recipe is read.")
@click.option("--build", default=MERGED, show_default=True, help="merged, or one of the run's builds.")
@click.option("--result", type=click.Path(path_type=Path), help="Another result file.")
@click.option("--category", help="Requests of one category.")
@click.option("--cause", help="Failures with one cause among theirs; repo: all causes of repositories.")
@click.option("--limit", type=click.IntRange(min=0), default=LIMIT, show_default=True, help="Examples of each cause.")
@click.option("--json", "as_json", is_flag=True, help="Counts and all failures as JSON.")
def main(
    run_name: str | None,
    build: str,
    result: Path | None,
    category: str | None,
    cause: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the answers that are not right, grouped by cause."""
    if not result and not run_name:
        raise UserError("which result?", "--run NAME or --result FILE")
    path = result or result_of(run_name or "", build)
    label, answered = read_answers(path)
    if category:
        answered = _of_category(answered, category)
    failures = failures_of(answered)
    total = len(failures)
    if cause:
        failures = having(failures, cause)
    if as_json:
        click.echo(json.dumps(to_json(label, len(answered), failures), indent=2, ensure_ascii=False))
        return
    head = f"{label}{f', {category}' if category else ''}: {total} of {len(answered)} answers are not right"
    click.echo(head + (f", {len(failures)} with the cause {cause}" if cause else ""))
    if failures:
        click.echo("\n" + render(failures, limit, cause))
    console.say(f"failures: {paths.shown(path)}")


if __name__ == "__main__":
    console.run(main)

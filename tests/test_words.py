"""The words that a model reads as they are, pairs that are judged before they join, and training pairs with slots."""

from pathlib import Path

from click.testing import CliRunner

from data.check_pairs import faults, main
from data.splits import read_handwritten
from data.words import telling_words
from nlsq.reading.shapes import known_words
from nlsq.reading.slots import ANY_SLOT, PER_KIND, kind_of, slot_character
from nlsq.records import Record, read_records, write_records
from recipes.examples import pairs_of


def _record(number: int, request: str, query: str, **more) -> Record:
    return Record(f"x-{number}", more.pop("category", "content"), request, query, **more)


def test_telling_words_are_those_that_are_not_copied():
    records = [
        _record(1, "show kernel panics in go", "lang:go kernel panics"),
        _record(2, "show files about kernel modules", "kernel modules"),
        _record(3, "kernel stuff", "kernel"),
        _record(4, "please show grpc", "grpc", repositories=("github.com/grpc/grpc",)),
    ]
    assert telling_words(records) == {"show": 2}  # the fourth has candidates, whose names are said in other words


def test_known_words_have_what_speaks_of_queries():
    words = known_words()
    assert {"commits", "archived", "defined", "which", "python", "regex", "owner"} <= words
    assert not words & {"kernel", "kubernetes", "scheduler", "payments"}


def test_new_pairs_are_judged():
    train = read_handwritten()["train"][0]
    new = [
        _record(1, "frobnicating widgets with grommets", "frobnicating widgets grommets"),
        _record(2, "broken one", "repo:("),
        _record(3, train.request, "anything"),
        _record(4, "frobnicating widgets with grommets", "frobnicating widgets"),
        _record(5, "another thing altogether", "another thing", category="nothing"),
        _record(6, "commits by frobnicator this week", "type:commit author:frobnicator after:2026-03-09"),
    ]
    found = faults(new, read_handwritten())
    assert sorted(found) == ["x-2", "x-3", "x-4", "x-5", "x-6"]
    assert found["x-3"] == [f"has the request of {train.id}"]
    assert "unknown category" in found["x-5"][0]
    assert "'today'" in found["x-6"][0]


def test_a_held_out_pair_is_refused_without_being_shown(tmp_path: Path):
    splits = read_handwritten()
    held_out = next(record for record in splits["validation"] if record.category == "content")
    write_records(tmp_path / "new.jsonl", [Record("mine-1", "content", held_out.request, held_out.query)])
    done = CliRunner().invoke(main, [str(tmp_path / "new.jsonl")])
    assert done.exit_code == 1
    assert "mine-1" in done.stdout
    assert held_out.request not in done.stdout
    kept = tmp_path / "good.jsonl"
    fine = Record("mine-2", "content", "frobnicating widgets with grommets", "frobnicating widgets grommets")
    write_records(tmp_path / "new.jsonl", [Record("mine-1", "content", held_out.request, held_out.query), fine])
    assert CliRunner().invoke(main, [str(tmp_path / "new.jsonl"), "--keep", str(kept)]).exit_code == 0
    assert read_records(kept) == [fine]


def test_training_pairs_with_slots(tmp_path: Path):
    path = tmp_path / "pairs.jsonl"
    write_records(
        path,
        [
            _record(1, "usages of parseBody in acme/billing", "repo:acme/billing parseBody"),
            _record(2, "usages of readAll in acme/mailer", "repo:acme/mailer readAll", source="x-1"),
            _record(3, "repo:foo lang:go bar", "repo:foo lang:go bar"),
            _record(4, "usages of writeAll in acme/mailer", "lang:cobol somethingElse", source="x-1"),
        ],
    )
    name, code = slot_character("name", 0), slot_character("code", 0)
    pairs = pairs_of("reading", path, handwritten=3)
    # The second differs in nothing but names, the third is a query, and the fourth says what no request says.
    assert pairs[0] == (f" usages of {code} in {name}", f" repo:{name} {code}")
    assert len(pairs) == 4
    for content, answer in pairs[1:3]:
        moved = ANY_SLOT.findall(content)
        assert [kind_of(slot) for slot in moved] == ["code", "name"]
        assert ANY_SLOT.findall(answer) == moved[::-1]
    assert {kind_of(slot_character("span", PER_KIND - 1))} == {"span"}

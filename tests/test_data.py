"""The data: split before use, the same bytes every time, and a leak check that finds planted leaks."""

import json

import pytest
from conftest import command

from data.build import build
from data.check import check_folder
from data.splits import (
    HANDWRITTEN,
    SPLITS,
    leaks,
    outside_hashes,
    read_handwritten,
    record_faults,
    request_hash,
    split_of,
)
from nlsq.errors import UserError
from nlsq.records import CATEGORIES, Record, read_messages, read_records


@pytest.fixture(scope="module")
def records():
    return read_handwritten()


def test_there_are_enough_pairs_of_every_category(records):
    assert len(records) >= 400
    for category in CATEGORIES:
        assert sum(record.category == category for record in records) >= 20
    validation = [record for record in records if split_of(record) == "validation"]
    assert len(validation) >= 100  # fewer would leave the 99th percentile empty
    assert {record.category for record in validation} == set(CATEGORIES)


def test_every_accepted_answer_is_valid(records):
    assert record_faults(records) == []


def test_building_twice_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        build(HANDWRITTEN, tmp_path / name)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert check_folder(tmp_path / "one") == []


def test_the_splits_hold_every_record_once(tmp_path, records):
    build(HANDWRITTEN, tmp_path)
    found = [record.id for split in SPLITS for record in read_records(tmp_path / f"{split}.jsonl")]
    assert sorted(found) == sorted(record.id for record in records)
    assert len(read_messages(tmp_path / "train.messages.jsonl")) == len(read_records(tmp_path / "train.jsonl"))


def pair(number, request, query):
    return Record(id=number, category="content", request=request, query=query)


def test_planted_leaks_are_found():
    good = {"train": [pair("a", "find foo", "foo")], "test": [pair("b", "find bar", "bar")]}
    assert leaks(good, set()) == []
    same_request = {**good, "validation": [pair("c", "Find  FOO!", "baz")]}
    assert "request of a" in leaks(same_request, set())[0]
    same_query = {**good, "validation": [pair("c", "show foo", "FOO")]}
    assert "query of a" in leaks(same_query, set())[0]
    assert "outside evaluation" in leaks(good, {request_hash("FIND bar.")})[0]
    example = {"train": [pair("d", "Panic: out of memory", "x")]}
    assert "few-shot" in leaks(example, set())[0]


def test_an_answer_that_depends_on_the_day_has_its_day():
    undated = Record(id="x", category="dates", request="commits since monday", query="type:commit after:2026-03-09")
    assert "'today'" in record_faults([undated])[0]


def test_no_request_of_an_outside_evaluation(records):
    assert len(outside_hashes()) >= 16
    assert not {request_hash(record.request) for record in records} & outside_hashes()


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("train.jsonl", '"query": "', '"query": "async:yes ', "is no filter"),
        ("validation.jsonl", '"id": "', '"idd": "', "unknown field"),
        ("test.jsonl", '{"id"', '{{"id"', "not valid JSON"),
        ("train.messages.jsonl", '"assistant"', '"robot"', "roles are"),
        ("train.messages.jsonl", '"content": "', '"content": "x', "was not made from"),
    ],
)
def test_planted_faults_are_found(tmp_path, name, old, new, fault):
    build(HANDWRITTEN, tmp_path)
    path = tmp_path / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 2), encoding="utf-8")
    assert any(fault in found for found in check_folder(tmp_path))


def test_verify_data_says_no(tmp_path):
    build(HANDWRITTEN, tmp_path / "data")
    words = ["nlsq.pipeline_cli", "verify", "data"]
    assert command(*words, runs=tmp_path, data=tmp_path / "data").returncode == 0
    (tmp_path / "data" / "train.jsonl").unlink()
    done = command(*words, runs=tmp_path, data=tmp_path / "data")
    assert done.returncode == 1
    assert "does not exist" in done.stderr


def test_records_name_every_fault(tmp_path):
    rows = [
        {"id": "a", "category": "content", "request": "x", "query": "y", "today": "14 March"},
        {"id": "b", "category": "content", "request": "", "query": "y"},
        {"id": "c", "category": "content", "request": "x", "query": "y\nz", "also": "z"},
        {"id": "d", "category": "content", "request": "x", "query": "y"},
        {"id": "d", "category": "content", "request": "x", "query": "y"},
    ]
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(UserError) as error:
        read_records(path)
    for part in ("line 1: 'today'", "line 2: 'request'", "line 3: 'also'", "line 5: id 'd'"):
        assert part in str(error.value)


def test_the_data_cards_table_is_the_data(tmp_path):
    counts = build(HANDWRITTEN, tmp_path)
    card = (HANDWRITTEN.parent / "README.md").read_text(encoding="utf-8")
    for category in CATEGORIES:
        shown = next(line for line in card.splitlines() if line.startswith(f"| {category} |"))
        assert [int(cell) for cell in shown.split("|")[2:5]] == [counts[split].get(category, 0) for split in SPLITS]

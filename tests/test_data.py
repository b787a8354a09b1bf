"""The data: split before use, the same bytes every time, and checks that find planted leaks and faults."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from conftest import ROOT, command, count_words, some_pairs

from data.build import build, is_current
from data.card import CARD, numbers, with_numbers
from data.check import check_folder
from data.conditions import combination, conditions, names
from data.generator.generate import LARGEST_SHARE, down_sampled
from data.generator.templates import read_templates
from data.leaks import NEAR_DUPLICATE, HeldOut, leaks, likeness
from data.manifest import length_histogram, token_counter
from data.splits import HANDWRITTEN, HELD_OUT, SPLITS, outside_hashes, read_handwritten, record_faults, request_hash
from data.subsets import SUBSETS, subset
from nlsq.errors import UserError
from nlsq.files import read_json, sha256_of
from nlsq.query import canonical, check
from nlsq.records import CATEGORIES, Record, read_messages, read_records


@pytest.fixture(scope="module")
def handwritten():
    return read_handwritten()


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The whole build, as `make data` makes it."""
    folder = tmp_path_factory.mktemp("full")
    made = build(HANDWRITTEN, folder, token_counter())
    return folder, made


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    """An eighth of the pairs and a few templates: everything that the whole build has, in seconds."""
    folder = tmp_path_factory.mktemp("little")
    source = some_pairs(tmp_path_factory.mktemp("pairs"))
    build(source, folder, count_words, templates=read_templates()[::40])
    assert check_folder(folder) == []
    return source, folder


# ---------------------------------------------------------------------------------------------------------------------
# The hand-written pairs


def test_there_are_enough_pairs_of_every_category(handwritten):
    everything = [record for records in handwritten.values() for record in records]
    assert len(everything) >= 3000
    assert sum(record.category == "robustness" for record in everything) >= 150
    for split, least, in_category in (("validation", 300, 20), ("test", 500, 35)):
        counts = Counter(record.category for record in handwritten[split])
        assert sum(counts.values()) >= least
        assert set(counts) == set(CATEGORIES)
        assert min(counts.values()) >= in_category
    assert sum(bool(record.also) for record in handwritten["test"]) >= 250


def test_every_accepted_answer_is_clean_and_every_query_canonical(handwritten):
    for records in handwritten.values():
        assert record_faults(records) == []


def test_nothing_leaks_between_the_hand_written_splits(handwritten):
    assert leaks(handwritten) == []


def test_no_request_of_an_outside_evaluation(handwritten):
    assert len(outside_hashes()) >= 16
    assert not {request_hash(one.request) for records in handwritten.values() for one in records} & outside_hashes()


def test_an_answer_that_depends_on_the_day_has_its_day():
    undated = Record(id="x", category="dates", request="commits since monday", query="type:commit after:2026-03-09")
    assert "'today'" in record_faults([undated])[0]
    sloppy = Record(id="y", category="content", request="go foo", query="foo lang:go")
    assert "canonical" in record_faults([sloppy])[0]


# ---------------------------------------------------------------------------------------------------------------------
# Conditions, names, leaks


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("foo bar", {"terms"}),
        ("lang:go -file:test NOT foo bar", {"lang", "-file", "NOT", "terms"}),
        ("repo:a/b rev:main foo", {"repo", "terms"}),
        ("repo:a rev:at.time(1 year ago) foo", {"repo", "rev", "terms"}),
        ('type:commit author:mei after:"1 week ago" before:yesterday', {"who", "when"}),
        ("type:commit -author:bot fix", {"-who", "terms"}),
        ("type:commit fix", {"type commit", "terms"}),
        ("type:diff select:commit.diff.added foo", {"select commit.diff.added+type diff", "terms"}),
        ("type:symbol select:symbol.class Foo", {"select symbol+type symbol", "terms"}),
        ("type:symbol select:symbol.function Foo", {"select symbol+type symbol", "terms"}),
        ("repo:has.path(go.mod) archived:only", {"repo:has.path", "archived"}),
    ],
)
def test_conditions(query, expected):
    assert conditions(query) == expected
    assert bool(combination(query)) == (len(expected) >= 3)


def test_names():
    query = "repo:^github\\.com/Acme/Pay$ type:commit author:Mei parseDate timeout os.Exit( os"
    expected = {"repository acme/pay", "person mei", "identifier parsedate", "identifier os.exit"}
    assert names(query) == expected
    assert names("file:has.owner(bob) repo:.* rev:x") == {"person bob"}
    assert names("repo:gitlab.com/a/b") == {"repository gitlab.com/a/b"}


def pair(number, request, query, **more):
    return Record(id=number, category="content", request=request, query=query, **more)


GOOD = {
    "train": [pair("a", "where do we open the config file", "open config file")],
    "validation": [pair("v", "go code of acme/pay that is not a test", "repo:acme/pay lang:go -file:test")],
    "test": [pair("t", "billing retries with parseInvoice in it", "billing retries parseInvoice")],
}
PLANTED = [
    (pair("x", "Billing retries, with parseInvoice in it!", "foo"), "has the request of t"),
    (pair("x", "the retries in billing", "ParseInvoice"), "shares the name of a identifier parseinvoice with t"),
    (pair("x", "rust stuff", "repo:^github.com/acme/pay$ rust"), "shares the name of a repository acme/pay with v"),
    (pair("x", "which one", "foo", repositories=("github.com/acme/pay",)), "shares the name of a repository acme/pay"),
    (pair("x", "go of b/c, no tests", "repo:b/c lang:go -file:test"), "combines -file lang repo as v does"),
    (pair("x", "hello there", "hello", source="t"), "was made from t"),
    (pair("x", "billing retry with parseInvoice in it", "billing"), "is worded like t"),
    (pair("x", "panic:   OUT of memory", "panic"), "few-shot"),
    (pair("x", "where do we open the config FILE?", "foo"), "has the request of a"),
]


@pytest.mark.parametrize(("record", "fault"), PLANTED)
def test_planted_leaks_are_found(record, fault):
    assert leaks(GOOD, set()) == []
    found = leaks({**GOOD, "train": [*GOOD["train"], record]}, set())
    assert any(fault in one for one in found), found


def test_a_leak_between_validation_and_test_is_found():
    found = leaks({**GOOD, "validation": [*GOOD["validation"], pair("w", "x parseInvoice", "parseInvoice y")]}, set())
    assert ["validation: w" in one for one in found] == [True]


def test_the_same_query_of_three_conditions_is_a_leak():
    """Also where it is written in another way."""
    held_out = HeldOut([pair("v", "some words", "repo:acme/pay lang:go -file:test")])
    held_out.names.clear()
    held_out.combinations.clear()
    assert held_out.leak(pair("x", "others", "repo:^github.com/acme/pay$ lang:golang -file:test"))[0] == "query"
    assert held_out.leak(pair("x", "others", "repo:acme/pay lang:go"))[0] == ""


def test_a_request_of_an_outside_evaluation_is_a_leak():
    found = leaks(GOOD, {request_hash("WHERE do we open the config, file")})
    assert found == ["train: a is a request of an outside evaluation set"]


def test_near_duplicates_are_told_from_the_same_words_about_others():
    assert likeness("files that import net/http in go", "files that import net/http in golang") >= NEAR_DUPLICATE
    assert likeness("commits by mei since monday", "commits by tom since monday") < NEAR_DUPLICATE
    assert likeness("Foo, bar!", "foo BAR") == 1


# ---------------------------------------------------------------------------------------------------------------------
# The build


@pytest.mark.slow  # the whole build takes four minutes
def test_the_whole_build(full):
    folder, made = full
    records = {split: read_records(folder / f"{split}.jsonl") for split in SPLITS}
    generated = [record for record in records["train"] if record.source]
    assert len(generated) >= 30_000
    largest = Counter(record.category for record in generated).most_common(1)[0][1]
    assert largest <= LARGEST_SHARE * len(generated)
    for split in HELD_OUT:
        assert not [record for record in records[split] if record.source]
    for split in SPLITS:
        for record in records[split]:
            assert check(record.query) == [], record
            assert canonical(record.query) == record.query, record
    assert leaks(records) == []
    assert made["sizes"]["train.jsonl"] == len(records["train"])


@pytest.mark.slow  # the whole build takes four minutes
def test_training_files_are_openai_messages(full):
    folder, _ = full
    pairs = read_messages(folder / "train.messages.jsonl")
    assert len(pairs) == len(read_records(folder / "train.jsonl"))
    first = json.loads((folder / "train.messages.jsonl").open(encoding="utf-8").readline())
    assert [message["role"] for message in first["messages"]] == ["system", "user", "assistant"]
    assert not (folder / "test.messages.jsonl").exists()


@pytest.mark.slow  # the whole build takes four minutes
def test_the_data_cards_numbers_are_those_of_the_data(full):
    _, made = full
    card = CARD.read_text(encoding="utf-8")
    assert with_numbers(card, numbers(made)) == card


BUILD_AGAIN = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from conftest import count_words
from data.build import build
from data.generator.templates import read_templates
build(Path(sys.argv[1]), Path(sys.argv[2]), count_words, templates=read_templates()[::40])
"""


def test_building_again_gives_the_same_bytes(little, tmp_path):
    """In another process, with other hashes of texts."""
    source, folder = little
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", BUILD_AGAIN, source, tmp_path], cwd=ROOT, env=environment, check=True)
    one, two = ({path.name: path.read_bytes() for path in place.iterdir()} for place in (folder, tmp_path))
    assert one == two


@pytest.mark.slow
def test_make_data_twice_gives_the_same_hashes(tmp_path):
    hashes = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-m", "data.build", "--out", folder], cwd=ROOT, env=environment, check=True)
        hashes.append({path.name: sha256_of(path) for path in folder.iterdir()})
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) >= 12


def test_a_build_is_not_done_again_for_nothing(little):
    source, folder = little
    assert is_current(folder, source)
    file = folder / "train-tiny.jsonl"
    before = file.read_bytes()
    file.write_bytes(before + b"\n")
    assert not is_current(folder, source)
    file.write_bytes(before)
    assert not is_current(folder, HANDWRITTEN)


def test_further_pairs_join_training_unless_they_leak(little, tmp_path):
    source, folder = little
    held_out = read_records(folder / "validation.jsonl")[0]
    rows = [
        {"id": "log-1-terse", "category": "content", "request": "brew temperature of the espresso machine",
         "query": "brew temperature espresso machine", "source": "log-1"},
        {"id": "log-2-terse", "category": "content", "request": held_out.request, "query": "stolen", "source": "log-2"},
        {"id": "log-3-terse", "category": "content", "request": "refused", "query": "author:mei", "source": "log-3"},
    ]  # fmt: skip
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = build(source, tmp_path / "out", count_words, templates=[], more=[file])
    ids = {record.id for record in read_records(tmp_path / "out" / "train.jsonl")}
    assert "log-1-terse" in ids
    assert not {"log-2-terse", "log-3-terse"} & ids
    assert made["counts"]["train"]["content"]["for logged queries"] == 1
    assert made["further_pairs_dropped"] == {
        "faulty record, or its id is there already": 1,
        "held out: request": 1,
    }
    assert is_current(tmp_path / "out", source, [file])
    assert not is_current(tmp_path / "out", source)
    assert check_folder(tmp_path / "out") == []


def test_faulty_pairs_are_not_built(little, tmp_path):
    source, _ = little
    shutil.copytree(source, tmp_path / "pairs")
    path = tmp_path / "pairs" / "train" / "content.jsonl"
    row = {"id": "new", "category": "content", "request": "x", "query": "author:mei"}
    path.write_text(path.read_text(encoding="utf-8") + json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="1 faults in the data: new: "):
        build(tmp_path / "pairs", tmp_path / "out", count_words, templates=[])
    assert not (tmp_path / "out").exists()


def test_generated_pairs_share_nothing_with_what_is_held_out(little):
    _, folder = little
    train, *held_out = (read_records(folder / f"{split}.jsonl") for split in SPLITS)
    others = [record for records in held_out for record in records]
    assert not {name for one in train for name in names(one.query)} & {
        name for one in others for name in names(one.query)
    }
    combined = {combination(record.query) for record in others} - {""}
    assert combined
    assert not {combination(record.query) for record in train} & combined
    assert sum(read_json(folder / "manifest.json")["dropped"].values()) > 0


def test_no_category_is_over_its_share():
    sizes = {"content": 500, "paths": 100, "dates": 100, "diffs": 90, "scope": 80, "mixed": 70}
    records = [
        replace(pair(f"{name}{n}", "x", "y"), category=name) for name, size in sizes.items() for n in range(size)
    ]
    kept, surplus = down_sampled(records, 1, 0.2)
    counts = Counter(record.category for record in kept)
    assert max(counts.values()) <= 0.2 * len(kept)
    assert len(kept) + surplus == len(records)
    assert counts["mixed"] == 70
    assert down_sampled(records, 1, 0.2) == (kept, surplus)


def test_subsets_have_every_category_and_hand_written_pairs_first(little, handwritten):
    _, folder = little
    for name, sizes in SUBSETS.items():
        for split, size in sizes.items():
            records = read_records(folder / f"{split}-{name}.jsonl")
            assert len(records) == min(size, len(read_records(folder / f"{split}.jsonl")))
            assert {record.category for record in records} == set(CATEGORIES)
    few = subset(handwritten["train"], 30, "x")
    assert set(Counter(record.category for record in few).values()) == {2}
    assert few == subset(list(reversed(handwritten["train"])), 30, "x")


def test_lengths_fall_into_their_bins():
    assert length_histogram([1, 4, 5, 16, 600]) == {"<= 4": 2, "<= 8": 1, "<= 16": 1, "> 512": 1}


# ---------------------------------------------------------------------------------------------------------------------
# The check of the built files


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("train.jsonl", '"query": "', '"query": "async:yes ', "is no filter"),
        ("train.jsonl", '"query": "', '"query": "foo lang:go ', "in canonical form"),
        ("validation.jsonl", '"id": "', '"idd": "', "unknown field"),
        ("validation-tiny.jsonl", '"request": "', '"request": "so ', "is not in validation.jsonl"),
        ("test.jsonl", '{"id"', '{{"id"', "not valid JSON"),
        ("train.messages.jsonl", '"assistant"', '"robot"', "roles are"),
        ("train-small.messages.jsonl", '"content": "', '"content": "x', "was not made from"),
        ("test.jsonl", '"category": "scope"', '"category":  "scope"', "is not the file that was built"),
        ("manifest.json", '"chat"', '"chatty"', "another prompt"),
        ("manifest.json", '"outputs"', '"output"', "names no outputs"),
    ],
)
def test_planted_faults_are_found(tmp_path, little, name, old, new, fault):
    folder = tmp_path / "data"
    shutil.copytree(little[1], folder)
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 2), encoding="utf-8")
    assert any(fault in found for found in check_folder(folder))


def test_a_leak_that_is_planted_in_the_files_is_found(tmp_path, little):
    folder = tmp_path / "data"
    shutil.copytree(little[1], folder)
    stolen = read_records(folder / "test.jsonl")[0]
    with open(folder / "train.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps({**stolen.to_json(), "id": "stolen"}) + "\n")
    assert any(f"stolen has the request of {stolen.id}" in fault for fault in check_folder(folder))


def test_verify_data_says_no(tmp_path, little):
    shutil.copytree(little[1], tmp_path / "data")
    words = ["nlsq.pipeline_cli", "verify", "data"]
    done = command(*words, runs=tmp_path, data=tmp_path / "data")
    assert (done.returncode, done.stdout.strip()[-4:]) == (0, ": ok")
    (tmp_path / "data" / "train.jsonl").unlink()
    (tmp_path / "data" / "surplus.jsonl").write_text("{}\n")
    done = command(*words, runs=tmp_path, data=tmp_path / "data")
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert "surplus.jsonl is not of this build" in done.stderr


# ---------------------------------------------------------------------------------------------------------------------
# Record files and the test split


def test_records_name_every_fault(tmp_path):
    rows = [
        {"id": "a", "category": "content", "request": "x", "query": "y", "today": "14 March"},
        {"id": "b", "category": "content", "request": "", "query": "y"},
        {"id": "c", "category": "content", "request": "x", "query": "y\nz", "also": "z"},
        {"id": "d", "category": "content", "request": "x", "query": "y", "source": 7},
        {"id": "e", "category": "content", "request": "x", "query": "y"},
        {"id": "e", "category": "content", "request": "x", "query": "y"},
    ]
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(UserError) as error:
        read_records(path)
    for part in ("line 1: 'today'", "line 2: 'request'", "line 3: 'also'", "line 4: 'source'", "line 6: id 'e'"):
        assert part in str(error.value)


@pytest.mark.parametrize("module", ["recipes.evaluate", "bench.run"])
def test_the_test_split_is_refused(tmp_path, little, module, tiny):
    shutil.copytree(little[1], tmp_path / "data")
    copy = tmp_path / "innocent.jsonl"
    shutil.copy(tmp_path / "data" / "test.jsonl", copy)
    words = {
        "recipes.evaluate": ["--model", "tiny:q8_0", "--file", copy, "--out", tmp_path / "out.json"],
        "bench.run": ["--run", "tiny", "--records", copy],
    }[module]
    done = command(module, *map(str, words), runs=tiny.runs, data=tmp_path / "data")
    assert done.returncode == 2
    assert "only the release gate reads" in done.stderr

"""The generator: dates by arithmetic, values in the form of their place, templates out of pairs, harmless wording."""

import re
from datetime import date, timedelta
from random import Random

import pytest

from data.conditions import combination
from data.generator import dates
from data.generator.candidates import with_candidates, with_unrelated_candidates
from data.generator.composition import CONDITIONS, can_be_composed, composed
from data.generator.generate import generate
from data.generator.slots import DRAWERS, Slots, Value, values
from data.generator.slotting import slotted
from data.generator.templates import Template, clean_query, fill, main, read_templates, template_faults
from data.generator.wording import kept_texts, mistyped_word, reworded
from data.leaks import HeldOut
from nlsq.query import canonical, check, equivalent
from nlsq.records import Record

TODAY = date(2026, 3, 14)  # a Saturday


def template(request, query, category="content", **more):
    return Template("t-1", category, request, query, **more)


def record(request, query, category="content", **more):
    return Record(id="r", category=category, request=request, query=query, **more)


# ---------------------------------------------------------------------------------------------------------------------
# Dates

SAID = {
    "since monday": "after:2026-03-09",
    "since saturday": "after:2026-03-14",
    "on friday": "after:2026-03-13 before:2026-03-14",
    "this week": "after:2026-03-09",
    "this month": "after:2026-03-01",
    "this quarter": "after:2026-01-01",
    "this year": "after:2026-01-01",
    "last week": 'after:"1 week ago"',
    "in the past 3 days": 'after:"3 days ago"',
    "in april": "after:2025-04-01 before:2025-04-30",
    "in february": "after:2026-02-01 before:2026-02-28",
    "since march": "after:2026-03-01",
    "since december": "after:2025-12-01",
    "since yesterday": "after:yesterday",
    "in the last fortnight": 'after:"2 weeks ago"',
}


def test_what_is_said_is_what_the_filters_mean():
    """Every phrase that is drawn often enough to be met, for one day, against the calendar."""
    random = Random(1)
    drawn = {}
    for _ in range(40_000):
        phrase = dates.when(random, TODAY)
        said = phrase.spoken.lower()
        assert drawn.setdefault(said, phrase.filters) == phrase.filters, said
    for said, filters in SAID.items():
        assert drawn[said] == filters, said


def test_drawn_dates_are_clean_and_not_in_the_future():
    random = Random(2)
    for _ in range(3000):
        today = dates.any_day(random)
        phrase = dates.when(random, today)
        assert check(f"type:commit {phrase.filters}") == [], phrase
        found = [date.fromisoformat(text) for text in re.findall(r"\d{4}-\d\d-\d\d", phrase.filters)]
        assert found == sorted(found)
        assert not found or found[0] <= today
        assert dates.since(random, today).begins


def test_a_leap_year_ends_february_on_the_29th():
    assert dates.end_of_month(date(2024, 2, 1)) == date(2024, 2, 29)
    assert dates.latest_month(date(2024, 2, 1), 2) == date(2024, 2, 1)
    assert dates.latest_month(date(2024, 1, 31), 2) == date(2023, 2, 1)


def test_spans():
    random = Random(3)
    drawn = dict(dates.span(random) for _ in range(3000))
    assert drawn["a year"] == "1 year ago"
    assert drawn["two weeks"] == "2 weeks ago"
    assert drawn["3 months"] == "3 months ago"


# ---------------------------------------------------------------------------------------------------------------------
# Slots and templates


@pytest.mark.parametrize("slot", sorted(DRAWERS))
def test_every_slot_draws(slot):
    slots, random = Slots(), Random(4)
    drawn = {slots.draw(slot, random, TODAY) for _ in range(50)}
    assert len(drawn) > 3
    assert all(value.spoken.strip() and value.written.strip() for value in drawn)


def test_lists_have_no_value_twice():
    for name in ("people_first", "repositories", "directories", "functions", "types", "concepts", "errors", "topics"):
        lines = [line.lower() for line in values(name)]
        assert len(lines) == len(set(lines)) >= 200, name


def test_held_out_names_are_never_drawn():
    names = values("repositories")[:5]
    slots = Slots([names[0].lower(), names[1].lower().rpartition("/")[2], values("people_first")[0].lower()])
    assert not set(names[:2]) & set(slots.pool("repositories"))
    assert values("people_first")[0] not in slots.pool("people_first")
    assert slots.left_out()["repositories"] >= 2


@pytest.mark.parametrize(
    ("request_text", "query", "given", "expected"),
    [
        ("by {person}", "type:commit author:{person}", Value("Priya Nair", "Priya Nair"), 'author:"Priya Nair"'),
        ("of {person}", "file:has.owner({person})", Value("Priya Nair", "Priya Nair"), "has.owner(Priya Nair)"),
        ("r:x author:{person}", "repo:x type:commit author:{person}", Value("a b", "a b"), 'author:"a b"'),
        ("no {concept}", "foo NOT {concept}", Value("rate limit", "rate limit"), 'NOT "rate limit"'),
        ("{error}", "{error}", Value("no such file", '"no such file"'), '"no such file"'),
        ("{call} then digits", r"/{call}\d+/", Value("a.b", "a.b"), r"/a\.b\d+/"),
        ("older than {span}", 'type:commit before:"{span}"', Value("a year", "1 year ago"), 'before:"1 year ago"'),
        ("untouched for {span}", "-repo:has.commit.after({span})", Value("a year", "1 year ago"), "after(1 year ago)"),
        ("{word} added", "type:diff message:{word}", Value("a b", "a b"), 'message:"a b"'),
        ("at {dir}", "file:{dir} x", Value("src/api", "src/api/"), "file:src/api/"),
    ],
)
def test_values_take_the_form_of_their_place(request_text, query, given, expected):
    slot = re.search(r"\{(\w+)\}", query)[1]
    filled = fill(template(request_text, query, fixed={slot: given}), Slots(), Random(5))
    assert expected in filled.query
    assert check(filled.query) == []


def test_a_value_behind_a_typed_filter_is_written_in_the_request_as_in_the_query():
    given = {"dir": Value("src/api", "src/api/"), "ext": Value(".go", "\\.go$"), "person": Value("a b", "a b")}
    one = template(
        "f:{dir} -file:{ext} author:{person} ones", "file:{dir} -file:{ext} type:commit author:{person}", fixed=given
    )
    filled = fill(one, Slots(), Random(6))
    assert filled.request == 'f:src/api/ -file:\\.go$ author:"a b" ones'


def test_two_slots_of_a_kind_differ_and_pairs_stay_together():
    slots = Slots()
    for number in range(50):
        filled = fill(
            template("{lang} or {lang2} {word}", "(lang:{lang} OR lang:{lang2}) {word}"), slots, Random(number)
        )
        assert filled is None or len(set(re.findall(r"lang:(\S+?)[ )]", filled.query))) == 2
        filled = fill(template("{meta} is {metavalue}", "repo:has.meta({meta}:{metavalue})"), slots, Random(number))
        assert f"{filled.values['meta'].written}\t{filled.values['metavalue'].written}" in values("metadata")


def test_today_is_named_only_where_the_request_depends_on_it():
    slots = Slots()
    for number in range(200):
        filled = fill(template("commits {when}", "type:commit {when}", "commits"), slots, Random(number))
        depends = re.search(r"this|monday|friday|sunday| q\d|quarter", filled.request.lower())
        assert not depends or filled.today
    assert fill(template("{concept}", "{concept}"), slots, Random(1)).today is None


def test_every_written_template_can_be_filled_and_says_what_it_asks():
    templates = read_templates()
    assert len(templates) >= 1200
    slots = Slots()
    assert [fault for one in templates for fault in template_faults(one, slots, tries=3)] == []


@pytest.mark.parametrize(
    ("request_text", "query", "fault"),
    [
        ("by somebody", "type:commit author:{person}", "stands in the query alone"),
        ("{person}'s", "author:{person}", "no clean queries"),
        ("{person} {dir}", "type:commit author:{person} async:{dir}", "no clean queries"),
    ],
)
def test_faulty_templates_are_found(request_text, query, fault):
    assert any(fault in found for found in template_faults(template(request_text, query), Slots()))


def test_the_command_says_no(tmp_path, capsys):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"category": "content", "request": "by {person}", "query": "author:{person}"}\n')
    assert main.main([str(path)], standalone_mode=False) == 1
    assert "1 faults" in capsys.readouterr().out


def test_no_clean_query_is_none():
    assert clean_query("lang:go foo") == "lang:go foo"
    assert clean_query("foo l:golang") == "lang:go foo"
    for text in ("author:x", "async:yes foo", "(foo", ""):
        assert clean_query(text) is None


# ---------------------------------------------------------------------------------------------------------------------
# Templates out of pairs


@pytest.mark.parametrize(
    ("one", "request_text", "query"),
    [
        (
            record(
                "has mei touched src/api since monday",
                "file:src/api/ type:diff author:mei after:2026-03-09",
                "diffs",
                today="2026-03-14",
            ),
            "has {person} touched {dir} {since}",
            "file:{dir} type:diff author:{person} {since}",
        ),
        (
            record(
                "commits by Priya Nair in acme/pay in the last 2 weeks",
                'repo:acme/pay type:commit author:"Priya Nair" after:"2 weeks ago"',
            ),
            "commits by {person} in {repo} {since}",
            "repo:{repo} type:commit author:{person} {since}",
        ),
        (
            record("go code that calls parseDate, no tests", "lang:go -file:test parseDate("),
            "go code that calls {function}, no {skip}",  # parseDate may be of go alone
            "lang:go -file:{skip} {function}(",
        ),
        (record("rate limiter in go", "lang:go rate limiter"), "{concept} in {lang}", "lang:{lang} {concept}"),
        (record("code that limits rates", "limits rates"), None, None),  # a verb: nothing else fits there
        (
            record("where is it saying connection refused", '"connection refused"'),
            "where is it saying {error}",
            "{error}",
        ),
        (
            record(
                "pagefind stemming",
                "repo:^github.com/CloudCannon/pagefind$ stemming",
                repositories=("github.com/CloudCannon/pagefind",),
            ),
            "{reponame} stemming",
            "repo:{reponame} stemming",
        ),
        (record("repos with go.mod", "repo:has.path(go.mod)"), "repos with {file}", "repo:has.path({file})"),
        (record("foo foo", "foo"), None, None),
        (record("repo:x foo", "repo:x foo"), None, None),  # a query is no template
    ],
)  # fmt: skip
def test_pairs_become_templates(one, request_text, query):
    made = slotted(one)
    assert (made.request, made.query) == (request_text, query) if made else request_text is None


def test_a_template_of_a_pair_gives_the_pair_again():
    one = record("changes to docs/ by mei on branch dev", "repo:.* rev:dev file:docs/ type:diff author:mei", "diffs")
    made = slotted(one)
    given = {"dir": Value("docs", "docs/"), "person": Value("mei", "mei"), "branch": Value("dev", "dev")}
    filled = fill(Template("x", "diffs", made.request, made.query, fixed=given), Slots(), Random(7))
    assert equivalent(filled.query, one.query)
    assert filled.request.replace("docs", "docs/") == one.request.replace("docs/", "docs/")


# ---------------------------------------------------------------------------------------------------------------------
# More conditions, candidates, wording


def test_conditions_are_added_once_and_clean():
    base = template("changes to {dir}", "file:{dir} type:diff", "diffs")
    assert can_be_composed(base)
    slots = Slots()
    for number in range(150):
        random = Random(number)
        more = composed(base, random, 2)
        assert more.request != base.request
        assert more.query.count("file:{dir}") == 1
        filled = fill(more, slots, random)
        assert filled is not None, more
        assert canonical(filled.query) == filled.query


def test_nothing_is_added_where_it_would_hold_on_one_side():
    assert not can_be_composed(template("{word} or {word2}", "{word} OR {word2}"))
    assert not can_be_composed(template("{word}?", "{word}"))
    assert not can_be_composed(template("{word}", "{word}", "robustness"))
    every = (
        "repo:x lang:go file:{dir} -file:x fork:yes archived:yes case:yes count:5 author:x after:x type:commit {when}"
    )
    assert composed(template("all", every), Random(1), 3).query == every
    assert all("..." in said for condition in CONDITIONS for said in condition.said)


def test_candidates_hold_the_one_that_is_meant():
    base = template("{concept} in the {reponame} repo", "repo:{reponame} {concept}", "repo-named")
    slots = Slots()
    for number in range(100):
        random = Random(number)
        one = with_candidates(base, slots, random)
        filled = fill(one, slots, random)
        meant = re.search(r"repo:\^(\S+)\$", filled.query)[1]
        assert one.category == "repo-candidates"
        assert one.repositories.count(meant) == 1
        assert len(set(one.repositories)) == len(one.repositories) <= 6
    unrelated = with_unrelated_candidates(template("{concept}", "{concept}"), slots, Random(8))
    assert unrelated.repositories
    assert unrelated.query == "{concept}"


def test_wording_never_changes_what_the_query_needs():
    request = "Changes to src/Api by Mei that mention parseDate and rate limiting, please"
    query = "file:src/Api/ type:diff author:Mei parseDate rate limiting"
    kept = kept_texts(query, {"src/Api", "Mei", "parseDate"})
    wordings = {reworded(request, kept, Random(number)) for number in range(400)}
    assert len(wordings) > 40
    for wording in wordings:
        for text in ("src/Api", "Mei", "parseDate", "rate", "limiting"):
            assert text in wording


def test_a_request_with_typed_filters_keeps_every_letter():
    request = 'language:"Visual Basic .NET" Handles changes r:acme/Pay'
    for number in range(200):
        assert request in reworded(request, set(), Random(number))


def test_typing_mistakes_change_one_letter_or_two():
    for number in range(300):
        wrong = mistyped_word("changes", Random(number))
        assert 6 <= len(wrong) <= 8
        assert wrong[0] == "c"


# ---------------------------------------------------------------------------------------------------------------------
# All together


def test_products_are_the_same_for_the_same_seed_and_of_their_template_alone():
    few = read_templates()[::100]
    nothing = HeldOut([record("nothing here", "zzz")])
    one = generate([], nothing, 1, few).records
    assert one == generate([], nothing, 1, few).records
    assert one != generate([], nothing, 2, few).records
    # Another template moves none of the others' products.
    both = {
        item.id: item for item in generate([], nothing, 1, [*few, template("{word} {word2}", "{word} {word2}")]).records
    }
    shared = [item for item in one if item.id in both]
    assert len(shared) > 0.9 * len(one)
    assert all(both[item.id] == item for item in shared)


def test_products_that_share_something_with_what_is_held_out_are_dropped():
    few = [
        template(
            "{concept} commits {since} in {repo} by {person}",
            "repo:{repo} type:commit author:{person} {since} {concept}",
        )
    ]
    free = generate([], HeldOut([record("nothing here", "zzz")]), 1, few)
    kept = generate([], HeldOut([record("x", "repo:a/b type:commit author:zed after:yesterday zzz")]), 1, few)
    assert free.records
    combined = combination("repo:a/b type:commit author:zed after:yesterday zzz")
    assert combined in {combination(one.query) for one in free.records}
    assert combined not in {combination(one.query) for one in kept.records}
    assert kept.dropped["held out: combination"] == len(free.records) - len(kept.records) > 0


def test_days_lie_in_their_years():
    assert dates.FIRST_DAY < dates.any_day(Random(1)) < dates.LAST_DAY + timedelta(days=1)

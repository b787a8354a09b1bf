"""Decoding under the grammar, on real engines with random weights: whatever they choose, the query is clean."""

import pytest

from nlsq import Translator, UserError
from nlsq.backends import Options
from nlsq.backends.constraint import Constraint
from nlsq.backends.llama_cpp import LlamaCppBackend
from nlsq.query import canonical, check, is_valid
from nlsq.query.grammar import Limits
from tests.conftest import Pipeline

REQUEST = "commits by erik in react-router last week"


@pytest.fixture(scope="module")
def llama(tiny: Pipeline) -> LlamaCppBackend:
    return LlamaCppBackend(tiny.run.builds / "model-f16.gguf", Options(threads=1))


@pytest.mark.parametrize("name", ["builds/model-q8_0.gguf", "merged", "builds/int8"])
def test_every_answer_is_clean(tiny: Pipeline, name: str):
    translator = Translator.load(tiny.run.folder / name)
    for translation in (translator.translate(REQUEST, alternatives=3), translator.translate("find \U0001f525 config")):
        for query in (translation.query, *translation.alternatives):
            assert check(query) == []
            assert canonical(query) == query
    asked = [(request, None, ()) for request in (REQUEST, "go", "x" * 500)]
    assert all(check(text) == [] for text in translator.answers(asked))


def test_free_answers_are_the_models_own(tiny: Pipeline):
    free = LlamaCppBackend(tiny.run.builds / "model-f16.gguf", Options(threads=1, constrained=False))
    texts = [free.sample(REQUEST, 3.0, seed, 64).text for seed in range(60)]
    assert any(not is_valid(text) for text in texts)


def test_llama_cpp_samples_are_clean(llama: LlamaCppBackend):
    texts = [llama.sample(REQUEST, 1.5, seed, 32).text for seed in range(100)]
    assert [text for text in texts if check(text)] == []
    assert len(set(texts)) > 90
    assert llama.sample(REQUEST, 1.5, 3, 32).text == texts[3]


def test_transformers_samples_are_clean(tiny: Pipeline):
    backend = Translator.load(tiny.run.folder / "merged").backend
    texts = [one.text for one in backend.sample_batch([REQUEST] * 100, 1.5, 1, 32)]  # type: ignore[attr-defined]
    assert [text for text in texts if check(text)] == []
    assert len(set(texts)) > 90


def test_limits_reach_the_engines(tiny: Pipeline, llama: LlamaCppBackend):
    limits = Limits(REQUEST, ("github.com/remix-run/react-router",))
    allowed = set(REQUEST.split()) | {"commit", "react", "router", "react-", "-router"}
    merged = Translator.load(tiny.run.folder / "merged").backend
    for backend in (llama, merged):
        text = backend.generate(REQUEST, alternatives=1, limits=limits)[0].text
        assert check(text) == []
        plain = [word for word in text.split() if ":" not in word and not set(word) & set('/"()')]
        assert set(plain) <= allowed | {"NOT", "OR", "-"}
    for seed in range(20):
        text = llama.sample(REQUEST, 1.5, seed, 24, limits).text
        plain = [word for word in text.split() if ":" not in word and not set(word) & set('/"()')]
        assert set(plain) <= allowed | {"NOT", "OR", "-"}, text


def test_a_translation_can_be_held_to_copies(llama: LlamaCppBackend):
    translator = Translator(llama)
    query = translator.translate(REQUEST, copy_only=True).query
    assert query != translator.translate(REQUEST).query
    assert is_valid(query)
    with pytest.raises(UserError, match="cannot be held"):
        Translator(llama, constrained=False).translate(REQUEST, copy_only=True)


def write(llama: LlamaCppBackend, text: str, max_tokens: int = 96) -> tuple[str, bool, int]:
    """``(answer, finished, forward passes)`` of a model that wants to write ``text``."""
    wanted = llama._tokenize(text, special=False)
    passes = 0

    def choose(path, scores, walk):
        nonlocal passes
        passes += 1
        if path.tokens == wanted:
            return next(iter(walk.ends))
        assert path.tokens == wanted[: len(path.tokens)]
        return wanted[len(path.tokens)]

    path = llama._decode(llama.prompt_tokens(REQUEST), max_tokens, llama._constraint.begin(REQUEST), choose)
    return llama._text(path), path.finished, passes


def test_forced_text_costs_no_forward_pass(llama: LlamaCppBackend):
    text = 'repo:has.commit.after(3 weeks ago) type:commit after:"2 months ago"'
    answer, finished, passes = write(llama, text)
    assert (answer, finished) == (text, True)
    assert passes <= len(llama._tokenize(text, special=False)) - 3  # and one for the end


def test_the_end_is_forced_too(llama: LlamaCppBackend):
    answer, finished, passes = write(llama, "select:commit.diff.removed foo")
    assert (answer, finished) == ("select:commit.diff.removed foo", True)
    assert passes > 0


def test_an_answer_at_the_token_limit_is_a_whole_query(llama: LlamaCppBackend):
    text = 'lang:go foo "a phrase that will not end'
    for limit in range(1, len(llama._tokenize(text, special=False)) + 1):
        answer, finished, _ = write(llama, text, limit)
        assert not finished
        assert check(answer) == []
        assert text.startswith(answer)
    assert answer == "lang:go foo"


def test_slots_that_the_request_does_not_have_never_come_and_the_others_once():
    import llguidance
    import numpy

    from nlsq.backends.constraint import LEFT_OUT, TWICE
    from nlsq.reading.slots import CHARACTERS, slot_character

    first, second, time = slot_character("word", 0), slot_character("word", 1), slot_character("since", 0)
    tokenizer = llguidance.LLTokenizer("byte")
    end = tokenizer.eos_token
    # A slot is several bytes here, so its first byte stands for it.
    tokens = {first: [ord("a")], second: [ord("b")], time: [ord("c")]}
    constraint = Constraint(tokenizer, [end], CHARACTERS, tokens)
    walk = constraint.begin(f" {first} and {time}")
    scores = numpy.zeros(tokenizer.vocab_size, dtype=numpy.float32)
    assert walk.leans
    assert not walk.allows(ord("b"))
    assert not walk.mask()[ord("b")]
    assert walk.leaning(scores)[end] == -LEFT_OUT
    walk.take([ord("a")])
    assert walk.leaning(scores)[ord("a")] == -TWICE
    assert walk.leaning(scores)[end] == -LEFT_OUT  # the time is still to come
    walk.take([ord("c")])
    assert walk.leaning(scores)[end] == 0
    assert scores.max() == scores.min() == 0  # the engine's own scores stay as they are
    plain = constraint.begin("nothing")
    assert not plain.leans
    assert plain.leaning(scores) is scores


def test_a_model_may_not_be_asked_what_is_not_allowed(llama: LlamaCppBackend):
    assert isinstance(llama._constraint, Constraint)
    walk = llama._constraint.begin()
    (token,) = llama._tokenize(")", special=False)
    assert not walk.allows(token)
    assert not walk.allows(next(iter(llama._constraint.ends)))
    with pytest.raises(Exception, match="does not go on"):
        walk.take([token])

"""Random and hostile requests: a clean query or a clear error from whatever answers, never a crash."""

import functools

import pytest

from dev.hostile import ask, requests
from nlsq.paths import SHIPPED_MODELS
from nlsq.translator import Translator

MODELS = ["rules", *(str(path) for path in sorted(SHIPPED_MODELS.glob("*.gguf")))]


@functools.cache
def _translator(model: str) -> Translator:
    return Translator.load(model)


@pytest.mark.parametrize("model", MODELS)
def test_a_clean_query_or_a_clear_error(model: str):
    asked = requests(400, seed=5)
    kinds = {}
    for request in asked:
        kind, what = ask(_translator(model), request)
        assert kind in ("answered", "refused"), (request, what)
        kinds[kind] = kinds.get(kind, 0) + 1
    assert kinds["answered"] > 300
    assert kinds["refused"] > 2


def test_requests_are_of_many_kinds():
    asked = requests(400, seed=5)
    assert len(set(asked)) > 300
    assert max(map(len, asked)) > 2000
    assert any("\x00" in request for request in asked)
    assert any("\u202e" in request for request in asked)
    assert any("\ud800" <= character <= "\udfff" for request in asked for character in request)

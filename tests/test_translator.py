"""The translator on the fake engine: alternatives, refusals, threads."""

import threading
from datetime import date

import pytest

from nlsq import RequestError, Translator, UserError
from nlsq.backends.fake import FakeBackend
from nlsq.backends.search import Path, branch


def test_translation():
    translation = Translator(FakeBackend(answer="lang:go foo")).translate("go foo", alternatives=3)
    assert translation.query == "lang:go foo"
    assert translation.alternatives == ("lang:go foo 2", "lang:go foo 3")
    assert translation.findings == ()
    assert translation.timings.total_ms >= 0


def test_findings_come_with_the_answer():
    translation = Translator(FakeBackend(answer="async:yes")).translate("x")
    assert "no filter" in translation.findings[0].message


@pytest.mark.parametrize("request_text", ["", "  ", "x" * 2001])
def test_refusals(request_text):
    with pytest.raises(RequestError):
        Translator(FakeBackend()).translate(request_text)


def test_the_day():
    seen = []

    class Listening(FakeBackend):
        def generate(self, content, *arguments, **options):
            seen.append(content)
            return super().generate(content, *arguments, **options)

    translator = Translator(Listening())
    translator.translate("commits this week", today="2026-03-14")
    translator.translate("commits this week", today=date(2026, 3, 14))
    translator.translate("commits this week")
    assert seen[0] == seen[1] == "commits this week | today: saturday 2026-03-14"
    assert date.today().isoformat() in seen[2]
    with pytest.raises(UserError, match="no date"):
        translator.translate("x", today="yesterday")


def test_one_translation_at_a_time():
    class Alone(FakeBackend):
        busy = False

        def generate(self, *arguments, **options):
            assert not self.busy
            self.busy = True
            try:
                return super().generate(*arguments, **options)
            finally:
                self.busy = False

    translator = Translator(Alone(request_ms=2))
    faults = []

    def work():
        try:
            for _ in range(10):
                translator.translate("x")
        except AssertionError as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert translator.backend.calls == 80


def test_branches_start_where_the_model_hesitated_most():
    """A two-step model: after the first token it nearly took 9, at the second it was sure."""
    asked = []

    def greedy(forced):
        asked.append(forced)
        tokens = [*forced, *[1, 2][len(forced) :]]
        return Path(tokens, [-1.0] * len(tokens), [(0.1, 9), (5.0, 8)], True)

    paths = branch(greedy, lambda path: str(path.tokens), 2)
    assert asked == [[], [9]]
    assert [path.tokens for path in paths] == [[1, 2], [9, 2]]


def test_a_model_that_is_not_there():
    with pytest.raises(UserError, match="there is no model"):
        Translator.load("/no/such/model.gguf")


def test_without_any_model_the_way_out_is_named():
    with pytest.raises(UserError, match="make pipeline"):
        Translator.load()

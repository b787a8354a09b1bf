"""How sure a model is: constants that are known are found again, and what is told of them is honest."""

import pytest

from nlsq.confidence import Calibration, calibration_of
from nlsq.errors import ModelError, UserError
from nlsq.files import write_json


def made_up(count, intercept=2.0, slope=1.1, length=0.0):
    """Answers whose chance of being right is known: ``(log-probabilities, tokens, right, chances)``."""
    import numpy

    random = numpy.random.default_rng(7)
    log_probabilities, tokens = -random.exponential(2.0, count), random.integers(3, 30, count).astype(float)
    chances = 1 / (1 + numpy.exp(-(intercept + slope * log_probabilities + length * tokens)))
    return log_probabilities, tokens, (random.random(count) < chances).astype(float), chances


@pytest.mark.parametrize("length", [0.0, -0.1])
def test_known_constants_are_found_again(length):
    from recipes.calibrate import fitted, foretold, reliability

    log_probabilities, tokens, right, chances = made_up(4000, length=length)
    found = fitted(log_probabilities, tokens, right)
    assert found.intercept == pytest.approx(2.0, abs=0.25)
    assert found.slope == pytest.approx(1.1, abs=0.1)
    assert found.length == pytest.approx(length, abs=0.03)
    told = foretold([str(number) for number in range(4000)], log_probabilities, tokens, right)
    assert abs(told - chances).max() < 0.06
    checked = reliability(told, right)
    assert checked["ece"] < 0.03
    assert checked["brier"] < checked["brier_without"]
    assert [row["n"] for row in checked["bins"]] == [400] * 10


def test_overconfidence_shows():
    import numpy

    from recipes.calibrate import reliability

    right = numpy.tile([1.0, 0.0], 50)
    told = reliability(numpy.full(100, 0.9), right)
    assert told["ece"] == pytest.approx(0.4)
    assert told["brier"] == pytest.approx(0.41)
    perfect = reliability(numpy.full(100, 0.5), right)
    assert perfect["ece"] == pytest.approx(0.0)
    assert 0 < perfect["ece_by_chance"] < 0.2


@pytest.mark.parametrize("right", [0.0, 1.0, None])
def test_answers_without_exception_give_finite_constants(right):
    """All wrong, all right, or told apart by the log-probability without a mistake."""
    import numpy

    from recipes.calibrate import fitted

    log_probabilities, tokens, *_ = made_up(40)
    truth = numpy.full(40, right) if right is not None else (log_probabilities > -1).astype(float)
    found = Calibration.from_json(fitted(log_probabilities, tokens, truth).to_json(), "here")
    if right is None:
        assert found.confidence(-3.0, 5) < 0.05 < 0.9 < found.confidence(-0.1, 5)
    else:
        assert found.confidence(-1.0, 5) == pytest.approx(right, abs=0.05)


def test_too_few_answers_and_those_without_probabilities_are_refused():
    from recipes.calibrate import calibration

    row = {"id": "a", "log_probability": -1.0, "new_tokens": 3, "score": {"right": True}}
    whole_query = {**row, "new_tokens": 0, "log_probability": 0.0}
    with pytest.raises(UserError, match="19 answers"):
        calibration([{**row, "id": str(number)} for number in range(19)] + 10 * [whole_query], "here")
    with pytest.raises(UserError, match="no log-probabilities"):
        calibration([{"id": "a", "score": {"right": True}}], "here")
    found = calibration([{**row, "id": str(number)} for number in range(20)] + 10 * [whole_query], "here")
    assert found["answers"] == found["right"] == 20


def test_constants_beside_a_model(tmp_path):
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    assert calibration_of(model) is None
    for text in ("{}", '{"other": 1}', "[]"):
        (tmp_path / "m.json").write_text(text)
        assert calibration_of(model) is None
    write_json(tmp_path / "m.json", {"confidence": {"intercept": 1.0, "slope": 2.0, "answers": 300}})
    found = calibration_of(model)
    assert found == Calibration(1.0, 2.0)
    assert found.confidence(-0.5, 4) == pytest.approx(0.5)
    assert found.confidence(-1e9, 4) == pytest.approx(0.0)
    for text in ('{"confidence": {"intercept": 1}}', '{"confidence": {"intercept": 1, "slope": null}}', "{"):
        (tmp_path / "m.json").write_text(text)
        with pytest.raises(ModelError):
            calibration_of(model)

"""How sure a build is of its answers: fitted on its answers to the records of its run's recipe.

    python -m recipes.calibrate --run edge --build q8_0     # or all GGUF builds, without --build

A logistic regression of "right" on the answer's log-probability (and its length, where that tells more) gives the
constants of ``nlsq.confidence``; five-fold cross-validation says how far they can be believed. Reads the result of
``nls-finetune eval run``, asks nothing anew, and writes ``runs/<run>/calibration.json``, a section for each build.
"""

import hashlib
import math
from typing import TYPE_CHECKING, Any

import click

from nlsq import console, paths
from nlsq.artifacts import build_rows
from nlsq.confidence import Calibration
from nlsq.errors import UserError
from nlsq.files import read_json, write_json
from nlsq.run import Run, run_named
from nlsq.scoring import Share
from recipes.failures import result_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

CALIBRATION = "calibration.json"
FOLDS = 5
BINS = 10
# Fewer answers than that say nothing: each bin has two of them.
FEWEST_ANSWERS = 20
_STEPS = 50  # of Newton's method, which needs about six
_RIDGE = 1e-6  # keeps a feature that never changes from dividing by zero


def fitted(log_probabilities: "Numbers", tokens: "Numbers", right: "Numbers") -> Calibration:
    """The constants for answers with these log-probabilities (nats) and lengths (tokens), each of shape (answers,).

    ``right``: 1.0 or 0.0 of each. The length counts only where it lowers Akaike's criterion.
    """
    import numpy

    shorter, longer = log_probabilities[:, None], numpy.stack([log_probabilities, tokens], axis=1)
    (plain, plain_loss), (long, long_loss) = _regression(shorter, right), _regression(longer, right)
    if 2 * long_loss + 2 < 2 * plain_loss:
        return Calibration(*map(float, long))
    return Calibration(*map(float, plain))


def _regression(features: "Numbers", right: "Numbers") -> "tuple[Numbers, float]":
    """``(intercept and slopes, sum of the log losses)`` of a logistic regression by Newton's method.

    The targets are drawn a little towards each other (Platt 1999), so that answers that can be told apart without a
    single mistake give finite constants.
    """
    import numpy

    centre, scale = features.mean(0), features.std(0)
    scale = numpy.where(scale > 0, scale, 1.0)
    columns = numpy.column_stack([numpy.ones(len(right)), (features - centre) / scale])
    hits = right.sum()
    targets = numpy.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    weights = numpy.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chances = _sigmoid(columns @ weights)
        curvature = (columns * (chances * (1 - chances))[:, None]).T @ columns
        step = numpy.linalg.solve(
            curvature + _RIDGE * len(right) * numpy.eye(len(weights)), columns.T @ (targets - chances)
        )
        weights = weights + numpy.clip(step, -2, 2)  # far from the optimum, a whole step may lead away from it
        if abs(step).max() < 1e-9:
            break
    chances = _sigmoid(columns @ weights).clip(1e-12, 1 - 1e-12)
    loss = -float((targets * numpy.log(chances) + (1 - targets) * numpy.log(1 - chances)).sum())
    slopes = weights[1:] / scale
    return numpy.concatenate([[weights[0] - slopes @ centre], slopes]), loss


def _sigmoid(scores: "Numbers") -> "Numbers":
    import numpy

    return 1 / (1 + numpy.exp(-scores.clip(-500, 500)))


def foretold(ids: list[str], log_probabilities: "Numbers", tokens: "Numbers", right: "Numbers") -> "Numbers":
    """The confidence in each answer by constants that were fitted without it, shape (answers,).

    The folds follow a hash of the ids, so the same answers always meet in one.
    """
    import numpy

    order = sorted(range(len(ids)), key=lambda number: hashlib.sha256(ids[number].encode()).hexdigest())
    fold = numpy.empty(len(ids), dtype=int)
    fold[order] = numpy.arange(len(ids)) % FOLDS
    found = numpy.empty(len(ids))
    for number in range(FOLDS):
        others = fold != number
        one = fitted(log_probabilities[others], tokens[others], right[others])
        for place in numpy.flatnonzero(~others):
            found[place] = one.confidence(float(log_probabilities[place]), int(tokens[place]))
    return found


def reliability(confidence: "Numbers", right: "Numbers") -> dict[str, Any]:
    """How far confidences and shares of right answers lie apart, over bins of equally many answers.

    ``ece`` is the expected calibration error; ``ece_by_chance`` what a perfect confidence would show on so few
    answers; ``brier`` the mean squared error, and ``brier_without`` that of telling all answers the same share.
    """
    import numpy

    bins = [places for places in numpy.array_split(numpy.argsort(confidence, kind="stable"), BINS) if len(places)]
    rows, ece, chance = [], 0.0, 0.0
    for places in bins:
        share = Share(int(right[places].sum()), len(places))
        low, high = share.interval or (0.0, 1.0)
        mean = float(confidence[places].mean())
        ece += abs(share.n * mean - share.hits) / len(right)
        rows.append({"n": len(places), "confidence": mean, "right": share.value, "low": low, "high": high})
        variance = float((confidence[places] * (1 - confidence[places])).sum())
        chance += math.sqrt(2 / math.pi * variance) / len(right)
    return {
        "ece": ece,
        "ece_by_chance": chance,
        "brier": float(((confidence - right) ** 2).mean()),
        "brier_without": float(right.mean() * (1 - right.mean())),
        "bins": rows,
    }


def calibration(rows: list[dict[str, Any]], where: str) -> dict[str, Any]:
    """Constants and their reliability from the ``results`` of an evaluation; ``where`` names it in errors.

    Answers that were given without the model have no part. Raises ``UserError`` where there are too few others.
    """
    import numpy

    asked = [row for row in rows if row.get("new_tokens") and row.get("log_probability") is not None]
    if not any("new_tokens" in row for row in rows):
        raise UserError(f"{where} has no log-probabilities", "ask again: nls-finetune eval run --force")
    if len(asked) < FEWEST_ANSWERS:
        raise UserError(f"{where} has {len(asked)} answers of the model, fewer than {FEWEST_ANSWERS}", "add records")
    log_probabilities = numpy.array([row["log_probability"] for row in asked], dtype=float)
    tokens = numpy.array([row["new_tokens"] for row in asked], dtype=float)
    right = numpy.array([row["score"]["right"] for row in asked], dtype=float)
    ids = [row["id"] for row in asked]
    return {
        **fitted(log_probabilities, tokens, right).to_json(),
        "answers": len(asked),
        "right": int(right.sum()),
        "folds": FOLDS,
        "cross_validation": reliability(foretold(ids, log_probabilities, tokens, right), right),
    }


def calibrate(run: Run, build: str) -> dict[str, Any]:
    """Calibrate a build of ``run`` and write its section of ``calibration.json``; returns the section."""
    known = {row["name"]: row["sha256"] for row in build_rows(run)}
    if build not in known:
        there = ", ".join(known) or "none"
        raise UserError(
            f"run {run.name!r} has no build {build!r} (builds: {there})", "nls-finetune quantize makes them"
        )
    path = result_of(str(run.folder), build)
    result = read_json(path)
    if result["source"]["model_sha256"] != known[build]:
        fix = f"nls-finetune eval run --run {run.name} --build {build}"
        raise UserError(f"{build} of run {run.name!r} is not evaluated with its present weights", fix)
    section = {
        "model_sha256": known[build],
        "records_sha256": result["source"]["records_sha256"],
        **calibration(result["results"], paths.shown(path)),
    }
    with run.lock():
        out = run.folder / CALIBRATION
        write_json(out, {**(read_json(out) if out.exists() else {}), build: section})
    return section


def table(section: dict[str, Any]) -> str:
    """The reliability of a build's confidence, a line a bin."""
    rows = [
        [f"{row['confidence']:.0%}", f"{row['right']:.0%}", f"{row['low']:.0%}-{row['high']:.0%}", str(row["n"])]
        for row in section["cross_validation"]["bins"]
    ]
    return console.table(["confidence", "right", "95% interval", "n"], rows)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--run", "run_name", required=True, help="Name of the run.")
@click.option("--build", "builds", multiple=True, help="One of the run's GGUF builds, such as q8_0; all by default.")
def main(run_name: str, builds: tuple[str, ...]) -> None:
    """Fit the confidence of builds on their answers."""
    run = run_named(run_name)
    every = [row["name"] for row in build_rows(run) if row["file"].endswith(".gguf")]
    if not every:
        raise UserError(f"run {run.name!r} has no GGUF build", f"nls-finetune quantize --run {run.name}")
    for build in builds or every:
        section = calibrate(run, build)
        told = section["cross_validation"]
        click.echo(table(section))
        click.echo(
            f"{build}: expected calibration error {told['ece']:.3f} in {FOLDS}-fold cross-validation "
            f"(a perfect one would show {told['ece_by_chance']:.3f} on {section['answers']} answers), "
            f"Brier score {told['brier']:.3f} (without: {told['brier_without']:.3f})"
        )
    console.say(f"calibrate: {paths.shown(run.folder / CALIBRATION)}")


if __name__ == "__main__":
    console.run(main)

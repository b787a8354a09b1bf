"""Train every combination of a recipe's ``sweep`` section and rank them by their loss on the validation split.

Each combination is a run of its own below ``runs/<run>-sweep-...``, in a process of its own; finished ones are not
trained again.
"""

import itertools
import re
import subprocess
from typing import Any

from nlsq import console
from nlsq.config import Recipe
from nlsq.errors import EXIT_INTERRUPTED, UserError
from nlsq.files import read_json, write_json, write_text
from nlsq.process import run_module
from nlsq.run import Run


def combinations(sweep: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """All combinations of the swept values, each as ``{dotted key: value}``."""
    return [dict(zip(sweep, values, strict=True)) for values in itertools.product(*sweep.values())]


def run_name(run: Run, choice: dict[str, Any]) -> str:
    """The name of one combination's run: the swept values, readable."""
    parts = [f"{key.rpartition('.')[2]}-{value}" for key, value in choice.items()]
    return re.sub(r"[^A-Za-z0-9._-]", "", f"{run.name}-sweep-{'-'.join(parts)}")


def sweep(recipe: Recipe, run: Run, force: bool = False) -> str:
    """Train all combinations one after the other; returns the ranking as a table, best first."""
    run.folder.mkdir(parents=True, exist_ok=True)
    single = run.folder / "recipe.yaml"
    write_text(single, recipe.model_copy(update={"sweep": {}}).to_yaml())
    rows = []
    choices = combinations(recipe.sweep)
    for number, choice in enumerate(choices, 1):
        name = run_name(run, choice)
        console.say(f"sweep {number}/{len(choices)}: {', '.join(f'{key}={value}' for key, value in choice.items())}")
        overrides = [f"{key}={value}" for key, value in choice.items()]
        words = ["--recipe", str(single), "--run", name, *overrides, *(["--force"] if force else [])]
        code = run_module("recipes.train", *words, stdout=subprocess.DEVNULL)
        if code == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        if code:
            raise UserError(f"the combination {name} failed with exit code {code}", "its message stands above")
        summary = read_json(run.folder.parent / name / "train.json")
        rows.append({"run": name, "choice": choice, "eval_loss": summary["eval_loss_last"], "steps": summary["steps"]})
    rows.sort(key=lambda row: row["eval_loss"])
    write_json(run.folder / "sweep.json", rows)
    return console.table(
        ["run", "eval loss", "steps"],
        [[row["run"], f"{row['eval_loss']:.4f}", str(row["steps"])] for row in rows],
    )

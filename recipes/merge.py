"""Merge a run's adapter into its base model's weights, and prove that nothing changed by it.

    python -m recipes.merge --run smoke

Writes ``runs/<run>/merged`` (plain safetensors, tokenizer, prompt stamp) and the comparison of the scores before and
after into ``merge.json``.
"""

import shutil
from typing import Any

import click

from nlsq import console, paths
from nlsq.artifacts import STAMP_FILE
from nlsq.base_models import load_pretrained
from nlsq.config import Recipe, parse_recipe
from nlsq.errors import UserError
from nlsq.files import atomic_folder, checksum, read_json, require_space, write_json
from nlsq.prompt import FEW_SHOT_EXAMPLES, PromptStamp
from nlsq.run import Run, fingerprint_of, run_named, stopwatch

# Below this share of equal first choices the merged model would be another model.
MINIMUM_AGREEMENT = 0.98


def recipe_of(run: Run) -> Recipe:
    """The resolved recipe that the run was made with."""
    return parse_recipe(run.config.read_text(encoding="utf-8"), f"of run {run.name}")


def merge(run: Run, force: bool = False) -> dict[str, Any]:
    """Merge the adapter of ``run``; returns the comparison that is also written to ``merge.json``."""
    if not run.stage("train"):
        raise UserError(f"run {run.name!r} is not trained", f"nls-finetune train --run {run.name}")
    recipe = recipe_of(run)
    adapted = recipe.training.method == "lora"
    source = run.adapter if adapted else run.weights
    inputs = {source.name: checksum(source)}
    fingerprint = fingerprint_of([recipe.base, recipe.training.precision], inputs)
    with run.lock():
        if not force and run.is_done("merge", fingerprint):
            console.say(f"merge: done already ({paths.shown(run.merged)}); --force merges again")
            return read_json(run.folder / "merge.json")
        require_space(run.folder, 700_000_000)
        with stopwatch() as watch:
            report = _merge(recipe, run) if adapted else _take_over(run)
        run.record("merge", fingerprint, inputs, [run.merged, run.folder / "merge.json"], watch["seconds"])
    return report


def _merge(recipe: Recipe, run: Run) -> dict[str, Any]:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = load_pretrained(AutoTokenizer, recipe.base)
    facts = read_json(run.adapter / STAMP_FILE)
    stamp = PromptStamp.from_json(facts["prompt"], run.adapter)
    base = load_pretrained(AutoModelForCausalLM, recipe.base, dtype=torch.float32)
    adapted = PeftModel.from_pretrained(base, run.adapter).eval()
    probes = _probes(tokenizer, stamp)
    before = [_scores(adapted, probe) for probe in probes]
    merged = adapted.merge_and_unload().to(getattr(torch, recipe.training.precision))
    after = [_scores(merged, probe) for probe in probes]
    report = compare(before, after)
    if report["first_choice_agreement"] < MINIMUM_AGREEMENT:
        raise UserError(
            f"the merged model chooses the same token in only {report['first_choice_agreement']:.1%} of places",
            "train in float32, or serve the adapter unmerged",
        )
    with atomic_folder(run.merged) as folder:
        merged.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_json(folder / STAMP_FILE, {**facts, "adapter_sha256": checksum(run.adapter)})
    write_json(run.folder / "merge.json", report)
    return report


def _take_over(run: Run) -> dict[str, Any]:
    """The weights of a training of all of them, as they are; nothing is to be merged, and nothing to be compared."""
    facts = read_json(run.weights / STAMP_FILE)
    PromptStamp.from_json(facts["prompt"], run.weights)
    report = {"merged": False, "weights_sha256": checksum(run.weights)}
    with atomic_folder(run.merged) as folder:
        shutil.copytree(run.weights, folder, dirs_exist_ok=True)
        write_json(folder / STAMP_FILE, {**facts, **report})
    write_json(run.folder / "merge.json", report)
    return report


def _probes(tokenizer: Any, stamp: PromptStamp) -> list[list[int]]:
    """Prompts with answers, as token ids, from the examples of the few-shot prompt."""
    from recipes.examples import tokenize_pair

    return [tokenize_pair(tokenizer, stamp, request, query)["input_ids"] for request, query in FEW_SHOT_EXAMPLES]


def _scores(model: Any, ids: list[int]) -> Any:
    """Scores at every position of ``ids``, float32, shape (length, vocabulary)."""
    import torch

    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids], device=model.device)).logits[0].float().cpu()


def compare(before: list[Any], after: list[Any]) -> dict[str, Any]:
    """How far two lists of score matrices lie apart: over all positions, in units of the scores themselves."""
    import torch

    one, other = torch.cat(before), torch.cat(after)
    gap = (one - other).abs()
    return {
        "positions": one.shape[0],
        "largest_difference": float(gap.max()),
        "mean_difference": float(gap.mean()),
        "score_deviation": float(one.std()),
        "first_choice_agreement": float((one.argmax(-1) == other.argmax(-1)).float().mean()),
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--run", "run_name", required=True, help="Name of the run.")
@click.option("--force", is_flag=True, help="Merge again.")
def main(run_name: str, force: bool) -> None:
    """Merge the adapter into plain weights."""
    run = run_named(run_name)
    report = merge(run, force)
    if not report.get("merged", True):
        click.echo("all weights were trained: they are taken as they are")
        console.say(f"merge: {paths.shown(run.merged)}")
        return
    click.echo(
        f"scores before and after merging: largest difference {report['largest_difference']:.2g}, mean "
        f"{report['mean_difference']:.2g} (deviation of the scores {report['score_deviation']:.2g}); the same first "
        f"choice in {report['first_choice_agreement']:.1%} of {report['positions']} positions"
    )
    console.say(f"merge: {paths.shown(run.merged)}")


if __name__ == "__main__":
    console.run(main)

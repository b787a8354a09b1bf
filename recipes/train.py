"""Fine-tune a base model, or a student made of it, as a recipe says.

    python -m recipes.train --recipe smoke --run smoke [key=value ...]

Reads the recipe and the data, writes ``runs/<run>/adapter`` (LoRA) or ``weights`` with the loss curve beside it. The
same command goes on from the last checkpoint after an interruption, and does nothing when all is done.
"""

import functools
import math
import os
import shutil
from pathlib import Path
from typing import Any

import click

from nlsq import console, paths
from nlsq.artifacts import STAMP_FILE
from nlsq.base_models import base_folder, load_pretrained
from nlsq.config import Recipe, load_recipe, parse_recipe
from nlsq.errors import UserError
from nlsq.files import atomic_folder, checksum, read_json, require_space, sha256_of, write_json, write_text
from nlsq.prompt import STYLES, stamp_for
from nlsq.run import Run, fingerprint_of, run_named, stopwatch

DRY_RUN_STEPS = 3


def data_files(recipe: Recipe) -> dict[str, Path]:
    """The files that training reads, by what they are for."""
    files = {"train": recipe.data.train, "validation": recipe.data.validation}
    found = {use: Path(name) if Path(name).is_absolute() else paths.data_build() / name for use, name in files.items()}
    for path in found.values():
        if not path.is_file():
            raise UserError(
                f"the data file {paths.shown(path)} does not exist",
                "run `make data`, or check the recipe's data section",
            )
    return found


def trained(recipe: Recipe, run: Run) -> Path:
    """The folder that training ``recipe`` writes: an adapter, or all weights."""
    return run.adapter if recipe.training.method == "lora" else run.weights


def teacher_of(recipe: Recipe) -> Path | None:
    """The weights that the student of ``recipe`` is cut from, where it has a teacher."""
    if not (recipe.student and recipe.student.teacher):
        return None
    teacher = run_named(load_recipe(recipe.student.teacher).name, must_exist=False)
    if not teacher.stage("train"):
        raise UserError(
            f"the teacher of recipe {recipe.name} is not trained",
            f"nls-finetune train --recipe {recipe.student.teacher}",
        )
    return trained(parse_recipe(teacher.config.read_text(encoding="utf-8"), f"of run {teacher.name}"), teacher)


def train(recipe: Recipe, run: Run, force: bool = False, minutes: float | None = None) -> dict[str, Any] | None:
    """Train ``recipe`` into ``run``; returns the summary that is also written to ``train.json``.

    ``minutes``: stop with a checkpoint after so long, and return None; the next call goes on from there.
    """
    files = data_files(recipe)
    inputs = {path.name: sha256_of(path) for path in files.values()}
    if teacher := teacher_of(recipe):
        inputs["teacher"] = checksum(teacher)
    settings = recipe.model_dump(include={"base", "prompt", "student", "data", "lora", "training"})
    fingerprint = fingerprint_of([settings, STYLES[recipe.prompt].hash], inputs)
    summary_path = run.folder / "train.json"
    require_space(run.folder, 300_000_000)
    with run.lock():
        if force:
            run.clear()
        run.create(recipe.to_yaml())
        if run.is_done("train", fingerprint):
            console.say(f"train: done already ({paths.shown(trained(recipe, run))}); --force trains again")
            return read_json(summary_path)
        _keep_checkpoints_of(fingerprint, run.folder / "checkpoints")
        with stopwatch() as watch:
            summary = _train(recipe, run, files, minutes)
        if summary is None:
            return None
        write_json(summary_path, summary)
        run.record("train", fingerprint, inputs, [trained(recipe, run), summary_path], watch["seconds"])
    return summary


def _keep_checkpoints_of(fingerprint: str, folder: Path) -> None:
    """Remove checkpoints of other data, another prompt or other settings: going on from them would mix the two."""
    mark = folder / "fingerprint"
    if folder.exists() and (not mark.exists() or mark.read_text() != fingerprint):
        console.say("train: the data, the prompt or the recipe has changed; its old checkpoints are removed")
        shutil.rmtree(folder)
    write_text(mark, fingerprint)


def _train(recipe: Recipe, run: Run, files: dict[str, Path], minutes: float | None) -> dict[str, Any] | None:
    from transformers import AutoTokenizer, set_seed

    from recipes.examples import tokenize_pairs
    from recipes.progress import StopOnInterrupt, last_checkpoint, plot_losses

    set_seed(recipe.training.seed)
    pairs = _pairs(recipe, run, files)
    teacher = teacher_of(recipe)
    if recipe.student and not teacher:
        _shrink(recipe, run, pairs["train"])
    base = str(teacher or run.student) if recipe.student else recipe.base
    tokenizer = load_pretrained(AutoTokenizer, base)
    stamp = stamp_for(STYLES[recipe.prompt], tokenizer)
    rows = {
        use: tokenize_pairs(tokenizer, stamp, pairs[use], recipe.training.max_length, paths.shown(path))
        for use, path in files.items()
    }
    if teacher:
        _cut(recipe, run, teacher, rows["train"])
        base = str(run.student)
    resume = last_checkpoint(run.folder / "checkpoints")
    if resume:
        console.say(f"train: going on from {resume.name}")
    with StopOnInterrupt(minutes) as interrupt:
        trainer = _trainer(recipe, base, run, tokenizer, rows, interrupt)
        result = trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    if trainer.state.global_step < trainer.state.max_steps:
        where = f"step {trainer.state.global_step} of {trainer.state.max_steps}"
        console.say(f"train: stopped at {where}; the same command goes on from here")
        if interrupt.asked:
            raise KeyboardInterrupt
        return None
    with atomic_folder(trained(recipe, run)) as folder:
        trainer.model.save_pretrained(folder)
        if recipe.training.method == "full":
            tokenizer.save_pretrained(folder)
        write_json(folder / STAMP_FILE, {"prompt": stamp.to_json(), "base": recipe.base})
    history = trainer.state.log_history
    how = f"LoRA rank {recipe.lora.rank}" if recipe.training.method == "lora" else "all weights"
    plot_losses(history, run.folder / "loss.png", f"{run.name}: {recipe.base}, {how}")
    write_json(run.folder / "losses.json", history)
    losses = [entry["eval_loss"] for entry in history if "eval_loss" in entry]
    return {
        "base": recipe.base,
        "prompt_hash": stamp.hash,
        "examples": len(rows["train"]),
        "steps": trainer.state.global_step,
        "training_loss": result.training_loss,
        "eval_loss_first": losses[0],
        "eval_loss_last": losses[-1],
        "eval_losses": losses,
        "trainable_parameters": trainer.model.num_parameters(only_trainable=True),
    }


def _pairs(recipe: Recipe, run: Run, files: dict[str, Path]) -> dict[str, list[tuple[str, str]]]:
    """What is asked and answered, by use; kept beside the checkpoints, for reading all requests takes a minute."""
    from recipes.examples import pairs_of

    kept = run.folder / "checkpoints" / "pairs.json"
    if kept.exists():
        return {use: [(content, answer) for content, answer in rows] for use, rows in read_json(kept).items()}
    times = {"train": recipe.data.handwritten}
    pairs = {use: pairs_of(recipe.prompt, path, times.get(use, 1)) for use, path in files.items()}
    pairs["train"] = pairs["train"][: recipe.data.limit]
    write_json(kept, pairs)
    return pairs


def _shrink(recipe: Recipe, run: Run, pairs: list[tuple[str, str]]) -> None:
    """Make the model that training begins from of the base, for the texts that it will see."""
    from recipes.shrink import VOCABULARY, shrink

    student = recipe.student
    assert student
    assert not isinstance(student.layers, int)  # the recipe would have been refused
    if not (run.student / "config.json").is_file():
        console.say("train: making the student")
        texts = [text for pair in pairs for text in pair]
        size = student.vocabulary or VOCABULARY
        shrink(base_folder(recipe.base), run.student, student.layers, size, texts, recipe.training.seed)


def _cut(recipe: Recipe, run: Run, teacher: Path, rows: list[dict[str, list[int]]]) -> None:
    """Make the model that training begins from of its teacher."""
    from recipes.cut import cut

    assert recipe.student
    if not (run.student / "config.json").is_file():
        console.say(f"train: cutting the student out of {paths.shown(teacher)}")
        cut(teacher, run.student, recipe.student.layers, rows)


def _trainer(
    recipe: Recipe, base: str, run: Run, tokenizer: Any, rows: dict[str, list[dict[str, list[int]]]], interrupt: Any
) -> Any:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig

    from recipes.progress import Checkpoints, Progress

    settings = recipe.training
    model = load_pretrained(AutoModelForCausalLM, base, dtype=getattr(torch, settings.precision))
    steps_per_epoch = math.ceil(math.ceil(len(rows["train"]) / settings.batch_size) / settings.gradient_accumulation)
    if settings.wandb:
        _require_wandb()
    arguments = SFTConfig(
        output_dir=str(run.folder / "checkpoints"),
        run_name=run.name,
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=2 * settings.batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule,
        warmup_steps=settings.warmup_ratio,
        weight_decay=settings.weight_decay,
        adam_beta2=settings.adam_beta2,
        bf16=settings.precision == "bfloat16" or settings.mixed_precision,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        train_sampling_strategy="group_by_length",
        gradient_checkpointing=settings.gradient_checkpointing,
        eval_strategy="steps",
        eval_steps=max(1, steps_per_epoch // settings.evaluations_per_epoch),
        eval_on_start=True,
        logging_steps=min(10, max(1, steps_per_epoch // 4)),
        save_strategy="steps",
        save_steps=settings.save_every,
        save_total_limit=2,
        seed=settings.seed,
        data_seed=settings.seed,
        report_to=["wandb"] if settings.wandb else [],
        disable_tqdm=True,
        max_length=None,
        packing=False,
    )
    lora = LoraConfig(
        r=recipe.lora.rank,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules=recipe.lora.target,
        task_type="CAUSAL_LM",
    )
    if settings.method == "full":
        lora = None
    trainer = _trainer_class(recipe)(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows["train"]),
        eval_dataset=Dataset.from_list(rows["validation"]),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[Progress(), Checkpoints(), interrupt],
    )
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    return trainer


def _trainer_class(recipe: Recipe) -> Any:
    """TRL's trainer, or ours with a teacher beside it where the recipe distils."""
    import torch
    from transformers import AutoModelForCausalLM
    from trl import SFTTrainer

    settings = recipe.training
    if not settings.distillation:
        return SFTTrainer
    from recipes.distil import Distillation

    # The teacher only looks on, so what would be computed in bfloat16 anyway may as well lie in it.
    precision = "bfloat16" if settings.mixed_precision else settings.precision
    teacher = load_pretrained(AutoModelForCausalLM, str(teacher_of(recipe)), dtype=getattr(torch, precision))
    return functools.partial(Distillation, teacher=teacher, share=settings.distillation)


def _require_wandb() -> None:
    try:
        import wandb  # noqa: F401
    except ImportError:
        raise UserError("training.wandb is set and the package wandb is not installed", "pip install wandb") from None
    if not (os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_MODE")):
        raise UserError("training.wandb is set and WANDB_API_KEY is not", "set it in .env, or WANDB_MODE=offline")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--recipe", required=True, help="Name or path of a recipe.")
@click.option("--run", "run_name", help="Name of the run; the recipe's by default.")
@click.option("--force", is_flag=True, help="Train again from the beginning.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so long, to go on later.")
@click.option("--dry-run", is_flag=True, help=f"The real run with {DRY_RUN_STEPS} steps, in a run of its own.")
@click.argument("overrides", nargs=-1)
def main(
    recipe: str, run_name: str | None, force: bool, minutes: float | None, dry_run: bool, overrides: tuple[str, ...]
) -> None:
    """Fine-tune, with LoRA or all weights. OVERRIDES are key=value pairs such as training.epochs=2."""
    if dry_run:
        overrides = (*overrides, f"training.max_steps={DRY_RUN_STEPS}", f"training.save_every={DRY_RUN_STEPS}")
    loaded = load_recipe(recipe, overrides)
    # A dry run begins anew each time, so it never has the name of a real one.
    name = f"dry-run-{run_name or loaded.name}" if dry_run else run_name or loaded.name
    run = run_named(name, must_exist=False)
    if loaded.sweep and not dry_run:
        from recipes.sweep import sweep

        click.echo(sweep(loaded, run, force))
        return
    summary = train(loaded, run, force or dry_run, minutes)
    if summary is None:
        return
    if "eval_loss_first" in summary:
        click.echo(
            f"eval loss {summary['eval_loss_first']:.4f} -> {summary['eval_loss_last']:.4f} in {summary['steps']} steps"
        )
    console.say(f"train: {paths.shown(trained(loaded, run))}, loss curve {paths.shown(run.folder / 'loss.png')}")


if __name__ == "__main__":
    console.run(main)

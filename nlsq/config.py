"""Recipes: YAML files that say what is trained and built, and how. Unknown keys are refused, all faults at once."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nlsq import paths
from nlsq.errors import UserError

RECIPE_FOLDER = "recipes/configs"
GgufType = Literal["f32", "f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Section):
    """Which files are read; paths relative to the data folder ``data/build``."""

    train: str = Field("train.messages.jsonl", description="training file, OpenAI messages")
    validation: str = Field("validation.messages.jsonl", description="file for the evaluation loss, OpenAI messages")
    records: str = Field("validation.jsonl", description="records on which answers are judged and timed")
    limit: int | None = Field(None, ge=1, description="train on the first N pairs only")
    handwritten: int = Field(1, ge=1, description="how often each hand-written pair is shown (records only)")


class Lora(_Section):
    """PEFT LoRA."""

    rank: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    target: str | list[str] = Field("all-linear", description="module names, or all linear layers")


class Student(_Section):
    """A smaller model made of the base before training: some of its layers, some of its tokens, and the pieces."""

    teacher: str | None = Field(None, description="recipe of the model it is cut from, instead of the base")
    layers: list[int] | int | None = Field(None, description="layers that stay, from 0, or how many; all by default")
    vocabulary: int | None = Field(None, ge=512, description="so many of the base's tokens are kept, 8192 by default")

    @model_validator(mode="after")
    def _one_origin(self) -> "Student":
        if self.teacher and self.vocabulary:
            raise ValueError("a student has the vocabulary of its teacher")
        if isinstance(self.layers, int) and not self.teacher:
            raise ValueError("without a teacher there is nothing to choose layers by; list them")
        if (isinstance(self.layers, int) and self.layers < 1) or self.layers == []:
            raise ValueError("a model has at least one layer")
        return self


class Training(_Section):
    """TRL SFTTrainer."""

    method: Literal["lora", "full"] = Field("lora", description="train an adapter, or all weights")
    epochs: float = Field(3, gt=0)
    max_steps: int | None = Field(None, ge=1, description="stop after N steps (dry runs)")
    batch_size: int = Field(4, ge=1)
    gradient_accumulation: int = Field(2, ge=1)
    learning_rate: float = Field(2e-4, gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_ratio: float = Field(0.03, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)
    adam_beta2: float = Field(0.999, gt=0, lt=1, description="decay of AdamW's second moment")
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    mixed_precision: bool = Field(False, description="compute in bfloat16 over weights in float32")
    distillation: float = Field(0.0, ge=0, le=1, description="share of the loss that is the teacher's probabilities")
    max_length: int = Field(512, ge=8, description="longer examples are refused, never cut")
    evaluations_per_epoch: int = Field(1, ge=1)
    save_every: int = Field(50, ge=1, description="steps between checkpoints")
    gradient_checkpointing: bool = False
    seed: int = 17
    wandb: bool = Field(False, description="log to Weights & Biases too")


class Builds(_Section):
    """What ``quantize`` makes of the merged model."""

    gguf: list[GgufType] = ["f16", "q8_0", "q4_k_m", "q4_0"]
    int8: bool = True


class Recipe(_Section):
    """One recipe with all defaults resolved."""

    name: str
    description: str = ""
    base: str
    prompt: Literal["chat", "bare", "reading"] = "chat"
    student: Student | None = None
    data: Data = Data()
    lora: Lora = Lora()
    training: Training = Training()
    builds: Builds = Builds()
    sweep: dict[str, list[Any]] = Field({}, description="dotted key -> values; every combination is trained")

    @model_validator(mode="after")
    def _somebody_to_learn_from(self) -> "Recipe":
        if self.training.distillation and not (self.student and self.student.teacher):
            raise ValueError("training.distillation needs student.teacher")
        return self

    def to_yaml(self) -> str:
        """The resolved recipe, as written into the run folder."""
        return yaml.safe_dump(self.model_dump(), sort_keys=False, allow_unicode=True)


def recipe_names() -> list[str]:
    """The recipes that the checkout has."""
    return sorted(path.stem for path in (paths.require_checkout() / RECIPE_FOLDER).glob("*.yaml"))


def recipe_path(name: str) -> Path:
    """The file of a recipe, by name or path."""
    for path in (Path(name), paths.require_checkout() / RECIPE_FOLDER / f"{name}.yaml"):
        if path.suffix in (".yaml", ".yml") and path.is_file():
            return path
    raise UserError(
        f"there is no recipe {name!r}", f"use one of {', '.join(recipe_names())}, or the path of a YAML file"
    )


def load_recipe(name: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Read a recipe by name or path, apply ``key=value`` overrides (dotted keys), and validate it."""
    try:
        text = recipe_path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"recipe {name} is not UTF-8 text", "save it as UTF-8") from None
    return parse_recipe(text, name, overrides)


def parse_recipe(text: str, where: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Validate a recipe's YAML text; every fault is named in one ``UserError``."""
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"recipe {where} is not valid YAML: {' '.join(str(error).split())}", "mend the file") from None
    if not isinstance(values, dict):
        raise UserError(f"recipe {where} is not a mapping of keys to values", "mend the file")
    faults = [fault for override in overrides if (fault := _apply(values, override))]
    recipe = None
    try:
        recipe = Recipe.model_validate(values)
    except ValidationError as error:
        faults += [f"{'.'.join(map(str, item['loc']))}: {item['msg'].lower()}" for item in error.errors()]
    if recipe is not None:
        faults += _sweep_faults(values, recipe)
    if faults or recipe is None:
        raise UserError(f"recipe {where}: {'; '.join(faults)}", "mend these keys (docs/recipes.md lists all)")
    return recipe


def _apply(values: dict[str, Any], override: str) -> str:
    """Set one ``key=value`` in ``values``; returns what is wrong with it, or an empty text."""
    key, equals, text = override.partition("=")
    if not equals or not key:
        return f"{override!r} is not of the form key=value"
    *sections, last = key.split(".")
    place = values
    for section in sections:
        place = place.setdefault(section, {})
        if not isinstance(place, dict):
            return f"{key}: {section} is no section"
    place[last] = _scalar(text)
    return ""


def _scalar(text: str) -> Any:
    """The value of an override, read as YAML; ``2e-4`` is a number here though YAML 1.1 says text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _sweep_faults(values: dict[str, Any], recipe: Recipe) -> list[str]:
    """Check every swept value as if it stood in the recipe."""
    faults = []
    for key, choices in recipe.sweep.items():
        if not choices:
            faults.append(f"sweep.{key}: no values")
        for choice in choices:
            trial = yaml.safe_load(yaml.safe_dump({**values, "sweep": {}}))
            fault = _apply(trial, f"{key}={yaml.safe_dump(choice, default_flow_style=True).splitlines()[0]}")
            try:
                Recipe.model_validate(trial)
            except ValidationError as error:
                fault = error.errors()[0]["msg"].lower()
            if fault:
                faults.append(f"sweep.{key}={choice}: {fault}")
    return faults

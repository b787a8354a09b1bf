"""A student that is cut out of a trained teacher and learns from its probabilities."""

import json
import re
import shutil
from types import SimpleNamespace

import pytest
from conftest import command

from nlsq.config import load_recipe, parse_recipe
from nlsq.errors import UserError
from nlsq.files import read_json
from nlsq.run import run_named
from recipes.cut import TRIED, cheapest, cut

TEACHER = """
name: teacher
base: tiny-llama
student: {vocabulary: 600}
data: {train: train.jsonl, validation: validation.jsonl, records: validation.jsonl}
prompt: reading
training:
  {method: full, epochs: 1, batch_size: 16, gradient_accumulation: 1, learning_rate: 0.005, precision: float32}
builds: {gguf: [q8_0], int8: false}
"""
STUDENT = (
    TEACHER.replace("name: teacher", "name: student")
    .replace("{vocabulary: 600}", "{teacher: TEACHER, layers: 1}")
    .replace("precision: float32", "precision: float32, distillation: 0.5")
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, current_data):
    """Runs of a teacher of two layers and of a student of one, made by the one command."""
    folder = tmp_path_factory.mktemp("distil")
    (folder / "teacher.yaml").write_text(TEACHER)
    (folder / "student.yaml").write_text(STUDENT.replace("TEACHER", str(folder / "teacher.yaml")))
    places = {"runs": folder / "runs", "data": current_data}
    early = command("recipes.train", "--recipe", str(folder / "student.yaml"), **places)
    words = ["nlsq.pipeline_cli", "model", "--recipe", str(folder / "student.yaml"), "--budget-ms", "100000"]
    begun = command(*words, "--minutes", "0.0001", **places)
    done = command(*words, **places)
    assert done.returncode == 0, done.stderr[-3000:]
    return SimpleNamespace(folder=folder, runs=folder / "runs", early=early, begun=begun, done=done)


def test_a_student_waits_for_its_teacher(trained):
    assert trained.early.returncode == 2
    assert "the teacher of recipe student is not trained -> nls-finetune train --recipe" in trained.early.stderr
    assert trained.begun.returncode == 0, trained.begun.stderr
    assert re.search(r"^training of teacher is at step 1 of \d+ -> the same", trained.begun.stdout, re.MULTILINE)


def test_the_student_is_its_teacher_with_fewer_layers(trained):
    from safetensors.torch import load_file

    depth = json.loads((trained.runs / "student" / "student" / "depth.json").read_text())
    assert depth["of"] == 2
    (kept,) = depth["layers"]
    assert [step["without"] for step in depth["steps"]] == [1 - kept]
    teacher = load_file(trained.runs / "teacher" / "weights" / "model.safetensors")
    student = load_file(trained.runs / "student" / "student" / "model.safetensors")
    for name, weights in student.items():
        assert weights.equal(teacher[name.replace(".layers.0.", f".layers.{kept}.")]), name
    tokenizers = [trained.runs / run / "weights" / "tokenizer.json" for run in ("teacher", "student")]
    assert tokenizers[0].read_bytes() == tokenizers[1].read_bytes()


def test_the_student_has_learnt_and_is_built(trained):
    summary = read_json(trained.runs / "student" / "train.json")
    assert summary["eval_loss_last"] < summary["eval_loss_first"]
    stage = read_json(trained.runs / "student" / "manifest.json")["stages"]["train"]
    assert set(stage["inputs"]) == {"train.jsonl", "validation.jsonl", "teacher"}
    history = read_json(trained.runs / "student" / "losses.json")
    assert max(entry.get("num_tokens", 0) for entry in history) > 64
    assert "ship it:     nls-finetune ship --run student --build q8_0" in trained.done.stdout


def test_the_loss_is_a_share_of_each(trained, tmp_path, monkeypatch):
    """Against the two losses by their definitions, at both ends and between."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig

    from recipes.distil import Distillation
    from recipes.examples import IGNORED

    weights = trained.runs / "teacher" / "weights"
    teacher = AutoModelForCausalLM.from_pretrained(weights, dtype=torch.float32)
    rows = [{"input_ids": [1, 50, 60, 70, 2], "labels": [IGNORED, IGNORED, 60, 70, 2]}]
    batch = {key: torch.tensor([row[key] for row in rows]) for key in ("input_ids", "labels")}
    batch["attention_mask"] = torch.ones_like(batch["input_ids"])
    losses = {}
    from datasets import Dataset

    for share in (0.0, 0.25, 1.0):
        student = AutoModelForCausalLM.from_pretrained(trained.runs / "student" / "weights", dtype=torch.float32)
        trainer = Distillation(
            teacher=teacher,
            share=share,
            model=student,
            args=SFTConfig(output_dir=str(tmp_path), use_cpu=True, report_to=[], max_length=None, bf16=False),
            train_dataset=Dataset.from_list(rows),
            processing_class=AutoTokenizer.from_pretrained(weights),
        )
        student.train()
        losses[share] = float(trainer.compute_loss(student, batch).detach())
    with torch.no_grad():
        inputs = {"input_ids": batch["input_ids"]}
        mine, theirs = (model(**inputs).logits[0, 1:4].log_softmax(-1) for model in (student, teacher))
    right = -mine[range(3), [60, 70, 2]].mean()
    like = (theirs.exp() * (theirs - mine)).sum(-1).mean()
    assert losses[0.0] == pytest.approx(float(right), rel=1e-4)
    assert losses[1.0] == pytest.approx(float(like), rel=1e-4)
    assert losses[0.25] == pytest.approx(0.75 * losses[0.0] + 0.25 * losses[1.0], rel=1e-4)


def test_the_least_needed_layers_go_first():
    need = {0: 9.0, 1: 0.5, 2: 4.0, 3: 0.1, 4: 0.3, 5: 7.0}
    asked = []

    def loss_of(layers):
        asked.append(layers)
        return sum(cost for layer, cost in need.items() if layer not in layers)

    kept, steps = cheapest(6, 3, loss_of)
    assert kept == [0, 2, 5]
    assert [step["without"] for step in steps] == [3, 4, 1]
    assert [step["loss"] for step in steps] == [0.1, 0.4, 0.9]
    assert len(asked[0]) == 5
    asked.clear()
    cheapest(30, 28, lambda layers: asked.append(layers) or float(sum(layers)))
    assert len(asked) == 30 + TRIED


def test_layers_that_the_teacher_lacks_are_refused(trained, tmp_path):
    weights = trained.runs / "teacher" / "weights"
    for layers, reason in ([[2], "has layers 0 to 1"], [3, "has only 2"]):
        with pytest.raises(UserError, match=reason):
            cut(weights, tmp_path / "out", layers, [])


@pytest.mark.parametrize(
    ("student", "training", "reason"),
    [
        ("{teacher: edge-teacher, vocabulary: 700}", "{}", "has the vocabulary of its teacher"),
        ("{layers: 4}", "{}", "nothing to choose layers by"),
        ("{layers: []}", "{}", "at least one layer"),
        ("{layers: [0]}", "{distillation: 0.5}", "needs student.teacher"),
    ],
)
def test_recipes_that_cannot_be_are_refused(student, training, reason):
    with pytest.raises(UserError, match=reason):
        parse_recipe(f"name: a\nbase: b\nstudent: {student}\ntraining: {training}\n", "mine")


def test_the_shipped_model_reads_as_its_teacher_does():
    recipe = load_recipe("edge")
    teacher = load_recipe(recipe.student.teacher)
    assert (teacher.prompt, teacher.base) == (recipe.prompt, recipe.base)


def test_who_the_teacher_is(trained, tmp_path):
    from recipes.train import teacher_of

    shutil.copytree(trained.runs, tmp_path / "runs")
    recipe = load_recipe(str(trained.folder / "student.yaml"))
    assert teacher_of(recipe) == run_named("teacher").weights
    assert teacher_of(load_recipe(str(trained.folder / "teacher.yaml"))) is None

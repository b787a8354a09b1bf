"""Training that learns from a teacher's probabilities besides the right answers (Hinton et al., arXiv:1503.02531)."""

from typing import Any

import torch
from torch.nn import functional
from trl import SFTTrainer

from recipes.examples import IGNORED


class Distillation(SFTTrainer):
    """``SFTTrainer`` with the loss ``(1 - share) * cross-entropy + share * KL(teacher || student)`` over answers.

    ``teacher``: a model with the student's vocabulary. Evaluation takes cross-entropy alone, so its losses compare.
    """

    def __init__(self, *, teacher: Any, share: float, **settings: Any):
        super().__init__(**settings)
        self._teacher = teacher.to(self.args.device).eval()
        self._share = share

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The loss of a batch: a scalar."""
        if not model.training:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        inputs = dict(inputs)
        labels = inputs.pop("labels")[:, 1:]
        answered = labels != IGNORED
        logits = model(**inputs, use_cache=False).logits[:, :-1][answered].float()
        with torch.no_grad(), self.compute_loss_context_manager():
            wanted = self._teacher(**inputs, use_cache=False).logits[:, :-1][answered].float()
        right = functional.cross_entropy(logits, labels[answered], reduction="sum")
        like_teacher = functional.kl_div(
            functional.log_softmax(logits, -1), functional.log_softmax(wanted, -1), reduction="sum", log_target=True
        )
        count = answered.sum() if num_items_in_batch is None else num_items_in_batch
        # What TRL counts in its own loss, which is not asked here; the log has its tokens per second from it.
        self._total_train_tokens += int(inputs["attention_mask"].sum())
        self._metrics["train"]["num_tokens"] = [self._total_train_tokens]
        return ((1 - self._share) * right + self._share * like_teacher) / count

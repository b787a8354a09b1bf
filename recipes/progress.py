"""What training says while it runs, how it stops on Ctrl-C, and which checkpoints count."""

import shutil
import signal
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from nlsq import console
from nlsq.plots import save_figure

COMPLETE = "complete"  # marker file: written last, so a checkpoint cut off by a kill has none


class Progress(TrainerCallback):
    """One line per log entry on stderr: step, losses, learning rate, tokens per second, time left."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._first_step = 0
        self._seconds_before = 0.0  # of the slices that this one goes on from

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock at the step that training starts or resumes from."""
        self._started = time.perf_counter()
        self._first_step = state.global_step
        self._seconds_before = max((entry.get("seconds", 0.0) for entry in state.log_history), default=0.0)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Print the entry, and enter the seconds of all slices until now into the history."""
        logs = logs or {}
        if state.log_history:
            seconds = self._seconds_before + time.perf_counter() - self._started
            state.log_history[-1]["seconds"] = round(seconds, 1)
        head = f"step {state.global_step}/{state.max_steps}  epoch {state.epoch or 0:.2f}"
        if "eval_loss" in logs:
            console.say(f"{head}  eval loss {logs['eval_loss']:.4f}")
        elif "loss" in logs:
            elapsed = time.perf_counter() - self._started
            steps = state.global_step - self._first_step
            left = elapsed / steps * (state.max_steps - state.global_step) if steps else 0
            console.say(
                f"{head}  loss {logs['loss']:.4f}  lr {logs.get('learning_rate', 0):.2e}  "
                f"{self._speed(logs.get('num_tokens'))} tokens/s  {left / 60:.0f}m{left % 60:02.0f}s left"
            )

    def _speed(self, tokens: float | None) -> str:
        """Tokens per second since the entry before (TRL counts tokens from the beginning of this process)."""
        now = time.perf_counter()
        before, self._last = getattr(self, "_last", (self._started, 0.0)), (now, tokens or 0.0)
        return f"{(tokens - before[1]) / (now - before[0]):.0f}" if tokens is not None else "-"


class Checkpoints(TrainerCallback):
    """Marks each checkpoint when all of it is on disk."""

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Write the marker; the trainer calls this after its last file."""
        (Path(args.output_dir or "") / f"checkpoint-{state.global_step}" / COMPLETE).touch()


class StopOnInterrupt(TrainerCallback):
    """The first Ctrl-C ends training after the current step with a checkpoint; the second ends it at once.

    So does a time limit in minutes, which is no interruption: the next slice goes on from there.
    """

    def __init__(self, minutes: float | None = None) -> None:
        self.asked = False
        self.timed_out = False
        self._ends = time.monotonic() + 60 * minutes if minutes else float("inf")
        self._before: Any = None

    def __enter__(self) -> "StopOnInterrupt":
        def ask(*_: object) -> None:
            if self.asked:
                raise KeyboardInterrupt
            self.asked = True
            console.say("stopping after this step; once more stops at once")

        self._before = signal.signal(signal.SIGINT, ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Save and stop when asked to, or when time is up."""
        self.timed_out = time.monotonic() > self._ends
        if self.asked or self.timed_out:
            control.should_save = True
            control.should_training_stop = True


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint in ``folder``; incomplete ones are removed."""

    def step(path: Path) -> int:
        return int(path.name.rpartition("-")[2])

    complete = []
    for path in folder.glob("checkpoint-*"):
        if (path / COMPLETE).exists():
            complete.append(path)
        else:
            shutil.rmtree(path)
    return max(complete, key=step, default=None)


def plot_losses(history: list[dict[str, Any]], path: Path, title: str) -> None:
    """Draw training and evaluation loss over steps."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for key, label, style in (("loss", "training", "-"), ("eval_loss", "validation", "o-")):
        points = [(entry["step"], entry[key]) for entry in history if key in entry]
        if points:
            axes.plot(*zip(*points, strict=True), style, label=label, markersize=4)
    axes.set(xlabel="step", ylabel="loss per answer token (nats)", title=title)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    save_figure(figure, path)

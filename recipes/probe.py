"""Load a recipe's base model and run one forward pass: does it fit, and does it work?

python -m recipes.probe --recipe smoke
"""

import time

import click

from nlsq import console
from nlsq.base_models import load_pretrained
from nlsq.config import load_recipe
from nlsq.prompt import FEW_SHOT_EXAMPLES, STYLES, stamp_for


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--recipe", required=True, help="Name or path of a recipe.")
@click.argument("overrides", nargs=-1)
def main(recipe: str, overrides: tuple[str, ...]) -> None:
    """Load the base model and run one forward pass."""
    loaded = load_recipe(recipe, overrides)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from recipes.examples import tokenize_pair

    started = time.perf_counter()
    tokenizer = load_pretrained(AutoTokenizer, loaded.base)
    model = load_pretrained(AutoModelForCausalLM, loaded.base, dtype=getattr(torch, loaded.training.precision))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).eval()
    elapsed = time.perf_counter() - started
    row = tokenize_pair(tokenizer, stamp_for(STYLES[loaded.prompt], tokenizer), *FEW_SHOT_EXAMPLES[0])
    ids, labels = (torch.tensor([row[key]], device=device) for key in ("input_ids", "labels"))
    with torch.inference_mode():
        loss = float(model(input_ids=ids, labels=labels).loss)
    click.echo(
        f"{loaded.base}: {model.num_parameters() / 1e6:.1f} M parameters in {loaded.training.precision} on {device}, "
        f"loaded in {elapsed:.1f} s; {ids.shape[1]} tokens through it, loss {loss:.3f}"
    )


if __name__ == "__main__":
    console.run(main)

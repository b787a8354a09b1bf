"""Keep libraries from talking over our own output. Light: sets switches, imports nothing heavy."""

import logging
import os
import warnings

# Only true errors of these reach the user; what they warn of here is about their own future versions and speed.
_LIBRARIES = ("bitsandbytes", "transformers", "huggingface_hub", "datasets", "peft", "trl", "accelerate", "torch")


def quiet_libraries() -> None:
    """Switch off progress bars, advice and deprecation notices of the machine-learning libraries."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)
    for category in (FutureWarning, DeprecationWarning):
        warnings.filterwarnings("ignore", category=category)

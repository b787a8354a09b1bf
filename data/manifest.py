"""What the built data is made of and looks like: counts, histograms, drop reasons, hashes, versions."""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from data.conditions import conditions
from data.splits import OUTSIDE_HASHES, SPLITS
from nlsq.files import sha256_of, sha256_of_tree
from nlsq.prompt import STYLES, render_content
from nlsq.query import parse
from nlsq.query.tree import Filter, leaves
from nlsq.records import CATEGORIES, Record
from nlsq.version import __version__

# Lengths are told in tokens of the smallest base model; each bin is named by its upper end.
TOKENIZER = "smollm2-135m"
BINS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512)
FOLDER = Path(__file__).parent
LISTS = ("templates", "slots")
LIBRARIES = ("datasketch", "tokenizers")

CountTokens = Callable[[list[str]], list[int]]


def token_counter(base: str = TOKENIZER) -> CountTokens:
    """A function that tells how many tokens each of many texts has for a base model."""
    from tokenizers import Tokenizer

    from nlsq.base_models import base_folder

    tokenizer = Tokenizer.from_file(str(base_folder(base) / "tokenizer.json"))
    return lambda texts: [len(found.ids) for found in tokenizer.encode_batch(texts, add_special_tokens=False)]


def origin(record: Record) -> str:
    """Where a record comes from: ``hand-written``, generated (from a template or a pair), or of a logged query."""
    if not record.source:
        return "hand-written"
    if record.id.rpartition(".")[0] != record.source:
        return "for logged queries"
    return "generated from templates" if record.source.startswith("template-") else "generated from pairs"


def counts(splits: dict[str, list[Record]]) -> dict[str, dict[str, dict[str, int]]]:
    """Records by split, category and origin."""
    return {
        split: {
            category: dict(sorted(Counter(origin(one) for one in splits[split] if one.category == category).items()))
            for category in CATEGORIES
        }
        for split in SPLITS
    }


def filter_counts(records: Iterable[Record]) -> dict[str, int]:
    """In how many queries each filter stands; ``(terms)`` counts those with search terms."""
    found: Counter[str] = Counter()
    for record in records:
        tree = parse(record.query)
        nodes = list(leaves(tree)) if tree is not None else []
        names = {f"{'-' if leaf.negated else ''}{leaf.name}" for leaf in nodes if isinstance(leaf, Filter)}
        found.update(names | ({"(terms)"} if any(not isinstance(leaf, Filter) for leaf in nodes) else set()))
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def condition_counts(records: Iterable[Record]) -> dict[str, int]:
    """How many queries have so many conditions."""
    return {str(size): count for size, count in sorted(Counter(len(conditions(one.query)) for one in records).items())}


def length_histogram(lengths: Iterable[int]) -> dict[str, int]:
    """How many lengths fall into each bin of ``BINS``; empty bins are left out."""
    found: Counter[str] = Counter()
    for length in lengths:
        end = next((end for end in BINS if length <= end), None)
        found[f"<= {end}" if end else f"> {BINS[-1]}"] += 1
    order = [f"<= {end}" for end in BINS] + [f"> {BINS[-1]}"]
    return {name: found[name] for name in order if found[name]}


def histograms(records: list[Record], count_tokens: CountTokens) -> dict[str, Any]:
    """Filters, conditions and lengths of one split."""
    contents = [render_content(one.request, one.today, one.repositories) for one in records]
    return {
        "filters": filter_counts(records),
        "conditions": condition_counts(records),
        "prompt_tokens": length_histogram(count_tokens(contents)),
        "query_tokens": length_histogram(count_tokens([one.query for one in records])),
    }


def versions() -> dict[str, str]:
    """The versions that the bytes of the build may depend on."""
    found = {"nlsq": __version__, "python": ".".join(platform.python_version_tuple()[:2])}
    return found | {library: metadata.version(library) for library in LIBRARIES}


def inputs(handwritten: Path, more: Sequence[Path] = ()) -> dict[str, str]:
    """SHA-256 of everything that the build reads, and of the code that it is made with."""
    found = {"handwritten": sha256_of_tree(handwritten)} | {name: sha256_of_tree(FOLDER / name) for name in LISTS}
    found |= {path.name: sha256_of(path) for path in more}
    found[OUTSIDE_HASHES.name] = sha256_of(OUTSIDE_HASHES)
    package = FOLDER.parent / "nlsq"
    code = sorted([*FOLDER.rglob("*.py"), package / "prompt.py", package / "records.py", *package.glob("query/*.*")])
    return found | {path.relative_to(FOLDER.parent).as_posix(): sha256_of(path) for path in code}


def prompt_hashes() -> dict[str, str]:
    """The hash of each prompt style that training files are made with."""
    return {name: style.hash for name, style in STYLES.items()}

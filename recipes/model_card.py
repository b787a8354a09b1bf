"""The model card for people, made of a shipped model's sidecar: every figure in it is read from there."""

from typing import Any

from nlsq.timing import milliseconds

WEAKEST = 3


def card(facts: dict[str, Any]) -> str:
    """The card in Markdown. ``facts``: the sidecar, as ``recipes.ship`` makes it."""
    sections = [_head(facts), _quality(facts), _speed(facts), _confidence(facts), _limits(facts), _origin(facts)]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(facts: dict[str, Any]) -> list[str]:
    latency, right = facts["latency"], facts["evaluation"]["summary"]["right"]
    size, kind = f"{facts['bytes'] / 1e6:.1f} MB", facts["build"].upper()
    return [
        f"# The shipped model: {facts['name']}",
        "",
        "<!-- made by `nls-finetune ship` from the sidecar beside this file; do not edit -->",
        "",
        f"`{facts['name']}.gguf` ({kind}, {size}) turns a request in plain English into a Sourcegraph search query.",
        "",
        f"- right: {_share(right)} of {right['n']} validation requests, of which it was trained on none",
        f"- time of an answer: {milliseconds(latency['p50'])} ms (p50), {milliseconds(latency['p95'])} ms (p95)",
        f"- licence: {facts['licence']}, as its base",
        "",
        "How it is made: docs/edge-model.md in the project's repository.",
    ]


def _share(share: dict[str, Any]) -> str:
    low, high = share["interval"]
    return f"{share['value']:.0%} ({low:.0%} to {high:.0%})"


def _quality(facts: dict[str, Any]) -> list[str]:
    evaluation = facts["evaluation"]
    header = ["category", "n", "right (95% interval)", "exact", "semantic match", "valid"]
    rows = [
        _quality_row(name, shares)
        for name, shares in [*evaluation["categories"].items(), ("all", evaluation["summary"])]
    ]
    lines = ["## Quality", "", "On validation:", "", *_table([header, *rows])]
    if facts["release"]:
        rows = [_quality_row("all", facts["release"]["summary"])]
        lines += ["", f"On test, which nobody tunes to ({facts['release']['finished'][:10]}):", ""]
        lines += _table([header, *rows])
    return lines


def _quality_row(name: str, shares: dict[str, Any]) -> list[str]:
    plain = [f"{shares[metric]['value']:.0%}" for metric in ("exact", "semantic_match", "valid")]
    return [name, str(shares["right"]["n"]), _share(shares["right"]), *plain]


def _table(rows: list[list[str]]) -> list[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]]


def _speed(facts: dict[str, Any]) -> list[str]:
    latency = facts["latency"]
    cold = latency["cold_ms"] or {}
    return [
        "## Speed",
        "",
        f"Measured on {latency['machine']}, {latency['finished'][:10]}.",
        f"{latency['n']} requests, one at a time, after others that are not counted.",
        "",
        *_table(
            [
                ["p50", "p95", "import, once", "load, once", "first answer", "memory at most"],
                [
                    *(f"{milliseconds(latency[key])} ms" for key in ("p50", "p95")),
                    *(f"{milliseconds(cold.get(key))} ms" for key in ("import_ms", "load_ms", "first_answer_ms")),
                    f"{facts['peak_memory_bytes'] / 1e6:.0f} MB",
                ],
            ]
        ),
    ]


def _confidence(facts: dict[str, Any]) -> list[str]:
    told = facts["confidence"]
    checked = told["cross_validation"]
    rows = [
        [f"{row['confidence']:.0%}", f"{row['right']:.0%} ({row['low']:.0%} to {row['high']:.0%})", str(row["n"])]
        for row in checked["bins"]
    ]
    return [
        "## Confidence",
        "",
        "`nlsq --json` says how probably an answer is right, by a formula fitted on answers to validation requests. A",
        "request that is a query already has confidence 1, and is not counted here.",
        "",
        f"- answers: {told['answers']}, of which {told['right']} are right",
        f"- expected calibration error, by {told['folds']}-fold cross-validation: {checked['ece']:.3f}",
        f"- that of a perfect confidence on so few answers, by chance: {checked['ece_by_chance']:.3f}",
        "",
        *_table([["confidence", "right (95% interval)", "n"], *rows]),
    ]


def _limits(facts: dict[str, Any]) -> list[str]:
    shares = {name: found["right"] for name, found in facts["evaluation"]["categories"].items()}
    weakest = sorted(shares, key=lambda name: shares[name]["value"])[:WEAKEST]
    told = ", ".join(f"{name} {shares[name]['value']:.0%}" for name in weakest)
    right = facts["evaluation"]["summary"]["right"]
    limits = facts["limits"]
    return [
        "## Limits",
        "",
        f"- {right['n'] - right['hits']} of {right['n']} validation answers are not right; weakest: {told}.",
        "- The figures are of validation, by which recipe and build were chosen, so they flatter a little.",
        "- Requests are in English, one at a time, without memory of earlier ones.",
        f"- Requests have up to {limits['request_characters']:,} characters, answers {limits['answer_tokens']} tokens.",
        "- A grammar keeps answers valid, which says nothing of their being right.",
        "- It knows of no repositories but those that are given with the request.",
    ]


def _origin(facts: dict[str, Any]) -> list[str]:
    base, training, data = facts["base"], facts["training"], facts["data"]
    commit = (facts["git"]["training"] or {}).get("commit", "unknown")
    changed = " with uncommitted changes" if (facts["git"]["training"] or {}).get("uncommitted_changes") else ""
    seconds = f"{training['seconds'] / 60:.0f} minutes" if training["seconds"] else "time not logged"
    packages = facts["packages"]["training"] or {}
    shown = ("torch", "transformers", "trl", "llama-cpp-python")
    rows = [
        ["what", "value"],
        ["base", f"{base['title']}, {base['licence']}; {base['origin']}"],
        ["recipe", f"{facts['recipe']['values']['name']}, sha256 `{facts['recipe']['sha256']}`"],
        ["data", f"manifest sha256 `{data['manifest_sha256'] or 'not that of the data as built now'}`"],
        ["data files", "; ".join(f"{name} `{sha256[:16]}`" for name, sha256 in data["files"].items())],
        ["examples, steps", f"{training['examples']:,} pairs with slots, {training['steps']:,} steps"],
        ["loss on validation", f"{training['eval_loss_first']:.3f} before, {training['eval_loss_last']:.3f} after"],
        ["trained", f"{(training['finished'] or '')[:10]}, {seconds}, {training['machine']}"],
        ["seeds", ", ".join(f"{what} {seed}" for what, seed in facts["seeds"].items())],
        ["packages", ", ".join(f"{name} {packages[name]}" for name in shown if name in packages)],
        ["commit", f"`{commit}`{changed}"],
        ["model", f"sha256 `{facts['sha256']}`"],
    ]
    return [
        "## Origin",
        "",
        *_table(rows),
        "",
        f"The loss curve is in `{facts['name']}-training.json`, everything else in `{facts['name']}.json`.",
    ]

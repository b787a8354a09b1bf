"""Make the builds that a run's recipe asks for, and describe each in ``runs/<run>/builds/builds.json``.

    python -m quant.build --run smoke

A build that is there and was made of the same weights is not made again.
"""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from nlsq import console, environment, paths
from nlsq.artifacts import BUILD_MANIFEST, MERGED, STAMP_FILE, build_rows, gguf_name
from nlsq.config import Recipe, parse_recipe
from nlsq.errors import UserError
from nlsq.files import atomic_folder, atomic_path, checksum, read_json, require_space, write_json
from nlsq.prompt import PromptStamp
from nlsq.run import Run, fingerprint_of, run_named, stopwatch
from quant import gguf_build, int8_build

INT8 = "int8"


def build_all(run: Run, force: bool = False) -> list[dict[str, Any]]:
    """Make all builds of ``run``; returns the manifest's rows."""
    if not run.stage("merge"):
        raise UserError(f"run {run.name!r} has no merged model", f"nls-finetune merge --run {run.name}")
    recipe = parse_recipe(run.config.read_text(encoding="utf-8"), f"of run {run.name}")
    parent = checksum(run.merged)
    stamp = PromptStamp.from_json(read_json(run.merged / STAMP_FILE)["prompt"], run.merged)
    fingerprint = fingerprint_of(recipe.builds.model_dump(), {MERGED: parent})
    with run.lock():
        if not force and run.is_done("quantize", fingerprint):
            console.say(f"quantize: done already ({paths.shown(run.builds)}); --force builds again")
            return build_rows(run)
        if force and run.builds.exists():
            shutil.rmtree(run.builds)
        before = {row["name"]: row for row in build_rows(run)}
        rows: list[dict[str, Any]] = []
        with stopwatch() as watch:
            for name, make in _plan(recipe, run, parent, stamp):
                known = before.get(name)
                rows.append(
                    known if known and _is_whole(run, known, parent) else _built(name, make, run, parent, stamp)
                )
                write_json(run.builds / BUILD_MANIFEST, {"builds": rows})
        outputs = [run.builds / row["file"] for row in rows]
        run.record("quantize", fingerprint, {MERGED: parent}, outputs, watch["seconds"])
    return rows


def _is_whole(run: Run, row: dict[str, Any], parent: str) -> bool:
    """True when a build is there, is what its manifest says, and was made of these weights."""
    path = run.builds / row["file"]
    return row["parent_sha256"] == parent and path.exists() and checksum(path) == row["sha256"]


def _plan(recipe: Recipe, run: Run, parent: str, stamp: PromptStamp) -> list[tuple[str, Callable[[Path], None]]]:
    """``(name, function that writes the build to a path)`` in order: what others are made of comes first."""
    kinds = list(recipe.builds.gguf)
    source = run.builds / gguf_name("f16")
    plan: list[tuple[str, Callable[[Path], None]]] = []
    if kinds:
        kinds = ["f16", *(kind for kind in kinds if kind != "f16")]
    for kind in kinds:
        if kind in ("f16", "f32"):
            make = functools.partial(_convert, run.merged, kind=kind, stamp=stamp, parent=parent)
        else:
            make = functools.partial(gguf_build.quantize, source, kind=kind)
        plan.append((kind, make))
    if recipe.builds.int8:
        plan.append((INT8, functools.partial(int8_build.build_int8, run.merged, parent_sha256=parent)))
    return plan


def _convert(model: Path, out: Path, *, kind: str, stamp: PromptStamp, parent: str) -> None:
    gguf_build.convert_and_stamp(model, out, kind, stamp, parent)


def _built(name: str, make: Callable[[Path], None], run: Run, parent: str, stamp: PromptStamp) -> dict[str, Any]:
    target = run.builds / (INT8 if name == INT8 else gguf_name(name))
    require_space(run.builds, 2 * sum(file.stat().st_size for file in run.merged.glob("*.safetensors")))
    console.say(f"quantize: {name}")
    with stopwatch() as watch:
        if name == INT8:
            with atomic_folder(target) as folder:
                make(folder)
        else:
            with atomic_path(target) as path:
                make(path)
    size = (
        target.stat().st_size
        if target.is_file()
        else sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    )
    return {
        "name": name,
        "file": target.name,
        "bytes": size,
        "sha256": checksum(target),
        "modified_ns": target.stat().st_mtime_ns,
        "parent": MERGED if name in ("f16", "f32", INT8) else gguf_name("f16"),
        "parent_sha256": parent,
        "prompt_style": stamp.style,
        "prompt_hash": stamp.hash,
        "tensor_types": gguf_build.tensor_types(target) if target.is_file() else None,
        "seconds": round(watch["seconds"], 1),
        "packages": environment.package_versions(),
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--run", "run_name", required=True, help="Name of the run.")
@click.option("--force", is_flag=True, help="Build again.")
def main(run_name: str, force: bool) -> None:
    """Make the GGUF and INT8 builds of a run."""
    run = run_named(run_name)
    rows = build_all(run, force)
    cells = [[row["name"], f"{row['bytes'] / 1e6:.1f}", row["sha256"][:12], _types(row)] for row in rows]
    click.echo(console.table(["build", "MB", "sha256", "tensors"], cells))
    console.say(f"quantize: {paths.shown(run.builds)}")


def _types(row: dict[str, Any]) -> str:
    return " ".join(f"{kind}:{count}" for kind, count in (row["tensor_types"] or {}).items()) or "-"


if __name__ == "__main__":
    console.run(main)

"""A name with one slash is a repository, a folder or a branch, and its first part mostly tells which.

A model sees one slot for all three, so it judges by what stands around it: "on release/2.4" and "on acme/billing" look
the same. What it then writes is put right here.
"""

from __future__ import annotations

import re

from nlsq.reading import slots
from nlsq.reading.reader import Reading
from nlsq.reading.tables import table_of

# First parts that are folders in nearly every training pair that has them, and their like.
FOLDERS = frozenset(
    table_of(
        "src source sources lib libs include includes internal pkg packages cmd app apps api apis core common shared "
        "modules module components services service server client frontend backend web www public static assets media "
        "res resources img images css styles fonts scripts tools tool bin build dist out target vendor third_party "
        "deps external extern contrib plugins plugin extensions ext addons crates drivers kernel arch fs net include "
        "test tests testing testdata spec specs e2e integration fixtures mocks examples example samples demo demos "
        "docs doc documentation man manual website site pages posts content i18n locale locales translations l10n "
        "config configs conf settings etc deploy deployment deployments infra infrastructure ops k8s charts "
        "manifests terraform roles overlays clusters ci db database migrations sql schema schemas models model "
        "entities controllers handlers handler middleware routes routers views templates layouts partials hooks utils "
        "util helpers types typings generated gen proto protos contracts etl dags notebooks experiments training data "
        "engine runtime compiler parser firmware hal boards ports features screens widgets store "
        "android ios macos linux windows res java kotlin main"
    )
)
# First parts that are branches.
BRANCHES = frozenset(
    table_of(
        "release releases rel feature feat fix bugfix hotfix refactor chore perf experiment experimental spike wip "
        "stable lts rc env environments tenant customer customers user users dev develop epic story task topic team "
        "revert renovate dependabot changeset-release backport backports support maint maintenance integration next "
        "origin upstream heads tags refs"
    )
)
_NAME = f"[{slots.slot_character('name', 0)}-{slots.slot_character('name', slots.PER_KIND - 1)}]"
_FILTER = re.compile(rf"(?<!\S)(-?)(repo|file):({_NAME})(/?)(?!\S)")
_REVISION = re.compile(rf"(?<!\S)repo:\.\* rev:({_NAME})(?!\S)")
# Said of folders and branches, or the ending of a file: then the model has seen more than the first part tells.
_TOLD = re.compile(r"\b(?:dir|dirs|director\w+|folders?|paths?|under|below|beneath|inside|branch\w*)\b", re.IGNORECASE)
_FILE = re.compile(r"\.[a-z]{1,5}$")
_ANY_REPOSITORY = re.compile(r"(?<!\S)\(?repo:(?!has\.|\.\*)")


def first_part(text: str) -> str:
    """What stands in front of the first slash, in small letters; empty where there is none."""
    head, slash, _ = text.lower().partition("/")
    return head if slash else ""


def placed(template: str, reading: Reading) -> str:
    """``template`` with its names with a slash in the filters that they most likely belong to."""

    def of(character: str) -> str:
        slot = reading.slot(character)
        return first_part(slot.text) if slot and not _FILE.search(slot.text) else ""

    if _TOLD.search(reading.text):
        return template

    def revision(match: re.Match[str]) -> str:
        first = of(match[1])
        return f"repo:{match[1]}" if first and first not in BRANCHES | FOLDERS else match[0]

    def filtered(match: re.Match[str]) -> str:
        sign, name, character, slash = match.groups()
        first = of(character)
        if name == "repo" and first in FOLDERS and not slash:
            return f"{sign}file:{character}/"
        # Beside another repository, a name may well be a folder in it.
        if name == "file" and first and first not in FOLDERS | BRANCHES and not _ANY_REPOSITORY.search(template):
            return f"{sign}repo:{character}"
        return match[0]

    return _FILTER.sub(filtered, _REVISION.sub(revision, template))

"""Make ``nlsq/query/languages.json`` from GitHub Linguist's data, as the npm package linguist-languages carries it.

    python -m dev.make_languages

Sourcegraph knows languages by Linguist's names and aliases, plus three of its own. Extensions are no names to it; they
are there for suggestions.
"""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlsq.files import write_text

PACKAGE = "linguist-languages"
# The state that Sourcegraph has through go-enry, as far as its public cases show; later ones know more names (`py`).
VERSION = "8.0.0"
TARGET = Path(__file__).parent.parent / "nlsq" / "query" / "languages.json"
# Known to Sourcegraph though Linguist has them not, or not in every version.
SOURCEGRAPHS_OWN = {"Apex": ["apex"], "Pkl": ["pkl"], "Magik": ["magik"]}


# Node.js reads the package, so that nothing here has to parse JavaScript.
_DUMP = "import * as all from './package/lib/index.mjs'; console.log(JSON.stringify(Object.values(all)))"


def read(folder: Path) -> list[dict[str, Any]]:
    """What the unpacked package in ``folder`` says of each language."""
    command = ["node", "--input-type=module", "--eval", _DUMP]
    return json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)


def languages(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Name -> aliases."""
    found = {name: set(aliases) for name, aliases in SOURCEGRAPHS_OWN.items()}
    for row in rows:
        found.setdefault(row["name"], set()).update(row.get("aliases", []))
    return {name: sorted(found[name]) for name in sorted(found)}


def extensions(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Extension (without the dot) -> the one language that names it first, or else the one language that names it."""
    first: dict[str, set[str]] = {}
    named: dict[str, set[str]] = {}
    for row in rows:
        listed = [extension[1:].lower() for extension in row.get("extensions", [])]
        for number, extension in enumerate(listed):
            named.setdefault(extension, set()).add(row["name"])
            if number == 0:
                first.setdefault(extension, set()).add(row["name"])
    meant = {extension: first.get(extension, names) for extension, names in named.items()}
    return {extension: min(names) for extension, names in sorted(meant.items()) if len(names) == 1}


def main() -> None:
    """Fetch the package and write the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, capture_output=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
        rows = read(folder)
    tables: dict[str, Mapping[str, object]] = {"languages": languages(rows), "extensions": extensions(rows)}
    written = ",\n".join(f'  "{name}": {{\n{_lines(table)}\n  }}' for name, table in tables.items())
    write_text(TARGET, f'{{\n  "source": "{PACKAGE} {VERSION}",\n{written}\n}}\n')
    print(f"{len(tables['languages'])} languages: {TARGET.relative_to(TARGET.parent.parent.parent)}")


def _lines(table: Mapping[str, object]) -> str:
    return ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in table.items())


if __name__ == "__main__":
    main()

"""Make ``nlsq/query/languages.json`` from GitHub Linguist's data, as the npm package linguist-languages carries it.

    python -m dev.make_languages

Sourcegraph knows languages by Linguist's names and aliases, plus three of its own.
"""

import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from nlsq.files import write_text

PACKAGE = "linguist-languages"
# The state that Sourcegraph has through go-enry, as far as its public cases show; later ones know more names (`py`).
VERSION = "8.0.0"
TARGET = Path(__file__).parent.parent / "nlsq" / "query" / "languages.json"
# Known to Sourcegraph though Linguist has them not, or not in every version.
SOURCEGRAPHS_OWN = {"Apex": ["apex"], "Pkl": ["pkl"], "Magik": ["magik"]}


# Node.js reads the package, so that nothing here has to parse JavaScript.
_DUMP = "import * as all from './package/lib/index.mjs'; console.log(JSON.stringify(Object.values(all)))"


def languages(folder: Path) -> dict[str, list[str]]:
    """Name -> aliases, from the unpacked package in ``folder``."""
    command = ["node", "--input-type=module", "--eval", _DUMP]
    rows = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)
    found = {name: set(aliases) for name, aliases in SOURCEGRAPHS_OWN.items()}
    for row in rows:
        found.setdefault(row["name"], set()).update(row.get("aliases", []))
    return {name: sorted(found[name]) for name in sorted(found)}


def main() -> None:
    """Fetch the package and write the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, capture_output=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
        found = languages(folder)
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(aliases)}" for name, aliases in found.items())
    write_text(TARGET, f'{{\n  "source": "{PACKAGE} {VERSION}",\n  "languages": {{\n{rows}\n  }}\n}}\n')
    print(f"{len(found)} languages: {TARGET.relative_to(TARGET.parent.parent.parent)}")


if __name__ == "__main__":
    main()

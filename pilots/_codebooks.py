"""Write the CODEBOOK.md of every pilot and twin from its contract: `python pilots/_codebooks.py`."""

from __future__ import annotations

from pathlib import Path

from ebpm import spec
from ebpm.data import codebook
from ebpm.pilot.spec import PilotSpec

HERE = Path(__file__).resolve().parent


def folders() -> list[Path]:
    """Return the folders that hold a pilot.yaml."""
    return sorted(path.parent for path in HERE.rglob("pilot.yaml"))


def text(folder: Path) -> str:
    """Return the codebook of a pilot: every table in Japanese, then in English."""
    tables = spec.read(folder / "pilot.yaml", PilotSpec).data
    return "\n".join(codebook(table, lang) for lang in ("ja", "en") for table in tables)


if __name__ == "__main__":
    for one in folders():
        (one / "CODEBOOK.md").write_text(text(one), encoding="utf-8", newline="\n")

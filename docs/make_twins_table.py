"""Write docs/twins.md: the twins' results beside the published numbers, from pilots/*/twin*/results/results.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ebpm.pilot import PilotSpec, read_pilot

PAGE = Path(__file__).with_name("twins.md")
PILOTS = Path(__file__).parents[1] / "pilots"
NOISE = 1e-9
HEAD = """\
# The twins

Each pilot's data are synthetic. Its twin runs real public data of the same shape through the same code, and stands here beside what was
published, or computed with another program. Written by `docs/make_twins_table.py` from the `results.json` of each twin.
"""
COLUMNS = """
| analysis | term | quantity | theirs | ours | difference | tolerance | reproduced | source |
| --- | --- | --- | --: | --: | --: | --: | --- | --- |
"""


def page() -> str:
    """Return the page: one table a twin."""
    return HEAD + "".join(_twin(file) for file in sorted(PILOTS.glob("*/twin*/results/results.json")))


def _twin(file: Path) -> str:
    folder = file.parents[1]
    spec = read_pilot(folder).spec
    rows = json.loads(file.read_text(encoding="utf-8"))["published"]
    title = f"\n## {spec.title.words('en')}\n\n`pilots/{folder.relative_to(PILOTS).as_posix()}`. {spec.question.words('en')}\n"
    return title + COLUMNS + "".join(_lines(spec, rows))


def _lines(spec: PilotSpec, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    titles = {analysis.id: analysis.title.words("en") for analysis in spec.plan}
    for row in rows:
        ours = f"{row['ours']:.10g}" if isinstance(row["ours"], int | float) else "not available"
        cells = (
            titles[row["analysis"]], row["term"], row["column"], f"{row['value']:.10g}", ours, _apart(row),
            f"{row['tolerance']:g}", "yes" if row["reproduced"] else "**no**", row["source"],
        )  # fmt: skip
        yield "| " + " | ".join(cells) + " |\n"


def _apart(row: Mapping[str, Any]) -> str:
    if not isinstance(row["ours"], int | float):
        return ""
    apart = abs(row["ours"] - row["value"])
    return f"< {NOISE:.0e}" if apart < NOISE else f"{apart:.1g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")

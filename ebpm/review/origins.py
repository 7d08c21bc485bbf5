"""From a number of results.json to the line of the plan that asked for it and the cells that print it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ebpm.review.cells import Cell, lines
from ebpm.review.findings import Origin
from ebpm.table import FOUR, rounded
from ebpm.texts import entry

COLUMNS = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
TOKEN = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
DIGITS = 3


def origins(
    folder: Path, results: Mapping[str, Any], notebook: Path | None, cells: tuple[Cell, ...]
) -> Iterator[Origin]:
    """Yield the origin of every estimate, error, interval and p value of a results.json, those of its figures too.

    Parameters
    ----------
    folder : of the pilot.
    results : its results.json.
    notebook : source of its notebook; None where it has none.
    cells : of the executed notebook.

    Notes
    -----
    A cell prints a number if it shows the number as tables, sentences and figures round it, with three digits or more; a shorter
    number could be any.
    """
    plan = (folder / "pilot.yaml").read_text(encoding="utf-8").splitlines()
    starts = lines(notebook.read_text(encoding="utf-8")) if notebook else ()
    printed = {one.number: set(map(_normal, TOKEN.findall(f"{one.shown}\n{one.drawn}"))) for one in cells}
    places = {number: _place(notebook, number, starts) for number in printed}
    for path, name, column, value in _numbers(results):
        tokens = _tokens(column, value)
        found = tuple(places[number] for number, shown in printed.items() if tokens & shown)
        routine = results["analyses"][name]["routine"]
        yield Origin(results["pilot"], path, _shown(column, value), _line(plan, name), routine, found)


def _numbers(results: Mapping[str, Any]) -> Iterator[tuple[str, str, str, float]]:
    """Yield path, analysis, column and value of each number of the analyses and of their figures."""
    tables = {f"analyses.{name}.terms": one["terms"] for name, one in results["analyses"].items()}
    tables |= {f"figures.{name}": items for name, items in results.get("figures", {}).items()}
    for above, items in tables.items():
        for item in items:
            for column in COLUMNS:
                value = item.get(column)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    yield f"{above}[{item['term']}].{column}", above.split(".")[1], column, float(value)


def _line(plan: list[str], analysis: str) -> str:
    wanted = re.compile(rf"\bid:\s*[\"']?{re.escape(analysis)}[\"']?\s*(?:[,}}#]|$)")
    return next((f"pilot.yaml:{number}" for number, line in enumerate(plan, 1) if wanted.search(line)), "pilot.yaml")


def _place(notebook: Path | None, number: int, starts: tuple[int, ...]) -> str:
    name = notebook.name if notebook else ""
    return f"{name}:{starts[number]} [{number}]" if number < len(starts) else f"{name} [{number}]"


def _shown(column: str, value: float) -> str:
    return rounded(value, str(entry("column", column).get("format", FOUR)))


def _tokens(column: str, value: float) -> set[str]:
    shown = {_shown(column, value), *(format(value, spec) for spec in (".3g", ".4g", ".3f", ".6g"))}
    return {_normal(one) for one in shown if sum(map(str.isdigit, one.lstrip("-0."))) >= DIGITS}


def _normal(token: str) -> str:
    return token.replace("−", "-").replace(",", "")

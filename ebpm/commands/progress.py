"""`ebpm progress`: the indicators of a plan, year by year, and what can be said of their change."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both
from ebpm.texts import current_language

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.table import Table

PLAN = Path("logic_models/data_utilisation_plan.yaml")
FORMATS = ("text", "markdown", "html")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", nargs="?", type=Path, default=PLAN, metavar="FILE", help=both("cli_progress_file"))
    parser.add_argument("--format", choices=FORMATS, default="text", help=both("cli_progress_format"))
    parser.add_argument("--figures", type=Path, metavar="FOLDER", help=both("cli_progress_figures"))


def run(options: argparse.Namespace) -> int:
    """Print the progress table, the counts of statuses and the changes; draw the trends where asked."""
    from ebpm.logic import read_logic_model

    model = read_logic_model(options.file)
    print(_told(model, options.format))
    for file in _drawn(model, options.figures) if options.figures else ():
        print(file, file=sys.stderr if options.format == "html" else sys.stdout)
    return 0


def _told(model: LogicModel, form: str) -> str:
    from ebpm.reports.progress import html, sentences, tables

    lang = current_language()
    if form == "html":
        return html(model, lang).rstrip("\n")
    indicators, *counts = tables(model, lang)
    if form == "text":
        shown = [*_by_node(indicators), *(table.to_text(lang) for table in counts)]
    else:
        shown = ["\n\n".join(table.to_markdown(lang) for table in (indicators, *counts))]
    return "\n".join((*shown, *sentences(model, lang)))


def _by_node(table: Table) -> Iterator[str]:
    """Yield the table as lines that fit a screen: the measure, its indicators, and below each its years."""
    headings, above = table.headings(), ""
    for node, indicator, *values in table.cells():
        if node != above:
            yield f"■ {node}"
        above = node
        yield f"  {indicator}"
        known = (f"{name}: {value}" for name, value in zip(headings[2:], values, strict=True) if value)
        yield "    " + "  ".join(known)


def _drawn(model: LogicModel, folder: Path) -> Iterator[Path]:
    from matplotlib import pyplot as plt

    from ebpm.logic import trends

    folder.mkdir(parents=True, exist_ok=True)
    for name, found in trends(model):
        file = folder / f"{name}.{current_language()}.svg"
        figure = found.plot().get_figure(root=True)
        if figure is not None:
            figure.savefig(file, metadata={"Date": None})
            plt.close(figure)
        yield file

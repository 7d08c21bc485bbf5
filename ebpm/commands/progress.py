"""`ebpm progress`: the indicators of a plan, year by year, and what can be said of their change."""

from __future__ import annotations

import argparse
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
    from ebpm.estimate import Unavailable
    from ebpm.logic import changes, progress, read_logic_model, statuses, trends

    model = read_logic_model(options.file)
    lang = current_language()
    tables = [progress(model, lang), *([statuses(model, lang)] if model.statuses else [])]
    if options.format == "text":
        print("\n".join(_by_node(tables[0])))
        print("\n".join(table.to_text(lang) for table in tables[1:]))
    else:
        print(
            "\n\n".join(
                table.to_html(lang) if options.format == "html" else table.to_markdown(lang) for table in tables
            )
        )
    for _, found in trends(model):
        if not isinstance(found.points[-1].low, Unavailable):
            print(found.sentence(lang))
    for change in changes(model):
        print(change.sentence(lang))
    for file in _drawn(model, options.figures) if options.figures else ():
        print(file)
    return 0


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

"""A table in which some cells are withheld, and what a scan found, as bars."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Unavailable
from ebpm.figures.style import BLUE, GREY, ORANGE, dress, style
from ebpm.notices import Notice
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.disclosure.anonymity import Anonymity
    from ebpm.disclosure.scanning import Scan
    from ebpm.disclosure.tables import ProtectedTable


def draw_protected(table: ProtectedTable, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw a bar for each cell that is no sum; a cell that is withheld has its word in the place of a bar."""
    depth = table.depth
    leaves = [place for place, sums in enumerate(depth) if not sums]
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 1.4 + 0.28 * len(leaves)))[1]
        for row, place in enumerate(reversed(leaves)):
            value = table.shown[place]
            if isinstance(value, Unavailable):
                axes.text(0, row, f" {value.words(lang)}", va="center", color=GREY, fontsize=9)
            else:
                axes.barh(row, value, color=BLUE, height=0.6)
        names = [" × ".join(map(str, table.cells[place])) for place in reversed(leaves)]
        axes.set_yticks(range(len(leaves)), names)
        axes.set_ylim(-0.6, len(leaves) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(table.amount or label("disclosure_axis_persons", lang))
        dress(axes)
        return axes


def draw_finds(scan: Scan, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw a bar for each kind of find: in how many places it was made."""
    found = Counter(one.code for one in scan.finds)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 1.4 + 0.3 * max(1, len(found))))[1]
        places = range(len(found) - 1, -1, -1)
        axes.barh(list(places), list(found.values()), color=ORANGE, height=0.6)
        axes.set_yticks(list(places), [f"{code} {Notice(code).title(lang)}" for code in found])
        axes.set_xlim(left=0)
        axes.set_xlabel(label("disclosure_axis_places", lang))
        return axes


def draw_sizes(anonymity: Anonymity, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw a bar for each band of sizes: how many records are in classes of that size."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 3.2))[1]
        names = ("1", "2", "3–4", "5–9", "10–")
        colours = [ORANGE, ORANGE, ORANGE, ORANGE, BLUE]
        bars = axes.bar(names, anonymity.sizes, color=colours)
        axes.bar_label(bars, [f"{count:,}" for count in anonymity.sizes], padding=2)
        axes.set_xlabel(label("disclosure_axis_class", lang))
        axes.set_ylabel(label("disclosure_axis_records", lang))
        return axes

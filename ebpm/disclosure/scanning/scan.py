"""Look through files for what must not leave: `scan(paths, readings)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.data.reading import Reading
from ebpm.disclosure.rules import SMALLEST
from ebpm.disclosure.scanning import extremes, groups, matching, points, shares
from ebpm.disclosure.scanning.files import of_bytes, of_path
from ebpm.disclosure.scanning.fragments import Fragment, Piece, Trouble
from ebpm.disclosure.scanning.known import Known, known_tables
from ebpm.disclosure.scanning.matching import Find
from ebpm.disclosure.scanning.small_counts import by_levels, small_counts
from ebpm.errors import DataError
from ebpm.notices import Notice, Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Scan(Shown):
    """What of some tables stands in some files.

    Parameters
    ----------
    finds : one a place and kind; values are counted, never repeated.
    troubles : what could not be looked through, and what else carries names.
    pieces : how many pieces were looked at.
    """

    finds: tuple[Find, ...]
    troubles: tuple[Trouble, ...]
    pieces: int

    @property
    def clean(self) -> bool:
        """Whether nothing of the tables was found, and everything could be looked through."""
        return not self.notices.of("error")

    @property
    def notices(self) -> Notices:
        """One notice a find, the place first."""
        found = [Notice(one.code, one.where, {"what": one.about, "count": one.count}) for one in self.finds]
        return Notices(tuple(found)) + [Notice(one.code, one.where, {"what": one.about}) for one in self.troubles]

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how much was looked through and how much was found."""
        return [
            label("disclosure_scan_line", lang, pieces=self.pieces, finds=len(self.finds), troubles=len(self.troubles))
        ]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a find: place, what was found, of which table and column, how often."""
        rows = [(one.where, one.code, Notice(one.code).title(lang), one.about, one.count) for one in self.finds]
        rows += [(one.where, one.code, Notice(one.code).title(lang), one.about, 1) for one in self.troubles]
        columns = ("disclosure_place", "code", "message", "disclosure_about", "disclosure_count")
        return (Table(columns, tuple(rows), label("disclosure_scan", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw how many finds there are of each kind."""
        from ebpm.figures.protected import draw_finds

        return draw_finds(self, ax, lang=lang)


def scan(
    paths: Iterable[Path | str], readings: Mapping[str, Reading] | Iterable[Reading], *, min_cell: int = SMALLEST
) -> Scan:
    """Look through files for names, rows, values and small groups of the tables that were read.

    Parameters
    ----------
    paths : files and folders: text, CSV, JSON, notebooks, HTML, SVG, XML, workbooks, documents, PNG, JPEG, PDF, archives of these.
    readings : the tables, as `Reading` values or by id.
    min_cell : a group of fewer is small.

    Raises
    ------
    DataError : if a path does not exist.

    Notes
    -----
    Looked for are identifiers (role id or unit, sensitive text), records recognised by the combination of their values, runs of
    values of a column, small groups with their number or mean, cells that were refused, and drawings with a point a record;
    and, whoever they are, small counts of persons: below headings of counts, in cross tables, in sentences, as percentages.
    What the pixels of a picture show cannot be seen; figures are asked before they become pictures (`scan_figure`).
    Tables without identifiers, quasi-identifiers and sensitive columns are about nobody and are passed over.
    """
    return scan_tables(paths, known_tables(readings), min_cell=min_cell)


def scan_tables(
    paths: Iterable[Path | str], tables: Sequence[Known], *, min_cell: int = SMALLEST, headings: Sequence[str] = ()
) -> Scan:
    """Look through files for what stands in some tables, derived columns among them.

    Parameters
    ----------
    paths : files and folders.
    tables : what must not be found.
    min_cell : a group of fewer is small.
    headings : further headings below which counts of persons stand.

    Raises
    ------
    DataError : if a path does not exist.
    """
    found = [Path(path) for path in paths]
    for path in found:
        if not path.exists():
            raise DataError("disclosure_no_path", path=path.name)
    return _looked((piece for path in found for piece in of_path(path)), tables, min_cell, headings)


def scan_bytes(
    name: str, data: bytes, tables: Sequence[Known], *, min_cell: int = SMALLEST, headings: Sequence[str] = ()
) -> Scan:
    """Look through the content of a file that has not been written yet.

    Parameters
    ----------
    name : of the file; its ending says its kind.
    data : its content.
    tables : what must not be found.
    min_cell : a group of fewer is small.
    headings : further headings below which counts of persons stand.
    """
    return _looked(of_bytes(name, data, kind=Path(name).suffix), tables, min_cell, headings)


def scan_figure(where: str, figure: Figure, tables: Sequence[Known]) -> Scan:
    """Look at the points of a figure before it becomes a picture.

    Parameters
    ----------
    where : what to call it.
    figure : with its axes drawn.
    tables : what must not be found.
    """
    about = [table for table in tables if table.about_somebody]
    return Scan(tuple(find for table in about for find in points.drawn(where, figure, table)), (), 1)


def _looked(pieces: Iterable[Piece], tables: Sequence[Known], min_cell: int, headings: Sequence[str] = ()) -> Scan:
    about = [table for table in tables if table.about_somebody]
    finds: dict[Find, None] = {}
    troubles: dict[Trouble, None] = {}
    count = 0
    for piece in pieces:
        count += 1
        if isinstance(piece, Trouble):
            troubles[piece] = None
        else:
            finds |= dict.fromkeys(find for table in about for find in _finds(piece, table, min_cell))
            finds |= dict.fromkeys(small_counts(piece, min_cell=min_cell, headings=headings) if about else ())
    return Scan(tuple(finds), tuple(troubles), count)


def _finds(piece: Fragment, table: Known, min_cell: int) -> Iterator[Find]:
    for looking in (matching.names, matching.records, matching.sequences, matching.refused, points.pictured):
        yield from looking(piece, table)
    for looking_for_few in (groups.small_groups, groups.few_behind, shares.small_shares, by_levels, extremes.extremes):
        yield from looking_for_few(piece, table, min_cell=min_cell)

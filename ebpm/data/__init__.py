"""Data under contract: what the records mean, how they are read, and what looks wrong in them.

`DataSet`, `Column`, `RowRule` declare a table; `read` gives a `Reading`; `codebook` writes the contract out for readers.
`heaping`, `gaps`, `changed`, `dominance`, `small_cells`, `small_counts`, `leavers`, `late_reporting` look at a table and give notices.
`fiscal_year` counts years from April.
"""

from ebpm.data.calendar import fiscal_year
from ebpm.data.checks import changed, dominance, heaping, small_cells, small_counts
from ebpm.data.codebook import codebook
from ebpm.data.contract import Column, DataSet, RowRule
from ebpm.data.panel import gaps, late_reporting, leavers
from ebpm.data.reading import Reading, read
from ebpm.data.refusals import Refusal

__all__ = [
    "Column",
    "DataSet",
    "Reading",
    "Refusal",
    "RowRule",
    "changed",
    "codebook",
    "dominance",
    "fiscal_year",
    "gaps",
    "heaping",
    "late_reporting",
    "leavers",
    "read",
    "small_cells",
    "small_counts",
]


def __dir__() -> list[str]:
    return __all__

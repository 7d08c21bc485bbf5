"""How well a data set hides those it is about: k-anonymity, l-diversity, t-closeness, and what to coarsen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.data.contract import DataSet
from ebpm.disclosure.coarsening import Step, suggested
from ebpm.disclosure.rules import SMALLEST
from ebpm.errors import DataError
from ebpm.notices import Notice, Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LARGEST_COMBINATION = 3
BANDS = (1, 2, 4, 9)
FAR = 0.3
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Risk:
    """Records at risk under some quasi-identifiers together.

    Parameters
    ----------
    columns : the quasi-identifiers.
    smallest : records in the smallest class of equal values.
    unique : records that are alone in their class.
    few : records in classes of fewer than k.
    """

    columns: tuple[str, ...]
    smallest: int
    unique: int
    few: int


@dataclass(frozen=True, slots=True)
class Diversity:
    """How much a class of equal quasi-identifiers tells of a sensitive column.

    Parameters
    ----------
    column : the sensitive column.
    smallest : fewest different values in a class.
    entropy : the smallest exponential of the entropy of a class.
    told : records in classes of two or more that share one value, so that membership tells it.
    distance : largest distance between the distribution in a class and in all records, 0 to 1.
    """

    column: str
    smallest: int
    entropy: float
    told: int
    distance: float


@dataclass(frozen=True, slots=True)
class Anonymity(Shown):
    """What a data set that is to be shared tells of those it is about.

    Parameters
    ----------
    data : id of the data set.
    k : classes of fewer records are at risk.
    records : their number.
    sizes : records by the size of their class: 1, 2, 3-4, 5-9, 10 and more.
    risks : of all quasi-identifiers together first, then of fewer of them, the worst first.
    diversity : one a sensitive column.
    steps : what to coarsen, in order, and what is at risk after each.
    """

    data: str
    k: int
    records: int
    sizes: tuple[int, ...]
    risks: tuple[Risk, ...]
    diversity: tuple[Diversity, ...]
    steps: tuple[Step, ...]

    @property
    def notices(self) -> Notices:
        """What is at risk, and what the report cannot say."""
        whole = self.risks[0]
        found = [Notice("X633", self.data)]
        if whole.few:
            facts = {"few": whole.few, "records": self.records, "k": self.k, "unique": whole.unique}
            found.append(Notice("X631", ", ".join(whole.columns), facts))
        found += [Notice("X632", one.column, {"told": one.told}) for one in self.diversity if one.told]
        far = (one for one in self.diversity if one.distance > FAR)
        found += [Notice("X634", one.column, {"distance": f"{one.distance:.2f}"}) for one in far]
        return Notices(tuple(found))

    def lines(self, lang: str | None = None) -> list[str]:
        """Return k, the records at risk, and the sizes of the classes."""
        whole = self.risks[0]
        facts = {"data": self.data, "records": self.records, "smallest": whole.smallest, "few": whole.few, "k": self.k}
        sizes = label("disclosure_sizes", lang, **{f"size{at}": f"{count:,}" for at, count in enumerate(self.sizes)})
        return [label("disclosure_anonymity_line", lang, columns=", ".join(whole.columns), **facts), sizes]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return risks by combination, diversity by sensitive column, and what to coarsen."""
        risks = tuple((", ".join(one.columns), one.smallest, one.unique, one.few) for one in self.risks)
        columns = ("disclosure_columns", "disclosure_smallest", "disclosure_unique", "disclosure_few")
        found = [Table(columns, risks, label("disclosure_risks", lang))]
        if self.diversity:
            rows = tuple((one.column, one.smallest, one.entropy, one.told, one.distance) for one in self.diversity)
            names = (
                "disclosure_columns",
                "disclosure_l",
                "disclosure_entropy",
                "disclosure_told",
                "disclosure_distance",
            )
            found.append(Table(names, rows, label("disclosure_diversity", lang)))
        if self.steps:
            steps = tuple((one.column, one.how, one.few, one.unique) for one in self.steps)
            coarsening = ("disclosure_columns", "disclosure_how", "disclosure_few", "disclosure_unique")
            found.append(Table(coarsening, steps, label("disclosure_steps", lang)))
        return tuple(found)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the records by the size of their class."""
        from ebpm.figures.protected import draw_sizes

        return draw_sizes(self, ax, lang=lang)


def anonymity(
    frame: pd.DataFrame,
    dataset: DataSet,
    *,
    quasi: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    k: int = SMALLEST,
) -> Anonymity:
    """Return what a data set tells of those it is about, were it shared.

    Parameters
    ----------
    frame : the rows that would be shared, one a person; of a panel, one a person and period.
    dataset : their contract, whose roles `quasi_identifier` and `sensitive` are used.
    quasi : further columns that outsiders may know.
    sensitive : further columns that outsiders must not learn.
    k : classes of fewer records are at risk.

    Raises
    ------
    DataError : if no quasi-identifier is declared, or a column is missing.

    Notes
    -----
    A class holds the records that agree in all quasi-identifiers; a missing value is a value. The distance is the earth mover's,
    with ranks as the ground for ordered columns and 0 or 1 for others.

    Sources: Sweeney (2002), International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10(5);
    Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam (2007), ACM TKDD 1(1); Li, Li and Venkatasubramanian (2007), ICDE.
    """
    declared = {
        role: [one.name for one in dataset.columns if one.role == role] for role in ("quasi_identifier", "sensitive")
    }
    asked = tuple(dict.fromkeys((*declared["quasi_identifier"], *quasi)))
    secret = tuple(dict.fromkeys((*declared["sensitive"], *sensitive)))
    _refuse(asked, secret, frame, dataset)
    coded = {name: codes_of(frame[name]) for name in asked}
    classes = combined([coded[name] for name in asked])
    sizes = np.bincount(classes)[classes]
    steps = suggested({name: frame[name] for name in asked}, dataset, k=k)
    return Anonymity(dataset.id, k, len(frame), _banded(sizes), tuple(_risks(coded, k)),
                     tuple(_diversity(frame[name], name, classes) for name in secret), steps)  # fmt: skip


def _refuse(asked: Sequence[str], secret: Sequence[str], frame: pd.DataFrame, dataset: DataSet) -> None:
    if not asked:
        raise DataError("disclosure_no_quasi", data=dataset.id)
    for name in (*asked, *secret):
        if name not in frame.columns:
            raise DataError(
                "disclosure_no_column", column=name, data=dataset.id, columns=", ".join(map(str, frame.columns))
            )


def codes_of(values: pd.Series) -> Codes:
    """Return a column as codes; missing values share one."""
    codes = values.astype("category").cat.codes.to_numpy(dtype=np.int64)
    found: Codes = codes + 1
    return found


def combined(coded: Sequence[Codes]) -> Codes:
    """Return the class of each record: the combination of its codes."""
    found: Codes = np.unique(np.column_stack(coded), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return found


def _banded(sizes: Codes) -> tuple[int, ...]:
    edges = (0, *BANDS, np.inf)
    return tuple(int(((sizes > low) & (sizes <= high)).sum()) for low, high in pairwise(edges))


def _risks(coded: dict[str, Codes], k: int) -> list[Risk]:
    names = tuple(coded)
    subsets = [
        one for size in range(1, min(LARGEST_COMBINATION, len(names) - 1) + 1) for one in combinations(names, size)
    ]
    found = [_risk(one, coded, k) for one in subsets]
    return [_risk(names, coded, k), *sorted(found, key=lambda one: (len(one.columns), -one.few, one.columns))]


def _risk(names: tuple[str, ...], coded: dict[str, Codes], k: int) -> Risk:
    counts = np.bincount(combined([coded[name] for name in names]))
    return Risk(names, int(counts.min()), int((counts == 1).sum()), int(counts[counts < k].sum()))


def _diversity(values: pd.Series, name: str, classes: Codes) -> Diversity:
    present = values.notna().to_numpy()
    values, classes = values[present], combined([classes[present]])
    table = np.zeros((classes.max() + 1, values.nunique(dropna=False) + 1))
    np.add.at(table, (classes, codes_of(values)), 1.0)
    table = table[:, table.sum(axis=0) > 0]
    sizes = table.sum(axis=1)
    shares = table / sizes[:, None]
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)
    different = (table > 0).sum(axis=1)
    gaps = shares - table.sum(axis=0) / table.sum()
    ordered = values.dtype.kind in "iufM" and table.shape[1] > 2
    distance = (
        np.abs(np.cumsum(gaps, axis=1)).sum(axis=1) / (table.shape[1] - 1) if ordered else np.abs(gaps).sum(axis=1) / 2
    )
    told = int(sizes[(different == 1) & (sizes > 1)].sum())
    return Diversity(name, int(different.min()), float(np.exp(entropy).min()), told, float(distance.max()))

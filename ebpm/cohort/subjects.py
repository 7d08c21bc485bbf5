"""A cohort as arrays: who was treated, with which covariates, in which cluster, with what weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments import labels
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.labels import control_places, labels_of
from ebpm.moments.terms import Terms, terms_of

CONTROL_NAMES = (*labels.CONTROL_NAMES, "untreated", "なし")
LEAST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """Persons who were treated or not, one element a row.

    Parameters
    ----------
    treated : 1 or 0, shape (n,).
    arms : labels of the untreated and of the treated.
    terms : covariates.
    base : given weights, ones where there are none, shape (n,).
    clusters : cluster of each row, shape (n,); the row itself where `clustered` is false.
    clustered : whether rows come in clusters.
    """

    treated: Floats
    arms: tuple[str, str]
    terms: Terms
    base: Floats
    clusters: Ints
    clustered: bool

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.treated)

    @property
    def groups(self) -> int:
        """Clusters; 0 where rows are independent."""
        return int(self.clusters.max()) + 1 if self.clustered else 0

    @property
    def within(self) -> Ints | None:
        """The clusters, or None where rows are independent."""
        return self.clusters if self.clustered else None

    def of_rows(self, keep: NDArray[np.bool_]) -> Subjects:
        """Return some of the persons."""
        clusters = np.unique(self.clusters[keep], return_inverse=True)[1].astype(np.int64)
        return replace(
            self, treated=self.treated[keep], terms=self.terms.of_rows(keep), base=self.base[keep], clusters=clusters
        )


def read_subjects(
    frame: Frame,
    *,
    treatment: str,
    covariates: str | Sequence[str],
    control: object = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Subjects:
    """Return the persons of a table.

    Parameters
    ----------
    frame : the table, one row a person.
    treatment : column of two values.
    covariates : as in `terms_of`.
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.
    cluster : column of the clusters (hospitals, or persons with several rows).
    weights : column of sampling weights.

    Raises
    ------
    DataError : if `control` is no value of the column.
    DesignError : if the treatment has not two values, if it is not clear which is the untreated, or if fewer than two persons
        were treated or not treated.
    """
    treated, arms = treated_of(frame.codes(treatment, "treatment"), treatment, control)
    codes = np.arange(len(frame)) if cluster is None else frame.codes(cluster, "cluster").codes
    base = np.ones(len(frame)) if weights is None else frame.weights(weights)
    terms = terms_of(frame, covariates)
    return Subjects(treated, arms, terms, base, codes.astype(np.int64), cluster is not None)


def treated_of(codes: Codes, column: str, control: object = None) -> tuple[Floats, tuple[str, str]]:
    """Return who was treated, shape (n,), and the labels of the untreated and the treated."""
    names = labels_of(codes)
    if len(names) != LEAST:
        raise DesignError("cohort_not_two", column=column, values=", ".join(names[:8]), count=len(names))
    place = control_of(codes, column, control)
    treated = (codes.codes != place).astype(np.float64)
    smaller = int(min(treated.sum(), len(treated) - treated.sum()))
    if smaller < LEAST:
        raise DesignError("cohort_one_person", column=column, count=smaller, least=LEAST)
    return treated, (names[place], names[1 - place])


def control_of(codes: Codes, column: str, control: object = None) -> int:
    """Return the place of the untreated among the levels.

    Parameters
    ----------
    codes : of the treatment.
    column : its name.
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.

    Raises
    ------
    DataError : if `control` is no value of the column.
    DesignError : if it is not clear which value is that of the untreated.
    """
    places = control_places(codes, control, known=CONTROL_NAMES)
    if len(places) != 1 and control is None:
        raise DesignError("cohort_name_control", column=column, values=", ".join(labels_of(codes)))
    if not places:
        raise DataError("cohort_no_such_value", column=column, control=control, values=", ".join(labels_of(codes)))
    return places[0]

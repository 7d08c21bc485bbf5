"""Persons of a table that stays where it is, and their chances of treatment: each step of the fit is one aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.cohort.subjects import LEAST, control_of
from ebpm.cohort.weights.outcomes import refuse_again
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.labels import labels_of
from ebpm.moments.scans.keys import key_of
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import Table, number, read_profile
from ebpm.moments.scans.streamed.alike import once_each
from ebpm.moments.scans.streamed.logit import Logit, streamed_logits
from ebpm.moments.scans.streamed.terms import columns_in, is_label, levels_of, streamed_terms
from ebpm.moments.scans.whole_sums import Summand, totals
from ebpm.stats.newton import Peak

COLLINEAR, ALIKE = 1e-12, "alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Columns of a comparison, as `iptw` takes them."""

    outcome: str
    treatment: str
    covariates: str | Sequence[str]
    control: object
    cluster: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedSubjects:
    """Persons as a lazy table with the columns arm (0, 1), a (the same as a float), y, x0 .. and cluster.

    Parameters
    ----------
    table : of the persons.
    arms : labels of the untreated and of the treated.
    counts : persons of each arm.
    reach : least and largest y.
    binary : whether every y is 0 or 1.
    terms : names of the covariates, length k.
    alike : column of how many persons a row stands for; empty where it is one.
    middle, half : of the range of each, shape (k,); x is the covariate less the middle, over the half.
    """

    table: Table
    arms: tuple[str, str]
    counts: tuple[int, int]
    reach: tuple[float, float]
    binary: bool
    terms: tuple[str, ...]
    alike: str
    middle: Floats
    half: Floats

    def product(self, factors: Sequence[str], bound: float) -> Summand:
        """Return the product of columns of all persons, to be summed."""
        return Summand.product(factors, bound, self.n, self.alike)

    @property
    def n(self) -> int:
        """Persons."""
        return sum(self.counts)

    @property
    def columns(self) -> tuple[str, ...]:
        """The constant and the covariates, within -1 .. 1."""
        return tuple(f"x{j}" for j in range(len(self.terms) + 1))

    def unscaled(self, coefficients: Floats) -> Floats:
        """Return coefficients of the constant and the covariates as they are in the table."""
        slopes = coefficients[1:] / self.half
        return np.concatenate([[coefficients[0] - slopes @ self.middle], slopes])


def read_streamed_subjects(scan: Scan, named: Named) -> StreamedSubjects:
    """Return the persons of a table; parameters and errors as `read_subjects`."""
    used, schema = columns_in(scan.table, named.covariates), scan.table.collect_schema()
    split = {of: [(one, "covariates") for one in used if is_label(schema[one]) == of] for of in (True, False)}
    labels = [(named.treatment, "treatment"), *([(named.cluster, "cluster")] if named.cluster is not None else [])]
    rows, ranges = read_profile(scan.table, [(named.outcome, "outcome"), *split[False]], [*labels, *split[True]])
    outcome = ranges[named.outcome]
    terms = streamed_terms(scan, named.covariates)
    refuse_again(named.outcome, [term.name for term in terms])
    if outcome.low == outcome.high:
        raise DesignError("cohort_constant_outcome", column=named.outcome, value=f"{outcome.low:g}")
    key, arms = _treated(scan.table, named)
    raw = scan.table.select(
        key.cast(nw.Int64).alias("arm"), number(named.outcome, schema[named.outcome]).alias("y"),
        *([nw.col(named.cluster).alias("cluster")] if named.cluster is not None else []),
        *(term.value.alias(f"t{j}") for j, term in enumerate(terms, start=1)),
    )  # fmt: skip
    facts = _facts(raw, len(terms))
    counts = (rows - int(facts["treated"]), int(facts["treated"]))
    if min(counts) < LEAST:
        raise DesignError("cohort_one_person", column=named.treatment, count=min(counts), least=LEAST)
    ends = np.array([[float(facts[f"{end}{j}"]) for end in ("low", "high")] for j in range(1, len(terms) + 1)]).reshape(
        -1, 2
    )
    middle, half = ends.mean(axis=1), np.ptp(ends, axis=1) / 2
    table = _scaled(raw, middle, np.where(half > 0, half, 1.0), clustered=named.cluster is not None)
    once = once_each(scan, table, rows, ALIKE)
    return StreamedSubjects(
        table=table if once is None else once, alike="" if once is None else ALIKE, arms=arms, counts=counts,
        reach=(outcome.low, outcome.high), binary=bool(facts["binary"]), terms=tuple(term.name for term in terms),
        middle=middle, half=np.where(half > 0, half, 1.0),
    )  # fmt: skip


def _treated(table: Table, named: Named) -> tuple[nw.Expr, tuple[str, str]]:
    """Return whether a person was treated, and the labels of the arms."""
    column = named.treatment
    codes = levels_of(table, column, "treatment")
    names = labels_of(codes)
    if len(names) != LEAST:
        raise DesignError("cohort_not_two", column=column, values=", ".join(names[:8]), count=len(names))
    place = control_of(codes, column, named.control)
    treated = key_of(column, table.collect_schema()[column]) == codes.levels[1 - place]
    return treated, (names[place], names[1 - place])


def _facts(raw: Table, terms: int) -> dict[str, Any]:
    """Return how many were treated, whether the outcome is 0 or 1, and the ends of the covariates."""
    ends = [
        one.alias(f"{end}{j}")
        for j in range(1, terms + 1)
        for end, one in (("low", nw.col(f"t{j}").min()), ("high", nw.col(f"t{j}").max()))
    ]
    binary = ((nw.col("y") == 0.0) | (nw.col("y") == 1.0)).cast(nw.Int64).min().alias("binary")
    return raw.select(nw.col("arm").sum().alias("treated"), binary, *ends).collect().rows(named=True)[0]


def _scaled(raw: Table, middle: Floats, half: Floats, *, clustered: bool) -> Table:
    values = [
        ((nw.col(f"t{j}") - float(centre)) / float(width)).clip(-1.0, 1.0).alias(f"x{j}")
        for j, (centre, width) in enumerate(zip(middle, half, strict=True), start=1)
    ]
    kept = ["arm", "y", *(["cluster"] if clustered else [])]
    return raw.select(*kept, nw.col("arm").cast(nw.Float64).alias("a"), nw.lit(1.0).alias("x0"), *values)


def streamed_propensity(subjects: StreamedSubjects) -> Peak:
    """Return the logistic regression of the treatment on the scaled covariates.

    Raises
    ------
    DesignError : if covariates are collinear or tell exactly who was treated.
    """
    asked = {0: Logit(nw.col("a"), nw.col("arm") >= 0)}
    found = streamed_logits([subjects.table], subjects.columns, asked, rows=subjects.n, counts=subjects.alike)[0]
    if isinstance(found, Peak):
        return found
    names, column = ", ".join(subjects.terms), _collinear(subjects)
    if column is not None:
        raise DesignError("cohort_collinear", column=column, columns=names) from found
    raise DesignError("cohort_separation", covariates=names) from found


def _collinear(subjects: StreamedSubjects) -> str | None:
    """Return the first covariate that follows from those before it."""
    columns = subjects.columns
    pairs = {
        f"{i}_{j}": subjects.product([one, columns[j]], 1.0)
        for i, one in enumerate(columns)
        for j in range(i, len(columns))
    }
    found, products = totals([subjects.table], pairs), np.zeros((len(columns), len(columns)))
    for name, value in found.items():
        i, j = map(int, name.split("_"))
        products[i, j] = products[j, i] = value
    for j in range(1, len(columns)):
        before = products[:j, :j]
        left = products[j, j] - products[:j, j] @ np.linalg.lstsq(before, products[:j, j])[0]
        if left <= COLLINEAR * max(products[j, j], 1.0):
            return subjects.terms[j - 1]
    return None

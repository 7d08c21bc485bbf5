"""Exponential and logistic means in the extended two-way regression: what the treated would have had without treatment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ebpm.did.cluster_arms import Arms
from ebpm.did.comparisons import Flags
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.did.staggered.cell_rows import CellRows
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.glm import logit, poisson


@dataclass(frozen=True, slots=True)
class Untold:
    """What a nonlinear mean cannot be fitted to.

    Parameters
    ----------
    cohorts, periods : left out, since their comparison rows all have the same extreme outcome.
    rows : left out with them.
    """

    cohorts: tuple[str, ...]
    periods: tuple[int, ...]
    rows: int


def told(cells: CellRows, family: str) -> tuple[CellRows, Untold]:
    """Return the rows of cohorts and periods whose comparison rows vary enough for a finite effect, and what is left out.

    Raises
    ------
    DesignError : an outcome that the family cannot have; nothing is left.
    """
    _refuse_outcomes(cells.rows.outcome, family)
    kept = np.ones(len(cells.rows), dtype=np.bool_)
    cohorts = np.unique(cells.rows.cohort, return_inverse=True)[1]
    while True:
        use = kept & cells.compared
        fine = (
            kept
            & _varies(cells.rows.outcome, cohorts, use, family)
            & _varies(cells.rows.outcome, cells.rows.period, use, family)
        )
        if (fine == kept).all():
            break
        kept = fine
    if not (kept & ~cells.compared).any() or not (kept & cells.compared).any():
        raise DesignError("did_no_variation", family=family, rows=len(kept))
    if kept.all():
        return cells, Untold((), (), 0)
    left = cells.where(kept)
    lost = sorted(set(np.unique(cells.rows.cohort)) - set(left.rows.first_treated))
    periods = sorted(set(cells.rows.periods) - set(left.rows.periods))
    return left, Untold(tuple(f"{one:g}" for one in lost), tuple(map(int, periods)), int((~kept).sum()))


def _varies(outcome: Floats, codes: Ints, use: Flags, family: str) -> Flags:
    """Return the rows of groups whose used rows are not all zero, nor all one for a logistic mean."""
    counts, sums = np.bincount(codes, use), np.bincount(codes, outcome * use)
    fine = sums > 0
    if family == "logit":
        fine &= sums < counts
    return np.asarray(fine[codes])


def _refuse_outcomes(y: Floats, family: str) -> None:
    if family == "poisson" and (y < 0).any():
        row = int(np.argmax(y < 0))
        raise DesignError("glm_negative_count", row=row + 1, value=float(y[row]))
    wrong = (y < 0) | (y > 1)
    if family == "logit" and wrong.any():
        row = int(np.argmax(wrong))
        raise DesignError("glm_not_binary", row=row + 1, value=float(y[row]))


def nonlinear_effects(cells: CellRows, family: str, arms: Arms) -> CellEffects:
    """Return mean outcomes less means without treatment, by cohort and period, with their influence.

    Formula: with the mean F(z'b) fitted to the comparison rows, the effect of cell c is the mean over its rows of y - F(z'b), and a cluster
    adds sum (y - F - effect) / n_c over its rows in the cell, less the mean of F' z' times the bread times its scores.

    Source: Wooldridge (2023), Econometrics Journal 26(3), sections 3 and 4, proposition on imputation with a canonical link.
    """
    fit = poisson if family == "poisson" else logit
    Z, used = _design(cells), ~cells.compared
    fitted = fit(cells.rows.outcome[cells.compared], Z[cells.compared])
    index = Z[used] @ fitted.coefficients
    mean = np.exp(index) if family == "poisson" else expit(index)
    slope = mean if family == "poisson" else mean * (1.0 - mean)
    cell = cells.cells()[2]
    counts, clusters = np.bincount(cell), cells.clusters
    gain = cells.rows.outcome[used] - mean
    values = np.bincount(cell, gain) / counts
    gradient = group_sums(Z[used] * slope[:, None], cell, groups=len(counts)) / counts[:, None]
    scores = group_sums(fitted.scores, cells.groups[cells.compared], groups=clusters)
    own = np.bincount(
        cells.groups[used] * len(counts) + cell, (gain - values[cell]) / counts[cell], minlength=clusters * len(counts)
    )
    influence = own.reshape(clusters, -1) - scores @ fitted.bread @ gradient.T
    return cells.effects(values, np.sqrt(arms.scale(2, 1, clusters)) * influence)


def _design(cells: CellRows) -> Floats:
    """Return dummies of cohorts and periods, and the covariates alone and times them, shape (n, k)."""
    cohorts = np.unique(cells.rows.cohort, return_inverse=True)[1]
    own = (cohorts[:, None] == np.arange(cohorts.max() + 1)).astype(np.float64)
    periods = (cells.rows.period[:, None] == np.arange(1, len(cells.rows.periods))).astype(np.float64)
    alone = np.column_stack([own, periods])
    return np.column_stack([alone, *(alone * column[:, None] for column in cells.X.T)])


def _no_variation(subject: Untold) -> Iterator[tuple[str, Facts]]:
    if subject.rows:
        cohorts, periods = ", ".join(subject.cohorts) or "0", ", ".join(map(str, subject.periods)) or "0"
        yield "", {"cohorts": cohorts, "periods": periods, "rows": subject.rows}


UNTOLD: tuple[Rule[Untold], ...] = (Rule("D226", _no_variation),)


def check_untold(subject: Untold) -> Notices:
    """Return the notices on what a nonlinear mean cannot be fitted to."""
    return run(UNTOLD, subject)

"""What a synthetic control is matched on: outcomes before treatment, or predictors with their importance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.synthetic.fit import Synthetic, stacked
from ebpm.did.synthetic.sample import Sample
from ebpm.errors import DataError, DesignError, did_you_mean
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.moments.naming import named_columns
from ebpm.stats.given import mapping, number, several
from ebpm.stats.simplex import Simplex, fit_simplex

IMPORTANCE = ("equal", "nested")
STEPS_PER_PREDICTOR = 200


@dataclass(frozen=True, slots=True)
class Matching:
    """How donors are weighted to resemble a treated unit before treatment.

    Parameters
    ----------
    predictors : how many of the covariates are matched, by their mean over the periods before treatment.
    lags : places of the periods whose outcome is matched; all before treatment where there are neither lags nor predictors.
    importance : of the predictors and then the lags; empty where all count alike.
    nested : whether importance is sought that fits the outcomes before treatment best.
    penalty : weight of the distances between the treated unit and each donor.
    """

    predictors: int = 0
    lags: tuple[int, ...] = ()
    importance: tuple[float, ...] = ()
    nested: bool = False
    penalty: float = 0.0

    @property
    def by_outcomes(self) -> bool:
        """Whether every outcome before treatment is matched, and nothing else."""
        return not self.predictors and not self.lags

    def fit(self, sample: Sample) -> Synthetic:
        """Return the synthetic path of every treated unit, in order of their starts."""
        treated = sample.treated[np.argsort(sample.starts[sample.treated], kind="stable")]
        return stacked(self._unit(sample, int(row), int(sample.starts[row])) for row in treated)

    def _unit(self, sample: Sample, row: int, start: int) -> Synthetic:
        donors, path = sample.paths[sample.donors], sample.paths[row]
        columns, target = self._matched(sample, row, start)
        weights = self._nested(columns, target, donors[:, :start].T, path[:start]) if self.nested else None
        found = weights or self._weights(columns, target, np.array(self.importance or [1.0]))
        gaps = path - found.weights @ donors
        low, high = found.reach(-donors[:, start:].mean(axis=1))
        level = float(path[start:].mean())
        return Synthetic(
            np.array([start]), np.array([1]), path[None], gaps[None], found.weights[None], np.zeros((1, sample.length)),
            np.array([[level + low, level + high]]), found.violation,
        )  # fmt: skip

    def _matched(self, sample: Sample, row: int, start: int) -> tuple[Floats, Floats]:
        """Return what is matched of the donors (R, J) and of the treated unit (R,); predictors in units of their spread."""
        donors = sample.donors
        if self.by_outcomes:
            return sample.paths[donors, :start].T, sample.paths[row, :start]
        means = sample.covariates[:, :start].mean(axis=1)
        values = np.column_stack([means, sample.paths[:, list(self.lags)]])
        spread = values[np.append(donors, row)].std(axis=0, ddof=1)
        scaled = values / np.where(spread > 0, spread, 1.0)
        return scaled[donors].T, scaled[row]

    def _weights(self, columns: Floats, target: Floats, importance: Floats) -> Simplex:
        root = np.sqrt(importance)
        rows, wanted = columns * root[:, None], target * root
        costs = self.penalty * ((rows - wanted[:, None]) ** 2).sum(axis=0) if self.penalty else None
        return fit_simplex(rows, wanted, costs=costs)

    def _nested(self, columns: Floats, target: Floats, before: Floats, path: Floats) -> Simplex:
        """Search for the importance whose weights come closest to the outcomes before treatment, from equal importance on."""
        from scipy.optimize import minimize

        def weights(shares: Floats) -> Simplex:
            importance = np.exp(shares - shares.max())
            return self._weights(columns, target, importance / importance.sum())

        def error(shares: Floats) -> float:
            return float(((before @ weights(shares).weights - path) ** 2).mean())

        most = STEPS_PER_PREDICTOR * len(target)
        start = np.zeros(len(target))
        simplex = np.vstack([start, start + 2.0 * np.eye(len(target))])
        options = {"maxfev": most, "xatol": 1e-6, "fatol": 0.0, "initial_simplex": simplex, "adaptive": True}
        return weights(minimize(error, start, method="Nelder-Mead", options=options).x)


def read_matching(
    predictors: Sequence[str], lags: Sequence[int], *, importance: str | Mapping[str, float], penalty: float,
    periods: Ints, first: int,
) -> Matching:  # fmt: skip
    """Return the matching that was asked for.

    Parameters
    ----------
    predictors, lags, importance, penalty : as in `did.synthetic_control`.
    periods : shape (T,).
    first : place of the first treated period.

    Raises
    ------
    DataError : a lag that is no period before treatment, importance of an unknown name, a negative penalty or importance.
    DesignError : importance where all outcomes are matched.
    """
    known = [str(period) for period in periods[:first]]
    for lag in several(lags, "lags"):
        if str(lag) not in known:
            raise DataError("synthetic_bad_lag", lag=lag, first=known[0], last=known[-1])
    if number(penalty, "penalty") < 0:
        raise DataError("synthetic_negative", argument="penalty", value=penalty)
    if isinstance(importance, str):
        one_of(importance, IMPORTANCE, "importance")
    predictors = named_columns(predictors, "predictors")
    names = [*predictors, *map(str, lags)]
    if importance != "equal" and not names:
        raise DesignError("synthetic_nothing_to_weigh", importance=importance)
    values = _importance(importance, names)
    places = tuple(known.index(str(lag)) for lag in lags)
    return Matching(len(predictors), places, values, importance == "nested", float(penalty))


def _importance(importance: str | Mapping[str, float], names: Sequence[str]) -> tuple[float, ...]:
    if isinstance(importance, str):
        return ()
    given = {str(name): float(number(value, "importance")) for name, value in mapping(importance, "importance").items()}
    for name, value in given.items():
        if name not in names:
            raise DataError("synthetic_unknown_predictor", name=name, near=did_you_mean(name, names))
        if not value >= 0:
            raise DataError("synthetic_negative", argument=f"importance[{name}]", value=value)
    return tuple(given.get(name, 0.0) for name in names)

"""Conformal inference on synthetic controls: are the residuals from treatment on larger than those of other periods?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ebpm.did.synthetic.average import Parts, Tested
from ebpm.did.synthetic.sample import Study
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.stats.redrawn.conformal import moving_block_p, permuted_p
from ebpm.stats.redrawn.inversion import acceptance_end
from ebpm.stats.simplex import fit_simplex

HALVINGS = 30


SCHEMES = ("moving_block", "iid")


@dataclass(frozen=True, slots=True)
class Conformal:
    """The test of effects on a treated path, its control fitted anew under every null to all periods that are used.

    Parameters
    ----------
    path : mean outcome of the treated, shape (T,).
    donors : shape (J, T).
    start : place of the first treated period.
    scheme : "moving_block" or "iid".
    draws, seed : of random rearrangements ("iid").
    alpha : one less the level of the intervals.
    """

    path: Floats
    donors: Floats
    start: int
    scheme: str
    draws: int
    seed: int
    alpha: float

    def tested(self, parts: Parts) -> list[Tested]:
        """Return the tests of some averages: of one period by its residual, of several by all of theirs.

        Parameters
        ----------
        parts : which averages; none of those before treatment is tested.
        """
        weights = fit_simplex(self.donors[:, : self.start].T, self.path[: self.start]).weights
        gaps = self.path - weights @ self.donors
        return [self._part(np.flatnonzero(mask.any(axis=0)), gaps) for mask in parts.masks]

    def _part(self, places: Ints, gaps: Floats) -> Tested:
        if places[0] < self.start:
            return Tested.lacking("synthetic_fitted")
        used = np.append(np.arange(self.start), places)
        after = (used >= self.start).astype(np.float64)

        def p_value(effect: float) -> float:
            path, donors = self.path[used] - effect * after, self.donors[:, used]
            residuals = path - fit_simplex(donors.T, path).weights @ donors
            if self.scheme == "iid" and len(places) > 1:
                return permuted_p(residuals, len(places), draws=self.draws, seed=self.seed)
            return moving_block_p(residuals, len(places))

        return self._inverted(p_value, float(gaps[places].mean()))

    def _inverted(self, p_value: Callable[[float], float], start: float) -> Tested:
        p = p_value(0.0)
        if p_value(start) <= self.alpha:
            return Tested.lacking("synthetic_no_constant", p)
        step = max(abs(start), float(np.abs(np.diff(self.path)).mean()), 1e-9) / 4.0
        low, high = (
            acceptance_end(p_value, start, sign * step, self.alpha * (1.0 + 1e-12), halvings=HALVINGS)
            for sign in (-1.0, 1.0)
        )
        return Tested(p, low, high) if np.isfinite([low, high]).all() else Tested.lacking("synthetic_few_periods", p)


def conformal_of(study: Study, *, scheme: str, draws: int, seed: int, conf_level: float) -> Conformal:
    """Return the test on a study whose treated units all start in one period; their mean path is tested.

    Raises
    ------
    DataError : an unknown scheme.
    DesignError : units that start in different periods.
    """
    sample = study.sample
    if len(sample.cohorts) > 1:
        raise DesignError(
            "synthetic_one_start", starts=", ".join(str(study.periods[start]) for start in sample.cohorts)
        )
    return Conformal(
        sample.paths[sample.treated].mean(axis=0), sample.paths[sample.donors], int(sample.cohorts[0]),
        one_of(scheme, SCHEMES, "scheme"), draws, seed, 1.0 - conf_level,
    )  # fmt: skip

"""Where the treated rank among the placebos, and the effects that the ranks do not rule out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ebpm.did.synthetic.average import Parts, Tested
from ebpm.did.synthetic.draws import Draws
from ebpm.did.synthetic.fit import Synthetic
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Floats

TIE = 1e-10
PERFECT = 1e-12


@dataclass(frozen=True, slots=True)
class Ranks:
    """Statistics of the treated and of every placebo, in units of the root mean squared gap before treatment.

    Parameters
    ----------
    before : root mean squared gap before treatment, of the treated and then of the B placebos, shape (B + 1,).
    after : root mean squared gap from treatment on, likewise.
    alpha : one less the level of the intervals.
    """

    before: Floats
    after: Floats
    alpha: float

    @classmethod
    def of(cls, fit: Synthetic, draws: Draws, conf_level: float) -> Ranks:
        """Return the ranks of a fit among placebos."""
        gaps = np.concatenate([fit.gaps[None], draws.gaps])
        after = fit.after * fit.counts[:, None]
        before = (1.0 - fit.after) * fit.counts[:, None]
        sizes = [np.sqrt(np.einsum("bgt,gt->b", gaps**2, mask) / mask.sum()) for mask in (before, after)]
        tiny = PERFECT * float(np.abs(fit.treated).max())
        return cls(np.where(sizes[0] > tiny, sizes[0], 0.0), sizes[1], 1.0 - conf_level)

    @property
    def ratios(self) -> Floats:
        """RMSPE after over RMSPE before treatment (Abadie, Diamond and Hainmueller 2010, 3.4), shape (B + 1,)."""
        return self._scaled(self.after)

    @property
    def place(self) -> int:
        """Place of the treated among all ratios, the largest first; ties count against them."""
        return int((self.ratios >= self.ratios[0] * (1.0 - TIE)).sum())

    @property
    def p_value(self) -> float:
        """Place over the number of ratios."""
        return self.place / len(self.ratios)

    def throughout(self, mean: float) -> Tested:
        """Return the p value of no effect in any period, and the constant effects that its rank does not rule out.

        Parameters
        ----------
        mean : mean gap of the treated from treatment on.

        Formula: taking a constant c off the gaps leaves a mean square of (spread^2 + (mean - c)^2), at most q^2 times that before.

        Source: Firpo and Possebom (2018), Journal of Causal Inference 6(2), section 4.
        """
        limit = self._limit(self.ratios[1:])
        if isinstance(limit, Unavailable):
            return Tested(self.p_value, limit, limit)
        room = (limit * self.before[0]) ** 2 - (self.after[0] ** 2 - mean**2)
        if room < 0:
            return Tested.lacking("synthetic_no_constant", self.p_value)
        return Tested(self.p_value, mean - math.sqrt(room), mean + math.sqrt(room))

    def at(self, value: float, values: Floats) -> Tested:
        """Return the p value of an average gap, and the values of its effect that are not ruled out.

        Parameters
        ----------
        value : of the treated.
        values : of the placebos, shape (B,).
        """
        sizes = self._scaled(np.abs(np.append(value, values)))
        p_value = float((sizes >= sizes[0] * (1.0 - TIE)).mean())
        limit = self._limit(sizes[1:])
        if isinstance(limit, Unavailable):
            return Tested(p_value, limit, limit)
        half = limit * float(self.before[0])
        return Tested(p_value, value - half, value + half)

    def _scaled(self, sizes: Floats) -> Floats:
        flat = np.where(sizes > 0, np.inf, 0.0)
        return np.divide(sizes, self.before, out=flat, where=self.before > 0)

    def _limit(self, placebos: Floats) -> float | Unavailable:
        """Return the largest statistic that is not ruled out: that of the k-th placebo, (k + 1) / (B + 1) being above alpha."""
        if not self.before[0] > 0:
            return Unavailable("synthetic_perfect_fit")
        count = math.floor(self.alpha * (len(placebos) + 1) * (1.0 + 1e-12))
        if count < 1:
            return Unavailable("synthetic_few_placebos")
        limit = float(np.sort(placebos)[-count])
        return limit if math.isfinite(limit) else Unavailable("synthetic_unbounded")


def ranked(fit: Synthetic, draws: Draws, parts: Parts, conf_level: float) -> list[Tested]:
    """Return the tests of some averages by their place among the placebos; none of those before treatment.

    Parameters
    ----------
    fit, draws : of the treated and of the placebos.
    parts : which averages; the last of them is that of all gaps from treatment on.
    conf_level : level of the intervals.
    """
    ranks = Ranks.of(fit, draws, conf_level)
    values = parts.averages(fit.gaps[None], fit.counts[None])[0][0]
    placebos = parts.averages(draws.gaps, draws.counts)[0]
    found = [
        ranks.at(float(value), column) if (mask * fit.after).any() else Tested.lacking("synthetic_fitted")
        for value, column, mask in zip(values[:-1], placebos.T, parts.masks, strict=False)
    ]
    return [*found, ranks.throughout(float(values[-1]))]

"""Arms compared by one number each: differences, ratios and the numbers themselves, from their joint influence values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.cohort.survival.time_checks import few_at_risk, few_clusters, few_in_arms
from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Codes, Floats
from ebpm.moments.labels import label_of, labels_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.table import Table, rounded
from ebpm.texts import LANGUAGES, Words, label, method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUANTITIES = {
    "rmst": ("rmst_difference", "rmst_log_ratio", "rmst"),
    "risk": ("risk_difference", "log_risk_ratio", "horizon_risk"),
    "frequency": ("frequency_difference", "frequency_log_ratio", "frequency"),
}
LEAST = 2
NOTHING = 1e-12
OfCell = Callable[[int], tuple[float, Floats]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Arms within strata.

    Parameters
    ----------
    follow_up : whose groups are the cells, stratum by stratum, the control first in each.
    arms : their labels.
    strata : labels of the strata.
    """

    follow_up: FollowUp
    arms: tuple[str, ...]
    strata: tuple[str, ...]

    def contrasts(self, of_cell: OfCell, *, quantity: str, method: str, conf_level: float) -> Estimates:
        """Return differences to the control, logarithms of ratios, and the number of each arm, over strata by their shares of the rows.

        Parameters
        ----------
        of_cell : cell -> its number and the influence of each row on it, shape (n,).
        quantity : "rmst", "risk" or "frequency".
        method : entry of the texts.
        conf_level : level of the intervals.
        """
        spells, k = self.follow_up.spells, len(self.arms)
        sizes = np.bincount(spells.group, spells.weights).reshape(-1, k).sum(axis=1)
        values, influence = np.zeros(k), np.zeros((len(spells), k))
        for stratum, share in enumerate(sizes / sizes.sum()):
            for arm in range(k):
                value, derivative = of_cell(stratum * k + arm)
                values[arm] += share * value
                influence[:, arm] += share * derivative
        numbers = _Numbers(values, spells.covariance(influence), self.arms, quantity)
        what: dict[str, Any] = {
            "n": len(spells),
            "clusters": self.follow_up.clusters,
            "method": method,
            "conf_level": conf_level,
        }
        items = tuple(
            _estimate(numbers, place, part, **what)
            for part in range(3) for place in numbers.places(part)
            if part != 1 or (values[[0, place]] > 0).all()
        )  # fmt: skip
        return Estimates(items=items, headline_term=items[0].term)

    def effects(
        self, estimates: Estimates, curves: tuple[Curve, ...], *, horizon: float, quantity: str, cluster: str | None
    ) -> HorizonEffects:
        """Return the contrasts with their curves and what the guard rails find at the horizon.

        Parameters
        ----------
        estimates : of `contrasts`.
        curves : one a cell.
        horizon : in the unit of time.
        quantity : as in `contrasts`.
        cluster : name of the column of clusters or persons.
        """
        thin = few_at_risk(curves, horizon) + few_in_arms(curves, horizon)
        notices = self.follow_up.notices + thin + few_clusters(self.follow_up, cluster)
        return HorizonEffects(
            estimates=estimates.with_notices(notices), curves=curves, horizon=float(horizon), time=self.follow_up.time,
            quantity=quantity,
        )  # fmt: skip


def cells_of(follow_up: FollowUp, arms: Codes, blocks: Codes | None, *, treatment: str) -> Cells:
    """Return arms within strata.

    Parameters
    ----------
    follow_up : the rows.
    arms : of each row, the control first.
    blocks : stratum of each row; one stratum where None.
    treatment : name of the column of arms.

    Raises
    ------
    DesignError : if a stratum lacks an arm, or has one person in it.
    """
    blocks = Codes(np.zeros(follow_up.n, dtype=np.int64), ("",)) if blocks is None else blocks
    cell = blocks.codes * len(arms) + arms.codes
    counts = np.bincount(cell, minlength=len(blocks) * len(arms))
    if not counts.all():
        stratum, arm = divmod(int(np.argmin(counts)), len(arms))
        name = label_of(blocks.levels[stratum])
        raise DesignError("survival_arm_missing", arm=arms.levels[arm], column=treatment, stratum=name)
    if counts.min() < LEAST:
        raise DesignError("survival_one_person", arm=arms.levels[int(np.argmin(counts)) % len(arms)], column=treatment)
    strata = labels_of(blocks)
    names = (f"{arm}, {block}" if len(blocks) > 1 else str(arm) for block in strata for arm in arms.levels)
    return Cells(
        follow_up=follow_up.within(Codes(cell, tuple(names))), arms=tuple(map(str, arms.levels)), strata=strata
    )


@dataclass(frozen=True, slots=True)
class _Numbers:
    """One number an arm, shape (k,), their covariance, the labels of the arms, and what the numbers are."""

    values: Floats
    covariance: Floats
    arms: tuple[str, ...]
    quantity: str

    def places(self, part: int) -> range:
        """The arms that a part is given for: all of them the number itself, the others the contrasts with the first."""
        return range(0 if part == 2 else 1, len(self.values))

    def contrast(self, place: int, part: int) -> tuple[float, Floats]:
        """A difference (0), a log ratio (1) or a number (2), and its gradient."""
        unit, values = np.eye(len(self.values)), self.values
        if part == 2:
            return float(values[place]), unit[place]
        if part == 0:
            return float(values[place] - values[0]), unit[place] - unit[0]
        return float(np.log(values[place] / values[0])), unit[place] / values[place] - unit[0] / values[0]


def _estimate(
    numbers: _Numbers, place: int, part: int, *, n: int, clusters: int, method: str, conf_level: float
) -> Estimate:
    code, arm = QUANTITIES[numbers.quantity][part], numbers.arms[place]
    suffix = ("", ", ratio", f", {numbers.quantity}")[part]
    value, gradient = numbers.contrast(place, part)
    error = float(np.sqrt(gradient @ numbers.covariance @ gradient))
    error = error if error > NOTHING * float(np.abs(numbers.values).max()) else float("inf")
    found = t_estimate(
        value, error, term=f"{arm}{suffix}", name=_named(part, arm, numbers.arms[0]), estimand=code, n=n, clusters=clusters,
        method=method, conf_level=conf_level,
    )  # fmt: skip
    return replace(found, p_value=Unavailable("survival_no_null")) if part == 2 else found


def _named(part: int, arm: str, control: str) -> Words:
    kind = ("difference", "ratio", "level")[part]
    return {lang: label(f"survival_named_{kind}", lang, arm=arm, control=control) for lang in LANGUAGES}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HorizonEffects(Shown):
    """One number an arm at a horizon, and how the arms differ.

    Parameters
    ----------
    estimates : for each arm but the control the difference to it and the logarithm of the ratio; then the number of each arm.
    curves : of each arm, or of each arm in each stratum.
    horizon : in the unit of time.
    time : name of the column of times.
    quantity : "rmst", "risk" or "frequency".
    """

    estimates: Estimates
    curves: tuple[Curve, ...]
    horizon: float
    time: str
    quantity: str

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, and each ratio."""
        ratios = [one for one in self.estimates if one.estimand == QUANTITIES[self.quantity][1]]
        return [self.estimates.headline.sentence(lang), *(_ratio(one, lang) for one in ratios)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return differences, log ratios and numbers."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the curves up to the horizon; of restricted means with the areas that they are."""
        from ebpm.figures.survival import draw_horizon

        return draw_horizon(self, ax, lang=lang)


def _ratio(one: Estimate, lang: str | None) -> str:
    low, high = (
        rounded(float(np.exp(end))) if isinstance(end, float) else end for end in (one.conf_low, one.conf_high)
    )
    return label(
        "survival_ratio", lang, name=one.called(lang), ratio=rounded(np.exp(one.estimate)), low=low, high=high,
        level=f"{100 * one.conf_level:g}",
    )  # fmt: skip

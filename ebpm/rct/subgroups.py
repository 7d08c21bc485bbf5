"""Effects by subgroup, and whether they differ: differences between subgroups with family-wise control."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Codes, Floats, Frame, Ints, one_of
from ebpm.moments.labels import label_of
from ebpm.moments.naming import named_columns, some_columns
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.notices import Notice, Notices
from ebpm.rct.assigned import varying_units
from ebpm.rct.checks import design_notices
from ebpm.rct.means.comparison import compare
from ebpm.rct.trial import Trial, read_trial
from ebpm.shown import Shown
from ebpm.stats.inference import combined_df, t_estimate
from ebpm.stats.multiple import ADJUSTMENTS
from ebpm.table import Table
from ebpm.texts import Words, entry, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ADJUST = ("holm", "hommel", "hochberg", "bonferroni", "sidak", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroups(Shown):
    """Effects by subgroup and their differences.

    Parameters
    ----------
    effects : of every arm on everybody, then one a subgroup and arm, each with its own interval.
    differences : of the effect in a subgroup from that in the first one, p values adjusted over all of them.
    adjust : how p values were adjusted.
    notices : what the guard rails found.
    """

    effects: Estimates
    differences: Estimates
    adjust: str
    notices: Notices

    @property
    def estimates(self) -> Estimates:
        """The differences, then the effects; the first difference is the headline."""
        items = (*self.differences.items, *self.effects.items)
        return Estimates(items=items, headline_term=items[0].term, notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many differences were tested, and how their p values were adjusted."""
        p_values = [one.p_value for one in self.differences if not isinstance(one.p_value, Unavailable)]
        least = f"{min(p_values):.4f}" if p_values else "-"
        return [label(
            "rct_subgroup_sentence", lang, tests=len(self.differences), p=least,
            adjust=label(f"rct_adjust_{self.adjust}", lang),
        )]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the effects, and the differences between them."""
        return (
            self.effects.table(label("rct_subgroup_effects", lang)),
            self.differences.table(label("rct_subgroup_differences", lang)),
        )

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the effects by subgroup."""
        return self.effects.plot(ax, lang=lang)


def subgroups(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    by: str | Sequence[str],
    planned: str | Sequence[str] = (),
    adjust: str = "holm",
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Subgroups:
    """Compare arms within subgroups, and the effects between subgroups.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    treatment : column of the assigned arm.
    by : columns of the subgroups, known before assignment; each divides all rows, the first of its levels being the base.
    planned : those of them that the plan names; R123 for every other one.
    adjust : of the p values of all differences: "holm", "hommel", "hochberg", "bonferroni", "sidak" or "none".
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    weights : column of analytical weights.
    conf_level : level of the intervals, which are not simultaneous.

    Raises
    ------
    DataError : if a column has one level only.
    DesignError : if a subgroup cannot be analysed, naming it and the reason.

    Formula: effects are those of `difference_in_means` among the rows of the subgroup. Differences of effects: sum of the two
    variances with Satterthwaite's df; where clusters hold people of several subgroups, CR2 of the regression on all cells.

    Assumptions: those of `difference_in_means`; the subgroup was fixed before assignment. A difference between subgroups is not
    the effect of what distinguishes them.

    Source: Gerber and Green (2012), Field Experiments, chapter 9; Assmann, Pocock, Enos and Kasten (2000), Lancet 355(9209).

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"y": [1.0, 2, 2, 5, 6, 6, 1, 2, 2, 2, 2, 3], "arm": [0, 0, 0, 1, 1, 1] * 2, "old": [0] * 6 + [1] * 6})
    >>> found = subgroups(trial, "y", treatment="arm", by="old", planned="old")
    >>> [round(one.estimate, 3) for one in found.effects], round(found.differences.headline.estimate, 3)
    ([2.333, 4.0, 0.667], -3.333)
    """
    one_of(adjust, ADJUST, "adjust")
    frame, names = Frame.of(data), some_columns(by, "by")
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata, "weights": weights}
    trial = read_trial(frame, outcome, **columns)  # type: ignore[arg-type]
    effects = [replace(one, name=_everybody(one.term, trial)) for one in compare(trial, conf_level)]
    differences: list[Estimate] = []
    for name in names:
        groups = _groups(frame, name)
        found = [
            _within(frame.rows(groups.codes == place), outcome, columns, f"{name} = {label_of(level)}", conf_level)
            for place, level in enumerate(groups.levels)
        ]
        effects += [one for estimates in found for one in estimates]
        differences += _differences(trial, groups, found, name, conf_level)
    return Subgroups(
        effects=_set(effects), differences=_set(_adjusted(differences, adjust)), adjust=adjust,
        notices=design_notices(trial, outcome) + _unplanned(names, planned),
    )  # fmt: skip


def _groups(frame: Frame, name: str) -> Codes:
    groups = frame.codes(name, "by")
    if len(groups) < 2:
        raise DataError("rct_one_subgroup", column=name, value=label_of(groups.levels[0]))
    return groups


def _everybody(arm: str, trial: Trial) -> Words:
    everybody = entry("label", "rct_subgroup_all")
    return everybody if len(trial.arms) == 2 else {lang: f"{arm}: {words}" for lang, words in everybody.items()}


def _set(items: Sequence[Estimate]) -> Estimates:
    return Estimates(items=tuple(items), headline_term=items[0].term)


def _within(rows: Frame, outcome: str, columns: dict[str, Any], named: str, conf_level: float) -> tuple[Estimate, ...]:
    try:
        found = compare(read_trial(rows, outcome, **columns), conf_level)
    except DesignError as error:
        raise DesignError("rct_subgroup_cannot", named=named, reason=error) from error
    several = len(found) > 1
    return tuple(
        replace(one, term=f"{one.term}: {named}" if several else named, method="rct.subgroups") for one in found
    )


def _differences(
    trial: Trial, groups: Codes, found: Sequence[tuple[Estimate, ...]], name: str, conf_level: float
) -> Iterator[Estimate]:
    mixed = trial.clustered and bool(len(varying_units(trial.unit, groups.codes)))
    base, several = label_of(groups.levels[0]), len(trial.arms) > 2
    for place in range(1, len(groups)):
        for arm, (own, other) in enumerate(zip(found[place], found[0], strict=True), start=1):
            variance, df = _joint(trial, groups.codes, place, arm) if mixed else _apart(own, other)
            term = f"{name}: {label_of(groups.levels[place])} - {base}"
            yield t_estimate(
                own.estimate - other.estimate, float(np.sqrt(variance)), df=df, conf_level=conf_level,
                term=f"{trial.arms[arm]}: {term}" if several else term, n=own.n + other.n,
                clusters=own.clusters + other.clusters if not mixed else trial.units, estimand="itt",
                method="rct.subgroups",
            )  # fmt: skip


def _apart(own: Estimate, other: Estimate) -> tuple[float, float]:
    if isinstance(own.std_error, Unavailable) or isinstance(other.std_error, Unavailable):
        return math.nan, math.nan
    parts = np.array([own.std_error**2, other.std_error**2])
    return float(parts.sum()), combined_df(parts, np.array([own.df, other.df], dtype=np.float64))


def _joint(trial: Trial, groups: Ints, place: int, arm: int) -> tuple[float, float]:
    """Variance and df of the difference of two effects from the regression on all cells of subgroup, stratum and arm."""
    inside = np.isin(groups, [0, place]) & np.isin(trial.arm, [0, arm])
    treated, group = (trial.arm[inside] == arm).astype(np.int64), (groups[inside] == place).astype(np.int64)
    stratum, weights = trial.stratum[inside], trial.weights[inside]
    strata = len(trial.strata)
    cell = (group * strata + stratum) * 2 + treated
    basis = (cell[:, None] == np.arange(4 * strata)).astype(np.float64)
    kept = basis.any(axis=0)
    units, codes = np.unique(trial.unit[inside], return_inverse=True)
    outcome = trial.outcome[inside] - trial.outcome.mean()
    moments = ClusterMoments.of(
        basis[:, kept], outcome, codes=codes, clusters=len(units), weights=weights if trial.weighted else None
    )
    covariance = regress(moments, contrasts=_contrast(group, stratum, weights, strata)[None, kept]).covariance
    return float(covariance.matrix[0, 0]), float(covariance.df[0])


def _contrast(group: Ints, stratum: Ints, weights: Floats, strata: int) -> Floats:
    shares = np.bincount(group * strata + stratum, weights, minlength=2 * strata).reshape(2, strata)
    shares = shares / shares.sum(axis=1, keepdims=True) * np.array([[-1.0], [1.0]])
    return np.stack([-shares, shares], axis=2).ravel()


def _adjusted(differences: Sequence[Estimate], adjust: str) -> list[Estimate]:
    known = [place for place, one in enumerate(differences) if not isinstance(one.p_value, Unavailable)]
    shown = list(differences)
    p_values = np.array([shown[place].p_value for place in known], dtype=np.float64)
    for place, p_value in zip(known, ADJUSTMENTS[adjust](p_values).tolist(), strict=True):
        shown[place] = replace(shown[place], p_value=p_value)
    return shown


def _unplanned(names: Sequence[str], planned: str | Sequence[str]) -> Notices:
    known = named_columns(planned, "planned")
    facts = MappingProxyType({"planned": ", ".join(known) or "-"})
    return Notices(tuple(Notice("R123", name, facts) for name in names if name not in known))

"""How large a trial must be, and what it can see: power, smallest detectable effect, size; by person or by cluster."""

from __future__ import annotations

import math
from dataclasses import replace

from scipy.optimize import brentq

from ebpm.errors import DesignError
from ebpm.moments.frame import one_of
from ebpm.rct.planning.exact_design import exact_chance, exact_effect, exact_units
from ebpm.rct.planning.trial_design import Continuous, TrialDesign, out_of_range
from ebpm.stats.given import made_by, number
from ebpm.stats.inference import quantile
from ebpm.stats.power import REFERENCES, detectable_ratio, least_size, power_of


def power(design: TrialDesign, effect: float, *, conf_level: float = 0.95, reference: str = "t") -> float:
    """Return the chance that a trial finds an effect: that its two-sided test rejects.

    Parameters
    ----------
    design : the trial.
    effect : true effect, in the unit of the outcome; a difference of shares for a `Proportion`.
    conf_level : one less the level of the test; shared out over the arms that are compared with control.
    reference : "t" (noncentral, units less two df), "normal", or "central_t".

    Raises
    ------
    DesignError : if a number lies outside its range.

    Formula: P(|T| > critical), T noncentral t at effect / se; se^2 = sd^2 (1 - R2) deff (1/n0 + 1/n1), n people observed, deff =
    1 + ((1 + cv^2) m - 1) icc; of shares p (1 - p) of each arm in place of sd^2. Exact tests: `ebpm.stats.exact_shares`.

    Assumptions: the standard deviation, the ICC and the R2 (alike within and between clusters) are as stated.

    Source: Bloom (1995), Evaluation Review 19(5); Donner and Klar (2000), chapter 5; Eldridge, Ashby and Kerry (2006).

    Examples
    --------
    >>> round(power(TrialDesign(units=128), 0.5), 4)
    0.8015
    """
    error = made_by(design, TrialDesign, "design").error(conf_level)
    if design.exact:
        return exact_chance(design, effect, error)
    df = _df(design, reference)
    return power_of(design.ratio(effect, _critical(error, df)), df=df, error=error, reference=reference)


def minimum_detectable_effect(
    design: TrialDesign, chance: float = 0.8, *, conf_level: float = 0.95, reference: str = "t", down: bool = False
) -> float:
    """Return the smallest effect that a trial finds with a given chance.

    Parameters
    ----------
    design : the trial.
    chance : power that is wanted.
    conf_level, reference : as in `power`.
    down : whether the share falls; of a `Proportion` the two directions differ.

    Raises
    ------
    DesignError : if a number lies outside its range, or no effect is found with that chance.

    Formula: the effect at which effect / se is the critical value plus the quantile of the power (exactly, of the noncentral t).

    Assumptions: as `power`.

    Source: Bloom (1995), Evaluation Review 19(5).

    Examples
    --------
    >>> schools = TrialDesign(units=20, size=30, icc=0.02, r2=0.49, outcome=Continuous(sd=0.6))
    >>> round(minimum_detectable_effect(schools, reference="normal"), 3)
    0.123
    """
    if made_by(design, TrialDesign, "design").exact:
        return exact_effect(design, chance, design.error(conf_level), down=down)
    error, df = design.error(conf_level), _df(design, reference)
    needed = detectable_ratio(_chance(chance, error), df=df, error=error, reference=reference)
    critical = _critical(error, df)
    if isinstance(design.outcome, Continuous):
        return needed / design.ratio(1.0, critical)
    room = design.outcome.base if down else 1.0 - design.outcome.base
    sign = -1.0 if down else 1.0

    def margin(effect: float) -> float:
        return design.ratio(sign * effect, critical) - needed

    if margin(room * (1.0 - 1e-9)) < 0.0:
        raise DesignError("rct_power_never", chance=chance, base=design.outcome.base)
    return sign * float(brentq(margin, room * 1e-9, room * (1.0 - 1e-9), xtol=1e-15, rtol=1e-13))


def sample_size(
    design: TrialDesign, effect: float, *, chance: float = 0.8, conf_level: float = 0.95, reference: str = "t"
) -> TrialDesign:
    """Return the trial with as many units as it needs to find an effect with a given chance.

    Parameters
    ----------
    design : the trial; its units are left out of account.
    effect : true effect, in the unit of the outcome; a difference of shares for a `Proportion`.
    chance : power that is wanted.
    conf_level, reference : as in `power`.

    Returns
    -------
    TrialDesign : with `units` in all, not rounded, and `per_arm` in whole units.

    Raises
    ------
    DesignError : if the effect is zero, or a number lies outside its range.

    Formula: the units at which `minimum_detectable_effect` is the effect.

    Assumptions: as `power`.

    Source: Donner and Klar (2000), chapter 5.

    Examples
    --------
    >>> from ebpm.rct.planning.trial_design import Proportion
    >>> sample_size(TrialDesign(outcome=Proportion(base=0.446)), 0.05, reference="normal").per_arm
    (1561, 1561)
    """
    error = made_by(design, TrialDesign, "design").error(conf_level)
    wanted = _chance(chance, error)
    if effect == 0.0:
        raise out_of_range("effect", effect)

    if design.exact:
        return replace(design, units=exact_units(design, effect, wanted, error))

    def margin(units: float) -> float:
        trial = replace(design, units=units)
        df = _df(trial, reference)
        needed = detectable_ratio(wanted, df=df, error=error, reference=reference)
        return trial.ratio(effect, _critical(error, df)) - needed

    return replace(design, units=least_size(margin, start=_least_units(design)))


def _least_units(design: TrialDesign) -> float:
    """Units that leave one degree of freedom."""
    left = design.observed if design.size == 1.0 else 1.0
    if design.paired:
        return 4.0 / left
    return (max(2.0 * design.strata, 2.0**design.factors) + 1.0) / (left * (design.shares[0] + min(design.shares[1:])))


def _df(design: TrialDesign, reference: str) -> float:
    if one_of(reference, REFERENCES, "reference") == "normal":
        return math.inf
    if design.df <= 0.0:
        raise out_of_range("units", design.units)
    return design.df


def _critical(error: float, df: float) -> float:
    return quantile(1.0 - error / 2.0, df)


def _chance(chance: float, error: float) -> float:
    if not error < number(chance, "chance") < 1.0:
        raise out_of_range("chance", chance)
    return chance

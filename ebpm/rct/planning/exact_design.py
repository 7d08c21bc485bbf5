"""Power, smallest effect and size of a trial whose shares are compared by an exact test."""

from __future__ import annotations

from dataclasses import replace

from ebpm.errors import DesignError
from ebpm.rct.planning.trial_design import Proportion, TrialDesign, out_of_range
from ebpm.stats.exact_shares import exact_power

MOST = 2000
STEPS = 10
FINE = 1e-9


def exact_chance(design: TrialDesign, effect: float, error: float) -> float:
    """Return the chance that the exact test rejects.

    Parameters
    ----------
    design : the trial.
    effect : difference of shares.
    error : level of the test.
    """
    outcome = _proportion(design)
    control, treated = _people(design)
    if not 0.0 < outcome.base + effect < 1.0:
        raise out_of_range("effect", effect)
    if max(control, treated) > MOST:
        raise DesignError("rct_power_many", people=max(control, treated), most=MOST)
    return exact_power(
        control, treated, share0=outcome.base, share1=outcome.base + effect, error=error, rule=outcome.rule
    )


def exact_effect(design: TrialDesign, chance: float, error: float, *, down: bool) -> float:
    """Return the smallest effect that the exact test finds with a given chance.

    Parameters
    ----------
    design : the trial.
    chance : power that is wanted.
    error : level of the test.
    down : whether the share falls.
    """
    base = _proportion(design).base
    near, far = 0.0, (base if down else 1.0 - base) * (1.0 - FINE)
    sign = -1.0 if down else 1.0
    if exact_chance(design, sign * far, error) < chance:
        raise DesignError("rct_power_never", chance=chance, base=base)
    while far - near > FINE:
        middle = (near + far) / 2.0
        near, far = (near, middle) if exact_chance(design, sign * middle, error) >= chance else (middle, far)
    return sign * far


def exact_units(design: TrialDesign, effect: float, chance: float, error: float) -> float:
    """Return the smallest whole number of units from which on the power stays, over the next ten, at what is wanted.

    Parameters
    ----------
    design : the trial.
    effect : difference of shares.
    chance : power that is wanted.
    error : level of the test.
    """
    per_arm = 1.0 / (design.observed * min(design.shares[0], *design.shares[1:]))

    def enough(least: int) -> bool:
        return exact_chance(replace(design, units=least * per_arm), effect, error) >= chance

    low, high = 1, 2
    while not enough(high):
        low, high = high, min(2 * high, MOST)
        if low == MOST:
            raise DesignError("rct_power_many", people=MOST, most=MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    least, run = max(1, high - STEPS), 0
    while run < STEPS:
        least, run = (least, run + 1) if enough(least + run) else (least + run + 1, 0)
    return float(least * per_arm)


def _people(design: TrialDesign) -> tuple[int, int]:
    observed = design.units * design.observed
    return tuple(int(observed * share + 1e-6) for share in (design.shares[0], min(design.shares[1:])))  # type: ignore[return-value]


def _proportion(design: TrialDesign) -> Proportion:
    if not isinstance(design.outcome, Proportion):
        raise out_of_range("outcome", design.outcome)
    return design.outcome

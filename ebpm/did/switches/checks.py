"""Guard rails of treatments that switch: who can be compared, how many are left, what the periods before the switch say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ebpm.did.group_time.checks import ALPHA, FEW_IN_COHORT, FEW_TREATED, Finds
from ebpm.did.group_time.pretrend import PreTrend, wald
from ebpm.did.joint import settled
from ebpm.did.switches.effects import Horizon, Switchers
from ebpm.estimate import Unavailable
from ebpm.notices import Notices, Rule, run
from ebpm.stats.inference import rounding


@dataclass(frozen=True, slots=True)
class SwitchDiagnosis:
    """What the rules look at.

    Parameters
    ----------
    effects, placebos : by periods since the switch, and before it.
    everyone : the switchers asked for.
    """

    effects: tuple[Horizon, ...]
    placebos: tuple[Horizon, ...]
    everyone: Switchers


def placebo_test(placebos: tuple[Horizon, ...], floor: float) -> PreTrend | Unavailable:
    """Return the Wald test that all placebos are zero, with its chi-square reference; standard errors up to `floor` are rounding."""
    if not placebos:
        return Unavailable("did_no_pre_periods")
    influence = np.column_stack([one.influence for one in placebos])
    return wald(np.array([one.value for one in placebos]), settled(influence.T @ influence, floor))


def _few_switchers(subject: SwitchDiagnosis) -> Finds:
    units = subject.effects[0].switchers
    if units < FEW_TREATED:
        yield "", {"units": units, "least": FEW_TREATED}


def _pretrend(subject: SwitchDiagnosis) -> Finds:
    test = placebo_test(subject.placebos, rounding(subject.everyone.paths.outcome))
    if not isinstance(test, Unavailable) and test.p_value < ALPHA:
        yield "", {"statistic": test.statistic, "df": test.df, "p_value": test.p_value}


def _gaps(subject: SwitchDiagnosis) -> Finds:
    units, switching, rows = subject.everyone.paths.gaps
    if units:
        yield "", {"units": units, "treated": switching, "rows": rows, "kept": len(subject.everyone.chosen)}


def _unmatched(subject: SwitchDiagnosis) -> Finds:
    paths, units = subject.everyone.paths, np.flatnonzero(subject.everyone.chosen)
    chosen = subject.everyone.chosen.copy()
    first = paths.first[units]
    chosen[units] = np.isfinite(paths.outcome[units, first] + paths.outcome[units, first - 1])
    lacking = chosen & ~subject.everyone.followed(1)
    if lacking.any():
        baselines = np.unique(paths.baseline[lacking])
        shown = ", ".join(f"{one:g}" for one in baselines[:5]) + (", …" if len(baselines) > 5 else "")
        yield "", {"units": int(lacking.sum()), "total": int(chosen.sum()), "baselines": shown}


def _thin(subject: SwitchDiagnosis) -> Finds:
    thin = [one for one in subject.effects if min(one.switchers, one.compared) < FEW_IN_COHORT]
    if thin:
        least = min(thin, key=lambda one: min(one.switchers, one.compared))
        yield ", ".join(str(one.length - 1) for one in thin), {
            "switchers": least.switchers, "compared": least.compared, "place": least.length - 1, "least": FEW_IN_COHORT,
        }  # fmt: skip


def _crossed(subject: SwitchDiagnosis) -> Finds:
    paths, chosen = subject.everyone.paths, subject.everyone.chosen
    crossed = paths.crossed[chosen]
    if crossed.any():
        kept = bool(subject.everyone.usable[chosen][crossed].all())
        units = int(crossed.any(axis=1).sum())
        yield "", {"units": units, "rows": int(crossed.sum()), "done": {"ja": "使って", "en": "kept"} if kept else LEFT}


def _moved(subject: SwitchDiagnosis) -> Finds:
    """Find the covariates on which the switch itself has effects."""
    paths = subject.everyone.paths
    for place, name in enumerate(paths.names):
        alone = replace(paths, outcome=paths.covariates[:, :, place])
        own = replace(subject.everyone, paths=alone, doubt=np.empty((len(paths.first), 0)))
        seen = tuple(found for one in subject.effects if (found := own.horizon(one.length)) is not None)
        test = placebo_test(seen, rounding(alone.outcome))
        if not isinstance(test, Unavailable) and test.p_value < ALPHA:
            yield name, {"p_value": test.p_value}


LEFT = {"ja": "除いて", "en": "left out"}

SWITCHING: tuple[Rule[SwitchDiagnosis], ...] = (
    Rule("D201", _few_switchers),
    Rule("D203", _pretrend),
    Rule("D208", _gaps),
    Rule("D229", _unmatched),
    Rule("D230", _thin),
    Rule("D231", _crossed),
    Rule("D241", _moved),
)


def check_switching(subject: SwitchDiagnosis) -> Notices:
    """Return the notices on a treatment that switches."""
    return run(SWITCHING, subject)

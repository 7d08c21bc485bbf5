"""Guard rails of synthetic comparisons: how well the past is matched, by whom, and what the placebos can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ebpm.did.synthetic.draws import Draws
from ebpm.did.synthetic.fit import Synthetic
from ebpm.did.synthetic.sample import Study
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Facts, Notices, Rule, run

LEAST_FIT = 0.8
MOST_WEIGHT = 0.5
MOST_OUTSIDE = 0.5
FEWEST_BEFORE = 10
SAME = 1e-6

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the rules ask for; one entry a treated group where there are several.

    Parameters
    ----------
    names : of the groups.
    fits : share of the variation before treatment that the synthetic path follows, shape (G,).
    outside : share of the periods before treatment in which the group lies beyond all donors, shape (G,).
    heaviest : largest weight of each group, shape (G,), and the donors that carry it.
    before : fewest periods before treatment.
    smallest : the smallest p value that the placebos can give; zero where there is no such bound.
    placebos : how many there are.
    alpha : one less the level of the intervals.
    reach : least and largest average effect over all weights that fit as well.
    estimate : the average effect.
    always_treated : units set aside.
    gaps : (units left out for a missing period, of them ever treated, rows left out).
    kept : units used.
    """

    names: tuple[str, ...]
    fits: Floats
    outside: Floats
    heaviest: Floats
    donors: tuple[str, ...]
    before: int
    smallest: float
    placebos: int
    alpha: float
    reach: tuple[float, float]
    estimate: float
    always_treated: int
    gaps: tuple[int, int, int]
    kept: int


def diagnose(
    study: Study, fit: Synthetic, draws: Draws | Unavailable, *, conf_level: float, levels: bool,
    names: tuple[str, ...] = (),
) -> Notices:  # fmt: skip
    """Return the notices on a synthetic comparison.

    Parameters
    ----------
    study, fit, draws : what was compared, and the redrawn estimates.
    conf_level : level of the intervals.
    levels : whether the synthetic path has to match levels, not movements alone.
    names : of the groups; their first treated period where empty.
    """
    placebos = len(draws) if isinstance(draws, Draws) and draws.kind == "placebo" and draws.complete else 0
    lacking = draws == Unavailable("synthetic_no_placebos")
    cells = fit.counts * fit.after.sum(axis=1)
    low, high = (cells @ fit.reach) / cells.sum()
    heaviest = fit.unit_weights.argmax(axis=1)
    diagnosis = Diagnosis(
        names=names or tuple(str(study.periods[start]) for start in fit.starts), fits=_fits(fit, levels=levels),
        outside=_outside(study, fit) if levels else np.zeros(len(fit.starts)), heaviest=fit.unit_weights.max(axis=1),
        donors=tuple(study.donors[place] for place in heaviest), before=int(fit.starts.min()),
        smallest=1.0 if lacking else 1.0 / (1 + placebos) if placebos else 0.0, placebos=placebos, alpha=1.0 - conf_level,
        reach=(float(low), float(high)), estimate=float((fit.gaps * fit.after).sum(axis=1) @ fit.counts / cells.sum()),
        always_treated=study.always_treated, gaps=study.gaps, kept=len(study.units),
    )  # fmt: skip
    return run(RULES, diagnosis)


def _fits(fit: Synthetic, *, levels: bool) -> Floats:
    """1 - sum of squared gaps / sum of squared movements before treatment (Ferman and Pinto 2021, section 4)."""
    shares = np.ones(len(fit.starts))
    for group, start in enumerate(fit.starts):
        gaps, path = fit.gaps[group, :start], fit.treated[group, :start]
        missed = float(((gaps if levels else gaps - gaps.mean()) ** 2).sum())
        moved = float(((path - path.mean()) ** 2).sum())
        shares[group] = 1.0 - missed / moved if moved > 0 else float(missed == 0.0)
    return shares


def _outside(study: Study, fit: Synthetic) -> Floats:
    donors = study.sample.paths[study.sample.donors]
    beyond = (fit.treated > donors.max(axis=0)) | (fit.treated < donors.min(axis=0))
    return np.array([beyond[group, :start].mean() for group, start in enumerate(fit.starts)])


def _poor_fit(subject: Diagnosis) -> Finds:
    worst = int(subject.fits.argmin())
    if subject.fits[worst] < LEAST_FIT:
        yield subject.names[worst], {"fit": max(0.0, float(subject.fits[worst])), "least": LEAST_FIT}


def _one_donor(subject: Diagnosis) -> Finds:
    most = int(subject.heaviest.argmax())
    if subject.heaviest[most] > MOST_WEIGHT:
        facts = {"donor": subject.donors[most], "weight": float(subject.heaviest[most]), "limit": MOST_WEIGHT}
        yield subject.names[most], facts


def _beyond_donors(subject: Diagnosis) -> Finds:
    worst = int(subject.outside.argmax())
    if subject.outside[worst] > MOST_OUTSIDE:
        yield subject.names[worst], {"share": float(subject.outside[worst])}


def _few_placebos(subject: Diagnosis) -> Finds:
    if subject.smallest > subject.alpha:
        yield "", {"placebos": subject.placebos, "smallest": subject.smallest, "level": 1.0 - subject.alpha}


def _short(subject: Diagnosis) -> Finds:
    if subject.before < FEWEST_BEFORE:
        yield "", {"periods": subject.before, "least": FEWEST_BEFORE}


def _several_minima(subject: Diagnosis) -> Finds:
    low, high = subject.reach
    if high - low > SAME * max(1e-300, abs(subject.estimate)):
        yield "", {"low": low, "high": high, "estimate": subject.estimate}


def _always_treated(subject: Diagnosis) -> Finds:
    if subject.always_treated:
        yield "", {"units": subject.always_treated}


def _composition(subject: Diagnosis) -> Finds:
    units, treated, rows = subject.gaps
    if units:
        yield "", {"units": units, "treated": treated, "rows": rows, "kept": subject.kept}


RULES: tuple[Rule[Diagnosis], ...] = (
    Rule("D207", _always_treated),
    Rule("D208", _composition),
    Rule("D232", _poor_fit),
    Rule("D233", _one_donor),
    Rule("D234", _beyond_donors),
    Rule("D235", _few_placebos),
    Rule("D236", _short),
    Rule("D237", _several_minima),
)

"""Whether what was assigned agrees with the declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from ebpm.moments.frame import Codes, Floats, Ints
from ebpm.moments.labels import labels_of
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.rct.assigned import some, varying_units
from ebpm.rct.assignment.rolls import ROUNDING, Roll

BY_CHANCE = 0.001

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """A declaration and what was done.

    Parameters
    ----------
    arms : declared.
    complete : whether numbers were to be fixed.
    chances : declared, of each unit and arm, shape (units, arms).
    cluster : name of the units; None for rows.
    roll : the units.
    found : arm of each row.
    treatment : name of its column.
    """

    arms: tuple[str, ...]
    complete: bool
    chances: Floats
    cluster: str | None
    roll: Roll
    found: Codes
    treatment: str


def realised_notices(case: Realised) -> Notices:
    """Return R103 for clusters in several arms, R112 for numbers other than those declared.

    Parameters
    ----------
    case : declaration and what was done.
    """
    return run(RULES, case)


def _mixed(case: Realised) -> Finds:
    mixed = varying_units(case.roll.unit, case.found.codes)
    if len(mixed):
        yield (
            case.treatment,
            {"cluster": case.cluster, "count": len(mixed), "named": some(mixed, case.roll.units)},
        )


def _departs(case: Realised) -> Finds:
    names = labels_of(case.found)
    arms = [*case.arms, *(name for name in names if name not in case.arms)]
    place = np.array([arms.index(name) for name in names])
    arm = np.empty(len(case.roll.units), dtype=np.int64)
    arm[case.roll.unit] = place[case.found.codes]
    chances = np.hstack([case.chances, np.zeros((len(arm), len(arms) - len(case.arms)))])
    for stratum, name in enumerate(case.roll.strata):
        own = case.roll.stratum == stratum
        got, meant = np.bincount(arm[own], minlength=len(arms)), chances[own].sum(axis=0)
        if _off(got, chances[own], complete=case.complete):
            told = ", ".join(f"{one} {count}" for one, count in zip(arms, got, strict=True))
            wanted = ", ".join(f"{one} {count:.4g}" for one, count in zip(arms, meant, strict=True))
            yield name or case.treatment, {"got": told, "declared": wanted}


def _off(got: Ints, chances: Floats, *, complete: bool) -> bool:
    meant = chances.sum(axis=0)
    if complete:
        return bool((np.abs(got - meant) >= 1.0 - ROUNDING).any())
    if got[meant == 0.0].any():
        return True
    kept = meant > 0.0
    apart, own = (got - meant)[kept][1:], chances[:, kept][:, 1:]
    spread = np.diag(own.sum(axis=0)) - own.T @ own
    return bool(chdtrc(len(apart), float(apart @ np.linalg.pinv(spread) @ apart)) < BY_CHANCE)


RULES = (Rule("R103", _mixed), Rule("R112", _departs, requires=("R103",)))

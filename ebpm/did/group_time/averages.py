"""Averages of group-time effects whose weights are estimated: one delta-method path for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.effects import Effects
from ebpm.moments.frame import Floats, Ints

KINDS = ("simple", "group", "calendar", "event")


@dataclass(frozen=True, slots=True)
class Average:
    """A share-weighted average of some cells.

    Parameters
    ----------
    position : cohort, period or event time that the average belongs to.
    cells : places of its cells among those of the effects.
    """

    position: int
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Linear:
    """Averages to first order.

    Parameters
    ----------
    parts : the m averages.
    values : shape (m,).
    gradients : shape (m, K + G), in (att, shares).
    """

    parts: tuple[Average, ...]
    values: Floats
    gradients: Floats


@dataclass(frozen=True, slots=True)
class Averages:
    """Averages with their joint covariance, the overall one last.

    Parameters
    ----------
    parts : the m averages by cohort, period or event time; none for the simple aggregate.
    values : shape (m + 1,).
    covariance : shape (m + 1, m + 1).
    gradients : shape (m + 1, K + G), in (att, shares).
    """

    parts: tuple[Average, ...]
    values: Floats
    covariance: Floats
    gradients: Floats


def averages(effects: Effects, kind: str, chosen: Sequence[int]) -> Averages:
    """Return the averages of one kind and their overall average.

    Parameters
    ----------
    kind : "simple", "group", "calendar" or "event".
    chosen : places of the cells to average; the overall average takes those from treatment on.

    Formula: an average over the cells J is sum_J p_g att_gt / sum_J p_g with cohort shares p. Overall: simple and calendar and
    event averages weigh their parts equally (event times from 0 on), group weighs them by p_g. With the gradient D in
    (att, p), the covariance is D V D' where V joins that of the effects and of the shares.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 3 and corollary 2.
    """
    after = [place for place in chosen if effects.cells[place].event_time >= 0]
    linear = parts(effects, kind, chosen if kind == "event" else after)
    if kind == "simple":
        overall, slope = _average(effects, after)
    elif kind == "group":
        overall, slope = _weighted(effects, linear)
    else:
        used = [place for place, part in enumerate(linear.parts) if kind == "calendar" or part.position >= 0]
        overall, slope = float(linear.values[used].mean()), linear.gradients[used].mean(axis=0)
    D = np.vstack([linear.gradients, slope])
    return Averages(linear.parts, np.append(linear.values, overall), D @ joint(effects) @ D.T, D)


def parts(effects: Effects, kind: str, chosen: Sequence[int]) -> Linear:
    """Return the averages of the chosen cells by cohort, period or event time; none for the simple aggregate."""
    found = _parts(effects.cells, kind, chosen)
    rows = [_average(effects, part.cells) for part in found]
    size = len(effects.att) + len(effects.counts)
    gradients = np.array([gradient for _, gradient in rows]).reshape(-1, size)
    return Linear(found, np.array([value for value, _ in rows]), gradients)


def joint(effects: Effects) -> Floats:
    """Return the covariance of (att, shares), shape (K + G, K + G)."""
    return np.block([[effects.covariance, effects.cross], [effects.cross.T, effects.shares_covariance]])


def _parts(cells: Sequence[Cell], kind: str, chosen: Sequence[int]) -> tuple[Average, ...]:
    if kind == "simple":
        return ()
    attribute = {"group": "cohort", "calendar": "period", "event": "event_time"}[kind]
    positions: dict[int, list[int]] = {}
    for place in chosen:
        positions.setdefault(getattr(cells[place], attribute), []).append(place)
    return tuple(Average(position, tuple(positions[position])) for position in sorted(positions))


def _average(effects: Effects, chosen: Sequence[int]) -> tuple[float, Floats]:
    """Return the share-weighted average and its gradient in (att, shares), shape (K + G,)."""
    places = list(chosen)
    values = effects.att[places]
    groups = np.searchsorted(effects.cohorts, [effects.cells[place].cohort for place in places])
    value, weights, to_shares = _mean(values, effects.shares, groups)
    to_att = np.zeros(len(effects.att))
    to_att[places] = weights
    return value, np.concatenate([to_att, to_shares])


def _weighted(effects: Effects, linear: Linear) -> tuple[float, Floats]:
    groups = np.searchsorted(effects.cohorts, [part.position for part in linear.parts])
    value, weights, to_shares = _mean(linear.values, effects.shares, groups)
    return value, weights @ linear.gradients + np.concatenate([np.zeros(len(effects.att)), to_shares])


def _mean(values: Floats, shares: Floats, groups: Ints) -> tuple[float, Floats, Floats]:
    weights = shares[groups] / shares[groups].sum()
    value = float(weights @ values)
    slopes = (values - value) / shares[groups].sum()
    to_shares = np.zeros_like(shares)
    np.add.at(to_shares, groups, slopes)
    return value, weights, to_shares

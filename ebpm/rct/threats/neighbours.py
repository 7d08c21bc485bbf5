"""Whose treatment may reach whom: units of one group, or within a distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.moments.naming import named_columns
from ebpm.rct.assigned import varying_units
from ebpm.rct.trial import Trial
from ebpm.stats.groups import group_sums

EARTH_KM = 6371.0088
MOST_UNITS = 4000


def shares_nearby(
    trial: Trial, frame: Frame, *, group: str | None, coordinates: Sequence[str], within: float, metric: str
) -> Floats:
    """Return W with W t the share of each unit's neighbours that are treated, shape (units, units); zero rows have none.

    Parameters
    ----------
    trial : the trial.
    frame : its table.
    group : column of the group that a unit belongs to; its neighbours are the others in it.
    coordinates : two columns instead: x and y, or longitude and latitude.
    within : distance up to which units are neighbours, in the unit of the coordinates; kilometres on the earth.
    metric : "plane" or "earth".

    Raises
    ------
    DesignError : if neither or both are given, if a unit lies in two groups, or if there are more than 4,000 units.
    """
    coordinates = named_columns(coordinates, "coordinates")
    if (group is None) == (not coordinates) or (coordinates and not within > 0.0):
        raise DesignError(
            "rct_no_neighbours", group=group or "-", coordinates=", ".join(coordinates) or "-", within=within
        )
    if trial.units > MOST_UNITS:
        raise DesignError("rct_many_units", units=f"{trial.units:,}", most=f"{MOST_UNITS:,}")
    near = _same_group(trial, frame, group) if group is not None else _close(trial, frame, coordinates, within, metric)
    np.fill_diagonal(near, 0.0)
    counts = near.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(near, counts, out=np.zeros_like(near), where=counts > 0))


def _same_group(trial: Trial, frame: Frame, group: str) -> Floats:
    codes = frame.codes(group, "group").codes
    mixed = varying_units(trial.unit, codes)
    if len(mixed):
        raise DesignError("rct_unit_in_groups", column=group, count=len(mixed))
    own: Ints = trial.of_units(codes)
    return np.asarray(own[:, None] == own[None, :], dtype=np.float64)


def _close(trial: Trial, frame: Frame, coordinates: Sequence[str], within: float, metric: str) -> Floats:
    places = frame.matrix(coordinates, "coordinates")
    sizes = np.bincount(trial.unit)
    centres = group_sums(places, trial.unit, groups=trial.units) / sizes[:, None]
    apart = _on_earth(centres) if metric == "earth" else np.hypot(*(centres.T[:, :, None] - centres.T[:, None, :]))
    return np.asarray(apart <= within, dtype=np.float64)


def _on_earth(centres: Floats) -> Floats:
    """Great-circle distances in kilometres by the haversine."""
    longitude, latitude = np.radians(centres).T
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half = half + np.cos(latitude)[:, None] * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2
    distances: Floats = 2.0 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return distances

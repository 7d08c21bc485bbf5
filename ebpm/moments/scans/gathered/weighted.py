"""Weighted sums by keys of rows that carry few different weights: the plain sums of each weight, times its powers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.profile import DECIMALS, Range, tight

MOST = 1 << 12


def without_weights(request: GroupRequest) -> GroupRequest:
    """Return the request in which the weight is a key like the others."""
    return replace(request, keys=(*request.keys, request.weights), weights="")


def with_weights(found: GroupSums, request: GroupRequest, width: int) -> GroupSums:
    """Return the weighted sums of a request from the plain sums of each combination of its keys and a weight.

    Parameters
    ----------
    found : of `without_weights`.
    request : the columns.
    width : bits of a word.

    Raises
    ------
    OddError : weights that are no positive numbers.
    """
    labels = [group[-1] for group in found.groups]
    fixed = _steps(labels, width)
    steps = [int(np.floor(float(one) * float(fixed.scale) + 0.5)) for one in labels]
    powers = np.array([[1, one, one**2] for one in steps], dtype=object)
    weighed = replace(
        found, keys=request.keys, weights=request.weights, moments=found.moments * powers[:, :, None, None],
        fixed=(*found.fixed, fixed.bare), heaviest=float(max(labels)),
    )  # fmt: skip
    return weighed.merged([group[:-1] for group in found.groups])


def _steps(labels: Sequence[Any], width: int) -> Fixed:
    """Return the steps in which weights are written, as `groups.pushed` finds them."""
    if any(isinstance(one, str) or not 0 < one < np.inf for one in labels):
        raise OddError
    values = np.unique(np.array(labels, dtype=np.float64))
    seen = Range(float(values[0]), float(values[-1]), None, 0, 0)
    decimals = next((d for d in range(DECIMALS + 1) if _tight(values, seen, d)), None)
    return replace(Fixed.of(0.0, seen.high, decimals=decimals, width=width, fine=True), shift=0)


def _tight(values: Any, seen: Range, decimals: int) -> bool:
    scaled = values * 10.0**decimals
    return tight(float(np.abs(scaled - np.floor(scaled + 0.5)).max()), seen.low, seen.high, decimals)

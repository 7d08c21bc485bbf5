"""The sums of each group as numbers in the unit of the table, to be held against those of another file, which may be in other steps."""

from __future__ import annotations

import numpy as np

from ebpm.moments.frame import Floats
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.paths.sums import PathSums


def values_of_groups(sums: PathSums | GroupSums) -> dict[str, Floats]:
    """Return count, sums and sums of squares of each group, by its name.

    Parameters
    ----------
    sums : of a moment file, whose steps start at zero.
    """
    return _of_paths(sums) if isinstance(sums, PathSums) else _of_groups(sums)


def _of_paths(sums: PathSums) -> dict[str, Floats]:
    scale, found = float(sums.fixed.scale), {}
    for place, group in enumerate(sums.groups):
        squares = np.diagonal(sums.products[place]).astype(np.float64) / scale**2
        own = [float(sums.counts[place]), *(sums.sums[place].astype(np.float64) / scale), *squares]
        found[f"{group.cohort or '–'} {group.cluster} {group.seen:b}"] = np.array(own)
    return found


def _of_groups(sums: GroupSums) -> dict[str, Floats]:
    scales = np.array([1.0, *(float(one.scale) for one in sums.fixed[: len(sums.numbers)])])
    found = {}
    for group, moments in zip(sums.groups, sums.moments, strict=True):
        squares = np.diagonal(moments[0]).astype(np.float64) / scales[: len(moments[0])] ** 2
        found[" ".join(map(str, group))] = np.append(moments[0, 0].astype(np.float64) / scales, squares)
    return found

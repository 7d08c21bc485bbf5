"""Cluster moments from sums by keys, so that one algebra serves rows and sums."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ebpm.moments.regression import ClusterMoments
from ebpm.moments.scans.groups.sums import GroupSums


def cluster_moments(sums: GroupSums, outcome: str, covariates: Sequence[str] = ()) -> ClusterMoments:
    """Return the moments of the basis [1, covariates] and an outcome, all less their means over the rows, of each group.

    Parameters
    ----------
    sums : of the clusters, one a group, with products.
    outcome : column of numbers.
    covariates : columns of numbers.
    """
    numbers = [*covariates, outcome]
    centres: dict[str, Fraction] = {number: sums.mean(number) for number in numbers}
    found = sums.about(centres)
    at = [0, *(sums.numbers.index(number) + 1 for number in numbers)]
    layers = [found[:, power][:, at][:, :, at] for power in range(found.shape[1])]
    plain, basis = layers[0], slice(0, len(at) - 1)
    products, cross = plain[:, basis, basis], plain[:, basis, -1]
    if sums.weights:
        once, twice = layers[1], layers[2]
        products = np.block([[products, once[:, basis, basis]], [once[:, basis, basis], twice[:, basis, basis]]])
        cross = np.hstack([cross, once[:, basis, -1]])
    return ClusterMoments(
        rows=sums.counts, products=products, cross=cross, squares=plain[:, -1, -1], maps=np.eye(len(at) - 1)[None],
        weighted=bool(sums.weights),
    )  # fmt: skip

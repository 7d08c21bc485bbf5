"""Exact sums of outcome paths in which units count by a weight: beside the sums of the paths as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.moments.frame import Ints
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.profile import Range

Wholes = NDArray[np.object_]
BITS = 51  # of a weight at most, so that half a step beside it is a float too
FINEST = 1000  # steps, as a power of two, that are floats as well as their inverse
NOTHING = np.empty((0, 0), dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Sums over the units of G groups of v = (w, w q), w the weight of a unit in steps and q its path; of no group where all count alike.

    Parameters
    ----------
    fixed : how weights are written as whole numbers, from zero on.
    sums : of v, shape (G, 1 + T); zero in a period in which a group is not seen.
    products : of v v', shape (G, 1 + T, 1 + T); of w alone, (G, 1, 1), where clusters are kept apart.
    heaviest : the largest w, shape (G,).
    """

    fixed: Fixed
    sums: Wholes
    products: Wholes
    heaviest: Wholes

    @classmethod
    def none(cls) -> Weighed:
        """Return the sums of no group."""
        return cls(
            fixed=Fixed(Fraction(1), 0, exact=True),
            sums=NOTHING,
            products=NOTHING[None],
            heaviest=np.empty(0, dtype=object),
        )

    def __bool__(self) -> bool:
        return bool(self.sums.size)

    def __add__(self, other: Weighed) -> Weighed:
        """Return the sums of both, whose groups are the same.

        Raises
        ------
        DataError : if there are weights in one alone.
        """
        if bool(self) != bool(other):
            raise DataError("scan_weights_differ")
        fixed = self.fixed.common(other.fixed)
        left, right = self.in_steps(fixed), other.in_steps(fixed)
        return replace(
            left, sums=left.sums + right.sums, products=left.products + right.products,
            heaviest=np.maximum(left.heaviest, right.heaviest),
        )  # fmt: skip

    def in_steps(self, fixed: Fixed) -> Weighed:
        """Return the same in other steps of the weight, of which these are whole multiples."""
        a, _ = self.fixed.change(fixed)
        return replace(
            self, fixed=fixed, sums=a * self.sums, products=a * a * self.products, heaviest=a * self.heaviest
        )

    def moved(self, a: int, b: int, seen: NDArray[np.bool_]) -> Weighed:
        """Return the same for paths a q + b where a group is seen, shape (G, T)."""
        if not self:
            return self
        on, sums, products = seen.astype(object), self.sums.copy(), self.products.copy()
        sums[:, 1:] = a * sums[:, 1:] + b * sums[:, :1] * on
        if products.shape[1] > 1:
            own, cross = self.products[:, :1, :1], self.products[:, 0, 1:]
            mixed = cross[:, :, None] * on[:, None, :] + on[:, :, None] * cross[:, None, :]
            both = on[:, :, None] * on[:, None, :]
            products[:, 1:, 1:] = a * a * products[:, 1:, 1:] + a * b * mixed + b * b * own * both
            products[:, 0, 1:] = products[:, 1:, 0] = a * cross + b * own[:, 0] * on
        return replace(self, sums=sums, products=products)

    def where(self, at: Ints) -> Weighed:
        """Return some groups."""
        if not self:
            return self
        return replace(self, sums=self.sums[at], products=self.products[at], heaviest=self.heaviest[at])

    def placed(self, at: Sequence[int], size: int) -> Weighed:
        """Return the sums at other places, of which there are so many; those that get the same one are added up."""
        if not self:
            return self
        sums, products, heaviest = (
            np.zeros((size, *one.shape[1:]), dtype=object) for one in (self.sums, self.products, self.heaviest)
        )
        np.add.at(sums, list(at), self.sums)
        np.add.at(products, list(at), self.products)
        np.maximum.at(heaviest, list(at), self.heaviest)
        return replace(self, sums=sums, products=products, heaviest=heaviest)


def weight_steps(found: Range, column: str) -> Fixed:
    """Return the steps in which weights within a range are written, the same however they are summed.

    Raises
    ------
    DataError : weights that are not positive, or all of them so small that their steps are no floats.
    """
    if found.low <= 0:
        raise DataError("scan_negative_weights", column=column, least=found.low)
    if found.decimals is not None and found.high * 10.0**found.decimals < 2.0**BITS:
        return Fixed(Fraction(10**found.decimals), 0, exact=True)
    power = BITS - ceil(log2(found.high))
    if power > FINEST:
        raise DataError("scan_tiny_weights", column=column, most=found.high)
    return Fixed(Fraction(2) ** power, 0, exact=False)

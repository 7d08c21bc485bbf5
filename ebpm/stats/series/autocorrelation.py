"""Autocorrelations of an autoregression from its partial autocorrelations, with first and second derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Process(Protocol):
    """A stationary process whose autocorrelations are functions of p parameters, each between -1 and 1."""

    def plain(self, parameters: Floats, length: int) -> Floats:
        """Return the autocorrelations at lags 0 .. length - 1, shape (length,)."""

    def slopes(self, parameters: Floats, length: int) -> tuple[Floats, Floats]:
        """Return their first and second derivatives, shapes (p, length) and (p, p, length)."""


@dataclass(frozen=True, slots=True)
class Jet:
    """A number with its first and second derivatives by p parameters.

    Parameters
    ----------
    value : the number.
    first : shape (p,).
    second : shape (p, p).
    """

    value: float
    first: Floats
    second: Floats

    def __add__(self, other: Jet) -> Jet:
        return Jet(self.value + other.value, self.first + other.first, self.second + other.second)

    def __sub__(self, other: Jet) -> Jet:
        return Jet(self.value - other.value, self.first - other.first, self.second - other.second)

    def __mul__(self, other: Jet) -> Jet:
        crossed = np.outer(self.first, other.first)
        return Jet(
            self.value * other.value, self.value * other.first + other.value * self.first,
            self.value * other.second + other.value * self.second + crossed + crossed.T,
        )  # fmt: skip


def autocorrelations(partial: Floats, length: int) -> tuple[Jet, ...]:
    """Return the autocorrelations at lags 0 .. length - 1 of an autoregression, with their derivatives.

    Parameters
    ----------
    partial : partial autocorrelations, shape (p,), each between -1 and 1.
    length : their number.

    Formula: the recursion of Levinson and Durbin for the coefficients, and of Yule and Walker for the autocorrelations.

    Source: Barndorff-Nielsen and Schou (1973), Journal of Multivariate Analysis 3(4).
    """
    order = len(partial)
    flat = np.zeros((order, order))
    return _recursion([Jet(float(one), row, flat) for one, row in zip(partial, np.eye(order), strict=True)], length)


def _recursion(partial: Sequence[Jet], length: int) -> tuple[Jet, ...]:
    zero = partial[0] - partial[0]
    one = Jet(1.0, np.zeros_like(zero.first), np.zeros_like(zero.second))
    found, spread = [one], one
    coefficients: list[Jet] = []
    for own in partial:
        found.append(_total((c * r for c, r in zip(coefficients, found[::-1], strict=False)), own * spread))
        coefficients = [*(c - own * d for c, d in zip(coefficients, coefficients[::-1], strict=True)), own]
        spread = spread * (one - own * own)
    for _ in range(len(partial) + 1, length):
        found.append(_total((c * r for c, r in zip(coefficients, found[::-1], strict=False)), zero))
    return tuple(found[:length])


def _total(parts: Iterable[Jet], zero: Jet) -> Jet:
    for part in parts:
        zero = zero + part
    return zero


def plain_autocorrelations(partial: Floats, length: int) -> Floats:
    """Return the autocorrelations at lags 0 .. length - 1 alone, shape (length,)."""
    if len(partial) == 1:
        return np.asarray(partial[0] ** np.arange(length, dtype=np.float64))
    still = np.zeros(0)
    return np.array(
        [one.value for one in _recursion([Jet(float(one), still, still[:, None]) for one in partial], length)]
    )


class Autoregression:
    """An autoregression by its partial autocorrelations."""

    def plain(self, parameters: Floats, length: int) -> Floats:
        """Return the autocorrelations at lags 0 .. length - 1, shape (length,)."""
        return plain_autocorrelations(parameters, length)

    def slopes(self, parameters: Floats, length: int) -> tuple[Floats, Floats]:
        """Return their first and second derivatives, shapes (p, length) and (p, p, length)."""
        jets = autocorrelations(parameters, length)
        return np.array([one.first for one in jets]).T, np.array([one.second for one in jets]).transpose(1, 2, 0)

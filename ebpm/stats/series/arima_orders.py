"""The choice of the order of ARIMA errors among several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ebpm.errors import DesignError
from ebpm.stats.series.arima import ArimaFit, Order


def best_order(fit: Callable[[Order], ArimaFit], orders: tuple[Order, ...]) -> tuple[ArimaFit, tuple[ArimaFit, ...]]:
    """Return the fit with the least corrected Akaike criterion, and every fit that could be made, best first.

    Parameters
    ----------
    fit : order -> its fit.
    orders : all with the same differences, because likelihoods of series that were differenced otherwise do not compare.

    Raises
    ------
    DesignError : if the series carries none of the orders.
    """
    found, refused = [], None
    for order in orders:
        try:
            found.append(fit(order))
        except DesignError as error:
            refused = error
    if not found and refused is not None:
        raise refused
    ranked = tuple(sorted(found, key=lambda one: (one.aicc, one.parameters)))
    return ranked[0], ranked


def nearby(order: Order, most: int, *, seasonal: bool) -> tuple[Order, ...]:
    """Return the orders with the same differences and up to `most` lags a polynomial, seasonal ones up to one lag."""
    top = 1 if seasonal else 0
    return tuple(
        replace(order, p=p, q=q, P=P, Q=Q)
        for p in range(most + 1) for q in range(most + 1) for P in range(top + 1) for Q in range(top + 1)
    )  # fmt: skip

"""Regression with seasonal ARIMA errors by exact maximum likelihood, with one regressor's rate of decay where it has one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ebpm.errors import DesignError
from ebpm.stats.inference import rounding
from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.series.arma import Arma, differences, filtered, from_partial, spread
from ebpm.stats.series.autoregression import Autoregressive

Floats = NDArray[np.float64]

LARGEST = 0.9999
STARTS = (0.05, 0.6)
STEP = 1e-4
CLOSE = 1e-7
EDGE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Orders of a seasonal ARIMA.

    Parameters
    ----------
    p, d, q : autoregression, differences, moving average.
    P, D, Q : the same at the lags of the season.
    cycle : periods of the season; 1 where there is none.
    """

    p: int = 0
    d: int = 0
    q: int = 0
    P: int = 0
    D: int = 0
    Q: int = 0
    cycle: int = 1

    def __str__(self) -> str:
        plain = f"({self.p},{self.d},{self.q})"
        return f"{plain}({self.P},{self.D},{self.Q})[{self.cycle}]" if self.P or self.D or self.Q else plain

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """How many coefficients each polynomial has: autoregression, moving average, the two of the season."""
        return self.p, self.q, self.P, self.Q

    @property
    def names(self) -> tuple[str, ...]:
        """What the coefficients are called: ar_1, ma_1, seasonal_ar_1, seasonal_ma_1."""
        kinds = ("ar", "ma", "seasonal_ar", "seasonal_ma")
        return tuple(f"{kind}_{j + 1}" for kind, count in zip(kinds, self.parts, strict=True) for j in range(count))

    @property
    def difference(self) -> Floats:
        """The polynomial (1 - B)^d (1 - B^cycle)^D."""
        return differences(self.d, self.D, self.cycle)

    def arma(self, natural: Floats) -> Arma:
        """Return the process of the coefficients in the order of `names`."""
        ar, ma, seasonal_ar, seasonal_ma = self._split(natural)
        phi = np.convolve(np.r_[1.0, -ar], spread(np.r_[1.0, -seasonal_ar], self.cycle))
        theta = np.convolve(np.r_[1.0, ma], spread(np.r_[1.0, seasonal_ma], self.cycle))
        return Arma(phi, theta)

    def natural(self, partial: Floats) -> Floats:
        """Return coefficients inside the stationary and invertible region from partial autocorrelations of the polynomials."""
        parts = [from_partial(part)[1:] for part in self._split(partial)]
        return np.concatenate([-parts[0], parts[1], -parts[2], parts[3]])

    def _split(self, values: Floats) -> list[Floats]:
        return np.split(values, np.cumsum(self.parts)[:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ArimaFit:
    """A regression with ARIMA errors.

    Parameters
    ----------
    order : of the errors.
    coefficients : of the regressors, shape (k,).
    natural : of the ARMA polynomials, shape (r,), in the order of `order.names`.
    decay : rate of decay of the transfer function, shape (1,) where there is one.
    covariance : of coefficients, polynomials and decay from the observed information, shape (k + r + j, k + r + j); zeros for a decay
        at the end of its range, 0 or 1.
    variance : of the innovations, residual squares over rows.
    log_likelihood : its maximum, with its constants, of the differenced series.
    whitened : standardised one-step errors, shape (n,).
    n : rows after differencing.
    restricted : the fit by restricted likelihood that coefficients, polynomials and covariance come from; empty for the maximum.
    """

    order: Order
    coefficients: Floats
    natural: Floats
    decay: Floats
    covariance: Floats
    variance: float
    log_likelihood: float
    whitened: Floats
    n: int
    restricted: tuple[Autoregressive, ...] = ()

    def spread(self, weights: Floats) -> tuple[float, float]:
        """Return standard error and degrees of freedom of a weighted sum of coefficients, polynomials and decay.

        Degrees of freedom are rows less parameters for maximum likelihood, Satterthwaite's for restricted likelihood.
        """
        std_error = math.sqrt(max(float(weights @ self.covariance @ weights), 0.0))
        for found in self.restricted:
            return std_error, found.correct(weights[: len(self.coefficients)])[1]
        return std_error, float(self.n - self.parameters + 1)

    @property
    def parameters(self) -> int:
        """How many numbers were estimated, the variance among them."""
        return len(self.coefficients) + len(self.natural) + len(self.decay) + 1

    @property
    def unbiased_variance(self) -> float:
        """Variance of the innovations, residual squares over rows less coefficients."""
        return self.variance * self.n / (self.n - self.parameters + 1)

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2.0 * self.parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return math.log(self.n) * self.parameters - 2.0 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for small samples; infinite where there are too few rows.

        Source: Hurvich and Tsai (1989), Biometrika 76(2).
        """
        k, spare = self.parameters, self.n - self.parameters - 1
        return math.inf if spare <= 0 else self.aic + 2.0 * k * (k + 1) / spare


Design = Callable[[Floats], Floats]


def arima(y: Floats, design: Design, order: Order, *, decays: int = 0, names: tuple[str, ...] = ()) -> ArimaFit:
    """Fit by exact maximum likelihood.

    Parameters
    ----------
    y : shape (T,), no gaps.
    design : rates of decay, shape (decays,), each between 0 and 1 -> regressors, shape (T, k).
    order : of the errors.
    decays : how many rates are estimated.
    names : of the regressors, for the message about collinear ones.

    Raises
    ------
    DesignError : too few rows after differencing, regressors that are collinear after it, or a series without residuals.

    Formula: with w = (1 - B)^d (1 - B^s)^D y and the regressors differenced alike, -(n/2) log S - (1/2) log|R| is maximised, S the
    squares of the whitened residuals, R the covariance of the ARMA process over its innovation variance. The covariance of all
    estimates is the inverse of the observed information with the variance profiled out.

    Assumptions: normal errors; the first d + D s values are taken as given.

    Source: Harvey and Phillips (1979), Biometrika 66(1); Ansley (1979), Biometrika 66(1); Box and Tiao (1975), JASA 70(349).
    """
    problem = _Problem(y, design, order, decays)
    X = problem.moved(np.full(decays, 0.5))[:, :-1]
    if len(X) <= X.shape[1] + len(order.names) + decays + 1 or len(X) <= order.arma(np.zeros(len(order.names))).reach:
        raise DesignError("stats_too_few_rows", rows=len(X), columns=X.shape[1] + len(order.names) + decays + 1)
    outcome = problem.moved(np.full(decays, 0.5))[:, -1]
    left = least_squares(X, outcome, names=names).residuals if X.shape[1] else outcome
    if np.abs(left).max() <= 4.0 * rounding(y):
        raise DesignError("stats_no_residuals", rows=len(X), columns=X.shape[1])
    natural, decay = problem.split(problem.lowest())
    return problem.described(natural, decay)


@dataclass(frozen=True, slots=True)
class _Problem:
    y: Floats
    design: Design
    order: Order
    decays: int

    def moved(self, decay: Floats) -> Floats:
        """Regressors and outcome after differencing, shape (n, k + 1)."""
        return filtered(self.order.difference, np.column_stack([self.design(decay), self.y]))

    def split(self, free: Floats) -> tuple[Floats, Floats]:
        count = len(self.order.names)
        return self.order.natural(LARGEST * np.tanh(free[:count])), 0.5 + 0.5 * LARGEST * np.tanh(free[count:])

    def white(self, natural: Floats, decay: Floats) -> tuple[Floats, float]:
        return self.order.arma(natural).whiten(self.moved(decay))

    def loss(self, free: Floats) -> float:
        white, size = self.white(*self.split(free))
        left = _left(white)
        return 0.5 * (len(white) * math.log(max(float(left @ left), 1e-300)) + size)

    def lowest(self) -> Floats:
        count = len(self.order.names) + self.decays
        if count == 0:
            return np.zeros(0)
        starts = [np.full(count, STARTS[0])]
        if self.decays or min(self.order.p, self.order.q) > 0 or min(self.order.P, self.order.Q) > 0:
            starts.append(np.full(count, STARTS[1]))
        found = [minimize(self.loss, start, method="BFGS", jac="3-point", options={"gtol": CLOSE}) for start in starts]
        return np.asarray(min(found, key=lambda one: float(one.fun)).x, dtype=np.float64)

    def described(self, natural: Floats, decay: Floats) -> ArimaFit:
        white, size = self.white(natural, decay)
        coefficients = np.asarray(np.linalg.lstsq(white[:, :-1], white[:, -1], rcond=None)[0], dtype=np.float64)
        left = white[:, -1] - white[:, :-1] @ coefficients
        n, squares = len(left), float(left @ left)
        constant = n * (math.log(2.0 * math.pi) + 1.0 - math.log(n))
        return ArimaFit(
            order=self.order, coefficients=coefficients, natural=natural, decay=decay,
            covariance=self._covariance(coefficients, natural, decay), variance=squares / n,
            log_likelihood=-0.5 * (n * math.log(squares) + size + constant), whitened=left / math.sqrt(squares / n), n=n,
        )  # fmt: skip

    def _covariance(self, coefficients: Floats, natural: Floats, decay: Floats) -> Floats:
        """Inverse of the observed information, differenced numerically in the parameters that enter nonlinearly."""
        count, center = len(natural), np.concatenate([natural, decay])
        steps = STEP * np.maximum(np.abs(center), 0.1)

        def at(values: Floats) -> tuple[float, Floats]:
            white, size = self.white(values[:count], values[count:])
            left = white[:, -1] - white[:, :-1] @ coefficients
            squares = float(left @ left)
            return 0.5 * (len(left) * math.log(squares) + size), -len(left) * (white[:, :-1].T @ left) / squares

        white, _ = self.white(natural, decay)
        left = white[:, -1] - white[:, :-1] @ coefficients
        own = len(left) * white[:, :-1].T @ white[:, :-1] / float(left @ left)
        curved, crossed = _curvature(at, center, steps)
        information = np.block([[own, crossed.T], [crossed, curved]])
        bound = np.abs(decay - 0.5) > 0.5 - EDGE
        kept = np.flatnonzero(np.r_[np.ones(len(information) - len(decay), dtype=np.bool_), ~bound])
        found = np.zeros_like(information)
        found[np.ix_(kept, kept)] = np.linalg.inv(information[np.ix_(kept, kept)])
        return found


def _curvature(at: Callable[[Floats], tuple[float, Floats]], center: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Second differences of a value and first differences of a vector at a point, shapes (r, r) and (r, k)."""
    moves, middle = np.diag(steps), at(center)
    ups, downs = [at(center + one) for one in moves], [at(center - one) for one in moves]
    crossed = np.array([up[1] - down[1] for up, down in zip(ups, downs, strict=True)]).reshape(
        len(center), len(middle[1])
    )
    curved = np.zeros((len(center), len(center)))
    for i, one in enumerate(moves):
        curved[i, i] = ups[i][0] - 2.0 * middle[0] + downs[i][0]
        for j, other in enumerate(moves[:i]):
            both = at(center + one + other)[0] - ups[i][0] - ups[j][0] + middle[0]
            back = at(center - one - other)[0] - downs[i][0] - downs[j][0] + middle[0]
            curved[i, j] = curved[j, i] = 0.5 * (both + back)
    return curved / np.outer(steps, steps), crossed / (2.0 * steps[:, None])


def _left(white: Floats) -> Floats:
    X, y = white[:, :-1], white[:, -1]
    if not X.shape[1]:
        return y
    Q = np.linalg.qr(X)[0]
    return np.asarray(y - Q @ (Q.T @ y), dtype=np.float64)

"""Tests of the residuals of a segmented regression: serial correlation, heteroskedasticity, curvature, normality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError, did_you_mean
from ebpm.its.regression.rows import Rows, modelled, rows_of
from ebpm.its.series.correlogram import correlogram
from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import several
from ebpm.stats.regression.specification import Test, breusch_pagan, jarque_bera, reset
from ebpm.stats.series.serial_tests import (
    autocorrelations,
    box_pierce,
    breusch_godfrey,
    durbin_watson,
    durbin_watson_test,
    ljung_box,
    partial_autocorrelations,
)
from ebpm.table import Table
from ebpm.texts import coined, label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ebpm.its.regression.segmented import Segmented

Floats = NDArray[np.float64]

PRESAMPLE = ("zeros", "dropped")
COLUMNS = ("residual_test", "tested_series", "tested_lags", "statistic", "df", "denominator_df", "p_value")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualTest:
    """One test of the residuals of one series.

    Parameters
    ----------
    test : "durbin_watson", against positive, and "durbin_watson_two_sided", against any autocorrelation of first order;
        "breusch_godfrey" and "breusch_godfrey_f", "ljung_box", "box_pierce", against autocorrelation up to `lags`; "breusch_pagan"
        (studentised) and "breusch_pagan_original"; "reset"; "jarque_bera".
    series : its name.
    lags : how many were tested; 0 where the test has none.
    statistic : see `ebpm.stats.series.serial_tests` and `ebpm.stats.regression.specification`.
    df, denominator : degrees of freedom of chi-square, or of numerator and denominator of F; 0 where there are none.
    p_value : of the null that there is nothing of the kind.
    """

    test: str
    series: str
    lags: int
    statistic: float
    df: int
    denominator: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostics(Shown):
    """Tests of the residuals of a segmented regression.

    Parameters
    ----------
    tests : one a test, series, and number of lags.
    series : names of the series.
    residuals : as least squares saw them, one a series, each of shape (n,).
    noticed : what the guard rails found in the regression.
    """

    tests: tuple[ResidualTest, ...]
    series: tuple[str, ...]
    residuals: tuple[Floats, ...]
    noticed: Notices

    @property
    def notices(self) -> Notices:
        """What the guard rails found in the regression; no test of this table decides anything by itself."""
        return self.noticed

    def test(self, name: str, lags: int = 0, *, series: str = "") -> ResidualTest:
        """Return one of the tests, of the first series where none is named.

        Raises
        ------
        DataError : if there is none of that name, lags and series.
        """
        wanted = (name, lags, series or self.series[0])
        for one in self.tests:
            if (one.test, one.lags, one.series) == wanted:
                return one
        near = did_you_mean(name, {one.test for one in self.tests})
        known = ", ".join(dict.fromkeys(f"{one.test}({one.lags})" for one in self.tests))
        raise DataError("its_unknown_test", test=name, lags=lags, series=wanted[2], known=known, near=near)

    def autocorrelations(self, lags: int = 24, *, partial: bool = False) -> Floats:
        """Return the autocorrelations of the residuals of the first series at lags 1 .. `lags`, shape (lags,), or the partial ones."""
        return (partial_autocorrelations if partial else autocorrelations)(self.residuals[0], lags)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what was tested."""
        return [label("its_diagnostics", lang, periods=len(self.residuals[0]), series=", ".join(self.series))]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a test."""
        del lang
        return (Table(COLUMNS, tuple((coined(f"test_{one.test}"), *_cells(one)) for one in self.tests)),)

    def tidy(self) -> pd.DataFrame:
        """Return one row a test."""
        return Table(COLUMNS, tuple((one.test, *_cells(one)) for one in self.tests)).to_frame()

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the autocorrelations of the residuals of the first series."""
        return correlogram(self.residuals[0], ax, lang)


def diagnostics(result: Segmented, *, lags: Sequence[int] = (1, 12), presample: str = "zeros") -> Diagnostics:
    """Test the residuals of a segmented regression.

    Parameters
    ----------
    result : of `segmented`. Residuals and regressors are those that least squares saw: weighted for counts, without the
        autoregression where errors have one.
    lags : of the tests of autocorrelation, each below the periods less the coefficients; longer ones are left out.
    presample : in the test of Breusch and Godfrey residuals before the first are "zeros", or the rows that would need them are "dropped".

    Raises
    ------
    DataError : if lags are not whole numbers of one or more, or `presample` is not one of its choices.
    DesignError : for errors="reml_averaged", which is no single regression, or a fit without residuals.

    Formula: of each test in `ebpm.stats.series.serial_tests` and `ebpm.stats.regression.specification`. RESET is of regressions by ordinary least squares.

    Assumptions: normal errors for the exact p values of Durbin and Watson and for RESET. No test gates an analysis: in short series none of
    them finds much.

    Source: Durbin and Watson (1971), Breusch (1978), Godfrey (1978), Ljung and Box (1978), Box and Pierce (1970), Breusch and Pagan (1979),
    Koenker (1981), Ramsey (1969), Jarque and Bera (1980).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import its
    >>> wiggle = [1, -1, -1, 1] * 9
    >>> table = pd.DataFrame([(t, 50 + t - 5 * (t >= 20) + wiggle[t]) for t in range(36)], columns=["t", "y"])
    >>> found = its.diagnostics(its.segmented(table, "y", time="t", intervention=20, errors="ols"))
    >>> round(found.test("durbin_watson").statistic, 2), round(found.test("ljung_box", 12).p_value, 4)
    (2.0, 0.0)
    """
    one_of(presample, PRESAMPLE, "presample")
    wanted = tuple(several(lags, "lags"))
    if not all(isinstance(one, int | np.integer) and one >= 1 for one in wanted):
        raise DataError("its_bad_tested", lags=wanted)
    rows, names = rows_of(result), result.observed.series
    if not all(row.any() for row in result.model.residuals):
        raise DesignError("stats_no_residuals", rows=result.model.n, columns=result.model.coefficients.size)
    found = [
        test for place, (name, one) in enumerate(zip(names, rows, strict=True))
        for test in _tests(result, one, (place, name), wanted, filled=presample == "zeros")
    ]  # fmt: skip
    return Diagnostics(
        tests=tuple(found), series=names, residuals=tuple(one.residuals for one in rows), noticed=result.notices
    )


def _tests(
    result: Segmented, rows: Rows, at: tuple[int, str], lags: tuple[int, ...], *, filled: bool
) -> Iterator[ResidualTest]:
    place, name = at
    e, X = rows.residuals, rows.X
    statistic, (below, above) = durbin_watson(e), durbin_watson_test(e, X)
    yield _made("durbin_watson", name, 0, (statistic, 0, 0.0, below))
    yield _made("durbin_watson_two_sided", name, 0, (statistic, 0, 0.0, 2.0 * min(below, above)))
    for many in (int(one) for one in lags if one < len(e) - X.shape[1] - (0 if filled else int(one))):
        yield _of("breusch_godfrey", name, many, breusch_godfrey(e, X, many, filled=filled))
        yield _of("breusch_godfrey_f", name, many, breusch_godfrey(e, X, many, filled=filled, f=True))
        yield _of("ljung_box", name, many, ljung_box(e, many))
        yield _of("box_pierce", name, many, box_pierce(e, many))
    plain = result.model.design[result.observed.used][-len(e) :]
    yield _of("breusch_pagan", name, 0, breusch_pagan(e, plain))
    yield _of("breusch_pagan_original", name, 0, breusch_pagan(e, plain, studentised=False))
    if not result.settings.counts and not result.settings.autoregressive:
        yield _of("reset", name, 0, reset(e, X, modelled(result)[place] - e))
    yield _of("jarque_bera", name, 0, jarque_bera(e))


def _cells(one: ResidualTest) -> tuple[object, ...]:
    return one.series, one.lags or None, one.statistic, one.df or None, one.denominator or None, one.p_value


def _of(test: str, series: str, lags: int, found: Test) -> ResidualTest:
    denominator = found.denominator if np.isfinite(found.denominator) else 0.0
    return _made(test, series, lags, (found.statistic, found.df, denominator, found.p_value))


def _made(test: str, series: str, lags: int, numbers: tuple[float, int, float, float]) -> ResidualTest:
    statistic, df, denominator, p_value = numbers
    return ResidualTest(
        test=test, series=series, lags=lags, statistic=statistic, df=df, denominator=denominator, p_value=p_value
    )

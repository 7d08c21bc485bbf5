"""Rows of the table of reference values for interrupted time series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from reference_rows import Witness

from ebpm import its
from ebpm.estimate import Estimate

STEP = {"start": "1983-02", "effect": "level"}


def rows() -> Iterator[Witness]:
    """Yield what the table compares."""
    yield from _series()
    yield from _models()
    yield from _counts()


def _series() -> Iterator[Witness]:
    for lags in (4, 12):
        for term, theirs in {"level_change": "law", "slope_change": "tpost"}.items():
            yield Witness(
                "its01_seatbelts_segmented_ols_nw", f"{term.replace('_', ' ')}, Newey-West, {lags} lags",
                ("month_dummies", f"NW_lag{lags}_adj_n_over_nk", theirs),
                lambda data, lags=lags, term=term: _segmented(data, lags).coefficients[term],
            )  # fmt: skip

    for name, lags, key in (
        ("breusch_godfrey", 12, "breusch_godfrey_chisq_fill0_12"), ("box_pierce", 6, "box_pierce_6"),
        ("breusch_pagan_original", 0, "breusch_pagan_original"), ("reset", 0, "reset_2_3"), ("jarque_bera", 0, "jarque_bera"),
    ):  # fmt: skip
        yield Witness(
            "its02_seatbelts_diagnostics", name.replace("_", " "), ("simple", key),
            lambda data, name=name, lags=lags: its.diagnostics(_plain(data), lags=(12, 6)).test(name, lags), (("statistic", "stat"),),
        )  # fmt: skip
    yield Witness(
        "its03_seatbelts_prais_winsten", "level change, Prais-Winsten, HC1", ("prais_winsten_iterated", "hc1_se"),
        _robust, (("std_error", "law"),),
    )  # fmt: skip
    for errors, place in (("prais_winsten", "prais_winsten_iterated"), ("cochrane_orcutt", "cochrane_orcutt_iterated")):
        yield Witness(
            "its03_seatbelts_prais_winsten", f"level change, {errors.replace('_', '-').title()}", (place, "coef", "law"),
            lambda data, errors=errors: _autoregressive(data, errors),
        )  # fmt: skip
    for lags in (1, 2):
        yield Witness(
            "its04_seatbelts_reml", f"level change, AR({lags}) by restricted likelihood", (f"ar{lags}",),
            lambda data, lags=lags: _autoregressive(data, "reml_unadjusted", lags=lags),
            (("estimate", "coef"), ("std_error", "se")), position=2,
        )  # fmt: skip


def _models() -> Iterator[Witness]:
    for model, order in {"SARIMA_100_011_law": (1, 0, 0, 0, 1, 1), "SARIMA_011_011_law": (0, 1, 1, 0, 1, 1)}.items():
        for name, key in (("estimate", "coef"), ("std_error", "se")):
            yield Witness(
                "its05_seatbelts_arima", f"level change, ARIMA errors {order}", (model, key),
                lambda data, order=order: _arima(data, order), ((name, "law"),),
            )  # fmt: skip
    yield Witness(
        "its08_bsts_style_ucm_seatbelts", "level change, local level and season", ("local_level_seasonal_dummy_law", "params"),
        lambda data: _structural(data, intervention=STEP, fit="whole").estimates["level_change"], (("estimate", "beta.law"),),
    )  # fmt: skip
    yield Witness(
        "its08_bsts_style_ucm_seatbelts", "average effect against the forecast", ("pre_fit_forecast_llevel_seasonal_petrol_kms",),
        lambda data: _structural(data, intervention="1983-02", controls=["lpetrol", "lkms"]).estimates["average_effect"],
        (("estimate", "average_effect"),),
    )  # fmt: skip


def _counts() -> Iterator[Witness]:
    for place, outcome, exposure, errors in (
        ("negative_binomial", "VanKilled", "kms", "likelihood"), ("binomial_quasi", "DriversKilled", "drivers", "quasi"),
    ):  # fmt: skip
        given = {"exposure": exposure, "family": place.removesuffix("_quasi"), "errors": errors}
        for name, key in (("estimate", "coef"), ("std_error", "se")):
            yield Witness(
                "its09_seatbelts_counts", f"level change, {place.replace('_', ' ')}", (place, key),
                lambda data, outcome=outcome, given=given: its.segmented(
                    _months(data), outcome, time="period", intervention="1983-02", **given
                ).estimates["level_change"],
                ((name, "law"),),
            )  # fmt: skip


def _arima(data: pd.DataFrame, order: tuple[int, ...]) -> Estimate:
    found = its.arima(_belts(data), "ly", time="period", intervention=STEP, order=order, trend="none")
    return found.estimates["level_change"]


def _belts(data: pd.DataFrame) -> pd.DataFrame:
    return _months(data).assign(ly=np.log(data.drivers), lpetrol=np.log(data.PetrolPrice), lkms=np.log(data.kms))


def _structural(data: pd.DataFrame, **options: Any) -> its.Structural:
    return its.structural(_belts(data), "ly", time="period", season="random", likelihood="maximum", **options)


def _autoregressive(data: pd.DataFrame, errors: str, **options: Any) -> Estimate:
    return its.segmented(
        _months(data), "drivers", time="period", intervention="1983-02", family="log_gaussian", errors=errors, **options
    ).estimates["level_change"]


def _plain(data: pd.DataFrame, errors: str = "ols") -> its.Segmented:
    return its.segmented(
        _months(data), "drivers", time="period", intervention="1983-02", family="log_gaussian", errors=errors
    )


def _robust(data: pd.DataFrame) -> Estimate:
    return _plain(data, "prais_winsten").robust("HC1")["level_change"]


def _months(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(period=[f"{year}-{month:02d}" for year, month in zip(data.year, data.month, strict=True)])


def _segmented(data: pd.DataFrame, lags: int) -> its.Segmented:
    return its.segmented(
        _months(data), "drivers", time="period", intervention="1983-02", season="month", family="log_gaussian",
        errors="newey_west", lags=lags,
    )  # fmt: skip

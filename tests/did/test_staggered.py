"""Imputation, two stages and interaction weighting: equal to their matrix formulas, to each other where they must be, and careful."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.stats.regression.covariance import clustered
from ebpm.stats.regression.least_squares import least_squares
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

ROUTINES = {"imputation": did.imputation, "two_stage": did.two_stage, "sun_abraham": did.sun_abraham}


@pytest.fixture(scope="module")
def gapped():
    data = panel({NEVER: 12, 4: 9, 6: 7}, periods=7, seed=5)
    return data[np.random.default_rng(6).random(len(data)) > 0.15].assign(ward=lambda table: table.unit % 9)


def dummies(data):
    return pd.get_dummies(data[["unit", "time"]].astype(str), dtype=float).drop(columns="time_1").to_numpy()


def untreated_fit(data):
    """Return the dummies, which rows are untreated, and the residuals of the fit to those."""
    X, early = dummies(data), (data.treated == 0).to_numpy()
    beta = np.linalg.lstsq(X[early], data.y[early], rcond=None)[0]
    return X, early, data.y.to_numpy() - X @ beta


def by_group(values, groups):
    return np.array([values[groups == one].sum(axis=0) for one in np.unique(groups)])


@pytest.mark.parametrize("cluster", ["unit", "ward"])
def test_imputation_is_its_matrix_formula(gapped, cluster):
    X, early, left = untreated_fit(gapped)
    weights = np.where(early, 0.0, 1.0 / (~early).sum())
    v = weights - np.where(early, X @ np.linalg.pinv(X[early].T @ X[early]) @ X.T @ weights, 0.0)
    cell = gapped.assign(left=left).groupby(["first", "time"]).left.transform("mean")
    spread = by_group(v * (left - np.where(early, 0.0, cell)), gapped[cluster].to_numpy())
    found = did.imputation(gapped, "y", **COLUMNS, cluster=cluster).estimates.headline
    assert found.estimate == pytest.approx(v @ gapped.y, rel=1e-10)
    assert found.std_error == pytest.approx(np.sqrt((spread**2).sum()), rel=1e-10)
    assert (found.clusters, found.n) == (gapped[cluster].nunique(), len(gapped))


@pytest.mark.parametrize("kind", ["simple", "event"])
def test_two_stages_are_their_gmm_formula(gapped, kind):
    X, early, left = untreated_fit(gapped)
    event_time = np.where(gapped["first"] > 0, gapped.time - gapped["first"], -99)
    second = (~early)[:, None] * 1.0 if kind == "simple" else (event_time[:, None] == np.unique(event_time)[1:]) * 1.0
    first = X * early[:, None]
    inverse = np.linalg.inv(second.T @ second)
    values = inverse @ second.T @ left
    scores = (
        second * (left - second @ values)[:, None]
        - (first * left[:, None]) @ np.linalg.pinv(first.T @ first) @ X.T @ second
    )
    spread = by_group(scores @ inverse, gapped.unit.to_numpy())
    found = did.two_stage(gapped, "y", **COLUMNS).aggregate(kind)
    items = found.items if kind == "simple" else found.items[:-1]
    np.testing.assert_allclose([item.estimate for item in items], values, rtol=1e-9)
    np.testing.assert_allclose([item.std_error for item in items], np.sqrt((spread**2).sum(axis=0)), rtol=1e-9)


def test_interaction_weighting_is_the_saturated_regression(gapped):
    cells = [(g, t) for g in (4, 6) for t in range(1, 8) if t != g - 1]
    cell = np.column_stack([(gapped["first"] == g) & (gapped.time == t) for g, t in cells]).astype(float)
    fit = least_squares(np.column_stack([cell, dummies(gapped)]), gapped.y.to_numpy())
    plain = clustered(fit, np.unique(gapped.unit, return_inverse=True)[1], kind="CR0").matrix[
        : len(cells), : len(cells)
    ]
    groups, n = gapped.unit.nunique(), len(gapped)
    scale = groups / (groups - 1) * (n - 1) / (n - len(cells) - 7)
    found = did.sun_abraham(gapped, "y", **COLUMNS)
    own = ~found.effects.reference
    np.testing.assert_allclose(found.effects.values[own], fit.coefficients[: len(cells)], rtol=1e-9)
    influence = found.effects.influence[:, own]
    np.testing.assert_allclose(influence.T @ influence, scale * plain, rtol=1e-8, atol=1e-14)


def test_a_regression_on_event_times_is_that_with_every_dummy(gapped):
    event_time = np.where(gapped["first"] > 0, gapped.time - gapped["first"], -99)
    times = [one for one in np.unique(event_time) if one not in (-99, -1)]
    fit = least_squares(
        np.column_stack([event_time[:, None] == times, dummies(gapped)]).astype(float), gapped.y.to_numpy()
    )
    plain = clustered(fit, np.unique(gapped.unit, return_inverse=True)[1], kind="CR0").std_errors[: len(times)]
    groups, n = gapped.unit.nunique(), len(gapped)
    scale = np.sqrt(groups / (groups - 1) * (n - 1) / (n - len(times) - 7))
    found = did.event_study(gapped, "y", **COLUMNS, method="twfe")
    items = [found[str(one)] for one in times]
    np.testing.assert_allclose([item.estimate for item in items], fit.coefficients[: len(times)], rtol=1e-9)
    np.testing.assert_allclose([item.std_error for item in items], scale * plain, rtol=1e-9)


@pytest.mark.parametrize("routine", ["imputation", "two_stage"])
def test_one_cohort_is_the_two_way_coefficient(routine):
    data = panel({NEVER: 20, 5: 15})
    two_way = did.twfe(data, "y", unit="unit", time="time", treatment="treated").headline.estimate
    assert ROUTINES[routine](data, "y", **COLUMNS).estimates.headline.estimate == pytest.approx(two_way, rel=1e-12)


@pytest.mark.parametrize("routine", ROUTINES)
def test_two_periods_are_the_group_time_effect(routine):
    data = panel({NEVER: 20, 2: 15}, periods=2)
    expected = did.att_gt(data, "y", **COLUMNS).aggregate("simple").headline.estimate
    assert ROUTINES[routine](data, "y", **COLUMNS).estimates.headline.estimate == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("cohorts", [{NEVER: 30, 4: 12, 6: 9}, {4: 12, 6: 9, 8: 20}])
def test_balanced_interaction_weighting_is_the_group_time_effect_with_a_universal_base(cohorts):
    data = panel(cohorts)
    data = data if NEVER in cohorts else data[data.time < 8]
    expected = did.att_gt(data, "y", **COLUMNS, control="never_treated", base="universal").aggregate("event")
    found = did.event_study(panel(cohorts), "y", **COLUMNS)
    assert found.terms == expected.terms
    np.testing.assert_allclose([one.estimate for one in found], [one.estimate for one in expected], atol=1e-12)
    assert isinstance(found["-1"].std_error, Unavailable)


def test_two_stages_and_imputation_agree_on_effects_and_not_on_errors():
    data = panel(LARGE)
    first, second = (routine(data, "y", **COLUMNS).estimates.headline for routine in (did.imputation, did.two_stage))
    assert first.estimate == pytest.approx(second.estimate, rel=1e-12)
    assert first.std_error != pytest.approx(second.std_error, rel=1e-6)


@pytest.mark.parametrize("kind", ["simple", "group", "calendar", "event"])
def test_the_covariance_is_joint(kind):
    found = did.imputation(panel(LARGE), "y", **COLUMNS).aggregate(kind)
    assert found.covariance.shape == (len(found),) * 2
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), [one.std_error for one in found], rtol=1e-12)
    assert found.headline_term == "overall"


def test_periods_before_treatment_come_from_the_untreated_rows_alone():
    data = panel(LARGE)
    moved = data.assign(y=data.y + 100.0 * data.treated * data.time)
    before, after = (did.imputation(table, "y", **COLUMNS).aggregate("event") for table in (data, moved))
    assert [one.term for one in before if one.term.startswith("-")] == [str(one) for one in range(-6, -1)]
    np.testing.assert_allclose(before["-3"].estimate, after["-3"].estimate, rtol=1e-9)


def test_without_units_never_treated_there_are_no_periods_before_treatment_and_a_shorter_horizon():
    found = did.imputation(panel({4: 30, 5: 25, 7: 20}), "y", **COLUMNS)
    assert found.aggregate("event").terms == ("0", "1", "2", "overall")
    assert "D206" in found.notices


def test_anticipated_rows_are_imputed():
    data = panel(LARGE)
    dipping = data.assign(y=data.y + 5.0 * ((data["first"] > 0) & (data.time == data["first"] - 1)))
    honest = did.imputation(dipping, "y", **COLUMNS, anticipation=1)
    plain = did.imputation(data[~((data["first"] > 0) & (data.time == data["first"] - 1))], "y", **COLUMNS)
    assert honest.estimates.headline.estimate == pytest.approx(plain.estimates.headline.estimate, rel=1e-10)
    assert honest.aggregate("event")["-1"].estimate == pytest.approx(5.0, abs=0.5)


@pytest.mark.parametrize("routine", ROUTINES)
def test_notices_fire_and_stay_silent(routine):
    fitted = ROUTINES[routine]
    assert {"D201", "D202"} <= set(fitted(panel({NEVER: 60, 4: 12, 6: 1}), "y", **COLUMNS).notices.codes)
    assert {"D207", "D213"} <= set(fitted(panel({NEVER: 60, 1: 4, 4: 40, 6: 6}), "y", **COLUMNS).notices.codes)
    assert fitted(panel(LARGE, noise=0.3, seed=2), "y", **COLUMNS).notices.codes == ()


def test_a_cohort_of_one_has_no_error():
    event = did.imputation(panel({NEVER: 30, 4: 20, 8: 1}), "y", **COLUMNS)
    assert event.aggregate("group")["8"].std_error == Unavailable("did_single_unit")


def test_mixed_cohorts_are_noticed_in_a_two_way_event_study_and_one_is_not():
    assert "D216" in did.event_study(panel(LARGE), "y", **COLUMNS, method="twfe").notices
    assert "D216" not in did.event_study(panel({NEVER: 30, 4: 30}), "y", **COLUMNS, method="twfe").notices


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("routine", ROUTINES)
def test_it_says_what_it_is_and_draws_itself(routine, lang):
    found = ROUTINES[routine](panel(LARGE), "y", **COLUMNS)
    said = found.summary(lang)
    assert {"imputation": "Borusyak", "two_stage": "Gardner", "sun_abraham": "Sun"}[routine] in said
    assert "<table" in found._repr_html_()
    assert len(found.tidy()) == len(found.aggregate("event"))
    found.plot(lang=lang).figure.draw_without_rendering()


REFUSED = {
    "duplicates": ({"unit": 1}, {}, DataError, "several rows"),
    "cohort changes": ({"first": lambda table: table.time}, {}, DataError, "changes within"),
    "one period": ({"time": 3}, {}, DesignError, "single period"),
    "constant": ({"y": 1.0}, {}, DesignError, "same in every"),
    "no treated": ({"first": 0}, {}, DesignError, "from treatment on"),
    "not nested": ({}, {"cluster": "time"}, DataError, "several clusters"),
    "one cluster": ({"ward": 1}, {"cluster": "ward"}, DesignError, "cluster"),
    "level": ({}, {"conf_level": 95}, DesignError, "between 0 and 1"),
    "missing": ({"y": np.nan}, {}, DataError, "missing values"),
}


@pytest.mark.parametrize("routine", ROUTINES)
@pytest.mark.parametrize("case", REFUSED)
def test_refusals(routine, case):
    changes, choices, kind, said = REFUSED[case]
    data = panel({NEVER: 12, 4: 9}).assign(**changes)
    if case == "duplicates":
        data = data.assign(first=4)
    with pytest.raises(kind) as caught:
        ROUTINES[routine](data, "y", **COLUMNS, **choices)
    assert said in str(caught.value)
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )


def refused(routine, data, **choices):
    with pytest.raises((DataError, DesignError)) as caught:
        routine(data, "y", **COLUMNS, **choices)
    assert all(caught.value.explain(lang) for lang in ("ja", "en"))
    return caught.value.code


def test_refusals_of_their_own():
    data = panel({NEVER: 12, 4: 9})
    assert refused(did.imputation, data, anticipation=-1) == "did_bad_anticipation"
    assert refused(did.imputation, panel({1: 5, 0: 0})) == "did_all_set_aside"
    assert refused(did.sun_abraham, data, reference=0) == "did_bad_reference"
    assert refused(did.sun_abraham, data, reference=-9) == "did_no_anchor"
    assert refused(did.event_study, data, method="cs") == "bad_choice"
    assert refused(did.event_study, panel({4: 12, 6: 9}), method="twfe") == "did_event_collinear"
    apart = data[~((data.time <= 2) & (data.unit < 6)) & ~((data.time > 2) & (data.unit >= 6))]
    assert refused(did.imputation, apart.assign(first=np.where(apart.unit == 0, 8, 0))) == "did_unconnected"


def test_averages_need_effects_from_treatment_on():
    found = did.imputation(panel({NEVER: 12, 4: 9}), "y", **COLUMNS)
    early = replace(found.effects, cohort=found.effects.cohort + 50)
    with pytest.raises(DesignError, match="no effect from treatment on"):
        did.Staggered(effects=early, leads=found.leads, reading=found.reading).aggregate()


@pytest.mark.parametrize("routine", [did.imputation, did.two_stage])
def test_few_treated_clusters_are_noticed_and_enough_are_not(routine):
    few, enough = (routine(panel(cohorts), "y", **COLUMNS) for cohorts in ({NEVER: 30, 4: 5, 6: 3}, LARGE))
    assert "D211" in few.notices
    assert "D211" not in enough.notices

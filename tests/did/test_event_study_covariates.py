"""Event studies with covariates and weights: the coefficients of a regression on dummies of cohorts and periods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from ebpm.errors import DesignError
from tests.did.test_imputation_covariates import COLUMNS, OPTIONS, panel


def dummies(data, reference=-1):
    """One column a cohort and period since treatment, the reference left out."""
    cells = sorted({(g, t - g) for g, t in zip(data.g, data.t, strict=True) if g > 0 and t - g != reference})
    return {f"{g}:{h}": ((data.g == g) & (data.t == g + h)).astype(float) for g, h in cells}


@pytest.mark.parametrize("cluster", ["id", "area"])
@pytest.mark.parametrize("options", OPTIONS)
def test_sun_abraham_is_one_saturated_regression(options, cluster):
    data = panel()
    columns = dummies(data)
    direct = did.twfe(
        data.assign(**columns), "y", unit="id", time="t", treatment=list(columns), cluster=cluster, **options
    )
    found = did.sun_abraham(data, "y", **COLUMNS, cluster=cluster, **options)
    cells = found.effects
    for place in np.flatnonzero(~cells.reference):
        item = direct[f"{cells.cohort[place]}:{cells.event_time[place]}"]
        assert cells.values[place] == pytest.approx(item.estimate, rel=1e-8)
        assert np.linalg.norm(cells.influence[:, place]) == pytest.approx(item.std_error, rel=1e-8)
    mass = data[options["weights"]] if "weights" in options else data.t * 0 + 1.0
    shares = np.array(
        [mass[column > 0].sum() if int(name.split(":")[1]) >= 0 else 0.0 for name, column in columns.items()]
    )
    shares /= shares.sum()
    headline = found.estimates.headline
    assert headline.estimate == pytest.approx(shares @ [item.estimate for item in direct], rel=1e-8)
    assert headline.std_error == pytest.approx(np.sqrt(shares @ direct.covariance @ shares), rel=1e-8)
    assert headline.df == direct.headline.df


@pytest.mark.parametrize("options", OPTIONS)
def test_two_way_event_studies_are_regressions_on_event_times(options):
    data = panel()
    since = (data.t - data.g).where(data.g > 0, -1)
    columns = {f"at{one}": (since == one).astype(float) for one in sorted(set(since)) if one != -1}
    direct = did.twfe(data.assign(**columns), "y", unit="id", time="t", treatment=list(columns), **options)
    found = did.event_study(data, "y", **COLUMNS, method="twfe", **options)
    for item in direct:
        ours = found[item.term.removeprefix("at")]
        assert (ours.estimate, ours.std_error, ours.df) == pytest.approx(
            (item.estimate, item.std_error, item.df), rel=1e-8
        )


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), shift=st.floats(-50, 50), times=st.floats(1e-6, 1e6))
def test_what_covariates_explain_and_the_unit_of_weights_drop_out(seed, shift, times):
    data = panel(seed)
    options = {"covariates": ["x", "z"], "weights": "w"}
    moved = data.assign(y=data.y + shift * data.x, w=data.w * times, z=data.z + 7).sample(
        frac=1, random_state=seed % 89
    )
    for method in ("sun_abraham", "twfe"):
        plain, other = (
            did.event_study(one, "y", **COLUMNS, method=method, **options).headline for one in (data, moved)
        )
        assert (other.estimate, other.std_error) == pytest.approx((plain.estimate, plain.std_error), rel=1e-6)


def test_what_does_not_vary_beyond_cohorts_and_periods_is_refused():
    data = panel().assign(moved=lambda table: table.g * table.t)
    with pytest.raises(DesignError) as refused:
        did.sun_abraham(data, "y", **COLUMNS, covariates=["moved"])
    assert refused.value.code == "did_covariate_absorbed"
    assert "dummies of all periods" in refused.value.remedy("en")

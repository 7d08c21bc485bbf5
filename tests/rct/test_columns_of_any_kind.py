"""The same trial in columns of other kinds gives the same numbers; what cannot be used is said, not crashed on."""

import decimal

import numpy as np
import pandas as pd
import pytest

from ebpm import rct, survey


def people():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "y": rng.normal(size=120).round(3),
            "x": rng.normal(size=120),
            "arm": np.arange(120) % 2,
            "ward": np.arange(120) // 30,
        }
    )
    return rows.assign(
        school=np.arange(120) // 6 * 2 + rows.arm, b=rng.integers(0, 2, 120), w=rng.uniform(0.5, 2.0, 120)
    )


KINDS = {
    "text arms": lambda d: d.assign(arm=np.where(d.arm == 1, "treated", "control")),
    "boolean arms": lambda d: d.assign(arm=d.arm == 1),
    "float arms": lambda d: d.assign(arm=d.arm.astype(float)),
    "nullable": lambda d: d.assign(arm=d.arm.astype("Int64"), y=d.y.astype("Float64"), ward=d.ward.astype("Int64")),
    "nullable booleans": lambda d: d.assign(arm=(d.arm == 1).astype("boolean")),
    "categories that do not occur": lambda d: d.assign(
        arm=pd.Categorical(np.where(d.arm == 1, "T", "control"), categories=["zzz", "control", "T", "unused"])
    ),
    "objects": lambda d: d.assign(y=d.y.astype(object), x=d.x.astype(object)),
    "decimals": lambda d: d.assign(y=[decimal.Decimal(str(value)) for value in d.y]),
    "repeated index": lambda d: d.set_index(pd.Index([1] * len(d))),
    "dates as strata": lambda d: d.assign(ward=pd.to_datetime("2020-01-01") + pd.to_timedelta(d.ward, unit="D")),
}
ROUTINES = {
    "difference": lambda d: rct.difference_in_means(d, "y", treatment="arm", strata="ward"),
    "lin": lambda d: rct.lin(d, "y", treatment="arm", covariates=["x"], cluster="school"),
    "gee": lambda d: rct.gee(d, "y", treatment="arm", cluster="school"),
    "hajek": lambda d: rct.hajek(d, "y", treatment="arm", strata="ward"),
    "mean": lambda d: survey.mean(d, "y", weights="w", strata="ward"),
}


@pytest.mark.parametrize("routine", ROUTINES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_numbers(kind, routine):
    ours, theirs = (ROUTINES[routine](change(people())).headline for change in (KINDS[kind], lambda d: d))
    assert (ours.estimate, ours.std_error) == pytest.approx((theirs.estimate, theirs.std_error), rel=1e-9)


def test_an_outcome_that_assignment_fixes_has_the_smallest_p_value():
    data = people().assign(z=lambda d: d.arm * 1.0)
    found = rct.step_down(data, "y", also=["z"], treatment="arm", draws=99, seed=1)
    assert found["z"].p_value == pytest.approx(0.01)


def test_texts_stay_labels_in_surveys():
    found = survey.mean(
        people().assign(said=lambda d: d.b.map({0: "no", 1: "yes"}).astype(object)), "said", weights="w"
    )
    assert set(found.terms) == {"no", "yes"}

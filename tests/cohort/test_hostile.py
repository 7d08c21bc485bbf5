"""What offices hand in: dates where times are meant, outcomes that the covariates explain to the last digit."""

import numpy as np
import pandas as pd
import pytest

from ebpm import DataError, cohort
from tests.cohort.cohorts import COVARIATES, cohort_of, followed


@pytest.mark.parametrize("kind", ["date", "duration"])
def test_dates_are_no_times(kind):
    data = followed()
    day = pd.to_timedelta(data["days"], unit="D")
    data = data.assign(days=pd.Timestamp("2020-01-01") + day if kind == "date" else day)
    with pytest.raises(DataError, match="days"):
        cohort.kaplan_meier(data, "days", event="back")


@pytest.mark.parametrize("routine", [cohort.aipw, cohort.g_computation])
def test_an_outcome_without_residuals_has_an_error_of_nothing(routine):
    data = cohort_of()
    found = routine(data.assign(y=data["x"] + data["treated"]), "y", treatment="treated", covariates=COVARIATES)
    head = found.estimates.headline
    assert head.estimate == pytest.approx(1.0, abs=1e-12)
    assert not isinstance(head.std_error, float) or head.std_error == pytest.approx(0.0, abs=1e-7)
    assert np.isfinite(found.estimates.covariance).all()

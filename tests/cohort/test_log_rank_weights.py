"""Log-rank tests that weigh by the number at risk, against statsmodels."""

import numpy as np
import pytest

from ebpm import DesignError, cohort
from tests.cohort.cohorts import followed


@pytest.mark.parametrize(("power", "theirs"), [(1.0, "gb"), (0.5, "tw")])
@pytest.mark.parametrize("strata", [None, "z"])
def test_gehan_and_tarone_ware(power, theirs, strata):
    from statsmodels.duration.survfunc import survdiff

    data = followed(2, 150)
    found = cohort.log_rank(data, "days", event="back", treatment="treated", strata=strata, at_risk=power)
    apart = None if strata is None else data[strata]
    expected = survdiff(data["days"], data["back"], data["treated"], weight_type=theirs, strata=apart)
    np.testing.assert_allclose([found.statistic, found.p_value], expected, rtol=1e-10)
    assert found.estimates.headline.method == "cohort.log_rank_weighted"


def test_a_negative_power_is_refused():
    with pytest.raises(DesignError, match="at_risk=-1"):
        cohort.log_rank(followed(), "days", event="back", treatment="treated", at_risk=-1.0)

"""What is noticed in time to event, and what is not."""

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort
from tests.cohort.test_time_to_event import EVENTS, ROUTINES, persons

FIRES = {
    "C451": lambda: ROUTINES["cox"](persons(40), covariates=["age", "ward", "w"]),
    "C452": lambda: cohort.kaplan_meier(persons(), "days", event="back", at=[20]),
    "C453": lambda: ROUTINES["cox"](persons(coarse=True)),
    "C454": lambda: cohort.kaplan_meier(persons(), "days", cause="readmitted", **EVENTS),
    "C455": lambda: cohort.cox(persons(), "days", cause="readmitted", treatment="arm", **EVENTS),
    "C456": lambda: ROUTINES["cox"](persons()),
    "C457": lambda: ROUTINES["cox"](
        persons().assign(days=lambda d: np.where((d.index < 30) & (d.back == 1), 0.0, d.days))
    ),
    "C458": lambda: ROUTINES["cox"](persons().assign(clinic=lambda d: d.clinic % 5), cluster="clinic"),
    "C459": lambda: ROUTINES["rmst"](persons(40)),
}
SILENT = {
    "C451": lambda: ROUTINES["cox"](persons()),
    "C452": lambda: cohort.kaplan_meier(persons(), "days", event="back", at=[2]),
    "C453": lambda: ROUTINES["cox"](persons().assign(days=lambda d: np.ceil(10 * d.days))),
    "C454": lambda: ROUTINES["risk"](persons()),
    "C455": lambda: ROUTINES["cox"](persons()),
    "C456": lambda: cohort.cox(persons(), "days", event="back", covariates=["age"]),
    "C457": lambda: ROUTINES["cox"](persons()),
    "C458": lambda: ROUTINES["cox"](persons().assign(clinic=lambda d: d.index // 2), cluster="clinic"),
    "C459": lambda: ROUTINES["rmst"](persons(400)),
}


@pytest.mark.parametrize("code", FIRES)
def test_notices(code):
    assert code in FIRES[code]().notices
    assert code not in SILENT[code]().notices


@pytest.mark.parametrize("changing", [True, False])
def test_hazards_that_are_not_proportional_are_noticed(changing):
    rng = np.random.default_rng(5)
    arm = np.arange(600) % 2
    early = rng.exponential(1.0, 600)
    t = np.where((arm == 1) & changing & (early > 0.5), 0.5 + (early - 0.5) / 4, early) * np.where(arm == 1, 1.0, 1.0)
    found = cohort.cox(pd.DataFrame({"t": t, "e": 1, "arm": arm}), "t", event="e", treatment="arm")
    assert ("C450" in found.notices) is changing
    assert (found.proportional().p_value < 0.05) is changing
    assert len(found.proportional().tidy()) == 2

"""Results are values: copies, pickles and second runs are equal, other data are not, and a console shows the summary."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort, did, its, rct, survey
from ebpm.shown import same

DRAWN = np.random.default_rng(20190401)
TRIAL = pd.DataFrame({"arm": np.arange(80) % 2, "y": DRAWN.normal(size=80), "x": DRAWN.normal(size=80)})
PANEL = pd.DataFrame([(u, t, (0, 3, 4)[u % 3]) for u in range(30) for t in range(1, 7)], columns=["u", "t", "g"])
PANEL["y"] = DRAWN.normal(size=len(PANEL))
SERIES = pd.DataFrame({"t": np.arange(60), "y": DRAWN.normal(size=60)})
LIVES = pd.DataFrame({"days": DRAWN.exponential(size=80), "event": np.arange(80) % 3 > 0, "arm": np.arange(80) % 2})
NAMED = {"unit": "u", "time": "t", "first_treated": "g"}
RESULTS = {
    "lin": (TRIAL, lambda data: rct.lin(data, "y", treatment="arm", covariates=["x"])),
    "balance": (TRIAL, lambda data: rct.balance_table(data, ["y"], treatment="arm")),
    "att_gt": (PANEL, lambda data: did.att_gt(data, "y", **NAMED)),
    "imputation": (PANEL, lambda data: did.imputation(data, "y", **NAMED)),
    "segmented": (SERIES, lambda data: its.segmented(data, "y", time="t", intervention=40)),
    "arima": (SERIES, lambda data: its.arima(data, "y", time="t", intervention=40)),
    "rake": (TRIAL, lambda data: survey.rake(data, {"arm": {"0": 0.5, "1": 0.5}}, weights="w")),
    "kaplan_meier": (LIVES, lambda data: cohort.kaplan_meier(data, "days", event="event", by="arm")),
    "iptw": (TRIAL, lambda data: cohort.iptw(data, "y", treatment="arm", covariates=["x"])),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_a_value(name):
    data, routine = RESULTS[name]
    data = data.assign(w=1.0 + np.arange(len(data)) % 3)
    found = routine(data)
    for other in (routine(data), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert found == other
        assert hash(found) == hash(other)
    changed = routine(data.assign(**{name: data[name] * 1.5 for name in ("y", "days", "w") if name in data}))
    assert found != changed
    assert repr(found) == str(found) == found.summary()
    assert found != found.summary()


def test_what_is_the_same():
    assert same((np.array([1.0, np.nan]), {"a": float("nan")}), (np.array([1.0, np.nan]), {"a": float("nan")}))
    assert same(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0]}))
    assert not same(np.array([1]), np.array([1.0]))
    assert not same([1], [1, 2])
    assert not same(1, 1.0)

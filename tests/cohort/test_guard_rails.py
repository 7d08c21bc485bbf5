"""Guard rails of cohorts: each code fires where it should, and is silent where it should be."""

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort
from ebpm.texts import entry
from tests.cohort.cohorts import COVARIATES, cohort_of, records, trial

CODES = [*range(401, 416)]


def weighted(data, **options):
    return cohort.iptw(data, "y", treatment="treated", covariates=COVARIATES, **options).notices.codes


def timed(data, handling="landmark", days=90, **changes):
    return cohort.person_time(data, trial(handling, days, **changes)).notices.codes


def steep(seed=0, slope=4.0, n=400):
    data = cohort_of(seed, n)
    rng = np.random.default_rng(seed)
    return data.assign(treated=rng.binomial(1, 1 / (1 + np.exp(-slope * data["x"]))))


def curved(seed=0):
    """Treatment depends on x squared and nothing else, so that a model in x leaves x squared out of balance."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=800)
    data = pd.DataFrame({"x": x, "z": x**2, "y": x, "treated": rng.binomial(1, 1 / (1 + np.exp(-1.5 * (x**2 - 1))))})
    return data.assign(x=np.exp(x))


def unequal(share=0.6):
    """Half of the treated leave early, of the others few."""
    data = records(1, 1500)
    rng = np.random.default_rng(2)
    goes = data["started"].notna() & (rng.random(len(data)) < share)
    return data.assign(left=np.where(goes, rng.uniform(100, 200, len(data)), np.nan), back=np.nan)


CASES = {
    "C401": (lambda: timed(records(), "naive", 0), lambda: timed(records())),
    "C402": (lambda: timed(records().assign(started=lambda table: table["started"].where(table["pid"] >= 30, -3.0))), lambda: timed(records())),
    "C403": (lambda: timed(records().assign(left=5.0, back=20.0), "naive", 0), lambda: timed(records())),
    "C405": (lambda: timed(pd.concat([records(), records(n=3).assign(pid=[-1, -2, -3], back=0.0)])), lambda: timed(records())),
    "C406": (lambda: timed(unequal()), lambda: timed(unequal(0.0))),
    "C407": (lambda: timed(records(n=40)), lambda: timed(records(n=3000))),
    "C408": (lambda: weighted(steep()), lambda: weighted(cohort_of())),
    "C409": (lambda: weighted(steep(slope=3.0)), lambda: weighted(cohort_of())),
    "C410": (lambda: weighted(curved()), lambda: weighted(cohort_of())),
    "C411": (lambda: weighted(cohort_of(), cluster="clinic"), lambda: weighted(cohort_of())),
    "C412": (lambda: timed(records(), days=15), lambda: timed(records())),
    "C414": (lambda: weighted(cohort_of(n=30)), lambda: weighted(cohort_of())),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_a_code_fires_and_keeps_silent(code):
    fires, silent = CASES[code]
    assert code in fires()
    assert code not in silent()


def clones(data, days=90, interval=15):
    found = cohort.emulate(data, "back", trial=trial("clone_censor_weight", days, interval=interval), covariates=["x"])
    return found.notices.codes


def test_few_who_begin_at_the_end_of_the_grace_period():
    data = records(2, 1500)
    late = data["started"] > 75
    assert "C413" in clones(data[~late | (late.cumsum() <= 5)])
    assert "C413" not in clones(data)


def test_competing_events_are_told_of_clones_too():
    data = records(2, 1500)
    data = data.assign(died=np.where(np.arange(1500) % 10 == 0, 200.0, np.nan))
    outcome = {"date": "back", "text": "readmission", "competing": "died"}
    found = cohort.emulate(data, "back", trial=trial("clone_censor_weight", 90, outcome=outcome), covariates=["x"])
    assert "C415" in found.notices
    assert "C415" not in clones(data)
    assert found.estimates["risk_treated"].estimate < 1.0


def test_the_naive_analysis_carries_its_notice_and_says_so():
    found = cohort.emulate(records(), "back", trial=trial("naive", 0), covariates=["x"])
    notice = next(one for one in found.notices if one.code == "C401")
    assert notice.severity == "error"
    assert "immortal" in notice.message("en")
    assert found.estimates.headline.method == "cohort.naive"


def merged(swapped):
    rng = np.random.default_rng(0)
    kind = rng.choice(["none", "readmission", "death"], 400, p=(0.6, 0.25, 0.15))
    first, second = {"none": 0, "readmission": 1, "death": 2}, {"none": 0, "readmission": 2, "death": 1}
    file = np.where(np.arange(400) < 200, "a", "b")
    other = second if swapped else first
    return pd.DataFrame({
        "code": [(other if one == "b" else first)[what] for what, one in zip(kind, file, strict=True)],
        "died": np.where(kind == "death", "2020-01-05", None), "file": file, "again": [other[what] for what in kind],
        "right": [first[what] for what in kind],
    })  # fmt: skip


def test_codes_that_contradict_each_other():
    by_file = cohort.event_codes(merged(swapped=True), "code", against="died", source="file")
    assert by_file.codes == ("C404",)
    assert {(one.facts["code"], one.facts["where"]) for one in by_file} <= {
        (code, file) for code in "12" for file in "ab"
    }
    assert len(by_file) == 2
    assert not cohort.event_codes(merged(swapped=False), "code", against="died", source="file")
    assert len(cohort.event_codes(merged(swapped=True), "right", against="again")) == 2
    assert not cohort.event_codes(merged(swapped=False), "right", against="again")


@pytest.mark.parametrize("code", CODES)
def test_every_notice_says_what_to_do_in_both_languages(code):
    found = entry("notice", f"C{code}")
    assert all(found[part][lang] for part in ("title", "message", "why", "remedy") for lang in ("ja", "en"))

"""Who received what by arm, the take-up it shows, and the check of a declaration that plans may name."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, SpecError
from ebpm.estimate import Unavailable
from ebpm.pilot.routines import checks, routines


def trial():
    rng = np.random.default_rng(0)
    arm = np.array(["none", "letter", "visit"])[np.arange(300) % 3]
    got = np.where(rng.random(300) < 0.7, arm, "none")
    got[5] = "other"
    return pd.DataFrame({"arm": arm, "got": got, "school": np.arange(300) // 3 // 5 * 3 + np.arange(300) % 3})


def test_counts_are_those_of_a_cross_table():
    found = rct.compliance_table(trial(), "got", assigned="arm", control="none")
    expected = pd.crosstab(trial().arm, trial().got).reindex(index=found.arms, columns=found.treatments)
    assert found.persons.tolist() == expected.to_numpy().tolist()
    assert found.as_assigned == pytest.approx((trial().arm == trial().got).mean())
    assert found.notices.codes == ("R104",)


@pytest.mark.parametrize("cluster", [None, "school"])
def test_take_up_is_the_difference_in_means_of_an_indicator(cluster):
    data = trial().assign(took=lambda d: (d.got == "visit") * 1.0)
    found = rct.compliance_table(data, "got", assigned="arm", control="none", cluster=cluster).estimates["visit"]
    plain = rct.difference_in_means(data, "took", treatment="arm", control="none", cluster=cluster)["visit"]
    assert (found.estimate, found.std_error, found.df) == pytest.approx((plain.estimate, plain.std_error, plain.df))
    assert found.estimand == "take_up"


def test_where_everybody_was_treated_as_assigned():
    data = pd.DataFrame({"arm": [0, 1] * 10, "got": [0, 1] * 10})
    found = rct.compliance_table(data, "got", assigned="arm")
    assert (found.as_assigned, found.notices.codes, found.estimates["1"].estimate) == (1.0, (), 1.0)


def test_a_treatment_that_nobody_received_has_no_interval():
    data = pd.DataFrame({"arm": [0, 1] * 10, "got": [0] * 20})
    assert isinstance(rct.compliance_table(data, "got", assigned="arm").estimates["1"].std_error, Unavailable)


def test_other_codes_are_refused():
    with pytest.raises(DataError):
        rct.compliance_table(trial().assign(got="x"), "got", assigned="arm", control="none")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_and_figure(lang):
    found = rct.compliance_table(trial(), "got", assigned="arm", control="none")
    assert "75.3 %" in found.summary(lang)
    assert len(found.plot(lang=lang, names={"visit": {"ja": "訪問", "en": "home visit"}}).get_yticks()) == 3


def test_a_declaration_is_checked_from_a_plan():
    check = checks()["rct.declared"]
    even = pd.DataFrame({"arm": [0, 1] * 12, "ward": ["a"] * 12 + ["b"] * 12})
    assert check(even, "arm", strata="ward").codes == ()
    assert check(even.assign(arm=[0] * 18 + [1] * 6), "arm", strata="ward").codes == ("R112",)
    with pytest.raises(SpecError):
        check(even, "arm", shares=[0.2, 0.2])
    assert "rct.compliance_table" in routines()

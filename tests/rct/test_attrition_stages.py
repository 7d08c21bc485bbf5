"""The boundary of the What Works Clearinghouse by stage: clusters lost whole, then persons in those that remain."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.estimate import Unavailable


def schools(lost=(), absent=(0, 0), per=20, each=10):
    """Forty schools; some lost whole, and some persons of every other school absent, by arm."""
    school = np.repeat(np.arange(2 * per), each)
    arm, place = school % 2, np.tile(np.arange(each), 2 * per)
    gone = np.isin(school, lost) | (place < np.array(absent)[arm])
    return pd.DataFrame({"seen": (~gone).astype(int), "arm": arm, "school": school})


def table(data, **more):
    return rct.attrition_table(data, "seen", treatment="arm", cluster="school", **({"standard": "cautious"} | more))


def test_clusters_lost_whole_are_the_first_stage_and_the_rest_the_second():
    clusters, within = table(schools(lost=[1, 3, 5], absent=(1, 2))).arms[0].stages
    assert (clusters.level, clusters.assigned, clusters.lost) == ("clusters", (20, 20), (3, 0))
    assert (within.level, within.assigned, within.lost) == ("within", (170, 200), (34, 20))
    assert within.missing == pytest.approx((0.2, 0.1))
    assert within.overall == pytest.approx(54 / 370)


@pytest.mark.parametrize(
    ("case", "stage"),
    [
        ({"lost": [1, 3, 5, 7, 9]}, "clusters"),
        ({"absent": (0, 2)}, "persons in the clusters that remain"),
    ],
)
def test_the_notice_names_the_stage(case, stage):
    found = [one for one in table(schools(**case)).notices if one.code == "R121"]
    assert len(found) == 1
    assert stage in found[0].message("en")


def test_persons_scattered_over_all_clusters_are_no_loss_of_clusters():
    found = table(schools(absent=(1, 1)))
    assert "R121" not in found.notices
    assert [stage.overall for stage in found.arms[0].stages] == pytest.approx([0.0, 0.1])


def test_a_trial_of_persons_has_one_stage():
    found = rct.attrition_table(schools(absent=(0, 3)), "seen", treatment="arm", standard="optimistic")
    assert [stage.level for stage in found.arms[0].stages] == ["rows"]
    assert "R121" in found.notices


def test_an_arm_without_any_cluster_left():
    found = table(schools(lost=range(1, 40, 2)))
    clusters, within = found.arms[0].stages
    assert (clusters.missing, within.assigned, within.missing[0]) == ((1.0, 0.0), (0, 200), 1.0)
    assert all(isinstance(most, Unavailable) or most >= 0 for *_, most in found.judged)
    assert "R121" in found.notices


def test_no_boundary_was_asked_for():
    assert table(schools(lost=[1]), standard="none").judged == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_both_stages_stand_in_table_and_figure(lang):
    found = table(schools(lost=[1, 3], absent=(0, 1)))
    assert len(found.tables(lang)) == 2
    assert len(found.plot(lang=lang).get_yticks()) == 4
    assert len(found.summary(lang).splitlines()) > 6

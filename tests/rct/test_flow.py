"""The participant flow: counts add up or are refused, by person and by cluster; the diagram says every number."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.rct import Count, Flow, FlowArm


def assessed():
    school = np.repeat(np.arange(14), 5)
    arm = np.array([0, 1] * 6 + [np.nan] * 2)[school]
    data = pd.DataFrame({"school": school, "arm": arm, "y": np.arange(70.0), "got": 1.0, "why": ""})
    data.loc[data.school.isin([2]), "y"] = np.nan
    data.loc[[5, 6], "y"] = np.nan
    data.loc[data.y.isna(), "why"] = "moved away"
    data.loc[data.school == 3, "got"] = 0.0
    data.loc[data.school >= 12, "why"] = "declined"
    return data


def test_people_are_counted_from_assessment_to_analysis():
    found = rct.flow(assessed(), "y", treatment="arm", received="got", reason="why", cluster="school")
    assert (found.assessed, found.excluded, found.randomised) == (Count(70, 14), Count(10, 2), Count(60, 12))
    control, treated = found.arms
    assert (control.allocated, control.lost, control.analysed) == (Count(30, 6), Count(5, 1), Count(25, 5))
    assert (treated.lost, treated.analysed, treated.not_received) == (Count(2, 0), Count(28, 6), Count(5, 1))
    assert found.reasons == (("declined", 10),)
    assert treated.reasons == (("moved away", 2),)


def test_without_clusters_only_people_are_counted():
    found = rct.flow(assessed(), "y", treatment="arm")
    assert found.randomised == Count(60)
    assert list(found.tidy().columns) == ["flow_stage", "term", "persons"]
    assert not found.arms[0].received


def test_rows_left_out_of_the_analysis_are_shown():
    data = assessed()[lambda d: d.arm.notna()]
    data = data.assign(used=(data.y.notna() & (data.index % 7 > 0)).astype(int))
    found = rct.flow(data, "y", treatment="arm", analysed="used")
    assert [arm.left_out.persons for arm in found.arms] == [
        int((data.y.notna() & (data.used == 0) & (data.arm == arm)).sum()) for arm in (0, 1)
    ]
    assert found.excluded.persons == 0


def test_order_of_rows_does_not_matter():
    data = assessed()
    found = rct.flow(data, "y", treatment="arm", received="got", reason="why", cluster="school")
    mixed = rct.flow(
        data.sample(frac=1, random_state=3), "y", treatment="arm", received="got", reason="why", cluster="school"
    )
    assert found == mixed


ARM = FlowArm(
    arm="1", allocated=Count(10), received=Count(9), not_received=Count(1), lost=Count(2), left_out=Count(0),
    analysed=Count(8),
)  # fmt: skip


@pytest.mark.parametrize(("change", "stage"), [
    ({"analysed": Count(7)}, "Allocated"), ({"received": Count(10)}, "Allocated"), ({"allocated": Count(11)}, "Randomised"),
])  # fmt: skip
def test_numbers_that_do_not_add_up_are_refused(change, stage):
    control = replace(ARM, arm="0")
    sound = {"assessed": Count(23), "excluded": Count(3), "randomised": Count(20)}
    Flow(arms=(control, ARM), **sound)
    with pytest.raises(DesignError, match=stage) as caught:
        Flow(arms=(control, replace(ARM, **change)), **sound)
    assert "合いません" in caught.value.what("ja")
    with pytest.raises(DesignError, match="23, but its parts are 2 \\+ 20"):
        Flow(arms=(control, ARM), **(sound | {"excluded": Count(2)}))


def test_what_contradicts_itself_is_refused():
    data = assessed()
    with pytest.raises(DesignError, match="not eligible"):
        rct.flow(data.assign(fit=(data.school > 0).astype(int)), "y", treatment="arm", eligible="fit")
    with pytest.raises(DesignError, match="without an outcome"):
        rct.flow(data.assign(used=1), "y", treatment="arm", analysed="used")
    with pytest.raises(DataError, match="0 and 1"):
        rct.flow(data.assign(got=2), "y", treatment="arm", received="got")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_diagram_says_every_number(lang):
    found = rct.flow(assessed(), "y", treatment="arm", received="got", reason="why", cluster="school")
    said = " ".join(text.get_text() for text in found.plot(lang=lang).texts)
    for count in (found.assessed, found.excluded, found.randomised, *(arm.analysed for arm in found.arms)):
        assert count.words(lang) in said
    assert "declined: 10" in said
    assert found.tables(lang)[0].caption
    assert str(found.assessed.persons) in found.summary(lang)

"""Notices on who is compared with whom: one case that fires and one that must not, in both languages."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.group_time.sample_checks import SAMPLED
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

SECTIONS = COLUMNS | {"unit": None}


def notices(data, **choices):
    return did.att_gt(data, "y", **{**COLUMNS, **choices}).notices


def unseen():
    """Cohort 7 is not seen in the period before its treatment."""
    data = panel(LARGE)
    return data[~((data["first"] == 7) & (data.time == 6))]


def leaving():
    """From its treatment on half of cohort 4 no longer answers."""
    data = panel({NEVER: 300, 4: 300})
    return data[~((data["first"] == 4) & (data.time >= 4) & (data.unit % 5 > 0))]


def changing():
    """Those of cohort 4 with a small covariate leave when treatment begins."""
    data = panel({NEVER: 300, 4: 300})
    return data[~((data["first"] == 4) & (data.time >= 4) & (data.x < -0.2))]


def exploding():
    data = panel({NEVER: 40, 4: 30})
    return data.assign(w=np.where(data.unit == 3, 60.0, 1.0))


def crowded():
    data = panel({NEVER: 60, 4: 40, 6: 12})
    rng = np.random.default_rng(1)
    return data.assign(**{f"z{j}": rng.normal(size=data.unit.max() + 1)[data.unit] for j in range(3)})


FIRES = {
    "D219": (unseen(), {"gaps": "all_rows"}, ""),
    "D220": (leaving(), {"unit": None}, "4"),
    "D221": (exploding(), {"weights": "w"}, "4"),
    "D222": (crowded(), {"covariates": ["z0", "z1", "z2"]}, "6"),
}


@pytest.mark.parametrize("code", FIRES)
def test_it_fires(code):
    data, choices, about = FIRES[code]
    found = [notice for notice in notices(data, **choices) if notice.code == code]
    assert [notice.about for notice in found] == [about]


def test_every_rule_is_tested():
    assert {rule.code for rule in SAMPLED} == set(FIRES)


@pytest.mark.parametrize("code", FIRES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_speaks_both_languages(code, lang):
    data, choices, _ = FIRES[code]
    notice = next(notice for notice in notices(data, **choices) if notice.code == code)
    assert all(part(lang) for part in (notice.title, notice.message, notice.why, notice.remedy))
    assert "{" not in notice.message(lang)


@pytest.mark.parametrize("method", ["reg", "ipw", "dr", "dr_improved"])
@pytest.mark.parametrize("choices", [{"unit": None}, {"gaps": "pairs"}, {"gaps": "all_rows"}, {"weights": "w"}])
def test_a_clean_sample_is_silent(choices, method):
    data = panel({NEVER: 80, 4: 40, 6: 40}, noise=0.3, seed=5).assign(w=lambda rows: 1.0 + rows.unit % 2)
    data = data if choices.get("weights") or "unit" in choices else data[(data.unit * 3 + data.time) % 17 > 0]
    assert {rule.code for rule in SAMPLED}.isdisjoint(notices(data, covariates=["x"], method=method, **choices).codes)


def test_a_covariate_that_moves_with_treatment_is_named():
    found = notices(changing(), unit=None, covariates=["x"])
    assert "4, x" in {notice.about for notice in found if notice.code == "D220"}


def test_cells_that_are_left_out_are_named_and_in_no_average():
    found = did.att_gt(unseen(), "y", **COLUMNS, gaps="all_rows")
    names = {cell.name for cell in found.cells}
    assert {"7:6", "7:7", "7:8"}.isdisjoint(names)
    assert {"7:5", "4:8"} <= names
    assert found.aggregate("group").terms == ("4", "5", "overall")
    message = next(notice for notice in found.notices if notice.code == "D219").message("en")
    assert "7:6" in message
    assert "not seen in a period" in message


def test_one_cohort_without_overlap_does_not_take_the_others_away():
    data = panel({NEVER: 60, 4: 30, 6: 30})
    apart = data.assign(x=data.x + 50.0 * (data["first"] == 6))
    found = did.att_gt(apart, "y", **COLUMNS, covariates=["x"], control="never_treated")
    assert {cell.cohort for cell in found.cells} == {4}
    assert "D219" in found.notices


def test_few_clusters_are_said():
    data = panel({NEVER: 60, 4: 40}).assign(town=lambda rows: rows.unit % 8)
    assert "D211" in notices(data, cluster="town")
    assert "D211" not in notices(panel({NEVER: 60, 4: 40}).assign(town=lambda rows: rows.unit // 2), cluster="town")


def test_rows_may_come_twice_from_a_unit_of_cross_sections():
    twice = pd.concat([panel(LARGE), panel(LARGE)])
    assert did.att_gt(twice, "y", **SECTIONS).rows == 2 * 1080


def test_pairs_of_a_panel_whose_cohort_leaves_are_noticed():
    assert "D220" in notices(leaving(), gaps="pairs")
    found = notices(changing(), gaps="pairs", covariates=["x"])
    assert "4, x" in {notice.about for notice in found if notice.code == "D220"}


def test_a_covariate_that_grows_with_time_is_no_change_of_composition():
    data = panel({NEVER: 80, 4: 60}, seed=3)
    gone = data[(data.unit * 5 + data.time) % 19 > 0]
    grown = gone.assign(x=gone.x + 2.0 * gone.time)
    assert "D220" not in notices(grown, gaps="pairs", covariates=["x"])

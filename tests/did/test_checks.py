"""Each notice of ebpm.did fires where it should and stays silent where it should."""

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import numpy as np
import pytest

from ebpm import did
from ebpm.did.group_time.checks import GROUP_TIME
from ebpm.estimate import Unavailable
from ebpm.notices import Rule
from ebpm.texts import entries, language
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

CLEAN = {NEVER: 60, 4: 30, 5: 25, 7: 20}


def codes(data, **choices):
    return did.att_gt(data, "y", **COLUMNS, **choices).notices.codes


def dipping(cohorts):
    data = panel(cohorts, noise=0.3)
    return data.assign(y=data.y + 2.0 * ((data["first"] > 0) & (data.time == data["first"] - 1)))


def dominated():
    data = panel(CLEAN, noise=0.2)
    return data.assign(y=data.y.abs() + 1e5 * ((data.unit == 70) & (data.time > 3)))


def separated():
    data = panel(CLEAN)
    return data.assign(x=data.x + 3.5 * (data["first"] > 0))


def gapped():
    data = panel(CLEAN)
    return data[~((data.unit == 70) & (data.time == 8))]


FIRES = {
    "D201": (panel({NEVER: 60, 4: 12, 6: 11}), {}),
    "D202": (panel({NEVER: 60, 4: 40, 6: 1}), {}),
    "D203": (panel(LARGE, trend=0.6), {}),
    "D204": (dipping(LARGE), {}),
    "D205": (dominated(), {}),
    "D206": (panel({4: 30, 5: 25, 7: 20}), {}),
    "D207": (panel({**LARGE, 1: 9}), {}),
    "D208": (gapped(), {"gaps": "drop_units"}),
    "D209": (separated(), {"covariates": ["x"], "method": "ipw"}),
    "D212": (panel(LARGE, effect=0.05), {}),
    "D213": (panel({NEVER: 60, 4: 40, 6: 6}), {}),
}


@pytest.mark.parametrize("code", FIRES)
def test_it_fires(code):
    data, choices = FIRES[code]
    assert code in codes(data, **choices)


@pytest.mark.parametrize("covariates", [(), ("x",)])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_a_clean_panel_is_silent(base, covariates):
    assert codes(panel(CLEAN, noise=0.3, seed=2), base=base, covariates=covariates) == ()


@pytest.mark.parametrize("base", ["varying", "universal"])
def test_declared_anticipation_is_neither_a_pre_trend_nor_a_surprise(base):
    assert {"D203", "D204"} <= set(codes(dipping({NEVER: 60, 4: 30, 6: 30}), base=base))
    assert {"D203", "D204"}.isdisjoint(codes(dipping({NEVER: 60, 4: 30, 6: 30}), base=base, anticipation=1))


def test_every_rule_is_tested():
    assert {rule.code for rule in GROUP_TIME} == set(FIRES)
    modules = [import_module(found.name) for found in walk_packages(did.__path__, "ebpm.did.")]
    held = [one for module in modules for one in vars(module).values() if isinstance(one, tuple)]
    rules = {rule.code for one in held for rule in one if isinstance(rule, Rule)}
    written = {code for code in entries("notice") if code.startswith("D2")}
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert rules <= written
    assert [code for code in sorted(written) if code not in tests] == []


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("code", FIRES)
def test_it_speaks_both_languages(code, lang):
    data, choices = FIRES[code]
    found = did.att_gt(data, "y", **COLUMNS, **choices).notices
    notice = next(notice for notice in found if notice.code == code)
    assert language(lang) == lang
    assert all(part(lang) for part in (notice.title, notice.message, notice.why, notice.remedy))
    assert "{" not in notice.to_text(lang)


def test_the_test_by_event_time_is_less_eager_than_the_test_by_cell():
    found = did.att_gt(panel({NEVER: 14, 5: 8, 7: 7}, seed=4), "y", **COLUMNS)
    by_event, by_cell = found.pretrend(), found.pretrend("cell")
    assert (by_event.df, by_cell.df) == (5, 8)
    assert np.isfinite(by_event.df_error)
    assert np.isinf(by_cell.df_error)
    assert "W =" in by_event.summary("en")


def test_without_periods_before_treatment_there_is_no_test():
    found = did.att_gt(panel({NEVER: 20, 2: 20}, periods=3), "y", **COLUMNS).pretrend()
    assert isinstance(found, Unavailable)
    assert str(found) == "there are no periods before treatment to compare"


def test_with_more_periods_than_units_there_is_no_test():
    found = did.att_gt(panel({NEVER: 4, 8: 4}, periods=9), "y", **COLUMNS).pretrend()
    assert isinstance(found, Unavailable)

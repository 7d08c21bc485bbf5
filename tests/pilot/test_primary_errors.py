"""Uncorrected Newey-West errors may stand beside a primary analysis of a short series, but not be it."""

from __future__ import annotations

import numpy as np
import pytest

import ebpm
from ebpm.errors import DesignError
from tests.pilot.conftest import freeze_again

SERIES = """\
schema: 1
id: series
kind: pilot
title: {ja: 系列, en: A series}
question: {ja: 下がるか, en: Does it fall?}
estimand: {term: level_change, unit: month, population: a city, treatment: a rule, outcome: y, contrast: level, window: two years}
design: {type: its, counterfactual: {ja: 傾向が続く, en: the trend goes on}}
data:
  - id: months
    title: {ja: 月, en: months}
    path: months.csv
    synthetic: false
    licence: CC0-1.0
    source: {ja: 試験, en: test}
    row_is: {ja: 月, en: month}
    keys: [month]
    columns:
      - {name: month, label: {ja: 月, en: month}, type: month, role: time}
      - {name: y, label: {ja: 値, en: value}, type: number, role: outcome}
plan:
  - id: main
    role: ROLE
    title: {ja: 水準, en: level}
    data: months
    routine: its.segmented
    outcome: y
    arguments: {time: month, intervention: 2016-01, errors: ERRORS}
    expected: down
  - id: first
    role: OTHER
    title: {ja: 水準(別), en: level again}
    data: months
    routine: its.segmented
    outcome: y
    arguments: {time: month, intervention: 2016-01, errors: recommended}
    expected: down
disclosure: {tier: open, min_cell: 10}
"""


@pytest.fixture
def evaluated(tmp_path):
    def evaluate(errors, *, periods=48, role="primary"):
        other = "sensitivity" if role == "primary" else "primary"
        text = SERIES.replace("ROLE", role).replace("OTHER", other).replace("ERRORS", errors)
        (tmp_path / "pilot.yaml").write_text(text, encoding="utf-8")
        noise = np.random.default_rng(3).standard_normal(periods)
        rows = [f"{2014 + i // 12}-{i % 12 + 1:02d},{10 + noise[i]:.3f}" for i in range(periods)]
        (tmp_path / "months.csv").write_text("\n".join(["month,y", *rows]), encoding="utf-8")
        freeze_again(tmp_path)
        return ebpm.read_pilot(tmp_path).evaluate()

    return evaluate


@pytest.mark.parametrize("errors", ["newey_west", "newey_west_unadjusted"])
def test_a_short_primary_analysis_with_newey_west_errors_is_refused(evaluated, errors):
    with pytest.raises(DesignError) as caught:
        evaluated(errors)
    assert caught.value.code == "pilot_short_newey_west"
    said = str(caught.value)
    assert "main: 48 periods" in said
    assert "100 periods are needed" in said
    assert "errors: recommended" in said


@pytest.mark.parametrize(
    ("errors", "choices"),
    [
        ("newey_west", {"periods": 100}),
        ("newey_west", {"role": "sensitivity"}),
        ("newey_west_satterthwaite", {}),
        ("recommended", {}),
    ],
)
def test_long_series_other_roles_and_corrected_errors_are_not(evaluated, errors, choices):
    assert "main" in {one.analysis.id for one in evaluated(errors, **choices).results}

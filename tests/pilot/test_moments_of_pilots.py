"""Moment files of a trial by clusters, of large randomised letters and of series: what they answer is what the records say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ebpm
from ebpm.errors import DataError
from ebpm.moments import read_moments
from ebpm.notices import Notices
from ebpm.pilot.evaluation import analysed
from ebpm.pilot.prepare import collapsed
from ebpm.pilot.spec import Collapse
from ebpm.pilot.sums.members import Records, _code
from ebpm.pilot.sums.summed_rows import rows_of_sums

ROOT = Path(__file__).parents[2] / "pilots"
ANSWERED = {
    "student_energy_saving": {"primary", "behaviour", "unadjusted"},
    "bicycle_insurance": {"messages", "all_pairs", "placebo_august"},
    "bicycle_insurance/twin": {"primary", "ratios"},
    "cardiac_rehab": {
        "primary", "uncorrelated", "until_covid", "without_comparison", "placebo_2018", "structural", "arima",
    },
}  # fmt: skip
QUICK = {"structural", "arima"}
"""Analyses that take seconds and run on the same rows as others."""


@pytest.fixture(scope="module", params=ANSWERED)
def case(request, tmp_path_factory):
    pilot = ebpm.read_pilot(ROOT / request.param)
    data = pilot.read_data()
    path = pilot.moments(data).save(tmp_path_factory.mktemp("sums") / "moments.json")
    return request.param, pilot, data, read_moments(path)


def test_the_file_answers_what_its_routines_can_sum(case):
    name, _, _, file = case
    assert set(file.items) >= ANSWERED[name]


def test_answers_are_those_of_the_records(case):
    _, pilot, data, file = case
    told = pilot.answers(replace(file, items={name: one for name, one in file.items.items() if name not in QUICK}))
    for result in told.results:
        held = analysed(pilot.spec, data, result.analysis, ())
        for one, other in zip(result.estimates, held.estimates, strict=True):
            assert one.term == other.term
            assert one.estimate == pytest.approx(other.estimate, rel=1e-8)
            assert one.std_error == pytest.approx(other.std_error, rel=1e-8)
            assert (one.n, one.df) == (other.n, pytest.approx(other.df, rel=1e-8))


def test_both_forms_hold_the_same(case, tmp_path):
    _, _, _, file = case
    assert read_moments(file.save(tmp_path / "moments.parquet")).text() == file.text()


def test_no_notice_tells_the_value_of_a_record(case):
    _, _, data, file = case
    assert not any(isinstance(one.facts.get("value"), str | float) for one in file.notices)
    assert {one.code for one in data.notices} <= set(file.notices.codes)


def of_another_office(file):
    """The file of an office that has each of the records twice."""
    return replace(file, items={name: one + one for name, one in file.items.items()})


def test_records_of_two_offices_are_the_records_of_both(case):
    _, pilot, _, file = case
    both = file + of_another_office(file)
    assert both.tables == file.tables
    primary = pilot.spec.primary[0].id
    once, twice = pilot.answers(file)[primary], pilot.answers(both)[primary]
    name = once.analysis.id
    if name in file.tables:
        first = file.items[name].numbers[0]
        assert both.items[name].totals(first) == [3 * one for one in file.items[name].totals(first)]
    else:
        assert twice.estimates.headline.n == 3 * once.estimates.headline.n
        assert twice.estimates.headline.estimate == pytest.approx(once.estimates.headline.estimate, rel=1e-6)


def test_records_are_not_added_twice(case, tmp_path):
    _, _, _, file = case
    other = of_another_office(file)
    both = file + other
    assert (
        both.parts
        == tuple(sorted([file.digest, other.digest]))
        == read_moments(both.save(tmp_path / "both.json")).parts
    )
    assert read_moments(both.save(tmp_path / "both.parquet")).digest == both.digest
    for left, right in (
        (file, file),
        (both, file),
        (other, both),
        (file, replace(file, notices=Notices(), records=("behaviour",))),
    ):
        with pytest.raises(DataError) as refused:
            left + right
        assert refused.value.code == "moments_twice"


def test_rows_and_sums_of_one_analysis_do_not_add():
    pilot = ebpm.read_pilot(ROOT / "cardiac_rehab")
    file = pilot.moments()
    with pytest.raises(DataError) as refused:
        file + replace(file, tables=())
    assert refused.value.code == "moments_other_family"


def test_rows_of_a_series_come_back_as_they_were_collapsed():
    pilot = ebpm.read_pilot(ROOT / "cardiac_rehab")
    data = pilot.read_data()
    file = pilot.moments(data)
    rows, held = rows_of_sums(file.items["primary"]), data.rows_of("primary")
    names = ["month", "enhanced", "readmissions_180d", "discharges"]
    pd.testing.assert_frame_equal(rows[names], held[names], check_dtype=False)
    assert not file.items["primary"].products or file.items["primary"].moments.shape[2] == 1


def test_schools_with_few_pupils_keep_the_trial_in():
    pilot = ebpm.read_pilot(ROOT / "student_energy_saving")
    data = pilot.read_data()
    readings = dict(data.readings)
    months = readings["household_months"]
    school = sorted(months.frame["school_id"].unique())[0]
    few = months.frame[months.frame["school_id"] == school]["pupil_id"].unique()[6:]
    kept = months.frame[~months.frame["pupil_id"].isin(few)].reset_index(drop=True)
    file = pilot.moments(replace(data, readings={**readings, "household_months": replace(months, frame=kept)}))
    assert "primary" not in file.items
    assert "disclosure_few_persons" in {one.reason for one in file.withheld["primary"]}
    assert str(school) in pilot.answers(file).summary("en")


def test_rows_made_of_several_are_known_by_all_of_them():
    """The same pupil in other months is another row, so that July and autumn do not count as releases that differ by a few."""
    pilot = ebpm.read_pilot(ROOT / "student_energy_saving")
    data = pilot.read_data()
    after, july = (Records.of(pilot.spec.analysis(name), data) for name in ("unadjusted", "placebo_july"))
    assert not set(after.codes) & set(july.codes)
    assert set(after.owners) <= set(july.owners)
    assert len(after.codes) == len(after.rows)
    table = pd.DataFrame({"g": ["b", "a", "b"], "v": [1.0, 2.0, 3.0]})
    assert collapsed(table, Collapse(by=("g",), mean=("v",)))["g"].tolist() == ["a", "b"]
    assert _code("x") != _code("y")
    assert np.unique(after.codes).size == len(after.codes)

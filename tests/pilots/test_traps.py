"""What was planted is found: each trap raises its codes, and the same rule is silent where nothing was planted."""

from __future__ import annotations

from functools import cache

import pytest

import ebpm
from ebpm import data, rct
from ebpm.texts import entry
from tests.pilots.simulations import PILOTS, SLUGS, simulation


@cache
def evaluation(slug):
    return ebpm.read_pilot(PILOTS / slug).evaluate()


TRAPS = [(slug, trap) for slug in SLUGS for trap in simulation(slug).truth().traps]


@pytest.mark.parametrize(("slug", "trap"), TRAPS, ids=[f"{slug}-{trap.id}" for slug, trap in TRAPS])
def test_a_trap_raises_its_codes(slug, trap):
    assert trap.codes
    assert set(trap.codes) <= set(evaluation(slug).notices.codes)
    assert all(entry("notice", code)["remedy"] for code in trap.codes)


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_that_was_planned_fails(slug):
    assert not evaluation(slug).failures
    assert "P507" not in evaluation(slug).notices


def test_offices_files_are_repaired_with_notices():
    found = {slug: set(evaluation(slug).data.notices.codes) for slug in SLUGS}
    assert {"T001", "T003", "T006"} <= found["venture_support"]
    assert {"T001", "T003", "T006", "T007"} <= found["cardiac_rehab"]
    assert {"T001", "T002", "T003", "T004", "T005", "T032", "T037"} <= found["student_energy_saving"]
    assert {"T001", "T003", "T004", "T007"} <= found["bicycle_insurance"]


def test_the_sixteen_typing_errors_are_refused_and_nothing_else():
    reading = evaluation("student_energy_saving").data.readings["household_months"]
    assert (reading.rows_in, reading.rows_used, reading.rows_refused) == (7200, 7184, 16)
    assert {refusal.column for refusal in reading.refusals} == {"kwh"}


def test_the_giant_round_alone_makes_the_sum_lopsided():
    firms = evaluation("venture_support").data["firm_years"]
    accepted = firms[firms["first_treated"] > 0]
    assert data.dominance(accepted, "raised_jpy", unit="app_id").codes == ("T054",)
    giant = accepted.loc[accepted["raised_jpy"].idxmax(), "app_id"]
    assert not data.dominance(accepted[accepted["app_id"] != giant], "raised_jpy", unit="app_id")


def test_heaping_is_at_the_cutoff_and_not_elsewhere():
    applications = evaluation("venture_support").data["applications"]
    assert data.heaping(applications, "score_mean", at=60).codes == ("T051",)
    assert not data.heaping(applications, "score_mean", at=50)


def test_one_hospital_alone_reports_late():
    months = evaluation("cardiac_rehab").data["hospital_months"]
    late = data.late_reporting(months, "readmissions_180d", by="hospital_id", time="month")
    assert late.items[0].facts["count"] == 1
    final = months[months["status"] == "final"]
    assert not data.late_reporting(final, "readmissions_180d", by="hospital_id", time="month")


def test_one_school_alone_swapped_its_arm():
    pupils = evaluation("student_energy_saving").data["pupils"]
    swapped = set(pupils.loc[pupils["delivered"] != pupils["arm"], "school_id"])
    assert len(swapped) == 1
    others = pupils[~pupils["school_id"].isin(swapped)]
    assert not rct.compliance(others, "delivered", assigned="arm", cluster="school_id")


def test_self_read_meters_heap_and_others_do_not():
    months = evaluation("student_energy_saving").data["household_months"]
    self_read = months["meter_method"] == "self"
    assert data.heaping(months[self_read], "kwh").codes == ("T050",)
    assert not data.heaping(months[~self_read], "kwh")


def test_the_survivors_look_better_than_they_are():
    found = evaluation("venture_support")
    assert found["survivors"].estimates.headline.n < found["any_round"].estimates.headline.n
    assert "D208" in found["survivors"].notices
    assert "D208" not in found["any_round"].notices


def test_the_verdict_of_the_energy_pilot_is_an_honest_inconclusive():
    found = evaluation("student_energy_saving")
    assert found.verdict.code == "inconclusive"
    assert {"R104", "R106"} <= {row.code for row in found.grade.deductions}

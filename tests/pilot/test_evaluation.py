"""What an evaluation shows of itself: conclusion, truth, published numbers, limits, the rows behind an analysis."""

from __future__ import annotations

from functools import cache

import pytest

import ebpm
from ebpm.errors import SpecError
from tests.pilots.simulations import PILOTS


@cache
def evaluation(slug):
    return ebpm.read_pilot(PILOTS / slug).evaluate()


def test_a_conclusion_says_first_that_the_data_are_synthetic():
    banner, headline, verdict, grade = evaluation("student_energy_saving").conclusion("en").splitlines()
    assert banner.startswith("The data of this evaluation are synthetic.")
    assert headline == evaluation("student_energy_saving").headline.sentence("en")
    assert verdict.startswith("Verdict: ")
    assert grade.startswith("Strength of evidence: ")
    assert "合成" not in evaluation("student_energy_saving/twin").conclusion("ja")


def test_notebooks_show_each_line_as_a_paragraph_and_escape_it():
    text = ebpm.table.Paragraphs("a < b\nc")
    assert text._repr_html_() == "<p>a &lt; b</p><p>c</p>"
    assert text == "a < b\nc"


def test_the_truth_stands_beside_the_estimates():
    found = evaluation("student_energy_saving")
    frame = found.truth("en").to_frame()
    first = frame.iloc[0]
    assert first["truth"] == pytest.approx(-0.3135)
    assert first["estimate"] == found.headline.estimate
    assert (first["covered"] == "yes") == (found.headline.conf_low <= first["truth"] <= found.headline.conf_high)


def test_a_truth_of_an_analysis_outside_the_plan_is_left_out():
    titles = set(evaluation("bicycle_insurance").truth("en").to_frame()["analysis"])
    assert titles <= {analysis.title.words("en") for analysis in evaluation("bicycle_insurance").spec.plan}


def test_real_data_have_no_known_truth():
    with pytest.raises(SpecError, match=r"truth\.yaml"):
        evaluation("student_energy_saving/twin").truth()


def test_published_numbers_stand_beside_ours():
    table = evaluation("student_energy_saving/twin").published("en")
    frame = table.to_frame()
    assert list(frame["reproduced"]) == ["yes"] * len(evaluation("student_energy_saving/twin").comparisons)
    assert list(frame["quantity"])[:2] == ["Estimate", "Std. error"]
    assert frame["ours"][0] == evaluation("student_energy_saving/twin")["primary"].estimates["small"].estimate


def test_rounding_of_the_last_digits_is_not_shown():
    differences = [one.shown_difference for one in evaluation("venture_support/twin").comparisons]
    assert differences == ["< 1e-09"] * len(differences)
    assert evaluation("student_energy_saving/twin").comparisons[0].shown_difference == pytest.approx(-0.001, abs=1e-4)


@pytest.mark.parametrize(("lang", "mark"), [("ja", "・"), ("en", "- ")])
def test_limits_are_one_a_line(lang, mark):
    lines = evaluation("student_energy_saving").pilot.limits(lang).splitlines()
    assert len(lines) == len(evaluation("student_energy_saving").spec.limits)
    assert all(line.startswith(mark) for line in lines)


def test_the_rows_of_an_analysis_give_its_estimate_again():
    found = evaluation("student_energy_saving")
    homes = found.data.rows_of("primary")
    columns = {"treatment": "arm", "covariates": ["kwh_before"], "cluster": "school_id", "strata": "stratum"}
    assert len(homes) == found.headline.n
    assert ebpm.rct.lin(homes, "kwh_day", **columns).headline.estimate == found.headline.estimate


def test_an_analysis_outside_the_plan_is_refused_with_the_nearest():
    for ask in (evaluation("student_energy_saving").data.rows_of, evaluation("student_energy_saving").__getitem__):
        with pytest.raises(SpecError, match="primary"):
            ask("primery")


def test_everything_prints_itself_in_words():
    found = evaluation("student_energy_saving")
    assert repr(found) == str(found) == found.summary()
    assert repr(found.pilot) == found.pilot.summary()
    assert repr(found.data) == found.data.summary()


def test_notebooks_read_warnings_first_and_count_the_rest():
    found = evaluation("student_energy_saving")
    html = found._repr_html_()
    assert "R106" in html
    assert "T001" not in html
    assert f"{len(found.notices.of('info'))} more notices" in html

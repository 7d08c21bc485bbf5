"""The door of evaluations: what is withheld, what passes, and that nothing goes round it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

import ebpm
from ebpm.disclosure.differencing import FILE, Register, Statement, codes, differences, read_register
from ebpm.errors import DataError
from ebpm.estimate import Unavailable
from ebpm.pilot.leaving.disclosure import refuse_leaks, register_of, released, statements
from ebpm.pilot.results import results_json
from ebpm.records.pictures import numbers_in
from ebpm.texts import label

COLUMNS = {
    "arm": "integer", "rare_arm": "integer", "ill": "integer", "well": "integer", "nobody": "integer",
    "everybody": "integer", "most": "integer", "score": "number", "before": "number",
}  # fmt: skip
GROUPS = "codes: {few: {ja: 少, en: few}, some: {ja: 中, en: some}, many: {ja: 多, en: many}}"
PRIMARY = {
    "id": "primary", "role": "primary", "title": "score", "data": "people", "routine": "rct.difference_in_means",
    "outcome": "score", "arguments": {"treatment": "arm"}, "expected": "up",
}  # fmt: skip
MEAN = {
    "id": "mean",
    "role": "descriptive",
    "title": "mean",
    "data": "people",
    "routine": "survey.mean",
    "outcome": "score",
}


def people() -> pd.DataFrame:
    draws = np.random.default_rng(5).standard_normal((200, 2))
    place = np.arange(200)
    return pd.DataFrame({
        "id": [f"QX-{number:04d}" for number in 1000 + 7 * place], "group": np.where(place < 6, "few", np.where(place < 40, "some", "many")),
        "arm": place % 2, "rare_arm": (place >= 194).astype(int), "ill": (place < 4).astype(int), "well": (place >= 4).astype(int),
        "nobody": 0, "everybody": 1, "most": (place >= 3).astype(int),
        "score": np.round(5 + 2 * (place % 2) + draws[:, 0] + draws[:, 1], 3), "before": np.round(draws[:, 1], 3),
    })  # fmt: skip


def pilot(folder: Path, *analyses: dict[str, object], **changes: object) -> ebpm.pilot.Pilot:
    columns = [{"name": "id", "label": "id", "type": "text", "role": "unit"}]
    columns += [{"name": name, "label": name, "type": kind, "role": "outcome"} for name, kind in COLUMNS.items()]
    group = YAML(typ="safe").load(f"{{name: group, label: group, type: code, role: quasi_identifier, {GROUPS}}}")
    data = {
        "id": "people", "title": "people", "path": "people.csv", "synthetic": False, "licence": "CC0-1.0", "source": "test",
        "row_is": "person", "keys": ["id"], "columns": [*columns, group],
    }  # fmt: skip
    content = {
        "schema": 1, "id": "door", "kind": "pilot", "title": "Door", "question": "Does it work?",
        "estimand": dict.fromkeys(("unit", "population", "treatment", "outcome", "contrast", "window"), "x") | {"term": "itt"},
        "design": {"type": "rct", "counterfactual": "those not drawn"}, "data": [data], "plan": [PRIMARY, *analyses],
        "disclosure": {"tier": "open", "min_cell": 10},
    } | changes  # fmt: skip
    (folder / "pilot.yaml").write_text(json.dumps(content), encoding="utf-8")
    people().to_csv(folder / "people.csv", index=False)
    return ebpm.read_pilot(folder)


def evaluated(folder, *analyses, **changes):
    one = pilot(folder, *analyses, **changes)
    return one.evaluate_unreleased(one.read_data(unfrozen="test"))


CASES = YAML(typ="safe").load((Path(__file__).parent / "red_team" / "releases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_no_small_number_is_released(case, tmp_path):
    asked = {name: case[name] for name in ("routine", "outcome", "where", "arguments") if name in case}
    evaluation = evaluated(
        tmp_path, MEAN, {"id": "attempt", "role": "descriptive", "title": "attempt", "data": "people"} | asked
    )
    assert not evaluation.failures
    leaving = released(evaluation)["attempt"].estimates
    terms = case["terms"] or leaving.terms
    assert {leaving[term].estimate for term in terms} == {Unavailable(case["reason"])}
    assert all(isinstance(leaving[term].std_error, Unavailable) for term in terms)
    content = json.loads(results_json(evaluation))["analyses"]["attempt"]["terms"]
    assert all(one["estimate"] == {"unavailable": case["reason"]} for one in content if one["term"] in terms)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_is_withheld_is_shown_as_such_with_its_reason(lang, tmp_path):
    case = {
        "id": "attempt",
        "role": "secondary",
        "title": "the ill",
        "data": "people",
        "routine": "survey.proportion",
        "outcome": "ill",
    }
    evaluation = evaluated(tmp_path, case)
    text = ebpm.report(evaluation, lang=lang).text()
    assert Unavailable("disclosure_tells_count").words(lang) in text
    assert "X602" in released(evaluation).notices
    assert "nan" not in results_json(evaluation).lower()


def test_a_primary_headline_that_may_not_be_shown_stops_everything(tmp_path):
    few = PRIMARY | {"where": {"group": ["few", "some"]}}
    evaluation = evaluated(tmp_path, plan=[few], disclosure={"tier": "open", "min_cell": 30})
    for leave in (lambda: results_json(evaluation), lambda: ebpm.report(evaluation).text(), evaluation.evidence):
        with pytest.raises(DataError, match=r"primary\.1"):
            leave()


def test_an_ordinary_evaluation_passes_as_it_is(tmp_path):
    evaluation = evaluated(tmp_path, MEAN)
    leaving = released(evaluation)
    assert leaving.results == evaluation.results
    assert released(leaving) is leaving
    assert not {"X602", "X604", "X605"} & set(leaving.notices.codes)


def test_section_only_asks_for_less(tmp_path):
    case = {
        "id": "attempt",
        "role": "descriptive",
        "title": "x",
        "data": "people",
        "routine": "survey.proportion",
        "outcome": "everybody",
    }
    evaluation = evaluated(tmp_path, case, disclosure={"tier": "section_only"})
    assert not isinstance(released(evaluation)["attempt"].estimates.headline.estimate, Unavailable)


def test_notices_of_an_evaluation_repeat_no_record(tmp_path):
    checks = [{"routine": "data.small_cells", "data": "people", "column": "id"}]
    evaluation = evaluated(tmp_path, checks=checks)
    names = people()["id"]
    for lang in ("ja", "en"):
        assert not any(name in evaluation.summary(lang) for name in names)
    assert not any(name in evaluation._repr_html_() for name in names)


def test_a_notebook_keeps_no_refused_value(tmp_path):
    one = pilot(tmp_path)
    columns = [
        column.model_copy(update={"range": (0, 9.5)}) if column.name == "score" else column
        for column in one.spec.data[0].columns
    ]
    from ebpm.data import read

    reading = read(one.spec.data[0].model_copy(update={"columns": tuple(columns), "max_refused": 0.5}), tmp_path)
    assert reading.refusals
    shown = reading._repr_html_()
    assert not any(refusal.value in shown for refusal in reading.refusals)
    assert all(refusal.value in reading.summary() for refusal in reading.refusals)


def test_files_with_records_are_not_written(tmp_path):
    evaluation = evaluated(tmp_path)
    refuse_leaks(evaluation, {"results.json": results_json(evaluation).encode()})
    leak = people().head(3).to_html().encode()
    with pytest.raises(DataError) as caught:
        refuse_leaks(evaluation, {"report.html": leak})
    assert caught.value.code == "disclosure_leak"
    assert "X620" in str(caught.value)
    assert not any(name in str(caught.value) for name in people()["id"])


def test_a_release_is_compared_with_the_former_one(tmp_path):
    evaluation = evaluated(tmp_path, MEAN)
    register_of(evaluation).with_release(statements(evaluation, released(evaluation))).write(tmp_path / FILE)
    assert "X605" not in released(evaluation).notices
    people().iloc[2:].to_csv(tmp_path / "people.csv", index=False)
    one = ebpm.read_pilot(tmp_path)
    later = one.evaluate(one.read_data(unfrozen="test"))
    assert "X605" in later.notices
    assert later["mean"].estimates.headline.estimate == Unavailable("disclosure_differencing")
    assert not isinstance(later.headline.estimate, Unavailable)


def statement(name, members, level=True):
    return Statement(name, ("score",), level, codes(list(members)))


def test_differences_are_found_on_either_side_and_only_for_the_same_outcome():
    whole = statement("whole", range(100))
    assert [one.count for one in differences([whole, statement("less", range(97))], min_cell=10)] == [3]
    assert [one.count for one in differences([whole, statement("more", range(104))], min_cell=10)] == [4]
    assert differences([whole, statement("half", range(50))], min_cell=10) == ()
    assert differences([whole, statement("same", range(100))], min_cell=10) == ()
    other = Statement("other", ("income",), True, codes(list(range(97))))
    assert differences([whole, other], min_cell=10) == ()


def test_a_register_is_read_as_it_was_written(tmp_path):
    register = Register(pilot="door").with_release([statement("a", range(40)), statement("b", range(40))])
    register.write(tmp_path / FILE)
    assert read_register(tmp_path / FILE, "door") == register
    assert len(register.populations) == 1
    assert {one.name: one.members for one in register.statements()}["a"] == codes(list(range(40)))
    assert read_register(tmp_path / "none.json", "door").entries == ()


def test_a_figure_with_a_point_a_person_gives_way_to_that_of_the_estimates(tmp_path):
    from dataclasses import replace

    evaluation = evaluated(tmp_path)
    table = people()

    class Dotted:
        draw = None
        notices = ebpm.Notices()
        estimates = evaluation.primary.estimates

        def _repr_html_(self):
            return ""

        def plot(self, ax=None, *, lang=None):
            import matplotlib.pyplot as plt

            axes = plt.subplots()[1]
            axes.plot(table["before"], table["score"], "o")
            return axes

    dotted = replace(evaluation, results=tuple(replace(one, value=Dotted()) for one in evaluation.results))
    leaving = released(dotted)
    assert "X623" in leaving.notices
    assert leaving.primary.value is leaving.primary.estimates


ILL = {
    "id": "attempt", "role": "primary", "title": "the ill", "data": "people", "routine": "survey.proportion", "outcome": "ill",
    "arguments": {"by": "arm"}, "expected": "none",
}  # fmt: skip


def said(evaluation):
    """Return everything that an evaluation shows in a notebook."""
    result = evaluation["attempt"]
    shown = [evaluation, evaluation.table(), result.estimates, result.value, result.estimates.table()]
    texts = [one._repr_html_() for one in shown] + [str(one) for one in shown] + [str(result.estimates.tidy())]
    return "\n".join([*texts, evaluation.summary("ja"), evaluation.conclusion(), carried(result.plot())])


def carried(axes):
    import io

    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    axes.figure.savefig(buffer, format="png")
    plt.close(axes.figure)
    return numbers_in(buffer.getvalue())


def test_an_evaluation_shows_what_is_released_and_says_what_is_withheld_wherever_it_is_shown(tmp_path):
    one = pilot(tmp_path, ILL | {"role": "secondary"})
    shown = one.evaluate(one.read_data(unfrozen="test"))
    inside = one.evaluate_unreleased(one.read_data(unfrozen="test"))
    numbers = {f"{item.estimate:.4g}" for item in inside["attempt"].estimates}
    assert shown.released
    assert not inside.released
    assert all(number in said(inside) for number in numbers)
    assert not any(number in said(shown) for number in numbers)
    reason = Unavailable("disclosure_tells_count").words("en")
    assert reason in shown._repr_html_()
    assert "X602" in shown._repr_html_()
    assert reason in carried(shown["attempt"].plot())


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_an_evaluation_of_which_nothing_is_withheld_says_so_before_any_number(tmp_path, lang):
    inside = evaluated(tmp_path)
    assert inside.banners(lang)[0] == label("unreleased_banner", lang)
    assert inside.banners(lang)[0] in inside.summary(lang)
    assert label("unreleased_banner", lang) not in released(inside).banners(lang)


def test_a_headline_that_may_not_be_shown_is_seen_inside_alone(tmp_path):
    one = pilot(tmp_path, plan=[ILL])
    data = one.read_data(unfrozen="test")
    with pytest.raises(DataError, match="evaluate_unreleased"):
        one.evaluate(data)
    assert one.evaluate_unreleased(data).headline.n


COHORTS = [(f"Q-{unit:03d}", year, 3 if unit < 4 else 4 * (unit < 34)) for unit in range(90) for year in range(1, 6)]


def test_the_parts_of_an_average_that_rest_on_a_few_stay_behind(tmp_path):
    import pandas as pd

    one = staggered(tmp_path)
    frame = pd.DataFrame(COHORTS, columns=["id", "year", "first"])
    noise = np.random.default_rng(2).standard_normal(len(frame))
    frame.assign(score=noise + (frame["year"] >= frame["first"]) * (frame["first"] > 0)).to_csv(
        tmp_path / "people.csv", index=False
    )
    inside = one.evaluate_unreleased(one.read_data(unfrozen="test"))
    leaving = released(inside)
    assert "X606" in leaving.notices
    assert leaving.primary.value is leaving.primary.estimates
    assert leaving.primary.estimates.items is inside.primary.estimates.items
    assert leaving.primary.drawn is leaving.primary.estimates
    assert "simple" not in leaving.primary.plot().get_title()


def staggered(folder):
    columns = [
        {"name": "id", "label": "id", "type": "text", "role": "unit"}, {"name": "year", "label": "year", "type": "integer", "role": "time"},
        {"name": "first", "label": "first", "type": "integer", "role": "first_treated"},
        {"name": "score", "label": "score", "type": "number", "role": "outcome"},
    ]  # fmt: skip
    arguments = {"unit": "id", "time": "year", "first_treated": "first"}
    primary = PRIMARY | {"routine": "did.att_gt", "arguments": arguments, "aggregate": "simple"}
    data = {
        "id": "people", "title": "people", "path": "people.csv", "synthetic": False, "licence": "CC0-1.0", "source": "test",
        "row_is": "person-year", "keys": ["id", "year"], "columns": columns,
    }  # fmt: skip
    design = {"type": "did", "counterfactual": "those not yet treated"}
    return pilot(folder, plan=[primary], data=[data], design=design)

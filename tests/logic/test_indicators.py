"""Observations, their changes and trends: verdicts that claim no more than the numbers hold."""

from __future__ import annotations

import pytest

from ebpm.errors import DataError, SpecError
from ebpm.estimate import Unavailable
from ebpm.logic import LogicModel, change, changes, read_logic_model, trend, trends
from ebpm.logic.fiscal import FiscalYear
from ebpm.spec.problems import problems_of
from ebpm.texts import label
from tests.logic.test_plan import FILE

HEAD = """\
schema: 1
model:
  id: m
  title: {ja: 題, en: title}
  owner: {bureau: 局}
  level: project
  fiscal_year: 2019
  problem: 課題
  goal: 目標
  target_population: 市民
nodes:
  - {id: o, stage: output, text: 箱}
edges: []
"""
SHARE = '{id: s, node: o, name: 割合, kind: outcome, unit: "%", measure: rate, direction: up, targets: [{value: 75, date: 2021-03}]}'
COUNT = "{id: c, node: o, name: 件数, kind: output, unit: 件, measure: count, direction: down}"
MEAN = "{id: a, node: o, name: 平均, kind: outcome, unit: 点, measure: mean, direction: up, valid_range: [0, 32]}"
TWO = "{id: t, node: o, name: 数・数, kind: output, measure: count, parts: [{id: x, name: 甲}, {id: y, name: 乙}]}"


def model(indicator: str, *observations: str, more: str = "") -> LogicModel:
    rows = "".join(f"  - {{{row}}}\n" for row in observations)
    return LogicModel.loads(f"{HEAD}indicators:\n  - {indicator}\nobservations:\n{rows}{more}")


def share(year: int, value: float, **facts: object) -> str:
    more = "".join(f", {name}: {fact}" for name, fact in facts.items())
    return f"indicator: s, fiscal_year: {year}, stated: '{value}', value: {value}{more}"


def count(year: int, value: float) -> str:
    return f"indicator: c, fiscal_year: {year}, stated: '{value}', value: {value}"


VERDICTS = [
    ((share(2018, 59.9, n=5000, response_rate=0.264), share(2019, 70.0, n=5000, response_rate=0.264)), "low_response"),
    ((share(2018, 50.0, n=100, response_rate=0.9), share(2019, 55.0, n=100, response_rate=0.9)), "unclear"),
    ((share(2018, 10.0, n=900, response_rate=0.9), share(2019, 90.0, n=900, response_rate=0.9)), "better"),
    ((share(2018, 90.0, n=900, response_rate=0.9), share(2019, 10.0, n=900, response_rate=0.9)), "worse"),
    ((share(2018, 10.0, response_rate=0.4), share(2019, 99.0, response_rate=0.4)), "low_response"),
    ((share(2018, 1.0, n=90, response_rate=0.49), share(2019, 99.0, n=900, response_rate=0.99)), "better"),
    ((share(2018, 50.0, n=5000, response_rate=0.6), share(2019, 60.0, n=5000, response_rate=0.6)), "better_answered"),
    ((share(2018, 60.0, n=5000, response_rate=0.6), share(2019, 50.0, n=5000, response_rate=0.6)), "worse_answered"),
    ((share(2018, 50.0, response_rate=0.9), share(2019, 60.0, response_rate=0.9)), "size_unknown"),
    ((share(2018, 50.0, n=500), share(2019, 60.0, n=500, response_rate=0.9)), "response_unknown"),
    ((share(2018, 50.0), share(2019, 60.0)), "size_unknown"),
    (
        (share(2018, 50.0, numerator=5, denominator=10), share(2019, 60.0, numerator=6, denominator=10)),
        "better",
    ),
]


@pytest.mark.parametrize(("rows", "verdict"), VERDICTS)
def test_a_share_moves_only_beyond_chance_and_silence(rows, verdict):
    assert change(model(SHARE, *rows), "s").verdict == verdict


@pytest.mark.parametrize(
    ("indicator", "values", "verdict"),
    [
        (COUNT, (10, 4), "better"),
        (COUNT, (4, 10), "worse"),
        (COUNT, (4, 4), "unchanged"),
        (COUNT.replace("direction: down", "direction: hold"), (4, 5), "higher"),
        (COUNT.replace(", direction: down", ""), (5, 4), "lower"),
    ],
)
def test_a_count_moves_as_it_is_wanted(indicator, values, verdict):
    found = change(model(indicator, count(2018, values[0]), count(2020, values[1])), "c")
    assert found.verdict == verdict
    assert found.difference == values[1] - values[0]
    assert isinstance(found.conf_low, Unavailable)


def test_a_mean_needs_more_than_two_numbers():
    rows = [
        f"indicator: a, fiscal_year: {year}, stated: '{value}', value: {value}"
        for year, value in ((2018, 20), (2019, 24))
    ]
    assert change(model(MEAN, *rows), "a").verdict == "size_unknown"
    answered = [f"{row}, response_rate: 0.4" for row in rows]
    found = change(model(MEAN, *answered), "a")
    assert found.verdict == "low_response"
    assert found.low == pytest.approx(0.4 * 24 - (0.4 * 20 + 0.6 * 32))
    assert found.high == pytest.approx(0.4 * 24 + 0.6 * 32 - 0.4 * 20)


def test_words_have_no_difference():
    found = change(
        model(COUNT, "indicator: c, fiscal_year: 2018, stated: 準備", "indicator: c, fiscal_year: 2019, stated: 実施"),
        "c",
    )
    assert found.verdict == "words_only"
    assert found.difference == Unavailable("indicator_words_only")
    assert "準備" in found.sentence("ja")


def test_the_interval_is_newcombe_s_and_the_bounds_are_worst_cases():
    rows = (share(2018, 60.0, n=80, response_rate=0.8), share(2019, 80.0, n=70, response_rate=0.7))
    found = change(model(SHARE, *rows), "s")
    assert (found.conf_low, found.conf_high) == pytest.approx((5.24, 33.39), abs=0.005)
    assert found.low == pytest.approx(100 * (0.7 * 0.8 - (0.8 * 0.6 + 0.2)))
    assert found.high == pytest.approx(100 * (0.7 * 0.8 + 0.3 - 0.8 * 0.6))


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(("rows", "verdict"), VERDICTS)
def test_a_change_is_told_in_words(rows, verdict, lang):
    text = change(model(SHARE, *rows), "s").sentence(lang)
    assert label(f"change_verdict_{verdict}", lang, minimum="50%") in text
    assert "{" not in text
    assert any(
        word in text for word in {"ja": ("効果", "せい", "進捗とはいえない"), "en": ("effect", "progress")}[lang]
    )


def test_years_are_chosen_and_must_be_there():
    rows = [count(2018, 1), count(2019, 2), count(2021, 5)]
    found = model(COUNT, *rows)
    assert change(found, "c").difference == 3
    assert change(found, "c", since=2018).difference == 4
    assert change(found, "c", since=2018, until=2019).difference == 1
    for years in ({"since": 2020}, {"until": 2018}, {"since": 2021}):
        with pytest.raises(DataError) as caught:
            change(found, "c", **years)
        assert "2018, 2019, 2021" in caught.value.given("en")
    with pytest.raises(DataError, match="two fiscal years"):
        change(model(COUNT, rows[0]), "c")


def test_parts_are_chosen_and_must_be_there():
    rows = [
        f"indicator: t, fiscal_year: {year}, part: {part}, stated: '{value}', value: {value}"
        for year, part, value in ((2018, "x", 1), (2018, "y", 10), (2019, "x", 2), (2019, "y", 30))
    ]
    found = model(TWO, *rows)
    assert change(found, "t", part="y").difference == 20
    assert [one.difference for one in changes(found)] == [1, 20]
    assert [name for name, _ in trends(found)] == ["t_x", "t_y"]
    for part in (None, "z"):
        with pytest.raises(DataError) as caught:
            trend(found, "t", part=part)
        assert "x, y" in caught.value.remedy("ja")
    with pytest.raises(DataError, match="part"):
        trend(model(COUNT, count(2018, 1)), "c", part="x")


def test_the_trend_of_the_plan_s_survey_has_its_bounds():
    (point,) = trend(read_logic_model(FILE), "in_1_1").points
    assert (point.low, point.high) == (pytest.approx(15.8136), pytest.approx(89.4136))
    assert isinstance(point.conf_low, Unavailable)
    assert "15.8～89.4" in trend(read_logic_model(FILE), "in_1_1").sentence("ja")


def test_a_trend_has_every_year_of_its_plan_and_its_targets():
    found = trend(model(SHARE, share(2018, 50.0, n=100, response_rate=0.8)), "s")
    assert found.years == (2018, 2019, 2020)
    assert found.targets == ((2020, 75.0),)
    assert found.points[0].conf_low == pytest.approx(40.38, abs=0.01)
    assert "50" in found.table("ja").to_text("ja")


def test_a_trend_needs_a_number():
    with pytest.raises(DataError, match="number"):
        trend(read_logic_model(FILE), "in_1_2")


def test_an_indicator_that_is_the_same_shares_its_values():
    second = COUNT.replace("id: c", "id: d, same_as: c")
    found = model(f"{COUNT}\n  - {second}", count(2018, 3), count(2019, 2))
    assert change(found, "d").difference == change(found, "c").difference == -1
    assert len(changes(found)) == 1


@pytest.mark.parametrize(
    ("indicator", "rows", "more", "code", "word"),
    [
        (COUNT, (count(2018, 1), count(2018, 2)), "", "logic_observed_twice", "2018"),
        (COUNT, (count(2018, 1) + ", part: x",), "", "logic_observed_part", "x"),
        (TWO, ("indicator: t, fiscal_year: 2018, stated: '1'",), "", "logic_observed_part", "x, y"),
        (SHARE, (share(2018, 59.9, numerator=6, denominator=10),), "", "logic_observed_share", "59.9"),
        (SHARE, (share(2018, 59.9, numerator=6),), "", "logic_half_share", "2018"),
        (
            COUNT,
            (count(2018, 1),),
            "statuses: [{fiscal_year: 2018, achieved: 1, in_progress: 1, preparatory: 0, under_review: 0}]",
            "logic_statuses_total",
            "2",
        ),
        (
            COUNT,
            (count(2018, 1) + ", status: achieved",),
            "statuses: [{fiscal_year: 2018, achieved: 0, in_progress: 1, preparatory: 0, under_review: 0}]",
            "logic_statuses_named",
            "achieved",
        ),
    ],
)
def test_observations_that_contradict_themselves_are_refused(indicator, rows, more, code, word):
    with pytest.raises(SpecError) as caught:
        model(indicator, *rows, more=more)
    (problem,) = problems_of(caught.value)
    assert problem.code == code
    assert problem.line > 15
    for lang in ("ja", "en"):
        assert word in caught.value.given(lang) + caught.value.remedy(lang)


@pytest.mark.parametrize(
    "row", ["n: 0", "response_rate: 26.4", "denominator: 0, numerator: 1", "status: done", "fiscal_year: 30"]
)
def test_impossible_observations_are_refused(row):
    key = row.split(":")[0]
    base = ("indicator: c, fiscal_year: 2018, stated: a", "indicator: c, stated: a")[key == "fiscal_year"]
    with pytest.raises(SpecError, match=key):
        model(COUNT, f"{base}, {row}")


def test_a_share_may_be_rounded_as_it_is_written():
    for value in (59.9, 59.91, 60):
        model(SHARE, share(2018, value, numerator=5991, denominator=10000))


@pytest.mark.parametrize(
    ("year", "ja", "en"),
    [(1926, "昭和元年度", "FY1926"), (1988, "昭和63年度", "FY1988"), (1989, "平成元年度", "FY1989"), (2018, "平成30年度", "FY2018"),
     (2019, "令和元年度", "FY2019"), (2026, "令和8年度", "FY2026"), (1900, "1900年度", "FY1900")],
)  # fmt: skip
def test_fiscal_years_are_said_by_their_era(year, ja, en):
    assert (FiscalYear(year).words("ja"), FiscalYear(year).words("en"), str(FiscalYear(year))) == (ja, en, str(year))


def test_observations_of_unknown_indicators_are_found_by_the_lint():
    from ebpm.logic import lint

    found = lint(model(COUNT, count(2018, 1).replace("indicator: c", "indicator: cc")))
    assert "cc 2018" in [notice.about for notice in found if notice.code == "LM001"]

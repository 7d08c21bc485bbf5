"""Rows without an answer, of a sample that is summed where it lies: left out of the domain, told, or refused as in memory."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ebpm import moments, survey
from ebpm.errors import DataError, DesignError

DESIGNS = [
    {},
    {"weights": "w"},
    {"weights": "w", "strata": "ward", "cluster": "street"},
    {"strata": "ward", "population": "size"},
]


def sample(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    street = rng.integers(0, 24, 600)
    table = pd.DataFrame(
        {"street": street, "ward": [f"第{one % 4}区" for one in street], "w": rng.integers(1, 5, 600) / 4, "size": 900,
         "income": 5e6 + rng.normal(size=600).round(2), "rooms": rng.integers(1, 9, 600).astype(float), "age": rng.integers(18, 90, 600),
         "view": rng.choice(["賛成", "反対", "不明"], 600), "arm": rng.integers(0, 3, 600)}
    )  # fmt: skip
    for column in ("income", "rooms", "view"):
        table.loc[rng.random(600) < 0.15, column] = None
    return table


def beyond(table: pd.DataFrame) -> moments.Scan:
    return moments.scan(pl.from_pandas(table).lazy(), memory=8 * table.size - 1)


def same(memory, summed):
    assert memory.terms == summed.terms
    for left, right in zip(memory.items, summed.items, strict=True):
        assert left.n == right.n
        for name in ("estimate", "std_error", "df", "conf_low", "conf_high"):
            assert getattr(right, name) == pytest.approx(getattr(left, name), rel=1e-9), name
    scale = np.sqrt(np.diag(memory.covariance))
    np.testing.assert_allclose(
        summed.covariance / scale / scale[:, None], memory.covariance / scale / scale[:, None], atol=1e-9
    )
    assert sorted(map(str, summed.notices)) == sorted(map(str, memory.notices))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("outcome", ["income", "view", ["income", "rooms", "view"]])
@pytest.mark.parametrize("domain", [{}, {"by": "arm"}, {"where": {"arm": [0, 2]}}])
def test_rows_without_an_answer_are_left_out_of_the_domain(design, outcome, domain):
    table = sample()
    asked = {**design, **domain, "missing": "domain"}
    memory, summed = survey.mean(table, outcome, **asked), survey.mean(beyond(table), outcome, **asked)
    same(memory, summed)
    assert "S120" in summed.notices.codes


def test_totals_ratios_and_codes_too():
    table, asked = sample(2), {"weights": "w", "cluster": "street", "missing": "domain"}
    same(survey.total(table, "income", **asked), survey.total(beyond(table), "income", **asked))
    ratio = {"denominator": "rooms", **asked}
    same(survey.ratio(table, "income", **ratio), survey.ratio(beyond(table), "income", **ratio))
    same(survey.proportion(table, "rooms", **asked), survey.proportion(beyond(table), "rooms", **asked))


def test_answers_outside_of_the_domain_need_not_be_known():
    table = sample(3)
    table["income"] = table["income"].where(table["arm"] != 1, 5e6 + table["age"])
    assert table["income"].isna().any()
    asked = {"where": {"arm": 1}, "weights": "w"}
    same(survey.mean(table, "income", **asked), survey.mean(beyond(table), "income", **asked))


@pytest.mark.parametrize("domain", [{}, {"where": {"arm": 0}}])
def test_answers_within_it_must_be_known(domain):
    for data in (sample(), beyond(sample())):
        with pytest.raises(DataError) as raised:
            survey.mean(data, "income", **domain)
        assert raised.value.code == "missing_values"


def test_nobody_answered():
    table = sample().assign(income=np.nan)
    for data in (table, beyond(table)):
        with pytest.raises(DataError) as raised:
            survey.mean(data, "income", missing="domain")
        assert raised.value.code == "survey_empty_domain"


def test_sums_at_hand_do_not_know_who_answered():
    sums = moments.scan(pl.from_pandas(sample()[["age", "arm"]]).lazy())
    from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups

    found = scan_groups(sums, GroupRequest(keys=("arm",), numbers=("age",)))
    with pytest.raises(DesignError) as raised:
        survey.mean(found, "age", by="arm", missing="domain")
    assert raised.value.code == "scan_only_sums"


@pytest.mark.parametrize("outcome", ["income", "denominator"])
def test_a_ratio_of_a_column_that_is_missing(outcome):
    table = sample().drop(columns="income" if outcome == "income" else "rooms")
    for data in (table, beyond(table)):
        with pytest.raises(DataError) as raised:
            survey.ratio(data, "income", denominator="rooms")
        assert raised.value.code == "missing_column"


def test_an_empty_table_has_no_rows():
    for data in (sample()[:0], moments.scan(sample()[:0])):
        with pytest.raises(DataError) as raised:
            survey.mean(data, "income", where={"arm": 1})
        assert raised.value.code == "empty_data"

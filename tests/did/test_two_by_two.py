"""2x2: equal to four means, words, notices, refusals."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {"treated": np.repeat([0, 1], [60, 50]), "post": np.tile([0, 1], 55), "x": rng.normal(size=110)}
    )
    table["ward"] = table.treated * 100 + rng.integers(0, 12, 110)
    return table.assign(y=rng.normal(size=110) + 2.0 * table.treated * table.post + table.x)


def fitted(rows, **choices):
    return did.two_by_two(rows, "y", **{"treated": "treated", "post": "post", **choices})


def test_it_is_the_difference_of_two_differences_of_means(rows):
    means = rows.groupby(["treated", "post"]).y.mean()
    by_hand = (means[1, 1] - means[1, 0]) - (means[0, 1] - means[0, 0])
    assert fitted(rows).headline.estimate == pytest.approx(by_hand, rel=1e-12)


def test_the_default_error_is_that_of_four_independent_means(rows):
    cells = rows.groupby(["treated", "post"]).y
    neyman = np.sqrt((cells.var(ddof=1) / cells.count()).sum())
    assert fitted(rows).headline.std_error == pytest.approx(neyman, rel=1e-12)  # HC2 of a saturated regression


def test_the_default_with_clusters_is_cr2(rows):
    assert fitted(rows, cluster="ward").headline == fitted(rows, cluster="ward", errors="CR2").headline
    assert fitted(rows, cluster="ward").headline.df < rows.ward.nunique() - 1


def test_booleans_are_zero_and_one(rows):
    assert fitted(rows.astype({"treated": bool, "post": bool})).headline == fitted(rows).headline


def test_few_clusters_are_noticed_and_enough_are_not(rows):
    few = rows.assign(ward=rows.treated * 100 + rows.index % 4)
    notice = next(iter(fitted(few, cluster="ward").notices))
    assert (notice.code, dict(notice.facts)) == ("D211", {"treated": 4, "comparison": 4, "least": 6})
    more = rows.assign(ward=rows.treated * 100 + rows.index % 7)
    assert fitted(more, cluster="ward").notices.codes == ()
    assert fitted(more, cluster="ward", errors="CR1").notices.codes == ("D211",)
    assert fitted(rows, cluster="ward").notices.codes == ()
    assert fitted(few).notices.codes == ()


def test_it_says_what_it_is(rows):
    headline = fitted(rows, cluster="ward").in_unit("kWh").headline
    assert "kWh" in headline.sentence("en")
    assert "クラスター" in headline.sentence("ja")
    assert (headline.estimand, headline.method, headline.n) == ("att", "did.two_by_two", 110)
    assert headline.references


REFUSED = {
    "not 0 and 1": ({"treated": "ward"}, {}, DataError, "did.att_gt"),
    "no column": ({"post": "after"}, {}, DataError, "post='after'"),
    "text": ({"covariates": ["z"]}, {"z": "a"}, DataError, "holds 'a' in row 1"),
    "one group": ({}, {"treated": 1}, DesignError, "treated = 0 and post = 0"),
    "one time": ({}, {"post": 0}, DesignError, "post = 1"),
    "cluster errors without clusters": ({"errors": "CR2"}, {}, DataError, "HC2, HC0"),
    "unclustered errors with clusters": ({"errors": "HC1", "cluster": "ward"}, {}, DataError, "CR2, CR0"),
    "collinear": ({"covariates": ["x", "twice"]}, {"twice": lambda table: 2 * table.x}, DesignError, "twice"),
    "one cluster": ({"cluster": "one"}, {"one": 1}, DesignError, "cluster"),
    "missing": ({}, {"y": np.nan}, DataError, "missing in 110 rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(rows, case):
    choices, changes, kind, said = REFUSED[case]
    with pytest.raises(kind) as caught:
        fitted(rows.assign(**changes), **choices)
    assert said in str(caught.value)
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )

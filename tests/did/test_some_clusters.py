"""Between 10 and 30 clusters on the smaller side: asymptotic intervals are noticed as a little too narrow, and those advised are not."""

import pytest

from ebpm import did
from tests.did.test_cluster_arms import ROUTINES, panel

EVERY = pytest.mark.parametrize("routine", ROUTINES)


@pytest.mark.parametrize(("sizes", "errors", "noticed"), [
    ({0: 40, 4: 20}, "asymptotic", True), ({0: 20, 4: 40}, "asymptotic", True), ({0: 40, 4: 20}, "satterthwaite", False),
    ({0: 30, 4: 30}, "asymptotic", False), ({0: 30, 4: 9}, "asymptotic", False),
])  # fmt: skip
@EVERY
def test_it_is_noticed_unless_errors_allow_for_it(routine, sizes, errors, noticed):
    found = ROUTINES[routine](panel(sizes, units=2), cluster="place", errors=errors).notices
    assert ("D250" in found.codes) == noticed
    assert not {"D211", "D250"} <= set(found.codes)


@pytest.mark.parametrize(("errors", "noticed"), [("CR1", True), ("CR2", False)])
def test_regressions_by_cluster_name_cr2(errors, noticed):
    data = panel({0: 40, 4: 20}).assign(d=lambda t: (t.g > 0) & (t.t >= t.g))
    found = did.twfe(data, "y", unit="id", time="t", treatment="d", cluster="place", errors=errors).notices
    assert ("D250" in found.codes) == noticed


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_counts_and_says_what_to_do(lang):
    found = did.att_gt(panel({0: 40, 4: 20}), "y", unit="id", time="t", first_treated="g", cluster="place").notices
    (notice,) = [one for one in found if one.code == "D250"]
    assert dict(notice.facts) == {"treated": 20, "comparison": 40, "least": 30}
    assert 'errors="satterthwaite"' in notice.remedy(lang)


@pytest.mark.parametrize(("clusters", "few"), [(60, True), (96, False)])
def test_what_is_advised_does_not_raise_it(clusters, few):
    data = panel({0: clusters // 3, 3: clusters // 3, 5: clusters // 3}, units=2)
    keys = {"unit": "id", "time": "t", "first_treated": "g", "cluster": "place"}
    advice = did.advise(data, "y", **keys)
    head = advice.items[0]
    assert ("errors" in head.arguments) == few
    assert not {"D211", "D250"} & set(did.att_gt(data, "y", **head.arguments).notices.codes)


@pytest.mark.parametrize("routine", ["imputation", "two_stage"])
def test_units_treated_later_are_counted_only_as_long_as_they_are_untreated(routine):
    few = ROUTINES[routine](panel({0: 4, 3: 20, 5: 20}, units=2), cluster="place").notices
    (notice,) = [one for one in few if one.code == "D211"]
    assert dict(notice.facts) == {"treated": 40, "comparison": 4, "least": 10}
    late = ROUTINES[routine](panel({3: 35, 5: 32}, units=2), cluster="place").notices
    assert not {"D211", "D250"} & set(late.codes)

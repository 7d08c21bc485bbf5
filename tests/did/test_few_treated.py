"""Inference with very few treated units: exact placebo shares, sizes, inversion, refusals."""

import numpy as np
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from tests.did.panels import COLUMNS, NEVER, panel


def sized(cohorts, **how):
    data = panel(cohorts, **how)
    sizes = np.random.default_rng(7).integers(20, 500, data["unit"].nunique())
    return data.assign(pupils=sizes[data["unit"]].astype(float))


def changes(data, first):
    after = data["time"] >= first
    return (data[after].groupby("unit")["y"].mean() - data[~after].groupby("unit")["y"].mean()).to_numpy()


def test_one_treated_unit_is_its_place_among_all_units():
    data = panel({NEVER: 24, 5: 1}, effect=0.8, seed=3)
    found = did.few_treated(data, "y", **COLUMNS)
    W = changes(data, 5)
    others = W.sum() - W
    gaps = W - others / (len(W) - 1)
    assert found.estimate.estimate == pytest.approx(gaps[-1])
    assert found.possible == 25
    assert found.estimate.p_value == pytest.approx(np.mean(np.abs(gaps) >= abs(gaps[-1]) - 1e-12))
    np.testing.assert_allclose(np.sort(found.distribution), np.sort(gaps), rtol=1e-9)


def test_units_with_dates_of_their_own_are_compared_at_their_dates():
    data = panel({NEVER: 12, 4: 1, 6: 2}, effect=2.0, seed=3)
    found = did.few_treated(data, "y", **COLUMNS)
    own = [changes(data, 4), changes(data, 6)]
    effect = ((own[0][12] - own[0][:12].mean()) + 2 * (own[1][13:].mean() - own[1][:12].mean())) / 3
    assert found.estimate.estimate == pytest.approx(effect)
    unequal = did.few_treated(
        sized({NEVER: 12, 4: 1, 6: 2}, effect=2.0, seed=3), "y", **COLUMNS, size="pupils", method="ferman_pinto"
    )
    assert unequal.estimate.estimate == pytest.approx(effect)


@pytest.mark.parametrize("method", ["conley_taber", "ferman_pinto"])
def test_the_interval_is_where_the_null_begins_to_be_rejected(method):
    data = sized({NEVER: 30, 5: 2}, effect=1.0, seed=3)
    how = {"size": "pupils", "method": method, "draws": 1999}
    found = did.few_treated(data, "y", **COLUMNS, **how)
    for end, sign in ((found.estimate.conf_low, -1), (found.estimate.conf_high, 1)):
        inside, outside = (
            did.few_treated(data, "y", **COLUMNS, **how, null=end + step * sign) for step in (-1e-4, 1e-4)
        )
        assert outside.estimate.p_value <= 0.05 < inside.estimate.p_value


def test_equal_sizes_leave_little_between_the_two():
    data = panel({NEVER: 60, 5: 2}, effect=0.5, seed=3).assign(pupils=30.0)
    plain, unequal = (
        did.few_treated(data, "y", **COLUMNS, size="pupils", method=one) for one in ("conley_taber", "ferman_pinto")
    )
    assert unequal.estimate.p_value == pytest.approx(plain.estimate.p_value, abs=0.03)


def test_a_small_treated_unit_is_given_a_wider_interval():
    data = panel({NEVER: 40, 5: 1}, effect=0.0, noise=0.0, seed=3)
    sizes = np.append(np.full(40, 900.0), 9.0)
    noise = np.random.default_rng(5).normal(size=(41, 8)) / np.sqrt(sizes)[:, None]
    data = data.assign(pupils=sizes[data["unit"]], y=data["time"] + 3 * noise.ravel())
    plain, unequal = (
        did.few_treated(data, "y", **COLUMNS, size="pupils", method=one) for one in ("conley_taber", "ferman_pinto")
    )
    width = [one.estimate.conf_high - one.estimate.conf_low for one in (plain, unequal)]
    assert width[1] > 2 * width[0]
    assert plain.notices.codes == ("D244", "D248")
    assert unequal.notices.codes == ("D244",)


def test_the_notices_do_not_fire_with_enough_units_of_like_size():
    data = panel({NEVER: 30, 5: 8}, effect=0.5).assign(pupils=30.0)
    assert did.few_treated(data, "y", **COLUMNS, size="pupils", draws=999).notices.codes == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("method", ["conley_taber", "ferman_pinto"])
def test_words_and_figure(lang, method):
    found = did.few_treated(sized({NEVER: 20, 5: 2}), "y", **COLUMNS, size="pupils", method=method, draws=999)
    assert {"ja": "処置", "en": "treated"}[lang] in found.summary(lang)
    found.plot(lang=lang).figure.draw_without_rendering()


REFUSED = {
    "no size": ({"method": "ferman_pinto"}, DataError, "did_no_size"),
    "size of zero": ({"method": "ferman_pinto", "size": "nothing"}, DataError, "negative_weights"),
    "method": ({"method": "ordinary"}, DataError, "bad_choice"),
    "draws": ({"draws": 3}, DesignError, "did_too_few_draws"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    choices, kind, code = REFUSED[case]
    with pytest.raises(kind) as caught:
        did.few_treated(panel({NEVER: 6, 4: 2}).assign(nothing=0.0), "y", **COLUMNS, **choices)
    assert caught.value.code == code


def test_units_never_treated_are_needed():
    with pytest.raises(DesignError) as caught:
        did.few_treated(panel({3: 6, 5: 6}), "y", **COLUMNS)
    assert caught.value.code == "did_no_never_treated"

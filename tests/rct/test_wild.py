"""The wild cluster bootstrap: against one written out row by row, weights, scale, interval; bad input."""

import itertools

import numpy as np
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.stats.redrawn.wild import WEBB, wild_bootstrap
from tests.rct.test_difference import trial


def by_rows(design, outcome, school, place, *, restricted, signs):
    """Return t of the data and of the bootstrap samples, each refitted row by row."""
    bread = np.linalg.inv(design.T @ design)

    def t(y, null):
        fit = bread @ design.T @ y
        scores = np.array([design[school == g].T @ (y - design @ fit)[school == g] for g in np.unique(school)])
        return (fit[place] - null) / np.sqrt(((scores @ bread[place]) ** 2).sum())

    kept = np.delete(design, place, axis=1) if restricted else design
    fitted = kept @ np.linalg.lstsq(kept, outcome, rcond=None)[0]
    null = 0.0 if restricted else (bread @ design.T @ outcome)[place]
    return t(outcome, 0.0), [t(fitted + v[school] * (outcome - fitted), null) for v in signs]


@pytest.mark.parametrize("restricted", [True, False])
def test_it_is_the_bootstrap_written_out_row_by_row(restricted):
    data = trial(clusters=6)
    design = np.column_stack([np.ones(len(data)), data.arm, data.before - 10])
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=6)))
    observed, redrawn = by_rows(
        design, data.kwh.to_numpy(), data.school.to_numpy(), 1, restricted=restricted, signs=signs
    )
    parts = [design[data.school == g] for g in range(6)]
    cross = np.array([part.T @ data.kwh[data.school == g] for g, part in enumerate(parts)])
    found = wild_bootstrap(
        np.array([part.T @ part for part in parts]), cross, contrast=np.eye(3)[1], restricted=restricted
    )
    assert found.draws.observed() == pytest.approx(observed, rel=1e-9)
    assert sorted(found.draws.statistics()) == pytest.approx(sorted(redrawn), rel=1e-6, abs=1e-8)


def test_the_estimate_is_that_of_lin():
    data = trial(clusters=14)
    what = {"treatment": "arm", "cluster": "school", "covariates": ["before"]}
    ours, lins = rct.wild_cluster(data, "kwh", **what).headline, rct.lin(data, "kwh", **what).headline
    assert ours.estimate == pytest.approx(lins.estimate, rel=1e-9)
    assert (ours.n, ours.clusters) == (lins.n, lins.clusters)
    plain = rct.wild_cluster(data, "kwh", treatment="arm", cluster="school").headline
    alone = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school").headline
    assert plain.estimate == pytest.approx(alone.estimate, rel=1e-9)


@pytest.mark.parametrize("residuals", ["restricted", "unrestricted"])
@pytest.mark.parametrize("multipliers", ["rademacher", "webb"])
def test_shift_and_scale_of_the_outcome(residuals, multipliers):
    data = trial(clusters=10)
    what = {"treatment": "arm", "cluster": "school", "residuals": residuals, "multipliers": multipliers, "draws": 499}
    one = rct.wild_cluster(data, "kwh", **what).headline
    other = rct.wild_cluster(data.assign(kwh=1e4 + 50 * data.kwh), "kwh", **what).headline
    assert other.p_value == one.p_value
    assert (other.estimate, other.std_error) == pytest.approx((50 * one.estimate, 50 * one.std_error), rel=1e-7)
    assert (other.conf_low, other.conf_high) == pytest.approx((50 * one.conf_low, 50 * one.conf_high), rel=1e-6)


def test_row_order_and_labels_do_not_matter_when_all_signs_are_tried():
    data = trial(clusters=9)
    mixed = data.sample(frac=1, random_state=1).assign(school=lambda d: 100 - d.school)
    ours = rct.wild_cluster(data, "kwh", treatment="arm", cluster="school").headline
    theirs = rct.wild_cluster(mixed, "kwh", treatment="arm", cluster="school").headline
    assert (ours.p_value, ours.conf_low) == pytest.approx((theirs.p_value, theirs.conf_low), rel=1e-8)


def test_draws_come_near_the_enumeration(monkeypatch):
    data = trial(clusters=12)
    what = {"treatment": "arm", "cluster": "school"}
    exact = rct.wild_cluster(data, "kwh", **what).headline
    monkeypatch.setattr("ebpm.stats.redrawn.wild.ENUMERABLE", 10)
    drawn = rct.wild_cluster(data, "kwh", draws=8000, **what).headline
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.02)
    assert drawn.p_value != exact.p_value


def test_webb_weights_have_mean_square_one():
    assert (WEBB**2).mean() == pytest.approx(1.0)


def test_five_clusters_cannot_reject_at_five_per_cent():
    one = rct.wild_cluster(trial(clusters=5), "kwh", treatment="arm", cluster="school").headline
    assert one.p_value >= 2 / 32
    assert np.isinf(one.conf_high - one.conf_low)


def test_notices_and_words():
    found = rct.wild_cluster(trial(clusters=10), "kwh", treatment="arm", cluster="school")
    assert "R101" in found.notices
    assert "wild cluster bootstrap" in found.summary("en")
    assert "ブートストラップ" in found.summary("ja")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"residuals": "both"}, "restricted, unrestricted"), ({"multipliers": "normal"}, "rademacher, webb")],
)
def test_unknown_choices_are_refused(wrong, said):
    with pytest.raises(DataError, match=said):
        rct.wild_cluster(trial(), "kwh", treatment="arm", cluster="school", **wrong)


def test_too_few_draws_and_pairs_are_refused():
    with pytest.raises(DesignError, match="too few draws"):
        rct.wild_cluster(trial(), "kwh", treatment="arm", cluster="school", draws=10)
    pairs = trial(clusters=12).assign(pair=lambda d: d.school // 2)
    with pytest.raises(DesignError, match="Pairs"):
        rct.wild_cluster(pairs, "kwh", treatment="arm", cluster="school", strata="pair")

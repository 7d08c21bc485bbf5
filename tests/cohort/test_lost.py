"""Persons who are lost: closed forms, standard errors by moving each person's weight, truths known, bad inputs."""

import numpy as np
import pandas as pd
import pytest

from ebpm import DataError, DesignError, cohort
from tests.cohort.cohorts import COVARIATES, cohort_of, followed, records, trial

SMALL = 50


def outcomes_lost(n=400, seed=0):
    """The cohort of tests, whose untreated with a high x are often not seen."""
    data = cohort_of(seed, n)
    chance = 1 / (1 + np.exp(-(1.5 - 1.2 * data["x"] * (1 - data["treated"]))))
    return data.assign(y=data["y"].where(np.random.default_rng(seed + 1).random(n) < chance))


def moved(estimate, data, terms):
    """Standard errors from what the estimates do when each person's sampling weight is moved a little."""
    changes = []
    for person in range(len(data)):
        up, down = (
            estimate(data.assign(w=np.where(np.arange(len(data)) == person, 1.0 + step, 1.0))) for step in (1e-4, -1e-4)
        )
        changes.append([(up[term].estimate - down[term].estimate) / 2e-4 for term in terms])
    return np.sqrt(np.square(changes).sum(axis=0))


def weighted(data, **choices):
    options = {"treatment": "treated", "covariates": COVARIATES, "lost": "weighted"} | choices
    return cohort.iptw(data, "y", **options)


def survival(data, **choices):
    options = {"event": "back", "treatment": "treated", "covariates": COVARIATES, "horizon": 300, "loss_steps": 60}
    return cohort.iptw_survival(data, "days", **(options | choices))


def test_with_one_binary_covariate_the_lost_count_as_those_like_them():
    old, treated = np.repeat([0, 1], 12), np.r_[np.ones(4), np.zeros(8), np.ones(8), np.zeros(4)]
    y = np.r_[[5.0, 6, np.nan, 6], np.arange(8.0), [np.nan, *np.arange(7.0) + 10], [3.0, 4, np.nan, 8]]
    data = pd.DataFrame({"old": old, "treated": treated.astype(int), "y": y})
    # being seen depends on treatment and age without an interaction here, so that the fit is not the shares themselves
    design = np.column_stack([np.ones(24), treated, old])
    seen, b = ~np.isnan(y), np.zeros(3)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ b))
        b += np.linalg.solve(design.T @ (design * (p * (1 - p))[:, None]), design.T @ (seen - p))
    share = np.where(old == 1, 8 / 12, 4 / 12)
    w = np.where(seen, 1 / np.where(treated == 1, share, 1 - share) * (1 + np.exp(-design @ b)), 0.0)
    means = [np.average(np.nan_to_num(y)[treated == arm], weights=w[treated == arm]) for arm in (0, 1)]
    found = weighted(data, covariates=["old"]).estimates
    assert found["difference"].estimate == pytest.approx(means[1] - means[0], rel=1e-9)


@pytest.mark.parametrize("choices", [{"estimand": "ato"}, {"form": "horvitz_thompson"}])
def test_standard_errors_count_both_fits(choices):
    data, terms = outcomes_lost(SMALL), ("difference", "mean_treated", "mean_untreated")
    found = weighted(data, **choices).estimates
    expected = moved(lambda changed: weighted(changed, weights="w", **choices).estimates, data, terms)
    assert [found[term].std_error for term in terms] == pytest.approx(expected, rel=1e-4)


def test_it_undoes_what_the_loss_did():
    seeds = range(6)
    complete, dropped, made_up = (
        np.mean([routine(seed) for seed in seeds]) for routine in (
            lambda seed: cohort.iptw(cohort_of(seed, 2000), "y", treatment="treated", covariates=COVARIATES).estimates.headline.estimate,
            lambda seed: cohort.iptw(outcomes_lost(2000, seed).dropna(), "y", treatment="treated", covariates=[]).estimates.headline.estimate,
            lambda seed: weighted(outcomes_lost(2000, seed), covariates=["x", "z"]).estimates.headline.estimate,
        )
    )  # fmt: skip
    assert abs(made_up - complete) < 0.35 * abs(dropped - complete)


def test_without_a_loss_nothing_changes_and_nothing_is_said():
    data = cohort_of()
    ours, plain = weighted(data), cohort.iptw(data, "y", treatment="treated", covariates=COVARIATES)
    assert ours.estimates.headline == plain.estimates.headline
    assert "C416" not in ours.notices.codes


def test_the_loss_is_noticed_by_arm():
    data = outcomes_lost()
    notice = next(one for one in weighted(data).notices if one.code == "C416")
    shares = 100 * data["y"].isna().groupby(data["treated"]).mean()
    assert notice.facts["n"] == 400
    assert float(notice.facts["untreated"]) == pytest.approx(shares[0], abs=0.05)
    assert float(notice.facts["treated"]) == pytest.approx(shares[1], abs=0.05)


def test_lost_outcomes_are_refused_unless_asked_for():
    with pytest.raises(DataError, match="y"):
        weighted(outcomes_lost(), lost="refused")
    with pytest.raises(DataError, match="lost"):
        weighted(outcomes_lost(), lost="drop")


def test_a_loss_that_covariates_tell_exactly_is_refused():
    data = cohort_of()
    with pytest.raises(DesignError, match="exactly whose outcome"):
        weighted(data.assign(y=data["y"].where(data["z"] == 0)))
    with pytest.raises(DesignError, match="exactly whose outcome"):
        weighted(data.assign(y=np.nan))


def test_risks_by_hand_where_nobody_leaves_inside_a_step():
    """Two steps, losses at the end of the first: the risk of the second step counts those who stay for those who left."""
    n = 40
    data = pd.DataFrame({"treated": np.arange(n) % 2, "z": np.arange(n) // 2 % 2})
    place = np.arange(n) // 4
    cases = [place < 2, place < np.where(data["z"] == 1, 5, 3), place < 7]
    days, back = np.select(cases, [5.0, 10.0, 15.0], 20.0), np.select(cases, [1, 0, 1], 0)
    data = data.assign(days=days, back=back)
    found = survival(data, covariates=["z"], horizon=20, loss_steps=10).estimates
    # 4 of 20 persons an arm have the event at day 5; of the 16 others 3 of 8 with z = 1 leave at day 10, and 1 of 8 with z = 0
    for arm, name in ((1, "risk_treated"), (0, "risk_untreated")):
        own = data[data["treated"] == arm]
        after = own[own["days"] > 10]
        w = 1 / after["z"].map({0: 7 / 8, 1: 5 / 8})
        second = (w * after["back"]).sum() / w.sum()
        assert found[name].estimate == pytest.approx(1 - (1 - 4 / 20) * (1 - second), rel=1e-6)


@pytest.mark.parametrize("choices", [{}, {"estimand": "att", "loss_steps": 100}])
def test_standard_errors_of_survival_count_both_fits(choices):
    data = followed(3, SMALL)
    terms = ("risk_difference", "rmst_difference", "log_hazard_ratio")
    found = survival(data, **choices).estimates
    expected = moved(lambda changed: survival(changed, weights="w", **choices).estimates, data, terms)
    assert [found[term].std_error for term in terms] == pytest.approx(expected, rel=2e-3)


def test_a_loss_after_the_horizon_or_none_is_the_plain_analysis():
    data = followed(3)
    data = data.assign(days=np.where(data["back"] == 1, data["days"], 365.0))
    assert survival(data).estimates.headline.estimate == survival(data, loss_steps=0).estimates.headline.estimate
    assert "C417" not in survival(data).notices.codes
    assert "C417" in survival(followed(3)).notices.codes


def test_a_landmark_trial_makes_up_for_those_who_left():
    plain = cohort.emulate(records(), "back", trial=trial(), covariates=["x"])
    window = {"days": 365, "interval": 15, "ends": ["left"], "lost": "weighted"}
    ours = cohort.emulate(records(), "back", trial=trial(follow_up=window), covariates=["x"])
    assert "C417" in ours.notices.codes
    assert ours.estimates.headline.estimate == pytest.approx(plain.estimates.headline.estimate, abs=0.02)
    assert ours.estimates.headline.estimate != plain.estimates.headline.estimate


def test_a_loss_over_time_that_covariates_tell_exactly_is_refused():
    data = followed(3)
    stays = (data["z"] == 0) & (data["back"] == 0)
    with pytest.raises(DesignError, match="exactly whose outcome"):
        survival(data.assign(days=np.where(stays, 365.0, data["days"])), covariates=["z"], loss_steps=300)

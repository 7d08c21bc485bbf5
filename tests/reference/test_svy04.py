"""Cases svy04 to svy08: R survey 4.1.1 on stratified, clustered and two-stage samples, to eight digits and better."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.estimate import Unavailable

HERE = Path(__file__).parent
STRATIFIED, CLUSTERED, STAGES = "svy04_api_stratified", "svy05_api_clusters", "svy06_api_two_stage"
DESIGNS = {
    STRATIFIED: {"strata": "stype", "population": "fpc"},
    CLUSTERED: {"cluster": "dnum", "population": "fpc"},
    STAGES: {"cluster": ["dnum", "snum"], "population": ["fpc1", "fpc2"]},
}
WEIGHTS = {STRATIFIED: {"weights": "pw"}, CLUSTERED: {"weights": "pw"}, STAGES: {}}
ONE_STAGE, ALL = (STRATIFIED, CLUSTERED), (STRATIFIED, CLUSTERED, STAGES)
TYPES, WIDE = {"E": 4421, "H": 755, "M": 1018}, {"No": 1072, "Yes": 5122}
TOTALS = {"stype": TYPES, "api99": 3914069}
THEIRS = {"t": "mean", "logit": "logit", "korn_graubard": "beta", "arcsine": "asin"}
RTOL = 1e-8


@cache
def data(case):
    return pd.read_csv(HERE / case / "data.csv")


@cache
def expected(case):
    return json.loads((HERE / case / "case.json").read_text(encoding="utf-8"))["expected"]


def design(case):
    return DESIGNS[case] | WEIGHTS[case]


def assert_same(one, theirs, *, rtol=RTOL):
    """Values and standard errors agree; errors that are zero are so up to rounding."""
    assert one.estimate == pytest.approx(theirs["estimate"], rel=rtol)
    assert one.std_error == pytest.approx(theirs["se"], rel=rtol, abs=1e-9 * abs(theirs["estimate"]))
    for end in ("low", "high"):
        if end in theirs:
            assert getattr(one, f"conf_{end}") == pytest.approx(theirs[end], rel=rtol)


@pytest.mark.parametrize("case", ONE_STAGE)
def test_means_totals_ratios_and_shares(case):
    known, sample, columns = expected(case)["basics"], data(case), design(case)
    assert_same(survey.mean(sample, "api00", **columns).headline, known["mean"])
    assert survey.mean(sample, "api00", **columns).headline.df == known["df"]
    for one in survey.mean(sample, ["api99", "api00"], **columns):
        assert_same(one, known["two"][one.term])
    assert_same(survey.total(sample, "enroll", **columns).headline, known["total"])
    assert_same(survey.ratio(sample, "api.stu", denominator="enroll", **columns).headline, known["ratio"])
    for statistic, name in ((survey.mean, "shares"), (survey.total, "counts")):
        for one in statistic(sample, "stype", **columns):
            assert_same(one, known[name][f"stype{one.term}"])


def test_two_stages_with_a_correction_at_each():
    known, sample, columns = expected(STAGES), data(STAGES), design(STAGES)
    assert_same(survey.mean(sample, "api00", **columns).headline, known["mean"])
    assert survey.mean(sample, "api00", **columns).headline.df == known["df"]
    assert_same(survey.total(sample, "api00", **columns).headline, known["total"])
    assert_same(survey.ratio(sample, "api00", denominator="api99", **columns).headline, known["ratio"])
    for statistic, name in ((survey.mean, "shares"), (survey.total, "counts")):
        for one in statistic(sample, "stype", **columns):
            assert_same(one, known[name][f"stype{one.term}"])


def test_rows_are_the_units_of_a_stage_without_a_cluster_column():
    known, sample = expected(STAGES), data(STAGES)
    assert_same(survey.mean(sample, "api00", cluster="dnum", population=["fpc1", "fpc2"]).headline, known["mean"])
    first = survey.mean(sample, "api00", weights="pw", cluster="dnum", population="fpc1")
    assert_same(first.headline, known["first_stage_only"])


def test_rows_without_an_answer_are_outside_of_the_domain():
    known, sample, columns = expected(STAGES), data(STAGES), design(STAGES)
    found = survey.mean(sample, "enroll", missing="domain", **columns)
    assert_same(found.headline, known["enroll_mean"])
    assert "S120" in found.notices
    assert_same(survey.total(sample, "enroll", missing="domain", **columns).headline, known["enroll_total"])


@pytest.mark.parametrize("case", ONE_STAGE)
def test_domains_keep_the_whole_design(case):
    known, sample, columns = expected(case)["domains"], data(case), design(case)
    wide = {"sch.wide": "Yes"}
    assert_same(survey.mean(sample, "api00", where=wide, **columns).headline, known["mean_wide"])
    assert_same(survey.total(sample, "enroll", where=wide, **columns).headline, known["total_wide"])
    ratio = survey.ratio(sample, "api.stu", denominator="enroll", where=wide, **columns)
    assert_same(ratio.headline, known["ratio_wide"])
    high = survey.mean(sample, "api00", where={"stype": ["H"]}, **columns).headline
    assert_same(high, known["mean_high"])
    assert high.df == known["df_high"]
    for one in survey.mean(sample, "api00", by="stype", **columns):
        assert_same(one, known["by_stype"][one.term])


def test_domains_of_two_stages():
    known, sample, columns = expected(STAGES), data(STAGES), design(STAGES)
    assert_same(survey.mean(sample, "api00", where={"sch.wide": "Yes"}, **columns).headline, known["mean_wide"])
    high = survey.mean(sample, "api00", where={"stype": "H"}, **columns).headline
    assert_same(high, known["mean_high"])
    assert high.df == known["df_high"]


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("interval", THEIRS)
def test_intervals_of_a_share(case, interval):
    found = survey.proportion(data(case), "sch.wide", interval=interval, **design(case))["Yes"]
    assert_same(found, expected(case)["props"][THEIRS[interval]])


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("rule", ["math", "school", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"])
def test_quantiles_by_rule(case, rule):
    assert_quantiles(case, expected(case)["quantiles"][rule], rule=rule)


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("interval", ["korn_graubard", "arcsine"])
def test_quantiles_by_interval(case, interval):
    assert_quantiles(case, expected(case)["quantiles"][THEIRS[interval]], interval=interval)


def assert_quantiles(case, theirs, **how):
    found = survey.quantiles(data(case), "api00", probabilities=[one["p"] for one in theirs], **how, **design(case))
    for one, known in zip(found, theirs, strict=True):
        if known["se"] == "NaN":
            assert isinstance(one.std_error, Unavailable)
            assert one.estimate == pytest.approx(known["estimate"], rel=RTOL)
        else:
            assert_same(one, known)


@pytest.mark.parametrize("case", ONE_STAGE)
def test_design_effects(case):
    known, sample, columns = expected(case)["deff"], data(case), design(case)
    for replacement, name in ((False, "mean"), (True, "mean_replace")):
        found = survey.design_effects(sample, ["api00", "enroll"], replacement=replacement, **columns)
        for one in found.items:
            assert one.deff == pytest.approx(known[name][one.term], rel=RTOL)
    total = survey.design_effects(sample, "enroll", statistic="total", **columns)
    assert total.items[0].deff == pytest.approx(known["total"]["enroll"], rel=RTOL)


def test_design_effect_of_two_stages():
    known, sample, columns = expected(STAGES), data(STAGES), design(STAGES)
    for replacement, name in ((False, "deff"), (True, "deff_replace")):
        found = survey.design_effects(sample, "api00", replacement=replacement, **columns)
        assert found.items[0].deff == pytest.approx(known[name]["api00"], rel=RTOL)


CALIBRATED = {
    "post": lambda sample: survey.post_stratify(sample, "stype", cells=TYPES, weights="pw"),
    "rake": lambda sample: survey.rake(
        sample, {"stype": TYPES, "sch.wide": WIDE}, weights="pw", residuals="unweighted"
    ),
    "linear": lambda sample: survey.calibrate(sample, TOTALS, weights="pw"),
    "raking": lambda sample: survey.calibrate(sample, TOTALS, weights="pw", distance="raking"),
    "logit": lambda sample: survey.calibrate(sample, TOTALS, weights="pw", distance="logit", bounds=(0.3, 3)),
    "truncated": lambda sample: survey.calibrate(sample, TOTALS, weights="pw", bounds=(0.5, 1.9)),
}


@pytest.mark.parametrize("case", ONE_STAGE)
@pytest.mark.parametrize("kind", CALIBRATED)
def test_calibrated_estimates(case, kind):
    known, sample = expected(case)["calibrated"][kind], data(case)
    columns = DESIGNS[case] | {"weights": CALIBRATED[kind](sample)}
    found = columns["weights"].weights
    assert [found.min(), found.max()] == pytest.approx(known["weights"], rel=RTOL)
    assert_same(survey.mean(sample, "api00", **columns).headline, known["mean"])
    assert_same(survey.total(sample, "enroll", **columns).headline, known["total"])
    assert_same(survey.ratio(sample, "api.stu", denominator="enroll", **columns).headline, known["ratio"])
    assert_same(survey.mean(sample, "api00", where={"stype": "H"}, **columns).headline, known["high"])


@pytest.mark.parametrize("case", ONE_STAGE)
def test_the_exact_residuals_of_raking_are_near(case):
    known, sample = expected(case)["calibrated"]["rake"], data(case)
    raked = survey.rake(sample, {"stype": TYPES, "sch.wide": WIDE}, weights="pw")
    exact = survey.mean(sample, "api00", weights=raked, **DESIGNS[case]).headline
    assert exact.std_error == pytest.approx(known["mean"]["se"], rel=0.02)


def test_calibrated_two_stages():
    known, columns = expected(STAGES), DESIGNS[STAGES]
    sample = data(STAGES).assign(d=survey.design_weights(data(STAGES), **columns))
    post = columns | {"weights": survey.post_stratify(sample, "stype", cells=TYPES, weights="d")}
    assert_same(survey.mean(sample, "api00", **post).headline, known["post"]["mean"])
    assert_same(survey.total(sample, "api99", **post).headline, known["post"]["total"])
    assert_same(survey.mean(sample, "api00", where={"stype": "H"}, **post).headline, known["post"]["high"])
    greg = columns | {"weights": survey.calibrate(sample, TOTALS, weights="d")}
    assert_same(survey.mean(sample, "api00", **greg).headline, known["linear"]["mean"])
    assert_same(survey.total(sample, "api00", **greg).headline, known["linear"]["total"])


REPLICATED = {
    (STRATIFIED, "jkn"): {},
    (STRATIFIED, "jkn_mse"): {"centre": "estimate"},
    (STRATIFIED, "jkn_fpc"): {"population": "fpc"},
    (CLUSTERED, "jk1"): {},
    (CLUSTERED, "jk1_fpc"): {"population": "fpc"},
    (CLUSTERED, "jk1_post"): {"margins": {"stype": TYPES}},
}


@pytest.mark.parametrize(("case", "kind"), REPLICATED)
def test_jackknife(case, kind):
    known, sample = expected(case)[kind], data(case)
    drawn = {name: column for name, column in DESIGNS[case].items() if name != "population"}
    made = survey.replicates(sample, weights="pw", **drawn, **REPLICATED[case, kind])
    mean = survey.mean(sample, "api00", weights=made, **drawn).headline
    assert_same(mean, known["mean"])
    assert mean.df == known["df"]
    assert_same(survey.total(sample, "enroll", weights=made, **drawn).headline, known["total"])
    assert_same(survey.ratio(sample, "api.stu", denominator="enroll", weights=made, **drawn).headline, known["ratio"])


@pytest.mark.parametrize("kind", ["jkn", "brr", "fay"])
def test_half_samples_of_pairs(kind):
    """Totals agree exactly; a ratio depends on which Hadamard matrix is taken, by little."""
    pairs, known = data("svy08_scd_pairs"), expected("svy08_scd_pairs")[kind]
    columns = {"strata": "ESA", "cluster": "unit"}
    how = {"kind": "jackknife"} if kind == "jkn" else {"kind": kind, "fay": 0.3}
    made = survey.replicates(pairs, weights="one", **how, **columns)
    assert_same(survey.total(pairs, "alive", weights=made, **columns).headline, known["total"])
    ratio = survey.ratio(pairs, "alive", denominator="arrests", weights=made, **columns).headline
    assert ratio.estimate == pytest.approx(known["ratio"]["estimate"], rel=RTOL)
    assert ratio.std_error == pytest.approx(known["ratio"]["se"], rel=RTOL if kind == "jkn" else 0.1)


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_a_stratum_with_one_unit(rule):
    known, sample = expected("svy07_api_lonely")[rule], data("svy07_api_lonely")
    columns = {"weights": "pw", "strata": "stype", "population": "fpc", "lonely": rule}
    found = survey.mean(sample, "api00", **columns)
    assert_same(found.headline, known["mean"])
    assert "S109" in found.notices
    assert_same(survey.total(sample, "enroll", **columns).headline, known["total"])


def test_the_svy_library_agrees_where_it_is_installed():
    svy, polars = pytest.importorskip("svy"), pytest.importorskip("polars")
    sample = data(CLUSTERED)
    frame = polars.DataFrame({name: sample[name].to_numpy() for name in ("dnum", "api00", "enroll", "pw", "fpc")})
    theirs = svy.Sample(frame, svy.Design(wgt="pw", psu="dnum", pop_size="fpc")).estimation
    for statistic, name, outcome in ((survey.mean, "mean", "api00"), (survey.total, "total", "enroll")):
        one = statistic(sample, outcome, **design(CLUSTERED)).headline
        found = getattr(theirs, name)(outcome).estimates[0]
        assert np.array([one.estimate, one.std_error]) == pytest.approx([found.est, found.se], rel=RTOL)

"""Every number of the cases of regressions (did01, did01b, did02, did11, did12): all coefficients, errors, tests and intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.absorbed import Absorbed
from ebpm.moments.two_way import TwoWay
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.covariance import clustered, robust
from ebpm.stats.regression.least_squares import least_squares
from tests.reference.every_value import assert_every_value, case, read

UNCLUSTERED = {"classical": "classical", "HC0": "HC0", "HC1": "HC1", "HC2": "HC2", "HC3": "HC3"}
CLUSTERED = {"cluster_nbh_CR0": "CR0", "cluster_nbh_stata": "CR1S", "cluster_nbh_CR2": "CR2"}


def coefficients(fit, covariance):
    """Every coefficient of a regression, by name; the routines report that of the interaction."""
    rows = zip(fit.names, fit.coefficients, covariance.std_errors, covariance.df, strict=True)
    return {
        name: t_estimate(
            float(value), float(error), df=float(df), term=name, n=fit.n, estimand="att", method="did.two_by_two"
        )
        for name, value, error, df in rows
    }


def regression(table, outcome, columns):
    names = ("(Intercept)", *columns)
    design = np.column_stack([np.ones(len(table)), *columns.values()]).astype(float)
    return least_squares(design, table[outcome].to_numpy(float), names=names)


def named(path, items):
    return {key: value for name, item in items.items() for key, value in read(f"{path}/{name}", item).items()}


def house_prices(outcome):
    houses, _ = case("did01_kielmc_2x2")
    base = {"y81": houses.y81, "nearinc": houses.nearinc}
    more = {"age": houses.age, "I(age^2)": houses.age**2} | {
        f"log({one})": np.log(houses[one]) for one in ("intst", "land", "area")
    }
    more |= {"rooms": houses.rooms, "baths": houses.baths}
    last = {"y81:nearinc": houses.y81 * houses.nearinc}
    plain, adjusted = regression(houses, outcome, base | last), regression(houses, outcome, base | more | last)
    codes, found = np.unique(houses.nbh, return_inverse=True)[1], {}
    for key, kind in UNCLUSTERED.items():
        found |= named(f"{outcome}/{key}", coefficients(plain, robust(plain, kind)))
        found |= named(f"{outcome}/cov_{key}", coefficients(adjusted, robust(adjusted, kind)))
    for key, kind in CLUSTERED.items():
        found |= named(f"{outcome}/{key}", coefficients(plain, clustered(plain, codes, kind=kind)))
    found |= named(f"{outcome}/fixest_cluster_nbh/coef", coefficients(plain, clustered(plain, codes, kind="CR1S")))
    found |= named(f"{outcome}/fixest_hetero/coef", coefficients(plain, robust(plain, "HC1")))
    for key, df in {"fixest_cluster_nbh": 6, "fixest_hetero": plain.df_residual}.items():
        found |= {f"{outcome}/{key}/df_t": df, f"{outcome}/{key}/nobs": plain.n}
    return found


def means(path, table, keys, outcome):
    cells = table.groupby(list(keys))[outcome].mean().reset_index().sort_values(list(reversed(keys)))
    columns = {**{key: cells[key] for key in keys}, "mean": cells[outcome]}
    return {f"{path}/{name}/{place}": value for name, column in columns.items() for place, value in enumerate(column)}


def test_house_prices():
    houses, expected = case("did01_kielmc_2x2")
    ours = (
        house_prices("rprice")
        | house_prices("lrprice")
        | means("cell_means_rprice", houses, ["y81", "nearinc"], "rprice")
    )
    assert_every_value(expected, ours, {}, rtol=1e-8)


def test_compensation():
    claims, expected = case("did01b_injury_2x2")
    base = {
        "afchnge": claims.afchnge,
        "highearn": claims.highearn,
        "afchnge:highearn": claims.afchnge * claims.highearn,
    }
    fit, ours = regression(claims, "ldurat", base), {}
    for kind in UNCLUSTERED:
        ours |= named(kind, coefficients(fit, robust(fit, kind)))
    assert_every_value(expected, ours, {}, rtol=1e-8)


def test_triple_differences():
    claims, expected = case("did11_ddd_injury")
    after, high, ky = (claims[name] for name in ("afchnge", "highearn", "ky"))
    columns = {"afchnge": after, "highearn": high, "ky": ky, "afchnge:highearn": after * high, "afchnge:ky": after * ky}
    columns |= {"highearn:ky": high * ky, "afchnge:highearn:ky": after * high * ky}
    fit = regression(claims, "ldurat", columns)
    ours = means("cell_means", claims, ["afchnge", "highearn", "ky"], "ldurat")
    for kind in UNCLUSTERED:
        ours |= named(kind, coefficients(fit, robust(fit, kind)))
    # the triple interaction is a hundredth of its error: its digits are those that its terms leave
    assert_every_value(expected, ours, {}, rtol=1e-8, own={r".*/afchnge:highearn:ky/(estimate|t)": 1e-8})


CASTLE = {"unit": "sid", "time": "year"}
KINDS = {"cluster_sid_default_ssc": {}, "iid": {"errors": "classical"}, "hetero": {"errors": "HC1"}, "twoway_sid_year": {"cluster": ["sid", "year"]}}  # fmt: skip
COUNTED = {"none": 1, "nonnested": 12, "full": 61}  # columns that K counts: the treatment; years and constant; states


def two_way(castle, block, weights):
    found = {}
    for key, options in KINDS.items():
        item = did.twfe(castle, "l_homicide", **CASTLE, treatment="post_bin", weights=weights, **options).headline
        found |= read(f"{block}/{key}/coef/post_bin", item) | {
            f"{block}/{key}/df_t": item.df,
            f"{block}/{key}/nobs": item.n,
        }
    plain = did.twfe(
        castle, "l_homicide", **CASTLE, treatment="post_bin", weights=weights, errors="CR0"
    ).headline.std_error
    for columns, count in COUNTED.items():
        for k in (0, 1):
            for g in (0, 1):
                factor = ((549 / (550 - count)) if k else 1.0) * (50 / 49 if g else 1.0)
                found[f"{block}/cluster_sid_ssc_adj{k}_Kfixef_{columns}_clusteradj{g}/se"] = plain * np.sqrt(factor)
    own = np.ones(len(castle)) if weights is None else castle[weights].to_numpy(float)
    codes = [np.unique(castle[name], return_inverse=True)[1] for name in ("sid", "year")]
    raw = np.column_stack([castle.post_bin, castle.l_homicide]).astype(float)
    absorbed = Absorbed.of(raw, TwoWay(*codes, own), (codes[0],), ("post_bin",))
    error = absorbed.solved()[1] ** 2 / own  # weighted residuals squared
    y, within = castle.l_homicide.to_numpy(), absorbed.left[:, 1]
    found[f"{block}/r2"] = 1 - error.sum() / (own * (y - np.average(y, weights=own)) ** 2).sum()
    found[f"{block}/wr2"] = 1 - error.sum() / (own * within**2).sum()
    for errors, path in {"CR3": f"{block}/pyfixest_CRV3_cluster_sid/se"}.items() if weights is None else ():
        item = did.twfe(castle, "l_homicide", **CASTLE, treatment="post_bin", errors=errors).headline
        found[path] = item.std_error * np.sqrt(50 / 49 * 549 / 548)  # see test_more_values
    return found


def test_castle_laws_two_way():
    castle, expected = case("did02_castle_twfe")
    ours = two_way(castle, "unw", None) | two_way(castle, "popw", "popwt")
    for block, weights in (("unw_cov_cluster_sid", None), ("popw_cov_cluster_sid", "popwt")):
        found = did.twfe(castle, "l_homicide", **CASTLE, treatment=list(expected[block]["coef"]), weights=weights)
        ours |= named(f"{block}/coef", {item.term: item for item in found})
        ours |= {f"{block}/df_t": found.headline.df, f"{block}/nobs": found.headline.n}
    study = did.event_study(castle, "l_homicide", **CASTLE, first_treated="first", method="twfe")
    block = "twfe_event_study_all_leads_lags_ref_m1"
    ours |= named(f"{block}/coef", {f"rel::{item.term}": item for item in study if item.term != "-1"})
    ours |= {f"{block}/df_t": study.headline.df, f"{block}/nobs": study.headline.n}
    kinds = {
        one: did.twfe(castle, "l_homicide", **CASTLE, treatment="post_bin", errors=one).headline
        for one in ("CR0", "CR1S", "CR2")
    }
    ours |= {"dummy_ols_check/estimate": kinds["CR0"].estimate, "dummy_ols_check/CR1S_full_K": kinds["CR1S"].std_error}
    ours |= {"dummy_ols_check/CR0": kinds["CR0"].std_error} | read("estimatr_CR2_sid/post_bin", kinds["CR2"])
    assert_every_value(expected, ours, {}, rtol=1e-8)


def likelihood(castle):
    """Log-likelihood and deviance at our coefficient, with unit and period effects by Newton's steps on dummies."""
    from scipy.special import gammaln

    b = did.poisson(castle, "hom_count", **CASTLE, treatment="post_bin", exposure="population").headline.estimate
    y = castle.hom_count.to_numpy(float)
    offset = np.log(castle.population.to_numpy(float)) + b * castle.post_bin.to_numpy(float)
    D = np.column_stack([pd.get_dummies(castle.sid), pd.get_dummies(castle.year).iloc[:, 1:]]).astype(float)
    eta = np.log(y + 1)
    for _ in range(12):
        mean = np.exp(eta)
        eta = offset + D @ np.linalg.solve(D.T @ (D * mean[:, None]), D.T @ (mean * (eta - offset) + y - mean))
    mean = np.exp(eta)
    told = y > 0
    parts = (y[told] * np.log(y[told] / mean[told])).sum() - (y - mean).sum()
    return (y * eta - mean - gammaln(y + 1)).sum(), 2 * parts


@pytest.mark.filterwarnings("error")
def test_castle_laws_poisson():
    castle, expected = case("did12_ppml_castle")
    models = {
        "count_offset_logpop": ("hom_count", {"exposure": "population"}), "rate_homicide": ("homicide", {}),
        "rate_homicide_popweighted": ("homicide", {"weights": "popwt"}), "rate_robbery_cov": ("robbery", {}),
    }  # fmt: skip
    ours = {}
    for name, (outcome, options) in models.items():
        for path, errors in {name: "CR1", f"{name}/iid": "classical", f"{name}/hetero": "HC1"}.items():
            found = did.poisson(
                castle, outcome, **CASTLE, treatment=list(expected[name]["coef"]), errors=errors, **options
            )
            ours |= named(f"{path}/coef", {item.term: item for item in found}) | {f"{path}/nobs": found.headline.n}
            # ours are normal intervals, as fixest's, whose degrees of freedom are of no use there
            ours[f"{path}/df_t"] = found.headline.clusters - 1 if errors == "CR1" else found.headline.n - 61
    log_likelihood, deviance = likelihood(castle)
    ours |= {"count_offset_logpop/loglik": log_likelihood, "count_offset_logpop/deviance": deviance}
    ours["glm_dummy_check_rate_homicide"] = ours["rate_homicide/coef/post_bin/estimate"]
    assert_every_value(expected, ours, {}, rtol=1e-7)

"""Every number of the cases of synthetic controls (did10) and robust intervals (did09), or why one stands beside nothing of ours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ebpm import did
from ebpm.did.synthetic.average import Parts
from ebpm.did.synthetic.fit import Weighting, noise
from ebpm.did.synthetic.sample import read_study
from tests.reference.every_value import assert_every_value, case
from tests.reference.test_every_did_staggered import COUNTIES, listed

SEARCH = "of synthdid's early stop: compared at the tolerance of the case in test_did10; the exact optimum stands below"
DRAWN = "of 200 draws: compared within their error in test_did10"
METHODS = {
    "sdid": Weighting(),
    "sc": Weighting(times="none", intercept=False, ridge=False),
    "did": Weighting("uniform", "uniform"),
}


def test_synthetic():
    data, expected = case("did10_synthdid_prop99")
    smoking = data.assign(first=np.where(data.State == "California", 1989, 0))
    study = read_study(smoking, "PacksPerCapita", unit="State", time="Year", first_treated="first")
    sample, ours = study.sample, {}
    level = noise(sample.paths[sample.donors, :19])
    fits = {name: weighting.fit(sample) for name, weighting in METHODS.items()}
    gaps = {name: float((fit.gaps * fit.after).sum() / fit.after.sum()) for name, fit in fits.items()}
    for name in ("sdid", "sc"):
        ours[f"qp_exact/{name}_estimate"] = gaps[name]
        ours |= {
            f"qp_exact/{name}_omega/{state}": one
            for state, one in zip(study.donors, fits[name].unit_weights[0], strict=True)
        }
    ours |= {
        f"qp_exact/sdid_lambda/{year}": one
        for year, one in zip(range(1970, 1989), fits["sdid"].time_weights[0, :19], strict=True)
    }
    ours |= {
        "qp_exact/noise_level": level,
        "qp_exact/zeta_omega": 12**0.25 * level,
        "qp_exact/zeta_lambda": 1e-6 * level,
    }
    ours |= {f"{name}/zeta_lambda": 1e-6 * level for name in METHODS} | {"sc/zeta_omega": 1e-6 * level}
    ours |= {f"{name}/zeta_omega": 12**0.25 * level for name in ("sdid", "did")}
    ours |= {"did/estimate": gaps["did"]} | listed("did/effect_curve", fits["did"].gaps[0, 19:])
    ours |= {f"did/omega/{state}": 1 / 38 for state in study.donors} | {
        f"did/lambda/{year}": 1 / 19 for year in range(1970, 1989)
    }
    each = uniform_placebos(study)
    ours |= {f"did/placebo_each_control/{state}": one for state, one in zip(study.donors, each, strict=True)}
    ours |= {"did/placebo_sd_n_denominator": each.std(), "did/placebo_sd_n_minus_1": each.std(ddof=1)}
    ours |= {"did/permutation_p_two_sided": (1 + (np.abs(each) >= abs(gaps["did"])).sum()) / 39}
    exact = did.synthetic_did(smoking, "PacksPerCapita", unit="State", time="Year", first_treated="first")
    control = did.synthetic_control(smoking, "PacksPerCapita", unit="State", time="Year", first_treated="first")
    for name, result in {"sdid": exact, "sc": control}.items():
        parts = Parts.of("simple", result.fit.starts, result.study.periods)
        draws = np.abs(parts.averages(result.draws.gaps, result.draws.counts)[0][:, 0])
        ours[f"{name}/permutation_p_two_sided"] = (1 + (draws >= abs(gaps[name])).sum()) / (1 + len(draws))
    ours |= dict.fromkeys(
        ("sdid/jackknife_se", "sc/jackknife_se", "did/jackknife_se"), None
    )  # one treated unit allows none: test_did10
    reasons = {
        r"(sdid|sc)/(estimate|omega/.*|lambda/.*|effect_curve/.*|placebo_each_control/.*|placebo_sd.*)": SEARCH,
        r".*/placebo_se_(200reps|mean).*": DRAWN, r"(note_placebo|qp_exact/note)": "a note",
    }  # fmt: skip
    assert_every_value(expected, ours, reasons, rtol=1e-8, own={r"qp_exact/.*_(omega|lambda)/.*": 1e-5})


def uniform_placebos(study):
    """Each state without the programme in the place of California, against the others, all weights alike."""
    sample = study.sample
    paths = sample.paths[sample.donors]
    change = paths[:, 19:].mean(axis=1) - paths[:, :19].mean(axis=1)
    others = (change.sum() - change) / (len(change) - 1)
    return change - others


def test_robust_intervals():
    _, expected = case("did09_honestdid_mpdta")
    counties = case("did06_bjs_mpdta")[0]
    found = did.att_gt(counties, "lemp", **COUNTIES, control="never_treated", base="universal").aggregate("event")
    given = did.honest(found, bounds=[1.0]).coefficients
    ours = listed("mpdta/betahat", given.values) | listed(
        "mpdta/event_times", [one for one in found.positions if one != -1]
    )
    for place, row in enumerate(given.covariance):
        ours |= listed(f"mpdta/sigma/{place}", row)
    ours |= {"mpdta/npre": given.before, "mpdta/npost": len(given.weights)}
    for target, weights in {"first": np.eye(4)[0], "avg": np.full(4, 0.25)}.items():
        ours |= dict(
            zip(
                (f"mpdta/{target}/original/lb", f"mpdta/{target}/original/ub"),
                replace(given, weights=weights).original(0.05),
                strict=True,
            )
        )
    reasons = {
        r".*/(relative_magnitude_CLF|smoothness_FLCI)/.*": "of simulated quantiles: test_did09 makes HonestDiD's draws again and meets its ends"
    }
    assert_every_value(expected, ours, reasons, rtol=1e-8, own={r"mpdta/sigma/.*": 1e-6})

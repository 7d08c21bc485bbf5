"""Synthetic data of the venture support pilot: 375 applicants, 2016-2023, three cohorts of 25 accepted firms.

The chance that firm i raises a round in year t, closed firms counted as zero, is

    p_it = 0.10 + 0.06 it_i + 0.03 life_i + 0.02 quality_i - 0.004 (age_i - 7) + (0.004 + 0.018 it_i) (t - 2016) + effect_it

with effect 0.06 in the year of acceptance and 0.10 from the next year on; in the cohort of 2021 also 0.50 in the
year before, when acceptance is announced. Firms close after applying with a chance of 3 % a year, supported or not.

    python pilots/venture_support/simulate.py [--seed N] [--out DIR]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from _simulation import (
    Office,
    Parameter,
    Trap,
    TrueValue,
    Truth,
    era_fiscal_year,
    full_width,
    options,
    thousands,
    write,
)

SEED = 2019
YEARS = range(2016, 2024)
COHORTS = (2019, 2020, 2021)
APPLICANTS, ACCEPTED = 125, 25
CUTOFF = 60
EFFECT_FIRST, EFFECT_LATER, ANTICIPATION = 0.06, 0.10, 0.50
CLOSING = 0.03
MEDIAN_ROUND, SIGMA_ROUND = 80e6, 1.50
GIANT = 60_000_000_000
STAFF_EFFECT = 1.0
CITY, ELSEWHERE = "14100", "99999"


@dataclass(frozen=True, slots=True)
class Sample:
    """The two tables of the pilot.

    Parameters
    ----------
    applications : one row an application.
    firm_years : one row a firm and year.
    """

    applications: pd.DataFrame
    firm_years: pd.DataFrame


def simulate(seed: int = SEED) -> Sample:
    """Draw one sample; the streams of firms, scores, closures, rounds, amounts, staff and moves are independent."""
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(7)]
    firms = _scored(_firms(streams[0]), streams[1])
    panel = _alive(firms.merge(pd.DataFrame({"year": list(YEARS)}), how="cross"), streams[2])
    panel = _staff(_amounts(_rounds(panel, streams[3]), streams[4]), streams[5])
    return Sample(_applications(firms), _firm_years(_moved(panel, streams[6])))


def _firms(rng: np.random.Generator) -> pd.DataFrame:
    n = APPLICANTS * len(COHORTS)
    founded = rng.integers(2006, 2017, n)
    return pd.DataFrame({
        "app_id": [f"A{i:04d}" for i in range(1, n + 1)],
        "corporate_number": [f"0{i:012d}" for i in range(1, n + 1)],  # a real number never begins with 0
        "applied": np.repeat(COHORTS, APPLICANTS),
        "sector": rng.choice(["it", "life", "other"], n, p=[0.42, 0.27, 0.31]),
        "founded": founded,
        "age_2018": 2018 - founded,
        "employees_2018": np.maximum(1, np.rint(np.exp(rng.normal(np.log(9), 0.8, n)))).astype(int),
        "quality": rng.standard_normal(n),
    })  # fmt: skip


def _scored(firms: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Three judges score; the best 25 of a year are accepted, and those of them who fell short are lifted to the cutoff."""
    it, life = firms["sector"] == "it", firms["sector"] == "life"
    merit = 52 + 6 * firms["quality"] + 2 * it + life - 0.5 * (firms["age_2018"] - 7)
    judges = np.clip(np.rint(merit.to_numpy()[:, None] + rng.normal(0, 5, (len(firms), 3))), 0, 100).astype(int)
    mean = pd.Series(judges.mean(axis=1), index=firms.index)
    place = (mean + 1e-6 * rng.random(len(mean))).groupby(firms["applied"]).rank(ascending=False)
    accepted = (place <= ACCEPTED).to_numpy()
    judges[accepted & (mean.to_numpy() < CUTOFF)] = CUTOFF
    judges[~accepted & (mean.to_numpy() >= CUTOFF)] = CUTOFF - 1
    declined = np.flatnonzero(accepted)[[7, 41]]
    took_up = accepted.astype(int)
    took_up[declined] = 0
    return firms.assign(
        score_j1=judges[:, 0], score_j2=judges[:, 1], score_j3=judges[:, 2], score_mean=judges.mean(axis=1).round(1),
        cutoff=CUTOFF, accepted=accepted.astype(int), took_up=took_up, first_treated=np.where(accepted, firms["applied"], 0),
    )  # fmt: skip


def _alive(panel: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A firm may close in each year after it applied."""
    at_risk = panel["year"] > panel["applied"]
    closes = at_risk & (rng.random(len(panel)) < CLOSING)
    alive = (~closes).astype(int).groupby(panel["app_id"]).cumprod()
    survival = (1 - CLOSING) ** np.maximum(0, panel["year"] - panel["applied"])
    return panel.assign(alive=alive, survival=survival)


def effect(panel: pd.DataFrame) -> pd.Series:
    """Return the effect on the chance of a round in each firm-year."""
    since = panel["year"] - panel["first_treated"]
    treated = panel["first_treated"] > 0
    announced = treated & (panel["first_treated"] == COHORTS[-1]) & (since == -1)
    return EFFECT_FIRST * (treated & (since == 0)) + EFFECT_LATER * (treated & (since > 0)) + ANTICIPATION * announced


def _rounds(panel: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw rounds among open firms so that the mean over all firms, closed ones included, is p_it."""
    it, life = panel["sector"] == "it", panel["sector"] == "life"
    level = 0.10 + 0.06 * it + 0.03 * life + 0.02 * panel["quality"] - 0.004 * (panel["age_2018"] - 7)
    trend = (0.004 + 0.018 * it) * (panel["year"] - YEARS[0])
    chance = np.clip((level + trend + effect(panel)) / panel["survival"], 0, 1)
    any_round = (rng.random(len(panel)) < chance) & (panel["alive"] == 1)
    return panel.assign(any_round=any_round.astype(int))


def _amounts(panel: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Lognormal rounds, and one giant round of one accepted firm."""
    amount = np.round(MEDIAN_ROUND * np.exp(SIGMA_ROUND * rng.standard_normal(len(panel))), -4)
    raised = np.where(panel["any_round"] == 1, amount, 0).astype(np.int64)
    lucky = (panel["first_treated"] == COHORTS[0]) & (panel["any_round"] == 1) & (panel["year"] > COHORTS[0])
    raised[np.flatnonzero(lucky)[0]] = GIANT
    return panel.assign(raised_jpy=raised)


def _staff(panel: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Staff grow by 3 % a year with noise; support adds one person a year from the year after; closed firms employ nobody."""
    treated_years = np.where(panel["first_treated"] > 0, np.maximum(0, panel["year"] - panel["first_treated"]), 0)
    path = panel["employees_2018"] * 1.03 ** (panel["year"] - 2018) * np.exp(0.1 * rng.standard_normal(len(panel)))
    staff = np.rint(path + STAFF_EFFECT * treated_years).astype(int) * panel["alive"]
    return panel.assign(employees=np.maximum(staff, panel["alive"]))


def _moved(panel: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Nine firms move their head office out of the city, five of them accepted ones."""
    firms = panel.drop_duplicates("app_id")
    accepted, others = (firms.loc[firms["accepted"] == arm, "app_id"].to_numpy() for arm in (1, 0))
    movers = [*rng.choice(accepted, 5, replace=False), *rng.choice(others, 4, replace=False)]
    left = panel["app_id"].isin(movers) & (panel["year"] > panel["applied"])
    return panel.assign(hq_city=np.where(left, ELSEWHERE, CITY))


def _applications(firms: pd.DataFrame) -> pd.DataFrame:
    scores = ["score_j1", "score_j2", "score_j3", "score_mean", "cutoff"]
    return firms[
        ["app_id", "corporate_number", "applied", "sector", "founded", "employees_2018", *scores, "accepted", "took_up"]
    ].copy()


def _firm_years(panel: pd.DataFrame) -> pd.DataFrame:
    """The registry keeps closed firms; the commercial database (in_database) drops them."""
    panel = panel.assign(in_database=panel["alive"]).sort_values(["app_id", "year"])
    fixed = ["first_treated", "sector", "age_2018", "employees_2018"]
    return panel[
        ["app_id", "year", *fixed, "hq_city", "alive", "in_database", "employees", "any_round", "raised_jpy"]
    ].reset_index(drop=True)


def truth(seed: int = SEED) -> Truth:
    """Return the true values; they are the same for every seed."""
    later = [year - cohort for cohort in COHORTS for year in YEARS if year >= cohort]
    rounds = round(100 * float(np.mean([EFFECT_FIRST if since == 0 else EFFECT_LATER for since in later])), 10)
    staff = float(np.mean([STAFF_EFFECT * since * (1 - CLOSING) ** since for since in later]))
    return Truth("venture_support", seed, _values(rounds, staff), PARAMETERS, TRAPS)


def _values(rounds: float, staff: float) -> tuple[TrueValue, ...]:
    share = "percentage points"
    return (
        TrueValue("any_round", "overall", rounds, share, "採択年度と採択後年数の平均(企業数で加重) / mean over cohorts and years since acceptance, weighted by firms: (3 x 6 + 9 x 10) / 12"),
        TrueValue("employees", "overall", staff, "persons", "採択後年数eについてe×0.97^eの平均 / mean of e x 0.97^e over the same cells"),
        TrueValue("alive", "overall", 0.0, share, "廃業は支援と無関係 / closing does not depend on support"),
        TrueValue("never_treated", "overall", rounds, share, "比較群だけが異なる同じ推定対象 / the same estimand with another comparison group"),
    )  # fmt: skip


OF_THE_ORDER = "仮定。研究開発補助金の第1段階がベンチャー投資に及ぼす効果の研究と同じ程度 / assumption, of the order that studies of first-phase research grants report for venture finance"
PARAMETERS = (
    Parameter(
        "round_median_jpy",
        MEDIAN_ROUND,
        "source",
        "2017年上半期、531社の中央値8千万円 / 531 firms, first half of 2017: median JPY 80 million",
    ),
    Parameter(
        "round_sigma",
        SIGMA_ROUND,
        "source",
        "中央値8千万円と平均2億4,700万円から対数正規分布として計算 / computed from median JPY 80 million and mean JPY 247 million, lognormal",
    ),
    Parameter("effect_first_year", EFFECT_FIRST, "assumption", OF_THE_ORDER),
    Parameter("effect_later_years", EFFECT_LATER, "assumption", OF_THE_ORDER),
    Parameter(
        "anticipation_cohort_2021",
        ANTICIPATION,
        "assumption",
        "仕掛け。内定の公表で資金調達が前倒しになる / planted: rounds come forward when acceptance is announced",
    ),
    Parameter("closing_per_year", CLOSING, "assumption", "市の実績値は知られていない / no figure of the city is known"),
    Parameter(
        "accepted_per_cohort",
        ACCEPTED,
        "assumption",
        "市の採択は年に10～30社程度 / a city's cohort is of the order of 10 to 30 firms a year",
    ),
)
TRAPS = (
    Trap(
        "heavy_tail",
        ("T054", "D205"),
        "採択企業1社が600億円を調達し、採択企業の合計の半分を超える / one accepted firm raises JPY 60 billion, more than half of the sum of all accepted firms",
    ),
    Trap("relocated_hq", ("T053",), "9社が申請後に本社を市外へ移す / nine firms move out of the city after applying"),
    Trap(
        "survivorship",
        ("T056", "D208"),
        "廃業した企業は民間データベースから消える / closed firms leave the commercial database",
    ),
    Trap(
        "anticipation",
        ("D204",),
        "2021年採択の企業では採択の前年に資金調達が動く(前年を基準とすると現れる) / in the cohort of 2021 rounds come in the year before acceptance: seen where that year is the base",
    ),
    Trap(
        "few_treated",
        ("D201", "D213"),
        "採択は年に25社、健康・医療分野では10社未満 / 25 accepted firms a cohort, in life science fewer than ten",
    ),
    Trap(
        "heaping",
        ("T051",),
        "基準に届かない採択企業の評点が、ちょうど60点に引き上げられる / accepted firms that fell short of the cutoff are lifted to exactly 60",
    ),
)
OFFICE = Office(
    "cp932",
    {"app_id": "申請番号", "corporate_number": "法人番号", "applied": "申請年度", "sector": "分野", "founded": "設立年", "employees_2018": "従業員数",
     "score_j1": "評点1", "score_j2": "評点2", "score_j3": "評点3", "score_mean": "平均点", "cutoff": "採択基準点", "accepted": "採択", "took_up": "交付"},
    {"applied": era_fiscal_year, "score_j1": full_width, "score_j2": full_width, "score_j3": full_width},
)  # fmt: skip


def main() -> None:
    """Write the two files and the truth."""
    seed, folder = options(__file__, SEED)
    sample = simulate(seed)
    tables = {
        "applications": (sample.applications, OFFICE),
        "firm_years": (sample.firm_years, Office(styles={"raised_jpy": thousands})),
    }
    write(tables, truth(seed), folder)


if __name__ == "__main__":
    main()

"""Synthetic data of the school energy-saving pilot: 40 schools, 30 homes each, programme in September 2019.

The daily electricity use of home i of school s in month m is

    kwh_day_ism = season_m x (mean_i + school_s) + noise_im + delivered_s x after_m x (-0.33)

so the programme saves 0.33 kWh a day, 3 % of 11 kWh, in every home of a school that delivers it. Schools are drawn to the arms
within strata of ward group and level; one control school delivers the programme all the same.

    python pilots/student_energy_saving/simulate.py [--seed N] [--out DIR]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from _simulation import Office, Parameter, Trap, TrueValue, Truth, full_width, options, thousands, triangle, write

SEED = 2019
STRATA = [("north", "elementary", 6), ("north", "junior_high", 4), ("centre", "elementary", 6), ("centre", "junior_high", 4),
          ("west", "elementary", 6), ("west", "junior_high", 4), ("south", "elementary", 6), ("south", "junior_high", 4)]  # fmt: skip
HOMES = 30
MONTHS = {
    "2019-05": (31, 0.92),
    "2019-06": (30, 0.95),
    "2019-07": (31, 1.05),
    "2019-09": (30, 1.08),
    "2019-10": (31, 0.93),
    "2019-11": (30, 0.95),
}
FIRST_AFTER = "2019-09"
MEAN, CV, ICC, SIGNAL = 11.09, 0.60, 0.02, 0.70
EFFECT = -0.33
SCORE_EFFECT, SCORE_MEAN, SCORE_SD, SCORE_ICC = 1.5, 16.0, 5.0, 0.10
ITEMS, ITEM_MAX = 16, 2
NON_RETURN = {1: 0.22, 0: 0.35}
TYPOS, NEGATIVES = 12, 4


@dataclass(frozen=True, slots=True)
class Sample:
    """The two tables of the pilot.

    Parameters
    ----------
    pupils : one row a pupil.
    household_months : one row a household and month.
    """

    pupils: pd.DataFrame
    household_months: pd.DataFrame


def simulate(seed: int = SEED) -> Sample:
    """Draw one sample; the streams of schools, homes, readings, returns, typing errors and questionnaires are independent."""
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(6)]
    homes = _returned(_homes(_schools(streams[0]), streams[1]), streams[3])
    readings = _readings(homes, streams[2])
    homes = homes.merge(_before(readings), on="pupil_id")
    return Sample(_pupils(_answers(homes, streams[5])), _household_months(_mistyped(readings, streams[4])))


def _schools(rng: np.random.Generator) -> pd.DataFrame:
    rows = [(group, level) for group, level, count in STRATA for _ in range(count)]
    schools = pd.DataFrame(rows, columns=["ward_group", "level"])
    schools["stratum"] = schools["ward_group"] + "_" + schools["level"]
    schools["school_id"] = [f"S{i:02d}" for i in range(1, len(schools) + 1)]
    drawn = pd.Series(rng.random(len(schools))).groupby(schools["stratum"]).rank()
    half = schools.groupby("stratum")["school_id"].transform("size") / 2
    arm = (drawn <= half).astype(int)
    delivered = arm.copy()
    delivered[np.flatnonzero(arm == 0)[0]] = 1
    return schools.assign(
        arm=arm,
        delivered=delivered,
        school=_cluster(rng, len(schools), MEAN * CV, ICC),
        mood=_cluster(rng, len(schools), SCORE_SD, SCORE_ICC),
    )


def _cluster(rng: np.random.Generator, n: int, sd: float, icc: float) -> np.ndarray:
    return sd * np.sqrt(icc) * rng.standard_normal(n)


def _homes(schools: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    homes = schools.loc[schools.index.repeat(HOMES)].reset_index(drop=True)
    n = len(homes)
    spread = np.sqrt(np.log(1 + CV**2 * SIGNAL))
    level = MEAN * np.exp(spread * rng.standard_normal(n) - spread**2 / 2)
    elementary = homes["level"] == "elementary"
    return homes.assign(
        pupil_id=[f"P{i:05d}" for i in range(1, n + 1)],
        class_id=homes["school_id"] + "-" + pd.Series(rng.integers(1, 4, n)).astype(str),
        grade=np.where(elementary, rng.integers(4, 7, n), rng.integers(7, 10, n)),
        hh_size=rng.choice([2, 3, 4, 5, 6], n, p=[0.08, 0.24, 0.42, 0.20, 0.06]),
        dwelling=rng.choice(["flat", "house"], n, p=[0.58, 0.42]),
        meter_method=rng.choice(["bill", "smart", "self"], n, p=[0.55, 0.25, 0.20]),
        mean=level,
    )


def _returned(homes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Homes of the control schools return the sheets of autumn less often, for no reason that the meter knows."""
    stays = rng.random(len(homes)) >= homes["arm"].map(NON_RETURN)
    return homes.assign(returned=stays.astype(int), consent=1)


def _readings(homes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    months = pd.DataFrame(
        [(month, days, factor) for month, (days, factor) in MONTHS.items()], columns=["month", "days", "factor"]
    )
    table = homes.merge(months, how="cross")
    after = (table["month"] >= FIRST_AFTER).astype(int)
    noise = MEAN * CV * np.sqrt(1 - SIGNAL) * rng.standard_normal(len(table))
    kwh_day = table["factor"] * (table["mean"] + table["school"]) + noise + EFFECT * table["delivered"] * after
    kwh = np.rint(np.maximum(kwh_day, 0.5) * table["days"])
    kwh = np.where(table["meter_method"] == "self", np.rint(kwh / 10) * 10, kwh)
    hidden = (after == 1) & (table["returned"] == 0)
    return table.assign(period=np.where(after == 1, "after", "before"), kwh=np.where(hidden, np.nan, kwh))


def _before(readings: pd.DataFrame) -> pd.DataFrame:
    before = readings[readings["period"] == "before"].groupby("pupil_id")[["kwh", "days"]].sum()
    return (before["kwh"] / before["days"]).round(3).rename("kwh_before").reset_index()


def _mistyped(readings: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Sixteen readings of autumn are typed wrongly: a decimal place too far, or new less old the wrong way round."""
    candidates = np.flatnonzero((readings["period"] == "after") & (readings["kwh"] >= 300))
    wrong = rng.choice(candidates, TYPOS + NEGATIVES, replace=False)
    kwh = readings["kwh"].to_numpy().copy()
    kwh[wrong[:TYPOS]] *= 10
    kwh[wrong[TYPOS:]] *= -1
    return readings.assign(kwh=kwh).merge(_before(readings), on="pupil_id")


def _answers(homes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Sixteen items of 0 to 2 before and after, whose mean sum the programme raises by 1.5 points."""
    own = SCORE_SD * np.sqrt(1 - SCORE_ICC)
    person = homes["mood"] + own * np.sqrt(0.5) * rng.standard_normal(len(homes))
    columns = {}
    for wave, gain in (("pre", 0.0), ("post", SCORE_EFFECT)):
        aim = SCORE_MEAN + person + gain * homes["delivered"] + own * np.sqrt(0.5) * rng.standard_normal(len(homes))
        chance = np.clip(aim / (ITEMS * ITEM_MAX), 0.02, 0.98).to_numpy()
        items = rng.binomial(ITEM_MAX, chance[:, None], (len(homes), ITEMS)).astype(float)
        if wave == "post":
            items[homes["returned"].to_numpy() == 0] = np.nan
        columns |= {f"item_{j + 1:02d}_{wave}": items[:, j] for j in range(ITEMS)} | {
            f"score_{wave}": items.sum(axis=1)
        }
    return homes.assign(**columns)


SCHOOL = ["pupil_id", "school_id", "ward_group", "level", "stratum", "arm", "delivered"]


def _pupils(homes: pd.DataFrame) -> pd.DataFrame:
    items = [f"item_{j:02d}_{wave}" for wave in ("pre", "post") for j in range(1, ITEMS + 1)]
    home = ["class_id", "grade", "hh_size", "dwelling", "consent", "returned", "kwh_before", "score_pre", "score_post"]
    return homes[[*SCHOOL, *home, *items]].copy()


def _household_months(readings: pd.DataFrame) -> pd.DataFrame:
    rest = ["month", "period", "meter_method", "returned", "days", "kwh", "kwh_before"]
    keys = ["pupil_id", "school_id", "stratum", "arm"]
    return readings[[*keys, *rest]].sort_values(["pupil_id", "month"]).reset_index(drop=True)


def truth(seed: int = SEED) -> Truth:
    """Return the true values; they are the same for every seed."""
    schools = sum(count for _, _, count in STRATA)
    share = 1 - 2 / schools
    note = "x 0.95(対照校20校のうち1校が実施するため) / for one of the twenty control schools delivers the programme"
    values = (
        TrueValue("primary", "1", round(EFFECT * share, 10), "kWh/day", f"-0.33 {note}"),
        TrueValue("behaviour", "1", round(SCORE_EFFECT * share, 10), "points", f"1.5 {note}; answers at the ends of the scale shorten it by less than 0.02"),
        TrueValue("metered", "1", round(EFFECT * share, 10), "kWh/day", "自己検針の世帯を除いた同じ推定対象 / the same estimand without self-read meters"),
        TrueValue("placebo_july", "1", 0.0, "kWh/day", "プログラムの開始は9月 / the programme begins in September"),
    )  # fmt: skip
    return Truth("student_energy_saving", seed, values, PARAMETERS, TRAPS)


PARAMETERS = (
    Parameter("kwh_per_day", MEAN, "source", "世帯当たり年4,047 kWh / 4,047 kWh a household and year"),
    Parameter(
        "cv_monthly_kwh",
        CV,
        "source",
        "月別使用量の変動係数0.60 / coefficient of variation of monthly electricity use 0.60",
    ),
    Parameter(
        "effect",
        EFFECT,
        "assumption",
        "1日11 kWhの3 %。国内の省エネレポートは1.2～2.0 % / 3 % of 11 kWh a day; home energy reports in Japan: 1.2 to 2.0 %",
    ),
    Parameter("icc_kwh", ICC, "assumption", "学校間の級内相関 / between schools"),
    Parameter("icc_score", SCORE_ICC, "assumption", "学校間の級内相関 / between schools"),
    Parameter("score_effect", SCORE_EFFECT, "assumption", "0～32点の得点に対する効果 / on a score of 0 to 32"),
    Parameter(
        "non_return_programme",
        NON_RETURN[1],
        "assumption",
        "秋の検針票を提出しない世帯の割合 / share of homes that do not return the autumn sheets",
    ),
    Parameter(
        "non_return_control",
        NON_RETURN[0],
        "assumption",
        "秋の検針票を提出しない世帯の割合 / share of homes that do not return the autumn sheets",
    ),
)
TRAPS = (
    Trap(
        "non_return",
        ("R106", "R107"),
        "対照校の35 %、実施校の22 %の世帯が秋の検針票を提出しない / 35 % of the control homes and 22 % of the others do not return the autumn sheets",
    ),
    Trap(
        "typing_errors",
        ("T032", "T037"),
        "16件の検針値が10倍又は負の値。契約により受け入れない / sixteen readings are ten times too large or negative; the contract refuses them",
    ),
    Trap("summer_gap", ("T052",), "8月の検針がない / no reading for August"),
    Trap("swapped_school", ("R104",), "対照校の1校がプログラムを実施する / one control school delivers the programme"),
    Trap(
        "self_read_meters",
        ("T050",),
        "5分の1の世帯は自分で検針し、10 kWh単位に丸める / a fifth of the homes read the meter themselves and round to tens",
    ),
)
OFFICE = Office(
    "cp932",
    {"pupil_id": "児童生徒番号", "school_id": "学校番号", "ward_group": "方面", "level": "校種", "stratum": "層", "arm": "割付け", "delivered": "実施", "class_id": "学級",
     "grade": "学年", "hh_size": "世帯人数", "dwelling": "住居", "consent": "同意", "returned": "回収", "kwh_before": "実施前使用量", "score_pre": "事前得点", "score_post": "事後得点"},
    {"hh_size": full_width, "grade": full_width, "score_post": full_width},
)  # fmt: skip


def _kwh(value: float) -> str:
    return triangle(value) if value < 0 else thousands(value)


def main() -> None:
    """Write the two files and the truth."""
    seed, folder = options(__file__, SEED)
    sample = simulate(seed)
    tables = {
        "pupils": (sample.pupils, OFFICE),
        "household_months": (sample.household_months, Office("utf-8-sig", styles={"kwh": _kwh})),
    }
    write(tables, truth(seed), folder)


if __name__ == "__main__":
    main()

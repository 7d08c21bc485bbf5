"""Synthetic data of the cardiac rehabilitation pilot: 28 hospitals, monthly, April 2016 to March 2022.

Readmissions within 180 days of the discharges of hospital h in month t are Poisson with mean

    discharges_ht x 0.20 x exp(hospital_h - 0.001 t + season_t + coding_t + covid_t + enhanced_h x (level + slope (t - T)))

for t from T = October 2019. Coding and COVID-19 move all hospitals alike; discharges fall by a fifth from April 2020.
Patients are a sample of their own (see patients.py), drawn by a stream of its own.

    python pilots/cardiac_rehab/simulate.py [--seed N] [--out DIR]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import patients
from _simulation import Office, Parameter, Trap, TrueValue, Truth, era_month, full_width, options, write

SEED, STREAMS = 2019, 5
MONTHS = [
    f"{year}-{month:02d}"
    for year in range(2016, 2023)
    for month in range(1, 13)
    if "2016-04" <= f"{year}-{month:02d}" <= "2022-03"
]
START, CODING, COVID, LATE = (MONTHS.index(month) for month in ("2019-10", "2018-04", "2020-04", "2021-12"))
HOSPITALS, ENHANCED = 28, 14
LATE_HOSPITAL = "H03"
BASE_RATE, TREND = 0.20, -0.001
SEASON = (0.04, 0.02)
CODING_SHIFT, COVID_SHIFT, COVID_DISCHARGES = 0.06, -0.08, 0.80
HOSPITAL_SD = 0.10
PARTICIPATION_BEFORE, PARTICIPATION_AFTER, RATIO = 0.10, 0.60, 0.82
LEVEL = round(float(np.log((1 - PARTICIPATION_AFTER * (1 - RATIO)) / (1 - PARTICIPATION_BEFORE * (1 - RATIO)))), 4)
SLOPE = -0.001


@dataclass(frozen=True, slots=True)
class Sample:
    """The tables of the pilot.

    Parameters
    ----------
    hospital_months : one row a hospital and month.
    patients : one row a patient discharged.
    """

    hospital_months: pd.DataFrame
    patients: pd.DataFrame


def simulate(seed: int = SEED) -> Sample:
    """Draw one sample; the streams of hospitals, discharges, readmissions, participants and patients are independent."""
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(STREAMS)]
    hospitals = _hospitals(streams[0])
    months = pd.DataFrame({"t": range(len(MONTHS)), "month": MONTHS})
    table = _discharges(hospitals.merge(months, how="cross"), streams[1])
    table = _participants(_readmissions(table, streams[2]), streams[3])
    return Sample(_reported(table), patients.recorded(patients.draw(streams[4])))


def _hospitals(rng: np.random.Generator) -> pd.DataFrame:
    """Sizes in pairs, one of each pair enhanced, so that both groups hold large and small hospitals."""
    pairs = np.arange(HOSPITALS) // 2
    deviation = HOSPITAL_SD * rng.standard_normal(HOSPITALS)
    enhanced = (np.arange(HOSPITALS) % 2 == 0).astype(int)
    for arm in (0, 1):
        deviation[enhanced == arm] -= deviation[enhanced == arm].mean()
    return pd.DataFrame({
        "hospital_id": [f"H{i:02d}" for i in range(1, HOSPITALS + 1)],
        "enhanced": enhanced,
        "size": np.geomspace(280, 12, HOSPITALS // 2)[pairs] * np.exp(0.05 * rng.standard_normal(HOSPITALS)),
        "deviation": deviation,
    })  # fmt: skip


def _discharges(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    mean = table["size"] * np.where(table["t"] >= COVID, COVID_DISCHARGES, 1.0)
    return table.assign(discharges=np.maximum(1, rng.poisson(mean)))


def log_rate(table: pd.DataFrame) -> pd.Series:
    """Return the logarithm of the readmission rate that would hold without the programme."""
    t, season = table["t"], 2 * np.pi * (table["t"] + 3) / 12
    common = TREND * t + SEASON[0] * np.cos(season) + SEASON[1] * np.sin(2 * season)
    return np.log(BASE_RATE) + table["deviation"] + common + CODING_SHIFT * (t >= CODING) + COVID_SHIFT * (t >= COVID)


def effect(table: pd.DataFrame) -> pd.Series:
    """Return the effect of the programme on the log rate."""
    return table["enhanced"] * (table["t"] >= START) * (LEVEL + SLOPE * (table["t"] - START))


def _readmissions(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    mean = table["discharges"] * np.exp(log_rate(table) + effect(table))
    return table.assign(readmissions_180d=np.minimum(rng.poisson(mean), table["discharges"]))


def _participants(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    after = (table["enhanced"] == 1) & (table["t"] >= START)
    share = np.where(after, PARTICIPATION_AFTER, PARTICIPATION_BEFORE)
    return table.assign(cr_participants=rng.binomial(table["discharges"], share))


def _reported(table: pd.DataFrame) -> pd.DataFrame:
    """One hospital has not closed its last four months: provisional, with less than a third of its readmissions."""
    late = (table["hospital_id"] == LATE_HOSPITAL) & (table["t"] >= LATE)
    counted = np.where(late, table["readmissions_180d"] * 3 // 10, table["readmissions_180d"])
    table = table.assign(
        readmissions_180d=counted, status=np.where(late, "provisional", "final"),
        period=np.where(table["t"] >= START, "after", "before"), start_month=np.where(table["enhanced"] == 1, MONTHS[START], ""),
    )  # fmt: skip
    columns = [
        "hospital_id",
        "month",
        "enhanced",
        "start_month",
        "period",
        "status",
        "discharges",
        "readmissions_180d",
        "cr_participants",
    ]
    return table.sort_values(["hospital_id", "month"])[columns].reset_index(drop=True)


def truth(seed: int = SEED) -> Truth:
    """Return the true values; those of the primary analysis are the same for every seed."""
    values = (*_values(_rate_difference(seed)), *_values_of_patients(seed))
    return Truth("cardiac_rehab", seed, values, PARAMETERS, TRAPS)


def _rate_difference(seed: int) -> float:
    """Return the mean over enhanced hospitals and months of the rate with less the rate without the programme."""
    hospitals = _hospitals(np.random.default_rng(np.random.SeedSequence(seed).spawn(STREAMS)[0]))
    table = hospitals.merge(pd.DataFrame({"t": range(START, len(MONTHS))}), how="cross")
    table = table[(table["enhanced"] == 1) & ((table["hospital_id"] != LATE_HOSPITAL) | (table["t"] < LATE))]
    without = np.exp(log_rate(table))
    gap = (without * (np.exp(effect(table)) - 1)).groupby(table["hospital_id"]).mean()
    return 100 * float(gap.mean())


def _values(difference: float) -> tuple[TrueValue, ...]:
    return (
        TrueValue("primary", "level_change", LEVEL, "log rate ratio", "参加率の上昇と参加者の比0.82から計算し、4桁に丸めた / log of (1 - 0.6 x 0.18) / (1 - 0.1 x 0.18), rounded to four digits"),
        TrueValue("primary", "slope_change", SLOPE, "log rate ratio per month", "設定値 / a parameter"),
        TrueValue("hospitals", "treated:post", difference, "percentage points", "この乱数の病院のもとでの期待値 / expected, given the hospitals of this seed"),
    )  # fmt: skip


def _values_of_patients(seed: int) -> tuple[TrueValue, ...]:
    drawn = patients.draw(np.random.default_rng(np.random.SeedSequence(seed).spawn(STREAMS)[4]))
    return (
        TrueValue("landmark_90", "risk_difference", patients.landmark_difference(drawn), "share of patients", "この乱数の患者のもとでの期待値 / expected, given the patients of this seed"),
        TrueValue("clones_90", "risk_difference", patients.clone_difference(drawn), "share of patients", "この乱数の患者のもとでの期待値 / expected, given the patients of this seed"),
    )  # fmt: skip


PARAMETERS = (
    Parameter("ratio_of_participants", RATIO, "source", "運動を中心とするリハビリテーションのコクラン・レビュー(2016)、入院のリスク比0.82 / Cochrane review 2016 of exercise-based rehabilitation: hospital admission, risk ratio 0.82"),
    Parameter("participation_before", PARTICIPATION_BEFORE, "source", "国内の外来参加率1.4～13 %の範囲内の値 / outpatient participation in Japan: 1.4 to 13 %; a value in that range"),
    Parameter("participation_after", PARTICIPATION_AFTER, "assumption", "5年で3倍という市の目標を大きく上回る、望みうる最大の値 / far above the city's aim of three times in five years: the most that could be hoped for"),
    Parameter("slope_difference", SLOPE, "assumption", "参加率がその後も少しずつ上がる / participation goes on rising a little"),
    Parameter("base_rate", BASE_RATE, "assumption", "180日以内の再入院率 / readmission within 180 days"),
    Parameter("hospitals", HOSPITALS, "source", "後の年度の対象は28病院 / 28 hospitals in the later years of the programme"),
    Parameter("hospital_sd", HOSPITAL_SD, "assumption", "再入院率の対数の病院間の標準偏差 / of the log rate between hospitals"),
    Parameter("coding_shift", CODING_SHIFT, "assumption", "仕掛け。2018年4月のコーディング変更による全病院の変化(対数) / planted: log shift of all hospitals from 2018-04, when the coding rule changes"),
    Parameter("patients_ratio", patients.RATIO, "source", "患者一人ひとりの再入院のハザード比。上と同じレビューのリスク比を用いた / hazard ratio of readmission for one patient: the risk ratio of the review above"),
    Parameter("patients_begin_slope", patients.BEGIN_SLOPE, "assumption", "仕掛け。体の弱い人ほどリハビリを始めない / planted: the frail begin less often"),
    Parameter("patients_readmit_slope", patients.READMIT_SLOPE, "assumption", "仕掛け。体の弱い人ほど再入院する / planted: the frail are readmitted more often"),
    Parameter("covid_shift", COVID_SHIFT, "assumption", "仕掛け。2020年4月からの全病院の変化(対数) / planted: log shift of all hospitals from 2020-04"),
)  # fmt: skip
TRAPS = (
    Trap(
        "covid",
        ("I305",),
        "2020年4月から、すべての病院で退院と再入院が減る / from 2020-04 discharges and readmissions fall in all hospitals",
    ),
    Trap(
        "coding_change",
        ("I305",),
        "2018年4月から、すべての病院で再入院の計上が増える / from 2018-04 more readmissions are coded, in all hospitals",
    ),
    Trap(
        "late_reporting",
        ("T057",),
        "H03病院の2021年12月から2022年3月までが確定していない / hospital H03 has not closed 2021-12 to 2022-03",
    ),
    Trap(
        "small_cells",
        ("T055",),
        "小さな病院では月の再入院が10人未満となる / small hospitals have fewer than ten readmissions a month",
    ),
    Trap(
        "immortal_time",
        ("C401",),
        "追跡中に一度でもリハビリを始めた患者は、始めるまで再入院せずにいた / who ever began rehabilitation had not been readmitted before",
    ),
    Trap(
        "prevalent_users",
        ("C402",),
        "40人は退院より前に始めていた / forty patients had begun before discharge",
    ),
    Trap(
        "transfers",
        ("C405",),
        "15人は退院の日に再入院(転院)している / fifteen patients are readmitted (transferred) on the day of discharge",
    ),
    Trap(
        "event_codes",
        ("C404",),
        "一方の保険者では1が再入院・2が死亡、他方では逆 / one insurer codes 1 readmission and 2 death, the other the reverse",
    ),
)
OFFICE = Office(
    "cp932",
    {"hospital_id": "病院番号", "month": "年月", "enhanced": "強化対象", "start_month": "強化開始年月", "period": "時期", "status": "確報区分",
     "discharges": "退院患者数", "readmissions_180d": "180日以内再入院数", "cr_participants": "心リハ参加者数"},
    {"month": era_month, "start_month": lambda value: era_month(value) if value else "－", "discharges": full_width},
)  # fmt: skip
PATIENT_OFFICE = Office(
    "utf-8-sig",
    {"pid": "患者番号", "hospital_id": "病院番号", "insurer": "保険者", "age": "年齢", "sex": "性別", "diagnosis": "主病名", "severity": "重症度",
     "comorb_n": "併存疾患数", "discharged": "退院日", "cr_start": "心リハ開始日", "readmitted": "再入院日", "died": "死亡日", "left": "資格喪失日",
     "event_code": "転帰コード"},
)  # fmt: skip


def main() -> None:
    """Write the files and the truth."""
    seed, folder = options(__file__, SEED)
    sample = simulate(seed)
    tables = {"hospital_months": (sample.hospital_months, OFFICE), "patients": (sample.patients, PATIENT_OFFICE)}
    write(tables, truth(seed), folder)


if __name__ == "__main__":
    main()

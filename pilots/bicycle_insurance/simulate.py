"""Synthetic data of the bicycle insurance survey: 6,000 cyclists invited in August 2019, five leaflets, a follow-up in autumn.

Cyclist i has insurance in August if u_i < p_i, does not know if p_i <= u_i < p_i + 0.10, and has none otherwise, with u_i uniform and

    p_i = 0.446 + age_i + area_i + sex_i        (deviations with mean zero in the population)

In autumn the limit is p_i + 0.08 + leaflet_i: the duty to insure came into force for everybody on 1 October. Answering
depends on area, age and sex alone, as a product of factors, so that raking to their margins is right.

    python pilots/bicycle_insurance/simulate.py [--seed N] [--out DIR]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from _simulation import Office, Parameter, Trap, TrueValue, Truth, full_width, options, write

SEED = 2019
AREAS = {"north": (420_000, 0.01), "centre": (260_000, 0.03), "west": (240_000, -0.02), "south": (260_000, -0.0277)}
AGES = {"15-29": (0.22, -0.08), "30-44": (0.27, 0.06), "45-64": (0.31, 0.02), "65+": (0.20, -0.024)}
SEXES = {"female": (0.48, 0.013), "male": (0.52, -0.012)}
INVITED = 1500
PREVALENCE, UNKNOWN = 0.446, 0.10
ORDINANCE = 0.08
LEAFLETS = {"control": 0.0, "loss": 0.005, "norm": 0.01, "duty": 0.02, "checklist": 0.04}
ANSWERING = {
    "base": 0.40, "north": 1.05, "centre": 0.95, "west": 1.0, "south": 0.98, "15-29": 0.55, "30-44": 0.85,
    "45-64": 1.1, "65+": 1.5, "female": 1.06, "male": 0.95,
}  # fmt: skip
FOLLOW_UP = 0.80


@dataclass(frozen=True, slots=True)
class Sample:
    """The table of the pilot.

    Parameters
    ----------
    invitations : one row a person invited.
    """

    invitations: pd.DataFrame


def simulate(seed: int = SEED) -> Sample:
    """Draw one sample; the streams of people, answers, covers, leaflets and the follow-up are independent."""
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(5)]
    people = _people(streams[0])
    people = _leaflets(_answers(people, streams[1]), streams[3])
    return Sample(_shown(_covers(_follow_up(people, streams[4]), streams[2])))


def _people(rng: np.random.Generator) -> pd.DataFrame:
    n = INVITED * len(AREAS)
    areas = np.repeat(list(AREAS), INVITED)
    people = pd.DataFrame({
        "resp_id": [f"R{i:05d}" for i in range(1, n + 1)],
        "ward_group": areas,
        "age_band": rng.choice(list(AGES), n, p=[share for share, _ in AGES.values()]),
        "sex": rng.choice(list(SEXES), n, p=[share for share, _ in SEXES.values()]),
        "population": [AREAS[area][0] for area in areas],
        "u": rng.random(n),
    })  # fmt: skip
    chance = PREVALENCE + sum(
        people[name].map({level: shift for level, (_, shift) in levels.items()}) for name, levels in _margins()
    )
    return people.assign(chance=chance, weight=(people["population"] / INVITED).round(4))


def _margins() -> tuple[tuple[str, dict[str, tuple[float, float]]], ...]:
    return ("ward_group", AREAS), ("age_band", AGES), ("sex", SEXES)


def _answers(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    factors = people["ward_group"].map(ANSWERING) * people["age_band"].map(ANSWERING) * people["sex"].map(ANSWERING)
    responded = (rng.random(len(people)) < ANSWERING["base"] * factors).astype(int)
    insured = np.select(
        [people["u"] < people["chance"], people["u"] < people["chance"] + UNKNOWN], ["yes", "unknown"], "no"
    )
    day = pd.Timestamp("2019-08-05") + pd.to_timedelta(rng.integers(0, 26, len(people)), unit="D")
    mode = rng.choice(["mail", "web", "counter"], len(people), p=[0.62, 0.33, 0.05])
    return people.assign(responded=responded, insured=insured, resp_date=day.strftime("%Y-%m-%d"), mode=mode)


def _leaflets(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the five leaflets among those who answered, in equal shares within the area."""
    order = pd.Series(rng.random(len(people))).where(people["responded"] == 1).groupby(people["ward_group"]).rank()
    place = np.array(list(LEAFLETS))[(order.fillna(0).astype(int) % len(LEAFLETS)).to_numpy()]
    return people.assign(leaflet_arm=place)


def _follow_up(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    answered = (people["responded"] == 1) & (rng.random(len(people)) < FOLLOW_UP)
    limit = people["chance"] + ORDINANCE + people["leaflet_arm"].map(LEAFLETS)
    later = np.select([people["u"] < limit, people["u"] < limit + UNKNOWN / 2], ["yes", "unknown"], "no")
    day = pd.Timestamp("2019-09-20") + pd.to_timedelta(rng.integers(0, 50, len(people)), unit="D")
    return people.assign(
        followed_up=answered.astype(int), followup_date=day.strftime("%Y-%m-%d"), insured_followup=later
    )


def _covers(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Most covers are riders of car and home policies, which their holders easily forget."""
    cover = rng.choice(
        ["bicycle", "car_rider", "home_rider", "group", "ts_mark"], len(people), p=[0.30, 0.33, 0.18, 0.11, 0.08]
    )
    return people.assign(
        cover_type=np.where(people["insured"] == "yes", cover, "none"),
        cyclist=rng.choice(["daily", "weekly", "sometimes"], len(people), p=[0.35, 0.35, 0.30]),
        child_cyclist=rng.choice([0, 1], len(people), p=[0.74, 0.26]),
        aware_ordinance=(rng.random(len(people)) < 0.45 + 0.2 * (people["insured"] == "yes")).astype(int),
        parking_lot_id=[f"L{i:02d}" for i in rng.integers(1, 61, len(people))],
    )


def _shown(people: pd.DataFrame) -> pd.DataFrame:
    """Blank what nobody answered."""
    answers = [
        "mode",
        "resp_date",
        "cyclist",
        "child_cyclist",
        "insured",
        "cover_type",
        "aware_ordinance",
        "parking_lot_id",
        "leaflet_arm",
    ]
    table = people.astype({"child_cyclist": object, "aware_ordinance": object})
    table[answers] = table[answers].where(people["responded"].eq(1), None)
    later = ["followup_date", "insured_followup"]
    table[later] = table[later].where(people["followed_up"].eq(1), None)
    frame = ["resp_id", "ward_group", "age_band", "sex", "population", "weight", "responded"]
    return table[[*frame, *answers, "followed_up", *later]].copy()


def truth(seed: int = SEED) -> Truth:
    """Return the true values; they are the same for every seed."""
    shares = [(size / sum(s for s, _ in AREAS.values()), shift) for size, shift in AREAS.values()]
    insured = PREVALENCE + sum(share * shift for share, shift in (*shares, *AGES.values(), *SEXES.values()))
    share = "share of cyclists"
    values = (
        TrueValue("messages", "checklist - control", 100 * LEAFLETS["checklist"], "percentage points", "設定値 / a parameter"),
        TrueValue("messages", "duty - control", 100 * LEAFLETS["duty"], "percentage points", "設定値 / a parameter"),
        TrueValue("messages", "loss - control", 100 * LEAFLETS["loss"], "percentage points", "設定値 / a parameter"),
        TrueValue("messages", "norm - control", 100 * LEAFLETS["norm"], "percentage points", "設定値 / a parameter"),
        TrueValue("prevalence", "yes", round(insured, 6), share, "0.446に偏差を加えた値(偏差の加重平均は丸めを除いて0) / 0.446 plus deviations, whose weighted means are zero but for rounding"),
        TrueValue("prevalence", "unknown", UNKNOWN, share, "設定値 / a parameter"),
    )  # fmt: skip
    return Truth("bicycle_insurance", seed, values, PARAMETERS, TRAPS)


PARAMETERS = (
    Parameter("prevalence", PREVALENCE, "source", "2019年8月の加入率44.6 % / insured 44.6 % in August 2019"),
    Parameter("unknown", UNKNOWN, "source", "約10 %が「分からない」 / about 10 % do not know"),
    Parameter("cyclists", sum(size for size, _ in AREAS.values()), "source", "市内の自転車利用者は約118万人。方面・年齢・性別の内訳は架空 / about 1.18 million cyclists in the city; their shares by area, age and sex are invented"),
    Parameter("effect_of_the_best_leaflet", LEAFLETS["checklist"], "assumption", "国内に同種の啓発文の無作為化試験は見当たらない / no trial of such leaflets in Japan was found"),
    Parameter("ordinance", ORDINANCE, "assumption", "仕掛け。2019年10月1日の義務化がすべての群を等しく押し上げる / planted: everybody's duty from 2019-10-01 raises all arms alike"),
    Parameter("answering", ANSWERING["base"], "assumption", "方面・年齢・性別の係数を掛ける / times factors of area, age and sex"),
    Parameter("follow_up", FOLLOW_UP, "assumption", "8月の回答者のうち追跡調査に回答する割合 / share of those who answered in August that answer the follow-up"),
)  # fmt: skip
TRAPS = (
    Trap(
        "ordinance_and_leaflet",
        ("S106",),
        "追跡調査の期間中の2019年10月1日に義務化が始まる / the duty of 2019-10-01 begins while the follow-up is in the field",
    ),
    Trap("low_response", ("S101",), "回答するのは5人に2人程度 / about two in five answer"),
    Trap(
        "unknown_cover",
        ("S104",),
        "10人に1人は、自転車が補償されるか分からない / one in ten does not know whether a policy covers bicycles",
    ),
    Trap(
        "bundled_cover",
        ("S107",),
        "補償の半分は自動車保険や火災保険の特約 / half of the covers are riders of car and home policies",
    ),
)


def _day(value: str | None) -> str:
    return value.replace("-", "/").replace("/0", "/") if isinstance(value, str) else "－"


OFFICE = Office(
    "cp932",
    {"resp_id": "整理番号", "ward_group": "方面", "age_band": "年齢階級", "sex": "性別", "population": "母集団人数", "weight": "設計ウェイト", "responded": "回答有無",
     "mode": "回答方法", "resp_date": "回答日", "cyclist": "利用頻度", "child_cyclist": "子の利用", "insured": "加入状況", "cover_type": "保険の種類",
     "aware_ordinance": "条例認知", "parking_lot_id": "駐輪場番号", "leaflet_arm": "啓発文", "followed_up": "追跡回答有無",
        "followup_date": "追跡回答日", "insured_followup": "追跡時加入状況"},
    {"population": lambda value: f"{value:,}", "responded": full_width, "resp_date": lambda value: value.replace("-", "/").replace("/0", "/") if isinstance(value, str) else "－"},
)  # fmt: skip


def main() -> None:
    """Write the file and the truth."""
    seed, folder = options(__file__, SEED)
    write({"invitations": (simulate(seed).invitations, OFFICE)}, truth(seed), folder)


if __name__ == "__main__":
    main()

"""Files as they should not be: what was done to which table, and the code that must answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.pilots.simulations import ENCODINGS, Office


@dataclass(frozen=True)
class Case:
    """A spoilt file and the error or notice that it must give.

    Parameters
    ----------
    change : what is done to the rows (an `Office`), or to the bytes where `raw`.
    expected : code of the error with which evaluation stops, or of a notice of the evaluation (a letter and three digits).
    noticed : code of a notice that reading gives beforehand.
    """

    name: str
    table: str
    change: Callable
    expected: str
    noticed: str = ""
    raw: bool = False


def spoil(path: Path, case: Case) -> None:
    """Spoil a file."""
    if case.raw:
        path.write_bytes(case.change(path.read_bytes()))
        return
    office = Office(path, ENCODINGS[case.table])
    case.change(office)
    office.save()


def doubled(office):
    office.rows.append(list(office.rows[0]))


def renamed(name):
    def change(office):
        office.header[office.column(name)] = "mystery"

    return change


def wrong_type(name, rows=None):
    return lambda office: office.set(name, "abc", rows)


def shuffled(office):
    office.rows = office.rows[1::2] + office.rows[::2][::-1]


def header_only(office):
    office.rows = []


def mixed(content):
    """Append one line of each encoding."""
    return content + "備考,方面\n".encode() + "備考,方面\n".encode("cp932")


def general(table, key, outcome, refused=""):
    """Return what can happen to any file; `refused` is the error that a refused row leads to, if any."""

    def refuses(name, change, code):
        return Case(name, table, change, refused or code, noticed=code)

    return (
        Case("empty file", table, lambda content: b"", "data_empty_file", raw=True),
        Case("header without rows", table, header_only, "data_header_only"),
        Case("column renamed", table, renamed(outcome), "data_columns_missing"),
        Case("column of words", table, wrong_type(outcome), "data_too_many_refused"),
        refuses("two words in a column", wrong_type(outcome, [3, 5]), "T020"),
        Case("a row twice", table, doubled, "data_duplicate_keys"),
        refuses("a key missing", lambda office: office.set(key, "", [0]), "T031"),
        Case("two encodings in one file", table, mixed, "data_mixed_encodings", raw=True),
        refuses("negative", lambda office: office.set(outcome, "-5", [1]), "T032"),
        refuses("a row cut short", lambda office: office.rows[2].pop(), "T035"),
    )


def gap(unit, value, time, period):
    return lambda office: office.keep(lambda row: not (row[unit] == value and row[time] == period))


VENTURE = (
    *general("firm_years", "app_id", "any_round", "panel_gaps"),
    Case("rows in another order", "firm_years", shuffled, "D205"),
    Case(
        "accepted before the first year",
        "firm_years",
        lambda o: o.set("first_treated", lambda v: "2016" if v == "2019" else v),
        "D207",
    ),
    Case("nobody accepted", "firm_years", lambda o: o.set("first_treated", "0"), "did_no_comparison"),
    Case("everybody accepted in one year", "firm_years", lambda o: o.set("first_treated", "2020"), "did_no_comparison"),
    Case("a firm without a year", "firm_years", gap("app_id", "A0001", "year", "2018"), "panel_gaps"),
    Case(
        "a cohort that changes within a firm",
        "firm_years",
        lambda o: o.set("first_treated", "2020", [0]),
        "panel_cohort_changes",
    ),
    Case(
        "nobody raises anything",
        "firm_years",
        lambda o: (o.set("any_round", "0"), o.set("raised_jpy", "0")),
        "did_constant_outcome",
    ),
    Case("no staff", "firm_years", lambda o: o.set("employees_2018", "0", [0]), "panel_gaps", "T032"),
    Case("a covariate that is constant", "firm_years", lambda o: o.set("age_2018", "8"), "did_no_overlap"),
    Case(
        "closed firms raise money",
        "firm_years",
        lambda o: (o.set("alive", "0", [0]), o.set("any_round", "1", [0])),
        "panel_gaps",
        "T033",
    ),
    Case("a sector that nobody knows", "firm_years", lambda o: o.set("sector", "agri", [0, 1]), "panel_gaps", "T029"),
)
CARDIAC = (
    *general("hospital_months", "病院番号", "180日以内再入院数"),
    Case("rows in another order", "hospital_months", shuffled, "T057"),
    Case(
        "a month without any row",
        "hospital_months",
        lambda o: o.keep(lambda row: row["年月"] != "平成30年7月"),
        "its_gaps",
    ),
    Case(
        "no discharges in a month",
        "hospital_months",
        lambda o: [
            row.__setitem__(o.column(n), "0")
            for row in o.rows
            if row[o.column("年月")] == "平成30年7月"
            for n in ("退院患者数", "180日以内再入院数", "心リハ参加者数")
        ],
        "its_no_exposure",
    ),
    Case(
        "no discharges at all",
        "hospital_months",
        lambda o: [o.set(n, "0") for n in ("退院患者数", "180日以内再入院数", "心リハ参加者数")],
        "its_no_exposure",
    ),
    Case(
        "no comparison hospital",
        "hospital_months",
        lambda o: o.keep(lambda row: row["強化対象"] == "1"),
        "its_comparison_codes",
    ),
    Case(
        "nothing after the start",
        "hospital_months",
        lambda o: o.keep(lambda row: row["時期"] == "before"),
        "its_outside",
    ),
    Case(
        "one hospital in each group",
        "hospital_months",
        lambda o: o.keep(lambda row: row["病院番号"] in {"H01", "H02"}),
        "P507",
    ),
    Case(
        "more readmissions than discharges", "hospital_months", lambda o: o.set("180日以内再入院数", "500", [0]), "T033"
    ),
    Case("a month that does not exist", "hospital_months", lambda o: o.set("年月", "平成30年13月", [0]), "T026"),
    Case(
        "an era that had ended",
        "hospital_months",
        lambda o: o.set("年月", lambda v: "平成31年10月" if v == "令和元年10月" else v),
        "T019",
    ),
    Case("half a count", "hospital_months", lambda o: o.set("180日以内再入院数", "3.5", [0]), "T022"),
)
STUDENT = (
    *general("household_months", "pupil_id", "kwh"),
    Case("rows in another order", "household_months", shuffled, "R106"),
    Case("one arm only", "household_months", lambda o: o.set("arm", "1"), "rct_one_arm"),
    Case(
        "one school an arm",
        "household_months",
        lambda o: o.keep(lambda row: row["school_id"] in {"S01", "S02", "S03"}),
        "rct_one_unit_in_stratum",
    ),
    Case(
        "an arm that varies within a school",
        "household_months",
        lambda o: o.set("arm", lambda v: str(1 - int(v)), range(60)),
        "rct_arm_varies",
    ),
    Case("an arm that nobody knows", "household_months", lambda o: o.set("arm", "2", [0, 1]), "T029"),
    Case("no days", "household_months", lambda o: o.set("days", "0", [0]), "T032"),
    Case("nobody returns", "household_months", lambda o: o.set("returned", "0"), "empty_data"),
    Case(
        "readings of autumn missing",
        "household_months",
        lambda o: [row.__setitem__(o.column("kwh"), "") for row in o.rows if row[o.column("month")] >= "2019-09"],
        "missing_values",
    ),
    Case("a month in words", "household_months", lambda o: o.set("month", "九月", [0]), "T025"),
    Case("use before is constant", "household_months", lambda o: o.set("kwh_before", "11"), "stats_collinear"),
    Case("an approximate reading", "household_months", lambda o: o.set("kwh", "約300", [0]), "T021"),
)
BICYCLE = (
    *general("invitations", "整理番号", "設計ウェイト"),
    Case("rows in another order", "invitations", shuffled, "S101"),
    Case("one leaflet only", "invitations", lambda o: o.set("啓発文", lambda v: "control" if v else ""), "rct_one_arm"),
    Case(
        "no control",
        "invitations",
        lambda o: o.set("啓発文", lambda v: "loss" if v == "control" else v),
        "rct_no_such_arm",
    ),
    Case("nobody answered", "invitations", lambda o: o.set("回答有無", "0"), "data_too_many_refused"),
    Case(
        "nobody followed up",
        "invitations",
        lambda o: (o.set("追跡回答有無", "0"), o.set("追跡時加入状況", "")),
        "empty_data",
    ),
    Case("a weight of zero", "invitations", lambda o: o.set("設計ウェイト", "0", [2]), "T032"),
    Case(
        "an age band that the population lacks",
        "invitations",
        lambda o: o.keep(lambda row: row["年齢階級"] != "65+"),
        "P507",
    ),
    Case("an answer that nobody knows", "invitations", lambda o: o.set("加入状況", "maybe", [2]), "T029"),
    Case("followed up without an answer", "invitations", lambda o: o.set("追跡回答有無", "1", [0]), "T033"),
    Case("a day that does not exist", "invitations", lambda o: o.set("回答日", "2019/2/30", [2]), "T026"),
    Case(
        "one person an area",
        "invitations",
        lambda o: o.keep(
            lambda row, seen=set(): row["追跡回答有無"] == "1" and row["方面"] not in seen and not seen.add(row["方面"])
        ),
        "rct_constant_outcome",
    ),
)
CASES = {
    "venture_support": VENTURE,
    "cardiac_rehab": CARDIAC,
    "student_energy_saving": STUDENT,
    "bicycle_insurance": BICYCLE,
}

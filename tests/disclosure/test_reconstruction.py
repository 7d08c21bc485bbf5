"""A reader who tries to work out members of a group from a moment file: by every table, by integer programming, by subtraction."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import ebpm
from ebpm import moments
from ebpm.cli import main
from ebpm.disclosure.differencing import FILE, Register
from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sums.groups import refused_groups
from ebpm.disclosure.sums.paths import refused_paths
from ebpm.disclosure.sums.scales import tells_of_few
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.pilot.sums.ledger import _near
from ebpm.pilot.sums.moments import released_moments

PILOTS = Path(__file__).parents[2] / "pilots"
OPEN = Disclosure(tier="open", min_cell=10)


@cache
def pilot_of(name):
    pilot = ebpm.read_pilot(PILOTS / name)
    data = pilot.read_data()
    return pilot, data, json.loads(pilot.moments(data).text())


def reasons(found):
    return {one.reason for one in found}


def by_group(values, ends=None, group="school"):
    table = pd.DataFrame([(name, one) for name, many in values.items() for one in many], columns=[group, "score"])
    sums = scan_groups(moments.scan(table), GroupRequest(keys=(group,), numbers=("score",)))
    return refused_groups(sums, OPEN, {"score": ends} if ends else {})


def panel(changes):
    """Two groups of forty units of various size over two years; of the treated some change by a little in the second."""
    rows = [
        (f"{start}-{unit}", year, start, 100 + 7 * unit + (changes[unit] if start and year == 2001 and unit < len(changes) else 0))
        for start in (0, 2001) for unit in range(40) for year in (2000, 2001)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["firm", "year", "start", "staff"])
    request = PathRequest(outcome="staff", unit="firm", time="year", first_treated="start")
    return scan_paths(moments.scan(table), request)


# --- every table of whole numbers


def tables(count, values):
    """Return all numbers of members by value: one row a table."""
    if values == 1:
        return [(count,)]
    return [(own, *rest) for own in range(count + 1) for rest in tables(count - own, values - 1)]


@pytest.mark.parametrize(("top", "count", "least"), [(2, 14, 5), (3, 12, 5), (4, 12, 3)])
def test_no_sums_leave_that_tell_of_a_few_in_any_table(top, count, least):
    """All tables of a short scale, put together by their sums: what is alike in all of them is what a reader knows."""
    values, alike = np.arange(top + 1), defaultdict(list)
    for row in tables(count, top + 1):
        alike[int(row @ values), int(row @ values**2)].append(row)
    told = 0
    for (first, second), rows in alike.items():
        fewest, most = np.min(rows, axis=0), np.max(rows, axis=0)
        others = count - fewest
        known = ((fewest > 0) & (most < least)).any() or ((others > 0) & (others < least)).any()
        told += known
        assert not known or tells_of_few(count, first, second, ends=(0, top), least=least)
    assert told > 30


# --- sums that pin values


def test_groups_whose_members_are_all_alike_stay():
    """No spread: the sum of squares is the sum squared over the count, and everybody's score is known."""
    spread = list(range(20)) * 3
    assert reasons(by_group({"S1": spread, "S2": [7] * 25})) == {"disclosure_saturated"}
    assert not by_group({"S1": spread, "S2": spread})


@pytest.mark.parametrize("odd", [[8], [8, 6], [9, 7, 5]])
def test_groups_that_are_alike_but_for_a_few_stay(odd):
    assert reasons(by_group({"S1": list(range(20)) * 3, "S2": [7] * 25 + odd})) == {"disclosure_tells_count"}


def test_answers_of_never_sometimes_always_are_counted_by_their_sums():
    """Three values: how many have each follows from count, sum and squares; four of thirty say always."""
    few, many = [0] * 14 + [1] * 12 + [2] * 4, [0] * 10 + [1] * 10 + [2] * 10
    assert reasons(by_group({"S1": few, "S2": many}, ends=(0, 2))) == {"disclosure_tells_count"}
    assert not by_group({"S1": many, "S2": many}, ends=(0, 2))


def test_the_published_ends_of_a_scale_count():
    """All but one at the ends of 0 to 32: only who knows the ends can tell."""
    polar = [0] * 20 + [32] * 20 + [5]
    assert reasons(by_group({"S1": polar, "S2": list(range(33))}, ends=(0, 32))) == {"disclosure_tells_count"}


def test_coarse_steps_are_found():
    points = [100.0 * one / 4 for one in [2] * 25 + [3]]
    assert reasons(by_group({"S1": points, "S2": [0.0, 25.0, 50.0, 75.0, 100.0] * 10})) == {"disclosure_tells_count"}


def test_few_units_that_change_between_two_periods_stay():
    """Products of two periods give the sum of squared changes: three firms that gained one member of staff each."""
    assert reasons(refused_paths(panel([1, 1, 1]), OPEN)) == {"disclosure_tells_count"}
    rng = np.random.default_rng(4)
    assert not refused_paths(panel(rng.integers(-20, 21, 40).tolist()), OPEN)


# --- integer programming on a file as it is released


def attacked(count, total, square, values, wanted):
    """Return the fewest and the most members that can have a value, over all tables of whole numbers."""
    scale = np.array(values, dtype=np.float64)
    equal = np.array([count, total, square], dtype=np.float64)
    rules = LinearConstraint(np.vstack([np.ones_like(scale), scale, scale**2]), equal, equal)
    found = []
    for sign in (1.0, -1.0):
        cost = np.where(scale == wanted, sign, 0.0)
        answer = milp(cost, constraints=rules, bounds=Bounds(0, count), integrality=np.ones_like(scale))
        found.append(round(abs(answer.fun)))
    return tuple(found)


def test_no_pupils_score_is_told_by_the_released_sums():
    """Of scores of 0 to 32 in a school none is known to be there, and each within the true range may be anybody's."""
    _, data, file = pilot_of("student_energy_saving")
    scores = data.readings["pupils"].frame
    for group in file["items"]["behaviour"]["groups"][:12:4]:
        (count, total), (square,) = group["moments"][0]
        own = scores[(scores["school_id"] == group["labels"][0]) & (scores["returned"] == 1)]["score_post"]
        assert (len(own), own.sum(), (own**2).sum()) == (count, total, square)
        for value in np.unique(own.quantile([0.1, 0.5, 0.9], interpolation="nearest")):
            fewest, most = attacked(count, total, square, range(33), value)
            assert fewest == 0 < most


def test_no_file_of_a_pilot_holds_two_counts_that_differ_by_a_few():
    """Counts of one group in two analyses: 27 of 30 pupils would say that three did not hand the slip in."""
    for name in ("student_energy_saving", "bicycle_insurance", "bicycle_insurance/twin"):
        pilot, _, file = pilot_of(name)
        counts = defaultdict(set)
        for item in file["items"].values():
            for group in item["groups"]:
                counts[tuple(item["keys"]), tuple(group["labels"])].add(group["moments"][0][0][0])
        for many in counts.values():
            assert all(abs(one - other) >= pilot.spec.disclosure.min_cell for one, other in combinations(many, 2))
    assert {"moments_few_apart"} == {
        one["reason"] for one in pilot_of("student_energy_saving")[2]["withheld"]["placebo_july"]
    }


# --- what others know


@cache
def fits(unknown, total, square, top=32):
    """Return how many sets of so many whole numbers up to the top have this sum and sum of squares."""
    if unknown == 0:
        return int(total == square == 0)
    if total < 0 or square < 0 or square * unknown < total**2 or top < 0:
        return 0
    return fits(unknown, total, square, top - 1) + fits(unknown - 1, total - top, square - top**2, top)


def test_who_knows_all_but_three_mostly_knows_these_and_who_knows_less_does_not():
    """What docs/moments.md says of background knowledge, on the 40 schools of the pilot: how many sets of scores remain."""
    _, data, file = pilot_of("student_energy_saving")
    pupils = data.readings["pupils"].frame
    remaining = defaultdict(list)
    for group in file["items"]["behaviour"]["groups"]:
        own = (
            pupils[(pupils["school_id"] == group["labels"][0]) & (pupils["returned"] == 1)]["score_post"]
            .astype(int)
            .tolist()
        )
        for unknown in (1, 2, 3, 4, 6):
            rest = own[:unknown]
            remaining[unknown].append(fits(unknown, sum(rest), sum(v * v for v in rest)))
    middle = {unknown: float(np.median(many)) for unknown, many in remaining.items()}
    assert set(remaining[1]) == set(remaining[2]) == {1}
    assert middle == {1: 1, 2: 1, 3: 1, 4: 3.5, 6: 55.5}


# --- two files whose difference isolates one


def households(data, change):
    months = data.readings["household_months"]
    return replace(
        data, readings={**data.readings, "household_months": replace(months, frame=change(months.frame.copy()))}
    )


def test_a_corrected_record_would_be_told_by_the_two_files_and_the_second_stays(tmp_path):
    """The same pupils, one reading corrected: the sums differ by the correction, to the last digit."""
    pilot, data, _ = pilot_of("student_energy_saving")
    pilot = replace(pilot, folder=Path(copytree(pilot.folder, tmp_path / "pilot")))
    used = pilot.spec.analysis("unadjusted")
    place = data.tables["household_months"].query("period == 'after' and returned == 1").index[0]

    def corrected(frame):
        frame.loc[place, "kwh"] += 30.0
        return frame

    first, told = released_moments(pilot, data)
    second = pilot.moments(households(data, corrected))
    one, other = (file.items[used.id] for file in (first, second))
    moved = [b - a for a, b in zip(one.totals("kwh_day"), other.totals("kwh_day"), strict=True) if a != b]
    assert len(moved) == 1
    assert moved[0] > Fraction(0)
    Register(pilot=pilot.spec.id).with_release(told).write(pilot.folder / FILE)
    again = pilot.moments(households(data, corrected))
    assert reasons(again.withheld[used.id]) == {"disclosure_differencing"}
    assert pilot.moments(data).items.keys() == first.items.keys()


def test_two_releases_of_a_panel_that_differ_by_one_unit_are_refused(tmp_path, capsys):
    folder = Path(copytree(PILOTS / "venture_support" / "twin", tmp_path / "twin"))
    assert main(["moments", str(folder), "--release", "--out", str(tmp_path / "one.json")]) == 0
    pilot = ebpm.read_pilot(folder)
    data = pilot.read_data()
    ((name, reading),) = data.readings.items()
    gone = reading.frame["county"] != reading.frame["county"].iloc[0]
    without = replace(data, readings={name: replace(reading, frame=reading.frame[gone].reset_index(drop=True))})
    assert reasons(pilot.moments(without).withheld["never_treated"]) == {"disclosure_differencing"}
    capsys.readouterr()


def test_counts_of_tables_that_are_not_in_memory_are_compared_by_name():
    """Nobody looks who they are: 30 and 27 of a school may be the same but for three, 30 and 19 are two sizes."""
    sizes = ({"S1": 30, "S2": 25}, {"S1": 27, "S2": 25}, {"S1": 19, "S2": 40})
    whole, few, other = (
        scan_groups(
            moments.scan(pd.DataFrame({"school": np.repeat(list(one), list(one.values())), "y": 1.0})),
            GroupRequest(keys=("school",), numbers=("y",)),
        )
        for one in sizes
    )
    assert _near(whole, few, 10)
    assert not _near(whole, other, 10)
    assert not _near(whole, whole, 10)

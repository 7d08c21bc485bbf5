"""Stand-ins: valid under the same contract, about nobody, alike in what is kept, and run from end to end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ebpm
from ebpm import data, disclosure, spec
from ebpm.data import DataSet
from ebpm.errors import SpecError
from ebpm.pilot.leaving.stand_in import write_stand_in
from tests.disclosure.people import dataset, frame, reading

PANEL = """
id: visits
title: visits
path: visits.csv
synthetic: true
licence: CC0-1.0
source: made up for tests
row_is: person-month
keys: [person, month]
columns:
  - {name: person, header: 番号, label: person, type: text, role: unit}
  - {name: clinic, label: clinic, type: text, role: cluster, required: true}
  - {name: arm, label: arm, type: code, role: treatment, required: true, codes: {0: none, 1: letter}}
  - {name: month, label: month, type: month, role: time}
  - {name: season, label: season, type: code, required: true, codes: {cold: cold, warm: warm}}
  - {name: age, label: age, type: integer, role: quasi_identifier, range: [18, 90]}
  - {name: visits, label: visits, type: integer, role: outcome, range: [0, 400]}
  - {name: paid, label: paid, type: integer, role: outcome, range: [0, 400]}
rules:
  - {id: paid_were_visits, left: paid, op: "<=", right: visits, text: no more paid than visited}
"""


def panel(folder):
    rng = np.random.default_rng(2)
    rows = []
    for person in range(240):
        level, clinic = rng.normal(40, 12), person // 20
        for month in range(1, 7):
            visits = max(0, round(level + 3 * month + rng.normal(0, 4)))
            gone = month > 4 and clinic % 2
            season = "cold" if month < 4 else "warm"
            rows.append((f"A{person:04d}", f"K{clinic}", clinic % 2, f"2020-{month:02d}", season, 20 + person % 60,
                         "" if gone else visits, "" if gone else visits // 2))  # fmt: skip
    columns = ["番号", "clinic", "arm", "month", "season", "age", "visits", "paid"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "visits.csv", index=False)
    return data.read(spec.loads(PANEL, DataSet, name="visits"), folder)


def written(found, folder):
    for name, content in found.files().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return data.read(found.datasets[0], folder)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    real = panel(folder)
    return real, written(disclosure.stand_in([real], seed=4), folder)


def test_a_panel_stays_a_valid_panel(both):
    real, new = both
    assert new.rows_in == new.rows_used == len(real.frame)
    assert new.dataset.synthetic
    assert (new.frame.groupby("person")[["clinic", "arm", "age"]].nunique() == 1).all().all()
    assert (new.frame["season"] == np.where(new.frame["month"] < "2020-04", "cold", "warm")).all()
    assert (new.frame["paid"] <= new.frame["visits"])[new.frame[["paid", "visits"]].notna().all(axis=1)].all()


def test_the_design_of_clusters_and_the_holes_are_kept(both):
    real, new = both
    for one in both:
        assert one.frame.groupby("arm")["clinic"].nunique().tolist() == [6, 6]
    assert sorted(real.frame.groupby("clinic").size()) == sorted(new.frame.groupby("clinic").size())
    late = new.frame[(new.frame["month"] > "2020-04")]
    assert late.groupby("arm")["visits"].apply(lambda values: values.isna().mean()).tolist() == pytest.approx(
        [0, 1], abs=0.1
    )


def test_single_distributions_and_persistence_are_kept(both):
    real, new = (one.frame.dropna() for one in both)
    assert new["visits"].mean() == pytest.approx(real["visits"].mean(), rel=0.06)
    assert new["visits"].std() == pytest.approx(real["visits"].std(), rel=0.2)
    for table in (real, new):
        wide = table.pivot_table(index="person", columns="month", values="visits")
        assert wide.iloc[:, 0].corr(wide.iloc[:, 1]) > 0.5


def test_no_record_and_no_name_of_the_data_is_in_it(both, tmp_path):
    real, _ = both
    found = disclosure.stand_in([real], seed=4)
    for name, content in found.files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert not {"X620", "X621"} & set(disclosure.scan([tmp_path], [real]).notices.codes)


def test_rare_levels_and_extremes_are_merged():
    table = frame()
    one = disclosure.stand_in([reading()], seed=1).tables["people"]
    assert (table["ward"] == "isle").sum() == 4
    assert "isle" not in set(one["ward"])
    assert one["income"].astype(float).max() <= table["income"].nlargest(10).mean() * 1.01
    assert one["kwh"].astype(float).min() >= table["kwh"].nsmallest(10).mean() * 0.99
    assert not set(one["called"]) & set(table["called"])


def test_the_same_seed_gives_the_same_and_another_another():
    first, again, other = (disclosure.stand_in([reading()], seed=seed).tables["people"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_it_says_what_it_is():
    found = disclosure.stand_in([reading()], seed=1)
    assert found.notices.codes == ("X640",)
    assert found.datasets[0].synthetic
    assert "stand-in" in found.datasets[0].source.words("en")
    assert dataset().id == found.datasets[0].id


def test_a_pilot_runs_from_end_to_end_on_its_stand_in(tmp_path):
    pilot = ebpm.read_pilot("pilots/venture_support")
    write_stand_in(pilot, tmp_path / "new", seed=1)
    new = ebpm.read_pilot(tmp_path / "new")
    evaluation = new.evaluate(new.read_data(unfrozen="test"))
    assert evaluation.spec.synthetic
    assert not evaluation.failures
    assert [one.id for one in new.spec.plan] == [one.id for one in pilot.spec.plan]
    with pytest.raises(SpecError, match="new"):
        write_stand_in(pilot, tmp_path / "new", seed=1)

"""Attempts at getting records out, none of which may succeed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from ebpm import disclosure
from ebpm.disclosure import Disclosure
from ebpm.disclosure.scanning import scan_tables
from ebpm.disclosure.scanning.known import known_tables
from ebpm.estimate import Unavailable
from tests.disclosure.people import file, frame, payload, reading

CASES = Path(__file__).parent / "red_team"
RULES = Disclosure(tier="open", round_to=1)


def cases(name):
    return YAML(typ="safe").load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def readings():
    return (reading(),)


@pytest.fixture(scope="module")
def known(readings):
    return known_tables(readings)


@pytest.mark.parametrize("case", cases("files"), ids=lambda case: f"{case['payload']} in {case['wrap']}")
def test_no_payload_passes_in_a_file(case, tmp_path, known):
    name, data = file(case["wrap"], payload(case["payload"]))
    (tmp_path / name).write_bytes(data)
    found = scan_tables([tmp_path / name], known)
    assert not found.clean
    assert set(case["codes"]) <= set(found.notices.codes)


def people_of(counts):
    cells = np.array(counts)
    rows = [(f"r{i}", f"c{j}") for (i, j), count in np.ndenumerate(cells) for _ in range(count)]
    return pd.DataFrame(rows, columns=["row", "column"])


@pytest.mark.parametrize("case", cases("tables"), ids=lambda case: case["id"])
def test_no_small_cell_follows_from_what_is_shown(case):
    table = disclosure.frequencies(people_of(case["counts"]), ["row", "column"], rules=RULES)
    ranges = table.ranges()
    assert len(ranges) == sum(0 < value < 10 for value in table.sums.values)
    assert all(high - low >= RULES.min_cell for low, high in ranges)
    assert all(low < table.sums.values[need.cell] < high for need, (low, high) in zip(table.needs, ranges, strict=True))
    assert all(isinstance(table.shown[need.cell], Unavailable) for need in table.needs)


def scatter(kind):
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    table = frame()
    figure, axes = plt.subplots()
    if kind == "scatter":
        axes.scatter(table["kwh"], table["income"], s=4)
    elif kind == "some":
        axes.scatter(table["kwh"][40:75], np.arange(35), s=4)
    else:
        axes.plot(np.arange(60), table["income"][100:160], "o", markersize=2)
    return plt, figure


@pytest.mark.parametrize("kind", ["scatter", "some", "line"])
def test_no_drawing_has_a_point_a_person(kind, tmp_path, readings):
    plt, figure = scatter(kind)
    figure.savefig(tmp_path / "figure.svg")
    found = disclosure.scan_figure("figure", figure, [disclosure.Known(one.dataset, one.frame) for one in readings])
    plt.close(figure)
    assert found.notices.codes == ("X623",)
    assert "X623" in disclosure.scan([tmp_path / "figure.svg"], readings).notices


@pytest.mark.parametrize("ending", ["parquet", "pkl", "npz", "sqlite"])
def test_no_file_of_data_passes(ending, tmp_path, readings):
    (tmp_path / f"rows.{ending}").write_bytes(b"anything")
    assert "X627" in disclosure.scan([tmp_path], readings).notices

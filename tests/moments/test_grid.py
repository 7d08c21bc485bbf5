"""Long tables that are gone through as the cells of units and periods: what is estimated stays the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DesignError
from ebpm.moments import grid
from ebpm.moments.frame import Frame
from ebpm.moments.grid import Grid
from ebpm.moments.two_way import TwoWay

UNITS, PERIODS = 300, 6


def panel(*, gaps: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(20190401)
    unit, time = np.repeat(np.arange(UNITS), PERIODS), np.tile(np.arange(PERIODS), UNITS)
    data = pd.DataFrame({"unit": unit, "time": time, "d": (time >= rng.choice([2, 4, 99], UNITS)[unit]).astype(float)})
    data["x"], data["w"], data["town"] = rng.standard_normal(len(data)), rng.uniform(0.5, 2.0, len(data)), unit // 50
    data["y"] = rng.standard_normal(UNITS)[unit] + 0.1 * time + 0.3 * data.d + rng.standard_normal(len(data))
    return data.iloc[rng.permutation(len(data))[: len(data) - gaps]].reset_index(drop=True)


def fitted(data: pd.DataFrame, **choices: object) -> tuple[np.ndarray, object]:
    choices = {"treatment": "d", "covariates": ["x"]} | choices
    found = did.twfe(data, "y", unit="unit", time="time", **choices)
    return np.array([[one.estimate, one.std_error, one.df, one.n] for one in found.items]), found.notices


@pytest.fixture
def grids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """All tables are long; the rows of those that were read as grids."""
    read: list[int] = []
    stacked = Grid.stacked
    monkeypatch.setattr(grid, "CELLS_AT_A_TIME", 50)
    monkeypatch.setattr(Grid, "stacked", lambda self, *what: (read.append(self.rows), stacked(self, *what))[1])
    return read


@pytest.mark.parametrize("gaps", [0, 60])
@pytest.mark.parametrize(
    ("choices", "gridded"),
    [
        ({}, True),
        ({"cluster": "town"}, True),
        ({"errors": "classical"}, True),
        ({"treatment": ["d", "x"], "covariates": []}, True),
        ({"weights": "w"}, False),
        ({"fixed_effects": ["town"]}, False),
        ({"cluster": ["unit", "time"]}, False),
        ({"cluster": "town", "errors": "CR2"}, False),
    ],
)
def test_cells_give_what_rows_give(
    choices: dict[str, object], gridded: bool, gaps: int, grids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = panel(gaps=gaps)
    plain, notices = fitted(data, **choices)
    assert not grids
    monkeypatch.setattr(grid, "LONG", 0)
    found, others = fitted(data, **choices)
    np.testing.assert_allclose(found, plain, rtol=1e-12)
    assert others == notices
    assert grids == [len(data)] * gridded


def test_periods_that_one_cluster_alone_has_are_no_columns(grids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    data = panel(gaps=0)
    data = data[(data.town < 3) == (data.time < 3)]
    data["d"] = ((data.time % 3 > 0) & (data.unit % 2 > 0)).astype(float)
    data["half"] = data.town // 3
    monkeypatch.setattr(grid, "FULL", 3)
    for cluster in ("half", "town"):
        monkeypatch.setattr(grid, "LONG", 10**9)
        plain, _ = fitted(data, cluster=cluster)
        monkeypatch.setattr(grid, "LONG", 0)
        np.testing.assert_allclose(fitted(data, cluster=cluster)[0], plain, rtol=1e-12)
    assert len(grids) == 2


def test_a_constant_outcome_is_refused_despite_the_zeros_of_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "LONG", 0)
    with pytest.raises(DesignError, match="same"):
        fitted(panel().assign(y=5.0))


def test_large_levels_do_not_cancel(grids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "LONG", 0)
    data = panel()
    plain, _ = fitted(data)
    np.testing.assert_allclose(fitted(data.assign(y=data.y + 1e8))[0], plain, rtol=1e-6)
    assert len(grids) == 2


def test_a_table_with_many_gaps_is_none() -> None:
    seen = np.ones((3, 2), dtype=np.bool_)
    assert not Grid.suits(seen, 6)
    assert Grid.suits(np.ones((grid.LONG, 1), dtype=np.bool_), grid.LONG)
    assert not Grid.suits(np.ones((grid.LONG, 2), dtype=np.bool_), grid.LONG)


def test_what_is_left_is_what_rows_leave() -> None:
    data, rng = panel(), np.random.default_rng(1)
    unit, period = data.unit.to_numpy(), data.time.to_numpy()
    seen = np.zeros((UNITS, PERIODS), dtype=np.bool_)
    seen[unit, period] = True
    own = Grid(seen, unit * PERIODS + period)
    cells = own.stacked(Frame.of(data), [("y", "outcome"), ("d", "treatment")])
    left, rank = own.residuals(cells)
    rows, other = TwoWay(unit, period, np.empty(0)).residuals(data[["y", "d"]].to_numpy())
    np.testing.assert_allclose(left[own.place], rows, atol=1e-13)
    assert rank == other == PERIODS - 1
    assert not left[~seen.ravel()].any()
    scores = rng.standard_normal(seen.size) * seen.ravel()
    np.testing.assert_allclose(
        own.scores(left, scores, np.arange(UNITS) // 50),
        TwoWay(unit, period, np.empty(0)).scores(rows, scores[own.place], unit // 50),
        atol=1e-12,
    )

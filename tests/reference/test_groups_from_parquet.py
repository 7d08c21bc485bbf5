"""Witnesses of trials and samples once more, from Parquet files beyond their budget of memory: whatever follows from sums."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import count
from typing import Any

import pandas as pd
import pytest

from ebpm import moments
from tests.reference import test_rct, test_rct03, test_svy01, test_svy02, test_svy04

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
SUMMED = {
    "difference_in_means", "lin", "ancova", "pairwise", "balance_table", "balance", "mean", "total", "ratio", "proportion",
}  # fmt: skip
INTERVALS = [("t", "mean"), ("logit", "xlogit"), ("logit", "logit")]
CASES: list[tuple[Any, str, dict[str, Any]]] = [
    (test_rct, "test_rct01_difference_in_means_is_neyman_and_welch", {}),
    (test_rct, "test_rct02_lin", {}), (test_rct, "test_rct05_strata", {}), (test_rct, "test_rct06_pairs", {}), (test_rct, "test_rct19_balance", {}),
    *((test_rct03, "test_rct03_ancova_of_two_baselines", {"kind": kind}) for kind in test_rct03.KINDS),
    *((test_svy01, "test_means_and_shares", {"block": block}) for block in test_svy01.DESIGNS),
    *((test_svy01, "test_degrees_of_freedom", {"block": block}) for block in ("strat_fpc", "weights_only")),
    (test_svy01, "test_total_and_ratio", {}), (test_svy01, "test_domains", {}),
    *((test_svy01, "test_intervals_of_a_share", {"interval": one, "theirs": other}) for one, other in INTERVALS),
    (test_svy02, "test_mean_and_total", {}), *((test_svy02, "test_shares_and_totals_of_codes", {"level": one}) for one in "EHM"),
    *((test_svy04, name, {"case": case}) for case in test_svy04.ONE_STAGE for name in ("test_means_totals_ratios_and_shares", "test_domains_keep_the_whole_design")),
    *((test_svy04, "test_intervals_of_a_share", {"case": case, "interval": one}) for case in test_svy04.ONE_STAGE for one in test_svy04.THEIRS),
    *((test_svy04, "test_a_stratum_with_one_unit", {"rule": rule}) for rule in ("certainty", "adjust", "average")),
]  # fmt: skip


class Lying:
    """A room whose routines that follow from sums are given each table as a Parquet file that does not fit their budget."""

    def __init__(self, room: Any, folder: Any, names: Iterator[int]) -> None:
        self.room, self.folder, self.names, self.given = room, folder, names, 0

    def __getattr__(self, name: str) -> Any:
        routine = getattr(self.room, name)
        if name not in SUMMED:
            return routine

        def from_parquet(data: Any, *columns: Any, **arguments: Any) -> Any:
            if not isinstance(data, pd.DataFrame):
                return routine(data, *columns, **arguments)
            path = self.folder / f"{next(self.names)}.parquet"
            pl.from_pandas(data.reset_index(drop=True)).write_parquet(path)
            self.given += 1
            return routine(moments.scan(path, memory=1), *columns, **arguments)

        return from_parquet


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    CASES,
    ids=lambda one: str(one) if isinstance(one, dict) else getattr(one, "__name__", one),
)
def test_the_same_witness_from_a_parquet_file(module, name, arguments, tmp_path, monkeypatch, request):
    rooms = [Lying(getattr(module, room), tmp_path, count()) for room in ("rct", "survey") if hasattr(module, room)]
    test = getattr(module, name)
    if "schools" in inspect.signature(test).parameters:
        arguments = {**arguments, "schools": _schools(module)}
    for room in rooms:
        monkeypatch.setattr(module, room.room.__name__.rpartition(".")[2], room)
    test(**arguments)
    assert sum(room.given for room in rooms)


def _schools(module: Any) -> pd.DataFrame:
    table = pd.read_csv(module.FOLDER / "data.csv")
    return table.assign(wide=(table["sch.wide"] == "Yes").astype(float)) if module is test_svy01 else table

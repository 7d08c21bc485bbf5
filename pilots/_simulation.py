"""What the four simulations share: the truth as a value, files as offices make them, the command line."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

Style = Callable[[Any], str]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
REIWA_MONTH = "2019-05"


@dataclass(frozen=True, slots=True)
class TrueValue:
    """The estimand of one analysis of the plan.

    Parameters
    ----------
    analysis, term : which estimate of the plan it belongs to.
    value : the true value, in `unit`.
    note : how it follows from the parameters.
    """

    analysis: str
    term: str
    value: float
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the model was given.

    Parameters
    ----------
    basis : "source" where `source` was read, "assumption" where nobody has measured it.
    """

    name: str
    value: float
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Trap:
    """Something planted that a careful analyst must notice.

    Parameters
    ----------
    codes : the notices that it raises in the evaluation; empty where only a reader can see it.
    """

    id: str
    codes: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What no real evaluation knows: the values behind synthetic data."""

    pilot: str
    seed: int
    values: tuple[TrueValue, ...]
    parameters: tuple[Parameter, ...]
    traps: tuple[Trap, ...]

    def value(self, analysis: str) -> float:
        """Return the true value of an analysis."""
        return next(one.value for one in self.values if one.analysis == analysis)

    def save(self, path: Path) -> None:
        """Write truth.yaml."""
        yaml = YAML()
        yaml.width = 110
        yaml.allow_unicode = True
        content = {"synthetic": True, **_plain(asdict(self))}
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write(
                "# Synthetic data: drawn by simulate.py from a declared model. No record of any person, firm or school.\n"
            )
            yaml.dump(content, file)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def full_width(value: Any) -> str:
    """Return a number in full-width digits."""
    return _cell(value).translate(FULL_WIDTH)


def thousands(value: Any) -> str:
    """Return an integer with thousands separators."""
    return "" if pd.isna(value) else f"{int(value):,}"


def triangle(value: Any) -> str:
    """Return a number whose minus sign is the triangle of Japanese accounts."""
    return _cell(value).replace("-", "▲")


def era_month(value: str) -> str:
    """Return a month in the Japanese calendar: "2019-10" is 令和元年10月."""
    year, month = (int(part) for part in value.split("-"))
    era, first = ("令和", 2018) if value >= REIWA_MONTH else ("平成", 1988)
    return f"{era}{_era_year(year - first)}年{month}月"


def era_fiscal_year(value: int) -> str:
    """Return a fiscal year in the Japanese calendar: 2019 is 令和元年度."""
    era, first = ("令和", 2018) if value >= int(REIWA_MONTH[:4]) else ("平成", 1988)
    return f"{era}{_era_year(value - first)}年度"


def _era_year(number: int) -> str:
    return "元" if number == 1 else str(number)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.10g}"
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Office:
    """How an office writes a file.

    Parameters
    ----------
    encoding : "utf-8", "utf-8-sig" or "cp932".
    header : names in the file, by column; a column that is not named keeps its own.
    styles : how cells are written, by column.
    """

    encoding: str = "utf-8"
    header: Mapping[str, str] | None = None
    styles: Mapping[str, Style] | None = None

    def save(self, frame: pd.DataFrame, path: Path) -> None:
        """Write a table."""
        header, styles = self.header or {}, self.styles or {}
        columns = [[styles.get(name, _cell)(value) for value in frame[name].tolist()] for name in frame.columns]
        with path.open("w", encoding=self.encoding, newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n" if self.encoding == "cp932" else "\n")
            writer.writerow([header.get(name, name) for name in frame.columns])
            writer.writerows(zip(*columns, strict=True))


def write(tables: Mapping[str, tuple[pd.DataFrame, Office]], truth: Truth, folder: Path) -> None:
    """Write data/*.csv and truth.yaml into a folder."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, (frame, office) in tables.items():
        office.save(frame, folder / "data" / f"{name}.csv")
    truth.save(folder / "truth.yaml")


def options(here: str, seed: int) -> tuple[int, Path]:
    """Return seed and folder as given on the command line.

    Parameters
    ----------
    here : the `__file__` of the simulation; its folder is the default.
    seed : the default seed.
    """
    parser = ArgumentParser(description="Draw the synthetic data of this pilot.")
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--out", type=Path, default=Path(here).parent)
    given = parser.parse_args()
    return given.seed, given.out

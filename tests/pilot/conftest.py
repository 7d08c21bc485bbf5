"""A small pilot in a folder of its own, and ways to change it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from ebpm import spec
from ebpm.errors import SpecError
from ebpm.pilot.planning.lock import freeze
from ebpm.pilot.spec import PilotSpec

TEXT = """\
schema: 1
id: small
kind: pilot
title: {ja: 小さな事業, en: A small pilot}
question: {ja: 効くか, en: Does it work?}
estimand:
  term: itt
  unit: person
  population: persons
  treatment: letter
  outcome: score
  contrast: letter less none
  window: one month
design:
  type: rct
  counterfactual: {ja: くじで外れた人, en: those not drawn}
data:
  - id: people
    title: {ja: 人, en: people}
    path: people.csv
    synthetic: false
    licence: CC0-1.0
    source: {ja: 試験, en: test}
    row_is: {ja: 人, en: person}
    keys: [id]
    columns:
      - {name: id, label: {ja: 番号, en: id}, type: text, role: unit}
      - {name: arm, label: {ja: 群, en: arm}, type: code, role: treatment, codes: {0: {ja: 対照, en: control}, 1: {ja: 手紙, en: letter}}}
      - {name: score, label: {ja: 得点, en: score}, type: number, unit: points, role: outcome}
      - {name: before, label: {ja: 事前, en: before}, type: number, unit: points, role: covariate}
plan:
  - id: primary
    role: primary
    title: {ja: 得点, en: score}
    data: people
    routine: rct.difference_in_means
    outcome: score
    arguments: {treatment: arm}
    expected: up
    margin: {value: 0.5, unit: points, why: {ja: 小さい差では変えない, en: less would change nothing}}
  - id: adjusted
    role: sensitivity
    title: {ja: 調整後, en: adjusted}
    data: people
    routine: rct.lin
    outcome: score
    arguments: {treatment: arm, covariates: [before]}
    expected: up
disclosure: {tier: open, min_cell: 10}
limits:
  - {ja: 一か月だけを見た, en: It looked at one month alone}
"""


def people(n: int = 200, effect: float = 2.0) -> str:
    """Return a CSV of people in two arms."""
    draws = np.random.default_rng(7).standard_normal((n, 2))
    rows = [f"P{i:03d},{i % 2},{effect * (i % 2) + a + b:.3f},{b:.3f}" for i, (a, b) in enumerate(draws)]
    return "\n".join(["id,arm,score,before", *rows]) + "\n"


def freeze_again(folder: Path) -> None:
    """Freeze the plan as it is now; a declaration that cannot be read stays without a lock."""
    (folder / "plan.lock").unlink(missing_ok=True)
    with suppress(SpecError):
        freeze(spec.read(folder / "pilot.yaml", PilotSpec), folder, on="2026-11-23")


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes the small pilot, with replacements in its YAML, and freezes its plan."""

    def write(*changes: tuple[str, str], csv: str = "") -> Path:
        text = TEXT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "pilot.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "people.csv").write_text(csv or people(), encoding="utf-8")
        freeze_again(tmp_path)
        return tmp_path

    return write

"""The codebook tells a reader everything the contract says, in both languages."""

from __future__ import annotations

import pytest

from ebpm import data, spec

TABLE = """
id: households
title: {ja: 世帯の電気使用量, en: household electricity}
path: data/households.csv
synthetic: true
licence: CC0-1.0
source: {ja: 模擬データ, en: simulated}
row_is: {ja: 世帯×月, en: household-month}
keys: [pupil_id]
columns:
  - {name: pupil_id, header: 児童番号, label: {ja: 児童, en: pupil}, type: text, role: id}
  - {name: kwh, label: {ja: 電気使用量, en: electricity use}, type: number, unit: kWh, role: outcome, range: [0, null], missing_codes: ["-99", "－"]}
  - {name: arm, label: {ja: 群, en: arm}, type: code, role: treatment, codes: {0: {ja: 対照, en: control}, 1: {ja: "実施|全校", en: programme}}}
rules:
  - {id: positive, left: kwh, op: ">=", right: 0, text: {ja: 使用量は負でない, en: use is not negative}}
"""


@pytest.mark.parametrize(("lang", "words"), [
    ("ja", ["模擬データ(合成データ)です", "世帯×月", "児童番号", "電気使用量", "0 –", "`-99`, `－`", "対照", "使用量は負でない", "結果", "実施\\|全校", "`pupil_id`"]),
    ("en", ["SYNTHETIC", "household-month", "児童番号", "electricity use", "0 –", "`-99`, `－`", "control", "use is not negative", "outcome", "CC0-1.0", "5 %"]),
])  # fmt: skip
def test_everything_is_told(lang, words):
    text = data.codebook(spec.loads(TABLE, data.DataSet), lang)
    assert [word for word in words if word not in text] == []


def test_real_data_are_not_called_synthetic():
    real = data.codebook(spec.loads(TABLE.replace("synthetic: true", "synthetic: false"), data.DataSet), "en")
    assert "SYNTHETIC" not in real


def test_every_table_row_has_as_many_cells_as_its_heading():
    text = data.codebook(spec.loads(TABLE, data.DataSet), "ja").replace("\\|", "/")
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) == 3
    assert all(len({line.count("|") for line in block}) == 1 for block in blocks)

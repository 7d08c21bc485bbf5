"""Names of readers for arms and columns: in tables, sentences, notices and figures of results."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.texts import called, calling

NAMES = {
    "0": {"ja": "対照校", "en": "control"}, "1": {"ja": "実施校", "en": "programme"}, "kwh": {"ja": "電気使用量", "en": "electricity"},
}  # fmt: skip


@pytest.fixture
def trial():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "arm": np.arange(80) % 2,
            "kwh": rng.normal(size=80),
            "y": np.where(np.arange(80) % 5, rng.normal(size=80), np.nan),
        }
    )


def ticks(axes):
    return [text.get_text() for text in axes.get_yticklabels()]


def test_codes_that_are_joined_are_called_part_by_part():
    with calling(NAMES):
        assert called("1 - 0", "en") == "programme - control"
        assert called("1: kwh", "ja") == "実施校: 電気使用量"
        assert called("2", "en") == "2"
    assert called("1", "en") == "1"


def test_none_keeps_the_names_in_use():
    with calling(NAMES), calling(None):
        assert called("1", "ja") == "実施校"


def test_numbers_in_sentences_are_not_taken_for_arms(trial):
    found = rct.difference_in_means(trial.fillna({"y": 0.0}), "y", treatment="arm")
    with calling(NAMES):
        assert "programme" in found.headline.sentence("en")
        assert found.headline.record()["term"] == "1"
        assert "programme" in found.table().to_text("en")
    assert "programme" not in found.headline.sentence("en")


@pytest.mark.parametrize(
    ("lang", "arm", "column"), [("ja", "実施校", "電気使用量"), ("en", "programme", "electricity")]
)
def test_figures_and_summaries_carry_names(trial, lang, arm, column):
    balance = rct.balance_table(trial, ["kwh"], treatment="arm")
    assert ticks(balance.plot(lang=lang, names=NAMES)) == [column]
    assert f"{arm}: {column}" in balance.summary(lang, names=NAMES)
    attrition = rct.attrition_table(trial, "y", treatment="arm", standard="cautious")
    assert arm in ticks(attrition.plot(lang=lang, names=NAMES))
    assert "1" in ticks(attrition.plot(lang=lang))
    flow = rct.flow(trial, "y", treatment="arm").plot(lang=lang, names=NAMES)
    assert any(arm in text.get_text() for text in flow.texts)


def test_tables_at_full_precision_keep_codes(trial):
    with calling(NAMES):
        assert rct.balance_table(trial, ["kwh"], treatment="arm").tidy().term.tolist() == ["1: kwh"]

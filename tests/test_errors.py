"""Errors have three parts, speak two languages, travel between processes, and read as prose."""

from __future__ import annotations

import copy
import pickle

import pytest

from ebpm.errors import DataError, DesignError, EbpmError, SpecError, did_you_mean
from ebpm.notices import explain
from ebpm.texts import entries, speaking

FACTS = {"argument": "outcome", "column": "kwhh", "columns": "arm, kwh", "near": "kwh"}


@pytest.fixture
def error():
    return DataError("missing_column", **FACTS)


def test_an_error_says_what_is_wrong_what_was_given_and_what_to_do(error):
    assert error.what() == "A column is missing."
    assert error.given() == "outcome='kwhh' was given; the table has arm, kwh."
    assert error.remedy() == "Did you mean: kwh?"
    assert str(error) == "\n".join((error.what(), "  " + error.given(), "  → " + error.remedy()))


def test_an_error_speaks_the_language_of_the_reader(error):
    assert error.what("ja") == "列が見つかりません。"
    with speaking("ja"):
        assert str(error).startswith("列が見つかりません。")
    assert str(error).startswith("A column is missing.")


@pytest.mark.parametrize("kind", [SpecError, DataError, DesignError])
@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_arrives_whole(kind, travel):
    arrived = travel(kind("missing_column", **FACTS))
    assert type(arrived) is kind
    assert (arrived.code, arrived.facts) == ("missing_column", FACTS)
    assert str(arrived) == str(kind("missing_column", **FACTS))


@pytest.mark.parametrize("kind", [SpecError, DataError, DesignError])
def test_every_kind_can_be_caught_at_once(kind):
    with pytest.raises(EbpmError):
        raise kind("missing_column", **FACTS)


def test_the_nearest_name_is_suggested():
    assert did_you_mean("treatmnt", ["treatment", "outcome"]) == "treatment"


def test_all_names_are_given_where_none_is_near():
    assert did_you_mean("xyz", ["treatment", "outcome"]) == "treatment, outcome"
    assert did_you_mean("xyz", []) == ""


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_words_of_all_errors_are_as_they_were_read(snapshot, lang):
    snapshot(f"errors.{lang}.txt", "".join(explain(code, lang) + "\n\n" for code in sorted(entries("error"))))

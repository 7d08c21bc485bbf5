"""A contract checks itself, and says where it is wrong."""

from __future__ import annotations

import pytest

from ebpm.errors import SpecError
from ebpm.spec import json_schema
from tests.data.conftest import contract

N = "name: n, type: integer"
K = "name: k, type: text"


def problems(*columns: str, **more: object) -> SpecError:
    with pytest.raises(SpecError) as error:
        contract(*columns, **more)
    return error.value


@pytest.mark.parametrize(
    ("columns", "more", "words"),
    [
        ([N], {"keys": "[m]"}, "names m"),
        ([N], {"rules": "[{id: r, left: n, op: '<=', right: m, text: x}]"}, "names m"),
        ([N, K], {"rules": "[{id: r, left: n, op: '<=', right: k, text: x}]"}, "of type number, text"),
        ([N], {"rules": "[{id: r, left: n, op: '=<', right: 1, text: x}]"}, "'=<'"),
        ([N, N], {}, "n stands twice"),
        ([N, "name: m, type: integer, header: n"], {}, "header: n stands twice"),
        (["name: n, type: number, range: [5, 1]"], {}, "5 … 1"),
        (["name: n, type: text, range: [1, 5]"], {}, "other types have no range"),
        (["name: n, type: month, range: ['2019-4', '2020-01']"], {}, "other types have no range"),
        (["name: n, type: code"], {}, "Make the type code"),
        (["name: n, type: integer, codes: {1: a}"], {}, "Make the type code"),
        (
            ["name: n, type: code, codes: {1: a, 9: b}, missing_codes: ['９']"],
            {},
            "9 stands in codes and in missing_codes",
        ),
        ([N], {"package": "linearmodels.datasets.jobtraining"}, "exactly one"),
        ([N], {"max_refused": 2}, "at most 1"),
        ([N], {"key": "[n]"}, "keys"),
        (["name: n, type: float"], {}, "float"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(columns, more, words):
    error = problems(*columns, **more)
    assert words.strip("'") in f"{error} {error.facts['problems']}"
    assert error.remedy("en")
    assert error.remedy("ja")


def test_a_contract_without_a_source_of_data_is_refused():
    assert "exactly one" in str(problems(N, path="''"))


def test_it_is_frozen_and_finds_its_columns():
    table = contract(N, K, keys="[k]")
    assert table.column("k").type == "text"
    assert table.needs(table.column("k"))
    assert not table.needs(table.column("n"))
    with pytest.raises(ValueError, match="frozen"):
        table.id = "other"


def test_its_schema_can_be_exported():
    assert '"missing_codes"' in json_schema(type(contract(N)))

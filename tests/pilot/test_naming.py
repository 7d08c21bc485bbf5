"""Labels of a contract in the place of codes and columns, where a code may stand for several things."""

from typing import ClassVar

import pandas as pd

from ebpm.pilot.naming import labelled, names_in, names_of
from ebpm.pilot.spec import Derive
from ebpm.rct import subgroups


class Column:
    def __init__(self, name, label, codes):
        self.name, self.label, self.codes, self.unit = name, label, codes, "kWh"


class DataSet:
    id = "rows"
    columns = (
        Column(
            "arm", {"ja": "群", "en": "arm"}, {0: {"ja": "対照", "en": "control"}, 1: {"ja": "実施", "en": "programme"}}
        ),
        Column(
            "house",
            {"ja": "住居", "en": "dwelling"},
            {0: {"ja": "集合", "en": "flat"}, 1: {"ja": "戸建", "en": "house"}},
        ),
        Column("kwh", {"ja": "使用量", "en": "use"}, {}),
    )


class Analysis:
    data, outcome, unit = "rows", "kwh", ""
    arguments: ClassVar = {"treatment": "arm", "by": ["house"]}


class Spec:
    data = (DataSet,)
    derive = (
        Derive(data="rows", column="log_kwh", log="kwh"),
        Derive(data="rows", column="share", ratio=("kwh", "arm")),
    )


def test_the_arms_win_where_codes_are_the_same():
    assert names_of(DataSet, ["house", "arm"])["1"]["en"] == "programme"


def test_a_subgroup_is_called_by_the_codes_of_its_column():
    rows = pd.DataFrame({"arm": [0, 1] * 12, "house": [0, 0, 1, 1] * 6, "kwh": [float(k * k % 11) for k in range(24)]})
    found = labelled(subgroups(rows, "kwh", treatment="arm", by=["house"], planned="house").estimates, Analysis, Spec)
    called = [one.called("en") for one in found]
    assert "dwelling: house - flat" in called
    assert "dwelling = house" in called
    assert "住居 = 集合" in [one.called("ja") for one in found]
    assert {one.unit for one in found} == {"kWh"}


def test_logarithms_and_ratios_of_labelled_columns_have_names():
    names = names_in(Analysis, Spec)
    assert names["log_kwh"] == {"ja": "使用量(対数)", "en": "log of use"}
    assert names["share"]["en"] == "use ÷ arm"

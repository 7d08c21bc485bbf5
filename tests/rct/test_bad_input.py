"""What cannot be analysed is refused in three parts, in both languages, naming the place."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from tests.rct.test_difference import trial


def changed(**columns):
    return trial().assign(**columns)


def in_school(data, school, **values):
    data = data.copy()
    for name, value in values.items():
        data[name] = data[name].where(data.school != school, value(data) if callable(value) else value)
    return data


def one_cluster_in_treatment():
    data = trial()
    return data[(data.arm == 0) | (data.school == 1)]


def strata_without_an_arm():
    data = trial()
    return data[(data.ward != 2) | (data.arm == 0)]


def one_unit_in_a_stratum():
    data = trial()
    keep = (data.ward != 3) | (data.arm == 0) | (data.school == 19)
    return data[keep]


REFUSED = {
    "missing outcome column": (trial(), {"outcome": "kwhh"}, DataError, "kwhh", "kwh"),
    "missing treatment column": (trial(), {"treatment": "arms"}, DataError, "arms", "arm"),
    "text outcome": (changed(kwh="a"), {}, DataError, "'a'", "row 1"),
    "missing values": (trial().assign(kwh=lambda d: d.kwh.where(d.index != 3)), {}, DataError, "kwh", "row 4"),
    "infinite values": (trial().assign(kwh=lambda d: d.kwh.where(d.index != 3, np.inf)), {}, DataError, "kwh", "row 4"),
    "missing cluster": (trial().assign(school=lambda d: d.school.where(d.index != 3)), {"cluster": "school"}, DataError, "school", "row 4"),
    "no rows": (trial().head(0), {}, DataError, "0 rows", "filter"),
    "one arm": (trial().query("arm == 1"), {}, DesignError, "1 alone", "control arm"),
    "constant outcome": (changed(kwh=3.0), {}, DesignError, "3.0", "kwh"),
    "control unknown": (changed(arm=lambda d: d.arm.map({0: "A", 1: "B"})), {}, DesignError, "A, B", "control="),
    "control not there": (trial(), {"control": 7}, DataError, "control=7", "0, 1"),
    "negative weights": (changed(weight=-1.0), {"weights": "weight"}, DataError, "weight", "row 1"),
    "arm varies in clusters": (
        in_school(trial(), 5, arm=lambda d: d.index % 2), {"cluster": "school"}, DesignError, "school: 5", "strata=",
    ),
    "stratum varies in clusters": (
        in_school(trial(), 5, ward=lambda d: d.index % 2), {"cluster": "school", "strata": "ward"}, DesignError, "school: 5", "stratum",
    ),
    "one cluster in an arm": (one_cluster_in_treatment(), {"cluster": "school"}, DesignError, "Arm 1", "two clusters"),
    "one row in an arm": (pd.concat([trial().query("arm == 0"), trial().query("arm == 1").head(1)]), {}, DesignError, "Arm 1", "one row"),
    "stratum without an arm": (
        strata_without_an_arm(), {"cluster": "school", "strata": "ward"}, DesignError, "1 strata of column ward: 2", "merge",
    ),
    "one cluster in a stratum": (
        one_unit_in_a_stratum(), {"cluster": "school", "strata": "ward"}, DesignError, "1 strata of column ward: 3", "pairs",
    ),
    "level": (trial(), {"conf_level": 95}, DesignError, "95", "0.95"),
}  # fmt: skip


@pytest.mark.parametrize("routine", [rct.difference_in_means, rct.lin], ids=["difference", "lin"])
@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_place_and_the_remedy(name, routine):
    data, arguments, kind, *parts = REFUSED[name]
    arguments = {"outcome": "kwh", "treatment": "arm", **arguments}
    with pytest.raises(kind) as error:
        routine(data, arguments.pop("outcome"), **arguments)
    for part in parts:
        assert part in str(error.value)
    assert error.value.explain("ja").count("\n") == 2


def test_lin_refuses_pairs():
    data = pd.DataFrame({"y": np.arange(8.0), "arm": [0, 1] * 4, "pair": np.repeat(range(4), 2)})
    with pytest.raises(DesignError, match="difference_in_means"):
        rct.lin(data, "y", treatment="arm", strata="pair")


def test_lin_names_collinear_covariates():
    data = trial().assign(twice=lambda d: 2 * d.before)
    for cluster in (None, "school"):
        with pytest.raises(DesignError, match="before, twice"):
            rct.lin(data, "kwh", treatment="arm", covariates=["before", "twice"], cluster=cluster)


def test_lin_refuses_the_arm_and_the_outcome_as_covariates():
    with pytest.raises(DesignError, match="also the treatment"):
        rct.lin(trial(), "kwh", treatment="arm", covariates=["arm"])
    with pytest.raises(DesignError, match="also the outcome"):
        rct.lin(trial(), "kwh", treatment="arm", covariates=["kwh"])


def test_lin_refuses_more_covariates_than_rows():
    data = (
        trial()
        .groupby("arm")
        .head(3)
        .assign(**{f"x{j}": lambda d, j=j: np.cos(np.arange(6) * (j + 1)) for j in range(3)})
    )
    with pytest.raises(DesignError, match="6 rows for 8"):
        rct.lin(data, "kwh", treatment="arm", covariates=["x0", "x1", "x2"])

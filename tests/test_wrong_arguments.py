"""Every routine's own example with one argument of another kind: an answer, or a refusal in three parts."""

from __future__ import annotations

import doctest
import importlib
import inspect
import itertools
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort, did, its, moments, rct, survey
from ebpm.errors import DataError, DesignError, EbpmError, SpecError
from ebpm.stats.given import filled, generator, made_by, mapping, not_negative, number, numbers, several, whole

ROOMS = (cohort, did, its, rct, survey)
ROUTINES = {
    f"{room.__name__}.{name}": getattr(room, name)
    for room in ROOMS
    for name in room.__all__
    if inspect.isfunction(getattr(room, name))
}
SLOW = {
    "ebpm.its.negative_control", "ebpm.its.placebo_dates", "ebpm.its.change_point", "ebpm.its.sites", "ebpm.rct.peeking",
    "ebpm.rct.power_from_data",
}  # fmt: skip
WITHOUT_CALL = {"ebpm.survey.calibrate"}
WRONG = (5, [], [5], "", "no_such_column", None, -1, float("nan"), [["a"]], {})
EVERY = 97


def example(routine: Any) -> dict[str, Any]:
    """Return the arguments of the first call in a routine's docstring."""
    calls: list[dict[str, Any]] = []

    def recorded(*given: Any, **named: Any) -> Any:
        calls.append(dict(inspect.signature(routine).bind(*given, **named).arguments))
        return routine(*given, **named)

    name, module = routine.__name__, importlib.import_module(routine.__module__)
    with pytest.MonkeyPatch.context() as patch:
        for one in [one for key, one in sys.modules.items() if key.startswith("ebpm")]:
            if vars(one).get(name) is routine:
                patch.setattr(one, name, recorded)
        source = "".join(one.source for one in doctest.DocTestParser().get_examples(inspect.getdoc(routine) or ""))
        exec(compile(source, name, "exec"), dict(vars(module)))
    return calls[0]


def raw(routine: Any, given: dict[str, Any], changes: Any) -> list[str]:
    """Return what was neither answered nor refused in three parts."""
    found = []
    for argument, wrong in changes:
        try:
            routine(**{**given, argument: wrong})
        except EbpmError as error:
            found += [] if all(map(error.explain, ("ja", "en"))) else [error.code]
        except Exception as error:  # noqa: BLE001
            found.append(f"{argument}={wrong!r}: {type(error).__name__}: {error}")
    return found


def changes_of(routine: Any) -> list[tuple[str, object]]:
    return list(itertools.product(inspect.signature(routine).parameters, WRONG))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", sorted(set(ROUTINES) - SLOW - WITHOUT_CALL))
def test_some_arguments_of_another_kind(name):
    routine = ROUTINES[name]
    changes = changes_of(routine)
    sample = changes[len(name) % len(changes) :: EVERY]
    assert raw(routine, example(routine), sample) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", sorted(set(ROUTINES) - SLOW - WITHOUT_CALL))
def test_every_argument_of_another_kind(name, tmp_path):
    routine = ROUTINES[name]
    given, changes = example(routine), changes_of(routine)
    assert raw(routine, given, changes) == []
    first = next(iter(given))
    if isinstance(given[first], pd.DataFrame):
        given[first].to_parquet(tmp_path / "table.parquet")
        elsewhere = {**given, first: moments.scan(tmp_path / "table.parquet")}
        assert raw(routine, elsewhere, [one for one in changes if one[0] != first]) == []


@pytest.mark.parametrize(
    ("check", "given", "code"),
    [
        (number, "5", "given_no_number"),
        (number, [5], "given_no_number"),
        (whole, 1.5, "given_no_whole"),
        (whole, float("nan"), "given_no_whole"),
        (not_negative, -1, "given_negative"),
        (not_negative, float("nan"), "given_negative"),
        (several, 5, "given_no_list"),
        (several, "ab", "given_no_list"),
        (filled, [], "given_empty"),
        (numbers, {1: 2}, "given_no_list"),
        (numbers, [1, "a"], "given_no_number"),
        (numbers, np.array(["a"]), "given_no_number"),
        (mapping, [1], "given_no_mapping"),
        (lambda given, argument: made_by(given, (int, str), argument), 1.5, "given_other_kind"),
        (lambda given, argument: generator(given), -1, "given_no_seed"),
        (lambda given, argument: generator(given), "a", "given_no_seed"),
    ],
)
def test_what_an_argument_must_be(check, given, code):
    with pytest.raises(DataError) as refused:
        check(given, "draws")
    assert refused.value.code == code
    for lang in ("ja", "en"):
        assert refused.value.what(lang) != refused.value.remedy(lang)
        assert "{" not in refused.value.given(lang)


def test_what_is_of_the_kind_is_returned_as_it_is():
    assert number(np.float64(2.0), "null") == 2.0
    assert whole(99.0, "draws") == 99
    assert numbers(np.array([1.0, 2.0]), "bounds").tolist() == [1.0, 2.0]
    assert several(pd.Series([1]), "lags").tolist() == [1]
    assert generator(1).integers(1000) == np.random.default_rng(1).integers(1000)
    assert generator([1, 2]).integers(1000) == np.random.default_rng([1, 2]).integers(1000)


@pytest.mark.parametrize("routine", [rct.lin, rct.ancova])
def test_one_covariate_is_a_list_of_one(routine, tmp_path):
    rng = np.random.default_rng(0)
    trial = pd.DataFrame({"arm": np.arange(60) % 2, "before": rng.normal(size=60), "y": rng.normal(size=60)})
    trial.to_parquet(tmp_path / "trial.parquet")
    for data in (trial, moments.scan(tmp_path / "trial.parquet")):
        alone, listed = (routine(data, "y", treatment="arm", covariates=one) for one in ("before", ["before"]))
        assert alone.headline == listed.headline
        assert (
            routine(data, "y", treatment="arm", covariates=None).headline
            == routine(data, "y", treatment="arm").headline
        )


def test_errors_are_of_three_kinds():
    assert {one.__base__ for one in (DataError, DesignError, SpecError)} == {EbpmError}


@pytest.mark.parametrize(
    ("argument", "wrong"), [("progress", 5), ("progress", "bar"), ("resume", 5), ("resume", [["a"]])]
)
def test_a_scan_refuses_arguments_of_another_kind(argument, wrong, tmp_path):
    pd.DataFrame({"y": [1.0]}).to_parquet(tmp_path / "table.parquet")
    with pytest.raises(DataError) as refused:
        moments.scan(tmp_path / "table.parquet", **{argument: wrong})
    assert refused.value.code == "given_other_kind"


@pytest.mark.parametrize("wrong", [5, None, [["a"]], float("nan")])
def test_what_is_no_path_is_no_moment_file(wrong):
    with pytest.raises(DataError) as refused:
        moments.read_moments(wrong)
    assert refused.value.code == "given_other_kind"

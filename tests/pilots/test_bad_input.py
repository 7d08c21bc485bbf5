"""Bad input of each pilot: an error in three parts or a notice with a code, nothing lost and nothing written."""

from __future__ import annotations

import re
import shutil

import pytest

import ebpm
from ebpm.disclosure.scanning.known import bare
from ebpm.errors import EbpmError
from ebpm.pilot.leaving.disclosure import known_tables
from tests.pilots.bad_inputs import CASES, spoil
from tests.pilots.simulations import SLUGS

NOTICE = re.compile(r"[A-Z]\d{3}")
ALL = [(slug, case) for slug in SLUGS for case in CASES[slug]]


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def outcome(folder, *, inside):
    """Return the codes of an evaluation: of the error that stopped it, or of its notices."""
    try:
        pilot = ebpm.read_pilot(folder)
        return set((pilot.evaluate_unreleased() if inside else pilot.evaluate()).notices.codes)
    except EbpmError as error:
        return {error.code} if _in_three_parts(error) else {"an error without its parts"}


def _in_three_parts(error):
    parts = (error.what, error.given, error.remedy)
    return all(part(lang).strip() for part in parts for lang in ("ja", "en"))


@pytest.mark.parametrize(("slug", "case"), ALL, ids=[f"{slug}-{case.name}" for slug, case in ALL])
def test_bad_input_is_answered(slug, case, copied):
    folder = copied(slug)
    spoil(folder / "data" / f"{case.table}.csv", case)
    before = contents(folder.parents[1])
    assert case.expected in outcome(folder, inside=NOTICE.fullmatch(case.expected))
    assert contents(folder.parents[1]) == before
    if case.noticed:
        reading = ebpm.read_pilot(folder).read_data().readings[case.table]
        assert case.noticed in reading.notices
        assert reading.rows_in == reading.rows_used + reading.rows_refused
        assert reading.rows_refused > 0


@pytest.mark.parametrize("slug", SLUGS)
def test_there_are_at_least_ten_bad_inputs_a_pilot(slug):
    assert len(CASES[slug]) >= 10
    assert len({case.name for case in CASES[slug]}) == len(CASES[slug])


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_noticed_inside_is_noticed_at_the_door(slug, copied):
    """One file a pilot in which as much is spoilt at once as leaves an evaluation standing."""
    folder = copied(slug)
    together = [case for case in CASES[slug] if NOTICE.fullmatch(case.expected) and not case.raw][:2]
    for case in together:
        spoil(folder / "data" / f"{case.table}.csv", case)
    inside, door = outcome(folder, inside=True), outcome(folder, inside=False)
    assert {case.expected for case in together} & inside == {case.expected for case in together} & door
    assert door >= inside - {"D202"}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_order_of_rows_does_not_matter(slug, copied):
    folder = copied(slug)
    first = ebpm.read_pilot(folder).evaluate().table("en")
    case = next(case for case in CASES[slug] if case.name == "rows in another order")
    spoil(folder / "data" / f"{case.table}.csv", case)
    again = ebpm.read_pilot(folder).evaluate().table("en")
    for one, other in zip(first.rows, again.rows, strict=True):
        for value, same in zip(one, other, strict=True):
            assert same == (pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value)


def test_a_pilot_without_its_logic_model_is_refused(copied):
    folder = copied("cardiac_rehab")
    shutil.rmtree(folder.parents[1] / "logic_models")
    with pytest.raises(EbpmError) as error:
        ebpm.read_pilot(folder).evaluate()
    assert len(error.value.explain("en").splitlines()) >= 3


STOPPED = [
    (slug, case) for slug, case in ALL if not NOTICE.fullmatch(case.expected) and not case.expected.startswith("data_")
]


@pytest.mark.parametrize(("slug", "case"), STOPPED, ids=[f"{slug}-{case.name}" for slug, case in STOPPED])
def test_what_stops_an_evaluation_names_nobody_at_the_door(slug, case, copied):
    folder = copied(slug)
    spoil(folder / "data" / f"{case.table}.csv", case)
    pilot = ebpm.read_pilot(folder)
    data = pilot.read_data()
    with pytest.raises(EbpmError) as caught:
        pilot.evaluate(data)
    named = {str(value) for table in known_tables(data) for value in table.identifiers}
    said = {bare(word) for lang in ("ja", "en") for word in re.findall(r"[\w-]+", caught.value.explain(lang))}
    assert not named & said
    assert caught.value.__context__ is None

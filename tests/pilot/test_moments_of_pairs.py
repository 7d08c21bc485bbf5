"""The moment file of a trial of several leaflets: pairwise comparisons follow from sums, and so does the headline."""

from __future__ import annotations

from pathlib import Path

import pytest

import ebpm
from ebpm.moments import read_moments
from ebpm.pilot.evaluation import analysed

PILOT = Path(__file__).parents[2] / "pilots" / "bicycle_insurance"


def test_the_headline_follows_from_the_file(tmp_path):
    pilot = ebpm.read_pilot(PILOT)
    data = pilot.read_data()
    file = read_moments(pilot.moments(data).save(tmp_path / "sums.json"))
    assert set(file.items) == {"messages", "all_pairs", "placebo_august"}
    told = pilot.evaluate(file)
    assert told.primary.analysis.id == "messages"
    for name in ("messages", "all_pairs"):
        known = analysed(pilot.spec, data, pilot.spec.analysis(name), ())
        for one, other in zip(told[name].estimates, known.estimates, strict=True):
            assert (one.term, one.n, one.df) == (other.term, other.n, pytest.approx(other.df))
            for column in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
                assert getattr(one, column) == pytest.approx(getattr(other, column), rel=1e-9, abs=1e-9)

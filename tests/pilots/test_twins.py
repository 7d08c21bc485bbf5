"""The twins: the same code path on real data gives the known numbers."""

from __future__ import annotations

import pytest

import ebpm
from tests.pilots.simulations import PILOTS

TWINS = sorted(path.parent for path in PILOTS.rglob("twin*/pilot.yaml"))


@pytest.mark.parametrize("folder", TWINS, ids=[str(folder.relative_to(PILOTS)) for folder in TWINS])
def test_a_twin_reproduces_the_known_numbers(folder):
    found = ebpm.read_pilot(folder).evaluate()
    assert found.spec.kind == "twin"
    assert found.comparisons
    assert [one for one in found.comparisons if not one.reproduced] == []
    assert not found.failures
    assert "P506" not in found.notices
    assert not found.spec.synthetic


@pytest.mark.parametrize("folder", TWINS, ids=[str(folder.relative_to(PILOTS)) for folder in TWINS])
def test_a_twin_names_its_licence(folder):
    licences = [*folder.glob("LICENCE.md"), *folder.glob("data/LICENCE.md")]
    assert len(licences) == 1
    text = licences[0].read_text(encoding="utf-8")
    assert "出所 / Source" in text
    assert "引用 / Citation" in text


def test_rear_seats_do_not_move():
    found = ebpm.read_pilot(PILOTS / "cardiac_rehab" / "twin").evaluate()
    rear = found["rear"].estimates.headline
    assert rear.conf_low < 0 < rear.conf_high

"""How strong a piece of evidence is on its own scale; scales are never compared with each other."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from ebpm.logic.parts import Evidence, Scale


@cache
def _orders() -> Mapping[str, tuple[str, ...]]:
    text = (files("ebpm") / "rubrics" / "scales.csv").read_text(encoding="utf-8")
    return {row["scale"]: tuple(row["weakest_first"].split()) for row in csv.DictReader(text.splitlines())}


def rank(scale: Scale) -> int | None:
    """Return the place of a level on its own scale, the weakest 0; None where the order of the scale is not known."""
    order = _orders().get(scale.name, ())
    level = str(scale.level).strip().lower().replace(" ", "_")
    return order.index(level) if level in order else None


def counterfactual(evidence: Evidence) -> bool:
    """Return whether the study says what would have happened otherwise.

    It does not where its verdict is that no effect can be claimed, nor where its scale says so in words: level 1 of the Maryland
    scale has no controls, level 0 of MUSE is a simulation.
    """
    weakest = {"SMS": 1, "SMS (What Works Growth)": 1, "MUSE": 1}.get(evidence.scale.name)
    level = evidence.scale.level
    bare = weakest is not None and isinstance(level, int) and level <= weakest
    return evidence.verdict != "no_effect_claim" and not bare


def best(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the best of each scale, real data before synthetic, the latest of equals; of a scale without a known order, all."""
    scales: dict[str, list[Evidence]] = {}
    for one in evidence:
        scales.setdefault(one.scale.name, []).append(one)
    return tuple(one for group in scales.values() for one in _best_of_scale(group))


def _best_of_scale(group: list[Evidence]) -> tuple[Evidence, ...]:
    ranks = [rank(one.scale) for one in group]
    known = [
        (not one.synthetic, place, at)
        for at, (one, place) in enumerate(zip(group, ranks, strict=True))
        if place is not None
    ]
    unknown = tuple(one for one, place in zip(group, ranks, strict=True) if place is None)
    return (*((group[max(known)[2]],) if known else ()), *unknown)

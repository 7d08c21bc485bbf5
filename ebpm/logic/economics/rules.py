"""What must be said beside the economics of a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ebpm.logic.parts import Evidence
from ebpm.logic.rules.words import Phrase
from ebpm.logic.strength import counterfactual
from ebpm.notices import Facts, Rule

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What an appraisal rests on."""

    edge: str
    evidence: Evidence


def _bare(ground: Ground) -> Finds:
    if not counterfactual(ground.evidence):
        yield ground.edge, {"evidence": ground.evidence.id, "design": ground.evidence.design}


def _synthetic(ground: Ground) -> Finds:
    if ground.evidence.synthetic:
        yield ground.edge, {"evidence": ground.evidence.id}


def _elsewhere(ground: Ground) -> Finds:
    if ground.evidence.transfer != "same":
        code = f"transfer_{ground.evidence.transfer or 'unknown'}"
        facts = {"evidence": ground.evidence.id, "transfer": Phrase(code)}
        yield ground.edge, facts | {"applicability": ground.evidence.applicability}


def _unsupported(ground: Ground) -> Finds:
    if ground.evidence.verdict not in {"supports", "no_effect_claim"}:
        verdict = Phrase(f"verdict_{ground.evidence.verdict}")
        yield ground.edge, {"evidence": ground.evidence.id, "verdict": verdict}


RULES = (Rule("P551", _bare), Rule("P552", _synthetic), Rule("P553", _elsewhere), Rule("P554", _unsupported))

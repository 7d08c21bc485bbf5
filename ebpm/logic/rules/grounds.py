"""What does the theory rest on? Assumptions and evidence of key links, whom it is for, who acts, what else acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ebpm.logic.parts import Edge, Evidence
from ebpm.logic.rules.case import Case, Finds, of_model
from ebpm.logic.rules.lexicon import quoted
from ebpm.logic.rules.words import BLANK, Phrase
from ebpm.notices import Rule
from ebpm.spec import Text

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

EFFECTS = frozenset({"supports", "against", "no_meaningful_effect"})


def no_assumption(model: LogicModel) -> Finds:
    """Key links on which nothing seems to depend."""
    yield from ((edge.name, {}) for edge in model.edges if edge.key and not edge.assumptions)


def no_evidence(model: LogicModel) -> Finds:
    """Key links without evidence, and without a word that there is none."""
    yield from ((edge.name, {}) for edge in model.edges if edge.key and not edge.evidence and edge.no_evidence is None)


def far_evidence(model: LogicModel) -> Finds:
    """Evidence of which nobody can say how far it speaks to this population."""
    used = {name for edge in model.edges for name in edge.evidence}
    for one in model.evidence:
        absent = tuple(
            f"logic_field_{field}"
            for field in ("population", "place", "years")
            if not one.synthetic and getattr(one, field) is None
        )
        absent += ("logic_field_applicability",) if _blank(one.applicability) else ()
        if one.id in used and absent:
            yield one.id, {"citation": one.citation, "absent": Phrase("logic_fields", codes=absent)}


def _blank(text: Text) -> bool:
    return any(part.strip().lower() in BLANK for part in (text.ja, text.en) if part)


def no_actor(model: LogicModel) -> Finds:
    """Programmes for nobody, and activities of nobody."""
    if _blank(model.model.target_population):
        yield model.model.id, {"detail": Phrase("logic_nobody")}
    for node in model.nodes:
        if node.stage == "activity" and node.actor is None:
            yield node.id, {"detail": Phrase("logic_by_nobody", (("text", node.text),))}


def nothing_else(model: LogicModel) -> Finds:
    """Models in which nothing acts from outside, or nothing can go wrong."""
    absent = [code for code, parts in (("logic_externals", model.externals), ("logic_harms", model.harms)) if not parts]
    if absent:
        yield model.model.id, {"absent": Phrase("logic_fields", codes=tuple(absent))}


def weak_claim(case: Case) -> Finds:
    """Effects that are claimed from designs that cannot show them."""
    least = case.profile.least_level
    for one in case.model.evidence:
        if one.verdict in EFFECTS and not _carries(one, least):
            facts = (
                ("citation", one.citation),
                ("scale", one.scale.name),
                ("level", one.scale.level),
                ("least", least[one.scale.name]),
            )
            yield one.id, {"detail": Phrase("logic_claim_evidence", facts)}
    for edge in case.model.edges:
        if edge.confidence == "high" and not _carried(case, edge):
            yield edge.name, {"detail": Phrase("logic_claim_confidence")}
    for evaluation in case.evaluations:
        if evaluation.claims_effect and evaluation.counterfactual is None:
            yield evaluation.id, {"detail": Phrase("logic_claim_design")}


def claim_words(case: Case) -> Finds:
    """Links whose rationale speaks of an effect that no sufficient evidence carries."""
    for edge in case.model.edges:
        word = quoted("claims", edge.rationale) if edge.rationale else None
        if word is not None and not _carried(case, edge):
            yield edge.name, {"word": word}


def _carried(case: Case, edge: Edge) -> bool:
    known = (one for one in case.model.evidence if one.id in edge.evidence)
    return any(one.verdict in EFFECTS and _carries(one, case.profile.least_level) for one in known)


def _carries(evidence: Evidence, least: Mapping[str, float]) -> bool:
    """Return whether the level is high enough; a scale without a declared minimum is not judged."""
    level = evidence.scale.level
    return evidence.scale.name not in least or (isinstance(level, int) and level >= least[evidence.scale.name])


RULES = (
    Rule("LM025", of_model(no_assumption)),
    Rule("LM026", of_model(no_evidence)),
    Rule("LM027", weak_claim),
    Rule("LM028", of_model(far_evidence)),
    Rule("LM029", of_model(no_actor)),
    Rule("LM030", of_model(nothing_else)),
    Rule("LM040", claim_words),
)

"""Can the evaluation say what it wants to say? Counterfactual, power, other events, protected columns, the link it is about."""

from __future__ import annotations

from ebpm.logic.rules.case import Case, Finds, before
from ebpm.logic.rules.words import Phrase
from ebpm.notices import Rule


def no_counterfactual(case: Case) -> Finds:
    """Evaluations that compare with nothing, or do not say why the comparison is fair."""
    for one in case.evaluations:
        if one.counterfactual is None:
            yield one.id, {"detail": Phrase("logic_no_comparison")}
        elif not one.assumptions:
            yield one.id, {"detail": Phrase("logic_no_credibility")}
    for edge in case.model.edges:
        if edge.key and edge.prospect is not None and edge.prospect.no_counterfactual is not None:
            yield edge.name, {"detail": edge.prospect.no_counterfactual}


def too_small(case: Case) -> Finds:
    """Links whose evaluation could not see the effect that is expected."""
    for edge in case.model.edges:
        expected = edge.expected_effect.value if edge.expected_effect else None
        mde = edge.prospect.mde if edge.prospect else None
        wanted = edge.prospect.effect if edge.prospect and edge.prospect.effect is not None else expected
        if mde is not None and wanted is not None and abs(wanted) < mde:
            yield edge.name, {"mde": f"{mde:g}", "effect": f"{abs(wanted):g}"}


def concurrent(case: Case) -> Finds:
    """Other events in the window that the design cannot tell apart from the programme."""
    for one in case.evaluations:
        yield from ((one.id, {"date": event.date, "event": event.text}) for event in one.events if not event.separable)
    ends = {edge.to for edge in case.model.edges if edge.key}
    start = case.model.model.started or str(case.model.model.fiscal_year)
    for external in case.model.externals:
        known = external.date is None or external.observed_by is not None or before(external.date, start)
        if ends & set(external.affects) and not known:
            yield external.id, {"date": external.date, "event": external.text}


def unprotected(case: Case) -> Finds:
    """Sensitive columns without a rule of what may leave the office."""
    for one in case.evaluations:
        if one.protected and (one.tier in {None, "open"} or one.min_cell is None):
            yield one.id, {"columns": ", ".join(one.protected)}


def unlinked(case: Case) -> Finds:
    """Evaluations whose question stands at no link, or at one whose end nothing measures."""
    edges = {(edge.from_, edge.to) for edge in case.model.edges}
    measured = {indicator.node for indicator in case.model.indicators}
    for one in case.evaluations:
        if one.link not in edges:
            yield one.id, {"question": one.question, "detail": Phrase("logic_question_nowhere")}
        elif one.link[1] not in measured:
            yield (
                one.id,
                {"question": one.question, "detail": Phrase("logic_question_unmeasured", (("node", one.link[1]),))},
            )


RULES = (
    Rule("LM031", no_counterfactual),
    Rule("LM032", too_small),
    Rule("LM033", concurrent),
    Rule("LM034", unprotected),
    Rule("LM038", unlinked),
)

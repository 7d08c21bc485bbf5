"""The three factors of the ranking: cost of being wrong, uncertainty, evaluability; each with its formula and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from ebpm.estimate import Number, Unavailable
from ebpm.logic import graph
from ebpm.logic.parts import Edge, Evidence, Indicator, Prospect
from ebpm.logic.rules.words import Phrase
from ebpm.logic.strength import counterfactual

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

State = Literal["yes", "no", "unknown"]
CLEAR = frozenset({"supports", "against", "no_meaningful_effect"})
KEPT = ("source", "owner", "frequency")


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of a factor, its answer, and what the answer rests on."""

    question: str
    state: State
    ground: Phrase


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor between 0 and 1; where something is missing, the least and the most that it can be.

    Parameters
    ----------
    low, high : the factor with every unknown answer counted against and in favour.
    answers : the questions that it is a share of.
    """

    low: float
    high: float
    answers: tuple[Answer, ...] = ()

    @classmethod
    def share(cls, answers: tuple[Answer, ...], counted: State) -> Factor:
        """Return the share of the questions with a given answer."""
        known = sum(one.state == counted for one in answers)
        unknown = sum(one.state == "unknown" for one in answers)
        return cls(known / len(answers), (known + unknown) / len(answers), answers)

    def written(self) -> str:
        """Return it in two digits, as a range where something is missing."""
        return f"{self.low:.2f}" if self.low == self.high else f"{self.low:.2f}–{self.high:.2f}"


def dependence(model: LogicModel) -> dict[tuple[str, str], float]:
    """Return for each link the share of the ways from the activities to the last outcomes that run over it.

    With in(v) the number of ways from an activity to v and out(v) that from v to an outcome or impact that leads nowhere
    further: share(u, v) = in(u) out(v) / sum of in over the last ones. Zero for all where no way leads through.
    """
    arcs = model.arcs()
    after = graph.successors(arcs)
    before = graph.successors((end, start) for start, end in arcs)
    activities = {node.id for node in model.nodes if node.stage == "activity"}
    last = {node.id for node in model.nodes if node.stage in {"outcome", "impact"} and node.id not in after}

    @cache
    def ways_in(name: str) -> int:
        return (name in activities) + sum(ways_in(start) for start in before.get(name, ()))

    @cache
    def ways_out(name: str) -> int:
        return (name in last) + sum(ways_out(end) for end in after.get(name, ()))

    total = sum(ways_in(name) for name in last)
    return {arc: ways_in(arc[0]) * ways_out(arc[1]) / total if total else 0.0 for arc in arcs}


def budget(model: LogicModel) -> Number:
    """Return the yen of the latest fiscal year that has an amount."""
    years = [one.fy for one in model.model.budget if one.amount_jpy is not None]
    if not years:
        return Unavailable("audit_no_budget")
    return float(sum(one.amount_jpy or 0 for one in model.model.budget if one.fy == max(years)))


def stake(share: float, money: Number, largest: float) -> Factor:
    """Return the cost of being wrong: share of the ways x budget / largest budget.

    Parameters
    ----------
    share : of the ways that run over the link.
    money : the model's budget.
    largest : budget of the audited models; where none has one (0), money is left out for all.
    """
    if not largest:
        return Factor(share, share)
    if isinstance(money, Unavailable):
        return Factor(0.0, share)
    return Factor(share * money / largest, share * money / largest)


def uncertainty(evidence: Iterable[Evidence]) -> Factor:
    """Return the share of three questions that the evidence on real data leaves open.

    Is there a study with a counterfactual; are the verdicts of such studies clear and at one; is one of them about this population?
    """
    real = tuple(one for one in evidence if not one.synthetic)
    compared = tuple(one for one in real if counterfactual(one))
    clear = {one.verdict for one in compared if one.verdict in CLEAR}
    found: State = "yes" if compared else "no"
    agreed: State = "yes" if len(clear) == 1 else "no"
    answers = (
        Answer("audit_ask_comparison", found, Phrase("audit_studies", (("count", len(compared)), ("all", len(real))))),
        Answer(
            "audit_ask_clear",
            agreed,
            Phrase("audit_verdicts", codes=tuple(f"verdict_{one.verdict}" for one in compared)),
        ),
        Answer("audit_ask_here", *_here(compared)),
    )
    return Factor.share(answers, "no")


def _here(compared: tuple[Evidence, ...]) -> tuple[State, Phrase]:
    said = {one.transfer for one in compared}
    for transfer, state in (("same", "yes"), (None, "unknown"), ("similar", "no"), ("different", "no")):
        if transfer in said:
            return state, Phrase(f"transfer_{transfer or 'unknown'}")  # type: ignore[return-value]
    return "no", Phrase("audit_nobody")


def evaluability(model: LogicModel, edge: Edge, prospect: Prospect) -> Factor:
    """Return the share of three questions that speak for an evaluation.

    Are data on the outcome at hand; is a counterfactual at hand; is the smallest effect that can be detected no larger than the
    effect that is expected?
    """
    answers = (
        Answer("audit_ask_data", *_data(model, edge, prospect)),
        Answer("audit_ask_counterfactual", *_comparison(prospect)),
        Answer("audit_ask_power", *_power(edge, prospect)),
    )
    return Factor.share(answers, "yes")


def _data(model: LogicModel, edge: Edge, prospect: Prospect) -> tuple[State, Phrase]:
    if prospect.no_data is not None:
        return "no", _quoted(prospect.no_data)
    if prospect.data is not None:
        return "yes", _quoted(prospect.data)
    indicators = [one for one in model.indicators if one.node == edge.to]
    if not indicators:
        return "no", Phrase("audit_not_measured")
    kept = [one for one in indicators if all(getattr(one, field) is not None for field in KEPT)]
    if not kept:
        return "unknown", Phrase("audit_not_kept")
    seen = next((one for one in kept if _is_observed(model, one)), None)
    shown = seen or kept[0]
    code = "audit_kept" if seen else "audit_never_observed"
    return ("yes" if seen else "unknown"), Phrase(code, (("name", shown.name), ("source", shown.source)))


def _is_observed(model: LogicModel, indicator: Indicator) -> bool:
    before = indicator.baseline is not None and not isinstance(indicator.baseline.value, str)
    return before or any(one.value is not None for one in model.observed(indicator))


def _comparison(prospect: Prospect) -> tuple[State, Phrase]:
    if prospect.no_counterfactual is not None:
        return "no", _quoted(prospect.no_counterfactual)
    if prospect.counterfactual is not None:
        return "yes", _quoted(prospect.counterfactual)
    return "unknown", Phrase("audit_undeclared")


def _power(edge: Edge, prospect: Prospect) -> tuple[State, Phrase]:
    expected = edge.expected_effect
    effect = prospect.effect if prospect.effect is not None else expected.value if expected else None
    scale = prospect.scale if prospect.effect is not None or expected is None else expected.scale
    if prospect.mde is None or effect is None:
        lacking = [code for code, value in (("audit_mde", prospect.mde), ("audit_effect", effect)) if value is None]
        return "unknown", Phrase("audit_lacking", codes=tuple(lacking))
    facts = (("mde", f"{prospect.mde:.3g}"), ("effect", f"{abs(effect):.3g}"), ("scale", scale or ""))
    phrase = (
        Phrase("audit_power_sourced", (*facts, ("source", prospect.source)))
        if prospect.source
        else Phrase("audit_power", facts)
    )
    return ("yes" if abs(effect) >= prospect.mde else "no"), phrase


def _quoted(text: object) -> Phrase:
    return Phrase("audit_quoted", (("text", text),))

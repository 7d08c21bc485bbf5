"""Costs on inputs, an estimate on a link, a worth on an outcome: what an outcome costs, and whether it is worth it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ebpm.errors import DesignError, SpecError, did_you_mean
from ebpm.logic import graph
from ebpm.logic.economics.draws import Array, draw, quantile
from ebpm.logic.economics.parts import Appraisal, Cost, Uncertain, lopsided
from ebpm.logic.economics.result import Appraised, Drawn, Swing, measured
from ebpm.logic.economics.rules import RULES, Ground
from ebpm.logic.strength import counterfactual
from ebpm.notices import run
from ebpm.spec import Text
from ebpm.stats.inference import level as checked_level
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.logic.parts import Evidence

Values = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Input:
    """An uncertain number of an appraisal with its name in words."""

    amount: Uncertain
    title: Text


def appraise(
    model: LogicModel,
    appraisal: str | Appraisal,
    *,
    without_counterfactual: bool = False,
    conf_level: float = 0.95,
    draws: int = 100_000,
    seed: int = 20190401,
) -> Appraised:
    """Return outcomes, cost per outcome, net benefit and benefit-cost ratio of a link, with intervals by simulation.

    Parameters
    ----------
    model : the logic model, with costs on its inputs and, for benefits, a worth on the outcome.
    appraisal : the id of one that the model declares, or one made on the spot.
    without_counterfactual : run on evidence that has no counterfactual; the result then says so.
    conf_level : level of the intervals.
    draws : simulated cases.
    seed : of the numpy Generators, one stream an input.

    Raises
    ------
    SpecError : if ids, units, price levels, costs or the interval of the estimate are missing or do not fit.
    DesignError : if the evidence has no counterfactual and nobody said to go on without one.

    Notes
    -----
    Outcomes Q = effect x per_year x reach x A, A = sum over t < years of (persistence / (1 + rate))^t; costs C = sum of
    value x units / (1 + rate)^year; both at the prices of `price_year`. Benefit B = Q x worth; net benefit B - C.
    Inputs are independent. Limits are quantiles over the draws; for normal B and C > 0 they are those of Fieller (1954).

    Examples
    --------
    >>> import ebpm
    >>> from ebpm.logic import appraise
    >>> model = ebpm.read_logic_model("lamps.yaml")  # doctest: +SKIP
    >>> appraise(model, "lamps_three_years").plot(lang="ja")  # doctest: +SKIP

    Source: HM Treasury, The Green Book (discounting, price base); Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    case = _named(model, appraisal) if isinstance(appraisal, str) else appraisal
    checked_level(conf_level)
    edge = model.edge(case.from_, case.to)
    evidence = _evidence(model, edge.name, case, known=edge.evidence)
    if not counterfactual(evidence) and not without_counterfactual:
        raise DesignError("economics_no_counterfactual", edge=edge.name, evidence=evidence.id, design=evidence.design)
    inputs = _inputs(model, case, evidence)
    drawn = _computed(case, {name: draw(name, one.amount, draws=draws, seed=seed) for name, one in inputs.items()})
    if drawn.costs.min() <= 0:
        raise SpecError("economics_cost_not_positive", appraisal=case.id, lowest=float(drawn.costs.min()))
    central = _computed(case, {name: np.array([one.amount.value]) for name, one in inputs.items()})
    values = measured(central, drawn, conf_level=conf_level, n=evidence.n or 0, unit=case.outcome_unit)
    swings = _swings(case, inputs, conf_level=conf_level)
    notices = run(RULES, Ground(edge.name, evidence))
    return Appraised(model.model.title, case, evidence, values, drawn.probability, swings, notices, draws, seed)


def _named(model: LogicModel, wanted: str) -> Appraisal:
    for one in model.appraisals:
        if one.id == wanted:
            return one
    near = did_you_mean(wanted, (one.id for one in model.appraisals)) or "-"
    raise SpecError("economics_no_appraisal", id=wanted, model=model.model.id, near=near)


def _evidence(model: LogicModel, edge: str, case: Appraisal, *, known: tuple[str, ...]) -> Evidence:
    if case.evidence not in known:
        near = did_you_mean(case.evidence, known) or "-"
        raise SpecError("economics_no_evidence", evidence=case.evidence, edge=edge, near=near)
    return next(one for one in model.evidence if one.id == case.evidence)


def _inputs(model: LogicModel, case: Appraisal, evidence: Evidence) -> dict[str, Input]:
    """Return every uncertain number by its name: effect, baseline, reach, persistence, worth, costs."""
    found = {"effect": Input(_effect(case, evidence), _title("economics_effect"))}
    if case.baseline is not None:
        found["baseline"] = Input(case.baseline, _title("economics_baseline_rate"))
    found["reach"] = Input(case.reach, _title("economics_reach"))
    found["persistence"] = Input(case.persistence, _title("economics_persistence"))
    worth = model.node(case.to).worth
    if worth is not None:
        if worth.per != case.outcome_unit:
            raise SpecError("economics_units", node=case.to, worth=worth.per, outcome=case.outcome_unit)
        found["worth"] = Input(_at_prices(worth, case, worth.price_year), _title("economics_worth"))
    costs = {
        f"cost:{node.id}:{place}": Input(_cost(cost, case), node.text)
        for node in model.nodes
        if node.id == case.from_ or case.from_ in graph.reachable(model.arcs(), node.id)
        for place, cost in enumerate(node.costs)
    }
    if not costs:
        raise SpecError("economics_no_costs", appraisal=case.id, node=case.from_)
    return found | costs


def _title(code: str) -> Text:
    return Text(**{lang: label(code, lang) for lang in LANGUAGES})


def _effect(case: Appraisal, evidence: Evidence) -> Uncertain:
    finding = evidence.estimate
    if finding is None or isinstance(finding.value, str):
        raise SpecError("economics_no_number", evidence=evidence.id, value="-" if finding is None else finding.value)
    value, low, high = finding.value, finding.conf_low, finding.conf_high
    if low is None or high is None or finding.conf_level is None or not low < high:
        raise SpecError("economics_no_interval", evidence=evidence.id, value=value)
    facts = {"value": value, "low": low, "high": high, "shape": case.shape}
    if case.shape == "lognormal" and min(low, value) <= 0:
        raise SpecError("economics_not_positive", **facts)
    if not low <= value <= high:
        raise SpecError("economics_order", **facts)
    if lopsided(value, (low, high), shape=case.shape):
        raise SpecError("economics_lopsided", **facts)
    return Uncertain(value=value, low=low, high=high, level=finding.conf_level, shape=case.shape)


def _cost(cost: Cost, case: Appraisal) -> Uncertain:
    discount = (1 + case.discount_rate) ** -cost.year
    return _scaled(_at_prices(cost, case, cost.price_year), cost.units * discount)


def _at_prices(amount: Uncertain, case: Appraisal, year: int) -> Uncertain:
    if year == case.price_year:
        return _scaled(amount, 1.0)
    index = {one.year: one.index for one in case.prices}
    missing = [wanted for wanted in (year, case.price_year) if wanted not in index]
    if missing:
        years = ", ".join(map(str, missing))
        raise SpecError("economics_no_price_level", appraisal=case.id, years=years, price_year=case.price_year)
    return _scaled(amount, index[case.price_year] / index[year])


def _scaled(amount: Uncertain, factor: float) -> Uncertain:
    low, high = (None if limit is None else limit * factor for limit in (amount.low, amount.high))
    return Uncertain(value=amount.value * factor, low=low, high=high, level=amount.level, shape=amount.shape)


def _computed(case: Appraisal, values: Values) -> Drawn:
    """Return outcomes, costs and benefits for each draw."""
    effect = values["effect"]
    if case.measure != "difference":
        ratio = np.exp(effect) if case.measure == "log_ratio" else effect
        effect = values["baseline"] * (ratio - 1)
    gain = effect if case.wanted == "up" else -effect
    fading = values["persistence"] / (1 + case.discount_rate)
    duration = sum((fading**year for year in range(case.years)), np.zeros_like(fading))
    outcomes = gain * case.per_year * values["reach"] * duration
    costs = sum((value for name, value in values.items() if name.startswith("cost:")), np.zeros_like(outcomes))
    benefits = outcomes * values["worth"] if "worth" in values else None
    return Drawn(outcomes, costs, benefits)


def _swings(case: Appraisal, inputs: Mapping[str, Input], *, conf_level: float) -> tuple[Swing, ...]:
    """Return what each uncertain input alone does to the headline, the widest first."""
    fixed = {name: np.repeat(one.amount.value, 2) for name, one in inputs.items()}
    ends = np.array([0.5 - conf_level / 2, 0.5 + conf_level / 2])
    found = []
    for name, one in inputs.items():
        if one.amount.shape != "fixed":
            limits = quantile(one.amount, ends)
            low, high = _computed(case, fixed | {name: limits}).headline
            found.append(Swing(one.title, (float(limits[0]), float(limits[1])), float(low), float(high)))
    return tuple(sorted(found, key=lambda swing: -swing.width))

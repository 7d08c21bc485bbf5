"""The evidence audit: what is known on each causal link, what is not, and which link to evaluate next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ebpm.errors import SpecError
from ebpm.estimate import Number, Unavailable
from ebpm.logic.auditing.factors import Answer, Factor, budget, dependence, evaluability, stake, uncertainty
from ebpm.logic.lint import lint
from ebpm.logic.parts import Edge, Evidence, Prospect
from ebpm.logic.strength import best
from ebpm.notices import Notices
from ebpm.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from ebpm.logic.model import LogicModel

Link = tuple[str, str, str]
BROKEN = frozenset({"LM001", "LM002"})


@dataclass(frozen=True, slots=True)
class Audited:
    """A causal link: its best evidence, its gaps and its place among those to evaluate next.

    Parameters
    ----------
    model, edge : where it stands.
    best : the best evidence of each scale, real data before synthetic.
    dependence : share of the ways from the activities to the last outcomes that run over it.
    budget : of the model, in yen.
    stake, uncertainty, evaluability : the factors of the ranking.
    rank : 1 for the link to evaluate next.
    """

    model: LogicModel
    edge: Edge
    best: tuple[Evidence, ...]
    dependence: float
    budget: Number
    stake: Factor
    uncertainty: Factor
    evaluability: Factor
    rank: int = 0

    @property
    def low(self) -> float:
        """The score that what is declared assures: everything missing counts against the link."""
        return self.stake.low * self.uncertainty.low * self.evaluability.low

    @property
    def high(self) -> float:
        """The score that the link could reach: everything missing counts in its favour."""
        return self.stake.high * self.uncertainty.high * self.evaluability.high

    @property
    def has_evidence(self) -> bool:
        """Whether a study on real data stands on it."""
        return any(not one.synthetic for one in self.best)

    @property
    def has_counterfactual(self) -> bool:
        """Whether such a study says what would have happened otherwise."""
        return self.uncertainty.answers[0].state == "yes"

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every question of the factors with its answer."""
        return (*self.uncertainty.answers, *self.evaluability.answers)

    @property
    def gaps(self) -> tuple[Answer, ...]:
        """What the evidence leaves open."""
        return tuple(one for one in self.uncertainty.answers if one.state != "yes")

    @property
    def missing(self) -> tuple[Answer, ...]:
        """What nobody has declared, so that nothing is assumed about it."""
        return tuple(one for one in self.answers if one.state == "unknown")


@dataclass(frozen=True, slots=True)
class Audit:
    """What a set of logic models rests on.

    Parameters
    ----------
    links : the causal links, those to evaluate next first.
    models : the audited models.
    refused : models whose links do not hold together, with the notices that say why.
    """

    links: tuple[Audited, ...]
    models: tuple[LogicModel, ...]
    refused: tuple[tuple[LogicModel, Notices], ...] = ()

    def of(self, model: LogicModel) -> tuple[Audited, ...]:
        """Return the links of a model."""
        return tuple(one for one in self.links if one.model is model)

    @property
    def share_without_evidence(self) -> Number:
        """Share of the causal links on which no study on real data stands."""
        return _share([(1.0, one) for one in self.links])

    @property
    def share_without_counterfactual(self) -> Number:
        """Share of the causal links on which no study with a counterfactual stands."""
        if not self.links:
            return Unavailable("audit_no_links")
        return sum(not one.has_counterfactual for one in self.links) / len(self.links)

    @property
    def share_by_budget(self) -> Number:
        """Share without evidence, each model weighted by its budget; models without an amount cannot count."""
        counts = Counter(id(one.model) for one in self.links)
        known = ((one.budget, one) for one in self.links)
        weighted = [(money / counts[id(one.model)], one) for money, one in known if not isinstance(money, Unavailable)]
        return _share(weighted) if weighted else Unavailable("audit_no_budget")

    def coverage(self, lang: str | None = None) -> Table:
        """Return one row a model: causal links, those with evidence, those with a counterfactual, budget."""
        from ebpm.logic.auditing.tables import coverage

        return coverage(self, lang)

    def bureaus(self, lang: str | None = None) -> Table:
        """Return one row a bureau: models, causal links, those with evidence, those with a counterfactual, budget."""
        from ebpm.logic.auditing.tables import bureaus

        return bureaus(self, lang)

    def table(self, lang: str | None = None) -> Table:
        """Return one row a causal link: its best evidence, how far that applies, what is open."""
        from ebpm.logic.auditing.tables import evidence

        return evidence(self, lang)

    def ranking(self, lang: str | None = None, *, top: int = 20) -> Table:
        """Return the links to evaluate next: score, factors, and why.

        Parameters
        ----------
        lang : "ja" or "en".
        top : how many.
        """
        from ebpm.logic.auditing.tables import ranking

        return ranking(self, lang, top=top)

    def tidy(self) -> pd.DataFrame:
        """Return one row a causal link, in the order of the ranking, with every factor at its least and most."""
        from ebpm.logic.auditing.tables import tidy

        return tidy(self).to_frame()

    def summary(self, lang: str | None = None, *, top: int = 10) -> str:
        """Return shares, coverage, ranking and its formula as text.

        Parameters
        ----------
        lang : "ja" or "en".
        top : links of the ranking.
        """
        from ebpm.logic.auditing.tables import summary

        return summary(self, lang, top=top)

    def to_markdown(self, lang: str | None = None) -> str:
        """Return the audit as Markdown."""
        from ebpm.logic.auditing.tables import markdown

        return markdown(self, lang)

    def to_html(self, lang: str | None = None) -> str:
        """Return the audit as one HTML page without external requests."""
        from ebpm.logic.auditing.tables import page

        return page(self, lang)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from ebpm.logic.auditing.tables import body

        return body(self, None)


def audit(models: Iterable[LogicModel], *, prospects: Mapping[Link, Prospect] | None = None) -> Audit:
    """Say what each causal link of some logic models rests on, and which to evaluate next.

    Parameters
    ----------
    models : the logic models.
    prospects : what is known of an evaluation of a link (model id, from, to), where the model does not say so itself.

    Raises
    ------
    SpecError : if there is no model.

    Notes
    -----
    A causal link leads to an outcome or an impact; the links before those are delivery, which monitoring checks. Score = cost of
    being wrong x uncertainty x evaluability, each between 0 and 1 (`audit_factors`). A missing input is never filled in: it leaves
    a range, the ranking goes by the lower end (what is declared assures it) and then by the upper. Scales are never converted.

    Examples
    --------
    >>> import ebpm
    >>> from ebpm.logic import audit
    >>> found = audit([ebpm.read_logic_model("logic_models/cardiac_rehab.yaml")])
    >>> len(found.links), sum(link.has_counterfactual for link in found.links)
    (8, 2)
    """
    given = tuple(models)
    if not given:
        raise SpecError("audit_no_models")
    checked = [(model, lint(model)) for model in given]
    refused = tuple((model, notices) for model, notices in checked if BROKEN & set(notices.codes))
    whole = tuple(model for model, notices in checked if not BROKEN & set(notices.codes))
    amounts = [budget(model) for model in whole]
    largest = max((amount for amount in amounts if not isinstance(amount, Unavailable)), default=0.0)
    links = [one for model in whole for one in _links(model, prospects or {}, largest)]
    ordered = sorted(links, key=lambda one: (-one.low, -one.high, -one.dependence, one.model.model.id, one.edge.name))
    return Audit(tuple(replace(one, rank=place) for place, one in enumerate(ordered, 1)), whole, refused)


def _links(model: LogicModel, prospects: Mapping[Link, Prospect], largest: float) -> Iterable[Audited]:
    shares, money = dependence(model), budget(model)
    for edge in model.edges:
        if edge.feedback or model.node(edge.to).stage not in {"outcome", "impact"}:
            continue
        known, share = model.evidence_on(edge), shares[edge.from_, edge.to]
        prospect = _joined(edge.prospect, prospects.get((model.model.id, edge.from_, edge.to)))
        yield Audited(
            model, edge, best(known), share, money,
            stake(share, money, largest), uncertainty(known), evaluability(model, edge, prospect),
        )  # fmt: skip


def _joined(own: Prospect | None, other: Prospect | None) -> Prospect:
    """Return what the model says of a prospect, completed by what somebody else knows."""
    if own is None or other is None:
        return own or other or Prospect()
    taken = own.model_dump(exclude_none=True)
    return Prospect.model_validate({**other.model_dump(exclude_none=True), **taken})


def _share(weighted: list[tuple[float, Audited]]) -> Number:
    total = sum(weight for weight, _ in weighted)
    if not total:
        return Unavailable("audit_no_links")
    return sum(weight for weight, one in weighted if not one.has_evidence) / total

"""From the structure of the data to the estimator, the inference and the sensitivity analyses that fit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebpm.did.advice.screening import check_design
from ebpm.did.advice.structure import FEW, Columns, Structure
from ebpm.moments.naming import named_column, named_columns
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.spec.writing import styled, written, yaml_writer
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.did.advice.panel_view import Adoption

VERY_FEW = 5
PRIMARY = "primary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """One piece of advice.

    Parameters
    ----------
    part : "estimator", "inference" or "sensitivity".
    routine : that a plan can name.
    reason : code of the reason in the texts.
    facts : what the reason needs.
    role : of the analysis in a plan; empty where it needs none of its own.
    arguments : of the routine.
    aggregate : average that is the headline; empty where the routine gives it.
    of : analysis of the plan whose event study the routine looks at; empty where it reads the data.
    """

    part: str
    routine: str
    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)
    role: str = "sensitivity"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    aggregate: str = ""
    of: str = ""

    def why(self, lang: str | None = None) -> str:
        """Return the reason in words."""
        return label(f"did_advice_{self.reason}", lang, **self.facts)

    def source(self, lang: str | None = None) -> str:
        """Return who says so."""
        return label(f"did_advice_source_{self.reason}", lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice(Shown):
    """Estimator, inference and sensitivity analyses, in order, each with its reason.

    Parameters
    ----------
    outcome : its column.
    structure : from which the advice follows.
    items : the first is the primary estimator.
    checks : arguments of `did.check_design`.
    view : the grid of adoption; empty for repeated cross-sections.
    notices : what the guard rails found.
    """

    outcome: str
    structure: Structure
    items: tuple[Advised, ...]
    checks: Mapping[str, Any]
    view: tuple[Adoption, ...] = ()
    notices: Notices = field(default_factory=Notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the advice as an ordered list."""
        return [
            label("did_advice_line", lang, place=place, part=label(f"did_advice_part_{one.part}", lang), routine=one.routine,
                  reason=one.why(lang), source=one.source(lang))
            for place, one in enumerate(self.items, start=1)
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:  # noqa: ARG002
        """Return none: the list says it all."""
        return ()

    def tidy(self) -> Any:
        """Return one row a piece of advice."""
        rows = [
            {"role": one.role, "routine": one.routine, "reason": {lang: one.why(lang) for lang in LANGUAGES}, "source": one.source("en")}
            for one in self.items
        ]  # fmt: skip
        return Table.of(rows).to_frame()

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the grid of adoption."""
        from ebpm.errors import DesignError

        if not self.view:
            raise DesignError("did_advice_no_figure", outcome=self.outcome)
        return self.view[0].draw(ax, lang)

    def plan(self, *, data: str, expected: str = "none") -> str:
        """Return plan and checks of a pilot as YAML, to be put into its pilot.yaml.

        Parameters
        ----------
        data : id of the data set there.
        expected : "up", "down" or "none", the direction in which the effect is expected.
        """
        named = [one for one in self.items if one.role]
        plan = [self._entry(place, one, data, expected) for place, one in enumerate(named)]
        known = {name: value for name, value in self.checks.items() if value}
        checks = [{"routine": "did.check_design", "data": data, "column": self.outcome, "arguments": known}]
        return written(yaml_writer(), styled({"plan": plan, "checks": checks}))

    def _entry(self, place: int, one: Advised, data: str, expected: str) -> dict[str, Any]:
        name = one.routine.partition(".")[2]
        title = {lang: label(f"did_advice_title_{one.reason}", lang) for lang in LANGUAGES}
        entry: dict[str, Any] = {"id": PRIMARY if not place else name, "role": one.role, "title": title}
        entry |= {"of": one.of} if one.of else {"data": data}
        entry |= {"routine": one.routine} | ({} if one.of else {"outcome": self.outcome})
        entry |= {"arguments": dict(one.arguments)} if one.arguments else {}
        entry |= {"aggregate": one.aggregate} if one.aggregate else {}
        return entry | ({"expected": expected} if expected != "none" and one.role != "descriptive" else {})


def advise(
    data: Any,
    outcome: str,
    *,
    time: str,
    unit: str | None = None,
    first_treated: str | None = None,
    treatment: str | None = None,
    dose: str | None = None,
    cluster: str | None = None,
    covariates: Sequence[str] = (),
) -> Advice:
    """Say which estimator, which inference and which sensitivity analyses fit the structure of the data, and why.

    Parameters
    ----------
    data, outcome, time : as in `did.att_gt`.
    unit : column of the units of a panel; without it, repeated cross-sections.
    first_treated : column as in `did.att_gt`.
    treatment : column that is zero where untreated, in place of or beside `first_treated`; it may end.
    dose : column of the dose that a treated unit gets, beside `first_treated`.
    cluster : column of what treatment was given to; the unit where None.
    covariates : columns to adjust for.

    Returns
    -------
    Advice, which prints as an ordered list; `advice.plan(data=...)` drafts the plan of a pilot. Nothing is estimated and no result of
    the outcome is looked at but for its kind of number.

    Raises
    ------
    DataError, DesignError : as `did.adoption`.

    Source: Roth, Sant'Anna, Bilinski and Poe (2023), Journal of Econometrics 235(2), a survey of what fits which design.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = [(i, t, (0, 3, 4)[i % 3], float(i * t % 7)) for i in range(90) for t in range(1, 6)]
    >>> table = pd.DataFrame(rows, columns=["id", "t", "g", "y"])
    >>> [one.routine for one in did.advise(table, "y", unit="id", time="t", first_treated="g").items][:2]
    ['did.att_gt', 'did.extended_twfe']
    """
    columns: Columns = {
        "unit": unit, "time": time, "first_treated": first_treated, "treatment": treatment, "dose": None if dose is None else named_column(dose, "dose"), "cluster": cluster,
    }  # fmt: skip
    structure = Structure.of(data, outcome, columns)
    checks: dict[str, Any] = {
        "time": time,
        "unit": unit,
        "first_treated": first_treated,
        "covariates": list(named_columns(covariates, "covariates")),
        "cluster": cluster,
    }
    if first_treated is None:
        checks |= {"treatment": treatment}
    return Advice(
        outcome=outcome, structure=structure, items=tuple(_advice(structure, columns, tuple(checks["covariates"]))), checks=checks,
        view=_view(data, outcome, columns), notices=check_design(data, outcome, **checks),
    )  # fmt: skip


def _view(data: Any, outcome: str, columns: Columns) -> tuple[Adoption, ...]:
    from ebpm.did.advice.panel_view import adoption

    if columns["unit"] is None:
        return ()
    treatment = columns["treatment"] if columns["first_treated"] is None else None
    return (
        adoption(
            data, unit=columns["unit"], time=str(columns["time"]), first_treated=columns["first_treated"], treatment=treatment,
            outcome=outcome,
        ),
    )  # fmt: skip


def _advice(structure: Structure, columns: Columns, covariates: tuple[str, ...]) -> Iterator[Advised]:
    named: dict[str, str] = {name: value for name, value in columns.items() if value is not None}
    base: dict[str, str] = {name: named[name] for name in ("unit", "time", "first_treated", "cluster") if name in named}
    if not structure.absorbing or "first_treated" not in named:
        yield from _switching(structure, named)
    elif structure.dose:
        yield Advised(
            part="estimator", routine="did.continuous_dose", reason="dose", role=PRIMARY, arguments=base | _dose(named)
        )
        yield _clustered("did.continuous_dose", structure)
    else:
        yield from _staggered(structure, base, covariates)


def _dose(named: Mapping[str, str]) -> dict[str, str]:
    return {"dose": named["dose"] if "dose" in named else named["treatment"]}


def _switching(structure: Structure, named: Mapping[str, str]) -> Iterator[Advised]:
    arguments = {name: named[name] for name in ("unit", "time", "treatment", "cluster") if name in named}
    if structure.absorbing and structure.dates == 1 and not structure.dose:
        corrected = {"errors": "CR2"} if structure.few else {}
        yield Advised(
            part="estimator", routine="did.twfe", reason="one_date", role=PRIMARY, arguments=arguments | corrected
        )
        if structure.treated <= FEW:
            yield Advised(
                part="inference",
                routine="did.wild_twfe",
                reason="wild",
                facts={"treated": structure.treated},
                arguments=arguments,
            )
        return
    reason = "switching" if not structure.absorbing else "no_dates"
    yield Advised(part="estimator", routine="did.switching", reason=reason, role=PRIMARY, arguments=arguments)
    yield _clustered("did.switching", structure)
    yield from _departures(structure)


def _clustered(routine: str, structure: Structure) -> Advised:
    facts = {"treated": structure.treated, "others": structure.others}
    return Advised(part="inference", routine=routine, reason="own_errors", facts=facts, role="")


def _staggered(structure: Structure, base: Mapping[str, str], covariates: tuple[str, ...]) -> Iterator[Advised]:
    bare = {name: value for name, value in base.items() if name != "cluster"}
    facts = {"treated": structure.treated, "others": structure.others, "dates": structure.dates}
    few = structure.treated <= VERY_FEW and structure.panel and structure.balanced and "cluster" not in base
    if few and structure.never:
        yield Advised(
            part="estimator", routine="did.few_treated", reason="very_few", facts=facts, role=PRIMARY, arguments=bare
        )
        yield Advised(part="sensitivity", routine="did.synthetic_did", reason="synthetic", arguments=bare)
        return
    gaps = {"unit": None} if not structure.panel else {} if structure.balanced else {"gaps": "drop_units"}
    adjusted = {"covariates": list(covariates), "method": "dr"} if covariates else {}
    corrected = {"errors": "satterthwaite"} if structure.few else {}
    reason = "cross_sections" if not structure.panel else "one_date" if structure.dates == 1 else "staggered"
    yield Advised(
        part="estimator", routine="did.att_gt", reason=reason, facts=facts, role=PRIMARY, aggregate="event",
        arguments=dict(base) | gaps | adjusted | {"control": "not_yet_treated", "base": "universal"} | corrected,
    )  # fmt: skip
    if structure.multiplicative and structure.panel:
        yield Advised(part="sensitivity", routine="did.extended_twfe", reason="ratio", role="secondary", aggregate="simple",
                      arguments=dict(base) | {"family": "poisson"} | corrected)  # fmt: skip
    own = "few_errors" if structure.few else "clustered"
    yield Advised(part="inference", routine="did.att_gt", reason=own, facts=facts, role="")
    if structure.treated <= FEW and structure.panel and structure.balanced and "cluster" not in base:
        yield Advised(
            part="inference", routine="did.randomisation_test", reason="few_clusters", facts=facts, arguments=bare
        )
    yield from _robustness(structure, dict(base) | corrected, bare)


def _departures(structure: Structure) -> Iterator[Advised]:
    if structure.before >= 2:
        yield Advised(part="sensitivity", routine="did.honest", reason="honest", of=PRIMARY)
        yield Advised(part="sensitivity", routine="did.pretrends", reason="pretrends", of=PRIMARY, role="descriptive")


def _robustness(structure: Structure, base: Mapping[str, str], bare: Mapping[str, str]) -> Iterator[Advised]:
    yield from _departures(structure)
    if structure.panel and structure.dates > 1:
        yield Advised(
            part="sensitivity", routine="did.imputation", reason="imputation", arguments=base, aggregate="simple"
        )
        if structure.balanced:
            yield Advised(part="sensitivity", routine="did.bacon", reason="bacon", role="descriptive", arguments=bare)

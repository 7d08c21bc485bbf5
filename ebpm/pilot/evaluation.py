"""The plan run in its order: estimates, checks, verdict, grade, and the evidence on its link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from ebpm.data.withheld import without_records
from ebpm.errors import EbpmError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.evidence import Grade, Verdict, combined, grade, verdict
from ebpm.notices import Notices, run
from ebpm.pilot.checks import RULES, Case
from ebpm.pilot.naming import labelled, names_in
from ebpm.pilot.published import Comparison, compared
from ebpm.pilot.result import Failure, Result
from ebpm.pilot.routines import checks, followers, routines
from ebpm.pilot.spec import Analysis, PilotSpec
from ebpm.stats.multiple import holm
from ebpm.table import Paragraphs, Table
from ebpm.texts import Words, calling, entry, label, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.logic import Evidence, LogicModel
    from ebpm.pilot.pilot import Pilot
    from ebpm.pilot.pilot_data import PilotData

WITHHELD = "X602"


@dataclass(frozen=True)
class Evaluation:
    """What a pilot found, with everything needed to read it.

    Parameters
    ----------
    pilot : the declared evaluation.
    data : the tables as they were read.
    results : one result an analysis, in the order of the plan.
    failures : secondary and sensitivity analyses that the data could not support.
    notices : what reading, checks, estimators and rules raised.
    verdict, grade : computed from the primary results and the notices.
    released : whether what may not leave is withheld; reports and results.json are made of this form alone.
    """

    pilot: Pilot
    data: PilotData
    results: tuple[Result, ...]
    failures: tuple[Failure, ...]
    notices: Notices
    verdict: Verdict
    grade: Grade
    released: bool = False

    @property
    def spec(self) -> PilotSpec:
        return self.pilot.spec

    def __getitem__(self, analysis: str) -> Result:
        declared = self.spec.analysis(analysis)
        return next(result for result in self.results if result.analysis == declared)

    def of(self, role: str) -> tuple[Result, ...]:
        """Return the results of a role: primary, secondary, sensitivity, placebo or descriptive."""
        return tuple(result for result in self.results if result.analysis.role == role)

    @property
    def primary(self) -> Result:
        return self.of("primary")[0]

    @property
    def headline(self) -> Estimate:
        return self.primary.estimates.headline

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Each published number beside ours."""
        return compared(self.spec.published, self.results)

    @property
    def link(self) -> tuple[str, str]:
        """Ids of the two nodes of the link that it is about; a SpecError where the pilot names none."""
        from ebpm.pilot.evidence import link_of

        return link_of(self)

    def evidence(self, *, on: str | None = None) -> Evidence:
        """Return what was found as a piece of evidence: estimate, verdict, grade, population, limits, plan.

        Parameters
        ----------
        on : its date, in ISO form; results carry none of their own.
        """
        from ebpm.pilot.evidence import as_evidence

        return as_evidence(self, on=on)

    @property
    def logic_model(self) -> LogicModel | None:
        """The logic model with this evaluation's evidence on its link."""
        from ebpm.pilot.evidence import with_evidence

        return with_evidence(self)

    @property
    def adjusted(self) -> Mapping[str, float]:
        """Holm-adjusted p values of the secondary family, by analysis."""
        return adjusted_in(self.of("secondary"))

    def table(self, lang: str | None = None) -> Table:
        """Return the headline of every analysis; the secondary family carries its Holm-adjusted p values."""
        adjusted = self.adjusted
        columns = ("role", "analysis", "estimate", "conf_low", "conf_high", "unit", "p_value", "p_adjusted", "n")
        rows = tuple(_row(result, adjusted, lang) for result in self.results)
        return Table(columns, rows, label("table_all_analyses", lang))

    def published(self, lang: str | None = None) -> Table:
        """Return each published number beside ours."""
        columns = ("analysis", "term", "quantity", "published", "ours", "difference", "reproduced", "source")
        rows = tuple(_published(one, self.spec, lang) for one in self.comparisons)
        return Table(columns, rows, label("table_published", lang))

    def truth(self, lang: str | None = None) -> Table:
        """Return the known truth behind synthetic data beside what was found.

        Raises
        ------
        SpecError : if the pilot has no truth.yaml, as real data have none.
        """
        from ebpm.pilot.truth import beside_truth

        return beside_truth(self, lang)

    def forest(self) -> Estimates:
        """Return the headlines in the unit of the primary one: the primary, its sensitivity analyses and its placebos."""
        unit, roles = self.headline.unit, ("primary", "sensitivity", "placebo")
        alike = [one for role in roles for one in self.of(role) if one.estimates.headline.unit == unit]
        items = tuple(replace(one.estimates.headline, term=one.analysis.id, name=one.analysis.title) for one in alike)
        return Estimates(items=items, headline_term=items[0].term)

    def plot(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the primary analysis."""
        return self.primary.plot(ax, lang=lang)

    def banners(self, lang: str | None = None) -> tuple[str, ...]:
        """Return what has to be said before any number: that nothing is withheld, that it is a rehearsal, that data are synthetic."""
        told = [label(f"rehearsal_{self.data.rehearsal}", lang)] if self.data.rehearsal else []
        told += [label("synthetic_banner", lang)] if self.spec.synthetic else []
        return (*([] if self.released else [label("unreleased_banner", lang)]), *told)

    def conclusion(self, lang: str | None = None) -> Paragraphs:
        """Return headline, verdict and grade as text; of a rehearsal or synthetic data it says so first."""
        parts = [
            *self.banners(lang),
            self.headline.sentence(lang),
            f"{label('verdict', lang)}: {self.verdict.title(lang)} – {self.verdict.sentence(lang)}",
            f"{label('grade', lang)}: {self.grade.sentence(lang)}",
        ]
        return Paragraphs("\n".join(part for part in parts if part))

    def summary(self, lang: str | None = None) -> str:
        """Return title, conclusion, all analyses and notices as text."""
        changes = self.pilot.deviations.table(lang).to_text(lang) if self.pilot.deviations else ""
        parts = (self.spec.title.words(lang), self.conclusion(lang), self.table(lang).to_text(lang), changes)
        return "\n".join(part for part in (*parts, self.notices.to_text(lang)) if part)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        banner = "".join(f"<p><strong>{escape(one)}</strong></p>" for one in self.banners())
        verdict_line = f"<p><strong>{escape(self.verdict.title())}</strong>: {escape(self.verdict.sentence())}</p>"
        lines = "".join(f"<p>{escape(line)}</p>" for line in (self.headline.sentence(), self.grade.sentence()))
        changes = self.pilot.deviations.table()._repr_html_() if self.pilot.deviations else ""
        graver = Notices(tuple(one for one in self.notices if one.severity != "info" or one.code == WITHHELD))
        others = len(self.notices) - len(graver)
        rest = f"<p>{escape(label('further_notices', count=others))}</p>" if others else ""
        return f"{banner}{verdict_line}{lines}{self.table()._repr_html_()}{changes}{graver._repr_html_()}{rest}"


def evaluate(pilot: Pilot, data: PilotData) -> Evaluation:
    """Run every analysis and check of the plan, then the rules, the verdict and the grade."""
    spec = pilot.spec
    outcomes: list[Result | Failure] = []
    for analysis in spec.plan:
        outcomes.append(_attempted(spec, data, analysis, outcomes))
    results = tuple(one for one in outcomes if isinstance(one, Result))
    failures = tuple(one for one in outcomes if isinstance(one, Failure))
    declared = pilot.notices + without_records(data.notices + checked(spec, data))
    declared = declared + run(RULES, _case(pilot, data, results, failures))
    primary = tuple(result for result in results if result.analysis.role == "primary")
    graded = grade(spec.design.type, declared + _raised(primary))
    found = combined([_verdict(result) for result in primary], spec.design.type)
    return Evaluation(pilot, data, results, failures, declared + _raised(results), found, graded)


def _case(pilot: Pilot, data: PilotData, results: tuple[Result, ...], failures: tuple[Failure, ...]) -> Case:
    beside = compared(pilot.spec.published, results)
    return Case(pilot.spec, results, failures, beside, pilot.lock, pilot.deviations, data.unfrozen)


def _attempted(
    spec: PilotSpec, data: PilotData, analysis: Analysis, earlier: Sequence[Result | Failure]
) -> Result | Failure:
    try:
        return analysed(spec, data, analysis, earlier)
    except EbpmError as error:
        if analysis.role == "primary":
            raise
        return Failure(analysis, error)


def analysed(spec: PilotSpec, data: PilotData, analysis: Analysis, earlier: Sequence[Result | Failure]) -> Result:
    """Return the result of an analysis on the rows, or on the sums, that stand for its data."""
    names = names_in(analysis, spec)
    with calling(names):
        return _of_analysis(spec, data, analysis, earlier, names)


def _of_analysis(
    spec: PilotSpec,
    data: PilotData,
    analysis: Analysis,
    earlier: Sequence[Result | Failure],
    names: Mapping[str, Words],
) -> Result:
    if analysis.of:
        value = followers()[analysis.routine](_study(analysis.of, earlier), **analysis.arguments)
    else:
        value = routines()[analysis.routine](data.input_of(analysis), analysis.outcome, **analysis.arguments)
    estimates = value.aggregate(analysis.aggregate) if analysis.aggregate else _estimates(value)
    if analysis.term:
        estimates[analysis.term]
        estimates = replace(estimates, headline_term=analysis.term)
    return Result(analysis, labelled(estimates, analysis, spec), value, names).in_its_role()


def _study(wanted: str, earlier: Sequence[Result | Failure]) -> Estimates:
    """Return the event study of an earlier analysis, in its unit."""
    source = next(one for one in earlier if one.analysis.id == wanted)
    if isinstance(source, Failure):
        raise source.error
    event = source.estimates.kind == "event" or isinstance(source.value, Estimates)
    study: Estimates = source.estimates if event else source.value.aggregate("event")
    return study.in_unit(source.estimates.headline.unit)


def _estimates(value: Any) -> Estimates:
    return value if isinstance(value, Estimates) else value.estimates


def checked(spec: PilotSpec, data: PilotData) -> Notices:
    """Return what the checks of a plan raise."""
    found = Notices()
    for check in spec.checks if data.has_records else ():
        found = found + checks()[check.routine](data.input_of(check), check.column, **check.arguments)
    return found


def _raised(results: Iterable[Result]) -> Notices:
    found = Notices()
    for result in results:
        found = found + result.notices
    return found


def _verdict(result: Result) -> Verdict:
    analysis = result.analysis
    margin = analysis.margin.value if analysis.margin else 0.0
    return verdict(result.estimates.headline, expected=analysis.expected, margin=margin)


def adjusted_in(family: Sequence[Result]) -> dict[str, float]:
    """Return the p values of a family of analyses, adjusted by Holm's method, by analysis."""
    values = [(result.analysis.id, result.estimates.headline.p_value) for result in family]
    known = [(name, value) for name, value in values if not isinstance(value, Unavailable)]
    adjusted = holm([value for _, value in known]) if known else ()
    return {name: float(value) for (name, _), value in zip(known, adjusted, strict=True)}


def _published(one: Comparison, spec: PilotSpec, lang: str | None) -> tuple[object, ...]:
    theirs = one.published
    quantity = words(entry("column", theirs.column)["name"], lang)
    reproduced = label("yes" if one.reproduced else "no", lang)
    title = spec.analysis(theirs.analysis).title.words(lang)
    return title, theirs.term, quantity, theirs.value, one.ours, one.shown_difference, reproduced, theirs.source


def _row(result: Result, adjusted: Mapping[str, float], lang: str | None) -> tuple[object, ...]:
    head, analysis = result.estimates.headline, result.analysis
    role = label(f"role_{analysis.role}", lang)
    return (
        role, analysis.title.words(lang), head.estimate, head.conf_low, head.conf_high,
        words(head.unit, lang),
        head.p_value, adjusted.get(analysis.id), head.n,
    )  # fmt: skip

"""A pilot read from its folder: the spec checked, the logic model linted, the data read by contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ebpm import spec as specs
from ebpm.data import Reading
from ebpm.data import read as read_table
from ebpm.errors import DesignError, SpecError, did_you_mean
from ebpm.logic import LogicModel, lint, read_logic_model
from ebpm.notices import Notices
from ebpm.pilot.facts import evaluation_facts
from ebpm.pilot.pilot_data import PilotData
from ebpm.pilot.planning.deviations import Deviations, deviations, reasons_of
from ebpm.pilot.planning.lock import PlanLock, lock_of
from ebpm.pilot.planning.outcomes import outcome_columns, without_outcomes
from ebpm.pilot.planning.reads import note_read
from ebpm.pilot.routines import checks, followers, routines
from ebpm.pilot.spec import PilotSpec
from ebpm.table import Paragraphs, Table
from ebpm.texts import entries, label

if TYPE_CHECKING:
    from ebpm.moments import MomentFile
    from ebpm.pilot.evaluation import Evaluation
    from ebpm.pilot.sums.answers import Answers


@dataclass(frozen=True)
class Pilot:
    """A declared evaluation.

    Parameters
    ----------
    spec : the content of pilot.yaml.
    folder : where it was read.
    """

    spec: PilotSpec
    folder: Path

    @cached_property
    def logic_model(self) -> LogicModel | None:
        """The logic model that the spec names; a twin may have none."""
        return read_logic_model(self.folder / self.spec.logic_model) if self.spec.logic_model else None

    @property
    def notices(self) -> Notices:
        """What the lint of the logic model says under the profile of pilots, with this evaluation in mind.

        The day on which the plan was frozen is the day of the lint, so that results do not change with the clock.
        """
        if self.logic_model is None:
            return Notices()
        on = self.lock.frozen if self.lock else None
        return lint(self.logic_model, profile="pilot-evaluation", evaluations=(evaluation_facts(self.spec),), on=on)

    @cached_property
    def lock(self) -> PlanLock | None:
        """What was frozen; None where the plan has not been."""
        return lock_of(self.folder)

    @cached_property
    def deviations(self) -> Deviations:
        """Where the plan departs from what was frozen, each with its reason or with none."""
        return deviations(self.lock, self.spec, reasons_of(self.folder)) if self.lock else Deviations()

    @property
    def plan_digest(self) -> str:
        """SHA-256 of the whole spec in canonical JSON."""
        text = json.dumps(self.spec.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def plan(self, lang: str | None = None) -> Table:
        """Return the plan as a table: role, analysis, routine, outcome, expected direction, smallest effect that matters."""
        columns = ("role", "analysis", "routine", "outcome", "expected", "margin")
        rows = tuple(
            (label(f"role_{one.role}", lang), one.title.words(lang), one.routine, one.outcome,
             label(f"expected_{one.expected}", lang), f"±{one.margin.value:g} {one.margin.unit.words(lang)}" if one.margin else "")
            for one in self.spec.plan
        )  # fmt: skip
        return Table(columns, rows, label("table_plan", lang))

    def limits(self, lang: str | None = None) -> Paragraphs:
        """Return what the evaluation does not say, one limit a line."""
        return Paragraphs("\n".join(label("limit_line", lang, limit=one) for one in self.spec.limits))

    def summary(self, lang: str | None = None) -> str:
        """Return title, question and plan as text."""
        return "\n".join((self.spec.title.words(lang), self.spec.question.words(lang), self.plan(lang).to_text(lang)))

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        title, question = escape(self.spec.title.words()), escape(self.spec.question.words())
        return f"<p><strong>{title}</strong></p><p>{question}</p>{self.plan()._repr_html_()}"

    def read_data(self, *, unfrozen: str = "") -> PilotData:
        """Read every table by its contract, outcomes included, once the plan is frozen.

        Parameters
        ----------
        unfrozen : why the outcomes are read although the plan is not frozen; it goes on record in the pilot's folder, into
            plan.lock and into the report.

        Raises
        ------
        DesignError : if the plan is not frozen and no reason is given; `read_blind` and `rehearse` need none.
        DataError : if a file is not as its contract says; all refusals at once.
        """
        self._refuse_unfrozen(unfrozen)
        found = self._readings()
        if self.lock is None:
            note_read(self.folder, reason=unfrozen, data={name: one.digest for name, one in found.items()})
        return PilotData(MappingProxyType(found), self.spec, "" if self.lock else unfrozen)

    def on(self, tables: Mapping[str, Any], *, unfrozen: str = "") -> PilotData:
        """Return tables in the place of those that the contract names, by data set.

        Parameters
        ----------
        tables : data frames with the columns of the contract; or anything that `moments.scan` takes, which is summed where it lies.
        unfrozen : why the outcomes are read although the plan is not frozen; the report says so.

        Raises
        ------
        DesignError : if the plan is not frozen and no reason is given.
        SpecError : a data set that is missing, or not declared.
        DataError : a table that lacks a column of its contract.
        """
        from ebpm.pilot.sums.scanned import on

        self._refuse_unfrozen(unfrozen)
        return on(self.spec, tables, unfrozen="" if self.lock else unfrozen)

    def _refuse_unfrozen(self, reason: str) -> None:
        if self.lock is None and not reason.strip():
            columns = ", ".join(name for names in outcome_columns(self.spec).values() for name in names)
            raise DesignError("plan_not_frozen", pilot=self.spec.id, columns=columns)

    def read_blind(self) -> PilotData:
        """Read every table by its contract without its outcomes: to write a plan, and to check the rest of the data."""
        found, spec = without_outcomes(self._readings(), self.spec)
        return PilotData(MappingProxyType(found), spec)

    def rehearse(self, *, outcomes: str = "simulated", seed: int = 1) -> Evaluation:
        """Run the plan on outcomes that say nothing; the evaluation says so everywhere and is never written to results.

        Parameters
        ----------
        outcomes : "simulated" (drawn from the contract; no recorded outcome is looked at) or "shuffled" among rows.
        seed : of the random numbers.

        Raises
        ------
        SpecError : if `outcomes` is neither.
        """
        from ebpm.pilot.planning.rehearsal import rehearsed

        found = rehearsed(self._readings(), self.spec, outcomes=outcomes, seed=seed)
        return self.evaluate(PilotData(MappingProxyType(found), self.spec, rehearsal=outcomes))

    def _readings(self) -> dict[str, Reading]:
        return {dataset.id: read_table(dataset, self.folder) for dataset in self.spec.data}

    def moments(self, data: PilotData | None = None) -> MomentFile:
        """Return the sums that the analyses need, as they may leave the office, from which others can evaluate.

        Parameters
        ----------
        data : what `read_data` gave; read afresh where None.
        """
        from ebpm.pilot.sums.moments import moments_of

        return moments_of(self, self.read_data() if data is None else data)

    def answers(self, file: MomentFile) -> Answers:
        """Return the analyses that a moment file answers, and which of the others need the records.

        Parameters
        ----------
        file : what `moments` gave, or several of them added up.

        Raises
        ------
        DataError : if the file is of another pilot, or of another state of its plan.
        """
        from ebpm.pilot.sums.answers import answers

        return answers(self, file)

    def evaluate(self, data: PilotData | MomentFile | None = None) -> Evaluation:
        """Run the plan in its order; numbers that may not leave the section are withheld, each with its reason.

        Parameters
        ----------
        data : what `read_data` or `on` gave, read afresh where None; or what `moments` gave. From sums alone, as of tables that stay
            where they are, an analysis that needs the records is a failure.

        Raises
        ------
        DesignError : if the data cannot support a primary analysis, or the plan is not frozen.
        DataError : if the headline of a primary analysis may not be shown in the pilot's tier.
        """
        from ebpm.moments import MomentFile
        from ebpm.pilot.leaving.disclosure import evaluated as leaving
        from ebpm.pilot.sums.answers import evaluated

        if isinstance(data, MomentFile):
            return evaluated(self, data)
        if data is not None and not data.has_records:
            return evaluated(self, self.moments(data))
        return leaving(self, self.read_data() if data is None else data)

    def evaluate_unreleased(self, data: PilotData | None = None) -> Evaluation:
        """Run the plan and withhold nothing: for the section that owns the records, and never for a page or a notebook.

        Parameters
        ----------
        data : what `read_data` gave; read afresh where None.

        Raises
        ------
        DesignError : if the data cannot support a primary analysis, or the plan is not frozen.
        """
        from ebpm.pilot.evaluation import evaluate

        return evaluate(self, self.read_data() if data is None else data)


def read_pilot(folder: str | Path) -> Pilot:
    """Read pilot.yaml from its folder and check it against schema, registry and logic model.

    Parameters
    ----------
    folder : the pilot's folder, or the path of its pilot.yaml.

    Raises
    ------
    SpecError : if the spec is not as the schema says, or names a routine, table or link that does not exist.

    Examples
    --------
    >>> import ebpm
    >>> pilot = ebpm.read_pilot("pilots/student_energy_saving")  # doctest: +SKIP
    """
    path = Path(folder)
    path = path / "pilot.yaml" if path.is_dir() else path
    pilot = Pilot(specs.read(path, PilotSpec), path.parent)
    problems = list(_problems(pilot))
    if problems:
        raise SpecError(
            "pilot_problems", file=path.name, pilot=pilot.spec.id, problems="\n    ".join(problems), count=len(problems)
        )
    return pilot


def _problems(pilot: Pilot) -> Iterator[str]:
    spec = pilot.spec
    tables = {dataset.id for dataset in spec.data}
    used = [step.data for step in spec.derive] + [one.data for one in spec.plan] + [one.data for one in spec.checks]
    yield from _unknown("data", used, tables)
    yield from _unknown("routine", [analysis.routine for analysis in spec.plan if not analysis.of], routines().keys())
    yield from _unknown("routine", [analysis.routine for analysis in spec.plan if analysis.of], followers().keys())
    yield from _unknown("routine", [check.routine for check in spec.checks], checks().keys())
    yield from _unknown("estimand.term", [spec.estimand.term], entries("term").keys())
    yield from _unknown("published.analysis", [one.analysis for one in spec.published], {one.id for one in spec.plan})
    ids = [analysis.id for analysis in spec.plan]
    yield from (f"plan: id {name} ×{ids.count(name)}" for name in dict.fromkeys(ids) if ids.count(name) > 1)
    if spec.link and pilot.logic_model:
        edges = {f"{edge.from_} -> {edge.to}" for edge in pilot.logic_model.edges}
        yield from _unknown("link", [f"{spec.link.from_} -> {spec.link.to}"], edges)


def _unknown(key: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            yield f"{key}: {name} → {did_you_mean(name, sorted(known))}"

"""A target trial: the experiment that a cohort is to emulate, declared beforehand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ebpm.spec import Date, Spec, Text, Wrong, loads, read
from ebpm.stats.given import made_by
from ebpm.table import Table
from ebpm.texts import label

Handling = Literal["landmark", "time_varying", "clone_censor_weight", "naive"]
WAITING = ("landmark", "clone_censor_weight")
HISTORIES = ("time_varying", "clone_censor_weight")


class Criterion(Spec):
    """Who may enter: a column compared with a number, a word, a date or another column."""

    left: str
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    right: str | int | float
    text: Text


class Strategies(Spec):
    """What is compared: to begin treatment, or not to begin it, and how a beginning after time zero is handled."""

    started: str
    """Column of the date on which treatment began; empty where it never did."""
    handling: Handling
    """landmark: only those still followed on a later day, by what they have begun by then. time_varying: untreated until treatment
    begins, treated from then on. clone_censor_weight: everybody follows both strategies until she departs from one. naive: ever
    treated against never treated from time zero on; biased by immortal time."""
    days: Annotated[int, Field(ge=0)] = 0
    """Day of the landmark, or length of the grace period."""
    treated: Text
    untreated: Text


class Window(Spec):
    """How long persons are followed."""

    days: Annotated[int, Field(gt=0)]
    interval: Annotated[int, Field(gt=0)] = 30
    """Length of the steps in which the beginning of treatment is modelled, in days."""
    ends: tuple[str, ...] = ()
    """Columns of dates on which observation ends for other reasons than the outcome: leaving the insurer, moving away."""
    until: Date = ""
    """Last day of the records, where they end on one."""
    lost: Literal["ignored", "weighted"] = "ignored"
    """Whether those whose observation ends early are made up for by those like them who stay."""
    changes: tuple[str, ...] = ()
    """Columns of dates from which on persons are others than they were at time zero (worse, in care); who begins treatment in a step,
    and who leaves in it, may depend on what had changed when it began."""


class Occurrence(Spec):
    """What is awaited."""

    date: str
    """Column of the date on which it happened; empty where it did not."""
    competing: str = ""
    """Column of the date of what makes it impossible (death)."""
    text: Text


class TargetTrial(Spec):
    """The trial that a cohort emulates.

    Examples
    --------
    >>> from ebpm.cohort import TargetTrial
    >>> trial = TargetTrial(
    ...     person="pid", time_zero="discharged",
    ...     treatment={"started": "rehab", "handling": "landmark", "days": 30, "treated": "rehabilitation", "untreated": "none"},
    ...     follow_up={"days": 365}, outcome={"date": "readmitted", "text": "readmission"},
    ... )
    >>> trial.horizon
    335
    """

    person: str
    time_zero: str
    """Column of the date on which eligibility is met and follow-up begins."""
    eligibility: tuple[Criterion, ...] = ()
    treatment: Strategies
    follow_up: Window
    outcome: Occurrence
    estimand: Literal["ate", "att", "atc", "ato"] = "ate"

    @model_validator(mode="after")
    def _times_fit(self) -> TargetTrial:
        days, handling, step = self.treatment.days, self.treatment.handling, self.follow_up.interval
        if (handling in WAITING) != (days > 0) or days >= self.follow_up.days:
            raise Wrong("cohort_trial_days", handling=handling, days=days, follow_up=self.follow_up.days)
        if handling == "clone_censor_weight" and days % step:
            raise Wrong("cohort_trial_steps", days=days, interval=step)
        if self.estimand != "ate" and handling in HISTORIES:
            raise Wrong("cohort_trial_estimand", estimand=self.estimand, handling=handling)
        if self.follow_up.changes and handling not in HISTORIES:
            raise Wrong("cohort_trial_changes", handling=handling)
        return self

    @property
    def start(self) -> int:
        """Day after time zero on which the comparison begins."""
        return self.treatment.days if self.treatment.handling == "landmark" else 0

    @property
    def horizon(self) -> int:
        """Days from then to the end of follow-up."""
        return self.follow_up.days - self.start

    @property
    def arms(self) -> tuple[Text, Text]:
        """What the strategies are called, the untreated first."""
        return self.treatment.untreated, self.treatment.treated

    def protocol(self, lang: str | None = None) -> Table:
        """Return the parts of the protocol, one a row."""
        numbers = {"days": self.treatment.days, "interval": self.follow_up.interval}
        eligible = "; ".join(one.text.words(lang) for one in self.eligibility) or "-"
        arms = (self.treatment.treated.words(lang), self.treatment.untreated.words(lang))
        rows = (
            ("eligibility", eligible), ("time_zero", self.time_zero), ("strategies", " / ".join(arms)),
            ("assignment", label(f"cohort_handling_{self.treatment.handling}", lang, **numbers)),
            ("follow_up", self._window(lang)),
            ("outcome", self.outcome.text.words(lang)), ("estimand", label(f"cohort_estimand_{self.estimand}", lang)),
        )  # fmt: skip
        said = tuple((label(f"cohort_trial_{name}", lang), text) for name, text in rows)
        return Table(("trial_part", "trial_text"), said, label("cohort_trial_caption", lang))

    def _window(self, lang: str | None) -> str:
        window = self.follow_up
        ends = ", ".join((*window.ends, *([window.until] if window.until else []))) or "-"
        said = label("cohort_trial_window", lang, follow_up=window.days, ends=ends)
        if window.lost == "weighted":
            said += label("cohort_trial_made_up", lang, interval=window.interval)
        return said + (
            label("cohort_trial_changing", lang, columns=", ".join(window.changes)) if window.changes else ""
        )


def read_trial(trial: TargetTrial | Mapping[str, Any] | str | Path) -> TargetTrial:
    """Return a declaration, checked.

    Parameters
    ----------
    trial : the declaration, its parts as a mapping, or the path of a YAML file.

    Raises
    ------
    SpecError : with everything that is wrong in it.
    """
    made_by(trial, (TargetTrial, Mapping, str, Path), "trial")
    if isinstance(trial, TargetTrial):
        return trial
    if isinstance(trial, Mapping):
        return loads(json.dumps(trial, ensure_ascii=False, default=str), TargetTrial, name="trial")
    return read(trial, TargetTrial)

"""Who received what: a table of the arms assigned by the treatments received, with the take-up that assignment made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Frame, Ints
from ebpm.moments.labels import labels_of
from ebpm.notices import Notices
from ebpm.rct.means.comparison import arm_labels, compare
from ebpm.rct.noncompliance.delivery import compliance
from ebpm.rct.trial import Trial, trial_of
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.table import Table
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance(Shown):
    """Arms assigned by treatments received.

    Parameters
    ----------
    arms : labels of the arms assigned, control first.
    treatments : labels of the treatments received, those of the arms first.
    persons : counts of rows, shape (arms, treatments).
    estimates : for each arm but control, the share that received its treatment less the share of control that did.
    found : what the guard rails found: R103, R104.
    """

    arms: tuple[str, ...]
    treatments: tuple[str, ...]
    persons: Ints
    estimates: Estimates
    found: Notices

    @property
    def notices(self) -> Notices:
        """R103 and R104, of `compliance`."""
        return self.found

    @property
    def as_assigned(self) -> float:
        """Share of the rows that received what they were assigned."""
        same = [self.persons[arm, self.treatments.index(name)] for arm, name in enumerate(self.arms)]
        return float(sum(same) / self.persons.sum())

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the share treated as assigned, and the take-up of each arm."""
        first = label(
            "rct_compliance_line", lang, share=f"{100 * self.as_assigned:.1f}", persons=f"{self.persons.sum():,}"
        )
        return [first, *(one.sentence(lang) for one in self.estimates)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm and treatment, with its share of the arm."""
        sizes = self.persons.sum(axis=1)
        records = [
            {"term": arm, "treatment_received": called(name, lang), "persons": int(count), "share_of_arm": float(count / size)}
            for arm, row, size in zip(self.arms, self.persons, sizes, strict=True)
            for name, count in zip(self.treatments, row, strict=True)
        ]  # fmt: skip
        return (Table.of(records, label("rct_compliance_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw one bar an arm, divided by the treatment received."""
        from ebpm.figures.compliance import draw_compliance

        return draw_compliance(self, ax, lang=lang)


def compliance_table(
    data: Any,
    delivered: str,
    *,
    assigned: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> Compliance:
    """Count who received what by arm, and estimate the take-up that assignment made.

    Parameters
    ----------
    data : any frame that Narwhals knows.
    delivered : column of the arm whose treatment was received, in the codes of `assigned`; it may have more of them.
    assigned : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if the two columns have no code in common.
    DesignError : as `difference_in_means`.

    Formula: `difference_in_means` of an indicator of each arm's own treatment.

    Source: Gerber and Green (2012), Field Experiments, chapter 5.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"got": [1, 1, 0, 1, 0, 0], "arm": [1, 1, 1, 0, 0, 0]})
    >>> found = compliance_table(trial, "got", assigned="arm")
    >>> found.persons.tolist(), round(found.estimates["1"].estimate, 3)
    ([[2, 1], [1, 2]], 0.333)
    """
    frame = Frame.of(data)
    found = compliance(frame, delivered, assigned=assigned, cluster=cluster)
    received = frame.codes(delivered, "delivered")
    columns = {"treatment": assigned, "control": control, "cluster": cluster, "strata": strata}
    trial = trial_of(frame, np.arange(len(frame), dtype=np.float64), outcome=delivered, **columns)  # type: ignore[arg-type]
    own = labels_of(received)
    treatments = (*trial.arms, *(name for name in own if name not in trial.arms))
    places = np.array([treatments.index(name) for name in own])[received.codes]
    persons = np.zeros((len(trial.arms), len(treatments)), dtype=np.int64)
    np.add.at(persons, (trial.arm, places), 1)
    items = tuple(
        _take_up(frame, trial, places, arm, columns=columns, conf_level=conf_level) for arm in range(1, len(trial.arms))
    )
    estimates = Estimates(items=items, headline_term=items[0].term)
    return Compliance(arms=trial.arms, treatments=treatments, persons=persons, estimates=estimates, found=found)


def _take_up(
    frame: Frame, trial: Trial, places: Ints, arm: int, *, columns: dict[str, Any], conf_level: float
) -> Estimate:  # fmt: skip
    got = places == arm
    what = arm_labels(trial, arm) | {"estimand": "take_up", "conf_level": conf_level}
    if got.all() or not got.any():
        return t_estimate(0.0, math.nan, **what)
    one = compare(trial_of(frame, got.astype(np.float64), outcome="", **columns), conf_level).items[arm - 1]
    df = one.df if isinstance(one.df, float) else math.inf
    error = one.std_error if isinstance(one.std_error, float) else math.nan
    return t_estimate(one.estimate, error, df=df, **(what | {"method": one.method}))

"""The outcome alone, its change from baseline, ANCOVA and Lin's adjustment side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.moments.naming import named_column, named_columns
from ebpm.notices import Notices
from ebpm.rct.cautions import correction_notices, share_notices
from ebpm.rct.checks import design_notices
from ebpm.rct.regression.adjusted import adjusted, arm_estimates, column_names, error_kind
from ebpm.rct.regression.pooled import Pooled, read_pooled, regressed
from ebpm.rct.trial import Trial
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import LANGUAGES, Words, called, label

ROUNDING = 1e-12
FORMS = ("post_only", "change_score", "ancova", "lin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustments(Shown):
    """The effect with and without its baseline.

    Parameters
    ----------
    forms : estimates by form, in the order of `FORMS`; pairs have no Lin adjustment.
    correlation : of outcome and baseline within arms.
    correlation_control : of outcome and baseline in the control arm.
    notices : what the guard rails found.
    """

    forms: tuple[tuple[str, Estimates], ...]
    correlation: Number
    correlation_control: Number
    notices: Notices

    def __getitem__(self, form: str) -> Estimates:
        """Return the estimates of a form: "post_only", "change_score", "ancova" or "lin"."""
        return dict(self.forms)[form]

    @property
    def estimates(self) -> Estimates:
        """All forms; the headline is Lin's adjustment, or ANCOVA where that is not to be had."""
        items = tuple(item for _, item in self._items())
        last = self.forms[-1][0]
        headline = next(item.term for item in items if item.term.startswith(last))
        return Estimates(items=items, headline_term=headline, notices=self.notices)

    @property
    def precision(self) -> tuple[float, ...]:
        """Variance of the outcome alone over that of each form, first arm: how many times the sample it is worth."""
        return tuple(_worth(one.items[0], self.forms[0][1].items[0]) for _, one in self.forms)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, the correlation and the precision gained in sentences."""
        more = label(
            "rct_adjustments_more", lang, correlation=_words(self.correlation, lang),
            control=_words(self.correlation_control, lang), worth=f"{self.precision[-1]:.2f}",
        )  # fmt: skip
        return [self.estimates.headline.sentence(lang), more]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the forms with their precision."""
        records = []
        for (_, item), worth in zip(self._items(), self._worths(), strict=True):
            records.append(item.record() | {"term": item.name, "precision": worth})
        return (Table.of(records, label("rct_adjustments_caption", lang)),)

    def _items(self) -> Iterator[tuple[str, Estimate]]:
        for form, found in self.forms:
            for item in found.items:
                term = form if len(found) == 1 else f"{form}: {item.term}"
                yield form, replace(item, term=term, name=_called(form, "" if len(found) == 1 else item.term))

    def _worths(self) -> Iterator[float]:
        plain = self.forms[0][1]
        for _, found in self.forms:
            for item, other in zip(found.items, plain.items, strict=True):
                yield _worth(item, other)


def _called(form: str, arm: str) -> Words:
    return {
        str(lang): f"{called(arm, lang)}: {label(f'rct_form_{form}', lang)}" if arm else label(f"rct_form_{form}", lang)
        for lang in LANGUAGES
    }


def adjustments(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    baseline: str,
    covariates: Sequence[str] = (),
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    errors: str = "design",
    conf_level: float = 0.95,
) -> Adjustments:
    """Show the outcome alone, its change, ANCOVA and Lin's adjustment side by side; Lin's is the headline.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    treatment : column of the assigned arm.
    baseline : column of the same outcome before assignment, in the same unit.
    covariates : further columns measured before assignment, in ANCOVA and Lin's adjustment alone.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata or pairs within which units were assigned; dummies enter.
    errors : as in `lin`, for all forms.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `ancova`; if the baseline does not vary.

    Formula: regressions of y, of y - x, of y on x, and `lin`. With correlation r and equal variances before and after, the change
    is more precise than the outcome alone where r > 1/2, and ANCOVA more precise than both, its variance 1 - r^2 of the outcome's.

    Assumptions: as `ancova` and `lin`. The form is chosen in the plan, not by its result.

    Source: Frison and Pocock (1992), Statistics in Medicine 11(13); McKenzie (2012), Journal of Development Economics 99(2); Lin
    (2013), Annals of Applied Statistics 7(1).

    Examples
    --------
    >>> import pandas as pd
    >>> before, arm = [8.0, 9.0, 10.0, 11.0, 12.0, 13.0], [0, 1, 0, 1, 0, 1]
    >>> after = [b - 0.5 * a for a, b in zip(arm, before)]
    >>> trial = pd.DataFrame({"before": before, "arm": arm, "after": [*after[:-1], after[-1] + 0.3]})
    >>> found = adjustments(trial, "after", treatment="arm", baseline="before")
    >>> [(item.term, round(item.estimate, 2)) for item in found.estimates]
    [('post_only', 0.6), ('change_score', -0.4), ('ancova', -0.44), ('lin', -0.44)]
    """
    frame = Frame.of(data)
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    covariates = named_columns(covariates, "covariates")
    plain = read_pooled(frame, outcome, (), columns)
    full = read_pooled(frame, outcome, (named_column(baseline, "baseline"), *covariates), columns)
    before = frame.numbers(baseline, "baseline")
    if np.ptp(before) == 0:
        raise DesignError("rct_constant_outcome", column=baseline, value=before[0], rows=len(before))
    values, trial = plain.trial.outcome, plain.trial
    how: dict[str, Any] = {"errors": errors, "conf_level": conf_level}
    forms = [
        ("post_only", regressed(plain, values, method="rct.post_only", **how)),
        ("change_score", regressed(plain, values - before, method="rct.change_score", **how)),
        ("ancova", regressed(full, values, method="rct.ancova", **how)),
    ]
    if not trial.paired and (trial.unit_cells > 1).all():
        forms.append(
            ("lin", _lin(full, frame.matrix((baseline, *covariates), "covariates"), (baseline, *covariates), **how))
        )
    return Adjustments(
        forms=tuple(forms), correlation=_correlation(trial, before, np.arange(len(trial.arms))),
        correlation_control=_correlation(trial, before, np.array([0])),
        notices=design_notices(trial, outcome, covariates=full.extra)
        + correction_notices(trial, error_kind(trial, errors), strata) + share_notices(trial.unit_cells, trial.arms, outcome),
    )  # fmt: skip


def _lin(one: Pooled, baseline: Floats, covariates: Sequence[str], *, errors: str, conf_level: float) -> Estimates:
    names = column_names(one.trial, covariates)
    contrasts = np.eye(len(names))[1 : len(one.trial.arms)]
    found = adjusted(one.trial, baseline, names, errors=errors, contrasts=contrasts)
    method = f"rct.lin_{found.covariance.kind.lower()}"
    return arm_estimates(one.trial, found.effects, found.covariance, method=method, conf_level=conf_level)


def _worth(item: Estimate, plain: Estimate) -> float:
    if not isinstance(item.std_error, float) or not isinstance(plain.std_error, float) or item.std_error == 0.0:
        return float("inf")
    return (plain.std_error / item.std_error) ** 2


def _correlation(trial: Trial, before: Floats, arms: Ints) -> Number:
    """Of outcome and baseline about the means of some arms."""
    rows, counts = np.isin(trial.arm, arms), np.bincount(trial.arm)
    one, other = (
        (column - (np.bincount(trial.arm, column) / counts)[trial.arm])[rows] / np.ptp(column)
        for column in (trial.outcome, before)
    )
    spread = float(np.sqrt(one @ one) * np.sqrt(other @ other))
    if min(np.abs(one).max(), np.abs(other).max()) <= ROUNDING:
        return Unavailable("no_variation")
    return float(one @ other / spread)


def _words(correlation: Number, lang: str | None) -> str:
    return correlation.words(lang) if isinstance(correlation, Unavailable) else f"{correlation:.2f}"

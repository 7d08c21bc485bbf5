"""The propensity score: who could have been treated and not treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebpm.cohort.subjects import read_subjects
from ebpm.cohort.weights.checks import overlap_notices
from ebpm.cohort.weights.propensity_model import PropensityModel, fit_propensity
from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import number
from ebpm.table import Table
from ebpm.texts import LANGUAGES, called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class Propensity(Shown):
    """Fitted chances of treatment.

    Parameters
    ----------
    model : the logistic regression, and who is in it.
    """

    model: PropensityModel = field(repr=False)

    @property
    def chances(self) -> Floats:
        """Of those who were kept, shape (n,)."""
        return self.model.chances

    @property
    def coefficients(self) -> dict[str, float]:
        """Of the logistic regression, by name; "1" is the constant."""
        names = ("1", *self.model.subjects.terms.names)
        return dict(zip(names, self.model.fit.coefficients.tolist(), strict=True))

    @property
    def left_out(self) -> int:
        """Persons whose chance lies outside the bounds of trimming."""
        return int((~self.model.kept).sum())

    @property
    def notices(self) -> Notices:
        """What the rules on overlap found (C408, C414)."""
        return overlap_notices(self.model)

    def names(self, lang: str | None = None) -> tuple[str, str]:
        """Return what readers call the arms."""
        untreated, treated = (called(arm, lang) for arm in self.model.subjects.arms)
        return untreated, treated

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how the chances spread in each arm."""
        treated = self.model.subjects.treated == 1.0
        lines = []
        for arm, rows in zip(self.names(lang), (~treated, treated), strict=True):
            own = self.chances[rows]
            facts = {"low": f"{own.min():.3f}", "high": f"{own.max():.3f}", "mean": f"{own.mean():.3f}"}
            lines.append(label("cohort_propensity_sentence", lang, arm=arm, n=f"{len(own):,}", **facts))
        if self.left_out:
            lines.append(label("cohort_trimmed_sentence", lang, count=f"{self.left_out:,}"))
        return lines

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the coefficients of the logistic regression with their standard errors."""
        constant = {code: label("cohort_constant", code) for code in LANGUAGES}
        errors = self.model.fit.bread.diagonal() ** 0.5
        records = [
            {"term": constant if name == "1" else name, "estimate": value, "std_error": float(error)}
            for (name, value), error in zip(self.coefficients.items(), errors, strict=True)
        ]
        return (Table.of(records, label("cohort_propensity_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the chances of the treated and of the untreated."""
        from ebpm.figures.propensities import draw_overlap

        return draw_overlap(self, ax, lang=lang)


def propensity(
    data: Any,
    treatment: str,
    *,
    covariates: str | Sequence[str],
    control: object = None,
    weights: str | None = None,
    trim: float = 0.0,
) -> Propensity:
    """Fit each person's chance of being treated, by logistic regression.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    treatment : column of two values.
    covariates : columns known at time zero; "age^2", "C(education)" and "age:sex" are understood.
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.
    weights : column of sampling weights.
    trim : persons whose chance lies outside [trim, 1 - trim] are left out, and the chances fitted again.

    Raises
    ------
    DataError : if a column is missing, or has missing values.
    DesignError : if the treatment has not two values, covariates are collinear or tell exactly who was treated.

    Assumptions: the covariates hold everything that made both treatment and outcome likelier. The outcome is not looked at.

    Source: Rosenbaum and Rubin (1983), Biometrika 70(1); Crump, Hotz, Imbens and Mitnik (2009), Biometrika 96(1), on trimming.

    Examples
    --------
    >>> import pandas as pd
    >>> cohort = pd.DataFrame({"old": [0, 0, 0, 0, 1, 1, 1, 1], "treated": [0, 0, 0, 1, 0, 1, 1, 1]})
    >>> found = propensity(cohort, "treated", covariates=["old"])
    >>> [round(float(chance), 3) for chance in found.chances[[0, 7]]]
    [0.25, 0.75]
    """
    return Propensity(
        propensity_of(
            Frame.of(data), treatment=treatment, covariates=covariates, control=control, weights=weights, trim=trim
        )
    )


def propensity_of(
    frame: Frame,
    *,
    treatment: str,
    covariates: str | Sequence[str],
    control: object = None,
    cluster: str | None = None,
    weights: str | None = None,
    trim: float = 0.0,
) -> PropensityModel:
    """Return the model of a table; parameters as in `propensity`, with a column of clusters."""
    subjects = read_subjects(
        frame, treatment=treatment, covariates=covariates, control=control, cluster=cluster, weights=weights
    )
    return fit_propensity(subjects, trim=share(trim, "trim"))


def share(value: float, argument: str) -> float:
    """Return a share that may be left out at either end.

    Raises
    ------
    DataError : if it is not at least 0 and below one half.
    """
    if not 0.0 <= number(value, argument) < 0.5:
        raise DataError("cohort_bad_share", argument=argument, value=value)
    return float(value)
